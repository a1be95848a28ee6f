"""Surfaces as text: ``.csv`` in columns, as a matrix, or as a matrix between its coordinates; and ``.json``."""

import csv
import itertools
import json
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from landscapes.errors import InputError
from landscapes.files.layout import arrange, choose_roles
from landscapes.files.sheet import FEWEST, MOST, Choice, Floats, Sheet, tidy
from landscapes.progress import follow_briefly

_LONGEST_LINE = 1_000_000
_LARGEST_JSON = 100_000_000
"""Bytes: as Python's objects they take ten times as many."""
_DELIMITERS = "\t;, "
"""The first of them that a line of the table contains: a blank may stand beside any other."""
_MISSING = frozenset(("", "na", "n/a", "null", "none", "-"))
"""What stands for a number that is not there."""


class _Table(NamedTuple):
    """A table that is being read.

    Attributes:
        header: names of the columns; empty if it has none.
        first: the first row of fields; a header without names of columns, too.
        rows: all rows of fields but the header, each with the number of its line.
    """

    header: list[str]
    first: list[str]
    rows: Iterator[tuple[int, list[str]]]


def read_csv(path: Path, choice: Choice) -> Sheet:
    """Read columns of x, y and the loss, a matrix ``(ny, nx)``, or one with y down its left and x along its upper edge.

    Fields are parted by tabs, semicolons, commas or blanks; lines that begin with ``#`` are remarks, the last of them
    ahead of the numbers may name the columns.

    Raises:
        InputError: a line that is no part of such a table, or columns that make no grid.
    """
    try:
        with (
            path.open(encoding="utf-8-sig", newline="") as file,
            follow_briefly(f"reading {path.name}", max(path.stat().st_size, 1)) as note,
        ):
            table = _open_table(file, note)
            if choice.columns or table.header or len(table.first) == 3:
                return _read_columns(table, choice)
            return _read_matrix(table, choice)
    except UnicodeDecodeError:
        raise InputError("not a text in UTF-8: save it as CSV UTF-8") from None
    except csv.Error as fault:
        raise InputError(f"not a table ({fault}): is a quotation mark left open?") from None


def write_csv(path: Path, sheet: Sheet) -> None:
    """Write a header and a row of x, y and loss for each point, exactly; holes are NaN. Of a stack that is the mean."""
    xs = sheet.xs.tolist()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        # Names that look like numbers would be read as a row of them.
        writer.writerow(("x", "y", "loss") if all(map(_is_number, sheet.names)) else sheet.names)
        for y, row in zip(sheet.ys.tolist(), sheet.loss, strict=True):
            writer.writerows(zip(xs, itertools.repeat(y), row.tolist(), strict=False))


def read_json(path: Path, choice: Choice) -> Sheet:
    """Read ``{"x": [...], "y": [...], "loss": [[...]]}``, a matrix, or a list of points; null is a hole.

    A point is ``{"x": ..., "y": ..., "loss": ...}`` or ``[x, y, loss]``; the names may be others.

    Raises:
        InputError: it is damaged, or holds anything else.
    """
    if path.stat().st_size > _LARGEST_JSON:
        raise InputError(f"more than {_LARGEST_JSON:,} bytes of JSON: save it as .npz")
    try:
        held = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as fault:
        raise InputError(f"not JSON ({tidy(str(fault))})") from None
    if isinstance(held, list) and held and all(isinstance(point, dict) for point in held):
        held = {name: [point.get(name) for point in held] for name in held[0]}
    if isinstance(held, dict):
        return _read_object(held, choice)
    matrix = _read_array(held, "the loss")
    if matrix.ndim == 2 and matrix.shape[1] == 3:
        x, y, loss = matrix.T
        return arrange(loss, x, y, ("x", "y", "loss"), choice, ("Each row is a point: x, y and the loss.",))
    return arrange(matrix, None, None, ("x", "y", "loss"), choice)


def _read_object(held: dict[str, Any], choice: Choice) -> Sheet:
    names = list(held)
    roles = choose_roles(names, choice)
    x, y = (None if k is None else _read_array(held[names[k]], tidy(names[k])) for k in roles[:2])
    loss = _read_array(held[names[roles.loss]], tidy(names[roles.loss]))
    return arrange(loss, x, y, roles.names, choice, roles.guesses)


def _read_array(held: Any, what: str) -> Floats:
    try:
        return np.array(held, np.float64)
    except (ValueError, TypeError, OverflowError):
        raise InputError(f"{what}: not numbers in rows of equal length") from None


