"""What the look inside a network shows, made ready to be drawn: as long as the network stays, it is made once."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from game.panel.pen import Floats, Point, fade, mix
from game.panel.style import Style
from landscapes.landscape import Array
from landscapes.network.insight import Insight, find_answer, tells_classes
from landscapes.network.outputs import Targets

Numbers = npt.NDArray[np.int64]

MOST_NEURONS = 12
"""Shown of a layer."""
HEIGHT = 166.0
"""Of the drawing, in reference pixels."""
_GAP = 54.0
"""From one neuron to the next in a small layer."""
_MOST_DOTS = 200
"""Samples shown, evenly spaced over the data."""
_RADII = ((12, 4.2), (60, 3.0), (_MOST_DOTS, 2.0))
"""Up to so many samples are dots of this radius."""
_LEVELS = 4
"""Shades of each class, by how sure the answer is."""
_BANDS = 14
"""Shades from the lowest answer of a regression to the highest."""


class Column(NamedTuple):
    """A layer: at which share of the width it stands, its neurons, and the numbers of those that are shown."""

    x: float
    size: int
    shown: tuple[int, ...]


class Diagram(NamedTuple):
    """The neurons and the pipes between them.

    Attributes:
        columns: from the inputs to the answer.
        points: of the shown neurons, column by column: x as a share of the width, y in reference pixels.
        radius: of a neuron.
        fills: for each of them how much of its disc is filled, and with which colour.
        pipes: the numbers of both ends, colour and thickness; the thickest last.
    """

    columns: tuple[Column, ...]
    points: list[Point]
    radius: float
    fills: list[tuple[float, int]]
    pipes: list[tuple[int, int, int, float]]


class Picture(NamedTuple):
    """Answers over the inputs, and samples, in shares of a square; the last sample is the one that is shown.

    Attributes:
        boxes: two corners of areas of one colour each ``(m, 2, 2)``, ``areas`` their colours.
        dots: the samples ``(n, 2)``, ``colours`` theirs, ``radius`` in reference pixels.
        curves: lines through the answers ``(k, 2)``, each with its colour.
        legend: what colours stand for.
    """

    boxes: Floats
    areas: list[int]
    dots: Floats
    colours: list[int]
    radius: float
    curves: list[tuple[Floats, int]]
    legend: list[tuple[str, int]]


class Sketch(NamedTuple):
    """All of it."""

    diagram: Diagram
    picture: Picture


@lru_cache(maxsize=4)
def sketch(insight: Insight, style: Style) -> Sketch:
    """Make an insight ready to be drawn."""
    return Sketch(_draw_diagram(insight, style), _draw_picture(insight, style))


def signed(style: Style) -> tuple[int, int]:
    """The colours of what is negative and of what is positive: blue and orange, which nobody confuses."""
    return style.teams[1], style.teams[0]


def colour_classes(style: Style, outputs: int) -> list[int]:
    """A colour for each class; the two of a single output are those of the signs."""
    if outputs == 1:
        return list(signed(style))
    others = (style.ink, 0.0), (style.ink, 0.55), (style.sheet, 0.45)
    shades = [mix(colour, other, share) for other, share in others for colour in style.teams]
    return [shades[number % len(shades)] for number in range(outputs)]


def _draw_diagram(insight: Insight, style: Style) -> Diagram:
    sizes = [layer.size for layer in insight.activations]
    columns = tuple(
        Column(number / (len(sizes) - 1), size, _choose(size, MOST_NEURONS))
        for number, size in enumerate(sizes)
    )
    most = max(len(column.shown) for column in columns)
    gap = min(_GAP, HEIGHT / most)
    radius = min(11.0, 0.42 * gap)
    points: list[Point] = []
    fills: list[tuple[float, int]] = []
    firsts = []
    for column, signals, reach in zip(columns, insight.activations, insight.reaches, strict=True):
        firsts.append(len(points))
        top = (HEIGHT - gap * (len(column.shown) - 1)) / 2
        points += [(column.x, top + gap * row) for row in range(len(column.shown))]
        shown = signals[list(column.shown)]
        shares = _share(shown, reach).tolist()
        fills += zip(shares, _sign(shown, style), strict=True)
    pipes = []
    for number, layer in enumerate(insight.network.layers):
        before, after = columns[number : number + 2]
        shares = _share(layer.weight, float(np.abs(layer.weight).max()))
        weights = layer.weight[np.ix_(after.shown, before.shown)]
        # Where many pipes cross, all are thinner.
        largest = min(0.62 * radius, 28 / math.sqrt(weights.size))
        thicknesses = largest * shares[np.ix_(after.shown, before.shown)]
        order = np.argsort(thicknesses, axis=None, kind="stable")
        ends = np.unravel_index(order, thicknesses.shape)
        signs, fullness = _sign(weights[ends], style), 0.3 + 0.7 * thicknesses[ends] / largest
        rows = zip(
            (firsts[number] + ends[1]).tolist(),
            (firsts[number + 1] + ends[0]).tolist(),
            map(fade, signs, fullness.tolist()),
            thicknesses[ends].tolist(),
            strict=True,
        )
        pipes += [pipe for pipe in rows if pipe[3] > 0]
    return Diagram(columns, points, radius, fills, pipes)


def _choose(count: int, most: int) -> tuple[int, ...]:
    """Up to so many numbers below another one, evenly spaced, the first and the last among them."""
    return tuple(np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist())


def _share(values: Array, largest: float) -> Floats:
    """Sizes of values beside the largest, from 0 to 1; 0 for what is not a number."""
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.abs(values.astype(np.float64)) / largest
    return np.nan_to_num(shares).clip(0, 1)


def _sign(values: Array, style: Style) -> list[int]:
    colours = signed(style)
    return [colours[positive] for positive in (values > 0).tolist()]


class _Colouring(NamedTuple):
    """Colours of samples; the number of each answer's shade, and all shades; what they stand for; the span of both."""

    samples: list[int]
    areas: Numbers
    shades: list[int]
    legend: list[tuple[str, int]]
    span: tuple[float, float]


