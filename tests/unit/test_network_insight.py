"""What is seen inside a network, against plain arithmetic on the same network."""

import dataclasses
import math

import numpy as np
import pytest

from landscapes.errors import InputError
from landscapes.network.activations import RELU, TANH
from landscapes.network.data import DATASETS, Dataset, Split
from landscapes.network.initialise import initialise
from landscapes.network.insight import Insight, Score, cut_inputs, find_answer, look_inside
from landscapes.network.mlp import Layer, Network, backward, flatten, forward, losses, unflatten
from landscapes.network.outputs import (
    BINARY_CROSS_ENTROPY,
    CROSS_ENTROPY,
    HALF_SQUARED_ERROR,
    MEAN_SQUARED_ERROR,
    Loss,
)

CASES: tuple[tuple[str, tuple[int, ...], Loss], ...] = (
    ("xor", (2, 2, 1), BINARY_CROSS_ENTROPY),
    ("breast-cancer", (30, 2, 1), BINARY_CROSS_ENTROPY),
    ("digits", (64, 16, 10), CROSS_ENTROPY),
    ("iris", (4, 3), CROSS_ENTROPY),
    ("sine", (1, 8, 1), MEAN_SQUARED_ERROR),
    ("moons", (2, 7, 6, 5, 1), HALF_SQUARED_ERROR),
)
each_case = pytest.mark.parametrize(("name", "sizes", "loss"), CASES, ids=[case[0] for case in CASES])


def load(name: str) -> Split:
    return next(row for row in DATASETS if row.name == name).load(1)


def draw_network(sizes: tuple[int, ...], loss: Loss, decay: float = 0.0) -> Network:
    rng = np.random.default_rng(5)
    layers = initialise(sizes, "torch", rng, gain=2.0)
    return Network(layers, TANH, loss, decay)


def look(network: Network, data: Split, sample: int = 2) -> Insight:
    return look_inside(network, data.train, data.test, sample, cut_inputs(data.train.inputs))


def score_by_hand(network: Network, data: Dataset) -> Score:
    """One sample after the other."""
    total, right = 0.0, 0
    for row, target in zip(data.inputs.T, data.targets.tolist(), strict=True):
        one = row[:, np.newaxis]
        total += float(losses(network, one, np.array([target]))[0])
        answer = forward(network, one)[-1][:, 0].tolist()
        says = answer.index(max(answer)) if len(answer) > 1 else int(answer[0] > 0)
        right += says == target
    count = len(data.targets)
    return Score(total / count, None if network.loss is MEAN_SQUARED_ERROR else right / count)


@each_case
def test_scores_are_those_of_one_sample_after_the_other(
    name: str, sizes: tuple[int, ...], loss: Loss
) -> None:
    data, network = load(name), draw_network(sizes, loss, decay=0.01)
    seen = look(network, data)
    for found, known in ((seen.train, data.train), (seen.test, data.test)):
        assert (found is None) == (known is None)
        if found is not None and known is not None:
            wanted = score_by_hand(network, known)
            assert found.loss == pytest.approx(wanted.loss, rel=1e-12)
            assert found.accuracy == wanted.accuracy


@each_case
def test_gradients_are_measured_layer_by_layer(name: str, sizes: tuple[int, ...], loss: Loss) -> None:
    data, network = load(name), draw_network(sizes, loss, decay=0.01)
    gradient = backward(network, data.train.inputs, data.train.targets)
    wanted = [math.sqrt(sum((part**2).sum() for part in layer)) for layer in gradient]
    norms = look(network, data).gradient_norms
    assert norms == pytest.approx(wanted, rel=1e-12)
    # And all of them together by differences, along the gradient itself.
    vector, way = flatten(network.layers), flatten(gradient)
    h, values = 1e-6 / np.linalg.norm(way), []
    for step in (h, -h):
        moved = dataclasses.replace(network, layers=unflatten(vector + step * way, network.layers))
        values.append(losses(moved, data.train.inputs, data.train.targets).mean())
    assert math.hypot(*norms) == pytest.approx(math.sqrt((values[0] - values[1]) / (2 * h)), rel=1e-5)


