"""The shelves of the catalogue, in the order in which players see them; nothing on them is built yet."""

from typing import NamedTuple, Protocol

from landscapes.analytic import CATALOG
from landscapes.catalogue.bowls import BOWLS
from landscapes.catalogue.learning import LEARNING
from landscapes.catalogue.minima import MANY_MINIMA
from landscapes.catalogue.saddles import SADDLES
from landscapes.catalogue.surface import Parameter, Surface
from landscapes.catalogue.terrains import TERRAINS
from landscapes.errors import find
from landscapes.landscape import Landscape
from landscapes.network.zoo import NETWORKS, ZOO

__all__ = ["SHELVES", "Parameter", "Row", "Shelf", "Surface"]


class Row(Protocol):
    """What a row of any shelf says of itself."""

    @property
    def name(self) -> str:
        """What one types, lower case."""

    @property
    def title(self) -> str:
        """What a player reads."""

    @property
    def about(self) -> str:
        """One line of what there is to see."""

    @property
    def source(self) -> str:
        """Who published it, or how it was made."""


class Shelf(NamedTuple):
    """Landscapes of one kind."""

    title: str
    rows: tuple[Row, ...]


def _kernels(*names: str) -> tuple[Landscape, ...]:
    return tuple(find("landscape", name, CATALOG) for name in names)


SHELVES: tuple[Shelf, ...] = (
    # First what the game opens with, then what it is about.
    Shelf("To begin with", (*_kernels("valleys"), *ZOO)),
    Shelf("Networks", NETWORKS),
    Shelf("Bowls and ravines", (*_kernels("bowl", "ravine", "rosenbrock"), *BOWLS)),
    Shelf("Saddles and plateaus", (*_kernels("saddle"), *SADDLES)),
    Shelf(
        "Many minima",
        (
            *_kernels(
                "himmelblau", "beale", "rastrigin", "ackley", "styblinski-tang", "six-hump-camel", "eggholder"
            ),
            *MANY_MINIMA,
        ),
    ),
    Shelf("Machine-learning shapes", LEARNING),
    Shelf("Terrains", TERRAINS),
)
