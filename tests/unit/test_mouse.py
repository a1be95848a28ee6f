"""The mouse: what it points at, and the command lines that it becomes."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import moderngl
import numpy as np
import numpy.typing as npt
import pygame
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from game import commands
from game.app import App
from game.mouse import CLICK_PX, DOUBLE_S, HANDFUL, POUR_S, WHEEL_FACTOR, Hand, Pixel
from game.panel.hover import read_ground
from game.scene.camera import WHOLE_ZOOM, Camera
from game.scene.frame import Frame, Stage
from game.scene.picking import find_ground, project_balls
from game.scene.pointing import find_shift
from game.session import Experiment, Session
from game.studio import Studio, open_studio

SIZE = (640, 360)
NONE: frozenset[str] = frozenset()
SAFE = (0.2, 0.0, 0.95, 0.97)


def start(
    *lines: str, landscape: str = "himmelblau", balls: int = 1, place: str = "point:-4.9,-4.9"
) -> Session:
    session = Session(Experiment(landscape, balls=balls, start=place), commands.apply)
    for line in ("play.pause", "panel.toggle", "camera.look map", *lines):
        session.execute(line)
    session.camera.pose = session.camera.goal
    session.log.clear()
    return session


def project(frame: Frame, xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The pixels ``(n, 2)`` of places on the ground ``(2, n)``."""
    points = np.concatenate([frame.terrain.to_scene(xy), np.ones((1, xy.shape[1]))])
    clip = points.T @ (frame.view.astype(np.float64) @ frame.projection)
    return np.asarray((clip[:, :2] / clip[:, 3:] * [0.5, -0.5] + 0.5) * frame.size)


class Desk:
    """A session, the picture of it, and a hand on the mouse."""

    def __init__(self, session: Session, studio: Studio) -> None:
        self.session, self.studio = session, studio
        self.hand = Hand(session, studio)
        self.now_s = 100.0
        self.look()

    def look(self) -> None:
        self.studio.draw(self.session)

    def pixel(self, x: float, y: float) -> Pixel:
        frame = Stage().build_frame(self.session, SIZE)
        across, down = project(frame, np.array([[x], [y]]))[0]
        return round(across), round(down)

    def pass_time(self, seconds: float = 1 / 60) -> None:
        self.hand.hold()
        self.session.tick(seconds)
        self.now_s += seconds

    def click(self, at: Pixel, *keys: str, button: int = 1) -> list[str]:
        self.hand.press(button, at, frozenset(keys))
        self.hand.release(button, at, frozenset(keys), self.now_s)
        self.pass_time(0.01)
        return self.lines()

    def drag(self, way: list[Pixel], *keys: str, button: int = 1) -> list[str]:
        self.hand.press(button, way[0], frozenset(keys))
        before = way[0]
        for at in way[1:]:
            self.hand.move(at, (at[0] - before[0], at[1] - before[1]))
            self.pass_time()
            before = at
        self.hand.release(button, way[-1], frozenset(keys), self.now_s)
        self.pass_time()
        return self.lines()

    def lines(self) -> list[str]:
        lines = [line for _, line in self.session.log]
        self.session.log.clear()
        return lines


@pytest.fixture
def sit(context: moderngl.Context) -> Iterator[Callable[..., Desk]]:
    """Sits down at a game."""
    with open_studio(context, SIZE, "low", live=True) as studio:
        yield lambda *lines, **game: Desk(start(*lines, **game), studio)


def read(line: str) -> tuple[float, float]:
    x, y = line.split()[1].split(",")
    return float(x), float(y)


