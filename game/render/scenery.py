"""The ground, its walls and the void around: drawn once for as long as the camera stands still."""

import moderngl
import numpy as np

from game.render.gpu import Gpu, Releasable
from game.render.kit import Kit
from game.render.passes.backdrop import BackdropPass
from game.render.passes.terrain import TerrainPass
from game.render.passes.wall import WallPass
from game.scene.frame import Floats, Frame


class Scenery:
    """Draws what stands still; from the second frame of the same view on, it is copied from the first.

    On software OpenGL that is half of a frame's time.
    """

    def __init__(self, kit: Kit) -> None:
        self._gpu: Gpu = kit.gpu
        self._samples = kit.tier.samples
        self._terrain = TerrainPass(kit)
        self._wall = WallPass(kit)
        self._backdrop = BackdropPass(kit)
        self._seen: tuple[object, ...] = ()
        self._view: Floats = np.empty(0, np.float32)
        self._kept: moderngl.Framebuffer | None = None
        self._targets: list[Releasable] = []

    def draw(self, frame: Frame, canvas: moderngl.Framebuffer) -> None:
        """Draw it into the canvas, which is the current framebuffer, empty, and tests depth."""
        if not self._stands(frame, canvas):
            self._draw(frame, bare=False)
            return
        if self._kept is None:
            self._kept = self._gpu.canvas(canvas.size, self._samples)
            self._targets = [self._kept, *self._kept.color_attachments, self._kept.depth_attachment]
            self._kept.use()
            self._kept.clear(depth=1.0)
            self._draw(frame, bare=True)
            canvas.use()
        self._gpu.context.copy_framebuffer(canvas, self._kept)
        canvas.use()
        self._terrain.draw_marks(frame)

    def _draw(self, frame: Frame, *, bare: bool) -> None:
        self._terrain.draw(frame, bare=bare)
        self._wall.draw(frame)
        self._backdrop.draw(frame)

    def _stands(self, frame: Frame, canvas: moderngl.Framebuffer) -> bool:
        """Whether all of it looks as it did in the frame before; what was kept of another view is dropped."""
        seen = frame.terrain, frame.theme, frame.daylight, frame.finish, canvas
        view = frame.view @ frame.projection
        same = seen == self._seen and np.array_equal(view, self._view)
        if not same:
            self._gpu.drop(*self._targets)
            self._kept, self._targets = None, []
            self._seen, self._view = seen, view
        return same
