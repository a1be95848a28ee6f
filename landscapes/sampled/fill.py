"""Holes in a grid bridged, so that a spline can be drawn through it."""

import numpy as np

from landscapes.landscape import Array
from landscapes.sampled.holes import Mask

_SWEEPS = 8
"""Relaxations at each level of a fill; a few hide where the levels meet."""


def fill(values: Array, whole: Mask) -> Array:
    """Bridge the holes of ``values (..., ny, nx)`` harmonically: from every other point, then relaxed.

    Args:
        values: the samples; what they are in holes does not matter.
        whole: where they count, ``(ny, nx)``; somewhere they must.
    """
    if whole.all():
        return values
    ny, nx = whole.shape
    if whole[::2, ::2].any():
        guess = _double(fill(values[..., ::2, ::2], whole[::2, ::2]))[..., :ny, :nx]
    else:
        guess = values[..., whole].mean(axis=-1)[..., np.newaxis, np.newaxis]
    filled = np.where(whole, values, guess)
    flat = filled.reshape(*values.shape[:-2], -1)
    row, column = np.nonzero(~whole)
    hole = row * nx + column
    around = [np.clip(row + step, 0, ny - 1) * nx + column for step in (-1, 1)]
    around += [row * nx + np.clip(column + step, 0, nx - 1) for step in (-1, 1)]
    for _ in range(_SWEEPS):
        # Damped, for a checkerboard would never settle.
        flat[..., hole] = 0.2 * flat[..., hole] + 0.2 * sum(flat[..., index] for index in around)
    return filled


def _double(values: Array) -> Array:
    """A point between any two along the last two axes, and one behind the last."""
    for axis in (-2, -1):
        n = values.shape[axis]
        here = np.arange(2 * n) // 2
        there = np.minimum(np.arange(1, 2 * n + 1) // 2, n - 1)
        values = (values.take(here, axis=axis) + values.take(there, axis=axis)) / 2
    return values
