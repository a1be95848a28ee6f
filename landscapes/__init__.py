"""Loss surfaces: by name, or all of them. The only door most callers need."""

from functools import cache
from typing import NamedTuple

from landscapes.analytic import CATALOG
from landscapes.errors import InputError, unknown
from landscapes.landscape import Landscape

__all__ = ["Entry", "InputError", "Landscape", "canonical", "catalogue", "get", "names"]


class Entry(NamedTuple):
    """What a list of landscapes shows, known without building any."""

    name: str
    title: str
    about: str
    source: str


def get(name: str) -> Landscape:
    """The landscape of that name; upper case, blanks and underscores do not matter.

    Raises:
        InputError: no landscape has that name.
    """
    key = canonical(name)
    for landscape in CATALOG:
        if landscape.name == key:
            return landscape
    if built := _build(key):
        return built
    raise unknown("landscape", name, names(), "downslope list landscapes")


def canonical(name: str) -> str:
    """A name as the catalogue writes it."""
    return name.strip().lower().replace("_", "-").replace(" ", "-")


def names() -> list[str]:
    """The names ``get`` knows, in the order in which users see them."""
    return [entry.name for entry in catalogue()]


def catalogue() -> list[Entry]:
    """Name, title, one-line description and source of every landscape, without building any."""
    from landscapes.network.zoo import ZOO, Exhibit

    # Networks come right after the opening landscape: they are what the game is about.
    rows: list[Landscape | Exhibit] = [*CATALOG[:1], *ZOO, *CATALOG[1:]]
    return [Entry(row.name, row.title, row.about, row.source) for row in rows]


@cache
def _build(name: str) -> Landscape | None:
    """The network landscape of that name, scanned once, or none."""
    from landscapes.network.zoo import ZOO  # here, because a start without networks should not wait for it

    return next((row.build() for row in ZOO if row.name == name), None)
