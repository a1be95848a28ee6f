"""Sampled surfaces against polynomials, exact difference formulas and the contract of ``Field``."""

import tracemalloc

import numpy as np
import numpy.typing as npt
import pytest

from landscapes.errors import InputError
from landscapes.landscape import Array, Field
from landscapes.sampled import GridField

Points = npt.NDArray[np.float64]

DOMAIN = (-1.5, 2.0, 10.0, 10.9)
SHAPE = (9, 14)
CELL = np.array([(2.0 + 1.5) / (SHAPE[1] - 1), 0.9 / (SHAPE[0] - 1)])
AXES = np.eye(2)[:, :, np.newaxis]


def draw_field(seed: int = 0) -> GridField:
    return GridField(np.random.default_rng(seed).standard_normal(SHAPE), DOMAIN)


def draw_points(n: int, margin: float = 0.0, seed: int = 1) -> Points:
    """Points over the domain and ``margin`` of its sides beyond."""
    unit = np.random.default_rng(seed).uniform(-margin, 1 + margin, (2, n))
    return place(unit)


def place(unit: Points) -> Points:
    x_min, x_max, y_min, y_max = DOMAIN
    return np.stack([x_min + unit[0] * (x_max - x_min), y_min + unit[1] * (y_max - y_min)])


def slope(field: Field, xy: Array) -> Array:
    out = np.empty_like(xy)
    field.gradient(xy, out, np.empty((field.scratch, *xy.shape), xy.dtype))
    return out


def nodes(shape: tuple[int, int]) -> Points:
    y, x = np.meshgrid(*(np.linspace(0, 1, n) for n in shape), indexing="ij")
    return place(np.stack([x.ravel(), y.ravel()]))


class Bicubic:
    """A polynomial of degree three in x and in y, with its gradient."""

    coefficients = np.random.default_rng(5).standard_normal((4, 4))

    def value(self, xy: Points) -> Points:
        return np.asarray(np.polynomial.polynomial.polyval2d(xy[0], xy[1] - 10.4, self.coefficients))

    def gradient(self, xy: Points) -> Points:
        rows = [np.polynomial.polynomial.polyder(self.coefficients, axis=axis) for axis in (0, 1)]
        return np.stack([np.polynomial.polynomial.polyval2d(xy[0], xy[1] - 10.4, row) for row in rows])


@pytest.mark.parametrize("shape", [(4, 4), (4, 7), (9, 5), (33, 20)])
def test_a_cubic_polynomial_is_reproduced_up_to_the_border(shape: tuple[int, int]) -> None:
    polynomial = Bicubic()
    field = GridField(polynomial.value(nodes(shape)).reshape(shape), DOMAIN)
    border = place(np.array([[0, 0, 1, 1, 0, 0.3, 1, 0.7], [0, 1, 0, 1, 0.4, 0, 0.6, 1]]))
    for at in (draw_points(200), nodes(shape), border):
        np.testing.assert_allclose(field.value(at), polynomial.value(at), rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(slope(field, at), polynomial.gradient(at), rtol=1e-9, atol=1e-9)


def test_the_surface_passes_through_every_sample() -> None:
    field = draw_field()
    np.testing.assert_allclose(field.value(nodes(SHAPE)), field.values.ravel(), rtol=0, atol=1e-13)


@pytest.mark.parametrize("axis", [0, 1])
def test_second_derivatives_are_continuous_across_every_knot_line(axis: int) -> None:
    field = draw_field()
    other = np.random.default_rng(2).random(5)
    for knot in np.linspace(0, 1, SHAPE[1 - axis])[1:-1]:
        at = place(np.stack([np.full(5, knot), other] if axis == 0 else [other, np.full(5, knot)]))
        one_sided = []
        for h in (CELL[axis] / 5, -CELL[axis] / 5):
            # Along one axis the gradient is a cubic within a cell: four points give its slope exactly.
            g0, g1, g2, g3 = (slope(field, at + k * h * AXES[axis]) for k in range(4))
            one_sided.append((-11 * g0 + 18 * g1 - 9 * g2 + 2 * g3) / (6 * h))
        after, before = one_sided
        np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-9 * np.abs(after).max())


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("start", [0, -2])
def test_the_two_cells_at_each_end_are_one_cubic(axis: int, start: int) -> None:
    field = draw_field()
    cells = SHAPE[1 - axis] - 1
    line = (start % cells + np.linspace(0, 2, 5)) / cells
    other = np.full(5, 0.37)
    at = place(np.stack([line, other] if axis == 0 else [other, line]))
    values = field.value(at)
    assert abs(np.diff(values, 4)[0]) < 1e-11 * np.abs(values).max()


@pytest.mark.parametrize("margin", [0.0, 1.5])
def test_the_gradient_is_the_slope_of_the_value_inside_and_beyond_the_border(margin: float) -> None:
    field = draw_field()
    cells = np.array([SHAPE[1] - 1, SHAPE[0] - 1])[:, np.newaxis]
    rng = np.random.default_rng(3)
    whole = rng.integers(
        np.round(-margin * cells).astype(int), np.round((1 + margin) * cells).astype(int), (2, 500)
    )
    at = place((whole + rng.uniform(0.3, 0.7, whole.shape)) / cells)
    gradient = slope(field, at)
    for axis in (0, 1):
        # Exact for polynomials up to degree four, and no step leaves its cell.
        h = CELL[axis] / 10 * AXES[axis]
        near, far = (field.value(at + k * h) - field.value(at - k * h) for k in (1, 2))
        difference = (8 * near - far) / (12 * CELL[axis] / 10)
        np.testing.assert_allclose(gradient[axis], difference, rtol=1e-9, atol=1e-9 * np.abs(gradient).max())


