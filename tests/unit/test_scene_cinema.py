"""Cameras that move: between views, in flight, after a ball, and through a film."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import landscapes
from game import commands
from game.scene.camera import CYCLE, SKY, VIEWS, Camera, Guide, Pose, SafeArea
from game.scene.cinema import GUIDES, SHOTS
from game.scene.clearance import CLEARANCE, STEEPEST, lowest_eye, smooth_ground
from game.scene.terrain import Terrain, build_terrain
from game.session import Experiment, Session
from landscapes.errors import InputError

Doubles = npt.NDArray[np.float64]
Act = Callable[[Camera], None]

SIZE = (1280, 720)
WHOLE: SafeArea = (0.0, 0.0, 1.0, 1.0)
FRAME_S = 1 / 60
FARTHEST = 0.3
"""Scene units that an eye goes in a frame: across the whole sky, 9 of them, in half a second."""
WIDEST = 8.0
"""Degrees that a picture turns in a frame: half a turn takes half a second at least."""
HOLED = "sin(2*x)*cos(2*y) + 0.2*log(x**2 + y**2 - 3)"
GROUNDS = ["valleys", "bowl", "ackley", "eggholder", HOLED]


@cache
def terrain_of(name: str) -> Terrain:
    return build_terrain(landscapes.get(name))


def start(landscape: str = "valleys", *lines: str, **fields: object) -> Session:
    session = Session(Experiment(landscape, **{"balls": 300, **fields}), commands.apply)  # type: ignore[arg-type]
    for line in lines:
        session.execute(line)
    return session


def eye_and_turn(camera: Camera, terrain: Terrain) -> tuple[Doubles, Doubles]:
    view, projection, eye = camera.matrices(terrain, SIZE, WHOLE)
    assert np.isfinite(projection).all()
    return eye.astype(float), view[:3, :3].astype(float)


def degrees_between(one: Doubles, other: Doubles) -> float:
    cosine = (np.trace(one.T @ other) - 1) / 2
    return math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))


def assert_over_ground(eye: Doubles, terrain: Terrain) -> None:
    assert eye[2] > terrain.floor
    share = (eye[:2] / terrain.half_size + 1) / 2
    if ((share >= 0) & (share <= 1)).all():
        assert eye[2] > terrain.height(share[:, None])[0] + 0.5 * CLEARANCE


def lead_to(x: float, y: float) -> Guide:
    return lambda goal, _: Pose(goal.azimuth, goal.elevation, goal.zoom, x, y, 0.0, goal.grounded)


UNIT = st.floats(-1, 1)
LOOKS: list[st.SearchStrategy[Act]] = [
    st.sampled_from([view.name for view in VIEWS]).map(lambda name: lambda c: c.look(name)),
    st.builds(lambda x, y: lambda c: c.look("follow", lead_to(x, y)), UNIT, UNIT),
    st.builds(lambda x, y, z: lambda c: c.thrust(x, y, z), UNIT, UNIT, UNIT),
    st.just(lambda c: c.glide()),
]
HANDS: list[st.SearchStrategy[Act]] = [
    st.builds(lambda a, e: lambda c: c.orbit(a, e), st.floats(-500, 500), st.floats(-200, 200)),
    st.builds(lambda x, y: lambda c: c.pan(x, y), st.floats(-3, 3), st.floats(-3, 3)),
    st.floats(0.01, 100).map(lambda factor: lambda c: c.zoom(factor)),
]
CALM_HANDS: list[st.SearchStrategy[Act]] = [
    st.builds(lambda a, e: lambda c: c.orbit(a, e), st.floats(-4, 4), st.floats(-4, 4)),
    st.floats(0.9, 1.1).map(lambda factor: lambda c: c.zoom(factor)),
]


@given(
    acts=st.lists(st.tuples(st.one_of(LOOKS + HANDS), st.integers(1, 25)), max_size=8),
    name=st.sampled_from(GROUNDS),
)
@settings(max_examples=40, deadline=None)
def test_no_input_takes_the_eye_under_the_ground(acts: list[tuple[Act, int]], name: str) -> None:
    camera, terrain = Camera(), terrain_of(name)
    for act, frames in acts:
        act(camera)
        for _ in range(frames):
            camera.advance(3 * FRAME_S)
            assert_over_ground(eye_and_turn(camera, terrain)[0], terrain)


@given(
    acts=st.lists(st.tuples(st.one_of(LOOKS + CALM_HANDS), st.integers(1, 60)), max_size=8),
    name=st.sampled_from(GROUNDS),
)
@settings(max_examples=40, deadline=None)
def test_no_change_of_view_is_a_jump(acts: list[tuple[Act, int]], name: str) -> None:
    camera, terrain = Camera(), terrain_of(name)
    eye, turn = eye_and_turn(camera, terrain)
    for act, frames in acts:
        act(camera)
        for _ in range(frames):
            camera.advance(FRAME_S)
            before, turned = eye, turn
            eye, turn = eye_and_turn(camera, terrain)
            assert np.linalg.norm(eye - before) < FARTHEST
            assert degrees_between(turned, turn) < WIDEST


@pytest.mark.parametrize("name", [view.name for view in VIEWS])
@pytest.mark.parametrize("azimuth", [-400.0, -52.0, 100.0])
def test_a_change_of_view_starts_gently_and_is_over_within_two_seconds(name: str, azimuth: float) -> None:
    pose, terrain = Pose(azimuth=azimuth, elevation=20), terrain_of("valleys")
    camera = Camera(pose, pose, drifting=False)
    camera.look(name)
    camera.drifting = False
    eyes = [eye_and_turn(camera, terrain)[0]]
    for _ in range(180):
        camera.advance(FRAME_S)
        eyes.append(eye_and_turn(camera, terrain)[0])
    steps = np.linalg.norm(np.diff(eyes, axis=0), axis=1)
    assert steps[0] < 0.2 * steps.max() + 1e-9
    assert abs(camera.pose.azimuth - azimuth) <= 180
    if name != "cinema":
        assert steps[120:].max() < 1e-3


@pytest.mark.parametrize("name", ["cinema", "follow", "fly"])
def test_views_without_a_direction_of_their_own_do_not_turn(name: str) -> None:
    camera = Camera(pose=Pose(azimuth=321.0), goal=Pose(azimuth=321.0))
    camera.look(name)
    assert camera.goal.azimuth == 321.0


@pytest.mark.parametrize("name", GROUNDS)
def test_bounds_of_the_ground_are_bounds_and_nowhere_too_steep(name: str) -> None:
    terrain = terrain_of(name)
    xy = np.random.default_rng(0).uniform(-1.4, 1.4, (400, 2)) * terrain.half_size
    lows = np.array([lowest_eye(terrain, at) for at in xy])
    grounds = np.array([smooth_ground(terrain, at) for at in xy])
    true = terrain.height(((xy / terrain.half_size + 1) / 2).T)
    on_slab = (np.abs(xy) <= terrain.half_size).all(axis=1)
    assert (lows - true)[on_slab].min() > CLEARANCE - 1e-6
    assert (lows > terrain.floor).all()
    step = np.array([0.003, -0.002])
    for values, height in ((lows, lowest_eye), (grounds, smooth_ground)):
        changes = [height(terrain, at + step) - value for at, value in zip(xy, values, strict=True)]
        assert np.abs(changes).max() <= STEEPEST * (np.abs(step).sum() + np.linalg.norm(step)) + 1e-9
    if name in ("bowl", "valleys"):
        # Where it is not steep, it is the ground.
        assert np.abs(grounds - true)[on_slab].max() < 0.02


# A drag that is let go


def drag(camera: Camera, degrees: float) -> None:
    for _ in range(60):
        camera.orbit(degrees, 0)
        camera.advance(FRAME_S)


@pytest.mark.parametrize("degrees", [-6.0, -1.0, 0.5, 4.0])
@pytest.mark.parametrize("rate", [30, 60, 144])
def test_a_camera_let_go_glides_on_and_rests_within_a_second(degrees: float, rate: int) -> None:
    camera = Camera()
    drag(camera, degrees)
    held, turned = Camera(camera.pose, camera.goal, drifting=False), camera.pose.azimuth
    camera.glide()
    azimuths = [turned]
    for _ in range(rate):
        camera.advance(1 / rate)
        held.advance(1 / rate)
        azimuths.append(camera.pose.azimuth)
    steps = np.diff(azimuths) * rate * np.sign(degrees)
    assert (steps > -1e-9).all(), "on, and never back"
    # The way of a pace that falls evenly to nothing.
    assert camera.pose.azimuth - held.pose.azimuth == pytest.approx(60 * degrees * 0.35, rel=0.12)
    assert (np.diff(steps[2:]) < 1e-6).all(), "slower and slower"
    assert steps[-1] < 0.04 * 60 * abs(degrees)
    assert not camera.gliding


def test_who_stops_before_letting_go_wants_no_glide() -> None:
    camera = Camera()
    drag(camera, 4.0)
    for _ in range(30):
        camera.advance(FRAME_S)
    rest = camera.goal.azimuth
    camera.glide()
    for _ in range(60):
        camera.advance(FRAME_S)
    assert camera.goal.azimuth == pytest.approx(rest, abs=0.1)


def test_a_hand_stops_the_glide() -> None:
    camera = Camera()
    drag(camera, 4.0)
    camera.glide()
    camera.advance(FRAME_S)
    camera.orbit(0.0, 0.0)
    goal = camera.goal
    for _ in range(60):
        camera.advance(FRAME_S)
    assert camera.goal == goal


# Flight


def settle_in_flight(name: str) -> tuple[Camera, Terrain]:
    camera, terrain = Camera(), terrain_of(name)
    camera.look("fly")
    for _ in range(180):
        camera.advance(FRAME_S)
    return camera, terrain


@pytest.mark.parametrize(
    ("thrust", "way"),
    [((1, 0, 0), 0), ((-1, 0, 0), 0), ((0, 1, 0), 2), ((0, -1, 0), 2), ((0, 0, 1), 1), ((0, 0, -1), 1)],
)
def test_keys_fly_as_they_are_seen(thrust: tuple[int, int, int], way: int) -> None:
    camera, terrain = settle_in_flight("bowl")
    camera.orbit(0, -camera.goal.elevation)  # to the horizon
    for _ in range(120):
        camera.advance(FRAME_S)
    before, turn = eye_and_turn(camera, terrain)
    camera.thrust(*thrust)
    for _ in range(30):
        camera.advance(FRAME_S)
    moved = (eye_and_turn(camera, terrain)[0] - before) @ turn
    # The camera's own axes: right, up, and back.
    wanted = np.zeros(3)
    wanted[way] = sum(thrust) * (-1 if way == 2 else 1)
    assert moved @ wanted > 0.99 * np.linalg.norm(moved) > 0.05


def test_in_flight_the_head_turns_on_the_spot_and_looks_where_it_was_turned() -> None:
    camera, terrain = settle_in_flight("valleys")
    eye, turn = eye_and_turn(camera, terrain)
    camera.orbit(-30, -20)
    for _ in range(120):
        camera.advance(FRAME_S)
    after, turned = eye_and_turn(camera, terrain)
    np.testing.assert_allclose(after, eye, atol=1e-5)
    ahead = -turned[:, 2] @ turn
    assert ahead[0] > 0.3, "to the right"
    assert ahead[1] > 0.2, "and up"


def test_the_wheel_sets_the_speed_of_flight_and_nothing_else() -> None:
    ways = []
    for factor in (1.0, 2.0):
        camera, terrain = settle_in_flight("bowl")
        camera.zoom(factor)
        before = eye_and_turn(camera, terrain)[0]
        camera.thrust(0, 1, 0)
        for _ in range(30):
            camera.advance(FRAME_S)
        ways.append(float(np.linalg.norm(eye_and_turn(camera, terrain)[0] - before)))
    assert ways[1] == pytest.approx(2 * ways[0], rel=1e-3)


@pytest.mark.parametrize("name", GROUNDS)
def test_a_dive_ends_over_the_ground_and_a_climb_in_the_sky(name: str) -> None:
    camera, terrain = settle_in_flight(name)
    camera.thrust(0, 1, -1)
    for _ in range(600):
        camera.advance(FRAME_S)
        assert_over_ground(eye_and_turn(camera, terrain)[0], terrain)
    camera.thrust(0, 0, 1)
    for _ in range(600):
        camera.advance(FRAME_S)
    eye = eye_and_turn(camera, terrain)[0]
    assert eye[2] > 2
    assert np.abs(eye).max() < 2 * SKY


# Following a ball


def place_in_picture(session: Session, terrain: Terrain, xy: Doubles) -> tuple[float, float]:
    """Shares of the window from its middle, 1 at the border."""
    view, projection, _ = session.camera.matrices(terrain, SIZE, WHOLE)
    x, y, _, w = np.append(terrain.to_scene(xy[:, None])[:, 0], 1.0) @ view.astype(float) @ projection
    return x / w, y / w


@pytest.mark.parametrize("landscape", ["valleys", "rastrigin", "himmelblau", "breast-cancer"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("ball", [0, 25])
def test_a_followed_ball_stays_in_the_middle_third(landscape: str, optimizer: str, ball: int) -> None:
    session = start(landscape, "speed.set 0.5", optimizers=(optimizer,), balls=40)
    terrain = terrain_of(landscape)
    session.execute(f"ball.select {ball}")
    session.execute("camera.follow selected")
    for frame in range(240):
        session.tick(FRAME_S)
        if frame < 75:
            continue
        world = session.world
        glided = world.previous[:, ball] + session.alpha * (world.positions - world.previous)[:, ball]
        x, y = place_in_picture(session, terrain, glided)
        assert max(abs(x), abs(y)) < 1 / 3


def test_a_fast_ball_is_not_outrun_by_more_than_a_third_of_the_picture() -> None:
    camera, terrain, clock = Camera(), terrain_of("bowl"), iter(range(10_000))

    def circle(goal: Pose, _seconds: float) -> Pose:
        angle = 5.0 * next(clock) * FRAME_S
        return replace(goal, x=0.6 * math.cos(angle), y=0.6 * math.sin(angle))

    camera.look("follow", circle)
    for frame in range(240):
        camera.advance(FRAME_S)
        view, projection, _ = camera.matrices(terrain, SIZE, WHOLE)
        xy = np.array([camera.goal.x, camera.goal.y])
        at = np.array([*xy, terrain.height((xy[:, None] + 1) / 2)[0], 1.0])
        x, y, _, w = at @ view.astype(float) @ projection
        if frame >= 75:
            assert max(abs(x / w), abs(y / w)) < 1 / 3


def test_a_ball_that_is_no_longer_selected_leaves_the_camera_where_it_is() -> None:
    session = start("valleys", "ball.select 7", "camera.follow selected")
    for _ in range(90):
        session.tick(FRAME_S)
    session.execute("ball.select none")
    before = session.camera.goal
    session.tick(FRAME_S)
    assert (session.camera.view, session.camera.drifting, session.camera.goal) == ("orbit", False, before)


def test_the_leader_of_a_team_is_the_ball_with_its_lowest_loss() -> None:
    session = start("valleys", "play.step 20", optimizers=("sgd", "adam", "lion"))
    for team in (1, 2, 3):
        session.execute(f"camera.follow {team}")
        for _ in range(180):
            session.tick(FRAME_S)
        losses = session.world.losses[100 * (team - 1) : 100 * team]
        xy = session.world.positions[:, 100 * (team - 1) + int(losses.argmin())]
        at = terrain_of("valleys").to_scene(xy[:, None])[:, 0]
        assert (session.camera.pose.x, session.camera.pose.y) == pytest.approx(at[:2], abs=0.01)


def test_turning_and_zooming_keep_the_ball_and_shifting_lets_it_go() -> None:
    session = start("valleys", "ball.select 7", "camera.follow selected")
    session.tick(FRAME_S)
    for line in ("camera.orbit 20 5", "camera.zoom 1.2"):
        session.execute(line)
        session.tick(FRAME_S)
        assert session.camera.view == "follow"
    session.execute("camera.pan 0.1 0.1")
    session.tick(FRAME_S)
    assert session.camera.view == "orbit"
    assert not session.camera.drifting


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("camera.follow selected", "no ball is selected to follow: click one, or press tab"),
        ("camera.look follow", "no ball is selected"),
        ("camera.follow 2", "the team must be from 1 to 1, or selected, not 2"),
        ("camera.follow adam", "the team (or selected) must be a number"),
        ("camera.thrust 0 up 0", "ahead must be a number"),
    ],
)
def test_whom_one_cannot_follow_changes_nothing(line: str, words: str) -> None:
    session = start()
    goal = session.camera.goal
    with pytest.raises(InputError, match="number" if "number" in words else "ball|team") as caught:
        session.execute(line)
    assert words in str(caught.value)
    assert (session.camera.view, session.camera.goal) == ("orbit", goal)


def test_the_camera_key_goes_around_and_leads_back_from_cameras_with_keys_of_their_own() -> None:
    session = start("valleys", "ball.select 3")
    seen = []
    for _ in CYCLE:
        session.execute("camera.cycle 1")
        seen.append(session.camera.view)
    assert seen == [*CYCLE[1:], CYCLE[0]]
    for line in ("camera.follow selected", "camera.fly"):
        session.execute(line)
        session.execute("camera.cycle 1")
        assert session.camera.view == "orbit"


# The film


def film(landscape: str, seconds: float, **fields: object) -> list[tuple[Pose, Doubles, Doubles]]:
    session, terrain = start(landscape, "camera.look cinema", **fields), terrain_of(landscape)
    frames = []
    for _ in range(round(30 * seconds)):
        session.tick(1 / 30)
        frames.append((session.camera.pose, *eye_and_turn(session.camera, terrain)))
    return frames


@pytest.mark.parametrize("landscape", ["valleys", "rastrigin", "breast-cancer", HOLED])
def test_a_film_is_smooth_over_ground_and_the_same_every_time(landscape: str) -> None:
    frames = film(landscape, 30, optimizers=("sgd", "adam"), balls=100)
    for _, eye, _ in frames:
        assert_over_ground(eye, terrain_of(landscape))
    for (_, eye, turn), (_, after, turned) in pairwise(frames):
        assert np.linalg.norm(after - eye) < FARTHEST
        assert degrees_between(turn, turned) < 2.5
    again = film(landscape, 10, optimizers=("sgd", "adam"), balls=100)
    assert [pose for pose, _, _ in again] == [pose for pose, _, _ in frames[: len(again)]]


@pytest.mark.parametrize("landscape", ["valleys", "rastrigin", "six-hump-camel"])
def test_a_film_shows_the_deepest_valley_from_near_and_the_whole_again(landscape: str) -> None:
    session, terrain = start(landscape, "camera.look cinema", balls=100), terrain_of(landscape)
    valley = session.census[0]
    near, whole = [], []
    for frame in range(30 * 26):
        session.tick(1 / 30)
        x, y = place_in_picture(session, terrain, np.array([valley.x, valley.y]))
        near.append(max(abs(x), abs(y)) < 0.1 and session.camera.pose.zoom > 1.6)
        whole.append(frame > 30 * 10 and session.camera.pose.zoom < 1.25)
    assert sum(near) > 30 * 3
    assert any(whole)


def test_a_film_goes_where_most_balls_move() -> None:
    session = start("bowl", "camera.look cinema", start="gaussian:1.5,-2,0.2", balls=100, lr=1e-3)
    for _ in range(60 * 8):
        session.tick(FRAME_S)
    x, y = place_in_picture(session, terrain_of("bowl"), session.world.positions.mean(axis=1).astype(float))
    assert max(abs(x), abs(y)) < 0.25
    assert session.camera.pose.zoom > 2


@pytest.mark.parametrize("line", ["camera.orbit 5 0", "camera.zoom 1.1", "camera.pan 0.1 0"])
def test_a_hand_takes_the_camera_from_the_film(line: str) -> None:
    session = start("valleys", "camera.look cinema")
    for _ in range(180):
        session.tick(FRAME_S)
    session.execute(line)
    goal = session.camera.goal
    for _ in range(180):
        session.tick(FRAME_S)
    assert session.camera.view == "orbit"
    assert session.camera.goal == goal


def test_a_film_survives_another_landscape_and_a_release_in_every_shot() -> None:
    session = start("valleys", "camera.look cinema")
    for _ in SHOTS:
        for line in ("balls.release", "landscape.cycle 1"):
            session.execute(line)
            for _ in range(60 * 3):
                session.tick(FRAME_S)
            pose = session.camera.pose
            assert all(math.isfinite(getattr(pose, name)) for name in Pose.__dataclass_fields__)
            assert session.camera.view == "cinema"


def test_a_film_of_resting_balls_is_of_the_whole_and_the_deepest_valley() -> None:
    session = start("valleys", "play.step 3000", "camera.look cinema", balls=50)
    zooms = []
    for _ in range(30 * 24):
        session.tick(1 / 30)
        zooms.append(session.camera.goal.zoom)
    cuts = np.flatnonzero(np.abs(np.diff(zooms)) > 0.2)
    shots = [SHOTS[k].seconds for k in (0, 2, 0, 2)]
    np.testing.assert_allclose((cuts + 2) / 30, np.cumsum(shots)[: len(cuts)], atol=0.07)
    assert len(cuts) == 4


def test_every_guided_view_is_a_view() -> None:
    names = [view.name for view in VIEWS]
    assert set(GUIDES) < set(names)
    assert set(CYCLE) < set(names)
