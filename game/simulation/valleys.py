"""The valleys of a surface: where each one's lowest point is, and which places drain into it."""

import dataclasses
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from landscapes.landscape import AT_ONCE, Array, Domain, Landscape

Points = npt.NDArray[np.float64]
Cells = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Note = Callable[[int], None]

_STRIDES = 16
_REFINEMENTS = 200
WORK = _STRIDES + _REFINEMENTS
"""What ``find_valleys`` will have noted at most when it is done."""


@dataclasses.dataclass(frozen=True, eq=False)
class Valleys:
    """What drains where.

    Attributes:
        domain: ``(x_min, x_max, y_min, y_max)``.
        minima: the lowest points ``(2, k)``, deepest first.
        losses: the loss there ``(k,)``.
        area_shares: what part of the map drains into each ``(k,)``.
        labels: the valley of each cell ``(rows of y, columns of x)``; -1 where there is no loss, or where the way
            down ends in a hole.
    """

    domain: Domain
    minima: Points
    losses: npt.NDArray[np.float64]
    area_shares: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int32]

    def label(self, xy: Array) -> npt.NDArray[np.int32]:
        """The valley ``(n,)`` that each of ``xy (2, n)`` is in; -1 for NaN."""
        cells, known = _nearest_cells(xy, self.domain, self.labels.shape[0])
        return np.where(known, self.labels.ravel()[cells], np.int32(-1))


@np.errstate(all="ignore")
def find_valleys(landscape: Landscape, resolution: int = 256, note: Note = lambda _: None) -> Valleys:
    """Find the valleys of a surface by letting the cells of a grid drain.

    Water runs along the gradient for a few cells at a time, or to the lowest neighbour where that leads no
    lower. The cells where it gathers are then refined to true minima, and those that turn out to be the
    same become one: a long bent valley has many such cells, but one minimum. Water that runs into a hole has no
    valley: the lowest point of a hole's rim is not where a ball comes to rest.

    Args:
        landscape: the surface.
        resolution: cells along each side.
        note: told again and again how much is done, up to ``WORK``.
    """
    xs, ys, loss = landscape.grid(resolution)
    height = np.where(np.isfinite(loss), loss, np.inf)
    drains = _drain(height, _follow_gradient(landscape, xs, ys, note))
    on_map = np.isfinite(height)
    roots, root = np.unique(drains[on_map], return_inverse=True)
    rows, columns = np.divmod(roots, resolution)
    x_min, x_max, y_min, y_max = landscape.domain
    cell = np.array([[x_max - x_min], [y_max - y_min]]) / (resolution - 1)
    low, high = np.array([[x_min], [y_min]]), np.array([[x_max], [y_max]])
    starts = np.clip(low + cell * np.stack([columns, rows]), low, high)
    ends, losses = _refine(landscape, starts, cell, note)
    rests = ~_find_spills(landscape, ends, cell, np.ptp(height[on_map]) if on_map.any() else 0.0)
    ends, losses = ends[:, rests], losses[rests]
    owner, kept = _merge(ends / cell, losses)
    valley = np.full(roots.size, -1, np.int32)
    valley[rests] = owner
    labels = np.full(height.shape, -1, np.int32)
    labels[on_map] = valley[root]
    shares = np.bincount(labels[labels >= 0], minlength=len(kept)) / height.size
    return Valleys(landscape.domain, ends[:, kept], losses[kept], shares, labels)


