"""The tour of the first launch: what it shows and when, and that it is given once."""

from pathlib import Path

import moderngl
import numpy as np
import numpy.typing as npt
import pygame
import pytest

from game import commands
from game.app import App
from game.commands import COMMANDS, parse
from game.keymap import find_keys
from game.panel.panel import Panel
from game.panel.settings import Arrangement, read_arrangement, write_arrangement
from game.panel.tour import tell_keys
from game.render.gpu import Gpu
from game.scene.terrain import build_terrain
from game.session import Experiment, Session, Tour
from game.studio import open_studio
from game.tour import HINTS, follow_tour


def start(*lines: str) -> Session:
    session = Session(Experiment("bowl", balls=20), commands.apply)
    session.paused = True
    for line in ("camera.look map", *lines):
        session.execute(line)
    return session


def play(session: Session, seconds: float) -> None:
    for _ in range(round(seconds * 8)):
        session.tick(0.125)
        follow_tour(session)


def hint(session: Session) -> int | None:
    return session.view.tour.hint if session.view.tour else None


def test_every_hint_names_commands_and_has_a_key_of_the_players() -> None:
    names = {command.name for command in COMMANDS}
    assert sum(each.seconds for each in HINTS) == 30
    for each in HINTS:
        assert set(each.done) <= names
        for deed in each.deeds:
            assert deed.line in each.done
            assert deed.hand or tell_keys(deed, ()) == find_keys(deed.line)
    deed = HINTS[2].deeds[0]
    line = "landscape.cycle 1"
    assert parse(line)[0].name == deed.line
    assert tell_keys(deed, (("n", ""), ("shift+n", ""), ("ctrl+l", line))) == "ctrl l"
    assert tell_keys(deed, (("n", ""), ("shift+n", ""))) == deed.line


def test_hints_go_on_by_themselves_and_end() -> None:
    session = start("tour.start")
    shown = []
    for _ in range(31):
        shown.append(hint(session))
        play(session, 1.0)
    assert [shown.count(number) for number in range(len(HINTS))] == [each.seconds for each in HINTS]
    assert session.view.tour is None


def test_what_is_done_brings_the_next_hint_at_once() -> None:
    session = start("tour.start")
    deeds = ("balls.drop 0.1,0.1 1", "lr.decades 0.1", "landscape.cycle 1", "palette.open", "help.toggle")
    for number, line in enumerate(deeds):
        play(session, 0.25)
        assert hint(session) == number
        session.submit("theme.cycle 1")
        session.submit(line)
        play(session, 0.125)
        assert hint(session) == number + 1
        session.view.palette, session.view.help = None, False
    session.submit("record.toggle")
    play(session, 0.125)
    assert session.view.tour is None


@pytest.mark.parametrize("cover", ["palette.open", "help.toggle", "preset.open random-search"])
def test_time_stands_still_while_something_else_is_read(cover: str) -> None:
    session = start("tour.start")
    play(session, 1.0)
    session.execute(cover)
    play(session, 0.125)
    now = hint(session)
    play(session, 20.0)
    assert hint(session) == now
    session.view.palette, session.view.help, session.lesson = None, False, None
    play(session, 20.0)
    assert hint(session) != now


def test_escape_ends_it_before_anything_else_is_left() -> None:
    session = start("tour.start", "ball.select 3")
    session.apply("app.leave")
    assert session.view.tour is None
    assert "tour.start" in session.message
    assert session.view.selected == 3


@pytest.mark.parametrize("size", [(640, 360), (360, 640), (320, 240)])
def test_a_card_stands_at_the_foot_and_only_while_it_is_to_be_read(
    context: moderngl.Context, size: tuple[int, int]
) -> None:
    session = start()
    terrain, gpu, panel = build_terrain(session.world.landscape, "auto"), Gpu(context), Panel(context)
    target = gpu.picture(gpu.texture(size, 4))

    def draw(tour: Tour | None) -> npt.NDArray[np.uint8]:
        session.view.tour = tour
        target.clear(0.4, 0.4, 0.4)
        panel.draw(session, terrain, (), target)
        return np.frombuffer(target.read(), np.uint8).reshape(size[1], size[0], 3)[::-1]

    bare = draw(None)
    for number in range(len(HINTS)):
        rows, columns = np.nonzero((draw(Tour(number)) != bare).any(axis=2))
        assert size[1] * 0.55 < rows.min() < rows.max() < size[1] - 5
        assert 3 < columns.min() < columns.max() < size[0] - 4
        half, whole = (draw(Tour(number, share * HINTS[number].seconds)) for share in (0.5, 1.0))
        assert (half != whole).any(), "how long it stays is seen"
    session.execute("record.toggle")
    assert (draw(Tour()) == draw(None)).all()
    panel.release()
    context.screen.use()
    gpu.release()


def test_who_ends_the_game_by_force_has_been_shown_round(context: moderngl.Context, tmp_path: Path) -> None:
    settings = tmp_path / "panel.toml"
    session = Session(Experiment("bowl", balls=20), commands.apply)
    with open_studio(context, (64, 64), "low", live=True) as studio:
        App(session, studio, context, tmp_path, settings, greet=True)
        assert read_arrangement(settings)[0].toured


def launch(context: moderngl.Context, folder: Path, *, greet: bool = True) -> Session:
    """A game that ends at once; whether the tour was on is in its view."""
    session = Session(Experiment("bowl", balls=20), commands.apply)
    pygame.event.clear()
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    with open_studio(context, (64, 64), "low", live=True) as studio:
        App(session, studio, context, folder, folder / "panel.toml", greet=greet).run()
    return session


def test_it_is_given_once(context: moderngl.Context, tmp_path: Path) -> None:
    settings = tmp_path / "panel.toml"
    assert hint(launch(context, tmp_path, greet=False)) is None
    assert not read_arrangement(settings)[0].toured
    assert hint(launch(context, tmp_path)) == 0
    assert read_arrangement(settings)[0].toured
    assert hint(launch(context, tmp_path)) is None
    # Settings of a version that had no tour are no damage.
    write_arrangement(settings, Arrangement())
    old = "".join(line for line in settings.read_text().splitlines(keepends=True) if "toured" not in line)
    settings.write_text(old)
    assert hint(launch(context, tmp_path)) == 0
    settings.write_text(old + "toured = 3\n")
    session = launch(context, tmp_path)
    assert "set aside as panel.toml.broken" in session.message
    assert hint(session) == 0
    assert hint(launch(context, tmp_path)) is None
