"""The light that bright things shed around them, as a small picture of its own.

Only what is brighter than its wide surroundings sheds light: gleams, beams and trails, but never a sunlit plain, whose
light would lie like milk over the balls on it.
"""

import math

import moderngl

from game.render.gpu import Gpu, Releasable, set_uniforms

SMALLEST = 45
"""About so many pixels a side has the picture of the surroundings: light is shed as far at every resolution."""
THRESHOLD = 0.5
"""Linear light; what is darker sheds none."""


class Bloom:
    """Shrinks the picture step by step, then adds up the steps from the second smallest, less as often the smallest."""

    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu
        self._down = gpu.program("screen.vert", "bloom_down.frag")
        self._up = gpu.program("screen.vert", "bloom_up.frag")
        self._down_screen, self._up_screen = gpu.screen(self._down), gpu.screen(self._up)
        self._levels: list[moderngl.Framebuffer] = []
        self._textures: list[moderngl.Texture] = []

    def resize(self, size: tuple[int, int]) -> None:
        """Make room for pictures of that size."""
        owned: list[Releasable] = [*self._levels, *self._textures]
        self._gpu.drop(*owned)
        halvings = max(2, round(math.log2(min(size) / SMALLEST)))
        sizes = [(max(1, size[0] >> k), max(1, size[1] >> k)) for k in range(1, halvings + 1)]
        self._textures = [self._gpu.texture(size, 4, dtype="f2") for size in sizes]
        self._levels = [self._gpu.picture(texture) for texture in self._textures]

    def draw(self, picture: moderngl.Texture) -> moderngl.Texture:
        """The light that is shed in the picture, linear; negative where surroundings are brighter."""
        context = self._gpu.context
        source = picture
        for level, texture in zip(self._levels, self._textures, strict=True):
            threshold = THRESHOLD if source is picture else -1.0
            set_uniforms(self._down, {"picture": 0, "threshold": threshold})
            level.use()
            source.use(0)
            self._down_screen.render(moderngl.TRIANGLE_STRIP)
            source = texture
        context.enable(moderngl.BLEND)
        context.blend_func = moderngl.ONE, moderngl.ONE
        for level, texture in zip(self._levels[-2::-1], self._textures[:0:-1], strict=True):
            weight = 1.0 - len(self._levels) if texture is self._textures[-1] else 1.0
            set_uniforms(self._up, {"picture": 0, "weight": weight})
            level.use()
            texture.use(0)
            self._up_screen.render(moderngl.TRIANGLE_STRIP)
        context.disable(moderngl.BLEND)
        return self._textures[0]
