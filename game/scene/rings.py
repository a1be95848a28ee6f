"""Rings on the ground: what overlays draw where something is pointed at."""

from typing import NamedTuple

from game.scene.terrain import Terrain
from game.scene.theme import Theme, srgb
from game.session import Session

CURSOR_RADIUS = 0.03
"""Of the ring under the mouse, scene units."""
CURSOR_WIDTH = 1.6
CIRCLE_WIDTH = 2.0
"""Of a ring that opens, and of the brush."""
CHECKPOINT_RADIUS = 0.011
CHECKPOINT_WIDTH = 1.6
CHECKPOINTS = 60
"""So many of them get a ring at most."""


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
    """All rings there are now: at checkpoints of the training, under the mouse, and one that a hand draws."""
    hover, circle, ink = session.view.hover, session.view.circle, srgb(theme.ink)
    rings = _mark_checkpoints(session, terrain, ink)
    if hover:
        rings.append(Ring(hover.x, hover.y, CURSOR_RADIUS * terrain.unit, ink, CURSOR_WIDTH))
    if circle:
        rings.append(Ring(*circle, ink, CIRCLE_WIDTH))
    return tuple(rings)


def _mark_checkpoints(session: Session, terrain: Terrain, ink: tuple[float, float, float]) -> list[Ring]:
    way = session.world.landscape.trajectory
    if way is None:
        return []
    x_min, x_max, y_min, y_max = terrain.domain
    some = way.xy[:, :: -(-way.loss.size // CHECKPOINTS)] if way.loss.size > CHECKPOINTS else way.xy
    return [
        Ring(x, y, CHECKPOINT_RADIUS * terrain.unit, ink, CHECKPOINT_WIDTH)
        for x, y in some.T.tolist()
        if x_min <= x <= x_max and y_min <= y <= y_max
    ]
