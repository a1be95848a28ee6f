"""Surfaces known only at the points of a regular grid, made smooth: value and exact gradient anywhere.

Between the grid points runs the bicubic spline with not-a-knot ends (de Boor, "A Practical Guide to
Splines", 1978, ch. IV): it passes through every sample, its second derivatives are continuous, and it is
linear in the samples, so the spline of a mean is the mean of the splines. Beyond the border each axis
continues as a straight line, value and slope joining without a step; the ring of cells around the grid
holds these lines, so that no position is a special case.
"""

import dataclasses
import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError
from landscapes.landscape import Array, Domain

_FEWEST = 4
"""Grid points per axis below which not-a-knot ends leave the spline undetermined."""


@dataclasses.dataclass(frozen=True, eq=False)
class GridField:
    """The bicubic spline through a regular grid of samples, as a field.

    Attributes:
        values: samples ``(ny, nx)`` as ``values[row of y, column of x]``, borders included; at least 4 by 4.
        domain: ``(x_min, x_max, y_min, y_max)`` that the grid spans.

    Raises:
        InputError: too few grid points, a sample that is no finite number, or an empty domain.
    """

    values: Array
    domain: Domain

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or min(self.values.shape) < _FEWEST:
            shape = " x ".join(map(str, self.values.shape))
            raise InputError(f"a surface needs a grid of at least 4 x 4 points, not {shape}: sample it finer")
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
        cell, (s, t) = self._locate(xy, work)
        along_x, term = work[2:4].reshape(4, n), work[4:6].reshape(4, n)
        table = self._table(xy.dtype)
        _gather(table[3], cell, along_x)
        for power in (2, 1, 0):
            along_x *= s
            along_x += _gather(table[power], cell, term)
        total = along_x[3].copy()
        for row in along_x[2::-1]:
            total *= t
            total += row
        return np.asarray(total)

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:
        """Write the spline's exact gradient ``(2, n)`` into ``out``; see ``Field.gradient``."""
        n = xy.shape[1]
        cell, (s, t) = self._locate(xy, scratch)
        along_x, slope, term = (scratch[k : k + 2].reshape(4, n) for k in (2, 4, 6))
        table = self._table(xy.dtype)
        # Horner's scheme and its derivative side by side, for all four powers of t at once.
        _gather(table[3], cell, slope)
        np.multiply(slope, s, out=along_x)
        along_x += _gather(table[2], cell, term)
        for power in (1, 0):
            slope *= s
            slope += along_x
            along_x *= s
            along_x += _gather(table[power], cell, term)
        d_x, d_y = out
        np.multiply(slope[3], t, out=d_x)
        d_x += slope[2]
        d_x *= t
        d_x += slope[1]
        d_x *= t
        d_x += slope[0]
        np.multiply(along_x[3], t, out=d_y)
        along_x[2] += d_y
        d_y += along_x[2]
        d_y *= t
        along_x[2] *= t
        along_x[1] += along_x[2]
        d_y += along_x[1]
        d_x *= self._cells_per_unit[0]
        d_y *= self._cells_per_unit[1]

    @functools.cached_property
    def _cells_per_unit(self) -> tuple[float, float]:
        ny, nx = self.values.shape
        x_min, x_max, y_min, y_max = self.domain
        return (nx - 1) / (x_max - x_min), (ny - 1) / (y_max - y_min)

    @functools.cached_property
    def _tables(self) -> dict[np.dtype[np.floating[Any]], Array]:
        return {}

    def _table(self, dtype: np.dtype[np.floating[Any]]) -> Array:
        """Power coefficients ``(4 powers of s, 4 powers of t, cells)``; made when first asked for."""
        if dtype not in self._tables:
            samples = self.values.astype(np.result_type(self.values.dtype, dtype), copy=False)
            along_both = _pieces(_pieces(samples).swapaxes(1, 2))
            self._tables[dtype] = along_both.astype(dtype, copy=False).reshape(4, 4, -1)
        return self._tables[dtype]

    def _locate(self, xy: Array, work: Array) -> tuple[npt.NDArray[np.intp], Array]:
        """The cell of each position ``(n,)`` and where in it ``(2, n)``, both inside ``work[:2]``."""
        n = xy.shape[1]
        ny, nx = self.values.shape
        where, corner = work[0], work[2]
        for axis, points in enumerate((nx, ny)):
            np.subtract(xy[axis], self.domain[2 * axis], out=where[axis])
            where[axis] *= self._cells_per_unit[axis]
            np.floor(where[axis], out=corner[axis])
            np.fmax(corner[axis], -1, out=corner[axis])  # unlike maximum, never NaN: safe as an index
            np.fmin(corner[axis], points - 1, out=corner[axis])
        where -= corner
        # Whole numbers below 2 ** 24 are exact in float32: grids up to 4095 squared.
        corner[0] += 1
        corner[0] *= ny + 1
        corner[0] += corner[1]
        corner[0] += 1
        cell = np.ascontiguousarray(work[1]).reshape(-1).view(np.intp)[:n]
        np.copyto(cell, corner[0], casting="unsafe")
        return cell, where


@dataclasses.dataclass(frozen=True, eq=False)
class GridStack:
    """One grid of samples for each datum of a data set; their mean is the loss, any few are a minibatch.

    Attributes:
        values: ``(data, ny, nx)``, each grid as in ``GridField``.
        domain: ``(x_min, x_max, y_min, y_max)`` that the grids span.
    """

    values: Array
    domain: Domain

    def mean(self) -> GridField:
        """The surface of all data, in float64."""
        return GridField(self.values.mean(axis=0, dtype=np.float64), self.domain)

    def minibatch(self, indices: npt.NDArray[np.intp]) -> GridField:
        """The surface of exactly these data, repeats counted as often as they occur."""
        total = np.zeros_like(self.values[0])
        for index in indices:
            total += self.values[index]
        total /= len(indices)
        return GridField(total, self.domain)


def _gather(table: Array, cell: npt.NDArray[np.intp], out: Array) -> Array:
    # Clipping is free of the buffer that numpy needs to raise; the cells are in range by construction.
    return table.take(cell, axis=1, mode="clip", out=out)


def _pieces(samples: Array) -> Array:
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
