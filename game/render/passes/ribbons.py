"""The way of the selected ball, as a band on the ground."""

import moderngl
import numpy as np

from game.render.gpu import set_uniforms
from game.render.kit import Kit
from game.render.passes.terrain import REFERENCE_HEIGHT
from game.scene.frame import Floats, Frame
from game.scene.theme import srgb

BAND, EDGE = 2.0, 1.4
"""Half the width of the band, and the width of its dark edge, pixels of the reference picture."""


class RibbonPass:
    """Draws a ribbon of constant width on the screen: a rectangle for each part, cut where the next one is nearer."""

    def __init__(self, kit: Kit) -> None:
        self._gpu = kit.gpu
        self._scale = kit.tier.scale
        self._program = kit.gpu.program("ribbons.vert", "ribbons.frag")
        self._corners = kit.gpu.buffer(np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], np.float32))
        self._capacity = 0
        self._parts: moderngl.Buffer | None = None
        self._band: moderngl.VertexArray | None = None
        self._sent: Floats | None = None

    def draw(self, frame: Frame) -> None:
        """Draw the ribbon, if there is one."""
        count = len(frame.ribbon) - 1
        if count < 1 or frame.selected is None:
            return
        if frame.ribbon is not self._sent:
            self._send(frame.ribbon)
        size = (frame.size[0] * self._scale, frame.size[1] * self._scale)
        pixel = self._scale * max(1.0, min(frame.size) / REFERENCE_HEIGHT)
        set_uniforms(
            self._program,
            {
                "view": frame.view,
                "projection": frame.projection,
                "size": size,
                "band": BAND * pixel,
                "edge": EDGE * pixel,
                "colour": np.sqrt(frame.colours[frame.colour_index[frame.selected]]),
                "ink": srgb(frame.theme.contour),
            },
        )
        context = self._gpu.context
        context.enable(moderngl.BLEND)
        framebuffer = context.fbo
        framebuffer.depth_mask = False
        assert self._band is not None
        self._band.render(moderngl.TRIANGLE_STRIP, instances=count)
        framebuffer.depth_mask = True
        context.disable(moderngl.BLEND)

    def _send(self, ribbon: Floats) -> None:
        """Each part between two points with the points before and after it, which it must not run into."""
        padded = np.concatenate([ribbon[:1], ribbon, ribbon[-1:]])
        parts = np.concatenate([padded[:-3], padded[1:-2], padded[2:-1], padded[3:]], axis=1)
        if len(parts) > self._capacity:
            if self._band is not None and self._parts is not None:
                self._gpu.drop(self._band, self._parts)
            self._capacity = 2 * len(parts)
            self._parts = self._gpu.streaming_buffer(self._capacity * parts.strides[0])
            self._band = self._gpu.vertex_array(
                self._program,
                [
                    (self._corners, "2f", "in_corner"),
                    (self._parts, "4f 4f 4f 4f/i", "in_before", "in_from", "in_to", "in_after"),
                ],
            )
        assert self._parts is not None
        self._parts.write(parts)
        self._sent = ribbon