@pytest.mark.parametrize("landscape", ["himmelblau", "valleys", "eggholder", "breast-cancer"])
@pytest.mark.parametrize("view", ["orbit", "low", "map"])
def test_the_ground_is_found_where_it_is_drawn(landscape: str, view: str) -> None:
    session = start(f"camera.look {view}", landscape=landscape, place="grid")
    frame = Stage().build_frame(session, SIZE)
    x_min, x_max, y_min, y_max = frame.terrain.domain
    unit = np.random.default_rng(1).random((2, 120))
    xy = np.array([[x_min], [y_min]]) + unit * np.array([[x_max - x_min], [y_max - y_min]])
    # Which way the ground faces the eye, by its normal: a crest that is only just touched may be missed.
    points = frame.terrain.to_scene(xy)
    column, row = np.rint(unit * (len(frame.terrain.heights) - 1)).astype(int)
    sight = frame.eye[:, None] - points
    facing = (frame.terrain.normals[row, column].T * sight).sum(axis=0) / np.linalg.norm(sight, axis=0)
    seen = frame.terrain.sees(frame.eye, points)
    same = 0
    for k in np.flatnonzero(np.abs(facing) > 0.15):
        pixel = project(frame, xy[:, [k]])[0]
        found = find_ground(frame, *pixel)
        if found is None:
            assert facing[k] < 0 or not seen[k]
            continue
        place = np.array(found)[:, None]
        assert math.dist(project(frame, place)[0], pixel) < 0.05
        ways = [
            float(np.linalg.norm(frame.terrain.to_scene(at)[:, 0] - frame.eye)) for at in (place, xy[:, [k]])
        ]
        assert ways[0] <= ways[1] + 1e-3, "nobody sees through a hill"
        same += abs(ways[1] - ways[0]) < 1e-3
    assert same > 25


