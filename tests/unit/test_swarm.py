"""Swarms: what moves, what must not, what becomes of balls, and that blocks and calls leave no trace."""

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import landscapes
from game.simulation.noise import add_normal, hash_ids
from game.simulation.optimizers import OPTIMIZERS, find_optimizer
from game.simulation.spaces import open_space
from game.simulation.swarm import Swarm, default_rate
from game.simulation.sweep import SWEEP, Status
from landscapes.errors import InputError
from landscapes.landscape import Array
from tests.unit.surfaces import BOWL, PLATEAU, RIDGE, SLOPE, VEE, Separable, make_surface, scatter

NAMES = [row.name for row in OPTIMIZERS]
FOLLOWERS = [row.name for row in OPTIMIZERS if not row.draws]


RASTRIGIN = landscapes.get("rastrigin")


def digest(swarm: Swarm) -> str:
    return hashlib.sha256(b"|".join(swarm.state())).hexdigest()


class Coded:
    """Samples whose slope along x tells which they are: sample k counts 2^k."""

    def __init__(self, count: int) -> None:
        self.count = count

    def value(self, xy: Array, rows: npt.NDArray[np.integer]) -> Array:
        return np.asarray((2.0**rows).sum(axis=1) * xy[0])

    def gradient(self, xy: Array, rows: npt.NDArray[np.integer], out: Array) -> None:
        out[0] = (2.0**rows).sum(axis=1) + 0.0 * xy[0]
        out[1] = 0.0 * xy[1]


SAMPLES = 23
CODED = make_surface(
    Separable(lambda p: (2.0**SAMPLES - 1) * p, lambda p: np.full_like(p, 2.0**SAMPLES - 1)),
    reach=1e12,
    data=Coded(SAMPLES),
)


def read_batches(swarm: Swarm, steps: int, ball: int = 0) -> list[list[int]]:
    """Which samples each step used, read off the way that a ball with rate 1 took."""
    batches = []
    for _ in range(steps):
        before = swarm.position[0, ball]
        swarm.step()
        code = round(float(before - swarm.position[0, ball]))
        batches.append([k for k in range(SAMPLES) if code >> k & 1])
    return batches


@pytest.mark.parametrize("name", FOLLOWERS)
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


@pytest.mark.parametrize("name", ["adam", "local-search", "random-search"])
def test_minibatches_and_searches_leave_no_trace_of_blocks_and_calls_either(name: str) -> None:
    landscape = landscapes.get("breast-cancer")
    low, high = np.reshape(landscape.domain, (2, 2)).T[:, :, np.newaxis]
    start = low + (high - low) * np.random.default_rng(3).random((2, 143))
    options: dict[str, Any] = {"batch_size": 24, "schedule": "one-cycle:total_steps=90", "border": "reflect"}
    options |= {"settings": {"sam": 0.05, "clip_norm": 1.0}} if name == "adam" else {}
    whole = Swarm(landscape, name, start, **options)
    whole.step(100)
    for block, threads, calls in ((64, 1, [100]), (7, 1, [1, 30, 2, 64, 3]), (10, 3, [70, 30])):
        cut = Swarm(landscape, name, start, block=block, threads=threads, **options)
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


@pytest.mark.parametrize("name", FOLLOWERS)
def test_a_switch_moves_nothing_and_forgets_the_old_memory(name: str) -> None:
    swarm = Swarm(BOWL, "momentum", scatter(40), lr=0.05)
    swarm.step(64)
    position, previous, status = swarm.position.copy(), swarm.previous.copy(), swarm.status.copy()
    swarm.lr = 0.01
    swarm.select(name, lr=0.01)
    assert np.array_equal(swarm.position, position)
    assert np.array_equal(swarm.previous, previous)
    assert np.array_equal(swarm.status, status)
    fresh = Swarm(BOWL, name, position, lr=0.01)
    assert swarm.slots.keys() == fresh.slots.keys()
    assert all(np.array_equal(swarm.slots[name], slot) for name, slot in fresh.slots.items())
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
    swarm = Swarm(BOWL, name, scatter(64), lr=1.0 if name == "adadelta" else 0.1)
    swarm.step(3200)
    swarm.lr = 1e-3
    swarm.step(3200)
    least = np.finfo(np.float32).tiny
    for array in (swarm.position, *swarm.slots.values()):
        assert not ((array != 0) & (np.abs(array) < least)).any()
    # Friction holds a rolling ball where the slope is small, and chance seldom finds the very bottom.
    assert np.median(np.abs(swarm.position)) < {"rolling-ball": 0.1, "random-search": 0.2}.get(name, 1e-2)


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


