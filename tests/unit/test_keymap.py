import shlex

import pygame
import pytest

from game.app import key_of
from game.commands import COMMANDS, parse
from game.keymap import MOUSE_HELP, bindings, help_rows

NAMED = {
    **{
        name: getattr(pygame, f"K_{name.upper()}")
        for name in ("up", "down", "left", "right", "space", "tab", "return", "escape")
    },
    **{f"f{number}": getattr(pygame, f"K_F{number}") for number in range(1, 13)},
    **{letter: getattr(pygame, f"K_{letter}") for letter in "abcdefghijklmnopqrstuvwxyz"},
}


@pytest.fixture(autouse=True)
def keyboard(offscreen: object) -> object:
    """Names of keys are known while a display is open."""
    return offscreen


def press(key: str) -> str:
    """What the window makes of a press of this key on a keyboard."""
    if len(key) == 1 and not key.isalpha():
        return key_of(pygame.K_UNKNOWN, pygame.KMOD_NONE, key)
    held, name = key.startswith("ctrl+"), key.removeprefix("ctrl+")
    shifted, name = name.startswith("shift+"), name.removeprefix("shift+")
    character = {"space": " ", "tab": "\t", "return": "\r", "escape": "\x1b"}.get(
        name, name if len(name) == 1 else ""
    )
    return key_of(
        NAMED[name],
        (pygame.KMOD_LSHIFT if shifted else 0) | (pygame.KMOD_LCTRL if held else 0),
        character.upper() if shifted else character,
    )


@pytest.mark.parametrize("key", bindings())
def test_every_bound_key_can_be_pressed_and_sends_a_command(key: str) -> None:
    assert press(key) == key
    binding = bindings()[key]
    assert binding.key == key
    assert parse(binding.line)[0] in COMMANDS


def test_caps_lock_and_number_lock_do_not_matter() -> None:
    assert key_of(pygame.K_n, pygame.KMOD_CAPS, "N") == "n"
    assert key_of(pygame.K_n, pygame.KMOD_CAPS | pygame.KMOD_RSHIFT, "n") == "shift+n"
    assert key_of(pygame.K_KP_PLUS, pygame.KMOD_NUM, "+") == "+"
    assert key_of(pygame.K_7, pygame.KMOD_NONE, "7") == "7"


def test_help_tells_every_key_once_and_what_it_does() -> None:
    rows = help_rows()
    assert rows[-len(MOUSE_HELP) :] == list(MOUSE_HELP)
    about = {command.about for command in COMMANDS}
    assert all(row.about in about for row in rows[: -len(MOUSE_HELP)])
    assert len({row.about for row in rows}) == len(rows)
    bound = {parse(binding.line)[0].about for binding in bindings().values()}
    assert bound == {row.about for row in rows[: -len(MOUSE_HELP)]}
    text = " ".join(row.keys for row in rows)
    for words in ("1 to 9", "↑", "shift ↓", "space", "shift N".replace("N", "n"), "F12", "esc"):
        assert words in text


def test_lines_are_written_as_commands_read_them() -> None:
    for binding in bindings().values():
        assert shlex.join(shlex.split(binding.line)) == binding.line
