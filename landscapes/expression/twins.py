"""What a formula does to x and to y alike, so that one numpy call does both.

Two nodes are twins if one becomes the other when x and y change places; only numbers may differ. Where the arguments
stand side by side as well, in the same order, and the numbers are equal, one call on ``(2, n)`` makes both: cheaper
than two calls on ``(n,)``, which a call that has to broadcast is not.
"""

from collections.abc import Sequence
from typing import NamedTuple

from landscapes.expression.graph import LEAVES, Graph
from landscapes.expression.kernels import MASKS

Pair = tuple[int, int]
"""Twins: the one in the first row, the one in the second."""

_EITHER_ORDER = ("add", "multiply")


class Pairs(NamedTuple):
    """Twins that stand in the two rows of an array, by each of the two.

    Attributes:
        placed: all of them.
        joined: those that one call makes.
    """

    placed: dict[int, Pair]
    joined: dict[int, Pair]


def find_pairs(graph: Graph, order: Sequence[int], results: Sequence[int]) -> Pairs:
    """Which twins are worth standing side by side.

    Args:
        graph: of the nodes.
        order: the operations that are needed, each after its arguments.
        results: those that have rows of their own: two of them may be a pair, none is one with others.
    """
    axes = graph.node("x"), graph.node("y")
    possible: dict[int, Pair] = dict.fromkeys(axes, axes)
    placed: dict[int, Pair] = {}
    joined: dict[int, Pair] = {}
    for twins in _find_twins(graph, order):
        pair = _join(graph, twins, possible)
        row_by_row = pair or twins
        if not set(twins).isdisjoint(results) and row_by_row != tuple(results):
            continue
        possible.update(dict.fromkeys(twins, row_by_row))
        if pair:
            joined.update(dict.fromkeys(pair, pair))
            for argument in (*twins, *graph.nodes[pair[0]].of):
                if argument in possible and argument not in axes:
                    placed.update(dict.fromkeys(possible[argument], possible[argument]))
    return Pairs(placed, joined)


def _find_twins(graph: Graph, order: Sequence[int]) -> list[Pair]:
    """All twins, arguments before what is made of them; a node that is its own twin is not among them."""
    x, y = graph.node("x"), graph.node("y")
    twins = {x: y, y: x}
    found: list[Pair] = []
    single: dict[tuple[str, tuple[int, ...]], list[int]] = {}
    for index in order:
        own = _describe(graph, index, {})
        if any(argument >= 0 and argument not in twins for argument in own[1]):
            single.setdefault(own, []).append(index)
            continue
        mirrored = _describe(graph, index, twins)
        others = single.get(mirrored, [])
        if mirrored == own:
            twins[index] = index
        elif others:
            numbers = _read_numbers(graph, index)
            twin = next((other for other in others if _read_numbers(graph, other) == numbers), others[0])
            others.remove(twin)
            twins[index], twins[twin] = twin, index
            found.append((twin, index))
        else:
            single.setdefault(own, []).append(index)
    return found


def _describe(graph: Graph, index: int, twins: dict[int, int]) -> tuple[str, tuple[int, ...]]:
    """A node's kind and arguments, or their twins; -1 for a number."""
    kind, of, _ = graph.nodes[index]
    arguments = [-1 if _is_number(graph, argument) else twins.get(argument, argument) for argument in of]
    return kind, tuple(sorted(arguments) if kind in _EITHER_ORDER else arguments)


def _read_numbers(graph: Graph, index: int) -> list[int]:
    return [argument for argument in graph.nodes[index].of if _is_number(graph, argument)]


def _is_number(graph: Graph, index: int) -> bool:
    return graph.nodes[index].kind in LEAVES[2:]


def _join(graph: Graph, twins: Pair, placed: dict[int, Pair]) -> Pair | None:
    """The twins as one call makes them; ``None`` if it cannot."""
    first, second = twins
    kind, of, _ = graph.nodes[first]
    others = graph.nodes[second].of
    if kind in MASKS or kind == "select":
        return None
    for other in (others, others[::-1]) if kind in _EITHER_ORDER else (others,):
        pairs = [
            pair
            for pair in zip(of, other, strict=True)
            if not (pair[0] == pair[1] and _is_number(graph, pair[0]))
        ]
        if all(placed.get(a) == (a, b) for a, b in pairs):
            return first, second
        if all(placed.get(a) == (b, a) for a, b in pairs):
            return second, first
    return None
