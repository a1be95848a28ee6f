"""Draws frames into a framebuffer of its own, and reads them back."""

from typing import Protocol

import moderngl
import numpy as np
import numpy.typing as npt

from game.render.gpu import Gpu, Releasable, set_uniforms
from game.render.ground import Ground
from game.render.kit import Kit
from game.render.passes.arrows import ArrowPass
from game.render.passes.balls import BallPass
from game.render.passes.beacon import BeaconPass
from game.render.passes.glow import GlowPass
from game.render.passes.ribbons import RibbonPass
from game.render.passes.stalks import StalkPass
from game.render.quality import Tier
from game.render.scenery import Scenery
from game.scene.frame import Frame

PASSES = (
    StalkPass,
    RibbonPass,
    BallPass,
    ArrowPass,
    BeaconPass,
    GlowPass,
)
"""Over the scenery, in drawing order: what blends comes after what it lies over."""


class Pass(Protocol):
    """One kind of thing that is drawn."""

    def draw(self, frame: Frame) -> None:
        """Draw it into the current framebuffer."""


class Renderer:
    """From frames to pixels at one size and tier.

    Attributes:
        size: of the picture, pixels.
        tier: how much it may cost.
        picture: the finished picture; overlays draw into it after ``draw``.

    Args:
        context: OpenGL 3.3 core or newer.
        size: of the picture, pixels.
        tier: how much it may cost.
    """

    def __init__(self, context: moderngl.Context, size: tuple[int, int], tier: Tier) -> None:
        self._context = context
        self._gpu = Gpu(context)
        self.size = size
        self.tier = tier
        self._ground = Ground(self._gpu)
        kit = Kit(self._gpu, self._ground, tier)
        self._scenery = Scenery(kit)
        self._passes: list[Pass] = [make(kit) for make in PASSES]
        self._finish = self._gpu.program("screen.vert", "smooth.frag" if tier.smooth else "copy.frag")
        self._finish_screen = self._gpu.screen(self._finish)
        self._targets: list[Releasable] = []
        self._elsewhere = self._gpu.picture(self._gpu.texture((1, 1), 4))
        self._make_targets()

    def resize(self, size: tuple[int, int]) -> None:
        """Draw at another size from now on."""
        if size != self.size:
            self.size = size
            self._make_targets()

    def draw(self, frame: Frame) -> None:
        """Draw a frame; afterwards the picture is the context's current framebuffer."""
        context = self._context
        canvas = self._canvas
        canvas.use()
        canvas.clear(depth=1.0)
        context.enable_only(moderngl.DEPTH_TEST)
        context.blend_func = moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA
        self._ground.update(frame)
        self._scenery.draw(frame, canvas)
        for step in self._passes:
            step.draw(frame)
        context.disable(moderngl.DEPTH_TEST)
        if self.tier.samples:
            context.copy_framebuffer(self._resolved, canvas)
        if self._resolved is not self.picture:
            self.picture.use()
            self._texture.use(0)
            set_uniforms(self._finish, {"picture": 0})
            self._finish_screen.render(moderngl.TRIANGLE_STRIP)
        self.picture.use()

    def start(self) -> None:
        """Let the card begin with what was drawn, and go on: some drivers wait until something else is drawn on."""
        self._elsewhere.clear()
        self.picture.use()

    def read(self) -> npt.NDArray[np.uint8]:
        """The picture ``(height, width, 4)``, first row on top, with a meaningless fourth channel."""
        # Four components are read three times faster than three.
        pixels = np.frombuffer(self.picture.read(components=4, alignment=1), np.uint8)
        return pixels.reshape(self.size[1], self.size[0], 4)[::-1]

    def release(self) -> None:
        """Give all memory back; the renderer is of no use afterwards."""
        self._leave_picture()
        self._gpu.release()

    def _make_targets(self) -> None:
        """The canvas that passes draw on, its resolved texture, and the picture that is shown."""
        self._leave_picture()
        self._gpu.drop(*self._targets)
        large = (self.size[0] * self.tier.scale, self.size[1] * self.tier.scale)
        self._canvas = self._gpu.canvas(large, self.tier.samples)
        colour = self._canvas.color_attachments[0]
        self._texture = colour if isinstance(colour, moderngl.Texture) else self._gpu.texture(large, 4)
        self._resolved = self.picture = self._gpu.picture(self._texture)
        self._targets = [self._canvas, colour, self._canvas.depth_attachment, self._resolved]
        if self._texture is not colour:
            self._targets.append(self._texture)
        if self.tier.smooth or self.tier.scale > 1:
            finished = self._gpu.texture(self.size, 4)
            self.picture = self._gpu.picture(finished)
            self._targets += [finished, self.picture]

    def _leave_picture(self) -> None:
        """Draw into none of ours: a framebuffer that is gone must not be the current one."""
        self._context.screen.use()
