"""A mesh with triangles where the ground bends, and few where it is flat.

Right-triangulated irregular networks: a square of two right triangles, each split in the middle of its
longest side wherever the straight side would miss the ground by too much (Evans, Kirkpatrick and Townsend
2001, "Right-triangulated irregular networks"). All triangles of a level are handled at once.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


class Mesh(NamedTuple):
    """Triangles over the unit square.

    Attributes:
        share: of the domain at each vertex, ``(v, 2)``; all lie on the samples they were made from.
        triangles: vertex numbers ``(t, 3)``, counterclockwise.
        border: vertex numbers along each side, in order: south, east, north and west, counterclockwise.
    """

    share: Floats
    triangles: npt.NDArray[np.uint32]
    border: tuple[Indices, Indices, Indices, Indices]


def build_mesh(heights: Floats, tolerance: float) -> Mesh:
    """A mesh that misses the ground by at most about ``tolerance``, without cracks.

    Args:
        heights: ``(2**k + 1, 2**k + 1)``, row is y.
        tolerance: in units of the heights.
    """
    side = heights.shape[0]
    levels = _all_triangles(side)
    misses = _misses(heights, levels)
    whole = levels[0]
    kept = []
    for _ in range(len(levels)):
        a, b, _c = whole
        split = misses[_middle(a, b)] > tolerance
        kept.append(whole[:, ~split])
        whole = _children(whole[:, split])
    kept.append(whole)
    corners = np.concatenate(kept, axis=1)
    used, numbered = np.unique(corners, return_inverse=True)
    row, column = np.divmod(used, side)
    share = np.stack([column, row], axis=1) / (side - 1)
    south, north = np.flatnonzero(row == 0), np.flatnonzero(row == side - 1)
    west, east = np.flatnonzero(column == 0), np.flatnonzero(column == side - 1)
    return Mesh(
        share.astype(np.float32),
        numbered.reshape(3, -1).T.astype(np.uint32),
        (south, east, north[::-1], west[::-1]),
    )


def _all_triangles(side: int) -> list[Indices]:
    """Every triangle of the hierarchy by level, the whole square first: vertices a, b, c, right angle at c.

    Vertices are places in the flattened grid. The longest side is a to b.
    """
    last = side * side - 1
    sw, se, nw, ne = 0, side - 1, last - (side - 1), last
    levels = [np.array([[ne, sw], [sw, ne], [se, nw]])]
    # A level halves the area of a triangle; twice the depth of the grid brings legs to one cell.
    for _ in range(2 * int(np.log2(side - 1)) - 1):
        levels.append(_children(levels[-1]))
    return levels


def _children(triangles: Indices) -> Indices:
    a, b, c = triangles
    middle = _middle(a, b)
    first, second = np.stack([c, a, middle]), np.stack([b, c, middle])
    return np.concatenate([first, second], axis=1)


def _middle(a: Indices, b: Indices) -> Indices:
    # The mean of two flat places is the flat place of the mean, since both coordinates are even there.
    return (a + b) // 2


def _misses(heights: Floats, levels: list[Indices]) -> Floats:
    """How far the ground lies from a straight side over its middle, or from any side below it."""
    ground = heights.ravel()
    misses = np.zeros(ground.size, np.float32)
    for triangles in reversed(levels):
        a, b, c = triangles
        middle = _middle(a, b)
        miss = np.abs(ground[middle] - (ground[a] + ground[b]) / 2)
        # A triangle must split whenever one below it does, on either side of the shared edge.
        for below in (_middle(c, a), _middle(b, c)):
            if triangles is not levels[-1]:
                miss = np.maximum(miss, misses[below])
        np.maximum.at(misses, middle, miss)
    return misses
