"""The window's loop with injected events, on the hidden window that all tests draw in."""

from collections.abc import Callable
from pathlib import Path

import moderngl
import numpy as np
import pygame
import pytest

from game import commands
from game.app import App
from game.session import Experiment, Session
from game.studio import open_studio
from landscapes import lookup

Live = Callable[[pygame.event.Event], Session]


@pytest.fixture
def live_through(context: moderngl.Context, tmp_path: Path) -> Live:
    """Plays from one event to the end of the game, which follows at once."""

    def play(event: pygame.event.Event) -> Session:
        session = Session(Experiment(balls=50), commands.apply)
        pygame.event.clear()
        pygame.event.post(event)
        pygame.event.post(pygame.event.Event(pygame.QUIT))
        with open_studio(context, (64, 64), "low", live=True) as studio:
            App(session, studio, context, tmp_path).run()
        return session

    return play


@pytest.mark.parametrize("name", ["mine.npy", "it's; mine.npy", "the one.npy"])
def test_a_file_dropped_on_the_window_rolls(live_through: Live, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    np.save(path, np.add.outer(np.linspace(-1, 1, 9) ** 2, np.linspace(-1, 1, 9) ** 2))
    session = live_through(pygame.event.Event(pygame.DROPFILE, file=str(path)))
    landscape = session.world.landscape
    assert landscape.source == str(path)
    assert session.message == f"{path.stem} {landscape.notes[0]}"
    assert "from -1 to 1" in session.message


def test_a_dropped_file_that_holds_no_surface_changes_nothing(live_through: Live, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir")
    session = live_through(pygame.event.Event(pygame.DROPFILE, file=str(path)))
    assert session.world.landscape.name == "valleys"
    assert "letter.txt" in session.message
    assert ".csv" in session.message


def test_a_dropped_session_is_played(live_through: Live, tmp_path: Path) -> None:
    path = tmp_path / "A race.TOML"
    path.write_text('version = 1\n[experiment]\nlandscape = "bowl"\nballs = 9\n')
    session = live_through(pygame.event.Event(pygame.DROPFILE, file=str(path)))
    assert (session.world.landscape.name, session.world.status.size) == ("bowl", 9)
    assert str(path) in session.message


def test_a_long_scan_is_shown_and_stopped_by_escape(
    context: moderngl.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    lookup._build.cache_clear()
    session = Session(Experiment(balls=50), commands.apply)
    said: list[str] = []
    monkeypatch.setattr(session, "say", said.append)
    session.submit("landscape.select spirals-narrow")
    session.submit("app.quit")
    pygame.event.clear()
    escape = pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE, mod=0, unicode="\x1b")
    pygame.time.set_timer(escape, 500, loops=1)
    with open_studio(context, (64, 64), "low", live=True) as studio:
        App(session, studio, context, tmp_path).run()
    assert session.world.landscape.name == "valleys"
    assert said[-1] == "scanning Spirals, deep and narrow: stopped; what is done so far is kept"
    assert any(text.endswith("(esc stops it)") for text in said)
    assert list(tmp_path.rglob("*.chunk"))


def move_to(x: int, y: int, buttons: tuple[int, int, int] = (0, 0, 0)) -> pygame.event.Event:
    return pygame.event.Event(pygame.MOUSEMOTION, pos=(x, y), rel=(1, 0), buttons=buttons)


def test_the_mouse_points_at_the_ground_under_it_and_a_hand_that_drags_at_nothing(
    context: moderngl.Context, tmp_path: Path
) -> None:
    leave = pygame.event.Event(pygame.WINDOWLEAVE)
    for events, pointed in (
        ([move_to(1, 1), move_to(32, 32)], (32, 32)),
        ([move_to(32, 32), move_to(1, 1)], None),
        ([move_to(32, 32), move_to(32, 33, (1, 0, 0))], None),
        ([move_to(32, 32), leave], None),
        ([], None),
    ):
        session = Session(Experiment(balls=50), commands.apply)
        session.view.panel = False
        pygame.event.clear()
        with open_studio(context, (64, 64), "low", live=True) as studio:
            studio.draw(session)
            wanted = None if pointed is None else studio.find_ground(*pointed)
            assert (wanted is None) == (pointed is None)
            for event in (*events, pygame.event.Event(pygame.QUIT)):
                pygame.event.post(event)
            App(session, studio, context, tmp_path).run()
        hover = session.view.hover
        assert (hover and hover[:2]) == wanted
