"""Bands and lines of constant width on the screen, for the passes that draw ways."""

import moderngl
import numpy as np
import numpy.typing as npt

from game.render.gpu import set_uniforms
from game.render.kit import Kit
from game.render.passes.terrain import REFERENCE_HEIGHT
from game.scene.frame import Floats, Frame
from game.scene.theme import srgb

BAND, EDGE = 2.0, 1.4
"""Half the width of a band, and the width of its dark edge, pixels of the reference picture."""
OPACITY = 0.75
"""Of lines."""


class Band:
    """A ribbon of constant width on the screen: a rectangle for each part, cut where the next one is nearer."""

    def __init__(self, kit: Kit) -> None:
        self._gpu = kit.gpu
        self._scale = kit.tier.scale
        self._program = kit.gpu.program("ribbons.vert", "ribbons.frag")
        self._corners = kit.gpu.buffer(np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], np.float32))
        self._capacity = 0
        self._parts: moderngl.Buffer | None = None
        self._band: moderngl.VertexArray | None = None
        self._sent: Floats | None = None

    def draw(self, frame: Frame, ribbon: Floats, colour: npt.ArrayLike) -> None:
        """Draw a ribbon, if it has any part; ``colour`` is sRGB ``(3,)``."""
        count = len(ribbon) - 1
        if count < 1:
            return
        if ribbon is not self._sent:
            self._send(ribbon)
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
                "colour": np.asarray(colour),
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


class Lines:
    """Straight lines, one pixel wide; also those in the ground are seen."""

    def __init__(self, kit: Kit) -> None:
        self._gpu = kit.gpu
        self._program = kit.gpu.program("stalks.vert", "stalks.frag")
        self._capacity = 0
        self._buffers: tuple[moderngl.Buffer, ...] = ()
        self._lines: moderngl.VertexArray | None = None

    def draw(self, frame: Frame, ends: Floats, index: npt.NDArray[np.uint8], colours: Floats) -> None:
        """Draw lines with both ends each, ``(n, 2, 3)``, if there are any.

        Args:
            frame: that they are part of.
            ends: scene units.
            index: row of ``colours`` for each line, ``(n,)``.
            colours: linear light, up to 8 rows.
        """
        count = len(ends)
        if not count:
            return
        self._reserve(count)
        places, numbers = self._buffers
        places.write(ends)
        numbers.write(np.repeat(index, 2))
        palette = np.zeros((8, 3), np.float32)
        palette[: len(colours)] = colours
        set_uniforms(
            self._program,
            {"view_projection": frame.view @ frame.projection, "colours": palette, "opacity": OPACITY},
        )
        context = self._gpu.context
        context.enable(moderngl.BLEND)
        context.disable(moderngl.DEPTH_TEST)
        assert self._lines is not None
        self._lines.render(moderngl.LINES, vertices=2 * count)
        context.enable(moderngl.DEPTH_TEST)
        context.disable(moderngl.BLEND)

    def _reserve(self, count: int) -> None:
        if count <= self._capacity:
            return
        if self._lines is not None:
            self._gpu.drop(self._lines, *self._buffers)
        self._capacity = count
        ends, colours = self._gpu.streaming_buffer(24 * count), self._gpu.streaming_buffer(2 * count)
        self._buffers = ends, colours
        content = [(ends, "3f", "in_position"), (colours, "1u1", "in_colour")]
        self._lines = self._gpu.vertex_array(self._program, content)
