"""The window: keys and mouse of a real X server, and what the program shows of its state in answer."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import av
import numpy as np
import numpy.typing as npt
import pygame
import pytest

import landscapes
from game.panel.settings import Arrangement, write_arrangement

ROOT = Path(__file__).resolve().parents[2]
SIZE = (480, 270)
SCREEN = "800x600x24"
PATIENCE_S = 40.0
POLL_S = 0.05
STILL = 0.001
"""Share of pixels: less than a ball covers, more than rounding does while the camera comes to rest."""

Pixels = npt.NDArray[np.int16]
T = TypeVar("T")


class State(NamedTuple):
    """What the window's title says."""

    landscape: str
    optimizer: str
    lr: float
    balls: int
    step: int
    pace: str


def read_state(title: str) -> State | None:
    match = re.match(r"Downslope: (.+), (.+) at lr (\S+), ([\d,]+) balls, step ([\d,]+), (.+)$", title)
    if not match:
        return None
    where, who, lr, balls, step, pace = match.groups()
    return State(where, who, float(lr), int(balls.replace(",", "")), int(step.replace(",", "")), pace)


def wait_for(look: Callable[[], T | None], what: str) -> T:
    """Look until there is something to see."""
    end = time.monotonic() + PATIENCE_S
    while True:
        seen = look()
        if seen is not None and seen is not False:
            return seen
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(POLL_S)


class Display(NamedTuple):
    """An X server's name, and the file in which it keeps what is on its screen."""

    name: str
    screen: Path


def read_screen(display: Display) -> Pixels:
    """All of an X server's screen ``(height, width, 3)``, from its dump in the format of xwd."""
    data = display.screen.read_bytes()
    header = np.frombuffer(data, ">u4", 25).astype(int)
    width, height, line, colours = header[4], header[5], header[12], header[19]
    rows = np.frombuffer(data, np.uint8, height * line, header[0] + 12 * colours).reshape(height, line)
    return rows[:, : 4 * width].reshape(height, width, 4)[..., 2::-1].astype(np.int16)


GAME = "from game.cli import main; main()"
LOSING = """
import threading
import time
from pathlib import Path
import pygame
from game.cli import main

def lose():
    order = Path("lose")
    while True:
        if order.exists():
            pygame.event.post(pygame.event.Event(pygame.RENDER_DEVICE_RESET))
            order.unlink()
        time.sleep(0.05)

threading.Thread(target=lose, daemon=True).start()
main()
"""
"""The game on a driver that starts anew whenever there is a file ``lose``."""


