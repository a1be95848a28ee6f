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
        if keys:
            rows.append(HelpRow(_joined([_LABELS.get(key, _label(key)) for key in keys]), command.about))
    return [*rows, *MOUSE_HELP]


_LABELS = {"escape": "esc"}


def _label(key: str) -> str:
    return key.upper() if key[0] == "f" and key[1:].isdigit() else key


def _joined(keys: list[str]) -> str:
    run = "".join(keys)
    if len(keys) > 2 and run.isdigit() and run in "123456789":
        return f"{keys[0]} to {keys[-1]}"
    return "  ".join(keys)
