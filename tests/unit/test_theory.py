"""On convex bowls methods converge at the rates that theory says, not merely somehow.

Nesterov, Introductory Lectures on Convex Optimization, 2004, ch. 2; Polyak 1964.
"""

import math

import numpy as np
import pytest

from game.simulation.swarm import Swarm
from tests.unit.surfaces import Quadratic, make_surface

LOW, HIGH = 1.0, 100.0
CONDITION = HIGH / LOW
BOWL = make_surface(Quadratic((LOW, HIGH)))
START = np.array([[1.0, -2.0, 0.3], [1.0, 0.7, -3.0]])


def measure_rate(optimizer: str, lr: float, early: int = 200, late: int = 400, **settings: float) -> float:
    """By what the distance to the minimum shrinks in a step, in the long run."""
    swarm = Swarm(BOWL, optimizer, START, lr=lr, settings=settings, dtype=np.float64)
    swarm.step(early)
    before = np.abs(swarm.position).max(axis=0)
    swarm.step(late - early)
    after = np.abs(swarm.position).max(axis=0)
    return float(np.max((after / before) ** (1 / (late - early))))


def test_gradient_descent_converges_as_theory_says() -> None:
    best = measure_rate("sgd", 2 / (LOW + HIGH))
    assert best == pytest.approx((CONDITION - 1) / (CONDITION + 1), abs=1e-6)
    assert measure_rate("sgd", 1 / HIGH) == pytest.approx(1 - 1 / CONDITION, abs=1e-6)


def test_gradient_descent_diverges_beyond_two_over_the_curvature() -> None:
    assert measure_rate("sgd", 1.999 / HIGH) < 1
    swarm = Swarm(BOWL, "sgd", START, lr=2.001 / HIGH, dtype=np.float64)
    swarm.step(320)
    assert (np.abs(swarm.position[1]) > np.abs(START[1])).all()


def test_the_heavy_ball_converges_as_theory_says() -> None:
    root = math.sqrt(CONDITION)
    lr = 4 / (math.sqrt(LOW) + math.sqrt(HIGH)) ** 2
    momentum = ((root - 1) / (root + 1)) ** 2
    # A double root: the distance carries a factor of the number of steps.
    assert measure_rate("momentum", lr, 100, 150, momentum=momentum) == pytest.approx(
        (root - 1) / (root + 1), abs=0.012
    )


def test_nesterov_converges_as_theory_says() -> None:
    root = math.sqrt(CONDITION)
    momentum = (root - 1) / (root + 1)
    rate = measure_rate("nesterov", 1 / HIGH, 150, 250, momentum=momentum)
    # On the flattest direction of a quadratic: the double root 1 - 1 / root, below the proven sqrt(1 - 1 / root).
    assert rate == pytest.approx(1 - 1 / root, abs=0.012)
    assert rate < math.sqrt(1 - 1 / root)


def test_they_come_in_the_order_that_theory_says() -> None:
    root = math.sqrt(CONDITION)
    plain = measure_rate("sgd", 2 / (LOW + HIGH), 50, 150)
    nesterov = measure_rate("nesterov", 1 / HIGH, 50, 150, momentum=(root - 1) / (root + 1))
    heavy = measure_rate(
        "momentum",
        4 / (math.sqrt(LOW) + math.sqrt(HIGH)) ** 2,
        50,
        150,
        momentum=((root - 1) / (root + 1)) ** 2,
    )
    assert heavy < nesterov < plain
