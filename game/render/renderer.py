"""Draws frames into a framebuffer of its own, and reads them back."""

from typing import Protocol

import moderngl
import numpy as np
import numpy.typing as npt

from game.render.finish import Finish
from game.render.gpu import Gpu
from game.render.ground import Ground
from game.render.kit import Kit
from game.render.passes.arrows import ArrowPass
from game.render.passes.balls import BallPass
from game.render.passes.beacon import BeaconPass
from game.render.passes.flights import FlightPass
from game.render.passes.glow import GlowPass
from game.render.passes.ribbons import RibbonPass
from game.render.passes.rings import RingPass
from game.render.passes.stalks import StalkPass
from game.render.passes.tracks import TrackPass
from game.render.quality import Tier
from game.render.scenery import Scenery
from game.scene.frame import Frame

PASSES = (
    StalkPass,
    RingPass,
    TrackPass,
    RibbonPass,
    BallPass,
    FlightPass,
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
        lens: blur what is nearer and further than a frame's focus.
    """

    def __init__(
        self, context: moderngl.Context, size: tuple[int, int], tier: Tier, *, lens: bool = False
    ) -> None:
        self._context = context
        self._gpu = Gpu(context)
        self.size = size
        self.tier = tier
        self._ground = Ground(self._gpu)
        kit = Kit(self._gpu, self._ground, tier)
        self._scenery = Scenery(kit)
        self._passes: list[Pass] = [make(kit) for make in PASSES]
        self._elsewhere = self._gpu.picture(self._gpu.texture((1, 1), 4))
        self._finish = Finish(self._gpu, size, tier, lens=lens)
        self._canvas, self.picture = self._finish.canvas, self._finish.picture

    def resize(self, size: tuple[int, int]) -> None:
        """Draw at another size from now on."""
        if size != self.size:
            self.size = size
            self._leave_picture()
            self._finish.resize(size)
            self._canvas, self.picture = self._finish.canvas, self._finish.picture

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
        self._finish.draw(frame)
        self.picture.use()

    def start(self) -> None:
        """Let the card begin with what was drawn, and go on: some drivers wait until something else is drawn on."""
        self._elsewhere.clear()
        self.picture.use()

    def read(self) -> npt.NDArray[np.uint8]:
        """The picture ``(height, width, 4)``, first row on top, with a meaningless fourth channel."""
        return read_picture(self.picture)

    def release(self) -> None:
        """Give all memory back; the renderer is of no use afterwards."""
        self._leave_picture()
        self._gpu.release()

    def _leave_picture(self) -> None:
        """Draw into none of ours: a framebuffer that is gone must not be the current one."""
        self._context.screen.use()


def read_picture(picture: moderngl.Framebuffer) -> npt.NDArray[np.uint8]:
    """A picture ``(height, width, 4)``, first row on top, with a meaningless fourth channel."""
    # Four components are read three times faster than three.
    pixels = np.frombuffer(picture.read(components=4, alignment=1), np.uint8)
    return pixels.reshape(picture.height, picture.width, 4)[::-1]
