"""A halo and a crown for the ball that leads its team."""

import math

import moderngl
import numpy as np

from game.render.gpu import set_uniforms
from game.render.kit import Kit
from game.render.passes.terrain import REFERENCE_HEIGHT
from game.scene.camera import FIELD_OF_VIEW
from game.scene.frame import Frame

GOLD = (1.0, 0.84, 0.36)
"""Of crowns; their bands are in the colours of the teams."""


class GlowPass:
    """Draws a sprite around each leader, over all other balls: a half-covered halo would flicker."""

    def __init__(self, kit: Kit) -> None:
        self._gpu = kit.gpu
        self._scale = kit.tier.scale
        self._program = kit.gpu.program("glow.vert", "glow.frag")
        self._capacity = 0
        self._buffers: tuple[moderngl.Buffer, ...] = ()
        self._sprites: moderngl.VertexArray | None = None

    def draw(self, frame: Frame) -> None:
        """Draw the leaders, if there are any."""
        count = len(frame.leaders)
        if not count:
            return
        self._reserve(count)
        middles, colours = self._buffers
        middles.write(frame.leaders)
        colours.write(np.sqrt(frame.colours[frame.leader_colours]).astype(np.float32))
        height = self._scale * frame.size[1]
        set_uniforms(
            self._program,
            {
                "view_projection": frame.view @ frame.projection,
                "size": (self._scale * frame.size[0], height),
                "point_scale": height / (2 * math.tan(math.radians(FIELD_OF_VIEW) / 2)),
                "radius": frame.radius,
                "pixel": self._scale * max(1.0, min(frame.size) / REFERENCE_HEIGHT),
                "gold": GOLD,
            },
        )
        context = self._gpu.context
        context.enable(moderngl.BLEND)
        context.disable(moderngl.DEPTH_TEST)
        assert self._sprites is not None
        self._sprites.render(moderngl.TRIANGLE_STRIP, instances=count, vertices=4)
        context.enable(moderngl.DEPTH_TEST)
        context.disable(moderngl.BLEND)

    def _reserve(self, count: int) -> None:
        if count <= self._capacity:
            return
        if self._sprites is not None:
            self._gpu.drop(self._sprites, *self._buffers)
        self._capacity = count
        self._buffers = self._gpu.streaming_buffer(16 * count), self._gpu.streaming_buffer(12 * count)
        middles, colours = self._buffers
        self._sprites = self._gpu.vertex_array(
            self._program, [(middles, "4f/i", "in_middle"), (colours, "3f/i", "in_colour")]
        )
