"""The panel as a whole: lays its cards out and draws them over a picture."""

from collections.abc import Sequence

import moderngl
from imgui_bundle import imgui, implot

import assets
from game.panel import ball, cards, hover, inside, lesson, standings, titles, tour
from game.panel.captions import Formulas, draw_directed
from game.panel.controls.thumbnails import Thumbnails
from game.panel.controls.window import Controls
from game.panel.input import Event, Input, share_clipboard
from game.panel.palette import Card, draw_palette
from game.panel.pen import Pen
from game.panel.renderer import ImguiRenderer
from game.panel.scale import HEIGHT, HOLE, WIDTH, draw_scale
from game.panel.settings import Arrangement
from game.panel.style import COLUMN, MARGIN, apply_style, is_portrait, make_style, scale_for
from game.panel.timeline import BAND, draw_timeline
from game.scene.camera import SafeArea
from game.scene.signs import Label
from game.scene.split import Rectangle, count_views
from game.scene.terrain import Terrain
from game.scene.theme import Theme, get_theme
from game.session import Session

TWO_COLUMNS_HEIGHT = 270.0
"""Of the panel where it stands above the slab."""
SCALE_FOOT = 60.0
"""Under the loss scale of a tall picture, for messages."""
UNDER_MIDDLE = 180.0
"""From the middle of the slab down to a scale that is to stand below its corner."""
ROOM_ABOVE = 320.0
"""With less height than this above the scale, the slab is larger beside it."""
SHORTEST_S, LONGEST_S = 1e-3, 0.1
"""Of a frame, for what waits or blinks in the controls."""
ABOVE_CAPTIONS = 0.88
"""Share of a directed film's height that the slab stands in the middle of."""
LARGE = 1.3
"""How much larger large type is."""


