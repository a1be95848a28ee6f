"""The ground: one mesh for every landscape, raised in the vertex shader."""

import moderngl
import numpy as np

from game.render.gpu import set_uniforms
from game.render.kit import Kit
from game.scene.frame import Frame
from game.scene.terrain import CONTOURS
from game.scene.theme import srgb

REFERENCE_HEIGHT = 720
"""Line widths are meant for a picture this high and grow with it."""


class TerrainPass:
    """Draws baked colours with contour lines, trails and contact shadows on them."""

    def __init__(self, kit: Kit) -> None:
        self._ground = kit.ground
        self._scale = kit.tier.scale
        self._program = kit.gpu.program("terrain.vert", "terrain.frag")
        cells = kit.tier.mesh
        share = np.linspace(0, 1, cells + 1, dtype=np.float32)
        vertices = np.stack(np.meshgrid(share, share), axis=-1)
        # One strip for each row of cells, parted by the restart index.
        row = np.arange(cells + 1, dtype=np.uint32)
        strips = np.full((cells, 2 * (cells + 1) + 1), 0xFFFFFFFF, np.uint32)
        first = np.arange(cells, dtype=np.uint32)[:, None] * (cells + 1) + row
        strips[:, 0:-1:2], strips[:, 1:-1:2] = first + (cells + 1), first
        self._mesh = kit.gpu.vertex_array(
            self._program, [(kit.gpu.buffer(vertices), "2f", "in_share")], kit.gpu.buffer(strips)
        )

    def draw(self, frame: Frame) -> None:
        """Draw the ground, front faces only."""
        self._ground.bind(self._program)
        set_uniforms(
            self._program,
            {
                "view_projection": frame.view @ frame.projection,
                "half_size": frame.terrain.half_size,
                "contour": srgb(frame.theme.contour),
                "contours": CONTOURS / frame.terrain.peak,
                "pixel": max(1.0, self._scale * min(frame.size) / REFERENCE_HEIGHT),
                "trail_strength": frame.theme.trail_strength,
            },
        )
        self._mesh.render(moderngl.TRIANGLE_STRIP)
