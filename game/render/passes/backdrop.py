"""The void around the slab and the quiet floor under it, drawn only where nothing else is."""

import moderngl
import numpy as np

from game.render.gpu import set_uniforms
from game.render.kit import Kit
from game.scene.frame import Frame

COLUMNS, ROWS = 49, 33
"""Corners of the grid that carries the colours."""


class BackdropPass:
    """Draws a vignette around the slab's place on the screen, and the floor with the slab's soft shadow on it."""

    def __init__(self, kit: Kit) -> None:
        self._program = kit.gpu.program("backdrop.vert", "backdrop.frag")
        column, row = np.meshgrid(np.linspace(-1, 1, COLUMNS), np.linspace(-1, 1, ROWS))
        corners = np.stack([column, row], axis=-1).astype(np.float32)
        place = np.arange(ROWS * COLUMNS, dtype=np.uint32).reshape(ROWS, COLUMNS)
        sw, se, nw, ne = place[:-1, :-1], place[:-1, 1:], place[1:, :-1], place[1:, 1:]
        triangles = np.stack([sw, se, nw, nw, se, ne], axis=-1)
        self._grid = kit.gpu.vertex_array(
            self._program, [(kit.gpu.buffer(corners), "2f", "in_corner")], kit.gpu.buffer(triangles)
        )

    def draw(self, frame: Frame) -> None:
        """Fill what is left of the picture."""
        view_projection = frame.view.astype(np.float64) @ frame.projection
        middle = np.array([0, 0, 0, 1]) @ view_projection
        set_uniforms(
            self._program,
            {
                "void_centre": frame.daylight.around(frame.theme.void[0]),
                "void_edge": frame.daylight.around(frame.theme.void[1]),
                "centre": (float(middle[0] / middle[3]), float(middle[1] / middle[3])),
                "aspect": frame.size[0] / frame.size[1],
                "unproject": np.linalg.inv(view_projection).astype(np.float32),
                "eye": frame.eye,
                "floor": frame.terrain.floor,
                "floor_colour": frame.daylight.around(frame.theme.floor),
                "half_size": frame.terrain.half_size,
                "shade": frame.theme.floor_shade,
            },
        )
        self._grid.render(moderngl.TRIANGLES)
