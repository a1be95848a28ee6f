"""A typed formula as a field."""

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
from landscapes.landscape import Array

_LONGEST = 2000
"""Numpy calls of a tape."""

_CHUNK = 2**15
"""Positions that ``value`` works out at once, so that its work rows stay small."""

NO_CONSTANTS: Mapping[str, float] = MappingProxyType({})


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
                self.loss.play(xy[:, chunk], loss[np.newaxis, chunk], scratch[:, :, : chunk.stop - start])
        return loss

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:
        """Write the gradient ``(2, n)`` into ``out``; at kinks as ``slopes`` says."""
        with np.errstate(all="ignore"):
            self.slope.replay(xy, out, scratch)


def compile_formula(text: str, constants: Mapping[str, float] = NO_CONSTANTS) -> Formula:
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
