"""Axes of a sweep: ``momentum=0,0.5,0.9`` as it is, ``lr=1e-4:1:50`` from low to high in so many steps."""

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from landscapes.errors import InputError

MOST_RUNS = 100_000
"""In one sweep."""
_DECADE = 10
"""Ranges whose ends lie this many times apart are gone through by ratio, others by difference."""


class Axis(NamedTuple):
    """What is varied: the name of an option or of a hyper-parameter, and its values as one would type them."""

    name: str
    values: tuple[str, ...]


def read_axis(text: str) -> Axis:
    """The axis that a user means.

    Raises:
        InputError: it is none.
    """
    name, equals, values = (part.strip() for part in text.partition("="))
    if not (name and equals and values):
        raise InputError(f"--sweep {text}: write --sweep lr=1e-4:1:50, or --sweep momentum=0,0.5,0.9")
    found = tuple(value.strip() for value in values.split(","))
    if ":" in values and len(found) == 1 and values.count(":") == 2:
        found = _space(text, *values.split(":"))
    if "" in found or len(set(found)) < len(found):
        raise InputError(f"--sweep {text}: a value is empty or comes twice")
    return Axis(name.replace("-", "_"), found)


def combine(axes: Sequence[Axis]) -> list[dict[str, str]]:
    """All combinations, the last axis fastest.

    Raises:
        InputError: an axis comes twice, or there are too many combinations.
    """
    names = [axis.name for axis in axes]
    if len(set(names)) < len(names):
        raise InputError(f"--sweep: an axis comes twice in {', '.join(names)}")
    count = math.prod(len(axis.values) for axis in axes)
    if count > MOST_RUNS:
        raise InputError(f"--sweep: {count:,} runs; {MOST_RUNS:,} are the most")
    return [
        dict(zip(names, values, strict=True)) for values in itertools.product(*(axis.values for axis in axes))
    ]


def _space(text: str, low: str, high: str, count: str) -> tuple[str, ...]:
    """Evenly many numbers of six digits, which are the ones that are run, by ratio where the range is wide."""
    try:
        ends, steps = (float(low), float(high)), int(count)
    except ValueError:
        raise InputError(f"--sweep {text}: a range is LOW:HIGH:COUNT, such as lr=1e-4:1:50") from None
    if not (np.isfinite(ends).all() and ends[0] < ends[1] and 2 <= steps <= MOST_RUNS):
        raise InputError(f"--sweep {text}: LOW must be below HIGH, and COUNT 2 or more")
    wide = ends[0] > 0 and ends[1] >= _DECADE * ends[0]
    numbers = np.geomspace(*ends, steps) if wide else np.linspace(*ends, steps)
    return tuple(f"{number:.6g}" for number in numbers)
