"""Eases: how far the way from one key frame to the next is gone."""

from collections.abc import Callable
from typing import NamedTuple


class Ease(NamedTuple):
    """A row of the table.

    Attributes:
        name: as a script writes it.
        share: of the way that is gone after a share of the time, [0, 1] -> [0, 1]; never back.
        area: under that curve up to then: what a speed adds up to.
    """

    name: str
    share: Callable[[float], float]
    area: Callable[[float], float]


EASES: dict[str, Ease] = {
    row.name: row
    for row in (
        Ease("smooth", lambda u: u * u * (3 - 2 * u), lambda u: u**3 - u**4 / 2),
        Ease("linear", lambda u: u, lambda u: u * u / 2),
        Ease("in", lambda u: u * u, lambda u: u**3 / 3),
        Ease("out", lambda u: u * (2 - u), lambda u: u * u - u**3 / 3),
    )
}
"""By their names; the first one is meant where nothing is said."""
