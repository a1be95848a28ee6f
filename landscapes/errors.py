"""The one error a user can cause: it says what is wrong, where, and what to do, in one line."""

import difflib
from collections.abc import Iterable
from typing import Protocol, TypeVar


class Named(Protocol):
    """A row of a table that users choose from."""

    @property
    def name(self) -> str:
        """What users type, lower case."""


Row = TypeVar("Row", bound=Named)


class InputError(ValueError):
    """Something a user gave cannot be used. The message is one line, fit to be shown as it is."""


class StoppedError(InputError):
    """Somebody had enough of long work; all is as it was before, but for what the message says is kept."""


def unknown(kind: str, name: str, known: Iterable[str], hint: str = "") -> InputError:
    """The error for a name that is in no table, with the nearest names that are.

    Args:
        kind: what was looked up, such as ``"landscape"``.
        name: what the user typed.
        known: the names that would have worked.
        hint: where all of them are listed, such as ``"downslope list landscapes"``; else they are named here.
    """
    shown = name if len(name) <= 60 else name[:57] + "..."
    names = list(known)
    near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.5)
    guess = f"; did you mean {' or '.join(near)}?" if near else "."
    where = f" All of them: {hint or ', '.join(names)}"
    return InputError(f"unknown {kind} {shown!r}{guess}{where}")


def find(kind: str, name: str, rows: Iterable[Row], hint: str = "") -> Row:
    """The row of a table that has this name, in whatever case it was typed.

    Raises:
        InputError: there is none; see ``unknown`` for the arguments.
    """
    rows = list(rows)
    for row in rows:
        if row.name == name.lower():
            return row
    raise unknown(kind, name, [row.name for row in rows], hint)
