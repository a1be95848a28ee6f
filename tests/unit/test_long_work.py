"""Long work in the window: pictures go on, esc stops it and leaves all as it was, and nothing else is lost."""

import itertools
from collections.abc import Callable
from pathlib import Path

import moderngl
import pygame
import pytest

import game.app
from game import commands
from game.app import App
from game.session import Experiment, Session
from game.simulation import World
from game.studio import Studio
from landscapes import lookup

SIZE = (64, 64)
ESCAPE = pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE, mod=0, unicode="\x1b")


class Gallery(Studio):
    """Notes what each picture was of, and does something at the third."""

    def __init__(self, context: moderngl.Context, session: Session, at_third: Callable[[], object]) -> None:
        super().__init__(context, SIZE, "low", live=True)
        self.seen: list[tuple[World, str]] = []
        self._session, self._at_third = session, at_third

    def paint(self) -> None:
        super().paint()
        self.seen.append((self._session.world, self._session.message))
        if len(self.seen) == 3:
            self._at_third()


def work(
    context: moderngl.Context,
    folder: Path,
    line: str,
    at_third: Callable[[], object],
    experiment: Experiment | None = None,
) -> tuple[App, Session, list[tuple[World, str]], World]:
    """A frame in which a line is carried out, the last; the pictures, and the world before."""
    session = Session(experiment or Experiment("bowl", balls=50), commands.apply)
    before = session.world
    pygame.event.clear()
    session.submit(line)
    session.submit("app.quit")
    studio = Gallery(context, session, at_third)
    app = App(session, studio, context, folder)
    try:
        app.run()
    finally:
        studio.release()
    return app, session, studio.seen, before


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every word of progress makes a picture, however fast the machine is."""
    monkeypatch.setattr(game.app, "PROGRESS_S", 0.0)
    monkeypatch.setattr(pygame.display, "get_active", lambda: True)


def test_pictures_go_on_while_a_landscape_is_opened(context: moderngl.Context, tmp_path: Path) -> None:
    lookup._build.cache_clear()
    keys = [pygame.event.Event(pygame.KEYDOWN, key=key, mod=0, unicode=chr(key)) for key in b"lh"]
    app, session, seen, before = work(
        context, tmp_path, "landscape.select double-well", lambda: [pygame.event.post(key) for key in keys]
    )
    pressed = [event.key for event in app._waiting if event.type == pygame.KEYDOWN]
    assert pressed == list(b"lh"), "what is pressed meanwhile waits until it is its turn"
    assert session.world.landscape.name == "double-well"
    meanwhile = [said for world, said in seen if world is before]
    assert any(said.startswith("finding the valleys of Double well") for said in meanwhile)
    assert any(said.startswith("building Double well") for said in meanwhile)
    assert all("%   (esc stops it)" in said for said in meanwhile if said)
    assert session.message == "Double well"
    straight = Experiment("double-well", balls=50).build()
    assert session.world.digest() == straight.digest()
    assert session.census == straight.census()


@pytest.mark.parametrize("line", ["landscape.select langermann", "race.fair", "play.step 900"])
def test_escape_stops_it_and_leaves_all_as_it_was(
    context: moderngl.Context, tmp_path: Path, line: str
) -> None:
    lookup._build.cache_clear()
    steps = line.startswith("play")
    race = Experiment("bowl", ("sgd", "adam"), balls=50, finish=0.5)
    _, session, seen, before = work(context, tmp_path, line, lambda: pygame.event.post(ESCAPE), race)
    assert session.message.endswith(": stopped")
    assert 3 <= len(seen) <= 5, "no picture of it follows"
    assert session.world is before
    assert session.experiment == race
    assert session.view.relief == "auto"
    assert session.finish
    assert session.finish.loss == 0.5
    assert not session.past.done
    if steps:
        assert 0 < session.world.tick < 900
    else:
        assert session.world.digest() == race.build().digest()


def test_the_brush_that_is_taken_in_the_frame_of_a_click_is_used(
    context: moderngl.Context, tmp_path: Path
) -> None:
    session = Session(Experiment("bowl", balls=50), commands.apply)
    studio = Studio(context, (256, 144), "low", live=True)
    session.view.panel = False
    studio.draw(session)
    at = next((x, y) for x in range(60, 200, 9) for y in range(40, 110, 9) if studio.find_ground(x, y))
    app = App(session, studio, context, tmp_path)
    pygame.event.clear()
    app._take(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_g, mod=0, unicode="g"))
    app._take(pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=at))
    studio.release()
    assert session.view.brush
    assert session.view.stroking


@pytest.mark.parametrize("most", [1, 3, 40])
def test_a_frame_that_has_had_enough_leaves_steps_out_and_changes_none(most: int) -> None:
    session = Session(Experiment("bowl", ("sgd", "adam"), balls=50, noise=0.1), commands.apply)
    session.speed = 100.0
    for _ in range(3):
        asked = itertools.count(1)
        session.tick(0.1, lambda asked=asked: next(asked) >= most)  # type: ignore[misc]
    straight = session.experiment.build()
    straight.step(session.world.tick)
    assert 3 * most <= session.world.tick < 3 * 600
    assert session.world.digest() == straight.digest()
    assert 0 <= session.alpha < 1
