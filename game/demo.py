"""Demos, ``assets/demos/NAME.toml``, presets and scripts of the user's, with every line checked."""

from functools import partial
from pathlib import Path

import assets
from game.commands import parse
from game.script import Cue, Script, read_script
from game.script.presets import PRESETS, preset_path
from landscapes.errors import unknown

__all__ = ["Cue", "Script", "demo_names", "get_demo", "read_demo"]

DEMOS: tuple[str, ...] = (
    "first-look",
    "a-thousand-balls",
    "the-race",
    "too-fast",
    "noise-helps",
    "plateau",
    "where-do-they-end",
    "a-real-network",
    "million",
)
"""In the order in which users see them, and of the reel."""

read_demo = partial(read_script, parse=parse)


def demo_names() -> list[str]:
    """The demos that ship with the game."""
    return list(DEMOS)


def get_demo(name: str) -> Script:
    """A demo or a preset that ships with the game, or a script in a file of the user's.

    Raises:
        InputError: there is none, or it cannot be understood; the message says where.
    """
    if name in demo_names():
        return read_demo(assets.path("demos", f"{name}.toml"))
    if name in PRESETS:
        return read_demo(preset_path(name))
    if name.endswith(".toml"):
        return read_demo(Path(name))
    raise unknown("demo", name, [*demo_names(), *PRESETS], "downslope list demos; downslope list presets")
