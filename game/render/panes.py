"""Draws several frames beside each other into one picture."""

from collections.abc import Sequence

import moderngl
import numpy as np
import numpy.typing as npt

from game.render.gpu import Gpu, Releasable, set_uniforms
from game.render.quality import Tier
from game.render.renderer import Renderer, read_picture
from game.scene.views import Shot


class Panes:
    """A renderer for each view; the picture of the only one is the picture, those of several are laid side by side.

    Attributes:
        size: of the whole picture, pixels.
        tier: how much it may cost.

    Args:
        context: OpenGL 3.3 core or newer.
        size: of the whole picture, pixels.
        tier: how much it may cost.
        lens: blur what is nearer and further than a frame's focus.
    """

    def __init__(
        self, context: moderngl.Context, size: tuple[int, int], tier: Tier, *, lens: bool = False
    ) -> None:
        self._context = context
        self.size = size
        self.tier = tier
        self._lens = lens
        self._renderers = [Renderer(context, size, tier, lens=lens)]
        self._gpu = Gpu(context)
        self._table: moderngl.Framebuffer | None = None
        self._table_parts: list[Releasable] = []
        self._tile: moderngl.VertexArray | None = None

    @property
    def picture(self) -> moderngl.Framebuffer:
        """The finished picture; overlays draw into it after ``draw``."""
        return self._table or self._renderers[0].picture

    def resize(self, size: tuple[int, int]) -> None:
        """Draw at another size from now on."""
        self.size = size
        if not self._table:
            self._renderers[0].resize(size)

    def draw(self, shots: Sequence[Shot]) -> None:
        """Draw a frame for each view; afterwards the picture is the context's current framebuffer."""
        self._open(len(shots))
        for renderer, shot in zip(self._renderers, shots, strict=True):
            renderer.resize(shot.rectangle.size)
            renderer.draw(shot.frame)
        if len(shots) > 1:
            self._lay_out(shots)
        self.picture.use()

    def start(self) -> None:
        """Let the card begin with what was drawn, and go on."""
        self._renderers[0].start()
        self.picture.use()

    def read(self) -> npt.NDArray[np.uint8]:
        """The picture ``(height, width, 4)``, first row on top, with a meaningless fourth channel."""
        return read_picture(self.picture)

    def release(self) -> None:
        """Give all memory back; it is of no use afterwards."""
        for renderer in self._renderers:
            renderer.release()
        self._gpu.release()

    def _open(self, count: int) -> None:
        """Have a renderer for each view, and for several a table to lay their pictures on."""
        if self._table and (count == 1 or self._table.size != self.size):
            self._context.screen.use()
            self._gpu.drop(*self._table_parts)
            self._table, self._table_parts = None, []
        while len(self._renderers) > count:
            self._renderers.pop().release()
        while len(self._renderers) < count:
            self._renderers.append(Renderer(self._context, self.size, self.tier, lens=self._lens))
        if count > 1 and not self._table:
            texture = self._gpu.texture(self.size, 4)
            self._table = self._gpu.picture(texture)
            self._table_parts = [self._table, texture]

    def _lay_out(self, shots: Sequence[Shot]) -> None:
        """Copy the pictures of all views to their places."""
        assert self._table is not None
        self._tile = self._tile or self._gpu.screen(self._gpu.program("screen.vert", "pane.frag"))
        self._table.use()
        self._context.enable_only(moderngl.NOTHING)
        for renderer, shot in zip(self._renderers, shots, strict=True):
            left, top, width, height = shot.rectangle
            corner = left, self.size[1] - top - height
            self._table.viewport = (*corner, width, height)
            texture = renderer.picture.color_attachments[0]
            assert isinstance(texture, moderngl.Texture)
            texture.use(0)
            set_uniforms(self._tile.program, {"picture": 0, "corner": corner})
            self._tile.render(moderngl.TRIANGLE_STRIP)
        self._table.viewport = (0, 0, *self.size)
