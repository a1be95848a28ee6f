"""One grid as a field: the polynomials of its cells, looked up ball by ball."""

import dataclasses
import functools
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy import add, copyto, multiply

from landscapes.landscape import Array, Domain
from landscapes.sampled.fill import fill
from landscapes.sampled.holes import Mask, find_holes, find_whole, measure_room, traverse
from landscapes.sampled.lattice import Lattice, lay
from landscapes.sampled.limits import require_grid
from landscapes.sampled.spline import cut_axis

_CELLS = 2**18
"""Cells whose polynomials are worked out at once: four numbers of each are in memory beside the table."""


@dataclasses.dataclass(frozen=True, eq=False)
class GridField:
    """The bicubic spline through a regular grid of samples, as a field; NaN in the cells around a hole.

    Attributes:
        values: samples ``(ny, nx)`` as ``values[row of y, column of x]``, borders included; at least 4 by 4.
            One that is no finite number is a hole.
        domain: ``(x_min, x_max, y_min, y_max)`` that the grid spans.

    Raises:
        InputError: too few or too many grid points, an enormous sample, no cell without a hole, or a domain
            that is empty or that float32 cannot walk.
    """

    values: Array
    domain: Domain

    def __post_init__(self) -> None:
        require_grid(self.values, 2, self.domain)

    @property
    def scratch(self) -> int:
        """How many ``(2, n)`` work arrays ``gradient`` needs."""
        return 10

    @functools.cached_property
    def holes(self) -> Mask | None:
        """The cells ``(ny - 1, nx - 1)`` without a surface, those with a hole at a corner; none if all have one.

        A cell has its lower edges, its upper ones belong to the next; what is beyond the border is like the cell
        at the border.
        """
        return find_holes(self.values)

    def value(self, xy: Array) -> Array:
        """Loss ``(n,)`` at positions ``(2, n)``, in the dtype of ``xy``; NaN where a position is, and in holes."""
        n = xy.shape[1]
        work = np.empty((self.scratch, 2, n), xy.dtype)
        pieces = self._pieces(xy.dtype)
        cell, (s, t) = pieces.locate(xy, work)
        along_x, term, repeated = (work[k : k + 2].reshape(n, 4) for k in (2, 6, 8))
        _repeat(s, repeated)
        pieces.gather(3, cell, along_x)
        for power in (2, 1, 0):
            multiply(along_x, repeated, along_x)
            add(along_x, pieces.gather(power, cell, term), along_x)
        total = along_x[:, 3].copy()
        for power in (2, 1, 0):
            multiply(total, t, total)
            add(total, along_x[:, power], total)
        return total

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:
        """Write the spline's exact gradient ``(2, n)`` into ``out``; see ``Field.gradient``."""
        self._differentiate(xy, out, scratch)

    def value_and_gradient(self, xy: Array, out: Array, scratch: Array) -> Array:
        """The same as ``gradient``, and the loss ``(n,)`` at little extra cost."""
        t, rest, constant = self._differentiate(xy, out, scratch)
        return np.asarray(rest * t + constant)

    @np.errstate(over="ignore", invalid="ignore")
    def meets(self, before: Array, after: Array) -> Array:
        """The share of the straight way ``before -> after`` at which it meets a hole.

        Args:
            before: where the ways begin, ``(2, n)``.
            after: where they end, ``(2, n)``, in the same dtype: a position is in a hole if ``value`` says so.

        Returns:
            ``(n,)`` float64 from 0 to 1; infinite where there is no hole on the way, or an end is NaN.
        """
        share = np.full(before.shape[1], np.inf)
        if self._walls is None:
            return share
        cells, room = self._walls
        pieces = self._pieces(before.dtype)
        cell, _ = pieces.locate(before, np.empty((3, *before.shape), before.dtype))
        stride = np.abs(after - before) * pieces.lattice.cells_per_unit
        near = np.flatnonzero(np.maximum(*stride) >= room.take(cell))
        if not near.size:
            return share
        ways = np.stack([pieces.lattice.scale(part[:, near]) for part in (before, after)])
        finite = np.isfinite(ways).all(axis=(0, 1))
        near = near[finite]
        start, end = (pieces.lattice.find(part[:, near]) for part in (before, after))
        share[near] = traverse(cells, start, end, *ways[:, :, finite])
        return share

    def crosses(self, before: Array, after: Array) -> Mask:
        """Whether the straight way from ``before (2, n)`` to ``after (2, n)`` meets a hole, ``(n,)``; see ``meets``."""
        return np.isfinite(self.meets(before, after))

    def _differentiate(self, xy: Array, out: Array, scratch: Array) -> tuple[Array, Array, Array]:
        """Write the gradient; with the loss left at ``rest * t + constant``, return ``t, rest, constant``."""
        n = xy.shape[1]
        pieces = self._pieces(xy.dtype)
        cell, (s, t) = pieces.locate(xy, scratch)
        along_x, slope, term, repeated = (scratch[k : k + 2].reshape(n, 4) for k in (2, 4, 6, 8))
        _repeat(s, repeated)
        # Horner's scheme in s and its derivative side by side, for all four powers of t at once.
        pieces.gather(3, cell, slope)
        multiply(slope, repeated, along_x)
        add(along_x, pieces.gather(2, cell, term), along_x)
        for power in (1, 0):
            multiply(slope, repeated, slope)
            add(slope, along_x, slope)
            multiply(along_x, repeated, along_x)
            add(along_x, pieces.gather(power, cell, term), along_x)
        # Then in t, in rows: the slopes along x as they are, the values along x by their derivative.
        slopes, rows = term.reshape(4, n), repeated.reshape(4, n)
        copyto(slopes, slope.T)
        copyto(rows, along_x.T)
        d_x, d_y = out
        slope_0, slope_1, slope_2, slope_3 = slopes
        multiply(slope_3, t, d_x)
        add(d_x, slope_2, d_x)
        multiply(d_x, t, d_x)
        add(d_x, slope_1, d_x)
        multiply(d_x, t, d_x)
        add(d_x, slope_0, d_x)
        constant, once, twice, thrice = rows
        multiply(thrice, t, d_y)
        add(twice, d_y, twice)
        add(d_y, twice, d_y)
        multiply(d_y, t, d_y)
        multiply(twice, t, twice)
        add(once, twice, once)
        add(d_y, once, d_y)
        multiply(out, pieces.lattice.cells_per_unit, out)
        return t, once, constant

    @functools.cached_property
    def _made(self) -> dict[np.dtype[np.floating[Any]], "_Pieces"]:
        return {}

    def _pieces(self, dtype: np.dtype[np.floating[Any]]) -> "_Pieces":
        if dtype not in self._made:
            self._made[dtype] = _cut(self.values, self.domain, self.holes, dtype)
        return self._made[dtype]

    @functools.cached_property
    def _walls(self) -> tuple[Mask, Array] | None:
        """Of the cells with the ring, ``(nx + 1, ny + 1)``: whether they are holes, and how far off holes are."""
        if self.holes is None:
            return None
        cells = np.pad(self.holes.T, 1, "edge")
        return cells, measure_room(cells)


