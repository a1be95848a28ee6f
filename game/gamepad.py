"""A gamepad as command lines: sticks and triggers as long as they are out, buttons when they go down."""

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

import pygame

from game.commands import parse
from game.keymap import STICKS, TRIGGERS, buttons, find_keys
from game.mouse import Hand, tell_place
from game.session import Session
from game.studio import Studio

DEAD = 0.18
"""Sticks and triggers that are less far out are at rest: no spring brings them back exactly."""
FEWEST = 4
"""Axes and buttons; mice and keyboards that call themselves joysticks have fewer."""
HERE = "here"
"""In a line: the place on the ground in the middle of the picture."""
Event = pygame.event.Event


class Layout(NamedTuple):
    """How a kind of gamepad numbers its parts.

    Attributes:
        names: a device is of this kind if its name has one of these words.
        axes: of the left stick, of the right one, each to the right and down; then the left and the right trigger.
        buttons: their parts, by number.
    """

    names: tuple[str, ...]
    axes: tuple[int, int, int, int, int, int]
    buttons: tuple[str, ...]


_FACE = ("a", "b", "x", "y")
_CLICKS = ("left stick click", "right stick click")
_BUMPERS = ("left bumper", "right bumper")
_DPAD = ("dpad up", "dpad down", "dpad left", "dpad right")
LAYOUTS: tuple[Layout, ...] = (
    Layout(
        ("ps5", "dualsense"), (0, 1, 3, 4, 2, 5), (*_FACE, *_BUMPERS, "", "", "back", "start", "", *_CLICKS)
    ),
    Layout(
        ("ps4", "dualshock", "switch", "nintendo"),
        (0, 1, 2, 3, 4, 5),
        (*_FACE, "back", "", "start", *_CLICKS, *_BUMPERS, *_DPAD),
    ),
    Layout(("",), (0, 1, 3, 4, 2, 5), (*_FACE, *_BUMPERS, "back", "start", *_CLICKS)),
)
"""The first that fits is taken; numbers of the documentation of ``pygame.joystick``, as of pygame 2."""


@dataclass
class Pad:
    """A gamepad that is plugged in.

    Attributes:
        device: is kept, or it would be closed.
        name: as it calls itself.
        layout: how it numbers its parts.
        axes: how far each is out, -1 to 1, as far as it was ever moved.
        hat: that it has instead of four buttons: to the right and up.
    """

    device: object
    name: str
    layout: Layout
    axes: dict[int, float] = field(default_factory=dict)
    hat: tuple[int, int] = (0, 0)


