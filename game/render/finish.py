"""From what the passes drew to the finished picture: resolved, through a lens, with haze and bloom, edges smoothed."""

import moderngl

from game.render.bloom import Bloom
from game.render.gpu import Gpu, Releasable, set_uniforms
from game.render.lens import Lens, project_depth
from game.render.quality import Tier
from game.scene.frame import Frame

HAZE_NEARER = 1.2
"""Haze begins so much nearer than what is looked at, scene units."""
HAZE_REACH = 2.6
"""It is complete so much further away: about the slab from one corner to the opposite one."""

FRAGMENTS = ("copy.frag", "smooth.frag")
"""Without and with edges smoothed."""


class Finish:
    """Owns what a picture becomes on its way; where a tier asks for nothing, the canvas is the picture.

    Attributes:
        canvas: what passes draw on.
        picture: what is shown.

    Args:
        gpu: makes everything.
        size: of the picture, pixels.
        tier: how much it may cost.
        lens: blur what is nearer and further than a frame's focus.
    """

    canvas: moderngl.Framebuffer
    picture: moderngl.Framebuffer

    def __init__(self, gpu: Gpu, size: tuple[int, int], tier: Tier, *, lens: bool) -> None:
        self._gpu = gpu
        self._tier = tier
        self._lens = Lens(gpu) if lens else None
        self._bloom = Bloom(gpu) if tier.air else None
        self._screen: moderngl.VertexArray | None = None
        if lens or tier.air or tier.smooth or tier.scale > 1:
            self._screen = gpu.screen(gpu.program("screen.vert", FRAGMENTS[tier.smooth]))
        self._targets: list[Releasable] = []
        self.resize(size)

    def resize(self, size: tuple[int, int]) -> None:
        """Make all targets anew for that size; none of them may be the current framebuffer."""
        gpu, tier = self._gpu, self._tier
        gpu.drop(*self._targets)
        large = (size[0] * tier.scale, size[1] * tier.scale)
        self._depth = gpu.depth_texture(large) if self._screen else None
        self.canvas = gpu.canvas(large, tier.samples, None if tier.samples else self._depth)
        colour, depth = self.canvas.color_attachments[0], self.canvas.depth_attachment
        self._colour = colour if isinstance(colour, moderngl.Texture) else gpu.texture(large, 4)
        self._resolved = self.picture = gpu.picture(self._colour, self._depth)
        targets = [self.canvas, self._resolved, colour, depth, self._colour]
        if self._depth:
            finished = gpu.texture(size, 4)
            self.picture = gpu.picture(finished)
            targets += [self._depth, finished, self.picture]
        # What is both drawn on and read is one thing.
        self._targets = list(dict.fromkeys(targets))
        if self._lens:
            self._lens.resize(size)
        if self._bloom:
            self._bloom.resize(size)

    def draw(self, frame: Frame) -> None:
        """Make the picture of what is on the canvas."""
        context = self._gpu.context
        context.disable(moderngl.DEPTH_TEST)
        if self._tier.samples:
            context.copy_framebuffer(self._resolved, self.canvas)
        if not self._screen or not self._depth:
            return
        seen = self._lens.draw(self._colour, self._depth, frame) if self._lens else self._colour
        bloom = self._bloom.draw(seen) if self._bloom else seen
        self.picture.use()
        for unit, texture in enumerate((seen, self._depth, bloom)):
            texture.use(unit)
        set_uniforms(
            self._screen.program,
            {
                "picture": 0,
                "taps": max(1, self._tier.scale // 2),
                "depth": 1,
                "bloom": 2,
                "shine": frame.theme.bloom if self._bloom else 0.0,
                "lens": project_depth(frame),
                "haze": frame.daylight.around(frame.theme.void[0]),
                "haziness": frame.theme.haze if self._tier.air else 0.0,
                "fade": (max(frame.focus - HAZE_NEARER, 0.0), HAZE_REACH),
            },
        )
        self._screen.render(moderngl.TRIANGLE_STRIP)
