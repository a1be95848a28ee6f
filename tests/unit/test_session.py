from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game import commands
from game.session import (
    CENSUS_TICKS,
    HISTORY,
    LONGEST_FRAME_S,
    MESSAGE_S,
    TICKS_PER_SECOND,
    Experiment,
    LossHistory,
    Session,
)
from game.simulation import World
from landscapes import InputError

SCRIPT = (
    (0, "optimizer.select momentum"),
    (30, "lr.decades 0.3"),
    (60, "optimizer.select adam"),
    (90, "momentum.step -1"),
)
"""Lines and the ticks at which they are due."""
END = 120


def start(**experiment: object) -> Session:
    fields: dict[str, object] = {"landscape": "himmelblau", "balls": 100, "noise": 0.2, **experiment}
    return Session(Experiment(**fields), commands.apply)  # type: ignore[arg-type]


def play(session: Session, elapsed: Iterator[float]) -> None:
    """Submit the script's lines when they are due, and let time pass until the end."""
    waiting = list(SCRIPT)
    while session.world.tick < END:
        while waiting and waiting[0][0] <= session.world.tick:
            session.submit(waiting.pop(0)[1])
        session.tick(next(elapsed))


def forever(seconds: float) -> Iterator[float]:
    while True:
        yield seconds


@pytest.fixture(scope="module")
def reference() -> Session:
    session = start()
    play(session, forever(1 / 60))
    return session


@pytest.mark.parametrize("rate", [12, 20, 30, 120, 144, 1000])
def test_the_frame_rate_does_not_reach_the_world(rate: int, reference: Session) -> None:
    session = start()
    play(session, forever(1 / rate))
    assert session.world.digest() == reference.world.digest()
    assert session.log == reference.log == [*SCRIPT]


@given(seed=st.integers(0, 1_000))
@settings(max_examples=5, deadline=None)
def test_irregular_frames_do_not_reach_the_world(seed: int, reference: Session) -> None:
    rng, session = np.random.default_rng(seed), start()
    play(session, (float(seconds) for seconds in iter(lambda: rng.uniform(0, 1 / 60), None)))
    assert session.world.digest() == reference.world.digest()


def test_the_seed_reaches_the_world(reference: Session) -> None:
    session = start(seed=1)
    play(session, forever(1 / 60))
    assert session.world.digest() != reference.world.digest()


@pytest.mark.parametrize("speed", [0.1, 0.25, 1.0, 5.0, 100.0])
@pytest.mark.parametrize("rate", [24, 30, 60])
def test_a_second_is_worth_as_many_steps_as_the_speed_says(speed: float, rate: int) -> None:
    session = start(balls=2)
    session.execute(f"speed.set {speed}")
    for _ in range(rate):
        session.tick(1 / rate)
    assert session.world.tick == TICKS_PER_SECOND * speed


def test_balls_glide_between_steps() -> None:
    session = start()
    session.execute("speed.set 0.25")
    alphas = []
    for _ in range(8):
        session.tick(1 / 60)
        alphas.append(session.alpha)
    np.testing.assert_allclose(alphas, [0.25, 0.5, 0.75, 0, 0.25, 0.5, 0.75, 0], atol=1e-6)
    assert session.world.tick == 2


def test_a_hitch_does_not_pile_up_steps() -> None:
    session = start()
    session.tick(60.0)
    assert session.world.tick == round(LONGEST_FRAME_S * TICKS_PER_SECOND)
    session.tick(1 / 60)
    assert session.world.tick == round(LONGEST_FRAME_S * TICKS_PER_SECOND) + 1


def test_pause_stops_the_world_and_nothing_else() -> None:
    session = start()
    session.tick(0.05)
    session.submit("play.pause")
    before, azimuth = session.world.tick, session.camera.pose.azimuth
    for _ in range(30):
        session.tick(1 / 60)
    assert session.world.tick == before
    assert session.alpha == 1.0
    assert session.camera.pose.azimuth > azimuth
    session.submit("play.step 1")
    session.tick(1 / 60)
    assert session.world.tick == before + 1
    session.submit("play.pause")
    session.tick(1 / 60)
    assert session.world.tick == before + 2


