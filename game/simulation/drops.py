"""Where balls come down that are dropped while others roll: on a spot, or round one."""

import math

import numpy as np
import numpy.typing as npt

from game.simulation.starts import Points
from landscapes.errors import InputError
from landscapes.landscape import Array, Landscape

SPOT = 0.01
"""Radius of the spot on which several balls come down, as a share of the extent."""
_GOLDEN = math.pi * (3 - 5**0.5)
"""The golden angle: as a sunflower lays its seeds, so a spot is covered evenly (Vogel 1979)."""


def place_spot(landscape: Landscape, x: float, y: float, count: int, turn: int = 0) -> Points:
    """Places ``(2, count)`` on a small spot, the first in its middle; none is off the map or in a hole.

    Args:
        landscape: what they come down on.
        x: of the middle.
        y: likewise.
        count: how many, 1 or more.
        turn: so many golden angles, so that a second spot in the same place does not cover the first.

    Raises:
        InputError: there is no ground in the middle.
    """
    _check_ground(landscape, x, y)
    numbers = np.arange(count)
    radius = SPOT * landscape.extent * np.sqrt(numbers / count)
    places = _go_round(x, y, radius, _GOLDEN * ((numbers + turn) % 2**20))
    grounded = _has_ground(landscape, places)
    return np.where(grounded, places, [[x], [y]])


def place_ring(landscape: Landscape, x: float, y: float, radius: float, count: int) -> Points:
    """Places on a ring, ``(2, k)``: those of ``count`` that are on the map and in no hole.

    Args:
        landscape: what they come down on.
        x: of the middle.
        y: likewise.
        radius: in units of the landscape.
        count: how many there are all around, 1 or more.

    Raises:
        InputError: there is no ground anywhere, or the radius is not above 0.
    """
    if not 0 < radius < math.inf:
        raise InputError(f"the radius of a ring must be above 0, not {radius:g}")
    places = _go_round(x, y, np.full(count, radius), np.arange(count) * (2 * math.pi / count))
    places = places[:, _has_ground(landscape, places)]
    if not places.size:
        raise InputError(f"no ball of a ring of radius {radius:g} round {x:g},{y:g} would meet ground")
    return places


def _go_round(x: float, y: float, radius: Array, angle: Array) -> Points:
    places: Points = np.array([[x], [y]]) + radius * np.stack([np.cos(angle), np.sin(angle)])
    return places


@np.errstate(all="ignore")
def _has_ground(landscape: Landscape, places: Points) -> npt.NDArray[np.bool_]:
    x_min, x_max, y_min, y_max = landscape.domain
    x, y = places
    inside = (x >= x_min) & (x <= x_max) & (y >= y_min) & (y <= y_max)
    grounded: npt.NDArray[np.bool_] = inside & np.isfinite(landscape.value(places))
    return grounded


def _check_ground(landscape: Landscape, x: float, y: float) -> None:
    if _has_ground(landscape, np.array([[x], [y]])).all():
        return
    x_min, x_max, y_min, y_max = landscape.domain
    if x_min <= x <= x_max and y_min <= y <= y_max:
        raise InputError(f"there is a hole at {x:g},{y:g}: drop balls beside it")
    raise InputError(
        f"{x:g},{y:g} is off the map; x goes from {x_min:g} to {x_max:g}, y from {y_min:g} to {y_max:g}"
    )
