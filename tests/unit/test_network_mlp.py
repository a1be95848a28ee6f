"""The perceptrons against plain arithmetic, differences, published hand calculations and PyTorch."""

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from landscapes.errors import InputError
from landscapes.landscape import Array
from landscapes.network.activations import ACTIVATIONS, IDENTITY, RELU, SIGMOID, TANH, Activation
from landscapes.network.data import Dataset
from landscapes.network.each import gradient_of_each, losses_of_each
from landscapes.network.forward_mode import hessian_product, push_forward
from landscapes.network.initialise import SCHEMES, initialise
from landscapes.network.mlp import (
    Layer,
    Layers,
    Network,
    backward,
    check_fit,
    flatten,
    forward,
    losses,
    penalty,
    unflatten,
)
from landscapes.network.outputs import (
    BINARY_CROSS_ENTROPY,
    CROSS_ENTROPY,
    HALF_SQUARED_ERROR,
    LOSSES,
    MEAN_SQUARED_ERROR,
    Loss,
)
from landscapes.network.plane import Plane
from landscapes.network.samples import PlaneSamples
from landscapes.network.scan import PlaneLoss

Floats = npt.NDArray[np.float64]

REFERENCE = dict(np.load(Path(__file__).parents[1] / "data" / "torch_networks.npz", allow_pickle=False))
TORCH_CASES: list[tuple[str, str]] = [tuple(case) for case in json.loads(str(REFERENCE["cases"]))]
TORCH_SIZES: dict[str, list[int]] = json.loads(str(REFERENCE["sizes"]))

DEPTHS = [(3, 2), (3, 4, 2), (3, 4, 3, 2), (3, 3, 4, 2, 2)]
SMOOTH = [row for row in ACTIVATIONS if row.name not in ("relu", "leaky-relu")]

each_activation = pytest.mark.parametrize("hidden", ACTIVATIONS, ids=lambda row: row.name)
each_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda row: row.name)
each_depth = pytest.mark.parametrize("sizes", DEPTHS, ids=lambda sizes: f"{len(sizes) - 1} layers")


def by_name(rows: tuple[Any, ...], name: str) -> Any:
    return next(row for row in rows if row.name == name)


def draw_network(sizes: tuple[int, ...], hidden: Activation, loss: Loss, decay: float = 0.0) -> Network:
    rng = np.random.default_rng(len(sizes))
    layers = initialise(sizes, "xavier-normal", rng, gain=1.5)
    return Network(
        tuple(Layer(weight, rng.standard_normal(bias.shape)) for weight, bias in layers), hidden, loss, decay
    )


def draw_targets(loss: Loss, shape: tuple[int, ...], outputs: int, rng: np.random.Generator) -> Any:
    """Targets for samples ``(..., n)``."""
    if loss.counts:
        return rng.integers(0, outputs, shape)
    values = rng.standard_normal(shape if outputs == 1 else (*shape[:-1], outputs, shape[-1]))
    return values if loss is MEAN_SQUARED_ERROR else (values > 0).astype(float)


def draw_data(network: Network, n: int = 5) -> tuple[Floats, Any]:
    rng = np.random.default_rng(9)
    features, outputs = network.layers[0].weight.shape[-1], network.layers[-1].bias.shape[-1]
    return rng.standard_normal((features, n)), draw_targets(network.loss, (n,), outputs, rng)


def draw_direction(network: Network, seed: int = 3) -> Layers:
    vector = flatten(network.layers)
    return unflatten(np.random.default_rng(seed).standard_normal(vector.shape), network.layers)


def move(network: Network, vector: Array) -> Network:
    return Network(unflatten(vector, network.layers), network.hidden, network.loss, network.weight_decay)


