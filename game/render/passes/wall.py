"""The walls of the slab, with strata."""

import moderngl
import numpy as np

from game.render.gpu import set_uniforms
from game.render.kit import Kit
from game.scene.frame import Frame
from game.scene.terrain import Terrain

_OUTWARD = ((0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0))
"""Where south, east, north and west look."""


class WallPass:
    """Draws four ribbons between the rim of the ground and the foot of the slab."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._program = kit.gpu.program("wall.vert", "wall.frag")
        self._terrain: Terrain | None = None
        self._sides: list[moderngl.VertexArray] = []
        self._buffers: list[moderngl.Buffer] = []

    def draw(self, frame: Frame) -> None:
        """Draw the four walls."""
        if frame.terrain is not self._terrain:
            self._send_sides(frame.terrain)
        self._kit.ground.bind(self._program)
        sun_xy = frame.daylight.towards_sun[:2]
        set_uniforms(
            self._program,
            {
                "view_projection": frame.view @ frame.projection,
                "half_size": frame.terrain.half_size,
                "floor": frame.terrain.floor,
                "sun": tuple((sun_xy / np.linalg.norm(sun_xy)).tolist()),
                "rim": frame.daylight.around(frame.theme.wall[0]),
                "foot": frame.daylight.around(frame.theme.wall[1]),
            },
        )
        for side in self._sides:
            side.render(moderngl.TRIANGLE_STRIP)

    def _send_sides(self, terrain: Terrain) -> None:
        gpu = self._kit.gpu
        gpu.drop(*self._sides, *self._buffers)
        # The rim takes the ground's own border vertices, so that no crack opens between the two.
        mesh = terrain.mesh(self._kit.tier.tolerance)
        self._buffers = []
        for border, outward in zip(mesh.border, _OUTWARD, strict=True):
            ribbon = np.zeros((border.size, 2, 5), np.float32)
            ribbon[:, :, :2] = mesh.share[border, None]
            ribbon[:, 0, 2] = 1
            ribbon[:, :, 3:] = outward
            self._buffers.append(gpu.buffer(ribbon))
        self._sides = [
            gpu.vertex_array(self._program, [(buffer, "3f 2f", "in_rim", "in_outward")])
            for buffer in self._buffers
        ]
        self._terrain = terrain
