"""Reads a formula, as Python would read it, with ``^`` for ``**`` too; nothing of what it says is ever run."""

import difflib
import itertools
import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from landscapes.errors import InputError, unknown
from landscapes.expression.functions import CONSTANTS, FUNCTIONS, Function
from landscapes.expression.graph import Graph

_LONGEST = 10_000
"""Characters of a formula."""

_DEEPEST = 64
"""Brackets, signs and powers inside one another."""

_SHOWN = 40
"""Characters of a long formula that an error shows."""

_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<sign>\*\*|[-+*/^(),])"
    r"|(?P<other>\S)"
)

_INSTEAD: Mapping[str, str] = {
    "²": "**2",
    "³": "**3",
    "×": "*",
    "·": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "π": "pi",
    "√": "sqrt(...)",
    "[": "(",
    "]": ")",
    "{": "(",
    "}": ")",
    "|": "abs(...)",
    "%": "mod(..., ...)",
    "<": "step(...)",
    ">": "step(...)",
}
"""What to write for characters that a formula cannot have."""

_SUM, _PRODUCT, _POWER = 1, 2, 3
"""How tightly operators bind; a sign binds less than a power: -x**2 is -(x**2)."""


class Operator(NamedTuple):
    """What stands between two operands; ``binds_right`` is the loosest operator that its right one may hold."""

    kind: str
    binds: int
    binds_right: int


_OPERATORS: Mapping[str, Operator] = {
    "+": Operator("add", _SUM, _PRODUCT),
    "-": Operator("subtract", _SUM, _PRODUCT),
    "*": Operator("multiply", _PRODUCT, _POWER),
    "/": Operator("divide", _PRODUCT, _POWER),
    "**": Operator("power", _POWER, _POWER),
    "^": Operator("power", _POWER, _POWER),
}


class Token(NamedTuple):
    """A piece of a formula; ``kind`` is ``"number"``, ``"name"``, ``"sign"`` or ``"end"``, ``at`` counts from 0."""

    kind: str
    text: str
    at: int


def parse(text: str, constants: Mapping[str, float]) -> tuple[Graph, int]:
    """What a formula says, as a graph and the node of its value.

    Args:
        text: the formula.
        constants: what names in it stand for.

    Raises:
        InputError: it cannot be read; the message says at which character.
    """
    return _Parser(text, {**CONSTANTS, **constants}).read()


def find_parameters(text: str) -> tuple[str, ...]:
    """Names in a formula that need a value, in the order in which they first appear.

    Raises:
        InputError: the text is too long, or holds a character that no formula has.
    """
    known = {"x", "y", *CONSTANTS, *FUNCTIONS}
    tokens = _cut(text)
    pairs = itertools.pairwise(tokens)
    names = [token.text for token, after in pairs if token.kind == "name" and after.text != "("]
    return tuple(dict.fromkeys(name for name in names if name not in known))


