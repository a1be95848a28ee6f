"""What a hand does with the mouse, as command lines: clicks drop and select, drags pour, turn and shift."""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, Protocol

from game.session import Circle, Hover, Session
from game.studio import Studio

Pixel = tuple[int, int]

ORBIT_DEGREES = 0.3
"""For each pixel of a drag."""
PAN_SHARE = 2.2
"""Of the slab, for a drag over the window's height."""
WHEEL_FACTOR = 1.12
CLICK_PX = 4
"""A button that goes up no further away was a click."""
REST_S = 5.0
"""A mouse that rests longer than this points at nothing."""
DOUBLE_S = 0.35
"""Two clicks in the same place within this are one double click."""
BALL_PX = 5.0
"""So near to a ball, at a picture 720 pixels high, a click is meant for it, not for the ground beside it."""
HANDFUL = 100
"""Balls that a click with ctrl drops, and that a ring is made of."""
POUR_PX = 7
"""Of a drag, for each ball that is poured."""
POUR_S = 1 / 15
"""Of the session's time between two lots of a stream: all balls of a lot begin together, and share a clock."""
LOT = 12
"""Balls in a lot at most."""
STROKE = 0.03
"""By so much of the relief's height the brush raises the ground at a time."""
STROKE_S = 1 / 12
"""Of the session's time between two times."""


class Grip(Protocol):
    """What a drag does, from the press of a button until it goes up."""

    def move(self, at: Pixel, by: Pixel) -> None:
        """The mouse is at a pixel now, so many pixels right and down from before."""

    def hold(self) -> None:
        """A frame has gone by."""

    def let_go(self) -> None:
        """The button goes up."""


class Turn:
    """Turns the camera, which glides on."""

    def __init__(self, session: Session, _studio: Studio, _at: Pixel) -> None:
        self._session = session

    def move(self, _at: Pixel, by: Pixel) -> None:
        """Turn by a drag."""
        self._session.submit(f"camera.orbit {-by[0] * ORBIT_DEGREES:.3f} {by[1] * ORBIT_DEGREES:.3f}")

    def hold(self) -> None:
        """Turn no further."""

    def let_go(self) -> None:
        """Let it glide."""
        self._session.submit("camera.glide")


class Shift:
    """Shifts what the camera looks at."""

    def __init__(self, session: Session, studio: Studio, _at: Pixel) -> None:
        self._session, self._share = session, PAN_SHARE / studio.size[1]

    def move(self, _at: Pixel, by: Pixel) -> None:
        """Shift by a drag."""
        self._session.submit(f"camera.pan {-by[0] * self._share:.5f} {by[1] * self._share:.5f}")

    def hold(self) -> None:
        """Shift no further."""

    def let_go(self) -> None:
        """Leave it there."""


