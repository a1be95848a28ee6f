"""Keys of the player's own, over those that ship with the game."""

from pathlib import Path

import platformdirs
import pygame
import pytest

from game import report
from game.app import key_of
from game.doctor import Finding, examine_keys
from game.keymap import MOUSE_HELP, bindings, find_keys, help_rows, read_own_keys, replaced_keys
from landscapes import InputError
from tests.make.readme import README, with_tables


@pytest.fixture
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the player's keys are, on whatever system."""
    monkeypatch.setattr(platformdirs, "user_config_path", lambda *_, **__: tmp_path)
    return tmp_path / "keymap.toml"


OWN = """
[keys]
r = "seed.set 7"
"ctrl+r" = "balls.release"
"page up" = "speed.step 1"
"ä" = "play.pause"
"ctrl++" = "camera.zoom 2"
j = ""
space = "play.pause"
"""


def test_without_a_file_keys_are_as_shipped(own_file: Path) -> None:
    assert not own_file.exists()
    assert read_own_keys() == ()
    assert bindings(()) == bindings()
    assert replaced_keys(()) == []


def test_a_file_binds_rebinds_and_unbinds(own_file: Path) -> None:
    own_file.write_text(OWN, encoding="utf-8")
    own = read_own_keys()
    keys, shipped = dict(bindings(own).values()), dict(bindings().values())
    new = {"r": "seed.set 7", "ctrl+r": "balls.release", "page up": "speed.step 1", "ä": "play.pause"}
    del shipped["j"]
    assert keys == shipped | new | {"ctrl++": "camera.zoom 2"}
    assert find_keys("balls.release", own) == "ctrl r"
    assert find_keys("balls.release") == "r"
    assert find_keys("leader.toggle", own) == ""


def test_what_takes_a_keys_place_is_reported(own_file: Path) -> None:
    own_file.write_text(OWN, encoding="utf-8")
    assert replaced_keys(read_own_keys()) == [
        "r: seed.set 7, was balls.release",
        "j: nothing, was leader.toggle",
    ]
    rows = {row["about"]: row for row in report.list_table("keys")}
    assert rows["release anew from another seed"]["own"] == "r: was balls.release"
    assert rows["release the balls again from the same places"]["own"] == "ctrl r: new"
    assert "mark the leader of each team, or none" not in rows
    (found,) = examine_keys()
    assert found.works
    assert str(own_file) in found.found
    assert "r: seed.set 7, was balls.release; j: nothing, was leader.toggle" in found.found


def test_the_readme_tells_the_keys_that_ship(own_file: Path) -> None:
    text = README.read_text(encoding="utf-8")
    before = with_tables(text)
    own_file.write_text(OWN, encoding="utf-8")
    assert with_tables(text) == before


DAMAGED = [
    ("[keys]\nr = 1", "key 'r': it must send a line"),
    ("[keys]\nr = 'lr.sett 3'", "key 'r': unknown command 'lr.sett'; did you mean lr.set"),
    ("[keys]\nr = 'lr.set'", "key 'r': 'lr.set': 0 arguments given"),
    ("[keys]\nR = 'balls.release'", "key 'R': there is no such key"),
    ("[keys]\n'shift+1' = 'balls.release'", "key 'shift+1': there is no such key"),
    ("[keys]\n'shift+ctrl+z' = 'balls.release'", "key 'shift+ctrl+z': there is no such key"),
    ("[keys]\n'ctrl+' = 'balls.release'", "key 'ctrl+': there is no such key"),
    ("[keys]\n' ' = 'balls.release'", "key ' ': there is no such key"),
    ("[keys]\n'' = 'balls.release'", "key '': there is no such key"),
    ("[keys]\nf13 = 'balls.release'", "key 'f13': there is no such key"),
    ("[keys]\nr = 'balls.release'\nr = 'seed.set 1'", "Cannot overwrite a value"),
    ("keys = 3", "a table [keys] and nothing else"),
    ("[kees]\nr = 'balls.release'", "a table [keys] and nothing else"),
    ("[keys\n", "cannot read the keys"),
]


@pytest.mark.parametrize(("text", "words"), DAMAGED)
def test_a_damaged_file_is_one_line_that_names_it(own_file: Path, text: str, words: str) -> None:
    own_file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_own_keys()
    assert words in str(caught.value)
    assert str(own_file) in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError):
        report.list_table("keys")
    (found,) = examine_keys()
    assert found == Finding("keys", str(caught.value), False, found.remedy)
    assert found.remedy


@pytest.mark.parametrize("damage", [b"[keys]\nr = '\xff'", None])
def test_what_is_no_text_is_one_line_too(own_file: Path, damage: bytes | None) -> None:
    if damage is None:
        own_file.mkdir()
    else:
        own_file.write_bytes(damage)
    with pytest.raises(InputError, match="cannot read the keys in"):
        read_own_keys()


def test_help_is_the_same_without_a_file() -> None:
    assert all(row.own == "" for row in help_rows())
    assert help_rows()[-len(MOUSE_HELP) :] == list(MOUSE_HELP)


@pytest.mark.parametrize(
    ("key", "modifiers", "character", "written"),
    [
        (pygame.K_z, pygame.KMOD_LCTRL, "\x1a", "ctrl+z"),
        (pygame.K_z, pygame.KMOD_RCTRL | pygame.KMOD_LSHIFT, "\x1a", "ctrl+shift+z"),
        (pygame.K_z, pygame.KMOD_LCTRL | pygame.KMOD_NUM | pygame.KMOD_CAPS, "", "ctrl+z"),
        (pygame.K_1, pygame.KMOD_LCTRL, "1", "ctrl+1"),
        (pygame.K_8, pygame.KMOD_LCTRL | pygame.KMOD_RALT, "[", "["),
        (pygame.K_8, pygame.KMOD_MODE, "[", "["),
        (pygame.K_7, pygame.KMOD_LSHIFT, "/", "/"),
        (pygame.K_PAGEUP, pygame.KMOD_NONE, "", "page up"),
        (pygame.K_BACKSPACE, pygame.KMOD_LCTRL, "\x08", "ctrl+backspace"),
    ],
)
def test_modifiers_are_written_as_the_file_has_them(
    offscreen: object, key: int, modifiers: int, character: str, written: str
) -> None:
    assert offscreen
    assert key_of(key, modifiers, character) == written
