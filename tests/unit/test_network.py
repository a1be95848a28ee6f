"""The network landscapes against plain loops, differences and what is published about the data."""

import math
import tracemalloc
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

import landscapes
from landscapes.landscape import Array, Landscape, Rows, Samples, check
from landscapes.network.data import Dataset, breast_cancer, read_breast_cancer
from landscapes.network.directions import draw_direction
from landscapes.network.mlp import Layer, Layers, Network, backward, forward, losses
from landscapes.network.plane import Plane, draw_plane
from landscapes.network.samples import PlaneSamples
from landscapes.network.scan import PlaneLoss, scan
from landscapes.network.zoo import ZOO, read_layers

Points = npt.NDArray[np.float64]

EXHIBIT = next(row for row in ZOO if row.name == "breast-cancer")


@pytest.fixture(scope="module")
def surface() -> Landscape:
    return landscapes.get("breast-cancer")


@pytest.fixture(scope="module")
def exact() -> PlaneLoss:
    return EXHIBIT.loss()


def draw_network(sizes: tuple[int, ...], seed: int = 0) -> Network:
    rng = np.random.default_rng(seed)
    shapes = zip(sizes[1:], sizes, strict=False)
    return Network(
        tuple(Layer(rng.standard_normal(shape), rng.standard_normal(shape[0])) for shape in shapes)
    )


def draw_data(features: int, n: int, seed: int = 1) -> Dataset:
    rng = np.random.default_rng(seed)
    return Dataset(rng.standard_normal((features, n)), rng.integers(0, 2, n).astype(np.float64))


def draw_points(surface: Landscape, n: int) -> Points:
    x_min, x_max, y_min, y_max = surface.domain
    unit = np.random.default_rng(7).random((2, n))
    return np.stack([x_min + unit[0] * (x_max - x_min), y_min + unit[1] * (y_max - y_min)])


def slope(field: PlaneLoss, xy: Points) -> Points:
    out = np.empty_like(xy)
    field.gradient(xy, out, np.empty((field.scratch, *xy.shape)))
    return out


SIZES = [(5, 1), (5, 2, 1), (5, 12, 1), (3, 6, 4, 1)]


def draw_samples(sizes: tuple[int, ...], balls: int, batch: int) -> tuple[PlaneSamples, Points, Rows]:
    """Samples in a plane that moves biases too, places in it, and which samples each ball sees."""
    origin, first, second = (draw_network(sizes, seed) for seed in range(3))
    samples = PlaneSamples(Plane(origin, first.layers, second.layers), draw_data(sizes[0], 19))
    rng = np.random.default_rng(8)
    return samples, rng.standard_normal((2, balls)), rng.integers(0, 19, (balls, batch))


def slope_of_batches(samples: Samples, xy: Array, rows: Rows) -> Array:
    out = np.empty_like(xy)
    samples.gradient(xy, rows, out)
    return out


def lose_plainly(layers: Layers, features: Points, target: float) -> float:
    """One sample's loss as a textbook would write it: loops, no matrices, none of the program's code."""
    signal = [float(feature) for feature in features]
    for depth, layer in enumerate(layers):
        rows = zip(layer.weight.tolist(), layer.bias.tolist(), strict=True)
        signal = [math.fsum(w * s for w, s in zip(row, signal, strict=True)) + bias for row, bias in rows]
        if depth < len(layers) - 1:
            signal = [s if s > 0 else 0.0 for s in signal]
    wrong = -signal[0] if target == 1 else signal[0]
    return wrong + math.log1p(math.exp(-wrong)) if wrong > 0 else math.log1p(math.exp(wrong))


def walk_plainly(plane: Plane, x: float, y: float) -> Layers:
    parts = zip(plane.origin.layers, plane.first, plane.second, strict=True)
    return tuple(
        Layer(o.weight + x * u.weight + y * v.weight, o.bias + x * u.bias + y * v.bias) for o, u, v in parts
    )


# The perceptron.


@pytest.mark.parametrize("sizes", [(5, 1), (5, 4, 1), (3, 6, 4, 1)])
def test_losses_are_those_of_plain_loops(sizes: tuple[int, ...]) -> None:
    network, data = draw_network(sizes), draw_data(sizes[0], 9)
    expected = [lose_plainly(network.layers, x, t) for x, t in zip(data.inputs.T, data.targets, strict=True)]
    np.testing.assert_allclose(losses(network, *data), expected, rtol=1e-12)