class Pour:
    """Pours balls along the way of the mouse, lot by lot."""

    def __init__(self, session: Session, studio: Studio, at: Pixel) -> None:
        self._session, self._studio = session, studio
        self._pressed = self._last = at
        self._waiting: list[Pixel] = []
        self._due_s = session.clock_s

    def move(self, at: Pixel, _by: Pixel) -> None:
        """Note places along the way."""
        begins = self._last == self._pressed
        if math.dist(at, self._last) < (CLICK_PX + 1 if begins else POUR_PX):
            return
        steps = max(round(math.dist(at, self._last) / POUR_PX), 1)
        (x, y), (right, down) = self._last, (at[0] - self._last[0], at[1] - self._last[1])
        way = [(x + right * k // steps, y + down * k // steps) for k in range(1, steps + 1)]
        self._waiting += [self._pressed, *way] if begins else way
        self._last = at

    def hold(self) -> None:
        """Drop a lot, if it is time."""
        if self._waiting and self._session.clock_s >= self._due_s:
            self._due_s = self._session.clock_s + POUR_S
            self._drop()

    def let_go(self) -> None:
        """Drop what is left."""
        self._drop()

    def _drop(self) -> None:
        for pixel in self._waiting[:: -(-len(self._waiting) // LOT) or 1]:
            place = self._studio.find_ground(*pixel)
            if place:
                self._session.submit(f"balls.drop {tell_place(*place)} 1")
        self._waiting = []


class Ring:
    """Opens a ring of balls round the place of the press; they are released with the button."""

    def __init__(self, session: Session, studio: Studio, at: Pixel) -> None:
        self._session, self._studio = session, studio
        self._middle = studio.find_ground(*at)

    def move(self, at: Pixel, _by: Pixel) -> None:
        """Open it as far as to the place under the mouse."""
        rim = self._studio.find_ground(*at)
        if self._middle and rim and rim != self._middle:
            self._session.view.circle = Circle(*self._middle, math.dist(self._middle, rim))

    def hold(self) -> None:
        """Wait."""

    def let_go(self) -> None:
        """Release the balls."""
        circle, self._session.view.circle = self._session.view.circle, None
        if circle:
            place, radius = tell_place(circle.x, circle.y), f"{circle.radius:.5g}"
            self._session.submit(f"balls.ring {place} {radius} {HANDFUL}")


class Brush:
    """Changes the ground under the mouse as long as the button is down."""

    def __init__(self, session: Session, studio: Studio, at: Pixel, rise: float = STROKE) -> None:
        self._session, self._studio, self._at, self._rise = session, studio, at, rise
        self._due_s = session.clock_s
        session.view.stroking = True

    def move(self, at: Pixel, _by: Pixel) -> None:
        """Go on there."""
        self._at = at

    def hold(self) -> None:
        """Make a stroke, if it is time."""
        place = self._studio.find_ground(*self._at)
        if not place or self._session.clock_s < self._due_s:
            return
        self._due_s = self._session.clock_s + STROKE_S
        landscape = self._session.world.landscape
        where = f"{tell_place(*place)} {self._session.view.brush_radius * landscape.extent:.5g}"
        if self._rise:
            height = self._studio.find_lift(self._session, *place, self._rise)
            self._session.submit(f"ground.sculpt {where} {height:.5g}")
        else:
            self._session.submit(f"ground.smooth {where}")

    def let_go(self) -> None:
        """Leave the ground as it is now."""
        self._session.view.stroking = False


class Hold(NamedTuple):
    """A row of the table of drags.

    Attributes:
        button: 1 left, 2 middle, 3 right.
        key: that is held meanwhile; empty for none.
        on_ground: whether it has to begin on the ground.
        brush: whether it is done with the brush.
        grip: what it does.
    """

    button: int
    key: str
    on_ground: bool
    brush: bool
    grip: Callable[[Session, Studio, Pixel], Grip]


HOLDS: tuple[Hold, ...] = (
    Hold(1, "alt", False, False, Turn),
    Hold(1, "shift", True, True, partial(Brush, rise=-STROKE)),
    Hold(1, "ctrl", True, True, partial(Brush, rise=0.0)),
    Hold(1, "", True, True, Brush),
    Hold(1, "shift", True, False, Ring),
    Hold(1, "", True, False, Pour),
    Hold(1, "", False, False, Turn),
    Hold(2, "", False, False, Turn),
    Hold(3, "", False, False, Shift),
)
"""The first that fits is taken."""


class Hand:
    """Turns what the mouse does into command lines.

    Args:
        session: the game.
        studio: knows what is under a pixel.
    """

    def __init__(self, session: Session, studio: Studio) -> None:
        self._session, self._studio = session, studio
        self._at: Pixel | None = None
        self._moved_at_s = 0.0
        self._pressed: tuple[int, Pixel] | None = None
        self._grip: Grip | None = None
        self._click: tuple[float, Pixel] = (-math.inf, (0, 0))
        self._nearer = 1.0

    @property
    def holding(self) -> bool:
        """Whether a button is down that went down here."""
        return self._pressed is not None

    def press(self, button: int, at: Pixel, keys: frozenset[str]) -> None:
        """A button goes down; ``keys`` are those of shift, ctrl and alt that are held."""
        if self._pressed:
            return
        # In flight the ground is for looking at: a drag turns the head.
        ground = not self._session.camera.flying and self._studio.find_ground(*at) is not None
        for row in HOLDS:
            fits = row.button == button and (not row.key or row.key in keys)
            if fits and (ground or not row.on_ground) and (self._session.view.brush or not row.brush):
                self._pressed = button, at
                if row.on_ground and self._session.camera.drifting:
                    # Nobody draws on what turns away under the hand.
                    self._session.submit("camera.orbit 0 0")
                self._grip = row.grip(self._session, self._studio, at)
                return

    def move(self, at: Pixel | None, by: Pixel = (0, 0)) -> None:
        """The mouse is at a pixel now, so many pixels right and down from before; ``None`` outside of the window."""
        self._at, self._moved_at_s = at, self._session.clock_s
        if self._grip and at:
            self._grip.move(at, by)

    def release(self, button: int, at: Pixel, keys: frozenset[str], now_s: float) -> None:
        """A button goes up, at a time in seconds."""
        if not self._pressed or self._pressed[0] != button or not self._grip:
            return
        pressed, self._pressed = self._pressed, None
        grip, self._grip = self._grip, None
        if button == 1 and math.dist(pressed[1], at) <= CLICK_PX and not isinstance(grip, Brush):
            self._session.view.circle = None
            self._tap(at, keys, now_s)
        else:
            grip.let_go()

    def wheel(self, turns: float) -> None:
        """The wheel turns; parts of a turn count as such. A brush that is over the ground gets wider or narrower."""
        if self._session.view.brush and self._session.view.hover:
            self._session.submit(f"brush.scale {WHEEL_FACTOR**turns:.5f}")
            return
        self._nearer *= WHEEL_FACTOR**turns

    def hold(self) -> None:
        """A frame has gone by: do what takes time, and tell what is under the mouse."""
        if self._grip:
            self._grip.hold()
        if self._nearer != 1.0:
            self._zoom(self._nearer)
            self._nearer = 1.0
        view = self._session.view
        busy = isinstance(self._grip, (Turn, Shift)) or view.recording or view.help or bool(view.palette)
        busy = busy or (not self._grip and self._session.clock_s > self._moved_at_s + REST_S)
        ground = None if busy or not self._at else self._studio.find_ground(*self._at)
        view.hover = Hover(*ground, *self._at) if ground and self._at else None
        if not isinstance(self._grip, Ring):
            radius = view.brush_radius * self._session.world.landscape.extent
            view.circle = Circle(*ground, radius) if ground and view.brush else None

    def _tap(self, at: Pixel, keys: frozenset[str], now_s: float) -> None:
        before, self._click = self._click, (now_s, at)
        ground = self._studio.find_ground(*at)
        if now_s - before[0] <= DOUBLE_S and math.dist(before[1], at) <= CLICK_PX:
            self._click = (-math.inf, at)
            if ground and not self._session.camera.flying:
                self._session.submit(f"camera.centre {tell_place(*ground)}")
            return
        ball = self._studio.find_ball(self._session, *at, BALL_PX)
        if ball is not None or not ground:
            self._session.submit(f"ball.select {'none' if ball is None else ball}")
        else:
            self._session.submit(f"balls.drop {tell_place(*ground)} {HANDFUL if 'ctrl' in keys else 1}")

    def _zoom(self, factor: float) -> None:
        """Come nearer to what is under the mouse."""
        self._session.submit(f"camera.zoom {factor:.5f}")
        shift = self._studio.find_shift(self._session, *self._at, factor) if self._at else None
        if shift:
            self._session.submit(f"camera.pan {shift[0]:.5f} {shift[1]:.5f}")


def tell_place(x: float, y: float) -> str:
    """A place on the map as commands read it."""
    return f"{x:.6g},{y:.6g}"
