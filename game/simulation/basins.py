"""Basins of attraction: for every place on the map, the valley in which a ball ends that starts there."""

import dataclasses
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from game.simulation.optimizers import Settings
from game.simulation.swarm import Swarm
from game.simulation.sweep import SWEEP, Status
from game.simulation.valleys import Valleys, find_valleys
from landscapes.errors import InputError
from landscapes.landscape import Landscape

MOST_CELLS = 4096
"""Along a side: more than sixteen million balls are taken for a slip of the finger."""


@dataclasses.dataclass(frozen=True, eq=False)
class Basins:
    """Where balls ended, by where they started. Arrays are ``(rows of y, columns of x)``, borders included.

    Attributes:
        landscape: what they rolled on.
        optimizer: how.
        lr: at which rate.
        valleys: those of the surface, deepest first.
        labels: number of the valley that the ball is in; -1 if it is not on the map or there is no loss.
        status: what became of it; see ``Status``.
        steps: after how many steps it settled or left, to whole sweeps; all that were taken if it still rolls.
    """

    landscape: Landscape
    optimizer: str
    lr: float
    valleys: Valleys
    labels: npt.NDArray[np.int32]
    status: npt.NDArray[np.uint8]
    steps: npt.NDArray[np.int32]


def map_basins(
    landscape: Landscape,
    optimizer: str = "sgd",
    resolution: int = 256,
    steps: int = 2000,
    lr: float | None = None,
    settings: Settings | None = None,
    seed: int = 0,
    *,
    schedule: str = "constant",
    batch_size: int | None = None,
    noise: float = 0.0,
    border: str = "mark",
    note: Callable[[int], None] = lambda _: None,
) -> Basins:
    """Let a ball start in each cell of a grid and see where it ends.

    Args:
        landscape: what they roll on.
        optimizer: its name.
        resolution: cells along each side.
        steps: at most, rounded up to whole sweeps; it is over as soon as no ball rolls any more.
        lr: learning rate; the landscape's own if ``None``.
        settings: hyper-parameters other than the defaults.
        seed: of noise and minibatches.
        schedule: of the learning rate.
        batch_size: samples in a minibatch; all samples if ``None``.
        noise: of the gradient, in units of the typical gradient.
        border: what happens to balls that leave the map.
        note: told again and again how many steps are done, in the end ``steps``.

    Raises:
        InputError: something of it cannot be; the message says what to do.
    """
    if not 2 <= resolution <= MOST_CELLS:
        raise InputError(
            f"a basin map must have from 2 x 2 to {MOST_CELLS:,} x {MOST_CELLS:,} balls, "
            f"not {resolution:,} x {resolution:,}"
        )
    if steps < 1:
        raise InputError(f"steps must be at least 1, not {steps}")
    x_min, x_max, y_min, y_max = landscape.domain
    x, y = np.meshgrid(np.linspace(x_min, x_max, resolution), np.linspace(y_min, y_max, resolution))
    swarm = Swarm(
        landscape,
        optimizer,
        np.stack([x.ravel(), y.ravel()]),
        lr=lr,
        settings=settings,
        schedule=schedule,
        batch_size=batch_size,
        noise=noise,
        border=border,
        seed=seed,
    )
    status = swarm.status
    ended = np.zeros(swarm.size, np.int32)
    while swarm.tick < steps and (status == Status.ROLLING).any():
        swarm.step(SWEEP)
        before, status = status, swarm.status
        # A ball that trembles may wake again; what counts is when it came to rest for good.
        ended[(status != before) | (status == Status.ROLLING)] = swarm.tick
        note(min(swarm.tick, steps))
    note(steps)
    valleys = find_valleys(landscape)
    shape = (resolution, resolution)
    return Basins(
        landscape=landscape,
        optimizer=swarm.optimizer.name,
        lr=float(np.median(swarm.lr)),
        valleys=valleys,
        labels=valleys.label(swarm.on_map).reshape(shape),
        status=status.reshape(shape),
        steps=ended.reshape(shape),
    )