def _draw_picture(insight: Insight, style: Style) -> Picture:
    count, section = insight.data.inputs.shape[1], insight.section
    chosen = [row for row in _choose(count, _MOST_DOTS) if row != insight.sample] + [insight.sample]
    radius = next(radius for most, radius in _RADII if len(chosen) - 1 <= most)
    counts = insight.network.loss.counts
    answers = insight.answers if counts else insight.answers[:1]
    targets = np.atleast_2d(insight.data.targets)[0]
    tells = tells_classes(insight.network, insight.data.targets)
    colour = _colour_classes if tells else _colour_amounts
    made = colour(answers, targets, style)
    dyes = [made.samples[row] for row in chosen]
    if len(section.ticks) == 1:
        heights = np.ones(count) if counts else targets
        margin = 0.12 * (made.span[1] - made.span[0]) or 1.0
        span = made.span[0] - margin, made.span[1] + margin
        ends = float(section.ticks[0][0]), float(section.ticks[0][-1])
        inks = [colour for _, colour in made.legend] if counts else [style.ink]
        curves = [_trace(section.ticks[0], answer, ends, span) for answer in answers]
        dots = _trace(section.points[0][chosen], heights[chosen], ends, span)
        lines = list(zip(curves, inks, strict=True))
        no_boxes = np.empty((0, 2, 2))
        if tells:
            return Picture(no_boxes, [], dots, dyes, radius, lines, made.legend)
        return Picture(no_boxes, [], dots, [style.accent] * len(dots), radius, lines, [])
    areas = np.where(np.isfinite(answers).all(axis=0), made.areas, len(made.shades))
    shades = [*made.shades, _neutral(style)]
    across, along = (part.size for part in section.ticks)
    boxes, numbers = _merge(areas.reshape(along, across)[::-1])
    edges = [_edges(part) for part in section.ticks]
    dots = _trace(section.points[0][chosen], section.points[1][chosen], *edges)
    return Picture(boxes, [shades[number] for number in numbers], dots, dyes, radius, [], made.legend)


