"""Starts: who lies where, at random but repeatably, and never off the map."""

import math
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import landscapes
from game.simulation import World
from game.simulation.starts import STARTS, keep_off_holes, place_balls
from landscapes.errors import InputError
from landscapes.landscape import Domain

Floats = npt.NDArray[np.float64]
UNIT: Domain = (0.0, 1.0, 0.0, 1.0)
MAP: Domain = (-2.0, 6.0, 10.0, 11.0)
SPECS = ["random", "grid", "latin", "sobol", "ring", "point:0.3,10.2", "gaussian:0.3,10.2,0.5"]
RANDOM = [spec for spec in SPECS if spec not in ("grid", "ring")]


def test_all_starts_are_tested_here() -> None:
    assert [row.name.partition(":")[0] for row in STARTS] == [spec.partition(":")[0] for spec in SPECS]


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("count", [1, 2, 3, 97, 1024, 10_007])
def test_places_so_many_balls_on_the_map(spec: str, count: int) -> None:
    points = place_balls(spec, MAP, count, seed=3)
    assert points.shape == (2, count)
    assert points.dtype == np.float64
    low, high = np.reshape(MAP, (2, 2)).T[:, :, np.newaxis]
    assert ((low <= points) & (points <= high)).all()


@pytest.mark.parametrize("spec", RANDOM)
def test_random_starts_follow_from_seed_and_number(spec: str) -> None:
    first = place_balls(spec, MAP, 500, seed=3)
    np.testing.assert_array_equal(place_balls(spec, MAP, 500, seed=3, number=0), first)
    others = [place_balls(spec, MAP, 500, seed=4), *(place_balls(spec, MAP, 500, 3, k) for k in (1, 2))]
    for points in (first, *others):
        assert sum((points == other).all() for other in (first, *others)) == 1


@pytest.mark.parametrize("spec", ["grid", "ring"])
def test_patterns_do_not_follow_from_seed_and_number(spec: str) -> None:
    first = place_balls(spec, MAP, 500, seed=3)
    np.testing.assert_array_equal(place_balls(spec, MAP, 500, seed=4, number=2), first)


def test_the_first_team_starts_where_it_always_did() -> None:
    """Recorded demos and the pictures of the README depend on it."""
    rng = np.random.default_rng(np.random.SeedSequence(7, spawn_key=(0,)))
    np.testing.assert_array_equal(place_balls("random", UNIT, 50, seed=7), rng.random((2, 50)))


@settings(deadline=None)
@given(st.integers(1, 2000), st.integers(0, 2**64))
def test_latin_has_one_ball_in_each_row_and_each_column(count: int, seed: int) -> None:
    for axis in place_balls("latin", UNIT, count, seed):
        assert sorted(np.floor(axis * count).astype(int)) == list(range(count))


def test_latin_is_jittered_and_in_no_order() -> None:
    count = 4000
    points = place_balls("latin", UNIT, count, seed=0)
    within = points * count % 1.0
    assert np.abs(np.quantile(within, [0.25, 0.5, 0.75], axis=1) - [[0.25], [0.5], [0.75]]).max() < 0.04
    assert np.abs(np.corrcoef([*points, np.arange(count)]) - np.eye(3)).max() < 0.06


@pytest.mark.parametrize("m", [0, 1, 2, 5, 8, 12])
def test_sobol_fills_every_elementary_box_once(m: int) -> None:
    """A (0, m, 2)-net in base 2, by definition, and so is each later run of ``2**m`` balls."""
    size = 1 << m
    points = place_balls("sobol", UNIT, 3 * size, seed=11)
    for net in (points[:, :size], points[:, size : 2 * size], points[:, 2 * size :]):
        for k in range(m + 1):
            column, row = np.floor(net * [[1 << k], [1 << (m - k)]]).astype(int)
            assert sorted(column * (1 << (m - k)) + row) == list(range(size))


def test_sobol_is_the_known_sequence_under_a_digital_shift() -> None:
    """Its first eight points; torch.quasirandom.SobolEngine(2) has them in the order of Gray's code."""
    points = place_balls("sobol", UNIT, 8, seed=5)
    digits = (points * 2.0**32).astype(np.uint64)
    known = [[0, 4, 2, 6, 1, 5, 3, 7], [0, 4, 6, 2, 5, 1, 3, 7]]
    np.testing.assert_array_equal((digits ^ digits[:, :1]) * 2.0**-29, known)


def test_sobol_is_exact_and_the_longer_run_begins_as_the_shorter_one() -> None:
    points = place_balls("sobol", UNIT, 100_000, seed=5)
    assert (points * 2.0**32 % 1.0 == 0.0).all()
    for axis in points:
        assert np.unique(axis).size == axis.size
    np.testing.assert_array_equal(place_balls("sobol", UNIT, 777, seed=5), points[:, :777])


def test_sobol_is_shifted_evenly() -> None:
    shifts = np.hstack([place_balls("sobol", UNIT, 1, seed) for seed in range(400)])
    assert np.abs(np.quantile(shifts, [0.25, 0.5, 0.75], axis=1) - [[0.25], [0.5], [0.75]]).max() < 0.1
    assert np.abs(np.corrcoef(shifts) - np.eye(2)).max() < 0.15


def test_gaussian_is_normal_around_its_point() -> None:
    count, sd = 40_000, 3.0
    points = place_balls("gaussian:5,-20,3", (-100.0, 100.0, -60.0, 60.0), count, seed=2)
    shares = np.linspace(0.05, 0.95, 19)
    expected = np.array([NormalDist(0.0, sd).inv_cdf(share) for share in shares])
    for axis, center in zip(points, (5.0, -20.0), strict=True):
        assert np.abs(np.quantile(axis, shares) - center - expected).max() < 0.02 * sd
    assert np.abs(np.corrcoef(points) - np.eye(2)).max() < 0.02


