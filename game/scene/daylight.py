"""Daylight: where the sun stands and what colour its light has, from day to dusk."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from game.scene.theme import Colour, srgb

ELEVATION = math.radians(10.0)
"""Of the sun at its last light: low enough for long shadows, high enough that hills still catch it."""
LAST_SUN: Colour = (2.6, 1.02, 0.36)
"""What becomes of the sun's light: redder, and stronger, for it barely reaches flat ground."""
LAST_SKY: Colour = (0.50, 0.55, 0.82)
"""What is left of the light from all around: dim and blue."""
LAST_SURROUND: Colour = (0.62, 0.60, 0.72)
"""What is left of the void, the walls and the floor, as sRGB."""


@dataclass(frozen=True)
class Daylight:
    """The light of one moment; factors are for red, green and blue, and a theme's own colours have (1, 1, 1).

    Attributes:
        sun_xyz: unit vector towards the sun.
        sun: factors on the theme's sunlight.
        sky: factors on the theme's light from above and from below.
        surround: factors on what lies around the ground, as sRGB.
    """

    sun_xyz: tuple[float, float, float]
    sun: Colour = (1.0, 1.0, 1.0)
    sky: Colour = (1.0, 1.0, 1.0)
    surround: Colour = (1.0, 1.0, 1.0)

    @property
    def towards_sun(self) -> npt.NDArray[np.float64]:
        """``sun_xyz`` as an array."""
        return np.array(self.sun_xyz)

    def around(self, colour: str) -> Colour:
        """What an sRGB hex string of void, walls or floor looks like, as three numbers in [0, 1]."""
        red, green, blue = srgb(colour)
        return red * self.surround[0], green * self.surround[1], blue * self.surround[2]


def _unit(x: float, y: float, z: float) -> tuple[float, float, float]:
    length = float(np.linalg.norm([x, y, z]))
    return x / length, y / length, z / length


DAY = Daylight(_unit(-0.62, 0.36, 0.70))
"""The usual light, low enough that every slope shows."""


def dim(evening: float, tint: float = 1.0) -> Daylight:
    """The light between day and dusk.

    Args:
        evening: 0 by day, 1 at the last light.
        tint: how much of the evening's colours there is; with 0 only the sun sinks.
    """
    if evening == 0:
        return DAY
    x, y, z = DAY.sun_xyz
    day = math.atan2(z, math.hypot(x, y))
    elevation = day + (ELEVATION - day) * evening
    # Straight down: the shadows of a sun that turns would step from sample to sample, and flicker.
    level = math.cos(elevation) / math.hypot(x, y)
    return Daylight(
        (level * x, level * y, math.sin(elevation)),
        *(_faded(last, evening * tint) for last in (LAST_SUN, LAST_SKY, LAST_SURROUND)),
    )


def _faded(last: Colour, share: float) -> Colour:
    """Factors on the way to the last ones, even steps of which look even."""
    red, green, blue = last
    return red**share, green**share, blue**share