def test_lines_wait_for_the_tick_and_keep_their_order() -> None:
    session = start()
    session.submit("lr.set 0.5")
    session.submit("lr.set 0.25")
    assert session.log == []
    session.tick(1 / 60)
    assert session.log == [(0, "lr.set 0.5"), (0, "lr.set 0.25")]
    assert session.world.swarms[0].lr == 0.25


def test_a_bad_line_becomes_a_message_and_the_next_one_is_still_applied() -> None:
    session = start()
    session.submit("lr.set nonsense")
    session.submit("panel.toggle")
    session.tick(1 / 60)
    assert "must be a number" in session.message
    assert not session.view.panel
    assert session.log == [(0, "panel.toggle")]


def test_messages_vanish() -> None:
    session = start(balls=2)
    session.say("one")
    session.tick(MESSAGE_S - 0.1)
    assert session.message == "one"
    session.say("two")
    session.tick(MESSAGE_S - 0.1)
    assert session.message == "two"
    session.tick(0.2)
    assert session.message == ""


@pytest.mark.parametrize(
    "change", [{"balls": 0}, {"landscape": "nowhere"}, {"optimizers": ("nothing",)}, {"lr": -1.0}]
)
def test_the_old_world_stays_if_the_new_one_cannot_be_made(change: dict[str, Any]) -> None:
    session = start()
    world, experiment, history = session.world, session.experiment, session.history
    with pytest.raises(InputError):
        session.change(**change)
    assert (session.world, session.experiment, session.history) == (world, experiment, history)
    session.tick(1 / 60)


@pytest.mark.parametrize("steps", [1, 7, 64, 200])
def test_counts_and_census_are_those_of_the_world(steps: int) -> None:
    session = start(balls=500)
    session.advance(steps)
    session.advance(-session.world.tick % CENSUS_TICKS)
    assert session.counts == session.world.counts()
    assert session.census == session.world.census()
    assert sum(session.counts.values()) == 500


@pytest.mark.parametrize("cut", [1, 4, 50])
def test_the_history_thins_out_as_it_grows(cut: int) -> None:
    session = start(balls=4)
    ticks = 4_000
    for _ in range(ticks // cut):
        session.advance(cut)
    history = session.history
    assert HISTORY / 4 < len(history.ticks) < HISTORY
    assert len(history.ticks) == len(history.medians) == len(history.bests)
    assert history.ticks[0] == 0
    assert ticks - history.ticks[-1] <= 2 * max(history.stride, CENSUS_TICKS)
    gaps = np.diff(history.ticks)
    # Evenly spread: neither the beginning nor the end is denser.
    assert gaps.min() > 0
    assert gaps.max() <= 2.5 * np.median(gaps)


def test_the_history_is_that_of_every_swarm() -> None:
    world, history = World(start().world.landscape, ["sgd", "adam"], balls=51), LossHistory()
    for _ in range(20):
        history.record(world)
        losses = [world.landscape.value(swarm.position) for swarm in world.swarms]
        last = np.array([np.quantile(loss, 0.5, method="higher") for loss in losses])
        best = np.array([world.landscape.value(swarm.position).min() for swarm in world.swarms])
        np.testing.assert_allclose(history.medians[-1], last, rtol=1e-6)
        np.testing.assert_allclose(history.bests[-1], best, rtol=1e-6)
        world.step(3)
    assert history.ticks == list(range(0, 60, 3))


@pytest.mark.parametrize("name", ["himmelblau", "saddle"])
def test_nothing_lies_below_the_lowest(name: str) -> None:
    session = start(landscape=name)
    for _ in range(10):
        session.advance(20)
        assert session.lowest <= np.nanmin(session.history.bests)
        assert session.lowest <= min((valley.loss for valley in session.census), default=np.inf)


def test_when_all_balls_are_gone_the_game_goes_on() -> None:
    session = start(landscape="saddle", lr=10.0)
    for _ in range(30):
        session.tick(0.1)
    assert session.counts["rolling"] == 0
    assert np.isnan(session.history.medians[-1]).all()
    assert np.isfinite(session.lowest)
