import tracemalloc

import numpy as np
import numpy.typing as npt
import pytest

from landscapes.analytic import CATALOG
from landscapes.landscape import Array, Landscape

NAMES = [landscape.name for landscape in CATALOG]
BY_NAME = dict(zip(NAMES, CATALOG, strict=True))


def select(names: list[str]) -> pytest.MarkDecorator:
    """Run a test on these landscapes."""
    return pytest.mark.parametrize("landscape", [BY_NAME[name] for name in names], ids=names)


EVERY = select(NAMES)
WITH_MINIMA = select([name for name in NAMES if name != "saddle"])
SMOOTH = select([name for name in NAMES if name not in ("saddle", "ackley", "eggholder")])
ALL_LISTED = select(["valleys", "bowl", "himmelblau", "rastrigin", "styblinski-tang", "six-hump-camel"])
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def draw(landscape: Landscape, n: int, margin: float = 0.0, seed: int = 0) -> npt.NDArray[np.float64]:
    """Random points over the domain, widened by ``margin`` sides."""
    low, high = np.reshape(landscape.domain, (2, 2)).T[:, :, None]
    unit = np.random.default_rng(seed).uniform(-margin, 1 + margin, (2, n))
    return np.asarray(low + unit * (high - low), np.float64)


def differentiate(landscape: Landscape, at: npt.NDArray[np.float64]) -> Array:
    """Gradient by sixth-order central differences of the loss in extended precision."""
    h = np.longdouble(1e-5 * landscape.extent)
    x, y = at.astype(np.longdouble)
    value = landscape.field.value

    def slope(dx: int, dy: int) -> Array:
        total = np.zeros_like(x)
        for steps, weight in ((1, 45), (2, -9), (3, 1)):
            ahead = value(np.stack([x + steps * h * dx, y + steps * h * dy]))
            behind = value(np.stack([x - steps * h * dx, y - steps * h * dy]))
            total += weight * (ahead - behind)
        return np.asarray(total / (60 * h))

    return np.stack([slope(1, 0), slope(0, 1)])


