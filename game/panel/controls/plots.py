"""Plots: one at a time, with its numbers to copy and to save."""

import csv
import io
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
from imgui_bundle import imgui, implot

from game.commands.tables import TABLES, count_losses, make_table
from game.panel.cards import nice_ticks
from game.panel.controls.desk import Desk
from game.panel.controls.widgets import copy_on_click, explain, faint, press, send, share_width
from game.scene.signs import shown_loss
from game.scene.theme import srgb

HEIGHT = 168.0
"""Of a plot, reference pixels."""
BARS = 12
"""Valleys in the census at most."""
Floats = npt.NDArray[np.float64]
Span = tuple[float, float]


def draw_plots(desk: Desk) -> None:
    """Which plot, the plot, and what can be done with its numbers."""
    width = share_width(len(TABLES))
    for place, table in enumerate(TABLES):
        if place:
            imgui.same_line()
        chosen = table.name == desk.drafts.plot
        imgui.push_style_color(imgui.Col_.text, desk.style.accent if chosen else desk.style.faint)
        if imgui.selectable(table.name, False, 0, (width, 0))[0]:
            desk.drafts.plot = table.name
        imgui.pop_style_color()
        explain(table.about)
    PLOTS[desk.drafts.plot](desk)
    width = share_width(2)
    if press("copy", "copy the numbers as a table, to be pasted into a sheet", width):
        imgui.set_clipboard_text(_write_tabbed(desk))
        desk.session.say(f"copied the numbers of {desk.drafts.plot}")
    imgui.same_line()
    send(desk, "save CSV", f"plot.save {desk.drafts.plot}", width)


def _plot_losses(desk: Desk) -> None:
    """Median over the band between the quartiles, and the best ball as a thin line, above the lowest loss."""
    history = desk.session.history
    ticks = np.array(history.ticks, np.float64)
    lowest = desk.session.lowest
    medians, bests = np.array(history.medians) - lowest, np.array(history.bests) - lowest
    quartiles = np.array(history.quartiles) - lowest
    span = _span(np.concatenate([medians.ravel(), bests.ravel(), quartiles.ravel()]))
    faint(desk, "median, quartiles and best, above the lowest point")
    with _plot(desk, (0.0, max(float(ticks[-1]), 60.0)), span) as seen:
        for number, colour in enumerate(_colours(desk) if seen else ()):
            low, high, middle, best = (
                np.maximum(part, span[0])
                for part in (
                    quartiles[:, 0, number],
                    quartiles[:, 1, number],
                    medians[:, number],
                    bests[:, number],
                )
            )
            implot.plot_shaded(f"##band{number}", ticks, low, high, _spec(desk, colour, 0.0, 0.22))
            implot.plot_line(f"##best{number}", ticks, best, _spec(desk, colour, 1.0, 0.7))
            implot.plot_line(f"##median{number}", ticks, middle, _spec(desk, colour, 2.0))
    for number, swarm in enumerate(desk.session.world.swarms):
        last = history.medians[-1][number]
        copy_on_click(
            desk, f"{last:.6g}", f"median loss of {swarm.optimizer.title} now", swarm.optimizer.title
        )


def _plot_histogram(desk: Desk) -> None:
    """The share of each team that has about a loss."""
    edges, counts = count_losses(desk.session)
    faint(desk, "share of the balls by loss above the lowest point")
    top = max(float(counts.max()), 1e-3)
    middles = np.sqrt(edges[1:] * edges[:-1])
    with _plot(desk, (float(edges[0]), float(edges[-1])), (0.0, 1.08 * top), across=True, up=False) as seen:
        for number, colour in enumerate(_colours(desk) if seen else ()):
            implot.plot_shaded(
                f"##fill{number}", middles, counts[number], 0.0, _spec(desk, colour, 0.0, 0.25)
            )
            implot.plot_line(f"##line{number}", middles, counts[number], _spec(desk, colour, 2.0))


def _plot_rates(desk: Desk) -> None:
    """What the schedule made of the learning rate."""
    history = desk.session.history
    ticks, rates = np.array(history.ticks, np.float64), np.array(history.rates)
    span = _span(rates.ravel())
    faint(desk, "learning rate of the median ball, schedule included")
    with _plot(desk, (0.0, max(float(ticks[-1]), 60.0)), span) as seen:
        for number, colour in enumerate(_colours(desk) if seen else ()):
            line = np.maximum(rates[:, number], span[0])
            implot.plot_line(f"##{number}", ticks, line, _spec(desk, colour, 2.0))
    for number, swarm in enumerate(desk.session.world.swarms):
        told = f"learning rate of {swarm.optimizer.title} now"
        copy_on_click(desk, f"{rates[-1, number]:.6g}", told, swarm.optimizer.title)


