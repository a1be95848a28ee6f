"""Plots: one at a time, with its numbers to copy and to save."""

import csv
import io
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from imgui_bundle import imgui, implot

from game.commands.tables import TABLES, count_losses, make_table
from game.panel.controls.axes import Floats, Span, draw_axes, find_span, list_colours, pencil
from game.panel.controls.desk import Desk
from game.panel.controls.sweep import plot_sweep
from game.panel.controls.widgets import copy_on_click, explain, faint, press, send, share_width
from game.scene.signs import shown_loss
from game.session import Session

BARS = 12
"""Valleys in the census at most."""


class Lines(NamedTuple):
    """Curves as they are drawn.

    Attributes:
        span: limits of the axis upwards.
        teams: of each team an array ``(curves, n)``.
    """

    span: Span
    teams: list[Floats]


def draw_plots(desk: Desk) -> None:
    """Which plot, the plot, and what can be done with its numbers."""
    _draw_names(desk)
    PLOTS[desk.drafts.plot](desk)
    width = share_width(2)
    if press("copy", "copy the numbers as a table, to be pasted into a sheet", width):
        imgui.set_clipboard_text(_write_tabbed(desk))
        desk.session.say(f"copied the numbers of {desk.drafts.plot}")
    imgui.same_line()
    send(desk, "save CSV", f"plot.save {desk.drafts.plot}", width)


def _draw_names(desk: Desk) -> None:
    """The names of all plots on one line."""
    widths = [imgui.calc_text_size(table.name).x for table in TABLES]
    room = imgui.get_content_region_avail().x - sum(widths)
    for place, (table, width) in enumerate(zip(TABLES, widths, strict=True)):
        if place:
            imgui.same_line(0, room / (len(TABLES) - 1))
        chosen = table.name == desk.drafts.plot
        imgui.push_style_color(imgui.Col_.text, desk.style.accent if chosen else desk.style.faint)
        if imgui.selectable(table.name, False, 0, (width, 0))[0]:
            desk.drafts.plot = table.name
        imgui.pop_style_color()
        explain(table.about)


def _plot_losses(desk: Desk) -> None:
    """Median over the band between the quartiles, and the best ball as a thin line, above the lowest loss."""
    session = desk.session
    curves = session.history.curves
    lines = desk.kept.find("losses", (curves, session.census), lambda: _lay_losses(session))
    faint(desk, "median, quartiles and best, above the lowest point")
    with draw_axes(desk, _across(curves.ticks), lines.span) as seen:
        for number, colour in enumerate(list_colours(desk) if seen else ()):
            low, high, middle, best = lines.teams[number]
            implot.plot_shaded(f"##band{number}", curves.ticks, low, high, pencil(desk, colour, 0.0, 0.22))
            implot.plot_line(f"##best{number}", curves.ticks, best, pencil(desk, colour, 1.0, 0.7))
            implot.plot_line(f"##median{number}", curves.ticks, middle, pencil(desk, colour, 2.0))
    for number, swarm in enumerate(session.world.swarms):
        last, title = float(curves.medians[-1, number]), swarm.optimizer.title
        told = "lost" if math.isnan(last) else f"{last:.6g}"
        copy_on_click(desk, told, f"median loss of {title} now; lost balls are above all others", title)


def _lay_losses(session: Session) -> Lines:
    """Lower and upper quartile, median and best of each team; a gap where it is lost, but the band goes off the top."""
    curves, lowest = session.history.curves, session.lowest
    low, high = np.moveaxis(curves.quartiles, 1, 0) - lowest
    middle, best = curves.medians - lowest, curves.bests - lowest
    span = find_span(np.stack([low, high, middle, best]))
    high = np.where(np.isnan(high), 2 * span[1], high)
    # What has no place on the axis lies at its lower end.
    lines = np.maximum(np.stack([low, high, middle, best]), span[0])
    return Lines(span, [np.ascontiguousarray(lines[..., number]) for number in range(low.shape[1])])


def _plot_histogram(desk: Desk) -> None:
    """The share of each team that has about a loss."""
    session = desk.session
    sources = session.history.curves, session.census
    edges, counts = desk.kept.find("histogram", sources, lambda: count_losses(session))
    lost = 1 - counts.sum() / len(counts)
    faint(
        desk,
        "share of the balls by loss above the lowest" + (f", {lost:.0%} lost" if lost > 5e-3 else ""),
    )
    top = max(float(counts.max()), 1e-3)
    middles = np.sqrt(edges[1:] * edges[:-1])
    with draw_axes(
        desk, (float(edges[0]), float(edges[-1])), (0.0, 1.08 * top), across=True, up=False
    ) as seen:
        for number, colour in enumerate(list_colours(desk) if seen else ()):
            implot.plot_shaded(
                f"##fill{number}", middles, counts[number], 0.0, pencil(desk, colour, 0.0, 0.25)
            )
            implot.plot_line(f"##line{number}", middles, counts[number], pencil(desk, colour, 2.0))


def _plot_rates(desk: Desk) -> None:
    """What the schedule made of the learning rate."""
    session = desk.session
    curves = session.history.curves
    lines = desk.kept.find("rates", (curves,), lambda: _lay_rates(session))
    faint(desk, "learning rate of the median ball, schedule included")
    with draw_axes(desk, _across(curves.ticks), lines.span) as seen:
        for number, colour in enumerate(list_colours(desk) if seen else ()):
            implot.plot_line(f"##{number}", curves.ticks, lines.teams[number][0], pencil(desk, colour, 2.0))
    for number, swarm in enumerate(session.world.swarms):
        told = f"learning rate of {swarm.optimizer.title} now"
        copy_on_click(desk, f"{curves.rates[-1, number]:.6g}", told, swarm.optimizer.title)


def _lay_rates(session: Session) -> Lines:
    rates = session.history.curves.rates
    span = find_span(rates)
    return Lines(span, [np.maximum(rates[:, number], span[0])[None] for number in range(rates.shape[1])])


def _across(ticks: Floats) -> Span:
    """Limits of the axis of steps."""
    return 0.0, max(float(ticks[-1]), 60.0)


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
    "sweep": plot_sweep,
    "census": _plot_census,
}
"""By the name of their table."""


def _write_tabbed(desk: Desk) -> str:
    head, rows = make_table(desk.session, desk.drafts.plot)
    text = io.StringIO()
    csv.writer(text, "excel-tab").writerows([head, *rows])
    return text.getvalue()