class Panel:
    """Shows a session's numbers, and the controls; one Dear ImGui context, drawn with one OpenGL context."""

    def __init__(self, context: moderngl.Context) -> None:
        self._imgui = imgui.create_context()
        self._implot = implot.create_context()
        # A new context is the current one only if there was none.
        self._enter()
        io = imgui.get_io()
        io.set_ini_filename("")
        # Keys come only while a text is written, a list is open, or the keyboard works the controls.
        io.config_flags |= imgui.ConfigFlags_.nav_enable_keyboard
        self._plain = io.fonts.add_font_from_file_ttf(str(assets.path("fonts", "Inter-Medium.otf")), 16.0)
        self._strong = io.fonts.add_font_from_file_ttf(str(assets.path("fonts", "Inter-SemiBold.otf")), 16.0)
        self._renderer = ImguiRenderer(context)
        share_clipboard()
        self._thumbnails = Thumbnails(self._renderer.upload, self._renderer.free)
        self._formulas = Formulas(self._renderer.upload, self._renderer.free)
        self._controls = Controls(self._thumbnails)
        self._input = Input()
        self._left: float | None = None
        self._focused = False
        self._palette: tuple[float, Card] | None = None
        self._styled: tuple[str, float] | None = None
        self._now_s = 0.0

    @property
    def arrangement(self) -> Arrangement:
        """How the controls are laid out, to be remembered."""
        return self._controls.arrangement

    @arrangement.setter
    def arrangement(self, arrangement: Arrangement) -> None:
        self._controls.arrangement = arrangement

    def take(self, event: Event) -> bool:
        """Whether an event of the window was meant for the controls, which then have it."""
        self._enter()
        return self._left is not None and self._input.take(event, self._left, focused=self._focused)

    def find_offer(self, x: float, y: float) -> tuple[bool, int | None]:
        """Whether a pixel is on the palette as it was drawn last, and the place of the offer there."""
        if not self._palette:
            return False, None
        scale, card = self._palette
        return card.holds(x / scale, y / scale), card.find_row(x / scale, y / scale)

    def safe_area(self, session: Session, size: tuple[int, int]) -> SafeArea:
        """Where the slab stands clear of the panel, or in one of several views of that size of its title."""
        if count_views(session) > 1:
            return titles.safe_area(size) if session.view.panel else (0.0, 0.0, 1.0, 1.0)
        scale = scale_of(session, size)
        covered = self._covered(session, size)
        if not session.view.panel:
            return 0.0, 0.0, 1.0 - covered * scale / size[0], ABOVE_CAPTIONS if session.view.directed else 1.0
        s = scale / size[0]
        if is_portrait(size):
            height = size[1] / scale
            top = TWO_COLUMNS_HEIGHT / height
            if covered:
                return 0.0, top, 1 - covered * s, 0.96
            middle = height - SCALE_FOOT - HEIGHT - UNDER_MIDDLE
            room = 2 * (middle - TWO_COLUMNS_HEIGHT)
            if room < ROOM_ABOVE:
                return 0.0, top, 1 - (MARGIN + WIDTH) * s, 0.96
            return 0.0, top, 1.0, min(top + room / height, 0.96)
        right = 0.72 * inside.WIDTH if session.insight else 0.4 * WIDTH
        return (MARGIN + 0.72 * COLUMN) * s, 0.0, 1 - (covered + MARGIN + right) * s, 0.97

    def _covered(self, session: Session, size: tuple[int, int]) -> float:
        """How much of the picture's right the controls take, reference pixels."""
        return self._controls.width(size, scale_of(session, size)) if session.view.controls else 0.0

    def draw(
        self,
        session: Session,
        terrain: Terrain,
        labels: tuple[Label, ...],
        target: moderngl.Framebuffer,
    ) -> None:
        """Draw over the picture in ``target``."""
        self.lay_out(session, terrain, labels, target.size)
        self.paint(target)

    def lay_out(
        self,
        session: Session,
        terrain: Terrain,
        labels: tuple[Label, ...],
        size: tuple[int, int],
        selected: Sequence[tuple[float, float]] = (),
        views: Sequence[tuple[Rectangle, range]] = (),
    ) -> None:
        """Work out what is to be drawn over a picture.

        Args:
            session: is read.
            terrain: the ground.
            labels: what is written over the picture.
            size: of the picture, pixels.
            selected: where the selected ball is seen, pixels.
            views: where the views of a split picture are, and the teams in each of them.
        """
        self._enter()
        io = imgui.get_io()
        io.display_size = imgui.ImVec2(float(size[0]), float(size[1]))
        io.delta_time = min(max(session.clock_s - self._now_s, SHORTEST_S), LONGEST_S)
        self._now_s = session.clock_s
        theme, scale = get_theme(session.view.theme), scale_of(session, size)
        if self._styled != (theme.name, scale):
            self._styled = theme.name, scale
            apply_style(theme, scale)
        imgui.new_frame()
        pen = Pen(make_style(theme, scale, self._plain, self._strong))
        covered = self._covered(session, size)
        self._left = size[0] - covered * scale if session.view.controls else None
        self._focused = session.view.focused
        # Cards see the part of the picture that the controls leave.
        reference = (size[0] / scale - covered, size[1] / scale)
        for x, y in selected:
            cards.draw_selected(pen, x / scale, y / scale)
        margins = 0.0, 0.0
        if len(views) > 1:
            titles.draw_lines(pen, views)
            if session.view.panel:
                cards.draw_labels(pen, session, titles.choose_labels(pen, labels, views))
                titles.draw_titles(pen, session, views, size)
                if len(views) == 2 and not is_portrait(size):
                    left, top = reference[0] - COLUMN - titles.GAP, reference[1] - titles.GAP
                    cards.draw_loss(pen, session, theme, left, top - cards.LOSS_HEIGHT)
        else:
            self._draw_cards(pen, session, terrain, labels, size, reference)
            margins = lesson.lesson_margins(portrait=is_portrait(size), scale_width=WIDTH)
            if session.view.panel:
                lesson.draw_lesson(pen, session, reference, *margins)
        beside = margins if session.view.panel else (0.0, 0.0)
        tour.draw_tour(Pen(pen.style, front=True), session, reference, *beside)
        if session.view.photo:
            standings.draw_photo(Pen(pen.style, front=True), session, reference)
        self._draw_film(pen, session, theme, size, reference)
        hover.draw_hover(pen, session, reference)
        if session.view.controls:
            self._controls.draw(session, terrain, theme, pen.style, size)
        else:
            self._input.forget()
        whole = size[0] / scale, size[1] / scale
        if session.view.help:
            cards.draw_help(Pen(pen.style, front=True), session, whole)
        self._palette = None
        if session.view.palette:
            card = draw_palette(Pen(pen.style, front=True), session, session.view.palette, whole)
            self._palette = scale, card
        imgui.render()

    def _draw_film(
        self,
        pen: Pen,
        session: Session,
        theme: Theme,
        size: tuple[int, int],
        reference: tuple[float, float],
    ) -> None:
        """What a director lays over the picture; messages only where there is none."""
        beside = MARGIN + COLUMN if session.view.panel and not is_portrait(size) else 0.0
        front = Pen(pen.style, front=True)
        draw_directed(front, session, theme, self._formulas, reference, beside)
        if session.view.timeline:
            draw_timeline(front, session.view.timeline, reference)
        if not session.view.directed:
            foot = BAND if session.view.timeline else 0.0
            cards.draw_message(pen, session, (reference[0], reference[1] - foot))

    def _draw_cards(
        self,
        pen: Pen,
        session: Session,
        terrain: Terrain,
        labels: tuple[Label, ...],
        size: tuple[int, int],
        reference: tuple[float, float],
    ) -> None:
        """The panel of a picture that is one view."""
        theme = get_theme(session.view.theme)
        insight = session.insight if session.view.panel else None
        if insight and is_portrait(size):
            # There is no room for both beside the slab.
            inside.draw_inside(pen, insight, MARGIN, MARGIN, inside.WIDTH)
        elif session.view.panel:
            cards.draw_labels(pen, session, labels)
            y = cards.draw_title(pen, session, MARGIN, MARGIN)
            draw_run = standings.draw_standings if len(session.world.swarms) > 1 else cards.draw_run
            y = draw_run(pen, session, MARGIN, y)
            left = MARGIN
            # The controls of a tall picture stand where the second column does, and show the same.
            if not (is_portrait(size) and session.view.controls):
                if is_portrait(size):
                    left, y = MARGIN + COLUMN + 8, MARGIN
                y = cards.draw_loss(pen, session, theme, left, y)
                y = cards.draw_valleys(pen, session, left, y)
            top = (reference[1] - HEIGHT) / 2
            if is_portrait(size):
                # Above the messages, where the slab leaves room in the lower corner.
                top = max(reference[1] - HEIGHT - SCALE_FOOT, y)
            if insight:
                inside.draw_inside(pen, insight, reference[0] - MARGIN - inside.WIDTH, MARGIN, inside.WIDTH)
            else:
                if session.look:
                    # Beside the scale of a tall picture, under that of a wide one.
                    tall = is_portrait(size)
                    left = MARGIN if tall else reference[0] - MARGIN - ball.WIDTH
                    foot = reference[1] - (SCALE_FOOT if tall else MARGIN)
                    begins = ball.draw_ball(pen, session, session.look, left, foot)
                    height = HEIGHT + HOLE * bool(terrain.holes.any())
                    top = top if tall else min(top, begins - 8 - height)
                if top >= MARGIN:
                    draw_scale(pen, terrain, theme, reference[0] - MARGIN - WIDTH, top)

    def paint(self, target: moderngl.Framebuffer) -> None:
        """Draw what was laid out last."""
        self._enter()
        self._renderer.draw(imgui.get_draw_data(), target)

    def release(self) -> None:
        """Give all memory back."""
        self._enter()
        self._thumbnails.release()
        self._renderer.release()
        implot.destroy_context(self._implot)
        imgui.destroy_context(self._imgui)

    def _enter(self) -> None:
        """Speak to this panel: several may be open."""
        imgui.set_current_context(self._imgui)
        implot.set_current_context(self._implot)


def scale_of(session: Session, size: tuple[int, int]) -> float:
    """How much larger than at the reference size a session's panel is over a picture of that size."""
    return scale_for(size) * (LARGE if session.view.large else 1.0)
