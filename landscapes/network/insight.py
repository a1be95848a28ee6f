"""What goes on in one network: its signals for a sample, its gradients layer by layer, and what it has learned."""

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError
from landscapes.landscape import Array
from landscapes.network.data import Dataset
from landscapes.network.mlp import (
    Layer,
    Network,
    add_penalty,
    average,
    check_fit,
    collect,
    continue_forward,
    forward,
    sensitivities,
)
from landscapes.network.outputs import MEAN_SQUARED_ERROR, Targets

_GRID = {1: 129, 2: 80}
"""Points along each direction of a section, by how many directions it has."""
_MARGIN = 0.08
"""Of the data's range, shown beyond it on every side."""


class Score(NamedTuple):
    """The mean loss over some samples, weight decay included, and the share of right answers, if they are classes."""

    loss: float
    accuracy: float | None


@dataclasses.dataclass(frozen=True, eq=False)
class Section:
    """A line or a plane through the space of inputs: ``origin + axes @ at``.

    Attributes:
        origin: one input, ``(features,)``.
        axes: the directions, ``(features, d)`` with ``d`` 1 or 2; orthonormal.
        ticks: positions of the grid along each of them, evenly spaced over the data.
        points: where each sample lies, ``(d, n)``; its nearest point, if there are more than two features.
        share: how much of the variance of the inputs lies along the axes, from 0 to 1.
    """

    origin: Array
    axes: Array
    ticks: tuple[Array, ...]
    points: Array
    share: float

    @property
    def grid(self) -> Array:
        """All positions ``(d, m)``; the first direction varies fastest."""
        return np.stack([part.ravel() for part in np.meshgrid(*self.ticks)])


@dataclasses.dataclass(frozen=True, eq=False)
class Insight:
    """One network looked into.

    Attributes:
        network: with its weights.
        data: what it learns from.
        sample: the number of the one whose signals are shown.
        activations: of every neuron for that sample, ``(neurons,)`` each: inputs, hidden layers, answer.
        reaches: the largest size of an activation of each of these layers over all samples.
        gradient_norms: length of the gradient of the mean loss by each layer's weights and biases.
        train: how well it does on ``data``.
        test: on samples that it has not seen; ``None`` without any.
        section: the inputs for which its answers are shown.
        answers: on the grid of the section, ``(out, m)`` float32.
    """

    network: Network
    data: Dataset
    sample: int
    activations: tuple[Array, ...]
    reaches: tuple[float, ...]
    gradient_norms: tuple[float, ...]
    train: Score
    test: Score | None
    section: Section
    answers: Array


def cut_inputs(inputs: Array) -> Section:
    """The section of inputs ``(features, n)`` that shows most of them; it is the same for every network.

    One or two features are shown as they are. Of more, it is the plane through their mean along their first two
    principal components.
    """
    features, d = len(inputs), min(len(inputs), 2)
    if features == d:
        origin, axes, share = np.zeros(d), np.eye(d), 1.0
    else:
        origin = inputs.mean(axis=1)
        beside = inputs - origin[:, np.newaxis]
        spreads, directions = np.linalg.eigh(beside @ beside.T)
        axes = directions[:, : -d - 1 : -1]
        # Which way a principal component points is a matter of chance.
        axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(d)])
        share = float(spreads[-d:].sum() / spreads.sum()) if spreads.sum() > 0 else 1.0
    points = axes.T @ (inputs - origin[:, np.newaxis])
    return Section(origin, axes, tuple(_place_ticks(row, _GRID[d]) for row in points), points, share)


def look_inside(
    network: Network, train: Dataset, test: Dataset | None, sample: int, section: Section
) -> Insight:
    """Look into one network; of one that diverged, the numbers are infinite or NaN.

    Args:
        network: with the weights of one.
        train: what it learns from.
        test: samples that it does not learn from, if there are any.
        sample: the number of a sample of ``train``.
        section: of the inputs of ``train``, from ``cut_inputs``.

    Raises:
        InputError: the data do not fit the network, or there is no such sample.
    """
    for data in (train, test):
        if data is not None:
            check_fit(network, data.inputs, data.targets)
    count = train.inputs.shape[1]
    # Balls are float32, and products of both precisions are slow.
    exact = _cast(network, np.float64)
    if not 0 <= sample < count:
        raise InputError(f"there is no sample {sample}: take one from 0 to {count - 1}")
    with np.errstate(over="ignore", invalid="ignore"):
        passed = continue_forward(exact, exact.layers[0](train.inputs))
        signals = [train.inputs, *passed.signals, exact.loss.answer(passed.preactivations[-1])]
        total = collect(sensitivities(exact, passed, train.targets), signals[:-1])
        gradient = average(total, count, exact.weight_decay, exact.layers)
        return Insight(
            network=network,
            data=train,
            sample=sample,
            activations=tuple(signal[:, sample].copy() for signal in signals),
            reaches=tuple(float(np.abs(signal).max()) for signal in signals),
            gradient_norms=tuple(map(_measure, gradient)),
            train=judge(exact, passed.preactivations[-1], train.targets),
            test=test and judge(exact, forward(exact, test.inputs)[-1], test.targets),
            section=section,
            answers=_answer(exact, section),
        )


def find_answer(answers: Array) -> npt.NDArray[np.int64]:
    """The number of the class that answers ``(out, n)`` speak for: the largest, or of one whether it is over a half."""
    return np.asarray(answers[0] > 0.5 if len(answers) == 1 else answers.argmax(axis=0)).astype(np.int64)


def tells_classes(network: Network, targets: Targets) -> bool:
    """Whether answers are right or wrong, rather than near or far."""
    return network.loss.counts or (
        network.loss is not MEAN_SQUARED_ERROR and bool(np.isin(targets, (0, 1)).all())
    )


def _cast(network: Network, dtype: type[np.floating[Any]]) -> Network:
    layers = (Layer(*(part.astype(dtype) for part in layer)) for layer in network.layers)
    return dataclasses.replace(network, layers=tuple(layers))


def judge(network: Network, z: Array, targets: Targets) -> Score:
    """How well a network does whose last pre-activations are ``z (out, n)``."""
    loss = float(add_penalty(network, network.loss.value(z, targets)).mean())
    if not tells_classes(network, targets):
        return Score(loss, None)
    if network.loss.counts:
        right = z.argmax(axis=0) == targets
    else:
        right = ((z > 0) == (np.atleast_2d(targets) > 0.5)).all(axis=0)
    # Not a number is no answer.
    return Score(loss, float((right & np.isfinite(z).all(axis=0)).mean()))


def _measure(layer: Layer) -> float:
    return float(np.hypot(np.linalg.norm(layer.weight), np.linalg.norm(layer.bias)))


def _answer(network: Network, section: Section) -> Array:
    """Answers over a section; what is linear is done beforehand, and float32 is enough for a picture."""
    weight, bias = network.layers[0]
    first = Layer(weight @ section.axes, bias + weight @ section.origin)
    restricted = _cast(dataclasses.replace(network, layers=(first, *network.layers[1:])), np.float32)
    return network.loss.answer(forward(restricted, section.grid.astype(np.float32))[-1])


def _place_ticks(row: Array, count: int) -> Array:
    low, high = row.min(), row.max()
    margin = _MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, count)