def _open_table(file: IO[str], note: Callable[[int], None]) -> _Table:
    lines = _read_lines(file, note)
    head, remark, found = [], "", 0
    for line in lines:
        head.append(line)
        found += bool(line) and not line.startswith("#")
        if line.startswith("#") and not found:
            remark = line.lstrip("# ")
        if found == 2:
            break
    delimiter = next((mark for mark in _DELIMITERS if head and mark in head[-1]), ",")
    reader = csv.reader(itertools.chain(head, lines), delimiter=delimiter, skipinitialspace=True)
    rows: Iterator[tuple[int, list[str]]] = (
        (reader.line_num, row) for row in reader if row and not row[0].startswith("#")
    )
    number, first = next(rows, (0, []))
    if len(first) < 2:
        raise InputError(
            "no table: not two fields parted by a comma, semicolon, tab or blank in its first row"
        )
    if not all(map(_is_number, first)) and not _is_edge(first):
        return _Table([field.strip() for field in first], first, rows)
    header = next(csv.reader([remark], delimiter=delimiter, skipinitialspace=True), [])
    return _Table(
        header if len(header) == len(first) else [], first, itertools.chain([(number, first)], rows)
    )


def _read_lines(file: IO[str], note: Callable[[int], None]) -> Iterator[str]:
    done = 0
    while line := file.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise InputError(f"not a table: a line of more than {_LONGEST_LINE:,} characters")
        done += len(line)
        note(done)
        yield line.strip(" \r\n")


def _read_columns(table: _Table, choice: Choice) -> Sheet:
    width = len(table.first)
    roles = choose_roles(table.header or [""] * width, choice, in_order=True)
    if roles.x is None or roles.y is None:
        raise InputError(f"{width} columns are too few for x, y and the loss")
    wanted = (roles.x, roles.y, roles.loss)
    numbers = array("d")
    for line, row in table.rows:
        if len(row) <= max(wanted):
            raise InputError(f"line {line} has {len(row)} fields instead of {width}")
        numbers.extend(_read_fields(row, wanted, line))
        if len(numbers) > 3 * MOST**2:
            raise InputError(f"more than {MOST} x {MOST} points")
    x, y, loss = np.frombuffer(numbers, np.float64).reshape(-1, 3).T
    return arrange(loss, x, y, roles.names, choice, roles.guesses)


def _read_matrix(table: _Table, choice: Choice) -> Sheet:
    width, numbers = len(table.first), array("d")
    for line, row in table.rows:
        if len(row) != width:
            raise InputError(f"line {line} has {len(row)} fields instead of {width}")
        if len(numbers) > width * MOST or width > MOST + 1:
            raise InputError(f"more than {MOST} rows or columns")
        # The corner between coordinates may be anything.
        corner = [float("nan")] if not numbers and _is_edge(table.first) else []
        numbers.extend(corner + _read_fields(row, range(len(corner), width), line))
    matrix = np.frombuffer(numbers, np.float64).reshape(-1, width)
    # A blank corner may also be a hole, if what stands beside it does not look like coordinates.
    said = not _is_number(table.first[0])
    if _is_edge(table.first) and (said or (_is_ordered(matrix[0, 1:]) and _is_ordered(matrix[1:, 0]))):
        told = ("The first row and column are taken for x and y.",)
        return arrange(matrix[1:, 1:], matrix[0, 1:], matrix[1:, 0], ("x", "y", "loss"), choice, told)
    return arrange(matrix, None, None, ("x", "y", "loss"), choice)


def _is_edge(first: Sequence[str]) -> bool:
    """Whether a first row can be coordinates, with no number in the corner."""
    return not _is_float(first[0]) and len(first) > FEWEST and all(map(_is_float, first[1:]))


def _is_ordered(axis: Floats) -> bool:
    return bool((axis[1:] > axis[:-1]).all() or (axis[1:] < axis[:-1]).all())


def _is_number(field: str) -> bool:
    """Whether a field is no name; with a decimal comma it is a number, too, if none that we read."""
    return _is_float(field.replace(",", ".")) or field.strip().lower() in _MISSING


def _is_float(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _read_fields(row: Sequence[str], columns: Sequence[int], line: int) -> list[float]:
    try:
        return [float(row[k]) for k in columns]
    except ValueError:
        return [_read_field(row[k], f"line {line}, column {k + 1}") for k in columns]


def _read_field(field: str, where: str) -> float:
    if _is_float(field):
        return float(field)
    if field.strip().lower() in _MISSING:
        return float("nan")
    raise InputError(f"{where}: {tidy(field, 20)!r} is not a number, such as 0.5")