def _follow_gradient(landscape: Landscape, xs: Array, ys: Array, note: Note) -> Cells:
    """For each cell ``(rows, columns)`` the one where a short walk straight down ends; itself if that is nowhere."""
    x_min, x_max, y_min, y_max = landscape.domain
    low, high = np.array([[x_min], [y_min]]), np.array([[x_max], [y_max]])
    at = np.stack([axis.ravel() for axis in np.meshgrid(xs, ys)])
    stride = 0.5 * min(xs[1] - xs[0], ys[1] - ys[0])
    for first in range(0, at.shape[1], AT_ONCE):
        note(first * _STRIDES // at.shape[1])
        walkers = at[:, first : first + AT_ONCE]
        for _ in range(_STRIDES):
            slope = landscape.gradient(walkers)
            slope *= stride / np.maximum(np.sqrt(slope[0] ** 2 + slope[1] ** 2), 1e-300)
            np.clip(walkers - slope, low, high, out=walkers)
    cells, known = _nearest_cells(at, landscape.domain, xs.size)
    return np.where(known, cells, np.arange(cells.size)).reshape(ys.size, xs.size)


def _drain(height: Points, hint: Cells) -> Cells:
    """For each cell the cell ``(rows, columns)`` where its water ends up, as an index into all cells.

    Water goes to ``hint`` where that is lower than all neighbours, else to the lowest of them. Of equally
    low ones it takes the one with the lowest index, so a plateau has a single drain.
    """
    rows, columns = height.shape
    index = np.arange(height.size).reshape(height.shape)
    around = np.pad(height, 1, constant_values=np.inf)
    lowest = np.full_like(height, np.inf)
    target = index.copy()
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            neighbour = around[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]
            lower = neighbour < lowest
            np.copyto(lowest, neighbour, where=lower)
            np.copyto(target, index + (down * columns + right), where=lower)
    np.copyto(target, hint, where=(target != index) & (height.ravel()[hint] < lowest))
    while not np.array_equal(further := target.ravel()[target], target):
        target = further
    return target


def _refine(
    landscape: Landscape, starts: Points, cell: Points, note: Note
) -> tuple[Points, npt.NDArray[np.float64]]:
    """Follow each of the starts ``(2, k)`` down to its minimum in the domain, by Newton's method.

    Curvature counts by its size alone, so a step always leads down, and a trust radius, in cells, keeps it
    where the curvature was measured. All in units of cells.
    """
    x_min, x_max, y_min, y_max = landscape.domain
    low, high = np.array([[x_min], [y_min]]), np.array([[x_max], [y_max]])
    ends, losses = starts.copy(), landscape.value(starts).astype(np.float64)
    radius = np.ones(starts.shape[1])
    live = np.arange(starts.shape[1])
    for done in range(_REFINEMENTS):
        if not live.size:
            break
        note(_STRIDES + done)
        at = ends[:, live]
        slope = landscape.gradient(at) * cell
        held = ((at <= low) & (slope > 0)) | ((at >= high) & (slope < 0))
        step = _find_step(np.where(held, 0.0, slope), _measure_curvature(landscape, at, cell), held)
        length = np.linalg.norm(step, axis=0)
        step *= np.minimum(1.0, radius[live] / np.maximum(length, 1e-300))
        there = np.clip(at + step * cell, low, high)
        loss = landscape.value(there)
        better: Mask = np.asarray(loss <= losses[live], dtype=np.bool_)
        ends[:, live[better]] = there[:, better]
        losses[live[better]] = loss[better]
        radius[live] = np.where(better, np.minimum(2.0 * radius[live], _REACH), radius[live] / 4.0)
        live = live[(np.minimum(length, radius[live]) > _CLOSE) & np.isfinite(length)]
    return ends, losses


def _find_spills(landscape: Landscape, ends: Points, cell: Points, relief: float) -> Mask:
    """Which of the ends ``(2, k)`` lie on the rim of a hole, on a slope, so that all there is to do is to fall in.

    Args:
        landscape: the surface.
        ends: where the ways down end.
        cell: size of a cell ``(2, 1)``.
        relief: difference between the highest and the lowest loss.
    """
    x_min, x_max, y_min, y_max = landscape.domain
    low, high = np.array([[x_min], [y_min]]), np.array([[x_max], [y_max]])
    rim = np.zeros(ends.shape[1], np.bool_)
    for right, up in _COMPASS:
        beside = np.clip(ends + _ASIDE * cell * np.array([[right], [up]]), low, high)
        rim |= np.isnan(landscape.value(beside))
    level: Mask = np.linalg.norm(landscape.gradient(ends) * cell, axis=0) <= _LEVEL * relief
    return rim & ~level


def _measure_curvature(landscape: Landscape, at: Points, cell: Points) -> Points:
    """Second derivatives ``(k, 2, 2)`` by central differences of the exact gradient."""
    curvature = np.empty((at.shape[1], 2, 2))
    for axis in (0, 1):
        shift = np.zeros((2, 1))
        shift[axis] = 1e-3 * cell[axis]
        change = landscape.gradient(at + shift) - landscape.gradient(at - shift)
        curvature[:, axis, :] = (change * cell / 2e-3).T
    return 0.5 * (curvature + curvature.swapaxes(1, 2))


def _find_step(slope: Points, curvature: Points, held: Mask) -> Points:
    free = ~held.T
    curvature = np.where(free[:, :, None] & free[:, None, :], curvature, 0.0)
    usable: Mask = np.asarray(np.isfinite(curvature).all(axis=(1, 2)), np.bool_)
    values, vectors = np.linalg.eigh(np.where(usable[:, None, None], curvature, np.eye(2)))
    along = np.einsum("kij,ik->kj", vectors, slope)
    along /= np.maximum(np.abs(values), 1e-12 * np.abs(values).max(axis=1, keepdims=True) + 1e-300)
    return np.where(held, 0.0, -np.einsum("kij,kj->ik", vectors, along))


def _merge(ends: Points, losses: npt.NDArray[np.float64]) -> tuple[Cells, list[int]]:
    """Tell which of the ends ``(2, k)``, in cells, are the same minimum.

    Returns:
        for each end the number of its valley ``(k,)``, deepest first; for each valley its deepest end.
    """
    least, most = losses.min(initial=np.inf), losses.max(initial=-np.inf)
    depth = np.round((losses - least) / ((most - least) or 1.0), 9)
    owner = np.full(losses.size, -1)
    kept: list[int] = []
    for k in np.lexsort((ends[1], ends[0], depth)):
        if owner[k] < 0:
            away = np.linalg.norm(ends - ends[:, k : k + 1], axis=0)
            owner[(away < 1.0) & (owner < 0)] = len(kept)
            kept.append(int(k))
    return owner, kept


def _nearest_cells(xy: Array, domain: Domain, resolution: int) -> tuple[Cells, Mask]:
    """Index of the grid cell nearest to each of ``xy (2, n)``, and whether it is a number."""
    x_min, x_max, y_min, y_max = domain
    known = np.isfinite(xy[0]) & np.isfinite(xy[1])
    cells = np.zeros(xy.shape[1], np.intp)
    for axis, least, most in ((1, y_min, y_max), (0, x_min, x_max)):
        # Clipped first: a ball that is about to be found diverged may be near the largest float.
        scaled = (np.clip(xy[axis], least, most) - least) * ((resolution - 1) / (most - least))
        np.rint(scaled, out=scaled)
        np.copyto(scaled, 0.0, where=~known)
        cells = cells * resolution + scaled.astype(np.intp)
    return cells, known


_REACH = 8.0
_CLOSE = 1e-9
_ASIDE = 1e-6
"""Cells to look around for a hole; more than ``_CLOSE``, at which the way down stops."""
_LEVEL = 1e-9
"""Slope per cell, as a share of the relief, that is none."""
_COMPASS = tuple((right, up) for right in (-1, 0, 1) for up in (-1, 0, 1) if right or up)
