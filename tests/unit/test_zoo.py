"""The networks on the shelf: what ships, how true the surfaces are, and that each shows what its sentence says."""

import dataclasses
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

import assets
import landscapes
from game.simulation.swarm import Swarm
from landscapes.landscape import Array, Landscape, check
from landscapes.network.exhibit import Exhibit, read_span
from landscapes.network.mlp import Network, flatten, forward
from landscapes.network.zoo import NETWORKS

Points = npt.NDArray[np.float64]

each = pytest.mark.parametrize("row", NETWORKS, ids=lambda row: row.name)


@cache
def get(name: str) -> tuple[Exhibit, Landscape]:
    row = next(row for row in NETWORKS if row.name == name)
    return row, landscapes.get(name)


def draw_points(surface: Landscape, n: int) -> Points:
    low, high = np.reshape(surface.domain, (2, 2)).T[:, :, np.newaxis]
    return np.asarray(low + np.random.default_rng(7).random((2, n)) * (high - low))


def exact_slope(row: Exhibit, xy: Points) -> Points:
    out = np.empty_like(xy)
    row.loss().gradient(xy, out, np.empty(0))
    return out


def curvature(row: Exhibit, at: Points) -> Points:
    """Eigenvalues of the true loss's Hessian ``(2,)`` at a point ``(2,)``, smallest first."""
    h = 1e-5 * max(row.domain[1] - row.domain[0], 1.0)
    steps = at[:, np.newaxis] + h * np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]])
    slopes = exact_slope(row, steps)
    hessian = np.stack([slopes[:, 0] - slopes[:, 1], slopes[:, 2] - slopes[:, 3]]) / (2 * h)
    return np.asarray(np.linalg.eigvalsh((hessian + hessian.T) / 2), np.float64)


def network_at(row: Exhibit, at: Points) -> Network:
    """The network at a point of the plane ``(2,)``."""
    networks = row.plane().networks(at[:, np.newaxis])
    layers = tuple(type(layer)(layer.weight[0], layer.bias[0]) for layer in networks.layers)
    return dataclasses.replace(networks, layers=layers)


@each
def test_it_keeps_the_contract(row: Exhibit) -> None:
    check(get(row.name)[1])


# Of the range of the loss, and of the largest gradient. Kinks of ReLU and cliffs are what a spline rounds off; where
# all is smooth it is true to many digits.
LOOSE = (2e-4, 4e-2)
BOUNDS = {
    "linear-regression": (1e-14, 1e-12),
    "logistic-regression": (1e-7, 1e-5),
    "xor": (1e-5, 1e-3),
    "worked-example": (1e-6, 1e-4),
    "breast-cancer-sigmoid": (5e-5, 2e-3),
    "breast-cancer-tanh": (1e-5, 1e-3),
    "spirals-narrow": (5e-4, 4e-2),
    "batch-sizes": (1e-6, 1e-4),
}


@each
def test_the_surface_is_true_to_the_network(row: Exhibit) -> None:
    surface = get(row.name)[1]
    at = draw_points(surface, 1_000)
    loss, gradient = row.loss().value(at), exact_slope(row, at)
    value_bound, slope_bound = BOUNDS.get(row.name, LOOSE)
    assert np.abs(surface.value(at) - loss).max() < value_bound * np.ptp(loss)
    error = np.linalg.norm(surface.gradient(at) - gradient, axis=0)
    assert error.max() < slope_bound * np.linalg.norm(gradient, axis=0).max()
    assert np.median(error / np.linalg.norm(gradient, axis=0)) < 0.02


@each
def test_all_samples_together_are_the_exact_loss(row: Exhibit) -> None:
    surface = get(row.name)[1]
    assert surface.data is not None
    at = draw_points(surface, 20)
    rows = np.broadcast_to(np.arange(surface.data.count), (20, surface.data.count))
    np.testing.assert_allclose(surface.data.value(at, rows), row.loss().value(at), rtol=1e-11)


@each
def test_whole_networks_on_the_plane_have_the_loss_of_the_plane(row: Exhibit) -> None:
    weights = get(row.name)[1].weights
    assert weights is not None
    at = draw_points(get(row.name)[1], 50)
    lifted = weights.lift(at)
    np.testing.assert_allclose(weights.value(lifted), row.loss().value(at), rtol=1e-9)
    np.testing.assert_allclose(weights.project(lifted), at, atol=1e-9 * np.abs(at).max())


