"""Schedules against the recurrences that define them."""

import math

import pytest

from game.simulation.schedules import SCHEDULES, Schedule, find_schedule
from landscapes.errors import InputError


@pytest.mark.parametrize("row", SCHEDULES, ids=lambda row: row.name)
def test_starts_at_the_full_rate_and_stays_within_it(row: Schedule) -> None:
    assert row.factor(0) == 1.0
    assert all(0.0 <= row.factor(t) <= 1.0 for t in range(5000))


def test_constant_never_changes() -> None:
    assert {find_schedule("constant").factor(t) for t in range(5000)} == {1.0}


def test_step_falls_tenfold_after_500_steps_and_not_before() -> None:
    factor = find_schedule("step").factor
    assert [factor(t) for t in (499, 500, 999, 1000)] == pytest.approx([1.0, 0.1, 0.1, 0.01])


def test_exponential_multiplies_each_step() -> None:
    factor = find_schedule("exponential").factor
    for t in range(1000):
        assert factor(t + 1) == pytest.approx(factor(t) * 0.995)


def test_cosine_follows_the_recurrence_of_torch() -> None:
    """CosineAnnealingLR's own rule for the next rate, with ``T_max=1000`` and ``eta_min=0``."""
    factor = find_schedule("cosine").factor
    for t in range(1, 1000):
        ratio = (1 + math.cos(math.pi * t / 1000)) / (1 + math.cos(math.pi * (t - 1) / 1000))
        assert factor(t) == pytest.approx(factor(t - 1) * ratio)
    assert factor(1000) == 0.0
    assert factor(2000) == 1.0


def test_one_over_t_meets_the_condition_of_robbins_and_monro() -> None:
    """The sum of the rates grows without bound, that of their squares does not."""
    factor = find_schedule("one-over-t").factor
    assert factor(100) == 0.5
    doubled = [sum(factor(t) for t in range(n, 2 * n)) for n in (10_000, 40_000)]
    squares = [sum(factor(t) ** 2 for t in range(n, 2 * n)) for n in (10_000, 40_000)]
    assert doubled[1] >= doubled[0] > 60
    assert squares[1] < squares[0] / 3


def test_names_come_in_order_and_unknown_ones_are_answered() -> None:
    assert [row.name for row in SCHEDULES] == ["constant", "step", "exponential", "cosine", "one-over-t"]
    with pytest.raises(InputError, match="did you mean cosine"):
        find_schedule("cosin")
