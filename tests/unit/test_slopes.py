"""What balls feel: clipping, sharpness-aware steps, noise like a minibatch's, and searches that feel nothing."""

import numpy as np
import pytest

import landscapes
from game.simulation import Status
from game.simulation.noise import draw_normal, draw_uniform, hash_ids
from game.simulation.optimizers import OPTIMIZERS
from game.simulation.spaces import open_space
from game.simulation.swarm import Swarm
from landscapes.errors import InputError
from tests.unit.surfaces import BOWL, SLOPE, VEE, Quadratic, make_surface, scatter

RASTRIGIN = landscapes.get("rastrigin")
STEEP = make_surface(Quadratic((1.0, 25.0)))
FOLLOWERS = [row.name for row in OPTIMIZERS if not row.draws]
SEARCHES = [row.name for row in OPTIMIZERS if row.draws]


def test_clipping_by_value_cuts_each_component() -> None:
    start = np.array([[3.0, 0.5, -8.0], [4.0, -9.0, 0.1]])
    swarm = Swarm(BOWL, "sgd", start, lr=1.0, settings={"clip_value": 2.0}, dtype=np.float64)
    swarm.step()
    np.testing.assert_allclose(start - swarm.position, [[2.0, 0.5, -2.0], [2.0, -2.0, 0.1]], rtol=1e-12)


def test_clipping_by_norm_keeps_the_direction_and_shortens_to_the_limit() -> None:
    start = np.array([[3.0, 0.3, -8.0], [4.0, 0.4, 6.0]])
    swarm = Swarm(BOWL, "sgd", start, lr=1.0, settings={"clip_norm": 2.0}, dtype=np.float64)
    swarm.step()
    np.testing.assert_allclose(start - swarm.position, [[1.2, 0.3, -1.6], [1.6, 0.4, 1.2]], rtol=1e-6)


def test_a_gradient_of_zero_survives_clipping_and_sam() -> None:
    settings = {"clip_norm": 1e-3, "clip_value": 1e-3, "sam": 0.0}
    swarm = Swarm(BOWL, "sgd", np.zeros((2, 2)), lr=1.0, settings=settings)
    swarm.step(40)
    assert (swarm.position == 0).all()


@pytest.mark.parametrize("name", FOLLOWERS)
def test_sam_takes_the_gradient_uphill(name: str) -> None:
    """Against the definition: the rule, fed with the gradient at p + rho g / |g|."""
    rho, start = 0.3, scatter(9)
    # Friction counts in units of the typical gradient, which the twin's planes do not share.
    level = {"friction": 0.0} if name == "rolling-ball" else {}
    swarm = Swarm(STEEP, name, start, lr=0.01, settings={"sam": rho, **level}, dtype=np.float64)
    fed = Swarm(STEEP, name, start, lr=0.01, settings=level, dtype=np.float64)
    for _ in range(20):
        p = fed.position
        slope = STEEP.gradient(p)
        uphill = STEEP.gradient(p + rho * slope / np.linalg.norm(slope, axis=0))
        block = fed._blocks[0]
        # The fed twin rolls on a plane that has just this slope.
        fed.space = open_space(make_surface(_Fixed(uphill)))
        fed.set("maximize", False)
        fed.step()
        swarm.step()
        np.testing.assert_allclose(block.position, swarm.position, rtol=1e-9, atol=1e-9)


class _Fixed:
    """A surface whose slope is given for each ball."""

    scratch = 0

    def __init__(self, slope: np.ndarray) -> None:
        self.slope = slope

    def value(self, xy: np.ndarray) -> np.ndarray:
        return np.zeros(xy.shape[1], xy.dtype)

    def gradient(self, xy: np.ndarray, out: np.ndarray, scratch: np.ndarray) -> None:  # noqa: ARG002
        out[...] = self.slope if xy.shape == self.slope.shape else 1.0


