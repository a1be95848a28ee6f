"""What the window's mouse and keyboard say to the controls: pygame's events as Dear ImGui's."""

import contextlib
import sys

import pygame
from imgui_bundle import imgui

Event = pygame.event.Event

BUTTONS = {1: 0, 2: 2, 3: 1}
"""Left, middle and right, as the two count them."""
MODIFIERS = (
    (pygame.KMOD_CTRL, imgui.Key.mod_ctrl),
    (pygame.KMOD_SHIFT, imgui.Key.mod_shift),
    (pygame.KMOD_ALT, imgui.Key.mod_alt),
    (pygame.KMOD_META, imgui.Key.mod_super),
)
KEYS: dict[int, imgui.Key] = {
    pygame.K_LEFT: imgui.Key.left_arrow,
    pygame.K_RIGHT: imgui.Key.right_arrow,
    pygame.K_UP: imgui.Key.up_arrow,
    pygame.K_DOWN: imgui.Key.down_arrow,
    pygame.K_HOME: imgui.Key.home,
    pygame.K_END: imgui.Key.end,
    pygame.K_BACKSPACE: imgui.Key.backspace,
    pygame.K_DELETE: imgui.Key.delete,
    pygame.K_RETURN: imgui.Key.enter,
    pygame.K_KP_ENTER: imgui.Key.keypad_enter,
    pygame.K_ESCAPE: imgui.Key.escape,
    pygame.K_TAB: imgui.Key.tab,
    pygame.K_a: imgui.Key.a,
    pygame.K_c: imgui.Key.c,
    pygame.K_v: imgui.Key.v,
    pygame.K_x: imgui.Key.x,
    pygame.K_y: imgui.Key.y,
    pygame.K_z: imgui.Key.z,
}
"""What edits a text; characters come as text."""
NOWHERE = -float(sys.float_info.max)


class Input:
    """Tells one Dear ImGui context, which must be current, what happens, and who it happens to.

    Whoever a button goes down over has the mouse until all are up: a drag that turns the camera goes on over the
    controls, and one that moves a slider goes on over the slab.
    """

    def __init__(self) -> None:
        self._ours: set[int] = set()
        self._others: set[int] = set()
        self._at = (NOWHERE, NOWHERE)

    def take(self, event: Event, left: float) -> bool:
        """Pass an event on; returns whether it was meant for the controls, which begin at ``left``, pixels."""
        if event.type in (pygame.KEYDOWN, pygame.KEYUP, pygame.TEXTINPUT):
            return _take_key(event)
        io = imgui.get_io()
        if event.type == pygame.MOUSEMOTION:
            self._move(event.pos)
            return bool(self._ours) or (not self._others and self._is_over(left))
        if event.type == pygame.MOUSEBUTTONDOWN and event.button in BUTTONS:
            self._move(event.pos)
            ours = bool(self._ours) or (not self._others and self._is_over(left))
            (self._ours if ours else self._others).add(event.button)
            io.add_mouse_button_event(BUTTONS[event.button], down=True)
            return ours
        if event.type == pygame.MOUSEBUTTONUP and event.button in BUTTONS:
            self._move(event.pos)
            ours = event.button in self._ours
            self._ours.discard(event.button)
            self._others.discard(event.button)
            io.add_mouse_button_event(BUTTONS[event.button], down=False)
            return ours
        if event.type == pygame.MOUSEWHEEL:
            over = self._is_over(left) and not self._others
            if over:
                io.add_mouse_wheel_event(float(event.x), float(event.y))
            return over
        if event.type in (pygame.WINDOWLEAVE, pygame.WINDOWFOCUSLOST):
            self._leave()
        return False

    def forget(self) -> None:
        """The controls went away: what was under way there is over."""
        if self._at != (NOWHERE, NOWHERE) or self._ours or self._others:
            self._leave()

    def _leave(self) -> None:
        io = imgui.get_io()
        for button in self._ours | self._others:
            io.add_mouse_button_event(BUTTONS[button], down=False)
        self._ours, self._others, self._at = set(), set(), (NOWHERE, NOWHERE)
        io.add_mouse_pos_event(*self._at)
        io.clear_input_keys()

    def _move(self, at: tuple[int, int]) -> None:
        self._at = (float(at[0]), float(at[1]))
        imgui.get_io().add_mouse_pos_event(*self._at)

    def _is_over(self, left: float) -> bool:
        # An open list may reach beyond the controls.
        return self._at[0] >= left or imgui.get_io().want_capture_mouse


def share_clipboard() -> None:
    """Let the current context copy to, and paste from, the desktop's clipboard."""

    def put(_context: object, text: str) -> None:
        # Without a desktop there is nobody to paste it.
        with contextlib.suppress(pygame.error):
            pygame.scrap.put_text(text)

    def get(_context: object) -> str:
        with contextlib.suppress(pygame.error):
            return pygame.scrap.get_text()
        return ""

    io = imgui.get_platform_io()
    io.platform_set_clipboard_text_fn = put
    io.platform_get_clipboard_text_fn = get


def _take_key(event: Event) -> bool:
    """Keys belong to a text that is being written; what is let go of concerns everybody."""
    io = imgui.get_io()
    writing: bool = io.want_text_input
    if event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE:
        # An open list closes, not the game.
        writing = writing or imgui.is_popup_open("", imgui.PopupFlags_.any_popup)
    if event.type == pygame.TEXTINPUT:
        if writing:
            io.add_input_characters_utf8(event.text)
        return writing
    if writing or event.type == pygame.KEYUP:
        for mask, key in MODIFIERS:
            io.add_key_event(key, bool(event.mod & mask))
        if event.key in KEYS:
            io.add_key_event(KEYS[event.key], event.type == pygame.KEYDOWN)
    return writing and event.type == pygame.KEYDOWN
