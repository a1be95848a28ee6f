"""Balls that diverge are thrown off the map."""

from pathlib import Path

import numpy as np
import pytest

from game import commands
from game.scene.flight import FLIGHT_TICKS, MOST_FLIGHTS, NO_FLIGHTS
from game.scene.frame import Frame, Stage
from game.session import Experiment, Session
from game.simulation import Status, World

SIZE = (320, 180)


def play(session: Session, stage: Stage, steps: int) -> Frame:
    """The frame after so many steps, with a frame drawn for each."""
    for _ in range(steps):
        session.advance(1)
        frame = stage.build_frame(session, SIZE)
    return frame


def start(balls: int = 40, **experiment: object) -> tuple[Session, Stage]:
    session = Session(Experiment(balls=balls, **experiment), commands.apply)  # type: ignore[arg-type]
    stage = Stage()
    stage.build_frame(session, SIZE)
    return session, stage


def test_a_rate_that_is_too_large_throws_all_balls_off_through_the_middle() -> None:
    session, stage = start(landscape="bowl", lr=5.0)
    places = session.world.positions
    frame = play(session, stage, 1)
    flights = frame.flights
    start_at = frame.terrain.to_scene(places)
    # Whose step was longer than the map is wide; the others lie beside it, and follow.
    step = np.hypot(*(session.world.positions - places))
    assert set(flights.balls) == set(np.flatnonzero(step > session.world.landscape.extent))
    np.testing.assert_allclose(flights.launches[:, :2], start_at[:2, flights.balls].T, atol=1e-6)
    np.testing.assert_allclose(flights.launches[:, 2], start_at[2, flights.balls] + frame.radius, atol=1e-6)
    across = -start_at[:2, flights.balls] / np.hypot(*start_at[:2, flights.balls])
    np.testing.assert_allclose(flights.launches[:, 3:5], across.T, atol=1e-3)
    assert (flights.launches[:, 5] == 0).all()
    frame = play(session, stage, 7)
    assert sorted(frame.flights.balls) == list(range(40))
    assert frame.positions.shape == (2, 0)
    assert frame.shadows.max() == 0
    assert (session.world.status == Status.ROLLING).all(), "no sweep has looked yet"
    assert session.counts["diverged"] == 40, "but what is counted is what is seen"
    frame = play(session, stage, FLIGHT_TICKS)
    assert session.world.counts()["diverged"] == 40
    assert frame.flights.balls.size == 0
    assert frame.positions.shape == (2, 0)


@pytest.mark.parametrize(
    ("name", "lr"), [("rosenbrock", 0.05), ("himmelblau", 0.2), ("bowl", 1e30), ("booth", 1e38)]
)
def test_launches_are_finite_and_on_the_map_whatever_the_numbers_are(name: str, lr: float) -> None:
    session, stage = start(landscape=name, lr=lr)
    frame = play(session, stage, 12)
    launches = frame.flights.launches
    assert len(launches) == 40
    assert np.isfinite(launches).all()
    np.testing.assert_allclose(np.hypot(*launches[:, 3:5].T), 1, atol=1e-5)
    assert (np.abs(launches[:, :2]) <= np.array(frame.terrain.half_size) + 1e-6).all()


def test_others_roll_on_as_if_nothing_had_happened() -> None:
    session, stage = start(60, landscape="bowl", lr=(1e-3, 20.0))
    frame = play(session, stage, 40)
    world = session.world
    gone = world.status == Status.DIVERGED
    assert 10 < gone.sum() < 50
    assert frame.numbers is not None
    np.testing.assert_array_equal(frame.numbers, np.flatnonzero(~gone))
    np.testing.assert_array_equal(frame.positions, world.positions[:, ~gone])
    np.testing.assert_array_equal(frame.status, world.status[~gone])
    assert frame.colour_index.shape == frame.status.shape
    assert frame.poles is not None
    assert frame.poles.shape == (3, frame.status.size)
    # Who is looked into is still the same ball.
    session.execute(f"ball.select {int(np.flatnonzero(~gone)[-1])}")
    place = stage.build_frame(session, SIZE).selected
    assert place == (~gone).sum() - 1
    session.execute(f"ball.select {int(np.flatnonzero(gone)[0])}")
    assert stage.build_frame(session, SIZE).selected is None


def test_who_rolls_over_the_edge_is_not_thrown() -> None:
    session, stage = start(200, landscape="saddle", lr=0.02)
    frame = play(session, stage, 70)
    assert session.world.counts()["escaped"] > 20
    assert frame.flights is NO_FLIGHTS
    assert frame.numbers is None


def test_who_comes_back_is_on_the_map_again() -> None:
    session, stage = start(landscape="bowl", lr=3.0)
    frame = play(session, stage, 2)
    thrown = frame.flights.balls
    assert thrown.size > 20
    # A rate of one half takes a ball on a bowl to its middle in one step.
    session.world.swarms[0].lr = 0.5
    frame = play(session, stage, 1)
    assert frame.numbers is None
    assert frame.flights.balls.size == 0
    np.testing.assert_allclose(frame.positions, 0, atol=1e-4)


def test_flights_are_the_same_every_time() -> None:
    frames = []
    for _ in range(2):
        session, stage = start(300, landscape="rosenbrock", optimizers=("sgd", "momentum"), lr=0.01)
        frames.append(play(session, stage, 20))
    for one, other in zip(
        (frames[0].flights.launches, frames[0].flights.colours),
        (frames[1].flights.launches, frames[1].flights.colours),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)
    assert set(frames[0].flights.colours) == {0, 1}


def test_in_the_air_nothing_is_sent_again() -> None:
    session, stage = start(landscape="bowl", lr=5.0)
    first = play(session, stage, 8)
    after = play(session, stage, 1)
    assert after.flights is first.flights
    assert (first.time, after.time) == (8, 9)


def test_a_world_that_comes_from_a_file_does_not_throw_anybody_again(tmp_path: Path) -> None:
    session, stage = start(landscape="bowl", lr=5.0)
    play(session, stage, 40)
    session.world.save(tmp_path / "world.npz")
    session.world = World.load(tmp_path / "world.npz")
    frame = stage.build_frame(session, SIZE)
    assert frame.flights.balls.size == 0
    assert frame.positions.shape == (2, 0)


def test_of_a_crowd_only_some_fly() -> None:
    session, stage = start(MOST_FLIGHTS + 5_000, landscape="bowl", lr=1e6)
    frame = play(session, stage, 2)
    assert MOST_FLIGHTS / 2 <= frame.flights.balls.size <= MOST_FLIGHTS
    assert frame.positions.shape == (2, 0)


def test_the_world_tells_who_strays_before_a_sweep_does() -> None:
    session, _ = start(30, landscape="bowl", optimizers=("sgd", "adam"), lr=5.0)
    world = session.world
    assert world.strays()[0].size == 0
    world.step(6)
    balls, places = world.strays()
    # Adam's steps are never longer than its rate.
    assert balls.tolist() == list(range(15))
    assert (np.hypot(*places) > 1e3 * world.landscape.extent).all()
    world.step(40)
    assert world.strays()[0].tolist() == np.flatnonzero(world.status == Status.DIVERGED).tolist()