@pytest.mark.parametrize("name", [name for name in NAMES if name != "random-search"])
def test_balls_at_rest_have_settled(name: str) -> None:
    lr = {"adagrad": 0.5, "adadelta": 1.0}.get(name, 0.05)
    swarm = Swarm(BOWL, name, scatter(20), lr=lr)
    if "weight_decay" in swarm.settings:
        swarm.set("weight_decay", 0.0)
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
        assert len({str(batches) for batches in epochs}) > 1


def test_each_ball_has_an_order_of_its_own() -> None:
    options: dict[str, Any] = {"lr": 1.0, "batch_size": 4, "dtype": np.float64}
    seen = [read_batches(Swarm(CODED, "sgd", np.zeros((2, 30)), **options), 6, ball) for ball in range(30)]
    assert len({str(batches) for batches in seen}) == 30
    apart = Swarm(CODED, "sgd", np.zeros((2, 30)), block=7, **options)
    assert read_batches(apart, 6, 29) == seen[29]


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
    assert default_rate(open_space(tuned), find_optimizer("sgd")) == 0.125
    assert (
        default_rate(open_space(wide), find_optimizer("adam"))
        == default_rate(open_space(steep), find_optimizer("adam"))
        == 1.0
    )
    for surface in (wide, steep):
        row = find_optimizer("sgd")
        step = default_rate(open_space(surface), row) * surface.gradient_scale
        assert step == pytest.approx(1.0, rel=0.05)
    assert default_rate(open_space(PLATEAU), find_optimizer("sgd")) > 0


def test_a_stream_releases_group_after_group() -> None:
    swarm = Swarm(BOWL, "adam", scatter(640), stream=128)
    waiting = [int((swarm.status == Status.WAITING).sum())]
    for _ in range(140):
        swarm.step()
        waiting.append(int((swarm.status == Status.WAITING).sum()))
    assert waiting[0] == 630
    assert waiting[-1] == 0
    assert set(np.diff(waiting)) == {0, -10}
    assert np.argmin(waiting) == 127


@pytest.mark.parametrize("name", FOLLOWERS)
def test_a_ball_released_later_rolls_as_if_it_had_been_alone(name: str) -> None:
    start = scatter(12)
    stream = Swarm(RASTRIGIN, name, start, lr=0.01, stream=60, schedule="cosine:t_max=80,warmup=10")
    stream.step(150)
    alone = Swarm(RASTRIGIN, name, start, lr=0.01, schedule="cosine:t_max=80,warmup=10")
    # The sixth of twelve groups.
    alone.step(150 - 25)
    assert np.array_equal(stream.position[:, 5], alone.position[:, 5])


def test_a_stream_leaves_no_trace_of_blocks_and_calls() -> None:
    options: dict[str, Any] = {"stream": 50, "noise": 0.1, "schedule": "plateau:every=7,patience=1"}
    whole = Swarm(RASTRIGIN, "nadam", scatter(143), **options)
    whole.step(120)
    for block, threads, calls in ((5, 1, [120]), (40, 2, [3, 17, 64, 36]), (1, 3, [1] * 120)):
        cut = Swarm(RASTRIGIN, "nadam", scatter(143), block=block, threads=threads, **options)
        for steps in calls:
            cut.step(steps)
        assert digest(cut) == digest(whole)


def test_those_that_wait_are_nowhere() -> None:
    swarm = Swarm(BOWL, "sgd", scatter(10), stream=100)
    swarm.step(5)
    assert np.isnan(swarm.position[:, 1:]).all()
    assert np.isfinite(swarm.shown()[0]).all()
    swarm.lr = 1e-3
    swarm.select("adam")
    swarm.set("beta1", 0.5)
    assert (swarm.status[1:] == Status.WAITING).all()
    swarm.step(200)
    assert (swarm.status == Status.ROLLING).all()
    with pytest.raises(InputError, match="stream must be"):
        Swarm(BOWL, "sgd", scatter(10), stream=-1)


