"""Races: who leads, and who crossed the finish line when."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from game.simulation.swarm import Swarm
from game.simulation.sweep import Status
from game.simulation.world import World

SAMPLE = 4096
"""Balls of a swarm that a race looks at; more would not move a median that anybody can see."""
DIGITS = 6
"""Medians that agree in so many digits are equal: the order stays as it was."""
FINISH_TICKS = 5
"""Ticks between two looks at the finish line."""


class Place(NamedTuple):
    """How a team does in a race.

    Attributes:
        team: its number, from 0.
        median: loss of the median ball, where lost balls are above all others; infinite if half of them are lost.
        best: the lowest loss.
        settled: share of the balls that have settled.
        lost: share of the balls that escaped or diverged.
    """

    team: int
    median: float
    best: float
    settled: float
    lost: float


@dataclass
class Finish:
    """A finish line: a team is through when its median ball is below it.

    Attributes:
        loss: height of the line.
        steps: at which each team crossed it, interpolated between two looks; ``None`` for those on their way.
        through: whether there is nobody left to wait for.
    """

    loss: float
    steps: list[float | None] = field(default_factory=list)
    through: bool = False
    _tick: int = 0
    _medians: list[float] = field(default_factory=list)

    def look(self, world: World) -> None:
        """Note who crossed the line since the last look; to be called every ``FINISH_TICKS``."""
        losses = [measure_losses(swarm) for swarm in world.swarms]
        medians = [find_median(each) for each in losses]
        if len(medians) != len(self._medians):
            # The first look, or teams came and went: who is below was below from here on.
            self.steps, self._tick, self._medians = [None] * len(medians), world.tick, medians
        for team, (before, now) in enumerate(zip(self._medians, medians, strict=True)):
            if self.steps[team] is None and now <= self.loss:
                self.steps[team] = _cross(self.loss, (self._tick, before), (world.tick, now))
        self._tick, self._medians = world.tick, medians
        waiting = [
            swarm
            for swarm, step, median in zip(world.swarms, self.steps, medians, strict=True)
            if step is None and math.isfinite(median)
        ]
        self.through = not waiting


def sample_losses(
    swarm: Swarm, standing: npt.NDArray[np.uint8] | None = None
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Evenly chosen balls of a swarm that wait no more ``(k,)``, and the loss of each on all samples of the data.

    Those that are lost, or off the map and about to be, have an infinite one: they are above all others, whatever the
    surface says beyond its border.

    Args:
        swarm: of which.
        standing: its, where somebody has asked for it already.
    """
    stride = -(-swarm.size // SAMPLE)
    standing = (swarm.standing if standing is None else standing)[::stride]
    released = np.flatnonzero(standing != Status.WAITING)
    with np.errstate(all="ignore"):
        loss = np.asarray(swarm.space.field.value(swarm.position[:, released * stride]), np.float64)
    known = np.isfinite(loss) & (standing[released] <= Status.SETTLED)
    return released * stride, np.where(known, loss, np.inf)


def measure_losses(swarm: Swarm) -> npt.NDArray[np.float64]:
    """The losses ``(k,)`` of ``sample_losses``."""
    return sample_losses(swarm)[1]


def find_quantiles(losses: npt.NDArray[np.float64], shares: Sequence[float]) -> npt.NDArray[np.float64]:
    """Of losses of which some may be infinite, those that such shares of all are below ``(shares,)``.

    Always one of the losses, of two the higher, as numpy's method of that name; infinite where there are none.
    """
    if not losses.size:
        return np.full(len(shares), np.inf)
    places = np.ceil(np.asarray(shares) * (losses.size - 1)).astype(np.intp)
    return np.asarray(np.sort(losses)[places])


def find_median(losses: npt.NDArray[np.float64]) -> float:
    """The median of losses of which some may be infinite; infinite where there are none."""
    return float(find_quantiles(losses, (0.5,))[0])


def rank_teams(world: World, before: Sequence[Place] = ()) -> tuple[Place, ...]:
    """The teams, the lowest median first; those that cannot be told apart stay in the order they had."""
    earlier = {place.team: number for number, place in enumerate(before)}
    places = [_place(number, swarm) for number, swarm in enumerate(world.swarms)]

    def rank(place: Place) -> tuple[float, int]:
        return float(f"{place.median:.{DIGITS}g}"), earlier.get(place.team, place.team)

    return tuple(sorted(places, key=rank))


def _place(number: int, swarm: Swarm) -> Place:
    status = swarm.standing
    losses = sample_losses(swarm, status)[1]
    return Place(
        team=number,
        median=find_median(losses),
        best=float(losses.min(initial=np.inf)),
        settled=float((status == Status.SETTLED).mean()),
        lost=float(((status == Status.ESCAPED) | (status == Status.DIVERGED)).mean()),
    )


def _cross(line: float, before: tuple[int, float], now: tuple[int, float]) -> float:
    """The step at which a median that falls evenly between two looks meets the line."""
    (earlier, above), (later, below) = before, now
    if above <= line:
        return float(earlier)
    share = (above - line) / (above - below) if math.isfinite(above) else 1.0
    return earlier + share * (later - earlier)
