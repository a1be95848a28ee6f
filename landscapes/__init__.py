"""Loss surfaces: by name, from a file or from a formula. The only door most callers need.

What lies behind it is loaded when somebody asks for it: whoever only wants the errors, such as a shell that reads its
command line, need not wait for numpy.
"""

from typing import TYPE_CHECKING, Any

from landscapes.errors import InputError

if TYPE_CHECKING:
    from landscapes.landscape import Landscape
    from landscapes.lookup import Entry, canonical, entries, get, is_known, names, sample

__all__ = ["Entry", "InputError", "Landscape", "canonical", "entries", "get", "is_known", "names", "sample"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'landscapes' has no attribute {name!r}")
    from landscapes import lookup

    return getattr(lookup, name)
