"""Quality tiers: what a picture may cost, and who judges what it may."""

import statistics
from collections import deque
from typing import NamedTuple


class Tier(NamedTuple):
    """One level of quality.

    Attributes:
        name: as typed after ``--quality``.
        tolerance: by how much the terrain's triangles may miss the ground, scene units.
        samples: of multisampling, 0 for none.
        scale: of supersampling.
        smooth: blend edges in the finished picture (FXAA).
        air: distance fades, and bright things shed light around them.
        crowd: from so many balls on, pixels look for balls instead of balls for pixels; 0 for never.
        trails: texels along each side of the balls' trails.
        about: one line of help.
    """

    name: str
    tolerance: float
    samples: int
    scale: int
    smooth: bool
    air: bool
    crowd: int
    trails: int
    about: str


TIERS: tuple[Tier, ...] = (
    Tier("low", 0.003, 0, 1, False, False, 50_000, 256, "for software rendering"),
    Tier("medium", 0.002, 0, 1, True, True, 0, 512, "edges smoothed in the picture"),
    Tier("high", 0.001, 4, 1, False, True, 0, 512, "multisampled; for graphics cards and recordings"),
    Tier("ultra", 0.0005, 4, 2, False, True, 0, 512, "drawn at twice the size; for stills"),
)

_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "software", "swiftshader", "gdi generic", "basic render")


def choose_tier(name: str, driver: str, *, live: bool) -> Tier:
    """The tier of that name; ``auto`` spends what the driver can give in time.

    Args:
        name: of a tier, or ``"auto"``.
        driver: what OpenGL calls its renderer.
        live: whether somebody waits for each frame; a recording may take its time.
    """
    if name == "auto":
        software = any(word in driver.lower() for word in _SOFTWARE)
        name = "low" if software and live else "high"
    return next(tier for tier in TIERS if tier.name == name)


def refine(tier: Tier, finer: int) -> Tier:
    """The tier drawn at so many times its picture's size, if it is not drawn larger anyway."""
    # Pixels that are means of many need no edges smoothed.
    return tier._replace(scale=max(tier.scale, finer), smooth=False) if finer > 1 else tier


SLOW_S = 1 / 30
"""A frame that takes longer to draw is one that somebody waits for."""
ROOM_S = 1 / 240
"""A frame that takes no longer could cost four times as much and nobody would notice."""
SLOW_FRAMES = 8
"""Measured frames that are slow in the middle, before a tier is given up."""
ROOMY_FRAMES = 60
"""Measured frames in a row with room, before a better tier is tried."""


class Pace:
    """Judges by frame times which tier suits; asks no clock, and never goes up again once it went down.

    Attributes:
        may_rise: whether better tiers are still tried.
    """

    def __init__(self) -> None:
        self.may_rise = True
        self._taken: deque[float] = deque(maxlen=ROOMY_FRAMES)

    def judge(self, tier: Tier, seconds: float) -> Tier:
        """The tier to go on with.

        Args:
            tier: that the frame was drawn at.
            seconds: that drawing it took, from an idle driver to the finished picture.
        """
        self._taken.append(seconds)
        taken, place = list(self._taken), TIERS.index(tier)
        slow = len(taken) >= SLOW_FRAMES and statistics.median(taken[-SLOW_FRAMES:]) > SLOW_S
        roomy = self.may_rise and len(taken) == ROOMY_FRAMES and max(taken) <= ROOM_S
        if slow and place > 0:
            self.may_rise = False
            self._taken.clear()
            return TIERS[place - 1]
        if roomy and place + 1 < len(TIERS):
            self._taken.clear()
            return TIERS[place + 1]
        return tier