def test_without_data_a_batch_is_noise_that_falls_with_its_root() -> None:
    def spread(batch_size: int | None, noise: float = 0.0) -> float:
        swarm = Swarm(
            SLOPE, "sgd", np.zeros((2, 20_000)), lr=1.0, batch_size=batch_size, noise=noise, dtype=np.float64
        )
        swarm.step()
        return float(np.std(swarm.position)) / SLOPE.gradient_scale

    assert spread(None) == 0
    assert spread(1) == pytest.approx(1.0, rel=0.02)
    assert spread(16) == pytest.approx(0.25, rel=0.02)
    assert spread(100, noise=3.0) == pytest.approx(0.3, rel=0.02)
    with pytest.raises(InputError, match="at least 1"):
        spread(0)


def test_what_random_numbers_are_drawn() -> None:
    ids, drawn = hash_ids(0, 100_000), np.empty((2, 100_000), np.float32)
    draw_uniform(drawn, ids, 7)
    assert 0 <= drawn.min() < drawn.max() < 1
    cells = (10 * drawn).astype(int)
    counts = np.bincount(10 * cells[0] + cells[1], minlength=100)
    assert ((counts - 1000) ** 2 / 1000).sum() < 160  # chi-square, 99 degrees of freedom
    again = np.empty_like(drawn)
    draw_uniform(again, ids, 7)
    assert np.array_equal(drawn, again)
    draw_uniform(again, ids, 8)
    assert abs(np.corrcoef(drawn[0], again[0])[0, 1]) < 0.02
    draw_normal(drawn, ids, 7)
    assert drawn.mean() == pytest.approx(0, abs=0.01)
    assert drawn.std() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_only_ever_moves_down_and_stays_on_the_map(name: str) -> None:
    swarm = Swarm(RASTRIGIN, name, scatter(300), lr=0.3, dtype=np.float64)
    before = RASTRIGIN.value(swarm.position)
    start = before.copy()
    for _ in range(60):
        place = swarm.position
        swarm.step()
        after = RASTRIGIN.value(swarm.position)
        moved = (swarm.position != place).any(axis=0)
        assert (after[moved] < before[moved]).all()
        assert (np.abs(swarm.position) <= 5.12).all()
        before = after
    assert np.median(after) < 0.5 * np.median(start)


def test_random_search_draws_anywhere_and_keeps_the_best() -> None:
    """After n draws the best of n even ones is left: the share of the map that is lower is Beta(1, n)."""
    swarm = Swarm(RASTRIGIN, "random-search", np.full((2, 4000), 5.0))
    swarm.step(30)
    lower = np.sort(RASTRIGIN.value(scatter(200_000, reach=5.12)))
    share = np.searchsorted(lower, RASTRIGIN.value(swarm.position)) / lower.size
    assert share.mean() == pytest.approx(1 / 31, rel=0.08)


def test_local_search_draws_near() -> None:
    swarm = Swarm(SLOPE, "local-search", np.zeros((2, 20_000)), lr=0.5, dtype=np.float64)
    swarm.step()
    # Half of the proposals lie lower; their component along the slope is half a normal distribution.
    downhill = -swarm.position.sum(axis=0) / np.sqrt(2)
    assert (downhill > 0).mean() == pytest.approx(0.5, abs=0.02)
    assert downhill[downhill > 0].mean() == pytest.approx(0.5 * np.sqrt(2 / np.pi), rel=0.03)


def test_searches_settle_where_there_is_nothing_lower_nearby() -> None:
    swarm = Swarm(BOWL, "local-search", scatter(50), lr=0.05)
    swarm.step(3200)
    assert (swarm.status == Status.SETTLED).mean() > 0.9
    assert np.abs(swarm.position).max() < 0.1


def test_a_search_takes_no_clipping_and_no_sam() -> None:
    for setting in ("clip_norm", "clip_value", "sam"):
        with pytest.raises(InputError, match="unknown local-search setting"):
            Swarm(VEE, "local-search", scatter(2), settings={setting: 1.0})


def test_clipping_outlives_a_change_of_the_optimizer_but_not_to_a_search() -> None:
    swarm = Swarm(BOWL, "sgd", scatter(3), settings={"clip_norm": 0.5, "weight_decay": 0.25})
    swarm.select("adam")
    assert (swarm.settings["clip_norm"], swarm.settings["weight_decay"]) == (0.5, 0.0)
    swarm.select("random-search")
    assert swarm.settings == {}
