"""What stands in the corners of views side by side: who rolls there, how low they are, and who leads."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from game.panel.cards import CHIP, label_width, tell_rate
from game.panel.pen import Pen, shorten
from game.panel.style import is_portrait
from game.scene.camera import SafeArea
from game.scene.signs import Label, shown_loss
from game.scene.split import Rectangle
from game.session import Session

Part = tuple[Rectangle, range]
"""A view: where it is on the picture, and the teams in it."""

GAP = 12.0
"""From the edges of a view to its title."""
WIDTH = 236.0
PAD = 12.0
ALONE = 50.0
"""Height of the title of a single team."""
ROW = 21.0
"""Height of each of several teams."""
LABEL_RISE = 24.0
"""From the place that a label marks up to its upper edge."""
LINE = 1.5
"""Between views."""
WIDE = 1.5
"""Views that are wider than so many times their height have room beside the slab."""
ASIDE = 0.1
"""Share of a view by which the slab's room begins further right, or lower, for the title."""
STATUS_FOOT = 16.0
"""From the lower edge of the window up to its status."""
HINT_FOOT = 88.0
"""Likewise where a tall window has its messages, in several lines, below."""


def safe_area(size: tuple[int, int]) -> SafeArea:
    """Where in a view of that size the slab stands clear of the title: beside it, or below; tall ones have room."""
    if size[0] > WIDE * size[1]:
        return ASIDE, 0.0, 1.0, 1.0
    return 0.0, ASIDE if size[0] > size[1] else 0.0, 1.0, 1.0


def draw_lines(pen: Pen, views: Sequence[Part]) -> None:
    """Lines between views."""
    s = pen.style.scale
    # Whole pixels: a blurred line would be a wide one.
    thickness = max(1, round(LINE * s)) / s
    for part, _ in views:
        left, top, width, height = (number / s for number in part)
        if part.left:
            pen.box(left - thickness / 2, top, thickness, height, pen.style.faint, 0.0)
        if part.top:
            pen.box(left, top - thickness / 2, width, thickness, pen.style.faint, 0.0)


def choose_labels(pen: Pen, labels: Sequence[Label], views: Sequence[Part]) -> tuple[Label, ...]:
    """Labels that lie wholly in their views and not under a title."""
    return tuple(label for label in labels if any(_is_free(pen, label, *view) for view in views))


def _is_free(pen: Pen, label: Label, part: Rectangle, teams: range) -> bool:
    s = pen.style.scale
    x, y, half = label.x / s, label.y / s, label_width(pen, label) / 2
    left, top, width, height = (number / s for number in part)
    inside = left < x - half and x + half < left + width and top < y - LABEL_RISE and y + CHIP < top + height
    titled = x - half < left + GAP + WIDTH and y - LABEL_RISE < top + GAP + _measure(teams)
    return inside and not titled


def draw_titles(pen: Pen, session: Session, views: Sequence[Part], size: tuple[int, int]) -> None:
    """A title in each view of a picture of that size, and the time for all of them."""
    s, leader = pen.style.scale, find_leader(session)
    for part, teams in views:
        width = min(WIDTH, part.width / s - 2 * GAP)
        left, top = part.left / s + GAP, part.top / s + GAP
        pen.sheet(left, top, width, _measure(teams))
        draw = _draw_team if len(teams) == 1 else _draw_teams
        draw(pen, session, teams, leader, left + PAD, left + width - PAD, top + 7)
    _draw_status(pen, session, size)


def _measure(teams: range) -> float:
    """How high the title is."""
    return ALONE if len(teams) == 1 else 14 + ROW * len(teams)


def find_leader(session: Session) -> int | None:
    """The team with the lowest median loss; ``None`` while others show the same."""
    medians = session.history.medians[-1]
    if not np.isfinite(medians).any():
        return None
    first = int(np.nanargmin(medians))
    equal = [shown_loss(float(median)) == shown_loss(float(medians[first])) for median in medians]
    return first if sum(equal) == 1 else None


def _draw_team(
    pen: Pen, session: Session, teams: range, leader: int | None, left: float, right: float, y: float
) -> None:
    team = teams[0]
    swarm = session.world.swarms[team]
    _draw_disc(pen, left, y + 10, team)
    rate = f"lr {tell_rate(swarm)}" if swarm.optimizer.has_rate else ""
    pen.text(right, y + 2, rate, 14, pen.style.accent, strong=True, align=1)
    room = right - left - 25 - pen.width(rate, 14, strong=True)
    pen.text(left + 17, y + 1, shorten(pen, swarm.optimizer.title, 16, room), 16, strong=True)
    pen.text(left, y + 22, f"median {_tell(session.history.medians, team)}", 12.5)
    if team == leader:
        pen.text(right, y + 22, "leads", 12.5, pen.style.accent, strong=True, align=1)
    else:
        best = f"best {_tell(session.history.bests, team)}"
        pen.text(right, y + 22, best, 12.5, pen.style.faint, align=1)


def _draw_teams(
    pen: Pen, session: Session, teams: range, leader: int | None, left: float, right: float, y: float
) -> None:
    for team in teams:
        _draw_disc(pen, left, y + 9, team)
        median, leads = _tell(session.history.medians, team), team == leader
        told = f"leads at {median}" if leads else median
        pen.text(right, y + 2, told, 12.5, pen.style.accent if leads else None, strong=leads, align=1)
        room = right - left - 25 - pen.width(told, 12.5, strong=leads)
        title = shorten(pen, session.world.swarms[team].optimizer.title, 14, room)
        pen.text(left + 17, y + 1, title, 14, strong=True)
        y += ROW


def _draw_disc(pen: Pen, left: float, y: float, team: int) -> None:
    pen.disc(left + 5, y, 6, pen.style.edge)
    pen.disc(left + 5, y, 5, pen.style.teams[team % len(pen.style.teams)])


def _draw_status(pen: Pen, session: Session, size: tuple[int, int]) -> None:
    """Where all of them roll, and for how long."""
    world, s = session.world, pen.style.scale
    told = f"{shorten(pen, world.landscape.title, 14, WIDTH)}   step {world.tick:,}"
    paused = "   paused" if session.paused else ""
    width = pen.width(told, 13) + pen.width(paused, 13) + 2 * PAD
    top = size[1] / s - (HINT_FOOT if is_portrait(size) else STATUS_FOOT) - 26
    pen.box(GAP, top, width, 26, pen.style.sheet, 10)
    pen.text(GAP + PAD, top + 5, told, 13)
    pen.text(GAP + PAD + pen.width(told, 13), top + 5, paused, 13, pen.style.accent)


def _tell(points: Sequence[npt.NDArray[np.float64]], team: int) -> str:
    loss = float(points[-1][team])
    return shown_loss(loss) if np.isfinite(loss) else "lost"
