"""What is under the mouse: where that is, its loss and slope, and the valley it drains into."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from game.panel.pen import Pen
from game.scene.signs import shown_loss
from game.session import Session

WIDTH = 172.0
LINE = 17.0
_PAD = 10.0
ASIDE = 18.0
"""From the mouse to the card."""


class Reading(NamedTuple):
    """What is known of a place.

    Attributes:
        loss: there, on all samples.
        slope: the gradient, ``(2,)``.
        valley: rank of the valley it is in, deepest 0; ``None`` if in none.
    """

    loss: float
    slope: npt.NDArray[np.float64]
    valley: int | None


@np.errstate(all="ignore")
def read_ground(session: Session, x: float, y: float) -> Reading:
    """What there is to know of the ground at a place of the map."""
    world, at = session.world, np.array([[x], [y]])
    rank = int(world.valleys.label(at)[0])
    slope = np.asarray(world.landscape.gradient(at)[:, 0], np.float64)
    return Reading(float(world.landscape.value(at)[0]), slope, rank if rank >= 0 else None)


def draw_hover(pen: Pen, session: Session, reference: tuple[float, float]) -> None:
    """Draw a small card beside the mouse, if it is over the ground."""
    hover = session.view.hover
    if hover is None:
        return
    scale = pen.style.scale
    reading = read_ground(session, hover.x, hover.y)
    rows = (
        ("x, y", f"{hover.x:.4g}, {hover.y:.4g}"),
        ("loss", shown_loss(reading.loss)),
        ("gradient", f"{reading.slope[0]:.3g}, {reading.slope[1]:.3g}"),
        ("valley", "none" if reading.valley is None else f"{reading.valley + 1}"),
    )
    height = LINE * len(rows) + 2 * _PAD - 3
    left, top = hover.across / scale + ASIDE, hover.down / scale + ASIDE
    if left + WIDTH > reference[0]:
        left -= WIDTH + 2 * ASIDE
    if top + height > reference[1]:
        top -= height + 2 * ASIDE
    pen.sheet(left, top, WIDTH, height)
    for number, (name, value) in enumerate(rows):
        y = top + _PAD + LINE * number
        pen.text(left + _PAD, y, name, 12, pen.style.faint)
        pen.text(left + WIDTH - _PAD, y, value, 12, align=1)
