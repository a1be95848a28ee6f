"""The card of a selected ball: where it is, what it feels, and its last step in the terms of its method."""

import math

import numpy as np

from game.panel.cards import PAD
from game.panel.pen import Pen
from game.scene.path import Look
from game.scene.signs import shown_loss
from game.session import Session
from landscapes.landscape import Array

WIDTH = 236.0
_ROW = 18.0
_NUMBER = 66.0
"""Width of a column of numbers."""
_TEXT = 11.5


def draw_ball(pen: Pen, session: Session, look: Look, left: float, bottom: float) -> float:
    """Draw the card with its lower left corner there; returns where it begins."""
    words = "\n".join(tell_step(look))
    rows = _list_rows(pen, look, find_colour(pen, session, look))
    head, inner = 92.0, WIDTH - 2 * PAD
    height = head + _ROW * len(rows) + 8 + pen.height(words, _TEXT, inner) + PAD - 3
    top = bottom - height
    pen.sheet(left, top, WIDTH, height)
    x, right = left + PAD, left + WIDTH - PAD
    _draw_head(pen, look, x, top + 10, right)
    y = top + head
    pen.text(right - _NUMBER, y - 18, "x", 11, pen.style.faint, align=1)
    pen.text(right, y - 18, "y", 11, pen.style.faint, align=1)
    for name, value, chip in rows:
        if chip is not None:
            pen.disc(x + 4, y + 8, 5, pen.style.faint)
            pen.disc(x + 4, y + 8, 4, chip)
        pen.text(x + 14, y, name, 12.5)
        pen.text(right - _NUMBER, y, _write(value[0]), 12.5, align=1)
        pen.text(right, y, _write(value[1]), 12.5, align=1)
        y += _ROW
    pen.text(x, y + 6, words, _TEXT, pen.style.faint, wrap=inner)
    return top


def find_colour(pen: Pen, session: Session, look: Look) -> int:
    """What the ball wears, packed: its team's in a race, otherwise that of the valley it was released in."""
    rank = look.team if len(session.world.swarms) > 1 else int(session.homes[look.ball])
    return pen.style.teams[rank % len(pen.style.teams)]


def tell_step(look: Look) -> list[str]:
    """What the card says in words, a paragraph each."""
    words = [look.optimizer.formula]
    for about in dict.fromkeys(term.about for term in look.terms):
        words.append(", ".join(term.name for term in look.terms if term.about == about) + f": {about}")
    length = float(np.hypot(*look.step))
    if length == 0 or not math.isfinite(length):
        words.append("no last step")
    else:
        words.append(f"its last step is {length:.2g} long{_compare(look)}")
    if look.slope is None:
        words.append("it feels no slope: it tries places and compares losses")
    else:
        words.append(_tell_slope(look))
    words.append("arrows: logarithmic, each power of ten a quarter of the longest")
    return words


def _compare(look: Look) -> str:
    """The last step beside the slope that it started from."""
    if look.felt is None:
        return ""
    steepness = float(np.hypot(*look.felt))
    if steepness == 0 or not math.isfinite(steepness):
        return ""
    length = float(np.hypot(*look.step))
    downhill = float(np.clip(-(look.step @ look.felt) / (length * steepness), -1, 1))
    turned = math.degrees(math.acos(downhill))
    return f", {length / steepness:.2g} times the slope it started on, {turned:.0f}\u00b0 off downhill"


def _tell_slope(look: Look) -> str:
    whose = "" if look.seen is None else f" of its {look.seen} samples" if look.seen > 1 else " of its sample"
    noise = ", without the noise that it feels" if look.noisy else ""
    return f"downhill: against the gradient{whose}{noise}"


def _list_rows(pen: Pen, look: Look, colour: int) -> list[tuple[str, Array, int | None]]:
    """Name, value and chip of each row of the table: what it feels, what it remembers, what it does."""
    rows: list[tuple[str, Array, int | None]] = []
    if look.slope is not None:
        rows.append(("downhill", -look.slope, pen.style.ink))
    rows += [(term.name, term.value, None) for term in look.terms]
    return [*rows, ("last step", look.step, colour)]


def _draw_head(pen: Pen, look: Look, left: float, top: float, right: float) -> None:
    pen.text(left, top, f"ball {look.ball:,}", 17, strong=True)
    pen.text(right, top + 3, look.status.name.lower(), 13, pen.style.faint, align=1)
    valley = "in no valley" if look.valley is None else f"in valley {look.valley + 1}"
    pen.text(left, top + 22, f"{look.optimizer.title}, {valley}", _TEXT, pen.style.faint)
    x, y = look.at
    pen.text(left, top + 42, f"({x:.4g}, {y:.4g})", 12.5)
    pen.text(right, top + 42, f"loss  {shown_loss(look.loss)}", 12.5, strong=True, align=1)


def _write(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else "-"