def test_beyond_the_border_the_surface_goes_on_as_a_straight_line_without_a_step() -> None:
    field = draw_field()
    for edge, away in (([0, 0.42], [-1, 0]), ([1, 0.42], [1, 0]), ([0.42, 0], [0, -1]), ([0.42, 1], [0, 1])):
        steps = np.array([0, 1e-9, 0.5, 1.0, 1.5])
        at = place(np.array(edge)[:, np.newaxis] + np.multiply.outer(away, steps))
        values, gradients = field.value(at), slope(field, at)
        assert abs(values[1] - values[0]) < 1e-6
        np.testing.assert_allclose(gradients[:, 1], gradients[:, 0], atol=1e-6 * np.abs(gradients).max())
        assert abs(np.diff(values[2:], 2)[0]) < 1e-10 * np.abs(values).max()


def test_the_surface_is_linear_in_its_samples() -> None:
    one, other = draw_field(0), draw_field(1)
    mix = GridField(2 * one.values - 3 * other.values, DOMAIN)
    at = draw_points(300, margin=0.2)
    np.testing.assert_allclose(mix.value(at), 2 * one.value(at) - 3 * other.value(at), atol=1e-11)
    np.testing.assert_allclose(slope(mix, at), 2 * slope(one, at) - 3 * slope(other, at), atol=1e-9)


def test_float32_agrees_with_float64() -> None:
    field, at = draw_field(), draw_points(2_000).astype(np.float32)
    exact = slope(field, at.astype(np.float64))
    assert field.value(at).dtype == np.float32
    np.testing.assert_allclose(field.value(at), field.value(at.astype(np.float64)), atol=2e-4)
    np.testing.assert_allclose(slope(field, at), exact, atol=2e-4 * np.abs(exact).max())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_parked_ball_stays_nan_and_leaves_the_others_bit_for_bit(dtype: type[np.floating]) -> None:
    field, at = draw_field(), draw_points(64, margin=0.1).astype(dtype)
    values, gradient = field.value(at), slope(field, at)
    parked = at.copy()
    parked[:, ::2] = np.nan
    assert np.isnan(field.value(parked)[::2]).all()
    assert np.isnan(slope(field, parked)[:, ::2]).all()
    np.testing.assert_array_equal(field.value(parked)[1::2], values[1::2])
    np.testing.assert_array_equal(slope(field, parked)[:, 1::2], gradient[:, 1::2])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_many_balls_at_once_are_each_ball_alone(dtype: type[np.floating]) -> None:
    field, at = draw_field(), draw_points(7, margin=0.1).astype(dtype)
    together = slope(field, at)
    alone = [slope(field, np.ascontiguousarray(at[:, k : k + 1])) for k in range(7)]
    np.testing.assert_array_equal(together, np.hstack(alone))
    assert slope(field, at[:, :0]).shape == (2, 0)
    assert field.value(at[:, :0]).shape == (0,)


@pytest.mark.parametrize("n", [1, 5, 8])
def test_a_slice_of_larger_work_arrays_serves_as_scratch(n: int) -> None:
    field, at = draw_field(), draw_points(n).astype(np.float32)
    out = np.empty((2, 8), np.float32)[:, :n]
    field.gradient(at, out, np.empty((field.scratch + 1, 2, 9), np.float32)[:, :, 1 : n + 1])
    np.testing.assert_array_equal(out, slope(field, at))


def test_the_kernel_neither_writes_to_positions_nor_allocates() -> None:
    n = 20_000
    field, at = draw_field(), draw_points(n).astype(np.float32)
    before, out, scratch = at.copy(), np.empty_like(at), np.empty((field.scratch, 2, n), np.float32)
    field.gradient(at, out, scratch)
    tracemalloc.start()
    field.gradient(at, out, scratch)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(at, before)
    assert peak < n


@pytest.mark.parametrize(
    ("values", "domain", "what"),
    [
        (np.zeros((3, 9)), DOMAIN, "4 x 4 points, not 3 x 9"),
        (np.zeros(16), DOMAIN, "4 x 4 points, not 16"),
        (np.broadcast_to(0.0, (4096, 4096)), DOMAIN, "4096 x 4096 points is too fine"),
        (np.where(np.arange(36).reshape(6, 6) == 20, np.nan, 1.0), DOMAIN, "row 3, column 2"),
        (np.zeros((5, 5)), (0.0, 0.0, 0.0, 1.0), "x_min < x_max"),
        (np.zeros((5, 5)), (0.0, 1.0, 0.0, np.inf), "x_min < x_max"),
    ],
)
def test_a_grid_that_makes_no_surface_is_refused_in_one_line(
    values: Array, domain: tuple[float, float, float, float], what: str
) -> None:
    with pytest.raises(InputError, match=what) as refusal:
        GridField(values, domain)
    assert "\n" not in str(refusal.value)
