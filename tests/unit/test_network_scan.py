"""Scans: true to the network, the same bit for bit whoever computes them, resumed and never trusted blindly."""

import dataclasses
import math
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

import landscapes.network.scan as module
from landscapes.errors import InputError
from landscapes.landscape import Array
from landscapes.network.activations import ACTIVATIONS, RELU, TANH, Activation
from landscapes.network.data import Dataset
from landscapes.network.initialise import initialise
from landscapes.network.mlp import Layer, Network, backward, flatten, losses
from landscapes.network.outputs import BINARY_CROSS_ENTROPY, CROSS_ENTROPY, LOSSES, MEAN_SQUARED_ERROR, Loss
from landscapes.network.plane import Plane, draw_plane
from landscapes.network.samples import PlaneSamples
from landscapes.network.scan import MOST_BYTES, PlaneLoss, check_room, measure_errors, scan, scan_samples
from landscapes.sampled import GridField
from tests.unit.test_network_store import Here, cut_short, flip, list_chunks, make_empty

DOMAIN = (-1.0, 2.0, -0.5, 1.5)


def make_loss(
    sizes: tuple[int, ...] = (3, 8, 4, 1),
    n: int = 700,
    hidden: Activation = TANH,
    loss: Loss = BINARY_CROSS_ENTROPY,
    weight_decay: float = 0.0,
) -> PlaneLoss:
    rng = np.random.default_rng(3)
    network = Network(initialise(sizes, "torch", rng), hidden, loss, weight_decay)
    inputs = rng.standard_normal((sizes[0], n))
    if loss.counts:
        targets = rng.integers(0, sizes[-1], n)
    else:
        targets = rng.integers(0, 2, (sizes[-1], n) if sizes[-1] > 1 else n).astype(float)
    return PlaneLoss(draw_plane(network, 5, biases=True), Dataset(inputs, targets))


def walk(loss: PlaneLoss, x: float, y: float) -> Network:
    """One network of the plane, its weights added up."""
    origin, first, second = loss.plane
    layers = tuple(
        Layer(*(o + x * u + y * v for o, u, v in zip(*parts, strict=True)))
        for parts in zip(origin.layers, first, second, strict=True)
    )
    return dataclasses.replace(origin, layers=layers)


CASES = [
    *(((5, 6, 1), 30, hidden, BINARY_CROSS_ENTROPY, 0.0) for hidden in ACTIVATIONS),
    *(((4, 7, 3), 1100, TANH, loss, 0.0) for loss in LOSSES),
    ((4, 70, 70, 10), 700, RELU, CROSS_ENTROPY, 0.0),
    ((3, 1), 1, TANH, MEAN_SQUARED_ERROR, 0.0),
    ((1, 5, 5, 5, 2), 513, RELU, MEAN_SQUARED_ERROR, 0.1),
]