def test_a_leading_axis_is_a_batch_of_networks() -> None:
    networks, data = [draw_network((5, 4, 3, 1), seed) for seed in range(6)], draw_data(5, 9)
    layers = zip(*(network.layers for network in networks), strict=True)
    batch = Network(tuple(Layer(*map(np.stack, zip(*same, strict=True))) for same in layers))
    np.testing.assert_allclose(losses(batch, *data), [losses(one, *data) for one in networks], rtol=1e-12)
    alone = [backward(one, *data) for one in networks]
    for depth, layer in enumerate(backward(batch, *data)):
        for part in Layer._fields:
            np.testing.assert_allclose(
                getattr(layer, part), [getattr(one[depth], part) for one in alone], rtol=1e-10, atol=1e-14
            )


@pytest.mark.parametrize("sizes", [(5, 1), (5, 4, 1), (3, 6, 4, 1)])
def test_backward_is_the_slope_of_the_mean_loss(sizes: tuple[int, ...]) -> None:
    network, data = draw_network(sizes), draw_data(sizes[0], 12)
    inputs, targets = (part.astype(np.longdouble) for part in data)
    h = np.longdouble(1e-5)

    def moved(depth: int, part: str, index: tuple[int, ...], by: np.longdouble) -> np.longdouble:
        layers = [Layer(*(p.astype(np.longdouble) for p in layer)) for layer in network.layers]
        getattr(layers[depth], part)[index] += by
        return np.longdouble(losses(Network(tuple(layers)), inputs, targets).mean())

    for depth, layer in enumerate(backward(network, *data)):
        for part in Layer._fields:
            for index, found in np.ndenumerate(getattr(layer, part)):
                near, far = (
                    moved(depth, part, index, k * h) - moved(depth, part, index, -k * h) for k in (1, 2)
                )
                assert found == pytest.approx(float((8 * near - far) / (12 * h)), rel=1e-8, abs=1e-9)


def test_a_confident_network_is_neither_infinite_nor_silent() -> None:
    network = Network((Layer(np.array([[1.0]]), np.array([0.0])),))
    inputs, targets = np.array([[800.0, -800.0, 800.0, -800.0]]), np.array([1.0, 0.0, 0.0, 1.0])
    np.testing.assert_allclose(losses(network, inputs, targets), [0, 0, 800, 800])
    assert backward(network, inputs, targets)[0].weight == pytest.approx(np.array([[400.0]]))


# The data.


def test_the_data_are_the_published_ones() -> None:
    features, malignant, *_ = read_breast_cancer()
    assert features.shape == (569, 30)
    assert (malignant == 1).sum() == 212
    assert (malignant == 0).sum() == 357
    assert features[0, :4].tolist() == [17.99, 10.38, 122.8, 1001.0]
    assert features[0, -2:].tolist() == [0.4601, 0.1189]
    assert features[568, 0] == 7.76
    assert malignant[0] == 1
    assert malignant[568] == 0


