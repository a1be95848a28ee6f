"""Turns a session into finished pictures, for the window and for recordings alike."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import moderngl
import numpy as np
import numpy.typing as npt

from game.exposure import ONE_MOMENT, SHUTTER, Exposure, Plate, matte
from game.panel.panel import Panel
from game.recording import FileSink, Sink
from game.render.gpu import ShaderError
from game.render.panes import Panes
from game.render.quality import TIERS, Tier, choose_tier, refine
from game.scene.frame import Frame
from game.scene.picking import REACH_PX, find_ball, find_ground
from game.scene.pointing import find_shift
from game.scene.reshape import find_lift
from game.scene.split import Rectangle
from game.scene.terrain import WORK
from game.scene.views import Shot, Views
from game.script import Script
from game.session import Session
from game.showing import Show
from landscapes.errors import InputError, unknown
from landscapes.landscape import Landscape, Relief
from landscapes.progress import follow_briefly

Context = moderngl.Context
Size = tuple[int, int]
Bytes = npt.NDArray[np.uint8]

CUT_OUT_SHADE = 0.45
"""Of the slab's shadow, where nothing is known of what it falls on: it may be white."""


class Studio:
    """The views, what draws them, and the panel, in one OpenGL context.

    Args:
        context: to draw with.
        size: of the pictures, pixels.
        quality: name of a tier, or ``auto``.
        live: whether somebody waits for each frame.
        lens: blur what is nearer and further than what is looked at.
        finer: draw so many times as many pixels across and down, and take their mean.
        cut_out: leave the void around the slab out: pictures have a fourth channel, how much is seen.

    Attributes:
        quality: name of a tier, or ``auto``, as last asked for.
        tier: what draws.
        refusal: what the driver could not draw, in one line; empty if it draws what was asked for.
        views: what outlives a frame, such as trails.

    Raises:
        InputError: no such tier, or the driver cannot draw such pictures at any.
    """

    _renderer: Panes
    tier: Tier
    panel: Panel

    def __init__(
        self,
        context: moderngl.Context,
        size: Size,
        quality: str = "auto",
        *,
        live: bool,
        lens: bool = False,
        finer: int = 1,
        cut_out: bool = False,
    ) -> None:
        check_quality(quality)
        self.quality = quality
        self._live, self._lens, self._finer, self._cut_out = live, lens, finer, cut_out
        self._before_black: Bytes | None = None
        self._composed: tuple[Shot, ...] = ()
        self._shots: tuple[Shot, ...] = ()
        self._open(context, size)
        self.views = Views(self.tier.trails)

    @property
    def picture(self) -> moderngl.Framebuffer:
        """What was drawn last."""
        return self._renderer.picture

    @property
    def size(self) -> Size:
        """Of the pictures, pixels."""
        return self._renderer.size

    def resize(self, size: Size) -> None:
        """Draw at another size from now on, if need be at a lower tier.

        Raises:
            InputError: the driver cannot draw that size at any.
        """
        if size == self.size:
            return
        tier = self.tier
        try:
            self._check_size(size, tier)
            self._renderer.resize(size)
        except moderngl.Error:
            self._renderer.release()
            self._renderer = self._find_renderer(size, tier)

    def use_tier(self, tier: Tier) -> None:
        """Draw at another tier from now on, or at the best one below it that the driver can draw."""
        if tier != self.tier:
            size = self.size
            # The old one first: a card that is nearly full has no room for both.
            self._renderer.release()
            self._renderer = self._find_renderer(size, tier)

    def use_quality(self, quality: str) -> None:
        """Draw at the tier of that name from now on; ``auto`` begins anew with what the driver's name promises.

        Raises:
            InputError: no such tier.
        """
        check_quality(quality)
        self.quality, self.refusal = quality, ""
        self.use_tier(self._choose_tier())

    def move_to(self, context: moderngl.Context) -> None:
        """Go on in another context, of an old one that was released while it was there."""
        arrangement = self.panel.arrangement
        self._open(context, self.size, self.tier)
        self.panel.arrangement = arrangement

    def _open(self, context: moderngl.Context, size: Size, tier: Tier | None = None) -> None:
        self._context = context
        self._driver = str(context.info["GL_RENDERER"])
        self._side = int(context.info["GL_MAX_TEXTURE_SIZE"])
        self._renderer = self._find_renderer(size, tier or self._choose_tier())
        try:
            self.panel = Panel(context)
        except ShaderError as error:
            self._renderer.release()
            raise InputError(f"{self._driver} cannot draw the panel ({error}); update its driver") from None

    def _choose_tier(self) -> Tier:
        return choose_tier(self.quality, self._driver, live=self._live)

    def _find_renderer(self, size: Size, best: Tier) -> Panes:
        """A renderer at this tier, or at the best one below it that the driver can draw.

        Raises:
            InputError: it can draw none.
        """
        for tier in reversed(TIERS[: TIERS.index(best) + 1]):
            try:
                self._check_size(size, tier)
                renderer = Panes(self._context, size, refine(tier, self._finer), lens=self._lens)
            except (moderngl.Error, ShaderError) as error:
                remedy = "update its driver" if isinstance(error, ShaderError) else "take a smaller --size"
                refused = f"{self._driver} cannot draw {size[0]}x{size[1]} ({error}); {remedy}"
                # What OpenGL noted down is told here already.
                self._context.clear_errors()
                continue
            lower = f"quality {best.name} is more than {self._driver} can draw; quality {tier.name} instead"
            self.refusal = "" if tier is best else lower
            self.tier = tier
            return renderer
        raise InputError(refused)

    def _check_size(self, size: Size, tier: Tier) -> None:
        """Raise what the driver would, for sizes that some drivers take and then fail at."""
        limit = self._side // refine(tier, self._finer).scale
        if max(size) > limit:
            raise moderngl.Error(f"at most {limit} pixels a side")

    def prepare(self, landscape: Landscape, relief: Relief) -> None:
        """Work out what it takes to draw a ground, of which the next frame may be.

        Raises:
            InputError: whoever watches has had enough of it.
        """
        with follow_briefly(f"building {landscape.title}", WORK + 1) as note:
            self.views.grounds.prepare(landscape, relief, note).mesh(self.tier.tolerance)
            note(WORK + 1)

    def draw(self, session: Session, evening: float = 0.0) -> None:
        """Draw what the session looks like now, by day or, with ``evening`` 1, at the last light."""
        self.compose(session, evening)
        self.paint()

    def compose(self, session: Session, evening: float = 0.0) -> None:
        """Work out what the session looks like now, at the quality that it asks for.

        Meanwhile the card may still draw what was painted before.
        """
        wanted = session.view.quality
        if wanted is not None and wanted != self.quality:
            self.use_quality(wanted)
        shots = self._build(session, evening)
        self.panel.lay_out(
            session,
            shots[0].frame.terrain,
            tuple(label for shot in shots for label in shot.labels),
            self.size,
            [shot.selected for shot in shots if shot.selected],
            [(shot.rectangle, shot.teams) for shot in shots],
        )
        self._composed = shots

    def paint(self) -> None:
        """Have the card draw what was composed; only who reads the picture waits for it."""
        if not self._composed:
            return
        if self._cut_out:
            self._paint_over("#000000")
            self._before_black = self._renderer.read()[..., :3]
            self._paint_over("#ffffff")
        else:
            self._paint(self._composed)
        self._renderer.start()
        self._shots = self._composed

    def find_ball(self, session: Session, x: float, y: float, reach: float = REACH_PX) -> int | None:
        """The number of the ball at a pixel of the picture that was drawn last; ``None`` where there is none."""
        for frame, part in self._views_at(x, y):
            place = find_ball(frame, x - part.left, y - part.top, reach)
            ball = place if place is None or frame.numbers is None else int(frame.numbers[place])
            # The picture may be of a world that is gone.
            return ball if ball is not None and ball < session.world.status.size else None
        return None

    def find_ground(self, x: float, y: float) -> tuple[float, float] | None:
        """The place on the ground at a pixel of the picture that was drawn last, landscape coordinates."""
        for frame, part in self._views_at(x, y):
            return find_ground(frame, x - part.left, y - part.top)
        return None

    def find_shift(self, session: Session, x: float, y: float, factor: float) -> tuple[float, float] | None:
        """How to shift the camera so that the ground at a pixel stays there while it comes nearer.

        ``None`` where there is no ground, or where the camera goes its own way.
        """
        place = self.find_ground(x, y)
        if place is None or session.camera.flying or session.camera.led:
            return None
        ((frame, part),) = self._views_at(x, y)
        safe, pixel = self.panel.safe_area(session, part.size), (x - part.left, y - part.top)
        return find_shift(frame, session.camera, safe, place, pixel, factor)

    def find_lift(self, session: Session, x: float, y: float, share: float) -> float:
        """By how much the loss at a place has to change to be drawn higher by a share of the relief."""
        if not self._shots:
            return 0.0
        loss = float(session.world.landscape.value(np.array([[x], [y]]))[0])
        return find_lift(self._shots[0].frame.terrain.scale, loss, share)

    def run_steps(self, session: Session, steps: int) -> None:
        """Take so many steps, a frame each, so that trails are what they would be on the screen."""
        for _ in range(steps):
            session.advance(1)
            self.follow(session)
        session.observe()

    def follow(self, session: Session) -> None:
        """Look at a frame that is not drawn, so that the next one is what it would be after it: trails, stripes."""
        self._build(session)

    def read(self, *, padded: bool = False) -> Bytes:
        """The picture ``(height, width, 3)``, or cut out ``(height, width, 4)``, top row first.

        Args:
            padded: a meaningless fourth channel is welcome: it is copied ten times as fast.
        """
        picture = self._renderer.read()
        if self._before_black is None:
            return picture if padded else picture[..., :3]
        return matte(self._before_black, picture[..., :3], self._shots[0].frame.daylight.around("#ffffff"))

    def _paint(self, shots: tuple[Shot, ...]) -> None:
        self._renderer.draw(shots)
        self.panel.paint(self._renderer.picture)

    def _paint_over(self, void: str) -> None:
        """Paint before a void of one colour, without the haze and the light that would fall on the ground from it."""
        theme = self._composed[0].frame.theme
        shade = CUT_OUT_SHADE * theme.floor_shade
        theme = replace(theme, void=(void, void), floor=void, floor_shade=shade, haze=0.0, bloom=0.0)
        self._paint(tuple(shot._replace(frame=replace(shot.frame, theme=theme)) for shot in self._composed))

    def _views_at(self, x: float, y: float) -> list[tuple[Frame, Rectangle]]:
        """The view that a pixel is in, or none."""
        return [(shot.frame, shot.rectangle) for shot in self._shots if shot.rectangle.holds(x, y)]

    def _build(self, session: Session, evening: float = 0.0) -> tuple[Shot, ...]:
        return self.views.build(session, self.size, partial(self.panel.safe_area, session), evening)

    def release(self) -> None:
        """Give all memory back."""
        self.panel.release()
        self._renderer.release()


