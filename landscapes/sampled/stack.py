"""A stack of grids, such as the losses of minibatches: B-spline coefficients that the layers of a ball share."""

import dataclasses
import functools
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy import add, multiply

from landscapes.landscape import Array, Domain, Rows
from landscapes.sampled.fill import fill
from landscapes.sampled.holes import Mask, find_holes, find_whole
from landscapes.sampled.lattice import Lattice, lay
from landscapes.sampled.limits import require_grid
from landscapes.sampled.spline import control_axis

_PAIRS = 2**13
"""Balls whose samples are looked up at once: their sums stay in the cache."""

_LAYERS = 2**22
"""Grid points of a stack that are turned into coefficients at once."""


@dataclasses.dataclass(frozen=True, eq=False)
class GridSamples:
    """A stack of grids, such as the losses of minibatches, each a spline of its own; see ``Samples``.

    Each layer is the surface that ``GridField`` makes of it, but for rounding. Kept are the coefficients of its
    B-splines, as many as samples, rather than the polynomials of its cells: balls have a layer of their own each, so
    that what they look up is rarely in the cache anyway, and all layers of a ball share its weights.

    Attributes:
        values: samples ``(k, ny, nx)``, each layer as in ``GridField``; a hole in one is a hole in all.
        domain: ``(x_min, x_max, y_min, y_max)`` that the grids span.

    Raises:
        InputError: see ``GridField``.
    """

    values: Array
    domain: Domain

    def __post_init__(self) -> None:
        require_grid(self.values, 3, self.domain)

    @property
    def count(self) -> int:
        """How many layers there are."""
        return len(self.values)

    def value(self, xy: Array, rows: Rows) -> Array:
        """Mean loss ``(n,)`` of the layers ``rows (n, b)`` at positions ``(2, n)``, in the dtype of ``xy``."""
        out = np.empty(xy.shape[1], xy.dtype)
        for balls, means, ((across, along), _) in self._look_up(xy, rows):
            out[balls] = _sum(along * _sum(across * means))
        out += self._splines(xy.dtype).level
        return out

    def gradient(self, xy: Array, rows: Rows, out: Array) -> None:
        """Write the exact gradient ``(2, n)`` of ``value`` into ``out``, which must not overlap ``xy``."""
        for balls, means, ((across, along), (d_across, d_along)) in self._look_up(xy, rows):
            out[0, balls] = _sum(along * _sum(d_across * means))
            out[1, balls] = _sum(d_along * _sum(across * means))
        multiply(out, self._splines(xy.dtype).lattice.cells_per_unit, out)

    def _look_up(self, xy: Array, rows: Rows) -> Iterator[tuple[slice, Array, tuple[Array, Array]]]:
        """Of some balls at a time the mean coefficients ``(4 of y, 4 of x, n)``; weights and their derivatives.

        These are of x and of y, ``(2, 4, n)``, and NaN in a hole.
        """
        splines = self._splines(xy.dtype)
        for first in range(0, xy.shape[1], _PAIRS):
            balls = slice(first, first + _PAIRS)
            cell, where = splines.locate(xy[:, balls])
            yield balls, splines.add_up(cell, rows[balls]), _weigh(where)

    @functools.cached_property
    def _made(self) -> dict[np.dtype[np.floating[Any]], "_Splines"]:
        return {}

    def _splines(self, dtype: np.dtype[np.floating[Any]]) -> "_Splines":
        if dtype not in self._made:
            self._made[dtype] = _control(self.values, self.domain, dtype)
        return self._made[dtype]


class _Splines(NamedTuple):
    """A stack of splines in B-spline coefficients, in one dtype."""

    coefficients: Array
    """``(layers * (ny + 2) * (nx + 2),)``, less ``level``; those that a cell needs begin at its number."""
    level: Array
    """The mean of all samples, ``()``: without it float32 keeps more digits of the slopes."""
    lattice: Lattice
    shape: tuple[int, int]
    """``(ny + 2, nx + 2)``."""
    holes: Mask | None
    """By number of the cell, ``((ny + 2) * (nx + 2),)``."""

    def locate(self, xy: Array) -> tuple[npt.NDArray[np.intp], Array]:
        """The number of each position's cell ``(n,)`` and where in it ``(2, n)``; beyond 0 and 1 outside the grid."""
        where, corner = np.empty_like(xy), np.empty_like(xy)
        self.lattice.locate(xy, where, corner)
        corner -= 1
        inner = np.clip(corner, self.lattice.first, self.lattice.last - 2)
        where += corner - inner
        column, row = inner.astype(np.intp)
        cell = row * self.shape[1] + column
        if self.holes is not None:
            where[:, self.holes[cell]] = np.nan
        return cell, where

    def add_up(self, cell: npt.NDArray[np.intp], rows: Rows) -> Array:
        """Mean coefficients ``(4 of y, 4 of x, n)`` of the layers ``rows (n, b)`` around each cell."""
        total = np.zeros((4, 4, cell.size), self.coefficients.dtype)
        term = np.empty_like(total)
        layer = math.prod(self.shape)
        for numbers in rows.T:
            begin = multiply(numbers, layer, dtype=np.intp) + cell
            for y, x in np.ndindex(4, 4):
                # All exist; clipping spares the buffer that numpy needs to raise.
                self.coefficients[y * self.shape[1] + x :].take(begin, mode="clip", out=term[y, x])
            total += term
        total /= rows.shape[1]
        return total


def _control(values: Array, domain: Domain, dtype: np.dtype[np.floating[Any]]) -> _Splines:
    count, ny, nx = values.shape
    whole = find_whole(values)
    level = values.mean(dtype=np.float64, where=whole)
    coefficients = np.empty((count, ny + 2, nx + 2), dtype)
    for first in range(0, count, size := max(1, _LAYERS // (ny * nx))):
        part = fill(values[first : first + size].astype(np.float64), whole) - level
        for _ in range(2):  # x, then y: two of three turns of the axes
            part = control_axis(np.ascontiguousarray(part.transpose(2, 0, 1)))
        coefficients[first : first + size] = part.transpose(2, 0, 1)
    cells = find_holes(values)
    holes = None if cells is None else np.pad(cells, ((0, 3), (0, 3))).ravel()
    lattice = lay(values.shape, domain, dtype)
    return _Splines(coefficients.ravel(), np.array(level, dtype), lattice, (ny + 2, nx + 2), holes)


def _weigh(where: Array) -> tuple[Array, Array]:
    """B-spline weights and their derivatives at places ``(2, n)`` in cells, ``(2, 4, n)`` each.

    Beyond the ends of a cell the weights go on as straight lines.
    """
    s = np.clip(where, 0, 1)
    r, q = 1 - s, s * s
    slopes = np.stack([-r * r / 2, (1.5 * s - 2) * s, (2 - 1.5 * r) * r, q / 2], axis=1)
    weights = np.stack(
        [r * r * r / 6, (s / 2 - 1) * q + 2 / 3, (r / 2 - 1) * r * r + 2 / 3, q * s / 6], axis=1
    )
    weights += (where - s)[:, np.newaxis] * slopes
    return weights, slopes


def _sum(terms: Array) -> Array:
    """Sum four rows ``(..., 4, n)``, one after the other."""
    return np.asarray(add.reduce(terms, axis=-2))
