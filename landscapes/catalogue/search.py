"""Minima of a surface, found by looking: for rows that have too many to write down."""

import numpy as np
import numpy.typing as npt

from landscapes.landscape import Domain, Field, Landscape
from landscapes.progress import follow_briefly

Points = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_STEPS = 80
"""Newton steps from every start: a dozen do, save where the bottom is next to level."""

_SHORTER = 0.85
"""The longest step allowed, as a share of the one before: whatever bounces from wall to wall comes to rest."""

_CLOSE = 1e-10
"""A last step, in grid cells, that counts as none."""

_LEVEL = 1e-6
"""Curvature along a trough, as a share of that across, below which it is level, with no lowest point to speak of."""

_AT_ONCE = 2**16
"""Points looked at between two words of how far the search is."""

_SAME = 1e-3
"""Grid cells within which two ends are one minimum."""


def find_minima(field: Field, domain: Domain, resolution: int = 401) -> Points:
    """Minima inside the domain ``(m, 2)``, deepest first, equally deep ones from left to right.

    Starts are the points of a grid of so many points a side that no neighbour lies below, and those from which
    Newton's method would go less than a cell: a hollow in a narrow trough may show as one but not as the other.
    """
    surface = Landscape("", "", "", "", domain, field)
    xs, ys, loss = surface.grid(resolution)
    cell = float(min(xs[1] - xs[0], ys[1] - ys[0]))
    around = np.pad(loss, 1, constant_values=np.inf)
    shifts = [(i, j) for i in range(3) for j in range(3)]
    lowest = np.min([around[i : i + resolution, j : j + resolution] for i, j in shifts], axis=0)
    points = np.stack([axis.ravel() for axis in np.meshgrid(xs, ys)]).astype(np.float64)
    near = np.empty(points.shape[1], np.bool_)
    with np.errstate(all="ignore"), follow_briefly("looking for lowest points", near.size) as note:
        for first in range(0, near.size, _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            step, convex = _find_step(surface, points[:, part], 2 * cell)
            near[part] = convex & (np.hypot(*step) < cell)
            note(first)
    return refine_minima(field, domain, points[:, near | (loss <= lowest).ravel()], cell)


def refine_minima(field: Field, domain: Domain, starts: Points, reach: float) -> Points:
    """Where Newton's method ends from ``starts (2, k)``: ``(m, 2)``, without repetition, deepest first.

    No step is longer than ``reach``, and all together lead no farther than seven times that. A start from which it
    leaves the domain, or ends on anything but a strict minimum, is dropped; so are minima in level troughs.
    """
    surface = Landscape("", "", "", "", domain, field)
    at = starts.copy()
    with np.errstate(all="ignore"), follow_briefly("finding lowest points", _STEPS) as note:
        for k in range(_STEPS):
            step, convex = _find_step(surface, at, reach * _SHORTER**k)
            at += step
            note(k)
        (x, y), (x_min, x_max, y_min, y_max) = at, domain
        inside = (x_min < x) & (x < x_max) & (y_min < y) & (y < y_max)
    ends = at[:, inside & convex & (np.hypot(*step) < _CLOSE * reach)]
    # Off the round numbers, where minima of symmetric surfaces lie: the last bit must not part two of them.
    _, first = np.unique(np.floor(ends / (_SAME * reach) + 0.382), axis=1, return_index=True)
    ends = np.ascontiguousarray(ends[:, first].T)
    loss = surface.value(ends.T)
    # On a crease slopes say nothing: there the one direction that leads down need not be among those they know.
    angle = np.arange(8) * (np.pi / 4)
    ring = ends.T[:, np.newaxis] + 0.01 * reach * np.stack([np.cos(angle), np.sin(angle)])[:, :, np.newaxis]
    lowest = surface.value(ring.reshape(2, -1)).reshape(8, -1).min(axis=0)
    lasting = lowest >= loss - 1e-12 * np.abs(loss)
    # Stable, and rounded: mirror images stay in the order of their places, whatever the last bit.
    order = np.argsort(np.round(loss[lasting], 10), kind="stable")
    return np.asarray(ends[lasting][order], np.float64)


def _find_step(surface: Landscape, at: Points, longest: float) -> tuple[Points, Mask]:
    """Newton's next step ``(2, k)``, curvature counting by its size alone so that it leads down; and where convex."""
    h = 1e-6 * surface.extent
    gradient = surface.gradient(at)
    (xx, xy), (yx, yy) = (
        (surface.gradient(at + shift) - surface.gradient(at - shift)) / (2 * h)
        for shift in (np.array([[h], [0.0]]), np.array([[0.0], [h]]))
    )
    xy = (xy + yx) / 2
    determinant = xx * yy - xy * xy
    convex = np.asarray((determinant > _LEVEL * (xx + yy) ** 2) & (xx > 0), np.bool_)
    # The square root of the Hessian's square, by Cayley and Hamilton's theorem.
    trace = np.sqrt(xx * xx + 2 * xy * xy + yy * yy + 2 * np.abs(determinant))
    xx, xy, yy = (
        np.where(convex, xx, (xx * xx + xy * xy + np.abs(determinant)) / trace),
        np.where(convex, xy, xy * (xx + yy) / trace),
        np.where(convex, yy, (yy * yy + xy * xy + np.abs(determinant)) / trace),
    )
    down_x, down_y = -gradient
    step = np.stack([yy * down_x - xy * down_y, xx * down_y - xy * down_x]) / (xx * yy - xy * xy)
    return step * np.minimum(1.0, longest / np.maximum(np.hypot(*step), 1e-300)), convex
