"""The loss scale beside the terrain: its own colours from the lowest ground to the highest, against true losses."""

from typing import NamedTuple

import numpy as np

from game.panel.pen import Pen
from game.panel.style import packed
from game.scene.relief import NEAREST_TICKS, Scale, place_ticks
from game.scene.terrain import Terrain
from game.scene.theme import Theme, encode

WIDTH = 104.0
HEIGHT = 236.0
HEADER = 48.0
HOLE = 24.0
"""More height, where there are holes."""
_PAD = 14.0
_BAR = 12.0


class Mark(NamedTuple):
    """A loss beside the scale, and its height in [0, 1]."""

    height: float
    text: str


def draw_scale(pen: Pen, terrain: Terrain, theme: Theme, left: float, top: float) -> None:
    """Draw the card with its upper left corner there."""
    holes = bool(terrain.holes.any())
    pen.sheet(left, top, WIDTH, HEIGHT + HOLE * holes)
    left += _PAD
    pen.text(left, top + 9, "loss", 12.5, strong=True)
    pen.text(left, top + 24, f"{terrain.scale.relief} height", 11, pen.style.faint)
    top, height = top + HEADER, HEIGHT - HEADER - _PAD
    colours = encode(theme.colormap(1024)[(terrain.ramp * 1023 + 0.5).astype(int)])
    # The darkest ground would be lost on a dark card.
    pen.box(left - 1, top - 1, _BAR + 2, height + 2, pen.style.faint, 0)
    rows = round(height * pen.style.scale)
    for row in range(rows):
        red, green, blue = map(int, colours[(rows - 1 - row) * (len(colours) - 1) // max(rows - 1, 1)])
        # One pixel each, a little more so that no gap shows between them.
        y = top + height * row / rows
        pen.box(
            left, y, _BAR, min(2, rows - row) * height / rows, 0xFF000000 | blue << 16 | green << 8 | red, 0
        )
    for mark in mark_losses(terrain.scale):
        y = top + height * (1 - mark.height)
        pen.box(left + _BAR, y - 0.5, 4, 1, pen.style.faint, 0)
        pen.text(left + _BAR + 8, y - 7.5, mark.text, 12)
    if holes:
        pen.box(left, top + height + 8, _BAR, _BAR, packed(theme.wall[1], 1.0), 0)
        pen.text(left + _BAR + 8, top + height + 6, "no value", 12)


def mark_losses(scale: Scale) -> list[Mark]:
    """What is written beside a scale, lowest first; where it is clipped, also from which loss on."""
    marks = [Mark(float(scale.heights(np.array(tick))), _write(tick)) for tick in place_ticks(scale)]
    if not scale.clipped:
        return marks
    return [
        *(mark for mark in marks if mark.height < 1 - NEAREST_TICKS),
        Mark(1.0, f"\u2265 {scale.high:.3g}"),
    ]


def _write(loss: float) -> str:
    short = f"{loss:.6g}"
    # Not enough where a small spread lies around a large loss.
    return short if abs(float(short) - loss) <= 1e-9 * abs(loss) else f"{loss:.15g}"
