"""Text and shapes on Dear ImGui's draw list, in reference pixels."""

from imgui_bundle import imgui

from game.panel.style import Style


class Pen:
    """Draws at positions and sizes meant for the reference picture; the style's scale does the rest."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self._list = imgui.get_background_draw_list()

    def sheet(self, x: float, y: float, width: float, height: float) -> None:
        """A translucent card with round corners."""
        self.box(x, y, width, height, self.style.sheet, 10.0)

    def box(
        self, x: float, y: float, width: float, height: float, colour: int, rounding: float = 2.0
    ) -> None:
        """A filled rectangle."""
        s = self.style.scale
        self._list.add_rect_filled((x * s, y * s), ((x + width) * s, (y + height) * s), colour, rounding * s)

    def disc(self, x: float, y: float, radius: float, colour: int) -> None:
        """A filled circle."""
        s = self.style.scale
        self._list.add_circle_filled((x * s, y * s), radius * s, colour)

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
