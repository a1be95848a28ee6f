"""A team's schedule: which, its parameters, and the curve that they make."""

import dataclasses
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from imgui_bundle import imgui

from game.panel.controls.desk import Desk
from game.panel.controls.scales import scale_of_parameter
from game.panel.controls.widgets import choose, explain, label, slide, tell
from game.simulation import SCHEDULES, Swarm
from game.simulation.schedules import WARM_UP, Parameter, Plan, parse_schedule

CURVE = 44.0
"""Height of a schedule's drawing, reference pixels."""
AHEAD = 1000
"""Steps of a schedule that are drawn at least."""
LENGTHS = ("step_size", "t_max", "t_0", "total_steps", "total_iters")
"""Parameters that say after how many steps something has happened."""
POINTS = 120


class Trace(NamedTuple):
    """A schedule as it is drawn.

    Attributes:
        steps: how many there are.
        heights: of the curve at evenly spaced steps, shares of the highest ``(POINTS,)``.
    """

    steps: int
    heights: npt.NDArray[np.float64]


def draw_schedule(desk: Desk, number: int, swarm: Swarm) -> None:
    """A list of all schedules, a slider for each parameter of the chosen one, and its curve."""
    plan = swarm.schedule
    names = ((row.name, row.about) for row in SCHEDULES)
    if name := choose(desk, "schedule", plan.name, names, tell("team.schedule 1 step")):
        desk.session.submit(f"team.schedule {number} {name}")
    imgui.push_id("schedule")
    for row in _list_parameters(plan):
        _draw_parameter(desk, number, plan, row)
    imgui.pop_id()
    if not plan.is_constant:
        _draw_curve(desk, swarm)


def _list_parameters(plan: Plan) -> list[Parameter]:
    """Those that matter: from where a warm-up starts does not, if there is none."""
    start = WARM_UP[1]
    return [row for row in plan.schedule.parameters if row != start or plan.values["warmup"]]


def _draw_parameter(desk: Desk, number: int, plan: Plan, row: Parameter) -> None:
    value = plan.values[row.name]
    told = f"{row.about}; a double click sets {row.default:g}; the schedule starts anew"
    chosen = slide(
        desk, row.name, value, scale_of_parameter(row), f"{value:.4g}", tell("team.schedule 1 step", told)
    )
    if imgui.is_item_hovered() and imgui.is_mouse_double_clicked(0):
        chosen = row.default
    if chosen is not None:
        changed = dataclasses.replace(plan, values={**plan.values, row.name: chosen})
        desk.session.submit(f"team.schedule {number} {changed.spec}")


def _draw_curve(desk: Desk, swarm: Swarm) -> None:
    """The factor of the rate over the steps since the schedule began, and where the team is."""
    label(desk, "")
    start, width, height = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail().x, desk.px(CURVE)
    imgui.dummy((width, height))
    trace = _trace(swarm.schedule.spec)
    explain(f"{swarm.schedule.spec}, {trace.steps:,} steps\n{swarm.schedule.schedule.about}")
    draw, pad = imgui.get_window_draw_list(), desk.px(3)
    frame = imgui.get_color_u32(imgui.Col_.frame_bg)
    draw.add_rect_filled(start, (start.x + width, start.y + height), frame, desk.px(4))
    xs = np.linspace(start.x + pad, start.x + width - pad, POINTS)
    ys = start.y + height - pad - (height - 2 * pad) * trace.heights
    points: list[imgui.ImVec2Like] = [*zip(xs.tolist(), ys.tolist(), strict=True)]
    # By name: between releases of Dear ImGui the two have changed places.
    draw.add_polyline(points, desk.style.ink, thickness=desk.px(1.5), flags=0)
    done = min(swarm.schedule_age / trace.steps, 1.0)
    draw.add_circle_filled(points[round(done * (POINTS - 1))], desk.px(3.5), desk.style.accent)


@lru_cache(maxsize=32)
def _trace(spec: str) -> Trace:
    """As many steps as the parameters speak of, and some more."""
    plan = parse_schedule(spec)
    longest = max((plan.values[name] for name in LENGTHS if name in plan.values), default=0)
    steps = max(AHEAD, int(1.25 * (longest + plan.warmup)))
    factors = np.array([plan.factor(int(step)) for step in np.linspace(0, steps, POINTS)])
    return Trace(steps, factors / max(float(factors.max()), 1e-9))
