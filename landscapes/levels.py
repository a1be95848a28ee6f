"""Grids within grids: a coarse one first, then ever finer ones, and each point of the finest in one of them only."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.intp]

_COARSEST = 16
"""Steps along each side of the first grid."""
_WORTHWHILE = 0.75
"""A grid of more than this share of the steps of the finest shows no more than that."""


class Level(NamedTuple):
    """A grid through points of the finest.

    Attributes:
        axis: which of the finest grid's coordinates it has along each side, ascending ``(size,)``, both ends included.
        fresh: which of the finest grid's points, row by row, it is the first to have ``(k,)``.
    """

    axis: Numbers
    fresh: Numbers

    @property
    def size(self) -> int:
        """Grid points along each side."""
        return self.axis.size


def find_levels(resolution: int) -> tuple[Level, ...]:
    """Grids of 17, 33, 65, ... points along each side, each of which holds the one before; at last the finest.

    They are regular where ``resolution - 1`` is a power of two above 16; elsewhere their steps differ by one of the
    finest.

    Args:
        resolution: points along each side of the finest, above 1.
    """
    last = resolution - 1
    steps: list[int] = []
    while _COARSEST * 2 ** len(steps) <= _WORTHWHILE * last:
        steps.append(_COARSEST * 2 ** len(steps))
    # Halves of steps end where the whole ones did: that is why the grids hold each other.
    axes = [np.arange(count + 1) * last // count for count in (*steps, last)]
    levels, known = [], np.zeros((resolution, resolution), np.bool_)
    for axis in axes:
        here = np.zeros_like(known)
        here[np.ix_(axis, axis)] = True
        levels.append(Level(axis, np.flatnonzero(here & ~known)))
        known |= here
    return tuple(levels)
