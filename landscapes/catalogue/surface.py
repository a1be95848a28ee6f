"""A row of the catalogue: a surface in closed form, compiled when somebody asks for it."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from landscapes.errors import InputError, unknown
from landscapes.expression import compile_formula
from landscapes.landscape import Domain, Landscape, Relief
from landscapes.rates import rates

Places = Sequence[tuple[float, float]]


class Parameter(NamedTuple):
    """A number that a surface can be made with, within ``low`` and ``high``."""

    name: str
    default: float
    low: float
    high: float
    about: str


def settle(
    name: str, parameters: Sequence[Parameter], changes: Mapping[str, float] | None
) -> dict[str, float]:
    """The parameters of the row ``name``: its defaults, and ``changes`` where there are any.

    Raises:
        InputError: an unknown parameter, or one out of range.
    """
    values = {row.name: row.default for row in parameters}
    for key, value in (changes or {}).items():
        row = next((row for row in parameters if row.name == key), None)
        if row is None:
            raise unknown(f"{name} parameter", key, values)
        if not row.low <= value <= row.high:
            raise InputError(
                f"{name}: {key} must be a number from {row.low:g} to {row.high:g}, not {value:g}"
            )
        values[key] = float(value)
    return values


@dataclasses.dataclass(frozen=True)
class Surface:
    """A surface in closed form.

    Attributes:
        name: what one types, lower case.
        title: what a player reads.
        group: the shelf it stands on.
        about: one line of what there is to see.
        source: who published it, or how it was made; for a kink, which side the slope is taken from.
        domain: ``(x_min, x_max, y_min, y_max)``.
        formula: the loss in ``x``, ``y`` and the parameters, as ``expression`` reads it.
        minima: known minima in the domain, deepest first; a function of the parameters where they move them.
        relief: how loss becomes display height.
        parameters: what can be chosen.
    """

    name: str
    title: str
    group: str
    about: str
    source: str
    domain: Domain
    formula: str
    minima: Places | Callable[[Mapping[str, float]], Places]
    relief: Relief = "auto"
    parameters: tuple[Parameter, ...] = ()

    def build(self, changes: Mapping[str, float] | None = None) -> Landscape:
        """Compile it, with parameters other than the defaults.

        Raises:
            InputError: an unknown parameter, or one out of range.
        """
        values = settle(self.name, self.parameters, changes)
        minima = self.minima(values) if callable(self.minima) else self.minima
        return Landscape(
            name=self.name,
            title=self.title,
            about=self.about,
            source=self.source,
            domain=self.domain,
            field=compile_formula(self.formula, values),
            minima=np.array(minima, np.float64).reshape(-1, 2),
            relief=self.relief,
            learning_rates=rates(self.name),
        )
