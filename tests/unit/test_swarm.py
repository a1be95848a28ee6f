"""Swarms: what moves, what must not, what becomes of balls, and that blocks and calls leave no trace."""

import dataclasses
import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import landscapes
from game.simulation.noise import add_normal, hash_ids
from game.simulation.optimizers import OPTIMIZERS, find_optimizer
from game.simulation.swarm import SWEEP, Status, Swarm, default_rate
from landscapes.errors import InputError
from landscapes.landscape import Array, Field, Landscape

NAMES = [row.name for row in OPTIMIZERS]


@dataclasses.dataclass(frozen=True)
class Separable:
    """The sum of one function of x and the same of y."""

    function: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    scratch: int = 0

    def value(self, xy: Array) -> Array:
        loss: Array = self.function(xy).sum(axis=0)
        return loss

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:  # noqa: ARG002
        out[...] = self.slope(xy)


def make_surface(field: Field, reach: float = 10.0, **more: Any) -> Landscape:
    return Landscape("test", "Test", "", "", (-reach, reach, -reach, reach), field, **more)


BOWL = make_surface(Separable(lambda p: 0.5 * p * p, lambda p: p))
RIDGE = make_surface(Separable(lambda p: -0.5 * p * p, lambda p: -p))
VEE = make_surface(Separable(np.abs, np.sign))
SLOPE = make_surface(Separable(lambda p: p, np.ones_like), reach=1e6)
PLATEAU = make_surface(Separable(np.zeros_like, np.zeros_like))
RASTRIGIN = landscapes.get("rastrigin")


def scatter(n: int, reach: float = 5.0, seed: int = 1) -> npt.NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(-reach, reach, (2, n))


def digest(swarm: Swarm) -> str:
    return hashlib.sha256(b"|".join(swarm.state())).hexdigest()


class Coded:
    """A surface of some samples whose slope along x tells which: sample k counts 2^k."""

    scratch = 0

    def __init__(self, indices: npt.NDArray[np.intp]) -> None:
        self.code = float(np.sum(2.0**indices))

    def value(self, xy: Array) -> Array:
        return np.asarray(self.code * xy[0])

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:  # noqa: ARG002
        out[0] = self.code + 0.0 * xy[0]
        out[1] = 0.0 * xy[1]


SAMPLES = 23
CODED = make_surface(Coded(np.arange(SAMPLES)), reach=1e12, samples=SAMPLES, minibatch=Coded)


def read_batches(swarm: Swarm, steps: int) -> list[list[int]]:
    """Which samples each step used, read off the way that a ball with rate 1 took."""
    batches = []
    for _ in range(steps):
        before = swarm.position[0, 0]
        swarm.step()
        code = round(float(before - swarm.position[0, 0]))
        batches.append([k for k in range(SAMPLES) if code >> k & 1])
    return batches


@pytest.mark.parametrize("name", NAMES)
def test_together_as_alone(name: str) -> None:
    start = scatter(33)
    together = Swarm(RASTRIGIN, name, start)
    together.step(100)
    order = np.random.default_rng(2).permutation(33)
    permuted = Swarm(RASTRIGIN, name, start[:, order])
    permuted.step(100)
    assert np.array_equal(permuted.position, together.position[:, order], equal_nan=True)
    assert np.array_equal(permuted.status, together.status[order])
    for k in range(0, 33, 8):
        alone = Swarm(RASTRIGIN, name, start[:, k : k + 1])
        alone.step(100)
        assert np.array_equal(alone.position[:, 0], together.position[:, k], equal_nan=True)


@pytest.mark.parametrize("name", NAMES)
def test_blocks_and_calls_leave_no_trace(name: str) -> None:
    options: dict[str, Any] = {"lr": 0.05, "noise": 0.1, "schedule": "cosine", "seed": 7}
    start = scatter(143, reach=5.12)
    whole = Swarm(RASTRIGIN, name, start, **options)
    whole.step(200)
    plans = [(64, 1, [200]), (3, 1, [200]), (101, 1, [1, 30, 2, 64, 100, 3]), (10, 3, [70, 130])]
    for block, threads, calls in plans:
        cut = Swarm(RASTRIGIN, name, start, block=block, threads=threads, **options)
        for steps in calls:
            cut.step(steps)
        assert digest(cut) == digest(whole)


