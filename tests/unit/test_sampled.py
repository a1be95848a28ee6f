"""Sampled surfaces against polynomials, exact difference formulas and the contract of ``Field``."""

import itertools
import tracemalloc

import numpy as np
import numpy.typing as npt
import pytest

from landscapes.errors import InputError
from landscapes.landscape import Array, Domain, Field, Landscape, Rows, check
from landscapes.sampled import GridField, GridSamples, smooth

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


@pytest.mark.parametrize("shape", [(4, 4), (4, 7), (9, 5), (33, 20), (530, 510)])
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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_loss_that_comes_with_the_gradient_is_the_loss(dtype: type[np.floating]) -> None:
    field, at = draw_field(), draw_points(100, margin=0.1).astype(dtype)
    out = np.empty_like(at)
    loss = field.value_and_gradient(at, out, np.empty((field.scratch, *at.shape), dtype))
    np.testing.assert_array_equal(loss, field.value(at))
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
        (np.where(np.arange(36).reshape(6, 6) == 20, -1e31, 1.0), DOMAIN, "row 3, column 2 is beyond 1e"),
        (np.where(np.arange(36).reshape(6, 6) % 2, np.nan, 1.0), DOMAIN, "no cell of the grid"),
        (np.full((5, 5), np.inf), DOMAIN, "no cell of the grid"),
        (np.zeros((5, 5)), (1e8, 1e8 + 9, 0.0, 1.0), "cannot be told apart"),
        (np.zeros((5, 5)), (0.0, 1e-40, 0.0, 1.0), "cannot be told apart"),
        (np.zeros((5, 5)), (-1e308, 1e308, 0.0, 1.0), "cannot be told apart"),
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


HOLES = [(0, 0), (3, 5), (3, 6), (6, 13), (8, 9)]


def punch(values: Array, holes: list[tuple[int, int]]) -> Points:
    punched = values.astype(np.float64)
    punched[tuple(np.transpose(holes))] = np.nan
    return punched


