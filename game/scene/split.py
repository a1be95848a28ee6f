"""How a picture is split into views of the same ground, and which teams each of them shows."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from game.session import Session

SPLITS = (1, 2, 4)
"""Into so many views a picture can be split."""


class Rectangle(NamedTuple):
    """Part of a picture, pixels from its left and top."""

    left: int
    top: int
    width: int
    height: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height

    def holds(self, x: float, y: float) -> bool:
        """Whether a pixel is in it."""
        return 0 <= x - self.left < self.width and 0 <= y - self.top < self.height


def find_splits(teams: int) -> tuple[int, ...]:
    """Into how many views so many teams can be split: halves are as large as each other, quarters need three teams."""
    return tuple(views for views in SPLITS if {1: True, 2: teams % 2 == 0, 4: teams > 2}[views])


def count_views(session: Session) -> int:
    """How many views a session shows now: as many as were asked for, as far as it has the teams for them."""
    splits = find_splits(len(session.world.swarms))
    return max(views for views in splits if views <= session.view.split)


def share_teams(teams: int, views: int) -> tuple[range, ...]:
    """The teams of each view, in order; a fourth view that three teams leave free shows them all."""
    if views > teams:
        return (*share_teams(teams, teams), range(teams))
    parts = np.array_split(np.arange(teams), views)
    return tuple(range(int(part[0]), int(part[-1]) + 1) for part in parts)


def lay_views(views: int, size: tuple[int, int]) -> tuple[Rectangle, ...]:
    """Where views are on a picture of that size, row by row: two beside each other, or where it is tall, stacked."""
    columns = {1: 1, 2: 2 if size[0] > size[1] else 1, 4: 2}[views]
    across = [size[0] * k // columns for k in range(columns + 1)]
    rows = views // columns
    down = [size[1] * k // rows for k in range(rows + 1)]
    return tuple(
        Rectangle(left, top, right - left, bottom - top)
        for top, bottom in pairwise(down)
        for left, right in pairwise(across)
    )