def test_the_digest_sees_every_part_of_the_state() -> None:
    def roll(**changes: Any) -> Swarm:
        swarm = Swarm(RASTRIGIN, "adam", scatter(50), **changes)
        swarm.step(10)
        return swarm

    same = digest(roll())
    assert digest(roll()) == same
    others = [
        roll(lr=0.011),
        roll(settings={"beta1": 0.8}),
        roll(settings={"maximize": True}),
        roll(schedule="step"),
        roll(noise=0.1),
        roll(noise=0.1, seed=1),
        roll(noise=0.1, number=1),
    ]
    longer, moved, remembered = roll(), roll(), roll()
    longer.step()
    moved._blocks[0].position[1, 7] += 1
    remembered._blocks[0].slots["exp_avg_sq"][0, 3] += 1
    digests = [same, *map(digest, [*others, longer, moved, remembered])]
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize("name", NAMES)
def test_a_switch_moves_nothing_and_forgets_the_old_memory(name: str) -> None:
    swarm = Swarm(BOWL, "momentum", scatter(40), lr=0.05)
    swarm.step(64)
    position, previous, status = swarm.position.copy(), swarm.previous.copy(), swarm.status.copy()
    swarm.lr = 0.01
    swarm.select(name, lr=0.01)
    assert np.array_equal(swarm.position, position)
    assert np.array_equal(swarm.previous, previous)
    assert np.array_equal(swarm.status, status)
    assert not any(slot.any() for slot in swarm.slots.values())
    fresh = Swarm(BOWL, name, position, lr=0.01)
    swarm.step(50)
    fresh.step(50)
    assert np.array_equal(swarm.position, fresh.position)


def test_a_setting_changes_without_reset() -> None:
    swarm = Swarm(BOWL, "adam", scatter(5), dtype=np.float64)
    swarm.step(20)
    mean = swarm.slots["exp_avg"] * (1 - 0.9)
    swarm.set("beta1", 0.5)
    np.testing.assert_allclose(swarm.slots["exp_avg"] * (1 - 0.5), mean, rtol=1e-12)
    swarm.set("amsgrad", True)
    swarm.step(20)
    assert swarm.settings["beta1"] == 0.5
    assert (swarm.slots["max_exp_avg_sq"] >= swarm.slots["exp_avg_sq"]).all()


def test_previous_is_where_balls_were_one_step_ago() -> None:
    swarm = Swarm(RASTRIGIN, "adam", scatter(20))
    for steps in (1, 31, 5, 40):
        twin = Swarm(RASTRIGIN, "adam", scatter(20))
        twin.step(swarm.tick + steps - 1)
        swarm.step(steps)
        assert np.array_equal(swarm.previous, twin.position)
        assert not np.array_equal(swarm.previous, swarm.position)


@pytest.mark.parametrize("name", NAMES)
def test_no_subnormal_numbers_after_convergence(name: str) -> None:
    """They slow a processor down many times, and a decaying momentum is full of them."""
    swarm = Swarm(BOWL, name, scatter(64), lr=0.1)
    swarm.step(3200)
    swarm.lr = 1e-3
    swarm.step(3200)
    least = np.finfo(np.float32).tiny
    for array in (swarm.position, *swarm.slots.values()):
        assert not ((array != 0) & (np.abs(array) < least)).any()
    assert np.median(np.abs(swarm.position)) < 1e-2


def test_clearing_small_numbers_does_not_disturb_what_is_larger() -> None:
    """In float64 the floor lies far lower, so both agree unless the floor is too high."""
    start = scatter(64) * 1e-6
    single = Swarm(BOWL, "adam", start, lr=1e-8)
    double = Swarm(BOWL, "adam", start, lr=1e-8, dtype=np.float64)
    single.step(320)
    double.step(320)
    np.testing.assert_allclose(single.position, double.position, atol=1e-10)