def _plot_census(desk: Desk) -> None:
    """Balls in each valley, deepest first."""
    listed = desk.session.census[:BARS]
    faint(desk, "balls in each valley, deepest first" if listed else "no valleys on this ground")
    if not listed:
        return
    most = max(1, *(valley.balls for valley in listed))
    style, race = desk.style, len(desk.session.world.swarms) > 1
    draw, row = imgui.get_window_draw_list(), desk.px(14)
    for rank, valley in enumerate(listed):
        start, width = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail().x
        told = f"valley {rank + 1}: loss {shown_loss(valley.loss)}, {valley.balls:,} balls"
        if imgui.selectable(f"##bar{rank}", False, 0, (0, row))[0]:
            imgui.set_clipboard_text(str(valley.balls))
            desk.session.say(f"copied {valley.balls:,}")
        explain(f"{told}; a click copies the number")
        draw.add_text((start.x, start.y), style.faint, str(rank + 1))
        x, room = start.x + desk.px(20), width - desk.px(76)
        for number, balls in enumerate(valley.by_swarm):
            colour = style.teams[(number if race else rank) % len(style.teams)]
            wide = room * balls / most
            draw.add_rect_filled((x, start.y + desk.px(3)), (x + wide, start.y + desk.px(12)), colour)
            x += wide
        text = f"{valley.balls:,}"
        draw.add_text((start.x + width - imgui.calc_text_size(text).x, start.y), style.ink, text)


PLOTS: dict[str, Callable[[Desk], None]] = {
    "losses": _plot_losses,
    "histogram": _plot_histogram,
    "rates": _plot_rates,
    "census": _plot_census,
}
"""By the name of their table."""


@contextmanager
def _plot(desk: Desk, xs: Span, ys: Span, *, across: bool = False, up: bool = True) -> Iterator[bool]:
    """Axes within these limits, in decades across and up as wanted."""
    plain = implot.AxisFlags_.no_menus | implot.AxisFlags_.no_highlight | implot.AxisFlags_.no_side_switch
    flags = implot.Flags_.canvas_only | implot.Flags_.no_inputs
    imgui.push_font(desk.style.plain, round(desk.px(11)))
    style = implot.get_style()
    style.plot_min_size, style.plot_padding = imgui.ImVec2(10, 10), imgui.ImVec2(desk.px(4), desk.px(4))
    style.label_padding = imgui.ImVec2(desk.px(4), desk.px(2))
    seen = implot.begin_plot("##plot", imgui.ImVec2(-1, desk.px(HEIGHT)), flags)
    if seen:
        implot.setup_axes("", "", plain | implot.AxisFlags_.no_grid_lines, plain)
        for axis, (low, high), log in ((implot.ImAxis_.x1, xs, across), (implot.ImAxis_.y1, ys, up)):
            if log:
                ticks = nice_ticks(low, high)
                implot.setup_axis_scale(axis, implot.Scale_.log10)
                implot.setup_axis_ticks(axis, ticks, [f"{tick:g}" for tick in ticks])
        implot.setup_axes_limits(*xs, *ys, implot.Cond_.always)
    yield seen
    if seen:
        implot.end_plot()
    imgui.pop_font()


def _spec(desk: Desk, colour: str, weight: float, alpha: float = 1.0) -> implot.Spec:
    spec = implot.Spec()
    spec.line_color = imgui.ImVec4(*srgb(colour), alpha)
    spec.fill_color, spec.fill_alpha = imgui.ImVec4(*srgb(colour), 1.0), alpha
    spec.line_weight = weight * desk.style.scale
    return spec


def _colours(desk: Desk) -> list[str]:
    """Of each team; the ink, where there is only one."""
    count, teams = len(desk.session.world.swarms), desk.theme.teams
    return [teams[number % len(teams)] for number in range(count)] if count > 1 else [desk.theme.ink]


def _span(values: Floats) -> Span:
    """Limits of an axis in decades around those numbers that have a place on it."""
    shown = values[np.isfinite(values) & (values > 0)]
    high = 1.3 * float(shown.max()) if shown.size else 1.0
    low = max(float(shown.min()) / 1.3, high * 1e-9) if shown.size else 0.1
    return low, high if math.isfinite(high) and high >= 3 * low else 3 * low


def _write_tabbed(desk: Desk) -> str:
    head, rows = make_table(desk.session, desk.drafts.plot)
    text = io.StringIO()
    csv.writer(text, "excel-tab").writerows([head, *rows])
    return text.getvalue()
