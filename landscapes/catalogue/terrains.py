"""Terrains grown from a seed: hills, ridged, alps, islands; the same seed is the same ground, bit for bit.

Gradient noise (Perlin 2002, Improving Noise, SIGGRAPH) in octaves, each of twice the frequency of the one before and
of a share of its height, the roughness; summed in the ways of Musgrave (Ebert et al. 2003, Texturing and Modeling,
ch. 16). Sums and products alone make the heights, so that no library's rounding moves a valley.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from landscapes.catalogue.search import find_minima
from landscapes.catalogue.surface import Parameter, settle
from landscapes.errors import InputError
from landscapes.landscape import Domain, Landscape
from landscapes.rates import rates
from landscapes.sampled import GridField

Heights = npt.NDArray[np.float64]
"""A square grid; rows are those of y."""

Octaves = Iterable[tuple[float, Heights]]
"""Noise of ever twice the frequency, each -1 to 1, and how high it stands."""

_DOMAIN: Domain = (-3.0, 3.0, -3.0, 3.0)

_POINTS = 321
"""Grid points a side: five or more a wave of the finest octave, which a cubic spline holds."""

_OCTAVES = 5

_FINER_THAN_GRID = 2
"""The search for minima looks between the grid points, too: the spline has some there."""

_RIM = 0.08
"""Height of the rim over the ground beside it, on terrains of height one."""


_SEA = 0.55
"""Height of the sea, of hills of height one."""

_BEACH = 0.03
"""Height over which the sea floor bends into the land."""

_FLOOR = 0.1
"""Slope of the sea floor, of twice that of the hills it was."""


def _parameters(roughness: float) -> tuple[Parameter, ...]:
    return (
        Parameter("seed", 0, 0, 999_999, "what it grows from, a whole number"),
        Parameter("roughness", roughness, 0, 0.8, "height of each octave as a share of the one before"),
    )


@dataclasses.dataclass(frozen=True)
class Terrain:
    """A terrain that a seed grows.

    Attributes:
        name: what one types, lower case.
        title: what a player reads.
        group: the shelf it stands on.
        about: one line of what there is to see.
        source: how it is made.
        waves: waves of the first octave across the domain.
        shape: from the octaves, tallest first, to heights.
        shore: the height at the border, from the lowest point (0) to the highest (1).
        parameters: what can be chosen.
    """

    name: str
    title: str
    group: str
    about: str
    source: str
    waves: int
    shape: Callable[[Octaves], Heights]
    shore: float
    parameters: tuple[Parameter, ...] = _parameters(0.3)

    def build(self, changes: Mapping[str, float] | None = None) -> Landscape:
        """Grow it, with parameters other than the defaults.

        Raises:
            InputError: an unknown parameter, or one out of range.
        """
        values = settle(self.name, self.parameters, changes)
        seed, roughness = values["seed"], values["roughness"]
        if seed != int(seed):
            raise InputError(f"{self.name}: seed must be a whole number, not {seed:g}")
        random = np.random.default_rng(np.random.SeedSequence(int(seed)))
        heights = _level(self.shape(_draw_octaves(self.waves, roughness, random)))
        field = GridField(_level(_frame(heights, self.shore)), _DOMAIN)
        return Landscape(
            name=self.name,
            title=self.title,
            about=self.about,
            source=self.source,
            domain=_DOMAIN,
            field=field,
            minima=find_minima(field, _DOMAIN, _FINER_THAN_GRID * (_POINTS - 1) + 1),
            relief="linear",
            learning_rates=rates(self.name),
        )


def _draw_octaves(
    waves: int, roughness: float, random: np.random.Generator
) -> Iterator[tuple[float, Heights]]:
    height = 1.0
    for octave in range(_OCTAVES):
        yield height, _draw_noise(waves * 2**octave, random)
        height *= roughness


def _draw_noise(waves: int, random: np.random.Generator) -> Heights:
    """Gradient noise over the grid, about -1 to 1: zero, and sloped at random, at corners ``waves`` squares apart.

    The corners are shifted at random, lest those of all octaves meet, and with them the ridges.
    """
    slope_x, slope_y = random.uniform(-1, 1, (2, waves + 2, waves + 2))
    shift_x, shift_y = random.uniform(0, 1, 2)
    at = np.linspace(0, waves, _POINTS)
    column_at, across = _split(at + shift_x)
    row_at, along = _split(at + shift_y)
    weight_x, weight_y = _fade(across), _fade(along)
    noise = np.zeros((_POINTS, _POINTS))
    for row, y, share_y in ((0, along, 1 - weight_y), (1, along - 1, weight_y)):
        for column, x, share_x in ((0, across, 1 - weight_x), (1, across - 1, weight_x)):
            corners = np.ix_(row_at + row, column_at + column)
            plane = slope_x[corners] * x + slope_y[corners] * y[:, np.newaxis]
            noise += share_y[:, np.newaxis] * share_x * plane
    return 2 * noise


def _split(at: Heights) -> tuple[npt.NDArray[np.intp], Heights]:
    """The corner before each place, and how far behind it lies."""
    corner = at.astype(np.intp)
    return corner, at - corner


def _fade(t: Heights) -> Heights:
    """From 0 to 1, level and straight at both ends."""
    return t * t * t * (t * (t * 6 - 15) + 10)


def _heap(octaves: Octaves) -> Heights:
    """Rounded hills: the plain sum."""
    return _add(height * noise for height, noise in octaves)


def _crease(octaves: Octaves) -> Heights:
    """Ridges: where noise passes zero, it is folded up to a crease."""
    return _add(-height * np.abs(noise) for height, noise in octaves)


def _erode(octaves: Octaves) -> Heights:
    """Alps: sharp creases, and finer ones only where it is high already, so that valleys are smooth."""
    heights = np.zeros((_POINTS, _POINTS))
    weight = np.ones((_POINTS, _POINTS))
    for height, noise in octaves:
        fold = 1 / (1 + 2 * np.abs(noise))
        weight *= fold * fold
        heights += height * weight
    return heights


def _flood(octaves: Octaves) -> Heights:
    """Islands: hills of which what lies under the sea is flattened to a gentle floor."""
    over = _level(_heap(octaves)) - _SEA
    # A hyperbola between the slopes of floor and land, so that the beach has no kink.
    return over + np.sqrt(over * over + _BEACH * _BEACH) + _FLOOR * over


def _add(parts: Iterable[Heights]) -> Heights:
    total = np.zeros((_POINTS, _POINTS))
    for part in parts:
        total += part
    return total


def _level(heights: Heights) -> Heights:
    """Heights from 0 to 1."""
    return np.asarray((heights - heights.min()) / np.ptp(heights), np.float64)


def _frame(heights: Heights, shore: float) -> Heights:
    """Heights that fade to those of the shore and rise at the very border, so that no slope leads out."""
    side = np.abs(np.linspace(-1, 1, _POINTS))
    eighth = side * side
    eighth *= eighth
    eighth *= eighth
    fade = (1 - eighth) ** 2
    inside = shore + (heights - shore) * fade * fade[:, np.newaxis]
    return np.asarray(inside + _RIM * (eighth + eighth[:, np.newaxis]), np.float64)


_SOURCE = "made for Downslope: gradient noise in octaves, after Perlin 2002 and Musgrave"

TERRAINS: tuple[Terrain, ...] = (
    Terrain(
        "hills",
        "Hills",
        "Terrains",
        "rounded hills and hollows, another country for every seed",
        _SOURCE,
        waves=4,
        shape=_heap,
        shore=0.6,
    ),
    Terrain(
        "ridged",
        "Ridged",
        "Terrains",
        "hollows parted by creases: which side of a ridge a ball starts on decides where it ends",
        _SOURCE,
        waves=4,
        shape=_crease,
        shore=0.7,
    ),
    Terrain(
        "alps",
        "Alps",
        "Terrains",
        "rugged ridges over smooth valleys",
        _SOURCE,
        waves=3,
        shape=_erode,
        shore=0.4,
        parameters=_parameters(0.5),
    ),
    Terrain(
        "islands",
        "Islands",
        "Terrains",
        "islands in a sea whose floor hardly slopes: quick down the beach, and then slow",
        _SOURCE,
        waves=6,
        shape=_flood,
        shore=0.1,
    ),
)
