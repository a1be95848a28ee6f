"""Valleys against what is known of the surfaces, and against balls that simply roll down."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest

import landscapes
from game.simulation import World
from game.simulation.valleys import _drain, find_valleys
from landscapes.landscape import Array, Landscape
from landscapes.sampled import GridField


@dataclasses.dataclass(frozen=True)
class Formula:
    loss: Callable[[Array, Array], Array]
    slope: Callable[[Array, Array], tuple[Array, Array]]
    scratch: int = 0

    def value(self, xy: Array) -> Array:
        return self.loss(xy[0], xy[1])

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:  # noqa: ARG002
        out[0], out[1] = self.slope(xy[0], xy[1])


def make_surface(field: Formula) -> Landscape:
    return Landscape("test", "Test", "", "", (-2.0, 2.0, -1.0, 3.0), field)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("bowl", 1),
        ("ravine", 1),
        ("rosenbrock", 1),
        ("himmelblau", 4),
        ("six-hump-camel", 6),
        ("styblinski-tang", 4),
    ],
)
def test_counts_the_valleys(name: str, count: int) -> None:
    surface = landscapes.get(name)
    valleys = find_valleys(surface)
    assert valleys.minima.shape == (2, count)
    assert valleys.area_shares.sum() == pytest.approx(1.0)
    assert np.unique(valleys.labels).tolist() == list(range(count))
    for known in surface.minima:
        assert np.linalg.norm(valleys.minima - known[:, None], axis=0).min() < 1e-6


def test_rastrigin_has_a_valley_at_every_lattice_point() -> None:
    surface = landscapes.get("rastrigin")
    valleys = find_valleys(surface)
    assert valleys.minima.shape == (2, 121)
    assert np.abs(valleys.minima[:, 0]).max() < 1e-9
    cells = np.round(valleys.minima / 0.995).astype(int)
    assert {(x, y) for x, y in cells.T.tolist()} == {(x, y) for x in range(-5, 6) for y in range(-5, 6)}
    slope = surface.gradient(valleys.minima)
    assert np.abs(slope).max() < 1e-6
    central = (np.abs(cells) < 5).all(axis=0)
    np.testing.assert_allclose(valleys.area_shares[central], (1 / 10.24) ** 2, rtol=0.1)


@pytest.mark.parametrize("name", ["ackley", "eggholder", "beale", "saddle", "valleys"])
def test_every_end_is_a_minimum_of_the_map(name: str) -> None:
    """No point close by, on the map, lies lower: holds for kinks and for the border too."""
    surface = landscapes.get(name)
    valleys = find_valleys(surface)
    assert (np.diff(valleys.losses) >= -1e-6).all()
    x_min, x_max, y_min, y_max = surface.domain
    for angle in np.linspace(0, 2 * np.pi, 12, endpoint=False):
        nearby = valleys.minima + 1e-4 * surface.extent * np.array([[math.cos(angle)], [math.sin(angle)]])
        nearby = np.clip(nearby, [[x_min], [y_min]], [[x_max], [y_max]])
        assert (surface.value(nearby) >= valleys.losses - 1e-9 * np.abs(valleys.losses).max()).all()
    for known in surface.minima[:1]:
        assert np.linalg.norm(valleys.minima[:, 0] - known) < 1e-4 * surface.extent


def test_a_dip_stays_a_dip_even_if_a_walk_along_the_gradient_jumps_out_of_it() -> None:
    height = np.array([[1.0, 3.0, 2.0, 0.0, 4.0]])
    assert _drain(height, np.array([[3, 3, 3, 3, 0]])).tolist() == [[0, 3, 3, 3, 3]]
    assert _drain(height, np.array([[0, 0, 2, 4, 4]])).tolist() == [[0, 0, 3, 3, 3]]


@pytest.mark.parametrize(
    ("name", "least"),
    [("himmelblau", 0.98), ("six-hump-camel", 0.98), ("rastrigin", 0.95), ("valleys", 0.98)],
)
def test_labels_tell_where_a_ball_ends_that_rolls_down_slowly(name: str, least: float) -> None:
    surface = landscapes.get(name)
    valleys = find_valleys(surface)
    x_min, x_max, y_min, y_max = surface.domain
    points = np.random.default_rng(4).uniform([[x_min], [y_min]], [[x_max], [y_max]], (2, 400))
    labels = valleys.label(points)
    for _ in range(3000):
        slope = surface.gradient(points)
        points -= slope * (5e-4 * surface.extent / (np.linalg.norm(slope, axis=0) + 1e-300))
        points = np.clip(points, [[x_min], [y_min]], [[x_max], [y_max]])
    away = np.linalg.norm(points[:, :, None] - valleys.minima[:, None, :], axis=0)
    assert away.min(axis=1).max() < 1e-3 * surface.extent
    assert (away.argmin(axis=1) == labels).mean() > least


def test_no_position_no_valley() -> None:
    valleys = find_valleys(landscapes.get("himmelblau"))
    points = np.array([[np.nan, 3.0, np.nan, 3.0], [2.0, np.nan, np.nan, 2.0]], np.float32)
    assert valleys.label(points).tolist()[:3] == [-1, -1, -1]
    assert valleys.label(points)[3] >= 0


def test_a_plateau_is_one_valley() -> None:
    flat = make_surface(Formula(lambda x, _: 0.0 * x, lambda x, y: (0.0 * x, 0.0 * y)))
    assert find_valleys(flat).minima.shape == (2, 1)


def test_a_loss_that_only_falls_has_its_valley_on_the_border() -> None:
    tilted = make_surface(Formula(lambda x, y: x + 2 * y, lambda x, y: (1 + 0 * x, 2 + 0 * y)))
    valleys = find_valleys(tilted)
    assert valleys.minima.T.tolist() == [[-2.0, -1.0]]
    assert valleys.losses.tolist() == [-4.0]


def test_where_there_is_no_loss_there_is_no_valley() -> None:
    half = make_surface(Formula(lambda x, y: np.log(x) ** 2 + y * y, lambda x, y: (2 * np.log(x) / x, 2 * y)))
    valleys = find_valleys(half)
    np.testing.assert_allclose(valleys.minima[:, 0], [1.0, 0.0], atol=1e-6)
    assert valleys.minima.shape == (2, 1)
    assert valleys.area_shares.sum() == pytest.approx(0.5, abs=0.01)
    assert valleys.label(np.array([[-1.0, 1.0], [0.0, 0.0]])).tolist() == [-1, 0]


def test_a_surface_without_any_loss_has_no_valley() -> None:
    nowhere = make_surface(Formula(lambda x, _: np.log(-9 - x * x), lambda x, y: (np.nan * x, np.nan * y)))
    valleys = find_valleys(nowhere)
    assert valleys.minima.shape == (2, 0)
    assert valleys.label(np.zeros((2, 3))).tolist() == [-1, -1, -1]


def make_grid(loss: Array, domain: tuple[float, float, float, float] = (-2.0, 2.0, -1.0, 3.0)) -> Landscape:
    return Landscape("grid", "Grid", "", "", domain, GridField(loss, domain))


def make_axes(shape: tuple[int, int] = (60, 70)) -> tuple[Array, Array]:
    x, y = np.meshgrid(np.linspace(-2, 2, shape[1]), np.linspace(-1, 3, shape[0]))
    return x, y


def test_the_rim_of_a_hole_is_no_valley() -> None:
    """Two bowls, the bottom of one of them a hole: what runs down there is gone."""
    x, y = make_axes()
    loss = np.minimum((x - 1) ** 2, (x + 1) ** 2 - 0.5) + (y - 1) ** 2
    loss[np.hypot(x + 1, y - 1) < 0.4] = np.nan
    surface = make_grid(loss)
    valleys = find_valleys(surface)
    np.testing.assert_allclose(valleys.minima, [[1.0], [1.0]], atol=1e-3)
    assert valleys.label(np.array([[1.0, 1.4, -1.0, -1.4], [1.0, 1.4, 1.0, 1.0]])).tolist() == [0, 0, -1, -1]
    assert valleys.area_shares[0] == pytest.approx((valleys.labels == 0).mean())
    assert 0.3 < valleys.area_shares[0] < 0.5
    world = World(surface, optimizer="sgd", lr=0.05, balls=400, seed=0)
    world.step(400)
    (valley,) = world.census()
    assert valley.balls == valley.settled > 100


def test_a_hole_that_swallows_all_leaves_no_valley() -> None:
    def cut(value: Array, x: Array, y: Array) -> Array:
        return np.where(x**2 + (y - 1) ** 2 < 0.3, np.nan, value)

    crater = make_surface(
        Formula(
            lambda x, y: cut(x**2 + (y - 1) ** 2, x, y),
            lambda x, y: (cut(2 * x, x, y), cut(2 * y - 2, x, y)),
        )
    )
    valleys = find_valleys(crater)
    assert valleys.minima.shape == (2, 0)
    assert valleys.area_shares.shape == (0,)
    assert (valleys.labels == -1).all()


@pytest.mark.parametrize("seed", range(4))
def test_among_holes_every_valley_is_level_or_at_the_border(seed: int) -> None:
    x, y = make_axes()
    rng = np.random.default_rng(seed)
    loss = x**2 + (y - 1) ** 2 + 0.3 * np.cos(6 * x) * np.cos(5 * y)
    loss[rng.random(loss.shape) < 0.02] = np.nan
    surface = make_grid(loss)
    valleys = find_valleys(surface)
    assert valleys.losses.size > 1
    assert np.isfinite(valleys.losses).all()
    low, high = np.array([[-2.0], [-1.0]]), np.array([[2.0], [3.0]])
    downhill = np.clip(valleys.minima - surface.gradient(valleys.minima), low, high) - valleys.minima
    assert np.abs(downhill).max() < 1e-6


def test_what_walks_into_a_hole_is_not_taken_to_the_corner_of_the_map() -> None:
    """The corner of the map, its first cell, is the lowest of all; the hole lies on the slope of the other valley."""
    x, y = make_axes()
    loss = np.where(x < 0, -np.abs(x) + 2.0 * (y + 1), (x - 1.5) ** 2 + 2.0 * (y - 1) ** 2)
    loss[(np.abs(x - 1.5) < 0.3) & (np.abs(y - 2.0) < 0.2)] = np.nan
    valleys = find_valleys(make_grid(loss))
    assert valleys.label(np.array([[-2.0], [-1.0]]))[0] == 0
    columns = valleys.labels[128:, 192:]
    assert (columns != 0).all()
    assert (columns > 0).mean() > 0.5


def test_a_plateau_with_a_hole_keeps_its_valley() -> None:
    x, y = make_axes((256, 256))  # the cells of the map, so that one that all drain to lies on the very rim
    surface = make_grid(np.where((x < -1.2) & (y < 0), np.nan, 1.0))
    valleys = find_valleys(surface)
    assert valleys.losses.size >= 1
    assert valleys.area_shares.sum() == pytest.approx(np.isfinite(surface.grid(256)[2]).mean())
