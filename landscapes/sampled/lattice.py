"""Where in a regular grid a position is: the number of its cell, and the place in the cell."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy import floor, fmax, fmin, multiply, subtract

from landscapes.landscape import Array, Domain


class Lattice(NamedTuple):
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


def lay(shape: tuple[int, ...], domain: Domain, dtype: np.dtype[np.floating[Any]]) -> Lattice:
    """The cells of a grid of samples ``(..., ny, nx)`` that spans a domain."""
    low, high = np.reshape(domain, (2, 2, 1)).swapaxes(0, 1)
    points = np.array(shape[:-3:-1])[:, np.newaxis]
    cells_per_unit = (points - 1) / (high - low)
    parts = (low - 1 / cells_per_unit, cells_per_unit, np.zeros((2, 1)), points)
    return Lattice(*(part.astype(dtype) for part in parts))
