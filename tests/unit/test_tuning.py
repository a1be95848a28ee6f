"""Tuned comparisons against theory, against single runs, and against what would be unfair."""

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import landscapes
from game.simulation.starts import place_balls
from game.simulation.swarm import Swarm
from game.simulation.tuning import LEAST_BALLS, RATES, compare, count_work, find_rate
from landscapes.errors import InputError

BOWL = landscapes.get("bowl")
RAVINE = landscapes.get("ravine")
HIMMELBLAU = landscapes.get("himmelblau")
SADDLE = landscapes.get("saddle")


def test_finds_the_rate_that_theory_says_is_best() -> None:
    """On a quadratic with curvatures L and m no fixed rate of gradient descent beats 2 / (L + m) in the long run."""
    slope = RAVINE.gradient(np.array([[1.0, 0.0], [0.0, 1.0]]))
    small, large = np.linalg.eigvalsh(slope)
    search = find_rate(RAVINE, "sgd", balls=RATES * LEAST_BALLS, steps=120)
    assert search.lr == pytest.approx(2 / (small + large), rel=0.07)
    assert not search.at_edge
    one_step = find_rate(BOWL, "sgd", balls=RATES * LEAST_BALLS, steps=1)
    curvature = BOWL.gradient(np.array([[1.0], [0.0]]))[0, 0]
    assert one_step.lr == pytest.approx(1 / curvature, rel=0.07)


def test_between_rates_that_all_reach_the_bottom_the_fastest_wins() -> None:
    search = find_rate(BOWL, "sgd", balls=1, steps=600)
    bottom = [rate for rate, score in zip(search.rates, search.scores, strict=True) if score < 1e-9]
    assert min(bottom) < 0.05
    assert search.lr == pytest.approx(0.5, abs=0.15)


def test_a_sweep_over_the_crowd_is_as_many_runs() -> None:
    """Each score is that of a crowd which rolls alone at that rate from the same points."""
    search = find_rate(HIMMELBLAU, "momentum", balls=1, steps=70, seed=3)
    assert list(search.rates) == sorted(search.rates)
    assert search.rates[-1] / search.rates[0] > 0.9e6
    points = place_balls("random", HIMMELBLAU.domain, LEAST_BALLS, 3)
    start = HIMMELBLAU.value(points)
    for rate, score in itertools.islice(zip(search.rates, search.scores, strict=True), 0, None, 4):
        swarm = Swarm(HIMMELBLAU, "momentum", points, lr=rate)
        swarm.step(70)
        inside = (np.abs(swarm.position) <= 5).all(axis=0)
        with np.errstate(all="ignore"):
            left = np.where(inside, np.minimum(HIMMELBLAU.value(swarm.position) / start, 1), 1)
        assert score == pytest.approx(left.mean(), abs=1e-4)
    assert min(search.scores) == search.scores[search.rates.index(search.lr)]


def test_a_rate_that_throws_balls_off_the_map_does_not_win() -> None:
    """Off the map the saddle goes on down without end: whoever left must not count as having got there."""
    search = find_rate(SADDLE, "sgd", balls=1, steps=300)
    points = place_balls("random", SADDLE.domain, 200, 9)
    swarm = Swarm(SADDLE, "sgd", points, lr=max(search.rates))
    swarm.step(300)
    assert np.isnan(swarm.position).all()
    assert search.scores[-1] == 1.0
    (row,) = compare(SADDLE, ["sgd"], balls=200, steps=300, seeds=2)
    assert 0.2 < row.lost < 0.7
    assert row.best_loss is not None
    assert row.best_loss >= -4
    assert row.median_loss > -4


def test_says_when_the_best_rate_lies_at_the_end_of_the_range() -> None:
    """In a single step of sign descent from (-4, -4) only a rate of 4 reaches the bottom."""
    found = find_rate(BOWL, "lion", balls=1, steps=1, start="point:-4,-4")
    assert found.lr == pytest.approx(4, rel=0.1)
    assert not found.at_edge
    slow = dataclasses.replace(BOWL, learning_rates={"lion": 4e-4})
    found = find_rate(slow, "lion", balls=1, steps=1, start="point:-4,-4")
    assert found.at_edge
    assert found.lr == pytest.approx(max(found.rates), rel=0.7)


