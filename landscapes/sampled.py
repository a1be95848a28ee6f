"""Surfaces known only at the points of a regular grid, made smooth: value and exact gradient anywhere.

Between the grid points runs the bicubic spline with not-a-knot ends (de Boor, "A Practical Guide to
Splines", 1978, ch. IV): it passes through every sample, its second derivatives are continuous, and it is
linear in the samples. Beyond the border each axis continues as a straight line, value and slope joining
without a step; the ring of cells around the grid holds these lines, so that no position is a special case.

A sample that is no finite number is a hole: the cells around it have no surface. The spline is drawn
through a harmonic fill, so that next to a hole it is as smooth as anywhere else.
"""

import dataclasses
import functools
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy import add, copyto, floor, fmax, fmin, multiply, subtract

from landscapes.errors import InputError
from landscapes.landscape import Array, Domain, Rows

Mask = npt.NDArray[np.bool_]

_FEWEST = 4
"""Grid points per axis below which not-a-knot ends leave the spline undetermined."""

_MOST = 2**24
"""Cells that float32 can number."""

_HIGHEST = 1e30
"""What a sample may be worth: float32 still holds the spline's coefficients."""

_WIDEST = 1e6
"""Cells to smooth over, beyond which all is one mean."""

_SWEEPS = 8
"""Relaxations at each level of a fill; a few hide where the levels meet."""

_SIGHT = 8
"""Cells that one looks around for holes."""

_MARGIN = 0.25
"""Cells that positions may be rounded by."""

_PAIRS = 2**13
"""Balls whose samples are looked up at once: their sums stay in the cache."""

_LAYERS = 2**22
"""Grid points of a stack that are turned into coefficients at once."""


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
        _require_grid(self.values, 2, self.domain)

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
        return _find_holes(self.values)

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
        share[near] = _traverse(cells, start, end, *ways[:, :, finite])
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
        return cells, _measure_room(cells)


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
        _require_grid(self.values, 3, self.domain)

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


def smooth(values: Array, cells: float) -> Array:
    """Take the noise out of a grid: every sample becomes a Gaussian average of those around it.

    The average is the discrete analogue of the Gaussian (Lindeberg, "Scale-Space for Discrete Signals", 1990):
    positive, of variance ``cells ** 2`` at any width, and what diffusion on a grid with closed borders does, so that
    the mean stays.

    Args:
        values: samples ``(..., ny, nx)``; those that are no finite numbers stay, and count for nothing.
        cells: standard deviation in grid cells; 0 leaves all as it is.

    Returns:
        ``(..., ny, nx)`` in the dtype of ``values``, if it is a float.

    Raises:
        InputError: a width that is no number from 0 to a million, or an enormous sample.
    """
    if not 0 <= cells <= _WIDEST:
        raise InputError(f"smoothing must be a number of grid cells from 0 to {_WIDEST:g}, not {cells:g}")
    if cells == 0:
        return values
    whole = np.isfinite(values)
    _require_height(values)
    means = _diffuse(np.where(whole, values, 0.0), cells)
    if not whole.all():
        np.divide(means, _diffuse(whole.astype(np.float64), cells), out=means, where=whole)
    return np.where(whole, means, values).astype(np.result_type(values.dtype, np.float32))


def _diffuse(values: npt.NDArray[np.float64], cells: float) -> npt.NDArray[np.float64]:
    """Diffuse along the last two axes; a signal and its mirror image repeat, which closes the borders."""
    for axis in (-2, -1):
        n = values.shape[axis]
        decay = np.exp(cells * cells * (np.cos(np.pi * np.arange(n + 1) / n) - 1))
        spectrum = np.fft.rfft(np.concatenate([values, np.flip(values, axis)], axis), axis=axis)
        spectrum *= decay[:, np.newaxis] if axis == -2 else decay
        values = np.fft.irfft(spectrum, 2 * n, axis=axis).take(np.arange(n), axis=axis)
    return values