class _Pieces(NamedTuple):
    """A spline cell by cell, in one dtype; the cells include the ring beyond the border."""

    table: Array
    """Coefficients ``(4 powers of s, cells, 4 powers of t)``: a table per power of s stays in the cache."""
    lattice: Lattice
    stride: Array
    """Cells in a column, ``()``."""

    def locate(self, xy: Array, work: Array) -> tuple[npt.NDArray[np.intp], Array]:
        """The cell of each position ``(n,)`` and where in it ``(2, n)``: both in ``work[:2]``, spoils ``work[2]``."""
        where, (column, row) = work[0], work[2]
        self.lattice.locate(xy, where, work[2])
        multiply(column, self.stride, column)
        add(column, row, column)
        cell = np.ascontiguousarray(work[1]).reshape(-1).view(np.intp)[: xy.shape[1]]
        copyto(cell, column, casting="unsafe")
        return cell, where

    def gather(self, power: int, cell: npt.NDArray[np.intp], out: Array) -> Array:
        """Coefficients ``(n, 4)`` of one power of s; clipping spares the buffer that numpy needs to raise."""
        return np.asarray(self.table[power].take(cell, axis=0, mode="clip", out=out))


def _cut(values: Array, domain: Domain, holes: Mask | None, dtype: np.dtype[np.floating[Any]]) -> _Pieces:
    lattice = lay(values.shape, domain, dtype)
    samples = fill(values.astype(np.result_type(values.dtype, dtype), copy=False), find_whole(values))
    ny, nx = values.shape
    table = np.empty((4, nx + 1, ny + 1, 4), dtype)
    along_y = cut_axis(samples)
    for first in range(0, ny + 1, most := max(1, _CELLS // nx)):
        rows = slice(first, first + most)
        for power, part in enumerate(along_y[:, rows]):
            table[:, :, rows, power] = cut_axis(np.ascontiguousarray(part.T))
    if holes is not None:
        table[:, np.pad(holes.T, 1, "edge")] = np.nan
    return _Pieces(table.reshape(4, -1, 4), lattice, np.array(ny + 1, dtype))


def _repeat(row: Array, out: Array) -> None:
    """Write ``row (n,)`` into all columns of ``out (n, 4)``; one by one is three times as fast as at once."""
    for column in out.T:
        copyto(column, row)