def differentiate(network: Network, inputs: Array, targets: Any, direction: Array) -> Array:
    """The derivative of each sample's loss along a direction by central differences, in extended precision."""
    at, along, x = (part.astype(np.longdouble) for part in (flatten(network.layers), direction, inputs))
    h = np.longdouble(1e-4 if np.finfo(np.longdouble).eps < 1e-18 else 1e-3)
    ahead, back = (
        [losses(move(network, at + side * k * h * along), x, targets) for k in (1, 2, 3)] for side in (1, -1)
    )
    one, two, three = (a - b for a, b in zip(ahead, back, strict=True))
    return np.asarray((45 * one - 9 * two + three) / (60 * h))


# Activations.


PLAIN: dict[str, Callable[[float], float]] = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)) if z > -700 else math.exp(z),
    "tanh": math.tanh,
    "relu": lambda z: max(z, 0.0),
    "leaky-relu": lambda z: z if z > 0 else 0.01 * z,
    "gelu": lambda z: z * math.erfc(-z / math.sqrt(2)) / 2,
    "softplus": lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z))),
    "identity": lambda z: z,
}


@each_activation
def test_an_activation_is_what_the_textbook_says(hidden: Activation) -> None:
    z = np.concatenate([np.linspace(-9, 9, 4_001), [-1e4, -300, -37, 37, 300, 1e4]])
    expected = [PLAIN[hidden.name](point) for point in z.tolist()]
    np.testing.assert_allclose(hidden.value(z), expected, rtol=2e-14, atol=1e-300)
    near = np.abs(z) < 1
    np.testing.assert_allclose(hidden.value(z)[near], np.array(expected)[near], rtol=2e-15, atol=1e-16)


@each_activation
def test_an_activation_is_pytorchs_kinks_and_all(hidden: Activation) -> None:
    z = REFERENCE["points"]
    value = hidden.value(z)
    np.testing.assert_allclose(value, REFERENCE[f"{hidden.name}/value"], rtol=1e-14, atol=2e-15)
    np.testing.assert_allclose(
        hidden.slope(z, value), REFERENCE[f"{hidden.name}/slope"], rtol=1e-14, atol=1e-15
    )


@each_activation
def test_slope_and_curvature_are_derivatives(hidden: Activation) -> None:
    h = 1e-4
    z = np.linspace(-8, 8, 1_601) + 0.003
    for of, derivative in (
        (hidden.value, hidden.slope),
        (lambda at: hidden.slope(at, hidden.value(at)), hidden.curvature),
    ):
        near, far = (of(z + k * h) - of(z - k * h) for k in (1, 2))
        difference = (8 * near - far) / (12 * h)
        np.testing.assert_allclose(derivative(z, hidden.value(z)), difference, rtol=1e-9, atol=1e-10)


@each_activation
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_activation_keeps_the_dtype_and_stays_silent_far_out(
    hidden: Activation, dtype: type[np.floating]
) -> None:
    z = np.array(
        [-1e4, -200, -104, -88.0, -20, -1, -1e-44, -0.0, 0.0, 1e-44, 1, 20, 88, 200, 1e4, np.nan], dtype
    )
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        value = hidden.value(z)
        parts = [value, hidden.slope(z, value), hidden.curvature(z, value)]
    exact = z.astype(np.float64)
    exact_value = hidden.value(exact)
    exacts = [exact_value, hidden.slope(exact, exact_value), hidden.curvature(exact, exact_value)]
    for part, wanted in zip(parts, exacts, strict=True):
        assert part.dtype == dtype
        assert np.isfinite(part[:-1]).all()
        np.testing.assert_allclose(part[:-1], wanted[:-1], rtol=2e-6, atol=2e-6)
    assert np.isnan(value[-1])