def test_a_diverging_ball_leaves_its_neighbours_alone() -> None:
    start = scatter(37)
    rates = np.full(37, 1e-3)
    calm = Swarm(RASTRIGIN, "momentum", start, lr=rates)
    rates[[5, 36]] = [1e3, 1e30]
    wild = Swarm(RASTRIGIN, "momentum", start, lr=rates)
    calm.step(320)
    wild.step(320)
    others = np.delete(np.arange(37), [5, 36])
    assert wild.status[[5, 36]].tolist() == [Status.DIVERGED, Status.DIVERGED]
    for ours, theirs in (
        (wild.position, calm.position),
        (wild.slots["momentum_buffer"], calm.slots["momentum_buffer"]),
    ):
        assert np.array_equal(ours[:, others], theirs[:, others])
    assert np.array_equal(wild.status[others], calm.status[others])


def test_balls_that_leave_are_told_apart_and_shown_where_they_were_last_seen() -> None:
    start = np.array([[0.1, 9.9, -9.0, 1.0], [0.0, 0.0, 5.0, 1.0]])
    swarm = Swarm(RIDGE, "sgd", start, lr=np.array([1e-4, 1e-2, 1e-2, 5.0]))
    swarm.step(31)
    assert swarm.status.tolist() == [Status.ROLLING] * 4
    swarm.step(1)
    assert swarm.status.tolist() == [Status.ROLLING, Status.ESCAPED, Status.ESCAPED, Status.DIVERGED]
    assert np.isnan(swarm.position[:, 1:]).all()
    position, previous = swarm.shown()
    assert 10 < position[0, 1] < 20
    assert position[0, 2] < -10
    assert position[:, 3].tolist() == [1.0, 1.0]
    swarm.step(100)
    later = swarm.shown()
    assert np.array_equal(later[0][:, 1:], position[:, 1:])
    assert np.array_equal(later[1][:, 1:], position[:, 1:])
    assert previous[0, 0] < position[0, 0]
    swarm.lr = 1e-5
    swarm.select("adam")
    assert swarm.status.tolist() == [Status.ROLLING, Status.ESCAPED, Status.ESCAPED, Status.DIVERGED]


def test_shown_positions_are_numbers_before_the_sweep_too() -> None:
    swarm = Swarm(RIDGE, "sgd", np.full((2, 3), 2.0), lr=1e20)
    for steps in (1, 19):
        swarm.step(steps)
        assert np.array_equal(swarm.shown()[0], np.full((2, 3), 2.0))
    assert not np.isfinite(swarm.position).any()
    assert np.array_equal(swarm.shown()[0], np.full((2, 3), 2.0))


@pytest.mark.parametrize("name", NAMES)
def test_balls_at_rest_have_settled(name: str) -> None:
    swarm = Swarm(
        BOWL, name, scatter(20), lr=0.05 if name != "adagrad" else 0.5, settings={"weight_decay": 0}
    )
    swarm.step(10 * SWEEP)
    if name == "lion":
        swarm.lr = 1e-4
    swarm.step(200 * SWEEP)
    assert (swarm.status == Status.SETTLED).all()


def test_a_ball_that_crawls_has_not_settled_but_one_that_jitters_has() -> None:
    start = scatter(50, reach=9) + 0.5
    crawling = Swarm(VEE, "sgd", start, lr=1e-6)
    crawling.step(2 * SWEEP)
    assert np.abs(crawling.position - crawling.anchor).max() < 1e-4
    assert (crawling.status == Status.ROLLING).all()
    jittering = Swarm(VEE, "sgd", np.full((2, 50), 1e-3), lr=0.1)
    jittering.step(2 * SWEEP)
    assert (jittering.position != jittering.previous).all()
    assert (jittering.status == Status.SETTLED).all()


def test_a_ball_frozen_by_rounding_on_a_slope_has_not_settled() -> None:
    swarm = Swarm(VEE, "sgd", np.full((2, 4), 5.0), lr=1e-12)
    swarm.step(2 * SWEEP)
    assert (swarm.position == 5.0).all()
    assert (swarm.status == Status.ROLLING).all()


