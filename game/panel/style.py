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


def apply_style(theme: Theme) -> None:
    """Let plots and windows look like cards: no frames, no grids, the theme's ink."""
    style = imgui.get_style()
    style.window_border_size = 0.0
    ink = imgui.ImVec4(*srgb(theme.ink), 1.0)
    faint = imgui.ImVec4(*srgb(theme.ink), FAINT)
    none = imgui.ImVec4(0, 0, 0, 0)
    style.set_color_(imgui.Col_.text, ink)
    style.set_color_(imgui.Col_.window_bg, none)
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
