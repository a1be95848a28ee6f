"""Surfaces known only at the points of a regular grid, made smooth: value and exact gradient anywhere.

Between the grid points runs the bicubic spline with not-a-knot ends (de Boor, "A Practical Guide to
Splines", 1978, ch. IV): it passes through every sample, its second derivatives are continuous, and it is
linear in the samples. Beyond the border each axis continues as a straight line, value and slope joining
without a step; the ring of cells around the grid holds these lines, so that no position is a special case.
"""

import dataclasses
import functools
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError
from landscapes.landscape import Array, Domain

_FEWEST = 4
"""Grid points per axis below which not-a-knot ends leave the spline undetermined."""

_MOST = 2**24
"""Cells that float32 can number."""


@dataclasses.dataclass(frozen=True, eq=False)
class GridField:
    """The bicubic spline through a regular grid of samples, as a field.

    Attributes:
        values: samples ``(ny, nx)`` as ``values[row of y, column of x]``, borders included; at least 4 by 4.
        domain: ``(x_min, x_max, y_min, y_max)`` that the grid spans.

    Raises:
        InputError: too few or too many grid points, a sample that is no finite number, or an empty domain.
    """

    values: Array
    domain: Domain

    def __post_init__(self) -> None:
        shape = " x ".join(map(str, self.values.shape))
        if self.values.ndim != 2 or min(self.values.shape) < _FEWEST:
            raise InputError(f"a surface needs a grid of at least 4 x 4 points, not {shape}: sample it finer")
        if np.prod(np.add(self.values.shape, 1)) > _MOST:
            raise InputError(f"a grid of {shape} points is too fine: 4095 x 4095 is the most")
        if not np.isfinite(self.values).all():
            row, column = np.argwhere(~np.isfinite(self.values))[0]
            raise InputError(f"the surface is not finite at grid row {row}, column {column}: mend the sample")
        x_min, x_max, y_min, y_max = self.domain
        if not (x_min < x_max and y_min < y_max and np.isfinite(self.domain).all()):
            raise InputError(f"the domain {self.domain} is empty: x_min < x_max and y_min < y_max must hold")

    @property
    def scratch(self) -> int:
        """How many ``(2, n)`` work arrays ``gradient`` needs."""
        return 8

    def value(self, xy: Array) -> Array:
        """Loss ``(n,)`` at positions ``(2, n)``, in the dtype of ``xy``; NaN where a position is NaN."""
        n = xy.shape[1]
        work = np.empty((self.scratch, 2, n), xy.dtype)
        pieces = self._pieces(xy.dtype)
        cell, (s, t) = pieces.locate(xy, work)
        along_x, term = work[2:4].reshape(4, n), work[4:6].reshape(4, n)
        pieces.gather(3, cell, along_x)
        for power in (2, 1, 0):
            along_x *= s
            along_x += pieces.gather(power, cell, term)
        total = along_x[3].copy()
        for row in along_x[2::-1]:
            total *= t
            total += row
        return np.asarray(total)

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:
        """Write the spline's exact gradient ``(2, n)`` into ``out``; see ``Field.gradient``."""
        n = xy.shape[1]
        pieces = self._pieces(xy.dtype)
        cell, (s, t) = pieces.locate(xy, scratch)
        along_x, slope, term = (scratch[k : k + 2].reshape(4, n) for k in (2, 4, 6))
        # Horner's scheme in s and its derivative side by side, for all four powers of t at once.
        pieces.gather(3, cell, slope)
        np.multiply(slope, s, out=along_x)
        along_x += pieces.gather(2, cell, term)
        for power in (1, 0):
            slope *= s
            slope += along_x
            along_x *= s
            along_x += pieces.gather(power, cell, term)
        # Then in t: the slopes along x as they are, the values along x by their derivative.
        d_x, d_y = out
        np.multiply(slope[3], t, out=d_x)
        d_x += slope[2]
        d_x *= t
        d_x += slope[1]
        d_x *= t
        d_x += slope[0]
        _, once, twice, thrice = along_x
        np.multiply(thrice, t, out=d_y)
        twice += d_y
        d_y += twice
        d_y *= t
        twice *= t
        once += twice
        d_y += once
        out *= pieces.cells_per_unit

    @functools.cached_property
    def _made(self) -> dict[np.dtype[np.floating[Any]], "_Pieces"]:
        return {}

    def _pieces(self, dtype: np.dtype[np.floating[Any]]) -> "_Pieces":
        if dtype not in self._made:
            self._made[dtype] = _cut(self.values, self.domain, dtype)
        return self._made[dtype]


