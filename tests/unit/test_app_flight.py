"""Flying by the keys of a hidden window, and what the mouse does when its button goes up."""

from collections.abc import Callable
from pathlib import Path

import moderngl
import pygame
import pytest

from game import commands
from game.app import FLIGHT_KEYS, App
from game.keymap import bindings
from game.session import Experiment, Session
from game.studio import open_studio

Play = Callable[..., Session]


@pytest.fixture
def play(context: moderngl.Context, tmp_path: Path) -> Play:
    """Plays through events, all in one frame, to the end of the game."""

    def through(*events: pygame.event.Event, line: str = "camera.fly") -> Session:
        session = Session(Experiment(balls=50), commands.apply)
        session.execute(line)
        pygame.event.clear()
        for event in (*events, pygame.event.Event(pygame.QUIT)):
            pygame.event.post(event)
        with open_studio(context, (64, 64), "low", live=True) as studio:
            App(session, studio, context, tmp_path).run()
        return session

    return through


def key(name: str, *, down: bool = True, mod: int = 0) -> pygame.event.Event:
    code = pygame.key.key_code(name)
    kind = pygame.KEYDOWN if down else pygame.KEYUP
    return pygame.event.Event(kind, key=code, mod=mod, unicode=name if len(name) == 1 else "")


def lines(session: Session) -> list[str]:
    return [line for _, line in session.log]


@pytest.mark.parametrize(("name", "thrust"), FLIGHT_KEYS.items())
def test_a_key_flies_as_long_as_it_is_held(play: Play, name: str, thrust: tuple[int, int, int]) -> None:
    held = play(key(name))
    assert held.camera.flight.thrust == thrust
    assert lines(held)[1:-1] == [f"camera.thrust {' '.join(map(str, thrust))}"], "and does nothing else"
    assert play(key(name), key(name, down=False)).camera.flight.thrust == (0, 0, 0)


def test_two_keys_fly_both_ways_and_opposite_ones_nowhere(play: Play) -> None:
    assert play(key("w"), key("d")).camera.flight.thrust == (1, 1, 0)
    assert play(key("w"), key("s")).camera.flight.thrust == (0, 0, 0)
    assert play(key("w"), key("d"), key("w", down=False)).camera.flight.thrust == (1, 0, 0)


@pytest.mark.parametrize("name", ["e", "s"])
def test_on_the_ground_the_same_keys_do_what_the_keymap_says(play: Play, name: str) -> None:
    assert lines(play(key(name), line="camera.look low"))[1:-1] == [bindings()[name].line]


def test_other_keys_do_in_flight_what_they_always_do(play: Play) -> None:
    assert lines(play(key("t")))[1:-1] == ["theme.cycle 1"]


@pytest.mark.parametrize("name", ["escape", "c"])
def test_escape_and_the_camera_key_land(play: Play, name: str) -> None:
    session = play(key("w"), key(name))
    assert not session.camera.flying
    assert session.camera.view == "orbit"
    assert session.camera.flight.thrust == (0, 0, 0)
    assert lines(session)[-1] == "app.quit", "esc alone does not quit"


@pytest.mark.parametrize(("to", "wanted"), [((30, 30), "camera.glide"), ((11, 10), "ball.select none")])
def test_a_drag_glides_when_let_go_and_a_click_does_not(play: Play, to: tuple[int, int], wanted: str) -> None:
    session = play(
        pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=(10, 10)),
        pygame.event.Event(pygame.MOUSEBUTTONUP, button=1, pos=to),
        line="camera.look low",
    )
    assert lines(session)[1:-1] == [wanted]
