"""Models of every kind for the tests, what they learn from, and the plain way to the loss of a plane."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

Floats = npt.NDArray[np.float64]
SIDE = 4
"""Grid points along each side: the fewest that make a surface."""


class Block(nn.Module):  # type: ignore[misc]
    """Two convolutions beside a shortcut, as in a ResNet."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(after)
        self.second = nn.Conv2d(after, after, 3, 1, 1)
        self.second_norm = nn.BatchNorm2d(after, affine=before == after)
        self.shortcut = nn.Conv2d(before, after, 1, stride)

    def forward(self, signal: Any) -> Any:
        within = functional.relu(self.first_norm(self.first(signal)))
        return functional.relu(self.second_norm(self.second(within)) + self.shortcut(signal))


class Convolutional(nn.Module):  # type: ignore[misc]
    """A small ResNet whose batch-norm has statistics of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.blocks = nn.Sequential(Block(4, 4, 1), Block(4, 6, 2))
        self.head = nn.Linear(6, 3)
        for one in self.modules():
            if isinstance(one, nn.BatchNorm2d):
                one.running_mean.normal_()
                one.running_var.uniform_(0.5, 2)

    def forward(self, images: Any) -> Any:
        signal = self.blocks(functional.relu(self.norm(self.stem(images))))
        return self.head(signal.mean(dim=(2, 3)))


class Tied(nn.Module):  # type: ignore[misc]
    """One matrix in two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.encode, self.decode = nn.Linear(6, 6), nn.Linear(6, 6)
        self.decode.weight = self.encode.weight
        self.head = nn.Linear(6, 3)

    def forward(self, signal: Any) -> Any:
        return self.head(torch.tanh(self.decode(torch.relu(self.encode(signal)))))


def perceptron() -> Any:
    return nn.Sequential(
        nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Dropout(), nn.Linear(8, 3)
    )


def prelu() -> Any:
    return nn.Sequential(nn.Linear(6, 8), nn.PReLU(), nn.LayerNorm(8), nn.Linear(8, 3))


def frozen() -> Any:
    model = prelu()
    model[0].weight.requires_grad_(False)
    return model


def half() -> Any:
    return prelu().bfloat16()


MODELS: tuple[Callable[[], Any], ...] = (perceptron, prelu, Convolutional, Tied, frozen, half)


def draw(make: Callable[[], Any]) -> tuple[Any, list[tuple[Any, Any]]]:
    """A model, and two batches of different sizes for it."""
    torch.manual_seed(0)
    model = make()
    shape = (2, 8, 8) if isinstance(model, Convolutional) else (6,)
    dtype = next(model.parameters()).dtype
    batches = [(torch.randn(size, *shape).to(dtype), torch.randint(0, 3, (size,))) for size in (12, 5)]
    return model, batches


def draw_directions(model: Any, seed: int) -> tuple[list[Any], list[Any]]:
    """Filter-normalised as Li et al. and the package loss-landscapes do it: d *= |w| / |d|, filter by filter."""
    rng = np.random.default_rng(seed)
    both: tuple[list[Any], list[Any]] = ([], [])
    for direction in both:
        for trained in (one for one in model.parameters() if one.requires_grad):
            if trained.ndim > 1:
                rows = zip(
                    torch.tensor(rng.standard_normal(trained.shape)), trained.detach().double(), strict=True
                )
                direction.append(torch.stack([row * (weights.norm() / row.norm()) for row, weights in rows]))
            else:
                direction.append(torch.zeros(trained.shape, dtype=torch.float64))
    return both


def set_weights(model: Any, directions: tuple[list[Any], list[Any]], x: float, y: float) -> Any:
    """A copy with other weights, that only answers."""
    moved = copy.deepcopy(model).eval()
    with torch.no_grad():
        trained = [one for one in moved.parameters() if one.requires_grad]
        for one, first, second in zip(trained, *directions, strict=True):
            one.copy_(one.double() + x * first + y * second)
    return moved


def judge(model: Any, batches: list[tuple[Any, Any]]) -> float:
    """The mean cross-entropy over all samples."""
    with torch.no_grad():
        total = sum(
            functional.cross_entropy(model(inputs), targets, reduction="sum").item()
            for inputs, targets in batches
        )
    return float(total) / sum(len(targets) for _, targets in batches)


def list_points(side: int = SIDE) -> Iterator[tuple[float, float]]:
    """Those of a grid from -1 to 1, row by row."""
    line = np.linspace(-1, 1, side).tolist()
    return ((x, y) for y in line for x in line)
