import numpy as np
import numpy.typing as npt
import pytest

from landscapes.catalogue.terrains import TERRAINS
from landscapes.errors import InputError
from landscapes.landscape import Landscape, check
from landscapes.sampled import GridField
from tests.unit.test_catalogue_minima import descend, find_hollows, measure_hessians

Array = npt.NDArray[np.float64]

NAMES = [row.name for row in TERRAINS]
EVERY = pytest.mark.parametrize("name", NAMES)
GROWN = pytest.mark.parametrize(
    "changes", [{}, {"seed": 7, "roughness": 0}, {"seed": 999_999, "roughness": 0.8}]
)


def grow(name: str, **changes: float) -> Landscape:
    return TERRAINS[NAMES.index(name)].build(changes)


def heights(landscape: Landscape) -> Array:
    assert isinstance(landscape.field, GridField)
    return np.asarray(landscape.field.values, np.float64)


def measure_frequency(ground: Array) -> float:
    """Root mean square frequency of the slopes, in waves a side."""
    inside = np.gradient(ground[32:-32, 32:-32])[0]
    inside = (inside - inside.mean()) * np.hanning(len(inside)) * np.hanning(len(inside))[:, None]
    power = np.abs(np.fft.fft2(inside)) ** 2
    waves = np.fft.fftfreq(len(inside)) * len(inside)
    return float(np.sqrt((power * (waves**2 + waves[:, None] ** 2)).sum() / power.sum()))


@EVERY
@GROWN
def test_terrain_keeps_the_contract(name: str, changes: dict[str, float]) -> None:
    check(grow(name, **changes))


@EVERY
def test_same_seed_is_the_same_ground_bit_for_bit(name: str) -> None:
    one, other = grow(name, seed=3), grow(name, seed=3)
    assert heights(one).tobytes() == heights(other).tobytes()
    assert one.minima.tobytes() == other.minima.tobytes()


@EVERY
def test_seeds_grow_unlike_grounds(name: str) -> None:
    grounds = [heights(grow(name, seed=seed))[32:-32, 32:-32].ravel() for seed in range(6)]
    likeness = np.abs(np.corrcoef(grounds) - np.eye(6))
    assert likeness.max() < 0.7
    assert likeness.mean() < 0.2


@EVERY
def test_a_released_seed_keeps_its_ground(name: str) -> None:
    """A change of these numbers moves every terrain that somebody has a seed for."""
    middle = heights(grow(name, seed=1, roughness=0.4))[160, [40, 160, 280]]
    np.testing.assert_allclose(middle, GROUND[name], rtol=0, atol=1e-12)


GROUND: dict[str, list[float]] = {
    "hills": [0.723718932137881, 0.593376003098855, 0.23912897304133632],
    "ridged": [0.389541664224622, 0.814910547863523, 0.32260463931311445],
    "alps": [0.10865364780114817, 0.4392103788911017, 0.30946470192877173],
    "islands": [0.09249315280928778, 0.05671771358984451, 0.06749223177469968],
}


@EVERY
def test_rougher_is_rougher(name: str) -> None:
    for seed in range(2):
        frequency = [measure_frequency(heights(grow(name, seed=seed, roughness=r))) for r in (0, 0.4, 0.8)]
        assert frequency[0] < frequency[1] < frequency[2]
        assert frequency[2] > 1.2 * frequency[0]


@EVERY
@GROWN
def test_heights_run_from_zero_to_one(name: str, changes: dict[str, float]) -> None:
    ground = heights(grow(name, **changes))
    assert ground.min() == 0
    assert ground.max() == 1


@EVERY
@GROWN
def test_no_slope_leads_out(name: str, changes: dict[str, float]) -> None:
    landscape = grow(name, **changes)
    t = np.linspace(-3, 3, 2001)
    edge = np.full_like(t, 3.0)
    for axis, outward, at in ((0, 1, (edge, t)), (0, -1, (-edge, t)), (1, 1, (t, edge)), (1, -1, (t, -edge))):
        assert np.all(outward * landscape.gradient(np.stack(at))[axis] > 0)


