"""The table of a sweep as a file."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from landscapes.errors import InputError

Rows = list[dict[str, Any]]
Write = Callable[[IO[bytes], Rows], None]


def find_writer(path: Path) -> Write:
    """What writes the table of a sweep to a file of that name.

    Raises:
        InputError: an ending that is not known, or a package that it needs is missing.
    """
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise InputError(f"cannot write {path}: the table of a sweep goes to {' or '.join(FORMATS)}")
    if ending == ".parquet":
        try:
            import pyarrow.parquet  # noqa: F401
        except ImportError:
            raise InputError(f"cannot write {path}: pip install pyarrow, or take .csv") from None
    return FORMATS[ending]


def _write_csv(file: IO[bytes], rows: Rows) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    file.write(text.getvalue().encode())


def _write_parquet(file: IO[bytes], rows: Rows) -> None:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), file)


FORMATS: dict[str, Write] = {".csv": _write_csv, ".parquet": _write_parquet}
"""All formats by ending."""
