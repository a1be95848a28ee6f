"""Formulas in operations that numpy does fast, and results that are NaN where the position is."""

from collections.abc import Sequence

from landscapes.expression.graph import LEAVES, Graph
from landscapes.expression.kernels import MASKS

_PRODUCTS = 64.0
"""The highest power that is worked out by multiplying."""


def lower(formula: Graph, wanted: Sequence[int]) -> tuple[Graph, list[int]]:
    """Some nodes of a formula in cheap operations: powers as products, doubling as a sum.

    Returns:
        the graph, and the nodes in it; each is an operation, its own, and NaN where the position is.
    """
    graph, moved = Graph(), dict[int, int]()
    for index in formula.needed(wanted):
        kind, of, number = formula.nodes[index]
        arguments = [moved[argument] for argument in of]
        if kind == "power":
            moved[index] = _lower_power(graph, arguments[0], arguments[1])
        elif kind == "multiply" and formula.read(of[0]) == 2:
            moved[index] = graph.node("add", arguments[1], arguments[1])
        else:
            moved[index] = graph.node(kind, *arguments, number=number)
    return graph, _separate(graph, [_keep_nan(graph, moved[index]) for index in wanted])


def _lower_power(graph: Graph, a: int, b: int) -> int:
    exponent = graph.read(b)
    if exponent is None or not abs(exponent) <= _PRODUCTS or not (2 * exponent).is_integer():
        return graph.node("power", a, b)
    if exponent < 0:
        return graph.node("divide", graph.number(1.0), _lower_power(graph, a, graph.number(-exponent)))
    if exponent in (0.5, 1):
        return a if exponent == 1 else graph.node("sqrt", a)
    if not exponent.is_integer():
        whole = _lower_power(graph, a, graph.number(exponent - 0.5))
        return graph.node("multiply", whole, graph.node("sqrt", a))
    if exponent % 2:
        return graph.node("multiply", a, _lower_power(graph, a, graph.number(exponent - 1)))
    return graph.node("square", _lower_power(graph, a, graph.number(exponent / 2)))


def _keep_nan(graph: Graph, end: int) -> int:
    """A node that is NaN where the position is: the same one where that is certain."""
    carrying: set[int] = set()
    for index in graph.needed([end]):
        kind, of, _ = graph.nodes[index]
        carried = [argument in carrying for argument in of]
        if kind == "select":
            carries = all(carried[1:])
        elif kind == "power":
            carries = all(
                c or graph.read(argument) is not None for c, argument in zip(carried, of, strict=True)
            )
        else:
            carries = kind in ("x", "y") or (any(carried) and kind not in MASKS)
        if carries:
            carrying.add(index)
    if end in carrying:
        return end
    nothing = graph.node("subtract", graph.node("x"), graph.node("x"))
    return nothing if graph.read(end) == 0 else graph.node("add", nothing, end)


def _separate(graph: Graph, ends: Sequence[int]) -> list[int]:
    """Nodes that need a call each, so that every result has a row of its own."""
    results: list[int] = []
    for end in ends:
        result = end
        while graph.nodes[result].kind in LEAVES or result in results:
            result = graph.node("copy", result)
        results.append(result)
    return results