def find_cells(field: GridField, xy: Points) -> npt.NDArray[np.bool_]:
    """Whether positions are in cells with a hole at a corner, cells at the border going on beyond it."""
    x_min, x_max, y_min, y_max = field.domain
    ny, nx = field.values.shape
    column = np.clip(np.floor((xy[0] - x_min) / (x_max - x_min) * (nx - 1)), 0, nx - 2).astype(int)
    row = np.clip(np.floor((xy[1] - y_min) / (y_max - y_min) * (ny - 1)), 0, ny - 2).astype(int)
    corners = [field.values[row + i, column + k] for i in (0, 1) for k in (0, 1)]
    return np.asarray(~np.isfinite(corners).all(axis=0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_value_and_gradient_are_nan_in_the_cells_around_a_hole_and_nowhere_else(
    dtype: type[np.floating],
) -> None:
    field = GridField(punch(draw_field().values, HOLES), DOMAIN)
    at = draw_points(5_000, margin=0.2).astype(dtype)
    expected = find_cells(field, at.astype(np.float64))
    assert 0.1 < expected.mean() < 0.5
    np.testing.assert_array_equal(np.isnan(field.value(at)), expected)
    np.testing.assert_array_equal(np.isnan(slope(field, at)), [expected, expected])
    np.testing.assert_array_equal(field.crosses(at, at), expected)


def test_the_field_tells_which_cells_are_holes() -> None:
    assert draw_field().holes is None
    values = draw_field().values.copy()
    values[0, 0], values[3, 5], values[8, 13] = np.inf, np.nan, -np.inf
    expected = np.zeros((8, 13), bool)
    expected[0, 0] = expected[7, 12] = True
    expected[2:4, 4:6] = True
    np.testing.assert_array_equal(GridField(values, DOMAIN).holes, expected)


def make_waves(shape: tuple[int, int]) -> Points:
    x, y = nodes(shape)
    return np.asarray((np.sin(3 * x) * np.cos(5 * y) + x * y).reshape(shape))


def test_a_hole_changes_nothing_far_away_and_little_next_to_it() -> None:
    shape = (60, 80)
    whole = make_waves(shape)
    punched = whole.copy()
    punched[20:31, 30:41] = np.nan
    at = draw_points(4_000)
    column, row = (at - [[DOMAIN[0]], [DOMAIN[2]]]) / [[3.5 / 79], [0.9 / 59]]
    away = np.maximum(np.abs(column - 35) - 6, np.abs(row - 25) - 6)
    full, holed = GridField(whole, DOMAIN), GridField(punched, DOMAIN)
    difference = (
        np.abs(slope(full, at) - slope(holed, at)) / np.abs(slope(full, at)).max(axis=1)[:, np.newaxis]
    )
    assert 0.01 < np.nanmax(difference) < 0.1
    # A spline forgets by a factor of 2 + sqrt(3) a cell.
    far = away > 0
    assert (difference[:, far] <= np.maximum(0.1 * (2 + np.sqrt(3)) ** -np.floor(away[far]), 1e-12)).all()
    assert (away > 16).any()


def test_next_to_a_hole_the_surface_passes_through_its_samples_with_continuous_curvature() -> None:
    field = GridField(punch(draw_field().values, [(3, 5), (3, 6)]), DOMAIN)
    unit = np.stack([np.full(5, 7 / 13), 3 / 8 + np.linspace(0.1, 0.9, 5) / 8])
    aside = np.array([[1e-9], [0]])
    inside, outside = place(unit - aside), place(unit + aside)
    assert np.isnan(field.value(inside)).all()
    assert np.isfinite(field.value(outside)).all()
    # The line between two cells right of the hole.
    knot = place(np.stack([np.full(5, 8 / 13), unit[1]]))
    one_sided = []
    for h in (CELL[0] / 5, -CELL[0] / 5):
        g0, g1, g2, g3 = (slope(field, knot + k * h * AXES[0]) for k in range(4))
        one_sided.append((-11 * g0 + 18 * g1 - 9 * g2 + 2 * g3) / (6 * h))
    np.testing.assert_allclose(one_sided[0], one_sided[1], rtol=1e-9, atol=1e-9 * np.abs(one_sided).max())
    samples = nodes(SHAPE)
    values = field.value(samples)
    found = np.isfinite(values)
    assert found.sum() > 100
    np.testing.assert_allclose(values[found], field.values.ravel()[found], rtol=0, atol=1e-13)


def test_a_plane_with_holes_is_a_plane() -> None:
    x, y = nodes((40, 50))
    values = (2 * x - 3 * y).reshape(40, 50)
    values[5:15, 20:30] = np.nan
    values[30, 7] = np.nan
    field, at = GridField(values, DOMAIN), draw_points(3_000)
    gradient = slope(field, at)
    steep = np.abs(gradient - np.array([[2.0], [-3.0]]))
    assert np.nanmax(steep) < 1e-10
    flat = GridField(np.where(np.isnan(values), np.nan, 7.0), DOMAIN)
    np.testing.assert_allclose(flat.value(at)[np.isfinite(gradient[0])], 7, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_holes_leave_each_ball_alone(dtype: type[np.floating]) -> None:
    field, at = GridField(punch(draw_field().values, HOLES), DOMAIN), draw_points(50).astype(dtype)
    alone = [slope(field, np.ascontiguousarray(at[:, k : k + 1])) for k in range(50)]
    np.testing.assert_array_equal(slope(field, at), np.hstack(alone))


def find_first_hole(field: GridField, before: Points, after: Points) -> float:
    """Cut the way wherever it meets a line of the grid, and look into the middle of each part."""
    x_min, x_max, y_min, y_max = field.domain
    ny, nx = field.values.shape
    lines = np.linspace(x_min, x_max, nx), np.linspace(y_min, y_max, ny)
    with np.errstate(all="ignore"):
        times = np.concatenate([(lines[k] - before[k]) / (after[k] - before[k]) for k in (0, 1)])
    times = np.concatenate([[0.0], np.sort(times[(times > 0) & (times < 1)]), [1.0]])
    middle = (times[1:] + times[:-1]) / 2
    holes = find_cells(field, before[:, np.newaxis] + np.multiply.outer(after - before, middle))
    return float(times[:-1][holes][0]) if holes.any() else np.inf


@pytest.mark.parametrize("length", [0.03, 0.3, 3.0])
@pytest.mark.parametrize("share", [0.002, 0.2])
def test_ways_meet_the_holes_that_lie_on_them(share: float, length: float) -> None:
    rng = np.random.default_rng(7)
    values = np.where(rng.random((30, 50)) < share, np.nan, rng.standard_normal((30, 50)))
    field = GridField(values, DOMAIN)
    before = draw_points(1_500, margin=0.1)
    after = before + rng.normal(0, length, before.shape) * [[3.5], [0.9]]
    expected = [find_first_hole(field, *way) for way in zip(before.T, after.T, strict=True)]
    np.testing.assert_allclose(field.meets(before, after), expected, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(field.crosses(before, after), np.isfinite(expected))
    assert 0 < np.isfinite(expected).mean() < 1


def test_ways_along_an_axis_through_a_hole_and_past_it() -> None:
    field = GridField(punch(draw_field().values, [(4, 6)]), DOMAIN)
    before = place(np.array([[0, 1, 0.5, 0.5, 0, 0.7, 0.5], [0.5, 0.55, 0, 1, 0.7, 0, 0.52]]))
    after = place(np.array([[1, 0, 0.5, 0.5, 1, 0.7, 0.5], [0.5, 0.55, 1, 0, 0.7, 1, 0.52]]))
    shares = field.meets(before, after)
    np.testing.assert_allclose(shares, [5 / 13, 6 / 13, 3 / 8, 3 / 8, np.inf, np.inf, 0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_way_that_ends_nowhere_crosses_nothing(dtype: type[np.floating]) -> None:
    field = GridField(punch(draw_field().values, HOLES), DOMAIN)
    before, after = (draw_points(6, seed=seed).astype(dtype) for seed in (1, 2))
    after[:, 0], after[1, 1], before[0, 2] = np.nan, np.nan, np.nan
    after[0, 3], before[:, 4], after[:, 4] = np.inf, np.inf, np.inf
    after[:, 5] = np.finfo(dtype).max
    crosses = field.crosses(before, after)
    assert not crosses[:5].any()
    assert crosses.shape == (6,)


def test_a_way_from_far_beyond_the_border_meets_the_holes_of_the_map() -> None:
    field = GridField(punch(draw_field().values, [(4, 6)]), DOMAIN)
    before, after = place(np.array([[-1e6, 0.46], [0.5, 1e9]])), place(np.array([[1e6, 0.46], [0.5, -1e9]]))
    assert field.crosses(before, after).all()
    assert not field.crosses(before, place(np.array([[1e6, 0.5], [2e6, 1e9]]))).any()
    assert not draw_field().crosses(before, after).any()


class TestSmooth:
    """The discrete Gaussian."""

    def test_the_mean_stays_and_noise_falls_as_theory_says(self) -> None:
        noise = np.random.default_rng(0).standard_normal((500, 600))
        for cells in (0.4, 1.0, 3.0):
            calm = smooth(noise, cells)
            np.testing.assert_allclose(calm.mean(), noise.mean(), rtol=1e-9)
            variance = (np.i0(2 * cells**2) * np.exp(-2 * cells**2)) ** 2
            assert abs(calm.var() / variance - 1) < 0.05

    def test_a_point_becomes_a_bell_of_that_width(self) -> None:
        point = np.zeros((81, 101))
        point[40, 50] = 1
        bell = smooth(point, 3.0)
        assert bell.min() > -1e-15
        y, x = np.mgrid[-40:41, -50:51]
        np.testing.assert_allclose((bell * x * x).sum(), 9, rtol=1e-9)
        np.testing.assert_allclose((bell * y * y).sum(), 9, rtol=1e-9)
        np.testing.assert_allclose((bell * x * y).sum(), 0, atol=1e-9)
        np.testing.assert_allclose(bell[40, 51] / bell[40, 50], np.exp(-1 / 18), rtol=1e-2)

    def test_twice_is_once_with_the_variances_added(self) -> None:
        values = np.random.default_rng(1).standard_normal((12, 9))
        np.testing.assert_allclose(smooth(smooth(values, 3.0), 4.0), smooth(values, 5.0), atol=1e-13)

    def test_borders_reflect(self) -> None:
        values = np.random.default_rng(1).standard_normal((20, 15))
        tiles = smooth(np.pad(values, ((60, 60), (45, 45)), "symmetric"), 2.0)
        np.testing.assert_allclose(smooth(values, 2.0), tiles[60:-60, 45:-45], atol=1e-13)

    def test_holes_stay_and_count_for_nothing(self) -> None:
        values = punch(np.full((30, 40), 5.0), [(3, 4), (3, 5), (20, 39), (29, 0)])
        calm = smooth(values, 2.5)
        np.testing.assert_array_equal(np.isnan(calm), np.isnan(values))
        np.testing.assert_allclose(calm[np.isfinite(calm)], 5, rtol=1e-12)
        noise = punch(np.random.default_rng(0).standard_normal((30, 40)), [(3, 4)])
        other = np.where(np.isnan(noise), np.inf, noise)
        np.testing.assert_array_equal(
            smooth(noise, 1.5)[np.isfinite(noise)], smooth(other, 1.5)[np.isfinite(other)]
        )
        assert smooth(other, 1.5)[3, 4] == np.inf

    def test_layers_of_a_stack_are_smoothed_each(self) -> None:
        stack = np.random.default_rng(2).standard_normal((3, 8, 9)).astype(np.float32)
        calm = smooth(stack, 1.5)
        assert calm.dtype == np.float32
        for layer, alone in zip(calm, stack, strict=True):
            np.testing.assert_array_equal(layer, smooth(alone, 1.5))

    def test_no_width_changes_nothing_and_an_enormous_one_leaves_the_mean(self) -> None:
        values = np.random.default_rng(2).standard_normal((8, 9))
        np.testing.assert_array_equal(smooth(values, 0), values)
        np.testing.assert_allclose(smooth(values, 1e6), values.mean(), rtol=1e-12)

    @pytest.mark.parametrize("cells", [-1.0, np.nan, np.inf, 1e7])
    def test_no_such_width(self, cells: float) -> None:
        with pytest.raises(InputError, match="from 0 to 1e"):
            smooth(np.zeros((5, 5)), cells)


class TestStack:
    """Minibatch surfaces, each ball with its own."""

    values = np.random.default_rng(11).standard_normal((6, *SHAPE))

    @staticmethod
    def slope(stack: GridSamples, xy: Array, rows: Rows) -> Array:
        out = np.empty_like(xy)
        stack.gradient(xy, rows, out)
        return out

    @pytest.mark.parametrize(("dtype", "digits"), [(np.float32, 2e-6), (np.float64, 1e-13)])
    @pytest.mark.parametrize("shape", [(4, 4), (4, 9), (7, 5), (31, 40)])
    def test_every_layer_is_the_surface_that_it_is_alone(
        self, shape: tuple[int, int], dtype: type[np.floating], digits: float
    ) -> None:
        values = np.random.default_rng(3).standard_normal((5, *shape))
        stack, at = GridSamples(values, DOMAIN), draw_points(400, margin=0.3).astype(dtype)
        assert stack.count == 5
        for number, layer in enumerate(values):
            alone, rows = GridField(layer, DOMAIN), np.full((400, 1), number)
            value, gradient = alone.value(at), slope(alone, at)
            found, slopes = stack.value(at, rows), self.slope(stack, at, rows)
            assert found.dtype == slopes.dtype == dtype
            np.testing.assert_allclose(found, value, rtol=0, atol=digits * np.abs(value).max())
            np.testing.assert_allclose(slopes, gradient, rtol=0, atol=digits * np.abs(gradient).max())

    def test_the_mean_of_samples_is_the_surface_of_their_mean(self) -> None:
        stack, at = GridSamples(self.values, DOMAIN), draw_points(300)
        rows = np.random.default_rng(4).integers(0, 6, (300, 4)).astype(np.uint16)
        rows[:, 1] = rows[:, 0]
        for picked in np.unique(rows, axis=0)[:20]:
            mean = GridField(self.values[picked].mean(axis=0), DOMAIN)
            same = np.broadcast_to(picked, rows.shape)
            np.testing.assert_allclose(stack.value(at, same), mean.value(at), rtol=0, atol=1e-13)
            np.testing.assert_allclose(self.slope(stack, at, same), slope(mean, at), rtol=0, atol=1e-12)
        one_by_one = [stack.value(at, rows[:, [k]]) for k in range(4)]
        np.testing.assert_allclose(stack.value(at, rows), np.mean(one_by_one, axis=0), rtol=0, atol=1e-13)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_many_balls_at_once_are_each_ball_alone_and_parked_ones_stay(
        self, dtype: type[np.floating]
    ) -> None:
        n = 2**13 + 5
        stack, at = GridSamples(self.values, DOMAIN), draw_points(n, margin=0.1).astype(dtype)
        rows = np.random.default_rng(4).integers(0, 6, (n, 3))
        value, gradient = stack.value(at, rows), self.slope(stack, at, rows)
        for k in itertools.chain(range(5), range(n - 8, n)):
            ball, own = np.ascontiguousarray(at[:, k : k + 1]), rows[k : k + 1]
            assert stack.value(ball, own)[0] == value[k]
            np.testing.assert_array_equal(self.slope(stack, ball, own)[:, 0], gradient[:, k])
        at[:, ::2] = np.nan
        parked = self.slope(stack, at, rows)
        assert np.isnan(parked[:, ::2]).all()
        assert np.isnan(stack.value(at, rows)[::2]).all()
        np.testing.assert_array_equal(parked[:, 1::2], gradient[:, 1::2])
        assert stack.value(at[:, :0], rows[:0]).shape == (0,)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_a_hole_in_one_layer_is_a_hole_in_all(self, dtype: type[np.floating]) -> None:
        values = self.values.copy()
        values[2] = punch(values[2], HOLES)
        stack, mean = GridSamples(values, DOMAIN), GridField(values.mean(axis=0), DOMAIN)
        at, rows = draw_points(3_000, margin=0.2).astype(dtype), np.zeros((3_000, 1), int)
        expected = np.isnan(mean.value(at))
        assert 0.1 < expected.mean() < 0.5
        np.testing.assert_array_equal(np.isnan(stack.value(at, rows)), expected)
        np.testing.assert_array_equal(np.isnan(self.slope(stack, at, rows)), [expected, expected])
        punched = GridField(punch(values[0], HOLES), DOMAIN)
        gradient = slope(punched, at)
        np.testing.assert_allclose(
            self.slope(stack, at, rows), gradient, rtol=0, atol=2e-6 * np.nanmax(np.abs(gradient))
        )

    def test_a_high_level_costs_no_digits_of_the_slope(self) -> None:
        low, high = GridSamples(self.values, DOMAIN), GridSamples(self.values + 4096, DOMAIN)
        at, rows = draw_points(500).astype(np.float32), np.zeros((500, 1), int)
        exact = self.slope(low, at, rows)
        np.testing.assert_allclose(self.slope(high, at, rows), exact, rtol=0, atol=1e-6 * np.abs(exact).max())

    def test_it_keeps_little_more_than_another_copy_of_the_grids(self) -> None:
        values = np.random.default_rng(0).standard_normal((200, 64, 64), dtype=np.float32)
        at, rows = draw_points(1).astype(np.float32), np.zeros((1, 1), int)
        tracemalloc.start()
        stack = GridSamples(values, DOMAIN)
        stack.value(at, rows)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert held < 1.1 * values.nbytes

    @pytest.mark.parametrize("values", [np.zeros((0, 5, 5)), np.zeros((5, 5)), np.zeros((2, 3, 9))])
    def test_what_is_no_stack_is_refused(self, values: Array) -> None:
        with pytest.raises(InputError, match="at least 4 x 4"):
            GridSamples(values, DOMAIN)


def make_landscape(values: Points, domain: Domain) -> Landscape:
    return Landscape(
        "grid",
        "Grid",
        "",
        "",
        domain,
        GridField(values.mean(axis=0), domain),
        data=GridSamples(values, domain),
    )


def test_grids_and_stacks_with_and_without_holes_keep_the_contract() -> None:
    values = np.stack([(1 + 0.1 * k) * make_waves((40, 30)) for k in range(5)])
    check(make_landscape(values, DOMAIN))
    values[:, 10:20, 5:9] = np.nan
    values[0, 0, 0] = np.nan
    check(make_landscape(values, DOMAIN))


def test_a_surface_that_is_a_hole_wherever_one_looks_is_one_clear_fault() -> None:
    values = np.full((1, 400, 400), np.nan)
    values[0, 100:102, 200:202] = 1.0
    with pytest.raises(ValueError, match=r"^landscape 'grid': it is a hole at every point where one looks"):
        check(make_landscape(values, DOMAIN))


class Off(GridField):
    """A spline whose gradient is a little too steep."""

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:
        super().gradient(xy, out, scratch)
        out *= 1 + 1e-5


def test_the_contract_tells_a_gradient_that_is_off_by_a_hundred_thousandth() -> None:
    field = Off(draw_field().values, DOMAIN)
    with pytest.raises(ValueError, match="is not the slope of the loss"):
        check(Landscape("test", "Test", "", "", DOMAIN, field))


def test_a_small_domain_far_from_the_origin_keeps_the_contract() -> None:
    values = np.random.default_rng(0).standard_normal((2, 9, 9))
    check(make_landscape(values, (2.0**17, 2.0**17 + 1, -(2.0**17) - 1, -(2.0**17))))
