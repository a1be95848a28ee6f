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

Floats = npt.NDArray[np.float64]
Case = dict[str, Any]

STEPS = 200
CHECKPOINTS = (1, 2, 3, 5, 10, 31, 32, 50, 100, 101, 150, 200)
CURVATURE = torch.tensor([[1.0], [10.0]], dtype=torch.float64)
CLASSES: dict[str, Any] = {
    "sgd": torch.optim.SGD,
    "momentum": torch.optim.SGD,
    "nesterov": torch.optim.SGD,
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "nadam": torch.optim.NAdam,
    "radam": torch.optim.RAdam,
    "adamax": torch.optim.Adamax,
    "adadelta": torch.optim.Adadelta,
    "rprop": torch.optim.Rprop,
    "asgd": torch.optim.ASGD,
}
PAIRS = {
    "betas": ("beta1", "beta2"),
    "etas": ("eta_minus", "eta_plus"),
    "step_sizes": ("step_min", "step_max"),
}
"""What PyTorch takes in pairs, and what we call the two."""
IMPLEMENTATION = {"foreach", "capturable", "differentiable", "fused"}
"""Settings of torch.optim that change no result."""

_MOMENTS = {"beta1": (0.0, 0.95), "beta2": (0.5, 0.999), "eps": (1e-8, 1e-2)}
_DECAY = {"weight_decay": (0.0, 0.3)}
# Numbers are drawn from these ranges, and are the lower end in one draw of three.
RANGES: dict[str, dict[str, tuple[float, float]]] = {
    "sgd": {"momentum": (0.0, 0.95), "dampening": (0.0, 0.9), **_DECAY},
    "adagrad": {
        "lr_decay": (0.0, 0.1),
        "initial_accumulator_value": (0.0, 2.0),
        "eps": (1e-10, 1e-2),
        **_DECAY,
    },
    "rmsprop": {"alpha": (0.5, 0.99), "eps": (1e-8, 1e-2), "momentum": (0.0, 0.95), **_DECAY},
    "adam": {**_MOMENTS, **_DECAY},
    "adamw": {**_MOMENTS, **_DECAY},
    "nadam": {**_MOMENTS, **_DECAY, "momentum_decay": (0.0, 0.02)},
    "radam": {**_MOMENTS, **_DECAY},
    "adamax": {**_MOMENTS, **_DECAY},
    "adadelta": {"rho": (0.5, 0.99), "eps": (1e-8, 1e-2), **_DECAY},
    "rprop": {
        "eta_minus": (0.5, 0.9),
        "eta_plus": (1.05, 1.5),
        "step_min": (1e-6, 1e-2),
        "step_max": (0.1, 1.0),
    },
    "asgd": {"lambd": (1e-4, 0.5), "alpha": (0.5, 1.0), "t0": (0.0, 300.0), **_DECAY},
}
FLAGS = {
    "sgd": ("nesterov", "maximize"),
    "adagrad": ("maximize",),
    "rmsprop": ("centered", "maximize"),
    "adam": ("amsgrad", "maximize"),
    "adamw": ("amsgrad", "maximize"),
    "nadam": ("decoupled_weight_decay", "maximize"),
    "radam": ("decoupled_weight_decay", "maximize"),
    "adamax": ("maximize",),
    "adadelta": ("maximize",),
    "rprop": ("maximize",),
    "asgd": ("maximize",),
}
BETAS = {"beta1": 0.9, "beta2": 0.999}
STEP_SIZES = {"eta_minus": 0.5, "eta_plus": 1.2, "step_min": 1e-3, "step_max": 50.0}
CHANGES: tuple[tuple[str, float, dict[str, Any], float, dict[str, Any]], ...] = (
    ("sgd", 0.01, {}, 0.02, {"momentum": 0.5}),
    ("sgd", 0.01, {}, 0.02, {"momentum": 0.5, "dampening": 0.5}),
    ("momentum", 0.01, {"momentum": 0.9}, 0.005, {"momentum": 0.6, "dampening": 0.5}),
    ("nesterov", 0.01, {"momentum": 0.9, "nesterov": True}, 0.02, {"momentum": 0.5, "weight_decay": 0.1}),
    ("adagrad", 0.3, {}, 0.1, {"lr_decay": 0.01, "eps": 1e-3}),
    ("rmsprop", 0.003, {"centered": True, "momentum": 0.3}, 0.002, {"alpha": 0.9, "momentum": 0.5}),
    ("adam", 0.005, {**BETAS, "amsgrad": True}, 0.01, {"beta1": 0.8, "beta2": 0.99}),
    ("adamw", 0.005, BETAS, 0.003, {"beta1": 0.5, "beta2": 0.9, "weight_decay": 0.1}),
    ("nadam", 0.005, BETAS, 0.003, {"beta1": 0.8, "beta2": 0.99, "eps": 1e-4}),
    ("radam", 0.005, BETAS, 0.003, {"beta1": 0.8, "beta2": 0.99, "decoupled_weight_decay": True}),
    ("adamax", 0.005, BETAS, 0.003, {"beta1": 0.8, "beta2": 0.99, "eps": 1e-4}),
    ("adadelta", 0.9, {"rho": 0.9}, 0.5, {"rho": 0.8, "eps": 1e-5}),
    ("rprop", 0.01, STEP_SIZES, 0.02, {**STEP_SIZES, "eta_minus": 0.7, "step_min": 1e-2}),
    # PyTorch applies a change of lr, lambd, alpha or t0 one step late, which we do not.
    ("asgd", 0.01, {"lambd": 0.01, "t0": 50.0}, 0.01, {"weight_decay": 0.1}),
)


