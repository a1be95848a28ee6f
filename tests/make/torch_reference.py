"""Write ``tests/data/torch_reference.npz``: what torch.optim does, for the tests of our update rules.

Run ``python tests/make/torch_reference.py`` where torch 2.13 is installed. Every case is 200 steps of one
optimizer in float64. "fed": all see the same gradients, whatever their position. "bowl": the gradient is
that of 0.5 (x^2 + 10 y^2), and after step 100 the settings change while it rolls.
"""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

STEPS = 200
CHECKPOINTS = (1, 2, 3, 5, 10, 31, 32, 50, 100, 101, 150, 200)
CURVATURE = torch.tensor([[1.0], [10.0]], dtype=torch.float64)
CLASSES = {
    "sgd": torch.optim.SGD,
    "momentum": torch.optim.SGD,
    "nesterov": torch.optim.SGD,
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "nadam": torch.optim.NAdam,
}
# Numbers are drawn from these ranges, and are the lower end in one draw of three.
RANGES: dict[str, dict[str, tuple[float, float]]] = {
    "sgd": {"momentum": (0.0, 0.95), "dampening": (0.0, 0.9), "weight_decay": (0.0, 0.3)},
    "adagrad": {
        "lr_decay": (0.0, 0.1),
        "initial_accumulator_value": (0.0, 2.0),
        "eps": (1e-10, 1e-2),
        "weight_decay": (0.0, 0.3),
    },
    "rmsprop": {
        "alpha": (0.5, 0.99),
        "eps": (1e-8, 1e-2),
        "weight_decay": (0.0, 0.3),
        "momentum": (0.0, 0.95),
    },
    "adam": {"beta1": (0.0, 0.95), "beta2": (0.5, 0.999), "eps": (1e-8, 1e-2), "weight_decay": (0.0, 0.3)},
    "adamw": {"beta1": (0.0, 0.95), "beta2": (0.5, 0.999), "eps": (1e-8, 1e-2), "weight_decay": (0.0, 0.3)},
    "nadam": {
        "beta1": (0.0, 0.95),
        "beta2": (0.5, 0.999),
        "eps": (1e-8, 1e-2),
        "weight_decay": (0.0, 0.3),
        "momentum_decay": (0.0, 0.02),
    },
}
FLAGS = {
    "sgd": ("nesterov", "maximize"),
    "adagrad": ("maximize",),
    "rmsprop": ("centered", "maximize"),
    "adam": ("amsgrad", "maximize"),
    "adamw": ("amsgrad", "maximize"),
    "nadam": ("decoupled_weight_decay", "maximize"),
}
BETAS = {"beta1": 0.9, "beta2": 0.999}
CHANGES: tuple[tuple[str, float, dict[str, Any], float, dict[str, Any]], ...] = (
    ("sgd", 0.01, {}, 0.02, {"momentum": 0.5}),
    ("momentum", 0.01, {"momentum": 0.9}, 0.005, {"momentum": 0.6, "dampening": 0.5}),
    ("nesterov", 0.01, {"momentum": 0.9, "nesterov": True}, 0.02, {"momentum": 0.5, "weight_decay": 0.1}),
    ("adagrad", 0.3, {}, 0.1, {"lr_decay": 0.01, "eps": 1e-3}),
    ("rmsprop", 0.003, {"centered": True, "momentum": 0.3}, 0.002, {"alpha": 0.9, "momentum": 0.5}),
    ("adam", 0.005, {**BETAS, "amsgrad": True}, 0.01, {"beta1": 0.8, "beta2": 0.99}),
    ("adamw", 0.005, BETAS, 0.003, {"beta1": 0.5, "beta2": 0.9, "weight_decay": 0.1}),
    ("nadam", 0.005, BETAS, 0.003, {"beta1": 0.8, "beta2": 0.99, "eps": 1e-4}),
)


def to_torch(settings: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in settings.items() if not name.startswith("beta")}
    if "beta1" in settings:
        rest["betas"] = (settings["beta1"], settings["beta2"])
    return rest


def from_torch(defaults: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    both = {**defaults, **dict(zip(("beta1", "beta2"), defaults.get("betas", ()), strict=False))}
    return {name: both[name] for name in ("lr", *names)}


def draw_cases(rng: np.random.Generator) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = []
    for name, ranges in RANGES.items():
        for flags in itertools.product((False, True), repeat=len(FLAGS[name])):
            for _ in range(3):
                settings: dict[str, Any] = {
                    key: low if rng.random() < 1 / 3 else float(rng.uniform(low, high))
                    for key, (low, high) in ranges.items()
                }
                settings.update(zip(FLAGS[name], flags, strict=True))
                if settings.get("nesterov"):
                    settings.update(momentum=0.8, dampening=0.0)
                lr = float(10 ** rng.uniform(-3, -1))
                cases.append({"kind": "fed", "optimizer": name, "lr": lr, "settings": settings})
    for name, lr, settings, later_lr, later in CHANGES:
        change = {"lr": later_lr, "settings": later}
        cases.append({"kind": "bowl", "optimizer": name, "lr": lr, "settings": settings, "change": change})
    return cases


def roll(case: dict[str, Any], start: torch.Tensor, gradients: torch.Tensor) -> npt.NDArray[np.float64]:
    p = start.clone().requires_grad_()
    optimizer = CLASSES[case["optimizer"]]([p], lr=case["lr"], foreach=False, **to_torch(case["settings"]))
    seen = []
    for step in range(STEPS):
        if step == 100 and "change" in case:
            group = optimizer.param_groups[0]
            group.update(to_torch(case["change"]["settings"]), lr=case["change"]["lr"])
        p.grad = gradients[step].clone() if case["kind"] == "fed" else (CURVATURE * p).detach()
        optimizer.step()
        if step + 1 in CHECKPOINTS:
            seen.append(p.detach().numpy().copy())
    return np.stack(seen)


def main() -> None:
    torch.set_default_dtype(torch.float64)  # NAdam keeps its product of momenta in the default type
    rng = np.random.default_rng(20_240)
    gradients = rng.normal(size=(STEPS, 2, 5)) * 10.0 ** rng.uniform(-3, 1, size=(2, 5))
    gradients[50:60, :, 0] = 0.0
    start = rng.normal(size=(2, 5))
    cases = draw_cases(rng)
    positions = np.stack([roll(case, torch.tensor(start), torch.tensor(gradients)) for case in cases])
    names = {name: (*RANGES[name], *FLAGS[name]) for name in RANGES}
    defaults = {
        name: from_torch(CLASSES[name]([torch.zeros(1)]).defaults, keys) for name, keys in names.items()
    }
    np.savez_compressed(
        Path(__file__).parent.parent / "data" / "torch_reference.npz",
        start=start,
        gradients=gradients,
        checkpoints=np.array(CHECKPOINTS),
        positions=positions,
        cases=np.array([json.dumps(case) for case in cases]),
        defaults=np.array(json.dumps(defaults)),
        torch=np.array(torch.__version__),
    )


if __name__ == "__main__":
    main()
