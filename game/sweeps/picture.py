"""A sweep as a picture: a curve over one axis, a map over two."""

import io
import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pygame
import pygame.freetype

import assets
from game.scene.basins import DIVERGED_COLOUR
from game.scene.theme import Theme, encode, get_theme, srgb
from game.sweeps.axes import Axis
from game.sweeps.runs import Sweep, find_best
from landscapes.errors import InputError

Floats = npt.NDArray[np.float64]
Colour = tuple[int, int, int]

SIZE = 1280, 800
"""Of the picture, in pixels."""
_FINE = 2
"""Pixels that are drawn along each side of one that is shown."""
_BOX = 130, 110, 1090, 690
"""Left, top, right and bottom of what is plotted."""
_BAR = 1130, 1154
"""Left and right of the scale of colours."""
_TICKS = 9
"""Labels along an axis at most."""
_WIDE = 50
"""A highest loss this many times the lowest is drawn by logarithms."""
_NOTHING = 1e-8
"""A loss below this share of the highest is drawn as that."""
_FONT = "Inter-Medium.otf"


class _Scale(NamedTuple):
    """How numbers become shares of a length: 0 for ``low``, 1 for ``high``."""

    low: float
    high: float
    logarithmic: bool

    def share(self, numbers: Floats) -> Floats:
        """The shares; NaN for what is no number."""
        ends = np.array([self.low, self.high])
        if self.logarithmic:
            numbers, ends = np.log(np.maximum(numbers, self.low)), np.log(ends)
        found: Floats = (numbers - ends[0]) / (ends[1] - ends[0] or 1.0)
        return np.where(np.isfinite(numbers), found, np.nan)

    def ticks(self) -> Floats:
        """Some numbers along it, both ends among them."""
        space = np.geomspace if self.logarithmic else np.linspace
        return np.asarray(space(self.low, self.high, 5), np.float64)


def draw_sweep(sweep: Sweep, theme: str) -> npt.NDArray[np.uint8]:
    """The median loss after each run, ``(rows, columns, 3)``, in the colours of a theme; the best run is marked.

    Runs that lost half of their balls have no median: there the curve has a gap, and the map is grey.

    Raises:
        InputError: more than two axes, which no page has.
    """
    if len(sweep.axes) > 2:
        raise InputError(f"--picture shows one axis or two, not {len(sweep.axes)}; the table has them all")
    sheet = _Sheet(get_theme(theme))
    scale = _fit(sweep.results[0])
    best = find_best(sweep)
    labels = " ".join(f"{name}={value}" for name, value in sweep.settings[best].items())
    sheet.write(sweep.title, (_BOX[0], 36), 26)
    lost = "" if np.isfinite(sweep.results[0]).all() else "; none where half of the balls are lost"
    told = f"median loss, best {sweep.results[0, best]:.4g} at {labels}{lost}"
    sheet.write(told, (_BOX[0], 74), 17, faint=True)
    (_draw_curve if len(sweep.axes) == 1 else _draw_map)(sheet, sweep, scale, best)
    return sheet.read()


def _draw_curve(sheet: "_Sheet", sweep: Sweep, scale: _Scale, best: int) -> None:
    (axis,), medians = sweep.axes, sweep.results[0]
    left, top, right, bottom = _BOX
    for tick in scale.ticks():
        y = bottom - float(scale.share(np.array([tick]))[0]) * (bottom - top)
        sheet.line([(left, y), (right, y)], "grid")
        sheet.write(f"{tick:.3g}", (left - 14, y), 16, across=1.0, down=0.5)
    count = len(axis.values)
    xs = left + (np.arange(count) + 0.5) / count * (right - left)
    ys = bottom - scale.share(medians) * (bottom - top)
    points = list(zip(xs.tolist(), ys.tolist(), strict=True))
    for one, other in itertools.pairwise(points):
        if math.isfinite(one[1]) and math.isfinite(other[1]):
            sheet.line([one, other], "curve")
    for point in points:
        if math.isfinite(point[1]):
            sheet.dot(point, 3.5, "curve")
    if math.isfinite(points[best][1]):
        sheet.dot(points[best], 8, "best")
    _label(sheet, axis, along=True)


def _draw_map(sheet: "_Sheet", sweep: Sweep, scale: _Scale, best: int) -> None:
    """The first axis upwards, the second along."""
    upward, along = sweep.axes
    rows, columns = len(upward.values), len(along.values)
    left, top, right, bottom = _BOX
    colours = sheet.colour(scale.share(sweep.results[0]))
    for k, colour in enumerate(colours):
        row, column = divmod(k, columns)
        x, y = left + column * (right - left) / columns, bottom - (row + 1) * (bottom - top) / rows
        box = (x, y, (right - left) / columns, (bottom - top) / rows)
        sheet.fill(box, colour)
        if k == best:
            frame = box
    sheet.frame(frame)
    _label(sheet, along, along=True)
    _label(sheet, upward, along=False)
    steps = bottom - top
    for step, colour in enumerate(sheet.colour(np.linspace(1, 0, steps))):
        sheet.fill((_BAR[0], top + step, _BAR[1] - _BAR[0], 1), colour)
    for tick in scale.ticks():
        y = bottom - float(scale.share(np.array([tick]))[0]) * (bottom - top)
        sheet.write(f"{tick:.3g}", (_BAR[1] + 10, y), 16, down=0.5)


