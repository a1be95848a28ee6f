"""A crowd of balls of a pixel or two, drawn pixel by pixel instead of ball by ball."""

import moderngl
import numpy as np

from game.render.gpu import Gpu, set_uniforms
from game.render.light import ball_light
from game.scene.frame import Frame
from game.scene.grain import DEPTHS, Words, sift


class Grain:
    """Sends which balls each pixel sees; the shader lights them as it would light sprites."""

    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu
        self._program = gpu.program("grain.vert", "grain.frag")
        self._screen = gpu.screen(self._program)
        self._words: Words | None = None
        self._texture: moderngl.Texture | None = None

    def draw(self, frame: Frame) -> None:
        """Draw every ball; depth testing has to be on."""
        grain = sift(frame, self._words)
        words = self._words = grain.words
        size = words.shape[2], words.shape[0] * words.shape[1]
        if self._texture is None or self._texture.size != size:
            if self._texture is not None:
                self._gpu.drop(self._texture)
            self._texture = self._gpu.texture(size, 1, dtype="u4")
            self._texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._texture.write(words)
        self._texture.use(0)
        nearest, furthest = grain.depths
        box = 2 * np.array(grain.box).reshape(2, 2) / frame.size - 1
        set_uniforms(
            self._program,
            {
                **ball_light(frame),
                "words": 0,
                "box": tuple(box.ravel().tolist()),
                "rows": words.shape[1],
                "border": grain.border,
                "side": float(grain.side),
                "fine": float(grain.fine),
                "depths": (nearest, (furthest - nearest) / (DEPTHS - 1)),
                "unit": grain.unit,
                "radius": frame.radius,
                "projection": frame.projection,
            },
        )
        context = self._gpu.context
        context.enable(moderngl.BLEND)
        self._screen.render(moderngl.TRIANGLE_STRIP)
        context.disable(moderngl.BLEND)
