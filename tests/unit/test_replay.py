"""What was seen last, once more in the corner: which pictures, where on the screen, and until when."""

from collections.abc import Callable, Iterator
from pathlib import Path

import moderngl
import numpy as np
import numpy.typing as npt
import pygame
import pytest

from game import commands
from game.app import SIGN_PX, App
from game.render.gpu import Gpu
from game.render.renderer import read_picture
from game.render.replay import CAPACITY, MOST_PX, RATE, SECONDS, Replay
from game.scene.theme import THEMES
from game.session import Experiment, Session
from game.studio import open_studio

BEAT_S = 1 / RATE
SIZE = (64, 64)
CORNER = (slice(46, 62), slice(46, 62))
"""A quarter of the sides, two pixels from the corner; rows from the top."""
INSIDE = (slice(50, 57), slice(49, 59))
"""Of it, under the sign, over the bar and within the frame."""


class Screen:
    """A replay, pictures of one colour to be kept in it, and what is on the screen."""

    def __init__(self, context: moderngl.Context) -> None:
        self.replay = Replay(context)
        self._context = context
        self._gpu = Gpu(context)
        self._pictures: dict[tuple[int, int], moderngl.Framebuffer] = {}

    def see(self, level: int, at_s: float, size: tuple[int, int] = SIZE) -> None:
        if size not in self._pictures:
            self._pictures[size] = self._gpu.picture(self._gpu.texture(size, 4))
        self._pictures[size].clear(level / 255, 1 - level / 255, 0.5)
        self.replay.keep(self._pictures[size], at_s)

    def show(self, at_s: float) -> tuple[bool, npt.NDArray[np.uint8]]:
        """Whether there is more to come, and the screen, black before."""
        self._context.screen.clear()
        more = self.replay.show(THEMES[0], at_s, wanted=True)
        return more, read_screen(self._context)

    def read_picture(self) -> npt.NDArray[np.uint8]:
        return read_picture(self._pictures[SIZE])[..., :3]

    def release(self) -> None:
        self.replay.release()
        self._gpu.release()


@pytest.fixture
def screen(context: moderngl.Context) -> Iterator[Screen]:
    made = Screen(context)
    yield made
    made.release()


def read_screen(context: moderngl.Context) -> npt.NDArray[np.uint8]:
    """What is in the window, which cannot be read by itself."""
    gpu = Gpu(context)
    copy = gpu.picture(gpu.texture(SIZE, 4))
    context.copy_framebuffer(copy, context.screen)
    pixels = read_picture(copy)[..., :3].copy()
    gpu.release()
    return pixels


def colour(level: int) -> list[int]:
    return [level, 255 - level, 128]


def test_each_picture_comes_again_when_it_is_its_turn_in_the_corner_alone(screen: Screen) -> None:
    levels = [10, 200, 90, 250, 40]
    for number, level in enumerate(levels):
        screen.see(level, (number + 0.5) * BEAT_S)
    begun_s = (len(levels) + 0.5) * BEAT_S
    for number, level in enumerate(levels):
        more, pixels = screen.show(begun_s + (number + 0.4) * BEAT_S if number else begun_s)
        assert more
        assert (pixels[INSIDE] == colour(level)).all()
        assert pixels[CORNER].any(axis=-1).mean() > 0.8
        pixels[CORNER] = 0
        assert not pixels.any()
        # What is filmed and saved is without it.
        assert (screen.read_picture() == colour(levels[-1])).all()
    more, pixels = screen.show(begun_s + (len(levels) + 0.1) * BEAT_S)
    assert not more
    assert not pixels.any()
    # And from the beginning, if one wants it again.
    assert (screen.show(begun_s + 1.0)[1][INSIDE] == colour(levels[0])).all()


def test_it_plays_ten_seconds_while_it_keeps_what_goes_on(screen: Screen) -> None:
    """The ring goes round under the replay: none of its pictures is lost before it was shown."""

    def see(number: int) -> None:
        screen.see(number % 251, (number + 0.25) * BEAT_S)
        # Within a beat nothing more is kept, or the ring would be too short.
        screen.see(255, (number + 0.75) * BEAT_S)

    begun, whole = CAPACITY + 37, SECONDS * RATE
    for number in range(begun):
        see(number)
    # The oldest is of not quite ten seconds ago.
    assert screen.show((begun + 0.2) * BEAT_S)[0]
    for number in range(begun, begun + whole):
        see(number)
        more, pixels = screen.show((number + 0.8) * BEAT_S)
        assert more
        assert (pixels[INSIDE] == colour((number - whole) % 251)).all()
    assert not screen.show((begun + whole + 0.2) * BEAT_S)[0]


