from collections.abc import Iterator

import moderngl
import numpy as np
import numpy.typing as npt
import pytest

from game import commands
from game.panel.panel import Panel
from game.panel.style import scale_for
from game.render.gpu import Gpu
from game.scene.terrain import build_terrain
from game.scene.theme import THEMES
from game.script.presets import PRESETS
from game.session import LESSON_S, Experiment, Session

Size = tuple[int, int]
Pixels = npt.NDArray[np.uint8]
SIZES: tuple[Size, ...] = ((1280, 720), (640, 480), (360, 640))


class Screen:
    """Draws a session's panel over grey; pixels ``(height, width, 3)``, top row first."""

    def __init__(self, context: moderngl.Context) -> None:
        self.gpu, self.panel = Gpu(context), Panel(context)

    def draw(self, session: Session, size: Size) -> Pixels:
        target = self.gpu.picture(self.gpu.texture(size, 4))
        target.clear(0.4, 0.4, 0.4)
        terrain = build_terrain(session.world.landscape, session.view.relief)
        self.panel.draw(session, terrain, (), target)
        return np.frombuffer(target.read(), np.uint8).reshape(size[1], size[0], 3)[::-1]


@pytest.fixture
def screen(context: moderngl.Context) -> Iterator[Screen]:
    screen = Screen(context)
    yield screen
    screen.panel.release()
    context.screen.use()
    screen.gpu.release()


def open_preset(name: str, steps: int = 60) -> Session:
    session = Session(Experiment("bowl", balls=10), commands.apply)
    session.execute(f"preset.open {name}")
    session.advance(steps)
    session.clock_s += 13.0  # what is said first to who plays
    return session


def changed(before: Pixels, after: Pixels) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what differs, right and bottom not included."""
    rows, columns = np.nonzero((before != after).any(axis=2))
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", PRESETS)
def test_what_to_watch_stands_clear_of_the_column_and_of_messages(
    name: str, size: Size, screen: Screen
) -> None:
    session = open_preset(name, 1)
    after = screen.draw(session, size)
    session.lesson = None
    left, top, right, bottom = changed(screen.draw(session, size), after)
    assert left >= (0.2 * size[0] if size[0] > size[1] else 1)
    assert right < size[0]
    assert top > 0.5 * size[1]
    assert bottom <= size[1] - 60 * scale_for(size)


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_what_to_watch_can_be_read_in_every_theme(theme: str, screen: Screen) -> None:
    session = open_preset(PRESETS[0], 1)
    session.view.theme = theme
    after = screen.draw(session, (640, 480))
    session.lesson = None
    left, top, right, bottom = changed(screen.draw(session, (640, 480)), after)
    grey = after[top:bottom, left:right].astype(int).sum(axis=2)
    assert grey.max() - grey.min() > 300


def test_a_lesson_goes_away() -> None:
    session = open_preset(PRESETS[0])
    session.paused = True
    session.tick(LESSON_S - 14)
    assert session.lesson
    session.tick(1.1)
    assert session.lesson is None


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_photo_finish_fits_and_shows_each_team(size: Size, screen: Screen) -> None:
    session = open_preset("momentum-in-a-ravine", 300)
    session.lesson = None
    assert session.view.photo
    after = screen.draw(session, size)
    session.view.photo = False
    left, top, right, bottom = changed(screen.draw(session, size), after)
    assert left > 0
    assert right < size[0]
    assert top > 0
    assert bottom < size[1]
    assert (left + right) / 2 == pytest.approx(size[0] / 2, abs=2)


def test_standings_name_the_leader_first(screen: Screen) -> None:
    # The leader's colour is the uppermost of the discs beside the names.
    session = open_preset("momentum-in-a-ravine", 60)
    session.lesson = None
    picture = screen.draw(session, (1280, 720)).astype(int)
    column = picture[110:250, 54]
    theme = next(theme for theme in THEMES if theme.name == session.view.theme)
    colours = [
        tuple(int(theme.teams[place.team][k : k + 2], 16) for k in (1, 3, 5)) for place in session.places
    ]
    rows = [int(np.flatnonzero(np.abs(column - colour).max(axis=1) < 6)[0]) for colour in colours]
    assert rows == sorted(rows)
    assert [place.team for place in session.places] == [2, 1, 0]
