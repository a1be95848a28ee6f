"""Landscape: the catalogue with small pictures, a formula of one's own, how loss becomes height, the brush."""

import shlex
from functools import lru_cache

from imgui_bundle import imgui

import landscapes
from game.panel.controls.desk import Desk
from game.panel.controls.scales import decades
from game.panel.controls.widgets import choose, explain, faint, press, send, slide, switch, tell
from game.scene.relief import RELIEFS
from game.scene.terrain import shown_relief
from game.script.presets import PRESETS
from landscapes.sculpted import NARROWEST, WIDEST, SculptedField

LIST = 196.0
"""Height of the list, reference pixels."""
PICTURE = 26.0
ROW = 30.0


def draw_landscape(desk: Desk) -> None:
    """Search, choose or type."""
    session, drafts = desk.session, desk.drafts
    imgui.set_next_item_width(-1)
    _, drafts.search = imgui.input_text_with_hint("##search", "search", drafts.search)
    explain("words of a landscape's name, shelf or description")
    imgui.begin_child("catalogue", (0, desk.px(LIST)), imgui.ChildFlags_.nav_flattened)
    # Arrows go through the list, tab goes past it.
    imgui.push_item_flag(imgui.ItemFlags_.no_tab_stop, True)
    shelf = ""
    for entry in find_entries(drafts.search):
        if entry.shelf != shelf:
            shelf = entry.shelf
            faint(desk, shelf)
        _draw_entry(desk, entry)
    imgui.pop_item_flag()
    imgui.end_child()
    imgui.set_next_item_width(-desk.px(46))
    hint = "a formula of x and y, or a file"
    _, drafts.formula = imgui.input_text_with_hint("##formula", hint, drafts.formula)
    entered = imgui.is_item_deactivated_after_edit() and imgui.is_key_pressed(imgui.Key.enter)
    explain("such as x**2 + 3*sin(5*y); files may also be dropped on the window")
    imgui.same_line()
    if (press("go", tell("landscape.select bowl"), -1) or entered) and drafts.formula.strip():
        session.submit(f"landscape.select {shlex.quote(drafts.formula.strip())}")
    shown = shown_relief(session.world.landscape, session.view.relief)
    current = shown if session.view.relief != "auto" else f"auto ({shown})"
    rows = [("auto", "what suits the landscape"), *((name, "") for name in RELIEFS)]
    if name := choose(desk, "height", current, rows, tell("relief.select auto")):
        session.submit(f"relief.select {name}")
    _draw_brush(desk)
    lessons = ((name, name.replace("-", " ")) for name in PRESETS)
    chosen = session.view.script if session.view.script in PRESETS else "none"
    if name := choose(desk, "lesson", chosen, lessons, tell("preset.open x", "what to watch: a preset")):
        session.submit(f"preset.open {name}")


def _draw_brush(desk: Desk) -> None:
    """The brush, while it is held its width, and on ground that it has changed the way back."""
    session = desk.session
    view = session.view
    if switch(desk, "brush", on=view.brush, tip=tell("brush.toggle")):
        session.submit("brush.toggle")
    if view.brush:
        shown = f"{view.brush_radius:.0%} of the map"
        told = tell("brush.scale 1", "how wide the brush is; so does the wheel")
        radius = slide(desk, "brush width", view.brush_radius, decades(NARROWEST, WIDEST), shown, told)
        if radius is not None:
            session.submit(f"brush.scale {radius / view.brush_radius:.6g}")
    if isinstance(session.world.landscape.field, SculptedField):
        send(desk, "restore the ground", "ground.restore", -1)


@lru_cache(maxsize=8)
def find_entries(search: str) -> list[landscapes.Entry]:
    """The landscapes in which every word that is searched for occurs, in the catalogue's order."""
    words = search.lower().split()
    return [
        entry
        for entry in landscapes.entries()
        if all(word in f"{entry.name} {entry.title} {entry.shelf} {entry.about}".lower() for word in words)
    ]


def _draw_entry(desk: Desk, entry: landscapes.Entry) -> None:
    size = desk.px(ROW)
    start = imgui.get_cursor_screen_pos()
    near = (start.x, start.y - 2 * size), (start.x + 1, start.y + 3 * size)
    if not imgui.is_rect_visible(*near):
        # Its place is kept; what nobody sees, and no arrow key goes to next, costs nothing.
        imgui.dummy((0, size))
        return
    here = entry.name == desk.session.world.landscape.name.partition(":")[0]
    if imgui.selectable(f"##{entry.name}", here, 0, (0, size))[0]:
        desk.session.submit(f"landscape.select {entry.name}")
    explain(entry.about)
    draw, gap, side = imgui.get_window_draw_list(), desk.px(2), desk.px(PICTURE)
    low = (start.x + gap, start.y + gap)
    texture = desk.thumbnails.find(entry.name, desk.theme)
    if texture is None:
        draw.add_rect_filled(low, (low[0] + side, low[1] + side), imgui.get_color_u32(imgui.Col_.frame_bg))
    else:
        draw.add_image_rounded(
            imgui.ImTextureRef(texture),
            low,
            (low[0] + side, low[1] + side),
            (0, 0),
            (1, 1),
            0xFFFFFFFF,
            desk.px(4),
        )
    draw.add_text((start.x + side + desk.px(10), start.y + desk.px(7)), desk.style.ink, entry.title)
