"""Balls that were thrown off: each flies in an arc with a streak behind it, and fades."""

import math

import moderngl
import numpy as np

from game.render.gpu import set_uniforms
from game.render.kit import Kit
from game.render.light import ball_light
from game.render.passes.terrain import REFERENCE_HEIGHT
from game.scene.camera import FIELD_OF_VIEW
from game.scene.flight import FLIGHT_TICKS, Flights
from game.scene.frame import Frame

LEAST = 2.2
"""Diameter that a ball in the air has at least, pixels of the reference picture: sand would not be seen."""


class FlightPass:
    """Sends launches once; where a ball is in its arc follows from the time."""

    def __init__(self, kit: Kit) -> None:
        self._gpu = kit.gpu
        self._scale = kit.tier.scale
        self._program = kit.gpu.program("flights.vert", "flights.frag")
        self._capacity = 0
        self._buffers: tuple[moderngl.Buffer, ...] = ()
        self._sprites: moderngl.VertexArray | None = None
        self._sent: Flights | None = None

    def draw(self, frame: Frame) -> None:
        """Draw the balls in the air, if there are any."""
        count = frame.flights.balls.size
        if not count:
            return
        if frame.flights is not self._sent:
            self._send(frame.flights)
        size = (frame.size[0] * self._scale, frame.size[1] * self._scale)
        set_uniforms(
            self._program,
            {
                **ball_light(frame),
                "view": frame.view,
                "projection": frame.projection,
                "size": size,
                "point_scale": size[1] / math.tan(math.radians(FIELD_OF_VIEW) / 2),
                "radius": frame.radius,
                "least": LEAST * self._scale * max(1.0, min(frame.size) / REFERENCE_HEIGHT),
                "time": frame.time,
                "length": FLIGHT_TICKS,
            },
        )
        context = self._gpu.context
        context.enable(moderngl.BLEND)
        framebuffer = context.fbo
        framebuffer.depth_mask = False
        assert self._sprites is not None
        self._sprites.render(moderngl.TRIANGLES, vertices=6 * count)
        framebuffer.depth_mask = True
        context.disable(moderngl.BLEND)

    def _send(self, flights: Flights) -> None:
        count = flights.balls.size
        if count > self._capacity:
            self._reserve(2 * count)
        # Four corners each: software draws many instances of little more slowly than all in one.
        launches, colours, _ = self._buffers
        launches.write(np.repeat(flights.launches, 4, axis=0))
        colours.write(np.repeat(flights.colours, 4))
        self._sent = flights

    def _reserve(self, count: int) -> None:
        if self._sprites is not None:
            self._gpu.drop(self._sprites, *self._buffers)
        self._capacity = count
        corners = 4 * np.arange(count)[:, None] + np.array([0, 1, 2, 2, 1, 3])
        launches, colours = (self._gpu.streaming_buffer(4 * count * size) for size in (24, 1))
        order = self._gpu.buffer(corners.astype(np.uint32))
        self._buffers = launches, colours, order
        self._sprites = self._gpu.vertex_array(
            self._program,
            [(launches, "3f 2f 1f", "in_start", "in_heading", "in_tick"), (colours, "1u1", "in_colour")],
            order,
        )