@contextmanager
def open_studio(
    context: moderngl.Context,
    size: Size,
    quality: str,
    *,
    live: bool,
    lens: bool = False,
    finer: int = 1,
    cut_out: bool = False,
) -> Iterator[Studio]:
    """A studio that gives its memory back at the end of a ``with`` block."""
    studio = Studio(context, size, quality, live=live, lens=lens, finer=finer, cut_out=cut_out)
    try:
        yield studio
    finally:
        studio.release()


def check_quality(name: str) -> None:
    """Raise an InputError unless there is such a tier."""
    names = ["auto", *(tier.name for tier in TIERS)]
    if name not in names:
        raise unknown("quality", name, names)


def film(
    session: Session,
    studio: Studio,
    sink: Sink,
    script: Script,
    fps: int,
    frames: int,
    on_frame: Callable[[int], None],
    *,
    dusk: bool = False,
    exposure: Exposure = ONE_MOMENT,
) -> None:
    """Play a session into a sink at exact frame times: no clock is asked, every run gives the same pictures.

    Args:
        session: is played on from where it is.
        studio: draws it.
        sink: takes the pictures.
        script: what is done and shown when; its experiment is the session's already.
        fps: frames a second.
        frames: how many in all.
        on_frame: called with the number of frames done, after each.
        dusk: let the sun go down from the first frame to the last.
        exposure: of each frame; it begins at the frame's time.
    """
    played, plate, drawn = Show(session, script, fps), Plate(exposure), 0
    # A file leaves the fourth channel out by itself.
    padded = exposure == ONE_MOMENT and isinstance(sink, FileSink)

    def take() -> None:
        nonlocal drawn
        drawn += 1
        if (picture := plate.expose(studio.read(padded=padded))) is not None:
            sink.write(picture)
            on_frame(drawn // exposure.moments)

    for number in range(frames):
        for moment in range(exposure.moments):
            if moment:
                played.dwell(SHUTTER / exposure.moments)
            else:
                played.advance()
            studio.compose(session, number / max(frames - 1, 1) if dusk else 0.0)
            if number or moment:
                take()
            studio.paint()
    if frames:
        take()
