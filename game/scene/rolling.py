"""Balls that look rolled: each has a stripe around it, which turns by the way that the ball goes."""

import numpy as np
import numpy.typing as npt

from game.scene.terrain import Terrain

Floats = npt.NDArray[np.float32]

MOST_STRIPES = 5_000
"""In larger crowds no ball is drawn large enough for one to be seen."""
_R2 = 0.7548777, 0.5698403
"""The steps of Roberts' R2 sequence (2018), even over a square."""


class Stripes:
    """Which way the stripe of each ball faces.

    A ball rolls without slipping about the horizontal axis across its way. The stripe is a band along a great circle:
    where its pole is, is all there is to know.

    Attributes:
        poles: unit vectors ``(3, n)``.

    Args:
        count: how many balls there are.
    """

    def __init__(self, count: int) -> None:
        # Even over the sphere.
        across, around = np.arange(count) * np.array(_R2)[:, None] % 1.0
        flat, angle = np.sqrt(1 - across**2), 2 * np.pi * around
        self.poles = np.stack([flat * np.cos(angle), flat * np.sin(angle), across]).astype(np.float32)
        self._seen: Floats | None = None

    def grow(self, kept: npt.NDArray[np.intp], count: int) -> "Stripes":
        """The stripes of so many balls, of which those numbered ``kept`` go on as they are."""
        grown = Stripes(count)
        grown.poles[:, kept] = self.poles
        if self._seen is not None:
            grown._seen = np.full((2, count), np.nan, np.float32)
            grown._seen[:, kept] = self._seen
        return grown

    def roll(self, places: Floats, terrain: Terrain, radius: float) -> Floats:
        """The poles, another array, once balls of that radius have rolled on to ``places (2, n)``."""
        if self._seen is not None:
            x_min, x_max, y_min, y_max = terrain.domain
            x, y = terrain.half_size
            unit = np.array([[2 * x / (x_max - x_min)], [2 * y / (y_max - y_min)]], np.float32)
            # Nobody has seen newcomers roll.
            way = np.nan_to_num(places - self._seen)
            self.poles = turn(self.poles, way * (unit / np.float32(radius)))
        self._seen = places
        return self.poles


def turn(poles: Floats, way: Floats) -> Floats:
    """Poles ``(3, n)`` after balls have rolled ``way (2, n)``, in radii; as in ``rolled.vert``."""
    angle = np.hypot(*way)
    heading = way / np.maximum(angle, np.float32(1e-12))
    cosine, sine = np.cos(angle), np.sin(angle)
    ahead, up = poles[0] * heading[0] + poles[1] * heading[1], poles[2]
    turned = np.empty_like(poles)
    # What is on top goes ahead, what is ahead goes down, and along the axis nothing moves.
    turned[:2] = poles[:2] + ((cosine - 1) * ahead + sine * up) * heading
    turned[2] = cosine * up - sine * ahead
    # Thousands of steps must not make it longer.
    turned /= np.sqrt((turned * turned).sum(axis=0))
    return turned
