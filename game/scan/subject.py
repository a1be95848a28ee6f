"""What is scanned: a ready-made network, or one that is trained on data first."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from game.report import progress
from game.scan.layouts import PLANES, Lesson
from game.simulation.training import train
from landscapes.errors import InputError, find, unknown
from landscapes.landscape import Array, Domain
from landscapes.network.activations import ACTIVATIONS
from landscapes.network.data import DATASETS, Dataset, Split, Task, read_table, split
from landscapes.network.initialise import initialise
from landscapes.network.mlp import Network, flatten, unflatten
from landscapes.network.outputs import BINARY_CROSS_ENTROPY, CROSS_ENTROPY, MEAN_SQUARED_ERROR, Loss
from landscapes.network.scan import PlaneLoss, check_room
from landscapes.network.zoo import NETWORKS, ZOO

Say = Callable[[str], None]

RESOLUTION = 128
"""Grid points along each side where nobody says otherwise."""


@dataclasses.dataclass(frozen=True)
class Training:
    """How the network is made; what users leave open is as here.

    Attributes:
        hidden: neurons of the hidden layers, such as ``64-32``, or ``none``.
        activation: what they do, by name.
        plane: by name.
        optimizer: by name.
        lr: its learning rate.
        steps: how many it takes.
        batch_size: samples that a step sees.
        seed: of the split, the first weights, the minibatches and the plane.
        target: the column of a table to predict; the last one if empty.
    """

    hidden: str = "16"
    activation: str = "tanh"
    plane: str = "filter"
    optimizer: str = "adam"
    lr: float = 0.01
    steps: int = 1000
    batch_size: int = 32
    seed: int = 0
    target: str = ""


class Subject(NamedTuple):
    """What is to be scanned.

    Attributes:
        title: of the surface.
        loss: over the plane.
        domain: of the map.
        resolution: that shows it well.
        test: samples that were not learned from, if there are any.
        known: one line about the plane, or none.
    """

    title: str
    loss: PlaneLoss
    domain: Domain
    resolution: int
    test: Dataset | None = None
    known: str = ""


def find_subject(spec: str, asked: Mapping[str, Any], room: int | None, say: Say) -> Subject:
    """What users mean, trained if need be; ``room`` is the resolution at which all samples are to be held."""
    exhibits = {row.name: row for row in (*ZOO, *NETWORKS)}
    loaders = {row.name: row for row in DATASETS}
    name = spec.lower()
    if name in exhibits and not (asked and name in loaders):
        if asked:
            options = ", ".join(f"--{option.replace('_', '-')}" for option in asked)
            raise InputError(f"{name} is trained already: leave {options} away, or name a data set")
        exhibit = exhibits[name]
        return Subject(
            exhibit.title, exhibit.loss(), exhibit.domain, exhibit.resolution, exhibit.samples().test
        )
    training = Training(**asked)
    require("--seed", training.seed, 0, 2**63)
    if name in loaders:
        if training.target:
            raise InputError(f"{name} has one target: leave --target away")
        data = loaders[name].load(training.seed)
    elif spec.lower().endswith(".csv") or Path(spec).is_file():
        name = Path(spec).stem
        data = split(read_table(Path(spec), training.target or None), training.seed)
    else:
        known = dict.fromkeys([*exhibits, *loaders])
        raise unknown("network or data set", spec, known, f"{', '.join(known)}, or a table such as data.csv")
    return _learn(name, data, training, room, say)


def _learn(name: str, data: Split, training: Training, room: int | None, say: Say) -> Subject:
    """Train on a data set, and lay the plane."""
    layout = find("plane", training.plane, PLANES)
    network, start = _draw_networks(data, training, layout.networks)
    require("--lr", training.lr, 0, 1e6)
    require("--steps", training.steps, 1, 1e7)
    require("--batch-size", training.batch_size, 1, 1e9)
    count = data.train.targets.size
    if room is not None:
        check_room(count, room)
    sizes = "-".join(str(size) for size in _list_sizes(network))
    title = f"{name} {sizes} {training.activation}"
    say(
        f"{name}: {count:,} samples to learn from, {data.test.targets.size if data.test else 0:,} to test; "
        f"network {sizes} {training.activation}, {start.shape[1]:,} weights; {network.loss.name}"
    )
    with progress("training", training.steps) as note:
        looks = [
            vectors.copy()
            for vectors in train(
                network,
                data.train,
                start,
                optimizer=training.optimizer,
                lr=training.lr,
                steps=training.steps,
                batch_size=training.batch_size,
                seed=training.seed,
                every=math.ceil(training.steps / layout.looks) if layout.looks else 0,
                note=note,
            )
        ]
    end = looks[-1]
    network = dataclasses.replace(network, layers=unflatten(end[0], network.layers))
    path = np.stack([vectors[0] for vectors in looks])
    laid = layout.lay(Lesson(network, data.train, start, end, path, training.seed))
    return Subject(
        f"{title}, {layout.name} plane",
        PlaneLoss(laid.plane, data.train),
        laid.domain,
        RESOLUTION,
        data.test,
        laid.known,
    )


def _draw_networks(data: Split, training: Training, count: int) -> tuple[Network, Array]:
    """The first of so many networks, and the first weights of all ``(count, p)``."""
    activation = find("activation", training.activation, ACTIVATIONS)
    scheme = "he-normal" if activation.name in _RECTIFIERS else "xavier-normal"
    outputs = max(len(data.classes), 1) if data.task == "classes" else 1
    sizes = (data.train.inputs.shape[0], *_read_sizes(training.hidden), outputs)
    layers = initialise(sizes, scheme, np.random.default_rng(training.seed), count)
    start = flatten(layers)
    network = Network(unflatten(start[0], layers), activation, _LOSSES[data.task])
    return network, start


_RECTIFIERS = ("relu", "leaky-relu", "gelu", "softplus")
"""Activations that need larger first weights."""
_LOSSES: Mapping[Task, Loss] = MappingProxyType(
    {"binary": BINARY_CROSS_ENTROPY, "classes": CROSS_ENTROPY, "regression": MEAN_SQUARED_ERROR}
)
_MOST_NEURONS = 10_000


def _read_sizes(text: str) -> list[int]:
    if text.lower() == "none":
        return []
    parts = text.split("-")
    if not all(part.isascii() and part.isdigit() and 1 <= int(part[:9]) <= _MOST_NEURONS for part in parts):
        raise InputError(
            f"--hidden must be numbers of neurons up to {_MOST_NEURONS:,}, such as 16 or 64-32, or none, "
            f"not {text[:60]!r}"
        )
    return [int(part) for part in parts]


def _list_sizes(network: Network) -> list[int]:
    return [network.layers[0].weight.shape[1], *(layer.bias.size for layer in network.layers)]


def require(option: str, number: float, low: float, high: float) -> None:
    """Raise an InputError unless a number is one that an option may have."""
    if not low <= number <= high:
        raise InputError(f"{option} must be from {low:,g} to {high:,g}, not {number:,}")
