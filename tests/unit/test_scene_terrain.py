import dataclasses
from functools import cache

import numpy as np
import pytest

import landscapes
from game.scene.relief import RELIEFS, fit_scale
from game.scene.terrain import (
    DEPTH,
    HEIGHT,
    HOLE_DEPTH,
    RESOLUTION,
    SUN,
    Terrain,
    build_terrain,
    shown_relief,
)
from game.scene.theme import THEMES, Theme, encode, linear
from game.simulation import World
from landscapes import Landscape
from landscapes.landscape import Array, Relief

NAMES = (
    "valleys",
    "breast-cancer",
    "ravine",
    "freudenstein-roth",
    "saddle",
    "easom",
    "beale",
    "six-hump-camel",
    "eggholder",
    "spiral",
    "islands",
)
"""Wide and narrow, smooth and rugged, plains and towers: what all the others are like."""


class Surface:
    """A field from a formula for the height; terrains never ask for its gradient."""

    scratch = 0

    def __init__(self, height: str) -> None:
        self._height = height

    def value(self, xy: Array) -> Array:
        x, y = xy
        heights: dict[str, Array] = {
            "plane": np.zeros_like(x),
            "slope": 0.05 * x,
            "wall": np.where(np.abs(x) < 0.02, 1.0, 0.0),
            "pit": -np.exp(-(x**2 + y**2) / 0.02),
            "waves": np.sin(x) * np.cos(y),
            "whole": x,
            "punched": np.where((x - 0.5) ** 2 + y**2 < 0.04, np.nan, x),
            "split": np.where(x > 0, np.abs(x) ** 0.5, np.nan),
            "all gone": np.full_like(x, np.nan),
            "fine waves": np.sin(40 * x) * np.cos(40 * y),
        }
        return heights[self._height]

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:
        raise NotImplementedError


@cache
def shape(name: str) -> Terrain:
    return build_terrain(surface_of(name))


def surface_of(name: str) -> Landscape:
    return Landscape(name, name, "", "", (-1.0, 1.0, -1.0, 1.0), Surface(name), relief="linear")


@cache
def terrain_of(name: str) -> Terrain:
    return build_terrain(landscapes.get(name))


def indices_of(share: float) -> int:
    return round(share * (RESOLUTION - 1))


@pytest.mark.parametrize("name", ["valleys", "rosenbrock"])
def test_display_height_never_reaches_the_optimizer(name: str) -> None:
    surface = landscapes.get(name)
    digests = set()
    for relief in RELIEFS:
        world = World(dataclasses.replace(surface, relief=relief), optimizer="adam", balls=200, noise=0.2)
        build_terrain(world.landscape)
        world.step(70)
        digests.add(world.digest())
    assert len(digests) == 1


@pytest.mark.parametrize("name", NAMES)
def test_ground_lies_at_the_relief_of_the_loss(name: str) -> None:
    surface, terrain = landscapes.get(name), terrain_of(name)
    xs, ys, loss = surface.grid(RESOLUTION)
    share = fit_scale(loss, surface.relief).heights(loss)
    chosen = np.random.default_rng(0).integers(0, RESOLUTION, (2, 300))
    row, column = chosen
    ground = terrain.to_scene(np.stack([xs[column], ys[row]]))
    np.testing.assert_allclose(ground[2], terrain.peak * share[row, column], atol=2e-5)
    assert terrain.heights.min() == 0
    assert 0 < terrain.peak <= HEIGHT + 1e-6
    assert terrain.floor == -DEPTH


@pytest.mark.parametrize("name", NAMES)
def test_the_longer_side_of_the_slab_is_two_and_its_corners_are_the_domains(name: str) -> None:
    terrain = terrain_of(name)
    x_min, x_max, y_min, y_max = terrain.domain
    assert max(terrain.half_size) == 1
    assert terrain.half_size[0] / terrain.half_size[1] == pytest.approx((x_max - x_min) / (y_max - y_min))
    corners = terrain.to_scene(np.array([[x_min, x_max], [y_min, y_max]]))
    np.testing.assert_allclose(corners[:2, 0], -np.array(terrain.half_size), atol=1e-6)
    np.testing.assert_allclose(corners[:2, 1], terrain.half_size, atol=1e-6)
    borders = (terrain.heights[0], terrain.heights[-1], terrain.heights[:, 0], terrain.heights[:, -1])
    assert terrain.rim_height == pytest.approx(max(border.max() for border in borders))


