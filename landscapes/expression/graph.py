"""Formulas as graphs: equal expressions are one node, made simpler as they are made."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from landscapes.expression.kernels import KERNELS


class Node(NamedTuple):
    """A number, a coordinate, or an operation on nodes made before.

    Attributes:
        kind: a key of ``KERNELS``, or one of ``"x"``, ``"y"``, ``"number"``, and ``"tiny"``: the least normal number.
        of: what it operates on.
        number: of a number.
    """

    kind: str
    of: tuple[int, ...] = ()
    number: float = 0.0


LEAVES = ("x", "y", "number", "tiny")
"""The kinds that nothing has to be computed for."""

_RANGE = (1e-30, 1e30)
"""Factors that may be drawn together: float32 still holds their products with ordinary numbers."""

_DEPTH = 4
"""Sums in sums that a factor is drawn into."""


@dataclasses.dataclass(eq=False)
class Graph:
    """Expressions that share what they have in common.

    A node is known by its number, and stands after all that it operates on. The methods give the number of the node
    for what they are named after, which is a simpler one where there is one.
    """

    nodes: list[Node] = dataclasses.field(default_factory=list)
    _found: dict[Node, int] = dataclasses.field(default_factory=dict)

    def node(self, kind: str, *of: int, number: float = 0.0) -> int:
        """The node as it is, found or made."""
        wanted = Node(kind, of, number)
        if wanted not in self._found:
            self._found[wanted] = len(self.nodes)
            self.nodes.append(wanted)
        return self._found[wanted]

    def number(self, number: float) -> int:
        """A number, not a finite one perhaps."""
        return self.node("number", number=float(number))

    def read(self, index: int) -> float | None:
        """The number that a node is; ``None`` if it is none."""
        kind, _, number = self.nodes[index]
        return number if kind == "number" else None

    def apply(self, kind: str, *of: int) -> int:
        """An operation on nodes; on numbers, what comes of it."""
        rule = _RULES.get(kind)
        return rule(self, *of) if rule else self._fold(kind, *of)

    def add(self, a: int, b: int) -> int:
        """``a + b``."""
        if 0 in (self.read(a), self.read(b)):
            return b if self.read(a) == 0 else a
        (times_a, term_a), (times_b, term_b) = self.split(a), self.split(b)
        if term_a == term_b and self.read(term_a) is None and abs(times_a + times_b) < _RANGE[1]:
            return self._scale(times_a + times_b, term_a)
        if abs(times_a) == abs(times_b) != 1 and None is self.read(term_a) is self.read(term_b):
            join = self.add if times_a == times_b else self.subtract
            return self._scale(times_a, join(term_a, term_b))
        for left, right in ((a, b), (b, a)):
            if self.nodes[right].kind == "negative":
                return self.node("subtract", left, self.nodes[right].of[0])
        number = self.read(b)
        if number is not None and number < 0 and self.read(a) is None:
            return self.node("subtract", a, self.number(-number))
        return self._fold("add", min(a, b), max(a, b))

    def subtract(self, a: int, b: int) -> int:
        """``a - b``."""
        return self.add(a, self.negate(b))

    def negate(self, a: int) -> int:
        """``-a``."""
        return self._scale(-1.0, a) if self.read(a) is None else self._fold("negative", a)

    def multiply(self, a: int, b: int) -> int:
        """``a * b``."""
        if self.read(a) is not None and self.read(b) is not None:
            return self._fold("multiply", a, b)
        (times_a, factor_a), (times_b, factor_b) = self.split(a), self.split(b)
        times = times_a * times_b
        if times == 0 or _RANGE[0] < abs(times) < _RANGE[1]:
            return self._scale(times, self._join(factor_a, factor_b))
        return self.node("multiply", min(a, b), max(a, b))

    def multiply_whole(self, a: int, b: int) -> int:
        """``a * b``, with the number that ``a`` begins with left in it."""
        times, factor = self.split(b)
        if self.read(factor) is not None:
            return self._scale(times, a)
        return self._scale(times, self.node("multiply", min(a, factor), max(a, factor)))

    def divide(self, a: int, b: int) -> int:
        """``a / b``."""
        by = self.read(b)
        if by is not None and self.read(a) is not None:
            return self._fold("divide", a, b)
        if self.read(a) == 0 or by == 1:
            return a
        if by and (np.frexp(by)[0] in (0.5, -0.5)):
            return self.multiply(a, self.number(1 / by))
        times, factor = self.split(a)
        sign, under = self.split(b)
        if by is None and abs(sign) == 1 and self.read(under) is None:
            times, b = times * sign, under
        if by is None and _RANGE[0] < abs(times) < _RANGE[1] and self.read(factor) is None:
            return self._scale(times, self.node("divide", factor, b))
        return self.node("divide", self._scale(times, factor), b)

    def power(self, a: int, b: int) -> int:
        """``a ** b``, real: a number or none."""
        exponent = self.read(b)
        if exponent is None or self.read(a) is not None:
            return self.number(1.0) if self.read(a) == 1 else self._fold("power", a, b)
        if exponent in (0, 1):
            return a if exponent else self.number(1.0)
        base, inner = self._read_power(a)
        if base != a and exponent.is_integer():
            return self.power(base, self.number(inner * exponent))
        if exponent == 0.5:
            return self.node("sqrt", a)
        if exponent == -1:
            return self.divide(self.number(1.0), a)
        return self.node("power", a, b)

    def select(self, mask: int, a: int, b: int) -> int:
        """``a`` where the mask holds, ``b`` elsewhere, whatever the other is there."""
        held = self.read(mask)
        if held is not None:
            return a if held else b
        return a if a == b else self.node("select", mask, a, b)

    def split(self, a: int) -> tuple[float, int]:
        """A node as a number times another: ``a`` is ``times * factor``."""
        kind, of, number = self.nodes[a]
        if kind == "number":
            return number, self.number(1.0)
        if kind == "negative":
            return -1.0, of[0]
        if kind == "multiply" and (times := self.read(of[0])) is not None:
            return times, of[1]
        return 1.0, a

    def needed(self, wanted: Iterable[int]) -> list[int]:
        """What must be known for these nodes, themselves included, in an order in which it can be computed."""
        alive = set(wanted)
        for index in range(len(self.nodes) - 1, -1, -1):
            if index in alive:
                alive.update(self.nodes[index].of)
        return sorted(alive)

    def _fold(self, kind: str, *of: int) -> int:
        numbers = [self.read(index) for index in of]
        if None in numbers:
            return self.node(kind, *of)
        with np.errstate(all="ignore"):
            return self.number(float(KERNELS[kind](*map(_as_scalar, numbers))))

    def _scale(self, times: float, a: int) -> int:
        kind, of, number = self.nodes[a]
        if kind == "number":
            return self.number(times * number)
        if times in (0, 1):
            return a if times else self.number(0.0)
        if kind == "negative":
            return self._scale(-times, of[0])
        if kind == "multiply" and self._absorbs(times, a, 0):
            return self._scale(times * self.split(a)[0], of[1])
        if kind in ("add", "subtract"):
            scaled = self._scale_sum(times, kind, *of)
            if scaled is not None:
                return scaled
        return self.node("negative", a) if times == -1 else self.node("multiply", self.number(times), a)

    def _scale_sum(self, times: float, kind: str, a: int, b: int) -> int | None:
        """A number of times ``a + b`` or ``a - b`` where that is no more work than the sum."""
        if times == -1 and kind == "subtract":
            return self.node("subtract", b, a)
        absorbing = [self._absorbs(times, term, _DEPTH) for term in (a, b)]
        if all(absorbing):
            return self.node(kind, self._scale(times, a), self._scale(times, b))
        if times == -1 and any(absorbing):
            first, second = (a, b) if absorbing[0] else (b, a)
            return self.node("subtract", self._scale(times, first), second)
        return None

    def _absorbs(self, times: float, a: int, depth: int) -> bool:
        """Whether a number of times a node is no more work than the node: all its terms have factors."""
        kind, of, number = self.nodes[a]
        if kind in ("add", "subtract"):
            return depth > 0 and all(self._absorbs(times, term, depth - 1) for term in of)
        factor = self.read(of[0]) if kind == "multiply" else number if kind == "number" else None
        return factor is not None and _RANGE[0] < abs(times * factor) < _RANGE[1]

    def _join(self, a: int, b: int) -> int:
        """The product of two nodes without numbers before them."""
        one = self.number(1.0)
        if one in (a, b):
            return a if b == one else b
        (base_a, power_a), (base_b, power_b) = self._read_power(a), self._read_power(b)
        if base_a == base_b:
            return self.power(base_a, self.number(power_a + power_b))
        for inverse, other in ((a, b), (b, a)):
            kind, of, _ = self.nodes[inverse]
            if kind == "divide" and of[0] == one:
                return self.divide(other, of[1])
        return self.node("multiply", min(a, b), max(a, b))

    def _read_power(self, a: int) -> tuple[int, float]:
        """A node as a whole positive power of another."""
        kind, of, _ = self.nodes[a]
        exponent = self.read(of[1]) if kind == "power" else None
        return (of[0], exponent) if exponent and exponent > 0 and exponent.is_integer() else (a, 1.0)


def _as_scalar(number: float | None) -> Any:
    return np.float64(0.0 if number is None else number)


_RULES: Mapping[str, Callable[..., int]] = {
    "add": Graph.add,
    "subtract": Graph.subtract,
    "negative": Graph.negate,
    "multiply": Graph.multiply,
    "divide": Graph.divide,
    "power": Graph.power,
    "select": Graph.select,
}
"""Operations that are made simpler; all others stay as they are."""
