"""A sweep of learning rates: which rate reached which loss."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from game.commands.bins import find_bins, spread_edges
from game.session import Session
from game.simulation.race import find_quantiles, sample_losses

RATES, LOSSES = 48, 28
"""Bins along both axes at most."""
FEWEST = 6
"""Balls that share a bin of rates; with fewer balls there are fewer bins."""
SHARES = (0.0, 0.25, 0.5, 0.75)
"""Of a bin's balls: below the best there are none, then the quartiles and the median."""

Floats = npt.NDArray[np.float64]


class Sweep(NamedTuple):
    """What became of a team's balls, by their learning rates.

    Attributes:
        rates: edges of the bins, even in decades, ``(r + 1,)``; one bin where all balls have the same rate.
        heights: edges of the bins of losses, above the lowest loss there is, ``(LOSSES + 1,)``.
        shares: of the balls of each bin of rates, how many have about which loss, ``(LOSSES, r)``, lowest first.
        losses: best, lower quartile, median and upper quartile ``(4, r)``; infinite where that ball is lost.
        lost: share of the balls that are lost ``(r,)``; 0 where there are no balls.
        balls: how many were looked at ``(r,)``.
    """

    rates: Floats
    heights: Floats
    shares: Floats
    losses: Floats
    lost: Floats
    balls: npt.NDArray[np.intp]


def count_rates(session: Session, team: int) -> Sweep:
    """The learning rates of a team and what they have reached now; a schedule's factor is left out of them."""
    swarm = session.world.swarms[team]
    numbers, losses = sample_losses(swarm)
    rates = np.broadcast_to(np.asarray(swarm.lr), (swarm.size,))[numbers]
    low, _, high = swarm.rates
    count = max(1, min(RATES, losses.size // FEWEST)) if swarm.rates.swept else 1
    edges = np.geomspace(low, high, count + 1)
    place = find_bins(rates, edges)
    balls = np.bincount(place, minlength=count)
    inside = np.split(losses[np.argsort(place)], np.cumsum(balls)[:-1])
    left, above = np.isfinite(losses), losses - session.lowest
    heights = spread_edges(above, LOSSES)
    cells = find_bins(above[left], heights) * count + place[left]
    return Sweep(
        rates=edges,
        heights=heights,
        shares=np.bincount(cells, minlength=LOSSES * count).reshape(LOSSES, count) / np.maximum(balls, 1),
        losses=np.array([find_quantiles(each, SHARES) for each in inside]).T,
        lost=np.bincount(place[~left], minlength=count) / np.maximum(balls, 1),
        balls=balls,
    )


def find_swept(session: Session, wanted: int) -> int | None:
    """The team that is wanted if each of its balls has a rate of its own, else the first such team, if any."""
    swarms = session.world.swarms
    swept = [number for number, swarm in enumerate(swarms) if swarm.rates.swept and swarm.optimizer.has_rate]
    return wanted if wanted in swept else next(iter(swept), None)
