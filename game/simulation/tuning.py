"""Tuned comparisons: each method at the learning rate that suits it, all found within the same budget.

What counts is the share of its way down, from where it started to the lowest point of the map, that a ball has left
at the end, as in the benchmarks of Moré and Wild (2009): from 0 to 1, so that balls which start high on a cliff do
not drown the others. A rate's score is the mean of that over all start points. The median would not see what becomes
of the other half: a rate that throws 40 % of the balls off the map could win. Balls that are no longer on the map
count as not having moved, so nobody gains by leaving.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypedDict, Unpack

import numpy as np
import numpy.typing as npt

from game.simulation.optimizers import Settings, find_optimizer
from game.simulation.starts import place_balls
from game.simulation.swarm import Swarm
from game.simulation.sweep import SWEEP
from game.simulation.valleys import find_valleys
from game.simulation.world import ARRIVAL, MOST_BALLS, World
from landscapes.errors import InputError
from landscapes.landscape import Array, Landscape

Floats = npt.NDArray[np.float64]
Note = Callable[[int], None]

RATES = 25
DECADES = 6
"""The first sweep tries so many rates over so many decades, with the landscape's own in the middle."""
FINE_RATES = 8
"""The second sweep tries so many between the best of the first and its neighbours."""
LEAST_BALLS = 64
"""Start points that every rate is tried on at least."""
RUN = 4
"""Steps of a crowd between two words of how far it is."""
TIE = 1e-6
"""Shares of the way down that differ by less are equal: who was faster decides."""


class Conditions(TypedDict, total=False):
    """What is the same for all methods; as ``World`` takes it."""

    settings: Settings
    schedule: str
    batch_size: int | None
    noise: float
    border: str


class Search(NamedTuple):
    """What a search for a learning rate found.

    Attributes:
        optimizer: whose rate it is.
        lr: the best rate; ``None`` for a method that has none.
        rates: all that were tried, ascending; empty for a method that has no rate.
        scores: mean share of the way down that each of them leaves, from 0 to 1.
        at_edge: whether the best one lies at the end of the range, so that there may be better ones beyond.
    """

    optimizer: str
    lr: float | None
    rates: tuple[float, ...]
    scores: tuple[float, ...]
    at_edge: bool


class Comparison(NamedTuple):
    """How a tuned method did, over several seeds other than the one it was tuned on.

    Attributes:
        optimizer: its name.
        lr: the rate found for it; ``None`` for a method that has none.
        at_edge: whether that lies at the end of the range that was tried.
        median_loss: mean over the seeds; balls that left count at the loss they started from.
        median_loss_sd: standard deviation over the seeds; ``None`` if there is only one.
        best_loss: the lowest of all balls on the map; ``None`` if none is.
        arrived: share of the balls that came within 1 % of the way down.
        steps_to_arrive: of the median ball; ``None`` if less than half of them arrived.
        lost: share of the balls that escaped or diverged.
        gradients: how many gradients a ball asked for in a step.
        losses: how many losses.
    """

    optimizer: str
    lr: float | None
    at_edge: bool
    median_loss: float
    median_loss_sd: float | None
    best_loss: float | None
    arrived: float
    steps_to_arrive: int | None
    lost: float
    gradients: int
    losses: int


class _Task(NamedTuple):
    """Ways down: from where, and to what.

    Attributes:
        landscape: what they lead down on.
        points: where they start, ``(2, n)``.
        losses: there, ``(n,)``.
        floor: loss at the lowest point of the map.
    """

    landscape: Landscape
    points: Floats
    losses: Floats
    floor: float


def count_work(optimizers: Sequence[str], steps: int, seeds: int = 5) -> int:
    """What ``compare`` will have noted when it is done: steps of all its runs."""
    return steps * sum(seeds + 2 * find_optimizer(name).has_rate for name in optimizers)


