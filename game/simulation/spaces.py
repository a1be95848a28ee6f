"""Where balls roll: on the map, on the network itself without a map, or among all the network's weights."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError, find
from landscapes.landscape import Array, Field, Landscape, Samples

FAR = 1e3
"""A ball this many extents away has diverged."""


class Space(NamedTuple):
    """What a swarm rolls in; its positions are ``(p, n)``, on a map ``(2, n)``.

    Attributes:
        name: of its kind.
        landscape: the map.
        field: the loss of positions, and its gradient.
        data: the samples that the loss averages over, if it is made of data.
        extent: what is a long way.
        gradient_scale: what is a typical gradient.
        lift: from points of the map ``(2, n)`` to positions.
        project: from positions to the points of the map nearest to them ``(2, n)``.
        whole: whether there is more to positions than the map shows.
    """

    name: str
    landscape: Landscape
    field: Field
    data: Samples | None
    extent: float
    gradient_scale: float
    lift: Callable[[Array], Array]
    project: Callable[[Array], Array]
    whole: bool = False


class Kind(NamedTuple):
    """A row of the table of spaces.

    Attributes:
        name: what one types.
        about: one line.
        enter: opens it, if the landscape has one.
        most: balls that may roll there; ``None`` if that is no matter.
    """

    name: str
    about: str
    enter: Callable[[Landscape], Space | None]
    most: int | None


def open_space(landscape: Landscape, name: str = "map") -> Space:
    """The space of that name.

    Raises:
        InputError: there is no such space, or the landscape has none.
    """
    kind = find("space", name, SPACES)
    space = kind.enter(landscape)
    if space is None:
        raise InputError(
            f"{landscape.title} is not the landscape of a network: only there, such as on breast-cancer, "
            f"can balls roll in space {kind.name!r}"
        )
    return space


def is_near(space: Space, position: Array) -> npt.NDArray[np.bool_]:
    """Which of ``position (p, n)`` are numbers, and not so far out that a ball there has diverged."""
    x_min, x_max, y_min, y_max = space.landscape.domain
    far = FAR * space.landscape.extent
    x, y = space.project(position)
    near: npt.NDArray[np.bool_] = np.abs(x - (x_min + x_max) / 2) <= far
    near &= np.abs(y - (y_min + y_max) / 2) <= far
    if space.whole:
        near &= (np.abs(position) <= FAR * space.extent).all(axis=0)
    return near


def _stay(position: Array) -> Array:
    return position


def _enter_map(landscape: Landscape) -> Space:
    scale = landscape.extent, landscape.gradient_scale
    return Space("map", landscape, landscape.field, landscape.data, *scale, _stay, _stay)


def _enter_exact(landscape: Landscape) -> Space | None:
    if landscape.exact is None:
        return None
    scale = landscape.extent, landscape.gradient_scale
    return Space("exact", landscape, landscape.exact, landscape.data, *scale, _stay, _stay)


def _enter_whole(landscape: Landscape) -> Space | None:
    weights = landscape.weights
    if weights is None:
        return None
    scale = weights.extent, weights.gradient_scale
    ways = weights.lift, weights.project
    return Space("whole", landscape, weights, weights.samples, *scale, *ways, whole=True)


SPACES: tuple[Kind, ...] = (
    Kind("map", "balls roll on the map", _enter_map, None),
    Kind("exact", "balls ask the network itself where they are, not the scanned map", _enter_exact, 65_536),
    Kind("whole", "every ball is a whole network, free to leave the plane of the map", _enter_whole, 4_096),
)
"""All spaces, in the order in which players see them."""
