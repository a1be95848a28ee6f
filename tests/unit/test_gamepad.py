"""Gamepads: posted events of a joystick through the window's loop, and the command lines that they become."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import moderngl
import platformdirs
import pygame
import pytest

from game import commands, report
from game.app import App
from game.commands import parse
from game.gamepad import DEAD, LAYOUTS, ease
from game.keymap import PARTS, buttons, gamepad_rows, read_own_buttons, read_own_keys
from game.scene.frame import Stage
from game.session import Experiment, Session
from game.studio import Studio, open_studio
from landscapes import InputError

SIZE = (320, 200)


class Device:
    """What pygame would open."""

    name, axes = "Xbox 360 Controller", 6

    def __init__(self, number: int) -> None:
        if number == 9:
            raise pygame.error("Invalid joystick device number")
        self._number = number

    def get_name(self) -> str:
        return self.name

    def get_numaxes(self) -> int:
        return self.axes

    def get_numbuttons(self) -> int:
        return 11

    def get_instance_id(self) -> int:
        return self._number + 40


class Player:
    """Somebody with a gamepad, who has just plugged it in."""

    def __init__(self, session: Session, app: App, studio: Studio) -> None:
        self.session, self.studio = session, studio
        self._app = app
        studio.draw(session)
        self.do(pygame.JOYDEVICEADDED, device_index=2)

    def do(self, kind: int, **what: Any) -> list[str]:
        """What an event sends in the frame after it."""
        self.session.log.clear()
        pygame.event.clear()
        if kind:
            pygame.event.post(pygame.event.Event(kind, {"instance_id": 42} | what))
        pygame.event.post(pygame.event.Event(pygame.QUIT))
        self._app.run()
        self.session.view.closing = False
        return [line for _, line in self.session.log if line != "app.quit"]

    def wait(self) -> list[str]:
        return self.do(pygame.NOEVENT)

    def push(self, axis: int, value: float) -> list[str]:
        return self.do(pygame.JOYAXISMOTION, axis=axis, value=value)

    def press(self, button: int) -> list[str]:
        return self.do(pygame.JOYBUTTONDOWN, button=button)


@pytest.fixture
def player(context: moderngl.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Player]:
    monkeypatch.setattr(pygame.joystick, "Joystick", Device)
    session = Session(Experiment("bowl", balls=20), commands.apply)
    session.view.panel = False
    session.execute("camera.look map")
    with open_studio(context, SIZE, "low", live=True) as studio:
        yield Player(session, App(session, studio, context, tmp_path), studio)


def test_every_shipped_line_can_be_sent_and_every_part_sends_one() -> None:
    assert set(buttons()) == set(PARTS)
    for layout in LAYOUTS:
        assert {part for part in layout.buttons if part} <= set(PARTS)
        assert sorted(layout.axes) == list(range(6))
    for row in gamepad_rows():
        assert row.keys.startswith("gamepad ")
        assert row in [report_row(told) for told in report.list_table("keys")]


def report_row(told: dict[str, Any]) -> tuple[str, str, str]:
    return told["keys"], told["about"], told["own"]


def test_buttons_send_their_lines_once(player: Player) -> None:
    for number, part in enumerate(LAYOUTS[-1].buttons):
        if part == "a":
            continue
        player.session.apply("lr.set 0.2")
        assert player.press(number) == [buttons()[part]]
        player.session.view.help = False
        assert player.do(pygame.JOYBUTTONUP, button=number) == []
    assert player.press(17) == []
    player.session.apply("camera.look map")
    assert player.do(pygame.JOYHATMOTION, hat=0, value=(0, 1)) == [buttons()["dpad up"]]
    assert player.do(pygame.JOYHATMOTION, hat=0, value=(-1, 1)) == [buttons()["dpad left"]]
    assert player.do(pygame.JOYHATMOTION, hat=0, value=(0, 0)) == []


def test_balls_drop_on_the_ground_in_the_middle_of_the_picture(player: Player) -> None:
    for _ in range(90):
        player.session.tick(1 / 60)
    player.studio.draw(player.session)
    (line,) = player.press(0)
    x, y = map(float, line.split()[1].split(","))
    assert (x, y) == pytest.approx(player.studio.find_ground(SIZE[0] // 2, SIZE[1] // 2), rel=1e-4)
    assert player.session.world.size == 40
    hover = player.session.view.hover
    assert hover
    assert hover[2:] == (SIZE[0] // 2, SIZE[1] // 2), "it is shown where they drop"
    for look in ("camera.fly", "camera.orbit 0 -80"):
        player.session.apply(look)
    player.session.camera.pose = player.session.camera.goal
    player.studio.draw(player.session)
    assert player.press(0) == []
    assert player.session.message == "there is no ground in the middle of the picture"


def test_sticks_and_triggers_move_as_long_as_they_are_out(player: Player) -> None:
    for axis, value, command in (
        (0, 1.0, "camera.pan"),
        (4, -1.0, "camera.orbit"),
        (5, 1.0, "camera.zoom"),
        (2, 1.0, "camera.zoom"),
    ):
        rest = -1.0 if axis in (2, 5) else 0.0
        first, (later,) = player.push(axis, value), player.wait()
        assert [line.split()[0] for line in (*first, later)] == [command] * (len(first) + 1)
        assert player.push(axis, rest + DEAD / 2) == []
        assert player.wait() == []
    assert player.push(0, -0.6)[0].split()[1].startswith("-")
    player.push(0, 0.0)
    assert float(player.push(5, 1.0)[0].split()[1]) >= 1
    player.push(5, -1.0)
    assert float(player.push(2, 1.0)[0].split()[1]) <= 1


def test_a_second_all_the_way_out_is_what_the_table_says(player: Player) -> None:
    pad = player._app._gamepad
    player.push(3, 1.0)
    player.session.tick(0.0)
    player.session.log.clear()
    for _ in range(60):
        pad.hold(1 / 60)
    player.session.tick(0.0)
    lines = [line.split() for _, line in player.session.log]
    assert sum(float(line[1]) for line in lines) == pytest.approx(
        float(parse(buttons()["right stick"])[1][0]), rel=1e-3
    )
    assert {float(line[2]) for line in lines} == {0.0}


def test_in_flight_the_left_stick_flies_and_the_right_one_looks_where_it_points(player: Player) -> None:
    def ahead() -> Any:
        player.session.camera.pose = player.session.camera.goal
        return -Stage().build_frame(player.session, SIZE).view[:3, 2]

    def right() -> Any:
        return Stage().build_frame(player.session, SIZE).view[:3, 0]

    player.session.apply("camera.fly")
    for _ in range(90):
        player.session.tick(1 / 60)
    assert player.push(1, -1.0) == ["camera.thrust 0.0 1.0 0"]
    assert player.wait() == [], "until it changes"
    assert player.session.camera.flight.thrust == (0, 1, 0)
    assert player.push(1, 0.0) == ["camera.thrust 0.0 0.0 0"]
    before, side = ahead(), right()
    player.session.apply("camera.orbit -20 0")
    assert ahead() @ side > 0.1, "what the right stick sends when it is to the right"
    assert float(parse(buttons()["right stick"])[1][0]) < 0
    assert before @ ahead() > 0.8


def test_gamepads_come_and_go_and_a_line_says_so(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    session = player.session
    assert session.view.gamepad == Device.name
    assert Device.name in session.message
    player.push(0, 1.0)
    player.do(pygame.JOYDEVICEREMOVED)
    assert session.message == "Xbox 360 Controller is unplugged"
    assert session.view.gamepad == ""
    assert player.wait() == [], "a stick that is gone is not out"
    assert player.press(2) == []
    monkeypatch.setattr(Device, "axes", 2)
    player.do(pygame.JOYDEVICEADDED, device_index=3)
    assert session.view.gamepad == "", "no gamepad, whatever it calls itself"
    player.do(pygame.JOYDEVICEADDED, device_index=9)
    assert session.message == "a gamepad cannot be used: Invalid joystick device number"
    monkeypatch.setattr(Device, "axes", 6)
    monkeypatch.setattr(Device, "name", "PS4 Controller")
    player.do(pygame.JOYDEVICEADDED, device_index=3)
    assert player.do(pygame.JOYBUTTONDOWN, button=6, instance_id=43) == [buttons()["start"]]


def test_little_happens_near_the_rest_and_all_at_the_end() -> None:
    assert [ease(out) for out in (0.0, DEAD, 1.0, 1.4)] == [0, 0, 1, 1]
    assert 0 < ease(DEAD + 0.05) < 0.05
    assert math.isclose(ease((1 + DEAD) / 2), 0.25)


def test_the_players_own_buttons_count(
    player: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_config_path", lambda *_, **__: tmp_path)
    path = tmp_path / "keymap.toml"
    path.write_text('[gamepad]\nx = "noise.set 0.5"\ny = ""\n"left stick" = "camera.orbit 10 0"\n')
    player.session.view.buttons = read_own_buttons()
    assert read_own_keys() == ()
    assert [player.press(2), player.press(3)] == [["noise.set 0.5"], []]
    assert player.push(0, 1.0)[0].startswith("camera.orbit")
    rows = {row.keys: row for row in gamepad_rows(read_own_buttons())}
    assert rows["gamepad x"].own == "x: was optimizer.cycle 1"
    assert "gamepad y" not in rows
    for text, words in (
        ('[gamepad]\nz = "play.pause"', "gamepad 'z': there is no such part of a gamepad"),
        ('[gamepad]\n"left stick" = "play.pause"', "'left stick': a stick sends a line with two numbers"),
        ('[gamepad]\n"left stick" = "camera.pan 1 fast"', "must be a number"),
        ('[gamepad]\n"left trigger" = "camera.zoom 0"', "the factor must be above 0"),
        ('[gamepad]\na = "balls.dorp here 1"', "unknown command 'balls.dorp'"),
        ("gamepad = 3", "a table [keys]"),
    ):
        path.write_text(text)
        for read in (read_own_buttons, read_own_keys):
            refused: Callable[[], object] = read
            with pytest.raises(InputError) as caught:
                refused()
            assert words in str(caught.value)
            assert str(path) in str(caught.value)
