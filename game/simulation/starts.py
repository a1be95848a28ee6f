"""Where balls are released."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError, unknown
from landscapes.landscape import Domain, Holed, Landscape

Points = npt.NDArray[np.float64]

_TRIALS = 200
"""Times that a ball tries to find ground; where almost all is a hole, some find none."""


class Start(NamedTuple):
    """A row of the table of starts; ``place`` makes ``(2, n)`` points in the domain."""

    name: str
    about: str
    place: Callable[[Domain, int, np.random.Generator, str], Points]


def place_balls(spec: str, domain: Domain, count: int, seed: int, number: int = 0) -> Points:
    """``count`` start points ``(2, count)`` as ``spec`` says, such as ``random`` or ``point:0.5,-1``.

    Args:
        spec: a name in ``STARTS``, with its numbers if it takes any; spaces and case do not matter.
        domain: where they may lie.
        count: how many, 1 or more.
        seed: of all that is random.
        number: of the team, for teams that start from points of their own.

    Raises:
        InputError: an unknown start, numbers that are missing or out of range, or a point that is not in the domain.
    """
    name, colon, rest = spec.partition(":")
    stream = (0, number) if number else (0,)
    for row in STARTS:
        known, takes, _ = row.name.partition(":")
        if (known, takes) == (name.strip().lower(), colon):
            rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=stream))
            return row.place(domain, count, rng, rest)
    raise unknown("start", spec, [row.name for row in STARTS])


def keep_off_holes(points: Points, landscape: Landscape, seed: int, number: int = 0) -> Points:
    """Start points ``(2, n)`` with those that lie in a hole of the ground moved to random places beside it.

    Args:
        points: where balls would start.
        landscape: what they roll on; one without holes leaves them as they are.
        seed: of all that is random.
        number: of the team, as for ``place_balls``.
    """
    field = landscape.field
    if not isinstance(field, Holed) or field.holes is None:
        return points
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2, number)))
    moved = points.copy()
    for _ in range(_TRIALS):
        with np.errstate(all="ignore"):
            fallen = np.flatnonzero(~np.isfinite(landscape.value(moved)))
        if not fallen.size:
            break
        moved[:, fallen] = _stretch(rng.random((2, fallen.size)), landscape.domain)
    return moved


def _place_random(domain: Domain, count: int, rng: np.random.Generator, _: str) -> Points:
    return _stretch(rng.random((2, count)), domain)


def _place_grid(domain: Domain, count: int, _rng: np.random.Generator, _: str) -> Points:
    width, height = domain[1] - domain[0], domain[3] - domain[2]
    columns = min(count, max(1, math.ceil(math.sqrt(count * width / height))))
    rows = math.ceil(count / columns)
    row, column = np.divmod(np.arange(count), columns)
    return _stretch(np.stack([(column + 0.5) / columns, (row + 0.5) / rows]), domain)


def _place_latin(domain: Domain, count: int, rng: np.random.Generator, _: str) -> Points:
    """McKay, Beckman and Conover 1979. Both axes are shuffled: the number of a ball says nothing of its place."""
    unit = rng.random((2, count))
    for axis in range(2):
        unit[axis] += rng.permutation(count)
    unit /= count
    return _stretch(unit, domain)


def _place_sobol(domain: Domain, count: int, rng: np.random.Generator, _: str) -> Points:
    """Sobol' 1967, with the direction numbers of Bratley and Fox 1988, moved by a random digital shift."""
    shift = rng.integers(0, 2**32, 2, np.uint32)
    first = [1 << (31 - k) for k in range(32)]
    second = [first[0]]
    while len(second) < 32:
        second.append(second[-1] ^ second[-1] >> 1)
    unit = np.empty((2, count))
    for axis, directions in enumerate((first, second)):
        bits = np.full(count, shift[axis])
        # Each bit of a ball's number flips the same bits of its place: what is there, once more with them flipped.
        for k in range((count - 1).bit_length()):
            size = min(1 << k, count - (1 << k))
            np.bitwise_xor(bits[:size], np.uint32(directions[k]), out=bits[1 << k :][:size])
        np.multiply(bits, 2.0**-32, out=unit[axis])
    return _stretch(unit, domain)


