"""Schedules against torch.optim.lr_scheduler (recorded), against the formulas that define them, and their text."""

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game.simulation.schedules import SCHEDULES, Parameter, Plan, Schedule, Watch, parse_schedule, start_watch
from landscapes.errors import InputError

Floats = npt.NDArray[np.float64]
REFERENCE = dict(np.load(Path(__file__).parents[1] / "data" / "torch_schedules.npz", allow_pickle=False))
CASES: list[dict[str, Any]] = [json.loads(case) for case in REFERENCE["cases"].tolist()]
PLATEAUS: list[dict[str, Any]] = [json.loads(case) for case in REFERENCE["plateau_cases"].tolist()]
COLUMNS = ("best", "bad", "cooling", "factor")


def plan_of(case: dict[str, Any]) -> Plan:
    values = ",".join(f"{name}={value!r}" for name, value in case["values"].items())
    return parse_schedule(f"{case['schedule']}:{values}")


def factors(spec: str, steps: int) -> Floats:
    plan = parse_schedule(spec)
    return np.array([plan.factor(t) for t in range(steps)])


def watch_losses(plan: Plan, losses: Floats) -> tuple[Watch, Floats]:
    """Look at losses ``(looks, b)``; the watch, and its factors after each look."""
    watch, seen = start_watch(losses.shape[1], losses.dtype), []
    for loss in losses:
        watch.look(loss, plan)
        seen.append(watch.factor.copy())
    return watch, np.stack(seen)


def numbers_for(row: Parameter) -> st.SearchStrategy[float]:
    """Values of a parameter: its bounds, its default, and those a run of thousands of steps can tell apart."""
    ends = st.sampled_from([row.low, row.default, row.high])
    if row.whole:
        return ends | st.integers(int(row.low), int(min(row.high, 5000))).map(float)
    return ends | st.floats(row.low, row.high)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    row = draw(st.sampled_from(SCHEDULES))
    chosen = draw(st.lists(st.sampled_from(row.parameters), unique=True))
    items = [f"{parameter.name}={draw(numbers_for(parameter))!r}" for parameter in chosen]
    return parse_schedule(f"{row.name}:{','.join(items)}" if items else row.name)


@pytest.mark.parametrize("k", range(len(CASES)))
def test_follows_torch(k: int) -> None:
    plan, expected = plan_of(CASES[k]), REFERENCE["factors"][k]
    ours = [plan.factor(t) for t in range(expected.size)]
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-12)


def test_every_schedule_that_torch_has_was_recorded_alone_and_after_a_warm_up() -> None:
    seen = {(case["schedule"], "warmup" in case["values"]) for case in CASES}
    rest = ("constant", "one-over-t", "plateau")
    assert seen == {(row.name, warm) for row in SCHEDULES if row.name not in rest for warm in (False, True)}


@pytest.mark.parametrize("k", range(len(PLATEAUS)))
def test_plateau_follows_torch(k: int) -> None:
    _, ours = watch_losses(plan_of(PLATEAUS[k]), REFERENCE["plateau_losses"][k][:, np.newaxis])
    np.testing.assert_allclose(ours[:, 0], REFERENCE["plateau_factors"][k], rtol=0, atol=1e-12)


def test_plateau_was_recorded_with_cuts_gaps_and_negative_losses() -> None:
    cuts = (np.diff(REFERENCE["plateau_factors"], axis=1) < 0).sum(axis=1)
    assert (cuts > 2).sum() > 10
    assert (np.isnan(REFERENCE["plateau_losses"]).any(axis=1) & (cuts > 0)).sum() > 5
    assert ((np.nanmin(REFERENCE["plateau_losses"], axis=1) < 0) & (cuts > 0)).sum() > 3


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_plateau_treats_each_ball_as_if_it_were_alone(kind: type[np.floating[Any]]) -> None:
    plan = parse_schedule("plateau:patience=2,cooldown=3,factor=0.7,threshold=0.01,min_lr=0.05")
    losses = REFERENCE["plateau_losses"].T.astype(kind)
    losses[:, 0] = np.nan
    losses[5:, 1] = np.inf
    together, seen = watch_losses(plan, losses)
    assert seen.dtype == together.best.dtype == kind
    assert len(np.unique(seen[-1])) > 4
    for ball in range(losses.shape[1]):
        alone, one = watch_losses(plan, losses[:, ball : ball + 1])
        np.testing.assert_array_equal(one[:, 0], seen[:, ball])
        for column in COLUMNS:
            assert getattr(alone, column)[0] == getattr(together, column)[ball]


