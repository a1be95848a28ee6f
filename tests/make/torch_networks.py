"""Write ``tests/data/torch_networks.npz``: what PyTorch says of small networks, for the tests of our perceptrons.

Run ``python tests/make/torch_networks.py`` where torch 2.13 is installed. For every activation and output: the loss
with weight decay, its gradient, and its Hessian times a direction, by autograd in float64. Besides, every activation
and its slope at points near and far, its kink among them.
"""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

SIZES = {
    "binary cross-entropy": (3, 5, 4, 1),
    "binary cross-entropy, several outputs": (3, 5, 4, 3),
    "cross-entropy": (3, 5, 4, 3),
    "mean squared error": (3, 5, 4, 1),
    "mean squared error, several outputs": (3, 5, 4, 3),
}
ACTIVATIONS: dict[str, Any] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": functional.relu,
    "leaky-relu": functional.leaky_relu,
    "gelu": functional.gelu,
    "softplus": lambda z: functional.softplus(z, threshold=1e9),
    "identity": lambda z: z,
}
COSTS: dict[str, Any] = {
    "binary cross-entropy": functional.binary_cross_entropy_with_logits,
    "cross-entropy": functional.cross_entropy,
    "mean squared error": functional.mse_loss,
}
SAMPLES = 7
WEIGHT_DECAY = 0.3
POINTS = (-30.0, -8.0, -2.5, -1.0, -0.1, -1e-9, 0.0, 1e-9, 0.1, 1.0, 2.5, 8.0, 30.0)


def draw_targets(rng: np.random.Generator, cost: str, outputs: int) -> Any:
    """In PyTorch's shapes: classes ``(n,)``, or ``(n, out)``."""
    if cost == "cross-entropy":
        return rng.integers(0, outputs, SAMPLES)
    values = rng.standard_normal((SAMPLES, outputs))
    return (values > 0).astype(float) if cost == "binary cross-entropy" else values


def judge(rng: np.random.Generator, activation: str, output: str) -> dict[str, Any]:
    """A random network, its data, and what PyTorch makes of it."""
    sizes, cost = SIZES[output], output.split(",", maxsplit=1)[0]
    inputs = rng.standard_normal((SAMPLES, sizes[0]))
    targets = draw_targets(rng, cost, sizes[-1])
    count = sum((before + 1) * after for before, after in itertools.pairwise(sizes))
    vector, direction = rng.standard_normal((2, count))

    def lose(vector: torch.Tensor) -> torch.Tensor:
        signal, at, penalty = torch.tensor(inputs), 0, torch.zeros((), dtype=torch.float64)
        for depth, (before, after) in enumerate(itertools.pairwise(sizes), 1):
            weight = vector[at : at + before * after].reshape(after, before)
            at += before * after
            signal = functional.linear(signal, weight, vector[at : at + after])
            at += after
            penalty = penalty + (weight**2).sum()
            if depth < len(sizes) - 1:
                signal = ACTIVATIONS[activation](signal)
        return COSTS[cost](signal, torch.tensor(targets)) + 0.5 * WEIGHT_DECAY * penalty

    at = torch.tensor(vector, requires_grad=True)
    loss = lose(at)
    (gradient,) = torch.autograd.grad(loss, at, create_graph=True)
    (product,) = torch.autograd.grad((gradient * torch.tensor(direction)).sum(), at)
    return {
        "inputs": inputs.T,
        "targets": targets.T if cost == "cross-entropy" or sizes[-1] > 1 else targets[:, 0],
        "vector": vector,
        "direction": direction,
        "loss": loss.detach().numpy(),
        "gradient": gradient.detach().numpy(),
        "product": product.numpy(),
    }


def main() -> None:
    rng = np.random.default_rng(20_245)
    arrays: dict[str, Any] = {"points": np.array(POINTS)}
    for name, function in ACTIVATIONS.items():
        at = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
        value = function(at)
        (slope,) = torch.autograd.grad(value.sum(), at)
        arrays[f"{name}/value"], arrays[f"{name}/slope"] = value.detach().numpy(), slope.numpy()
    cases = [(activation, output) for activation in ACTIVATIONS for output in SIZES]
    for k, case in enumerate(cases):
        arrays |= {f"{k}/{key}": array for key, array in judge(rng, *case).items()}
    np.savez_compressed(
        Path(__file__).parent.parent / "data" / "torch_networks.npz",
        cases=np.array(json.dumps(cases)),
        sizes=np.array(json.dumps(SIZES)),
        weight_decay=np.array(WEIGHT_DECAY),
        torch=np.array(torch.__version__),
        **arrays,
    )


if __name__ == "__main__":
    main()
