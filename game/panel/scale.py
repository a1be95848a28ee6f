"""The loss scale beside the terrain: its own colours from the lowest ground to the highest, against true losses."""

from functools import lru_cache
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
_STEPS = 58
"""Of the bar, three reference pixels each; between their ends colours blend."""


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
    # The darkest ground would be lost on a dark card.
    pen.box(left - 1, top - 1, _BAR + 2, height + 2, pen.style.faint, 0)
    pen.ladder(left, top, _BAR, height, _bar_colours(terrain, theme))
    for mark in _marks_of(terrain):
        y = top + height * (1 - mark.height)
        pen.box(left + _BAR, y - 0.5, 4, 1, pen.style.faint, 0)
        pen.text(left + _BAR + 8, y - 7.5, mark.text, 12)
    if holes:
        pen.box(left, top + height + 8, _BAR, _BAR, packed(theme.wall[1], 1.0), 0)
        pen.text(left + _BAR + 8, top + height + 6, "no value", 12)


@lru_cache(maxsize=4)
def _bar_colours(terrain: Terrain, theme: Theme) -> tuple[int, ...]:
    """The colours of the ground from the highest to the lowest, packed."""
    ramp = terrain.ramp[np.linspace(len(terrain.ramp) - 1, 0, _STEPS + 1).round().astype(int)]
    colours = encode(theme.colormap(1024)[(ramp * 1023 + 0.5).astype(int)]).astype(int)
    red, green, blue = colours.T
    return tuple((0xFF000000 | blue << 16 | green << 8 | red).tolist())


@lru_cache(maxsize=4)
def _marks_of(terrain: Terrain) -> list[Mark]:
    return mark_losses(terrain.scale)


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
