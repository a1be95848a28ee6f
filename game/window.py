"""The window itself: whether there is a screen, how large, and an OpenGL context in it.

Little is imported here, so that the stage stands before the rest of the game is loaded.
"""

import os
import sys

import moderngl
import pygame

from landscapes.errors import InputError

TITLE = "Downslope"
_NO_SCREEN = ("offscreen", "dummy", "evdev", "kmsdrm")
Size = tuple[int, int]


def has_display() -> bool:
    """Whether there is a screen to open a window on."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return False
    try:
        pygame.display.init()
    except pygame.error:
        return False
    return is_on_screen()


def is_on_screen() -> bool:
    """Whether windows are seen: there are drivers that only draw."""
    return pygame.display.get_driver().lower() not in _NO_SCREEN


def open_context(size: Size, *, visible: bool) -> moderngl.Context:
    """Open a window, or a hidden one to draw in, with an OpenGL 3.3 core context.

    Raises:
        InputError: there is no OpenGL, with the command that mends it.
    """
    if not visible and sys.platform.startswith("linux"):
        # SDL's offscreen driver needs no display at all; elsewhere a hidden window does the same.
        pygame.display.quit()
        os.environ["SDL_VIDEODRIVER"] = "offscreen"
    flags = pygame.OPENGL | pygame.DOUBLEBUF | (pygame.RESIZABLE if visible else pygame.HIDDEN)
    try:
        pygame.display.init()
        for attribute, value in (
            (pygame.GL_CONTEXT_MAJOR_VERSION, 3),
            (pygame.GL_CONTEXT_MINOR_VERSION, 3),
            (pygame.GL_CONTEXT_PROFILE_MASK, pygame.GL_CONTEXT_PROFILE_CORE),
            (pygame.GL_CONTEXT_FLAGS, pygame.GL_CONTEXT_FORWARD_COMPATIBLE_FLAG),
        ):
            pygame.display.gl_set_attribute(attribute, value)
        if visible:
            _open_window(size, flags)
        else:
            pygame.display.set_mode((64, 64), flags)
        context = moderngl.create_context(require=330)
    except Exception as error:  # pygame.error, or whatever the driver's loader raises
        raise InputError(f"cannot open OpenGL 3.3: {_first_line(error)}. {gl_remedy()}") from None
    pygame.display.set_caption(TITLE)
    return context


def _open_window(size: Size, flags: int) -> None:
    try:
        pygame.display.set_mode(size, flags, vsync=1)
    except pygame.error:
        # Some drivers and virtual screens have no rhythm of their own.
        pygame.display.set_mode(size, flags)


def set_stage(context: moderngl.Context, void: tuple[str, str]) -> None:
    """Show the quiet void that the game will stand in, while the rest of it is still being loaded.

    Args:
        context: of the window.
        void: of the theme, brightest and at the corners.
    """
    bright, dark = (int(colour[1:], 16).to_bytes(3, "big") for colour in void)
    red, green, blue = (sum(pair) / 510 for pair in zip(bright, dark, strict=True))
    context.clear(red, green, blue)
    pygame.display.flip()


def gl_remedy() -> str:
    """What to do where OpenGL is missing."""
    if sys.platform.startswith("linux"):
        return "On Debian or Ubuntu: sudo apt-get install libegl1 libgl1"
    return "Update the graphics driver"


def default_size() -> Size:
    """A window of 1280x720; larger on screens that would make it a stamp, and no larger than the screen."""
    pygame.display.init()
    width, height = pygame.display.get_desktop_sizes()[0]
    scale = min(max(1.0, min(width / 2560, height / 1440) * 1.2), width / 1280, height / 720)
    return int(1280 * scale), int(720 * scale)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
