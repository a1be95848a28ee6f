"""What works on this machine, and what mends what does not.

Rooms that need a package are imported where they are used: a package that is missing must not stop the doctor.
"""

import importlib
import importlib.metadata
import platform
import sys
from collections.abc import Callable
from typing import NamedTuple

from landscapes.errors import InputError

_PACKAGES = (
    ("numpy", "numpy"),
    ("pygame-ce", "pygame"),
    ("moderngl", "moderngl"),
    ("pyrr", "pyrr"),
    ("imgui-bundle", "imgui_bundle"),
    ("av", "av"),
    ("rich", "rich"),
)
"""What pip calls each, and what Python calls it."""


class Finding(NamedTuple):
    """One thing that was looked at."""

    what: str
    found: str
    works: bool = True
    remedy: str = ""


def examine() -> list[Finding]:
    """Look at Python, the packages, the display, OpenGL and the encoders."""
    findings = [_python(), *(_package(*names) for names in _PACKAGES)]
    for look in (_display, _opengl, _encoders, examine_keys):
        findings += _looked(look)
    return findings


def _python() -> Finding:
    return Finding("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def _package(name: str, module: str) -> Finding:
    try:
        importlib.import_module(module)
        return Finding(name, importlib.metadata.version(name))
    except ImportError as error:  # PackageNotFoundError is one
        return Finding(name, str(error), False, _reinstall(name))


def _looked(look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look()
    except ImportError:
        return []  # the package that is missing has been found already


def _display() -> list[Finding]:
    from game.window import has_display

    if has_display():
        return [Finding("display", "there is one: downslope play opens a window")]
    return [Finding("display", "none: downslope play records a film instead; record and snapshot need none")]


def _opengl() -> list[Finding]:
    from game.render.quality import choose_tier
    from game.window import gl_remedy, open_context

    try:
        context = open_context((64, 64), visible=False)
    except InputError as error:
        return [Finding("OpenGL", str(error).removesuffix(gl_remedy()).strip(), False, gl_remedy())]
    info = context.info
    tier = choose_tier("auto", str(info["GL_RENDERER"]), live=True)
    return [
        Finding("OpenGL", str(info["GL_RENDERER"])),
        Finding("GL version", str(info["GL_VERSION"])),
        Finding("quality", f"auto begins with {tier.name} in a window"),
    ]


def _encoders() -> list[Finding]:
    from game.recording import encoders

    return [
        Finding(
            row.ending or "folder",
            f"{row.about}, encoder {row.codec}{_also(row.also)}",
            row.available,
            "" if row.available else _reinstall("av"),
        )
        for row in encoders()
    ]


def _also(codecs: tuple[str, ...]) -> str:
    return f"; --codec {', '.join(codecs)} too" if codecs else ""


def examine_keys() -> list[Finding]:
    """Look at the player's own keys: whether they can be read, and what they take the place of."""
    from game.keymap import find_own_file, read_own_keys, replaced_keys

    try:
        own = read_own_keys()
    except InputError as error:
        return [
            Finding("keys", str(error), False, "mend or remove that file; until then the keys are as shipped")
        ]
    if not own:
        return [Finding("keys", f"as shipped; your own would go into {find_own_file()}")]
    replaced = "; ".join(replaced_keys(own)) or "none takes the place of another"
    return [Finding("keys", f"{len(own)} of your own in {find_own_file()}: {replaced}")]


def _reinstall(name: str) -> str:
    return f"{sys.executable} -m pip install --force-reinstall {name}"
