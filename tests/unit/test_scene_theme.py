import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game.scene.theme import TEAM_COLOURS, THEMES, Theme, encode, get_theme, linear, srgb, team_colours
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
TOLD_APART = {"trichromat": 30.0, "protanope": 15.0, "deuteranope": 15.0}
"""Least CIELAB distance between two teams; 2.3 is just noticeable side by side."""


def cielab(light: Doubles) -> Doubles:
    """Linear sRGB to CIELAB under D65, last axis three."""
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    t = light @ to_xyz.T / (0.95047, 1.0, 1.08883)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack(
        [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1
    )


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


@EVERY_THEME
def test_themes_are_found_by_name(theme: Theme) -> None:
    assert get_theme(theme.name.upper()) is theme


def test_an_unknown_theme_names_its_neighbours() -> None:
    with pytest.raises(InputError, match="did you mean abyss"):
        get_theme("abys")
