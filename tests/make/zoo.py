"""Writes assets/landscapes/*.npz of the network shelf, and prints the basins that each row is to hold.

Run from the root of the repository: ``python -m tests.make.zoo [NAME...]``; without names, all of them. Every network
is trained by the simulation's own optimizers. The numbers in the recipes, which of some networks and planes to take,
come from looking at dozens of each; the files come out the same on every run of one machine.
"""

import dataclasses
import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

import assets
from game.simulation.training import train
from landscapes.landscape import Array, Landscape
from landscapes.network.directions import draw_direction, span_between, span_minima
from landscapes.network.exhibit import Exhibit
from landscapes.network.initialise import initialise
from landscapes.network.mlp import Layer, Network, flatten, losses, unflatten
from landscapes.network.span import Span
from landscapes.network.zoo import NETWORKS
from tests.make.find_minima import find_minima

Floats = npt.NDArray[np.float64]

NEAREST = 0.02
"""Share of the extent that minima stand apart at least."""
SHALLOWEST = 1e-5
"""Share of the height that the loss at least rises by on all sides, as far from a minimum as the nearest other."""


class Course(NamedTuple):
    """How networks are trained: Adam's rate falls along a cosine, SGD's stays."""

    steps: int = 1000
    lr: float = 0.02
    optimizer: str = "adam"
    scheme: str = "xavier-normal"
    gain: float = 1.0
    batch_size: int | None = None
    weight_decay: float = 0.0


def learn(row: Exhibit, count: int, course: Course) -> tuple[Floats, Floats]:
    """The weights of some networks ``(count, p)``, before and after training."""
    start = draw(row, count, course)
    schedule = f"cosine:t_max={course.steps}" if course.optimizer == "adam" else "constant"
    *_, end = train(
        dataclasses.replace(row.network(), weight_decay=row.weight_decay + course.weight_decay),
        row.data(),
        start,
        optimizer=course.optimizer,
        lr=course.lr,
        steps=course.steps,
        batch_size=course.batch_size,
        schedule=schedule,
        seed=row.seed,
    )
    final = losses(_shape(row, end), *row.data()).mean(axis=-1)
    print(f"{row.name}: {', '.join(f'{loss:.4f}' for loss in final)} after training")
    return start, end


def draw(row: Exhibit, count: int, course: Course) -> Floats:
    """The weights of some untrained networks ``(count, p)``."""
    rng = np.random.default_rng(row.seed)
    return flatten(initialise(row.sizes, course.scheme, rng, count, course.gain)).astype(np.float64)


def wander(row: Exhibit, origin: Floats, seed: int) -> Span:
    """A plane along two random directions, as long as the weights are."""
    layers, rng = unflatten(origin, row.network().layers), np.random.default_rng(seed)
    first, second = (flatten(draw_direction(layers, rng)) for _ in range(2))
    return Span(origin, first, second)


def span_axes(origin: Array, first: int, second: int) -> Span:
    """The plane of two weights; the others stay."""
    axes = np.eye(origin.size)
    return Span(np.where(axes[first] + axes[second] > 0, 0.0, origin), axes[first], axes[second])


def _line(row: Exhibit) -> Span:
    return span_axes(flatten(row.network().layers), 0, 1)


def _neuron(row: Exhibit) -> Span:
    _, (trained, *_) = learn(row, 1, Course(2000, 0.05))
    return span_axes(trained, 0, 1)


def _xor(row: Exhibit) -> Span:
    _, trained = learn(row, 16, Course(1000, 0.05, weight_decay=1e-3))
    return span_minima(*trained[[10, 6, 14]])


def _published(row: Exhibit) -> Span:  # noqa: ARG001
    hidden = Layer(np.array([[0.15, 0.20], [0.25, 0.30]]), np.full(2, 0.35))
    output = Layer(np.array([[0.40, 0.45], [0.50, 0.55]]), np.full(2, 0.60))
    return span_axes(flatten((hidden, output)), 6, 7)


def _swapped(row: Exhibit) -> Span:
    _, (trained, *_) = learn(row, 1, Course(600, 0.01))
    return span_minima(*(_permute(row, trained, order) for order in ((0, 1, 2), (1, 2, 0), (2, 0, 1))))


def _permute(row: Exhibit, vector: Floats, order: tuple[int, ...]) -> Floats:
    (weight, bias), (out, last) = unflatten(vector, row.network().layers)
    rows = list(order)
    return flatten((Layer(weight[rows], bias[rows]), Layer(out[:, rows], last))).astype(np.float64)


