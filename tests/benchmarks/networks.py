"""Networks beside PyTorch, in turns: ``python -m tests.benchmarks.networks``.

Both do the same work on the same numbers, in float32; we on one thread, PyTorch on as many as it likes and, since
threads that wait for each other suffer on a busy machine, on one as well. A ratio is the median over the turns. What
both arrive at is compared first: the difference is a share of how far they came.

Planes are scanned as the game does it: in float64 on two threads; PyTorch sets the weights and evaluates, point by
point. The last rows are ours alone, in both precisions on one thread.
"""

import argparse
import functools
import itertools
import statistics
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from game.simulation.optimizers import find_optimizer
from landscapes.errors import find
from landscapes.network.activations import RELU, TANH
from landscapes.network.data import DATASETS
from landscapes.network.each import gradient_of_each
from landscapes.network.initialise import initialise
from landscapes.network.mlp import Network, flatten, unflatten
from landscapes.network.outputs import BINARY_CROSS_ENTROPY, CROSS_ENTROPY, Loss
from landscapes.network.plane import draw_plane
from landscapes.network.scan import PlaneLoss, scan
from tests.benchmarks.grids import measure
from tests.benchmarks.simulation import Effort, Row, condense, has, show, tell, write_row

Floats = npt.NDArray[np.float32]

SIZES = (2, 16, 16, 1)
BATCH = 32
BATCHES = 8
"""Minibatches of each network, over and over."""
LR = 1e-2
STEPS = 20


class Contestant(NamedTuple):
    """Something that can be done again and again, and what it has made so far, shaped alike on both sides."""

    work: Callable[[], object]
    show: Callable[[], Floats]


class Contest(NamedTuple):
    """A line of the table: what is done, by us and by PyTorch, and how many times as fast we are to be; 0: as it is."""

    what: str
    enter_ours: Callable[[], Contestant]
    enter_torch: Callable[[], Contestant]
    target: float


def draw_start(count: int) -> Floats:
    """The parameters of so many networks ``(count, p)``."""
    return flatten(initialise(SIZES, "xavier-normal", np.random.default_rng(0), count)).astype(np.float32)


def draw_minibatches(count: int) -> tuple[Floats, Floats]:
    """For each network its own inputs ``(BATCHES, count, 2, BATCH)`` and targets ``(BATCHES, count, BATCH)``."""
    rng = np.random.default_rng(1)
    inputs = rng.standard_normal((BATCHES, count, SIZES[0], BATCH), dtype=np.float32)
    return inputs, (inputs[:, :, 0] * inputs[:, :, 1] > 0).astype(np.float32)


def train_ours(count: int) -> Contestant:
    """Networks as rows of one array, under the game's own Adam."""
    like = Network(initialise(SIZES, "xavier-normal", np.random.default_rng(0)), TANH)
    vectors, adam, ticks = draw_start(count), find_optimizer("adam"), itertools.count(1)
    gradients, work = np.empty_like(vectors), np.empty_like(vectors)
    settings = {row.name: row.default for row in adam.settings}
    slots = {slot.name: np.zeros_like(vectors) for slot in adam.slots if not slot.when}
    minibatches = itertools.cycle(zip(*draw_minibatches(count), strict=True))

    def step() -> None:
        gradient_of_each(like, vectors, *next(minibatches), gradients)
        adam.step(vectors, gradients, slots, next(ticks), LR, settings, work)

    return Contestant(step, lambda: vectors)


def train_torch(count: int, threads: int) -> Contestant:
    """Stacked parameters, ``vmap`` over ``grad``, and torch.optim, as PyTorch's tutorial on ensembles has it."""
    import torch
    from torch.nn import functional

    if threads:
        torch.set_num_threads(threads)
    like = initialise(SIZES, "xavier-normal", np.random.default_rng(0))
    parts = [part for layer in unflatten(draw_start(count), like) for part in layer]
    parameters = [torch.tensor(np.ascontiguousarray(part), requires_grad=True) for part in parts]
    optimizer = torch.optim.Adam(parameters, lr=LR)
    inputs, targets = draw_minibatches(count)
    samples = torch.tensor(np.ascontiguousarray(inputs.swapaxes(-1, -2)))
    minibatches = itertools.cycle(zip(samples, torch.tensor(targets), strict=True))

    def lose(parameters: tuple[Any, ...], signal: Any, targets: Any) -> Any:
        *hidden, last = _pair(parameters)
        for weight, bias in hidden:
            signal = torch.tanh(functional.linear(signal, weight, bias))
        return functional.binary_cross_entropy_with_logits(functional.linear(signal, *last)[:, 0], targets)

    differentiate = torch.func.vmap(torch.func.grad(lose))

    def step() -> None:
        gradients = differentiate(tuple(one.detach() for one in parameters), *next(minibatches))
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        optimizer.step()

    def show() -> Floats:
        rows = [parameter.detach().numpy().reshape(count, -1) for parameter in parameters]
        return np.hstack(rows)

    return Contestant(step, show)


def _pair(parameters: tuple[Any, ...]) -> list[tuple[Any, Any]]:
    return list(zip(parameters[::2], parameters[1::2], strict=True))


def _train(count: int, target: float, threads: int = 0) -> Contest:
    return Contest(
        f"one Adam step of {count:,} networks; torch{', one thread' if threads else ''}",
        lambda: train_ours(count),
        lambda: train_torch(count, threads),
        target,
    )


