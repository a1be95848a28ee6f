"""Dusk: the sun sinks, its light turns red and the sky blue, shadows grow, and by day nothing of it is there."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from game import commands
from game.scene.daylight import DAY, dim
from game.scene.frame import Stage
from game.scene.terrain import SUN, Terrain, build_terrain
from game.scene.theme import THEMES, Theme, get_theme
from game.session import Experiment, Session
from landscapes import get

COLOURFUL = [theme for theme in THEMES if theme.evening]
EVENINGS = (0.0, 0.25, 0.5, 0.75, 1.0)


@cache
def ground(name: str) -> Terrain:
    return build_terrain(get(name))


def linear_mean(terrain: Terrain, theme: Theme, evening: float) -> npt.NDArray[np.float64]:
    encoded = terrain.colours(theme, dim(evening, theme.evening)) / 255
    return np.asarray((encoded**2.2).mean(axis=(0, 1)))


def test_without_an_evening_it_is_day() -> None:
    assert dim(0.0) is DAY
    np.testing.assert_array_equal(DAY.towards_sun, SUN)
    np.testing.assert_allclose(SUN / SUN[2], np.array([-0.62, 0.36, 0.70]) / 0.70, rtol=1e-12)
    theme = THEMES[0]
    plain, by_day = (ground("valleys").colours(theme, *light) for light in ((), (dim(0.0),)))
    np.testing.assert_array_equal(plain, by_day)


def test_the_sun_only_sinks() -> None:
    suns = np.array([dim(evening).sun_xyz for evening in EVENINGS])
    np.testing.assert_allclose(np.linalg.norm(suns, axis=1), 1, rtol=1e-12)
    assert (np.diff(suns[:, 2]) < 0).all()
    assert suns[-1, 2] > 0.1
    np.testing.assert_allclose(np.arctan2(suns[:, 1], suns[:, 0]), np.arctan2(SUN[1], SUN[0]), rtol=1e-12)


@pytest.mark.parametrize("theme", COLOURFUL, ids=lambda theme: theme.name)
def test_evenings_are_dimmer_and_the_sun_warmer_than_the_sky(theme: Theme) -> None:
    means = np.array([linear_mean(ground("valleys"), theme, evening) for evening in EVENINGS])
    assert (np.diff(means.sum(axis=1)) < 0).all()
    for earlier, later in pairwise(EVENINGS):
        before, after = dim(earlier), dim(later)
        assert after.sun[0] / after.sun[2] > before.sun[0] / before.sun[2]
        assert after.sky[0] / after.sky[2] < before.sky[0] / before.sky[2]
        assert np.less(after.surround, before.surround).all()
    # What faces the sun turns redder than what does not.
    by_day, late = (
        ground("valleys").colours(theme, light).astype(float) + 1 for light in (DAY, dim(1, theme.evening))
    )
    redness = late[..., 0] / late[..., 2] / (by_day[..., 0] / by_day[..., 2])
    facing = ground("valleys").normals @ dim(1).towards_sun.astype(np.float32)
    assert np.median(redness[facing > 0.45]) > 1.5 * np.median(redness[facing < -0.1])


def test_print_keeps_its_greys() -> None:
    theme = get_theme("print")
    colours = ground("valleys").colours(theme, dim(1.0, theme.evening)).astype(int)
    assert np.ptp(colours, axis=2).max() <= 3
    assert dim(1.0, theme.evening).around(theme.void[0]) == pytest.approx((1.0, 1.0, 1.0))


def test_shadows_grow_as_long_as_the_sun_is_low() -> None:
    """A tower on a plain: the shadow ends where the line from its top to the sun meets the ground."""
    size = len(ground("bowl").heights)
    heights = np.zeros((size, size), np.float32)
    row, column, half, height = 2 * size // 3, size // 4, 20, 0.12
    heights[row - half : row + half + 1, column - half : column + half + 1] = height
    plain = replace(
        ground("bowl"),
        heights=heights,
        tone=np.full_like(heights, 0.5),
        holes=np.zeros(heights.shape, bool),
        half_size=(1.0, 1.0),
        normals=np.broadcast_to(np.array([0, 0, 1], np.float32), (size, size, 3)),
        openness=np.ones_like(heights),
    )
    cell = 2 / (size - 1)
    lengths = []
    for evening in (0.4, 0.7, 1.0):
        light = dim(evening, 0.0)
        lit = plain.colours(get_theme("print"), light)[..., 0].astype(float)
        away = -light.towards_sun[:2] / np.hypot(*light.towards_sun[:2])
        reach = np.arange(half + 8, 350)
        x, y = (
            np.round(middle + reach * step).astype(int)
            for middle, step in zip((column, row), away, strict=True)
        )
        inside = (x >= 0) & (x < size) & (y >= 0) & (y < size)
        along = lit[y[inside], x[inside]]
        dark, bright = along[:5].mean(), lit[-5:, -5:].mean()
        assert bright > dark + 3
        lengths.append(cell * reach[np.argmax(along > (dark + bright) / 2)])
    edge = half * cell * np.hypot(*SUN[:2]) / np.abs(SUN[:2]).max()
    suns = np.array([dim(evening).sun_xyz for evening in (0.4, 0.7, 1.0)])
    wanted = edge + height * np.hypot(suns[:, 0], suns[:, 1]) / suns[:, 2]
    np.testing.assert_allclose(lengths, wanted, rtol=0.15)
    assert lengths[0] < lengths[1] < lengths[2]


def test_shadows_glide() -> None:
    """A sixtieth of a second of a ten-second film changes no texel by more than an eye follows."""
    colours = [ground("valleys").colours(THEMES[0], dim(0.9 + k / 600)).astype(int) for k in range(3)]
    assert 0 < np.abs(colours[1] - colours[0]).max() <= 6
    assert np.abs(colours[2] - 2 * colours[1] + colours[0]).max() <= 6


def test_a_stage_shows_the_evening_it_is_asked_for() -> None:
    session, stage = Session(Experiment("bowl", balls=20), commands.apply), Stage()
    session.paused = True
    by_day, late, again = (stage.build_frame(session, (64, 36), evening=e) for e in (0.0, 1.0, 0.0))
    assert by_day.daylight is DAY
    assert late.daylight == dim(1.0)
    assert not np.array_equal(by_day.shadows, late.shadows)
    np.testing.assert_array_equal(by_day.shadows, again.shadows)


@pytest.mark.parametrize("line", ["camera.look orbit", "camera.look low", "camera.look map", "camera.fly"])
def test_the_focus_is_where_the_camera_looks(line: str) -> None:
    session = Session(Experiment("bowl", balls=20), commands.apply)
    session.execute(line)
    session.camera.drifting = False
    session.tick(60.0)
    frame = Stage().build_frame(session, (64, 36))
    target = session.camera.target(frame.terrain)
    distance = -float((np.array([*target, 1.0]) @ frame.view)[2])
    assert frame.focus > 0.1
    assert frame.focus == pytest.approx(distance, rel=1e-5) or distance < 0.1
