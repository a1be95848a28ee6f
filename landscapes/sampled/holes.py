"""Holes in a grid: which cells they are, how far off, and where a straight way meets one."""

import numpy as np
import numpy.typing as npt

from landscapes.landscape import Array

Mask = npt.NDArray[np.bool_]

_SIGHT = 8
"""Cells that one looks around for holes."""

_MARGIN = 0.25
"""Cells that positions may be rounded by."""


def find_whole(values: Array) -> Mask:
    """The grid points ``(ny, nx)`` that are numbers, in all layers if there are more."""
    return np.asarray(np.isfinite(values).reshape(-1, *values.shape[-2:]).all(axis=0))


def find_holes(values: Array) -> Mask | None:
    """The cells ``(ny - 1, nx - 1)`` with a hole at a corner, in any layer if there are more; none if all are whole."""
    whole = find_whole(values)
    if whole.all():
        return None
    rows = whole[1:] & whole[:-1]
    return ~(rows[:, 1:] & rows[:, :-1])


def measure_room(holes: Mask) -> Array:
    """From each cell, how many cells one may walk along both axes and meet no hole: an underestimate, small at most."""
    room = np.full(holes.shape, -1 - _MARGIN, np.float32)
    reached = holes
    for _ in range(_SIGHT):
        room += ~reached
        padded = np.pad(reached, 1)
        rows = padded[:-2] | padded[1:-1] | padded[2:]
        reached = rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:]
    return room


def traverse(
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
