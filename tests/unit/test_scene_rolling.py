"""Stripes turn as balls roll."""

import numpy as np
import numpy.typing as npt
import pytest

from game import commands
from game.scene.frame import Stage
from game.scene.rolling import MOST_STRIPES, Stripes, turn
from game.session import Experiment, Session

Points = npt.NDArray[np.float64]

SIZE = (320, 180)


def rolled(pole: Points, way: Points) -> Points:
    """A pole ``(3,)`` after a ball has rolled ``way (2,)``, in radii: Rodrigues' formula about the axis across."""
    angle = float(np.hypot(*way))
    if angle == 0:
        return pole
    axis = np.array([-way[1], way[0], 0]) / angle
    return np.asarray(
        pole * np.cos(angle)
        + np.cross(axis, pole) * np.sin(angle)
        + axis * (axis @ pole) * (1 - np.cos(angle))
    )


@pytest.mark.parametrize("name", ["himmelblau", "six-hump-camel"])
def test_stripes_turn_as_rigid_balls_roll_on_the_drawn_map(name: str) -> None:
    session, stage = Session(Experiment(name, ("momentum", "adam"), balls=12), commands.apply), Stage()
    frame = stage.build_frame(session, SIZE)
    assert frame.poles is not None
    wanted = frame.poles.astype(float)
    at = frame.terrain.to_scene(frame.previous)[:2].astype(float)
    turned = np.zeros(12)
    for _ in range(60):
        session.advance(1)
        frame = stage.build_frame(session, SIZE)
        now = frame.terrain.to_scene(frame.previous)[:2].astype(float)
        way = (now - at) / frame.radius
        wanted = np.stack([rolled(wanted[:, k], way[:, k]) for k in range(12)], axis=1)
        turned += np.hypot(*way)
        at = now
    assert np.median(turned) > 1, "balls should have rolled"
    assert frame.poles is not None
    np.testing.assert_allclose(frame.poles, wanted, atol=2e-3)


def test_steps_that_nobody_drew_count_too() -> None:
    # On a bowl the way down is straight.
    experiment = Experiment("bowl", balls=20, start="grid")
    poles = []
    for stride in (1, 30):
        session, stage = Session(experiment, commands.apply), Stage()
        stage.build_frame(session, SIZE)
        for _ in range(30 // stride):
            session.advance(stride)
            frame = stage.build_frame(session, SIZE)
        assert frame.poles is not None
        poles.append(frame.poles)
    assert np.abs(poles[0] - Stripes(20).poles).max() > 1
    np.testing.assert_allclose(poles[0], poles[1], atol=1e-3)


@pytest.mark.parametrize("heading", [0.0, 1.0, 2.5, -1.5])
def test_after_a_whole_turn_it_looks_as_before_and_not_after_a_part(heading: float) -> None:
    poles = Stripes(200).poles
    step = 2 * np.pi / 32 * np.array([[np.cos(heading)], [np.sin(heading)]])
    turned = poles
    for k in range(1, 33):
        turned = turn(turned, np.repeat(step, 200, axis=1).astype(np.float32))
        if k in (4, 8, 12, 20):
            assert np.abs(turned - poles).max() > 0.5
    np.testing.assert_allclose(turned, poles, atol=1e-5)
    # Half a turn takes what is on top to the bottom.
    half = turn(poles, np.repeat(16 * step, 200, axis=1).astype(np.float32))
    np.testing.assert_allclose(half[2], -poles[2], atol=1e-5)


def test_poles_stay_unit_vectors_however_long_balls_roll() -> None:
    rng = np.random.default_rng(0)
    poles = Stripes(50).poles
    for _ in range(3_000):
        poles = turn(poles, rng.normal(size=(2, 50)).astype(np.float32))
    np.testing.assert_allclose(np.linalg.norm(poles, axis=0), 1, atol=1e-6)
    np.testing.assert_array_equal(turn(poles, np.zeros((2, 50), np.float32)).round(5), poles.round(5))


def test_stripes_face_all_ways() -> None:
    poles = Stripes(2_000).poles
    np.testing.assert_allclose(np.linalg.norm(poles, axis=0), 1, atol=1e-6)
    # A pole and its opposite are the same stripe: even over half of the sphere.
    np.testing.assert_allclose(poles.mean(axis=1), [0, 0, 0.5], atol=0.02)


def test_crowds_are_plain_and_what_rests_is_not_sent_again() -> None:
    crowd = Session(Experiment("bowl", balls=MOST_STRIPES + 1), commands.apply)
    assert Stage().build_frame(crowd, SIZE).poles is None
    session, stage = Session(Experiment("bowl", balls=9), commands.apply), Stage()
    session.advance(3)
    first = stage.build_frame(session, SIZE)
    assert stage.build_frame(session, SIZE).poles is first.poles
    session.advance(1)
    assert stage.build_frame(session, SIZE).poles is not first.poles