def compare(
    landscape: Landscape,
    optimizers: Sequence[str],
    *,
    balls: int,
    steps: int,
    seeds: int = 5,
    seed: int = 0,
    start: str = "random",
    note: Note = lambda _: None,
    **conditions: Unpack[Conditions],
) -> list[Comparison]:
    """Find each method's learning rate, then let it run from fresh start points; the best comes first.

    Every method gets the same: two runs of ``steps`` to find its rate (``find_rate``), then one for each seed, from
    the same points as the others. What a step costs it is told in the result.

    Args:
        landscape: what they roll on.
        optimizers: their names.
        balls: in each run.
        steps: likewise.
        seeds: runs with the rate that was found.
        seed: of the search; the runs have the seeds that follow.
        start: where balls are released.
        note: told again and again how much is done, up to ``count_work``.
        conditions: see ``World``; each setting goes to the methods that have it.

    Raises:
        InputError: something of it cannot be; the message says what to do.
    """
    if seeds < 1:
        raise InputError(f"there must be at least 1 seed to compare over, not {seeds}")
    own = _check(landscape, optimizers, balls, steps, seed, start, conditions)
    tasks = [_set_task(landscape, start, balls, seed + 1 + k) for k in range(seeds)]
    done, rows = 0, []
    for name, mine in zip(optimizers, own, strict=True):
        search = find_rate(
            landscape,
            name,
            balls=balls,
            steps=steps,
            seed=seed,
            start=start,
            note=_add(done, note),
            **mine,
        )
        done += 2 * steps * find_optimizer(name).has_rate
        rows.append(_run(tasks, search, steps, seed, _add(done, note), mine))
        done += seeds * steps
    floor, height = tasks[0].floor, float(np.median(tasks[0].losses)) - tasks[0].floor

    def rank(row: Comparison) -> tuple[float, float]:
        share = math.floor((row.median_loss - floor) / (TIE * max(height, 1e-300)))
        return share, math.inf if row.steps_to_arrive is None else row.steps_to_arrive

    return sorted(rows, key=rank)