class _Pieces(NamedTuple):
    """A spline cell by cell, in one dtype; the cells include the ring beyond the border."""

    table: Array
    """Coefficients ``(4 powers of s, 4 powers of t, cells)``; a table per power stays in the cache."""
    low: Array
    """Where the ring begins, ``(2, 1)``."""
    cells_per_unit: Array
    """``(2, 1)``."""
    last: Array
    """The last cell along each axis, ``(2, 1)``."""

    def locate(self, xy: Array, work: Array) -> tuple[npt.NDArray[np.intp], Array]:
        """The cell of each position ``(n,)`` and where in it ``(2, n)``: both in ``work[:2]``, spoils ``work[2]``."""
        where, corner = work[0], work[2]
        np.subtract(xy, self.low, out=where)
        where *= self.cells_per_unit
        np.floor(where, out=corner)
        np.fmax(corner, 0, out=corner)  # unlike maximum never NaN: fit to be an index
        np.fmin(corner, self.last, out=corner)
        where -= corner
        corner[0] *= self.last[1] + 1
        corner[0] += corner[1]
        cell = np.ascontiguousarray(work[1]).reshape(-1).view(np.intp)[: xy.shape[1]]
        np.copyto(cell, corner[0], casting="unsafe")
        return cell, where

    def gather(self, power: int, cell: npt.NDArray[np.intp], out: Array) -> Array:
        """Coefficients ``(4, n)`` of one power of s; clipping spares the buffer that numpy needs to raise."""
        return np.asarray(self.table[power].take(cell, axis=1, mode="clip", out=out))


def _cut(values: Array, domain: Domain, dtype: np.dtype[np.floating[Any]]) -> _Pieces:
    low, high = np.reshape(domain, (2, 2, 1)).swapaxes(0, 1)
    points = np.array(values.shape[::-1])[:, np.newaxis]
    cells_per_unit = (points - 1) / (high - low)
    samples = values.astype(np.result_type(values.dtype, dtype), copy=False)
    table = _cut_axis(_cut_axis(samples).swapaxes(1, 2)).astype(dtype, copy=False).reshape(4, 4, -1)
    return _Pieces(
        table, *(part.astype(dtype) for part in (low - 1 / cells_per_unit, cells_per_unit, points))
    )


def _cut_axis(samples: Array) -> Array:
    """Power coefficients of the splines down the last axis but one: ``(..., n, m) -> (4, ..., n + 1, m)``.

    Cell ``k`` lies between points ``k - 1`` and ``k`` and its polynomial starts at point ``k - 1``, on a grid
    of spacing one; the first and the last cell are the straight lines beyond the border.
    """
    n = samples.shape[-2]
    bend = _second_differences(n).astype(samples.dtype) @ samples
    low, high = bend[..., :-1, :], bend[..., 1:, :]
    pieces = np.zeros((4, *samples.shape[:-2], n + 1, samples.shape[-1]), samples.dtype)
    constant, slope, square, cube = pieces
    constant[..., 1:, :] = samples
    inner = slope[..., 1:-1, :]
    np.subtract(samples[..., 1:, :], samples[..., :-1, :], out=inner)
    inner -= (2 * low + high) / 6
    np.divide(low, 2, out=square[..., 1:-1, :])
    np.divide(high - low, 6, out=cube[..., 1:-1, :])
    slope[..., 0, :] = slope[..., 1, :]
    slope[..., -1, :] = slope[..., -2, :] + (low[..., -1, :] + high[..., -1, :]) / 2
    constant[..., 0, :] = constant[..., 1, :] - slope[..., 0, :]
    return pieces


@functools.lru_cache(maxsize=8)
def _second_differences(n: int) -> npt.NDArray[np.float64]:
    """The matrix ``(n, n)`` from samples to the second derivatives of their not-a-knot spline."""
    system, load = np.zeros((n, n)), np.zeros((n, n))
    inner = np.arange(1, n - 1)
    for offset, weight, difference in ((-1, 1.0, 6.0), (0, 4.0, -12.0), (1, 1.0, 6.0)):
        system[inner, inner + offset] = weight
        load[inner, inner + offset] = difference
    # Not a knot: the third derivative does not jump at the last point but one.
    system[0, :3] = system[-1, -3:] = 1.0, -2.0, 1.0
    return np.asarray(np.linalg.solve(system, load), np.float64)