class Gamepad:
    """Turns what all gamepads do into command lines.

    Args:
        session: the game.
        studio: knows what is in the middle of the picture.
        hand: points there while a gamepad is played.
    """

    def __init__(self, session: Session, studio: Studio, hand: Hand) -> None:
        self._session, self._studio, self._hand = session, studio, hand
        self._pads: dict[int, Pad] = {}
        self._thrust = (0.0, 0.0)
        # Where there are no gamepads at all, one plays without.
        with suppress(pygame.error):
            pygame.joystick.init()

    def take(self, event: Event) -> bool:
        """Whether an event came from a gamepad, or is about one; it is dealt with then."""
        if event.type not in _TAKEN:
            return False
        if event.type == pygame.JOYDEVICEADDED:
            self._plug_in(event)
        elif event.instance_id in self._pads:
            _TAKEN[event.type](self, self._pads[event.instance_id], event)
        return True

    def hold(self, elapsed_s: float) -> None:
        """So many seconds have gone by: move by what is out."""
        for pad in self._pads.values():
            self._hold_sticks(pad, elapsed_s)
            for trigger, axis in zip(TRIGGERS, pad.layout.axes[4:], strict=True):
                # At rest it is at -1, but before it was ever moved it is told to be at 0.
                pressed = ease((pad.axes.get(axis, -1.0) + 1) / 2)
                line = self._line(trigger)
                if pressed and line:
                    command, (factor,) = parse(line)
                    self._session.submit(f"{command.name} {float(factor) ** (pressed * elapsed_s):.6f}")

    def _hold_sticks(self, pad: Pad, elapsed_s: float) -> None:
        flying = self._session.camera.flying
        for stick, first in zip(STICKS, (0, 2), strict=True):
            across, down = (pad.axes.get(axis, 0.0) for axis in pad.layout.axes[first : first + 2])
            out = math.hypot(across, down)
            share = ease(out) / out if out else 0.0
            right, up = across * share, -down * share
            line = self._line(stick)
            if stick == STICKS[0] and flying:
                self._fly(right, up)
            elif share and line:
                command, rates = parse(line)
                by = (float(rate) * part * elapsed_s for rate, part in zip(rates, (right, up), strict=True))
                self._session.submit(" ".join((command.name, *(f"{part:.5f}" for part in by))))
            if share:
                self._point()
        if not flying:
            self._thrust = (0.0, 0.0)

    def _fly(self, right: float, ahead: float) -> None:
        # Plus 0, for a line has no use for the sign of none.
        thrust = round(right, 2) + 0.0, round(ahead, 2) + 0.0
        if thrust != self._thrust:
            self._thrust = thrust
            self._session.submit(f"camera.thrust {thrust[0]} {thrust[1]} 0")

    def _point(self) -> None:
        if not self._hand.holding:
            self._hand.move(self._middle)

    @property
    def _middle(self) -> tuple[int, int]:
        return self._studio.size[0] // 2, self._studio.size[1] // 2

    def _line(self, part: str) -> str:
        return buttons(self._session.view.buttons).get(part, "")

    def _press(self, part: str) -> None:
        words = self._line(part).split()
        if HERE in words:
            self._point()
            place = self._studio.find_ground(*self._middle)
            if place is None:
                self._session.say("there is no ground in the middle of the picture")
                return
            words = [tell_place(*place) if word == HERE else word for word in words]
        if words:
            self._session.submit(" ".join(words))

    def _plug_in(self, event: Event) -> None:
        try:
            device = pygame.joystick.Joystick(event.device_index)
            name, small = device.get_name(), min(device.get_numaxes(), device.get_numbuttons()) < FEWEST
        except pygame.error as error:
            self._session.say(f"a gamepad cannot be used: {error}")
            return
        if small:
            return
        layout = next(row for row in LAYOUTS if any(word in name.lower() for word in row.names))
        self._pads[device.get_instance_id()] = Pad(device, name, layout)
        self._session.view.gamepad = name
        keys = find_keys("help.toggle", self._session.view.keys) or "help.toggle"
        self._session.say(f"{name} is plugged in; {keys} shows what it does")

    def _unplug(self, pad: Pad, event: Event) -> None:
        del self._pads[event.instance_id]
        if self._session.camera.flying:
            self._fly(0.0, 0.0)
        self._session.view.gamepad = next((other.name for other in self._pads.values()), "")
        self._session.say(f"{pad.name} is unplugged")

    def _move_axis(self, pad: Pad, event: Event) -> None:
        pad.axes[event.axis] = event.value

    def _turn_hat(self, pad: Pad, event: Event) -> None:
        before, pad.hat = pad.hat, tuple(event.value)
        for axis, parts in ((0, ("dpad left", "dpad right")), (1, ("dpad down", "dpad up"))):
            if pad.hat[axis] and pad.hat[axis] != before[axis]:
                self._press(parts[pad.hat[axis] > 0])

    def _press_button(self, pad: Pad, event: Event) -> None:
        if event.button < len(pad.layout.buttons):
            self._press(pad.layout.buttons[event.button])


def _wait(_gamepad: Gamepad, _pad: Pad, _event: Event) -> None:
    """What a press does is done when it goes down."""


_TAKEN: dict[int, Callable[[Gamepad, Pad, Event], None]] = {
    pygame.JOYDEVICEADDED: _wait,
    pygame.JOYDEVICEREMOVED: Gamepad._unplug,
    pygame.JOYAXISMOTION: Gamepad._move_axis,
    pygame.JOYHATMOTION: Gamepad._turn_hat,
    pygame.JOYBUTTONDOWN: Gamepad._press_button,
    pygame.JOYBUTTONUP: _wait,
}


def ease(out: float) -> float:
    """How much happens for how far a stick or trigger is out: nothing near its rest, and little beside that."""
    return (max(min(out, 1.0) - DEAD, 0.0) / (1 - DEAD)) ** 2
