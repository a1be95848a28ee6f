"""The slope of a formula, by the chain rule, node by node.

Where there is no slope a ball is not to be thrown away, so there is a choice. Beside a kink: ``abs`` is level at 0;
``min`` and ``max`` follow the first of the arguments that are equal, and so ``relu`` is level at 0. On a step the
slope is 0. Where the slope is infinite it is taken as 0: of roots and powers at 0, of ``asin`` and ``acos`` at -1 and
1, of ``hypot`` and ``atan2`` at the origin.
"""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from landscapes.expression.graph import Graph


class Slope(NamedTuple):
    """A gradient ``factor * (dx, dy)``, as nodes; what both rows share is in the factor."""

    factor: int
    dx: int
    dy: int


def differentiate(formula: Graph, value: int) -> tuple[Graph, int, int]:
    """The two derivatives of a node, in a graph where each term stands right after what it is the slope of.

    That order lets few results be alive at the same time.

    Returns:
        the graph, the derivative by x and the one by y.
    """
    graph = Graph()
    zero, one = graph.number(0.0), graph.number(1.0)
    slopes = {"x": Slope(one, one, zero), "y": Slope(one, zero, one)}
    known: dict[int, tuple[int, Slope]] = {}
    for index in formula.needed([value]):
        kind, of, number = formula.nodes[index]
        arguments = [known[argument] for argument in of]
        here = graph.node(kind, *(node for node, _ in arguments), number=number)
        if not of:
            slope = slopes.get(kind, Slope(one, zero, zero))
        elif kind in _CHOICES:
            slope = _choose(graph, _CHOICES[kind], *arguments)
        else:
            slope = _chain(graph, here, kind, arguments)
        known[index] = here, slope
    return graph, *_multiply_out(graph, known[value][1])


def _chain(graph: Graph, here: int, kind: str, arguments: list[tuple[int, Slope]]) -> Slope:
    """The sum over the arguments of partial derivative times slope."""
    zero, one = graph.number(0.0), graph.number(1.0)
    total = Slope(one, zero, zero)
    sloping = [slope.dx != zero or slope.dy != zero for _, slope in arguments]
    if not any(sloping) or kind not in PARTIALS:
        return total
    partials = PARTIALS[kind](graph, here, *(node for node, _ in arguments))
    for partial, (_, slope), slopes in zip(partials, arguments, sloping, strict=True):
        if slopes:
            total = _add(graph, total, slope._replace(factor=graph.multiply(partial, slope.factor)))
    return total


def _add(graph: Graph, a: Slope, b: Slope) -> Slope:
    zero = graph.number(0.0)
    if a[1:] == (zero, zero):
        return b
    if a[1:] == b[1:]:
        return a._replace(factor=graph.add(a.factor, b.factor))
    if a.factor == b.factor:
        return Slope(a.factor, graph.add(a.dx, b.dx), graph.add(a.dy, b.dy))
    dx, dy = map(graph.add, _multiply_out(graph, a), _multiply_out(graph, b))
    (times_x, term_x), (times_y, term_y) = graph.split(dx), graph.split(dy)
    if times_x == times_y:
        return Slope(graph.number(times_x), term_x, term_y)
    return Slope(graph.number(1.0), dx, dy)


def _multiply_out(graph: Graph, slope: Slope) -> tuple[int, int]:
    """Both rows of a slope. The number before the factor stays with it where both share the work."""
    factor, dx, dy = slope
    times, _ = graph.split(factor)
    alone = graph.number(0.0) in (dx, dy) or graph.read(factor) is not None or abs(times) == 1
    return (
        graph.multiply(factor, dx) if alone else graph.multiply_whole(factor, dx),
        graph.multiply(factor, dy) if alone else graph.multiply_whole(factor, dy),
    )


def _choose(graph: Graph, mask: str, first: tuple[int, Slope], second: tuple[int, Slope]) -> Slope:
    """The slope of the argument that counts; the other may be anything there, so nothing is multiplied by 0."""
    (a, slope_a), (b, slope_b) = first, second
    held = graph.apply(mask, a, b)
    dx, dy = (
        graph.select(held, graph.multiply(slope_a.factor, d_a), graph.multiply(slope_b.factor, d_b))
        for d_a, d_b in zip(slope_a[1:], slope_b[1:], strict=True)
    )
    return Slope(graph.number(1.0), dx, dy)


_CHOICES: Mapping[str, str] = {"maximum": "at least", "minimum": "at most"}
"""Operations that pick one of two, and what holds where it is the first."""


def _of_multiply(_: Graph, __: int, a: int, b: int) -> tuple[int, ...]:
    return b, a


def _of_divide(graph: Graph, here: int, _: int, b: int) -> tuple[int, ...]:
    return graph.divide(graph.number(1.0), b), graph.negate(graph.divide(here, b))