def _mirrored(row: Exhibit) -> Span:
    _, (trained, *_) = learn(row, 1, Course(2000, 0.02))
    (weight, bias), (out, last) = unflatten(trained, row.network().layers)
    even = np.arange(bias.size) % 2 == 0

    def keep(chosen: npt.NDArray[np.bool_], rest: float) -> Floats:
        hidden = Layer(weight * chosen[:, np.newaxis], bias * chosen)
        return flatten((hidden, Layer(out * chosen, last * rest))).astype(np.float64)

    return Span(keep(even & ~even, 1.0), keep(even, 0.0), keep(~even, 0.0))


def _three(row: Exhibit) -> Span:
    _, trained = learn(row, 12, Course(800, 0.02))
    return span_minima(*trained[[0, 7, 9]])


def _digits(row: Exhibit) -> Span:
    _, trained = learn(row, 6, Course(300, 0.02, scheme="he-normal"))
    return span_minima(*trained[[4, 3, 2]])


def _narrow(row: Exhibit) -> Span:
    _, trained = learn(row, 6, Course(2500, 0.01, scheme="he-normal"))
    return wander(row, trained[3], 5)


def _wide(row: Exhibit) -> Span:
    _, trained = learn(row, 1, Course(2500, 0.01, scheme="he-normal"))
    return wander(row, trained[0], 0)


def _plateau(row: Exhibit) -> Span:
    start, trained = learn(row, 16, Course(4000, 0.02, weight_decay=3e-5))
    aside = draw_direction(unflatten(trained[2], row.network().layers), np.random.default_rng(0))
    return span_between(start[2], trained[2], flatten(aside))


def _cliffs(row: Exhibit) -> Span:
    return wander(row, draw(row, 1, Course(gain=5.0))[0], 7)


def _sharp_and_wide(row: Exhibit) -> Span:
    _, sharp = learn(row, 6, Course(1500, 0.02, gain=4.0))
    _, wide = learn(row, 6, Course(6000, 2.0, "sgd", batch_size=4))
    aside = draw_direction(unflatten(wide[5], row.network().layers), np.random.default_rng(1))
    return span_between(wide[5], sharp[0], -flatten(aside))


def _batches(row: Exhibit) -> Span:
    course = Course(6000, 2.0, "sgd")
    start, large = learn(row, 14, course)
    _, small = learn(row, 14, course._replace(batch_size=4))
    return span_minima(start[7], small[7], large[7])


RECIPES: dict[str, Callable[[Exhibit], Span]] = {
    "linear-regression": _line,
    "logistic-regression": _neuron,
    "xor": _xor,
    "worked-example": _published,
    "breast-cancer-sigmoid": _swapped,
    "breast-cancer-tanh": _mirrored,
    "breast-cancer-leaky-relu": _three,
    "digits": _digits,
    "spirals-narrow": _narrow,
    "spirals-wide": _wide,
    "vanishing-gradients": _plateau,
    "exploding-gradients": _cliffs,
    "sharp-and-wide": _sharp_and_wide,
    "batch-sizes": _batches,
}


def find_basins(landscape: Landscape) -> Floats:
    """The minima ``(m, 2)`` that are no ripples of the spline, deepest first and none near a deeper one."""
    near = NEAREST * landscape.extent
    angle = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    ring = near * np.stack([np.cos(angle), np.sin(angle)])
    height = np.ptp(landscape.grid(201)[2])
    found: list[Floats] = []
    for minimum in find_minima(landscape):
        loss = landscape.value(minimum[:, np.newaxis])
        deep = landscape.value(minimum[:, np.newaxis] + ring).min() - loss > SHALLOWEST * height
        if deep and all(np.linalg.norm(minimum - other) > near for other in found):
            found.append(minimum)
    return np.array(found).reshape(-1, 2)


def _shape(row: Exhibit, vectors: Floats) -> Network:
    network = row.network()
    return dataclasses.replace(network, layers=unflatten(vectors, network.layers))


if __name__ == "__main__":
    for row in NETWORKS:
        if not sys.argv[1:] or row.name in sys.argv[1:]:
            span = RECIPES[row.name](row)
            parts = (part.astype(np.float32) for part in (span.origin, span.first, span.second))
            vectors = dict(zip(("origin", "first", "second"), parts, strict=True))
            np.savez(assets.path("landscapes", row.weights), allow_pickle=False, **vectors)
            basins = find_basins(dataclasses.replace(row, basins=()).build())
            print(f"    basins={tuple((float(f'{x:.4g}'), float(f'{y:.4g}')) for x, y in basins)},")