@pytest.mark.parametrize(("sizes", "n", "hidden", "loss", "decay"), CASES)
def test_scans_are_true_to_the_network(
    sizes: tuple[int, ...], n: int, hidden: Activation, loss: Loss, decay: float
) -> None:
    exact = make_loss(sizes, n, hidden, loss, decay)
    field, each = scan(exact, DOMAIN, 6), scan_samples(exact, DOMAIN, 6)
    assert each.shape == (n, 6, 6)
    assert field.values.dtype == np.float64
    for row, y in enumerate(np.linspace(-0.5, 1.5, 6)):
        for column, x in enumerate(np.linspace(-1, 2, 6)):
            plain = losses(walk(exact, x, y), *exact.data)
            mean = math.fsum(plain) / n
            assert field.values[row, column] == pytest.approx(mean, rel=1e-12)
            assert exact.value(np.array([[x], [y]]))[0] == pytest.approx(mean, rel=1e-12)
            np.testing.assert_allclose(each[:, row, column], plain, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(each.mean(axis=0, dtype=float), field.values, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("sizes", "n", "hidden", "loss", "decay"), CASES)
def test_gradients_are_backpropagation_along_the_plane(
    sizes: tuple[int, ...], n: int, hidden: Activation, loss: Loss, decay: float
) -> None:
    exact = make_loss(sizes, n, hidden, loss, decay)
    xy = np.random.default_rng(1).uniform(-1, 1, (2, 40))
    out = np.empty_like(xy)
    exact.gradient(xy, out, np.empty(0))
    for k in (0, 1, 39):
        downhill = flatten(backward(walk(exact, *xy[:, k]), *exact.data))
        for axis, direction in enumerate(exact.plane[1:]):
            assert out[axis, k] == pytest.approx(downhill @ flatten(direction), rel=1e-10, abs=1e-13)


def test_it_does_not_matter_how_many_positions_are_asked_for() -> None:
    exact = make_loss((4, 70, 10), 700, RELU, CROSS_ENTROPY)
    xy = np.random.default_rng(1).uniform(-1, 1, (2, 41))
    value, gradient = exact.value(xy), np.empty_like(xy)
    exact.gradient(xy, gradient, np.empty(0))
    for some in (slice(0, 1), slice(3, 5), slice(1, 8), slice(0, 40), slice(0, 0)):
        part = np.ascontiguousarray(xy[:, some])
        np.testing.assert_allclose(exact.value(part), value[some], rtol=1e-14)
        out = np.empty_like(part)
        exact.gradient(part, out, np.empty(0))
        np.testing.assert_allclose(out, gradient[:, some], rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_values_keep_their_dtype(dtype: type[np.floating]) -> None:
    exact = make_loss()
    xy = np.random.default_rng(0).uniform(-1, 1, (2, 300)).astype(dtype)
    found = exact.value(xy)
    assert found.dtype == dtype
    np.testing.assert_allclose(
        found, exact.value(xy.astype(float)), rtol=1e-5 if dtype == np.float32 else 1e-12
    )


def test_what_overflows_is_infinite_or_no_number_and_silent() -> None:
    exact = make_loss(hidden=RELU)
    found = exact.value(np.array([[0.0, 1e200, np.nan], [0.0, 1e300, 0.0]]))
    assert np.isfinite(found).tolist() == [True, False, False]


def test_the_surface_of_a_minibatch_is_a_mean_away() -> None:
    exact = make_loss(weight_decay=0.3)
    each = scan_samples(exact, DOMAIN, 9)
    rows = np.random.default_rng(2).integers(0, 700, 32)
    x, y = np.meshgrid(np.linspace(-1, 2, 9), np.linspace(-0.5, 1.5, 9))
    at = np.stack([x.ravel(), y.ravel()])
    found = PlaneSamples(exact.plane, exact.data).value(at, np.broadcast_to(rows, (81, 32)))
    np.testing.assert_allclose(each[rows].mean(axis=0, dtype=float).ravel(), found, rtol=1e-6)


RESOLUTION = 96
"""Some chunks of the network below."""


@pytest.fixture(scope="module")
def exact() -> PlaneLoss:
    return make_loss()


@pytest.fixture(scope="module")
def means(exact: PlaneLoss) -> Array:
    return scan(exact, DOMAIN, RESOLUTION).values


def open_processes() -> Executor:
    return ProcessPoolExecutor(2, mp_context=get_context("spawn"))


@pytest.mark.parametrize(
    "make", [Here, lambda: ThreadPoolExecutor(1), lambda: ThreadPoolExecutor(5), open_processes]
)
def test_scans_are_the_same_whoever_computes_them(
    make: Callable[[], Executor], exact: PlaneLoss, means: Array
) -> None:
    with make() as executor:
        np.testing.assert_array_equal(scan(exact, DOMAIN, RESOLUTION, executor=executor).values, means)
        each = scan_samples(exact, DOMAIN, 60, executor=executor)
    np.testing.assert_array_equal(each, scan_samples(exact, DOMAIN, 60))


@pytest.mark.parametrize("most", [1, 2, 4])
def test_an_interrupted_scan_goes_on_where_it_was(
    most: int, exact: PlaneLoss, means: Array, tmp_path: Path
) -> None:
    told: list[int] = []

    def interrupt(done: int) -> None:
        told.append(done)
        if len(told) > most:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(exact, DOMAIN, RESOLUTION, folder=tmp_path, note=interrupt)
    assert 0 < told[-1] < RESOLUTION**2
    rest = Here()
    found = scan(exact, DOMAIN, RESOLUTION, folder=tmp_path, executor=rest, note=told.append)
    np.testing.assert_array_equal(found.values, means)
    assert rest.calls > 0
    assert told[most + 1] == told[most]
    assert told[-1] == RESOLUTION**2
    again = Here()
    np.testing.assert_array_equal(
        scan(exact, DOMAIN, RESOLUTION, folder=tmp_path, executor=again).values, means
    )
    assert again.calls == 0


@pytest.mark.parametrize("damage", [flip, cut_short, make_empty])
def test_a_damaged_part_of_a_scan_is_computed_again(
    damage: Callable[[Path], None], exact: PlaneLoss, means: Array, tmp_path: Path
) -> None:
    scan(exact, DOMAIN, RESOLUTION, folder=tmp_path)
    (folder,) = tmp_path.glob("scans/*")
    damage(list_chunks(folder)[1])
    again = Here()
    found = scan(exact, DOMAIN, RESOLUTION, folder=tmp_path, executor=again)
    np.testing.assert_array_equal(found.values, means)
    assert again.calls == 1


def change_plane(loss: PlaneLoss, part: int) -> PlaneLoss:
    parts = [loss.plane.origin.layers, loss.plane.first, loss.plane.second]
    layer = parts[part][1]
    bias = layer.bias.copy()
    bias[0] += 1e-15
    parts[part] = (parts[part][0], Layer(layer.weight, bias), *parts[part][2:])
    origin = dataclasses.replace(loss.plane.origin, layers=parts[0])
    return PlaneLoss(Plane(origin, parts[1], parts[2]), loss.data)


def change_network(exact: PlaneLoss, /, **changes: object) -> PlaneLoss:
    origin = dataclasses.replace(exact.plane.origin, **changes)  # type: ignore[arg-type]
    return PlaneLoss(exact.plane._replace(origin=origin), exact.data)


def change_data(loss: PlaneLoss, part: int) -> PlaneLoss:
    parts = [array.copy() for array in loss.data]
    parts[part].flat[7] = 1 - parts[part].flat[7]
    return PlaneLoss(loss.plane, Dataset(*parts))


CHANGES: dict[str, Callable[[PlaneLoss], PlaneLoss]] = {
    "origin": lambda loss: change_plane(loss, 0),
    "first": lambda loss: change_plane(loss, 1),
    "second": lambda loss: change_plane(loss, 2),
    "inputs": lambda loss: change_data(loss, 0),
    "targets": lambda loss: change_data(loss, 1),
    "activation": lambda loss: change_network(loss, hidden=RELU),
    "loss": lambda loss: change_network(loss, loss=MEAN_SQUARED_ERROR),
    "decay": lambda loss: change_network(loss, weight_decay=1e-9),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_scan_of_anything_else_is_another(change: str, tmp_path: Path) -> None:
    loss, executor = make_loss(n=20), Here()
    for one, calls in ((loss, 1), (loss, 1), (CHANGES[change](loss), 2)):
        found = scan(one, DOMAIN, 4, folder=tmp_path, executor=executor)
        assert executor.calls == calls
        np.testing.assert_array_equal(found.values, scan(one, DOMAIN, 4).values)


def test_so_is_one_of_other_points_of_samples_or_of_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss, executor = make_loss(n=20), Here()
    scan(loss, DOMAIN, 4, folder=tmp_path, executor=executor)
    scan(loss, (-1.0, 2.0, -0.5, 1.6), 4, folder=tmp_path, executor=executor)
    scan(loss, DOMAIN, 5, folder=tmp_path, executor=executor)
    scan_samples(loss, DOMAIN, 4, folder=tmp_path, executor=executor)
    assert executor.calls == 4
    monkeypatch.setattr(module, "_VERSION", "another")
    scan(loss, DOMAIN, 4, folder=tmp_path, executor=executor)
    assert executor.calls == 5


def test_a_scan_of_all_samples_that_does_not_fit_is_refused_beforehand() -> None:
    loss = make_loss(n=2000)
    with pytest.raises(InputError, match=r"take 8,000,000,000 bytes") as fault:
        scan_samples(loss, DOMAIN, 1000)
    assert "\n" not in str(fault.value)
    most = int(str(fault.value).split("take a resolution of ")[1].split(",")[0])
    check_room(2000, most)
    assert 4 * 2000 * (most + 1) ** 2 > MOST_BYTES
    with pytest.raises(InputError):
        check_room(2000, most + 1)


def test_two_samples_are_not_taken_for_one_mean(tmp_path: Path) -> None:
    """Two numbers in float32 are as long as one in float64."""
    loss = make_loss(n=2)
    scan_samples(loss, DOMAIN, 4, folder=tmp_path)
    found = scan(loss, DOMAIN, 4, folder=tmp_path)
    np.testing.assert_array_equal(found.values, scan(loss, DOMAIN, 4).values)


@pytest.mark.parametrize(
    ("domain", "resolution"),
    [
        (DOMAIN, 3),
        (DOMAIN, 0),
        (DOMAIN, -7),
        (DOMAIN, 5000),
        (DOMAIN, 10**9),
        ((1.0, 1.0, 0.0, 1.0), 8),
        ((0.0, math.nan, 0.0, 1.0), 8),
        ((0.0, math.inf, 0.0, 1.0), 8),
    ],
)
@pytest.mark.parametrize("function", [scan, scan_samples])
def test_a_grid_that_no_surface_has_is_refused_before_anything_is_computed(
    function: Callable[..., object], domain: tuple[float, float, float, float], resolution: int
) -> None:
    executor = Here()
    with pytest.raises(InputError) as fault:
        function(make_loss(n=5), domain, resolution, executor=executor)
    assert "\n" not in str(fault.value)
    assert executor.calls == 0


def test_data_that_do_not_fit_the_network_are_refused() -> None:
    loss = make_loss(n=5)
    with pytest.raises(InputError, match="the data have 2 features"):
        scan(PlaneLoss(loss.plane, Dataset(loss.data.inputs[:2], loss.data.targets)), DOMAIN, 8)


# How far the surface is off.


def test_errors_are_those_of_the_spline() -> None:
    loss, rng = make_loss(n=30), np.random.default_rng(0)
    coarse, fine = (measure_errors(loss, scan(loss, DOMAIN, size), rng) for size in (16, 64))
    for error, better in zip(coarse, fine, strict=True):
        assert 0 < better < error / 8
    assert coarse.median_value < coarse.largest_value < 0.05
    assert coarse.median_gradient < coarse.largest_gradient < 0.2


def test_a_surface_that_is_too_high_is_off_in_its_values_only() -> None:
    loss = make_loss(n=30)
    true = scan(loss, DOMAIN, 64)
    raised = GridField(true.values + 0.1 * np.ptp(true.values), DOMAIN)
    errors = measure_errors(loss, raised, np.random.default_rng(0))
    assert errors.largest_value == pytest.approx(0.1, abs=1e-4)
    assert errors.median_value == pytest.approx(0.1, abs=1e-4)
    assert errors.largest_gradient < 1e-3


def test_a_surface_that_is_too_steep_is_off_in_its_gradient() -> None:
    loss = make_loss(n=30)
    steep = GridField(1.5 * scan(loss, DOMAIN, 64).values, DOMAIN)
    assert measure_errors(loss, steep, np.random.default_rng(0)).largest_gradient == pytest.approx(
        0.5, abs=1e-3
    )


def test_flat_surfaces_and_holes_have_errors_too() -> None:
    network = Network((Layer(np.zeros((1, 2)), np.zeros(1)),), TANH, MEAN_SQUARED_ERROR)
    data = Dataset(np.zeros((2, 3)), np.ones(3))
    flat = (Layer(np.ones((1, 2)), np.zeros(1)),), (Layer(np.array([[1.0, -1.0]]), np.zeros(1)),)
    loss = PlaneLoss(Plane(network, *flat), data)
    values = scan(loss, DOMAIN, 8).values.copy()
    assert measure_errors(loss, GridField(values, DOMAIN), np.random.default_rng(0)) == (0, 0, 0, 0)
    values[3, 3] = np.nan
    errors = measure_errors(loss, GridField(values, DOMAIN), np.random.default_rng(0))
    assert np.abs(errors).max() < 1e-12
