"""Text and shapes on Dear ImGui's draw list, in reference pixels."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from imgui_bundle import imgui

from game.panel.style import Style

Point = tuple[float, float]
Floats = npt.NDArray[np.float64]
OPAQUE = 0xFF000000


class Pen:
    """Draws at positions and sizes meant for the reference picture; the style's scale does the rest.

    Args:
        style: colours, fonts and the scale.
        front: over everything, plots too, instead of under it.
    """

    def __init__(self, style: Style, *, front: bool = False) -> None:
        self.style = style
        self._list = imgui.get_foreground_draw_list() if front else imgui.get_background_draw_list()

    def sheet(self, x: float, y: float, width: float, height: float) -> None:
        """A translucent card with round corners."""
        self.box(x, y, width, height, self.style.sheet, 10.0)

    def box(
        self, x: float, y: float, width: float, height: float, colour: int, rounding: float = 2.0
    ) -> None:
        """A filled rectangle."""
        s = self.style.scale
        self._list.add_rect_filled((x * s, y * s), ((x + width) * s, (y + height) * s), colour, rounding * s)

    def ladder(self, x: float, y: float, width: float, height: float, colours: Sequence[int]) -> None:
        """A bar whose colour blends from one to the next, from top to bottom."""
        s, draw = self.style.scale, self._list.add_rect_filled_multi_color
        rungs = [(y + height * step / (len(colours) - 1)) * s for step in range(len(colours))]
        for (top, upper), (bottom, lower) in pairwise(zip(rungs, colours, strict=True)):
            draw((x * s, top), ((x + width) * s, bottom), upper, upper, lower, lower)

    def disc(self, x: float, y: float, radius: float, colour: int) -> None:
        """A filled circle."""
        s = self.style.scale
        self._list.add_circle_filled((x * s, y * s), radius * s, colour)

    def ring(self, x: float, y: float, radius: float, colour: int, thickness: float = 1.0) -> None:
        """An empty circle; ``radius`` is that of the middle of its line."""
        s = self.style.scale
        self._list.add_circle((x * s, y * s), radius * s, colour, 0, thickness * s)

    def dots(self, at: Point, size: float, points: Floats, colours: Iterable[int], radius: float) -> None:
        """Many small discs with a thin edge, at shares ``(n, 2)`` of a square, each of its own colour."""
        s, draw, edge = self.style.scale, self._list.add_ngon_filled, self.style.sheet | OPAQUE
        inner, outer = radius * s, (radius + 0.8) * s
        for centre, colour in zip(self._spread(at, size, points).tolist(), colours, strict=True):
            draw(centre, outer, edge, 10)
            draw(centre, inner, colour, 10)

    def tiles(self, at: Point, size: float, boxes: Floats, colours: Iterable[int]) -> None:
        """Many rectangles ``(n, 2, 2)``, two corners in shares of a square, each of its own colour."""
        draw = self._list.add_rect_filled
        # Edges between pixels would be smoothed, and show what lies beneath.
        corners = np.rint(self._spread(at, size, boxes)).tolist()
        for (first, last), colour in zip(corners, colours, strict=True):
            draw(first, last, colour)

    def curve(self, at: Point, size: float, points: Floats, colour: int, thickness: float = 2.0) -> None:
        """A line through points ``(n, 2)`` in shares of a square, each joined to the next."""
        corners = self._spread(at, size, points).tolist()
        self._list.add_polyline(corners, colour, thickness * self.style.scale, 0)

    def links(self, points: Iterable[Point], links: Iterable[tuple[int, int, int, float]]) -> None:
        """Straight lines between points: the numbers of both, a colour and a thickness each."""
        s, draw = self.style.scale, self._list.add_line
        # Made once: the same few points are the ends of many lines.
        ends = [imgui.ImVec2(x * s, y * s) for x, y in points]
        for start, end, colour, thickness in links:
            pixels = thickness * s
            draw(ends[start], ends[end], fade(colour, min(pixels, 1.0)), max(pixels, 1.0))

    def picture(self, x: float, y: float, pixels: tuple[int, int], texture: int, colour: int) -> None:
        """A texture in its own size in pixels, in a colour."""
        left, top = round(x * self.style.scale), round(y * self.style.scale)
        corner = (left + pixels[0], top + pixels[1])
        self._list.add_image(imgui.ImTextureRef(texture), (left, top), corner, (0, 0), (1, 1), colour)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 14.0,
        colour: int | None = None,
        *,
        strong: bool = False,
        align: float = 0.0,
        wrap: float = 0.0,
    ) -> None:
        """One line, or a paragraph if ``wrap`` gives its width; ``align`` 0 begins, 0.5 centres, 1 ends at ``x``."""
        s, font = self.style.scale, self._font(strong=strong)
        if align:
            x -= align * self.width(text, size, strong=strong)
        ink = self.style.ink if colour is None else colour
        self._list.add_text(font, self._pixels(size), (round(x * s), round(y * s)), ink, text, wrap * s)

    def width(self, text: str, size: float, *, strong: bool = False) -> float:
        """How wide a line is."""
        return self._measure(self._font(strong=strong), text, size, 0.0)[0]

    def height(self, text: str, size: float, wrap: float) -> float:
        """How high a wrapped paragraph is."""
        return self._measure(self.style.plain, text, size, wrap)[1]

    def _spread(self, at: Point, size: float, shares: Floats) -> Floats:
        """Pixels of shares of a square."""
        s = self.style.scale
        return shares * (size * s) + np.array(at) * s

    def _measure(self, font: imgui.ImFont, text: str, size: float, wrap: float) -> tuple[float, float]:
        s = self.style.scale
        imgui.push_font(font, self._pixels(size))
        extent = imgui.calc_text_size(text, False, wrap * s if wrap else -1.0)
        imgui.pop_font()
        return extent.x / s, extent.y / s

    def _pixels(self, size: float) -> float:
        # Whole pixels: glyphs stay sharp, and what is measured is what is drawn.
        return max(float(round(size * self.style.scale)), 7.0)

    def _font(self, *, strong: bool) -> imgui.ImFont:
        return self.style.strong if strong else self.style.plain


def shorten(pen: Pen, text: str, size: float, room: float) -> str:
    """The text, or as much of its beginning as there is room for."""
    if pen.width(text, size) <= room:
        return text
    while text and pen.width(text + "...", size) > room:
        text = text[:-1]
    return text.rstrip() + "..."


def fade(colour: int, share: float) -> int:
    """A colour that covers only so much of what it did: a line thinner than a pixel is a pale one of a pixel."""
    return colour & 0xFFFFFF | round((colour >> 24) * share) << 24


def mix(first: int, second: int, share: float) -> int:
    """The opaque colour between two, ``share`` of it the second."""
    mixed = OPAQUE
    for shift in (0, 8, 16):
        mixed |= round((first >> shift & 255) * (1 - share) + (second >> shift & 255) * share) << shift
    return mixed
