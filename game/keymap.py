"""Key bindings from ``assets/keymap.toml``, and the help that is made from them."""

import tomllib
from functools import cache
from typing import NamedTuple

import assets
from game.commands import COMMANDS, parse
from landscapes.errors import InputError


class Binding(NamedTuple):
    """A key and the command line it sends."""

    key: str
    line: str


class HelpRow(NamedTuple):
    """One line of help: keys that do the same thing with different arguments stand together."""

    keys: str
    about: str


MOUSE_HELP: tuple[HelpRow, ...] = (
    HelpRow("click", "look into a ball"),
    HelpRow("left drag", "turn the camera"),
    HelpRow("right drag", "shift the camera"),
    HelpRow("wheel", "come nearer or go away"),
)


@cache
def bindings() -> dict[str, Binding]:
    """Every binding by its key.

    Raises:
        InputError: the file binds a key to something that is no command.
    """
    with assets.path("keymap.toml").open("rb") as file:
        table: dict[str, str] = tomllib.load(file)["keys"]
    for key, line in table.items():
        try:
            parse(line)
        except InputError as error:
            raise InputError(f"keymap.toml: key {key!r}: {error}") from None
    return {key: Binding(key, line) for key, line in table.items()}


def help_rows() -> list[HelpRow]:
    """The keys in the order of the table of commands, then the mouse."""
    rows = []
    for command in COMMANDS:
        keys = [binding.key for binding in bindings().values() if parse(binding.line)[0] is command]
        keys = [key for key in keys if key not in _UNNAMED]
        if keys:
            rows.append(HelpRow(_joined(keys), command.about))
    return [*rows, *MOUSE_HELP]


_UNNAMED = ("=",)
"""Where + needs shift, its key works without shift too; help would only puzzle over it."""
_LABELS = {"escape": "esc", "up": "↑", "down": "↓", "left": "←", "right": "→"}


def _label(key: str) -> str:
    modifier, _, name = key.rpartition("+") if len(key) > 1 else ("", "", key)
    label = name.upper() if name[0] == "f" and name[1:].isdigit() else _LABELS.get(name, name)
    return f"{modifier} {label}".strip()


def _joined(keys: list[str]) -> str:
    if len(keys) > 2 and "".join(keys).isdigit():
        return f"{keys[0]} to {keys[-1]}"
    return ", ".join(_label(key) for key in keys)
