"""Demos: an experiment and what happens in it when, as ``assets/demos/NAME.toml``."""

import math
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import assets
import landscapes
from game.commands import parse
from game.session import Experiment
from landscapes.errors import InputError, unknown

LONGEST_S = 3600.0
"""A demo that runs longer is taken for a slip of the finger."""


class Cue(NamedTuple):
    """A command line that is due at a time of the film, in seconds."""

    at_s: float
    line: str


class Demo(NamedTuple):
    """A film that anybody can play again.

    Attributes:
        name: of the file, without its ending.
        about: one line.
        seconds: how long it runs.
        experiment: what is released at the start.
        cues: what is done when.
    """

    name: str
    about: str
    seconds: float
    experiment: Experiment
    cues: tuple[Cue, ...]


class Kind(NamedTuple):
    """What a value in a demo's file has to be, in words and as a test."""

    words: str
    fits: Callable[[Any], bool]


def demo_names() -> list[str]:
    """The demos that ship with the game."""
    return sorted(path.stem for path in assets.path("demos").glob("*.toml"))


def get_demo(name: str) -> Demo:
    """A demo that ships with the game, or one in a file of the user's.

    Raises:
        InputError: there is none, or it cannot be understood; the message says where.
    """
    if name in demo_names():
        return read_demo(assets.path("demos", f"{name}.toml"))
    if name.endswith(".toml"):
        return read_demo(Path(name))
    raise unknown("demo", name, demo_names(), "downslope list demos")


def read_demo(path: Path) -> Demo:
    """A demo from a file.

    Raises:
        InputError: it cannot be read or understood; the message says where.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot read the demo {path}: {reason}") from None
    try:
        return _as_demo(path.stem, table)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _as_demo(name: str, table: dict[str, Any]) -> Demo:
    _check(table, _DEMO)
    for key in ("about", "seconds"):
        if key not in table:
            raise InputError(f"{key} is missing; a demo has about, seconds, [experiment] and [[cues]]")
    fields = dict(table.get("experiment", {}))
    _check(fields, _EXPERIMENT)
    if "landscape" in fields:
        fields["landscape"] = landscapes.canonical(fields["landscape"])
    if isinstance(fields.get("lr"), list):
        fields["lr"] = tuple(fields["lr"])
    if "optimizers" in fields:
        fields["optimizers"] = tuple(fields["optimizers"])
    cues = sorted(map(_as_cue, table.get("cues", [])), key=lambda cue: cue.at_s)
    return Demo(name, table["about"], float(table["seconds"]), Experiment(**fields), tuple(cues))


def _as_cue(table: dict[str, Any]) -> Cue:
    _check(table, _CUE)
    if table.keys() != _CUE.keys():
        raise InputError("a cue needs both: at = SECONDS and do = LINE")
    try:
        parse(table["do"])
    except InputError as error:
        raise InputError(f"at {table['at']:g} s: {error}") from None
    return Cue(float(table["at"]), table["do"])


def _check(table: Mapping[str, Any], kinds: Mapping[str, Kind]) -> None:
    for key, value in table.items():
        if key not in kinds:
            raise unknown("key", key, kinds, ", ".join(kinds))
        if not kinds[key].fits(value):
            raise InputError(f"{key} must be {kinds[key].words}, not {value!r}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


_TEXT = Kind("a text", lambda value: isinstance(value, str))
_TEXTS = Kind(
    "a list of names", lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value)
)
_WHOLE = Kind("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool))
_NUMBER = Kind("a number", _is_number)
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

_DEMO = {"about": _TEXT, "seconds": _LENGTH, "experiment": _TABLE, "cues": _TABLES}
_CUE = {"at": _TIME, "do": _TEXT}
_EXPERIMENT = {
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
}