@pytest.mark.parametrize("sd", [0.1, 0.5, 1.0])
def test_gaussian_is_mirrored_at_the_border_as_often_as_it_takes(sd: float) -> None:
    """The density of a folded normal is the sum over all mirror images."""
    domain, x = (0.0, 1.0, 0.0, 0.2), 0.9
    points = place_balls(f"gaussian:{x},0,{sd}", domain, 40_000, seed=2)
    for axis, center, width in ((points[0], x, 1.0), (points[1], 0.0, 0.2)):
        normal = NormalDist(center, sd)
        for share in (0.1, 0.3, 0.5, 0.9):
            edge = share * width
            inside = sum(
                normal.cdf(2 * k * width + edge) - normal.cdf(2 * k * width - edge) for k in range(-60, 61)
            )
            assert abs((axis <= edge).mean() - inside) < 0.01
        assert np.unique(axis).size > 39_900


@pytest.mark.parametrize("x", [-0.1, 3.7, 1.0])
def test_the_first_ball_lies_at_the_point_and_the_others_near_it(x: float) -> None:
    domain = (-0.1, 3.7, -0.1, 1.3)
    points = place_balls(f"point:{x},-0.1", domain, 500, seed=0)
    assert points[:, 0] == pytest.approx([x, -0.1], abs=1e-15)
    distance = np.hypot(points[0] - x, points[1] + 0.1)
    assert 0.03 < distance.max() <= 0.038 + 1e-12
    assert (points >= -0.1).all()
    assert np.unique(points, axis=1).shape == (2, 500)


def test_numbers_and_names_may_be_spaced_and_in_capitals() -> None:
    for loose, tight in (
        (" Random ", "random"),
        ("POINT : 1 , 10.5", "point:1,10.5"),
        ("gaussian: 1 ,10.5, 2e-1 ", "gaussian:1,10.5,0.2"),
    ):
        np.testing.assert_array_equal(place_balls(loose, MAP, 9, 0), place_balls(tight, MAP, 9, 0))


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("rnadom", "did you mean random"),
        ("sobel", "did you mean sobol"),
        ("", "unknown start ''"),
        ("point", "did you mean point:x,y"),
        ("gaussian", "did you mean gaussian:x,y,sd"),
        ("sobol:3", "unknown start 'sobol:3'"),
        ("point:1", "needs two numbers, such as point:0.5,-1"),
        ("point:1,2,3", "needs two numbers"),
        ("point:a,b", "needs two numbers"),
        ("gaussian:1,10.5", "needs three numbers, such as gaussian:0.5,-1,0.2"),
        ("gaussian:1,10.5,x", "needs three numbers"),
        ("gaussian:1,2,0.5", "start point 1,2 is off the map; x goes from -2 to 6, y from 10 to 11"),
        ("gaussian:nan,10.5,0.5", "off the map"),
        ("gaussian:1,10.5,0", "sd must be above 0 and at most 8, the map's size, not 0"),
        ("gaussian:1,10.5,-1", "sd must be above 0"),
        ("gaussian:1,10.5,nan", "sd must be above 0"),
        ("gaussian:1,10.5,inf", "sd must be above 0"),
    ],
)
def test_what_cannot_be_is_answered_in_one_line(spec: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as caught:
        place_balls(spec, MAP, 10, 0)
    assert "\n" not in str(caught.value)


@settings(deadline=None)
@given(st.integers(1, 3000), st.floats(0.05, 20.0))
def test_grid_is_even_and_has_no_ball_twice(count: int, height: float) -> None:
    points = place_balls("grid", (0.0, 1.0, 0.0, height), count, 0)
    assert np.unique(points, axis=1).shape == (2, count)
    for axis, length in ((points[0], 1.0), (points[1], height)):
        lines = np.unique(axis)
        assert np.ptp(np.diff(lines)) < 1e-9 * length if lines.size > 1 else True


def test_ring_is_round_on_the_map_and_evenly_spaced() -> None:
    points = (place_balls("ring", MAP, 360, 0) - [[2.0], [10.5]]) / [[8.0], [1.0]]
    assert np.hypot(*points) == pytest.approx(np.full(360, 0.4))
    turns = np.unwrap(np.arctan2(points[1], points[0]))
    assert np.diff(turns) == pytest.approx(np.full(359, 2 * math.pi / 360))


@pytest.mark.parametrize("start", ["random", "grid", "latin", "sobol", "ring"])
def test_nobody_starts_in_a_hole(start: str) -> None:
    ground = landscapes.get("sqrt(x**2 + y**2 - 4) + log(2.5 - x); domain=-3,3,-3,3")
    world = World(ground, "sgd", lr=1e-9, balls=500, start=start, seed=3)
    assert np.isfinite(world.losses).all()
    x, y = world.positions
    assert ((x**2 + y**2 >= 4) & (x < 2.5)).all()
    again = World(ground, "sgd", lr=1e-9, balls=500, start=start, seed=3)
    assert np.array_equal(again.positions, world.positions)
    world.step(32)
    assert world.counts()["escaped"] == 0


def test_a_hole_moves_nobody_who_stands_beside_it() -> None:
    ground = landscapes.get("sqrt(x**2 + y**2 - 4); domain=-3,3,-3,3")
    asked = place_balls("sobol", ground.domain, 300, 5)
    found = keep_off_holes(asked, ground, 5)
    stood = np.hypot(*asked) > 2
    assert 0 < stood.sum() < 300
    assert np.array_equal(found[:, stood], asked[:, stood])
    assert keep_off_holes(asked, landscapes.get("bowl"), 5) is asked
