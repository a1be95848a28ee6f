"""What the values in a script's file have to be."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from game.directing import EASES, FADES, PLACES, VEILS, formula_names
from game.scene.camera import CYCLE, VIEWS
from game.scene.relief import RELIEFS
from game.scene.theme import THEMES
from game.script.lines import FieldError
from game.script.record import VERSION
from game.session import SPEEDS
from landscapes.errors import unknown

LONGEST_S = 3600.0
"""A script that runs longer is taken for a slip of the finger."""
MOST_STEPS = 1_000_000_000


CAMERA_VIEWS = tuple(view.name for view in VIEWS)


class Kind(NamedTuple):
    """What a value in a script's file has to be, in words and as a test."""

    words: str
    fits: Callable[[Any], bool]


def check(
    table: Mapping[str, Any], kinds: Mapping[str, Kind], where: str = "", needed: Iterable[str] = ()
) -> None:
    """Refuse keys that there are not, values of the wrong kind, and a table without the keys that it needs.

    Raises:
        InputError: there is one; ``where`` says in which part of the file.
    """
    for key, value in table.items():
        if key not in kinds:
            error = unknown("key", key, kinds, ", ".join(kinds))
            raise FieldError(key, f"{where}{error}")
        if not kinds[key].fits(value):
            raise FieldError(key, f"{where}{key} must be {kinds[key].words}, not {value!r}")
    for key in needed:
        if key not in table:
            raise FieldError(key, f"{where}{key} is missing; it must be {kinds[key].words}")


def seconds(value: float | str) -> float:
    """A time that was checked, as a number: ``2.5`` and ``"2.5s"`` mean the same."""
    return float(value.removesuffix("s")) if isinstance(value, str) else float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_time(value: Any) -> bool:
    written = isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?s", value)
    return bool(written) or (_is_number(value) and value >= 0)


def _one_of(*names: str) -> Kind:
    return Kind(f"one of {', '.join(names)}", lambda value: value in names)


def _one_of_numbers(*numbers: int) -> Kind:
    return Kind(f"one of {', '.join(map(str, numbers))}", lambda value: _is_whole(value) and value in numbers)


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
_TIME = Kind('a number of seconds from 0, such as 2.5 or "2.5s"', _is_time)
_SPAN = Kind("a number of seconds above 0", lambda value: _is_time(value) and seconds(value) > 0)
_SPEED = Kind(
    f"a number from 0 to {SPEEDS[-1]:g}", lambda value: _is_number(value) and 0 <= value <= SPEEDS[-1]
)
_RANK = Kind("a whole number from 1", lambda value: _is_whole(value) and value >= 1)
_EASE = _one_of(*EASES)
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
    "take": _TABLE,
    "line": _TABLES,
    "cues": _TABLES,
    "camera": _TABLES,
    "speed": _TABLES,
    "caption": _TABLES,
    "fade": _TABLES,
}
CUE = {"at": _TIME, "do": _TEXT}
CAMERA = {
    "at": _TIME,
    "ease": _EASE,
    "shot": _one_of(*(name for name in CYCLE if name != "cinema")),
    "azimuth": _NUMBER,
    "elevation": _NUMBER,
    "zoom": _ABOVE,
    "x": _NUMBER,
    "y": _NUMBER,
    "valley": _RANK,
}
SPEED = {"at": _TIME, "value": _SPEED, "ease": _EASE}
CAPTION = {
    "at": _TIME,
    "seconds": _SPAN,
    "text": _TEXT,
    "place": _one_of(*PLACES),
    "formula": _one_of(*formula_names()),
}
FADE = {"at": _TIME, "seconds": _SPAN, "kind": _one_of(*FADES), "to": _one_of(*VEILS)}
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
TAKE = {
    "tick": _TICK,
    "owed": Kind(
        "a share of a step, from 0 to less than 1", lambda value: _is_number(value) and 0 <= value < 1
    ),
    "paused": _SWITCH,
    "camera": _one_of(*CAMERA_VIEWS),
    "drifting": _SWITCH,
    "azimuth": _NUMBER,
    "elevation": _NUMBER,
    "zoom": Kind("a number above 0, or inf in flight", lambda value: value == math.inf or _ABOVE.fits(value)),
    "x": _NUMBER,
    "y": _NUMBER,
    "z": _NUMBER,
    "grounded": _NUMBER,
    "split": _one_of_numbers(1, 2, 4),
    "large": _SWITCH,
    "selected": _TICK,
    "sample": _TICK,
    "photo": _SWITCH,
}