@each
def test_what_ships_is_three_small_vectors(row: Exhibit) -> None:
    path = assets.path("landscapes", row.weights)
    assert path.stat().st_size < 100_000
    with np.load(path, allow_pickle=False) as arrays:
        assert sorted(arrays) == ["first", "origin", "second"]
        assert {arrays[part].dtype for part in arrays} == {np.dtype(np.float32)}
    assert read_span(row.weights).origin.size == flatten(row.network().layers).size


@each
def test_its_basins_are_minima_of_their_own(row: Exhibit) -> None:
    surface = get(row.name)[1]
    minima = surface.minima
    assert len(minima) == len(row.basins)
    for k, minimum in enumerate(minima):
        assert np.abs(minimum - row.basins[k]).max() < 0.01 * surface.extent
        angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        around = minimum[:, np.newaxis] + 0.02 * surface.extent * np.stack([np.cos(angle), np.sin(angle)])
        assert (row.loss().value(around) > row.loss().value(minimum[:, np.newaxis])).all()
        for other in minima[:k]:
            assert np.linalg.norm(minimum - other) > 0.02 * surface.extent


def test_the_line_of_linear_regression_is_that_of_least_squares() -> None:
    row, surface = get("linear-regression")
    inputs, targets = row.data()
    line = np.linalg.lstsq(np.stack([inputs[0], np.ones_like(targets)], axis=1), targets, rcond=None)[0]
    np.testing.assert_allclose(surface.minima, [line], atol=1e-9)
    np.testing.assert_allclose(curvature(row, line), [2.0, 2.0], rtol=1e-6)


def test_the_sigmoid_neuron_is_convex_everywhere() -> None:
    row, surface = get("logistic-regression")
    assert min(curvature(row, at)[0] for at in draw_points(surface, 50).T) > 0


def test_xor_is_solved_in_two_valleys_and_half_solved_in_the_third() -> None:
    row, surface = get("xor")
    inputs, targets = row.data()
    answers = np.array(
        [
            row.output.answer(forward(network_at(row, minimum), inputs)[-1])[0]
            == pytest.approx(targets, abs=0.1)
            for minimum in surface.minima
        ]
    )
    assert answers.tolist() == [True, True, False]
    stuck = row.output.answer(forward(network_at(row, surface.minima[2]), inputs)[-1])[0]
    assert np.sort(np.abs(stuck - targets)) == pytest.approx([0.0, 0.0, 0.5, 0.5], abs=0.1)


def test_one_step_on_the_worked_example_is_the_published_one() -> None:
    row, surface = get("worked-example")
    start = np.array([[0.40], [0.45]])
    exact = dataclasses.replace(surface, field=row.loss())
    assert exact.value(start)[0] == pytest.approx(0.298371109, abs=5e-9)
    for landscape, digits in ((exact, 5e-9), (surface, 1e-6)):
        swarm = Swarm(landscape, "sgd", start, lr=0.5, dtype=np.float64)
        swarm.step()
        np.testing.assert_allclose(swarm.position[:, 0], [0.35891648, 0.408666186], atol=digits, rtol=0)


def test_the_valley_of_the_worked_example_is_a_straight_line() -> None:
    row, surface = get("worked-example")
    signals = row.hidden.value(forward(network_at(row, np.zeros(2)), row.data().inputs)[0])[:, 0]
    # Along it the sum that the output neuron takes, and so its answer, stays what it is.
    along = np.array([signals[1], -signals[0]])
    line = np.array([[-4.0], [-4.0]]) + np.multiply.outer(along, np.linspace(-5, 5, 20))
    np.testing.assert_allclose(row.loss().value(line), row.loss().value(line[:, :1])[0], rtol=1e-12)
    np.testing.assert_allclose(surface.value(line), surface.value(line[:, :1])[0], rtol=1e-5)


