"""Our update rules against torch.optim (recorded), against the papers, and against their own symmetries."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from game.simulation.optimizers import OPTIMIZERS, Optimizer, complete_settings, find_optimizer
from game.simulation.swarm import Swarm
from landscapes.errors import InputError
from landscapes.landscape import Array, Landscape

Floats = npt.NDArray[np.float64]
REFERENCE = dict(np.load(Path(__file__).parents[1] / "data" / "torch_reference.npz", allow_pickle=False))
CASES: list[dict[str, Any]] = [json.loads(case) for case in REFERENCE["cases"].tolist()]
NAMES = [row.name for row in OPTIMIZERS]


class Bowl:
    """0.5 (x^2 + 10 y^2)."""

    scratch = 0

    def value(self, xy: Array) -> Array:
        return np.asarray(0.5 * xy[0] ** 2 + 5.0 * xy[1] ** 2)

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:  # noqa: ARG002
        np.multiply(xy, np.array([[1.0], [10.0]], xy.dtype), out=out)


BOWL = Landscape("bowl", "Bowl", "", "", (-50.0, 50.0, -50.0, 50.0), Bowl())


def roll_fed(row: Optimizer, lr: float, settings: dict[str, Any], start: Floats, gradients: Floats) -> Floats:
    """All positions ``(steps, 2, n)`` when the gradients are given, whatever the position."""
    full = complete_settings(row, settings)
    slots = {
        slot.name: np.full_like(start, full[slot.start] if slot.start else 0.0)
        for slot in row.slots
        if not slot.when or full[slot.when]
    }
    p, work, seen = start.copy(), np.empty_like(start), []
    with np.errstate(all="ignore"):
        for t, g in enumerate(gradients, start=1):
            row.update(p, g.copy(), slots, t, lr, full, work)
            seen.append(p.copy())
    return np.stack(seen)


@pytest.mark.parametrize("k", [k for k, case in enumerate(CASES) if case["kind"] == "fed"])
def test_matches_torch_on_the_same_gradients(k: int) -> None:
    case = CASES[k]
    row = find_optimizer(case["optimizer"])
    seen = roll_fed(row, case["lr"], case["settings"], REFERENCE["start"], REFERENCE["gradients"])
    np.testing.assert_allclose(
        seen[REFERENCE["checkpoints"] - 1], REFERENCE["positions"][k], rtol=1e-10, atol=1e-10
    )


@pytest.mark.parametrize("k", [k for k, case in enumerate(CASES) if case["kind"] == "bowl"])
def test_matches_torch_when_settings_change_as_it_rolls(k: int) -> None:
    case = CASES[k]
    swarm = Swarm(
        BOWL,
        case["optimizer"],
        REFERENCE["start"],
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
        if name == "lion":
            continue
        for hyper in row.hyper:
            values = {
                case["settings"][hyper.name]
                for case in CASES
                if case["kind"] == "fed" and case["optimizer"] == name
            }
            assert len(values) >= 2, (row.name, hyper.name)


def test_defaults_are_torch_defaults() -> None:
    defaults = json.loads(str(REFERENCE["defaults"]))
    for row in OPTIMIZERS:
        ours = {"lr": row.lr, **{hyper.name: hyper.default for hyper in row.hyper}}
        if row.name in ("momentum", "nesterov"):
            assert ours == {**defaults["sgd"], "momentum": 0.9, "nesterov": row.name == "nesterov"}
        elif row.name != "lion":
            assert ours == defaults[row.name]
    lion = find_optimizer("lion")
    assert (lion.lr, [hyper.default for hyper in lion.hyper]) == (1e-4, [0.9, 0.99, 0.0])


def test_lion_matches_the_paper() -> None:
    """Program 1 of Chen et al. 2023, one ball at a time in plain Python."""
    lr, beta1, beta2, decay = 0.01, 0.8, 0.95, 0.2
    settings = {"beta1": beta1, "beta2": beta2, "weight_decay": decay}
    seen = roll_fed(find_optimizer("lion"), lr, settings, REFERENCE["start"], REFERENCE["gradients"])
    for place in np.ndindex(REFERENCE["start"].shape):
        weight, momentum = float(REFERENCE["start"][place]), 0.0
        for step, gradient in enumerate(REFERENCE["gradients"][(slice(None), *place)].tolist()):
            blend = gradient * (1 - beta1) + momentum * beta1
            momentum = gradient * (1 - beta2) + momentum * beta2
            weight -= lr * (float(np.sign(blend)) + weight * decay)
            assert seen[(step, *place)] == pytest.approx(weight, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lion_knows_the_sign_of_the_smallest_numbers(dtype: type) -> None:
    least = np.finfo(dtype).tiny
    gradients: Floats = np.array(
        [[[16 * least, -16 * least, 0.0, 1e30], [-16 * least, -1e30, np.inf, -np.inf]]], dtype
    )
    seen = roll_fed(find_optimizer("lion"), 1.0, {}, np.zeros((2, 4), dtype), gradients)
    assert seen[0].tolist() == [[-1, 1, 0, -1], [1, 1, -1, 1]]


@pytest.mark.parametrize("name", NAMES)
def test_balls_do_not_see_each_other(name: str) -> None:
    row = find_optimizer(name)
    start, gradients = REFERENCE["start"], REFERENCE["gradients"][:40]
    together = roll_fed(row, 0.01, {}, start, gradients)
    order = np.array([3, 0, 4, 2, 1])
    permuted = roll_fed(row, 0.01, {}, start[:, order], gradients[:, :, order])
    assert np.array_equal(permuted, together[:, :, order])
    for k in range(5):
        alone = roll_fed(row, 0.01, {}, start[:, k : k + 1].copy(), gradients[:, :, k : k + 1].copy())
        assert np.array_equal(alone[:, :, 0], together[:, :, k])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_gradient_no_motion(name: str, dtype: type) -> None:
    start = REFERENCE["start"].astype(dtype)
    seen = roll_fed(
        find_optimizer(name), 0.1, {"weight_decay": 0.0}, start, np.zeros((20, *start.shape), dtype)
    )
    assert np.array_equal(seen[-1], start)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "lion"])
def test_maximize_is_the_mirror_image(name: str) -> None:
    """Climbing is descending with the gradient turned round, from the first step to the last."""
    row = find_optimizer(name)
    start, gradients = REFERENCE["start"], REFERENCE["gradients"]
    up = roll_fed(row, 0.01, {"maximize": True, "weight_decay": 0.1}, start, gradients)
    down = roll_fed(row, 0.01, {"weight_decay": 0.1}, start, -gradients)
    assert np.array_equal(up, down)
    assert not np.allclose(up[0], roll_fed(row, 0.01, {"weight_decay": 0.1}, start, gradients)[0])


@pytest.mark.parametrize("name", NAMES)
def test_a_rate_for_each_ball_is_that_ball_alone(name: str) -> None:
    rates = np.array([1e-3, 3e-3, 1e-2, 2e-2, 5e-2])
    settings = {"weight_decay": 0.1}
    together = Swarm(BOWL, name, REFERENCE["start"], lr=rates, settings=settings, dtype=np.float64)
    together.step(70)
    for k, rate in enumerate(rates):
        alone = Swarm(
            BOWL, name, REFERENCE["start"][:, k : k + 1], lr=rate, settings=settings, dtype=np.float64
        )
        alone.step(70)
        np.testing.assert_allclose(together.position[:, k], alone.position[:, 0], rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_can_be_typed_from_the_table(name: str) -> None:
    row = find_optimizer(name)
    assert complete_settings(row, {}) == {hyper.name: hyper.default for hyper in row.hyper}
    for hyper in row.hyper:
        assert hyper.about
        assert hyper.low <= hyper.default <= hyper.high
        beyond = [2, -1] if isinstance(hyper.default, bool) else [hyper.high * 2 + 1, -1.0, float("nan")]
        for value in beyond:
            with pytest.raises(InputError, match=f"{hyper.name} must be"):
                complete_settings(row, {hyper.name: value})


def test_table_reads_well() -> None:
    assert NAMES == ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "nadam", "lion"]
    for row in OPTIMIZERS:
        assert row.title
        assert row.source
        assert len(row.about) <= 100


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean adam"):
        find_optimizer("adm")
    with pytest.raises(InputError, match="did you mean momentum"):
        complete_settings(find_optimizer("sgd"), {"momentun": 0.9})


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9, "dampening": 0.1}])
def test_nesterov_needs_momentum_and_no_dampening(settings: dict[str, float]) -> None:
    with pytest.raises(InputError, match="nesterov needs"):
        complete_settings(find_optimizer("sgd"), {"nesterov": True, **settings})