class _Lattice(NamedTuple):
    """The cells of a grid in one dtype, with the ring of cells beyond its border; all of shape ``(2, 1)``."""

    low: Array
    """Where the ring begins."""
    cells_per_unit: Array
    first: Array
    """The first cell along each axis: zero."""
    last: Array
    """The last cell along each axis."""

    def locate(self, xy: Array, where: Array, corner: Array) -> None:
        """Write the number of each position's cell along both axes, and where in the cell it is, ``(2, n)`` each."""
        subtract(xy, self.low, where)
        multiply(where, self.cells_per_unit, where)
        floor(where, corner)
        fmax(corner, self.first, corner)  # unlike maximum never NaN: fit to be an index
        fmin(corner, self.last, corner)
        subtract(where, corner, where)

    def find(self, xy: Array) -> npt.NDArray[np.intp]:
        """The numbers of the cells ``(2, n)``."""
        where, corner = np.empty_like(xy), np.empty_like(xy)
        self.locate(xy, where, corner)
        return corner.astype(np.intp)

    def scale(self, xy: Array) -> Array:
        """Positions in cells, ``(2, n)``, in float64."""
        return np.asarray((xy.astype(np.float64) - self.low) * self.cells_per_unit)


def _lay(shape: tuple[int, ...], domain: Domain, dtype: np.dtype[np.floating[Any]]) -> _Lattice:
    low, high = np.reshape(domain, (2, 2, 1)).swapaxes(0, 1)
    points = np.array(shape[:-3:-1])[:, np.newaxis]
    cells_per_unit = (points - 1) / (high - low)
    parts = (low - 1 / cells_per_unit, cells_per_unit, np.zeros((2, 1)), points)
    return _Lattice(*(part.astype(dtype) for part in parts))


class _Pieces(NamedTuple):
    """A spline cell by cell, in one dtype; the cells include the ring beyond the border."""

    table: Array
    """Coefficients ``(4 powers of s, cells, 4 powers of t)``: a table per power of s stays in the cache."""
    lattice: _Lattice
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


def _repeat(row: Array, out: Array) -> None:
    """Write ``row (n,)`` into all columns of ``out (n, 4)``; one by one is three times as fast as at once."""
    for column in out.T:
        copyto(column, row)


def _cut(values: Array, domain: Domain, holes: Mask | None, dtype: np.dtype[np.floating[Any]]) -> _Pieces:
    lattice = _lay(values.shape, domain, dtype)
    samples = _fill(values.astype(np.result_type(values.dtype, dtype), copy=False), _find_whole(values))
    ny, nx = values.shape
    table = np.empty((4, nx + 1, ny + 1, 4), dtype)
    for power, part in enumerate(_cut_axis(samples)):
        table[..., power] = _cut_axis(np.ascontiguousarray(part.T))
    if holes is not None:
        table[:, np.pad(holes.T, 1, "edge")] = np.nan
    return _Pieces(table.reshape(4, -1, 4), lattice, np.array(ny + 1, dtype))


def _cut_axis(samples: Array) -> Array:
    """Power coefficients of the splines down the first axis: ``(n, m) -> (4, n + 1, m)``.

    Cell ``k`` lies between points ``k - 1`` and ``k`` and its polynomial starts at point ``k - 1``, on a grid
    of spacing one; the first and the last cell are the straight lines beyond the border.
    """
    bend = _bend(samples)
    low, high = bend[:-1], bend[1:]
    pieces = np.zeros((4, len(samples) + 1, samples.shape[1]), samples.dtype)
    constant, slope, square, cube = pieces
    constant[1:] = samples
    inner = slope[1:-1]
    subtract(samples[1:], samples[:-1], inner)
    inner -= (2 * low + high) / 6
    np.divide(low, 2, out=square[1:-1])
    np.divide(high - low, 6, out=cube[1:-1])
    slope[0] = slope[1]
    slope[-1] = slope[-2] + (low[-1] + high[-1]) / 2
    constant[0] = constant[1] - slope[0]
    return pieces