def test_neurons_that_trade_places_make_three_equal_valleys_and_a_peak() -> None:
    row, surface = get("breast-cancer-sigmoid")
    loss = surface.value(surface.minima.T)
    np.testing.assert_allclose(loss, np.repeat(loss[[0, 3]], 3), rtol=1e-5)
    peak = surface.minima[:3].mean(axis=0)
    hidden = network_at(row, peak).layers[0].weight
    np.testing.assert_allclose(hidden, np.broadcast_to(hidden.mean(axis=0), hidden.shape), atol=2e-4)
    assert surface.value(peak[:, np.newaxis])[0] > 0.9 * surface.grid(101)[2].max()


def test_signs_do_not_matter_to_tanh() -> None:
    row, surface = get("breast-cancer-tanh")
    at = draw_points(surface, 30)
    for mirror in ([[-1.0], [1.0]], [[1.0], [-1.0]]):
        np.testing.assert_allclose(row.loss().value(at * mirror), row.loss().value(at), rtol=1e-12)
    np.testing.assert_allclose(np.abs(surface.minima), 1.0, atol=1e-3)
    top = surface.value(np.zeros((2, 1)))[0]
    assert top == pytest.approx(surface.grid(101)[2].max())


@pytest.mark.parametrize("name", ["breast-cancer-leaky-relu", "digits"])
def test_between_any_two_of_three_networks_there_is_a_ridge(name: str) -> None:
    row, surface = get(name)
    assert len(surface.minima) == 3
    for k in range(3):
        start, end = surface.minima[k], surface.minima[k - 1]
        along = row.loss().value(start[:, np.newaxis] + np.multiply.outer(end - start, np.linspace(0, 1, 40)))
        assert along.max() > 2 * max(along[0], along[-1])


def test_the_networks_read_digits() -> None:
    row, surface = get("digits")
    for minimum in surface.minima:
        answers = forward(network_at(row, minimum), row.samples().train.inputs)[-1]
        assert (answers.argmax(axis=0) == row.samples().train.targets).mean() > 0.99


def test_the_narrow_network_is_rugged_where_the_wide_one_is_smooth() -> None:
    narrow, wide = get("spirals-narrow")[1], get("spirals-wide")[1]
    assert narrow.domain == wide.domain
    assert len(narrow.minima) >= 5 > len(wide.minima) == 1
    assert narrow.value(narrow.minima.T)[1:].min() > 100 * narrow.value(narrow.minima[:1].T)[0]


def test_sigmoid_plains_are_level_beside_the_canyon() -> None:
    row, surface = get("vanishing-gradients")
    slopes = np.linalg.norm(exact_slope(row, draw_points(surface, 2_000)), axis=0)
    low, high = np.quantile(slopes, [0.1, 0.95])
    assert high > 100 * low
    plain = row.loss().value(draw_points(surface, 2_000))
    assert (plain > 0.5 * plain.max()).mean() > 0.4


def test_cliffs_are_far_steeper_than_the_rest() -> None:
    row, surface = get("exploding-gradients")
    slopes = np.linalg.norm(exact_slope(row, draw_points(surface, 2_000)), axis=0)
    assert slopes.max() > 8 * np.median(slopes)
    drawn = row.plane().origin.layers[1].weight
    assert drawn.std() == pytest.approx(5 * np.sqrt(2 / (8 + 8)), rel=0.2), "Xavier's, times five"


@pytest.mark.parametrize(("name", "wide", "sharp"), [("sharp-and-wide", 0, 1), ("batch-sizes", 1, 0)])
def test_of_two_equally_deep_minima_one_is_far_sharper(name: str, wide: int, sharp: int) -> None:
    row, surface = get(name)
    loss = row.loss().value(np.ascontiguousarray(surface.minima.T))
    assert loss.max() < 1.5 * loss.min()
    assert np.prod(curvature(row, surface.minima[sharp])) > 20 * np.prod(curvature(row, surface.minima[wide]))


def test_small_and_large_batches_started_alike() -> None:
    row, surface = get("batch-sizes")
    span = read_span(row.weights)
    assert np.linalg.norm(span.origin) < 0.3 * np.linalg.norm(surface.minima, axis=1).min()
    start: Array = row.loss().value(np.zeros((2, 1)))
    assert start[0] > 20 * row.loss().value(np.ascontiguousarray(surface.minima.T)).max()
