"""Our update rules against torch.optim (recorded, and live where it is installed), against the papers, and against
what must hold of them: identities between methods, their own symmetries, and physics.
"""

import importlib.util
import json
import math
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from game.simulation.optimizers import (
    OPTIMIZERS,
    Optimizer,
    Rate,
    Settings,
    complete_settings,
    find_optimizer,
)
from game.simulation.optimizers.method import COMMON, make_slots
from game.simulation.swarm import Swarm
from landscapes.errors import InputError
from landscapes.landscape import Array, Landscape

Floats = npt.NDArray[np.float64]
Case = dict[str, Any]

REFERENCE = dict(np.load(Path(__file__).parents[1] / "data" / "torch_reference.npz", allow_pickle=False))
CASES: list[Case] = [json.loads(case) for case in REFERENCE["cases"].tolist()]
DEFAULTS: dict[str, dict[str, Any]] = json.loads(str(REFERENCE["defaults"]))
START: Floats = REFERENCE["start"]
GRADIENTS: Floats = REFERENCE["gradients"]
AT = REFERENCE["checkpoints"] - 1
NAMES = [row.name for row in OPTIMIZERS]
FOLLOWERS = [row.name for row in OPTIMIZERS if not row.draws]
SEARCHES = [row.name for row in OPTIMIZERS if row.draws]
STILL: dict[str, dict[str, float]] = {"adamw": {"weight_decay": 0.0}, "asgd": {"lambd": 0.0}}
"""Settings with which a method moves by the gradient alone."""


class Fed(NamedTuple):
    """A case in which PyTorch saw the same gradients, and what it made of them."""

    case: Case
    gradients: Floats
    positions: Floats
    average: Floats


def record_cases() -> Iterator[Fed]:
    """What was recorded, and new cases from the torch that is installed, if any."""
    for k, case in enumerate(CASES):
        if case["kind"] == "fed":
            yield Fed(case, GRADIENTS, REFERENCE["positions"][k], REFERENCE["averages"][k])
    if importlib.util.find_spec("torch"):
        path = Path(__file__).parents[1] / "make" / "torch_reference.py"
        maker = runpy.run_path(str(path))
        for seed in (1, 2):
            rng = np.random.default_rng(seed)
            gradients = maker["draw_gradients"](rng)
            for case in maker["draw_cases"](rng, draws=1):
                yield Fed(case, gradients, *maker["roll"](case, START, gradients))


class Bowl:
    """0.5 (x^2 + 10 y^2)."""

    scratch = 0

    def value(self, xy: Array) -> Array:
        return np.asarray(0.5 * xy[0] ** 2 + 5.0 * xy[1] ** 2)

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:  # noqa: ARG002
        np.multiply(xy, np.array([[1.0], [10.0]], xy.dtype), out=out)


BOWL = Landscape("bowl", "Bowl", "", "", (-50.0, 50.0, -50.0, 50.0), Bowl())


class Roll(NamedTuple):
    """All positions ``(steps, 2, n)``, and the memory at the end."""

    seen: Floats
    slots: dict[str, Array]


def roll(
    row: Optimizer,
    lr: Rate,
    settings: Settings,
    start: Array,
    gradients: Array | Callable[[Array], Array],
    steps: int = 0,
    change: tuple[int, Settings] | None = None,
) -> Roll:
    """Steps with given gradients, or with those of a function of the place; settings may change before a step."""
    full = complete_settings(row, settings)
    slots = make_slots(row, full, lr, start, {})
    p, work, seen = start.copy(), np.full_like(start, np.nan), []
    with np.errstate(all="ignore"):
        for t in range(1, 1 + (steps or len(np.asarray(gradients)))):
            if change and change[0] == t:
                changed = complete_settings(row, {**full, **change[1]})
                for slot in row.slots:
                    if slot.over:
                        slots[slot.name] *= (1 - full[slot.over]) / (1 - changed[slot.over])
                full = changed
            g = gradients(p) if callable(gradients) else gradients[t - 1].copy()
            row.step(p, g, slots, t, lr, full, work)
            seen.append(p.copy())
    return Roll(np.stack(seen), slots)


