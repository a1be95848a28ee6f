"""Formulas without a value on part of the plane, such as ``sqrt(x)`` or ``log(1 - x**2 - y**2)``."""

import dataclasses

import numpy as np
import numpy.typing as npt

from landscapes.expression.formula import Formula
from landscapes.landscape import Array, Domain

_CELLS = 64
"""Cells a side in which one looks for holes."""

_LOOKS = np.linspace(0.0, 1.0, 9)
"""Shares of a long way at which one looks for a hole."""

_HALVINGS = 30
"""Until the edge of a hole is known as closely as float32 can tell."""


@dataclasses.dataclass(frozen=True, eq=False)
class PartialFormula:
    """The field of a formula that has holes: where it is no finite number; see ``Holed``.

    A hole on a way is seen if an end of the way is in it; of ways longer than a cell, also if it holds one of seven
    points between, an eighth of the way apart. What is thinner goes unnoticed, and so does a corner that a shorter
    way cuts off, and a pole such as that of ``1/x`` unless it is hit. Far out, where the numbers themselves become
    too large, is a hole too.

    Attributes:
        formula: value and gradient.
        domain: ``(x_min, x_max, y_min, y_max)``.
        holes: of the 64 by 64 cells of the domain and a ring of them beyond, ``holes[row of y, column of x]``, those
            with a corner that has no value.
    """

    formula: Formula
    domain: Domain
    holes: npt.NDArray[np.bool_]

    @property
    def scratch(self) -> int:
        """How many ``(2, n)`` work arrays ``gradient`` needs."""
        return self.formula.scratch

    def value(self, xy: Array) -> Array:
        """Loss ``(n,)`` at positions ``(2, n)``; no finite number in a hole, NaN where a position is."""
        return self.formula.value(xy)

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:
        """Write the gradient ``(2, n)`` into ``out``; see ``Formula``."""
        self.formula.gradient(xy, out, scratch)

    @np.errstate(over="ignore", invalid="ignore")
    def meets(self, before: Array, after: Array) -> Array:
        """The share of the straight way ``before -> after`` up to which there is ground, where it meets a hole.

        Args:
            before: where the ways begin, ``(2, n)``.
            after: where they end, ``(2, n)``, in the same dtype.

        Returns:
            ``(n,)`` float64 from 0 to 1; infinite where no hole is seen on the way, or an end is not finite.
        """
        share = np.full(before.shape[1], np.inf)
        x_min, x_max, y_min, y_max = self.domain
        cell = np.array([[x_max - x_min], [y_max - y_min]], before.dtype) / _CELLS
        suspect = (np.abs(after - before) > cell).any(axis=0)
        suspect |= ~(np.isfinite(self.value(before)) & np.isfinite(self.value(after)))
        ways = np.flatnonzero(suspect & (np.isfinite(before) & np.isfinite(after)).all(axis=0))
        if not ways.size:
            return share
        start, stride = before[:, ways], (after - before)[:, ways]
        seen = np.array([self._has_hole(start, stride, np.full(ways.size, look)) for look in _LOOKS])
        met = np.flatnonzero(seen.any(axis=0))
        if not met.size:
            return share
        first = seen[:, met].argmax(axis=0)
        ground, hole = _LOOKS[np.maximum(first - 1, 0)], _LOOKS[first]
        for _ in range(_HALVINGS):
            middle = (ground + hole) / 2
            fell = self._has_hole(start[:, met], stride[:, met], middle)
            ground, hole = np.where(fell, ground, middle), np.where(fell, middle, hole)
        share[ways[met]] = ground
        return share

    def crosses(self, before: Array, after: Array) -> npt.NDArray[np.bool_]:
        """Whether the straight way from ``before (2, n)`` to ``after (2, n)`` meets a hole, ``(n,)``; see ``meets``."""
        return np.isfinite(self.meets(before, after))

    def _has_hole(self, start: Array, stride: Array, share: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        return ~np.isfinite(self.value(start + share.astype(start.dtype) * stride))


def find_gaps(formula: Formula, domain: Domain) -> npt.NDArray[np.bool_]:
    """Where a formula is no finite number, at the 65 by 65 corners of cells over the domain and a ring beyond.

    Returns:
        ``(67, 67)`` as ``gaps[row of y, column of x]``.
    """
    x, y = np.meshgrid(*(_spread(*domain[k : k + 2]) for k in (0, 2)))
    loss = formula.value(np.stack([x.ravel(), y.ravel()]))
    return ~np.isfinite(loss.reshape(x.shape))


def join_corners(gaps: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The cells of which a corner is a gap."""
    rows = gaps[1:] | gaps[:-1]
    return np.asarray(rows[:, 1:] | rows[:, :-1])


def _spread(low: float, high: float) -> npt.NDArray[np.float64]:
    cell = (high - low) / _CELLS
    return np.array([low - cell, *np.linspace(low, high, _CELLS + 1), high + cell])