def _place_ring(domain: Domain, count: int, _rng: np.random.Generator, _: str) -> Points:
    angle = np.arange(count) * (2 * np.pi / count)
    return _stretch(0.5 + 0.4 * np.stack([np.cos(angle), np.sin(angle)]), domain)


def _place_point(domain: Domain, count: int, rng: np.random.Generator, rest: str) -> Points:
    x, y = _parse_numbers("point:0.5,-1", rest)
    _check_on_map(x, y, domain)
    x_min, x_max, y_min, y_max = domain
    radius = 0.01 * max(x_max - x_min, y_max - y_min) * np.sqrt(rng.random(count))
    angle = rng.random(count) * (2 * np.pi)
    radius[0] = 0.0
    return _fold(np.array([[x], [y]]) + radius * np.stack([np.cos(angle), np.sin(angle)]), domain)


def _place_gaussian(domain: Domain, count: int, rng: np.random.Generator, rest: str) -> Points:
    x, y, sd = _parse_numbers("gaussian:0.5,-1,0.2", rest)
    _check_on_map(x, y, domain)
    x_min, x_max, y_min, y_max = domain
    extent = max(x_max - x_min, y_max - y_min)
    if not 0 < sd <= extent:
        raise InputError(
            f"start gaussian: sd must be above 0 and at most {extent:g}, the map's size, not {sd:g}"
        )
    points = rng.standard_normal((2, count))
    points *= sd
    points += np.array([[x], [y]])
    return _fold(points, domain)


def _parse_numbers(example: str, rest: str) -> list[float]:
    """As many numbers as the example has."""
    name, _, numbers = example.partition(":")
    count = numbers.count(",") + 1
    try:
        values = [float(number) for number in rest.split(",")]
    except ValueError:
        values = []
    if len(values) != count:
        words = {2: "two", 3: "three"}
        raise InputError(f"start '{name}:{rest}' needs {words[count]} numbers, such as {example}")
    return values


def _check_on_map(x: float, y: float, domain: Domain) -> None:
    x_min, x_max, y_min, y_max = domain
    if not (x_min <= x <= x_max and y_min <= y <= y_max):
        raise InputError(
            f"start point {x:g},{y:g} is off the map; x goes from {x_min:g} to {x_max:g}, y from {y_min:g} to {y_max:g}"
        )


def _fold(points: Points, domain: Domain) -> Points:
    """Mirrored at the border, not clipped, or balls would lie on top of each other there."""
    low, high = np.reshape(domain, (2, 2, 1)).swapaxes(0, 1)
    far = np.abs(points - low)
    # The tail of a wide cloud crosses a narrow map more than once.
    np.fmod(far, 2 * (high - low), out=far)
    folded: Points = high - np.abs(high - (low + far))
    # Rounding may lead past the border by the last digit.
    np.clip(folded, low, high, out=folded)
    return folded


def _stretch(unit: Points, domain: Domain) -> Points:
    """From the unit square onto the map, in place: there may be many millions."""
    x_min, x_max, y_min, y_max = domain
    unit *= np.array([[x_max - x_min], [y_max - y_min]])
    unit += np.array([[x_min], [y_min]])
    return unit


STARTS: tuple[Start, ...] = (
    Start("random", "anywhere on the map", _place_random),
    Start("grid", "evenly over the map", _place_grid),
    Start(
        "latin",
        "at random, with one ball in each of as many rows and columns (Latin hypercube)",
        _place_latin,
    ),
    Start("sobol", "at random, but evenly at every scale (Sobol')", _place_sobol),
    Start("ring", "on a circle round the middle", _place_ring),
    Start("point:x,y", "the first ball there, the others within a hundredth of the map's size", _place_point),
    Start(
        "gaussian:x,y,sd", "normally distributed round a point; sd as x and y are measured", _place_gaussian
    ),
)
"""All ways to start, in the order in which players see them."""
