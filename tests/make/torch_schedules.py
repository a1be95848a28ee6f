"""Write ``tests/data/torch_schedules.npz``: what torch.optim.lr_scheduler does, for the tests of our schedules.

Run ``python tests/make/torch_schedules.py`` where torch 2.13 is installed. Every case of ``factors`` is one
schedule with random parameters over 300 steps, alone or after LinearLR in a SequentialLR; what is recorded is the
rate over ``lr``. Every case of ``plateau_factors`` is ReduceLROnPlateau over 300 losses of its own.
"""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.optim import lr_scheduler

Floats = npt.NDArray[np.float64]
STEPS = 300
CLASSES: dict[str, Any] = {
    "step": lr_scheduler.StepLR,
    "exponential": lr_scheduler.ExponentialLR,
    "cosine": lr_scheduler.CosineAnnealingLR,
    "cosine-restarts": lr_scheduler.CosineAnnealingWarmRestarts,
    "one-cycle": lr_scheduler.OneCycleLR,
    "polynomial": lr_scheduler.PolynomialLR,
}
# Whole numbers are drawn where both ends are whole, and the lower end is taken in one draw of four.
RANGES: dict[str, dict[str, tuple[float, float]]] = {
    "step": {"step_size": (1, 120), "gamma": (0.1, 1.0)},
    "exponential": {"gamma": (0.9, 1.0)},
    "cosine": {"t_max": (20, 400), "eta_min": (0.0, 0.5)},
    "cosine-restarts": {"t_0": (1, 100), "t_mult": (1, 3), "eta_min": (0.0, 0.5)},
    "one-cycle": {
        "total_steps": (STEPS + 1, 600),
        "pct_start": (0.05, 0.95),
        "div_factor": (1.5, 50.0),
        "final_div_factor": (1.5, 1e4),
    },
    "polynomial": {"total_iters": (20, 400), "power": (0.5, 3.0)},
    "plateau": {
        "factor": (0.1, 0.9),
        "patience": (0, 12),
        "threshold": (0.0, 0.05),
        "cooldown": (0, 8),
        "min_lr": (0.0, 0.1),
        "eps": (1e-8, 1e-2),
    },
}
SHARES = ("eta_min", "min_lr", "eps")


def draw(rng: np.random.Generator, name: str) -> dict[str, float]:
    values: dict[str, float] = {}
    for key, (low, high) in RANGES[name].items():
        if rng.random() < 1 / 4:
            values[key] = low
        elif isinstance(low, int) and isinstance(high, int):
            values[key] = int(rng.integers(low, high + 1))
        else:
            values[key] = float(rng.uniform(low, high))
    return values


def to_torch(values: dict[str, float], lr: float) -> dict[str, float]:
    names = {"t_max": "T_max", "t_0": "T_0", "t_mult": "T_mult"}
    return {names.get(key, key): value * lr if key in SHARES else value for key, value in values.items()}


def make_optimizer(lr: float) -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)


def roll(case: dict[str, Any]) -> Floats:
    lr, values = case["lr"], dict(case["values"])
    optimizer = make_optimizer(lr)
    warmup, start = values.pop("warmup", 0), values.pop("warmup_factor", None)
    extra = {"max_lr": lr, "cycle_momentum": False} if case["schedule"] == "one-cycle" else {}
    schedule = CLASSES[case["schedule"]](optimizer, **to_torch(values, lr), **extra)
    if warmup:
        linear = lr_scheduler.LinearLR(optimizer, start_factor=start, total_iters=warmup)
        schedule = lr_scheduler.SequentialLR(optimizer, [linear, schedule], milestones=[warmup])
    seen = [optimizer.param_groups[0]["lr"]]
    for _ in range(STEPS):
        optimizer.step()
        schedule.step()
        seen.append(optimizer.param_groups[0]["lr"])
    return np.array([rate / lr for rate in seen])


def watch(case: dict[str, Any], losses: Floats) -> Floats:
    optimizer = make_optimizer(case["lr"])
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer, **to_torch(case["values"], case["lr"]))
    seen = []
    for loss in losses:
        optimizer.step()
        schedule.step(loss)
        seen.append(optimizer.param_groups[0]["lr"])
    return np.array([rate / case["lr"] for rate in seen])


def draw_losses(rng: np.random.Generator) -> Floats:
    """Falls that level off, with noise; some below zero, some with gaps of NaN, some that end in NaN."""
    t = np.arange(STEPS)
    loss = np.exp(-t / rng.uniform(5, 200)) + 10 ** rng.uniform(-4, -1) * rng.normal(size=STEPS)
    loss += rng.choice([0.0, 1.0, -0.5])
    loss[rng.random(STEPS) < rng.choice([0.0, 0.05])] = np.nan
    if rng.random() < 0.2:
        loss[STEPS // 2 :] = np.nan
    return np.round(loss, 6)


def main() -> None:
    warnings.simplefilter("error")
    rng = np.random.default_rng(5)
    cases = []
    for name in CLASSES:
        for number in range(8):
            values = draw(rng, name)
            if number >= 4:
                values.update(warmup=int(rng.integers(1, 60)), warmup_factor=float(rng.uniform(0.01, 1)))
            cases.append({"schedule": name, "lr": float(10 ** rng.uniform(-3, 0)), "values": values})
    plateaus = [
        {"schedule": "plateau", "lr": float(10 ** rng.uniform(-3, 0)), "values": draw(rng, "plateau")}
        for _ in range(40)
    ]
    losses = np.stack([draw_losses(rng) for _ in plateaus])
    np.savez_compressed(
        Path(__file__).parent.parent / "data" / "torch_schedules.npz",
        cases=np.array([json.dumps(case) for case in cases]),
        factors=np.stack([roll(case) for case in cases]),
        plateau_cases=np.array([json.dumps(case) for case in plateaus]),
        plateau_losses=losses,
        plateau_factors=np.stack([watch(case, loss) for case, loss in zip(plateaus, losses, strict=True)]),
    )


if __name__ == "__main__":
    main()
