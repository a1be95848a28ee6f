"""Swarms: who rolls, and every knob of the one that is chosen."""

from imgui_bundle import imgui

from game.panel.controls.desk import Desk
from game.panel.controls.scales import NOISE, Scale, rates_around, scale_of
from game.panel.controls.schedules import draw_schedule
from game.panel.controls.widgets import choose, explain, press, send, share_width, slide, switch, tell
from game.session import BATCHES
from game.simulation import BORDERS, OPTIMIZERS, SPACES, Swarm
from game.simulation.optimizers import Hyper
from game.simulation.optimizers.method import COMMON
from game.simulation.swarm import default_rate

RACE = (("fair rates", "race.fair"), ("again", "race.replay"), ("finish", "race.photo"))
"""What can be done with several teams."""


def draw_swarms(desk: Desk) -> None:
    """The teams, and the knobs of one of them."""
    swarms = desk.session.world.swarms
    desk.drafts.team = min(desk.drafts.team, len(swarms) - 1)
    for number, swarm in enumerate(swarms):
        _draw_team(desk, number, swarm, race=len(swarms) > 1)
    _draw_buttons(desk)
    # A team that was just added plays from the next frame on.
    team = min(desk.drafts.team, len(swarms) - 1)
    imgui.push_id(team)
    _draw_knobs(desk, team + 1, swarms[team])
    imgui.pop_id()


def _draw_team(desk: Desk, number: int, swarm: Swarm, *, race: bool) -> None:
    """A line of the list: colour, name and rate."""
    start = imgui.get_cursor_screen_pos()
    height = desk.px(22)
    chosen = number == desk.drafts.team
    if imgui.selectable(f"##team{number}", race and chosen, 0, (0, height))[0]:
        desk.drafts.team = number
    explain(f"{swarm.optimizer.about}\n{swarm.optimizer.formula}")
    draw, x, y = imgui.get_window_draw_list(), start.x + desk.px(5), start.y + desk.px(3)
    if race:
        middle = (x + desk.px(5), start.y + height / 2)
        draw.add_circle_filled(middle, desk.px(6), desk.style.edge)
        draw.add_circle_filled(middle, desk.px(5), desk.style.teams[number % len(desk.style.teams)])
        x += desk.px(18)
    imgui.push_font(desk.style.strong, desk.px(14))
    draw.add_text((x, y), desk.style.ink, swarm.optimizer.title)
    imgui.pop_font()
    if swarm.optimizer.has_rate:
        rate = f"lr {swarm.rates.median:.3g}"
        right = start.x + imgui.get_content_region_avail().x - imgui.calc_text_size(rate).x - desk.px(5)
        draw.add_text((right, y), desk.style.faint, rate)


def _draw_buttons(desk: Desk) -> None:
    number, width = desk.drafts.team + 1, share_width(3)
    if press("add", tell("team.add sgd"), width):
        imgui.open_popup("newcomer")
    if imgui.begin_popup("newcomer"):
        for row in OPTIMIZERS:
            if imgui.selectable(row.title, False)[0]:
                desk.session.submit(f"team.add {row.name}")
                desk.drafts.team = len(desk.session.world.swarms)
            explain(row.about)
        imgui.end_popup()
    imgui.same_line()
    send(desk, "duplicate", f"team.duplicate {number}", width)
    imgui.same_line()
    imgui.begin_disabled(len(desk.session.world.swarms) == 1)
    send(desk, "remove", f"team.remove {number}", width)
    imgui.end_disabled()
    if len(desk.session.world.swarms) > 1:
        for place, (name, line) in enumerate(RACE):
            if place:
                imgui.same_line()
            send(desk, name, line, width)
    landscape, current = desk.session.world.landscape, desk.session.experiment.space
    if landscape.weights is not None:
        rows = ((row.name, row.about) for row in SPACES)
        if space := choose(desk, "space", current, rows, tell("space.set map")):
            desk.session.submit(f"space.set {space}")