def find_rate(
    landscape: Landscape,
    optimizer: str,
    *,
    balls: int,
    steps: int,
    seed: int = 0,
    start: str = "random",
    note: Note = lambda _: None,
    **conditions: Unpack[Conditions],
) -> Search:
    """The learning rate that leads a crowd furthest down in so many steps.

    A run tries many rates at once: the crowd is cut into as many groups, which start from the same points. The first
    run tries rates over six decades around the landscape's own, the second some next to the best of these. Rates
    that lead equally far down are told apart by how fast they did.

    Args:
        landscape: what they roll on.
        optimizer: its name.
        balls: in each of the two runs, or as many as 64 for each rate make.
        steps: likewise.
        seed: of all that is random.
        start: where balls are released.
        note: told again and again how many steps are done, up to twice ``steps``.
        conditions: see ``World``.

    Raises:
        InputError: something of it cannot be; the message says what to do.
    """
    (own,) = _check(landscape, [optimizer], balls, steps, seed, start, conditions)
    middle = float(Swarm(landscape, optimizer, np.zeros((2, 1))).lr)
    if not find_optimizer(optimizer).has_rate:
        return Search(optimizer, None, (), (), False)
    task = _set_task(landscape, start, max(LEAST_BALLS, balls // RATES), seed)
    rates = _round(middle * np.logspace(-DECADES / 2, DECADES / 2, RATES))
    scores, paces = _try_rates(task, optimizer, rates, steps, seed, note, own)
    best = _pick(scores, paces)
    gap = 10 ** (DECADES / (RATES - 1))
    closer = _round(rates[best] * np.geomspace(1 / gap, gap, FINE_RATES + 2)[1:-1])
    fine = _try_rates(task, optimizer, closer, steps, seed, _add(steps, note), own)
    rates, scores, paces = (
        np.concatenate(pair) for pair in zip((rates, scores, paces), (closer, *fine), strict=True)
    )
    order = np.argsort(rates)
    return Search(
        optimizer=optimizer,
        lr=float(rates[_pick(scores, paces)]),
        rates=tuple(rates[order].tolist()),
        scores=tuple(scores[order].tolist()),
        at_edge=best in (0, RATES - 1),
    )


def _check(
    landscape: Landscape,
    optimizers: Sequence[str],
    balls: int,
    steps: int,
    seed: int,
    start: str,
    conditions: Conditions,
) -> list[Conditions]:
    """Refuse at the door what cannot be, and give each method those settings that it has."""
    if not 1 <= balls <= MOST_BALLS:
        raise InputError(f"balls must be from 1 to {MOST_BALLS:,}, not {balls:,}")
    if steps < 1:
        raise InputError(f"steps must be at least 1, not {steps}")
    world = World(landscape, optimizers, balls=len(optimizers), seed=seed, start=start, **conditions)
    if any(swarm.settings.get("maximize") for swarm in world.swarms):
        raise InputError("methods are compared by how far down they lead: maximize must be off")
    return [{**conditions, "settings": swarm.settings} for swarm in world.swarms]


def _set_task(landscape: Landscape, start: str, balls: int, seed: int) -> _Task:
    points = place_balls(start, landscape.domain, balls, seed)
    with np.errstate(all="ignore"):
        losses = landscape.value(points)
    floor = float(find_valleys(landscape).losses.min(initial=np.inf))
    known = np.isfinite(losses)
    if not (known.any() and math.isfinite(floor)):
        raise InputError(
            f"{landscape.name} has no loss where balls start, or no lowest point: nothing to compare"
        )
    return _Task(landscape, points[:, known], losses[known].astype(np.float64), floor)


def _try_rates(
    task: _Task, optimizer: str, rates: Floats, steps: int, seed: int, note: Note, conditions: Conditions
) -> tuple[Floats, Floats]:
    """The score of each rate ``(rates,)``, and the mean of its scores on the way."""
    crowd = _Task(
        task.landscape, np.tile(task.points, rates.size), np.tile(task.losses, rates.size), task.floor
    )
    lr = np.repeat(rates, task.losses.size)
    swarm = Swarm(task.landscape, optimizer, crowd.points, lr=lr, seed=seed, **conditions)
    path = []
    while swarm.tick < steps:
        for run in _split(min(SWEEP, steps - swarm.tick)):
            swarm.step(run)
            note(swarm.tick)
        path.append(_measure_left(crowd, swarm).reshape(rates.size, -1).mean(axis=1))
    return path[-1], np.mean(path, axis=0)


def _split(steps: int) -> list[int]:
    """Runs after each of which somebody may want to know how far it is."""
    return [min(RUN, steps - done) for done in range(0, steps, RUN)]


def _measure_left(task: _Task, swarm: Swarm) -> Floats:
    """Share of its way down that each ball has left ``(n,)``, from 0 to 1; 1 for those that are not on the map."""
    ways = task.losses - task.floor
    # Who starts at the bottom has no way to share out: what rounding makes of it must not count.
    ways = np.maximum(ways, TIE * ways.max() + 1e-300)
    losses, lost = _look(task, swarm)
    return np.asarray(np.where(lost, 1.0, np.clip((losses - task.floor) / ways, 0.0, 1.0)))


def _look(task: _Task, swarm: Swarm) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The loss of each ball ``(n,)``, and which of them are not on the map, or where there is no loss."""
    position = swarm.position.astype(np.float64)
    x_min, x_max, y_min, y_max = np.array(task.landscape.domain, np.float32)
    with np.errstate(all="ignore"):
        losses = np.asarray(task.landscape.value(position), np.float64)
    x, y = position
    on_map = (x >= x_min) & (x <= x_max) & (y >= y_min) & (y <= y_max) & np.isfinite(losses)
    return losses, np.asarray(~on_map)


def _pick(scores: Floats, paces: Floats) -> int:
    tied = scores <= scores.min() + TIE
    return int(np.argmin(np.where(tied, paces, np.inf)))


def _run(
    tasks: Sequence[_Task], search: Search, steps: int, seed: int, note: Note, conditions: Conditions
) -> Comparison:
    """Let a method run at the rate that was found for it, once for each task."""
    medians, best, reached, lost = [], math.inf, [], []
    for k, task in enumerate(tasks):
        swarm = Swarm(
            task.landscape, search.optimizer, task.points, lr=search.lr, seed=seed + 1 + k, **conditions
        )
        swarm.goal = task.floor + ARRIVAL * (float(np.median(task.losses)) - task.floor)
        while swarm.tick < steps:
            swarm.step(min(SWEEP, steps - swarm.tick))
            note(k * steps + swarm.tick)
        losses, left = _look(task, swarm)
        medians.append(float(np.median(np.where(left, task.losses, losses))))
        best = min(best, losses[~left].min(initial=math.inf))
        reached.append(swarm.reached)
        lost.append(left)
    arrivals = np.concatenate(reached)
    median = float(np.median(np.where(arrivals < 0, np.inf, arrivals)))
    row = find_optimizer(search.optimizer)
    # A search knows the loss where it stands, unless the next step measures on other samples.
    fresh = tasks[0].landscape.data is not None and conditions.get("batch_size") is not None
    return Comparison(
        optimizer=row.name,
        lr=search.lr,
        at_edge=search.at_edge,
        median_loss=float(np.mean(medians)),
        median_loss_sd=float(np.std(medians, ddof=1)) if len(medians) > 1 else None,
        best_loss=float(best) if math.isfinite(best) else None,
        arrived=float((arrivals >= 0).mean()),
        steps_to_arrive=round(median) if math.isfinite(median) else None,
        lost=float(np.concatenate(lost).mean()),
        gradients=0 if row.draws else 1 + bool(conditions["settings"].get("sam")),
        losses=1 + fresh if row.draws else 0,
    )


def _add(before: int, note: Note) -> Note:
    return lambda done: note(before + done)


def _round(rates: Array) -> Floats:
    """To three digits, so that a rate can be told to others."""
    return np.array([float(f"{rate:.3g}") for rate in rates])
