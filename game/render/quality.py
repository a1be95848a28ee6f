"""Quality tiers: what a picture may cost."""

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
