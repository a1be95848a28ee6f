"""Colours: how a theme turns heights, walls, light and teams into what is drawn."""

from dataclasses import dataclass
from functools import cache

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
        accent: text that is chosen or needs attention.
        contour_strength: how much of the ground contour lines cover, 1 being usual.
        outline: how dark the line around a ball is, 0 to 1.
        chip: discs of valleys in a race.
        bloom: how much light bright things shed around them, 0 for none.
        haze: how much of the void lies over what is furthest away, 0 to 1.
        evening: how much of the evening's colours there is at dusk, 0 for none.
        teams: colours of teams and of valleys, as many as in every other theme.
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
    accent: str = TEAM_COLOURS[0]
    contour_strength: float = 1.0
    outline: float = 0.0
    chip: str = "#e8e8e8"
    bloom: float = 0.6
    haze: float = 0.3
    evening: float = 1.0
    teams: tuple[str, ...] = TEAM_COLOURS

    @property
    def accent_edge(self) -> str:
        """What parts a line in the accent's colour from ground like it: of contour and sheet, the less alike."""
        return max((self.contour, self.sheet), key=lambda edge: contrast(edge, self.accent))

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


@cache
def luminance(colour: str) -> float:
    """The luminance of an sRGB hex string, white being 1 (WCAG 2.1)."""
    return float(linear(colour) @ np.array([0.2126, 0.7152, 0.0722]))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two sRGB hex strings, from 1 to 21 (WCAG 2.1)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def encode(light: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Linear light to sRGB bytes, any shape."""
    light = np.clip(light, 0, 1)
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return (encoded * 255 + 0.5).astype(np.uint8)


@cache
def team_colours(teams: tuple[str, ...] = TEAM_COLOURS) -> Floats:
    """Linear light of every team's colour, ``(teams, 3)``; for the same teams the same array, read-only."""
    light = np.stack([linear(colour) for colour in teams])
    light.flags.writeable = False
    return light


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
        bloom=0.25,
    ),
    Theme(
        name="dune",
        about="night blue to sand yellow; safe for colour-blind people",
        ground=("#0a1140", "#22296b", "#4a4580", "#74628a", "#9d808a", "#c3a183", "#e4c67e", "#fff0a0"),
        void=("#262a44", "#07070f"),
        wall=("#57547a", "#1e1c36"),
        floor="#17182c",
        floor_shade=0.75,
        beacon="#ffffff",
        contour="#02040c",
        trail_strength=1.0,
        sun=(1.00, 0.93, 0.80),
        sky=(0.48, 0.54, 0.68),
        bounce=(0.14, 0.14, 0.18),
        ink="#eef0f6",
        sheet="#0c0d1a",
        accent="#eca60c",
        teams=("#eca60c", "#4fcbf4", "#e22812", "#fff8a8", "#0c9566", "#ae6c98", "#7c6df8"),
    ),
    Theme(
        name="print",
        about="greys under strong contours, for black-and-white print",
        ground=("#7a7a7a", "#8b8b8b", "#9d9d9d", "#afafaf", "#c2c2c2", "#d5d5d5", "#e9e9e9", "#fdfdfd"),
        void=("#ffffff", "#ffffff"),
        wall=("#c4c4c6", "#8c8c90"),
        floor="#ffffff",
        floor_shade=0.22,
        beacon="#101014",
        contour="#101014",
        trail_strength=0.6,
        sun=(0.84, 0.84, 0.84),
        sky=(0.52, 0.52, 0.53),
        bounce=(0.28, 0.28, 0.28),
        ink="#0c0c10",
        sheet="#ffffff",
        accent="#a02a14",
        contour_strength=1.8,
        outline=0.9,
        chip="#3c3c42",
        bloom=0.0,
        haze=0.0,
        evening=0.0,
        teams=("#b2321c", "#7ab8ee", "#121a46", "#fff3b0", "#6a2778", "#2a9a76", "#f6c0d0"),
    ),
    Theme(
        name="glacier",
        about="ice in the cold light of the morning",
        ground=("#1d3350", "#2f587f", "#4b86ab", "#7db3cc", "#b2d6e2", "#d6e7ed", "#e9eeef", "#f2d4cd"),
        void=("#dedbe4", "#9db2ce"),
        wall=("#8fb3cb", "#4a6c8c"),
        floor="#aebfd8",
        floor_shade=0.34,
        beacon="#c2410c",
        contour="#16304c",
        trail_strength=0.95,
        sun=(1.00, 0.92, 0.84),
        sky=(0.50, 0.64, 0.88),
        bounce=(0.22, 0.26, 0.34),
        ink="#061222",
        sheet="#f2f7fb",
        accent="#a63a08",
        chip="#2c4763",
        bloom=0.3,
    ),
    Theme(
        name="atlas",
        about="the tints of a school map: lakes, lowlands, mountains",
        ground=(
            "#2a76b0",
            "#68abd2",
            "#a8d3d6",
            "#a5cfa3",
            "#c6d79b",
            "#ecdfa9",
            "#e2bd85",
            "#c79266",
            "#a86d4d",
        ),
        void=("#f7f2e6", "#e6dcc4"),
        wall=("#d6c09a", "#9d7f5a"),
        floor="#efe7d4",
        floor_shade=0.32,
        beacon="#a3161f",
        contour="#56351c",
        trail_strength=0.9,
        sun=(1.00, 0.95, 0.86),
        sky=(0.60, 0.64, 0.70),
        bounce=(0.28, 0.26, 0.22),
        ink="#22160b",
        sheet="#fbf7ec",
        accent="#9c3a10",
        contour_strength=1.2,
        chip="#6a4f34",
        bloom=0.25,
    ),
)
