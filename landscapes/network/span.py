"""A plane through weight space in plain vectors: where a network lies in it, and how far beside it."""

import dataclasses
import functools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError
from landscapes.landscape import Array

_SMALLEST_SINE = 1e-6
"""Of the angle between two directions that are told apart."""
_ROWS = 128
"""Vectors worked on at once: few enough to stay in the cache."""


class Projection(NamedTuple):
    """The points of a plane nearest to some vectors: positions ``xy (2, n)``, and how far away they are ``(n,)``."""

    xy: Array
    residual: Array


@dataclasses.dataclass(frozen=True, eq=False)
class Span:
    """All vectors ``origin + x * first + y * second``; each of the three is ``(p,)``.

    Directions may have any length and any angle but zero: x and y count in their lengths.

    Raises:
        InputError: the vectors differ in length, are not finite, or a direction is zero or parallel to the other.
    """

    origin: Array
    first: Array
    second: Array

    def __post_init__(self) -> None:
        shapes = [np.shape(part) for part in (self.origin, self.first, self.second)]
        if len(shapes[0]) != 1 or len(set(shapes)) > 1:
            found = ", ".join(map(str, shapes))
            raise InputError(f"origin and directions of a plane must be vectors of one length, not {found}")
        check_finite(np.stack([self.origin, self.first, self.second]), "the plane")
        _check_angle(self.first, self.second)

    def place(self, xy: Array) -> Array:
        """The vectors ``(n, p)`` at positions ``(2, n)``."""
        return np.asarray(
            self.origin + np.multiply.outer(xy[0], self.first) + np.multiply.outer(xy[1], self.second)
        )

    def project(self, vectors: Array) -> Projection:
        """The nearest points of the plane to vectors ``(n, p)``, by least squares; float32 stays float32.

        What is not finite has no finite point, and does not disturb the others.
        """
        xy, residual = np.empty((2, len(vectors)), vectors.dtype), np.empty(len(vectors), vectors.dtype)
        axes, skew = self._axes
        origin = self.origin.astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(vectors), _ROWS):
                rows = slice(start, start + _ROWS)
                beside = vectors[rows] - origin
                along = beside @ axes
                beside -= along @ axes.T
                xy[:, rows] = skew @ along.T
                residual[rows] = np.linalg.norm(beside, axis=1)
        return Projection(xy, residual)

    def share(self, movements: Array) -> Array:
        """How much of movements ``(n, p)``, differences of vectors, the plane shows: ``(n,)`` float64 from 0 to 1.

        It is the share of their squared length; 1 for none at all, of which nothing is hidden.
        """
        axes, _ = self._axes
        shares = np.ones(len(movements))
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(movements), _ROWS):
                rows = slice(start, start + _ROWS)
                moved = movements[rows].astype(np.float64)
                seen, whole = (moved @ axes) ** 2, np.einsum("ij,ij->i", moved, moved)
                np.divide(seen.sum(axis=1), whole, out=shares[rows], where=whole != 0)
        return np.minimum(shares, 1.0)

    @functools.cached_property
    def _axes(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Orthonormal columns ``(p, 2)`` of the plane, and the matrix that leads from them to x and y."""
        axes, skew = np.linalg.qr(np.stack([self.first, self.second], axis=1).astype(np.float64))
        return axes, np.linalg.inv(skew)


def check_finite(numbers: Array, what: str) -> None:
    """Make sure that all numbers are finite; ``what`` names them in the ``InputError`` that others raise."""
    if not np.isfinite(numbers).all():
        raise InputError(
            f"{what} has a number that is not finite: did the training diverge? take a lower rate"
        )


def fix_signs(vectors: Array) -> Array:
    """Each of the vectors ``(n, p)`` or its opposite, whichever has its largest number positive."""
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=1)[:, np.newaxis], axis=1)
    return np.asarray(np.where(largest < 0, -vectors, vectors))


def _check_angle(first: Array, second: Array) -> None:
    units = []
    for name, direction in (("first", first), ("second", second)):
        largest = np.abs(direction).max(initial=0.0)
        if largest == 0:
            raise InputError(f"the {name} direction of the plane is zero: give one that leads somewhere")
        # Scaled first, since squares of very small or large numbers leave the range of floats.
        scaled = direction.astype(np.float64) / largest
        units.append(scaled / np.linalg.norm(scaled))
    one, other = units
    if np.linalg.norm(other - (one @ other) * one) < _SMALLEST_SINE:
        raise InputError("the directions of the plane are parallel: give two that lead to different places")