def test_plateau_forgets_no_best_loss_while_a_ball_is_nowhere() -> None:
    watch, _ = watch_losses(parse_schedule("plateau"), np.array([[3.0, 4.0], [np.nan, np.nan], [5.0, 2.0]]))
    assert watch.best.tolist() == [3.0, 2.0]
    assert watch.bad.tolist() == [2, 0]


def test_a_watch_goes_on_from_its_four_arrays_and_through_views_of_them() -> None:
    plan = parse_schedule("plateau:patience=3,cooldown=2,factor=0.5")
    losses = np.ascontiguousarray(REFERENCE["plateau_losses"].T)
    whole, _ = watch_losses(plan, losses)
    half, _ = watch_losses(plan, losses[:150])
    saved = Watch(**{column: getattr(half, column).copy() for column in COLUMNS})
    parts = [
        Watch(**{column: getattr(saved, column)[a:b] for column in COLUMNS}) for a, b in ((0, 7), (7, 40))
    ]
    for loss in losses[150:]:
        parts[0].look(loss[:7], plan)
        parts[1].look(loss[7:], plan)
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(saved, column), getattr(whole, column))


def test_plateau_cuts_where_losses_below_zero_stand_still_only_at_a_threshold_of_zero() -> None:
    """As in torch, whose relative threshold is above the best loss if that is negative."""
    still = np.full((20, 1), -5.0)
    assert watch_losses(parse_schedule("plateau"), still)[1][-1] == 1.0
    assert watch_losses(parse_schedule("plateau:threshold=0"), still)[1][-1] == 0.1


@pytest.mark.parametrize("row", SCHEDULES, ids=lambda row: row.name)
def test_starts_at_the_full_rate_and_stays_within_it(row: Schedule) -> None:
    ours = factors(row.name, 3000)
    assert ours[0] == (1 / 25 if row.name == "one-cycle" else 1.0)
    assert ours.min() >= 0.0
    assert ours.max() <= 1.0


@settings(deadline=None)
@given(plans(), st.integers(0, 10**7))
def test_no_parameters_lead_out_of_the_range_from_none_to_the_full_rate(plan: Plan, t: int) -> None:
    assert 0.0 <= plan.factor(t) <= 1.0 + 1e-15


@settings(deadline=None)
@given(plans())
def test_the_canonical_text_says_the_same_and_stays(plan: Plan) -> None:
    again = parse_schedule(plan.spec)
    assert again == plan
    assert again.spec == plan.spec


@settings(deadline=None)
@given(plans())
def test_a_warm_up_climbs_in_a_line_and_then_the_schedule_begins(plan: Plan) -> None:
    values = {**plan.values, "warmup": 40.0, "warmup_factor": 0.2}
    warm, cold = Plan(plan.schedule, values), Plan(plan.schedule, {**values, "warmup": 0.0})
    assert [warm.factor(40 + t) for t in range(50)] == [cold.factor(t) for t in range(50)]
    climb = [warm.factor(t) for t in range(41)]
    np.testing.assert_allclose(climb, cold.factor(0) * np.linspace(0.2, 1.0, 41), rtol=1e-14)


@pytest.mark.parametrize(
    "spec",
    [
        "constant",
        "step:gamma=1",
        "exponential:gamma=1",
        "cosine:eta_min=1",
        "cosine-restarts:eta_min=1",
        "one-cycle:div_factor=1,final_div_factor=1",
        "polynomial:power=0",
        "one-over-t:lr_decay=0",
        "plateau",
        "constant:warmup=100,warmup_factor=1",
    ],
)
def test_a_schedule_of_ones_is_none(spec: str) -> None:
    assert set(factors(spec, 3000)) == {1.0}


def test_plateau_that_cuts_by_one_never_cuts() -> None:
    _, seen = watch_losses(parse_schedule("plateau:factor=1,patience=0"), np.ones((50, 3)))
    assert (seen == 1.0).all()


def test_one_cycle_peaks_where_told_and_stays_at_its_end() -> None:
    ours = factors("one-cycle:total_steps=200,pct_start=0.25,div_factor=10,final_div_factor=100", 400)
    assert np.argmax(ours) == 49
    assert ours[[0, 49]].tolist() == [0.1, 1.0]
    assert ours[199:] == pytest.approx(1e-3, rel=1e-12)


@pytest.mark.parametrize("share", ["0", "0.01", "1"])
@pytest.mark.parametrize("steps", [1, 2, 100])
def test_one_cycle_without_room_for_a_part_leaves_it_out(share: str, steps: int) -> None:
    """At a share of 0.01 of 100 steps torch divides by zero."""
    ours = factors(f"one-cycle:total_steps={steps},pct_start={share}", 200)
    assert ours.max() <= 1.0
    assert ours[-1] == pytest.approx(1.0 if share == "1" else 4e-6)


