"""Planes of PyTorch models beside what people use now: ``python -m tests.benchmarks.torch_scans``.

The same models, points and numbers on both sides, in turns: our ``from_torch`` with all that it prepares, beside a
loop that sets the weights and evaluates, and beside the package ``loss-landscapes`` where it is installed
(``python -m pip install loss-landscapes``). PyTorch has the same number of threads on all sides, as many as it likes
or ``--threads``: on a busy machine more than one wait for each other. What both arrive at is compared first: the
difference is the largest share of a loss. And once for each model, with 65 points along each side: the time until the
first, coarse picture is there, as a share of the whole scan's.

The perceptrons are those of ``networks``; the other one is a ResNet of three blocks with batch-norm, 20 thousand
weights, on 128 generated pictures of 16 x 16 pixels.
"""

import argparse
import copy
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import landscapes
from landscapes.sampled import GridField
from tests.benchmarks.grids import measure
from tests.benchmarks.networks import DIGITS, SMALL, Scene
from tests.benchmarks.simulation import Effort, Row, condense, has, tell, write_row

Floats = npt.NDArray[np.float64]


class Case(NamedTuple):
    """A model that only answers, a batch for it, its loss, how many points along each side, and the ratio asked for."""

    what: str
    model: Any
    batch: tuple[Any, Any]
    loss: Callable[..., Any]
    resolution: int
    target: float


def make_perceptron(what: str, scene: Scene) -> Case:
    """A network of ``networks`` as PyTorch has it."""
    import torch
    from torch import nn

    ours = scene.open()
    linear = []
    for layer in ours.plane.origin.layers:
        one = nn.Linear(*layer.weight.shape[::-1])
        with torch.no_grad():
            one.weight.copy_(torch.tensor(layer.weight))
            one.bias.copy_(torch.tensor(layer.bias))
        linear.append(one)
    model = nn.Sequential(linear[0], nn.ReLU(), linear[1]).eval()
    inputs = torch.tensor(ours.data.inputs.T.copy(), dtype=torch.float32)
    if scene.loss.counts:
        batch, loss = (inputs, torch.tensor(ours.data.targets)), nn.CrossEntropyLoss()
    else:
        targets = torch.tensor(ours.data.targets, dtype=torch.float32)[:, None]
        batch, loss = (inputs, targets), nn.BCEWithLogitsLoss()
    return Case(what, model, batch, loss, 64, 5.0)


def make_convolutional() -> Case:
    """A small ResNet with statistics as after a training."""
    import torch
    from torch import nn

    torch.manual_seed(0)

    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self, before: int, after: int, stride: int) -> None:
            super().__init__()
            self.first, self.second = (
                nn.Sequential(nn.Conv2d(width, after, 3, step, 1, bias=False), nn.BatchNorm2d(after))
                for width, step in ((before, stride), (after, 1))
            )
            same = stride == 1 and before == after
            side = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))
            self.shortcut = nn.Identity() if same else side

        def forward(self, signal: Any) -> Any:
            return torch.relu(self.second(torch.relu(self.first(signal))) + self.shortcut(signal))

    stem = nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU()
    blocks = Block(8, 8, 1), Block(8, 16, 2), Block(16, 32, 2)
    model = nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))
    batch = torch.randn(128, 3, 16, 16), torch.randint(0, 10, (128,))
    with torch.no_grad():
        for _ in range(20):
            model(batch[0])
    return Case("ResNet", model.eval(), batch, nn.CrossEntropyLoss(), 16, 1.5)


def scan_ours(case: Case) -> Floats:
    """As users do it, all in all."""
    surface = landscapes.from_torch(case.model, case.loss, [case.batch], resolution=case.resolution)
    assert isinstance(surface.field, GridField)
    return np.asarray(surface.field.values, np.float64)


def draw_directions(case: Case) -> list[list[Any]]:
    """The same as ours, filter by filter; the places are those of a grid from -1 to 1."""
    import torch

    rng = np.random.default_rng(0)
    both: list[list[Any]] = [[], []]
    for direction in both:
        for trained in case.model.parameters():
            drawn = torch.tensor(
                rng.standard_normal(trained.shape) if trained.ndim > 1 else np.zeros(trained.shape)
            )
            if trained.ndim > 1:
                rows, like = drawn.flatten(1), trained.detach().double().flatten(1)
                drawn = (rows * (like.norm(dim=1) / rows.norm(dim=1))[:, None]).view_as(trained)
            direction.append(drawn.to(trained.dtype))
    return both


