"""Balls that are dropped while others roll: they start afresh, and change nothing for those that were there."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import landscapes
from game import commands
from game.scene.frame import Stage
from game.session import Experiment, Session
from game.simulation import OPTIMIZERS, Status, Swarm, World, find_kept
from game.simulation.drops import SPOT, place_ring, place_spot
from game.simulation.swarm import MOST_DROPS
from landscapes import InputError
from landscapes.landscape import Landscape
from landscapes.sampled import GridField
from tests.unit.surfaces import BOWL, RIDGE

RASTRIGIN = landscapes.get("rastrigin")
PLACES = np.array([[1.0, 2.2, -0.3], [0.5, -1.4, 4.0]])
SIZE = (320, 180)
NAMES = [row.name for row in OPTIMIZERS]

WORLDS: dict[str, dict[str, Any]] = {
    **{row.name: {"optimizer": row.name, "noise": 0.1, "schedule": "cosine"} for row in OPTIMIZERS},
    "race": {"optimizer": ["sgd", "adam", "rprop"], "separate": True, "batch_size": 8},
    "sweep": {"optimizer": "rprop", "lr": (1e-3, 1e-1)},
    "double": {"dtype": np.float64, "settings": {"amsgrad": True, "clip_norm": 2.0, "sam": 0.01}},
    "plateau": {"schedule": "plateau:every=5,patience=1,warmup=20"},
    "stream": {"stream": 70, "border": "reflect"},
}


def start(**experiment: object) -> Session:
    return Session(Experiment(**{"balls": 60, **experiment}), commands.apply)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", WORLDS)
def test_balls_that_were_there_are_not_changed_by_one_bit(name: str) -> None:
    alone, joined = (World(RASTRIGIN, balls=60, **WORLDS[name]) for _ in range(2))
    old = np.arange(60)
    for steps, drops in ((0, 1), (37, 2), (27, 1), (136, 1)):
        alone.step(steps)
        joined.step(steps)
        for _ in range(drops):
            old = joined.drop(PLACES)[old]
    alone.step(5)
    joined.step(5)
    assert joined.size == 60 + 15 * len(joined.swarms)
    for mine, its in zip(alone.swarms, joined.swarms, strict=True):
        _, arrays = mine.save()
        grown = its.save()[1]
        assert arrays.keys() == grown.keys()
        for key, array in arrays.items():
            np.testing.assert_array_equal(grown[key][..., : mine.size], array, err_msg=key)
    np.testing.assert_array_equal(joined.positions[:, old], alone.positions)


@pytest.mark.parametrize("name", [row.name for row in OPTIMIZERS if not row.draws])
def test_newcomers_are_as_old_as_they_are(name: str) -> None:
    world = World(RASTRIGIN, name, balls=10, schedule="one-cycle:total_steps=150")
    fresh = Swarm(RASTRIGIN, name, PLACES, schedule="one-cycle:total_steps=150")
    world.step(64)
    world.drop(PLACES)
    world.step(100)
    fresh.step(100)
    np.testing.assert_array_equal(world.positions[:, 10:], fresh.shown()[0])
    np.testing.assert_array_equal(world.status[10:], fresh.status)


@pytest.mark.parametrize("name", WORLDS)
def test_drops_at_one_moment_are_one_drop(name: str) -> None:
    one, two = (World(RASTRIGIN, balls=60, **WORLDS[name]) for _ in range(2))
    for world in (one, two):
        world.step(21)
    one.drop(PLACES)
    two.drop(PLACES[:, :1])
    two.drop(PLACES[:, 1:])
    for world in (one, two):
        world.step(80)
    assert one.digest() == two.digest()


@pytest.mark.parametrize("name", WORLDS)
def test_a_world_with_newcomers_is_saved_and_goes_on_bit_for_bit(name: str, tmp_path: Path) -> None:
    world = World(RASTRIGIN, balls=60, **WORLDS[name])
    world.watch()
    for steps in (20, 13, 0, 40):
        world.step(steps)
        world.drop(PLACES)
    world.save(tmp_path / "w.npz")
    again = World.load(tmp_path / "w.npz")
    assert again.digest() == world.digest()
    again.step(70)
    world.step(70)
    assert again.digest() == world.digest()
    assert again.standings() == world.standings()


def test_blocks_and_threads_leave_no_trace_of_newcomers() -> None:
    def roll(**cut: Any) -> bytes:
        swarm = Swarm(RASTRIGIN, "adam", np.zeros((2, 40)), noise=0.2, lr=np.full(40, 0.01), **cut)
        for places in (PLACES, np.tile(PLACES, 7), PLACES):
            swarm.step(9)
            swarm.add(places)
            swarm.add(places)
        swarm.step(30)
        return b"".join(swarm.state())

    assert roll(block=5) == roll(block=64) == roll(block=7, threads=3)


def test_in_a_sweep_newcomers_get_the_median_rate() -> None:
    world = World(RASTRIGIN, "sgd", lr=(1e-4, 1e-2), balls=61)
    before = np.asarray(world.swarms[0].lr)
    world.drop(PLACES)
    after = np.asarray(world.swarms[0].lr)
    np.testing.assert_array_equal(after[:61], before)
    np.testing.assert_array_equal(after[61:], np.median(before))
    assert after[-1] == pytest.approx(1e-3)


def test_memory_that_a_setting_has_made_idle_does_not_hinder_newcomers() -> None:
    swarm = Swarm(BOWL, "momentum", PLACES)
    swarm.step(3)
    swarm.set("momentum", 0.0)
    swarm.add(PLACES)
    swarm.set("momentum", 0.9)
    swarm.step(200)
    assert np.abs(swarm.position).max() < 1
    assert swarm.slots["momentum_buffer"].shape == (2, 6)


def test_whole_networks_join_until_there_are_too_many() -> None:
    world = World(landscapes.get("xor"), balls=4095, space="whole")
    x_min, x_max, y_min, y_max = world.landscape.domain
    middle = np.array([[x_min + x_max], [y_min + y_max]]) / 2
    world.drop(middle)
    np.testing.assert_allclose(world.positions[:, -1:], middle, atol=1e-4)
    with pytest.raises(InputError, match=r"^4,097 balls are too many for space 'whole': at most 4,096$"):
        world.drop(middle)
    assert world.size == 4096


def test_too_many_ages_are_refused_in_a_line_and_a_release_helps() -> None:
    session = start(landscape="bowl", balls=2)
    for _ in range(MOST_DROPS):
        session.world.drop(np.zeros((2, 1)))
        session.world.step()
    with pytest.raises(InputError, match=r"^balls have been dropped at \d+ moments: release them again"):
        session.execute("balls.drop 0,0 1")
    assert session.world.size == session.homes.size + MOST_DROPS == 2 + MOST_DROPS
    session.execute("balls.release")
    session.execute("balls.drop 0,0 1")
    assert session.world.size == session.homes.size == 3


@given(
    x=st.floats(-10, 10),
    y=st.floats(-10, 10),
    count=st.integers(1, 3000),
    turn=st.integers(0, 10**9),
)
@settings(max_examples=60, deadline=None)
def test_a_spot_is_small_on_the_map_and_no_ball_lies_on_another(
    x: float, y: float, count: int, turn: int
) -> None:
    places = place_spot(RIDGE, x, y, count, turn)
    assert places.shape == (2, count)
    np.testing.assert_array_equal(places[:, 0], [x, y])
    assert (np.abs(places) <= 10).all()
    assert np.hypot(*(places - [[x], [y]])).max() <= SPOT * 20
    if max(abs(x), abs(y)) < 9.5:
        assert np.unique(places, axis=1).shape[1] == count
        middle = (places.mean(axis=1) - [x, y]) / (SPOT * 20)
        assert np.hypot(*middle) < 2 / count**0.5, "even around its middle"


def test_a_ring_is_round_and_even_and_leaves_out_what_is_off_the_map() -> None:
    ring = place_ring(BOWL, 1.0, 2.0, 3.0, 24)
    np.testing.assert_allclose(np.hypot(ring[0] - 1, ring[1] - 2), 3.0)
    chords = np.hypot(*(ring - np.roll(ring, 1, axis=1)))
    np.testing.assert_allclose(chords, chords[0])
    part = place_ring(BOWL, 9.0, 0.0, 3.0, 24)
    assert 0 < part.shape[1] < 24
    assert (np.abs(part) <= 10).all()
    with pytest.raises(InputError, match="would meet ground"):
        place_ring(BOWL, 0.0, 0.0, 50.0, 24)


def make_holed() -> Landscape:
    values = np.add.outer(np.linspace(-1, 1, 21) ** 2, np.linspace(-1, 1, 21) ** 2)
    values[9:12, 9:12] = np.nan
    domain = (-1.0, 1.0, -1.0, 1.0)
    return Landscape("holed", "Holed", "", "", domain, GridField(values, domain))


def test_nobody_is_dropped_into_a_hole() -> None:
    holed = make_holed()
    with pytest.raises(InputError, match=r"^there is a hole at 0,0: drop balls beside it$"):
        place_spot(holed, 0.0, 0.0, 5)
    beside = place_spot(holed, 0.205, 0.0, 50)
    assert np.isfinite(holed.value(beside)).all()
    assert np.isfinite(holed.value(place_ring(holed, 0.2, 0.0, 0.15, 50))).all()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("balls.drop 0.3 5", "a place is two numbers such as 0.3,1.2, not '0.3'"),
        ("balls.drop 0.3,east 5", "y must be a number, not 'east'"),
        ("balls.drop 99,0 5", "99,0 is off the map; x goes from -5 to 5, y from -5 to 5"),
        ("balls.drop 0,0 0", "drop 1 ball or more, not 0"),
        ("balls.drop 0,0 1.5", "the number of balls must be a whole number, not '1.5'"),
        ("balls.drop 0,0 1e12", "balls would need"),
        ("balls.ring 0,0 -1 5", "the radius of a ring must be above 0, not -1"),
        ("balls.ring 0,0 1e300 5", "no ball of a ring of radius 1e+300 round 0,0 would meet ground"),
    ],
)
def test_what_cannot_be_dropped_is_told_in_a_line_and_nothing_happens(line: str, why: str) -> None:
    session = start(landscape="himmelblau")
    before = session.world.digest()
    with pytest.raises(InputError) as error:
        session.execute(line)
    assert why in str(error.value)
    assert "\n" not in str(error.value)
    assert session.world.digest() == before


def test_the_census_counts_newcomers_and_their_valley_is_their_home() -> None:
    session = start(landscape="himmelblau")
    session.execute("play.step 40")
    before = {(valley.x, valley.y): valley.balls for valley in session.census}
    target = session.census[1]
    session.execute(f"balls.drop {target.x},{target.y} 500")
    after = {(valley.x, valley.y): valley.balls for valley in session.census}
    assert after.pop((target.x, target.y)) == before.pop((target.x, target.y)) + 500
    assert after == before
    assert session.homes.size == 560
    assert (session.homes[60:] == 1).all()
    session.advance(300)
    assert sum(valley.balls for valley in session.census) == 560
    session.execute("balls.release")
    assert session.world.size == session.homes.size == 60


def test_in_a_race_every_team_gets_the_same_places_and_the_selected_ball_stays_selected() -> None:
    session = start(landscape="himmelblau", optimizers=("sgd", "adam", "lion"))
    session.execute("ball.select 45")
    session.advance(10)
    chosen, way = session.world.position_of(45), session.path
    session.execute("balls.drop 1,1 7")
    assert [swarm.size for swarm in session.world.swarms] == [27, 27, 27]
    first, second, third = np.split(session.world.positions, 3, axis=1)
    np.testing.assert_array_equal(first[:, 20:], second[:, 20:])
    np.testing.assert_array_equal(first[:, 20:], third[:, 20:])
    assert session.view.selected is not None
    np.testing.assert_array_equal(session.world.position_of(session.view.selected), chosen)
    assert session.path is way
    session.advance(3)
    assert session.path is not None
    np.testing.assert_allclose(
        session.path.places[:, -1], session.world.position_of(session.view.selected), rtol=1e-6
    )
    assert session.path.places.shape[1] == 14


def test_a_log_with_drops_replays_bit_for_bit() -> None:
    session = start(noise=0.1)
    for line in (
        "balls.drop 0.3,1.2 5",
        "balls.ring 0.1,-0.4 0.5 9",
        "optimizer.select adam",
        "balls.drop 1,0 1",
    ):
        session.advance(17)
        session.execute(line)
    session.advance(40)
    again = start(noise=0.1)
    for tick, line in session.log:
        again.advance(tick - again.world.tick)
        again.execute(line)
    again.advance(session.world.tick - again.world.tick)
    assert again.world.digest() == session.world.digest()


def test_numbers_follow_swarm_by_swarm() -> None:
    assert find_kept([2, 3], [4, 5]).tolist() == [0, 1, 4, 5, 6]
    assert find_kept([3], [3]).tolist() == [0, 1, 2]


def test_newcomers_are_on_the_picture_at_once_even_in_a_pause() -> None:
    session, stage = start(landscape="himmelblau", optimizers=("sgd", "adam")), Stage()
    session.execute("play.pause")
    before = stage.build_frame(session, SIZE)
    session.execute("balls.drop 1,1 4")
    after = stage.build_frame(session, SIZE)
    assert after.positions.shape == (2, 68)
    assert after.colour_index.tolist() == [0] * 34 + [1] * 34
    kept = find_kept([30, 30], [34, 34])
    np.testing.assert_array_equal(after.positions[:, kept], before.positions)
    assert before.poles is not None
    assert after.poles is not None
    np.testing.assert_allclose(after.poles[:, kept], before.poles, atol=1e-6)
    assert stage.build_frame(session, SIZE).positions is after.positions


def test_who_was_thrown_off_stays_so_under_its_new_number() -> None:
    session, stage = start(landscape="saddle", optimizers=("sgd", "sgd"), lr=10.0), Stage()
    for _ in range(40):
        session.advance(1)
        frame = stage.build_frame(session, SIZE)
    gone = frame.flights.balls
    assert gone.size
    session.execute("balls.drop 0.1,0.1 5")
    frame = stage.build_frame(session, SIZE)
    kept = find_kept([30, 30], [35, 35])
    np.testing.assert_array_equal(frame.flights.balls, kept[gone])
    diverged = np.flatnonzero(session.world.status == Status.DIVERGED)
    assert frame.numbers is not None
    assert not np.isin(diverged, frame.numbers).any()
    assert np.isin([30, 34, 65, 69], frame.numbers).all()


def test_leaders_and_stripes_go_on_as_if_nobody_had_joined() -> None:
    alone, joined = (start(landscape="himmelblau", optimizers=("sgd", "adam")) for _ in range(2))
    stages = Stage(), Stage()
    for tick in range(30):
        for session, stage in zip((alone, joined), stages, strict=True):
            session.advance(1)
            if tick == 20 and session is joined:
                # On a hill: they do not lead.
                session.execute("balls.drop -0.27,-0.92 3")
            frame = stage.build_frame(session, SIZE)
            session.view.selected = None
            if session is alone:
                wanted = frame
    assert frame.positions.shape[1] == wanted.positions.shape[1] + 6
    np.testing.assert_allclose(frame.leaders[:, :2], wanted.leaders[:, :2], atol=1e-6)
    kept = find_kept([30, 30], [33, 33])
    assert wanted.poles is not None
    assert frame.poles is not None
    # Smaller balls turn a little faster.
    np.testing.assert_allclose(frame.poles[:, kept], wanted.poles, atol=0.2)
