"""Formulas as tapes: numpy calls, one after the other, on rows that are used again as soon as they are free."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from landscapes.expression.graph import LEAVES, Graph, Node
from landscapes.expression.kernels import KERNELS, MASKS, Kernel
from landscapes.landscape import Array

_PRODUCTS = 64.0
"""The highest power that is worked out by multiplying."""


class Call(NamedTuple):
    """One numpy call: picks its arguments and its result out of the registers."""

    kernel: Kernel
    pick: Callable[[Sequence[Any]], tuple[Any, ...]]


@dataclasses.dataclass(frozen=True, eq=False)
class Tape:
    """A run of numpy calls.

    Its registers are x, y, the results, the leaves, the work rows, and those work rows again that hold masks.

    Attributes:
        calls: in order.
        leaves: numbers, as nodes.
        rows: work rows ``(n,)``.
        masks: the work rows that hold masks at times.
    """

    calls: tuple[Call, ...]
    leaves: tuple[Node, ...]
    rows: int
    masks: tuple[int, ...]

    @property
    def scratch(self) -> int:
        """Work arrays ``(2, n)`` that ``play`` needs."""
        return -(-self.rows // 2)

    def play(self, xy: Array, results: Iterable[Array], scratch: Array) -> None:
        """Work it out at ``(2, n)`` positions, into rows ``(n,)``, without allocating."""
        n = xy.shape[1]
        rows = [row for pair in scratch[: self.scratch] for row in pair]
        masks = [rows[row].view(np.bool_)[:n] for row in self.masks]
        registers = [*xy, *results, *self._numbers(xy.dtype), *rows[: self.rows], *masks]
        for kernel, pick in self.calls:
            kernel(*pick(registers))

    @cached_property
    def _made(self) -> dict[np.dtype[Any], tuple[Array, ...]]:
        return {}

    def _numbers(self, dtype: np.dtype[Any]) -> tuple[Array, ...]:
        """The leaves as arrays of no dimension, at half the price of Python floats."""
        if dtype not in self._made:
            tiny = np.finfo(dtype).tiny
            self._made[dtype] = tuple(
                np.array(tiny if leaf.kind == "tiny" else leaf.number, dtype) for leaf in self.leaves
            )
        return self._made[dtype]


def record(formula: Graph, wanted: Sequence[int]) -> Tape:
    """The tape that works out some nodes of a formula; each is NaN where the position is."""
    graph, ends = _lower(formula, wanted)
    results = _separate(graph, [_keep_nan(graph, end) for end in ends])
    order = graph.needed(results)
    leaves = [index for index in order if graph.nodes[index].kind in LEAVES[2:]]
    computed = [index for index in order if graph.nodes[index].kind not in LEAVES]
    rows, count, masks = _assign_rows(graph, computed, results)
    before_rows = 2 + len(results) + len(leaves)
    places = {
        graph.node("x"): 0,
        graph.node("y"): 1,
        **{leaf: k for k, leaf in enumerate(leaves, 2 + len(results))},
    }
    for index, row in rows.items():
        if graph.nodes[index].kind in MASKS:
            places[index] = before_rows + count + masks.index(row)
        else:
            places[index] = before_rows + row if row >= 0 else 2 + len(results) + row
    calls = [
        Call(KERNELS[kind], itemgetter(*(places[register] for register in (*of, index))))
        for index in computed
        for kind, of, _ in [graph.nodes[index]]
    ]
    return Tape(tuple(calls), tuple(graph.nodes[leaf] for leaf in leaves), count, tuple(masks))


def _lower(formula: Graph, wanted: Sequence[int]) -> tuple[Graph, list[int]]:
    """The formula in operations that are cheap: powers as products, doubling as a sum."""
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
    return graph, [moved[index] for index in wanted]


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


def _assign_rows(
    graph: Graph, computed: Sequence[int], results: Sequence[int]
) -> tuple[dict[int, int], int, list[int]]:
    """A row for each node: results have those from ``-len(results)`` to -1, and lend them out before.

    Returns:
        row by node, how many rows beside those of the results, and the ones that hold masks.
    """
    last_use = {argument: index for index in computed for argument in graph.nodes[index].of}
    last_use.update((result, len(graph.nodes)) for result in results)
    lent = dict(zip(range(-len(results), 0), results, strict=True))
    free = set(lent)
    rows: dict[int, int] = {}
    count = 0
    for index in computed:
        kind, of, _ = graph.nodes[index]
        ending = {rows[argument] for argument in of if argument in rows and last_use[argument] == index}
        # In place where that does no harm: a select writes its last argument before it reads the others.
        held = set() if kind != "select" else {rows[argument] for argument in of[:2] if argument in rows}
        free |= ending - held
        borrowed = [
            row
            for row, end in lent.items()
            if row in free and _may_borrow(graph, index, last_use[index], end)
        ]
        row = borrowed[0] if borrowed else min((row for row in free if row >= 0), default=count)
        count = max(count, row + 1)
        free.discard(row)
        rows[index] = row
        free |= ending & held
    masks = sorted({rows[index] for index in computed if graph.nodes[index].kind in MASKS})
    return rows, count, masks


def _may_borrow(graph: Graph, index: int, last_use: int, result: int) -> bool:
    """Whether a node may stand in the row of a result: it is that, or is done with when that is worked out."""
    if graph.nodes[index].kind in MASKS:
        return False
    return (
        index == result or last_use < result or (last_use == result and graph.nodes[result].kind != "select")
    )
