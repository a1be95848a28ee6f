"""Loss surfaces: by name, from a file or from a formula. The only door most callers need.

What lies behind it is loaded when somebody asks for it: whoever only wants the errors, such as a shell that reads its
command line, need not wait for numpy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from landscapes.errors import InputError

if TYPE_CHECKING:
    from landscapes.function import from_function
    from landscapes.landscape import Landscape
    from landscapes.lookup import Entry, canonical, entries, get, is_known, names, sample
    from landscapes.problem import Problem
    from landscapes.torch import from_torch

__all__ = [
    "Entry",
    "InputError",
    "Landscape",
    "Problem",
    "canonical",
    "entries",
    "from_function",
    "from_torch",
    "get",
    "is_known",
    "names",
    "sample",
]

_ELSEWHERE = {
    "Landscape": "landscape",
    "Problem": "problem",
    "from_function": "function",
    "from_torch": "torch",
}
"""The module of a name, where it is not ``lookup``."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'landscapes' has no attribute {name!r}")
    return getattr(import_module(f"landscapes.{_ELSEWHERE.get(name, 'lookup')}"), name)
