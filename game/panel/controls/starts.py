"""Starts: from where balls are released, and the numbers that this takes."""

from imgui_bundle import imgui

from game.panel.controls.desk import Desk
from game.panel.controls.scales import Scale, decades, linear
from game.panel.controls.widgets import choose, slide, tell
from game.simulation import STARTS
from landscapes.landscape import Domain

FIRST_PLACE = 0.25
"""Share of the map, along both axes, at which a start round a point begins: the middle is often the lowest."""
WIDEST, NARROWEST = 0.5, 1e-3
"""Of a cloud, shares of the map's size."""
ABOUTS = {
    "x": "where the middle of them is, across",
    "y": "where the middle of them is, up",
    "sd": "how far they spread",
}


def draw_starts(desk: Desk) -> None:
    """A list of all starts, and a slider for each number of the one that is chosen."""
    session = desk.session
    domain = session.world.landscape.domain
    current, _, numbers = session.experiment.start.partition(":")
    rows = {row.name.partition(":")[0]: row for row in STARTS}
    names = ((name, row.about) for name, row in rows.items())
    if chosen := choose(
        desk, "start", current, names, tell("balls.start grid", "release again from elsewhere")
    ):
        wanted = _list_numbers(rows[chosen].name)
        session.submit(_write(chosen, [_usual(name, domain) for name in wanted]))
    if current not in rows or not numbers:
        return
    values = [float(number) for number in numbers.split(",")]
    imgui.push_id("start")
    for place, (name, value) in enumerate(zip(_list_numbers(rows[current].name), values, strict=True)):
        told = tell("balls.start grid", ABOUTS[name])
        changed = slide(desk, name, value, _scale(name, domain), f"{value:.3g}", told)
        if changed is not None:
            session.submit(_write(current, [*values[:place], changed, *values[place + 1 :]]))
    imgui.pop_id()


def _list_numbers(name: str) -> list[str]:
    """What a row of the table takes: of ``point:x,y`` x and y."""
    _, _, numbers = name.partition(":")
    return numbers.split(",") if numbers else []


def _write(name: str, values: list[float]) -> str:
    numbers = ",".join(f"{value:g}" for value in values)
    return f"balls.start {name}:{numbers}" if values else f"balls.start {name}"


def _scale(name: str, domain: Domain) -> Scale:
    x_min, x_max, y_min, y_max = domain
    extent = max(x_max - x_min, y_max - y_min)
    ends = {"x": (x_min, x_max), "y": (y_min, y_max)}
    return linear(*ends[name]) if name in ends else decades(NARROWEST * extent, WIDEST * extent)


def _usual(name: str, domain: Domain) -> float:
    return _scale(name, domain).value(FIRST_PLACE if name != "sd" else 2 * FIRST_PLACE)
