"""Key bindings from ``assets/keymap.toml`` and the player's own file, and the help that is made from them."""

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import platformdirs

import assets
from game.commands import COMMANDS, parse
from game.commands.command import Command, read_factor, read_number
from landscapes.errors import InputError

Keys = tuple[tuple[str, str], ...]
"""Keys and the command lines they send; an empty line unbinds a key."""
FILE = "keymap.toml"
MODIFIERS = ("ctrl+", "shift+")
"""In the order in which they are written."""
NAMED = (
    "up",
    "down",
    "left",
    "right",
    "space",
    "tab",
    "return",
    "escape",
    "backspace",
    "insert",
    "delete",
    "home",
    "end",
    "page up",
    "page down",
    *(f"f{number}" for number in range(1, 13)),
)
"""Keys that are called by a name; all others are called by what they print."""


STICKS = ("left stick", "right stick")
TRIGGERS = ("left trigger", "right trigger")
PARTS = (
    *STICKS,
    *TRIGGERS,
    "a",
    "b",
    "x",
    "y",
    "left bumper",
    "right bumper",
    "back",
    "start",
    "left stick click",
    "right stick click",
    "dpad up",
    "dpad down",
    "dpad left",
    "dpad right",
)
"""Of a gamepad, as an Xbox calls them."""


class Binding(NamedTuple):
    """A key and the command line it sends."""

    key: str
    line: str


class HelpRow(NamedTuple):
    """One line of help: keys that do the same thing with different arguments stand together.

    Attributes:
        keys: of a command.
        about: what it does.
        own: which of these are the player's own, and what they would do otherwise.
    """

    keys: str
    about: str
    own: str = ""


MOUSE_HELP: tuple[HelpRow, ...] = (
    HelpRow("click", "drop a ball (ctrl: 100), or look into one"),
    HelpRow("drag", "pour balls; with shift, open a ring"),
    HelpRow("middle or alt drag", "turn the camera; so does a drag beside it"),
    HelpRow("right drag", "shift the camera"),
    HelpRow("wheel", "come nearer to that place, or go away"),
    HelpRow("double click", "look at that place"),
)


@cache
def bindings(own: Keys = ()) -> dict[str, Binding]:
    """Every binding by its key: those that ship with the game, unless the player's own say otherwise."""
    keys = dict(_shipped()) | dict(own)
    return {key: Binding(key, line) for key, line in keys.items() if line}


@cache
def buttons(own: Keys = ()) -> dict[str, str]:
    """What each part of a gamepad sends, in the order of the shipped table."""
    return dict(_shipped("gamepad")) | dict(own)


@cache
def _shipped(name: str = "keys") -> Keys:
    return read_keys(assets.path("keymap.toml"), name)


def find_own_file() -> Path | None:
    """Where the player's own keys are, or would be; none if that cannot be found out."""
    try:
        return platformdirs.user_config_path("downslope", appauthor=False) / FILE
    except RuntimeError:  # nobody's home
        return None


def read_own_keys() -> Keys:
    """The player's own keys; none if there is no file.

    Raises:
        InputError: it cannot be read, or names a key or a command that there is not.
    """
    return _read_own("keys")


def read_own_buttons() -> Keys:
    """The player's own of a gamepad; none if there is no file.

    Raises:
        InputError: it cannot be read, or names a button or a command that there is not.
    """
    return _read_own("gamepad")


def _read_own(name: str) -> Keys:
    path = find_own_file()
    return read_keys(path, name) if path and _is_there(path) else ()


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return True  # reading it tells why not


