"""The window: events in, frames out. The only file that opens one."""

import math
import shlex
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import moderngl
import numpy as np
import pygame

from game.commands.tables import make_table
from game.gamepad import Gamepad
from game.keymap import bindings
from game.mouse import Hand
from game.palette import click, point, press, scroll, type_text
from game.panel.settings import read_arrangement, write_arrangement
from game.preview import KEYS as PREVIEW_KEYS
from game.preview import Preview
from game.recording import FileSink, RecordingError, open_sink, write_png, write_table
from game.render.quality import Pace, Tier
from game.render.replay import Replay
from game.scene.theme import get_theme
from game.script import Roll, Script
from game.session import LONGEST_FRAME_S, Palette, Session
from game.studio import Studio
from game.tour import follow_tour
from game.window import TITLE, gl_remedy, is_on_screen, open_context
from landscapes.errors import InputError, StoppedError
from landscapes.progress import listening

TITLE_S = 0.2
"""Seconds between two changes of the window's title; more often costs frames and tells nobody more."""
VIDEO_FPS = 60
SCRIPT = ".toml"
"""Of what was played, beside a film."""
SIGN, SIGN_PX = (0.88, 0.12, 0.12), 4
"""A line along the top of the window while a film is taken: its colour, and its height in pixels."""
MOST_FPS = 120
"""Where the display gives no rhythm, more frames than this a second only warm the room."""
PROBE_S = 0.25
"""Seconds between two frames whose drawing is timed: for that the driver has to be waited for."""
LOSS_S = 10.0
"""A window that is lost again within so many seconds is not opened once more."""
PROGRESS_S = 0.25
"""Seconds without a picture after which a long computation has one drawn, of how far it is."""
REPEAT_MS = 350, 40
"""While one types: how long a key is held before it repeats, and how often it does."""
BUTTONS = (1, 2, 3)
"""Of the mouse; the wheel also comes as buttons of higher numbers."""
MODIFIERS = {"shift": pygame.KMOD_SHIFT, "ctrl": pygame.KMOD_CTRL, "alt": pygame.KMOD_ALT}
"""Keys that change what the mouse does."""
FLIGHT_KEYS: dict[str, tuple[int, int, int]] = {
    "w": (0, 1, 0),
    "s": (0, -1, 0),
    "a": (-1, 0, 0),
    "d": (1, 0, 0),
    "q": (0, 0, -1),
    "e": (0, 0, 1),
}
"""Right, ahead and up, that a key flies while it is held."""
_LOST = (pygame.RENDER_DEVICE_RESET, pygame.RENDER_TARGETS_RESET)
"""Events after which what was sent to the card is gone."""
_OVER_PALETTE = (
    pygame.KEYDOWN,
    pygame.TEXTINPUT,
    pygame.MOUSEMOTION,
    pygame.MOUSEBUTTONDOWN,
    pygame.MOUSEWHEEL,
)
"""Events that go to the palette alone while it is open; what is let go of concerns everybody."""


