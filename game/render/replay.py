"""What was on the screen in the last seconds, small, and once more in a corner of it."""

import math
from collections import deque
from typing import NamedTuple

import moderngl

from game.render.gpu import Gpu, set_uniforms
from game.scene.theme import Theme, srgb

SECONDS = 10
RATE = 20
"""Pictures a second that are kept, at most."""
SHARE = 4
"""So many times the sides of what is shown again fit into the window's."""
MOST_PX = 320
"""The longer side of what is kept: ten seconds take fifty megabytes at most."""
CAPACITY = SECONDS * RATE + 2
"""The last seconds may begin and end within the time of a picture."""
MARGIN = 20.0
"""Between it and the window's corner, pixels of a window 720 high."""


class Kept(NamedTuple):
    """A small picture, and when it was seen."""

    at_s: float
    picture: moderngl.Framebuffer


class Span(NamedTuple):
    """What is shown again, from one time to another."""

    first_s: float
    last_s: float


class Replay:
    """Keeps the pictures of the last seconds, and lays them over the screen: what is saved or filmed is without them.

    All times are those of one clock, in seconds.

    Args:
        context: of the window.
    """

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._gpu = Gpu(context)
        self._kept: deque[Kept] = deque()
        self._size = (0, 0)
        self._span: Span | None = None

    def keep(self, picture: moderngl.Framebuffer, now_s: float) -> None:
        """Keep what is seen now, unless that was done a moment ago; what is older than the last seconds goes.

        After a picture of another size nothing is left of those before.
        """
        if picture.size != self._size:
            self.release()
            self._size = picture.size
            self._open()
        # By the clock's own beat: pictures that come a little early or late are still that many in all.
        if self._kept and int(self._kept[-1].at_s * RATE) == int(now_s * RATE):
            return
        room = self._kept.popleft().picture if len(self._kept) == CAPACITY else self._make_room()
        room.use()
        self._context.enable_only(moderngl.NOTHING)
        _texture_of(picture).use(0)
        self._shrink.render(moderngl.TRIANGLE_STRIP)
        self._kept.append(Kept(now_s, room))

    def show(self, theme: Theme, now_s: float, *, wanted: bool) -> bool:
        """While it is wanted, lay what was seen over the screen's lower right corner, from the beginning to the end.

        Returns:
            whether there is more to come.
        """
        if not wanted or not self._kept:
            self._span = None
            return False
        if self._span is None:
            first_s = next((kept.at_s for kept in self._kept if kept.at_s >= now_s - SECONDS), now_s)
            self._span = Span(first_s, now_s)
        first_s, last_s = self._span
        at_s = first_s + now_s - last_s
        if at_s >= last_s:
            self._span = None
            return False
        seen = next((kept for kept in reversed(self._kept) if kept.at_s <= at_s), self._kept[0])
        self._lay_over(seen.picture, theme, (at_s - first_s) / (last_s - first_s))
        return True

    def release(self) -> None:
        """Forget all pictures, and give their memory back."""
        # A framebuffer that is gone must not be the current one.
        self._context.screen.use()
        self._kept.clear()
        self._span = None
        self._size = (0, 0)
        self._gpu.release()

    def _open(self) -> None:
        """Make what draws pictures of the present size."""
        width, height = self._size
        shrinkage = max(SHARE, max(width, height) / MOST_PX)
        self._small = max(round(width / shrinkage), 1), max(round(height / shrinkage), 1)
        program = self._gpu.program("screen.vert", "quarter.frag" if shrinkage == SHARE else "shrink.frag")
        self._shrink = self._gpu.screen(program)
        self._corner = self._gpu.screen(self._gpu.program("screen.vert", "replay.frag"))
        pixel = 1 / self._small[0], 1 / self._small[1]
        # Samples of two by two pixels that lie two apart may each miss every other one.
        set_uniforms(program, {"picture": 0, "pixel": pixel, "taps": math.ceil(shrinkage / 1.5)})

    def _make_room(self) -> moderngl.Framebuffer:
        return self._gpu.picture(self._gpu.texture(self._small, 4))

    def _lay_over(self, picture: moderngl.Framebuffer, theme: Theme, share: float) -> None:
        width, height = max(self._size[0] // SHARE, 1), max(self._size[1] // SHARE, 1)
        unit = min(self._size) / 720
        margin = round(MARGIN * unit)
        screen = self._context.screen
        screen.use()
        self._context.enable_only(moderngl.BLEND)
        self._context.blend_func = moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA
        self._context.viewport = (self._size[0] - width - margin, margin, width, height)
        _texture_of(picture).use(0)
        set_uniforms(
            self._corner.program,
            {
                "picture": 0,
                "size": (width, height),
                "unit": unit,
                "share": share,
                "ink": srgb(theme.ink),
                "sheet": srgb(theme.sheet),
                "accent": srgb(theme.accent),
            },
        )
        self._corner.render(moderngl.TRIANGLE_STRIP)
        self._context.viewport = (0, 0, *self._size)


def _texture_of(picture: moderngl.Framebuffer) -> moderngl.Texture:
    texture = picture.color_attachments[0]
    assert isinstance(texture, moderngl.Texture)
    return texture
