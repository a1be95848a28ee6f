"""The functions and names that a formula may use."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from landscapes.expression.graph import Graph


class Function(NamedTuple):
    """What can be called in a formula.

    Attributes:
        name: as it is written.
        fewest: arguments.
        most: arguments.
        build: of a graph and the nodes of the arguments, the node of the result.
    """

    name: str
    fewest: int
    most: int
    build: Callable[..., int]


def _one(name: str, kind: str = "") -> Function:
    return Function(name, 1, 1, lambda graph, a: graph.apply(kind or name, a))


def _two(name: str, kind: str = "") -> Function:
    return Function(name, 2, 2, lambda graph, a, b: graph.apply(kind or name, a, b))


def _fold(kind: str, graph: Graph, *of: int) -> int:
    result, *rest = of
    for argument in rest:
        result = graph.apply(kind, result, argument)
    return result


def _sigmoid(graph: Graph, a: int) -> int:
    # By tanh, whose slope holds far out on both sides.
    half = graph.number(0.5)
    return graph.add(half, graph.multiply(half, graph.apply("tanh", graph.multiply(half, a))))


def _softplus(graph: Graph, a: int) -> int:
    return graph.apply("logaddexp", a, graph.number(0.0))


def _relu(graph: Graph, a: int) -> int:
    return graph.apply("maximum", graph.number(0.0), a)


def _gauss(graph: Graph, a: int) -> int:
    return graph.apply("exp", graph.negate(graph.power(a, graph.number(2.0))))


def _step(graph: Graph, a: int) -> int:
    return graph.apply("heaviside", a, graph.number(1.0))


_ROWS: tuple[Function, ...] = (
    *map(_one, ("sin", "cos", "tan", "asin", "acos", "atan")),
    _two("atan2"),
    *map(_one, ("sinh", "cosh", "tanh", "exp", "log")),
    _one("ln", "log"),
    *map(_one, ("log2", "log10", "sqrt", "cbrt")),
    _one("abs", "absolute"),
    *map(_one, ("sign", "floor", "ceil")),
    Function("min", 2, 100, partial(_fold, "minimum")),
    Function("max", 2, 100, partial(_fold, "maximum")),
    *map(_two, ("hypot",)),
    _two("pow", "power"),
    _two("mod"),
    Function("sigmoid", 1, 1, _sigmoid),
    Function("relu", 1, 1, _relu),
    Function("softplus", 1, 1, _softplus),
    Function("gauss", 1, 1, _gauss),
    Function("step", 1, 1, _step),
)

FUNCTIONS: Mapping[str, Function] = {row.name: row for row in _ROWS}
"""Functions by name, in the order in which users see them. ``gauss(u)`` is ``exp(-u*u)``, ``step(u)`` 1 from 0 on."""

CONSTANTS: Mapping[str, float] = {"pi": math.pi, "e": math.e, "tau": math.tau}
"""Numbers with a name."""
