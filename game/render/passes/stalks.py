"""Thin stalks between the ground and the balls that are not on it."""

import moderngl
import numpy as np

from game.render.gpu import set_uniforms
from game.render.kit import Kit
from game.scene.frame import Frame

OPACITY = 0.75


class StalkPass:
    """Draws a line for each lifted ball; also those in the ground are seen."""

    def __init__(self, kit: Kit) -> None:
        self._gpu = kit.gpu
        self._program = kit.gpu.program("stalks.vert", "stalks.frag")
        self._capacity = 0
        self._buffers: tuple[moderngl.Buffer, ...] = ()
        self._lines: moderngl.VertexArray | None = None

    def draw(self, frame: Frame) -> None:
        """Draw the stalks, if there are any."""
        count = len(frame.stalks)
        if not count:
            return
        self._reserve(count)
        ends, colours = self._buffers
        ends.write(frame.stalks)
        colours.write(np.repeat(frame.colour_index, 2))
        palette = np.zeros((8, 3), np.float32)
        palette[: len(frame.colours)] = frame.colours
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
