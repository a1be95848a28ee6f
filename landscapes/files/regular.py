"""From coordinates as a file has them to the regular grid that a spline wants."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from landscapes.errors import InputError
from landscapes.files.sheet import Floats, Sheet
from landscapes.landscape import Domain

_ROUNDING = 1e-3
"""How far a point may lie off the regular grid, in spacings: coordinates in files are rounded."""

_FINE = 1024
"""Points an axis may get when it is resampled; one that has more keeps their number."""

_LARGEST = 1e30
"""Losses that a spline in float32 can go through; see ``sampled.GridField``."""

_CLOSEST = 1e-9
"""The least spacing in units of the mean one, for a spline to have slopes."""


class Regular(NamedTuple):
    """A sheet on a regular grid.

    Attributes:
        values: ``(ny, nx)``, or ``(k, ny, nx)`` of the layers; NaN where there is a hole.
        domain: that the grid spans.
        notes: what was done to it, in sentences for the user.
    """

    values: Floats
    domain: Domain
    notes: tuple[str, ...]


def make_regular(sheet: Sheet) -> Regular:
    """Put a sheet onto a regular grid: as it is where it can be, else by splines along the axes that are not regular.

    Where there are holes straight lines take the place of the splines: they need no more than their two ends.

    Raises:
        InputError: coordinates or losses that float32 cannot tell apart or hold.
    """
    notes: list[str] = []
    values = sheet.loss if sheet.layers is None else sheet.layers
    values = _drop_large(values, notes)
    pave = _pave_straight if np.isnan(values).any() else _pave_smooth
    for name, axis, side in ((sheet.names[0], sheet.xs, -1), (sheet.names[1], sheet.ys, -2)):
        regular = _level(axis, name)
        if regular is not axis:
            values = np.moveaxis(pave(axis, np.moveaxis(values, side, 0), regular), 0, side)
            notes.append(
                f"Coordinates {name} are not equally far apart: {axis.size} points are resampled to {regular.size}."
            )
    x_min, x_max, y_min, y_max = (float(end) for axis in (sheet.xs, sheet.ys) for end in axis[[0, -1]])
    return Regular(np.ascontiguousarray(values), (x_min, x_max, y_min, y_max), tuple(notes))


def _drop_large(values: Floats, notes: list[str]) -> Floats:
    large = np.abs(values) > _LARGEST
    if not large.any():
        return values
    notes.append(f"Losses beyond {_LARGEST:g} are holes.")
    # In one layer, in all: as for any other hole.
    return np.where(large.any(axis=0) if values.ndim == 3 else large, np.nan, values)


def _level(axis: Floats, name: str) -> Floats:
    """Where the points of an axis should be: as they are if that is regular, else as close as its closest ones."""
    spacings = np.diff(axis / 2) * 2
    largest = np.abs(axis).max()
    regular = np.linspace(axis[0], axis[-1], axis.size)
    spacing = regular[1] - regular[0]
    if not (1e-30 < largest < 1e30 and spacings.min() > _CLOSEST * spacing > 0):
        raise InputError(
            f"coordinates {name} from {axis[0]:.9g} to {axis[-1]:.9g} are too close together, too large or too small "
            "to roll on: give others, such as domain=-1,1,-1,1"
        )
    if (np.abs(regular - axis) <= _ROUNDING * spacing).all():
        return axis
    points = round((axis[-1] - axis[0]) / spacings.min()) + 1
    return np.linspace(axis[0], axis[-1], max(axis.size, min(points, _FINE)))


Pave = Callable[[Floats, Floats, Floats], Floats]
"""Takes knots ``(n,)``, values there ``(n, ...)`` and where to look ``(m,)``; returns the values there ``(m, ...)``."""


def _pave_straight(knots: Floats, values: Floats, at: Floats) -> Floats:
    cell, t = _locate(knots, at, values.ndim)
    # A knot itself needs no neighbour, which may be a hole.
    low, high = values[cell], values[cell + 1]
    return np.where(t == 0, low, np.where(t == 1, high, low + (high - low) * t))


def _pave_smooth(knots: Floats, values: Floats, at: Floats) -> Floats:
    """The cubic spline with not-a-knot ends (de Boor, "A Practical Guide to Splines", 1978, ch. IV)."""
    bend = _bend(knots, values)
    cell, t = _locate(knots, at, values.ndim)
    width = np.diff(knots)[cell].reshape(t.shape)
    s = 1 - t
    straight = values[cell] * s + values[cell + 1] * t
    return np.asarray(
        straight + ((s**3 - s) * bend[cell] + (t**3 - t) * bend[cell + 1]) * (width / 6) * width
    )


def _locate(
    knots: Floats, at: Floats, dimensions: int
) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], Floats]:
    """The cell of each place ``(m,)``, and how far through it ``(m, 1, ...)``, from 0 to 1."""
    cell = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, knots.size - 2)
    t = (at - knots[cell]) / np.diff(knots)[cell]
    return cell, t.reshape(-1, *[1] * (dimensions - 1))


def _bend(knots: Floats, values: Floats) -> Floats:
    """The spline's second derivatives at its knots ``(n, ...)``: a tridiagonal system, solved by elimination."""
    width = np.diff(knots)
    slope = np.diff(values, axis=0) / width.reshape(-1, *[1] * (values.ndim - 1))
    bend = np.empty_like(values)
    bend[1:-1] = 6 * np.diff(slope, axis=0)
    below, diagonal, above = width[:-1].copy(), 2 * (width[:-1] + width[1:]), width[1:].copy()
    # Not a knot: the third derivative does not jump at the second point, which gives the first in terms of it.
    ratio, back = width[0] / width[1], width[-1] / width[-2]
    diagonal[0] += width[0] * (1 + ratio)
    above[0] -= width[0] * ratio
    diagonal[-1] += width[-1] * (1 + back)
    below[-1] -= width[-1] * back
    inner = bend[1:-1]
    for k in range(1, len(inner)):
        factor = below[k] / diagonal[k - 1]
        diagonal[k] -= factor * above[k - 1]
        inner[k] -= factor * inner[k - 1]
    inner[-1] /= diagonal[-1]
    for k in range(len(inner) - 2, -1, -1):
        inner[k] -= above[k] * inner[k + 1]
        inner[k] /= diagonal[k]
    bend[0] = (1 + ratio) * bend[1] - ratio * bend[2]
    bend[-1] = (1 + back) * bend[-2] - back * bend[-3]
    return bend
