"""A small map of the ground in the colours of its valleys; a click looks there, or drops a ball."""

from functools import partial

import numpy as np
import numpy.typing as npt
from imgui_bundle import imgui

from game.panel.controls.desk import Desk
from game.panel.controls.widgets import explain
from game.panel.style import ink_on
from game.scene.basins import MORE_COLOURS, paint, trace_watershed
from game.scene.signs import LABELLED_VALLEYS, shown_loss
from game.scene.terrain import Terrain
from game.scene.theme import Theme
from game.simulation import Valleys
from landscapes.landscape import Landscape

SIDE = 176.0
"""Of the map's longer side, reference pixels."""
PIXELS = 256
DISC = 7.0
_TOLD = "a click looks there, a right click drops a ball"


def draw_basins(desk: Desk) -> None:
    """The map, with the numbers of the deepest valleys."""
    world = desk.session.world
    race = len(world.swarms) > 1
    # A release finds the same valleys anew, a stroke leaves them for later: neither is another map.
    valleys = desk.kept.find("valleys", (world.landscape, world.surveyed), lambda: world.valleys)
    make = partial(paint_valleys, world.landscape, valleys, desk.terrain, desk.theme, race=race)
    texture = desk.thumbnails.follow("basins", (valleys, desk.theme, race), make)
    wide, high = (desk.px(SIDE) * half for half in desk.terrain.half_size)
    room = imgui.get_content_region_avail().x
    imgui.set_cursor_pos_x(imgui.get_cursor_pos_x() + max(room - wide, 0) / 2)
    start = imgui.get_cursor_screen_pos()
    looks = imgui.invisible_button("map", (wide, high))
    drops = imgui.is_item_clicked(imgui.MouseButton_.right)
    mouse = imgui.get_mouse_pos()
    x_min, x_max, y_min, y_max = world.landscape.domain
    across, down = ((mouse.x - start.x) / wide, (mouse.y - start.y) / high)
    x, y = x_min + across * (x_max - x_min), y_max - down * (y_max - y_min)
    explain(_tell_place(valleys, x, y) if imgui.is_item_hovered() else _TOLD)
    draw, end = imgui.get_window_draw_list(), (start.x + wide, start.y + high)
    if texture is None:
        draw.add_rect_filled(start, end, imgui.get_color_u32(imgui.Col_.frame_bg), desk.px(4))
    else:
        draw.add_image_rounded(
            imgui.ImTextureRef(texture), start, end, (0, 0), (1, 1), 0xFFFFFFFF, desk.px(4)
        )
        _draw_numbers(desk, start, (wide, high))
    if looks:
        desk.session.submit(f"camera.centre {x:.6g},{y:.6g}")
    if drops:
        desk.session.submit(f"balls.drop {x:.6g},{y:.6g} 1")


def paint_valleys(
    landscape: Landscape, valleys: Valleys, terrain: Terrain, theme: Theme, *, race: bool
) -> npt.NDArray[np.uint8]:
    """The map as opaque pixels; in a race the teams' colours belong to the teams."""
    palette = MORE_COLOURS if race else (*theme.teams, *MORE_COLOURS)
    picture = paint(trace_watershed(landscape, valleys), PIXELS, terrain, palette)
    return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])


def _draw_numbers(desk: Desk, start: imgui.ImVec2, size: tuple[float, float]) -> None:
    """Discs on the deepest valleys, as on the ground."""
    draw, style = imgui.get_window_draw_list(), desk.style
    x_min, x_max, y_min, y_max = desk.session.world.landscape.domain
    imgui.push_font(style.strong, round(desk.px(10.5)))
    for rank, valley in enumerate(desk.session.census[:LABELLED_VALLEYS]):
        x = start.x + size[0] * (valley.x - x_min) / (x_max - x_min)
        y = start.y + size[1] * (y_max - valley.y) / (y_max - y_min)
        draw.add_circle_filled((x, y), desk.px(DISC), style.chip)
        text = str(rank + 1)
        extent = imgui.calc_text_size(text)
        draw.add_text((x - extent.x / 2, y - extent.y / 2), ink_on(style.chip), text)
    imgui.pop_font()


def _tell_place(valleys: Valleys, x: float, y: float) -> str:
    """Where the mouse is, and into which valley water would run from there."""
    label = int(valleys.label(np.array([[x], [y]]))[0])
    there = (
        "no valley" if label < 0 else f"valley {label + 1}, loss {shown_loss(float(valleys.losses[label]))}"
    )
    return (
        f"{there}, {valleys.area_shares[label]:.0%} of the map\n{_TOLD}"
        if label >= 0
        else f"{there}\n{_TOLD}"
    )