@each_activation
def test_results_go_where_they_are_wanted(hidden: Activation) -> None:
    z = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    value, out = hidden.value(z), np.empty_like(z)
    assert hidden.value(z, out) is out
    np.testing.assert_array_equal(out, value)
    for derivative in (hidden.slope, hidden.curvature):
        wanted, place = derivative(z, value), z.copy()
        assert derivative(place, value, place) is place
        np.testing.assert_array_equal(place, wanted)
        np.testing.assert_array_equal(value, out)
    place = z.copy()
    np.testing.assert_array_equal(hidden.value(place, place), value)
    if hidden is not IDENTITY:
        assert (value != z).any()
    assert not np.shares_memory(value, z)


# Losses and their derivatives.


@each_loss
def test_losses_far_out_are_finite_and_silent(loss: Loss) -> None:
    for dtype, outputs in itertools.product((np.float32, np.float64), (1, 3)):
        z = np.linspace(-1e4, 1e4, 7 * outputs, dtype=dtype).reshape(outputs, 7)
        targets = draw_targets(loss, (7,), outputs, np.random.default_rng(0))
        targets = targets if loss.counts else targets.astype(dtype)
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            parts = (
                loss.value(z, targets),
                loss.slope(z, targets),
                loss.curvature(z, targets, np.ones_like(z)),
            )
        assert [part.shape for part in parts] == [(7,), z.shape, z.shape]
        for part in (*parts, loss.answer(z)):
            assert part.dtype == dtype
            assert np.isfinite(part).all()


def test_losses_are_those_that_one_computes_by_hand() -> None:
    z = np.array([[math.log(3.0)], [0.0]])
    assert BINARY_CROSS_ENTROPY.value(z, np.array([[1.0], [0.0]])) == pytest.approx(
        [(math.log(4 / 3) + math.log(2)) / 2]
    )
    assert CROSS_ENTROPY.answer(z) == pytest.approx(np.array([[0.75], [0.25]]))
    assert CROSS_ENTROPY.value(z, np.array([1])) == pytest.approx([math.log(4)])
    assert CROSS_ENTROPY.value(z, np.array([1.0])) == pytest.approx([math.log(4)])
    assert MEAN_SQUARED_ERROR.value(z, np.array([[0.0], [2.0]])) == pytest.approx(
        [(math.log(3) ** 2 + 4) / 2]
    )
    assert HALF_SQUARED_ERROR.value(z, np.array([[1.0], [0.0]])) == pytest.approx([(0.25**2 + 0.5**2) / 2])
    confident = np.array([[1e4], [-1e4]])
    assert CROSS_ENTROPY.value(confident, np.array([0]))[0] == 0
    assert CROSS_ENTROPY.value(confident, np.array([1]))[0] == 2e4


