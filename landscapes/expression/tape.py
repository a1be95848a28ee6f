"""Formulas as tapes: numpy calls, one after the other, on rows that are used again as soon as they are free."""

import dataclasses
from collections.abc import Callable, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from landscapes.expression.graph import LEAVES, Graph, Node
from landscapes.expression.kernels import KERNELS, MASKS, Kernel
from landscapes.expression.lower import lower
from landscapes.expression.rows import assign_rows, put_in_order
from landscapes.expression.twins import find_pairs
from landscapes.landscape import Array

_REMEMBERED = 2**15
"""Positions up to which a tape keeps the arrays that it was last played on: a few megabytes at most."""


class Call(NamedTuple):
    """One numpy call: picks its arguments and its result out of the registers."""

    kernel: Kernel
    pick: Callable[[Sequence[Any]], tuple[Any, ...]]


class Laid(NamedTuple):
    """The calls of a tape on certain arrays."""

    xy: Array
    out: Array
    scratch: Array
    calls: list[tuple[Kernel, tuple[Any, ...]]]


@dataclasses.dataclass(frozen=True, eq=False)
class Tape:
    """A run of numpy calls.

    Its registers are first the pairs of rows: x and y, the results, the work rows; then all these row by row; then
    the leaves; last those work rows again that hold masks.

    Attributes:
        calls: in order.
        leaves: numbers, as nodes.
        scratch: work arrays ``(2, n)`` that ``play`` needs.
        masks: the work rows that hold masks at times.
    """

    calls: tuple[Call, ...]
    leaves: tuple[Node, ...]
    scratch: int
    masks: tuple[int, ...]
    _last: list[Laid] = dataclasses.field(default_factory=list, init=False, repr=False)

    def play(self, xy: Array, out: Array, scratch: Array) -> None:
        """Work it out at ``(2, n)`` positions, into ``out (k, n)``, without allocating."""
        for kernel, arguments in self._lay_out(xy, out, scratch).calls:
            kernel(*arguments)

    def replay(self, xy: Array, out: Array, scratch: Array) -> None:
        """The same as ``play``, at less cost where the last call had the very same arrays.

        So it is for a block of balls, step after step; for a thousand of them views cost as much as the calls.
        """
        for last in self._last:
            if last.xy is xy and last.out is out and last.scratch is scratch:
                break
        else:
            last = self._lay_out(xy, out, scratch)
            if xy.shape[1] <= _REMEMBERED:
                self._last[:] = [last]  # in one piece: threads share the tape
        for kernel, arguments in last.calls:
            kernel(*arguments)

    def _lay_out(self, xy: Array, out: Array, scratch: Array) -> Laid:
        n = xy.shape[1]
        pairs = [xy, out, *(scratch[k] for k in range(self.scratch))]
        rows = [pair[k] for pair in pairs for k in range(len(pair))]
        masks = [scratch[row // 2, row % 2].view(np.bool_)[:n] for row in self.masks]
        registers = [*pairs, *rows, *self._numbers(xy.dtype), *masks]
        return Laid(xy, out, scratch, [(kernel, pick(registers)) for kernel, pick in self.calls])

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
    graph, results = lower(formula, wanted)
    order = graph.needed(results)
    leaves = [index for index in order if graph.nodes[index].kind in LEAVES[2:]]
    computed = [index for index in order if graph.nodes[index].kind not in LEAVES]
    pairs = find_pairs(graph, computed, results)
    steps = put_in_order(graph, computed, pairs.joined)
    rows = assign_rows(graph, steps, pairs.placed, results)
    masks = sorted({row for index, row in rows.items() if graph.nodes[index].kind in MASKS})
    scratch = max(rows.values()) // 2 + 1
    first_row = 2 + scratch
    first_work = first_row + 2 + len(results)
    first_leaf = first_work + 2 * scratch
    single = {graph.node("x"): first_row, graph.node("y"): first_row + 1}
    double = {graph.node("x"): 0}
    for place, leaf in enumerate(leaves, first_leaf):
        single[leaf] = double[leaf] = place
    for index, row in rows.items():
        single[index] = first_work + row
        double[index] = 1 if row < 0 else 2 + row // 2
        if graph.nodes[index].kind in MASKS:
            single[index] = first_leaf + len(leaves) + masks.index(row)
    calls = []
    for step in steps:
        kind, of, _ = graph.nodes[step[0]]
        places = single if len(step) == 1 else double
        calls.append(Call(KERNELS[kind], itemgetter(*(places[index] for index in (*of, step[0])))))
    return Tape(tuple(calls), tuple(graph.nodes[leaf] for leaf in leaves), scratch, tuple(masks))
