"""What the panel says, one function a card; each returns where the next one may begin."""

import math

import numpy as np
from imgui_bundle import imgui, implot

from game.keymap import gamepad_rows, help_rows
from game.panel.pen import Pen, shorten
from game.panel.style import COLUMN, ink_on
from game.scene.signs import LABELLED_VALLEYS, Label, shown_loss
from game.scene.theme import Theme, srgb
from game.session import TICKS_PER_SECOND, Session
from game.simulation import Swarm
from game.simulation.teams import title_of

PAD = 14.0
CHIP = 9.0
"""Radius of the disc of a valley."""
SHOWN_SETTINGS = (
    "momentum",
    "nesterov",
    "beta1",
    "alpha",
    "friction",
    "weight_decay",
    "maximize",
    "clip_value",
    "clip_norm",
    "sam",
)
"""Of an optimizer's hyper-parameters, those that fit on a line; the rest matter less."""
LOSS_HEIGHT = 142.0
HINT_S = 12.0
HELP_ASPECT = 1.4
"""Windows that are wider than so many times their height have room for two columns of help."""


def draw_title(pen: Pen, session: Session, left: float, top: float) -> float:
    """The landscape, and what there is to see on it."""
    landscape = session.world.landscape
    width = COLUMN - 2 * PAD
    about = " ".join((landscape.about, *landscape.notes))
    height = 45 + pen.height(about, 12.5, width) + PAD
    pen.sheet(left, top, COLUMN, height)
    # A formula may be longer than any name.
    size = min(24.0, max(13.0, 24.0 * width / max(pen.width(landscape.title, 24, strong=True), 1.0)))
    pen.text(left + PAD, top + 10, shorten(pen, landscape.title, 1.08 * size, width), size, strong=True)
    pen.text(left + PAD, top + 45, about, 12.5, pen.style.faint, wrap=width)
    return top + height + 8


def draw_run(pen: Pen, session: Session, left: float, top: float) -> float:
    """The optimizer with its learning rate, steps, and what became of the balls."""
    (swarm,) = session.world.swarms
    height = 44.0 + progress_height(session)
    pen.sheet(left, top, COLUMN, height)
    start, right = left + PAD, left + COLUMN - PAD
    y = top + 10
    pen.text(start, y, title_of(swarm), 17, strong=True)
    if swarm.optimizer.has_rate:
        pen.text(right, y, f"lr {tell_rate(swarm)}", 17, pen.style.accent, strong=True, align=1)
    pen.text(start, y + 19, shorten(pen, tell_settings(swarm), 11.5, right - start), 11.5, pen.style.faint)
    draw_progress(pen, session, left, y + 34)
    return top + height + 8


def progress_height(session: Session) -> float:
    """Of what ``draw_progress`` draws."""
    counts = session.counts
    height = 66.0 if counts["diverged"] or counts["waiting"] else 48.0
    return height + 18 * bool(_tell_whole(session))


def draw_progress(pen: Pen, session: Session, left: float, y: float) -> None:
    """Steps, and what became of the balls: the lower part of a card."""
    counts, bottom = session.counts, y + progress_height(session)
    left, right = left + PAD, left + COLUMN - PAD
    pace = "paused" if session.paused else f"{TICKS_PER_SECOND * session.speed:g} a second"
    pen.text(left, y + 3, f"step {session.world.tick:,}", 13)
    pen.text(right, y + 3, pace, 13, pen.style.accent if session.paused else pen.style.faint, align=1)
    pen.text(left, y + 22, f"{counts['rolling']:,} rolling", 13)
    pen.text(left + 108, y + 22, f"{counts['settled']:,} settled", 13)
    escaped = pen.style.accent if counts["escaped"] else pen.style.faint
    pen.text(right, y + 22, f"{counts['escaped']:,} escaped", 13, escaped, align=1)
    if counts["waiting"]:
        pen.text(left, y + 40, f"{counts['waiting']:,} waiting", 13)
    if counts["diverged"]:
        pen.text(right, y + 40, f"{counts['diverged']:,} diverged", 13, pen.style.accent, align=1)
    pen.text(left, bottom - 25, _tell_whole(session), 12.5, pen.style.faint)


def _tell_whole(session: Session) -> str:
    """What whole networks are, and how much of their way the map shows."""
    if not session.world.whole:
        return ""
    if session.explained is None:
        return "whole networks, on the map's plane"
    return f"whole networks: the map shows {session.explained:.0%} of their way"


def draw_selected(pen: Pen, x: float, y: float) -> None:
    """A ring around the ball that is looked into."""
    pen.ring(x, y, 11, pen.style.sheet, 4)
    pen.ring(x, y, 11, pen.style.ink, 2)