def measure_hessians(landscape: Landscape, at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Hessians ``(n, 2, 2)`` by central differences of the gradient."""
    h = 1e-5 * landscape.extent
    rows = [
        (landscape.gradient(at + step) - landscape.gradient(at - step)) / (2 * h)
        for step in (np.array([[h], [0]]), np.array([[0], [h]]))
    ]
    return np.asarray(np.stack(rows).transpose(2, 0, 1), np.float64)


def sink(landscape: Landscape, resolution: int) -> npt.NDArray[np.float64]:
    """Where a pattern search ends, ``(2, n)``, from every point of a grid that is no higher than its neighbours.

    It uses no gradient, stays in the domain, and finds minima on creases and borders too.
    """
    xs, ys, loss = landscape.grid(resolution)
    around = np.pad(loss, 1, constant_values=np.inf)
    shifts = [(i, j) for i in range(3) for j in range(3)]
    lowest = np.min([around[i : i + resolution, j : j + resolution] for i, j in shifts], axis=0)
    row, column = np.nonzero(loss <= lowest)
    at = np.stack([xs[column], ys[row]])
    step = np.full(at.shape[1], xs[1] - xs[0])
    low, high = np.reshape(landscape.domain, (2, 2)).T[:, :, None, None]
    pattern = np.stack(np.meshgrid([0.0, -1.0, 1.0], [0.0, -1.0, 1.0])).reshape(2, 9, 1)
    while step.max() > 1e-9 * landscape.extent:
        tried = np.clip(at[:, None, :] + pattern * step, low, high)
        best = np.argmin(landscape.value(tried.reshape(2, -1)).reshape(9, -1), axis=0)
        at = tried[:, best, np.arange(at.shape[1])]
        step = np.where(best == 0, step / 2, step)
    return np.asarray(at, np.float64)


@EVERY
def test_gradient_is_the_slope_of_the_loss_to_eight_digits(landscape: Landscape) -> None:
    at = draw(landscape, 400, margin=0.25)
    expected = differentiate(landscape, at)
    error = np.abs(landscape.gradient(at) - expected)
    assert np.all(error <= 1e-8 * (np.abs(expected) + 1e-2 * landscape.gradient_scale))


@pytest.mark.parametrize(
    ("name", "at", "loss"),
    [
        ("bowl", (3, 4), 25),
        ("ravine", (0.8, 0.6), 0.5),
        ("ravine", (-0.6, 0.8), 25),
        ("saddle", (1, 2), -3),
        ("rosenbrock", (-1.2, 1), 24.2),
        ("himmelblau", (0, 0), 170),
        ("himmelblau", (-0.270844590667, -0.923038522074), 181.616521527),
        ("beale", (0, 0), 14.203125),
        ("rastrigin", (0.5, 0.5), 40.5),
        ("rastrigin", (1, 2), 5),
        ("ackley", (1, 1), 3.625384938440),
        ("styblinski-tang", (-2.903534, -2.903534), -78.332331408),
        ("six-hump-camel", (0.089842, -0.712656), -1.031628453490),
        ("six-hump-camel", (1, 1), 3.233333333333),
        ("eggholder", (0, 0), -25.460337185286),
        ("eggholder", (512, 404.2319), -959.640662711),
    ],
)
def test_loss_matches_the_literature(name: str, at: tuple[float, float], loss: float) -> None:
    assert BY_NAME[name].value(np.array([at]).T)[0] == pytest.approx(loss, rel=1e-8)


@EVERY
def test_float32_gradient_is_good_to_four_digits(landscape: Landscape) -> None:
    at = draw(landscape, 2000, margin=0.1).astype(np.float32)
    exact = landscape.gradient(at.astype(np.float64))
    assert np.all(np.abs(landscape.gradient(at) - exact) <= 1e-4 * (np.abs(exact) + landscape.gradient_scale))


@EVERY
@DTYPES
def test_gradient_of_many_points_is_that_of_each_alone_bit_for_bit(
    landscape: Landscape, dtype: type[np.floating]
) -> None:
    at = draw(landscape, 333, margin=0.1).astype(dtype)
    together = landscape.gradient(at)
    for start, size in ((0, 1), (5, 1), (332, 1), (1, 2), (3, 7), (17, 64), (100, 233)):
        alone = landscape.gradient(at[:, start : start + size])
        assert alone.tobytes() == together[:, start : start + size].tobytes()


@EVERY
@DTYPES
def test_kernel_only_writes_out_and_never_reads_what_was_there(
    landscape: Landscape, dtype: type[np.floating]
) -> None:
    at = draw(landscape, 100).astype(dtype)
    kept, out = at.copy(), np.full_like(at, np.nan)
    landscape.field.gradient(at, out, np.full((landscape.field.scratch, 2, 100), np.nan, dtype))
    assert np.array_equal(at, kept)
    assert np.array_equal(out, landscape.gradient(at))


@EVERY
def test_kernel_allocates_nothing_that_grows_with_the_crowd(landscape: Landscape) -> None:
    at = draw(landscape, 50_000).astype(np.float32)
    out, scratch = np.empty_like(at), np.empty((landscape.field.scratch, *at.shape), np.float32)
    tracemalloc.start()
    landscape.field.gradient(at, out, scratch)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < at.nbytes / 8


@EVERY
@DTYPES
def test_parked_balls_stay_nan_and_leave_the_others_alone(
    landscape: Landscape, dtype: type[np.floating]
) -> None:
    at = draw(landscape, 70).astype(dtype)
    expected = landscape.gradient(at)
    at[:, [0, 33, 69]] = np.nan
    gradient = landscape.gradient(at)
    assert np.isnan(gradient[:, [0, 33, 69]]).all()
    others = np.delete(np.arange(70), [0, 33, 69])
    assert np.array_equal(gradient[:, others], expected[:, others])


@DTYPES
def test_gradient_is_finite_on_the_tip_of_ackley(dtype: type[np.floating]) -> None:
    ackley = BY_NAME["ackley"]
    assert np.array_equal(ackley.gradient(np.zeros((2, 1), dtype)), [[0], [0]])
    near = ackley.gradient(np.array([[1e-12, 1e-25], [0, 1e-25]], dtype))
    assert near[0, 0] == pytest.approx(4 * np.sqrt(0.5), rel=1e-6)  # the slope of the funnel's tip
    assert np.all(np.abs(near[:, 1]) < 3)


@DTYPES
def test_gradient_is_finite_on_the_creases_of_eggholder(dtype: type[np.floating]) -> None:
    creases = np.array([[0, -94, 100, 47], [-47, 0, 53, 0]], dtype)
    assert np.isfinite(BY_NAME["eggholder"].gradient(creases)).all()


@SMOOTH
def test_minima_are_minima_to_ten_digits(landscape: Landscape) -> None:
    at = landscape.minima.T
    gradient, hessians = landscape.gradient(at).T, measure_hessians(landscape, at)
    assert np.all(np.linalg.eigvalsh(hessians) > 1e-5 * landscape.gradient_scale / landscape.extent)
    error = np.linalg.solve(hessians, gradient[:, :, None])
    assert np.abs(error).max() < 1e-11 * landscape.extent


def test_minimum_of_ackley_is_the_tip_of_a_funnel() -> None:
    ackley = BY_NAME["ackley"]
    angle = np.linspace(0, 2 * np.pi, 64)
    ring = 1e-6 * np.stack([np.cos(angle), np.sin(angle)])
    assert ackley.minima.tolist() == [[0, 0]]
    assert np.all(ackley.value(ring) > ackley.value(np.zeros((2, 1))) + 1e-6)


def test_minimum_of_eggholder_lies_in_the_border_where_down_is_outward() -> None:
    eggholder = BY_NAME["eggholder"]
    at = eggholder.minima.T
    (outward,), (along,) = eggholder.gradient(at)
    curvature = measure_hessians(eggholder, at)[0, 1, 1]
    assert at[0, 0] == 512
    assert outward < -1
    assert curvature > 0
    assert abs(along / curvature) < 1e-10


@ALL_LISTED
def test_no_minimum_is_missing(landscape: Landscape) -> None:
    end = sink(landscape, 161)
    inside = np.abs(landscape.gradient(end)).max(axis=0) < 1e-2 * landscape.gradient_scale
    found = np.unique(np.round(end[:, inside].T / landscape.extent, 4), axis=0)
    assert len(found) == len(landscape.minima)
    for point in found:
        assert np.abs(landscape.minima / landscape.extent - point).max(axis=1).min() < 1e-4


@pytest.mark.parametrize("name", ["ackley", "eggholder"])
def test_search_ends_deepest_at_the_minimum_that_is_listed(name: str) -> None:
    landscape = BY_NAME[name]
    end = sink(landscape, 401)
    lowest = end[:, np.argmin(landscape.value(end))]
    assert lowest == pytest.approx(landscape.minima[0], abs=1e-6 * landscape.extent)


@WITH_MINIMA
def test_nothing_in_the_domain_is_deeper_than_the_first_minimum(landscape: Landscape) -> None:
    lowest = landscape.value(sink(landscape, 161)).min()
    deepest = landscape.value(landscape.minima[:1].T)[0]
    assert lowest >= deepest - 1e-12 * np.ptp(landscape.grid(65)[2])


def test_valleys_hold_balls_in() -> None:
    valleys = BY_NAME["valleys"]
    t = np.linspace(-3, 3, 601)
    edge = np.full_like(t, 3.0)
    border = {(0, 1): (edge, t), (0, -1): (-edge, t), (1, 1): (t, edge), (1, -1): (t, -edge)}
    for (axis, outward), at in border.items():
        assert np.all(outward * valleys.gradient(np.stack(at))[axis] > 0)


def test_valleys_differ_in_depth_and_one_is_clearly_deepest() -> None:
    valleys = BY_NAME["valleys"]
    depth = valleys.value(valleys.minima.T)
    height = np.ptp(valleys.grid(201)[2])
    assert len(depth) == 11
    assert np.all(np.diff(depth) > 0.003 * height)
    assert depth[0] >= 0
    assert depth[1] - depth[0] > 0.1 * height
