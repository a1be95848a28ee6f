"""Learning-rate schedules: pure functions from the number of steps taken to a factor of the rate."""

import math
from collections.abc import Callable
from typing import NamedTuple

from landscapes.errors import find


class Schedule(NamedTuple):
    """A row of the table of schedules; ``factor`` maps steps taken, from 0, to what multiplies ``lr``."""

    name: str
    about: str
    factor: Callable[[int], float]


def find_schedule(name: str) -> Schedule:
    """The row of that name.

    Raises:
        InputError: there is none.
    """
    return find("schedule", name, SCHEDULES, "downslope list schedules")


SCHEDULES: tuple[Schedule, ...] = (
    Schedule("constant", "the rate stays", lambda _: 1.0),
    Schedule("step", "a tenth after every 500 steps; StepLR(step_size=500)", lambda t: 0.1 ** (t // 500)),
    Schedule("exponential", "times 0.995 each step; ExponentialLR(gamma=0.995)", lambda t: 0.995**t),
    Schedule(
        "cosine",
        "down to 0 over 1000 steps, and up again; CosineAnnealingLR(T_max=1000)",
        lambda t: 0.5 * (1.0 + math.cos(math.pi * t / 1000)),
    ),
    Schedule("one-over-t", "100 / (100 + t), as Robbins and Monro ask for", lambda t: 100 / (100 + t)),
)
"""All schedules, in the order in which players see them."""
