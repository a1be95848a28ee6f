"""What the presets say is to be seen, seen."""

from functools import cache

import numpy as np
import pytest

import assets
from game import commands
from game.demo import get_demo
from game.script import open_script
from game.script.presets import PRESETS
from game.session import Experiment, Session
from game.simulation import Status
from game.simulation.race import Place, rank_teams


@cache
def play(name: str, steps: int) -> Session:
    """The preset after so many steps; nobody may change what is shared by tests."""
    session = Session(Experiment("bowl", balls=1), commands.apply)
    open_script(session, get_demo(name))
    session.advance(steps)
    return session


def places(name: str, steps: int) -> list[Place]:
    """Of the teams as the file lists them."""
    return sorted(rank_teams(play(name, steps).world), key=lambda place: place.team)


def test_every_preset_is_listed_once() -> None:
    assert sorted(PRESETS) == sorted(path.stem for path in assets.path("presets").glob("*.toml"))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_says_what_to_watch_in_two_sentences(name: str) -> None:
    script = get_demo(name)
    assert script.title
    assert script.about
    assert 1 <= script.watch.count(". ") + script.watch.count("; ") <= 3
    assert len(script.watch) < 340
    assert not set(script.watch) - set(map(chr, range(32, 127)))


def test_a_rate_that_is_too_large_throws_all_balls_out() -> None:
    timid, bold, wild = places("rate-too-large", 300)
    assert bold.median < 1e-8
    assert timid.median > 0.01
    assert (timid.lost, bold.lost, wild.lost) == (0, 0, 1)
    script = get_demo("rate-too-large")
    rates = [team.lr for team in script.experiment.teams]
    assert rates == [0.004, 0.036, 0.042]
    # The ravine's steeper curvature is 50: the steps across grow beyond 2 / 50.
    assert 0.036 < 2 / 50 < 0.042


def test_the_bold_one_zigzags_and_the_timid_one_creeps() -> None:
    session = Session(get_demo("rate-too-large").experiment, commands.apply)
    across = np.array([-3, 4]) / 5
    sides = []
    for _ in range(12):
        session.advance(1)
        sides.append([np.sign(across @ swarm.position) for swarm in session.world.swarms[:2]])
    turns = (np.diff(np.array(sides), axis=0) != 0).mean(axis=(0, 2))
    assert turns[0] < 0.05
    assert turns[1] > 0.95


def test_momentum_is_far_below_sgd_within_a_hundred_steps() -> None:
    finish = play("momentum-in-a-ravine", 300).finish
    assert finish is not None
    sgd, momentum, nesterov = (step or np.inf for step in finish.steps)
    assert nesterov < momentum < 105 < 1.8 * momentum < sgd < 300
    early = [place.median for place in places("momentum-in-a-ravine", 15)]
    assert early[1] > early[0]


def test_adam_is_down_before_sgd_has_left_the_saddle() -> None:
    sgd, adam = places("adam-at-a-saddle", 300)
    assert adam.median < -0.23
    assert sgd.median > -0.02
    x, y = play("adam-at-a-saddle", 300).world.swarms[0].position
    assert np.median(np.hypot(x, y)) < 0.4
    both = np.sign(play("adam-at-a-saddle", 300).world.swarms[1].position[1])
    assert 0.3 < (both > 0).mean() < 0.7


def test_noise_escapes_the_narrow_hole_and_stays_in_the_wide_valley() -> None:
    start, end = play("noise-leaves-sharp-minima", 1), play("noise-leaves-sharp-minima", 600)
    wide, narrow = end.world.census()
    assert wide.loss == pytest.approx(narrow.loss, abs=0.05)
    assert wide.area_share > 5 * narrow.area_share
    assert start.world.census()[1].balls > 0.99 * 800
    assert narrow.by_swarm[0] == 400
    assert wide.by_swarm[1] > 0.8 * 400


def test_decay_settles_what_noise_cannot() -> None:
    constant, decaying = places("decay-settles-noise", 25)
    assert constant.median < 2 * decaying.median
    height = constant.median
    constant, decaying = places("decay-settles-noise", 600)
    assert 0.5 * height < constant.median < 2 * height
    assert decaying.median < constant.median / 100
    assert constant.settled == 0


def test_a_sigmoid_leaves_half_of_the_balls_on_plains_and_a_leaky_relu_none() -> None:
    before, after = play("sigmoid-plateau", 299), play("sigmoid-plateau", 600)
    assert "sigmoid" in before.world.landscape.name
    assert 0.4 < (before.world.losses > 0.5).mean() < 0.6
    assert "max" in after.world.landscape.name
    assert after.world.tick == 300
    assert (after.world.losses < 0.01).mean() > 0.99
    assert after.world.swarms[0].lr == before.world.swarms[0].lr == 0.2


def test_random_search_finds_better_valleys_and_no_bottom() -> None:
    sgd, _, random = places("random-search", 200)
    assert sgd.settled > 0.99
    assert random.median < sgd.median / 3
    assert random.settled < 0.05
    deepest = play("random-search", 200).world.census()[0]
    assert deepest.by_swarm[0] < 0.05 * 500
    assert deepest.by_swarm[2] > 5 * deepest.by_swarm[0]


def test_smaller_batches_hover_in_wider_clouds() -> None:
    world = play("three-batch-sizes", 300).world
    low = world.landscape.minima[0]
    spread = [float(np.median(np.hypot(*(swarm.position - low[:, None])))) for swarm in world.swarms]
    assert spread[0] > 5 * spread[1] > 50 * spread[2]
    settled = [float((swarm.status == Status.SETTLED).mean()) for swarm in world.swarms]
    assert settled == [0, 0, 1]
    early = [place.median for place in places("three-batch-sizes", 5)]
    assert max(early) < 1.2 * min(early)
