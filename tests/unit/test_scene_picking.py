"""Picking: a click finds the ball that is drawn there."""

import dataclasses

import numpy as np
import pytest

from game import commands
from game.scene.frame import Stage
from game.scene.picking import find_ball, find_ground, project_balls, project_points
from game.session import Experiment, Session

SIZE = (640, 360)


def start(**experiment: object) -> Session:
    fields: dict[str, object] = {"landscape": "himmelblau", "balls": 60, **experiment}
    session = Session(Experiment(**fields), commands.apply)  # type: ignore[arg-type]
    session.advance(20)
    return session


@pytest.mark.parametrize("space", ["map", "whole"])
def test_a_click_on_a_ball_finds_it_or_one_in_front_of_it(space: str) -> None:
    session = start(landscape="breast-cancer", space=space)
    frame = Stage().build_frame(session, SIZE)
    across, down, distance = project_balls(frame)
    assert np.isfinite(across).sum() > 50
    exact = 0
    for ball in np.flatnonzero(np.isfinite(across)).tolist():
        found = find_ball(frame, float(across[ball]), float(down[ball]))
        assert found is not None
        assert found == ball or distance[found] < distance[ball]
        exact += found == ball
    assert exact > 30


def test_it_is_where_the_camera_matrix_says() -> None:
    session = start()
    frame = Stage().build_frame(session, SIZE)
    ball = 5
    centre = frame.terrain.to_scene(frame.positions[:, ball : ball + 1])[:, 0]
    centre[2] += frame.radius
    clip = np.append(centre, 1.0) @ frame.view @ frame.projection
    x, y = (clip[:2] / clip[3] * [0.5, -0.5] + 0.5) * SIZE
    assert project_balls(frame)[:2, ball] == pytest.approx([x, y], abs=0.01)


def test_a_click_beside_all_balls_finds_none() -> None:
    frame = Stage().build_frame(start(), SIZE)
    assert find_ball(frame, 2.0, 2.0) is None
    lost = dataclasses.replace(frame, previous=frame.previous + 100, positions=frame.positions + 100)
    assert np.isnan(project_balls(lost)).all()
    assert find_ball(lost, 320.0, 180.0) is None


def test_a_selected_ball_is_looked_into_until_it_is_let_go() -> None:
    session = start(landscape="breast-cancer", optimizers=("adam",))
    assert session.insight is None
    session.execute("ball.next 1")
    session.execute("ball.next 1")
    assert session.view.selected == 1
    first = session.insight
    assert first is not None
    weights = session.world.landscape.weights
    assert weights is not None
    at = session.world.positions[:, 1:2].astype(np.float64)
    assert first.train.loss == pytest.approx(float(weights.value(weights.lift(at))[0]), rel=1e-5)
    assert session.insight is first
    session.advance(12)
    assert session.insight is not first
    session.execute("play.step 1")
    stepped = session.insight
    assert stepped is session.insight
    session.execute("play.step 1")
    assert session.insight is not stepped
    session.execute("sample.next 3")
    assert session.insight is not None
    assert session.insight.sample == 3
    session.execute("ball.next -1")
    session.execute("ball.next -1")
    assert session.view.selected == 59
    session.execute("balls.set 10")
    assert session.view.selected is None
    session.execute("ball.select 4")
    session.execute("app.leave")
    assert session.view.selected is None
    assert not session.view.closing


def test_without_a_network_a_ball_tells_where_it_is() -> None:
    session = start()
    session.execute("ball.select 3")
    assert session.insight is None
    assert session.message.startswith("ball 3 at (")
    session.apply("ball.select 60")
    assert "from 0 to 59" in session.message
    session.apply("sample.next 1")
    assert "no samples" in session.message


def test_waiting_balls_cannot_be_picked() -> None:
    session = start(stream=10_000, balls=200)
    frame = Stage().build_frame(session, SIZE)
    released = frame.positions.shape[1]
    assert 0 < released < 200
    session.execute(f"ball.select {released - 1}")
    assert Stage().build_frame(session, SIZE).selected == released - 1
    session.execute("ball.select 199")
    assert Stage().build_frame(session, SIZE).selected is None


@pytest.mark.parametrize(
    "landscape", ["himmelblau", "rastrigin", "breast-cancer", "x + 3*y; domain=-4,4,-1,1"]
)
@pytest.mark.parametrize("line", ["camera.look orbit", "camera.look low", "camera.look map"])
def test_the_ground_at_a_pixel_is_drawn_at_that_pixel(landscape: str, line: str) -> None:
    session = start(landscape=landscape)
    session.execute(line)
    session.camera.pose = session.camera.goal
    frame = Stage().build_frame(session, SIZE)
    x_min, x_max, y_min, y_max = frame.terrain.domain
    hits = 0
    for x, y in np.random.default_rng(0).uniform(0, SIZE, (200, 2)).tolist():
        at = find_ground(frame, x, y)
        if at is None:
            continue
        hits += 1
        assert x_min <= at[0] <= x_max
        assert y_min <= at[1] <= y_max
        point = frame.terrain.to_scene(np.array([[at[0]], [at[1]]]))
        assert project_points(frame, point)[:2, 0] == pytest.approx([x, y], abs=1.0)
        assert frame.terrain.sees(frame.eye, point + np.array([[0], [0], [0.004]], np.float32)).all()
    assert hits > 20


def test_beside_the_ground_there_is_none() -> None:
    frame = Stage().build_frame(start(landscape="rastrigin"), SIZE)
    assert find_ground(frame, 1.0, 1.0) is None
    assert find_ground(frame, SIZE[0] - 1, SIZE[1] - 1) is None
    # On the wall under the nearest corner of the slab.
    terrain = frame.terrain
    corners = np.array([[-1, 1, -1, 1], [-1, -1, 1, 1]]) * np.array(terrain.half_size)[:, None]
    feet = np.vstack([corners, np.full((1, 4), terrain.floor + 0.03)]).astype(np.float32)
    places = project_points(frame, feet)
    nearest = int(places[2].argmin())
    assert find_ground(frame, *places[:2, nearest].tolist()) is None
    above = np.vstack(
        [0.98 * corners, terrain.height((0.98 * corners / np.array(terrain.half_size)[:, None] + 1) / 2)]
    )
    on_top = project_points(frame, above.astype(np.float32))
    assert find_ground(frame, *on_top[:2, nearest].tolist()) is not None


def test_a_hole_is_no_ground() -> None:
    session = start(landscape="sin(2*x)*cos(2*y) + 0.2*log(x**2 + y**2 - 3)")
    session.execute("camera.look map")
    session.camera.pose = session.camera.goal
    frame = Stage().build_frame(session, SIZE)
    places = np.array([[0.0, 2.5], [0.0, 2.5]])
    hole, ground = project_points(frame, frame.terrain.to_scene(places))[:2].T.tolist()
    assert find_ground(frame, *hole) is None
    assert find_ground(frame, *ground) == pytest.approx((2.5, 2.5), abs=0.02)