def test_a_schedule_that_watches_lowers_the_rate_of_the_balls_that_do_not_get_on() -> None:
    """Two balls far out get on with every step, two leap to and fro across the bottom."""
    start = np.array([[5.0, -5.0, 0.3, 0.1], [0.0, 0.0, 0.0, 0.0]])
    swarm = Swarm(
        VEE, "sgd", start, lr=0.01, schedule="plateau:every=10,patience=2,factor=0.5", dtype=np.float64
    )
    swarm.step(200)
    factors = swarm.save()[1]["watch.factor"]
    assert (factors[:2] == 1).all()
    assert (factors[2:] < 0.5).all()
    assert swarm.effective_lr < 0.01


@pytest.mark.parametrize(
    "schedule", ["constant", "step:gamma=1", "exponential:gamma=1", "polynomial:power=0"]
)
def test_a_schedule_of_ones_equals_none(schedule: str) -> None:
    plain, scheduled = (Swarm(RASTRIGIN, "adam", scatter(20), schedule=s) for s in ("constant", schedule))
    plain.step(100)
    scheduled.step(100)
    assert np.array_equal(plain.position, scheduled.position)


def test_steps_to_the_goal_are_those_it_took() -> None:
    """A ball on an even slope comes down by 0.02 a step; the goal is looked for at every step, then every 16th part."""
    start = np.array([[1.0, 4.0, 30.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    swarm = Swarm(SLOPE, "sgd", start, lr=0.01, dtype=np.float64)
    swarm.goal = 0.501
    swarm.step(1000)
    exact = np.array([(x - 0.501) / 0.02 for x in (1.0, 4.0)])
    assert swarm.reached[0] == np.ceil(exact[0])
    assert exact[1] <= swarm.reached[1] <= exact[1] * 17 / 16 + 1
    assert swarm.reached[2:].tolist() == [-1, 0]
    streamed = Swarm(SLOPE, "sgd", start, lr=0.01, dtype=np.float64, stream=40)
    streamed.goal = 0.501
    streamed.step(1000)
    assert abs(int(streamed.reached[1]) - exact[1]) <= 17


def test_a_new_rate_rescales_the_steps_of_rprop() -> None:
    swarm = Swarm(BOWL, "rprop", scatter(5), lr=0.01, dtype=np.float64, block=2)
    swarm.step(3)
    for rates in (0.02, np.geomspace(0.01, 0.1, 5), np.geomspace(0.1, 0.01, 5), 0.005):
        before, size = np.asarray(swarm.lr), swarm.slots["step_size"]
        swarm.lr = rates
        np.testing.assert_allclose(swarm.slots["step_size"], size * np.asarray(rates) / before, rtol=1e-12)


@pytest.mark.parametrize("lr", [1e30, 1e300])
@pytest.mark.parametrize("name", NAMES)
def test_rates_beyond_all_measure_mark_balls_and_warn_nobody(name: str, lr: float) -> None:
    rates = np.full(6, 1e-3)
    calm = Swarm(BOWL, name, scatter(6), lr=rates)
    rates[2] = lr
    wild = Swarm(BOWL, name, scatter(6), lr=rates)
    calm.step(96)
    wild.step(96)
    others = np.arange(6) != 2
    assert np.array_equal(wild.position[:, others], calm.position[:, others])
    assert np.isfinite(wild.shown()[0]).all()


@pytest.mark.parametrize("schedule", ["constant", "exponential", "plateau"])
@pytest.mark.parametrize("name", NAMES)
def test_one_rate_beyond_all_measure_does_no_harm_either(name: str, schedule: str) -> None:
    swarm = Swarm(BOWL, name, scatter(6), lr=1e308, schedule=schedule)
    swarm.step(96)
    for setting in swarm.optimizer.settings:
        # These two contradict the others' defaults at their highest.
        if not isinstance(setting.default, bool) and setting.name not in ("dampening", "step_min"):
            swarm.set(setting.name, setting.high)
            swarm.step(2)
    assert np.isfinite(swarm.shown()[0]).all()


def test_a_hole_in_the_ground_marks_who_falls_in_and_spares_the_others() -> None:
    hole = make_surface(Separable(lambda p: p * p, lambda p: np.where(np.abs(p) > 4, np.nan, 2 * p)))
    swarm = Swarm(hole, "adam", np.array([[1.0, 4.5, -2.0], [1.0, 0.0, 3.0]]), lr=0.01, noise=0.1)
    swarm.step(64)
    assert swarm.status.tolist() == [Status.ROLLING, Status.DIVERGED, Status.ROLLING]
    assert np.isfinite(swarm.position[:, [0, 2]]).all()
