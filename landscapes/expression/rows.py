"""Which row of memory each node of a formula stands in, and from when to when."""

from collections.abc import Mapping, Sequence

from landscapes.expression.graph import Graph
from landscapes.expression.kernels import MASKS
from landscapes.expression.twins import Pair

Step = tuple[int, ...]
"""The nodes that one call makes: one, or two twins."""


def put_in_order(graph: Graph, order: Sequence[int], joined: Mapping[int, Pair]) -> list[Step]:
    """The calls that make these nodes, each after those that make its arguments; near to the order they have."""
    undone = set(order)
    steps: list[Step] = []
    for index in order:
        waiting = [index]
        while waiting:
            step: Step = joined.get(waiting[-1], (waiting[-1],))
            missing = undone.intersection(_find_arguments(graph, step))
            waiting += sorted(missing, reverse=True)
            if not missing:
                waiting.pop()
                if step[0] in undone:
                    steps.append(step)
                    undone.difference_update(step)
    return steps


def assign_rows(
    graph: Graph, steps: Sequence[Step], placed: Mapping[int, Pair], results: Sequence[int]
) -> dict[int, int]:
    """A row for each node: results have those from ``-len(results)`` to -1, and lend them out before.

    Twins that are placed stand in rows ``2 k`` and ``2 k + 1``, or in those of the two results.
    """
    cells: dict[int, Step] = {node: placed.get(node, (node,)) for step in steps for node in step}
    ends = {
        cells[node]: time
        for time, step in enumerate(steps)
        for node in _find_arguments(graph, step)
        if node in cells
    }
    ends.update((cells[node], len(steps)) for node in results)
    owners = dict(zip(range(-len(results), 0), results, strict=True))
    written = {node: time for time, step in enumerate(steps) for node in step}

    def may_have(cell: Step, row: int) -> bool:
        """Whether a cell is done with when the owner of the row moves in; a select does before it has read all."""
        if row not in owners:
            return True
        owner = owners[row]
        until = written[owner] - (graph.nodes[owner].kind == "select")
        return ends[cell] <= until and graph.nodes[cell[0]].kind not in MASKS

    rows: dict[int, int] = {}
    free = set(owners)
    made = 0
    for time, step in enumerate(steps):
        arguments = [node for node in _find_arguments(graph, step) if node in rows]
        ending = {
            rows[one] for node in arguments if ends[cells[node]] == time for one in cells[node] if one in rows
        }
        # A select writes its last argument before it reads the others.
        select = graph.nodes[step[0]].kind == "select"
        held = {rows[node] for node in graph.nodes[step[0]].of[:2] if node in rows} if select else set()
        free |= ending - held
        if step[0] not in rows:
            cell = cells[step[0]]
            spans = [tuple(row for row, owner in owners.items() if owner in cell)]
            if not spans[0]:
                spans = _find_spans(free, len(cell))
                spans = [span for span in spans if all(may_have(cell, row) for row in span)]
            if not spans:
                spans = [tuple(range(made, made + len(cell)))]
                free |= {made, made + 1}
                made += 2
            # In place, then where a result will be, then beside a row that is taken: all so that few are needed.
            span = min(spans, key=lambda s: (s[0] not in ending, s[0] >= 0, s[0] ^ 1 in free, s[0]))
            rows.update(zip(cell, span, strict=True))
            free -= set(span)
        free |= ending & held
    return rows


def _find_spans(free: set[int], length: int) -> list[Step]:
    """Free rows, or free pairs of rows."""
    if length == 1:
        return [(row,) for row in free]
    return [(row, row + 1) for row in free if row % 2 == 0 and row + 1 in free]


def _find_arguments(graph: Graph, step: Step) -> list[int]:
    return [argument for node in step for argument in graph.nodes[node].of]
