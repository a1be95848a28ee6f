"""The shelves of bowls and ravines, of saddles and plateaus and of the shapes that training meets."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from landscapes.catalogue.bowls import BOWLS
from landscapes.catalogue.learning import LEARNING
from landscapes.catalogue.saddles import SADDLES
from landscapes.catalogue.surface import Parameter, Surface
from landscapes.errors import InputError
from landscapes.landscape import Landscape, check

Points = npt.NDArray[np.float64]

ROWS = (*BOWLS, *SADDLES, *LEARNING)
BUILT = {row.name: row.build() for row in ROWS}
PARAMETERS = [(row, parameter) for row in ROWS for parameter in row.parameters]

HYPERBOLAS = ("two-layer", "edge-of-stability")
"""Surfaces whose minima are curves, of which none is listed."""

FOLDED = ("dead-relu", "l1-kinks", "nonsmooth-rosenbrock")
"""Surfaces with creases or level ground, to which no quadratic model fits."""

_NEAR = 2e-3
"""Share of the extent within which a search without slopes comes to a minimum in a narrow valley."""


def select(names: list[str]) -> pytest.MarkDecorator:
    """Run a test on these landscapes."""
    return pytest.mark.parametrize("landscape", [BUILT[name] for name in names], ids=names)


EVERY = select(list(BUILT))
WITH_MINIMA = select([name for name, landscape in BUILT.items() if len(landscape.minima)])
ALL_LISTED = select([name for name in BUILT if name not in (*HYPERBOLAS, *FOLDED)])
WITH_PARAMETER = pytest.mark.parametrize(
    ("row", "parameter"), PARAMETERS, ids=[f"{row.name}:{parameter.name}" for row, parameter in PARAMETERS]
)


def at(*points: tuple[float, float]) -> Points:
    return np.array(points, np.float64).T


def measure_hessian(landscape: Landscape, point: tuple[float, float]) -> Points:
    """By central differences of the gradient."""
    h = 1e-5 * landscape.extent
    around = at(*[point] * 4) + h * np.array([[1, -1, 0, 0], [0, 0, 1, -1]])
    gradient = landscape.gradient(around)
    return np.asarray((gradient[:, ::2] - gradient[:, 1::2]) / (2 * h), np.float64)


def find_lowest(landscape: Landscape) -> float:
    """The lowest loss on a fine grid, sharpened by finer and finer grids around the ten lowest points."""
    xs, ys, loss = landscape.grid(1001)
    low, high = np.reshape(landscape.domain, (2, 2)).T[:, :, np.newaxis]
    lowest = np.argsort(loss, axis=None, kind="stable")[:10]
    best = np.stack([xs[lowest % 1001], ys[lowest // 1001]])
    reach = np.array([[xs[1] - xs[0]], [ys[1] - ys[0]]])
    pattern = np.stack(np.meshgrid(np.linspace(-1, 1, 9), np.linspace(-1, 1, 9))).reshape(2, -1)
    for _ in range(40):
        around = np.clip(
            (best[:, :, np.newaxis] + (reach * pattern)[:, np.newaxis]).reshape(2, -1), low, high
        )
        chosen = landscape.value(around).reshape(10, -1).argmin(axis=1)
        best = around.reshape(2, 10, -1)[:, np.arange(10), chosen]
        reach /= 2
    return float(landscape.value(best).min())


def find_hollows(landscape: Landscape) -> Points:
    """Strict minima ``(2, k)`` of the interior, some more than once, by a search that uses no slope.

    It starts at the points of a fine grid than which no neighbour is lower. Slanting valleys narrower than the grid
    have such points all along; where the search ends on a slope there is no minimum.
    """
    xs, ys, loss = landscape.grid(1001)
    around = np.stack([np.roll(loss, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)])
    hollow = loss <= around.min(axis=0)
    hollow[[0, -1]] = hollow[:, [0, -1]] = False
    rows, columns = np.nonzero(hollow)
    best, step = np.stack([xs[columns], ys[rows]]), np.full(rows.size, xs[1] - xs[0])
    pattern = np.stack(np.meshgrid([0.0, -1.0, 1.0], [0.0, -1.0, 1.0])).reshape(2, 9, 1)
    for _ in range(120):
        tried = best[:, np.newaxis] + pattern * step
        chosen = landscape.value(tried.reshape(2, -1)).reshape(9, -1).argmin(axis=0)
        best = tried[:, chosen, np.arange(rows.size)]
        step = np.where(chosen == 0, step / 2, step)
    near = [measure_newton_step(landscape, point) < _NEAR * landscape.extent for point in best.T.tolist()]
    return np.asarray(best[:, np.array(near, np.bool_)])


def measure_newton_step(landscape: Landscape, point: tuple[float, float]) -> float:
    """How far off a quadratic model puts the minimum; infinite where it has none."""
    hessian = measure_hessian(landscape, point)
    if np.linalg.eigvalsh(hessian).min() <= 0:
        return float("inf")
    return float(np.abs(np.linalg.solve(hessian, landscape.gradient(at(point)))).max())


@EVERY
def test_keeps_the_contract(landscape: Landscape) -> None:
    check(landscape)


@WITH_PARAMETER
def test_keeps_the_contract_at_either_end_of_a_parameter(row: Surface, parameter: Parameter) -> None:
    assert parameter.low <= parameter.default <= parameter.high
    for value in (parameter.low, parameter.high):
        check(row.build({parameter.name: value}))


@WITH_PARAMETER
def test_parameter_reaches_the_surface_and_is_held_to_its_range(row: Surface, parameter: Parameter) -> None:
    points = np.random.default_rng(0).uniform(-1, 1, (2, 20))
    low, high = (row.build({parameter.name: value}) for value in (parameter.low, parameter.high))
    assert not np.allclose(low.value(points), high.value(points))
    for value in (parameter.low - 1e-3, parameter.high + 1e-3, float("nan")):
        with pytest.raises(InputError, match=parameter.name):
            row.build({parameter.name: value})


def test_what_players_read_is_there_short_and_unique() -> None:
    assert len({row.name for row in ROWS}) == len({row.title for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row.name == row.name.lower()
        assert 20 <= len(row.about) <= 95, row.name
        assert row.source
    for shelf in (BOWLS, SADDLES, LEARNING):
        assert len({row.group for row in shelf}) == 1


@WITH_MINIMA
def test_nothing_is_lower_than_the_first_minimum(landscape: Landscape) -> None:
    claimed = landscape.value(landscape.minima.T)[0]
    spread = np.ptp(landscape.grid(101)[2])
    assert find_lowest(landscape) >= claimed - 1e-12 * spread


@ALL_LISTED
def test_list_of_minima_is_complete(landscape: Landscape) -> None:
    hollows, minima = find_hollows(landscape).T, landscape.minima
    distance = np.abs(hollows[:, np.newaxis] - minima).max(axis=2)
    assert (distance.min(axis=0, initial=np.inf) < 2 * _NEAR * landscape.extent).all()
    assert (distance.min(axis=1, initial=np.inf) < 2 * _NEAR * landscape.extent).all()


@WITH_MINIMA
def test_minima_are_exact_to_eight_digits(landscape: Landscape) -> None:
    for point in landscape.minima.tolist():
        if landscape.name in FOLDED:
            assert not landscape.gradient(at(point)).any()
        else:
            assert measure_newton_step(landscape, point) < 1e-8


@pytest.mark.parametrize(
    ("name", "point", "loss"),
    [
        ("ill-bowl", (2, 1), 52),
        ("degenerate-bowl", (1, 2), 17),
        ("booth", (1, 3), 0),
        ("booth", (0, 0), 74),
        ("matyas", (0, 0), 0),
        ("matyas", (1, 1), 0.04),
        ("zakharov", (1, 1), 9.3125),
        ("dixon-price", (1, 0.7071067811865476), 0),
        ("dixon-price", (0, 1), 9),
        ("leon", (1, 1), 0),
        ("leon", (-1.2, 1), 749.0384),
        ("freudenstein-roth", (5, 4), 0),
        ("freudenstein-roth", (0.5, -2), 400.5),
        ("escape-the-saddle", (1, 0), 0.5),
        ("escape-the-saddle", (0, 1), -0.25),
        ("monkey-saddle", (1, 1), -2),
        ("three-hump-camel", (0, 0), 0),
        ("three-hump-camel", (1, 1), 2 - 1.05 + 1 / 6 + 2),
        ("terraces", (1, 1), 2 + np.sin(2)),
        ("easom", (np.pi, np.pi), -1),
        ("plateau", (0, 1), 0),
        ("double-well", (1, 0), 1 - 2 - 3 * np.exp(-20)),
        ("double-well", (-1, 0), 1 - 2 * np.exp(-20) - 3),
        ("two-layer", (0, 5), 0.5),
        ("edge-of-stability", (2, 1), 2.25),
        ("l1-kinks", (2, -2), 8),
        ("nonsmooth-rosenbrock", (-1, 1), 0.5),
        ("nonsmooth-rosenbrock", (0, -1), 0.25),
        ("dead-relu", (-1, -1), 5 / 3),
    ],
)
def test_loss_is_that_of_the_formula_by_hand(name: str, point: tuple[float, float], loss: float) -> None:
    assert BUILT[name].value(at(point))[0] == pytest.approx(loss, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize(
    ("name", "point", "loss"),
    [
        ("freudenstein-roth", (11.4128, -0.8968), 48.984),
        ("three-hump-camel", (-1.7476, 0.8738), 0.2986),
        ("muller-brown", (-0.558, 1.442), -146.700),
        ("muller-brown", (0.623, 0.028), -108.167),
        ("muller-brown", (-0.050, 0.467), -80.768),
        ("muller-brown", (-0.822, 0.624), -40.665),
        ("muller-brown", (0.212, 0.293), -72.249),
    ],
)
def test_loss_matches_the_literature_to_its_digits(
    name: str, point: tuple[float, float], loss: float
) -> None:
    assert BUILT[name].value(at(point))[0] == pytest.approx(loss, abs=1e-3)


def score(x: Points, y: Points) -> Points:
    """Cross-entropy of a classifier that says "yes" with the odds ``exp(x u + y)``."""
    samples, labels = np.array([-2, -1, -0.5, 0.5, 1, 2.5]), np.array([0, 0, 1, 0, 1, 1])
    yes = 1 / (1 + np.exp(-(np.outer(samples, x) + y)))
    chosen = np.where(labels[:, np.newaxis], yes, 1 - yes)
    return np.asarray(-np.log(chosen).mean(axis=0))


def fire(x: Points, y: Points) -> Points:
    """Squared error of one neuron on four samples."""
    samples, targets = (
        np.array([[3, 0], [0.25, 0], [0, 3], [0, 0.25]]),
        np.array([[0.1], [0.9], [0.1], [0.9]]),
    )
    return np.asarray(((1 / (1 + np.exp(-samples @ np.stack([x, y]))) - targets) ** 2).sum(axis=0))


def rectify(x: Points, y: Points) -> Points:
    """Mean squared error of one ReLU neuron with weight ``x`` and offset ``y``."""
    samples, targets = np.array([[1.0], [2.0], [-1.0]]), np.array([[1.0], [2.0], [0.0]])
    return np.asarray(((np.maximum(samples * x + y, 0) - targets) ** 2).mean(axis=0))


def join(x: Points, y: Points) -> Points:
    """Two bowls, each levelling out at 1, in parallel."""
    wide, sharp = (x + 1.5) ** 2 + y**2, ((x - 1.5) ** 2 + y**2) / 0.2**2
    return np.asarray(1 / (1 + 1 / wide + 1 / sharp))


def wind(x: Points, y: Points) -> Points:
    """A spiral in polar coordinates, its radius rounded at the centre, with a rim."""
    r, angle, rounded = np.hypot(x, y), np.arctan2(y, x), np.sqrt(x**2 + y**2 + 0.04)
    return np.asarray(r**2 / rounded * (1.3 - r / rounded * np.cos(2.5 * rounded - angle)) + (r**2 / 12) ** 4)


def react(x: Points, y: Points) -> Points:
    """The table of Müller and Brown."""
    table = (
        (-200, -1, 0, -10, 1, 0),
        (-100, -1, 0, -10, 0, 0.5),
        (-170, -6.5, 11, -6.5, -0.5, 1.5),
        (15, 0.7, 0.6, 0.7, -1, 1),
    )
    return np.asarray(
        sum(
            height * np.exp(a * (x - u) ** 2 + b * (x - u) * (y - v) + c * (y - v) ** 2)
            for height, a, b, c, u, v in table
        )
    )


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("logistic", score),
        ("lone-neuron", fire),
        ("dead-relu", rectify),
        ("wide-vs-sharp", join),
        ("spiral", wind),
        ("muller-brown", react),
    ],
)
def test_formula_says_what_the_row_promises(name: str, reference: Callable[[Points, Points], Points]) -> None:
    landscape = BUILT[name]
    low, high = np.reshape(landscape.domain, (2, 2)).T[:, :, np.newaxis]
    points = np.random.default_rng(1).uniform(low, high, (2, 500))
    np.testing.assert_allclose(landscape.value(points), reference(*points), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("condition", [1.0, 30.0, 1e6])
def test_condition_of_the_bowl_is_the_ratio_of_its_curvatures(condition: float) -> None:
    row = next(row for row in BOWLS if row.name == "ill-bowl")
    low, high = np.linalg.eigvalsh(measure_hessian(row.build({"condition": condition}), (0, 0)))
    assert high / low == pytest.approx(condition, rel=1e-6)


def test_passes_are_stationary_and_lead_down_on_two_sides() -> None:
    for name, point in (
        ("escape-the-saddle", (0.0, 0.0)),
        ("muller-brown", (-0.822001558732, 0.624312802815)),
        ("muller-brown", (0.212486582000, 0.292988325107)),
        ("barrier", (0.0, 0.0)),
        ("two-layer", (0.0, 0.0)),
    ):
        landscape = BUILT[name]
        assert np.abs(landscape.gradient(at(point))).max() < 1e-8 * landscape.gradient_scale, name
        down, up = np.linalg.eigvalsh(measure_hessian(landscape, point))
        assert down < 0 < up, name


def test_monkey_saddle_is_level_and_flat_in_the_middle_and_falls_three_ways() -> None:
    landscape = BUILT["monkey-saddle"]
    assert not landscape.gradient(at((0, 0))).any()
    assert np.abs(measure_hessian(landscape, (0, 0))).max() < 1e-9
    angle = np.arange(720) * np.pi / 360
    below = landscape.value(np.stack([np.cos(angle), np.sin(angle)])) < -1e-9
    assert np.count_nonzero(below & ~np.roll(below, 1)) == 3


def test_edges_of_the_terraces_are_level() -> None:
    angle = np.linspace(0, 6, 30)
    for turn in (1, 3, 5):
        edge = np.sqrt(turn * np.pi) * np.stack([np.cos(angle), np.sin(angle)])
        assert np.abs(BUILT["terraces"].gradient(edge)).max() < 1e-9


@pytest.mark.parametrize("name", ["easom", "plateau"])
def test_far_out_there_is_next_to_no_slope(name: str) -> None:
    landscape = BUILT[name]
    x_min, x_max, y_min, y_max = landscape.domain
    x, y = (x_min + x_max) / 2, (y_min + y_max) / 2
    far = landscape.gradient(at((x_min, y), (x_max, y), (x, y_min), (x, y_max)))
    near = landscape.gradient(at((x + 0.5, y), (x, y + 0.5)))
    assert np.abs(far).max() < 1e-2 * np.abs(near).max()


def test_wall_of_the_cliff_is_a_hundred_times_steeper_than_the_plain() -> None:
    slope = np.linalg.norm(BUILT["cliff"].gradient(at((1, 0), (-0.5, 0))), axis=0)
    assert slope[0] > 90 * slope[1] > 0


@pytest.mark.parametrize("name", HYPERBOLAS)
def test_minima_of_a_chain_of_weights_are_a_hyperbola(name: str) -> None:
    landscape = BUILT[name]
    x = np.linspace(0.5, 2, 40)
    both = np.hstack([np.stack([x, 1 / x]), np.stack([-x, -1 / x])])
    assert landscape.value(both).max() < 1e-30
    assert np.abs(landscape.gradient(both)).max() < 1e-14
    assert landscape.grid(301)[2].min() >= 0
    sharpness = [np.linalg.eigvalsh(measure_hessian(landscape, (x, 1 / x))).max() for x in (0.5, 1.0, 2.0)]
    assert sharpness[1] < sharpness[0] == pytest.approx(sharpness[2], rel=1e-6)


def test_both_minima_are_zero_but_one_is_sharper_by_the_square_of_the_width() -> None:
    row = next(row for row in LEARNING if row.name == "wide-vs-sharp")
    for width in (0.05, 0.2, 1.0):
        landscape = row.build({"width": width})
        assert not landscape.value(landscape.minima.T).any()
        wide, sharp = (
            np.linalg.eigvalsh(measure_hessian(landscape, (x, y))).mean()
            for x, y in landscape.minima.tolist()
        )
        assert wide / sharp == pytest.approx(width**2, rel=1e-3)


@pytest.mark.parametrize("height", [0.5, 2.0, 30.0])
def test_barrier_is_as_high_as_asked_and_the_path_around_it_level(height: float) -> None:
    barrier, path = (
        next(row for row in LEARNING if row.name == name) for name in ("barrier", "mode-connection")
    )
    x = np.linspace(-1, 1, 101)
    straight, curved = np.stack([x, 0 * x]), np.stack([x, 1.5 * (1 - x**2)])
    assert barrier.build({"height": height}).value(straight).max() == pytest.approx(height)
    landscape = path.build({"height": height})
    assert landscape.value(straight).max() == pytest.approx(height + 0.2)
    assert landscape.value(curved).max() == pytest.approx(0.2)


def test_swapping_the_units_changes_nothing() -> None:
    points = np.random.default_rng(2).uniform(-1.5, 4, (2, 50))
    landscape = BUILT["swapped-units"]
    np.testing.assert_allclose(landscape.value(points), landscape.value(points[::-1]), rtol=1e-12)


def test_dead_neuron_feels_no_slope_at_all() -> None:
    dead = np.random.default_rng(3).uniform(-4, -2.1, (2, 100))
    dead[0] = 0.3 * dead[0] + 0.6
    assert (np.array([[1, 1], [2, 1], [-1, 1]]) @ dead < 0).all()
    assert not BUILT["dead-relu"].gradient(dead).any()


def test_spiral_has_one_way_down_from_its_last_turn_to_the_centre() -> None:
    r = np.linspace(0.5, 4, 400)
    floor = np.stack([r * np.cos(2.5 * r), r * np.sin(2.5 * r)])
    loss = BUILT["spiral"].value(floor)
    assert (np.diff(loss) > 0).all()
    assert (BUILT["spiral"].value(-floor) > loss + r).all()


def test_number_of_dimples_grows_with_the_ripples_from_that_of_a_bowl() -> None:
    row = next(row for row in LEARNING if row.name == "noise-floor")
    x = np.linspace(-2, 2, 100_001)
    for ripple in (0.0, 0.01, 0.03, 0.05):
        along = x**2 / 2 - ripple * np.cos(25 * x)
        dimples = np.count_nonzero((along[1:-1] < along[:-2]) & (along[1:-1] < along[2:]))
        assert len(row.build({"ripple": ripple}).minima) == dimples**2
    assert dimples == 11


@pytest.mark.parametrize("strength", [0.0, 0.7, 1.9])
def test_lasso_shrinks_the_useful_weight_and_holds_the_other_at_zero(strength: float) -> None:
    row = next(row for row in LEARNING if row.name == "l1-kinks")
    landscape = row.build({"strength": strength})
    assert landscape.minima.tolist() == [[2 - strength, 0.0]]
    above, below = landscape.gradient(at((2 - strength, 1e-9), (2 - strength, -1e-9))).T
    assert above[1] == pytest.approx(strength, abs=1e-8)
    assert below[1] == pytest.approx(-strength, abs=1e-8)


def test_averages_of_the_asymmetric_valley_lie_on_the_gentle_side() -> None:
    landscape = BUILT["asymmetric-valley"]
    (x, _), *_ = landscape.minima.tolist()
    steep, gentle = landscape.gradient(at((x + 2, 0), (x - 2, 0)))[0]
    assert steep == pytest.approx(3.6, rel=1e-3)
    assert gentle == pytest.approx(-0.4, rel=1e-3)
