"""The card that looks inside a network: its neurons at work, its gradients, its scores and what it has learned."""

import math

import numpy as np

from game.panel.cards import PAD
from game.panel.pen import OPAQUE, Pen, Point, mix
from game.panel.sketch import HEIGHT, Diagram, Picture, sketch
from landscapes.network.insight import Insight, Score, find_answer, tells_classes

WIDTH = 300.0
"""That suits it."""
_SCORES = 84.0
"""Beside the picture."""
_LARGEST = 190.0
"""Side of the picture."""
_CHIP = 16.0
"""Of a legend's entry, what is not text."""
_MOST_SIZES = 12
"""Layers whose sizes fit in the title."""
_DECADES = (-8, 2)
"""Powers of ten at the ends of the scale of gradients: the same for all networks, so that they can be compared."""
_ROWS = 120.0
"""Height of all layers' gradients together, at most."""


def draw_inside(pen: Pen, insight: Insight, left: float, top: float, width: float) -> float:
    """Draw the card with its upper left corner there; returns where the next one may begin."""
    made = sketch(insight, pen.style)
    inner = width - 2 * PAD
    rows = len(insight.gradient_norms)
    row = min(15.0, _ROWS / rows)
    side = min(inner - _SCORES, _LARGEST)
    chips = _place_legend(pen, [name for name, _ in made.picture.legend], inner)
    legend = chips[-1][1] + 7 + PAD - 4 if chips else PAD - 8
    parts = (48.0, HEIGHT + 16, 24.0, 20.0 + rows * row + 18, 32.0, side + 8, legend)
    height = sum(parts)
    pen.sheet(left, top, width, height)
    x, y = left + PAD, top
    _draw_header(pen, insight, x, y + 9, inner)
    y += parts[0]
    _draw_diagram(pen, insight, made.diagram, x, y, inner)
    y += parts[1]
    pen.text(x, y, _tell_answer(insight), 12.5)
    y += parts[2]
    _draw_gradients(pen, insight.gradient_norms, x, y, inner, row)
    y += parts[3]
    for line, text in enumerate(_tell_section(insight)):
        pen.text(x, y + 14 * line, text, 11.5, pen.style.faint)
    y += parts[4]
    _draw_picture(pen, made.picture, x, y, side)
    _draw_scores(pen, insight, x + side + 12, y)
    y += parts[5]
    for (name, colour), (right, down) in zip(made.picture.legend, chips, strict=True):
        pen.disc(x + right, y + down, 4, colour)
        pen.text(x + right + 8, y + down - 6.5, name, 11, pen.style.faint)
    return top + height + 8


def _draw_header(pen: Pen, insight: Insight, left: float, top: float, width: float) -> None:
    layers = [str(layer.size) for layer in insight.activations]
    if len(layers) > _MOST_SIZES:
        layers[3:-3] = ["..."]
    sizes = "-".join(layers)
    size = min(17.0, 17.0 * width / pen.width(sizes, 17, strong=True))
    pen.text(left, top, sizes, size, strong=True)
    about = f"{insight.network.hidden.name}, {insight.network.loss.name}"
    pen.text(left, top + 21, about, 11.5, pen.style.faint)


def _draw_diagram(
    pen: Pen, insight: Insight, diagram: Diagram, left: float, top: float, width: float
) -> None:
    label = 16.0 if insight.network.loss.counts else 0.0
    start, room = left + diagram.radius + 1, width - 2 * diagram.radius - 2 - label
    points = [(start + x * room, top + y) for x, y in diagram.points]
    pen.links(points, diagram.pipes)
    base = mix(pen.style.sheet, pen.style.ink, 0.12)
    rim = mix(pen.style.sheet, pen.style.ink, 0.62)
    for (x, y), (share, colour) in zip(points, diagram.fills, strict=True):
        pen.disc(x, y, diagram.radius, rim)
        pen.disc(x, y, diagram.radius - 1, base)
        if share > 0.01:
            # The area tells how much.
            pen.disc(x, y, (diagram.radius - 1) * math.sqrt(share), colour)
    for column in diagram.columns:
        more = column.size - len(column.shown)
        if more:
            x = start + column.x * room
            align = 0.0 if column.x == 0 else 1.0 if column.x == 1 and not label else 0.5
            edge = diagram.radius * (2 * align - 1)
            pen.text(x + edge, top + HEIGHT + 1, f"+{more:,}", 11, pen.style.faint, align=align)
    if insight.network.loss.counts:
        last = diagram.columns[-1]
        target = int(insight.data.targets[insight.sample])
        for number, (x, y) in zip(last.shown, points[-len(last.shown) :], strict=True):
            right = number == target
            ink = pen.style.ink if right else pen.style.faint
            pen.text(x + diagram.radius + 5, y - 6.5, str(number), 11, ink, strong=right)


