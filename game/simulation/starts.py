"""Where balls are released."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError, unknown
from landscapes.landscape import Domain

Points = npt.NDArray[np.float64]


class Start(NamedTuple):
    """A row of the table of starts; ``place`` makes ``(2, n)`` points in the domain."""

    name: str
    about: str
    place: Callable[[Domain, int, np.random.Generator, str], Points]


def place_balls(spec: str, domain: Domain, count: int, seed: int) -> Points:
    """``count`` start points ``(2, count)`` as ``spec`` says: ``random``, ``grid``, ``ring``, ``point:x,y``.

    Raises:
        InputError: an unknown start, or a point that is not in the domain.
    """
    name, _, rest = spec.partition(":")
    for row in STARTS:
        if row.name.partition(":")[0] == name.lower() and (":" in row.name) == (":" in spec):
            return row.place(
                domain, count, np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,))), rest
            )
    raise unknown("start", spec, [row.name for row in STARTS])


def _place_random(domain: Domain, count: int, rng: np.random.Generator, _: str) -> Points:
    return _stretch(rng.random((2, count)), domain)


def _place_grid(domain: Domain, count: int, _rng: np.random.Generator, _: str) -> Points:
    width, height = domain[1] - domain[0], domain[3] - domain[2]
    columns = min(count, max(1, math.ceil(math.sqrt(count * width / height))))
    rows = math.ceil(count / columns)
    row, column = np.divmod(np.arange(count), columns)
    return _stretch(np.stack([(column + 0.5) / columns, (row + 0.5) / rows]), domain)


def _place_ring(domain: Domain, count: int, _rng: np.random.Generator, _: str) -> Points:
    angle = np.arange(count) * (2 * np.pi / count)
    return _stretch(0.5 + 0.4 * np.stack([np.cos(angle), np.sin(angle)]), domain)


def _place_point(domain: Domain, count: int, rng: np.random.Generator, rest: str) -> Points:
    x_min, x_max, y_min, y_max = domain
    try:
        x, y = (float(number) for number in rest.split(","))
    except ValueError:
        raise InputError(f"start 'point:{rest}' needs two numbers, such as point:0.5,-1") from None
    if not (x_min <= x <= x_max and y_min <= y <= y_max):
        raise InputError(
            f"start point {x:g},{y:g} is off the map; x goes from {x_min:g} to {x_max:g}, y from {y_min:g} to {y_max:g}"
        )
    radius = 0.01 * max(x_max - x_min, y_max - y_min) * np.sqrt(rng.random(count))
    angle = rng.random(count) * (2 * np.pi)
    radius[0] = 0.0
    low, high = np.array([[x_min], [y_min]]), np.array([[x_max], [y_max]])
    points = np.array([[x], [y]]) + radius * np.stack([np.cos(angle), np.sin(angle)])
    # Folded at the border, not clipped, or balls would lie on top of each other there.
    folded: Points = high - np.abs(high - (low + np.abs(points - low)))
    return folded


def _stretch(unit: Points, domain: Domain) -> Points:
    x_min, x_max, y_min, y_max = domain
    points: Points = np.array([[x_min], [y_min]]) + unit * np.array([[x_max - x_min], [y_max - y_min]])
    return points


STARTS: tuple[Start, ...] = (
    Start("random", "anywhere on the map", _place_random),
    Start("grid", "evenly over the map", _place_grid),
    Start("ring", "on a circle round the middle", _place_ring),
    Start("point:x,y", "the first ball there, the others within a hundredth of the map's size", _place_point),
)
"""All ways to start, in the order in which players see them."""
