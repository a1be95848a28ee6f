"""Directions, planes and Lanczos against numpy's dense algebra and what their authors say of them."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from landscapes.errors import InputError
from landscapes.network.directions import NORMS, draw_direction, span_between, span_minima, span_path
from landscapes.network.forward_mode import hessian_product
from landscapes.network.lanczos import Eigenpairs, find_largest
from landscapes.network.mlp import Layer, Layers, Network, flatten, unflatten
from landscapes.network.plane import Plane, draw_plane, make_plane
from landscapes.network.span import Span

Floats = npt.NDArray[np.float64]


def draw_layers(*sizes: int, seed: int = 0) -> Layers:
    rng = np.random.default_rng(seed)
    shapes = zip(sizes[1:], sizes, strict=False)
    return tuple(Layer(rng.standard_normal(shape), rng.standard_normal(shape[0])) for shape in shapes)


def draw_span(size: int = 40, seed: int = 0) -> Span:
    """A plane whose directions differ in length and are not at right angles."""
    origin, first, second = np.random.default_rng(seed).standard_normal((3, size))
    return Span(origin, 0.2 * first, 3 * second + first)


def draw(shape: tuple[int, ...], seed: int = 9) -> Floats:
    return np.random.default_rng(seed).standard_normal(shape)


# Directions.


def test_filters_are_as_long_as_the_trained_ones_row_by_row() -> None:
    trained = draw_layers(5, 4, 3)
    for layer, origin in zip(draw_direction(trained, np.random.default_rng(1)), trained, strict=True):
        for row, known in zip(layer.weight.tolist(), origin.weight.tolist(), strict=True):
            assert math.hypot(*row) == pytest.approx(math.hypot(*known), rel=1e-12)


def test_layers_are_as_long_as_the_trained_ones_as_a_whole() -> None:
    trained = draw_layers(5, 4, 3)
    for layer, origin in zip(
        draw_direction(trained, np.random.default_rng(1), "layer"), trained, strict=True
    ):
        lengths = [math.hypot(*part.ravel().tolist()) for part in (layer.weight, origin.weight)]
        assert lengths[0] == pytest.approx(lengths[1], rel=1e-12)
        rows = [np.linalg.norm(part.weight, axis=1) for part in (layer, origin)]
        assert np.abs(rows[0] - rows[1]).max() > 0.1


@pytest.mark.parametrize("norm", NORMS)
def test_a_norm_changes_how_far_rows_lead_but_not_where(norm: str) -> None:
    trained = draw_layers(5, 4, 3)
    drawn, raw = (
        draw_direction(trained, np.random.default_rng(2), name)[0].weight for name in (norm, "none")
    )
    for row, known in zip(drawn, np.random.default_rng(2).standard_normal((4, 5)), strict=True):
        assert row @ known == pytest.approx(np.linalg.norm(row) * np.linalg.norm(known))
    assert norm != "none" or (drawn == raw).all()


@pytest.mark.parametrize("norm", NORMS)
def test_biases_stay_or_move_by_what_they_are(norm: str) -> None:
    trained = draw_layers(5, 4, 3)
    still, moving = (draw_direction(trained, np.random.default_rng(3), norm, biases=b) for b in (False, True))
    for origin, one, other in zip(trained, still, moving, strict=True):
        assert not one.bias.any()
        np.testing.assert_array_equal(other.bias, origin.bias)
        np.testing.assert_array_equal(other.weight, one.weight)
        assert other.bias is not origin.bias


def test_an_unknown_norm_is_one_line() -> None:
    with pytest.raises(InputError, match="unknown norm 'filters'; did you mean filter"):
        draw_direction(draw_layers(5, 4, 3), np.random.default_rng(0), "filters")


# Paths.


def test_components_are_those_of_the_covariance() -> None:
    path = np.cumsum(draw((60, 12)) * np.linspace(0.2, 2, 12), axis=0)
    span, shares = span_path(path)
    values, vectors = np.linalg.eigh(np.cov(path.T))
    np.testing.assert_allclose(shares, values[:-3:-1] / values.sum(), rtol=1e-10)
    for direction, known in zip((span.first, span.second), vectors.T[:-3:-1], strict=True):
        assert abs(direction @ known) == pytest.approx(1, rel=1e-10)
    np.testing.assert_array_equal(span.origin, path[-1])


@pytest.mark.parametrize("shape", [(30, 7), (7, 30), (3, 2), (3, 400)])
def test_components_are_numpys_and_their_signs_are_fixed(shape: tuple[int, int]) -> None:
    path = draw(shape)
    span, shares = span_path(path)
    _, lengths, rows = np.linalg.svd(path - path.mean(axis=0))
    np.testing.assert_allclose(shares, lengths[:2] ** 2 / (lengths**2).sum(), rtol=1e-10)
    there, back = span, span_path(path[::-1]).span
    for name, known in zip(("first", "second"), rows, strict=False):
        direction = getattr(there, name)
        np.testing.assert_allclose(np.abs(direction), np.abs(known), atol=1e-10)
        assert direction[np.abs(direction).argmax()] > 0
        np.testing.assert_allclose(getattr(back, name), direction, atol=1e-10)
    assert there.first @ there.second == pytest.approx(0, abs=1e-12)
    assert span_path(path).span.first.tobytes() == there.first.tobytes()


def test_shares_are_what_the_plane_shows_of_the_path() -> None:
    path = draw((25, 9))
    span, shares = span_path(path)
    spread = path - path.mean(axis=0)
    shown = span.share(spread) @ (spread**2).sum(axis=1)
    assert shares.sum() == pytest.approx(shown / (spread**2).sum(), rel=1e-12)
    assert 0 < shares[1] < shares[0] < shares.sum() < 1
    flat = draw_span(20).place(draw((2, 15)))
    within = span_path(flat)
    assert within.shares.sum() == pytest.approx(1, rel=1e-12)
    assert within.span.project(flat).residual.max() < 1e-12


# Planes through networks.


def test_the_plane_through_three_networks_contains_them() -> None:
    for seed in range(5):
        networks = draw((3, 200), seed) * [[1.0], [10.0], [0.1]]
        span = span_minima(*networks)
        xy, residual = span.project(networks)
        scale = float(np.linalg.norm(networks))
        assert residual.max() < 1e-12 * scale
        np.testing.assert_allclose(span.place(xy), networks, rtol=0, atol=1e-12 * scale)
        between = np.linalg.norm(networks[[1, 2, 2]] - networks[[0, 0, 1]], axis=1)
        drawn = np.linalg.norm(xy[:, [1, 2, 2]] - xy[:, [0, 0, 1]], axis=0)
        np.testing.assert_allclose(drawn, between, rtol=1e-12)
        assert np.abs(xy[:, 0]).max() < 1e-12 * scale
        assert abs(xy[1, 1]) < 1e-12 * scale
        assert xy[0, 1] > 0
        assert xy[1, 2] > 0


def test_its_directions_are_at_right_angles_however_flat_the_triangle() -> None:
    first, way, aside = draw((3, 50))
    span = span_minima(first, first + way, first + 3 * way + 1e-5 * aside)
    gram = np.array([[u @ v for u in (span.first, span.second)] for v in (span.first, span.second)])
    np.testing.assert_allclose(gram, np.eye(2), atol=1e-14)


def test_the_plane_between_two_networks_starts_at_one_and_reaches_the_other() -> None:
    start, end, aside = draw((3, 30))
    span = span_between(start, end, aside)
    np.testing.assert_array_equal(span.place(np.array([[0.0], [0.0]]))[0], start)
    np.testing.assert_allclose(span.place(np.array([[1.0], [0.0]]))[0], end, atol=1e-14)
    assert span.first @ span.second == pytest.approx(0, abs=1e-12)
    assert np.linalg.norm(span.second) == pytest.approx(np.linalg.norm(end - start))
    assert span.second @ aside > 0
    assert span.project((start + aside)[np.newaxis]).residual[0] < 1e-12


def test_a_plane_is_a_span_in_the_shape_of_a_network() -> None:
    network = Network(draw_layers(4, 3, 2))
    span = draw_span(23)
    plane = make_plane(network, span)
    xy = draw((2, 6))
    np.testing.assert_allclose(flatten(plane.networks(xy).layers), span.place(xy), rtol=1e-14, atol=1e-14)
    np.testing.assert_array_equal(plane.span.second, span.second)
    np.testing.assert_array_equal(plane.origin.layers[1].bias, span.origin[-2:])
    assert plane.origin.loss is network.loss
    with pytest.raises(InputError, match="23 weights and biases, but 40"):
        make_plane(network, draw_span(40))


def test_a_random_plane_takes_norms_and_biases() -> None:
    network = Network(draw_layers(4, 3, 2))
    plane = draw_plane(network, 5, "layer", biases=True)
    rng = np.random.default_rng(5)
    for found in (plane.first, plane.second):
        np.testing.assert_array_equal(
            flatten(found), flatten(draw_direction(network.layers, rng, "layer", biases=True))
        )


# Where vectors lie in a plane.


def test_projecting_undoes_placing() -> None:
    span, xy = draw_span(), draw((2, 300))
    found, residual = span.project(span.place(xy))
    np.testing.assert_allclose(found, xy, rtol=1e-11, atol=1e-12)
    assert residual.max() < 1e-13


def test_projecting_is_least_squares_and_what_is_left_is_at_right_angles() -> None:
    span, vectors = draw_span(), draw((300, 40))
    xy, residual = span.project(vectors)
    columns = np.stack([span.first, span.second], axis=1)
    known, squares, *_ = np.linalg.lstsq(columns, (vectors - span.origin).T)
    np.testing.assert_allclose(xy, known, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(residual**2, squares, rtol=1e-11)
    left = vectors - span.place(xy)
    np.testing.assert_allclose(np.linalg.norm(left, axis=1), residual, rtol=1e-12)
    assert np.abs(left @ columns).max() < 1e-11


def test_units_are_those_of_the_directions() -> None:
    span = Span(np.zeros(3), np.array([1e-3, 0, 0]), np.array([0, 1e4, 0]))
    xy, residual = span.project(np.array([[2.0, 3.0, 5.0]]))
    np.testing.assert_allclose(xy, [[2e3], [3e-4]], rtol=1e-12)
    np.testing.assert_allclose(residual, [5], rtol=1e-12)


def test_nearly_parallel_directions_are_told_apart() -> None:
    first, aside = draw((2, 60))
    span, xy = Span(np.zeros(60), first, first + 1e-4 * aside), draw((2, 20))
    np.testing.assert_allclose(span.project(span.place(xy)).xy, xy, atol=1e-9)


def test_single_precision_stays_single() -> None:
    span = draw_span()
    vectors = span.place(draw((2, 200))) + draw((200, 40))
    single, double = (span.project(vectors.astype(dtype)) for dtype in (np.float32, np.float64))
    for part, known in zip(single, double, strict=True):
        assert part.dtype == np.float32
        np.testing.assert_allclose(part, known, rtol=1e-5, atol=1e-5)


def test_a_network_that_diverged_disturbs_no_other() -> None:
    span, vectors = draw_span(), draw((200, 40))
    known = span.project(vectors)
    spoiled = vectors.copy()
    spoiled[::3] = np.inf
    spoiled[1::6, 5] = np.nan
    spoiled[4::6] = 1e300
    found, well = span.project(spoiled), np.arange(200) % 3 == 2
    np.testing.assert_array_equal(found.xy[:, well], known.xy[:, well])
    np.testing.assert_array_equal(found.residual[well], known.residual[well])
    assert not np.isfinite(found.residual[~well]).any()
    assert np.isnan(span.share(spoiled)[1::6]).all()
    np.testing.assert_array_equal(span.share(spoiled)[well], span.share(vectors)[well])


def test_the_share_of_a_movement_is_what_its_shadow_is_of_its_length() -> None:
    span = Span(draw((3,)), np.array([2.0, 0, 0]), np.array([1.0, 1, 0]))
    moves = np.array([[3.0, 0, 0], [0, 0, 7], [1, 1, 1], [3, 0, 4], [0, 0, 0]])
    np.testing.assert_allclose(span.share(moves), [1, 0, 2 / 3, 9 / 25, 1], rtol=1e-12)
    some, moves = draw_span(), draw((300, 40))
    _, residual = some.project(some.origin + moves)
    np.testing.assert_allclose(some.share(moves), 1 - residual**2 / (moves**2).sum(axis=1), rtol=1e-11)


ONE, OTHER, NONE = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 1.0]), np.zeros(3)


@pytest.mark.parametrize(
    ("build", "fault"),
    [
        (lambda: Span(NONE, NONE, ONE), "first direction of the plane is zero"),
        (lambda: Span(NONE, ONE, NONE), "second direction of the plane is zero"),
        (lambda: Span(NONE, ONE, -2 * ONE), "parallel"),
        (lambda: Span(NONE, 1e200 * ONE, 1e-200 * ONE), "parallel"),
        (lambda: Span(NONE, ONE, ONE[:2]), r"vectors of one length, not \(3,\), \(3,\), \(2,\)"),
        (lambda: Span(NONE, ONE, ONE * np.nan), "not finite"),
        (lambda: Span(NONE + np.inf, ONE, OTHER), "not finite"),
        (lambda: span_minima(ONE, OTHER, (ONE + OTHER) / 2), "lie on one line"),
        (lambda: span_minima(ONE, ONE, OTHER), "lie on one line"),
        (lambda: span_minima(ONE, OTHER, np.ones(4)), "networks of 3, 3, 4 weights"),
        (lambda: span_between(ONE, ONE, OTHER), "first direction of the plane is zero"),
        (lambda: span_between(ONE, OTHER, OTHER - ONE), "parallel"),
        (lambda: span_path(np.outer(np.arange(5.0), ONE)), "straight"),
        (lambda: span_path(np.outer(np.arange(50), ONE / 7).astype(np.float32)), "straight"),
        (lambda: span_path(np.tile(ONE, (5, 1))), "straight"),
        (lambda: span_path(np.arange(9.0)[:, np.newaxis] ** 2), "straight"),
        (lambda: span_path(draw((2, 5))), "at least 3 steps"),
        (lambda: span_path(np.stack([ONE, OTHER, ONE * np.inf])), "not finite"),
        (lambda: draw_plane(Network((Layer(np.array([[2.0]]), NONE[:1]),)), 0), "parallel"),
        (
            lambda: draw_plane(Network((Layer(np.zeros((2, 3)), NONE[:2]),)), 0),
            "direction of the plane is zero",
        ),
        (lambda: find_largest(lambda v: v, 1, 0), "1 weights have fewer than 2"),
        (lambda: find_largest(lambda v: v * np.nan, 5, 0), "curvature is not finite"),
    ],
)
def test_what_makes_no_plane_is_one_line(build: Callable[[], object], fault: str) -> None:
    with pytest.raises(InputError, match=fault) as told:
        build()
    assert "\n" not in str(told.value)


# Lanczos.


def make_matrix(spectrum: npt.ArrayLike, seed: int = 0) -> Floats:
    """A symmetric matrix of these eigenvalues, its eigenvectors drawn at random."""
    values = np.asarray(spectrum, np.float64)
    turn, _ = np.linalg.qr(draw((values.size, values.size), seed))
    matrix = (turn * values) @ turn.T
    return np.asarray((matrix + matrix.T) / 2)


def hold(matrix: Floats, found: Eigenpairs) -> None:
    """What is true of the largest eigenvalues of any matrix."""
    scale = max(np.abs(np.linalg.eigvalsh(matrix)).max(), 1e-300)
    known = np.linalg.eigvalsh(matrix)[: -len(found.values) - 1 : -1]
    assert (np.abs(found.values - known) <= found.residuals + 1e-14 * scale).all()
    off = matrix @ found.vectors.T - found.values * found.vectors.T
    np.testing.assert_allclose(np.linalg.norm(off, axis=0), found.residuals, atol=1e-13 * scale)
    assert (found.residuals <= 1e-8 * scale).all()
    np.testing.assert_allclose(found.vectors @ found.vectors.T, np.eye(len(known)), atol=1e-13)
    assert (found.vectors[np.arange(len(known)), np.abs(found.vectors).argmax(axis=1)] > 0).all()


SPECTRA: dict[str, npt.ArrayLike] = {
    "spread": np.linspace(-3, 5, 60) ** 3,
    "nearly equal": [1 + 1e-6, 1, *np.linspace(-0.5, 0.5, 58)],
    "very nearly equal": [1 + 1e-12, 1, *np.linspace(-0.5, 0.5, 58)],
    "equal": [2, 2, *np.linspace(0, 1, 58)],
    "thrice": [2, 2, 2, *np.linspace(0, 1, 57)],
    "clustered": 1 + 1e-3 * np.linspace(0, 1, 60) ** 2,
    "negative": -np.logspace(-6, 3, 60),
    "large below zero": [-100, 1, 0.5, *np.zeros(57)],
    "one": [7, *np.zeros(59)],
    "identity": np.ones(60),
    "zero": np.zeros(60),
    "tiny": 1e-150 * np.linspace(-1, 1, 60),
    "of a network": np.logspace(2, -12, 60),
    "two weights": [3.0, -1.0],
}


@pytest.mark.parametrize("name", SPECTRA)
def test_the_largest_eigenvalues_are_those_of_dense_algebra(name: str) -> None:
    matrix = make_matrix(SPECTRA[name])
    for seed in range(3):
        found = find_largest(lambda v: matrix @ v, len(matrix), seed)
        hold(matrix, found)
        assert found.products <= len(matrix)


def test_it_goes_astray_nowhere_if_it_is_driven_on_for_ever() -> None:
    for seed in range(60):
        rng = np.random.default_rng(seed)
        values = rng.integers(-3, 4, 25) * (rng.random(25) < 0.3)
        matrix = np.diag(values.astype(float)) if seed % 2 else make_matrix(values, seed)
        hold(matrix, find_largest(matrix.dot, 25, seed, tolerance=0))


@pytest.mark.parametrize("count", [1, 2, 5])
def test_as_many_as_are_asked_for(count: int) -> None:
    matrix = make_matrix([4, 4, 4, 4, 4, *np.linspace(-1, 3, 45)])
    found = find_largest(lambda v: matrix @ v, 50, 1, count)
    assert found.values.shape == (count,)
    hold(matrix, found)


def test_vectors_are_those_of_dense_algebra() -> None:
    matrix = make_matrix([10, 9, *np.linspace(-5, 5, 98)])
    _, vectors = np.linalg.eigh(matrix)
    found = find_largest(lambda v: matrix @ v, 100, 0, tolerance=1e-10)
    for vector, known in zip(found.vectors, vectors.T[:-3:-1], strict=True):
        assert abs(vector @ known) == pytest.approx(1, rel=1e-12)


def test_it_stops_when_it_is_good_enough_or_has_had_enough() -> None:
    matrix = make_matrix([10, 9, *np.linspace(-5, 5, 398)])
    rough, fine = (find_largest(lambda v: matrix @ v, 400, 0, tolerance=t) for t in (1e-2, 1e-8))
    assert 2 < rough.products < fine.products < 150
    assert 1e-8 * 10 < rough.residuals.max() <= 1e-2 * 10
    np.testing.assert_allclose(rough.values, [10, 9], atol=rough.residuals.max())
    few = find_largest(lambda v: matrix @ v, 400, 0, most=6)
    assert few.products == 6
    assert few.residuals.max() > 1e-2
    off = matrix @ few.vectors.T - few.values * few.vectors.T
    np.testing.assert_allclose(np.linalg.norm(off, axis=0), few.residuals, rtol=1e-10)


def test_a_seed_is_all_there_is_to_it() -> None:
    matrix = make_matrix(np.linspace(-1, 1, 80) ** 3)
    one, same, other = (find_largest(lambda v: matrix @ v, 80, seed) for seed in (0, 0, 1))
    assert one.vectors.tobytes() == same.vectors.tobytes()
    assert one.vectors.tobytes() != other.vectors.tobytes()
    np.testing.assert_allclose(one.values, other.values, rtol=1e-12)


def test_the_sharpest_directions_of_a_logistic_regression() -> None:
    network, inputs = Network(draw_layers(6, 1)), draw((6, 50))
    targets = (inputs[0] > 0).astype(np.float64)

    def product(vector: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        layers = unflatten(vector, network.layers)
        return flatten(hessian_product(network, inputs, targets, layers))

    found = find_largest(product, 7, 0)
    # The textbook's Hessian: the mean of s (1 - s) x x^T, with a 1 for the bias in x.
    columns = np.vstack([inputs, np.ones(50)])
    chance = 1 / (1 + np.exp(-(flatten(network.layers) @ columns)))
    hold((columns * (chance * (1 - chance) / 50)) @ columns.T, found)
    plane = make_plane(network, Span(flatten(network.layers), *found.vectors))
    assert isinstance(plane, Plane)
