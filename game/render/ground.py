"""The textures that several passes read: the ground as heights, baked colours, and what balls leave on it."""

import moderngl
import numpy as np
import numpy.typing as npt

from game.render.gpu import Gpu, set_uniforms
from game.scene.daylight import Daylight
from game.scene.frame import Bytes, Frame
from game.scene.marks import resample
from game.scene.terrain import Terrain
from game.scene.theme import Theme

UNITS = {"heights": 0, "ground": 1, "marks": 2}
"""Texture units; samplers in the shaders carry these names."""


class Ground:
    """Sends what changed, once for all passes."""

    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu
        self._textures: dict[str, moderngl.Texture] = {}
        self._terrain: Terrain | None = None
        self._theme: Theme | None = None
        self._daylight: Daylight | None = None
        self._trails: Bytes | None = None
        self._shadows: Bytes | None = None

    def update(self, frame: Frame) -> None:
        """Bring the textures up to the frame."""
        new_terrain = frame.terrain is not self._terrain
        if new_terrain:
            self._send("heights", frame.terrain.heights, "f4")
        if new_terrain or frame.theme is not self._theme or frame.daylight != self._daylight:
            self._send("ground", frame.terrain.colours(frame.theme, frame.daylight))
        if frame.trails is not self._trails or frame.shadows is not self._shadows:
            # One texture for both: each that is read costs a software driver a tenth of a frame.
            marks = frame.trails.copy()
            marks[..., 3] = resample(frame.shadows, len(marks))
            self._send("marks", marks)
        self._terrain, self._theme, self._daylight = frame.terrain, frame.theme, frame.daylight
        self._trails, self._shadows = frame.trails, frame.shadows

    def bind(self, program: moderngl.Program) -> None:
        """Make the textures visible to a program."""
        set_uniforms(program, UNITS)
        for name, unit in UNITS.items():
            self._textures[name].use(unit)

    def _send(self, name: str, pixels: npt.NDArray[np.generic], dtype: str = "f1") -> None:
        height, width = pixels.shape[:2]
        components = 1 if pixels.ndim == 2 else pixels.shape[2]
        old = self._textures.get(name)
        if old is not None and old.size == (width, height):
            old.write(np.ascontiguousarray(pixels))
            return
        if old is not None:
            self._gpu.drop(old)
        self._textures[name] = self._gpu.texture((width, height), components, dtype=dtype)
        self._textures[name].write(np.ascontiguousarray(pixels))