class App:
    """Plays a session in a window until it is closed.

    Args:
        session: the game.
        studio: draws it, in the window's context.
        context: of the window.
        folder: where recordings, pictures and tables go.
        settings: where the panel's arrangement is kept; nothing is remembered if ``None``.
        film: a script to be watched; the session is at its beginning.
        greet: whether who plays for the first time is shown round, as far as that is remembered.

    Attributes:
        tend: called before every frame, for what goes on beside the game.
    """

    def __init__(
        self,
        session: Session,
        studio: Studio,
        context: moderngl.Context,
        folder: Path,
        settings: Path | None = None,
        film: Script | None = None,
        *,
        greet: bool = False,
    ) -> None:
        self._session = session
        self.tend: Callable[[Session], None] = lambda _: None
        session.view.playing = True
        session.prepare = studio.prepare
        self._studio = studio
        self._context = context
        self._folder = folder
        self._sink: FileSink | None = None
        self._roll: Roll | None = None
        self._path = folder
        self._fullscreen = False
        self._retitle_at_s = 0.0
        self._hand = Hand(session, studio)
        self._gamepad = Gamepad(session, studio, self._hand)
        self._held: set[str] = set()
        self._replay = Replay(context)
        self._pace = Pace()
        self._probe_at_s = 0.0
        # Who asked for a tier and got it need not be told.
        told = studio.quality != "auto" and not studio.refusal
        self._told: tuple[str, Tier] | None = (studio.quality, studio.tier) if told else None
        self._waiting: deque[pygame.event.Event] = deque()
        self._showing = False
        self._shown_at_s = 0.0
        self._lost = False
        self._reopened_at_s = -math.inf
        self._settings = settings
        if settings:
            studio.panel.arrangement, damage = read_arrangement(settings)
            session.view.controls = studio.panel.arrangement.shown and session.view.panel
            if damage:
                session.say(damage)
            if greet and not studio.panel.arrangement.toured:
                session.apply("tour.start")
                studio.panel.arrangement.toured = True
                # At once: who ends the game by force has been shown round all the same.
                self._remember()
        self._preview = Preview(session, studio, film) if film else None

    def run(self) -> None:
        """Run until the session wants to close; a recording under way is finished in any case."""
        clock = pygame.time.Clock()
        before = time.perf_counter()
        with listening(self._follow, self._follow):
            self._play(clock, before)

    def _play(self, clock: pygame.time.Clock, before: float) -> None:
        try:
            while not self._session.view.closing:
                self._waiting.extend(pygame.event.get())
                while self._waiting:
                    self._take(self._waiting.popleft())
                now = time.perf_counter()
                # While recording, each frame is worth its exact share of the film, however long it took to draw.
                elapsed = 1 / VIDEO_FPS if self._sink else now - before
                before = now
                self._hand.hold()
                self._gamepad.hold(elapsed)
                self.tend(self._session)
                if self._preview is None:
                    self._session.tick(elapsed, None if self._sink else self._make_limit())
                    follow_tour(self._session)
                elif not self._preview.advance(elapsed):
                    self._preview = None
                self._follow_view()
                self._save_tables()
                self._retitle(now)
                # A film goes on while nobody looks.
                if pygame.display.get_active() or self._sink:
                    self._show()
                clock.tick(VIDEO_FPS if self._sink else MOST_FPS)
        finally:
            self._stop_recording()
            self._replay.release()
            self._remember()

    @staticmethod
    def _make_limit() -> Callable[[], bool]:
        """What says that a frame has had its time for steps: a large crowd at high speed would take minutes."""
        end_s = time.perf_counter() + LONGEST_FRAME_S
        return lambda: time.perf_counter() > end_s

    def _remember(self) -> None:
        if self._settings:
            self._studio.panel.arrangement.shown = self._session.view.controls
            # Who cannot keep settings can play all the same.
            with suppress(OSError):
                write_arrangement(self._settings, self._studio.panel.arrangement)

    @contextmanager
    def _follow(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        """Show how far a long computation is, over the game as it was; esc and closing the window stop it.

        Raises:
            StoppedError: by them.
        """
        session, said, told = self._session, self._session.message, ""

        def note(done: int) -> None:
            nonlocal told
            # What a picture itself takes cannot be shown before it.
            if self._showing or time.perf_counter() - self._shown_at_s < PROGRESS_S:
                return
            if self._is_stopped():
                raise StoppedError(f"{what}: stopped")
            told = f"{what}: {done / total:.0%}   (esc stops it)"
            session.say(told)
            self._show(filmed=False)
            # No frame follows that would bring it on the screen.
            pygame.display.flip()

        yield note
        if told and session.message == told:
            session.say(said)

    def _is_stopped(self) -> bool:
        """Whether esc or closing the window says so; all else that comes meanwhile waits until it is its turn."""
        stopped = False
        for event in pygame.event.get():
            if event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE:
                stopped = True
                continue
            self._session.view.closing |= event.type == pygame.QUIT
            self._waiting.append(event)
        return stopped or self._session.view.closing

    def _show(self, *, filmed: bool = True) -> None:
        """Show what the session looks like; of a film under way it is the next frame, unless time stands still."""
        self._showing = True
        try:
            if self._lost:
                raise moderngl.Error("the driver started anew")
            self._show_frame(filmed=filmed)
        except moderngl.Error as error:
            self._reopen(error)
        finally:
            self._showing = False
            self._shown_at_s = time.perf_counter()

    def _show_frame(self, *, filmed: bool) -> None:
        size = pygame.display.get_window_size()
        if size != self._studio.size and min(size) > 0:
            self._session.view.recording = False
            self._stop_recording()
            self._studio.resize(size)
        begun_s = time.perf_counter()
        self._studio.compose(self._session)
        composed_s = time.perf_counter() - begun_s
        # The card has had all the time since the frame before to draw it: only now is there something to wait for.
        pygame.display.flip()
        self._paint(composed_s)
        self._tell_quality()
        self._save_pictures()
        if self._sink and filmed:
            try:
                self._sink.write(self._studio.read(padded=True))
                if self._roll:
                    self._roll.note(VIDEO_FPS)
            except RecordingError as error:
                self._session.view.recording = False
                self._session.say(str(error))
        self._context.copy_framebuffer(self._context.screen, self._studio.picture)
        self._replay_last()
        if self._sink:
            # A film under way: on the screen, and not in the film.
            width, height = size
            self._context.screen.clear(*SIGN, viewport=(0, height - SIGN_PX, width, SIGN_PX))

    def _replay_last(self) -> None:
        """Keep what is seen, and lay what was seen over the screen while that is wanted."""
        view, now_s = self._session.view, time.perf_counter()
        self._replay.keep(self._studio.picture, now_s)
        view.replaying = self._replay.show(get_theme(view.theme), now_s, wanted=view.replaying)

    def _paint(self, composed_s: float) -> None:
        """Have a frame drawn; now and then take its time, and another tier where that suits better.

        Args:
            composed_s: what it took to work the frame out.
        """
        studio, now_s = self._studio, time.perf_counter()
        if studio.quality != "auto" or self._sink or now_s < self._probe_at_s:
            studio.paint()
            return
        self._probe_at_s = now_s + PROBE_S
        self._context.finish()
        start_s = time.perf_counter()
        studio.paint()
        self._context.finish()
        tier = self._pace.judge(studio.tier, composed_s + time.perf_counter() - start_s)
        if tier is not studio.tier:
            studio.use_tier(tier)
            self._pace.may_rise &= not studio.refusal
            studio.paint()

    def _tell_quality(self) -> None:
        """Say which tier draws, where that was not asked for by name or is another one than before."""
        studio, session = self._studio, self._session
        drawn = studio.quality, studio.tier
        # At the start, what was asked for has the first word.
        if drawn == self._told or (self._told is None and session.message and not studio.refusal):
            return
        if self._told and self._told[0] != studio.quality:
            self._pace = Pace()
        self._told = drawn
        chosen = " (auto)" if studio.quality == "auto" else ""
        session.say(studio.refusal or f"quality {studio.tier.name}{chosen}: {studio.tier.about}")

    def _reopen(self, error: moderngl.Error) -> None:
        """Open another window and draw everything anew, after the driver lost what it had; the game goes on.

        Raises:
            InputError: it loses one window after the other.
        """
        now_s, size = time.perf_counter(), self._studio.size
        if now_s < self._reopened_at_s + LOSS_S:
            raise InputError(f"the graphics driver keeps losing the window ({error}). {gl_remedy()}")
        self._reopened_at_s, self._lost = now_s, False
        visible = is_on_screen()
        self._replay.release()
        self._studio.release()
        pygame.display.quit()
        self._context = open_context(size, visible=visible)
        self._studio.move_to(self._context)
        self._replay = Replay(self._context)
        self._fullscreen = False
        self._session.say("the graphics driver lost the window; this is another one")

    def _take(self, event: pygame.event.Event) -> None:
        """Turn one event into command lines."""
        session = self._session
        if event.type == pygame.QUIT:
            session.submit("app.quit")
        elif session.view.palette and event.type in _OVER_PALETTE:
            self._take_palette(session.view.palette, event)
        elif self._studio.panel.take(event):
            self._hand.move(None)
        elif self._gamepad.take(event):
            pass
        elif event.type == pygame.DROPFILE:
            command = "session.open" if event.file.lower().endswith(".toml") else "landscape.select"
            session.submit(f"{command} {shlex.quote(event.file)}")
        elif event.type in _LOST:
            self._lost = True
        elif event.type in (pygame.KEYDOWN, pygame.KEYUP):
            self._take_key(event)
        else:
            self._take_mouse(event)

    def _take_palette(self, palette: Palette, event: pygame.event.Event) -> None:
        """While the palette is open, keys, text and the mouse are its own; a click beside it closes it."""
        session = self._session
        if event.type == pygame.KEYDOWN:
            press(session, key_of(event.key, event.mod, ""))
            return
        if event.type == pygame.TEXTINPUT:
            type_text(session, event.text)
            return
        if event.type == pygame.MOUSEWHEEL:
            scroll(session, -event.y)
            return
        self._hand.move(None)
        over, row = self._studio.panel.find_offer(*event.pos)
        if event.type == pygame.MOUSEMOTION and row is not None and row != palette.chosen:
            point(session, row)
        elif event.type == pygame.MOUSEBUTTONDOWN and not over and event.button in BUTTONS:
            press(session, "escape")
        elif event.type == pygame.MOUSEBUTTONDOWN and row is not None and event.button == 1:
            click(session, row)

    def _take_mouse(self, event: pygame.event.Event) -> None:
        if self._preview and self._take_timeline(self._preview, event):
            return
        hand, held = self._hand, pygame.key.get_mods()
        keys = frozenset(name for name, mask in MODIFIERS.items() if held & mask)
        if event.type == pygame.MOUSEMOTION:
            # With a button that went down elsewhere nobody points at anything here.
            hand.move(event.pos if hand.holding or not any(event.buttons) else None, event.rel)
        elif event.type == pygame.MOUSEBUTTONDOWN:
            if event.button in BUTTONS:
                self._session.view.focused = False
            # What a button does depends on keys that were pressed before.
            self._session.catch_up()
            hand.press(event.button, event.pos, keys)
        elif event.type == pygame.MOUSEBUTTONUP:
            hand.release(event.button, event.pos, keys, time.perf_counter())
        elif event.type == pygame.MOUSEWHEEL:
            # Touch pads turn it by parts of a notch.
            hand.wheel(getattr(event, "precise_y", event.y))
        elif event.type == pygame.WINDOWLEAVE:
            hand.move(None)

    def _take_timeline(self, preview: Preview, event: pygame.event.Event) -> bool:
        """Whether the mouse was at the timeline of a film."""
        if event.type == pygame.MOUSEBUTTONDOWN:
            return preview.grab(*event.pos)
        if event.type == pygame.MOUSEBUTTONUP:
            return preview.drop()
        # Who points at the ground of a film would change its picture.
        return event.type == pygame.MOUSEMOTION and (preview.drag(event.pos[0]) or not any(event.buttons))

    def _take_key(self, event: pygame.event.Event) -> None:
        """While the camera flies, the keys that fly do nothing else; they work as long as they are held."""
        session, name = self._session, pygame.key.name(event.key)
        pressed = event.type == pygame.KEYDOWN
        if name in FLIGHT_KEYS and session.camera.flying:
            self._held = self._held | {name} if pressed else self._held - {name}
            right, ahead, up = map(
                sum, zip((0, 0, 0), *(FLIGHT_KEYS[key] for key in self._held), strict=True)
            )
            session.submit(f"camera.thrust {right} {ahead} {up}")
            return
        self._held.discard(name)
        if not pressed:
            return
        key = key_of(event.key, event.mod, event.unicode)
        binding = bindings(session.view.keys).get(key)
        if self._preview and key in PREVIEW_KEYS:
            session.submit(PREVIEW_KEYS[key])
        elif binding and binding.line == "palette.open":
            # At once: what is typed next is meant for it.
            session.apply(binding.line)
        elif binding:
            session.submit(binding.line)

    def _follow_view(self) -> None:
        """Make the window what the session wants it to be."""
        view = self._session.view
        if bool(view.palette) != any(pygame.key.get_repeat()):
            pygame.key.set_repeat(*(REPEAT_MS if view.palette else ()))
        if view.fullscreen != self._fullscreen:
            pygame.display.toggle_fullscreen()
            self._fullscreen = view.fullscreen
        if view.recording and not self._sink:
            self._start_recording()
        elif not view.recording:
            self._stop_recording()

    def _start_recording(self) -> None:
        """Take a film of what is seen, and note what is played, so that it can be made again at any size."""
        session = self._session
        self._path = free_path(self._folder, "downslope", ".mp4", SCRIPT)
        try:
            self._sink = open_sink(self._path, self._studio.size, VIDEO_FPS)
        except RecordingError as error:
            session.view.recording = False
            session.say(str(error))
            return
        if self._preview:
            # That is a script already.
            return
        self._studio.views.begin_anew()
        try:
            self._roll = Roll(session, self._folder)
        except InputError as error:
            session.say(f"{error}; the film can be taken, but not made again")

    def _retitle(self, now_s: float) -> None:
        if now_s < self._retitle_at_s:
            return
        self._retitle_at_s = now_s + TITLE_S
        title = title_of(self._session)
        if title != pygame.display.get_caption()[0]:
            pygame.display.set_caption(title)

    def _save_pictures(self) -> None:
        view = self._session.view
        while view.pictures_wanted:
            view.pictures_wanted -= 1
            path = free_path(self._folder, "downslope", ".png")
            try:
                write_png(path, self._studio.read())
                self._session.say(f"picture saved: {path}")
            except RecordingError as error:
                self._session.say(str(error))

    def _save_tables(self) -> None:
        wanted, self._session.view.tables_wanted = self._session.view.tables_wanted, ()
        for name in wanted:
            path = free_path(self._folder, f"downslope-{name}", ".csv")
            try:
                write_table(path, *make_table(self._session, name))
                self._session.say(f"numbers saved: {path}")
            except RecordingError as error:
                self._session.say(str(error))

    def _stop_recording(self) -> None:
        if not self._sink:
            return
        sink, self._sink = self._sink, None
        roll, self._roll = self._roll, None
        script = self._path.with_suffix(SCRIPT)
        try:
            sink.close()
            said = f"video saved: {self._path}"
            if roll:
                roll.write(script, VIDEO_FPS)
                said += f"; downslope record {script.name} makes it again, at any size"
            self._session.say(said)
        except (RecordingError, InputError) as error:
            self._session.say(str(error))


def title_of(session: Session) -> str:
    """What a window list shows: where, who, how fast, how many, how far."""
    world = session.world
    teams = [f"{swarm.optimizer.title} at lr {np.median(swarm.lr):.3g}" for swarm in world.swarms]
    what = [world.landscape.title, *teams, f"{world.size:,} balls", f"step {world.tick:,}"]
    what.append("paused" if session.paused else f"{session.speed:g}x")
    if session.view.recording:
        what.append("recording")
    return f"{TITLE}: {', '.join(what)}"


def key_of(key: int, modifiers: int, character: str) -> str:
    """A key press as ``assets/keymap.toml`` writes it.

    What a key prints counts, not where it lies, so that "+" is "+" on every keyboard; letters count as keys.
    """
    # AltGr, which prints, counts as ctrl and alt on some systems; on a Mac cmd is what ctrl is elsewhere.
    ctrl = modifiers & (pygame.KMOD_META if sys.platform == "darwin" else pygame.KMOD_CTRL)
    held = "ctrl+" if ctrl and not modifiers & (pygame.KMOD_ALT | pygame.KMOD_MODE) else ""
    if (
        not held
        and len(character) == 1
        and character.isprintable()
        and not character.isalpha()
        and character != " "
    ):
        return character
    return held + ("shift+" if modifiers & pygame.KMOD_SHIFT else "") + pygame.key.name(key)


def free_path(folder: Path, stem: str, ending: str, *others: str) -> Path:
    """A path that does not exist yet, nor with other endings: ``stem.ending``, or with the next free number."""
    numbered = (
        folder / f"{stem}{f'-{number}' if number > 1 else ''}{ending}" for number in range(1, 100_000)
    )
    return next(
        path for path in numbered if not any(path.with_suffix(each).exists() for each in (ending, *others))
    )
