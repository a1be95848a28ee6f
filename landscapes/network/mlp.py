"""Multi-layer perceptrons as pure functions: forward, losses, and the chain rule backwards.

Arrays are features first: a batch of ``n`` samples is ``(features, n)``. Every weight may carry leading axes,
``(..., out, in)``, and then stands for a batch of networks that see the same samples, or each its own if the samples
``(..., features, n)`` carry the same axes. Targets are ``(..., n)`` for one output and for classes, and
``(..., out, n)`` for several outputs.
"""

import dataclasses
import itertools
import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from landscapes.errors import InputError
from landscapes.landscape import Array
from landscapes.network.activations import RELU, Activation
from landscapes.network.outputs import BINARY_CROSS_ENTROPY, Loss, Targets


class Layer(NamedTuple):
    """An affine map: ``weight (..., out, in)``, one row per neuron, and ``bias (..., out)``."""

    weight: Array
    bias: Array

    def __call__(self, inputs: Array, out: Array | None = None) -> Array:
        """Pre-activations ``(..., out, n)`` of inputs ``(..., in, n)``, in ``out`` if given."""
        z = multiply(self.weight, inputs, out)
        z += self.bias[..., np.newaxis]
        return z


Layers = tuple[Layer, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Network:
    """The layers of a perceptron, what its hidden neurons do, and what its answers cost.

    Attributes:
        layers: from the inputs to the answer.
        hidden: what all neurons but the last layer's do.
        loss: what the last layer's answers cost.
        weight_decay: half of it times the sum of all squared weights is added to the loss of each sample, and so once
            to their mean; biases do not count.
    """

    layers: Layers
    hidden: Activation = RELU
    loss: Loss = BINARY_CROSS_ENTROPY
    weight_decay: float = 0.0


class Pass(NamedTuple):
    """What a forward pass leaves: each layer's pre-activations, the answer's last, and the hidden layers' signals."""

    preactivations: list[Array]
    signals: list[Array]


def forward(network: Network, inputs: Array) -> list[Array]:
    """Pre-activations of every layer, the answer last: inputs ``(..., in, n)`` -> ``[(..., out, n), ...]``."""
    return continue_forward(network, network.layers[0](inputs)).preactivations


def continue_forward(network: Network, first: Array) -> Pass:
    """The forward pass from the first layer's pre-activations ``(..., out, n)`` on."""
    preactivations, signals = [first], []
    for layer in network.layers[1:]:
        signals.append(network.hidden.value(preactivations[-1]))
        preactivations.append(layer(signals[-1]))
    return Pass(preactivations, signals)


def losses(network: Network, inputs: Array, targets: Targets) -> Array:
    """What each sample costs ``(..., n)``, weight decay included."""
    return add_penalty(network, network.loss.value(forward(network, inputs)[-1], targets))


def penalty(network: Network) -> Array:
    """What weight decay adds to the loss ``(...)``."""
    squares = [np.square(layer.weight).sum(axis=(-2, -1)) for layer in network.layers]
    return np.asarray(0.5 * network.weight_decay * sum(squares))


def add_penalty(network: Network, losses: Array) -> Array:
    """Losses ``(..., n)`` with weight decay."""
    return losses + penalty(network)[..., np.newaxis] if network.weight_decay else losses


def sensitivities(network: Network, passed: Pass, targets: Targets) -> list[Array]:
    """Derivatives of each sample's loss by its pre-activations, one array per layer, shaped like them."""
    slopes = [network.loss.slope(passed.preactivations[-1], targets)]
    steps = zip(network.layers[1:], passed.preactivations, passed.signals, strict=False)
    for layer, z, signal in reversed(list(steps)):
        slopes.append(multiply(transpose(layer.weight), slopes[-1]))
        slopes[-1] *= network.hidden.slope(z, signal)
    return slopes[::-1]


def backward(network: Network, inputs: Array, targets: Targets) -> Layers:
    """Gradient of the mean loss by every weight and bias, weight decay included, shaped like the layers."""
    passed = continue_forward(network, network.layers[0](inputs))
    slopes = sensitivities(network, passed, targets)
    total = collect(slopes, [inputs, *passed.signals])
    return average(total, inputs.shape[-1], network.weight_decay, network.layers)


def average(total: Layers, n: int, weight_decay: float, layers: Layers) -> Layers:
    """The mean of what was summed over ``n`` samples, plus the weight decay of these layers."""
    pairs = zip(total, layers, strict=True)
    return tuple(Layer(one.weight / n + weight_decay * layer.weight, one.bias / n) for one, layer in pairs)


def collect(slopes: Iterable[Array], signals: Iterable[Array], out: Layers | None = None) -> Layers:
    """What each layer's slopes by pre-activation and the signals it got say of its parameters, summed over samples."""
    layers = []
    for k, (slope, signal) in enumerate(zip(slopes, signals, strict=True)):
        weight, bias = (None, None) if out is None else out[k]
        # With ones the sum over samples is a product, which is four times as fast as one of many short rows.
        ones = np.ones(slope.shape[-1], slope.dtype)
        layers.append(Layer(multiply(slope, transpose(signal), weight), np.matmul(slope, ones, out=bias)))
    return tuple(layers)


def multiply(a: Array, b: Array, out: Array | None = None) -> Array:
    """The matrix product of ``(..., i, j)`` and ``(..., j, k)``; numpy's own is slow where ``j`` is 1."""
    return np.asarray((np.multiply if a.shape[-1] == 1 else np.matmul)(a, b, out=out))


def transpose(a: Array) -> Array:
    """The last two axes swapped."""
    return np.swapaxes(a, -1, -2)


def flatten(layers: Layers) -> Array:
    """All parameters as vectors ``(..., p)``, in PyTorch's order: the first weight row by row, its bias, and so on."""
    parts = [
        part for layer in layers for part in (layer.weight.reshape(*layer.bias.shape[:-1], -1), layer.bias)
    ]
    return np.concatenate(parts, axis=-1)


def unflatten(vectors: Array, like: Layers) -> Layers:
    """The layers of vectors ``(..., p)``, as views; the sizes are those of ``like``, whose leading axes do not matter.

    Raises:
        InputError: the vectors are of another length.
    """
    shapes = [shape for layer in like for shape in (layer.weight.shape[-2:], layer.bias.shape[-1:])]
    edges = list(itertools.accumulate(map(math.prod, shapes), initial=0))
    if vectors.shape[-1] != edges[-1]:
        raise InputError(
            f"the network has {edges[-1]} weights and biases, but {vectors.shape[-1]} were given: use those of "
            f"a network of the same sizes"
        )
    parts = [
        vectors[..., start:stop].reshape(*vectors.shape[:-1], *shape)
        for shape, (start, stop) in zip(shapes, itertools.pairwise(edges), strict=True)
    ]
    return tuple(Layer(weight, bias) for weight, bias in zip(parts[::2], parts[1::2], strict=True))


def check_fit(network: Network, inputs: Array, targets: Targets) -> None:
    """Make sure that a network can be judged by these samples.

    Raises:
        InputError: sizes do not fit, or targets are none that the loss knows.
    """
    for k, (before, after) in enumerate(zip(network.layers, network.layers[1:], strict=False), 1):
        if after.weight.shape[-1] != before.bias.shape[-1]:
            raise InputError(
                f"layer {k} of the network has {before.bias.shape[-1]} neurons, but layer {k + 1} takes "
                f"{after.weight.shape[-1]}: give them the same number"
            )
    takes, gives = network.layers[0].weight.shape[-1], network.layers[-1].bias.shape[-1]
    if inputs.ndim < 2 or inputs.shape[-2] != takes:
        found = f"{inputs.shape[-2]} features" if inputs.ndim > 1 else f"the shape {inputs.shape}"
        raise InputError(
            f"the data have {found}, but the network takes {takes}: give it a first layer that fits"
        )
    flat = network.loss.counts or gives == 1
    wanted = inputs.shape[-1:] if flat else (gives, inputs.shape[-1])
    if targets.shape[-len(wanted) :] != wanted or targets.shape[: -len(wanted)] not in (
        (),
        inputs.shape[:-2],
    ):
        raise InputError(f"targets must have the shape {(*inputs.shape[:-2], *wanted)}, not {targets.shape}")
    if network.loss.counts and not np.isin(targets, np.arange(gives)).all():
        raise InputError(f"with {gives} outputs the classes must be whole numbers from 0 to {gives - 1}")
