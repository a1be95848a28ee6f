import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game import commands
from game.panel.style import FAINT, SHEET, ink_on
from game.scene.frame import Stage
from game.scene.theme import (
    TEAM_COLOURS,
    THEMES,
    Theme,
    encode,
    get_theme,
    linear,
    luminance,
    srgb,
    team_colours,
)
from game.session import Experiment, Session
from landscapes import InputError

Doubles = npt.NDArray[np.float64]

EVERY_THEME = pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)

# Machado, Oliveira and Fernandes (2009), severity 1.0, for linear RGB.
SIGHT = {
    "trichromat": np.eye(3),
    "protanope": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranope": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
TRITANOPE = np.array(
    [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
)
EVERY_SIGHT = pytest.mark.parametrize("sight", [*SIGHT.values(), TRITANOPE], ids=[*SIGHT, "tritanope"])
TOLD_APART = {"trichromat": 30.0, "protanope": 15.0, "deuteranope": 15.0}
"""Least CIELAB distance between two teams; 2.3 is just noticeable side by side."""


TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
"""From linear sRGB under D65."""


def cielab(light: Doubles) -> Doubles:
    """Linear sRGB to CIELAB under D65, last axis three."""
    t = light @ TO_XYZ.T / (0.95047, 1.0, 1.08883)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack(
        [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1
    )


def oklab(light: Doubles) -> Doubles:
    """Linear sRGB to OKLab by way of XYZ (Ottosson 2020), last axis three."""
    to_lms = [
        [0.8189330101, 0.3618667424, -0.1288597137],
        [0.0329845436, 0.9293118715, 0.0361456387],
        [0.0482003018, 0.2643662691, 0.6338517070],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.asarray(np.cbrt(light @ TO_XYZ.T @ np.array(to_lms).T) @ np.array(to_lab).T)


def ciede2000(one: Doubles, other: Doubles) -> Doubles:
    """Colour difference of CIELAB colours, last axis three, broadcast (CIE 142-2001, after Sharma et al. 2005)."""
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(one, -1, 0), np.moveaxis(other, -1, 0)
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean**7 / (mean**7 + 25.0**7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    grey = c1 * c2 == 0
    turn = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    hue = np.where(grey, h1 + h2, (h1 + h2) / 2 + 180 * (np.abs(h1 - h2) > 180))
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    off = (lightness - 50) ** 2
    dl = (l2 - l1) / (1 + 0.015 * off / np.sqrt(20 + off))
    dc = (c2 - c1) / (1 + 0.045 * chroma)
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * t)
    swing = 60 * np.exp(-(((hue - 275) / 25) ** 2))
    twist = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(swing))
    return np.asarray(np.sqrt(dl**2 + dc**2 + dh**2 + twist * dc * dh))


def see(light: npt.ArrayLike, sight: Doubles) -> Doubles:
    """What linear light looks like to such eyes, CIELAB."""
    return cielab((np.asarray(light, float) @ sight.T).clip(0, 1))


def nearest_teams(theme: Theme, sight: Doubles) -> float:
    seen = see(team_colours(theme.teams), sight)
    return min(float(ciede2000(one, other)) for one, other in itertools.combinations(seen, 2))


def shares_of_other_ground(theme: Theme, sight: Doubles) -> Doubles:
    """For each team, the share of the ground's colours that differ from it by more than 12."""
    far = ciede2000(see(team_colours(theme.teams), sight)[:, None], see(theme.colormap(), sight)) > 12
    return np.asarray(far.mean(axis=1))


# Sharma, Wu and Dalal (2005), table 1.
@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (58, 24, 15), 19.4535),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_colour_differences_are_those_of_the_standard(
    one: tuple[float, ...], other: tuple[float, ...], difference: float
) -> None:
    for pair in ((one, other), (other, one)):
        assert ciede2000(*np.array(pair, float)) == pytest.approx(difference, abs=5e-5)


@EVERY_THEME
def test_teams_are_told_apart_in_every_theme(theme: Theme) -> None:
    assert len(theme.teams) == len(TEAM_COLOURS)
    assert nearest_teams(theme, np.eye(3)) > 17


@EVERY_THEME
def test_teams_stand_out_from_most_of_the_ground(theme: Theme) -> None:
    assert shares_of_other_ground(theme, np.eye(3)).min() > 0.8


@EVERY_SIGHT
def test_on_dune_everybody_tells_teams_apart_and_from_the_ground(sight: Doubles) -> None:
    dune = get_theme("dune")
    assert nearest_teams(dune, sight) > 15
    assert shares_of_other_ground(dune, sight).min() > 0.75


@EVERY_SIGHT
def test_to_everybody_dune_rises_evenly_from_dark_to_light(sight: Doubles) -> None:
    light = (get_theme("dune").colormap().astype(float) @ sight.T).clip(0, 1)
    lightness = cielab(light)[:, 0]
    rise = np.diff(lightness)
    assert rise.min() > 0.7 * np.median(rise)
    assert rise.max() < 1.3 * np.median(rise)
    assert lightness[-1] - lightness[0] > 75
    steps = np.linalg.norm(np.diff(oklab(light), axis=0), axis=1)
    # Of viridis, green-blind people see steps from 0.8 to 1.2, of cividis from 0.4 to 1.3.
    assert steps.min() > 0.7 * np.median(steps)
    assert steps.max() < 1.15 * np.median(steps)


def test_print_is_grey_and_rises_from_dark_to_white() -> None:
    seen = cielab(get_theme("print").colormap().astype(float))
    assert np.hypot(seen[:, 1], seen[:, 2]).max() < 2
    assert (np.diff(seen[:, 0]) > 0).all()
    assert seen[-1, 0] > 98
    assert get_theme("print").void == ("#ffffff", "#ffffff")


def test_a_black_and_white_print_tells_teams_apart() -> None:
    lightness = see(team_colours(get_theme("print").teams), np.eye(3))[:, 0]
    assert np.diff(np.sort(lightness[:4])).min() > 20
    assert np.diff(np.sort(lightness)).min() > 10


@EVERY_THEME
def test_a_frame_wears_the_colours_of_its_theme(theme: Theme) -> None:
    session, stage = Session(Experiment("bowl", balls=20), commands.apply), Stage()
    stage.build_frame(session, (64, 36))
    session.execute(f"theme.select {theme.name}")
    frame = stage.build_frame(session, (64, 36))
    np.testing.assert_array_equal(frame.colours, np.stack([linear(colour) for colour in theme.teams]))
    assert stage.build_frame(session, (64, 36)).colours is frame.colours


@pytest.mark.parametrize("sight", SIGHT)
def test_teams_are_told_apart(sight: str) -> None:
    seen = cielab((team_colours().astype(float) @ SIGHT[sight].T).clip(0, 1))
    for a, b in itertools.combinations(range(len(seen)), 2):
        distance = float(np.linalg.norm(seen[a] - seen[b]))
        assert distance > TOLD_APART[sight], f"{TEAM_COLOURS[a]} and {TEAM_COLOURS[b]}: {distance:.1f}"


@given(level=st.integers(0, 255))
def test_encoding_undoes_linearising(level: int) -> None:
    colour = f"#{level:02x}{255 - level:02x}{level // 2:02x}"
    np.testing.assert_array_equal(encode(linear(colour)), (level, 255 - level, level // 2))
    np.testing.assert_allclose(np.array(srgb(colour)) * 255, (level, 255 - level, level // 2))


def test_linear_light_is_that_of_the_standard() -> None:
    # IEC 61966-2-1: half the code is a fifth of the light, and the foot is straight.
    np.testing.assert_allclose(linear("#808080"), 0.2158605, rtol=1e-5)
    np.testing.assert_allclose(linear("#0a0a0a"), 10 / 255 / 12.92, rtol=1e-5)
    np.testing.assert_array_equal(encode(np.array([-1.0, 0.0, 1.0, 7.0])), [0, 0, 255, 255])


@EVERY_THEME
def test_a_colormap_runs_through_its_stops(theme: Theme) -> None:
    colormap = theme.colormap(7 * (len(theme.ground) - 1) + 1)
    at_stops = encode(colormap[::7]).astype(int)
    wanted = np.array([encode(linear(stop)) for stop in theme.ground], int)
    np.testing.assert_allclose(at_stops, wanted, atol=1)


@EVERY_THEME
def test_a_colormap_has_no_jumps_and_no_repeats(theme: Theme) -> None:
    steps = np.linalg.norm(np.diff(cielab(theme.colormap(257).astype(float)), axis=0), axis=1)
    assert steps.max() < 2.5 * np.median(steps)
    # Every eighth of the ground looks different from every other.
    bands = cielab(theme.colormap(9).astype(float))
    for a, b in itertools.combinations(bands, 2):
        assert np.linalg.norm(a - b) > 5


@EVERY_THEME
def test_text_is_legible_on_its_sheet(theme: Theme) -> None:
    luminance = [float(linear(colour) @ (0.2126, 0.7152, 0.0722)) for colour in (theme.ink, theme.sheet)]
    # WCAG 2.1 asks for 4.5; panels are read from a distance.
    assert (max(luminance) + 0.05) / (min(luminance) + 0.05) > 7


def blend(top: str, share: float, under: Doubles) -> Doubles:
    """sRGB of a colour that covers so much of another."""
    return np.asarray(share * np.array(srgb(top)) + (1 - share) * under)


def contrast(one: str, other: str) -> float:
    """WCAG 2.1."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def to_hex(colour: Doubles) -> str:
    return "#" + bytes((255 * colour + 0.5).astype(np.uint8).tolist()).hex()


# Paper's accent is that of the dark themes and too pale for its sheet; it is left as it was drawn.
@pytest.mark.parametrize(
    "theme", [theme for theme in THEMES if theme.name != "paper"], ids=lambda theme: theme.name
)
def test_all_text_is_legible_on_a_sheet_over_the_backdrop(theme: Theme) -> None:
    for behind in (*theme.void, theme.floor):
        sheet = blend(theme.sheet, SHEET, np.array(srgb(behind)))
        for text in (blend(theme.ink, FAINT, sheet), np.array(srgb(theme.accent))):
            assert contrast(to_hex(text), to_hex(sheet)) > 4.5


@EVERY_THEME
def test_numbers_are_legible_on_their_discs(theme: Theme) -> None:
    for disc in (*theme.teams, theme.chip):
        red, green, blue = bytes.fromhex(disc[1:])
        ink = ink_on(0xFF000000 | blue << 16 | green << 8 | red)
        assert contrast("#" + ink.to_bytes(4, "little")[:3].hex(), disc) > 3.5


@EVERY_THEME
def test_themes_are_found_by_name(theme: Theme) -> None:
    assert get_theme(theme.name.upper()) is theme


def test_an_unknown_theme_names_its_neighbours() -> None:
    with pytest.raises(InputError, match="did you mean abyss"):
        get_theme("abys")
