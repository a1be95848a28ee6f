"""Rings on the ground, such as the one under the mouse."""

import moderngl
import numpy as np

from game.render.gpu import set_uniforms
from game.render.kit import Kit
from game.render.passes.terrain import REFERENCE_HEIGHT
from game.scene.frame import Frame
from game.scene.theme import srgb

PARTS = 128
"""Of a circle, so that it follows the ground."""
EDGE = 1.2
"""Width of the edge that keeps a line apart from ground of its own colour, pixels of the reference picture."""


class RingPass:
    """Draws lines of constant width on the screen that follow the ground's heights."""

    def __init__(self, kit: Kit) -> None:
        self._context = kit.gpu.context
        self._ground = kit.ground
        self._scale = kit.tier.scale
        self._program = kit.gpu.program("rings.vert", "rings.frag")
        share, side = np.meshgrid(np.linspace(0, 1, PARTS + 1), [-1, 1], indexing="ij")
        corners = kit.gpu.buffer(np.stack([share, side], axis=-1).astype(np.float32))
        self._band = kit.gpu.vertex_array(self._program, [(corners, "2f", "in_corner")])

    def draw(self, frame: Frame) -> None:
        """Draw the rings, if there are any."""
        if not frame.rings:
            return
        self._ground.bind(self._program)
        context, terrain = self._context, frame.terrain
        pixel = self._scale * max(1.0, min(frame.size) / REFERENCE_HEIGHT)
        context.enable(moderngl.BLEND)
        framebuffer = context.fbo
        framebuffer.depth_mask = False
        for ring in frame.rings:
            middle = terrain.share(np.array([[ring.x], [ring.y]], np.float32))[:, 0]
            set_uniforms(
                self._program,
                {
                    "view": frame.view,
                    "projection": frame.projection,
                    "half_size": terrain.half_size,
                    "size": (frame.size[0] * self._scale, frame.size[1] * self._scale),
                    "middle": (float(middle[0]), float(middle[1])),
                    "radius": ring.radius / terrain.unit,
                    "line": 0.5 * ring.width * pixel,
                    "edge": EDGE * pixel,
                    "colour": ring.colour,
                    "ink": srgb(frame.theme.sheet),
                },
            )
            self._band.render(moderngl.TRIANGLE_STRIP)
        framebuffer.depth_mask = True
        context.disable(moderngl.BLEND)
