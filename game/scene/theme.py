"""Colours: how a theme turns heights, walls, light and teams into what is drawn."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from landscapes.errors import find

Colour = tuple[float, float, float]
Floats = npt.NDArray[np.float32]

TEAM_COLOURS: tuple[str, ...] = (
    "#f0a000",  # orange
    "#38b4f0",  # sky blue
    "#e8452c",  # vermilion
    "#f4e442",  # yellow
    "#14a878",  # bluish green
    "#d873b4",  # reddish purple
    "#2f6fd0",  # blue
)
"""Okabe and Ito's hues (Color Universal Design, 2008), a little brighter: told apart by colour-blind people."""


@dataclass(frozen=True)
class Theme:
    """The colours of one look, sRGB hex strings as a designer writes them.

    Attributes:
        name: lower case, as typed after ``--theme``.
        about: one line for ``downslope list themes``.
        ground: colormap stops from the lowest height to the highest, blended in OKLab.
        void: the background at its brightest (behind the slab) and at the corners.
        wall: slab walls at the rim and at the foot.
        floor: the quiet ground under the slab, and how dark the slab's shadow on it is.
        beacon: the beam over the deepest minimum.
        contour: contour lines.
        trail_strength: how much of the ground a trail covers.
        sun: colour of the key light.
        sky: colour of the fill light from above.
        bounce: colour of the fill light from below.
        ink: text of the panel; ``sheet`` lies under it.
    """

    name: str
    about: str
    ground: tuple[str, ...]
    void: tuple[str, str]
    wall: tuple[str, str]
    floor: str
    floor_shade: float
    beacon: str
    contour: str
    trail_strength: float
    sun: Colour
    sky: Colour
    bounce: Colour
    ink: str
    sheet: str

    def colormap(self, size: int = 256) -> Floats:
        """The ground's colours from low to high, linear light, ``(size, 3)``."""
        stops = _oklab(np.array([linear(stop) for stop in self.ground]))
        at, knots = np.linspace(0, 1, size), np.linspace(0, 1, len(stops))
        smooth = np.stack([np.interp(at, knots, channel) for channel in stops.T], axis=1)
        return _from_oklab(smooth).clip(0, 1).astype(np.float32)


def linear(colour: str) -> Floats:
    """An sRGB hex string such as ``"#f0a000"`` as linear light, ``(3,)``."""
    encoded = np.array(srgb(colour))
    light = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


def srgb(colour: str) -> Colour:
    """An sRGB hex string as three numbers in [0, 1], not linearised."""
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255


def encode(light: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Linear light to sRGB bytes, any shape."""
    light = np.clip(light, 0, 1)
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return (encoded * 255 + 0.5).astype(np.uint8)


def team_colours() -> Floats:
    """Linear light of every team's colour, ``(teams, 3)``."""
    return np.stack([linear(colour) for colour in TEAM_COLOURS])


def get_theme(name: str) -> Theme:
    """The theme of that name.

    Raises:
        InputError: there is none.
    """
    return find("theme", name, THEMES, "downslope list themes")


# Ottosson (2020), "A perceptual color space for image processing".
_RGB_TO_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929],
     [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_LMS_TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468],
     [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


def _oklab(rgb: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    lab: npt.NDArray[np.float64] = np.cbrt(rgb.astype(np.float64) @ _RGB_TO_LMS.T) @ _LMS_TO_LAB.T
    return lab


def _from_oklab(lab: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    lms = lab @ np.linalg.inv(_LMS_TO_LAB).T
    result: npt.NDArray[np.float64] = lms**3 @ np.linalg.inv(_RGB_TO_LMS).T
    return result


THEMES: tuple[Theme, ...] = (
    Theme(
        name="abyss",
        about="deep water to warm sand under a low sun; the default",
        ground=("#05051f", "#0b1d63", "#145a9e", "#2aa7b8", "#a5d9c0", "#efe2c4", "#f2c7a0", "#e0607e"),
        void=("#131a3d", "#030409"),
        wall=("#3b4a8c", "#141a40"),
        floor="#0d1230",
        floor_shade=0.75,
        beacon="#fff3d0",
        contour="#020414",
        trail_strength=1.0,
        sun=(1.00, 0.90, 0.74),
        sky=(0.42, 0.54, 0.78),
        bounce=(0.14, 0.12, 0.20),
        ink="#e9edf8",
        sheet="#080b1e",
    ),
    Theme(
        name="ember",
        about="cooling lava: black violet to cream",
        ground=("#08051c", "#2a0f5c", "#6d1586", "#bb2c82", "#e8586b", "#f78f57", "#f9c67c", "#f6f0c8"),
        void=("#1d1030", "#050308"),
        wall=("#5a2f6e", "#1d0f30"),
        floor="#160b24",
        floor_shade=0.75,
        beacon="#fff3d0",
        contour="#0a0212",
        trail_strength=1.0,
        sun=(1.00, 0.88, 0.72),
        sky=(0.52, 0.44, 0.72),
        bounce=(0.18, 0.10, 0.14),
        ink="#f6edf4",
        sheet="#120a1c",
    ),
    Theme(
        name="paper",
        about="pale and quiet, for slides and print",
        ground=("#39507c", "#5f86a8", "#93bcc4", "#c9dfd6", "#efeade", "#f3dfc4", "#e9b795", "#d27b6c"),
        void=("#e9ebee", "#c9ced6"),
        wall=("#aab2c4", "#7f889c"),
        floor="#dadde3",
        floor_shade=0.30,
        beacon="#b3261e",
        contour="#3a4258",
        trail_strength=0.85,
        sun=(1.00, 0.96, 0.88),
        sky=(0.62, 0.68, 0.80),
        bounce=(0.30, 0.29, 0.30),
        ink="#1c2233",
        sheet="#f7f8fa",
    ),
)
