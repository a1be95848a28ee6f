import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import landscapes
from game.scene.relief import (
    CLIP,
    NEAREST_TICKS,
    RELIEFS,
    WIDEST_GAP,
    choose_relief,
    fit_scale,
    place_ticks,
    rank_among,
)
from landscapes.landscape import Array, Relief

LOSSES = hnp.arrays(np.float64, st.integers(2, 60), elements=st.floats(-1e6, 1e6, width=32))
WILD = hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(width=64))
"""Whatever a file or a formula can hold: holes, infinities, the largest and the smallest numbers there are."""

PICKED_BY_EYE: tuple[tuple[str, Relief], ...] = (
    ("valleys", "linear"),
    ("breast-cancer", "log"),
    ("bowl", "linear"),
    ("ravine", "linear"),
    ("saddle", "linear"),
    ("rosenbrock", "log"),
    ("himmelblau", "log"),
    ("beale", "log"),
    ("rastrigin", "linear"),
    ("ackley", "linear"),
    ("styblinski-tang", "log"),
    ("six-hump-camel", "log"),
    ("eggholder", "linear"),
)


def plane(count: int = 101) -> tuple[Array, Array]:
    x, y = np.meshgrid(np.linspace(-1, 1, count), np.linspace(-1, 1, count))
    return x, y


@pytest.mark.parametrize("relief", RELIEFS)
@given(loss=LOSSES)
def test_relief_keeps_the_order_of_losses_within_zero_and_one(relief: Relief, loss: Array) -> None:
    height = fit_scale(loss, relief).heights(loss)
    assert height.min() >= 0
    assert height.max() <= 1
    order = np.argsort(loss, kind="stable")
    assert (np.diff(height[order]) >= -1e-12).all()
    # Equal losses are equally high: no relief may invent a slope on a plateau.
    equal = np.diff(loss[order]) == 0
    assert (np.abs(np.diff(height[order])[equal]) <= 1e-12).all()


@given(loss=LOSSES)
def test_relief_puts_the_lowest_loss_on_the_floor_and_the_highest_on_top(loss: Array) -> None:
    for relief in RELIEFS:
        height = fit_scale(loss, relief).heights(loss)
        assert height[np.argmin(loss)] == 0
        assert height[np.argmax(loss)] == pytest.approx(1) or np.ptp(loss) < 1e-290 or height.max() == 0


@pytest.mark.parametrize("relief", ["auto", *RELIEFS])
@given(loss=WILD)
def test_any_numbers_make_finite_heights_and_round_ticks(relief: Relief, loss: Array) -> None:
    scale = fit_scale(loss, relief)
    height = scale.heights(loss)
    assert ((height >= 0) & (height <= 1)).all()
    assert (height[np.isnan(loss)] == 0).all()
    assert scale.relief in RELIEFS
    ticks = place_ticks(scale)
    assert 1 <= len(ticks) <= 12
    assert np.isfinite(ticks).all()


@given(loss=LOSSES)
def test_rank_is_the_share_of_lower_values(loss: Array) -> None:
    lower = [(loss < value).sum() for value in loss]
    np.testing.assert_allclose(rank_among(loss)(loss), np.array(lower) / (loss.size - 1), rtol=1e-12)


@pytest.mark.parametrize("relief", [relief for relief in RELIEFS if relief != "clipped"])
def test_valleys_stay_valleys_under_every_relief(relief: Relief) -> None:
    _, _, loss = landscapes.get("rastrigin").grid(201)
    height = fit_scale(loss, relief).heights(loss)
    np.testing.assert_array_equal(lowest_of_neighbours(height), lowest_of_neighbours(loss))


def lowest_of_neighbours(field: Array) -> npt.NDArray[np.bool_]:
    middle = field[1:-1, 1:-1]
    around = (field[:-2, 1:-1], field[2:, 1:-1], field[1:-1, :-2], field[1:-1, 2:])
    return np.asarray(np.logical_and.reduce([middle < other for other in around]))


def test_clipped_is_linear_below_the_percentile_and_level_above() -> None:
    x, y = plane()
    loss = 7 + x**2 + y**2 + 1e4 * np.exp(-((x - 0.5) ** 2 + y**2) / 1e-3)
    scale = fit_scale(loss, "clipped")
    height = scale.heights(loss)
    assert scale.clipped
    assert scale.high == pytest.approx(np.quantile(loss, CLIP))
    below = loss < scale.high
    np.testing.assert_allclose(
        height[below], (loss[below] - loss.min()) / (scale.high - loss.min()), atol=1e-12
    )
    assert (height[~below] == 1).all()
    assert not fit_scale(loss, "linear").clipped


