"""Data to train networks on: published sets, generated ones, and tables of the user's own.

Sources and licences of what ships: ``assets/data/LICENSES.md``.
"""

import dataclasses
import functools
from collections.abc import Callable

from landscapes.network.data.dataset import Dataset, Split, Table, Task, split
from landscapes.network.data.generated import draw_circles, draw_moons, draw_sine, draw_spirals, draw_xor
from landscapes.network.data.published import breast_cancer, read_breast_cancer, read_digits, read_iris
from landscapes.network.data.table import read_table

__all__ = [
    "DATASETS",
    "Dataset",
    "Loader",
    "Split",
    "Table",
    "Task",
    "breast_cancer",
    "draw_circles",
    "draw_moons",
    "draw_sine",
    "draw_spirals",
    "draw_xor",
    "read_breast_cancer",
    "read_digits",
    "read_iris",
    "read_table",
    "split",
]


@dataclasses.dataclass(frozen=True)
class Loader:
    """A row of the table of data sets.

    Attributes:
        name: what users type, lower case.
        about: one line of what is to be told or predicted.
        source: who published it, or how it is made.
        task: what the targets are.
        draw: the samples for a seed; published ones are the same for every seed.
        share: how many of them are kept for testing.
    """

    name: str
    about: str
    source: str
    task: Task
    draw: Callable[[int], Table]
    share: float = 0.2

    def load(self, seed: int = 0) -> Split:
        """Training and test samples, standardised; the seed decides which is which, and on what is generated."""
        return split(self.draw(seed), seed, self.share)


DATASETS: tuple[Loader, ...] = (
    Loader(
        "breast-cancer",
        "569 tumours, 30 features of their cell nuclei: benign or malignant",
        "Wolberg, Mangasarian, Street, Street 1993 (https://doi.org/10.24432/C5DW2B), CC BY 4.0",
        "binary",
        lambda _seed: read_breast_cancer(),
    ),
    Loader(
        "digits",
        "1797 handwritten digits of 8 x 8 pixels: which of the ten",
        "Alpaydin, Kaynak 1998 (https://doi.org/10.24432/C50P49), CC BY 4.0",
        "classes",
        lambda _seed: read_digits(),
    ),
    Loader(
        "iris",
        "150 irises, length and width of sepals and petals: which of three species",
        "Fisher 1936 (https://doi.org/10.24432/C56C76), CC BY 4.0",
        "classes",
        lambda _seed: read_iris(),
    ),
    Loader(
        "xor",
        "the four corners of a square, opposite ones alike: no line parts them; no test samples",
        "Minsky, Papert 1969, Perceptrons",
        "binary",
        draw_xor,
        share=0,
    ),
    Loader(
        "noisy-xor",
        "a cloud of 100 points around each corner of a square, opposite ones alike",
        "Minsky, Papert 1969, Perceptrons; normal noise",
        "binary",
        functools.partial(draw_xor, copies=100, noise=0.2),
    ),
    Loader(
        "moons",
        "two half circles, each with an end inside the other",
        "as make_moons of scikit-learn, drawn anew",
        "binary",
        draw_moons,
    ),
    Loader(
        "circles",
        "a circle inside another one",
        "as make_circles of scikit-learn, drawn anew",
        "binary",
        draw_circles,
    ),
    Loader(
        "spirals",
        "two spirals of three turns, wound into each other",
        "Lang, Witbrock 1988, Learning to tell two spirals apart",
        "binary",
        draw_spirals,
    ),
    Loader(
        "sine",
        "a wave and noise: predict y from x",
        "y = sin(x), normal noise",
        "regression",
        draw_sine,
    ),
)
"""All data sets, in the order in which users see them."""