def test_a_ball_on_a_plateau_has_settled_and_wakes_with_another_rate() -> None:
    swarm = Swarm(PLATEAU, "sgd", scatter(4))
    swarm.step(SWEEP)
    assert (swarm.status == Status.SETTLED).all()
    for name in ("sgd", "adam", "lion"):
        swarm.lr = 0.5
        assert (swarm.status == Status.ROLLING).all()
        swarm.step(SWEEP)
        swarm.select(name)
        assert (swarm.status == Status.ROLLING).all()
        swarm.step(SWEEP)
        swarm.set("weight_decay", 0.0)
        assert (swarm.status == Status.ROLLING).all()
        swarm.step(SWEEP)
        assert (swarm.status == Status.SETTLED).all()


def test_a_settled_ball_rolls_again_when_pushed() -> None:
    swarm = Swarm(BOWL, "sgd", np.zeros((2, 3)), lr=0.01)
    swarm.step(SWEEP)
    assert (swarm.status == Status.SETTLED).all()
    swarm.noise = 1.0
    swarm.step(SWEEP)
    assert (swarm.status == Status.ROLLING).all()


def test_a_settled_ball_that_is_kicked_out_has_escaped() -> None:
    swarm = Swarm(BOWL, "sgd", np.zeros((2, 3)), lr=0.01)
    swarm.step(SWEEP)
    assert (swarm.status == Status.SETTLED).all()
    swarm.noise = 1e3
    swarm.step(SWEEP)
    assert (swarm.status == Status.ESCAPED).all()


def test_the_schedule_multiplies_the_rate_and_starts_when_chosen() -> None:
    swarm = Swarm(SLOPE, "sgd", np.zeros((2, 1)), lr=0.5, dtype=np.float64)
    swarm.step(100)
    assert swarm.position[0, 0] == pytest.approx(-50)
    swarm.schedule = "exponential"
    swarm.step(50)
    swarm.step(50)
    total = 50 + 0.5 * (1 - 0.995**100) / (1 - 0.995)
    assert swarm.position[0, 0] == pytest.approx(-total)


