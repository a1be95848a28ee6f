"""What the values in a script's file have to be."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from game.scene.camera import CYCLE
from game.scene.relief import RELIEFS
from game.scene.theme import THEMES
from game.script.record import VERSION
from landscapes.errors import InputError, unknown

LONGEST_S = 3600.0
"""A script that runs longer is taken for a slip of the finger."""
MOST_STEPS = 1_000_000_000


class Kind(NamedTuple):
    """What a value in a script's file has to be, in words and as a test."""

    words: str
    fits: Callable[[Any], bool]


def check(table: Mapping[str, Any], kinds: Mapping[str, Kind], where: str = "") -> None:
    """Refuse keys that there are not, and values of the wrong kind.

    Raises:
        InputError: there is one; ``where`` says in which part of the file.
    """
    for key, value in table.items():
        if key not in kinds:
            error = unknown("key", key, kinds, ", ".join(kinds))
            raise InputError(f"{where}{error}")
        if not kinds[key].fits(value):
            raise InputError(f"{where}{key} must be {kinds[key].words}, not {value!r}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _one_of(*names: str) -> Kind:
    return Kind(f"one of {', '.join(names)}", lambda value: value in names)


_TEXT = Kind("a text", lambda value: isinstance(value, str))
_TEXTS = Kind(
    "a list of names", lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value)
)
_WHOLE = Kind("a whole number", _is_whole)
_BATCH = Kind('a whole number or "all"', lambda value: value == "all" or _is_whole(value))
_TICK = Kind("a number of steps from 0", lambda value: _is_whole(value) and 0 <= value <= MOST_STEPS)
_NUMBER = Kind("a number", _is_number)
_ABOVE = Kind("a number above 0", lambda value: _is_number(value) and value > 0)
_SWITCH = Kind("true or false", lambda value: isinstance(value, bool))
_RATES = Kind(
    "a number, or two for a sweep",
    lambda value: (
        _is_number(value) or (isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)))
    ),
)
_TABLE = Kind("a table", lambda value: isinstance(value, dict))
_TABLES = Kind(
    "tables [[...]]", lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value)
)
_SETTINGS = Kind(
    "a table of numbers, true and false",
    lambda value: (
        isinstance(value, dict) and all(isinstance(one, bool) or _is_number(one) for one in value.values())
    ),
)
_LENGTH = Kind(
    f"a number above 0, at most {LONGEST_S:g}", lambda value: _is_number(value) and 0 < value <= LONGEST_S
)
_TIME = Kind("a number of seconds from 0", lambda value: _is_number(value) and value >= 0)
_VERSION = Kind(f"a whole number up to {VERSION}", _is_whole)

SCRIPT = {
    "version": _VERSION,
    "title": _TEXT,
    "about": _TEXT,
    "watch": _TEXT,
    "seconds": _LENGTH,
    "experiment": _TABLE,
    "team": _TABLES,
    "view": _TABLE,
    "line": _TABLES,
    "cues": _TABLES,
}
CUE = {"at": _TIME, "do": _TEXT}
LINE = {"tick": _TICK, "do": _TEXT}
EXPERIMENT = {
    "landscape": _TEXT,
    "optimizers": _TEXTS,
    "lr": _RATES,
    "balls": _WHOLE,
    "seed": _WHOLE,
    "start": _TEXT,
    "settings": _SETTINGS,
    "schedule": _TEXT,
    "batch_size": _WHOLE,
    "noise": _NUMBER,
    "border": _TEXT,
    "stream": _WHOLE,
    "separate": _SWITCH,
    "space": _TEXT,
    "finish": _NUMBER,
}
TEAM = {
    "optimizer": _TEXT,
    "label": _TEXT,
    "lr": _RATES,
    "settings": _SETTINGS,
    "schedule": _TEXT,
    "batch_size": _BATCH,
    "noise": _NUMBER,
    "border": _TEXT,
}
VIEW = {
    "theme": _one_of(*(theme.name for theme in THEMES)),
    "relief": _one_of("auto", *RELIEFS),
    "shaking": _SWITCH,
    "labels": _SWITCH,
    "leader": _SWITCH,
    "panel": _SWITCH,
    "speed": _ABOVE,
    "camera": _one_of(*CYCLE),
    "azimuth": _NUMBER,
    "elevation": _NUMBER,
    "zoom": _ABOVE,
    "x": _NUMBER,
    "y": _NUMBER,
}
