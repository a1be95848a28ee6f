"""The axes that the plots share, and the colours of what is drawn between them."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
from imgui_bundle import imgui, implot

from game.panel.cards import nice_ticks
from game.panel.controls.desk import Desk
from game.scene.theme import srgb

HEIGHT = 168.0
"""Of a plot, reference pixels."""
Floats = npt.NDArray[np.float64]
Span = tuple[float, float]


@contextmanager
def draw_axes(desk: Desk, xs: Span, ys: Span, *, across: bool = False, up: bool = True) -> Iterator[bool]:
    """Axes within these limits, in decades across and up as wanted."""
    with open_plot(desk) as seen:
        if seen:
            for axis, (low, high), log in ((implot.ImAxis_.x1, xs, across), (implot.ImAxis_.y1, ys, up)):
                if log:
                    ticks = nice_ticks(low, high)
                    implot.setup_axis_scale(axis, implot.Scale_.log10)
                    implot.setup_axis_ticks(axis, ticks, [f"{tick:g}" for tick in ticks])
            implot.setup_axes_limits(*xs, *ys, implot.Cond_.always)
        yield seen


@contextmanager
def draw_decades(desk: Desk, xs: Span, ys: Span) -> Iterator[bool]:
    """Axes in decades both ways, on which things stand at the logarithms of their values.

    A heat map has cells of equal size: on an axis that is even in decades by itself they would not fit.
    """
    with open_plot(desk) as seen:
        if seen:
            for axis, (low, high) in ((implot.ImAxis_.x1, xs), (implot.ImAxis_.y1, ys)):
                ticks = nice_ticks(low, high)
                implot.setup_axis_ticks(axis, np.log10(ticks).tolist(), [f"{tick:g}" for tick in ticks])
            left, right, bottom, top = (math.log10(end) for end in (*xs, *ys))
            implot.setup_axes_limits(left, right, bottom, top, implot.Cond_.always)
        yield seen


@contextmanager
def open_plot(desk: Desk) -> Iterator[bool]:
    """A plot as wide as there is room, in the style of the controls; whether it can be seen."""
    plain = implot.AxisFlags_.no_menus | implot.AxisFlags_.no_highlight | implot.AxisFlags_.no_side_switch
    flags = implot.Flags_.canvas_only | implot.Flags_.no_inputs
    imgui.push_font(desk.style.plain, round(desk.px(11)))
    style = implot.get_style()
    style.plot_min_size, style.plot_padding = imgui.ImVec2(10, 10), imgui.ImVec2(desk.px(4), desk.px(4))
    style.label_padding = imgui.ImVec2(desk.px(4), desk.px(2))
    seen = implot.begin_plot("##plot", imgui.ImVec2(-1, desk.px(HEIGHT)), flags)
    if seen:
        implot.setup_axes("", "", plain | implot.AxisFlags_.no_grid_lines, plain)
    yield seen
    if seen:
        implot.end_plot()
    imgui.pop_font()


def pencil(desk: Desk, colour: str, weight: float, alpha: float = 1.0) -> implot.Spec:
    """Lines of a weight in reference pixels, and areas that cover so much of what lies beneath."""
    spec = implot.Spec()
    spec.line_color = imgui.ImVec4(*srgb(colour), alpha)
    spec.fill_color, spec.fill_alpha = imgui.ImVec4(*srgb(colour), 1.0), alpha
    spec.line_weight = weight * desk.style.scale
    return spec


def list_colours(desk: Desk) -> list[str]:
    """Of each team; the ink, where there is only one."""
    count, teams = len(desk.session.world.swarms), desk.theme.teams
    return [teams[number % len(teams)] for number in range(count)] if count > 1 else [desk.theme.ink]


def find_span(values: Floats) -> Span:
    """Limits of an axis in decades around those numbers that have a place on it."""
    shown = values[np.isfinite(values) & (values > 0)]
    high = 1.3 * float(shown.max()) if shown.size else 1.0
    low = max(float(shown.min()) / 1.3, high * 1e-9) if shown.size else 0.1
    return low, high if math.isfinite(high) and high >= 3 * low else 3 * low