@pytest.mark.parametrize("batch_size", [1, 4, 7, 22, 23])
def test_an_epoch_deals_every_sample_once(batch_size: int) -> None:
    swarm = Swarm(CODED, "sgd", np.zeros((2, 2)), lr=1.0, batch_size=batch_size, seed=3, dtype=np.float64)
    turns = -(-SAMPLES // batch_size)
    epochs = [read_batches(swarm, turns) for _ in range(4)]
    for batches in epochs:
        assert [len(batch) for batch in batches[:-1]] == [batch_size] * (turns - 1)
        assert sorted(sample for batch in batches for sample in batch) == list(range(SAMPLES))
    if turns > 1:
        assert len({str(batches) for batches in epochs}) == 4


def test_minibatches_depend_on_seed_and_swarm_alone() -> None:
    def read(**changes: Any) -> list[list[int]]:
        options = {"batch_size": 5, "lr": 1.0, "dtype": np.float64, **changes}
        return read_batches(Swarm(CODED, "sgd", np.zeros((2, 2)), **options), 5)

    assert read(seed=3) == read(seed=3, block=1)
    assert read(seed=3) != read(seed=4)
    assert read(seed=3) != read(seed=3, number=1)
    one_call = Swarm(CODED, "sgd", np.zeros((2, 2)), lr=1.0, batch_size=5, dtype=np.float64)
    steps = Swarm(CODED, "sgd", np.zeros((2, 2)), lr=1.0, batch_size=5, dtype=np.float64)
    one_call.step(70)
    for _ in range(70):
        steps.step()
    assert digest(one_call) == digest(steps)


def draw_noise(ticks: int, balls: int = 50_000, **options: Any) -> npt.NDArray[np.float64]:
    """The noise that balls felt ``(ticks, 2, balls)``, read off their way on an even slope."""
    swarm = Swarm(SLOPE, "sgd", np.zeros((2, balls)), lr=1.0, noise=0.5, dtype=np.float64, **options)
    drawn = []
    for _ in range(ticks):
        before = swarm.position.copy()
        swarm.step()
        drawn.append((before - swarm.position - 1.0) / (0.5 * SLOPE.gradient_scale))
    return np.stack(drawn)


def test_noise_is_normal_and_independent() -> None:
    noise = draw_noise(8)
    count = noise.size
    assert abs(noise.mean()) < 5 / count**0.5
    assert noise.std() == pytest.approx(1.0, abs=5 / count**0.5)
    assert (noise**3).mean() == pytest.approx(0.0, abs=0.02)
    assert (noise**4).mean() == pytest.approx(3.0, abs=0.05)
    inside = [(np.abs(noise) < bound).mean() for bound in (0.5, 1.0, 2.0, 3.0)]
    assert inside == pytest.approx([0.38292, 0.68269, 0.95450, 0.99730], abs=0.003)
    bound = 5 / (noise[0, 0].size ** 0.5)
    pairs = [(noise[:, :, :-lag], noise[:, :, lag:]) for lag in (1, 2, 3, 16, 256)]
    pairs += [(noise[:-1], noise[1:]), (noise[:-2], noise[2:]), (noise[:, 0], noise[:, 1])]
    pairs += [(np.abs(a), np.abs(b)) for a, b in pairs]
    for a, b in pairs:
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < bound


def test_noise_differs_between_seeds_swarms_and_ticks() -> None:
    draws = [
        draw_noise(2, 5000, seed=5, number=0),
        draw_noise(2, 5000, seed=5, number=1),
        draw_noise(2, 5000, seed=6),
    ]
    assert np.array_equal(draws[0], draw_noise(2, 5000, seed=5, number=0))
    streams = [draw[tick, 0] for draw in draws for tick in (0, 1)]
    for k, a in enumerate(streams):
        for b in streams[k + 1 :]:
            assert abs(np.corrcoef(a, b)[0, 1]) < 0.08
            assert len(np.intersect1d(a, b)) < 0.2 * a.size


def test_neighbouring_keys_do_not_deal_the_same_numbers_in_another_order() -> None:
    ids = hash_ids(0, 4096)
    first, second = np.zeros((2, 4096), np.float32), np.zeros((2, 4096), np.float32)
    add_normal(first, 1.0, ids, 1000)
    add_normal(second, 1.0, ids, 1001)
    assert len(np.intersect1d(first, second)) < 0.2 * first.size


@pytest.mark.parametrize("lr", [0.0, -1.0, float("nan"), float("inf")])
def test_a_learning_rate_must_be_a_number_above_zero(lr: float) -> None:
    swarm = Swarm(BOWL, "sgd", scatter(3), lr=0.1)
    with pytest.raises(InputError, match="lr must be"):
        swarm.lr = lr
    with pytest.raises(InputError, match="lr must be"):
        swarm.lr = np.array([0.1, lr, 0.1])
    with pytest.raises(InputError, match="one per ball"):
        swarm.lr = np.array([0.1, 0.1])
    with pytest.raises(InputError, match="lr must be"):
        swarm.select("adam", lr)
    assert (swarm.lr, swarm.optimizer.name) == (0.1, "sgd")


def test_without_a_tuned_rate_the_default_is_scaled_to_the_surface() -> None:
    wide = make_surface(Separable(lambda p: p, np.ones_like), reach=500.0)
    steep = make_surface(Separable(lambda p: 100 * p, lambda p: np.full_like(p, 100.0)), reach=500.0)
    tuned = make_surface(Separable(lambda p: p, np.ones_like), learning_rates={"sgd": 0.125})
    assert default_rate(tuned, find_optimizer("sgd")) == 0.125
    assert default_rate(wide, find_optimizer("adam")) == default_rate(steep, find_optimizer("adam")) == 1.0
    for surface in (wide, steep):
        row = find_optimizer("sgd")
        step = default_rate(surface, row) * surface.gradient_scale
        assert step == pytest.approx(1.0, rel=0.05)
    assert default_rate(PLATEAU, find_optimizer("sgd")) > 0
