"""Sizes and colours of the panel, for a picture of any size and theme."""

from typing import NamedTuple

from imgui_bundle import imgui, implot

from game.scene.theme import Theme, luminance, srgb

REFERENCE = (1280, 720)
"""The picture that sizes are meant for; others scale along."""
MARGIN = 20.0
COLUMN = 268.0
"""Width of the panel's column."""
DARK = 0.14
"""Of the luminance of white; dark text cannot be read on less."""
SHEET = 0.66
"""How much of the picture a sheet covers."""
TIP_S = 0.2
"""How long the mouse rests before a tooltip comes."""
FAINT = 0.62
"""How much of its sheet faint text covers."""


class Style(NamedTuple):
    """What the cards need to know.

    Attributes:
        scale: of everything, 1 at the reference size.
        ink: colour of text, packed.
        faint: of what matters less.
        sheet: under text.
        accent: of what is chosen.
        teams: colours of the swarms and of valleys.
        edge: around these, where they are not to be told by their hue; otherwise clear.
        chip: discs of valleys in a race, when colours belong to the teams.
        plain: the typeface.
        strong: its heavier cut.
    """

    scale: float
    ink: int
    faint: int
    sheet: int
    accent: int
    teams: tuple[int, ...]
    edge: int
    chip: int
    plain: imgui.ImFont
    strong: imgui.ImFont


def scale_for(size: tuple[int, int]) -> float:
    """How much larger than at the reference size things are; legible from the same distance at any size."""
    if is_portrait(size):
        return size[0] / (2 * COLUMN + 2 * MARGIN + 8)
    return max(min(size[0] / (0.75 * REFERENCE[0]), size[1] / REFERENCE[1]), 0.6)


def is_portrait(size: tuple[int, int]) -> bool:
    """Whether the panel stands above the slab, in two columns, instead of beside it."""
    return size[0] <= size[1]


def make_style(theme: Theme, scale: float, plain: imgui.ImFont, strong: imgui.ImFont) -> Style:
    """The style of a theme."""
    return Style(
        scale=scale,
        ink=packed(theme.ink, 1.0),
        faint=packed(theme.ink, FAINT),
        sheet=packed(theme.sheet, SHEET),
        accent=packed(theme.accent, 1.0),
        teams=tuple(packed(colour, 1.0) for colour in theme.teams),
        edge=packed(theme.ink, theme.outline),
        chip=packed(theme.chip, 1.0),
        plain=plain,
        strong=strong,
    )


def packed(colour: str, alpha: float) -> int:
    """An sRGB hex string as Dear ImGui's number."""
    return imgui.get_color_u32(imgui.ImVec4(*srgb(colour), alpha))


def ink_on(colour: int) -> int:
    """What is written on a disc of an opaque colour: dark, or light where dark could not be read."""
    encoded = "#" + colour.to_bytes(4, "little")[:3].hex()
    return 0xFF14100C if luminance(encoded) > DARK else 0xFFFFFFFF


_TINTS = (
    ("frame_bg", 0.08),
    ("frame_bg_hovered", 0.14),
    ("frame_bg_active", 0.2),
    ("button", 0.1),
    ("button_hovered", 0.18),
    ("button_active", 0.26),
    ("header", 0.12),
    ("header_hovered", 0.1),
    ("header_active", 0.16),
    ("checkbox_selected_bg", 0.14),
    ("slider_grab", 0.38),
    ("scrollbar_bg", 0.0),
    ("scrollbar_grab", 0.16),
    ("scrollbar_grab_hovered", 0.26),
    ("scrollbar_grab_active", 0.36),
    ("separator", 0.14),
    ("border", 0.14),
    ("text_disabled", FAINT),
    ("text_selected_bg", 0.26),
)
"""How much of what lies beneath the ink covers, for each of the controls' parts."""
_ACCENTS = ("slider_grab_active", "check_mark", "input_text_cursor", "nav_cursor")
_SHEETS = (("window_bg", 0.92), ("child_bg", 0.0), ("popup_bg", 0.98))
_ROUNDINGS = {"frame": 4.0, "popup": 6.0, "grab": 3.0, "child": 6.0, "scrollbar": 4.0}


def apply_style(theme: Theme, scale: float) -> None:
    """Let plots, windows and widgets look like cards: no frames, no grids, the theme's ink on its sheet."""
    style = imgui.get_style()
    style.window_border_size = 0.0
    ink = imgui.ImVec4(*srgb(theme.ink), 1.0)
    faint = imgui.ImVec4(*srgb(theme.ink), FAINT)
    none = imgui.ImVec4(0, 0, 0, 0)
    style.set_color_(imgui.Col_.text, ink)
    for name, share in _TINTS:
        if hasattr(imgui.Col_, name):  # not every release has every part
            style.set_color_(getattr(imgui.Col_, name), imgui.ImVec4(*srgb(theme.ink), share))
    for name, share in _SHEETS:
        style.set_color_(getattr(imgui.Col_, name), imgui.ImVec4(*srgb(theme.sheet), share))
    for name in _ACCENTS:
        style.set_color_(getattr(imgui.Col_, name), imgui.ImVec4(*srgb(theme.accent), 1.0))
    for name, radius in _ROUNDINGS.items():
        setattr(style, f"{name}_rounding", radius * scale)
    style.frame_padding = imgui.ImVec2(6 * scale, 3 * scale)
    style.item_spacing = imgui.ImVec2(6 * scale, 5 * scale)
    style.item_inner_spacing = imgui.ImVec2(5 * scale, 4 * scale)
    style.grab_min_size, style.scrollbar_size, style.indent_spacing = 7 * scale, 8 * scale, 12 * scale
    style.popup_border_size = 0.0
    style.hover_stationary_delay = style.hover_delay_short = TIP_S
    plot = implot.get_style()
    for name, colour in (
        ("frame_bg", none),
        ("plot_bg", none),
        ("plot_border", none),
        ("axis_text", faint),
        ("axis_grid", imgui.ImVec4(*srgb(theme.ink), 0.14)),
        ("axis_tick", none),
    ):
        plot.set_color_(getattr(implot.Col_, name), colour)