def scan_in_loop(case: Case) -> Floats:
    """Weights are set and the model is evaluated, one grid point after the other."""
    import torch

    model, (inputs, targets), line = (
        copy.deepcopy(case.model),
        case.batch,
        np.linspace(-1, 1, case.resolution).tolist(),
    )
    origin, (first, second) = [one.detach().clone() for one in model.parameters()], draw_directions(case)
    values = np.empty((case.resolution, case.resolution))
    with torch.no_grad():
        for row, y in enumerate(line):
            for column, x in enumerate(line):
                for one, o, u, v in zip(model.parameters(), origin, first, second, strict=True):
                    one.copy_(o + x * u + y * v)
                values[row, column] = case.loss(model(inputs), targets).item()
    return values


def scan_with_package(case: Case) -> Floats:
    """``planar_interpolation`` between three corners of the same map.

    It walks to and fro, and every other line of its points begins a step later; so do the numbers here.
    """
    import torch
    from loss_landscapes import planar_interpolation
    from loss_landscapes.metrics import Loss

    steps, (first, second) = case.resolution, draw_directions(case)
    corners = []
    reach = 2 * steps / (steps - 1)
    for x, y in ((-1.0, -1.0), (-1.0 + reach, -1.0), (-1.0, -1.0 + reach)):
        corner = copy.deepcopy(case.model)
        with torch.no_grad():
            for one, u, v in zip(corner.parameters(), first, second, strict=True):
                one.add_(x * u + y * v)
        corners.append(corner)
    return np.asarray(planar_interpolation(*corners, Loss(case.loss, *case.batch), steps)).T


class Peer(NamedTuple):
    """What people use: the module it needs, how it scans, and which of its points are which of ours."""

    name: str
    module: str
    scan: Callable[[Case], Floats]
    theirs: tuple[slice, slice]
    ours: tuple[slice, slice]


_ALL = slice(None), slice(None)
PEERS = (
    Peer("loop", "torch", scan_in_loop, _ALL, _ALL),
    Peer(
        "loss-landscapes",
        "loss_landscapes",
        scan_with_package,
        (slice(None, -1), slice(None, None, 2)),
        (slice(1, None), slice(None, None, 2)),
    ),
)


def compare(case: Case, peer: Peer, effort: Effort) -> Iterator[Row]:
    """How fast both are, and how far from each other."""
    difference = np.abs(peer.scan(case)[peer.theirs] / scan_ours(case)[peer.ours] - 1).max()
    work = partial(scan_ours, case), partial(peer.scan, case)
    turns = [
        (measure(work[0], effort.seconds), measure(work[1], effort.seconds)) for _ in range(1 + effort.turns)
    ]
    what = f"{case.what}, {case.resolution**2:,} points; {peer.name}"
    yield write_row(what, condense(turns[1:]), f">= {case.target:g}x")
    yield Row("  largest difference", f"{difference:.1g}", "")


_SHARP = 65
"""Grid points along each side where a picture is waited for: 17 are the first."""


def time_first(case: Case, effort: Effort) -> Iterator[Row]:
    """How long it takes to the coarse surface, with all that is prepared before, beside the whole scan."""
    shares, firsts, wholes = [], [], []
    for _ in range(effort.turns):
        seen: list[float] = []
        begun = time.perf_counter()
        landscapes.from_torch(
            case.model,
            case.loss,
            [case.batch],
            resolution=_SHARP,
            on_level=lambda _, seen=seen: seen.append(time.perf_counter()),  # type: ignore[misc]
        )
        whole = time.perf_counter() - begun
        firsts.append(seen[0] - begun)
        wholes.append(whole)
        shares.append(firsts[-1] / whole)
    what = f"{case.what}, first of {_SHARP**2:,} points"
    first, whole = statistics.median(firsts), statistics.median(wholes)
    yield Row(what, f"{statistics.median(shares):.1%}", "< 10%")
    yield Row("  to the first picture, and to the last", f"{first:.3g} s, {whole:.3g} s", "")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter turns: a rough picture")
    parser.add_argument("--threads", type=int, default=0, help="of PyTorch; as many as it likes if 0")
    options = parser.parse_args()
    effort = Effort(3, 0.2) if options.quick else Effort(9, 0.5)
    if has("torch"):
        import torch

        if options.threads:
            torch.set_num_threads(options.threads)
        cases = (make_perceptron("digits", DIGITS), make_perceptron("small", SMALL), make_convolutional())
        peers = [peer for peer in PEERS if has(peer.module)]
        tell(
            [
                row
                for case in cases
                for rows in (*(compare(case, peer, effort) for peer in peers), time_first(case, effort))
                for row in rows
            ]
        )


if __name__ == "__main__":
    main()
