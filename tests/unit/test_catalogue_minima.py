from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from numpy import cos, exp, pi, sin, sqrt

from landscapes.analytic import CATALOG
from landscapes.catalogue.minima import MANY_MINIMA
from landscapes.catalogue.search import find_minima, refine_minima
from landscapes.expression import compile_formula
from landscapes.landscape import Landscape, check

Array = npt.NDArray[np.float64]

ROWS = {row.name: row for row in MANY_MINIMA}
SMOOTH = [name for name in ROWS if name != "bukin-6"]
LEVEL = ["drop-wave", "bukin-6", "schaffer-2", "schaffer-4", "langermann", "gramacy-lee", "michalewicz"]
"""Where a search without gradients ends in level troughs, or on plains, or in ripples too faint to list."""


@cache
def build(name: str) -> Landscape:
    return ROWS[name].build()


def measure_hessians(landscape: Landscape, at: Array) -> Array:
    """Hessians ``(n, 2, 2)`` by central differences of the gradient, close enough for ripples."""
    h = 3e-7 * landscape.extent
    rows = [
        (landscape.gradient(at + step) - landscape.gradient(at - step)) / (2 * h)
        for step in (np.array([[h], [0]]), np.array([[0], [h]]))
    ]
    return np.asarray(np.stack(rows).transpose(2, 0, 1), np.float64)


def descend(landscape: Landscape, start: Array, step: Array) -> Array:
    """Where a search that knows no gradient ends from ``start (2, k)``, within the domain."""
    low, high = np.reshape(landscape.domain, (2, 2)).T[:, :, None, None]
    counts = np.arange(start.shape[1])
    for turn in range(150):
        # Turned every time: in directions that stay the same a search rests on saddles.
        angle = np.linspace(0, 2 * pi, 12, endpoint=False) + turn
        pattern = np.hstack([[[0.0], [0.0]], np.stack([cos(angle), sin(angle)])])[:, :, None]
        tried = np.clip(start[:, None, :] + pattern * step, low, high)
        best = np.argmin(landscape.value(tried.reshape(2, -1)).reshape(13, -1), axis=0)
        start = tried[:, best, counts]
        step = np.where(best == 0, 0.7 * step, step)
    return start


def find_hollows(landscape: Landscape, resolution: int) -> tuple[Array, float]:
    """Points of a grid that no neighbour lies below ``(2, k)``, and the distance of neighbours."""
    xs, ys, loss = landscape.grid(resolution)
    around = np.pad(loss, 1, constant_values=np.inf)
    shifts = [(i, j) for i in range(3) for j in range(3)]
    lowest = np.min([around[i : i + resolution, j : j + resolution] for i, j in shifts], axis=0)
    row, column = np.nonzero(loss <= lowest)
    return np.stack([xs[column], ys[row]]), float(min(xs[1] - xs[0], ys[1] - ys[0]))


def draw(landscape: Landscape, n: int) -> Array:
    low, high = np.reshape(landscape.domain, (2, 2)).T[:, :, None]
    return np.asarray(low + np.random.default_rng(5).random((2, n)) * (high - low), np.float64)


@pytest.mark.parametrize("name", ROWS)
def test_row_keeps_the_contract(name: str) -> None:
    check(build(name))


def test_rows_are_named_and_described_for_a_list() -> None:
    names = [row.name for row in MANY_MINIMA]
    assert len(set(names)) == len(names) == 20
    for row in MANY_MINIMA:
        assert row.name == row.name.lower()
        assert 20 < len(row.about) <= 95
        assert row.source
        assert row.group == "Many minima"