def test_height_between_samples_is_bilinear_and_clamped_outside() -> None:
    terrain = terrain_of("valleys")
    h, cell = terrain.heights, 1 / (RESOLUTION - 1)
    s, t = 0.3, 0.8
    row, column = 100, 200
    expected = (1 - t) * ((1 - s) * h[row, column] + s * h[row, column + 1]) + t * (
        (1 - s) * h[row + 1, column] + s * h[row + 1, column + 1]
    )
    at = np.array([[(column + s) * cell], [(row + t) * cell]])
    assert terrain.height(at)[0] == pytest.approx(expected, abs=1e-6)
    outside = terrain.height(np.array([[-3.0, 2.0, 0.5], [-3.0, 2.0, 9.0]]))
    np.testing.assert_allclose(outside, [h[0, 0], h[-1, -1], h[-1, RESOLUTION // 2]], rtol=1e-6)
    assert np.isfinite(terrain.height(np.array([[np.nan, 0.5], [0.5, np.inf]]))).all()


@pytest.mark.parametrize("name", ["valleys", "six-hump-camel"])
def test_normals_stand_upright_on_the_ground(name: str) -> None:
    terrain = terrain_of(name)
    half = np.array(terrain.half_size)
    at = np.random.default_rng(1).uniform(0.02, 0.98, (2, 400))
    at = np.round(at * (RESOLUTION - 1)) / (RESOLUTION - 1)
    normal = terrain.normals[tuple((at[::-1] * (RESOLUTION - 1)).round().astype(int))]
    np.testing.assert_allclose(np.linalg.norm(normal, axis=1), 1, atol=1e-6)
    assert (normal[:, 2] > 0).all()
    # A short way along the ground is square to the normal.
    reach = 1 / (RESOLUTION - 1)
    for axis in (0, 1):
        step = np.zeros((2, 1))
        step[axis] = reach
        rise = terrain.height(at + step).astype(float) - terrain.height(at - step)
        way = np.zeros((3, at.shape[1]))
        way[axis], way[2] = 4 * reach * half[axis], rise
        np.testing.assert_allclose((normal.T * way).sum(axis=0) / np.linalg.norm(way, axis=0), 0, atol=2e-3)


def test_a_plane_is_in_full_sun_under_an_open_sky() -> None:
    plane = shape("plane")
    assert plane.peak == 0
    assert (plane.light == 1).all()
    np.testing.assert_allclose(plane.openness, 1, atol=1e-6)
    # A gentle slope that rises against the light hides nothing from itself either.
    assert shape("slope").light.min() > 0.99


def test_a_wall_shades_the_ground_on_the_side_away_from_the_sun() -> None:
    light = shape("wall").light
    towards_sun = np.sign(SUN[0])
    row = RESOLUTION // 2
    away, lit = (light[row, indices_of(0.5 + side * 0.06)] for side in (-towards_sun, towards_sun))
    assert lit == 1
    assert away < 0.1
    # A shadow ends: far away the sun stands over the wall again.
    assert light[row, indices_of(0.5 - towards_sun * 0.49)] == 1


def test_a_pit_sees_less_of_the_sky() -> None:
    pit = shape("pit")
    middle = RESOLUTION // 2
    assert pit.openness[middle, middle] < 0.75
    assert pit.openness[middle, middle] < pit.openness[20, 20] - 0.2
    assert pit.openness.min() >= 0
    assert pit.openness.max() <= 1


def test_a_wall_hides_what_lies_behind_it() -> None:
    terrain = shape("wall")
    eye = np.array([-3.0, 0.0, 0.3], np.float32)
    behind, above, before, on_top = (
        [0.2, 0, 0],
        [0.2, 0, HEIGHT + 0.1],
        [-0.5, 0.3, 0],
        [0, 0.2, HEIGHT + 0.01],
    )
    points = np.array([behind, above, before, on_top], np.float32).T
    np.testing.assert_array_equal(terrain.sees(eye, points), [False, True, True, True])
    # From the other side it is the other way round.
    eye[0] = 3.0
    np.testing.assert_array_equal(terrain.sees(eye, points), [True, True, False, True])


@pytest.mark.parametrize("name", NAMES)
def test_from_straight_above_all_ground_is_seen(name: str) -> None:
    terrain = terrain_of(name)
    x_min, x_max, y_min, y_max = terrain.domain
    at = np.random.default_rng(2).uniform((x_min, y_min), (x_max, y_max), (200, 2)).T
    assert terrain.sees(np.array([0, 0, 50], np.float32), terrain.to_scene(at)).mean() > 0.98


def test_rugged_ground_is_drawn_lower() -> None:
    assert shape("fine waves").peak < 0.5 * shape("waves").peak
    assert shape("waves").peak == pytest.approx(HEIGHT)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_baked_colours_show_high_and_low_apart(name: str, theme: Theme) -> None:
    terrain = terrain_of(name)
    colours = terrain.colours(theme)
    assert colours.shape == (RESOLUTION, RESOLUTION, 3)
    assert colours.dtype == np.uint8
    low = colours[terrain.tone < 0.1].mean(axis=0)
    high = colours[(terrain.tone > 0.5) & (terrain.tone < 0.7)].mean(axis=0)
    assert np.linalg.norm(high - low) > 40
    # Nothing is burnt out to white.
    assert (colours.min(axis=2) > 250).mean() < 0.01


def test_tone_runs_from_the_deepest_to_the_highest_ground() -> None:
    for name in NAMES:
        terrain = terrain_of(name)
        assert terrain.tone.min() == 0
        assert terrain.tone.max() == pytest.approx(1, abs=1e-3)
        order = np.argsort(landscapes.get(name).grid(RESOLUTION)[2], axis=None)
        assert (np.diff(terrain.tone.ravel()[order]) >= -1e-6).all(), name


def test_a_relief_of_choice_goes_before_the_landscapes_own_and_that_before_the_rule() -> None:
    surface = landscapes.get("himmelblau")
    loss = surface.grid(RESOLUTION)[2]
    cases: tuple[tuple[Relief, Relief, Relief], ...] = (
        ("auto", "auto", "log"),
        ("equalised", "auto", "equalised"),
        ("equalised", "clipped", "clipped"),
    )
    for own, chosen, shown in cases:
        landscape = dataclasses.replace(surface, relief=own)
        terrain = build_terrain(landscape, chosen)
        assert terrain.scale.relief == shown == shown_relief(landscape, chosen)
        share = fit_scale(loss, shown).heights(loss)
        np.testing.assert_allclose(terrain.heights, terrain.peak * share, atol=1e-6)


@pytest.mark.parametrize("relief", RELIEFS)
def test_balls_lie_on_the_drawn_ground_in_every_relief(relief: Relief) -> None:
    surface = landscapes.get("six-hump-camel")
    terrain = build_terrain(surface, relief)
    x_min, x_max, y_min, y_max = surface.domain
    at = np.random.default_rng(5).uniform((x_min, y_min), (x_max, y_max), (300, 2)).T
    drawn = terrain.to_scene(at)[2]
    np.testing.assert_allclose(drawn, terrain.peak * terrain.scale.heights(surface.value(at)), atol=4e-3)


@pytest.mark.parametrize("height", ["punched", "split", "all gone"])
def test_holes_are_shafts_to_the_foot_of_the_slab_and_leave_nothing_that_is_not_a_number(height: str) -> None:
    terrain = shape(height)
    _, _, loss = surface_of(height).grid(RESOLUTION)
    holes = ~np.isfinite(loss)
    np.testing.assert_array_equal(terrain.holes, holes)
    assert holes.any()
    np.testing.assert_allclose(terrain.heights[holes], -HOLE_DEPTH)
    assert terrain.floor < -HOLE_DEPTH < 0
    assert (terrain.heights[~holes] >= 0).all()
    for array in (
        terrain.heights,
        terrain.normals,
        terrain.light,
        terrain.openness,
        terrain.tone,
        terrain.ramp,
    ):
        assert np.isfinite(array).all()
    assert terrain.peak >= 0
    for theme in THEMES:
        wall = linear(theme.wall[1])
        inside = terrain.colours(theme)[holes].reshape(-1, 3).mean(axis=0)
        assert (inside <= 1.2 * encode(wall) + 5).all(), (
            "holes have the colour of the slab's wall, in the shade"
        )
    assert np.isfinite(terrain.to_scene(np.random.default_rng(0).uniform(-1, 1, (2, 99)))).all()
    mesh = terrain.mesh(0.01)
    assert np.isfinite(terrain.height(mesh.share.T)).all()


def test_a_hole_does_not_change_the_ground_around_it() -> None:
    punched, whole = shape("punched"), shape("whole")
    ground = ~punched.holes
    np.testing.assert_allclose(punched.heights[ground], whole.heights[ground], atol=1e-6)


@pytest.mark.parametrize("name", ["valleys", "beale", "saddle"])
def test_the_ramp_has_the_tones_of_the_ground_by_height(name: str) -> None:
    terrain = terrain_of(name)
    steps = np.linspace(0, 1, terrain.ramp.size)
    expected = np.interp(terrain.heights / terrain.peak, steps, terrain.ramp)
    np.testing.assert_allclose(terrain.tone, expected, atol=0.02)