def test_the_data_are_standardised_feature_by_feature() -> None:
    data, (features, malignant, *_) = breast_cancer(), read_breast_cancer()
    np.testing.assert_allclose(data.inputs.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(data.inputs.std(axis=1), 1, rtol=1e-12)
    for feature in (0, 29):
        assert np.corrcoef(data.inputs[feature], features[:, feature])[0, 1] == pytest.approx(1)
    np.testing.assert_array_equal(data.targets, malignant)


# The plane.


def test_each_row_of_a_direction_is_as_long_as_the_trained_row_and_biases_stay() -> None:
    trained = read_layers(EXHIBIT.weights)
    plane = draw_plane(Network(trained), EXHIBIT.seed)
    for direction in (plane.first, plane.second):
        for layer, origin in zip(direction, trained, strict=True):
            drawn, wanted = ((weight**2).sum(axis=1) for weight in (layer.weight, origin.weight))
            np.testing.assert_allclose(drawn, wanted, rtol=1e-12)
            assert not layer.bias.any()


def test_directions_are_random_and_their_seed_is_all_there_is_to_them() -> None:
    network = draw_network((30, 8, 1))
    one, same, other = (draw_plane(network, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.first[0].weight, same.first[0].weight)
    np.testing.assert_array_equal(one.second[1].weight, same.second[1].weight)
    rows = [direction[0].weight.ravel() for direction in (one.first, one.second, other.first, other.second)]
    cosines = np.asarray(np.corrcoef(rows))
    assert np.abs(cosines - np.eye(4)).max() < 0.25


def test_a_dead_neuron_does_not_move() -> None:
    dead = (Layer(np.array([[3.0, 4.0], [0.0, 0.0]]), np.zeros(2)),)
    rows = draw_direction(dead, np.random.default_rng(0))[0].weight
    assert np.linalg.norm(rows[0]) == pytest.approx(5)
    assert not rows[1].any()


# The loss over the plane.


def test_the_exact_loss_is_that_of_plain_loops(exact: PlaneLoss, surface: Landscape) -> None:
    at = draw_points(surface, 6)
    for (x, y), found in zip(at.T, exact.value(at), strict=True):
        layers = walk_plainly(exact.plane, x, y)
        each = [
            lose_plainly(layers, *sample)
            for sample in zip(exact.data.inputs.T, exact.data.targets, strict=True)
        ]
        assert found == pytest.approx(math.fsum(each) / 569, rel=1e-12)


def test_the_exact_gradient_is_the_slope_of_the_exact_loss(exact: PlaneLoss, surface: Landscape) -> None:
    at, h = draw_points(surface, 150), 1e-6
    found = slope(exact, at)
    for axis in (0, 1):
        step = h * np.eye(2)[:, axis, np.newaxis]
        difference = (exact.value(at + step) - exact.value(at - step)) / (2 * h)
        np.testing.assert_allclose(found[axis], difference, rtol=1e-6, atol=1e-6)


def test_the_exact_gradient_of_a_deep_network_in_a_plane_that_moves_biases() -> None:
    origin, first, second = (draw_network((4, 5, 3, 1), seed) for seed in range(3))
    loss = PlaneLoss(Plane(origin, first.layers, second.layers), draw_data(4, 11))
    at = np.random.default_rng(5).standard_normal((2, 70))
    gradient = slope(loss, at)
    for k in (0, 69):
        downhill = backward(Network(walk_plainly(loss.plane, *at[:, k])), *loss.data)
        for axis, direction in enumerate((first.layers, second.layers)):
            pairs = (
                (d, g)
                for ds, gs in zip(direction, downhill, strict=True)
                for d, g in zip(ds, gs, strict=True)
            )
            assert gradient[axis, k] == pytest.approx(sum((d * g).sum() for d, g in pairs), rel=1e-10)


def test_the_scan_holds_the_loss_at_each_node() -> None:
    loss = PlaneLoss(draw_plane(draw_network((4, 5, 1)), 0), draw_data(4, 7))
    field = scan(loss, (-1.0, 2.0, -3.0, 1.0), 5)
    assert field.values.shape == (5, 5)
    assert field.values.dtype == np.float64
    assert field.domain == (-1.0, 2.0, -3.0, 1.0)
    for row, y in enumerate(np.linspace(-3, 1, 5)):
        for column, x in enumerate(np.linspace(-1, 2, 5)):
            layers = walk_plainly(loss.plane, x, y)
            each = [
                lose_plainly(layers, *sample)
                for sample in zip(loss.data.inputs.T, loss.data.targets, strict=True)
            ]
            assert field.values[row, column] == pytest.approx(math.fsum(each) / 7, rel=1e-12)


# The loss of a ball's own samples.


@pytest.mark.parametrize("batch", [1, 5, 70])
@pytest.mark.parametrize("sizes", SIZES)
def test_a_minibatch_is_the_mean_loss_of_exactly_its_samples(sizes: tuple[int, ...], batch: int) -> None:
    samples, at, rows = draw_samples(sizes, 6, batch)
    rows[0] = rows[0, 0]  # one sample over and over
    for k, found in enumerate(samples.value(at, rows)):
        layers = walk_plainly(samples.plane, *at[:, k])
        each = [
            lose_plainly(layers, samples.data.inputs[:, row], samples.data.targets[row]) for row in rows[k]
        ]
        assert found == pytest.approx(math.fsum(each) / batch, rel=1e-12)


@pytest.mark.parametrize("batch", [1, 5, 70])
@pytest.mark.parametrize("sizes", SIZES)
def test_the_gradient_of_a_minibatch_is_backpropagation_along_the_plane(
    sizes: tuple[int, ...], batch: int
) -> None:
    samples, at, rows = draw_samples(sizes, 6, batch)
    found = slope_of_batches(samples, at, rows)
    for k in range(6):
        data = Dataset(samples.data.inputs[:, rows[k]], samples.data.targets[rows[k]])
        downhill = backward(Network(walk_plainly(samples.plane, *at[:, k])), *data)
        for axis, direction in enumerate(samples.plane[1:]):
            terms = [
                (part * slope).sum()
                for layers in zip(direction, downhill, strict=True)
                for part, slope in zip(*layers, strict=True)
            ]
            assert found[axis, k] == pytest.approx(sum(terms), rel=1e-10, abs=1e-13)


def test_the_gradient_of_a_minibatch_is_the_slope_of_its_value(surface: Landscape) -> None:
    assert surface.data is not None
    at, rows = draw_points(surface, 200), np.random.default_rng(3).integers(0, 569, (200, 40))
    found = slope_of_batches(surface.data, at, rows)
    h = np.longdouble(1e-6)
    for axis in (0, 1):
        step = h * np.eye(2, dtype=np.longdouble)[:, axis, np.newaxis]
        near, far = (
            surface.data.value(at + k * step, rows) - surface.data.value(at - k * step, rows) for k in (1, 2)
        )
        difference = ((8 * near - far) / (12 * h)).astype(np.float64)
        np.testing.assert_allclose(found[axis], difference, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_ball_on_its_minibatch_does_not_feel_the_others(
    dtype: type[np.floating], surface: Landscape
) -> None:
    assert surface.data is not None
    at = draw_points(surface, 3_000).astype(dtype)
    rows = np.random.default_rng(4).integers(0, 569, (3_000, 45)).astype(np.uint16)
    loss, gradient = surface.data.value(at, rows), slope_of_batches(surface.data, at, rows)
    assert loss.dtype == gradient.dtype == dtype
    for balls in (slice(0, 1), slice(1, 3), slice(3, 10), slice(10, 2_999), slice(2_999, 3_000)):
        some = np.ascontiguousarray(at[:, balls]), rows[balls]
        np.testing.assert_array_equal(surface.data.value(*some), loss[balls])
        np.testing.assert_array_equal(slope_of_batches(surface.data, *some), gradient[:, balls])
    parked = at.copy()
    parked[:, ::2] = np.nan
    assert np.isnan(surface.data.value(parked, rows)[::2]).all()
    assert np.isnan(slope_of_batches(surface.data, parked, rows)[:, ::2]).all()
    np.testing.assert_array_equal(surface.data.value(parked, rows)[1::2], loss[1::2])
    np.testing.assert_array_equal(slope_of_batches(surface.data, parked, rows)[:, 1::2], gradient[:, 1::2])


def test_minibatches_in_float32_agree_with_float64(surface: Landscape) -> None:
    assert surface.data is not None
    at = draw_points(surface, 2_000).astype(np.float32)
    rows = np.random.default_rng(5).integers(0, 569, (2_000, 32))
    exact = slope_of_batches(surface.data, at.astype(np.float64), rows)
    worst = np.abs(slope_of_batches(surface.data, at, rows) - exact).max()
    assert worst < 2e-6 * np.abs(exact).max()


def test_minibatches_of_many_balls_take_little_memory_and_spoil_nothing(surface: Landscape) -> None:
    assert surface.data is not None
    at = draw_points(surface, 100_000).astype(np.float32)
    rows = np.random.default_rng(6).integers(0, 569, (100_000, 8)).astype(np.uint16)
    at_before, rows_before, out = at.copy(), rows.copy(), np.empty_like(at)
    surface.data.gradient(at[:, :1], rows[:1], out[:, :1])
    tracemalloc.start()
    surface.data.gradient(at, rows, out)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4e6
    np.testing.assert_array_equal(at, at_before)
    np.testing.assert_array_equal(rows, rows_before)


# The breast cancer landscape.


def test_the_network_is_trained() -> None:
    network, data = Network(read_layers(EXHIBIT.weights)), breast_cancer()
    assert [layer.weight.shape[1] for layer in network.layers] == [30, len(network.layers[1].weight[0])]
    right = (forward(network, data.inputs)[-1][0] > 0) == (data.targets == 1)
    assert right.mean() > 0.97
    parts = [part.ravel() for layer in backward(network, *data) for part in layer]
    assert np.linalg.norm(np.concatenate(parts)) < 5e-3
    untrained = draw_network((30, len(network.layers[0].weight), 1))
    assert losses(network, *data).mean() < losses(untrained, *data).mean() / 10


def test_the_landscape_keeps_its_contract(surface: Landscape) -> None:
    check(surface)
    assert surface.data is not None
    assert surface.data.count == 569


def test_the_surface_is_true_to_the_network(exact: PlaneLoss, surface: Landscape) -> None:
    at = draw_points(surface, 2_000)
    loss, gradient = exact.value(at), slope(exact, at)
    assert np.abs(surface.value(at) - loss).max() < 1e-4 * np.ptp(loss)
    assert np.abs(surface.value(at) / loss - 1).max() < 0.02
    error = np.linalg.norm(surface.gradient(at) - gradient, axis=0)
    assert error.max() < 0.01 * np.linalg.norm(gradient, axis=0).max()
    assert np.median(error / np.linalg.norm(gradient, axis=0)) < 0.005


def test_all_samples_together_are_the_exact_loss(exact: PlaneLoss, surface: Landscape) -> None:
    assert surface.data is not None
    at = draw_points(surface, 100)
    rows = np.broadcast_to(np.arange(569), (100, 569))
    np.testing.assert_allclose(surface.data.value(at, rows), exact.value(at), rtol=1e-12)
    gradient = slope(exact, at)
    found = slope_of_batches(surface.data, at, rows)
    np.testing.assert_allclose(found, gradient, rtol=0, atol=1e-12 * np.abs(gradient).max())


def test_minibatches_are_noisy(surface: Landscape) -> None:
    assert surface.data is not None
    at, rng = draw_points(surface, 40), np.random.default_rng(0)
    gradients = np.stack(
        [slope_of_batches(surface.data, at, rng.integers(0, 569, (40, 28))) for _ in range(20)]
    )
    spread = np.linalg.norm(gradients.std(axis=0), axis=0) / np.linalg.norm(surface.gradient(at), axis=0)
    assert np.median(spread) > 0.1


def test_the_minima_are_the_valleys_and_the_trained_weights_lie_in_the_deepest(
    exact: PlaneLoss, surface: Landscape
) -> None:
    origin = np.zeros((2, 1))
    deepest, *others = surface.value(surface.minima.T)
    assert np.abs(surface.minima[0]).max() < 0.02
    assert exact.value(origin)[0] == pytest.approx(deepest, rel=0.01)
    assert surface.grid(201)[2].min() >= deepest
    assert min(others) > 2 * deepest
    angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    for minimum, loss in zip(surface.minima, surface.value(surface.minima.T), strict=True):
        around = minimum[:, np.newaxis] + 0.02 * np.stack([np.cos(angle), np.sin(angle)])
        assert (surface.value(around) > loss).all()
        assert (exact.value(around) > exact.value(np.ascontiguousarray(minimum[:, np.newaxis]))).all()


def test_a_ridge_parts_the_valleys_of_the_network_itself(exact: PlaneLoss, surface: Landscape) -> None:
    near, far = surface.minima
    line = near[:, np.newaxis] + np.multiply.outer(far - near, np.linspace(0, 1, 50))
    along: Array = exact.value(line)
    assert along.max() > 2 * along[-1]


def test_the_landscape_is_the_same_every_time(surface: Landscape) -> None:
    build: Callable[[], Landscape] = EXHIBIT.build
    at = draw_points(surface, 100)
    np.testing.assert_array_equal(build().gradient(at), surface.gradient(at))