@each_loss
@each_activation
@each_depth
def test_backward_and_forward_mode_are_the_slope_of_the_loss(
    sizes: tuple[int, ...], hidden: Activation, loss: Loss
) -> None:
    network = draw_network(sizes, hidden, loss, decay=0.2)
    data = draw_data(network)
    gradient = flatten(backward(network, *data))
    directions = [draw_direction(network, seed) for seed in range(3)]
    value, slopes = push_forward(network, *data, directions)
    np.testing.assert_array_equal(value, losses(network, *data))
    assert slopes.shape == (3, 5)
    for direction, found in zip(map(flatten, directions), slopes, strict=True):
        expected = differentiate(network, *data, direction).astype(np.float64)
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-11)
        assert found.mean() == pytest.approx(gradient @ direction, rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("hidden", SMOOTH, ids=lambda row: row.name)
@each_loss
@each_depth
def test_every_component_of_the_gradient(sizes: tuple[int, ...], hidden: Activation, loss: Loss) -> None:
    network = draw_network(sizes, hidden, loss)
    data = draw_data(network)
    _, found = push_forward(
        network, *data, [unflatten(row, network.layers) for row in np.eye(flatten(network.layers).size)]
    )
    np.testing.assert_allclose(flatten(backward(network, *data)), found.mean(axis=-1), rtol=1e-12, atol=1e-15)


@each_loss
@each_activation
@each_depth
def test_the_hessian_product_is_the_change_of_the_gradient(
    sizes: tuple[int, ...], hidden: Activation, loss: Loss
) -> None:
    network = draw_network(sizes, hidden, loss, decay=0.2)
    data = draw_data(network)
    one, other = (draw_direction(network, seed) for seed in (4, 5))
    h, at, along = 1e-3, flatten(network.layers), flatten(one)
    ahead, back = (
        [flatten(backward(move(network, at + side * k * h * along), *data)) for k in (1, 2, 3)]
        for side in (1, -1)
    )
    near, middle, far = (a - b for a, b in zip(ahead, back, strict=True))
    product = flatten(hessian_product(network, *data, one))
    scale = np.abs(product).max()
    np.testing.assert_allclose(product, (45 * near - 9 * middle + far) / (60 * h), rtol=0, atol=1e-8 * scale)
    across = flatten(hessian_product(network, *data, other))
    assert along @ across == pytest.approx(flatten(other) @ product, rel=1e-10, abs=1e-12 * scale)


@pytest.mark.parametrize("number", range(len(TORCH_CASES)), ids=[", ".join(case) for case in TORCH_CASES])
def test_networks_are_pytorchs(number: int) -> None:
    activation, output = TORCH_CASES[number]
    case = {key.split("/")[1]: array for key, array in REFERENCE.items() if key.startswith(f"{number}/")}
    shape = initialise(TORCH_SIZES[output], "torch", np.random.default_rng(0))
    network = Network(
        unflatten(case["vector"], shape),
        by_name(ACTIVATIONS, activation),
        by_name(LOSSES, output.split(",", maxsplit=1)[0]),
        float(REFERENCE["weight_decay"]),
    )
    data = case["inputs"], case["targets"]
    assert losses(network, *data).mean() == pytest.approx(float(case["loss"]), rel=1e-13)
    product = flatten(hessian_product(network, *data, unflatten(case["direction"], shape)))
    for found, wanted in ((flatten(backward(network, *data)), case["gradient"]), (product, case["product"])):
        np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-12)


def test_weight_decay_counts_weights_once_and_biases_never() -> None:
    network = draw_network((3, 4, 2), TANH, MEAN_SQUARED_ERROR, decay=0.5)
    plain = Network(network.layers, network.hidden, network.loss)
    squares = math.fsum(float(w) ** 2 for layer in network.layers for w in layer.weight.ravel())
    assert penalty(network) == pytest.approx(0.25 * squares)
    data = draw_data(network)
    np.testing.assert_allclose(losses(network, *data) - losses(plain, *data), 0.25 * squares, rtol=1e-12)
    for with_decay, without, layer in zip(
        backward(network, *data), backward(plain, *data), network.layers, strict=True
    ):
        np.testing.assert_allclose(with_decay.weight - without.weight, 0.5 * layer.weight, rtol=1e-12)
        np.testing.assert_array_equal(with_decay.bias, without.bias)


# Published calculations by hand.

WORKED = Network(
    (
        Layer(np.array([[0.15, 0.20], [0.25, 0.30]]), np.array([0.35, 0.35])),
        Layer(np.array([[0.40, 0.45], [0.50, 0.55]]), np.array([0.60, 0.60])),
    ),
    SIGMOID,
    HALF_SQUARED_ERROR,
)
SAMPLE = np.array([[0.05], [0.10]]), np.array([[0.01], [0.99]])


def descend_weights(network: Network) -> Network:
    slopes = backward(network, *SAMPLE)
    layers = tuple(
        Layer(layer.weight - 0.5 * slope.weight, layer.bias)
        for layer, slope in zip(network.layers, slopes, strict=True)
    )
    return Network(layers, network.hidden, network.loss)


