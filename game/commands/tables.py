"""The numbers behind the plots, as tables: a line of names and lines of numbers."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from game.commands.bins import find_bins, spread_edges
from game.commands.sweep import count_rates
from game.session import Session
from game.simulation.race import measure_losses
from landscapes.errors import find

BINS = 40
"""Of a histogram."""

Row = tuple[object, ...]


class Table(NamedTuple):
    """What can be saved or copied of a plot.

    Attributes:
        name: what one types.
        about: one line.
        make: the names of the columns, and the rows.
    """

    name: str
    about: str
    make: Callable[[Session], tuple[Row, list[Row]]]


class Histogram(NamedTuple):
    """How many balls of each team have about which loss.

    Attributes:
        edges: of the bins, ``(BINS + 1,)``, even in decades above the lowest loss where there are several of them.
        counts: share of the team's balls in each bin, ``(teams, BINS)``; lost balls are in none.
    """

    edges: npt.NDArray[np.float64]
    counts: npt.NDArray[np.float64]


def count_losses(session: Session) -> Histogram:
    """The losses of all teams now, above the lowest loss there is."""
    losses = [measure_losses(swarm) - session.lowest for swarm in session.world.swarms]
    edges = spread_edges(np.concatenate(losses), BINS)
    shares = [
        np.bincount(find_bins(loss[np.isfinite(loss)], edges), minlength=BINS) / max(loss.size, 1)
        for loss in losses
    ]
    return Histogram(edges, np.array(shares))


def name_teams(session: Session) -> list[str]:
    """A word for each team; with its number where there are several."""
    swarms = session.world.swarms
    if len(swarms) == 1:
        return [swarms[0].optimizer.name]
    return [f"{swarm.optimizer.name} {number}" for number, swarm in enumerate(swarms, 1)]


def _list_losses(session: Session) -> tuple[Row, list[Row]]:
    history = session.history
    kinds = ("median", "best", "lower quartile", "upper quartile")
    head = ("step", *(f"{team} {kind}" for team in name_teams(session) for kind in kinds))
    points = zip(history.ticks, history.medians, history.bests, history.quartiles, strict=True)
    rows = [
        (tick, *np.stack([median, best, *quartiles], axis=1).ravel().tolist())
        for tick, median, best, quartiles in points
    ]
    return head, rows


def _list_histogram(session: Session) -> tuple[Row, list[Row]]:
    edges, counts = count_losses(session)
    ends = (session.lowest + edges).tolist()
    head = ("loss from", "to", *(f"{team} share" for team in name_teams(session)))
    return head, list(zip(ends[:-1], ends[1:], *counts.tolist(), strict=True))


def _list_rates(session: Session) -> tuple[Row, list[Row]]:
    history = session.history
    rows: Iterable[Row] = zip(history.ticks, *np.array(history.rates).T.tolist(), strict=True)
    return ("step", *(f"{team} lr" for team in name_teams(session))), list(rows)


def _list_sweep(session: Session) -> tuple[Row, list[Row]]:
    head = (
        "team",
        "lr from",
        "to",
        "balls",
        "lost share",
        "best",
        "lower quartile",
        "median",
        "upper quartile",
    )
    rows: list[Row] = []
    for number, team in enumerate(name_teams(session)):
        found = count_rates(session, number)
        columns = found.rates[:-1], found.rates[1:], found.balls, found.lost, *found.losses
        told = zip(*(column.tolist() for column in columns), strict=True)
        rows += [(team, *row) for row, balls in zip(told, found.balls, strict=True) if balls]
    return head, rows


def _list_valleys(session: Session) -> tuple[Row, list[Row]]:
    head = ("valley", "x", "y", "loss", "balls", *name_teams(session))
    rows: list[Row] = [
        (rank, valley.x, valley.y, valley.loss, valley.balls, *valley.by_swarm)
        for rank, valley in enumerate(session.census, 1)
    ]
    return head, rows


TABLES: tuple[Table, ...] = (
    Table("losses", "median, best and quartiles of the loss over the steps", _list_losses),
    Table("histogram", "which share of each team has which loss now", _list_histogram),
    Table("rates", "learning rates over the steps", _list_rates),
    Table("sweep", "which learning rate reached which loss, where each ball has its own", _list_sweep),
    Table("census", "balls in each valley now", _list_valleys),
)
"""In the order in which the panel shows them."""


def make_table(session: Session, name: str) -> tuple[Row, list[Row]]:
    """The columns' names and the rows of the table of that name.

    Raises:
        InputError: there is none.
    """
    return find("plot", name, TABLES).make(session)
