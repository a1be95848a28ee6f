"""A typed formula as a loss surface."""

import dataclasses
import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from landscapes.errors import InputError
from landscapes.expression.functions import CONSTANTS, FUNCTIONS
from landscapes.expression.parse import fault, parse
from landscapes.expression.slopes import differentiate
from landscapes.expression.tape import Tape, record
from landscapes.landscape import Array, Domain, Landscape

_LONGEST = 2000
"""Numpy calls of a tape."""

_CHUNK = 2**15
"""Positions that ``value`` works out at once, so that its work rows stay small."""

_NONE: Mapping[str, float] = MappingProxyType({})


@dataclasses.dataclass(frozen=True, eq=False)
class Formula:
    """The field of a formula.

    Attributes:
        text: as it was written.
        loss: works out the value.
        slope: works out the gradient.
    """

    text: str
    loss: Tape
    slope: Tape

    @property
    def scratch(self) -> int:
        """How many ``(2, n)`` work arrays ``gradient`` needs."""
        return self.slope.scratch

    def value(self, xy: Array) -> Array:
        """Loss ``(n,)`` at positions ``(2, n)``; NaN outside the real domain, and where a position is."""
        n = xy.shape[1]
        loss = np.empty(n, xy.dtype)
        scratch = np.empty((self.loss.scratch, 2, min(n, _CHUNK)), xy.dtype)
        with np.errstate(all="ignore"):
            for start in range(0, n, _CHUNK):
                chunk = slice(start, min(start + _CHUNK, n))
                self.loss.play(xy[:, chunk], [loss[chunk]], scratch[:, :, : chunk.stop - start])
        return loss

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:
        """Write the gradient ``(2, n)`` into ``out``; at kinks as ``slopes`` says."""
        with np.errstate(all="ignore"):
            self.slope.play(xy, out, scratch)


def compile_formula(text: str, constants: Mapping[str, float] = _NONE) -> Formula:
    """The field of a formula in ``x``, ``y`` and named constants.

    Raises:
        InputError: it cannot be read, or is too long; the message says at which character.
    """
    for name, number in constants.items():
        if name in ("x", "y") or name in CONSTANTS or name in FUNCTIONS:
            raise InputError(f"formula: {name} has a meaning already; choose another name for the parameter")
        if not math.isfinite(number):
            raise InputError(f"formula: {name} must be a number, not {number}")
    graph, value = parse(text, constants)
    slopes, dx, dy = differentiate(graph, value)
    tapes = record(graph, [value]), record(slopes, [dx, dy])
    calls = max(len(tape.calls) for tape in tapes)
    if calls > _LONGEST:
        raise fault(text, 0, f"it takes {calls} steps to work out; {_LONGEST} are the most")
    return Formula(text, *tapes)


def make_landscape(
    text: str, domain: Domain = (-5.0, 5.0, -5.0, 5.0), constants: Mapping[str, float] = _NONE
) -> Landscape:
    """The surface of a formula over a rectangle.

    Args:
        text: the formula.
        domain: ``(x_min, x_max, y_min, y_max)``.
        constants: what names in it stand for.

    Raises:
        InputError: it cannot be read, is too long, or is nowhere a finite number.
    """
    x_min, x_max, y_min, y_max = domain
    if not (x_min < x_max and y_min < y_max and np.isfinite([x_max - x_min, y_max - y_min]).all()):
        raise InputError(f"the domain {domain} is empty: x_min < x_max and y_min < y_max must hold")
    shown = " ".join(text.split())
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    given = ", ".join(f"{name} = {number:g}" for name, number in constants.items())
    landscape = Landscape(
        name=shown,
        title=shown,
        about="a formula" + (f" with {given}" if given else ""),
        source="typed in",
        domain=domain,
        field=compile_formula(text, constants),
    )
    holes = 1 - float(np.isfinite(landscape.grid(65)[2]).mean())
    if holes == 1:
        raise InputError(
            f"formula {shown!r} is a finite number nowhere on the domain {domain}: move the domain"
        )
    if holes:
        return dataclasses.replace(
            landscape, about=f"{landscape.about}; without a value on {holes:.0%} of the domain"
        )
    return landscape
