"""Surfaces of a line each, for tests that need to know everything about the ground."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from landscapes.landscape import Array, Field, Landscape


@dataclasses.dataclass(frozen=True)
class Separable:
    """The sum of one function of x and the same of y."""

    function: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    scratch: int = 0

    def value(self, xy: Array) -> Array:
        loss: Array = self.function(xy).sum(axis=0)
        return loss

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:  # noqa: ARG002
        out[...] = self.slope(xy)


@dataclasses.dataclass(frozen=True)
class Quadratic:
    """Half the curvature ``(2,)`` times the squares."""

    curvature: tuple[float, float]
    scratch: int = 0

    def value(self, xy: Array) -> Array:
        loss: Array = 0.5 * (self._column(xy) * xy * xy).sum(axis=0)
        return loss

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:  # noqa: ARG002
        np.multiply(xy, self._column(xy), out=out)

    def _column(self, xy: Array) -> Array:
        return np.array(self.curvature, xy.dtype)[:, np.newaxis]


def make_surface(field: Field, reach: float = 10.0, **more: Any) -> Landscape:
    return Landscape("test", "Test", "", "", (-reach, reach, -reach, reach), field, **more)


def scatter(n: int, reach: float = 5.0, seed: int = 1) -> npt.NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(-reach, reach, (2, n))


BOWL = make_surface(Separable(lambda p: 0.5 * p * p, lambda p: p))
RIDGE = make_surface(Separable(lambda p: -0.5 * p * p, lambda p: -p))
VEE = make_surface(Separable(np.abs, np.sign))
SLOPE = make_surface(Separable(lambda p: p, np.ones_like), reach=1e6)
TILT = make_surface(Separable(lambda p: p, np.ones_like))
PLATEAU = make_surface(Separable(np.zeros_like, np.zeros_like))