def test_the_worked_network_of_two_inputs_two_neurons_and_two_outputs() -> None:
    # M. Mazur, "A step by step backpropagation example", 2015; biases stay.
    answers = WORKED.loss.answer(forward(WORKED, SAMPLE[0])[-1])
    assert [f"{answer:.9f}" for answer in answers.ravel()] == ["0.751365070", "0.772928465"]
    assert f"{losses(WORKED, *SAMPLE)[0]:.9f}" == "0.298371109"
    first, second = descend_weights(WORKED).layers
    assert [f"{w:.8f}" for w in second.weight[0]] == ["0.35891648", "0.40866619"]
    assert [f"{w:.9f}" for w in second.weight.ravel()][1:] == ["0.408666186", "0.511301270", "0.561370121"]
    assert f"{first.weight[0, 0]:.9f}" == "0.149780716"
    assert [f"{w:.8f}" for w in first.weight.ravel()[1:]] == ["0.19956143", "0.24975114", "0.29950229"]
    assert f"{losses(descend_weights(WORKED), *SAMPLE)[0]:.9f}" == "0.291027774"


def test_the_worked_network_after_ten_thousand_steps() -> None:
    network = WORKED
    for _ in range(10_000):
        network = descend_weights(network)
    assert f"{losses(network, *SAMPLE)[0]:.5e}" == "3.51019e-05"


def test_a_parabola_and_a_line_as_networks_of_one_neuron() -> None:
    # (x - 4)^2 at x = 2, and (2 w + b - 10)^2 at w = 3, b = 1.
    x = Network((Layer(np.array([[2.0]]), np.zeros(1)),), IDENTITY, MEAN_SQUARED_ERROR)
    (slope,) = backward(x, np.ones((1, 1)), np.array([4.0]))
    assert slope.weight.item() == -4
    assert x.layers[0].weight.item() - 0.1 * slope.weight.item() == 2.4
    line = Network((Layer(np.array([[3.0]]), np.array([1.0])),), IDENTITY, MEAN_SQUARED_ERROR)
    (slope,) = backward(line, np.array([[2.0]]), np.array([10.0]))
    assert (slope.weight.item(), slope.bias.item()) == (-12, -6)


# Many networks.