class Scene(NamedTuple):
    """A plane to scan: the data set, the hidden layer and its task's loss, and how many points along each side."""

    data: str
    hidden: int
    loss: Loss
    resolution: int

    def open(self) -> PlaneLoss:
        """The plane through a network as it was drawn."""
        data = find("data set", self.data, DATASETS).load().train
        outputs = 1 + int(data.targets.max()) if self.loss.counts else 1
        sizes = (len(data.inputs), self.hidden, outputs)
        layers = initialise(sizes, "he-normal", np.random.default_rng(0))
        return PlaneLoss(draw_plane(Network(layers, RELU, self.loss), seed=0), data)

    def list_points(self) -> npt.NDArray[np.float64]:
        """The grid's, ``(2, n)``, row by row."""
        line = np.linspace(-1, 1, self.resolution)
        x, y = np.meshgrid(line, line)
        return np.stack([x.ravel(), y.ravel()])


DIGITS = Scene("digits", 32, CROSS_ENTROPY, 32)
SMALL = Scene("moons", 16, BINARY_CROSS_ENTROPY, 69)


def scan_ours(scene: Scene) -> Contestant:
    """As ``downslope scan`` does it."""
    loss, values = scene.open(), np.zeros(scene.resolution**2, np.float32)

    def work() -> None:
        values[:] = scan(loss, (-1.0, 1.0, -1.0, 1.0), scene.resolution).values.ravel()

    return Contestant(work, lambda: values)


def scan_torch(scene: Scene, threads: int) -> Contestant:
    """Weights are set and the network is evaluated, one grid point after the other."""
    import torch
    from torch.nn import functional

    if threads:
        torch.set_num_threads(threads)
    loss, values = scene.open(), np.zeros(scene.resolution**2, np.float32)
    sizes = [layer.weight.shape for layer in loss.plane.origin.layers]
    first, last = (torch.nn.Linear(inputs, outputs) for outputs, inputs in sizes)
    model = torch.nn.Sequential(first, torch.nn.ReLU(), last)
    vectors = [torch.tensor(flatten(layers), dtype=torch.float32) for layers in loss.plane.layers]
    origin, *directions = (torch.split(vector, [p.numel() for p in model.parameters()]) for vector in vectors)
    inputs = torch.tensor(loss.data.inputs.T.copy(), dtype=torch.float32)
    targets = torch.tensor(loss.data.targets, dtype=torch.int64 if scene.loss.counts else torch.float32)

    def lose(answers: Any) -> Any:
        if scene.loss.counts:
            return functional.cross_entropy(answers, targets)
        return functional.binary_cross_entropy_with_logits(answers[:, 0], targets)

    def work() -> None:
        with torch.no_grad():
            for k, (x, y) in enumerate(scene.list_points().T.tolist()):
                for parameter, o, u, v in zip(model.parameters(), origin, *directions, strict=True):
                    parameter.copy_((o + x * u + y * v).view_as(parameter))
                values[k] = lose(model(inputs)).item()

    return Contestant(work, lambda: values)


def _scan(what: str, scene: Scene, target: float, threads: int = 0) -> Contest:
    points = scene.resolution**2
    return Contest(
        f"plane scan, {what}, {points:,} points; torch{', one thread' if threads else ''}",
        lambda: scan_ours(scene),
        lambda: scan_torch(scene, threads),
        target,
    )


def scan_alone(what: str, scene: Scene, effort: Effort) -> Iterator[Row]:
    """What float64 costs, on one thread."""
    loss = scene.open()
    points = scene.list_points()
    for name, xy in (("float32", points.astype(np.float32)), ("float64", points)):
        times = [measure(functools.partial(loss.value, xy), effort.seconds) for _ in range(effort.turns)]
        yield Row(f"plane scan, {what}, {name}, one thread", show(statistics.median(times)), "")


# PyTorch's threads are one number for the whole process: whoever sets it comes last.
CONTESTS = (
    _train(64, 6.0),
    _train(1_024, 2.5),
    _scan("digits", DIGITS, 6.0),
    _scan("small", SMALL, 14.0),
    _train(64, 0, threads=1),
    _train(1_024, 0, threads=1),
    _scan("digits", DIGITS, 0, threads=1),
    _scan("small", SMALL, 0, threads=1),
)


def compare(contest: Contest, effort: Effort) -> Iterator[Row]:
    """Where both arrive, and how fast."""
    ours, peer = contest.enter_ours(), contest.enter_torch()
    start = ours.show().copy()
    for _ in range(STEPS):
        ours.work()
        peer.work()
    difference = np.abs(ours.show() - peer.show()).max() / np.abs(peer.show() - start).max()
    turns = [
        (measure(ours.work, effort.seconds), measure(peer.work, effort.seconds))
        for _ in range(1 + effort.turns)
    ]
    yield write_row(contest.what, condense(turns[1:]), f">= {contest.target:g}x" if contest.target else "")
    yield Row(f"  difference after {STEPS}", f"{difference:.1g}", "")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter turns: a rough picture")
    effort = Effort(2, 0.1) if parser.parse_args().quick else Effort(9, 0.3)
    if has("torch"):
        tell([row for contest in CONTESTS for row in compare(contest, effort)])
    tell([*scan_alone("digits", DIGITS, effort), *scan_alone("small", SMALL, effort)])


if __name__ == "__main__":
    main()