def settings_of(row: Optimizer, **wanted: float) -> dict[str, float]:
    """Those of the settings that the method has."""
    own = {hyper.name for hyper in row.hyper}
    return {name: value for name, value in wanted.items() if name in own}


# Against PyTorch.


@pytest.mark.parametrize("fed", list(record_cases()), ids=lambda fed: fed.case["optimizer"])
def test_matches_torch_on_the_same_gradients(fed: Fed) -> None:
    case = fed.case
    seen, slots = roll(find_optimizer(case["optimizer"]), case["lr"], case["settings"], START, fed.gradients)
    np.testing.assert_allclose(seen[AT], fed.positions, rtol=1e-10, atol=1e-10)
    average = slots.get("ax", np.zeros_like(START))
    np.testing.assert_allclose(average, fed.average, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("k", [k for k, case in enumerate(CASES) if case["kind"] == "bowl"])
def test_matches_torch_when_settings_change_as_it_rolls(k: int) -> None:
    case = CASES[k]
    swarm = Swarm(
        BOWL,
        case["optimizer"],
        START,
        lr=case["lr"],
        settings=case["settings"],
        dtype=np.float64,
    )
    for checkpoint, expected in zip(REFERENCE["checkpoints"], REFERENCE["positions"][k], strict=True):
        if swarm.tick == 100:
            swarm.lr = case["change"]["lr"]
            for name, value in case["change"]["settings"].items():
                swarm.set(name, value)
        swarm.step(int(checkpoint) - swarm.tick)
        np.testing.assert_allclose(swarm.position, expected, rtol=1e-10, atol=1e-10)


def test_reference_covers_every_rule_and_both_values_of_every_switch() -> None:
    for row in OPTIMIZERS:
        name = {"momentum": "sgd", "nesterov": "sgd"}.get(row.name, row.name)
        if name not in DEFAULTS:
            continue
        for hyper in row.hyper:
            values = {
                case["settings"][hyper.name]
                for case in CASES
                if case["kind"] == "fed" and case["optimizer"] == name
            }
            assert len(values) >= 2, (row.name, hyper.name)


@pytest.mark.parametrize("name", DEFAULTS)
def test_has_all_of_torchs_settings_with_its_defaults(name: str) -> None:
    row, theirs = find_optimizer(name), DEFAULTS[name]
    ours = {"lr": row.lr, **{hyper.name: hyper.default for hyper in row.hyper}}
    if name in ("momentum", "nesterov"):
        theirs = {**theirs, "momentum": 0.9, "nesterov": name == "nesterov"}
    if name in ("adam", "adamw"):
        assert theirs["decoupled_weight_decay"] == (name == "adamw")
        theirs = {key: value for key, value in theirs.items() if key != "decoupled_weight_decay"}
    assert ours == theirs


@pytest.mark.parametrize(
    ("name", "defaults"),
    [
        ("lion", {"lr": 1e-4, "beta1": 0.9, "beta2": 0.99, "weight_decay": 0.0}),
        ("qhm", {"lr": 1e-3 / (1 - 0.9), "momentum": 0.999, "nu": 0.7, "weight_decay": 0.0}),
        (
            "qhadam",
            {
                "lr": 1e-3,
                "beta1": 0.995,
                "beta2": 0.999,
                "nu1": 0.7,
                "nu2": 1.0,
                "eps": 1e-8,
                "weight_decay": 0.0,
            },
        ),
        (
            "adan",
            {"lr": 1e-3, "beta1": 0.98, "beta2": 0.92, "beta3": 0.99, "eps": 1e-8, "weight_decay": 0.0},
        ),
    ],
)
def test_defaults_are_those_of_the_paper(name: str, defaults: dict[str, float]) -> None:
    row = find_optimizer(name)
    ours = {"lr": row.lr, **{hyper.name: hyper.default for hyper in row.hyper}}
    assert ours == pytest.approx({**defaults, "maximize": False})


# Against the papers: one coordinate of one ball at a time, in plain Python. Settings may differ from step to step.

Paper = Callable[[float, float, Iterator[tuple[float, dict[str, float]]]], Iterator[float]]


def lion(w: float, lr: float, steps: Iterator[tuple[float, dict[str, float]]]) -> Iterator[float]:
    """Chen et al. 2023, program 1."""
    m = 0.0
    for g, h in steps:
        blend = g * (1 - h["beta1"]) + m * h["beta1"]
        m = g * (1 - h["beta2"]) + m * h["beta2"]
        w -= lr * (float(np.sign(blend)) + w * h["weight_decay"])
        yield w


def qhm(w: float, lr: float, steps: Iterator[tuple[float, dict[str, float]]]) -> Iterator[float]:
    """Ma and Yarats 2019, equations 3 and 4."""
    m = 0.0
    for gradient, h in steps:
        g = gradient + h["weight_decay"] * w
        m = h["momentum"] * m + (1 - h["momentum"]) * g
        w -= lr * ((1 - h["nu"]) * g + h["nu"] * m)
        yield w


def qhadam(w: float, lr: float, steps: Iterator[tuple[float, dict[str, float]]]) -> Iterator[float]:
    """Ma and Yarats 2019, equations 15 to 17."""
    m = v = 0.0
    for t, (gradient, h) in enumerate(steps, 1):
        g = gradient + h["weight_decay"] * w
        m = h["beta1"] * m + (1 - h["beta1"]) * g
        v = h["beta2"] * v + (1 - h["beta2"]) * g * g
        m_hat, v_hat = m / (1 - h["beta1"] ** t), v / (1 - h["beta2"] ** t)
        divisor = math.sqrt((1 - h["nu2"]) * g * g + h["nu2"] * v_hat) + h["eps"]
        w -= lr * ((1 - h["nu1"]) * g + h["nu1"] * m_hat) / divisor
        yield w


def adan(w: float, lr: float, steps: Iterator[tuple[float, dict[str, float]]]) -> Iterator[float]:
    """Xie et al. 2022, algorithm 1, with the bias corrections of the authors' program."""
    m = v = n = 0.0
    last: float | None = None
    for t, (g, h) in enumerate(steps, 1):
        change = 0.0 if last is None else g - last
        m = h["beta1"] * m + (1 - h["beta1"]) * g
        v = h["beta2"] * v + (1 - h["beta2"]) * change
        n = h["beta3"] * n + (1 - h["beta3"]) * (g + h["beta2"] * change) ** 2
        m_hat, v_hat, n_hat = m / (1 - h["beta1"] ** t), v / (1 - h["beta2"] ** t), n / (1 - h["beta3"] ** t)
        w -= lr * (m_hat + h["beta2"] * v_hat) / (math.sqrt(n_hat) + h["eps"])
        w /= 1 + lr * h["weight_decay"]
        last = g
        yield w


PAPERS: dict[str, Paper] = {"lion": lion, "qhm": qhm, "qhadam": qhadam, "adan": adan}
DRAWN = {"beta1", "beta2", "beta3", "momentum", "nu", "nu1", "nu2", "weight_decay"}


def test_every_method_has_an_independent_reference() -> None:
    assert {*DEFAULTS, *PAPERS, "rolling-ball", *SEARCHES} == set(NAMES)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", PAPERS)
def test_matches_the_paper_even_when_settings_change(name: str, seed: int) -> None:
    row, rng = find_optimizer(name), np.random.default_rng(seed)

    def draw() -> dict[str, float]:
        return {hyper.name: rng.uniform(0, 0.99) for hyper in row.hyper if hyper.name in DRAWN}

    # The first keeps the defaults apart from the weight decay, so that special cases such as nu2 = 1 are met.
    first = {**(draw() if seed else {"weight_decay": 0.1}), "maximize": seed % 2}
    later = {**first, **draw()}
    lr, sign = 0.01, -1.0 if first["maximize"] else 1.0
    before, after = complete_settings(row, first), complete_settings(row, later)
    seen, _ = roll(row, lr, first, START, GRADIENTS, change=(121, later))
    for place in np.ndindex(START.shape):
        fed = GRADIENTS[(slice(None), *place)].tolist()
        steps = ((sign * g, before if t < 120 else after) for t, g in enumerate(fed))
        expected = list(PAPERS[name](float(START[place]), lr, steps))
        ours: Floats = seen[(slice(None), *place)]
        np.testing.assert_allclose(ours, np.array(expected), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["lion", "rprop"])
def test_the_sign_of_the_smallest_numbers_is_known(name: str, dtype: type) -> None:
    least = np.finfo(dtype).tiny
    gradients: Floats = np.array(
        [[[16 * least, -16 * least, 0.0, 1e30], [-16 * least, -1e30, np.inf, -np.inf]]], dtype
    )
    seen, _ = roll(find_optimizer(name), 1.0, {}, np.zeros((2, 4), dtype), gradients)
    assert seen[0].tolist() == [[-1, 1, 0, -1], [1, 1, -1, 1]]


def test_rprop_sees_turns_whose_product_would_underflow() -> None:
    tiny = np.float32(1e-30)
    gradients = np.array([[[tiny], [tiny]], [[tiny], [-tiny]], [[tiny], [-tiny]]], np.float32)
    seen, _ = roll(find_optimizer("rprop"), 1.0, {}, np.zeros((2, 1), np.float32), gradients)
    expected: Floats = np.array([[-1, -1], [-2.2, -1], [-3.64, -0.5]])
    np.testing.assert_allclose(seen[:, :, 0], expected, rtol=1e-6)


def test_a_variance_of_zero_does_not_become_negative_by_rounding() -> None:
    slopes = np.linspace(0.1, 3.0, 200, dtype=np.float32).reshape(2, 100)
    gradients = np.stack([slopes] * 300)
    seen, _ = roll(find_optimizer("rmsprop"), 0.01, {"centered": True, "alpha": 0.9}, 0 * slopes, gradients)
    assert np.isfinite(seen).all()


# Methods that are special cases of each other.


@pytest.mark.parametrize(
    ("one", "lr", "settings", "other", "lr_of_other", "settings_of_other"),
    [
        ("qhm", 0.02, {"nu": 0.0}, "sgd", 0.02, {}),
        ("qhm", 0.02, {"nu": 1.0, "momentum": 0.8}, "momentum", 0.02 * 0.2, {"momentum": 0.8}),
        ("qhm", 0.02, {"nu": 0.8, "momentum": 0.8}, "nesterov", 0.02 * 0.2, {"momentum": 0.8}),
        ("qhadam", 0.02, {"nu1": 1.0, "nu2": 1.0, "beta1": 0.8}, "adam", 0.02, {"beta1": 0.8}),
        ("adamw", 0.02, {"weight_decay": 0.0, "amsgrad": True}, "adam", 0.02, {"amsgrad": True}),
        ("adan", 0.02, {"beta1": 0.8, "beta2": 0.0}, "adam", 0.02, {"beta1": 0.8, "beta2": 0.99}),
        (
            "lion",
            0.02,
            {"beta1": 0.0, "beta2": 0.0},
            "adam",
            0.02,
            {"beta1": 0.0, "beta2": 0.0, "eps": 1e-16},
        ),
        ("asgd", 0.02, {"lambd": 0.0}, "sgd", 0.02, {}),
        ("momentum", 0.02, {"momentum": 0.0}, "sgd", 0.02, {}),
        ("rolling-ball", 0.02, {"friction": 0.0}, "momentum", 0.02 * 5 / 7, {"momentum": 1.0}),
    ],
)
def test_one_is_a_special_case_of_the_other(
    one: str,
    lr: float,
    settings: Settings,
    other: str,
    lr_of_other: float,
    settings_of_other: Settings,
) -> None:
    ours, _ = roll(find_optimizer(one), lr, settings, START, GRADIENTS)
    theirs, _ = roll(find_optimizer(other), lr_of_other, settings_of_other, START, GRADIENTS)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_qhm_with_all_weight_on_the_mean_is_dampened_momentum() -> None:
    """But for the first gradient, which PyTorch does not dampen: here it is zero."""
    gradients = GRADIENTS.copy()
    gradients[0] = 0.0
    ours, _ = roll(find_optimizer("qhm"), 0.02, {"nu": 1.0, "momentum": 0.8}, START, gradients)
    theirs, _ = roll(find_optimizer("sgd"), 0.02, {"momentum": 0.8, "dampening": 0.8}, START, gradients)
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov"])
def test_converges_on_a_bowl_as_fast_as_theory_says(name: str) -> None:
    """The spectral radius of the linear recurrence; Goh 2017 and Lessard, Recht and Packard 2016."""
    lr, mu = 0.05, 0.0 if name == "sgd" else 0.8
    radius = 0.0
    for curvature in (1.0, 10.0):
        shrink = 1.0 - lr * curvature
        poly = [1, -(1 + mu) * shrink, mu * shrink] if name == "nesterov" else [1, -(mu + shrink), mu]
        radius = max(radius, *np.abs(np.roots(poly)))
    row, curvatures = find_optimizer(name), np.array([[1.0], [10.0]])
    seen, _ = roll(row, lr, settings_of(row, momentum=mu), START, lambda p: p * curvatures, 1800)
    far = np.linalg.norm(seen, axis=1)
    rates = (far[1760:].max(axis=0) / far[160:200].max(axis=0)) ** (1 / 1600)
    np.testing.assert_allclose(rates, radius, rtol=0.001)


# The rolling ball.


def gradient_of_bowl(p: Array) -> Array:
    return np.asarray(p * np.array([[1.0], [3.0]]))


def energy(seen: Floats, start: Floats, lr: float) -> Floats:
    """Of motion, 7/10 v^2 for a solid ball, and of height, over the mass, ``(steps, n)``."""
    velocity = np.diff(seen, axis=0, prepend=start[None]) / math.sqrt(lr)
    return np.asarray(0.7 * (velocity**2).sum(axis=1) + 0.5 * (seen**2 * [[1.0], [3.0]]).sum(axis=1))


@pytest.mark.parametrize("friction", [0.0, 0.03])
def test_rolling_ball_balances_its_energy(friction: float) -> None:
    """What it lost is friction times the way it went, to the first order of the time step, however long it rolls."""
    row, worst = find_optimizer("rolling-ball"), []
    before = energy(START[None], START, 1.0)[0]
    for step in (0.02, 0.01):
        steps = round(40 / step)
        seen, _ = roll(row, step**2, {"friction": friction}, START, gradient_of_bowl, steps)
        way = np.linalg.norm(np.diff(seen, axis=0, prepend=START[None]), axis=1).cumsum(axis=0)
        assert way[-1].max() > 10
        error = np.abs(energy(seen, START, step**2) + friction * way - before) / before
        assert error[steps // 2 :].max() <= 1.1 * error[: steps // 2].max()
        worst.append(error.max())
    assert worst[0] < 0.05
    assert worst[1] == pytest.approx(worst[0] / 2, rel=0.1)


@pytest.mark.parametrize("gravity", [1.0, 2.5])
def test_rolling_ball_on_a_plane_is_accelerated_evenly(gravity: float) -> None:
    """Galilei: ways grow with the square of time; five sevenths of what they would be without the spin."""
    slope, friction, lr, steps = 0.5, 0.1, 0.01, 50
    g = np.tile(slope * np.array([[0.6], [-0.8]]), (steps, 1, 1))
    settings = {"gravity": gravity, "friction": friction}
    seen, _ = roll(find_optimizer("rolling-ball"), lr, settings, np.zeros((2, 1)), g)
    n = np.arange(1, steps + 1)
    way = 5 / 7 * gravity * (slope - friction) * lr * n * (n + 1) / 2
    np.testing.assert_allclose(seen[:, :, 0], way[:, None] * [-0.6, 0.8], rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rolling_ball_at_rest_stays_where_the_slope_is_below_its_friction(dtype: type) -> None:
    angle = np.linspace(0, 6, 9)
    for slope, moves in ((0.099, False), (0.101, True), (0.0, False)):
        g = slope * np.stack([np.cos(angle), np.sin(angle)]).astype(dtype)
        seen, _ = roll(
            find_optimizer("rolling-ball"),
            0.01,
            {"friction": 0.1},
            np.zeros((2, 9), dtype),
            np.stack([g] * 20),
        )
        assert (np.linalg.norm(seen[-1], axis=0) > 0).all() == moves
        assert (seen[-1] != 0).any() == moves


def test_rolling_ball_comes_to_rest_and_gravity_can_be_turned_round() -> None:
    row = find_optimizer("rolling-ball")
    assert row.brakes
    seen, slots = roll(row, 1e-3, {"friction": 0.1}, START, gradient_of_bowl, 4000)
    assert (slots["velocity"] == 0).all()
    assert (seen[-1] == seen[-500]).all()
    slope = np.linalg.norm(gradient_of_bowl(seen[-1]), axis=0)
    assert (slope <= 0.1).all()
    assert (slope > 0).all()


def test_rolling_ball_knows_no_axes() -> None:
    """Turning the plane turns the path."""
    row, (a, b) = find_optimizer("rolling-ball"), (math.cos(0.7), math.sin(0.7))
    turn = np.array([[a, -b], [b, a]])
    straight, _ = roll(row, 0.01, {"friction": 0.5}, START, GRADIENTS)
    turned, _ = roll(row, 0.01, {"friction": 0.5}, turn @ START, turn @ GRADIENTS)
    np.testing.assert_allclose(turned, turn @ straight, rtol=1e-10, atol=1e-10)


# The searches.


@pytest.mark.parametrize("rate", [0.25, np.array([0.1, 0.2, 0.3, 0.4, 0.5])])
def test_searches_turn_random_numbers_into_places_to_try(rate: Rate) -> None:
    expected = {"random-search": GRADIENTS[0], "local-search": START + rate * GRADIENTS[0]}
    assert list(expected) == SEARCHES
    assert [find_optimizer(name).draws for name in SEARCHES] == ["map", "normal"]
    for name in SEARCHES:
        row, p, g = find_optimizer(name), START.copy(), GRADIENTS[0].copy()
        row.step(p, g, {}, 1, rate, complete_settings(row, {}), np.empty_like(p))
        assert np.array_equal(p, START)
        np.testing.assert_allclose(g, expected[name], rtol=1e-14)


@pytest.mark.parametrize("name", SEARCHES)
def test_searches_have_no_settings_that_need_a_gradient(name: str) -> None:
    with pytest.raises(InputError, match=r"unknown .* setting 'sam'"):
        complete_settings(find_optimizer(name), {"sam": 0.1})


# What holds of every method.


@pytest.mark.parametrize("name", FOLLOWERS)
def test_balls_do_not_see_each_other(name: str) -> None:
    row = find_optimizer(name)
    gradients = GRADIENTS[:40]
    together, _ = roll(row, 0.01, {}, START, gradients)
    order = np.array([3, 0, 4, 2, 1])
    permuted, _ = roll(row, 0.01, {}, START[:, order], gradients[:, :, order])
    assert np.array_equal(permuted, together[:, :, order])
    for k in range(5):
        alone, _ = roll(row, 0.01, {}, START[:, k : k + 1].copy(), gradients[:, :, k : k + 1].copy())
        assert np.array_equal(alone[:, :, 0], together[:, :, k])


@pytest.mark.parametrize("name", FOLLOWERS)
def test_a_ball_that_is_no_number_harms_no_other(name: str) -> None:
    row, gradients = find_optimizer(name), GRADIENTS[:40].copy()
    clean, _ = roll(row, 0.01, {}, START, gradients)
    gradients[7:, 0, 2] = np.nan
    seen, _ = roll(row, 0.01, {}, START, gradients)
    assert np.isnan(seen[7:, 0, 2]).all()
    others = [0, 1, 3, 4]
    assert np.array_equal(seen[:, :, others], clean[:, :, others])


@pytest.mark.parametrize("name", FOLLOWERS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_gradient_no_motion(name: str, dtype: type) -> None:
    start: Array = START.astype(dtype)
    seen, _ = roll(find_optimizer(name), 0.1, STILL.get(name, {}), start, np.zeros((20, *start.shape), dtype))
    assert (seen == start).all()


@pytest.mark.parametrize("name", FOLLOWERS)
def test_single_precision_is_double_precision_rounded(name: str) -> None:
    row, settings = find_optimizer(name), settings_of(find_optimizer(name), weight_decay=0.1)
    exact, _ = roll(row, 0.01, settings, START, GRADIENTS)
    seen, slots = roll(row, 0.01, settings, START.astype(np.float32), GRADIENTS.astype(np.float32))
    assert seen.dtype == np.float32
    assert all(slot.dtype == np.float32 for slot in slots.values())
    scale = 1e-4 * np.abs(exact - START).max()
    np.testing.assert_allclose(seen, exact, rtol=1e-5, atol=scale)


@pytest.mark.parametrize("name", FOLLOWERS)
def test_maximize_is_the_mirror_image(name: str) -> None:
    """Climbing is descending with the gradient turned round, from the first step to the last."""
    row = find_optimizer(name)
    settings = settings_of(row, weight_decay=0.1)
    up, _ = roll(row, 0.01, {"maximize": True, **settings}, START, GRADIENTS)
    down, _ = roll(row, 0.01, settings, START, -GRADIENTS)
    assert np.array_equal(up, down)
    assert not np.allclose(up[0], roll(row, 0.01, settings, START, GRADIENTS).seen[0])


@pytest.mark.parametrize("name", FOLLOWERS)
def test_weight_decay_pulls_towards_the_origin(name: str) -> None:
    row = find_optimizer(name)
    if settings_of(row, weight_decay=0.1):
        start: Floats = np.array([[3.0, -3.0], [2.0, -2.0]])
        seen, _ = roll(row, 0.01, {"weight_decay": 0.1}, start, np.zeros((5, 2, 2)))
        assert (np.abs(seen[-1]) < np.abs(start)).all()
    else:
        assert name in ("rprop", "rolling-ball")


@pytest.mark.parametrize("name", FOLLOWERS)
def test_a_rate_for_each_ball_is_the_rule_alone(name: str) -> None:
    row, rates = find_optimizer(name), np.array([1e-3, 3e-3, 1e-2, 2e-2, 5e-2])
    for switches in ({}, {"decoupled_weight_decay": 1}):
        settings = settings_of(row, weight_decay=0.1, **switches)
        together, _ = roll(row, rates, settings, START, GRADIENTS)
        for k, rate in enumerate(rates.tolist()):
            alone, _ = roll(row, rate, settings, START[:, k : k + 1], GRADIENTS[:, :, k : k + 1])
            np.testing.assert_allclose(together[:, :, k], alone[:, :, 0], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", FOLLOWERS)
def test_a_rate_for_each_ball_is_that_ball_alone(name: str) -> None:
    rates = np.array([1e-3, 3e-3, 1e-2, 2e-2, 5e-2])
    settings = settings_of(find_optimizer(name), weight_decay=0.1)
    together = Swarm(BOWL, name, START, lr=rates, settings=settings, dtype=np.float64)
    together.step(70)
    for k, rate in enumerate(rates):
        alone = Swarm(BOWL, name, START[:, k : k + 1], lr=rate, settings=settings, dtype=np.float64)
        alone.step(70)
        np.testing.assert_allclose(together.position[:, k], alone.position[:, 0], rtol=1e-12)


@pytest.mark.parametrize("name", FOLLOWERS)
def test_slots_hold_what_the_table_says(name: str) -> None:
    """Turning space round turns gradients and places round, not squares and sizes; moving it moves places only."""
    row = find_optimizer(name)
    settings = settings_of(row, momentum=0.5, centered=True, amsgrad=True, friction=0.0) | STILL.get(name, {})
    plain = roll(row, 0.01, settings, START, GRADIENTS).slots
    turned = roll(row, 0.01, settings, -START, -GRADIENTS).slots
    moved = roll(row, 0.01, settings, START + 3.0, GRADIENTS).slots
    assert list(plain) == [slot.name for slot in row.slots]
    for slot in row.slots:
        directed = slot.holds in ("gradient", "place")
        np.testing.assert_allclose(turned[slot.name], -plain[slot.name] if directed else plain[slot.name])
        np.testing.assert_allclose(moved[slot.name], plain[slot.name] + 3.0 * (slot.holds == "place"))
        assert directed or (plain[slot.name] > 0).all()


# The table.


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_can_be_typed_from_the_table(name: str) -> None:
    row = find_optimizer(name)
    assert row.settings == (row.hyper if row.draws else (*row.hyper, *COMMON))
    assert complete_settings(row, {}) == {hyper.name: hyper.default for hyper in row.settings}
    for hyper in row.settings:
        assert hyper.about
        assert hyper.low <= hyper.default <= hyper.high
        beyond = [2, -1] if isinstance(hyper.default, bool) else [hyper.high * 2 + 1, -1.0, float("nan")]
        for value in beyond:
            with pytest.raises(InputError, match=f"{hyper.name} must be"):
                complete_settings(row, {hyper.name: value})


@pytest.mark.parametrize("name", NAMES)
def test_slots_refer_to_settings(name: str) -> None:
    row = find_optimizer(name)
    own = {hyper.name for hyper in row.hyper}
    for slot in row.slots:
        assert {slot.over, slot.when, slot.start} <= own | {"", "lr"}
    assert len({hyper.name for hyper in row.settings}) == len(row.settings)


def test_table_reads_well() -> None:
    classics = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "nadam", "lion"]
    others = ["radam", "adamax", "adadelta", "rprop", "asgd", "qhm", "qhadam", "adan", "rolling-ball"]
    assert [*classics, *others, "random-search", "local-search"] == NAMES
    for row in OPTIMIZERS:
        assert row.title
        assert row.source[-4:].isdigit() or "lecture" in row.source
        for text, most in ((row.formula, 70), (row.about, 90)):
            assert 0 < len(text) <= most, text
            assert text.isascii(), text
        assert "=" not in row.about


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean adam"):
        find_optimizer("adm")
    with pytest.raises(InputError, match="did you mean momentum"):
        complete_settings(find_optimizer("sgd"), {"momentun": 0.9})


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9, "dampening": 0.1}])
def test_nesterov_needs_momentum_and_no_dampening(settings: dict[str, float]) -> None:
    with pytest.raises(InputError, match="nesterov needs"):
        complete_settings(find_optimizer("sgd"), {"nesterov": True, **settings})


def test_rprop_needs_a_shortest_step_below_the_longest() -> None:
    with pytest.raises(InputError, match="step_min must not be above step_max"):
        complete_settings(find_optimizer("rprop"), {"step_min": 2.0, "step_max": 1.0})
