"""What happens at the border of the map: pure functions that bring balls back, or none."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from game.simulation.blocks import Block
from landscapes.errors import find
from landscapes.landscape import Array, Domain

Index = npt.NDArray[np.intp]
Bring = Callable[[Block, tuple[Array, Array], tuple[str, ...]], None]


class Border(NamedTuple):
    """A row of the table of borders.

    Attributes:
        name: what one types.
        about: one line.
        bring: brings back whoever left the rectangle between ``low (2, 1)`` and ``high (2, 1)``, and turns round
            what they remember of directions, in the slots of these names; ``None`` if they may leave.
    """

    name: str
    about: str
    bring: Bring | None


def find_border(name: str) -> Border:
    """The row of that name.

    Raises:
        InputError: there is none.
    """
    return find("border", name, BORDERS)


def corners(domain: Domain, dtype: np.dtype[Any]) -> tuple[Array, Array]:
    """The lower and the upper corner of the map, ``(2, 1)`` each."""
    x_min, x_max, y_min, y_max = domain
    return np.array([[x_min], [y_min]], dtype), np.array([[x_max], [y_max]], dtype)


def _clamp(block: Block, corner: tuple[Array, Array], _: tuple[str, ...]) -> None:
    np.clip(block.position, *corner, out=block.position)


def _reflect(block: Block, corner: tuple[Array, Array], directed: tuple[str, ...]) -> None:
    axis, ball, share = _find_strays(block, corner)
    if not axis.size:
        return
    low, high = (end[axis, 0] for end in corner)
    bounces = np.floor(share)
    back = np.where(bounces % 2 == 0, share - bounces, 1 - (share - bounces))
    block.position[axis, ball] = np.clip(low + back * (high - low), low, high)
    turned = np.where(bounces % 2 == 0, 1.0, -1.0).astype(block.position.dtype)
    for name in directed:
        block.slots[name][axis, ball] *= turned


def _wrap(block: Block, corner: tuple[Array, Array], _: tuple[str, ...]) -> None:
    axis, ball, share = _find_strays(block, corner)
    if not axis.size:
        return
    low, high = (end[axis, 0] for end in corner)
    before = block.position[axis, ball]
    after = np.clip(low + (share - np.floor(share)) * (high - low), low, high)
    block.position[axis, ball] = after
    # So that a ball is seen to roll in over the border, not across the map.
    block.previous[axis, ball] += after - before


def _find_strays(block: Block, corner: tuple[Array, Array]) -> tuple[Index, Index, Array]:
    """Axis and ball of each coordinate that is off the map, and where it is as a share of the map's side."""
    low, high = corner
    np.clip(block.position, low, high, out=block.work)
    axis, ball = np.nonzero(block.work != block.position)
    strays = block.position[axis, ball]
    found = np.isfinite(strays)
    axis, ball, strays = axis[found], ball[found], strays[found]
    return axis, ball, (strays - low[axis, 0]) / (high[axis, 0] - low[axis, 0])


BORDERS: tuple[Border, ...] = (
    Border("mark", "who leaves has escaped", None),
    Border("clamp", "a wall: who runs into it stays there until the way leads back", _clamp),
    Border("reflect", "a cushion: who runs into it bounces back, momentum and all", _reflect),
    Border("wrap", "no border: who leaves on one side comes in on the other", _wrap),
)
"""All borders, in the order in which players see them."""