def test_what_was_seen_long_ago_is_not_shown(screen: Screen) -> None:
    screen.see(10, 0.0)
    screen.see(200, SECONDS + 0.5)
    assert (screen.show(SECONDS + 1.0)[1][INSIDE] == colour(200)).all()


def test_a_picture_of_another_size_begins_anew_and_nothing_is_left_on_the_card(
    screen: Screen, count_objects: Callable[[], dict[str, int]]
) -> None:
    other = (96, 40)
    for size in (SIZE, other):
        screen.see(77, 0.0, size)
    screen.replay.release()
    before = count_objects()
    for number in range(9):
        screen.see(10, number * BEAT_S + 0.01)
    assert count_objects()["Texture"] == before["Texture"] + 9
    screen.see(200, 0.6, other)
    assert count_objects()["Texture"] == before["Texture"] + 1
    assert not screen.show(0.6)[0]
    screen.replay.release()
    assert count_objects() == before


@pytest.mark.parametrize("size", [(1280, 720), (1000, 2400)])
def test_what_is_kept_is_small_and_the_mean_of_what_was_seen(
    screen: Screen, context: moderngl.Context, size: tuple[int, int]
) -> None:
    """Stripes finer than its pixels become grey, wherever they lie."""
    gpu = Gpu(context)
    stripes = np.zeros((size[1], size[0], 4), np.uint8)
    stripes[:, ::2] = 200
    screen.replay.keep(gpu.picture(gpu.texture(size, 4, stripes.tobytes())), 0.0)
    small = screen.replay._kept[0].picture
    assert max(small.size) <= MOST_PX
    assert small.width / small.height == pytest.approx(size[0] / size[1], rel=0.01)
    assert np.ptp(np.frombuffer(small.read(components=3), np.uint8)) <= 40
    gpu.release()


def test_shift_v_shows_it_over_the_game_until_it_is_over_or_escape_ends_it(
    context: moderngl.Context,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    count_objects: Callable[[], dict[str, int]],
) -> None:
    """On a hidden window that films, since only then it is drawn."""
    session = Session(Experiment("bowl", balls=20), commands.apply)
    session.paused = True
    session.execute("record.toggle")
    monkeypatch.setattr("game.app.VIDEO_FPS", 200)
    seen: list[bool] = []
    corners: list[tuple[bool, bool]] = []
    before = count_objects()
    with open_studio(context, SIZE, "low", live=True) as studio:
        app = App(session, studio, context, tmp_path)

        def press(key: int, mod: int = 0) -> None:
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, mod=mod, unicode=""))

        def look(_: Session) -> None:
            # Below the line that says that it films.
            same = bool((read_screen(context) == studio.read())[SIGN_PX:].all())
            corners.append((session.view.replaying, same))
            seen.append(session.view.replaying)
            turns = sum(now != before for now, before in zip(seen, [False, *seen], strict=False))
            if len(seen) == 10 or (turns == 2 and seen[-12:] == [False] * 12):
                press(pygame.K_v, pygame.KMOD_SHIFT)
            elif turns == 3 and seen[-3:] == [True] * 3:
                press(pygame.K_ESCAPE)
            elif turns == 4:
                session.submit("app.quit")
            assert len(seen) < 2000

        app.tend = look
        pygame.event.clear()
        app.run()
    assert any(shown for shown, _ in corners)
    # A frame later, since the first picture of a replay is drawn after that in which it was asked for.
    assert all(shown != same for shown, same in corners[1:])
    assert count_objects() == before


def test_escape_ends_it_before_anything_else_that_is_open_beneath() -> None:
    session = Session(Experiment("bowl", balls=5), commands.apply)
    session.view.selected = 1
    session.execute("replay.toggle")
    session.execute("app.leave")
    assert (session.view.replaying, session.view.selected) == (False, 1)
