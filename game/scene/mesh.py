"""A mesh with triangles where the ground bends, and few where it is flat.

Right-triangulated irregular networks: a square of two right triangles, each split in the middle of its
longest side wherever it would miss the ground by too much (Evans, Kirkpatrick and Townsend 2001,
"Right-triangulated irregular networks"). All triangles of a level are handled at once.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
"""Samples as places in the flattened grid."""


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
    """The fewest such triangles that miss no sample of the ground by more than ``tolerance``, without cracks.

    Args:
        heights: ``(2**k + 1, 2**k + 1)``, row is y.
        tolerance: in units of the heights.
    """
    side = heights.shape[0]
    levels = _all_triangles(side)
    split = np.zeros(heights.size, np.bool_)
    fits = [np.zeros(triangles.shape[1], np.bool_) for triangles in levels]
    while True:
        corners = _divide(heights, tolerance, levels, split, fits)
        # A triangle split for its neighbour's sake alone may leave halves that miss more than it did.
        if not _close(levels, split):
            break
    used = np.zeros(heights.size, np.bool_)
    used[corners] = True
    numbers = np.cumsum(used, dtype=np.uint32) - np.uint32(1)
    row, column = np.divmod(np.flatnonzero(used), side)
    share = np.stack([column, row], axis=1) / (side - 1)
    south, north = np.flatnonzero(row == 0), np.flatnonzero(row == side - 1)
    west, east = np.flatnonzero(column == 0), np.flatnonzero(column == side - 1)
    return Mesh(share.astype(np.float32), numbers[corners.T], (south, east, north[::-1], west[::-1]))


def _all_triangles(side: int) -> list[Places]:
    """Every triangle of the hierarchy by level, the whole square first: corners a, b, c, right angle at c.

    The longest side is a to b. The halves of triangle i of n are i and n + i of the next level.
    """
    last = side * side - 1
    sw, se, nw, ne = 0, side - 1, last - (side - 1), last
    levels = [np.array([[ne, sw], [sw, ne], [se, nw]], np.int32)]
    # A level halves the area of a triangle; twice the depth of the grid brings legs to one cell.
    for _ in range(2 * int(np.log2(side - 1)) - 1):
        levels.append(_children(levels[-1]))
    return levels


def _children(triangles: Places) -> Places:
    a, b, c = triangles
    middle = _middle(a, b)
    first, second = np.stack([c, a, middle]), np.stack([b, c, middle])
    return np.concatenate([first, second], axis=1)


def _middle(a: Places, b: Places) -> Places:
    # The mean of two flat places is the flat place of the mean, since both coordinates are even there.
    return (a + b) // 2


def _divide(
    heights: Floats, tolerance: float, levels: list[Places], split: Flags, fits: list[Flags]
) -> Places:
    """Corners ``(3, t)`` of what is left when all triangles that miss the ground are split, the largest first.

    Args:
        heights: see ``build_mesh``.
        tolerance: see ``build_mesh``.
        levels: all triangles.
        split: which samples split the side that they are the middle of; added to.
        fits: which triangles of each level are known not to miss the ground; added to.
    """
    ground, whole, kept = heights.ravel(), np.arange(2), []
    for level, triangles in enumerate(levels):
        corners = triangles[:, whole]
        middle = _middle(corners[0], corners[1])
        unknown = np.flatnonzero(~split[middle] & ~fits[level][whole])
        cells = (heights.shape[0] - 1) >> (level // 2)
        # Most that miss the ground do so in their middle: only the others are worth a look at every sample.
        for detail in (2, cells):
            misses = _miss(ground, corners[:, unknown], detail, level % 2 == 1) > tolerance
            split[middle[unknown[misses]]] = True
            unknown = unknown[~misses]
        fits[level][whole[unknown]] = True
        halved = split[middle]
        kept.append(corners[:, ~halved])
        whole = np.concatenate([whole[halved], whole[halved] + triangles.shape[1]])
    kept.append(_children(corners[:, halved]))
    return np.concatenate(kept, axis=1)


def _close(levels: list[Places], split: Flags) -> bool:
    """Split whatever must be, on both sides of an edge, for the sides already split; whether there was any."""
    before = np.count_nonzero(split)
    for a, b, c in reversed(levels[1:]):
        split[c[split[_middle(a, b)]]] = True
    return bool(np.count_nonzero(split) > before)


def _miss(ground: Floats, triangles: Places, cells: int, diagonal: bool) -> Floats:
    """How far each of some triangles lies from the ground at most, ``(t,)``.

    Args:
        ground: flattened heights.
        triangles: of one level ``(3, t)``.
        cells: into how many its legs are cut for this; the samples at the cuts and between them are looked at.
        diagonal: whether the legs run across the grid's cells.
    """
    if not triangles.size:
        return np.empty(0, np.float32)
    i, j = np.indices((cells + 1, cells + 1), np.int32).reshape(2, -1)
    within = (i + j > 0) & (i + j <= cells) & (np.maximum(i, j) < cells)
    if diagonal:
        # Half the cuts of a diagonal leg lie between samples.
        within &= (i + j) % 2 == 0
    i, j = i[within], j[within]
    a, b, c = triangles[:, :, None]
    places = c + (a - c) // cells * i + (b - c) // cells * j
    low, of_a, of_b = ground[c], (i / cells).astype(np.float32), (j / cells).astype(np.float32)
    above = low + (ground[a] - low) * of_a + (ground[b] - low) * of_b - ground[places]
    miss: Floats = np.abs(above).max(axis=1)
    return miss
