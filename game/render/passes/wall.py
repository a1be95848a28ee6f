"""The walls of the slab, with strata."""

import moderngl
import numpy as np

from game.render.gpu import set_uniforms
from game.render.kit import Kit
from game.scene.frame import Frame
from game.scene.theme import srgb

_SIDES = (
    ((0.0, 0.0), (1.0, 0.0), (0.0, -1.0)),
    ((1.0, 0.0), (1.0, 1.0), (1.0, 0.0)),
    ((1.0, 1.0), (0.0, 1.0), (0.0, 1.0)),
    ((0.0, 1.0), (0.0, 0.0), (-1.0, 0.0)),
)
"""Each side: where it starts and ends in shares of the domain, and which way it looks."""


class WallPass:
    """Draws four ribbons between the rim of the ground and the foot of the slab."""

    def __init__(self, kit: Kit) -> None:
        self._ground = kit.ground
        self._program = kit.gpu.program("wall.vert", "wall.frag")
        self._sides = []
        for start, end, outward in _SIDES:
            along = np.linspace(0, 1, kit.tier.mesh + 1)[:, None]
            rim = np.array(start) * (1 - along) + np.array(end) * along
            ribbon = np.zeros((kit.tier.mesh + 1, 2, 5), np.float32)
            ribbon[:, :, :2] = rim[:, None]
            ribbon[:, 0, 2] = 1
            ribbon[:, :, 3:] = outward
            content = [(kit.gpu.buffer(ribbon), "3f 2f", "in_rim", "in_outward")]
            self._sides.append(kit.gpu.vertex_array(self._program, content))

    def draw(self, frame: Frame) -> None:
        """Draw the four walls."""
        self._ground.bind(self._program)
        set_uniforms(
            self._program,
            {
                "view_projection": frame.view @ frame.projection,
                "half_size": frame.terrain.half_size,
                "floor": frame.terrain.floor,
                "rim": srgb(frame.theme.wall[0]),
                "foot": srgb(frame.theme.wall[1]),
            },
        )
        for side in self._sides:
            side.render(moderngl.TRIANGLE_STRIP)
