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
    pygame.K_SPACE: imgui.Key.space,
    pygame.K_PAGEUP: imgui.Key.page_up,
    pygame.K_PAGEDOWN: imgui.Key.page_down,
    pygame.K_TAB: imgui.Key.tab,
    pygame.K_a: imgui.Key.a,
    pygame.K_c: imgui.Key.c,
    pygame.K_v: imgui.Key.v,
    pygame.K_x: imgui.Key.x,
    pygame.K_y: imgui.Key.y,
    pygame.K_z: imgui.Key.z,
}
"""What edits a text, and goes from knob to knob; characters come as text."""
ARROWS = (pygame.K_LEFT, pygame.K_RIGHT, pygame.K_UP, pygame.K_DOWN)
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

    def take(self, event: Event, left: float, *, focused: bool) -> bool:
        """Pass an event on; returns whether it was meant for the controls.

        Args:
            event: of the window.
            left: where they begin, pixels.
            focused: whether the keyboard works them.
        """
        if event.type in (pygame.KEYDOWN, pygame.KEYUP, pygame.TEXTINPUT):
            return _take_key(event, focused=focused)
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


def _take_key(event: Event, *, focused: bool) -> bool:
    """Keys belong to a text that is being written, or to who has the focus; what is let go of concerns everybody."""
    io = imgui.get_io()
    writing: bool = io.want_text_input
    if event.type == pygame.TEXTINPUT:
        if writing:
            io.add_input_characters_utf8(event.text)
        return writing
    if event.key == pygame.K_ESCAPE:
        # An open list closes, or a knob is let go, not the game.
        ours = writing or imgui.is_popup_open("", imgui.PopupFlags_.any_popup)
        ours = ours or (focused and imgui.is_any_item_active())
    else:
        ours = writing or (focused and not _is_shortcut(event))
    if ours or event.type == pygame.KEYUP:
        for mask, key in MODIFIERS:
            io.add_key_event(key, bool(event.mod & mask))
        if event.key in KEYS:
            io.add_key_event(KEYS[event.key], event.type == pygame.KEYDOWN)
    return ours and event.type == pygame.KEYDOWN


def _is_shortcut(event: Event) -> bool:
    """Whether a key means the same wherever the focus is: F1 to F12, and those with ctrl that do not go anywhere."""
    ctrl = event.mod & (pygame.KMOD_CTRL | pygame.KMOD_META) and event.key not in ARROWS
    return bool(ctrl) or pygame.K_F1 <= event.key <= pygame.K_F12