def draw_loss(pen: Pen, session: Session, theme: Theme, left: float, top: float) -> float:
    """The median loss of each team over the steps, above the deepest point there is, on a log axis."""
    height = LOSS_HEIGHT
    pen.sheet(left, top, COLUMN, height)
    pen.text(left + PAD, top + 9, "median loss above the lowest point", 12.5, pen.style.faint)
    s = pen.style.scale
    imgui.set_next_window_pos(((left + 4) * s, (top + 24) * s))
    imgui.set_next_window_size(((COLUMN - 10) * s, (height - 28) * s))
    flags = (
        imgui.WindowFlags_.no_decoration
        | imgui.WindowFlags_.no_inputs
        | imgui.WindowFlags_.no_saved_settings
        | imgui.WindowFlags_.no_background
        | imgui.WindowFlags_.no_bring_to_front_on_focus
    )
    imgui.begin("loss", None, flags)
    imgui.push_font(pen.style.plain, round(11 * s))
    curves = session.history.curves
    ticks, above = curves.ticks, curves.medians - session.lowest
    finite = above[np.isfinite(above) & (above > 0)]
    line = session.finish.loss - session.lowest if session.finish else 0.0
    if finite.size and line > 0:
        finite = np.append(finite, line)
    high = 1.3 * float(finite.max()) if finite.size else 1.0
    low = max(float(finite.min()) / 1.3, high * 1e-9) if finite.size else 0.1
    high = max(high, 10 * low)
    implot.get_style().plot_min_size = imgui.ImVec2(10, 10)
    implot.get_style().plot_padding = imgui.ImVec2(6 * s, 4 * s)
    implot.get_style().label_padding = imgui.ImVec2(4 * s, 2 * s)
    plain = implot.AxisFlags_.no_menus | implot.AxisFlags_.no_highlight | implot.AxisFlags_.no_side_switch
    if implot.begin_plot("##loss", imgui.ImVec2(-1, -1), implot.Flags_.canvas_only | implot.Flags_.no_inputs):
        implot.setup_axes("", "", plain | implot.AxisFlags_.no_grid_lines, plain)
        implot.setup_axis_scale(implot.ImAxis_.y1, implot.Scale_.log10)
        ticks_y = nice_ticks(low, high)
        implot.setup_axis_ticks(implot.ImAxis_.y1, ticks_y, [f"{tick:g}" for tick in ticks_y])
        implot.setup_axes_limits(0, max(float(ticks[-1]), 60.0), low, high, implot.Cond_.always)
        race = above.shape[1] > 1
        if line > 0:
            across = implot.Spec()
            across.line_color = imgui.ImVec4(*srgb(theme.ink), 0.8)
            across.line_weight = 1.2 * s
            across.flags = implot.InfLinesFlags_.horizontal
            implot.plot_inf_lines("##finish", np.array([line]), across)
        for number in range(above.shape[1]):
            colour = theme.teams[number % len(theme.teams)] if race else theme.ink
            outlined = race and theme.outline
            for shade, weight in ((theme.ink, 3.6), (colour, 2.0)) if outlined else ((colour, 2.0),):
                spec = implot.Spec()
                spec.line_color = imgui.ImVec4(*srgb(shade), 1.0)
                spec.line_weight = weight * s
                implot.plot_line(f"##{number}", ticks, np.maximum(above[:, number], low), spec)
        implot.end_plot()
    imgui.pop_font()
    imgui.end()
    return top + height + 8


def draw_valleys(pen: Pen, session: Session, left: float, top: float) -> float:
    """The deepest valleys and how many balls each holds."""
    listed = session.census[:LABELLED_VALLEYS]
    if not listed:
        return top
    height = 36.0 + 21 * len(listed)
    pen.sheet(left, top, COLUMN, height)
    left, right = left + PAD, left + COLUMN - PAD
    pen.text(left, top + 9, "deepest valleys", 12.5, pen.style.faint)
    pen.text(left + 118, top + 9, "loss", 12.5, pen.style.faint, align=1)
    pen.text(right, top + 9, "balls", 12.5, pen.style.faint, align=1)
    most = max(1, *(valley.balls for valley in listed))
    y = top + 31
    for rank, valley in enumerate(listed):
        draw_chip(pen, left + 7, y + 7, rank, _chip_colour(pen, session, rank))
        pen.text(left + 118, y, shown_loss(valley.loss), 13, align=1)
        start, room = left + 128, right - 50 - (left + 128)
        pen.box(start, y + 4, room, 7, pen.style.sheet)
        pen.box(start - 1, y + 3, room * valley.balls / most + 2, 9, pen.style.edge)
        race = len(valley.by_swarm) > 1
        for number, balls in enumerate(valley.by_swarm):
            colour = pen.style.teams[(number if race else rank) % len(pen.style.teams)]
            pen.box(start, y + 4, room * balls / most, 7, colour)
            start += room * balls / most
        pen.text(right, y, f"{valley.balls:,}", 13, align=1)
        y += 21
    return top + height + 8


def draw_chip(pen: Pen, x: float, y: float, rank: int, colour: int) -> None:
    """A numbered disc for a valley; the list and the ground carry the same ones."""
    pen.disc(x, y, CHIP, pen.style.edge)
    pen.disc(x, y, CHIP - 1, colour)
    pen.text(x, y - 7, str(rank + 1), 12, ink_on(colour), strong=True, align=0.5)