@each_case
def test_activations_are_those_of_the_sample(name: str, sizes: tuple[int, ...], loss: Loss) -> None:
    data, network = load(name), draw_network(sizes, loss)
    sample = data.train.inputs.shape[1] - 1
    seen = look(network, data, sample)
    assert [part.size for part in seen.activations] == list(sizes)
    preactivations = forward(network, data.train.inputs[:, [sample]])
    np.testing.assert_array_equal(seen.activations[0], data.train.inputs[:, sample])
    for found, z in zip(seen.activations[1:-1], preactivations[:-1], strict=True):
        np.testing.assert_allclose(found, np.tanh(z[:, 0]), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(seen.activations[-1], loss.answer(preactivations[-1])[:, 0], rtol=1e-12)
    for part, reach in zip(seen.activations, seen.reaches, strict=True):
        assert np.abs(part).max() <= reach
    assert seen.reaches[0] == np.abs(data.train.inputs).max()


@each_case
def test_answers_are_those_of_the_network_to_inputs_of_the_section(
    name: str, sizes: tuple[int, ...], loss: Loss
) -> None:
    data, network = load(name), draw_network(sizes, loss)
    seen = look(network, data)
    section = seen.section
    inputs = section.origin[:, np.newaxis] + section.axes @ section.grid
    wanted = loss.answer(forward(network, inputs)[-1])
    assert seen.answers.shape == (sizes[-1], math.prod(len(part) for part in section.ticks))
    np.testing.assert_allclose(seen.answers, wanted, rtol=1e-4, atol=1e-5)


def test_sections_of_inputs_that_are_not_standardised_go_through_their_mean() -> None:
    data = load("iris").train
    data = data._replace(inputs=5 + 2 * data.inputs)
    network, section = draw_network((4, 3, 3), CROSS_ENTROPY), cut_inputs(data.inputs)
    np.testing.assert_allclose(section.origin, data.inputs.mean(axis=1))
    inputs = section.origin[:, np.newaxis] + section.axes @ section.grid
    wanted = CROSS_ENTROPY.answer(forward(network, inputs)[-1])
    answers = look_inside(network, data, None, 0, section).answers
    np.testing.assert_allclose(answers, wanted, rtol=1e-4, atol=1e-5)


def test_one_or_two_inputs_are_shown_as_they_are() -> None:
    for name in ("sine", "moons"):
        inputs = load(name).train.inputs
        section = cut_inputs(inputs)
        np.testing.assert_array_equal(section.points, inputs)
        assert section.share == 1
        for ticks, row in zip(section.ticks, inputs, strict=True):
            assert ticks[0] < row.min()
            assert ticks[-1] > row.max()
            np.testing.assert_allclose(np.diff(ticks), ticks[1] - ticks[0])
    x, y = cut_inputs(inputs).ticks
    np.testing.assert_array_equal(cut_inputs(inputs).grid[:, : len(x)], [x, np.full(len(x), y[0])])


@pytest.mark.parametrize("name", ["breast-cancer", "digits", "iris"])
def test_more_inputs_are_shown_along_their_principal_components(name: str) -> None:
    inputs = load(name).train.inputs
    section = cut_inputs(inputs)
    np.testing.assert_allclose(section.axes.T @ section.axes, np.eye(2), atol=1e-12)
    beside = inputs - inputs.mean(axis=1, keepdims=True)
    components, lengths, _ = np.linalg.svd(beside, full_matrices=False)
    np.testing.assert_allclose(np.abs((section.axes * components[:, :2]).sum(axis=0)), 1, atol=1e-9)
    assert section.share == pytest.approx((lengths[:2] ** 2).sum() / (lengths**2).sum(), rel=1e-9)
    # Nearest points: what is left of a sample stands upright on the plane.
    left_over = inputs - section.origin[:, np.newaxis] - section.axes @ section.points
    np.testing.assert_allclose(section.axes.T @ left_over, 0, atol=1e-10)
    # Which way they point does not hang on the order of the samples.
    np.testing.assert_allclose(cut_inputs(inputs[:, ::-1]).axes, section.axes, atol=1e-9)


def test_samples_that_do_not_differ_can_be_shown() -> None:
    for inputs in (np.zeros((3, 4)), np.ones((1, 1)), np.array([[0.05], [0.10]])):
        section = cut_inputs(inputs)
        assert np.isfinite(section.grid).all()
        assert section.share == 1
        assert all(part[-1] > part[0] for part in section.ticks)


def test_balls_are_float32_and_seen_in_float64() -> None:
    data, network = load("breast-cancer"), draw_network((30, 2, 1), BINARY_CROSS_ENTROPY)
    single = tuple(Layer(*(part.astype(np.float32) for part in layer)) for layer in network.layers)
    double = tuple(Layer(*(part.astype(np.float64) for part in layer)) for layer in single)
    seen, wanted = (look(dataclasses.replace(network, layers=layers), data) for layers in (single, double))
    assert seen.train == wanted.train
    assert seen.gradient_norms == wanted.gradient_norms
    assert seen.network.layers[0].weight.dtype == np.float32


def test_several_answers_are_right_if_all_are() -> None:
    layer = Layer(np.eye(2), np.zeros(2))
    inputs = np.array([[1.0, 1, -1, -1], [1, -1, 1, -1]])
    targets = np.array([[1.0, 1, 1, 0], [1, 0, 0, 0]])
    data = Dataset(inputs, targets)
    network = Network((layer,), RELU, BINARY_CROSS_ENTROPY)
    assert look_inside(network, data, None, 0, cut_inputs(inputs)).train.accuracy == 0.75
    amounts = Dataset(inputs, targets.clip(0.01, 0.99))
    network = dataclasses.replace(network, loss=HALF_SQUARED_ERROR)
    assert look_inside(network, amounts, None, 0, cut_inputs(inputs)).train.accuracy is None


def test_what_diverged_is_told_without_a_word() -> None:
    data, network = load("moons"), draw_network((2, 3, 1), BINARY_CROSS_ENTROPY)
    for bad in (np.nan, np.inf, -np.inf, 1e300, -1e300):
        vector = np.full_like(flatten(network.layers), bad)
        seen = look(dataclasses.replace(network, layers=unflatten(vector, network.layers)), data)
        assert math.isnan(seen.train.loss) or seen.train.loss > 1e100
        # No answer is not the answer "no"; what is huge is still one.
        assert seen.train.accuracy == (0 if not np.isfinite(bad) else pytest.approx(0.5, abs=0.1))


def test_answers_become_classes() -> None:
    np.testing.assert_array_equal(find_answer(np.array([[0.2, 0.5, 0.7]])), [0, 0, 1])
    np.testing.assert_array_equal(find_answer(np.array([[0.2, 0.5], [0.3, 0.1], [0.5, 0.4]])), [2, 0])


def test_data_that_do_not_fit_are_refused() -> None:
    data, network = load("moons"), draw_network((2, 3, 1), BINARY_CROSS_ENTROPY)
    section = cut_inputs(data.train.inputs)
    for sample in (-1, data.train.inputs.shape[1]):
        with pytest.raises(InputError, match=f"no sample {sample}: take one from 0 to 399"):
            look_inside(network, data.train, None, sample, section)
    other = load("iris").train
    for train, test in ((other, None), (data.train, other)):
        with pytest.raises(InputError, match="4 features"):
            look_inside(network, train, test, 0, section)
