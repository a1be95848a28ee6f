"""The standings of a race, and its photo finish."""

import math

from game.panel.cards import PAD, draw_progress, progress_height, tell_rate, tell_settings
from game.panel.pen import Pen, shorten
from game.panel.style import COLUMN
from game.session import Session
from game.simulation import Swarm
from game.simulation.race import Finish, Place, rank_teams
from game.simulation.teams import title_of

ROW = 35.0
HEAD = 19.0
BEST_ROOM = 58.0
"""Width of the column of the best losses."""
PHOTO_WIDTH = 460.0
PHOTO_ROW = 30.0


def draw_standings(pen: Pen, session: Session, left: float, top: float) -> float:
    """Who leads by median loss, with what, steps, and what became of the balls; returns where the next card begins."""
    places = _places(session)
    height = 8 + HEAD + ROW * len(places) + progress_height(session)
    pen.sheet(left, top, COLUMN, height)
    right = left + COLUMN - PAD
    y = top + 8
    pen.text(left + PAD, y, "standings", 11.5, pen.style.faint)
    pen.text(right - BEST_ROOM, y, "median", 11.5, pen.style.faint, align=1)
    pen.text(right, y, "best", 11.5, pen.style.faint, align=1)
    y += HEAD
    for number, place in enumerate(places, start=1):
        _draw_place(pen, session, number, place, left + PAD, right, y)
        y += ROW
    draw_progress(pen, session, left, y)
    return top + height + 8


def _draw_place(
    pen: Pen, session: Session, number: int, place: Place, left: float, right: float, y: float
) -> None:
    swarm, faint = session.world.swarms[place.team], pen.style.faint
    pen.text(left, y, str(number), 15, faint, strong=True)
    _draw_disc(pen, place.team, left + 20, y + 8.5)
    start = left + 32
    median, best = _tell_loss(place.median), _tell_loss(place.best)
    room = right - BEST_ROOM - pen.width(median, 15, strong=True) - 6 - start
    pen.text(start, y, shorten(pen, title_of(swarm), 16, room), 15, strong=True)
    pen.text(right - BEST_ROOM, y, median, 15, pen.style.accent, strong=True, align=1)
    pen.text(right, y + 1.5, best, 13, align=1)
    fate = _tell_fate(session, place)
    pen.text(right, y + 18, fate, 11.5, faint, align=1)
    knobs = shorten(pen, _tell_knobs(swarm), 11.5, right - pen.width(fate, 11.5) - 8 - start)
    pen.text(start, y + 18, knobs, 11.5, faint)


def draw_photo(pen: Pen, session: Session, size: tuple[float, float]) -> None:
    """Who crossed the finish line at which step, the first one first."""
    finish = session.finish
    order = _order_of_arrival(finish, _places(session))
    width, height = min(PHOTO_WIDTH, size[0] - 40), 88 + PHOTO_ROW * max(len(order), 1) + 26
    left, top = (size[0] - width) / 2, (size[1] - height) / 2
    for _ in range(3):
        pen.sheet(left, top, width, height)
    inner, right, faint = left + 24, left + width - 24, pen.style.faint
    pen.text(inner, top + 16, "Photo finish", 20, strong=True)
    about = "no finish line" if finish is None else f"median loss below {finish.loss:g}"
    pen.text(inner, top + 42, about, 12.5, faint)
    at = right - 110
    pen.text(at, top + 62, "at step", 12.5, faint, align=1)
    pen.text(right, top + 62, "median now", 12.5, faint, align=1)
    y = top + 84
    for number, place in enumerate(order, start=1):
        step = _step_of(finish, place)
        swarm = session.world.swarms[place.team]
        pen.text(inner, y, str(number) if step is not None else "-", 17, faint, strong=True)
        _draw_disc(pen, place.team, inner + 26, y + 10)
        told = "not yet" if step is None else f"{step:,.1f}"
        name = shorten(pen, title_of(swarm), 18, at - pen.width(told, 17, strong=True) - 10 - (inner + 40))
        pen.text(inner + 40, y, name, 17, strong=True)
        pen.text(at, y, told, 17, faint if step is None else pen.style.accent, strong=True, align=1)
        pen.text(right, y + 2, _tell_loss(place.median), 15, align=1)
        y += PHOTO_ROW
    if not session.view.directed:
        hint = "esc closes this, shift r runs it again"
        pen.text(size[0] / 2, top + height - 26, hint, 11.5, faint, align=0.5)


def _places(session: Session) -> tuple[Place, ...]:
    """As of the last observation; as of now where teams came or went since."""
    known = len(session.places) == len(session.world.swarms)
    return session.places if known else rank_teams(session.world)


def _order_of_arrival(finish: Finish | None, places: tuple[Place, ...]) -> list[Place]:
    def arrival(place: Place) -> float:
        step = _step_of(finish, place)
        return math.inf if step is None else step

    return sorted(places, key=arrival)


def _step_of(finish: Finish | None, place: Place) -> float | None:
    """The step at which a team crossed the finish line, if there is one and it did."""
    return finish.steps[place.team] if finish and place.team < len(finish.steps) else None


def _draw_disc(pen: Pen, team: int, x: float, y: float) -> None:
    pen.disc(x, y, 6, pen.style.edge)
    pen.disc(x, y, 5, pen.style.teams[team % len(pen.style.teams)])


def _tell_knobs(swarm: Swarm) -> str:
    rate = f"lr {tell_rate(swarm)}" if swarm.optimizer.has_rate else ""
    settings = tell_settings(swarm)
    return "   ".join(
        part for part in (rate, "" if rate and settings == swarm.optimizer.formula else settings) if part
    )


def _tell_fate(session: Session, place: Place) -> str:
    step = _step_of(session.finish, place)
    if step is not None:
        return f"through at {step:,.0f}"
    if place.lost > place.settled:
        return f"{place.lost:.0%} lost"
    return f"{place.settled:.0%} settled"


def _tell_loss(loss: float) -> str:
    """A loss in as few characters as tell it apart from others."""
    if math.isinf(loss):
        return "lost"
    if loss == 0 or 0.01 <= abs(loss) < 10_000:
        return f"{loss:.4g}"
    mantissa, exponent = f"{loss:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"
