"""Where in a script's text something stands: the parser of the standard library does not tell."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from landscapes.errors import InputError

T = TypeVar("T")


class FieldError(InputError):
    """A key of a table is wrong, or its value.

    Attributes:
        key: its name.
    """

    def __init__(self, key: str, words: str) -> None:
        super().__init__(words)
        self.key = key


def find_line(text: str, table: str, number: int, key: str = "") -> int | None:
    """The line, from 1, of a key in the ``number``-th table ``[[table]]``; of its header if the key is not there.

    ``None`` if there is no such header: the table is written in some other way.
    """
    header, found = None, 0
    for at, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*\[", line):
            if header is not None:
                break
            found += bool(re.match(rf"\s*\[\[\s*{re.escape(table)}\s*\]\]", line))
            header = at if found == number else None
        elif header is not None and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return at
    return header


@contextmanager
def blame_line(text: str, table: str, number: int) -> Iterator[None]:
    """Say of what is wrong within a ``with`` block in which line of the script it is.

    Raises:
        InputError: something is.
    """
    try:
        yield
    except InputError as error:
        line = find_line(text, table, number, error.key if isinstance(error, FieldError) else "")
        if line is None:
            raise
        raise InputError(f"line {line}: {error}") from None


def read_rows(
    table: Mapping[str, Any], text: str, name: str, make: Callable[[dict[str, Any], int], T]
) -> list[T]:
    """What ``make`` makes of each of the tables ``[[name]]`` and its number from 1.

    Raises:
        InputError: one cannot be understood; the message says in which line.
    """
    made = []
    for number, row in enumerate(table.get(name, []), start=1):
        with blame_line(text, name, number):
            made.append(make(row, number))
    return made