def _bend(samples: Array) -> Array:
    """Second derivatives ``(n, ...)`` at the points of the not-a-knot splines down the first axis.

    Between neighbours ``m[i-1] + 4 m[i] + m[i+1] = 6 d[i]`` with second differences ``d``; that the third derivative
    does not jump at the last points but one makes ``m = d`` there. Elimination forwards, then back.
    """
    n = len(samples)
    bend = np.empty_like(samples)
    subtract(samples[2:], samples[1:-1], bend[1:-1])
    bend[1:-1] -= samples[1:-1] - samples[:-2]
    factors = [0.0, 0.0]
    for i in range(2, n - 2):
        factors.append(1 / (4 - factors[-1]))
        bend[i] *= 6
        bend[i] -= bend[i - 1] if i < n - 3 else bend[i - 1] + bend[i + 1]
        bend[i] *= factors[i]
    for i in range(n - 4, 1, -1):
        bend[i] -= factors[i] * bend[i + 1]
    bend[0] = 2 * bend[1] - bend[2]
    bend[-1] = 2 * bend[-2] - bend[-3]
    return bend


class _Splines(NamedTuple):
    """A stack of splines in B-spline coefficients, in one dtype."""

    coefficients: Array
    """``(layers * (ny + 2) * (nx + 2),)``, less ``level``; those that a cell needs begin at its number."""
    level: Array
    """The mean of all samples, ``()``: without it float32 keeps more digits of the slopes."""
    lattice: _Lattice
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
    whole = _find_whole(values)
    level = values.mean(dtype=np.float64, where=whole)
    coefficients = np.empty((count, ny + 2, nx + 2), dtype)
    for first in range(0, count, size := max(1, _LAYERS // (ny * nx))):
        part = _fill(values[first : first + size].astype(np.float64), whole) - level
        for _ in range(2):  # x, then y: two of three turns of the axes
            part = _control_axis(np.ascontiguousarray(part.transpose(2, 0, 1)))
        coefficients[first : first + size] = part.transpose(2, 0, 1)
    cells = _find_holes(values)
    holes = None if cells is None else np.pad(cells, ((0, 3), (0, 3))).ravel()
    lattice = _lay(values.shape, domain, dtype)
    return _Splines(coefficients.ravel(), np.array(level, dtype), lattice, (ny + 2, nx + 2), holes)


def _control_axis(samples: Array) -> Array:
    """Coefficients ``(n + 2, ...)`` of the B-splines down the first axis: ``c[i] = f[i] - m[i] / 6``, ``m`` the bend.

    The first and the last follow from ``m = c[i-1] - 2 c[i] + c[i+1]`` at the ends.
    """
    bend = _bend(samples)
    coefficients = np.empty((len(samples) + 2, *samples.shape[1:]), samples.dtype)
    inner = coefficients[1:-1]
    subtract(samples, bend / 6, inner)
    coefficients[0] = bend[0] + 2 * inner[0] - inner[1]
    coefficients[-1] = bend[-1] + 2 * inner[-1] - inner[-2]
    return coefficients


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


def _require_grid(values: Array, axes: int, domain: Domain) -> None:
    shape = " x ".join(map(str, values.shape))
    if values.ndim != axes or min(values.shape[-2:]) < _FEWEST or not values.size:
        raise InputError(f"a surface needs a grid of at least 4 x 4 points, not {shape}: sample it finer")
    if np.prod(np.add(values.shape[-2:], 1)) > _MOST:
        raise InputError(f"a grid of {shape} points is too fine: 4095 x 4095 is the most")
    _require_height(values)
    holes = _find_holes(values)
    if holes is not None and holes.all():
        raise InputError(
            "no cell of the grid has a number at all four corners: there is no surface to roll on"
        )
    x_min, x_max, y_min, y_max = domain
    if not (x_min < x_max and y_min < y_max and np.isfinite(domain).all()):
        raise InputError(f"the domain {domain} is empty: x_min < x_max and y_min < y_max must hold")
    _require_steps(values.shape, domain)


def _require_height(values: Array) -> None:
    enormous = np.isfinite(values) & (np.abs(values) > _HIGHEST)
    if enormous.any():
        *_, row, column = np.argwhere(enormous)[0]
        raise InputError(
            f"the sample at grid row {row}, column {column} is beyond {_HIGHEST:g}: cut it, or take logarithms"
        )


def _require_steps(shape: tuple[int, ...], domain: Domain) -> None:
    """Balls move in float32: a cell must be some of its steps wide."""
    with np.errstate(over="ignore", invalid="ignore"):
        x_min, x_max, y_min, y_max = domain
        cell = min((x_max - x_min) / (shape[-1] - 1), (y_max - y_min) / (shape[-2] - 1))
        step = np.spacing(np.float32(np.abs(domain).max()))
    if not (4 * step <= cell and 1 / _HIGHEST < cell < _HIGHEST):
        raise InputError(
            f"cells of size {cell:.3g} cannot be told apart in the domain {domain}: shift or scale its coordinates"
        )


def _find_whole(values: Array) -> Mask:
    """The grid points ``(ny, nx)`` that are numbers, in all layers if there are more."""
    return np.asarray(np.isfinite(values).reshape(-1, *values.shape[-2:]).all(axis=0))


def _find_holes(values: Array) -> Mask | None:
    whole = _find_whole(values)
    if whole.all():
        return None
    rows = whole[1:] & whole[:-1]
    return ~(rows[:, 1:] & rows[:, :-1])


def _fill(values: Array, whole: Mask) -> Array:
    """Bridge the holes of ``values (..., ny, nx)`` harmonically: from every other point, then relaxed.

    Args:
        values: the samples; what they are in holes does not matter.
        whole: where they count, ``(ny, nx)``; somewhere they must.
    """
    if whole.all():
        return values
    ny, nx = whole.shape
    if whole[::2, ::2].any():
        guess = _double(_fill(values[..., ::2, ::2], whole[::2, ::2]))[..., :ny, :nx]
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


def _measure_room(holes: Mask) -> Array:
    """From each cell, how many cells one may walk along both axes and meet no hole: an underestimate, small at most."""
    room = np.full(holes.shape, -1 - _MARGIN, np.float32)
    reached = holes
    for _ in range(_SIGHT):
        room += ~reached
        padded = np.pad(reached, 1)
        rows = padded[:-2] | padded[1:-1] | padded[2:]
        reached = rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:]
    return room


def _traverse(
    holes: Mask, at: npt.NDArray[np.intp], end: npt.NDArray[np.intp], before: Array, after: Array
) -> Array:
    """Walk cell by cell until a hole (Amanatides and Woo, "A Fast Voxel Traversal Algorithm", 1987).

    Args:
        holes: by cell, ``(nx + 1, ny + 1)``.
        at: the cells where the ways begin, ``(2, n)``.
        end: those where they end.
        before: where the ways begin, ``(2, n)`` in cells.
        after: where they end.

    Returns:
        The share of the way at which it meets a hole ``(n,)``; infinite without one.
    """
    share = np.where(holes[at[0], at[1]], 0.0, np.inf)
    going = np.flatnonzero(np.isinf(share) & (at != end).any(axis=0))
    at, end, before, after = at[:, going], end[:, going], before[:, going], after[:, going]
    with np.errstate(all="ignore"):
        while going.size:
            times = (at + (at < end) - before) / (after - before)
            times[at == end] = np.inf
            axis = ((times[1] < times[0]) | (at[0] == end[0])).astype(np.intp)  # it always goes on
            ball = np.arange(going.size)
            at[axis, ball] += np.sign(end[axis, ball] - at[axis, ball])
            hit = holes[at[0], at[1]]
            share[going[hit]] = np.clip(times[axis, ball][hit], 0, 1)
            rest = ~hit & (at != end).any(axis=0)
            going = going[rest]
            at, end, before, after = at[:, rest], end[:, rest], before[:, rest], after[:, rest]
    return share