def read_keys(path: Path, name: str = "keys") -> Keys:
    """The keys of a file, or what it says of a ``gamepad``.

    Raises:
        InputError: it cannot be read, or names a key or a command that there is not; the message says where.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot read the keys in {path}: {reason}") from None
    tables = {which: table.pop(which, {}) for which in _CHECKS}
    if table or not all(isinstance(keys, dict) for keys in tables.values()):
        raise InputError(f"{path}: there must be a table [keys] and nothing else but [gamepad]")
    # All of a file is right or none: which of its tables is asked for makes no difference.
    for which, keys in tables.items():
        for key, line in keys.items():
            try:
                _CHECKS[which](key, line)
            except InputError as error:
                raise InputError(f"{path}: {_CALLED[which]} {key!r}: {error}") from None
    return tuple(tables[name].items())


def _check_key(key: str, line: Any) -> None:
    modifiers, name = _split(key)
    printed = len(name) == 1 and name.isprintable() and name == name.lower() and name != " "
    # What a key prints with shift is a key of its own.
    shifted = modifiers == ["shift"] and not name.isalpha()
    if not (name in NAMED or (printed and not shifted)):
        raise InputError(
            f"there is no such key; a key is a character (letters small), {', '.join(NAMED[:-12])} or f1 to f12, "
            "with ctrl+ or shift+ or ctrl+shift+ before it"
        )
    _check_line(line)


def _check_line(line: Any) -> None:
    if not isinstance(line, str):
        raise InputError(f"it must send a line such as 'lr.set 0.1', or '' for nothing, not {line!r}")
    if line:
        parse(line)


def _check_part(part: str, line: Any) -> None:
    if part not in PARTS:
        raise InputError(f"there is no such part of a gamepad; there are {', '.join(PARTS)}")
    _check_line(line)
    arguments = parse(line)[1] if line else []
    if line and part in STICKS:
        if len(arguments) != 2:
            raise InputError("a stick sends a line with two numbers, such as 'camera.orbit -110 -70'")
        for number in arguments:
            read_number(number, "what a stick does in a second")
    if line and part in TRIGGERS:
        if len(arguments) != 1:
            raise InputError("a trigger sends a line with one factor, such as 'camera.zoom 2.5'")
        read_factor(arguments[0])


_CHECKS: dict[str, Callable[[str, Any], None]] = {"keys": _check_key, "gamepad": _check_part}
_CALLED = {"keys": "key", "gamepad": "gamepad"}


def help_rows(own: Keys = ()) -> list[HelpRow]:
    """The keys in the order of the table of commands, then the mouse."""
    sent = [(binding.key, parse(binding.line)[0]) for binding in bindings(own).values()]
    rows = []
    for command in COMMANDS:
        keys = [key for key, sends in sent if sends is command and key not in _UNNAMED]
        if keys:
            told = [_tell(key) for key in keys if key in dict(own)]
            rows.append(HelpRow(_joined(keys), command.about, ", ".join(told)))
    return [*rows, *MOUSE_HELP]


def gamepad_rows(own: Keys = ()) -> list[HelpRow]:
    """What the parts of a gamepad do; those that do the same stand together."""
    parts: dict[Command, list[str]] = {}
    for part, line in buttons(own).items():
        if line:
            parts.setdefault(parse(line)[0], []).append(part)
    shipped = dict(_shipped("gamepad"))
    return [
        HelpRow(
            f"gamepad {', '.join(names)}",
            command.about,
            ", ".join(f"{name}: was {shipped.get(name) or 'nothing'}" for name in names if name in dict(own)),
        )
        for command, names in parts.items()
    ]


def replaced_keys(own: Keys) -> list[str]:
    """What the player's own keys take the place of, one text for each."""
    shipped = dict(_shipped())
    return [
        _tell(key, f"{line or 'nothing'}, ") for key, line in own if key in shipped and line != shipped[key]
    ]


def find_keys(line: str, own: Keys = ()) -> str:
    """The keys that send this line, or the command that it is with any arguments; of many the first two."""
    sending = [key for key, sent in bindings(own).values() if f"{sent} ".startswith(f"{line} ")]
    return _joined(sending if "".join(sending).isdigit() else sending[:2])


def _tell(key: str, now: str = "") -> str:
    was = dict(_shipped()).get(key)
    return f"{_label(key)}: {now}was {was}" if was else f"{_label(key)}: new"


_UNNAMED = ("=",)
"""Where + needs shift, its key works without shift too; help would only puzzle over it."""
_LABELS = {"escape": "esc", "up": "↑", "down": "↓", "left": "←", "right": "→"}


def _split(key: str) -> tuple[list[str], str]:
    """Modifiers and the key itself."""
    modifiers = []
    for modifier in MODIFIERS:
        if key.startswith(modifier) and key != modifier:
            modifiers.append(modifier.removesuffix("+"))
            key = key.removeprefix(modifier)
    return modifiers, key


def _label(key: str) -> str:
    modifiers, name = _split(key)
    label = name.upper() if name[0] == "f" and name[1:].isdigit() else _LABELS.get(name, name)
    return " ".join((*modifiers, label))


def _joined(keys: list[str]) -> str:
    if len(keys) > 2 and "".join(keys).isdigit():
        return f"{keys[0]} to {keys[-1]}"
    return ", ".join(_label(key) for key in keys)