def test_every_method_runs_from_the_same_fresh_points_and_its_numbers_are_theirs() -> None:
    names = ["sgd", "adam"]
    rows = compare(HIMMELBLAU, names, balls=300, steps=128, seeds=3, seed=5)
    assert {row.optimizer for row in rows} == set(names)
    for row in rows:
        assert row.lr == find_rate(HIMMELBLAU, row.optimizer, balls=300, steps=128, seed=5).lr
        medians, reached = [], []
        for seed in (6, 7, 8):
            points = place_balls("random", HIMMELBLAU.domain, 300, seed)
            swarm = Swarm(HIMMELBLAU, row.optimizer, points, lr=row.lr, seed=seed)
            swarm.goal = 0.01 * float(np.median(HIMMELBLAU.value(points)))
            swarm.step(128)
            medians.append(np.median(HIMMELBLAU.value(swarm.position.astype(np.float64))))
            reached.append(swarm.reached)
        assert row.median_loss == pytest.approx(np.mean(medians), rel=1e-9, abs=1e-12)
        assert row.median_loss_sd == pytest.approx(np.std(medians, ddof=1), rel=1e-6, abs=1e-12)
        assert row.arrived == pytest.approx((np.concatenate(reached) >= 0).mean())
        assert row.steps_to_arrive == round(float(np.median(np.concatenate(reached))))
        assert row.lost == 0.0


def test_the_best_comes_first_and_the_faster_of_equals() -> None:
    rows = compare(RAVINE, ["random-search", "sgd", "momentum", "nesterov"], balls=200, steps=300, seeds=2)
    *equals, last = rows
    assert last.optimizer == "random-search"
    assert max(row.median_loss for row in equals) < 1e-6 < last.median_loss
    steps = [row.steps_to_arrive or 0 for row in equals]
    assert 0 < steps[0] < steps[-1]
    assert steps == sorted(steps)


def test_same_arguments_same_comparison() -> None:
    def make(seed: int) -> Any:
        return compare(HIMMELBLAU, ["sgd", "local-search"], balls=50, steps=40, seeds=2, seed=seed, noise=0.3)

    assert make(1) == make(1) != make(2)


def test_says_how_much_is_done() -> None:
    names = ["sgd", "random-search"]
    done: list[int] = []
    rows = compare(HIMMELBLAU, names, balls=20, steps=100, seeds=3, note=done.append)
    assert done == sorted(set(done))
    assert done[-1] == count_work(names, 100, 3) == 100 * (2 + 3 + 3)
    assert max(np.diff([0, *done])) <= 32
    search = find_rate(HIMMELBLAU, "random-search", balls=20, steps=100)
    assert (search.rates, search.scores, search.at_edge) == ((), (), False)
    assert {row.optimizer: (row.gradients, row.losses) for row in rows} == {
        "sgd": (1, 0),
        "random-search": (0, 1),
    }


def test_settings_go_to_the_methods_that_have_them_and_their_price_is_told() -> None:
    rows = compare(
        HIMMELBLAU,
        ["sgd", "local-search"],
        balls=20,
        steps=20,
        seeds=1,
        settings={"momentum": 0.5, "sam": 0.1},
    )
    assert {row.optimizer: (row.gradients, row.losses) for row in rows} == {
        "sgd": (2, 0),
        "local-search": (0, 1),
    }
    assert all(row.median_loss_sd is None for row in rows)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: compare(BOWL, ["sgd", "adm"], balls=9, steps=9), "did you mean adam"),
        (lambda: compare(BOWL, [], balls=9, steps=9), "at least one optimizer"),
        (lambda: compare(BOWL, ["sgd"], balls=0, steps=9), "balls must be from 1"),
        (lambda: compare(BOWL, ["sgd"], balls=10**12, steps=9), "balls must be from 1"),
        (lambda: compare(BOWL, ["sgd"], balls=9, steps=0), "steps must be at least 1"),
        (lambda: compare(BOWL, ["sgd"], balls=9, steps=9, seeds=0), "at least 1 seed"),
        (lambda: compare(BOWL, ["sgd"], balls=9, steps=9, seed=-1), "seed must be 0 or more"),
        (lambda: find_rate(BOWL, "sgd", balls=9, steps=9, start="midle"), "unknown start"),
        (lambda: find_rate(BOWL, "sgd", balls=9, steps=9, settings={"bta1": 0.5}), "unknown setting"),
        (
            lambda: find_rate(BOWL, "sgd", balls=9, steps=9, settings={"maximize": True}),
            "maximize must be off",
        ),
    ],
)
def test_refuses_what_cannot_be(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()