@pytest.mark.parametrize(
    ("name", "at", "loss"),
    [
        ("griewank", (0, 0), 0),
        ("griewank", (3.1400226339, 4.4384444809), 0.0073960403),
        ("schwefel", (420.968746359982, 420.968746359982), 0),
        ("levy", (1, 1), 0),
        ("levi-13", (1, 1), 0),
        ("holder-table", (8.05502, 9.66459), -19.208502568),
        ("holder-table", (-8.05502, 9.66459), -19.208502568),
        ("cross-in-tray", (1.349406575769872, 1.349406575769872), -2.062611870822739),
        ("cross-in-tray", (-1.349406575769872, 1.349406575769872), -2.062611870822739),
        ("drop-wave", (0, 0), -1),
        ("shubert", (-7.0835, 4.8580), -186.7309),
        ("shubert", (-0.8003, -1.4251), -186.7309),
        ("michalewicz", (2.20290552, 1.57079633), -1.801303410),
        ("bukin-6", (-10, 1), 0),
        ("schaffer-2", (0, 0), 0),
        ("schaffer-4", (0, 1.253131828927371), 0.292578632),
        ("schaffer-4", (1.253131828927371, 0), 0.292578632),
        ("goldstein-price", (0, -1), 3),
        ("goldstein-price", (-0.6, -0.4), 30),
        ("goldstein-price", (1.8, 0.2), 84),
        ("goldstein-price", (1.2, 0.8), 840),
        ("mccormick", (-0.54719, -1.54719), -1.913222955),
        ("branin", (-pi, 12.275), 0.397887358),
        ("branin", (pi, 2.275), 0.397887358),
        ("branin", (9.42478, 2.475), 0.397887358),
        ("bird", (4.70104, 3.15294), -106.764537),
        ("bird", (-1.58214, -3.13024), -106.764537),
        ("langermann", (2.00299219, 1.006096), -5.1621259),
        ("gramacy-lee", (-sqrt(0.5), 0), -0.428881942),
        ("de-jong-5", (-31.97833, -31.97833), 0.998003838),
    ],
)
def test_loss_matches_the_literature(name: str, at: tuple[float, float], loss: float) -> None:
    assert build(name).value(np.array([at]).T)[0] == pytest.approx(loss, rel=3e-7, abs=2e-9)


def levy(x: Array, y: Array) -> Array:
    u, v = 1 + (x - 1) / 4, 1 + (y - 1) / 4
    first = sin(pi * u) ** 2 + (u - 1) ** 2 * (1 + 10 * sin(pi * u + 1) ** 2)
    return np.asarray(first + (v - 1) ** 2 * (1 + sin(2 * pi * v) ** 2))


def shubert(x: Array, y: Array) -> Array:
    i = np.arange(1, 6)[:, None]
    return np.asarray((i * cos((i + 1) * x + i)).sum(0) * (i * cos((i + 1) * y + i)).sum(0))


def langermann(x: Array, y: Array) -> Array:
    height = np.array([1, 2, 5, 2, 3])
    places = np.array([[3, 5], [5, 2], [2, 1], [1, 4], [7, 9]])
    square = ((np.stack([x, y]).T[:, None] - places) ** 2).sum(-1)
    return np.asarray(-(height * exp(-square / pi) * cos(pi * square)).sum(-1))


def shekel(x: Array, y: Array) -> Array:
    beta = np.array([1, 2, 2, 4, 4, 6, 3, 7, 5, 5]) / 10
    places = np.array([[4, 1, 8, 6, 3, 2, 5, 8, 6, 7], [4, 1, 8, 6, 7, 9, 5, 1, 2, 3.6]]).T
    return np.asarray(-(1 / (((np.stack([x, y]).T[:, None] - places) ** 2).sum(-1) + beta)).sum(-1))


def de_jong(x: Array, y: Array) -> Array:
    across, along = np.tile([-32, -16, 0, 16, 32], 5), np.repeat([-32, -16, 0, 16, 32], 5)
    depth = np.arange(1, 26) + (x[:, None] - across) ** 6 + (y[:, None] - along) ** 6
    return np.asarray(1 / (0.002 + (1 / depth).sum(-1)))


