"""The runs of a sweep, each a world of its own, on any executor."""

import functools
import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from game.session import Experiment
from game.simulation.race import rank_teams
from game.sweeps.axes import Axis
from landscapes.errors import InputError
from landscapes.network.store import compute

COLUMNS = ("median_loss", "best_loss", "settled", "lost")
"""What is known of each run: losses at the end, and shares of its balls; see ``report.Rank``."""


class Sweep(NamedTuple):
    """What came of all runs.

    Attributes:
        title: of the landscape and the optimizer.
        axes: what was varied.
        settings: of each run.
        results: a row for each of ``COLUMNS``, ``(4, runs)``.
    """

    title: str
    axes: tuple[Axis, ...]
    settings: tuple[dict[str, str], ...]
    results: npt.NDArray[np.float64]


def run_sweep(
    experiments: Sequence[Experiment],
    steps: int,
    *,
    executor: Executor | None = None,
    note: Callable[[int], None] | None = None,
) -> npt.NDArray[np.float64]:
    """The results of some experiments after so many steps, ``(4, runs)``; the same whoever computes them.

    Raises:
        InputError: one of them cannot be, or races several teams.
    """
    results = np.empty((len(COLUMNS), len(experiments)))
    places = [results[:, k : k + 1] for k in range(len(experiments))]
    compute(functools.partial(_run, steps), experiments, places, executor=executor, note=note)
    return results


def find_best(sweep: Sweep) -> int:
    """The run with the lowest median loss, or where that is the same, with the lowest best one."""
    medians, bests = sweep.results[:2]
    return int(np.lexsort((bests, medians))[0])


def tell_sweep(sweep: Sweep) -> list[dict[str, Any]]:
    """A row for each run: what was varied, as numbers where it is any, and what came of it."""
    return [
        {name: _read(value) for name, value in settings.items()}
        | dict(zip(COLUMNS, column.tolist(), strict=True))
        for settings, column in zip(sweep.settings, sweep.results.T, strict=True)
    ]


def _run(steps: int, experiment: Experiment) -> npt.NDArray[np.float64]:
    if len(experiment.teams or experiment.optimizers) > 1:
        raise InputError("a sweep runs one optimizer at a time: vary it with --sweep optimizer=sgd,adam")
    world = experiment.build()
    world.step(steps)
    (place,) = rank_teams(world)
    return np.array(place[1:], np.float64)[:, np.newaxis]


def _read(value: str) -> float | str:
    try:
        number = float(value)
    except ValueError:
        return value
    return number if math.isfinite(number) else value
