"""A lens that is sharp at one distance: the slab looks like a miniature."""

import moderngl

from game.render.gpu import Gpu, set_uniforms
from game.scene.frame import Frame

APERTURE = 0.022
"""Radius of the blur of what is infinitely far away, as a share of the picture's height."""
WIDEST = 0.016
"""Radius of the widest blur, likewise; what is very near would cost most and show least."""


class Lens:
    """Blurs what is nearer and further than a frame's focus."""

    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu
        self._program = gpu.program("screen.vert", "lens.frag")
        self._screen = gpu.screen(self._program)
        self._seen: tuple[moderngl.Framebuffer, moderngl.Texture] | None = None

    def resize(self, size: tuple[int, int]) -> None:
        """Make room for pictures of that size."""
        if self._seen:
            self._gpu.drop(*self._seen)
        texture = self._gpu.texture(size, 4)
        self._seen = self._gpu.picture(texture), texture

    def draw(self, picture: moderngl.Texture, depth: moderngl.Texture, frame: Frame) -> moderngl.Texture:
        """The picture as the lens sees it."""
        assert self._seen is not None
        framebuffer, texture = self._seen
        framebuffer.use()
        picture.use(0)
        depth.use(1)
        set_uniforms(
            self._program,
            {
                "picture": 0,
                "depth": 1,
                "lens": project_depth(frame),
                "focus": frame.focus,
                "aperture": APERTURE * framebuffer.height,
                "widest": WIDEST * framebuffer.height,
            },
        )
        self._screen.render(moderngl.TRIANGLE_STRIP)
        return texture


def project_depth(frame: Frame) -> tuple[float, float]:
    """What ``include/distance.glsl`` needs of the projection."""
    return float(frame.projection[2, 2]), float(frame.projection[3, 2])