def test_beside_the_slab_and_on_its_walls_there_is_no_ground() -> None:
    session = start("camera.look low", landscape="-x^2-y^2; domain=-5,5,-5,5")
    session.execute("camera.orbit -38 0")
    session.camera.pose = session.camera.goal
    frame = Stage().build_frame(session, SIZE)
    for pixel in ((2, 2), (SIZE[0] - 2, SIZE[1] - 2), (SIZE[0] // 2, 1)):
        assert find_ground(frame, *pixel) is None
    rim = np.array([[0.0], [-5.0]])
    assert find_ground(frame, *project(frame, rim + 0.02)[0]) == pytest.approx((0, -5), abs=0.05)
    wall = frame.terrain.to_scene(rim)[:, 0] - np.array([0, 0, 0.05])
    clip = np.append(wall, 1.0) @ frame.view @ frame.projection
    across, down = (clip[:2] / clip[3] * [0.5, -0.5] + 0.5) * SIZE
    assert find_ground(frame, across, down) is None


def test_a_hole_is_no_ground() -> None:
    session = start(landscape="sqrt(x^2+y^2-1); domain=-3,3,-3,3", place="random")
    frame = Stage().build_frame(session, SIZE)
    assert frame.terrain.holes.any()
    assert find_ground(frame, *project(frame, np.array([[0.0], [0.0]]))[0]) is None
    assert find_ground(frame, *project(frame, np.array([[2.0], [0.0]]))[0]) == pytest.approx((2, 0), abs=0.02)


@given(
    azimuth=st.floats(-180, 180),
    elevation=st.floats(25, 80),
    zoom=st.floats(WHOLE_ZOOM, 5),
    factor=st.floats(0.8, 1.4),
    across=st.floats(0.3, 0.8),
    down=st.floats(0.3, 0.7),
)
@settings(max_examples=40, deadline=None)
def test_what_is_under_the_mouse_stays_there_while_the_wheel_turns(
    azimuth: float, elevation: float, zoom: float, factor: float, across: float, down: float
) -> None:
    session = GROUND
    camera = session.camera = Camera()
    camera.orbit(azimuth, elevation - 33)
    camera.zoom(zoom)
    camera.pose = camera.goal
    frame = STAGE.build_frame(session, SIZE, SAFE)
    pixel = across * SIZE[0], down * SIZE[1]
    place = find_ground(frame, *pixel)
    assume(place is not None)
    assert place is not None
    right, up = find_shift(frame, camera, SAFE, place, pixel, factor)
    camera.zoom(factor)
    camera.pan(right, up)
    assume(max(abs(camera.goal.x), abs(camera.goal.y)) < 1)
    point = np.array(place)[:, None]
    begin, camera.pose = camera.pose, camera.goal
    end = STAGE.build_frame(session, SIZE, SAFE)
    # A hill that lifts the eye turns its head as well.
    assume(not is_lifted(frame, camera) and not is_lifted(end, camera))
    assert math.dist(project(end, point)[0], pixel) < 0.5
    camera.pose = begin
    for _ in range(4):
        camera.advance(0.05)
        between = STAGE.build_frame(session, SIZE, SAFE)
        assume(not is_lifted(between, camera))
        assert math.dist(project(between, point)[0], pixel) < 5, "on the way"


def is_lifted(frame: Frame, camera: Camera) -> bool:
    """Whether the eye is higher than the camera's pose says, for the ground is in its way."""
    return abs(math.asin(float(frame.view[2, 2])) - math.radians(camera.pose.elevation)) > 1e-4


GROUND, STAGE = start(), Stage()


def test_a_click_drops_a_ball_where_the_mouse_touches_the_ground(sit: Callable[..., Desk]) -> None:
    desk = sit()
    at = desk.pixel(1.0, 2.0)
    (line,) = desk.click(at)
    assert line.startswith("balls.drop ")
    assert line.endswith(" 1")
    assert read(line) == pytest.approx((1.0, 2.0), abs=0.03)
    assert desk.session.world.size == 2
    desk.look()
    frame = Stage().build_frame(desk.session, SIZE)
    assert math.dist(project_balls(frame)[:2, 1], at) < 3, "the ball is seen where one clicked"
    desk.pass_time(2 * DOUBLE_S)
    (line,) = desk.click(desk.pixel(-1.0, 2.0), "ctrl")
    assert line.endswith(f" {HANDFUL}")
    assert desk.session.world.size == 2 + HANDFUL


def test_a_click_on_a_ball_selects_it_and_one_beside_the_slab_lets_go(sit: Callable[..., Desk]) -> None:
    desk = sit("balls.drop 1,2 1", "balls.drop -1,-2 1")
    assert desk.click(desk.pixel(-1.0, -2.0)) == ["ball.select 2"]
    assert desk.click((3, 3)) == ["ball.select none"]
    assert desk.session.world.size == 3


def test_a_double_click_drops_one_ball_and_looks_there(sit: Callable[..., Desk]) -> None:
    desk = sit()
    at = desk.pixel(2.5, -1.0)
    first, second = desk.click(at) + desk.click(at)
    assert first.startswith("balls.drop")
    assert second.startswith("camera.centre")
    assert read(second) == pytest.approx((2.5, -1.0), abs=0.03)
    for _ in range(90):
        desk.session.tick(1 / 60)
    x, y = desk.session.camera.pose.x, desk.session.camera.pose.y
    assert (x, y) == pytest.approx((0.5, -0.2), abs=0.01)
    # A third click is the first of the next two, and one that comes late is alone.
    desk.look()
    beside = desk.pixel(0.0, 0.0)
    for _ in range(2):
        (line,) = desk.click(beside)
        assert not line.startswith("camera")
        desk.pass_time(2 * DOUBLE_S)


def test_a_drag_pours_balls_along_its_way(sit: Callable[..., Desk]) -> None:
    desk = sit()
    (left, top), (right, bottom) = desk.pixel(-3, 3), desk.pixel(3, -3)
    way = [(left + (right - left) * k // 40, top + (bottom - top) * k // 40) for k in range(41)]
    lines = desk.drag(way)
    assert len(lines) > 8
    assert all(line.startswith("balls.drop ") and line.endswith(" 1") for line in lines)
    places = np.array([read(line) for line in lines])
    assert places[0] == pytest.approx((-3, 3), abs=0.1)
    assert (np.diff(places[:, 0]) > 0).all()
    assert np.abs(places.sum(axis=1)).max() < 0.15, "on the way, not beside it"
    assert desk.session.world.size == 1 + len(lines)


def test_a_stream_comes_in_lots_so_that_its_balls_share_clocks(sit: Callable[..., Desk]) -> None:
    desk = sit("play.pause")
    left, top = desk.pixel(-3, 3)
    desk.drag([(left + 4 * k, top) for k in range(40)])
    (swarm,) = desk.session.world.swarms
    ticks = [tick for _, tick in swarm.save()[0]["drops"]]
    assert len(ticks) == len(set(ticks))
    assert len(ticks) <= 40 / 60 / POUR_S + 2


def test_ground_that_is_drawn_on_stops_drifting(sit: Callable[..., Desk]) -> None:
    desk = sit("camera.look orbit")
    assert desk.session.camera.drifting
    x, y = desk.pixel(0, 0)
    first, *drops = desk.drag([(x, y), (x + 30, y)])
    assert first == "camera.orbit 0 0"
    assert drops
    assert not desk.session.camera.drifting


def test_a_small_move_is_a_click_and_no_stream(sit: Callable[..., Desk]) -> None:
    desk = sit()
    x, y = desk.pixel(0, 0)
    (line,) = desk.drag([(x, y), (x + CLICK_PX - 1, y)])
    assert line.startswith("balls.drop")


def test_with_shift_a_ring_is_drawn_and_released_with_the_button(sit: Callable[..., Desk]) -> None:
    desk = sit()
    middle, rim = desk.pixel(0, 0), desk.pixel(2, 0)
    desk.hand.press(1, middle, frozenset({"shift"}))
    desk.hand.move(rim, (rim[0] - middle[0], rim[1] - middle[1]))
    desk.pass_time()
    circle = desk.session.view.circle
    assert circle is not None
    assert circle == pytest.approx((0, 0, 2), abs=0.05)
    assert desk.session.world.size == 1
    desk.look()
    hover, ring = Stage().build_frame(desk.session, SIZE).rings
    assert (hover.x, hover.y) == pytest.approx((2, 0), abs=0.05)
    assert ring[:3] == circle
    desk.hand.release(1, rim, NONE, desk.now_s)
    desk.pass_time()
    (line,) = desk.lines()
    assert line.startswith("balls.ring ")
    assert desk.session.view.circle is None
    assert desk.session.world.size == 1 + HANDFUL


@pytest.mark.parametrize(
    ("button", "keys", "on_ground", "command"),
    [
        (1, (), False, "camera.orbit"),
        (1, ("alt",), True, "camera.orbit"),
        (1, ("shift",), False, "camera.orbit"),
        (2, (), True, "camera.orbit"),
        (3, (), True, "camera.pan"),
        (3, (), False, "camera.pan"),
    ],
)
def test_other_drags_move_the_camera(
    sit: Callable[..., Desk], button: int, keys: tuple[str, ...], on_ground: bool, command: str
) -> None:
    desk = sit()
    x, y = desk.pixel(0, 0) if on_ground else (4, 4)
    lines = desk.drag([(x, y), (x + 20, y), (x + 40, y)], *keys, button=button)
    assert [line.split()[0] for line in lines[:2]] == [command] * 2
    assert lines[2:] == (["camera.glide"] if command == "camera.orbit" else [])
    assert desk.session.world.size == 1


def test_in_flight_a_drag_turns_the_head(sit: Callable[..., Desk]) -> None:
    desk = sit("camera.fly")
    x, y = SIZE[0] // 2, SIZE[1] * 3 // 4
    assert {line.split()[0] for line in desk.drag([(x, y), (x + 30, y)])} == {"camera.orbit", "camera.glide"}


def test_the_wheel_turns_by_parts_and_zooms_to_the_mouse(sit: Callable[..., Desk]) -> None:
    desk = sit()
    at = desk.pixel(2.0, 2.0)
    desk.hand.move(at)
    for _ in range(4):
        desk.hand.wheel(0.25)
    desk.pass_time()
    zoom, pan = desk.lines()
    assert float(zoom.split()[1]) == pytest.approx(WHEEL_FACTOR, abs=1e-5)
    assert pan.startswith("camera.pan")
    for _ in range(120):
        desk.session.tick(1 / 60)
    assert math.dist(desk.pixel(2.0, 2.0), at) <= 1.5
    desk.look()
    desk.hand.move((2, 2))
    desk.hand.wheel(1.0)
    desk.pass_time()
    assert [line.split()[0] for line in desk.lines()] == ["camera.zoom"]


def test_what_is_under_the_mouse_is_told(sit: Callable[..., Desk]) -> None:
    desk = sit()
    target = desk.session.census[1]
    at = desk.pixel(target.x, target.y)
    desk.hand.move(at)
    desk.pass_time()
    hover = desk.session.view.hover
    assert hover is not None
    assert (hover.x, hover.y) == pytest.approx((target.x, target.y), abs=0.03)
    reading = read_ground(desk.session, target.x, target.y)
    assert reading.valley == 1
    assert reading.loss == pytest.approx(target.loss, abs=1e-6)
    assert np.abs(reading.slope).max() < 1e-3
    plain = desk.studio.read()
    desk.look()
    shown = desk.studio.read()
    assert (shown != plain).any(axis=2).mean() > 0.01, "a card beside it"
    for away in (None, (2, 2)):
        desk.hand.move(away)
        desk.pass_time()
        assert desk.session.view.hover is None
    desk.hand.move(at)
    desk.session.view.recording = True
    desk.pass_time()
    assert desk.session.view.hover is None


@pytest.mark.parametrize("left", [True, False])
def test_in_a_split_picture_each_view_has_its_own_ground(sit: Callable[..., Desk], left: bool) -> None:
    desk = sit("team.add adam", "view.split", balls=2)
    desk.look()
    desk.session.log.clear()
    at = (SIZE[0] // 4 + (0 if left else SIZE[0] // 2), SIZE[1] // 2)
    ground = desk.studio.find_ground(*at)
    assert ground == pytest.approx(desk.studio.find_ground(SIZE[0] // 4, SIZE[1] // 2), abs=1e-6)
    (line,) = desk.click(at)
    assert read(line) == pytest.approx(ground, abs=1e-4)
    desk.look()
    assert desk.studio.find_ball(desk.session, *at, 5.0) == (1 if left else 3)
    corner = (at[0] + 50, at[1] - 30)
    place = desk.studio.find_ground(*corner)
    assert place is not None
    desk.hand.move(corner)
    desk.hand.wheel(1.0)
    desk.pass_time()
    assert [one.split()[0] for one in desk.lines()] == ["camera.zoom", "camera.pan"]
    for _ in range(120):
        desk.session.tick(1 / 60)
    desk.look()
    assert desk.studio.find_ground(*corner) == pytest.approx(place, abs=0.02)


def test_over_the_controls_nothing_is_pointed_at_or_dropped(
    context: moderngl.Context, tmp_path: Path
) -> None:
    session = start()
    session.view.panel = session.view.controls = True
    with open_studio(context, (1280, 720), "low", live=True) as studio:
        studio.draw(session)
        pygame.event.clear()
        for event in (
            pygame.event.Event(pygame.MOUSEMOTION, pos=(640, 400), rel=(0, 0), buttons=(0, 0, 0)),
            pygame.event.Event(pygame.MOUSEMOTION, pos=(1270, 710), rel=(0, 0), buttons=(0, 0, 0)),
            pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=(1270, 710)),
            pygame.event.Event(pygame.MOUSEBUTTONUP, button=1, pos=(1270, 710)),
            pygame.event.Event(pygame.QUIT),
        ):
            pygame.event.post(event)
        assert studio.find_ground(640, 400)
        App(session, studio, context, tmp_path).run()
    assert session.view.hover is None
    assert [line for _, line in session.log] == ["app.quit"]


def test_events_of_the_window_reach_the_hand(context: moderngl.Context, tmp_path: Path) -> None:
    session = start()
    with open_studio(context, SIZE, "low", live=True) as studio:
        studio.draw(session)
        across, down = project(Stage().build_frame(session, SIZE), np.array([[1.0], [1.0]]))[0]
        at = round(across), round(down)
        pygame.event.clear()
        pygame.key.set_mods(pygame.KMOD_LCTRL)
        for event in (
            pygame.event.Event(pygame.MOUSEMOTION, pos=at, rel=(0, 0), buttons=(0, 0, 0)),
            pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=at),
            pygame.event.Event(pygame.MOUSEBUTTONUP, button=1, pos=at),
            pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=0, precise_y=0.5),
            pygame.event.Event(pygame.QUIT),
        ):
            pygame.event.post(event)
        try:
            App(session, studio, context, tmp_path).run()
        finally:
            pygame.key.set_mods(pygame.KMOD_NONE)
    names = [line.split()[0] for _, line in session.log]
    assert names == ["balls.drop", "app.quit", "camera.zoom", "camera.pan"]
    assert session.world.size == 1 + HANDFUL