def test_symlog_treats_losses_above_and_below_zero_alike() -> None:
    x, y = plane()
    loss = np.sinh(6 * x * y)
    height = fit_scale(loss, "symlog").heights(loss)
    np.testing.assert_allclose(height + height[::-1], 1, atol=1e-12)
    # Small losses get more room than they have in straight proportions, on both sides of zero.
    small = np.abs(loss) < 0.1 * loss.max()
    assert np.ptp(height[small]) > 3 * 0.1


def test_log_gives_every_decade_the_same_room() -> None:
    loss = np.geomspace(1e-2, 1e4, 601)
    scale = fit_scale(loss, "log")
    rooms = np.diff(scale.heights(np.array([1.0, 10.0, 100.0, 1e3, 1e4])))
    np.testing.assert_allclose(rooms, rooms[-1], rtol=0.01)


@pytest.mark.parametrize(("name", "picked"), PICKED_BY_EYE)
def test_the_rule_picks_what_was_picked_by_eye(name: str, picked: Relief) -> None:
    loss = landscapes.get(name).grid(513)[2]
    assert choose_relief(loss) == picked
    # Units are nobody's business, nor are holes or how finely one looks.
    assert choose_relief(1e-6 * loss) == choose_relief(1e6 * loss) == picked
    assert choose_relief(loss[::4, ::4]) == picked
    holed = loss.copy()
    holed[::7, ::5] = np.nan
    assert choose_relief(holed) == picked


def test_the_rule_on_shapes_made_for_it() -> None:
    x, y = plane(401)
    r = np.hypot(x, y)
    with np.errstate(all="ignore"):
        shapes: tuple[tuple[Relief, Array], ...] = (
            ("linear", x * y),
            ("linear", x * np.exp(-12 * r**2)),
            ("linear", np.zeros_like(x)),
            ("linear", -np.exp(-((r / 0.2) ** 2))),
            ("log", np.exp(12 * r)),
            ("log", r**8),
            ("clipped", np.sin(3 * x) + np.cos(3 * y) + 0.05 / r),
            ("symlog", np.sinh(60 * x)),
            ("equalised", 1e30 + np.sinh(60 * x)),
            ("linear", np.full_like(x, np.nan)),
        )
    for relief, loss in shapes:
        assert choose_relief(loss) == relief


def test_the_rule_leaves_no_catalogue_entry_a_plain_with_towers() -> None:
    """A readable terrain: the middle half of the ground spans a good part of the height."""
    for name in landscapes.names():
        landscape = landscapes.get(name)
        loss = landscape.grid(257)[2]
        loss = loss[np.isfinite(loss)]
        height = fit_scale(loss, choose_relief(loss)).heights(loss)
        first, middle, last = np.quantile(height, [0.02, 0.5, 0.98])
        plateau = (np.abs(loss - np.median(loss)) < 1e-3 * np.ptp(loss)).mean() > 0.5
        assert last - first > 0.2 or plateau, name
        assert middle > 0.04, name


@pytest.mark.parametrize("relief", RELIEFS)
@pytest.mark.parametrize(
    "name", ["valleys", "himmelblau", "beale", "saddle", "styblinski-tang", "six-hump-camel"]
)
def test_ticks_are_round_apart_and_all_over_the_scale(name: str, relief: Relief) -> None:
    scale = fit_scale(landscapes.get(name).grid(257)[2], relief)
    ticks = place_ticks(scale)
    assert len(ticks) >= 3
    assert all(scale.low <= tick <= scale.high for tick in ticks)
    heights = scale.heights(np.array(ticks))
    assert (np.diff(heights) >= NEAREST_TICKS - 1e-9).all()
    for tick in ticks:
        assert float(f"{tick:.2g}") == pytest.approx(tick, rel=1e-9), "two digits are enough"
    assert np.diff([0.0, *heights, 1.0]).max() < 2 * WIDEST_GAP


@given(low=st.floats(-1e3, 1e3), spread=st.floats(1e-3, 1e9))
def test_a_straight_scale_has_even_ticks(low: float, spread: float) -> None:
    scale = fit_scale(np.linspace(low, low + spread, 50), "linear")
    ticks = place_ticks(scale)
    assert 3 <= len(ticks) <= 10
    steps = np.diff(ticks)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-4)
    digit = steps[0] / 10 ** math.floor(math.log10(steps[0]) + 1e-6)
    assert any(digit == pytest.approx(one, rel=1e-3) for one in (1, 2, 5, 10))


def test_a_plain_has_one_tick() -> None:
    assert place_ticks(fit_scale(np.full(9, 3.5))) == [3.5]