def _label(sheet: "_Sheet", axis: Axis, *, along: bool) -> None:
    left, top, right, bottom = _BOX
    count = len(axis.values)
    stride = math.ceil(count / _TICKS)
    for k in range(0, count, stride):
        share = (k + 0.5) / count
        if along:
            at = left + share * (right - left), bottom + 12.0
            sheet.write(_shorten(axis.values[k]), at, 16, across=0.5)
        else:
            sheet.write(
                _shorten(axis.values[k]),
                (left - 14, bottom - share * (bottom - top)),
                16,
                across=1.0,
                down=0.5,
            )
    if along:
        sheet.write(axis.name, ((left + right) / 2, bottom + 48), 18, across=0.5)
    else:
        sheet.write(axis.name, (left - 14, top - 18), 18, across=1.0, down=0.5)


def _shorten(value: str) -> str:
    """A number with no more digits than a label has room for; words as they are."""
    try:
        return f"{float(value):.3g}"
    except ValueError:
        return value


def _fit(medians: Floats) -> _Scale:
    """A scale that holds all medians that there are."""
    known = medians[np.isfinite(medians)]
    if not known.size:
        return _Scale(0.0, 1.0, False)
    low, high = float(known.min()), float(known.max())
    wide = low >= 0 and high > _WIDE * low
    # Losses of next to nothing are all the same: what lies above them is to be told apart.
    return _Scale(max(low, _NOTHING * high) if wide else low, high, wide)


class _Sheet:
    """A page to draw on, larger than it is shown, so that nothing has steps."""

    def __init__(self, theme: Theme) -> None:
        self._page = pygame.Surface((SIZE[0] * _FINE, SIZE[1] * _FINE))
        self._colours = {
            "ink": _mix(theme.ink, theme.sheet, 1.0),
            "faint": _mix(theme.ink, theme.sheet, 0.65),
            "grid": _mix(theme.ink, theme.sheet, 0.15),
            "curve": _mix(theme.teams[1], theme.sheet, 1.0),
            "best": _mix(theme.accent, theme.sheet, 1.0),
        }
        self._page.fill(_mix(theme.ink, theme.sheet, 0.0))
        self._map = encode(theme.colormap(256))
        self._lost = _mix(DIVERGED_COLOUR, theme.sheet, 1.0)
        pygame.freetype.init()
        # The font reads on while it is written with: it is not to depend on a file that is open.
        self._font = pygame.freetype.Font(io.BytesIO(assets.path("fonts", _FONT).read_bytes()))
        self._font.kerning = True
        self._height = self._font.get_rect("0", size=100).height / 100

    def colour(self, shares: Floats) -> list[Colour]:
        """The theme's colours from low to high for shares ``(n,)``; grey for what is none."""
        places = np.nan_to_num(shares * 255).clip(0, 255).round().astype(int)
        return [
            (int(r), int(g), int(b)) if known else self._lost
            for (r, g, b), known in zip(self._map[places], np.isfinite(shares), strict=True)
        ]

    def write(
        self,
        text: str,
        at: tuple[float, float],
        size: int,
        *,
        faint: bool = False,
        across: float = 0.0,
        down: float = 0.0,
    ) -> None:
        """Text at a place, of which these shares of its width and height lie before and above it."""
        drawn, box = self._font.render(text, self._colours["faint" if faint else "ink"], size=size * _FINE)
        x = at[0] * _FINE - across * box.width
        y = at[1] * _FINE + (1 - down) * self._height * size * _FINE - box.y
        self._page.blit(drawn, (round(x), round(y)))

    def line(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """A line through points."""
        fine = [(x * _FINE, y * _FINE) for x, y in points]
        pygame.draw.lines(self._page, self._colours[colour], False, fine, 2 * _FINE)

    def dot(self, at: tuple[float, float], radius: float, colour: str) -> None:
        """A disc."""
        place = at[0] * _FINE, at[1] * _FINE
        pygame.draw.circle(self._page, self._colours[colour], place, radius * _FINE)

    def fill(self, box: tuple[float, float, float, float], colour: Colour) -> None:
        """A rectangle from its left, top, width and height."""
        self._page.fill(colour, self._grow(box))

    def frame(self, box: tuple[float, float, float, float]) -> None:
        """A frame around a rectangle, in the colour of the best."""
        inner = self._grow(box)
        pygame.draw.rect(self._page, self._colours["best"], inner.inflate(6 * _FINE, 6 * _FINE), 3 * _FINE)
        pygame.draw.rect(self._page, (0, 0, 0), inner, _FINE)

    def read(self) -> npt.NDArray[np.uint8]:
        """The page ``(rows, columns, 3)``."""
        shown = pygame.transform.smoothscale(self._page, SIZE)
        pixels = np.frombuffer(pygame.image.tobytes(shown, "RGB"), np.uint8)
        return pixels.reshape(SIZE[1], SIZE[0], 3)

    @staticmethod
    def _grow(box: tuple[float, float, float, float]) -> pygame.Rect:
        left, top = round(box[0] * _FINE), round(box[1] * _FINE)
        right, bottom = round((box[0] + box[2]) * _FINE), round((box[1] + box[3]) * _FINE)
        return pygame.Rect(left, top, right - left, bottom - top)


def _mix(ink: str, sheet: str, share: float) -> Colour:
    r, g, b = (
        round(255 * (share * one + (1 - share) * other))
        for one, other in zip(srgb(ink), srgb(sheet), strict=True)
    )
    return r, g, b
