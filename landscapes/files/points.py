"""Between a grid and a mesh: the grid on which loose points lie, and the faces between the points of a grid."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError
from landscapes.files.sheet import Floats

SPARSEST = 0.25
"""How much of the grid must be there: points anywhere would need one of their number squared."""


class Grid(NamedTuple):
    """Axes ``(nx,)`` and ``(ny,)``, ascending, and the loss ``(..., ny, nx)``, NaN where no point is."""

    xs: Floats
    ys: Floats
    loss: Floats
    full: float
    """The share of the grid where a point is."""

    @property
    def guesses(self) -> tuple[str, ...]:
        """What to tell the user of places without a point."""
        missing = round((1 - self.full) * self.xs.size * self.ys.size)
        return (f"{missing:,} points of the grid are missing: they are holes.",) if missing else ()


def gather(x: Floats, y: Floats, loss: Floats) -> Grid:
    """The grid on which points lie, in whatever order they come.

    Args:
        x: positions ``(n,)``, the same to the last bit within a column.
        y: the same to the last bit within a row.
        loss: ``(n,)``, or ``(k, n)`` of layers; NaN for a hole.

    Raises:
        InputError: they lie on none, or two at one place differ in loss.
    """
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError("a point has no finite position")
    xs, column = np.unique(x, return_inverse=True)
    ys, row = np.unique(y, return_inverse=True)
    if len(x) < SPARSEST * len(xs) * len(ys):
        raise InputError(
            f"the {len(x):,} points lie on no rectangular grid, having {len(xs):,} different x and {len(ys):,} y"
        )
    grid, taken = np.full((*loss.shape[:-1], len(ys), len(xs)), np.nan), np.zeros((len(ys), len(xs)), bool)
    grid[..., row, column] = loss
    taken[row, column] = True
    if not np.array_equal(grid[..., row, column], loss, equal_nan=True):
        raise InputError("the surface is no function of x and y: two points at one place differ in height")
    return Grid(xs, ys, grid, float(taken.mean()) if taken.size else 0.0)


def spread(xs: Floats, ys: Floats, loss: Floats) -> Floats:
    """All points of a grid, row by row: x, y and loss ``(3, n)``; holes lie at the lowest loss."""
    x, y = np.meshgrid(xs, ys)
    return np.stack([x.ravel(), y.ravel(), np.where(np.isnan(loss), np.nanmin(loss), loss).ravel()])


def faces(loss: Floats) -> npt.NDArray[np.int64]:
    """The cells of a grid without a hole at a corner: four numbers of points each, ``(m, 4)``, anticlockwise."""
    solid = ~np.isnan(loss)
    whole = solid[:-1, :-1] & solid[:-1, 1:] & solid[1:, 1:] & solid[1:, :-1]
    row, column = np.nonzero(whole)
    corner, side = row * loss.shape[1] + column, loss.shape[1]
    return np.stack([corner, corner + 1, corner + 1 + side, corner + side], axis=1)