def _colour_classes(answers: Array, targets: Targets, style: Style) -> _Colouring:
    """The surer an answer is, the fuller its colour."""
    classes = colour_classes(style, len(answers))
    chance = 1 / len(classes)
    right = np.concatenate([answers, 1 - answers] if len(answers) == 1 else [answers]).max(axis=0)
    levels = _cut((right - chance) / (1 - chance), _LEVELS)
    shades = [
        mix(_neutral(style), colour, 0.15 + 0.5 * level / (_LEVELS - 1))
        for colour in classes
        for level in range(_LEVELS)
    ]
    samples = [classes[number] for number in targets.astype(int).tolist()]
    legend = [(str(number), colour) for number, colour in enumerate(classes)]
    return _Colouring(samples, find_answer(answers) * _LEVELS + levels, shades, legend, (0.0, 1.0))


def _colour_amounts(answers: Array, targets: Targets, style: Style) -> _Colouring:
    """From the lowest target to the highest."""
    low, high = float(targets.min()), float(targets.max())
    scale = [_blend(style, share) for share in np.linspace(0, 1, _BANDS).tolist()]
    samples = [scale[band] for band in _cut(_place(targets, low, high), _BANDS).tolist()]
    shades = [mix(_neutral(style), colour, 0.6) for colour in scale]
    legend = [(f"{low:.3g}", scale[0]), (f"{high:.3g}", scale[-1])]
    return _Colouring(samples, _cut(_place(answers[0], low, high), _BANDS), shades, legend, (low, high))


def _trace(
    across: Array, up: Array | Targets, span_x: tuple[float, float], span_y: tuple[float, float]
) -> Floats:
    """Points in shares of a square whose sides stand for these spans; what lies beyond them is put on the edge."""
    return np.stack([_place(across, *span_x), 1 - _place(up, *span_y)], axis=1)


def _merge(areas: Numbers) -> tuple[Floats, list[int]]:
    """Boxes of equal numbers ``(rows, columns)``, in shares of a square, over one of the most frequent number."""
    rows, columns = areas.shape
    common = int(np.bincount(areas.ravel()).argmax())
    starts = np.ones(areas.shape, np.bool_)
    starts[:, 1:] = areas[:, 1:] != areas[:, :-1]
    at = np.flatnonzero(starts)
    numbers = areas.ravel()[at]
    lengths = np.diff(at, append=areas.size)
    kept = numbers != common
    row, column = np.divmod(at[kept], columns)
    first = np.stack([column / columns, row / rows], axis=1)
    last = np.stack([(column + lengths[kept]) / columns, (row + 1) / rows], axis=1)
    boxes = np.concatenate([[[[0.0, 0.0], [1.0, 1.0]]], np.stack([first, last], axis=1)])
    return boxes, [common, *numbers[kept].tolist()]


def _edges(ticks: Array) -> tuple[float, float]:
    """The outer edges of cells whose middles are these."""
    half = float(ticks[1] - ticks[0]) / 2
    return float(ticks[0]) - half, float(ticks[-1]) + half


def _place(values: Array | Targets, low: float, high: float) -> Floats:
    """Shares of the way from low to high, from 0 to 1; the middle for what is not a number, or if there is no way."""
    if not high > low:
        return np.full(values.shape, 0.5)
    with np.errstate(invalid="ignore", over="ignore"):
        shares = (values.astype(np.float64) - low) / (high - low)
    return np.nan_to_num(shares, nan=0.5, posinf=1, neginf=0).clip(0, 1)


def _cut(shares: Array, count: int) -> Numbers:
    """Which of so many equal parts of [0, 1] numbers are in."""
    return (np.nan_to_num(shares) * count).astype(np.int64).clip(0, count - 1)


def _neutral(style: Style) -> int:
    return mix(style.sheet, style.ink, 0.1)


def _blend(style: Style, share: float) -> int:
    """From the colour of what is negative over a neutral one to that of what is positive."""
    negative, positive = signed(style)
    return mix(_neutral(style), positive if share > 0.5 else negative, abs(2 * share - 1))
