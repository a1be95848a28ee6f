"""Tables of numbers as CSV files."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from game.recording.errors import RecordingError, reason


def write_table(path: Path, head: Sequence[object], rows: Iterable[Sequence[object]]) -> None:
    """Write a line of names and lines of numbers.

    Raises:
        RecordingError: the file cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *rows])
    except OSError as error:
        raise RecordingError(f"cannot write {path}: {reason(error)}") from None
