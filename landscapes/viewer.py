"""Who shows landscapes: whatever is installed for it. Nothing here knows a window."""

from importlib.metadata import entry_points
from typing import Any

from landscapes.errors import InputError

GROUP = "downslope.viewers"
"""Of the entry points: a viewer is a module with ``play(landscape, *arguments)`` and ``record(...)``."""


def find_viewer() -> Any:
    """The first viewer that is installed.

    Raises:
        InputError: there is none.
    """
    for entry in entry_points(group=GROUP):
        return entry.load()
    raise InputError("no viewer of landscapes is installed here: pip install downslope")
