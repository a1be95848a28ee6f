"""The record every loss surface is, and the contract it keeps."""

import dataclasses
from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
"""Float32 for play or float64 for checks. Positions are two contiguous rows, ``(2, n)``."""

Domain = tuple[float, float, float, float]
"""``(x_min, x_max, y_min, y_max)``."""

Relief = Literal["linear", "log", "equalised"]
"""How loss becomes display height. The optimizer never sees it."""


class Field(Protocol):
    """A loss over the plane, as the simulation's inner loop calls it."""

    @property
    def scratch(self) -> int:
        """How many ``(2, n)`` work arrays ``gradient`` needs."""

    def value(self, xy: Array) -> Array:
        """Loss ``(n,)`` at positions ``(2, n)``, in the dtype of ``xy``."""

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:
        """Write the exact gradient ``(2, n)`` into ``out``, in place and without allocating.

        Args:
            xy: positions ``(2, n)``; rows are contiguous, NaN marks parked balls and stays NaN.
            out: where the gradient goes, ``(2, n)``; must not overlap ``xy``.
            scratch: ``(k, 2, n)`` of the same dtype with ``k >= self.scratch``; contents undefined.
        """


Minibatch = Callable[[npt.NDArray[np.intp]], Field]
"""From sample indices to the loss surface of exactly these samples."""


@dataclasses.dataclass(frozen=True, eq=False)
class Landscape:
    """A loss surface over a rectangle: what it is worth where, and what is known about it.

    Attributes:
        name: the catalogue's name for it, lower case.
        title: what a player reads.
        about: one line of what there is to see.
        source: who published it, or how it was made.
        domain: ``(x_min, x_max, y_min, y_max)``.
        field: value and gradient kernels, raw loss in the landscape's own coordinates.
        minima: known minima ``(m, 2)``, deepest first; empty where there is none.
        relief: how loss becomes display height.
        learning_rates: a rate per optimizer that starts well here.
        samples: how many data samples the loss averages over; 0 if it is not made of data.
        minibatch: the surface of some samples only; ``None`` if the loss is not made of data.
    """

    name: str
    title: str
    about: str
    source: str
    domain: Domain
    field: Field
    minima: npt.NDArray[np.float64] = dataclasses.field(default_factory=lambda: np.empty((0, 2)))
    relief: Relief = "linear"
    learning_rates: Mapping[str, float] = MappingProxyType({})
    samples: int = 0
    minibatch: Minibatch | None = None

    def value(self, xy: npt.ArrayLike) -> Array:
        """Loss at ``xy``, shape ``(2, n)`` -> ``(n,)``; float32 stays float32, all else is float64."""
        return self.field.value(_positions(xy))

    def gradient(self, xy: npt.ArrayLike) -> Array:
        """Exact gradient at ``xy``, shape ``(2, n)`` -> ``(2, n)``, dtype as in ``value``."""
        at = _positions(xy)
        out = np.empty_like(at)
        self.field.gradient(at, out, np.empty((self.field.scratch, *at.shape), at.dtype))
        return out

    def grid(self, resolution: int) -> tuple[Array, Array, Array]:
        """The loss on a regular grid over the domain, borders included.

        Returns:
            xs ``(resolution,)``, ys ``(resolution,)`` and loss ``(resolution, resolution)`` as
            ``loss[row of y, column of x]``, all float64.
        """
        x_min, x_max, y_min, y_max = self.domain
        xs = np.linspace(x_min, x_max, resolution)
        ys = np.linspace(y_min, y_max, resolution)
        x, y = np.meshgrid(xs, ys)
        return xs, ys, self.value(np.stack([x.ravel(), y.ravel()])).reshape(resolution, resolution)

    @cached_property
    def gradient_scale(self) -> float:
        """Median gradient norm over a grid of the domain: what "large" means on this surface."""
        x_min, x_max, y_min, y_max = self.domain
        x, y = np.meshgrid(np.linspace(x_min, x_max, 65)[1:-1], np.linspace(y_min, y_max, 65)[1:-1])
        return float(np.median(np.linalg.norm(self.gradient(np.stack([x.ravel(), y.ravel()])), axis=0)))

    @property
    def extent(self) -> float:
        """The longer side of the domain."""
        x_min, x_max, y_min, y_max = self.domain
        return max(x_max - x_min, y_max - y_min)


def _positions(xy: npt.ArrayLike) -> Array:
    at = np.asarray(xy)
    if at.ndim != 2 or at.shape[0] != 2:
        raise ValueError(f"positions must have shape (2, n), not {at.shape}")
    return np.ascontiguousarray(at, dtype=np.float32 if at.dtype == np.float32 else np.float64)
