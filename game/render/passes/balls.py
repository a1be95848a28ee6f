"""The balls: one point sprite each, shaded as a sphere; where they are sand, the grain that pixels see of it."""

import math

import moderngl
import numpy as np

from game.render.gpu import set_uniforms
from game.render.kit import Kit
from game.render.light import ball_light
from game.render.passes.grain import Grain
from game.scene.camera import FIELD_OF_VIEW
from game.scene.frame import Bytes, Floats, Frame
from game.scene.grain import is_sand, largest_ball

STRIPED = 10.0
"""Diameter from which a stripe can be seen, pixels; as in ``rolled.vert``."""
_PLAIN = {"x": 4, "y": 4, "previous_x": 4, "previous_y": 4, "lift": 4, "status": 1, "colour": 1}
_POLE = {"pole_x": 4, "pole_y": 4, "pole_z": 4}
"""Bytes a ball of each buffer; poles are for balls with stripes only."""


class BallPass:
    """Sends positions as they lie in memory, a row a buffer; the shader glides between steps."""

    def __init__(self, kit: Kit) -> None:
        self._gpu = kit.gpu
        self._ground = kit.ground
        self._scale = kit.tier.scale
        self._crowd = kit.tier.crowd
        self._grain = Grain(kit.gpu) if self._crowd else None
        self._plain = kit.gpu.program("balls.vert", "balls.frag")
        self._rolled = kit.gpu.program("rolled.vert", "rolled.frag")
        self._capacity = 0
        self._buffers: dict[str, moderngl.Buffer] = {}
        self._points: dict[moderngl.Program, moderngl.VertexArray] = {}
        self._sent: dict[str, Floats | Bytes | None] = {}

    def draw(self, frame: Frame) -> None:
        """Draw every ball there is, wherever it went."""
        count = frame.positions.shape[1]
        if not count:
            return
        if self._grain and count >= self._crowd and is_sand(frame):
            self._grain.draw(frame)
            return
        self._reserve(count)
        program = self._plain
        rows: list[tuple[str, Floats | Bytes | None]] = [
            ("positions", frame.positions),
            ("previous", frame.previous),
            ("status", frame.status),
            ("colour", frame.colour_index),
            ("lift", frame.lifts),
        ]
        if frame.poles is not None and self._scale * largest_ball(frame) > STRIPED:
            program = self._rolled
            rows.append(("pole", frame.poles))
        for name, row in rows:
            if name not in self._sent or self._sent[name] is not row:
                self._send(name, row)
                self._sent[name] = row
        self._ground.bind(program)
        x_min, x_max, y_min, y_max = frame.terrain.domain
        set_uniforms(
            program,
            {
                **ball_light(frame),
                "view": frame.view,
                "projection": frame.projection,
                "half_size": frame.terrain.half_size,
                "domain": (x_min, y_min, x_max - x_min, y_max - y_min),
                "alpha": frame.alpha,
                "radius": frame.radius,
                "floor": frame.terrain.floor,
                "point_scale": self._scale * frame.size[1] / math.tan(math.radians(FIELD_OF_VIEW) / 2),
            },
        )
        context = self._gpu.context
        context.enable(moderngl.BLEND | moderngl.PROGRAM_POINT_SIZE)
        if frame.lifts is not None:
            # A network may be better than the ground shows: then it is below, and yet to be seen.
            context.disable(moderngl.DEPTH_TEST)
        self._points[program].render(moderngl.POINTS, vertices=count)
        context.disable(moderngl.BLEND)
        context.enable(moderngl.DEPTH_TEST)

    def _send(self, name: str, rows: Floats | Bytes | None) -> None:
        if rows is None:
            self._buffers[name].write(bytes(self._buffers[name].size))
            return
        if name in self._buffers:
            self._buffers[name].write(np.ascontiguousarray(rows))
            return
        prefix = "" if name == "positions" else f"{name}_"
        for axis, row in zip("xyz"[: len(rows)], rows, strict=True):
            self._buffers[prefix + axis].write(np.ascontiguousarray(row, np.float32))

    def _reserve(self, count: int) -> None:
        if count <= self._capacity:
            return
        self._gpu.drop(*self._points.values(), *self._buffers.values())
        self._capacity = count
        self._sent.clear()
        sizes = {**_PLAIN, **_POLE}
        self._buffers = {name: self._gpu.streaming_buffer(count * size) for name, size in sizes.items()}
        formats = {4: "1f", 1: "1u1"}
        self._points = {
            program: self._gpu.vertex_array(
                program, [(self._buffers[name], formats[size], f"in_{name}") for name, size in sizes.items()]
            )
            for program, sizes in ((self._plain, _PLAIN), (self._rolled, sizes))
        }
