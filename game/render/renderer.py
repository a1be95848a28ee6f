"""Draws frames into a framebuffer of its own, and reads them back."""

from typing import Protocol

import moderngl
import numpy as np
import numpy.typing as npt

from game.render.gpu import Gpu, set_uniforms
from game.render.ground import Ground
from game.render.kit import Kit
from game.render.passes.backdrop import BackdropPass
from game.render.passes.balls import BallPass
from game.render.passes.beacon import BeaconPass
from game.render.passes.floor import FloorPass
from game.render.passes.terrain import TerrainPass
from game.render.passes.wall import WallPass
from game.render.quality import Tier
from game.scene.frame import Frame

PASSES = (TerrainPass, WallPass, BackdropPass, FloorPass, BallPass, BeaconPass)
"""In drawing order: what hides most comes first, what blends comes after what it lies over."""


class Pass(Protocol):
    """One kind of thing that is drawn."""

    def draw(self, frame: Frame) -> None:
        """Draw it into the current framebuffer."""


class Renderer:
    """From frames to pixels at one size and tier.

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
        self._passes: list[Pass] = [make(Kit(self._gpu, self._ground, tier)) for make in PASSES]
        self._finish = self._gpu.program("screen.vert", "smooth.frag" if tier.smooth else "copy.frag")
        self._finish_screen = self._gpu.screen(self._finish)
        self._targets: list[moderngl.Framebuffer] = []
        self._make_targets()

    @property
    def picture(self) -> moderngl.Framebuffer:
        """The finished picture; overlays draw into it after ``draw``."""
        return self._targets[-1]

    def resize(self, size: tuple[int, int]) -> None:
        """Draw at another size from now on."""
        if size != self.size:
            self.size = size
            self._make_targets()

    def draw(self, frame: Frame) -> None:
        """Draw a frame; afterwards the picture is the context's current framebuffer."""
        context = self._context
        canvas = self._targets[0]
        canvas.use()
        canvas.clear(depth=1.0)
        context.enable_only(moderngl.DEPTH_TEST)
        context.blend_func = moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA
        self._ground.update(frame)
        for step in self._passes:
            step.draw(frame)
        context.disable(moderngl.DEPTH_TEST)
        source = canvas
        if self.tier.samples:
            context.copy_framebuffer(self._targets[1], canvas)
            source = self._targets[1]
        if source is not self.picture:
            self.picture.use()
            texture = source.color_attachments[0]
            assert isinstance(texture, moderngl.Texture)
            texture.use(0)
            set_uniforms(self._finish, {"picture": 0})
            self._finish_screen.render(moderngl.TRIANGLE_STRIP)
        self.picture.use()

    def read(self) -> npt.NDArray[np.uint8]:
        """The picture ``(height, width, 4)``, first row on top, with a meaningless fourth channel."""
        # Four components are read three times faster than three.
        pixels = np.frombuffer(self.picture.read(components=4, alignment=1), np.uint8)
        return pixels.reshape(self.size[1], self.size[0], 4)[::-1]

    def release(self) -> None:
        """Give all memory back; the renderer is of no use afterwards."""
        self._gpu.release()

    def _make_targets(self) -> None:
        for target in self._targets:
            self._gpu.drop(target, *target.color_attachments, target.depth_attachment)
        large = (self.size[0] * self.tier.scale, self.size[1] * self.tier.scale)
        self._targets = [self._gpu.framebuffer(large, self.tier.samples)]
        if self.tier.samples:
            self._targets.append(self._gpu.framebuffer(large))
        if self.tier.smooth or self.tier.scale > 1:
            self._targets.append(self._gpu.framebuffer(self.size))
