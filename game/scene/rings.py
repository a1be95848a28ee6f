"""Rings on the ground: what overlays draw where something is pointed at."""

from typing import NamedTuple

from game.scene.terrain import Terrain
from game.scene.theme import Theme, srgb
from game.session import Session

CURSOR_RADIUS = 0.03
"""Of the ring under the mouse, scene units."""
CURSOR_WIDTH = 1.6


class Ring(NamedTuple):
    """A circle that lies on the ground.

    Attributes:
        x: of its middle, landscape coordinates; so is ``y``.
        y: see ``x``.
        radius: landscape coordinates.
        colour: sRGB, each from 0 to 1.
        width: of its line, pixels of the reference picture.
    """

    x: float
    y: float
    radius: float
    colour: tuple[float, float, float]
    width: float


def lay_rings(session: Session, terrain: Terrain, theme: Theme) -> tuple[Ring, ...]:
    """All rings there are now: one under the mouse."""
    if session.view.cursor is None:
        return ()
    return (Ring(*session.view.cursor, CURSOR_RADIUS * terrain.unit, srgb(theme.ink), CURSOR_WIDTH),)