class Game:
    """The game in a window, played from outside."""

    def __init__(self, folder: Path, display: "Display", *arguments: str, program: str = GAME) -> None:
        self.folder = folder
        self.display = display
        self._environment = os.environ | {
            "DISPLAY": display.name,
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            "MESA_DEBUG": "1",
            "XDG_CONFIG_HOME": str(folder.parent / f"{folder.name} settings"),
        }
        # Who plays here has seen the tour.
        settings = folder.parent / f"{folder.name} settings" / "downslope" / "panel.toml"
        write_arrangement(settings, Arrangement(toured=True))
        self._environment.pop("SDL_VIDEODRIVER", None)
        self._environment.pop("WAYLAND_DISPLAY", None)
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, "play", *arguments, "--size", "{}x{}".format(*SIZE)],
            cwd=folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.window = wait_for(self.find_window, "a window")
        self.ask("windowfocus", "--sync", self.window)

    def find_window(self) -> str | None:
        # By its name xdotool does not find it, though it tells the name when asked.
        assert self.process.poll() is None, self.end()
        windows = self.ask("search", "--all", "--pid", str(self.process.pid), "--class", ".*").split()
        return next((one for one in windows if read_state(self.ask("getwindowname", one))), None)

    def ask(self, *arguments: str) -> str:
        """What xdotool answers."""
        done = subprocess.run(
            ["xdotool", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        return done.stdout.strip()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.ask("key", key)

    @property
    def state(self) -> State | None:
        told = read_state(self.ask("getwindowname", self.window))
        if told is None and self.process.poll() is None:
            # A window that was lost is followed by one that may have another number.
            self.window = self.find_window() or self.window
            told = read_state(self.ask("getwindowname", self.window))
        return told

    def see(self, what: str, condition: Callable[[State], Any]) -> State:
        """The state, as soon as it is as it should be."""

        def look() -> State | None:
            state = self.state
            return state if state and condition(state) else None

        return wait_for(look, f"{what}; it is {self.state}")

    def pause(self) -> State:
        self.press("space")
        return self.see("a pause", lambda state: state.pace == "paused")

    def picture(self) -> Pixels:
        """What F12 saves, which goes away again."""
        self.press("F12")
        path = wait_for(lambda: next(self.folder.glob("*.png"), None), "a picture")
        picture = pygame.surfarray.array3d(pygame.image.load(path)).swapaxes(0, 1).astype(np.int16)
        path.unlink()
        return picture

    @property
    def place(self) -> tuple[int, int] | None:
        """How far the window is from the screen's left and top; ``None`` while there is none."""
        answer = self.ask("getwindowgeometry", "--shell", self.window)
        told = dict(line.split("=") for line in answer.splitlines())
        return (int(told["X"]), int(told["Y"])) if told else None

    def screen(self, size: tuple[int, int]) -> Pixels:
        """What the X server shows where a window of this width and height is."""
        left, top = wait_for(lambda: self.place, "a place for the window")
        return read_screen(self.display)[top : top + size[1], left : left + size[0]]

    def sees_itself(self) -> bool:
        """Whether the screen shows, where no messages are, what a picture without a window shows."""
        picture = self.picture()
        shown = self.screen((picture.shape[1], picture.shape[0]))
        above = picture.shape[0] * 2 // 3
        return change(picture[:above], shown[:above]) < STILL

    def resting_picture(self) -> Pixels | None:
        """A picture, if the next one is the same."""
        picture = self.picture()
        return picture if change(aside(picture), aside(self.picture())) < STILL else None

    def see_change(self, before: Pixels, share: float) -> Pixels:
        """A picture that differs in at least this share of its pixels."""

        def look() -> Pixels | None:
            after = self.picture()
            return after if change(before, after) >= share else None

        return wait_for(look, f"{share:.0%} of the picture to change")

    def end(self) -> tuple[int, str]:
        """Exit code and what was said on stderr."""
        _, said = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, said


def change(before: Pixels, after: Pixels) -> float:
    """The share of pixels that look different."""
    if before.shape != after.shape:
        return 1.0
    return float((np.abs(before - after).max(axis=2) > 8).mean())


def aside(picture: Pixels) -> Pixels:
    """The slab's upper half, where neither panel nor messages are."""
    return picture[: SIZE[1] // 2, SIZE[0] // 2 :]


@pytest.fixture(scope="module")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Display]:
    if not (shutil.which("Xvfb") and shutil.which("xdotool")):
        pytest.fail("the window is tested in Xvfb: sudo apt-get install xvfb xdotool", pytrace=False)
    reader, writer = os.pipe()
    folder = tmp_path_factory.mktemp("screen")
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", SCREEN, "-noreset", "-fbdir", str(folder)],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as answer:
        number = answer.readline().strip()
    assert number, "Xvfb does not start"
    yield Display(f":{number}", folder / "Xvfb_screen0")
    server.terminate()
    server.wait(PATIENCE_S)


Play = Callable[..., Game]


@pytest.fixture
def play(tmp_path: Path, display: Display) -> Iterator[Play]:
    """Opens the game; ends it if it still runs after the test."""
    games: list[Game] = []

    def begin(*arguments: str, program: str = GAME) -> Game:
        games.append(Game(tmp_path, display, *arguments, program=program))
        return games[-1]

    yield begin
    for game in games:
        game.process.kill()
        _, said = game.process.communicate()
        assert "Mesa: User error" not in (said or ""), "OpenGL was used wrongly"


def test_it_rolls_pauses_steps_and_is_released_again(play: Play) -> None:
    game = play("himmelblau", "--balls", "500")
    game.see("steps", lambda state: state.step > 20)
    step = game.pause().step
    for more in (1, 2, 3):
        game.press("period")
        assert game.see("a step", lambda state: state.step != step + more - 1).step == step + more  # noqa: B023
    game.press("space")
    game.see("steps", lambda state: state.step > step + 10 and state.pace == "1x")
    game.pause()
    game.press("r")
    assert game.see("a release", lambda state: state.step == 0).balls == 500
    assert game.state == game.see("the pause to last", lambda state: state.pace == "paused")


def test_another_optimizer_goes_on_from_where_the_balls_are(play: Play) -> None:
    game = play("himmelblau", "--balls", "500", "--do", "camera.look map", "--optimizer", "sgd")
    # The camera needs a second and a half to come to rest over the map.
    game.see("steps", lambda state: state.step > 100)
    before = game.pause()
    picture = aside(game.picture())
    shown = [("2", "Momentum"), ("6", "Adam"), ("9", "Lion"), ("1", "SGD")]
    for key, title in shown:
        game.press(key)
        after = game.see(title, lambda state: state.optimizer == title)  # noqa: B023
        assert after.step == before.step
    assert change(picture, aside(game.picture())) < STILL, "not a ball has moved"
    game.press("6", "space")
    game.see("Adam to roll on", lambda state: state.optimizer == "Adam" and state.step > before.step + 60)
    assert change(picture, aside(game.picture())) > 10 * STILL, "balls that move can be seen"


def test_the_learning_rate_goes_by_tenths_of_decades_and_decades(play: Play) -> None:
    game = play("bowl", "--balls", "100", "--lr", "0.01", "--optimizer", "adam")
    game.pause()
    for key, rate in [
        ("Up", 0.0126),
        ("Up", 0.0158),
        ("Down", 0.0126),
        ("shift+Up", 0.126),
        ("shift+Down", 0.0126),
        ("shift+Down", 0.00126),
        ("Up", 0.00158),
    ]:
        game.press(key)
        game.see(f"{rate} after {key}", lambda state: state.lr == pytest.approx(rate, rel=0.01))  # noqa: B023


def test_momentum_goes_up_and_back(play: Play) -> None:
    game = play("bowl", "--balls", "100", "--optimizer", "adam", "--do", "camera.look map")
    game.see("steps", lambda state: state.step > 5)
    game.pause()

    def panel() -> Pixels:
        return game.picture()[: SIZE[1] // 2, : SIZE[0] // 4]

    still = panel()
    assert change(still, panel()) == 0
    game.press("Right")
    wait_for(lambda: change(still, panel()) > 0, "another momentum in the panel")
    game.press("Left")
    wait_for(lambda: change(still, panel()) == 0, "the old momentum in the panel")


def test_speed_landscape_and_balls(play: Play) -> None:
    game = play("valleys", "--balls", "1000")
    titles = [entry.title for entry in landscapes.entries()]
    for key, pace in [("plus", "2x"), ("equal", "5x"), ("minus", "2x"), ("minus", "1x"), ("minus", "0.5x")]:
        game.press(key)
        game.see(f"{pace} after {key}", lambda state: state.pace == pace)  # noqa: B023
    for key, title in [("n", titles[1]), ("n", titles[2]), ("shift+n", titles[1]), ("shift+n", titles[0])]:
        game.press(key)
        game.see(title, lambda state: state.landscape == title)  # noqa: B023
    game.press("shift+n")
    game.see("the last one before the first", lambda state: state.landscape == titles[-1])
    for key, balls in [("b", 2000), ("b", 4000), ("shift+b", 2000), ("shift+b", 1000), ("shift+b", 500)]:
        game.press(key)
        game.see(f"{balls} after {key}", lambda state: state.balls == balls)  # noqa: B023


def test_theme_camera_help_and_mouse_change_the_picture(play: Play) -> None:
    game = play("himmelblau", "--balls", "200", "--do", "camera.look map")
    game.pause()
    first = wait_for(game.resting_picture, "the camera to come to rest")
    game.press("t")
    ember = game.see_change(first, 0.3)
    game.press("h")
    game.see_change(ember, 0.15)
    game.press("F1")
    wait_for(lambda: change(ember, game.picture()) < 0.05, "the help to go away")

    middle = (str(SIZE[0] * 2 // 3), str(SIZE[1] // 2))
    game.ask("mousemove", "--window", game.window, *middle)
    game.ask("mousedown", "2", "mousemove_relative", "--sync", "60", "0", "mouseup", "2")
    turned = game.see_change(ember, 0.1)
    game.ask("mousedown", "3", "mousemove_relative", "--sync", "--", "-40", "20", "mouseup", "3")
    shifted = game.see_change(turned, 0.1)
    game.ask("click", "--repeat", "5", "4")
    game.see_change(shifted, 0.1)
    game.press("c")
    game.see_change(ember, 0.2)


def test_tab_looks_into_a_ball_and_escape_lets_it_go(play: Play) -> None:
    game = play("breast-cancer", "--balls", "100", "--do", "camera.look map")
    game.pause()
    before = wait_for(game.resting_picture, "the camera to come to rest")
    game.press("Tab")
    game.see_change(before, 0.1)
    game.press("Escape")
    wait_for(lambda: change(before, game.picture()) < 0.02, "the card to go away")
    assert game.state


def test_a_click_on_a_ball_selects_it(play: Play) -> None:
    still = ("--start", "point:0.5,0.7", "--lr", "1e-9", "--no-panel", "--do", "camera.look map")
    game = play("breast-cancer", "--balls", "30", *still)
    # Where it points there is a ring on the ground.
    game.ask("mousemove", "--window", game.window, "40", "40")
    game.pause()
    wait_for(game.resting_picture, "the camera to come to rest")

    def middle() -> Pixels:
        return game.picture()[SIZE[1] // 2 - 20 : SIZE[1] // 2 + 20, SIZE[0] // 2 - 20 : SIZE[0] // 2 + 20]

    before = middle()
    for place in ((40, 40), (SIZE[0] // 2, SIZE[1] // 2)):
        assert change(before, middle()) < 0.01
        game.ask("mousemove", "--window", game.window, *map(str, place), "click", "1")
    wait_for(lambda: change(before, middle()) > 0.02, "a ring around the ball")


def test_the_controls_take_what_is_done_over_them_and_are_remembered(play: Play, tmp_path: Path) -> None:
    game = play("bowl", "--balls", "100", "--optimizer", "adam", "--do", "camera.look map")
    game.pause()
    before = wait_for(game.resting_picture, "the camera to come to rest")
    game.press("p")
    game.see_change(before, 0.15)
    # There, in a window of this size, is the right part of the slider of the learning rate.
    knob = str(SIZE[0] - 20), str(SIZE[1] // 3)
    game.ask("mousemove", "--window", game.window, *knob, "mousedown", "1", "sleep", "0.3", "mouseup", "1")
    game.see("a larger learning rate", lambda state: state.lr > 1)
    game.press("Escape")
    game.process.wait(PATIENCE_S)
    assert (
        "shown = true"
        in (tmp_path.parent / f"{tmp_path.name} settings" / "downslope" / "panel.toml").read_text()
    )


def find_card(game: Game, before: Pixels) -> int | None:
    """The uppermost row of the screen that a card of one offer covers in the middle; ``None`` without it."""
    part = slice(SIZE[0] // 2 - 60, SIZE[0] // 2 + 60)
    covered = np.abs(game.screen(SIZE)[:, part] - before[:, part]).max(axis=2) > 8
    rows = np.flatnonzero(covered.mean(axis=1) > 0.6)
    return int(rows[0]) if rows.size > 20 and rows[-1] < SIZE[1] // 2 else None


def test_the_palette_is_worked_by_mouse_and_the_brush_changes_the_ground(play: Play) -> None:
    game = play("bowl", "--balls", "100", "--no-panel", "--do", "camera.look map")
    balls = game.pause().balls
    before = wait_for(game.resting_picture, "the camera to come to rest")

    def click(y: int) -> None:
        game.ask("mousemove", "--window", game.window, str(SIZE[0] // 2), str(y), "click", "1")

    game.press("slash")
    game.ask("type", "himm")
    top = wait_for(lambda: find_card(game, before), "the palette")
    click(SIZE[1] - 60)
    wait_for(lambda: find_card(game, before) is None, "the palette to close")
    game.press("slash")
    game.ask("type", "himm")
    wait_for(lambda: find_card(game, before), "the palette again")
    # The first offer is 72 reference pixels below its upper edge.
    click(top + round(0.6 * 72))
    state = game.see("another landscape", lambda state: state.landscape == "Himmelblau")
    assert state.balls == balls, "no click reached the ground"
    game.press("g")
    # A picture comes after the key: the brush is at hand now.
    game.picture()
    game.ask("mousemove", "--window", game.window, str(SIZE[0] // 2), str(SIZE[1] // 2), "mousedown", "1")
    game.ask("mousemove_relative", "--sync", "20", "0")
    state = game.see("other ground", lambda state: state.landscape == "Himmelblau, sculpted")
    assert state.balls == balls
    game.ask("mouseup", "1")
    game.press("ctrl+z")
    game.see("the ground as it was", lambda state: state.landscape == "Himmelblau")


def test_balls_become_whole_networks_and_the_ground_shakes(play: Play) -> None:
    game = play("xor", "--balls", "100", "--do", "camera.look map")
    on_map = game.see("steps", lambda state: state.step > 5)
    game.press("w", "w")
    whole = game.see("a release with rates of their own", lambda state: state.lr != on_map.lr)
    assert whole.balls == 100
    game.press("w")
    game.see("the map again", lambda state: state.lr == on_map.lr)
    game.pause()
    before = wait_for(game.resting_picture, "the camera to come to rest")
    game.press("bracketleft", "m")
    game.see_change(before, 0.05)


def test_v_makes_a_film(play: Play) -> None:
    game = play("bowl", "--balls", "200")
    for name in ("downslope.mp4", "downslope-2.mp4"):
        game.press("v")
        begun = game.see("a recording", lambda state: "recording" in state.pace).step
        game.see("some frames", lambda state: state.step > begun + 15)  # noqa: B023
        game.press("v")
        path = game.folder / name
        wait_for(path.exists, name)
        with av.open(str(path)) as film:
            stream = film.streams.video[0]
            assert (stream.width, stream.height, float(stream.average_rate or 0)) == (*SIZE, 60)
            frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(stream)]
        assert len(frames) > 15
        assert (frames[0] != frames[-1]).any()


def test_an_interrupt_finishes_the_film_under_way(play: Play) -> None:
    game = play("bowl", "--balls", "200")
    game.press("v")
    begun = game.see("a recording", lambda state: "recording" in state.pace).step
    game.see("some frames", lambda state: state.step > begun + 5)
    game.process.send_signal(signal.SIGINT)
    assert game.end() == (130, "downslope: interrupted\n")
    assert sorted(path.name for path in game.folder.iterdir()) == ["downslope.mp4", "downslope.toml"]
    with av.open(str(game.folder / "downslope.mp4")) as film:
        assert len(list(film.decode(video=0))) > 5


def test_the_picture_follows_the_window(play: Play) -> None:
    game = play("bowl", "--balls", "200")
    assert game.picture().shape == (SIZE[1], SIZE[0], 3)
    for width, height in [(640, 400), (301, 203)]:
        game.ask("windowsize", game.window, str(width), str(height))
        wait_for(lambda: game.picture().shape == (height, width, 3), "the new size")  # noqa: B023


def focus(game: Game) -> None:
    """Let it have the keyboard, as soon as there is a window to have it."""

    def has_focus() -> bool:
        game.ask("windowfocus", game.window)
        return game.ask("getwindowfocus", "-f") == game.window

    wait_for(has_focus, "the keyboard")


def move(game: Game, x: int, y: int) -> None:
    game.ask("windowmove", game.window, str(x), str(y))
    wait_for(lambda: game.place == (x, y), "the window at another place")


def test_a_storm_of_sizes_ends_in_a_right_picture(play: Play) -> None:
    game = play("bowl", "--balls", "200", "--do", "camera.look map", "--quality", "medium")
    game.pause()
    for number in range(40):
        size = 200 + 37 * number % 300, 150 + 53 * number % 200
        game.ask("windowsize", game.window, *map(str, size))
    for width, height in ((1, 1), (640, 400)):
        game.ask("windowsize", game.window, str(width), str(height))
    wait_for(lambda: game.picture().shape == (400, 640, 3), "the last size")
    wait_for(game.sees_itself, "the picture on the screen")


def test_a_minimised_game_rolls_on_and_comes_back_whole(play: Play) -> None:
    game = play("himmelblau", "--balls", "500", "--do", "camera.look map")
    step = game.see("steps", lambda state: state.step > 5).step
    game.ask("windowunmap", "--sync", game.window)
    step = game.see("steps unseen", lambda state: state.step > step + 30).step
    game.ask("windowsize", game.window, "400", "300")
    game.ask("windowmap", "--sync", game.window)
    focus(game)
    game.see("steps", lambda state: state.step > step + 10)
    game.pause()
    wait_for(lambda: game.picture().shape == (300, 400, 3), "the size that it was given meanwhile")
    wait_for(game.sees_itself, "the picture on the screen")


def test_a_moved_window_shows_the_same(play: Play) -> None:
    game = play("bowl", "--balls", "200", "--do", "camera.look map")
    game.pause()
    for x, y in ((300, 5), (0, 320)):
        move(game, x, y)
        wait_for(game.sees_itself, "the picture on the screen")


def test_a_driver_that_starts_anew_costs_a_window_and_nothing_else(play: Play) -> None:
    game = play("himmelblau", "--balls", "500", "--do", "camera.look map", program=LOSING)
    move(game, 7, 9)
    step = game.see("steps", lambda state: state.step > 5).step
    (game.folder / "lose").touch()
    # Another window has the same number, but stands where windows are opened.
    wait_for(lambda: game.find_window() and game.place not in (None, (7, 9)), "another window")
    focus(game)
    game.see("steps that go on", lambda state: state.step > step)
    game.pause()
    wait_for(game.sees_itself, "the picture on the screen")
    game.press("Escape")
    assert game.end() == (0, "")


def test_a_driver_that_starts_anew_all_the_time_ends_the_game_with_a_line(play: Play) -> None:
    game = play("bowl", "--balls", "50", "--do", "camera.look map", program=LOSING)
    order = game.folder / "lose"
    for _ in range(2):
        game.see("steps", lambda state: state.step > 5)
        order.touch()
        wait_for(lambda: not order.exists(), "the driver to start anew")
    code, said = game.end()
    assert code == 2
    assert said.startswith("downslope: the graphics driver keeps losing the window")
    assert said.count("\n") == 1


def test_q_goes_through_the_qualities(play: Play) -> None:
    game = play("bowl", "--balls", "200", "--no-panel", "--do", "camera.look map", "--quality", "low")
    game.pause()
    low = wait_for(game.resting_picture, "the camera to come to rest")
    game.press("q")
    medium = game.see_change(low, 0.02)
    assert change(low, medium) < 0.5, "another tier is no other picture"


def test_escape_closes_help_then_full_screen_then_the_game(play: Play) -> None:
    game = play("bowl", "--balls", "200")
    game.press("F11", "h", "Escape", "Escape")
    game.pause()
    game.press("Escape")
    assert game.end() == (0, "")
    assert list(game.folder.iterdir()) == []


def test_without_a_display_it_records_a_demo(tmp_path: Path) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-m", "game", "--size", "160x90", "--quality", "low"],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0
    said = "downslope: no display to open a window on; recording a ten-second demo to downslope.mp4\n"
    assert done.stderr == said
    assert done.stdout == "downslope.mp4: 600 frames of 160x90 at 60 a second\n"
    with av.open(str(tmp_path / "downslope.mp4")) as film:
        stream = film.streams.video[0]
        assert (stream.width, stream.height, float(stream.average_rate or 0)) == (160, 90, 60)
        assert sum(1 for _ in film.decode(stream)) == 600