def _of_power(graph: Graph, here: int, a: int, b: int) -> tuple[int, ...]:
    exponent = graph.read(b)
    if exponent is not None and exponent.is_integer():
        return graph.multiply(b, graph.power(a, graph.number(exponent - 1))), b
    above_0 = graph.apply("maximum", a, graph.node("tiny"))
    return graph.multiply(b, _over(graph, here, a)), graph.multiply(here, graph.apply("log", above_0))


def _of_sqrt(graph: Graph, here: int, a: int) -> tuple[int, ...]:
    return (graph.multiply(graph.number(0.5), _over(graph, here, a)),)


def _of_cbrt(graph: Graph, here: int, a: int) -> tuple[int, ...]:
    return (graph.multiply(graph.number(1 / 3), _over(graph, here, a)),)


def _of_hypot(graph: Graph, here: int, a: int, b: int) -> tuple[int, ...]:
    return _over(graph, a, here), _over(graph, b, here)


def _of_atan2(graph: Graph, _: int, a: int, b: int) -> tuple[int, ...]:
    square = graph.add(_square(graph, a), _square(graph, b))
    return _over(graph, b, square), graph.negate(_over(graph, a, square))


def _of_asin(graph: Graph, _: int, a: int) -> tuple[int, ...]:
    one = graph.number(1.0)
    rest = graph.multiply(graph.add(one, graph.negate(a)), graph.add(one, a))
    return (_over(graph, graph.apply("sqrt", rest), rest),)


def _of_acos(graph: Graph, here: int, a: int) -> tuple[int, ...]:
    return (graph.negate(_of_asin(graph, here, a)[0]),)


def _of_atan(graph: Graph, _: int, a: int) -> tuple[int, ...]:
    one = graph.number(1.0)
    return (graph.divide(one, graph.add(one, _square(graph, a))),)


def _of_tan(graph: Graph, here: int, _: int) -> tuple[int, ...]:
    return (graph.add(graph.number(1.0), _square(graph, here)),)


def _of_tanh(graph: Graph, _: int, a: int) -> tuple[int, ...]:
    # Not 1 - tanh(a)^2: far out that would be rounding, and Adam divides by it.
    return (graph.divide(graph.number(1.0), _square(graph, graph.apply("cosh", a))),)


def _of_logaddexp(graph: Graph, here: int, a: int, b: int) -> tuple[int, ...]:
    return graph.apply("exp", _minus(graph, a, here)), graph.apply("exp", _minus(graph, b, here))


def _of_mod(graph: Graph, _: int, a: int, b: int) -> tuple[int, ...]:
    return graph.number(1.0), graph.negate(graph.apply("floor", graph.divide(a, b)))


def _log_to(base: float) -> Callable[..., tuple[int, ...]]:
    def of_log(graph: Graph, _: int, a: int) -> tuple[int, ...]:
        return (graph.multiply(graph.number(1 / math.log(base)), graph.divide(graph.number(1.0), a)),)

    return of_log


def _over(graph: Graph, a: int, b: int) -> int:
    """``a / b`` where ``b`` is 0 only if ``a`` is: then 0."""
    return graph.divide(a, graph.add(b, graph.node("tiny")))


def _square(graph: Graph, a: int) -> int:
    return graph.power(a, graph.number(2.0))


def _minus(graph: Graph, a: int, b: int) -> int:
    return graph.add(a, graph.negate(b))


PARTIALS: Mapping[str, Callable[..., tuple[int, ...]]] = {
    "add": lambda graph, _, __, ___: (graph.number(1.0), graph.number(1.0)),
    "subtract": lambda graph, _, __, ___: (graph.number(1.0), graph.number(-1.0)),
    "negative": lambda graph, _, __: (graph.number(-1.0),),
    "multiply": _of_multiply,
    "divide": _of_divide,
    "power": _of_power,
    "absolute": lambda graph, _, a: (graph.apply("sign", a),),
    "mod": _of_mod,
    "sqrt": _of_sqrt,
    "cbrt": _of_cbrt,
    "hypot": _of_hypot,
    "exp": lambda _, here, __: (here,),
    "log": _log_to(math.e),
    "log2": _log_to(2.0),
    "log10": _log_to(10.0),
    "logaddexp": _of_logaddexp,
    "sin": lambda graph, _, a: (graph.apply("cos", a),),
    "cos": lambda graph, _, a: (graph.negate(graph.apply("sin", a)),),
    "tan": _of_tan,
    "asin": _of_asin,
    "acos": _of_acos,
    "atan": _of_atan,
    "atan2": _of_atan2,
    "sinh": lambda graph, _, a: (graph.apply("cosh", a),),
    "cosh": lambda graph, _, a: (graph.apply("sinh", a),),
    "tanh": _of_tanh,
}
"""Partial derivatives by each argument, of the graph, the node itself and the arguments; 0 for what is not here."""