def fault(text: str, at: int, what: str) -> InputError:
    """The error for what is wrong at a character, counted from 0."""
    start = max(0, min(at - _SHOWN // 2, len(text) - _SHOWN))
    end = start + _SHOWN
    shown = ("..." if start else "") + text[start:end] + ("..." if end < len(text) else "")
    return InputError(f"formula {shown!r}, character {at + 1}: {what}")


def _cut(text: str) -> list[Token]:
    if len(text) > _LONGEST:
        raise fault(text, _LONGEST, f"it is {len(text)} characters long; {_LONGEST} are the most")
    tokens = []
    for match in _TOKEN.finditer(text):
        kind, at = str(match.lastgroup), match.start()
        if kind == "other":
            instead = _INSTEAD.get(match[0])
            raise fault(text, at, f"unexpected {match[0]!r}" + (f"; write {instead}" if instead else ""))
        tokens.append(Token(kind, match[0], at))
    return [*tokens, Token("end", "", len(text))]


class _Parser:
    """Walks through the tokens once, making nodes as it goes."""

    def __init__(self, text: str, names: Mapping[str, float]) -> None:
        self._text = text
        self._names = names
        self._tokens = _cut(text)
        self._next = 0
        self._graph = Graph()

    def read(self) -> tuple[Graph, int]:
        value = self._read(_SUM, 0)
        if self._peek().kind != "end":
            raise self._unexpected("an operator")
        return self._graph, value

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _read(self, loosest: int, depth: int) -> int:
        """Operands and the operators between them, but for those that bind less than ``loosest``."""
        if depth > _DEEPEST:
            raise self._fault(self._peek(), f"nested more than {_DEEPEST} deep; write it flatter")
        value = self._read_operand(depth)
        while (operator := _OPERATORS.get(self._peek().text)) and operator.binds >= loosest:
            sign = self._take()
            right = self._read(operator.binds_right, depth + (operator.binds == _POWER))
            value = self._hold(sign, self._graph.apply(operator.kind, value, right))
        return value

    def _read_operand(self, depth: int) -> int:
        token = self._peek()
        if token.text in ("+", "-"):
            self._take()
            value = self._read(_POWER, depth + 1)
            return value if token.text == "+" else self._graph.negate(value)
        if token.text == "(":
            return self._read_bracket(depth)[0]
        if token.kind == "number":
            return self._hold(self._take(), self._graph.number(float(token.text)))
        if token.kind == "name":
            return self._read_name(self._take(), depth)
        raise self._unexpected("a number, x, y, a function or a bracket")

    def _read_name(self, token: Token, depth: int) -> int:
        if token.text in ("x", "y"):
            return self._graph.node(token.text)
        if token.text in self._names:
            return self._graph.number(self._names[token.text])
        if token.text in FUNCTIONS:
            return self._call(token, FUNCTIONS[token.text], depth)
        if self._peek().text == "(":
            raise self._fault(token, str(unknown("function", token.text, FUNCTIONS)))
        near = difflib.get_close_matches(token.text.lower(), ("x", "y", *self._names, *FUNCTIONS), 1)
        guess = f"Did you mean {near[0]}? " if near else ""
        name = _shorten(token.text)
        raise self._fault(token, f"unknown name {name!r}. {guess}A parameter needs a value: write {name}=2")

    def _call(self, token: Token, function: Function, depth: int) -> int:
        shape = f"{function.name}({', '.join(['...'] * function.fewest)})"
        if self._peek().text != "(":
            raise self._fault(token, f"{function.name} is a function; write {shape}")
        given = self._read_bracket(depth, function.most)
        if len(given) < function.fewest:
            raise self._fault(token, f"{function.name} takes more arguments; write {shape}")
        return self._hold(token, function.build(self._graph, *given))

    def _read_bracket(self, depth: int, most: int = 1) -> list[int]:
        """What stands in a bracket, between commas."""
        opening = self._take()
        given = [self._read(_SUM, depth + 1)]
        while self._peek().text == "," and len(given) < most:
            self._take()
            given.append(self._read(_SUM, depth + 1))
        if self._peek().kind == "end":
            raise self._fault(opening, "the bracket is not closed; write )")
        if self._peek().text != ")":
            raise self._unexpected("an operator or )")
        self._take()
        return given

    def _hold(self, token: Token, node: int) -> int:
        """The node, unless it is a number that is none."""
        number = self._graph.read(node)
        if number is not None and not math.isfinite(number):
            raise self._fault(token, f"{_shorten(token.text)} gives no finite real number here")
        return node

    def _unexpected(self, wanted: str) -> InputError:
        token, before = self._peek(), self._tokens[max(self._next - 1, 0)]
        if token.kind == "end":
            return self._fault(token, f"it ends too early; {wanted} is missing")
        after_operand = before.text == ")" or before.kind in ("name", "number")
        if after_operand and (token.kind != "sign" or token.text == "("):
            left = "(...)" if before.text == ")" else _shorten(before.text)
            right = "(...)" if token.text == "(" else _shorten(token.text)
            return self._fault(token, f"an operator is missing; write {left}*{right}")
        return self._fault(token, f"unexpected {token.text!r}; {wanted} is expected")

    def _fault(self, token: Token, what: str) -> InputError:
        return fault(self._text, token.at, what)


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
