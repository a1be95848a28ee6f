"""The plot of a sweep: which learning rate reached which loss, as a heat map."""

from functools import partial
from typing import NamedTuple

import numpy as np
from imgui_bundle import implot

from game.commands.sweep import Sweep, count_rates, find_swept
from game.panel.controls.axes import Floats, Span, draw_decades, pencil
from game.panel.controls.desk import Desk
from game.panel.controls.widgets import copy_on_click, faint, press, tell
from game.scene.theme import srgb
from game.session import Session
from game.simulation.swarm import default_rate

AROUND = 100.0
"""The sweep that is offered goes from the usual rate divided by this to the usual rate times this."""
SHADES = 24
"""Of a heat map."""
LOST, FLOOR = 0.09, 0.02
"""Shares of the plot's height that lost balls take, on top, and that is left under the lowest losses."""


class Sheet(NamedTuple):
    """A sweep as it is drawn; places are logarithms to base ten.

    Attributes:
        rates: limits of the axis across.
        losses: limits of the axis upwards, with room for those that are lost.
        floor: the lowest loss.
        ceiling: the highest loss, where the room for those that are lost begins.
        cells: how dark each cell is, ``(losses, rates)``, the highest loss first.
        lost: share of the balls of each rate that are lost, ``(1, rates)``.
        middles: of the bins of rates ``(r,)``.
        quartiles: lower quartile, median and upper quartile ``(3, r)``; NaN where they are lost.
        best: the learning rate whose balls have the lowest median, and that median; ``None`` if all are lost.
    """

    rates: Span
    losses: Span
    floor: float
    ceiling: float
    cells: Floats
    lost: Floats
    middles: Floats
    quartiles: Floats
    best: tuple[float, float] | None


def plot_sweep(desk: Desk) -> None:
    """A sweep of the chosen team, or of the first that has one; where there is none, how to get one."""
    session = desk.session
    team = find_swept(session, desk.drafts.team)
    if team is None:
        _offer(desk)
        return
    swarm = session.world.swarms[team]
    sources = session.world, session.census, swarm.lr
    sheet = desk.kept.find(f"sweep {team}", sources, partial(_lay_sweep, session, team))
    faint(desk, f"loss by learning rate, {swarm.optimizer.title}; lost on top")
    with draw_decades(desk, _powers(sheet.rates), _powers(sheet.losses)) as seen:
        if seen:
            _draw_sheet(desk, sheet, _colour(desk, team))
    if sheet.best:
        rate, loss = sheet.best
        copy_on_click(desk, f"{rate:.3g}", "the learning rate with the lowest median loss", "best rate")
        copy_on_click(desk, f"{loss:.6g}", "the median loss of balls with about that rate", "median loss")


def _offer(desk: Desk) -> None:
    """A line on sweeps, and a button that begins one."""
    session = desk.session
    swarms = session.world.swarms
    swarm = swarms[min(desk.drafts.team, len(swarms) - 1)]
    if not swarm.optimizer.has_rate:
        faint(desk, f"{swarm.optimizer.title} takes no learning rate")
        return
    faint(desk, "all balls have the same learning rate")
    usual = default_rate(swarm.space, swarm.optimizer)
    low, high = f"{usual / AROUND:.3g}", f"{usual * AROUND:.3g}"
    words = f"release again, each ball with a learning rate of its own, from {low} to {high}"
    if press("give each ball its own", tell("lr.sweep 1 2", words), -1):
        session.submit(f"lr.sweep {low} {high}")
        session.submit("balls.release")


def _lay_sweep(session: Session, team: int) -> Sheet:
    found, lowest = count_rates(session, team), session.lowest
    quartiles = found.losses[1:] - lowest
    floor, ceiling = np.log10(found.heights[[0, -1]]).tolist()
    middles = np.log10(np.sqrt(found.rates[1:] * found.rates[:-1]))
    shown = np.where(np.isfinite(quartiles), np.clip(quartiles, *found.heights[[0, -1]]), np.nan)
    return Sheet(
        rates=(float(np.log10(found.rates[0])), float(np.log10(found.rates[-1]))),
        losses=(floor - FLOOR * (ceiling - floor), ceiling + LOST * (ceiling - floor)),
        floor=floor,
        ceiling=ceiling,
        cells=np.ascontiguousarray(_darken(found)[::-1]),
        lost=found.lost[None],
        middles=middles,
        quartiles=np.ascontiguousarray(np.log10(shown)),
        best=_find_best(found),
    )


def _darken(found: Sweep) -> Floats:
    """Shares as shades in [0, 1]: the root, so that a few balls that went astray are seen too."""
    return np.sqrt(found.shares / max(float(found.shares.max()), 1e-9))


def _find_best(found: Sweep) -> tuple[float, float] | None:
    medians = found.losses[2]
    if not np.isfinite(medians).any():
        return None
    place = int(np.argmin(medians))
    return float(np.sqrt(found.rates[place] * found.rates[place + 1])), float(medians[place])


def _draw_sheet(desk: Desk, sheet: Sheet, colour: str) -> None:
    left, right = sheet.rates
    for name, cells, shade, (low, high) in (
        ("##cells", sheet.cells, colour, (sheet.floor, sheet.ceiling)),
        ("##lost", sheet.lost, desk.theme.ink, (sheet.ceiling, sheet.losses[1])),
    ):
        implot.push_colormap(_find_colormap(shade))
        implot.plot_heatmap(name, cells, 0.0, 1.0, "", implot.Point(left, low), implot.Point(right, high))
        implot.pop_colormap()
    ink, (lower, middle, upper) = desk.theme.ink, sheet.quartiles
    implot.plot_line("##lower", sheet.middles, lower, pencil(desk, ink, 1.0, 0.5))
    implot.plot_line("##upper", sheet.middles, upper, pencil(desk, ink, 1.0, 0.5))
    implot.plot_line("##median", sheet.middles, middle, pencil(desk, ink, 2.0))


def _find_colormap(colour: str) -> str:
    """The name of a scale from nothing to a colour."""
    name = f"sweep {colour}"
    if implot.get_colormap_index(name) < 0:
        shares = np.linspace(0, 1, SHADES)
        rows = [[*srgb(colour), share] for share in shares.tolist()]
        implot.add_colormap(name, np.array(rows, np.float32), False)
    return name


def _colour(desk: Desk, team: int) -> str:
    race, teams = len(desk.session.world.swarms) > 1, desk.theme.teams
    return teams[team % len(teams)] if race else desk.theme.accent


def _powers(span: Span) -> Span:
    low, high = span
    return 10.0**low, 10.0**high