def _draw_knobs(desk: Desk, number: int, swarm: Swarm) -> None:
    submit = desk.session.submit
    rows = ((row.name, f"{row.about}\n{row.formula}") for row in OPTIMIZERS)
    if name := choose(desk, "optimizer", swarm.optimizer.name, rows, tell("team.optimizer 1 sgd")):
        submit(f"team.optimizer {number} {name}")
    if swarm.optimizer.has_rate:
        _draw_rate(desk, number, swarm)
    for row in swarm.optimizer.hyper:
        _draw_hyper(desk, number, swarm, row)
    draw_schedule(desk, number, swarm)
    _draw_batch(desk, number, swarm)
    told = tell("team.noise 1 0", "noise added to the gradient, in units of the typical one")
    noise = slide(desk, "noise", swarm.noise, NOISE, f"{swarm.noise:g}" if swarm.noise else "none", told)
    if noise is not None:
        submit(f"team.noise {number} {noise:g}")
    borders = ((row.name, row.about) for row in BORDERS)
    if name := choose(desk, "border", swarm.border.name, borders, tell("team.border 1 mark")):
        submit(f"team.border {number} {name}")
    if not swarm.optimizer.draws:
        _draw_common(desk, number, swarm)


def _draw_common(desk: Desk, number: int, swarm: Swarm) -> None:
    """What can be set for every method that follows the gradient, folded."""
    unfolded = imgui.tree_node_ex("for every method", imgui.TreeNodeFlags_.no_tree_push_on_open)
    explain("shorter gradients, and sharpness-aware steps")
    own = {row.name for row in swarm.optimizer.hyper}
    for row in COMMON if unfolded else ():
        if row.name not in own:
            _draw_hyper(desk, number, swarm, row)


def _draw_rate(desk: Desk, number: int, swarm: Swarm) -> None:
    rates = swarm.rates
    shown = f"{rates.low:.1g} to {rates.high:.1g}" if rates.swept else f"{rates.median:.3g}"
    usual = default_rate(swarm.space, swarm.optimizer)
    told = f"how long steps are; {usual:g} suits {swarm.optimizer.title} here, a double click sets it"
    scale = rates_around(usual)
    rate = slide(desk, "learning rate", rates.median, scale, shown, tell("team.lr 1 1", told))
    if imgui.is_item_hovered() and imgui.is_mouse_double_clicked(0):
        rate = usual
    if rate is not None:
        desk.session.submit(f"team.lr {number} {rate:g}")


def _draw_hyper(desk: Desk, number: int, swarm: Swarm, row: Hyper) -> None:
    value = swarm.settings[row.name]
    if isinstance(row.default, bool):
        told = tell(f"team.set 1 {row.name} 1", row.about)
        if switch(desk, row.name, on=bool(value), tip=told):
            desk.session.submit(f"team.set {number} {row.name} {str(not value).lower()}")
        return
    told = tell(f"team.set 1 {row.name} 1", f"{row.about}; a double click sets {row.default:g}")
    chosen = slide(desk, row.name, float(value), scale_of(row), f"{value:g}", told)
    if imgui.is_item_hovered() and imgui.is_mouse_double_clicked(0):
        chosen = float(row.default)
    if chosen is not None:
        desk.session.submit(f"team.set {number} {row.name} {chosen:g}")


def _draw_batch(desk: Desk, number: int, swarm: Swarm) -> None:
    data = desk.session.world.landscape.data
    ladder = [size for size in BATCHES if data is None or size < data.count]
    current = swarm.batch_size
    place = len(ladder) if current is None else sum(size < current for size in ladder)
    shown = "all samples" if current is None else f"{current}"
    scale = Scale(lambda value: value / len(ladder), lambda share: float(round(share * len(ladder))))
    what = "samples that each step sees" if data else "noise as if each step saw so many samples"
    chosen = slide(desk, "batch", float(place), scale, shown, tell("team.batch 1 all", what))
    if chosen is not None:
        size = "all" if chosen == len(ladder) else str(ladder[int(chosen)])
        desk.session.submit(f"team.batch {number} {size}")