def test_polynomial_stays_at_its_end() -> None:
    ours = factors("polynomial:total_iters=100,power=2", 300)
    assert ours[99] == pytest.approx(1e-4)
    assert (ours[100:] == 0.0).all()


def test_restarts_come_back_at_once_after_ever_longer_cycles() -> None:
    ours = factors("cosine-restarts:t_0=10,t_mult=3", 400)
    assert np.flatnonzero(ours == 1.0).tolist() == [0, 10, 40, 130]
    assert parse_schedule("cosine-restarts:t_0=1,t_mult=2").factor(2**53 - 1) == 1.0


def test_one_over_t_is_its_formula_and_meets_the_condition_of_robbins_and_monro() -> None:
    """The sum of the rates grows without bound, that of their squares does not."""
    ours = factors("one-over-t", 80_000)
    exact = [float(1 / (1 + Fraction(1, 100) * t)) for t in range(1000)]
    np.testing.assert_allclose(ours[:1000], exact, rtol=1e-15)
    assert ours[100] == 0.5
    doubled = [ours[n : 2 * n].sum() for n in (10_000, 40_000)]
    squares = [(ours[n : 2 * n] ** 2).sum() for n in (10_000, 40_000)]
    assert doubled[1] >= doubled[0] > 60
    assert squares[1] < squares[0] / 3


def test_names_come_in_order() -> None:
    assert [row.name for row in SCHEDULES] == [
        "constant",
        "step",
        "exponential",
        "cosine",
        "cosine-restarts",
        "one-cycle",
        "polynomial",
        "one-over-t",
        "plateau",
    ]


def test_defaults_are_within_their_bounds() -> None:
    for row in SCHEDULES:
        names = [parameter.name for parameter in row.parameters]
        assert len(set(names)) == len(names)
        assert names[-2:] == ["warmup", "warmup_factor"]
        for parameter in row.parameters:
            assert parameter.low <= parameter.default <= parameter.high


def test_text_may_be_spaced_and_in_capitals_and_keeps_only_what_differs() -> None:
    plan = parse_schedule(" Cosine : T_max = 600 , warmup=100,eta_min=0.0")
    assert plan.spec == "cosine:t_max=600,warmup=100"
    assert plan.name == "cosine"
    assert (plan.watches, plan.every, plan.warmup) == (False, 0, 100)
    assert plan.factor(700) == 0.0


def test_only_plateau_watches() -> None:
    assert [row.name for row in SCHEDULES if row.watches] == ["plateau"]
    assert parse_schedule("plateau").every == 10
    assert parse_schedule("plateau:every=25").every == 25


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("cosin", "did you mean cosine"),
        ("", "unknown schedule ''"),
        ("one cycle", "did you mean one-cycle"),
        ("step:stepsize=3", "unknown step parameter 'stepsize'; did you mean step_size"),
        ("constant:gamma=1", "unknown constant parameter 'gamma'"),
        ("step:", "'' is not parameter=value, as in step:step_size=500"),
        ("step:500", "'500' is not parameter=value"),
        ("step:gamma=0.5,", "'' is not parameter=value"),
        ("step:=5", "'=5' is not parameter=value"),
        ("step:gamma=", "gamma must be a number from 0 to 1, not ''"),
        ("step:gamma=half", "gamma must be a number from 0 to 1, not 'half'"),
        ("step:gamma=1.5", "gamma must be a number from 0 to 1, not '1.5'"),
        ("step:gamma=-0.1", "gamma must be a number"),
        ("step:gamma=nan", "gamma must be a number"),
        ("step:step_size=0", "step_size must be a whole number from 1 to"),
        ("step:step_size=2.5", "step_size must be a whole number from 1 to"),
        ("cosine:t_max=inf", "t_max must be a whole number"),
        ("cosine:t_max=1=2", "t_max must be a whole number from 1 to 1e.09, not '1=2'"),
        ("plateau:patience=-1", "patience must be a whole number from 0"),
        ("step:gamma=0.5,Gamma=0.5", "gamma is given twice"),
        ("constant:warmup=" + "9" * 500, r"not '9{27}\.\.\.'"),
    ],
)
def test_what_cannot_be_is_answered_in_one_line(spec: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as caught:
        parse_schedule(spec)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


def test_factors_are_plain_numbers() -> None:
    for row in SCHEDULES:
        for t in (0, 1, 10**6):
            factor = parse_schedule(f"{row.name}:warmup=2").factor(t)
            assert type(factor) is float
            assert math.isfinite(factor)
