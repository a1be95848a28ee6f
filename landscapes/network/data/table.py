"""Tables of samples as text, ``.csv``: the user's own data."""

import csv
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError, unknown
from landscapes.files.sheet import tidy
from landscapes.network.data.dataset import Floats, Table, Task

_MOST_BYTES = 50_000_000
_MOST_CLASSES = 20
"""Whole numbers with more different values are taken for amounts, and as many texts for names, unless told so."""
_LONGEST = 100
"""Characters of a target that count."""
_LARGEST = 1e100
"""Squares of what is larger leave the range of float64."""
_MISSING = frozenset(("", "?", "-", "na", "n/a", "nan", "null", "none"))
"""What stands for a number that is not there."""
_DELIMITERS = "\t;,"
"""The first of them that the header contains."""


def read_table(path: Path, target: str | None = None, task: Task | None = None) -> Table:
    """Read samples from a table: its first row names the columns, every other one is a sample of numbers.

    Fields are parted by commas, semicolons or tabs; empty lines and lines that begin with ``#`` are passed over.

    Args:
        path: of the file, in UTF-8.
        target: the column to predict, by default the last one; numbers or, for classes, any text.
        task: what the targets are. By default two different values are binary; text and up to 20 different whole
            numbers are classes; all else is a regression. Classes are in the order of their numbers or names.

    Raises:
        InputError: one line that begins with the path: it is no such table, a number is missing, a feature or the
            target never changes, or the target does not fit the task.
    """
    try:
        if not path.is_file():
            raise InputError("not a file" if path.exists() else "no such file: check the path")
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"more than {_MOST_BYTES:,} bytes: leave rows away")
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(file, target, task)
    except UnicodeDecodeError:
        reason = "not a text in UTF-8: save it as CSV UTF-8"
    except csv.Error as fault:
        reason = f"not a table ({fault}): is a quotation mark left open?"
    except OSError as fault:
        reason = fault.strerror or str(fault)
    except InputError as fault:
        reason = str(fault)
    raise InputError(tidy(f"{path}: {reason}", 600)) from None


def _read(file: IO[str], target: str | None, task: Task | None) -> Table:
    rows = _read_rows(file)
    _, header = next(rows, (0, []))
    header = [tidy(name) for name in header]
    aim = _find_target(header, target)
    names = tuple(header[:aim] + header[aim + 1 :])
    numbers, answers = array("d"), []
    for line, row in rows:
        if len(row) != len(header):
            raise InputError(
                f"line {line} has {len(row)} fields, but the first row names {len(header)} columns"
            )
        answer = row.pop(aim).strip()
        if answer.lower() in _MISSING:
            raise InputError(f"line {line}: no {header[aim]!r} to predict: fill it in or delete the row")
        answers.append(answer[:_LONGEST])
        numbers.extend(_read_numbers(row, names, line))
    features = np.array(numbers, np.float64).reshape(-1, len(names))
    if len(features) < 2:
        raise InputError(f"{len(features)} samples are too few: give at least 2")
    _check_features(features, names)
    return _aim(features, names, answers, header[aim], task)


def _read_rows(file: IO[str]) -> Iterator[tuple[int, list[str]]]:
    """All rows that say something, each with the number of its line; the first tells how fields are parted."""
    lines = ((number, line) for number, line in enumerate(file, 1) if not _is_void(line))
    number, head = next(lines, (0, ""))
    delimiter = next((mark for mark in _DELIMITERS if mark in head), ",")
    yield number, next(csv.reader([head], delimiter=delimiter, skipinitialspace=True), [])
    reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True)
    for row in reader:
        if not _is_void("".join(row)):
            yield number + reader.line_num, row


def _is_void(line: str) -> bool:
    return not line.strip() or line.startswith("#")


def _find_target(header: Sequence[str], target: str | None) -> int:
    if len(header) < 2:
        raise InputError("no table: its first row must name at least 2 columns, parted by commas")
    if all(_read_number(name) is not None for name in header):
        raise InputError("the first row holds numbers: put one above it that names the columns")
    for name in header:
        if header.count(name) > 1:
            raise InputError(f"two columns are named {name!r}: rename one")
    if target is None:
        return len(header) - 1
    if target not in header:
        raise unknown("column", target, header)
    return header.index(target)


def _read_numbers(fields: Sequence[str], names: Sequence[str], line: int) -> list[float]:
    try:
        numbers = [float(field) for field in fields]
        # Not a number fails this, too.
        if all(-_LARGEST < number < _LARGEST for number in numbers):
            return numbers
    except ValueError:
        pass
    return [
        _insist(field, f"line {line}, column {name!r}") for field, name in zip(fields, names, strict=True)
    ]


def _insist(field: str, where: str) -> float:
    number = _read_number(field)
    if field.strip().lower() in _MISSING:
        raise InputError(f"{where}: the number is missing: fill it in, or delete the row or the column")
    if number is None:
        raise InputError(
            f"{where}: {tidy(field, 20)!r} is not a number such as 0.5: delete the column or code it"
        )
    if not abs(number) < _LARGEST:
        raise InputError(f"{where}: {tidy(field, 20)} is not within {_LARGEST:g}: give it in another unit")
    return number


def _read_number(field: str) -> float | None:
    try:
        return float(field)
    except ValueError:
        return None


def _check_features(features: Floats, names: Sequence[str]) -> None:
    constant = [name for name, never in zip(names, np.ptp(features, axis=0) == 0, strict=True) if never]
    if constant:
        which = ", ".join(map(repr, constant[:5])) + (" ..." if len(constant) > 5 else "")
        raise InputError(f"constant features tell nothing: delete the {_count(constant)} {which}")


def _count(columns: Sequence[str]) -> str:
    return "column" if len(columns) == 1 else f"{len(columns)} columns"


def _aim(features: Floats, names: tuple[str, ...], answers: list[str], aim: str, task: Task | None) -> Table:
    numeric = all(_read_number(answer) is not None for answer in answers)
    values = np.array([_insist(answer, f"column {aim!r}") for answer in answers] if numeric else answers)
    kinds, labels = np.unique(values, return_inverse=True)
    classes = tuple(f"{kind:.15g}" if numeric else tidy(kind) for kind in kinds.tolist())
    if kinds.size == 1:
        raise InputError(f"column {aim!r} is always {classes[0]!r}: there is nothing to tell apart")
    task = task or _guess_task(kinds, aim)
    if task == "regression":
        if not numeric:
            text = next(answer for answer in answers if _read_number(answer) is None)
            raise InputError(
                f"column {aim!r}: {tidy(text, 20)!r} is not a number, but a regression needs them"
            )
        return Table(features, values, names, (), task)
    if task == "binary" and kinds.size > 2:
        raise InputError(f"column {aim!r} has {kinds.size} different values, but binary is 2: take classes")
    targets = labels.astype(np.float64 if task == "binary" else np.int64)
    return Table(features, targets, names, classes, task)


def _guess_task(kinds: npt.NDArray[Any], aim: str) -> Task:
    few = kinds.size <= _MOST_CLASSES
    if kinds.size == 2:
        return "binary"
    if kinds.dtype.kind == "f":
        return "classes" if few and not (kinds % 1).any() else "regression"
    if few:
        return "classes"
    raise InputError(f"column {aim!r} has {kinds.size} different texts: name another column to predict")