def cross_in_tray(x: Array, y: Array) -> Array:
    return np.asarray(-0.0001 * (np.abs(sin(x) * sin(y) * exp(np.abs(100 - np.hypot(x, y) / pi))) + 1) ** 0.1)


def schaffer_4(x: Array, y: Array) -> Array:
    wave = cos(sin(np.abs(x**2 - y**2))) ** 2 - 0.5
    return np.asarray(0.5 + wave / (1 + 0.001 * (x**2 + y**2)) ** 2)


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("levy", levy),
        ("shubert", shubert),
        ("langermann", langermann),
        ("shekel", shekel),
        ("de-jong-5", de_jong),
        ("cross-in-tray", cross_in_tray),
        ("schaffer-4", schaffer_4),
    ],
)
def test_formula_is_the_published_one(name: str, published: Callable[[Array, Array], Array]) -> None:
    at = draw(build(name), 500)
    np.testing.assert_allclose(build(name).value(at), published(*at), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", SMOOTH)
def test_minima_are_strict_ones_to_eight_digits(name: str) -> None:
    landscape = build(name)
    at = landscape.minima.T
    hessians = measure_hessians(landscape, at)
    assert np.all(np.linalg.eigvalsh(hessians) > 0)
    error = np.linalg.solve(hessians, landscape.gradient(at).T[:, :, None])
    assert np.abs(error).max() < 1e-8
    apart = np.abs(landscape.minima[:, None] - landscape.minima).max(-1) + landscape.extent * np.eye(
        at.shape[1]
    )
    assert apart.min() > 1e-4 * landscape.extent


def test_minimum_of_bukin_is_the_lowest_point_of_the_crease() -> None:
    bukin = build("bukin-6")
    x = np.linspace(-15, -5, 1001)
    crease = bukin.value(np.stack([x, 0.01 * x * x]))
    assert bukin.minima.tolist() == [[-10, 1]]
    assert x[np.argmin(crease)] == pytest.approx(-10, abs=1e-9)
    ring = np.array([[-10.0], [1.0]]) + 1e-3 * np.stack([cos(x), sin(x)])
    assert bukin.value(ring).min() > 1e-6
    for dtype in (np.float32, np.float64):
        assert np.array_equal(bukin.gradient(np.array([[-10], [1]], dtype)), [[0], [0]])


@pytest.mark.parametrize("name", ROWS)
def test_nothing_in_the_domain_is_deeper_than_the_first_minimum(name: str) -> None:
    landscape = build(name)
    deepest = landscape.value(landscape.minima[:1].T)[0]
    xs, ys, loss = landscape.grid(1001)
    height = np.ptp(loss)
    assert loss.min() >= deepest - 1e-12 * height
    at = np.argsort(loss, axis=None)[:40]
    end = descend(landscape, np.stack([xs[at % 1001], ys[at // 1001]]), np.full(40, xs[1] - xs[0]))
    lowest = landscape.value(end).min()
    assert lowest >= deepest - 1e-12 * height
    if name != "bukin-6":
        assert lowest <= deepest + 1e-9 * height


@pytest.mark.parametrize("name", [name for name in ROWS if name not in LEVEL])
def test_no_minimum_is_missing(name: str) -> None:
    landscape = build(name)
    start, step = find_hollows(landscape, 700)
    end = descend(landscape, start, np.full(start.shape[1], step))
    low, high = np.reshape(landscape.domain, (2, 2)).T[:, :, None]
    inside = np.minimum(end - low, high - end).min(axis=0) > 1e-6 * landscape.extent
    still = np.abs(landscape.gradient(end)).max(axis=0) < 1e-5 * landscape.gradient_scale
    distance = np.abs(end[:, inside & still].T[:, None] - landscape.minima).max(-1)
    assert len(distance) >= 0.9 * len(landscape.minima) - 11 * (name == "de-jong-5")
    assert distance.min(axis=1).max() < 1e-4 * landscape.extent


@pytest.mark.parametrize(("name", "count"), [("shekel", 10), ("schwefel", 49), ("cross-in-tray", 36)])
def test_there_are_as_many_minima_as_the_formula_says(name: str, count: int) -> None:
    assert len(build(name).minima) == count


def test_shafts_of_de_jong_that_the_others_pull_at_from_both_sides_have_two_lowest_points() -> None:
    minima = build("de-jong-5").minima
    shafts, counts = np.unique(np.round(minima / 16), axis=0, return_counts=True)
    assert len(shafts) == 25
    assert np.array_equal(counts, 2 ** np.sum(shafts == 0, axis=1))
    assert np.abs(minima - 16 * np.round(minima / 16)).max() < 0.5


def test_schaffers_minima_lie_on_the_axes_one_on_each_side_of_a_trough() -> None:
    for name, troughs in (("schaffer-2", 7), ("schaffer-4", 8)):
        landscape = build(name)
        far = np.abs(landscape.minima).max(axis=1)
        assert np.all(np.abs(landscape.minima).min(axis=1) < 1e-12)
        assert len(far) == 4 * troughs + (name == "schaffer-2")
        assert np.all(np.diff(far) > -1e-9)


def test_search_finds_what_is_published_of_shubert() -> None:
    """760 minima on +-10, 18 of them deepest: where one factor is high and the other low, or low on the border."""
    field, domain = compile_formula(ROWS["shubert"].formula, {}), (-10.0, 10.0, -10.0, 10.0)
    minima = find_minima(field, domain, 801)
    loss = field.value(np.ascontiguousarray(minima.T))
    t, i = np.linspace(-10, 10, 20_001), np.arange(1, 6)[:, None]
    factor = (i * cos((i + 1) * t + i)).sum(0)
    rises = np.sign(np.diff(factor))
    lows, highs = np.sum(np.diff(rises) > 0), np.sum(np.diff(rises) < 0)
    low_ends = int(factor[0] < 0 < rises[0]) + int(factor[-1] < 0 and rises[-1] < 0)
    assert 2 * highs * (lows + low_ends) == 760
    assert len(minima) == 2 * lows * highs
    assert np.count_nonzero(loss < -186.7308) == 18


@pytest.mark.parametrize(
    "name", ["himmelblau", "rastrigin", "styblinski-tang", "six-hump-camel", "rosenbrock"]
)
def test_search_finds_the_minima_of_the_hand_written_rows(name: str) -> None:
    landscape = next(row for row in CATALOG if row.name == name)
    found = find_minima(landscape.field, landscape.domain)
    order = np.lexsort(np.round(found.T, 6))
    known = landscape.minima[np.lexsort(np.round(landscape.minima.T, 6))]
    np.testing.assert_allclose(found[order], known, atol=1e-10)
    assert np.all(np.diff(landscape.value(found.T)) > -1e-9)


def test_search_is_not_taken_in_by_a_crease() -> None:
    """Where two ridges of the tray cross, slopes are zero and curved upward along both, and yet down lies between."""
    field, domain = compile_formula(ROWS["cross-in-tray"].formula, {}), (-9.4, 9.4, -9.4, 9.4)
    assert len(find_minima(field, domain)) == 36
    assert refine_minima(field, domain, np.zeros((2, 1)), reach=0.05).shape == (0, 2)


def test_search_drops_what_is_no_minimum_inside() -> None:
    saddle = next(row for row in CATALOG if row.name == "saddle")
    assert find_minima(saddle.field, saddle.domain).shape == (0, 2)
    bowl = next(row for row in CATALOG if row.name == "bowl")
    assert find_minima(bowl.field, (1.0, 2.0, 1.0, 2.0)).shape == (0, 2)
    starts = np.array([[0.3, -0.2, 4.0, np.nan], [0.1, 0.4, 4.0, 0.0]])
    assert refine_minima(bowl.field, bowl.domain, starts, reach=0.5).tolist() == [[0, 0]]