def to_torch(settings: dict[str, Any]) -> dict[str, Any]:
    paired = [name for names in PAIRS.values() for name in names]
    rest = {name: value for name, value in settings.items() if name not in paired}
    for pair, names in PAIRS.items():
        if names[0] in settings:
            rest[pair] = tuple(settings[name] for name in names)
    return rest


def from_torch(defaults: dict[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for name, value in defaults.items():
        if name in PAIRS:
            settings.update(zip(PAIRS[name], value, strict=True))
        elif name not in IMPLEMENTATION:
            settings[name] = value
    return settings


def draw_cases(rng: np.random.Generator, draws: int) -> list[Case]:
    """Cases of the kind "fed": all switches both ways, and so many draws of the numbers for each."""
    cases: list[Case] = []
    for name, ranges in RANGES.items():
        for flags in itertools.product((False, True), repeat=len(FLAGS[name])):
            for _ in range(draws):
                settings: dict[str, Any] = {
                    key: low if rng.random() < 1 / 3 else float(rng.uniform(low, high))
                    for key, (low, high) in ranges.items()
                }
                settings.update(zip(FLAGS[name], flags, strict=True))
                if settings.get("nesterov"):
                    settings.update(momentum=0.8, dampening=0.0)
                lr = float(10 ** rng.uniform(-3, -1))
                cases.append({"kind": "fed", "optimizer": name, "lr": lr, "settings": settings})
    return cases


def make_changes() -> list[Case]:
    """Cases of the kind "bowl"."""
    return [
        {
            "kind": "bowl",
            "optimizer": name,
            "lr": lr,
            "settings": settings,
            "change": {"lr": later_lr, "settings": later},
        }
        for name, lr, settings, later_lr, later in CHANGES
    ]


def roll(case: Case, start: Floats, gradients: Floats) -> tuple[Floats, Floats]:
    """Positions at the checkpoints, and where the average of positions ends: zeros where none is kept."""
    # NAdam keeps its product of momenta, and ASGD its rate, in the default type.
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    p = torch.tensor(start).requires_grad_()
    optimizer = CLASSES[case["optimizer"]]([p], lr=case["lr"], foreach=False, **to_torch(case["settings"]))
    seen = []
    for step in range(STEPS):
        if step == 100 and "change" in case:
            group = optimizer.param_groups[0]
            group.update(to_torch(case["change"]["settings"]), lr=case["change"]["lr"])
        p.grad = torch.tensor(gradients[step]) if case["kind"] == "fed" else (CURVATURE * p).detach()
        optimizer.step()
        if step + 1 in CHECKPOINTS:
            seen.append(p.detach().numpy().copy())
    torch.set_default_dtype(default)
    return np.stack(seen), optimizer.state[p].get("ax", torch.zeros_like(p)).detach().numpy()


def draw_gradients(rng: np.random.Generator) -> Floats:
    """Gradients ``(STEPS, 2, 5)`` of very different size for each ball; one of them stands on level ground a while."""
    gradients: Floats = rng.normal(size=(STEPS, 2, 5)) * 10.0 ** rng.uniform(-3, 1, size=(2, 5))
    gradients[50:60, :, 0] = 0.0
    return gradients


def main() -> None:
    rng = np.random.default_rng(20_240)
    gradients = draw_gradients(rng)
    start = rng.normal(size=(2, 5))
    cases = [*draw_cases(rng, draws=4), *make_changes()]
    positions, averages = zip(*(roll(case, start, gradients) for case in cases), strict=True)
    defaults = {name: from_torch(make([torch.zeros(1)]).defaults) for name, make in CLASSES.items()}
    np.savez_compressed(
        Path(__file__).parent.parent / "data" / "torch_reference.npz",
        start=start,
        gradients=gradients,
        checkpoints=np.array(CHECKPOINTS),
        positions=np.stack(positions),
        averages=np.stack(averages),
        cases=np.array([json.dumps(case) for case in cases]),
        defaults=np.array(json.dumps(defaults)),
        torch=np.array(torch.__version__),
    )


if __name__ == "__main__":
    main()
