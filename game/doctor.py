"""What works on this machine, and what mends what does not."""

import importlib.metadata
import platform
import sys
from typing import NamedTuple

from game.app import gl_remedy, has_display, open_context
from game.recording import encoders
from game.render.quality import choose_tier
from landscapes.errors import InputError

_PACKAGES = ("numpy", "pygame-ce", "moderngl", "pyrr", "imgui-bundle", "av", "typer")


class Finding(NamedTuple):
    """One thing that was looked at."""

    what: str
    found: str
    works: bool = True
    remedy: str = ""


def examine() -> list[Finding]:
    """Look at Python, the packages, the display, OpenGL and the encoders."""
    return [_python(), *(_package(name) for name in _PACKAGES), _display(), _opengl(), *_encoders()]


def _python() -> Finding:
    return Finding("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def _package(name: str) -> Finding:
    try:
        return Finding(name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        remedy = f"{sys.executable} -m pip install {name}"
        return Finding(name, "not installed", works=False, remedy=remedy)


def _display() -> Finding:
    if has_display():
        return Finding("display", "there is one: downslope play opens a window")
    return Finding("display", "none: downslope play records a film instead; record and snapshot need none")


def _opengl() -> Finding:
    try:
        context = open_context((64, 64), visible=False)
    except InputError as error:
        return Finding("OpenGL", str(error), works=False, remedy=gl_remedy())
    info = context.info
    tier = choose_tier("auto", str(info["GL_RENDERER"]), live=True)
    found = f"{info['GL_RENDERER']}, version {info['GL_VERSION']}; quality auto is {tier.name}"
    return Finding("OpenGL", found)


def _encoders() -> list[Finding]:
    remedy = f"{sys.executable} -m pip install --force-reinstall av"
    return [
        Finding(
            f"encoder {row.ending or 'folder'}",
            f"{row.about} ({row.codec})",
            row.available,
            "" if row.available else remedy,
        )
        for row in encoders()
    ]