@EVERY
def test_no_ball_leaves_under_plain_descent(name: str) -> None:
    for seed in range(3):
        landscape = grow(name, seed=seed)
        at = np.random.default_rng(seed).uniform(-3, 3, (2, 3000))
        for _ in range(300):
            at -= 0.03 * landscape.gradient(at)
            assert np.abs(at).max() <= 3


@EVERY
@GROWN
def test_nothing_is_deeper_than_the_first_minimum(name: str, changes: dict[str, float]) -> None:
    landscape = grow(name, **changes)
    deepest = landscape.value(landscape.minima[:1].T)[0]
    assert landscape.grid(1001)[2].min() >= deepest
    assert deepest <= 0


@EVERY
@pytest.mark.parametrize("roughness", [0, 0.3, 0.6])
def test_no_minimum_is_missing(name: str, roughness: float) -> None:
    landscape = grow(name, seed=2, roughness=roughness)
    start, step = find_hollows(landscape, 900)
    end = descend(landscape, start, np.full(start.shape[1], step))
    still = np.abs(landscape.gradient(end)).max(axis=0) < 1e-5 * landscape.gradient_scale
    distance = np.abs(end[:, still].T[:, None] - landscape.minima).max(-1)
    assert len(distance) >= 0.8 * len(landscape.minima)
    assert np.count_nonzero(distance.min(axis=1) > 1e-3) <= 0.005 * len(distance)


@EVERY
@GROWN
def test_minima_are_strict_ones(name: str, changes: dict[str, float]) -> None:
    landscape = grow(name, **changes)
    at = landscape.minima.T
    hessians = measure_hessians(landscape, at)
    assert np.all(np.linalg.eigvalsh(hessians) > 0)
    error = np.linalg.solve(hessians, landscape.gradient(at).T[:, :, None])
    assert np.abs(error).max() < 1e-8


def test_alps_are_rugged_above_and_smooth_below() -> None:
    """In the alps fine detail grows with height; among ridges it is the same everywhere."""
    contrast = {}
    for name in ("alps", "ridged"):
        ground = heights(grow(name, seed=4, roughness=0.5))
        bend = np.abs(np.diff(ground, 2, axis=0)[:, 1:-1]) + np.abs(np.diff(ground, 2, axis=1)[1:-1])
        inner, bend = ground[33:-33, 33:-33], bend[32:-32, 32:-32]
        low, high = np.quantile(inner, [0.3, 0.7])
        contrast[name] = bend[inner > high].mean() / bend[inner < low].mean()
    assert contrast["alps"] > 2
    assert contrast["ridged"] < 1.5


def test_ridges_are_creases() -> None:
    """Across a crease the ground bends down far more sharply than it bends up anywhere."""
    bend = np.diff(heights(grow("ridged", roughness=0)), 2, axis=0)
    assert -bend.min() > 4 * bend.max()


def test_sea_is_low_wide_and_nowhere_dead_flat() -> None:
    landscape = grow("islands", roughness=0)
    ground = heights(landscape)
    assert np.mean(ground < 0.25) > 0.5
    at = np.random.default_rng(1).uniform(-2.5, 2.5, (2, 20_000))
    slope = np.linalg.norm(landscape.gradient(at), axis=0)
    sea = landscape.value(at) < 0.2
    assert 0.03 < np.median(slope[sea]) < 0.25 * np.median(slope[~sea])
    assert np.quantile(slope[sea], 0.01) > 1e-3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 1.5}, "hills: seed must be a whole number, not 1.5"),
        ({"seed": -1}, "hills: seed must be a number from 0 to 999999, not -1"),
        ({"roughness": 2}, "hills: roughness must be a number from 0 to 0.8, not 2"),
        ({"roughness": float("nan")}, "not nan"),
        ({"sead": 1}, "did you mean seed"),
    ],
)
def test_a_wrong_parameter_is_an_error_of_one_line(changes: dict[str, float], words: str) -> None:
    with pytest.raises(InputError) as error:
        grow("hills", **changes)
    assert words in str(error.value)
    assert "\n" not in str(error.value)