def draw_labels(pen: Pen, session: Session, labels: tuple[Label, ...]) -> None:
    """Chips over the deepest valleys, and the depth of the deepest known minimum over its beacon."""
    s = pen.style.scale
    for label in labels:
        x, y = label.x / s, label.y / s
        if label.rank is not None:
            draw_chip(pen, x, y, label.rank, _chip_colour(pen, session, label.rank))
            continue
        width = label_width(pen, label)
        pen.box(x - width / 2, y - 24, width, 21, pen.style.sheet, 6)
        pen.text(x, y - 21, label.text, 12.5, strong=True, align=0.5)


def label_width(pen: Pen, label: Label) -> float:
    """Of what ``draw_labels`` draws for it."""
    return 2 * CHIP if label.rank is not None else pen.width(label.text, 12.5, strong=True) + 16


def draw_message(pen: Pen, session: Session, size: tuple[float, float]) -> None:
    """What was just done or went wrong; before anything was, who plays is told where to find help."""
    if session.message:
        width, height = _measure_paragraph(pen, session.message, 15, size[0] - 72)
        left, top = (size[0] - width) / 2, size[1] - 28 - height
        pen.box(left - 16, top - 8, width + 32, height + 16, pen.style.sheet, 17)
        pen.text(left, top, session.message, 15, wrap=width)
    elif (
        session.view.playing
        and session.clock_s < HINT_S
        and not (session.view.tour or session.view.recording)
    ):
        hint = "1 to 9: optimizer     up, down: learning rate     space: pause     n: landscape     h: help"
        width, height = _measure_paragraph(pen, hint, 13, size[0] - 72)
        pen.text((size[0] - width) / 2, size[1] - 18 - height, hint, 13, pen.style.faint, wrap=width)


def _measure_paragraph(pen: Pen, text: str, size: float, room: float) -> tuple[float, float]:
    """Width and height of a text in one line, or in several where it is wider than the room."""
    width = min(pen.width(text, size) + 1, room)
    return width, pen.height(text, size, width)


def draw_help(pen: Pen, session: Session, size: tuple[float, float]) -> None:
    """All keys, from the same table as the README's; in two columns where the window is wide."""
    rows = help_rows(session.view.keys)
    if session.view.gamepad:
        rows += gamepad_rows(session.view.buttons)
    columns = 2 if size[0] > HELP_ASPECT * size[1] else 1
    lines = -(-len(rows) // columns)
    column = min(560.0, (size[0] - 20) / columns)
    line = min(21.0, (size[1] - 100) / lines)
    text = min(14.0, line * 0.68, 14.0 * column / 560.0)
    width, height = columns * column, line * lines + 64
    left, top = (size[0] - width) / 2, (size[1] - height) / 2
    for _ in range(3):
        pen.sheet(left, top, width, height)
    pen.text(left + 26, top + 16, "Keys", 20, strong=True)
    for number, row in enumerate(rows):
        x, y = left + number // lines * column, top + 50 + number % lines * line
        pen.text(x + 0.41 * column, y, row.keys, text, pen.style.accent, strong=True, align=1)
        pen.text(x + 0.45 * column, y, row.about, text)


def _chip_colour(pen: Pen, session: Session, rank: int) -> int:
    """What balls released in a valley wear; in a race colours belong to the teams, and valleys have none."""
    race = len(session.world.swarms) > 1
    return pen.style.chip if race else pen.style.teams[rank % len(pen.style.teams)]


def nice_ticks(low: float, high: float) -> list[float]:
    """Three to five round numbers between two, for a log axis."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1,), (1, 3), (1, 2, 5), range(1, 10), np.arange(1, 10, 0.25), np.arange(1, 10, 0.05)):
        ticks = [float(step) * 10.0**decade for decade in decades for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= 3:
            return inside[:: -(-len(inside) // 5)]
    return []


def tell_settings(swarm: Swarm) -> str:
    """What is set that matters most; where nothing is, the formula."""
    parts = [] if swarm.schedule.is_constant else [swarm.schedule.name]
    for name in SHOWN_SETTINGS:
        value = swarm.settings.get(name)
        if isinstance(value, bool):
            parts += [name] if value else []
        elif value:
            parts.append(f"{name.replace('_', ' ')} {value:g}")
    if swarm.batch_size:
        parts.append(f"batch {swarm.batch_size}")
    if swarm.noise:
        parts.append(f"noise {swarm.noise:g}")
    if swarm.border.bring:
        parts.append(f"border {swarm.border.name}")
    return "   ".join(parts) or swarm.optimizer.formula


def tell_rate(swarm: Swarm) -> str:
    """What the next step uses; of a sweep, from where to where."""
    rate, rates = swarm.effective_lr, swarm.rates
    if not rates.swept:
        return f"{rate:.3g}"
    return "..".join(f"{rate * end / rates.median:.1g}" for end in (rates.low, rates.high))
