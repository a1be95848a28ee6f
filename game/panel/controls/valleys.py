"""Valleys: a map of them, how deep they are, where, and who is in them."""

from imgui_bundle import imgui

from game.panel.controls.basins import draw_basins
from game.panel.controls.desk import Desk
from game.panel.controls.widgets import copy_cell, explain, faint, tell
from game.panel.style import ink_on
from game.scene.signs import shown_loss
from game.simulation.world import Valley

LISTED = 40
"""More would be no list any more."""
NOTHING = 1e-6
"""Share of the map's size."""
COLUMNS = ("", "loss", "x", "y", "balls")
_FLAGS = imgui.TableFlags_.sizing_stretch_same | imgui.TableFlags_.no_saved_settings


def draw_valleys(desk: Desk) -> None:
    """The map, and a row for each valley, deepest first; a click on its disc looks at it, one on a number copies it."""
    draw_basins(desk)
    listed = desk.session.census[:LISTED]
    if not listed:
        faint(desk, "no valleys on this ground")
        return
    race = len(desk.session.world.swarms) > 1
    if not imgui.begin_table("valleys", len(COLUMNS) + race, _FLAGS):
        return
    imgui.table_setup_column("", imgui.TableColumnFlags_.width_fixed, desk.px(20))
    for name in (*COLUMNS[1:], *("teams",) * race):
        imgui.table_setup_column(name, imgui.TableColumnFlags_.width_stretch)
    for name in (*COLUMNS, *("teams",) * race):
        imgui.table_next_column()
        faint(desk, name)
    for rank, valley in enumerate(listed):
        imgui.table_next_row()
        _draw_valley(desk, rank, valley, race=race)
    imgui.end_table()
    if len(desk.session.census) > LISTED:
        faint(desk, f"and {len(desk.session.census) - LISTED:,} more")


def _draw_valley(desk: Desk, rank: int, valley: Valley, *, race: bool) -> None:
    style = desk.style
    imgui.table_next_column()
    start = imgui.get_cursor_screen_pos()
    if imgui.selectable(f"##{rank}", False)[0]:
        desk.session.submit(f"valley.look {rank + 1}")
    explain(tell("valley.look 1"))
    colour = style.chip if race else style.teams[rank % len(style.teams)]
    draw, middle = imgui.get_window_draw_list(), (start.x + desk.px(9), start.y + desk.px(7))
    draw.add_circle_filled(middle, desk.px(8), colour)
    text = str(rank + 1)
    draw.add_text((middle[0] - imgui.calc_text_size(text).x / 2, start.y), ink_on(colour), text)
    extent = desk.session.world.landscape.extent
    for name, shown, number in (
        ("loss", shown_loss(valley.loss), valley.loss),
        ("x", _tell_place(valley.x, extent), valley.x),
        ("y", _tell_place(valley.y, extent), valley.y),
        ("balls", f"{valley.balls:,}", valley.balls),
    ):
        imgui.table_next_column()
        copy_cell(desk, shown, number, f"{name} of valley {rank + 1}", f"{name} {rank}")
    if race:
        imgui.table_next_column()
        _draw_shares(desk, valley)


def _tell_place(place: float, extent: float) -> str:
    """In so many digits as tell it apart; next to nothing, as seen on the map, is nothing."""
    return f"{place if abs(place) > NOTHING * extent else 0.0:.3g}"


def _draw_shares(desk: Desk, valley: Valley) -> None:
    """How much of each team is in the valley, side by side."""
    start, width = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail().x
    draw, x = imgui.get_window_draw_list(), start.x
    for number, balls in enumerate(valley.by_swarm):
        wide = width * balls / max(valley.balls, 1)
        colour = desk.style.teams[number % len(desk.style.teams)]
        draw.add_rect_filled((x, start.y + desk.px(4)), (x + wide, start.y + desk.px(11)), colour)
        x += wide
    imgui.dummy((width, desk.px(14)))