def _draw_gradients(
    pen: Pen, norms: tuple[float, ...], left: float, top: float, width: float, row: float
) -> None:
    """A bar for each layer on a scale of powers of ten; none where the gradient has vanished."""
    pen.text(left, top, "length of each layer's gradient", 11.5, pen.style.faint)
    start, room, bottom = left + 18, width - 18 - 52, top + 20 + row * len(norms)
    low, high = _DECADES
    for power in range(low, high + 1, 2):
        x = start + room * (power - low) / (high - low)
        pen.box(x - 0.5, top + 18, 1, bottom - top - 16, mix(pen.style.sheet, pen.style.ink, 0.25), 0)
        pen.text(x, bottom + 2, f"1e{power}" if power else "1", 10, pen.style.faint, align=0.5)
    for number, norm in enumerate(norms):
        y = top + 20 + row * number
        share = (math.log10(norm) - low) / (high - low) if 0 < norm < math.inf else float(norm == math.inf)
        thickness = max(0.6 * row, 2.0)
        length = room * min(max(share, 0.0), 1.0)
        colour = pen.style.accent if share >= 1 else mix(pen.style.sheet, pen.style.ink, 0.75)
        if length:
            pen.box(start, y + (row - thickness) / 2, length, thickness, colour)
        size = min(11.0, row)
        if size >= 9:
            pen.text(left, y + row / 2 - 0.62 * size, str(number + 1), size, pen.style.faint)
            pen.text(left + width, y + row / 2 - 0.62 * size, f"{norm:.1e}", size, align=1)


def _draw_picture(pen: Pen, picture: Picture, left: float, top: float, side: float) -> None:
    at = (left, top)
    pen.box(left, top, side, side, mix(pen.style.sheet, pen.style.ink, 0.06), 0)
    pen.tiles(at, side, picture.boxes, picture.areas)
    for points, colour in picture.curves:
        pen.curve(at, side, points, colour)
    pen.dots(at, side, picture.dots, picture.colours, picture.radius)
    x, y = picture.dots[-1]
    pen.ring(left + x * side, top + y * side, picture.radius + 3, pen.style.ink | OPAQUE, 1.5)


def _draw_scores(pen: Pen, insight: Insight, left: float, top: float) -> None:
    for name, score in (("train", insight.train), ("test", insight.test)):
        if score is None:
            continue
        pen.text(left, top, name, 11.5, pen.style.faint)
        pen.text(left, top + 14, _tell_accuracy(score), 15, strong=True)
        pen.text(left, top + 33, "loss" if score.accuracy is None else f"loss {score.loss:.3g}", 11.5)
        top += 54


def _tell_accuracy(score: Score) -> str:
    if score.accuracy is None:
        return f"{score.loss:.3g}"
    # Only what is without a fault is all.
    percent = 100.0 if score.accuracy == 1 else min(100 * score.accuracy, 99.9)
    return f"{percent:.1f} %"


def _place_legend(pen: Pen, names: list[str], width: float) -> list[Point]:
    """Where the middles of the legend's dots are, row by row."""
    cell = max((pen.width(name, 11) for name in names), default=0.0) + _CHIP
    across = max(int(width // cell), 1)
    return [(4 + cell * (k % across), 7 + 16.0 * (k // across)) for k in range(len(names))]


def _tell_answer(insight: Insight) -> str:
    answer, target = insight.activations[-1], insight.data.targets[..., insight.sample]
    sample = f"sample {insight.sample:,}: "
    if not np.isfinite(answer).all():
        return sample + "no answer, the network diverged"
    if insight.network.loss.counts:
        chosen = int(find_answer(answer[:, np.newaxis])[0])
        return f"{sample}says {chosen} ({answer[chosen]:.2f}), is {int(target)}"
    if tells_classes(insight.network, insight.data.targets) and answer.size == 1:
        return f"{sample}says {answer[0]:.2f}, is {int(target)}"
    says = " ".join(f"{value:.2f}" for value in answer[:3])
    right = " ".join(f"{value:.2f}" for value in np.atleast_1d(target)[:3])
    return f"{sample}says {says}, is {right}"


def _tell_section(insight: Insight) -> tuple[str, str]:
    features, outputs = insight.data.inputs.shape[0], len(insight.answers)
    what = "answers" if insight.network.loss.counts or outputs == 1 else f"answer 1 of {outputs}"
    if features <= 2:
        return f"{what} over the data", "ring: the sample above"
    share = f"{100 * insight.section.share:.0f} % of the variance, the rest at its mean"
    return f"{what} over two principal components", share
