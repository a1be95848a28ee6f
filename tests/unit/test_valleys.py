"""Valleys against what is known of the surfaces, and against balls that simply roll down."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest

import landscapes
from game.simulation.valleys import _drain, find_valleys
from landscapes.landscape import Array, Landscape


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
