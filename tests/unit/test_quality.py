"""Who chooses what a picture may cost: names, drivers, and frame times that no clock is asked for."""

from itertools import pairwise

import numpy as np
import pytest

from game.render.quality import ROOM_S, ROOMY_FRAMES, SLOW_FRAMES, SLOW_S, TIERS, Pace, Tier
from game.session import QUALITIES

LOW, MEDIUM, HIGH, ULTRA = TIERS
SLOW, ROOMY, FINE = 1.5 * SLOW_S, 0.5 * ROOM_S, (SLOW_S + ROOM_S) / 2


def judge(tier: Tier, frames: list[float]) -> list[Tier]:
    """The tier after each of these frames."""
    pace, tiers = Pace(), []
    for seconds in frames:
        tier = pace.judge(tier, seconds)
        tiers.append(tier)
    return tiers


def levels(tiers: list[Tier]) -> list[int]:
    return [TIERS.index(tier) for tier in tiers]


def test_the_command_knows_every_tier() -> None:
    assert ("auto", *(tier.name for tier in TIERS)) == QUALITIES


def test_frames_that_stay_slow_cost_a_tier_each_time() -> None:
    tiers = judge(HIGH, [SLOW] * 3 * SLOW_FRAMES)
    assert levels(tiers) == [2] * (SLOW_FRAMES - 1) + [1] * SLOW_FRAMES + [0] * (SLOW_FRAMES + 1)


def test_a_hitch_costs_nothing() -> None:
    frames = ([SLOW] * (SLOW_FRAMES // 2 - 1) + [FINE] * SLOW_FRAMES) * 20
    assert set(judge(HIGH, frames)) == {HIGH}
    assert set(judge(HIGH, ([FINE] * SLOW_FRAMES + [100 * SLOW_S]) * 20)) == {HIGH}


def test_a_few_quick_frames_do_not_save_a_slow_tier() -> None:
    assert judge(HIGH, [SLOW, SLOW, FINE, SLOW] * SLOW_FRAMES)[-1] != HIGH


def test_room_for_a_long_while_is_used() -> None:
    tiers = judge(LOW, [ROOMY] * ROOMY_FRAMES)
    assert tiers == [LOW] * (ROOMY_FRAMES - 1) + [MEDIUM]
    assert judge(LOW, [ROOMY] * 10 * ROOMY_FRAMES)[-1] == ULTRA
    assert set(judge(LOW, ([ROOMY] * (ROOMY_FRAMES - 1) + [FINE]) * 5)) == {LOW}


def test_neither_slow_nor_roomy_is_left_alone() -> None:
    for tier in TIERS:
        assert set(judge(tier, [FINE, 1.1 * ROOM_S, 0.9 * SLOW_S] * 3 * ROOMY_FRAMES)) == {tier}


def test_what_was_too_slow_is_never_tried_again() -> None:
    frames = [SLOW] * SLOW_FRAMES + [ROOMY] * 10 * ROOMY_FRAMES
    assert judge(HIGH, frames)[-1] == MEDIUM


def test_a_tier_that_was_tried_in_vain_is_left_for_good() -> None:
    up_and_down = [ROOMY] * ROOMY_FRAMES + [SLOW] * SLOW_FRAMES + [ROOMY] * 5 * ROOMY_FRAMES
    tiers = levels(judge(LOW, up_and_down))
    assert max(tiers) == 1
    assert tiers[-1] == 0
    assert [b - a for a, b in pairwise(tiers) if a != b] == [1, -1]


@pytest.mark.parametrize("seed", range(40))
def test_whatever_frames_take_the_picture_does_not_flicker(seed: int) -> None:
    """At most once does it turn, from better to worse, and never by two tiers at once."""
    rng = np.random.default_rng(seed)
    frames: list[float] = []
    while len(frames) < 2_000:
        length = int(rng.integers(1, 150))
        frames += (float(rng.choice([SLOW, ROOMY, FINE])) * rng.uniform(0.5, 1.5, length)).tolist()
    steps = [b - a for a, b in pairwise(levels(judge(TIERS[seed % len(TIERS)], frames))) if a != b]
    assert set(steps) <= {-1, 1}
    assert steps == sorted(steps, reverse=True)


def test_with_nothing_left_to_give_up_it_stays() -> None:
    assert set(judge(LOW, [SLOW] * 100)) == {LOW}
    assert set(judge(ULTRA, [ROOMY] * 200)) == {ULTRA}