@pytest.mark.parametrize("own", [False, True], ids=["shared samples", "own samples"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("sizes", [(2, 16, 16, 1), (1, 8, 1), (2, 3), (5, 7, 3)])
@each_loss
def test_a_network_among_many_is_as_if_alone_bit_for_bit(
    loss: Loss, sizes: tuple[int, ...], dtype: type[np.floating], own: bool
) -> None:
    rng, count = np.random.default_rng(1), 700
    network = Network(initialise(sizes, "xavier-normal", rng), TANH, loss, 0.1)
    vectors = flatten(initialise(sizes, "xavier-normal", rng, count)).astype(dtype)
    lead = (count,) if own else ()
    inputs = rng.standard_normal((*lead, sizes[0], 32)).astype(dtype)
    targets = draw_targets(loss, (*lead, 32), sizes[-1], rng)
    values, gradients = gradient_of_each(network, vectors, inputs, targets)
    assert values.dtype == gradients.dtype == dtype
    np.testing.assert_array_equal(losses_of_each(network, vectors, inputs, targets), values)
    for k in (0, 1, 350, 699):
        data = (inputs[k], targets[k]) if own else (inputs, targets)
        fed = tuple(part[np.newaxis] for part in data) if own else data
        value, gradient = gradient_of_each(network, vectors[k : k + 1], *fed)
        assert value[0] == values[k]
        np.testing.assert_array_equal(gradient[0], gradients[k])
        alone = move(network, vectors[k].astype(np.float64))
        near = 1e-12 if dtype is np.float64 else 1e-5
        assert values[k] == pytest.approx(losses(alone, *data).mean(), rel=near)
        wanted = flatten(backward(alone, *data))
        np.testing.assert_allclose(gradients[k], wanted, rtol=near, atol=near * np.abs(wanted).max())


@each_activation
def test_many_networks_of_every_activation_and_minibatches_of_one(hidden: Activation) -> None:
    rng = np.random.default_rng(2)
    network = Network(initialise((3, 4, 5, 2), "he-normal", rng), hidden, CROSS_ENTROPY)
    vectors = flatten(initialise((3, 4, 5, 2), "he-normal", rng, 30))
    for batch in (1, 9):
        inputs, targets = rng.standard_normal((30, 3, batch)), rng.integers(0, 2, (30, batch))
        before, out = vectors.copy(), np.empty_like(vectors)
        values, gradients = gradient_of_each(network, vectors, inputs, targets, out)
        assert gradients is out
        np.testing.assert_array_equal(vectors, before)
        turned, turned_out = np.asfortranarray(vectors), np.asfortranarray(np.zeros_like(vectors))
        gradient_of_each(network, turned, inputs, targets, turned_out)
        np.testing.assert_allclose(turned_out, out, rtol=1e-11, atol=1e-14)
        together = move(network, vectors)
        np.testing.assert_allclose(values, losses(together, inputs, targets).mean(axis=-1), rtol=1e-12)
        np.testing.assert_allclose(
            gradients, flatten(backward(together, inputs, targets)), rtol=1e-11, atol=1e-14
        )


def test_batches_in_forward_mode_are_their_networks_alone() -> None:
    rng = np.random.default_rng(3)
    sizes = (3, 4, 2)
    vectors = flatten(initialise(sizes, "xavier-normal", rng, 6))
    like = initialise(sizes, "xavier-normal", rng)
    batch = Network(unflatten(vectors, like), TANH, CROSS_ENTROPY, 0.2)
    inputs, targets = rng.standard_normal((6, 3, 8)), rng.integers(0, 2, (6, 8))
    along = rng.standard_normal(vectors.shape)
    value, slopes = push_forward(batch, inputs, targets, [unflatten(along, like)])
    product = flatten(hessian_product(batch, inputs, targets, unflatten(along, like)))
    assert (value.shape, slopes.shape) == ((6, 8), (1, 6, 8))
    for k in range(6):
        one, direction = move(batch, vectors[k]), unflatten(along[k], like)
        alone, (slope,) = push_forward(one, inputs[k], targets[k], [direction])
        np.testing.assert_allclose(value[k], alone, rtol=1e-13)
        np.testing.assert_allclose(slopes[0, k], slope, rtol=1e-12, atol=1e-14)
        wanted = flatten(hessian_product(one, inputs[k], targets[k], direction))
        np.testing.assert_allclose(product[k], wanted, rtol=1e-11, atol=1e-14)


def test_a_network_that_blew_up_disturbs_nobody() -> None:
    rng = np.random.default_rng(4)
    network = Network(initialise((2, 8, 1), "he-normal", rng), RELU, MEAN_SQUARED_ERROR)
    vectors = flatten(initialise((2, 8, 1), "he-normal", rng, 5)).astype(np.float32)
    data = rng.standard_normal((2, 20)), rng.standard_normal(20)
    values, gradients = gradient_of_each(network, vectors, *data)
    vectors[1], vectors[3] = 1e30, np.nan
    spoiled, spoiled_gradients = gradient_of_each(network, vectors, *data)
    assert not np.isfinite(spoiled[[1, 3]]).any()
    np.testing.assert_array_equal(spoiled[::2], values[::2])
    np.testing.assert_array_equal(spoiled_gradients[::2], gradients[::2])


# Planes of such networks.


def draw_plane_of(hidden: Activation, loss: Loss, outputs: int, decay: float) -> tuple[Plane, Dataset]:
    """A plane that moves everything, and 19 samples."""
    origin, first, second = (
        unflatten(vector, initialise((3, 5, 4, outputs), "torch", np.random.default_rng(0)))
        for vector in np.random.default_rng(6).standard_normal((3, 20 + 24 + 5 * outputs))
    )
    network = Network(origin, hidden, loss, decay)
    return Plane(network, first, second), Dataset(*draw_data(network, 19))


@pytest.mark.parametrize("outputs", [1, 12])
@each_loss
@each_activation
def test_a_plane_of_any_networks_is_what_backpropagation_says(
    hidden: Activation, loss: Loss, outputs: int
) -> None:
    plane, data = draw_plane_of(hidden, loss, outputs, decay=0.3)
    exact, samples = PlaneLoss(plane, data), PlaneSamples(plane, data)
    rng = np.random.default_rng(7)
    at, rows = rng.standard_normal((2, 4)), rng.integers(0, 19, (4, 6))
    whole, batch, slope, noisy = (
        exact.value(at),
        samples.value(at, rows),
        np.empty_like(at),
        np.empty_like(at),
    )
    exact.gradient(at, slope, np.empty(0))
    samples.gradient(at, rows, noisy)
    for k, (x, y) in enumerate(at.T):
        vector = flatten(plane.origin.layers) + x * flatten(plane.first) + y * flatten(plane.second)
        network = move(plane.origin, vector)
        few = data.inputs[:, rows[k]], data.targets[..., rows[k]]
        for fed, value, found in ((data, whole[k], slope[:, k]), (few, batch[k], noisy[:, k])):
            assert value == pytest.approx(losses(network, *fed).mean(), rel=1e-12)
            gradient = flatten(backward(network, *fed))
            wanted = [gradient @ flatten(plane.first), gradient @ flatten(plane.second)]
            assert found == pytest.approx(np.array(wanted), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@each_loss
def test_a_ball_in_such_a_plane_does_not_feel_the_others(loss: Loss, dtype: type[np.floating]) -> None:
    plane, data = draw_plane_of(TANH, loss, 12, decay=0.3)
    samples, rng = PlaneSamples(plane, data), np.random.default_rng(8)
    at = rng.standard_normal((2, 300)).astype(dtype)
    for batch in (1, 7):
        rows, gradient, lone = rng.integers(0, 19, (300, batch)), np.empty_like(at), np.empty_like(at[:, :1])
        value = samples.value(at, rows)
        samples.gradient(at, rows, gradient)
        assert value.dtype == dtype
        for k in range(0, 300, 50):
            place = np.ascontiguousarray(at[:, k : k + 1])
            samples.gradient(place, rows[k : k + 1], lone)
            assert samples.value(place, rows[k : k + 1])[0] == value[k]
            np.testing.assert_array_equal(lone[:, 0], gradient[:, k])


# Vectors.


def test_vectors_are_in_pytorchs_order_and_views() -> None:
    layers = (
        Layer(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([7.0, 8.0, 9.0])),
        Layer(np.array([[10.0, 11.0, 12.0]]), np.array([13.0])),
    )
    vector = flatten(layers)
    assert vector.tolist() == list(range(1, 14))
    parts = unflatten(vector, layers)
    for part, wanted in zip(itertools.chain(*parts), itertools.chain(*layers), strict=True):
        np.testing.assert_array_equal(part, wanted)
        assert np.shares_memory(part, vector)
    many = np.arange(52, dtype=np.float32).reshape(2, 2, 13)
    stacked = unflatten(many, parts)
    assert stacked[0].weight.shape == (2, 2, 3, 2)
    assert stacked[1].bias.shape == (2, 2, 1)
    assert np.shares_memory(stacked[1].weight, many)
    np.testing.assert_array_equal(flatten(stacked), many)
    assert flatten(stacked).dtype == np.float32


# Where training starts.


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda row: row.name)
def test_first_weights_have_the_spread_of_their_scheme(scheme: Any) -> None:
    gain = 1.7
    layers = initialise((200, 300, 50), scheme.name, np.random.default_rng(0), gain=gain)
    # Variances as PyTorch documents them, for uniform ones a third of the squared bound.
    variances: dict[str, Callable[[int, int], float]] = {
        "xavier-uniform": lambda before, after: 6 / (before + after) / 3,
        "xavier-normal": lambda before, after: 2 / (before + after),
        "he-uniform": lambda before, _: 3 * 2 / before / 3,
        "he-normal": lambda before, _: 2 / before,
        "torch": lambda before, _: 1 / before / 3,
    }
    for layer in layers:
        after, before = layer.weight.shape
        deviation = math.sqrt(variances[scheme.name](before, after))
        assert layer.weight.std() == pytest.approx(gain * deviation, rel=0.02)
        assert abs(layer.weight.mean()) < 0.03 * gain * deviation
        bound = gain * deviation * math.sqrt(3)
        assert (np.abs(layer.weight).max() <= bound) == ("normal" not in scheme.name)
        assert layer.bias.any() == (scheme.name == "torch")
        assert np.abs(layer.bias).max() <= deviation * math.sqrt(3)


def test_the_first_of_many_networks_do_not_depend_on_how_many_there_are() -> None:
    for scheme in SCHEMES:
        one, few, many = (
            flatten(initialise((3, 5, 2), scheme.name, np.random.default_rng(7), count))
            for count in (None, 4, 9)
        )
        np.testing.assert_array_equal(many[:4], few)
        np.testing.assert_array_equal(few[0], one)
        assert len(np.unique(many[:, 0])) == 9


# Errors.


@pytest.mark.parametrize(
    ("sizes", "options", "words"),
    [
        ((3,), {}, "at least two sizes"),
        ((), {}, "not none"),
        ((3, 0, 1), {}, "not 3-0-1"),
        ((3, 1), {"count": 0}, "at least 1"),
        ((3, 1), {"gain": math.nan}, "gain"),
        ((3, 1), {"scheme": "xavier"}, "did you mean xavier-"),
    ],
)
def test_networks_that_cannot_be(sizes: tuple[int, ...], options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        initialise(sizes, rng=np.random.default_rng(0), **{"scheme": "he-normal", **options})
    assert "\n" not in str(caught.value)


def test_vectors_of_another_network_are_refused() -> None:
    network = draw_network((3, 4, 2), TANH, CROSS_ENTROPY)
    with pytest.raises(InputError, match="26 weights and biases, but 25 were given"):
        unflatten(np.zeros(25), network.layers)
    with pytest.raises(InputError, match="26"):
        gradient_of_each(network, np.zeros((2, 25)), *draw_data(network))


def test_data_that_do_not_fit_are_named() -> None:
    network = draw_network((3, 4, 2), TANH, CROSS_ENTROPY)
    inputs, classes = np.zeros((3, 5)), np.array([0, 1, 0, 1, 1])
    check_fit(network, inputs, classes)
    check_fit(network, np.zeros((7, 3, 5)), np.zeros((7, 5), int))
    check_fit(Network(network.layers, TANH, MEAN_SQUARED_ERROR), inputs, np.zeros((2, 5)))
    cases: list[tuple[Network, Any, Any, str]] = [
        (network, np.zeros((4, 5)), classes, "4 features, but the network takes 3"),
        (network, np.zeros(3), classes, "shape"),
        (network, inputs, classes[:4], r"\(5,\), not \(4,\)"),
        (network, inputs, np.array([0, 1, 2, 1, 1]), "from 0 to 1"),
        (network, inputs, np.array([0, 1, 0.5, 1, 1]), "whole numbers"),
        (Network(network.layers, TANH, MEAN_SQUARED_ERROR), inputs, np.zeros(5), r"\(2, 5\), not \(5,\)"),
        (Network((network.layers[0], network.layers[0])), inputs, classes, "layer 1 of the network has 4"),
    ]
    for case, x, targets, words in cases:
        with pytest.raises(InputError, match=words):
            check_fit(case, x, targets)
