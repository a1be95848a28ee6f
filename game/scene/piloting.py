"""What moves a camera when no goal does: the glide after a drag, and flight."""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]

GLIDE_S = 0.7
"""A camera that is let go comes to rest after this."""
HAND_S = 0.05
"""Time constant over which the pace of the hand is measured: who stops before letting go wants no glide."""
FASTEST_TURN = 360.0
"""Degrees a second that a glide begins with at most."""
SLOWEST_FLIGHT, FASTEST_FLIGHT = 0.05, 4.0
"""Scene units a second; the slab is 2 wide."""


@dataclass(eq=False)
class Glide:
    """Measures how fast a hand turns the camera, and goes on from there when it lets go, slower and slower."""

    _moved: Vector = field(default_factory=lambda: np.zeros(2))
    _pace: Vector = field(default_factory=lambda: np.zeros(2))
    _left_s: float = 0.0

    @property
    def under_way(self) -> bool:
        """Whether the hand is off and the camera has not come to rest."""
        return self._left_s > 0

    def move(self, right: float, up: float) -> None:
        """The hand turned by degrees."""
        self._left_s = 0.0
        self._moved += np.clip((right, up), -FASTEST_TURN, FASTEST_TURN)

    def let_go(self) -> None:
        """The hand is off."""
        self._left_s = GLIDE_S

    def stop(self) -> None:
        """Come to rest at once."""
        self._moved, self._pace, self._left_s = np.zeros(2), np.zeros(2), 0.0

    def advance(self, seconds: float) -> tuple[float, float]:
        """The degrees right and up that are glided in some time."""
        if seconds <= 0:
            return 0.0, 0.0
        if self._left_s == 0 or self._moved.any():
            share = 1 - math.exp(-seconds / HAND_S)
            pace = self._pace + share * (self._moved / seconds - self._pace)
            self._pace, self._moved = np.clip(pace, -FASTEST_TURN, FASTEST_TURN), np.zeros(2)
        if self._left_s == 0:
            return 0.0, 0.0
        # The pace falls evenly to nothing, as if by friction.
        rest = max(self._left_s - seconds, 0.0)
        right, up = self._pace * (self._left_s**2 - rest**2) / (2 * GLIDE_S)
        self._left_s = rest
        if rest == 0:
            self._pace = np.zeros(2)
        return float(right), float(up)


@dataclass(eq=False)
class Flight:
    """What the pilot does.

    Attributes:
        speed: scene units a second.
        thrust: which way, right, ahead and up, each from -1 to 1.
    """

    speed: float = 0.7
    thrust: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def throttle(self, factor: float) -> None:
        """Fly faster (above 1) or slower."""
        self.speed = min(max(self.speed * factor, SLOWEST_FLIGHT), FASTEST_FLIGHT)

    def advance(self, seconds: float, azimuth: float) -> tuple[float, float, float]:
        """The way flown in some time along x, y and z; ahead is level, and away from that azimuth."""
        turn, (right, ahead, up) = math.radians(azimuth), self.thrust
        # Two keys at once fly no faster than one.
        way = seconds * self.speed / max(math.hypot(*self.thrust), 1.0)
        x = -math.sin(turn) * right - math.cos(turn) * ahead
        y = math.cos(turn) * right - math.sin(turn) * ahead
        return way * x, way * y, way * up
