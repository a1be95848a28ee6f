"""The window of the controls: at the right edge, as high as the picture, in sections that fold."""

from collections.abc import Callable
from typing import NamedTuple

from imgui_bundle import imgui

from game.panel.controls.desk import Desk, Drafts, Kept
from game.panel.controls.landscape import draw_landscape
from game.panel.controls.look import draw_look
from game.panel.controls.play import draw_play
from game.panel.controls.plots import draw_plots
from game.panel.controls.swarms import draw_swarms
from game.panel.controls.thumbnails import Thumbnails
from game.panel.controls.valleys import draw_valleys
from game.panel.controls.widgets import explain
from game.panel.settings import NARROWEST, WIDEST, Arrangement
from game.panel.style import COLUMN, MARGIN, Style, is_portrait
from game.scene.terrain import Terrain
from game.scene.theme import Theme
from game.session import Session

MOST_SHARE = 0.45
"""Of a picture's width."""
GRIP = 7.0


class Section(NamedTuple):
    """A part of the controls that folds.

    Attributes:
        name: as the arrangement keeps it.
        title: as it is seen.
        about: one line.
        draw: its widgets.
    """

    name: str
    title: str
    about: str
    draw: Callable[[Desk], None]


SECTIONS: tuple[Section, ...] = (
    Section("landscape", "Landscape", "what the balls roll on", draw_landscape),
    Section("swarms", "Swarms", "who rolls, and how", draw_swarms),
    Section("play", "Play", "time, and starting again", draw_play),
    Section("plots", "Plots", "losses and rates in numbers", draw_plots),
    Section("valleys", "Valleys", "where the balls are", draw_valleys),
    Section("look", "Look", "colours and signs", draw_look),
)
"""From top to bottom."""


class Controls:
    """Draws the window; what it remembers is what its reader has folded, typed and chosen."""

    def __init__(self, thumbnails: Thumbnails) -> None:
        self.arrangement = Arrangement()
        self._drafts = Drafts()
        self._focused = False
        self._kept = Kept()
        self._thumbnails = thumbnails

    def width(self, size: tuple[int, int], scale: float) -> float:
        """Of the window over a picture of that size, reference pixels."""
        room = size[0] / scale
        if is_portrait(size):
            return min(self.arrangement.width, room - COLUMN - MARGIN - 8)
        return min(self.arrangement.width, max(MOST_SHARE * room, NARROWEST))

    def draw(
        self, session: Session, terrain: Terrain, theme: Theme, style: Style, size: tuple[int, int]
    ) -> None:
        """Draw the window at the right edge of a picture of that size."""
        self._thumbnails.begin_frame(theme)
        desk = Desk(session, terrain, theme, style, self._drafts, self._thumbnails, self._kept)
        width = desk.px(self.width(size, style.scale))
        imgui.push_font(style.plain, round(13 * style.scale))
        imgui.push_style_var(imgui.StyleVar_.window_padding, (0.0, 0.0))
        imgui.set_next_window_pos((size[0] - width, 0))
        imgui.set_next_window_size((width, size[1]))
        imgui.begin("controls", None, _WINDOW)
        imgui.pop_style_var()
        imgui.push_style_var(imgui.StyleVar_.window_padding, (desk.px(8), desk.px(10)))
        self._draw_grip(desk, size)
        imgui.set_cursor_pos((desk.px(GRIP), 0))
        imgui.begin_child("sections", (0, 0), imgui.ChildFlags_.always_use_window_padding)
        self._take_focus(session.view.focused)
        for section in SECTIONS:
            self._draw_section(desk, section)
        imgui.end_child()
        imgui.end()
        imgui.pop_style_var()
        imgui.pop_font()

    def _take_focus(self, focused: bool) -> None:
        """Give the keyboard to the first knob when it comes here, and to none any more when it leaves."""
        if focused and not self._focused:
            imgui.set_window_focus()
            imgui.set_keyboard_focus_here()
        if focused != self._focused:
            imgui.set_nav_cursor_visible(focused)
        self._focused = focused

    def _draw_section(self, desk: Desk, section: Section) -> None:
        opened = self.arrangement.opened
        imgui.set_next_item_open(section.name in opened)
        imgui.push_font(desk.style.strong, round(desk.px(14.5)))
        imgui.push_style_color(imgui.Col_.header, 0)
        unfolded = imgui.collapsing_header(section.title)
        imgui.pop_style_color()
        imgui.pop_font()
        explain(section.about)
        (opened.add if unfolded else opened.discard)(section.name)
        if unfolded:
            imgui.push_id(section.name)
            section.draw(desk)
            imgui.pop_id()
            imgui.dummy((0, desk.px(4)))
        imgui.separator()

    def _draw_grip(self, desk: Desk, size: tuple[int, int]) -> None:
        """The left edge, which is drawn to make room."""
        imgui.set_cursor_pos((0, 0))
        imgui.invisible_button("width", (desk.px(GRIP), size[1]))
        if imgui.is_item_hovered() or imgui.is_item_active():
            imgui.set_mouse_cursor(imgui.MouseCursor_.resize_ew)
            low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
            line = imgui.get_color_u32(imgui.Col_.frame_bg_active)
            imgui.get_window_draw_list().add_rect_filled(low, (low.x + desk.px(3), high.y), line)
        if imgui.is_item_active():
            width = (size[0] - imgui.get_mouse_pos().x) / desk.style.scale
            self.arrangement.width = min(max(width, NARROWEST), WIDEST)
        explain("draw to make the controls wider or narrower")


_WINDOW = (
    imgui.WindowFlags_.no_decoration
    | imgui.WindowFlags_.no_move
    | imgui.WindowFlags_.no_saved_settings
    | imgui.WindowFlags_.no_scroll_with_mouse
    | imgui.WindowFlags_.no_bring_to_front_on_focus
    | imgui.WindowFlags_.no_nav
)
