"""The chain rule forwards: how losses change along given directions in weight space, and so do their gradients."""

from collections.abc import Sequence

import numpy as np

from landscapes.landscape import Array
from landscapes.network.mlp import (
    Layers,
    Network,
    Pass,
    add_penalty,
    average,
    collect,
    continue_forward,
    multiply,
    sensitivities,
    transpose,
)
from landscapes.network.outputs import Targets


def push_forward(
    network: Network, inputs: Array, targets: Targets, directions: Sequence[Layers]
) -> tuple[Array, Array]:
    """What each sample costs, and how that changes along directions in weight space, weight decay included.

    One pass forwards whatever the number of weights: cheaper than ``backward`` for few directions.

    Args:
        network: the network, or a batch of them.
        inputs: ``(..., in, n)``.
        targets: of the samples.
        directions: ``d`` of them, each shaped like the layers or without their leading axes.

    Returns:
        losses ``(..., n)`` and their derivatives ``(d, ..., n)``.
    """
    passed = continue_forward(network, network.layers[0](inputs))
    slope = network.loss.slope(passed.preactivations[-1], targets)
    value = add_penalty(network, network.loss.value(passed.preactivations[-1], targets))
    changes = [
        (slope * _push(network, inputs, passed, direction)[0][-1]).sum(axis=-2)
        + _push_penalty(network, direction)
        for direction in directions
    ]
    return value, np.stack(changes)


def hessian_product(network: Network, inputs: Array, targets: Targets, direction: Layers) -> Layers:
    """The Hessian of the mean loss times a direction, exactly: forward mode through ``backward``.

    Args:
        network: the network, or a batch of them.
        inputs: ``(..., in, n)``.
        targets: of the samples.
        direction: shaped like the layers.

    Returns:
        Shaped like the layers, weight decay included. At kinks their one-sided slopes count, their jumps do not.

    Source: B. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6, 1994.
    """
    passed = continue_forward(network, network.layers[0](inputs))
    changes, signal_changes = _push(network, inputs, passed, direction)
    slopes = sensitivities(network, passed, targets)
    slope_changes = [network.loss.curvature(passed.preactivations[-1], targets, changes[-1])]
    for k in reversed(range(len(network.layers) - 1)):
        weight, moved = transpose(network.layers[k + 1].weight), transpose(direction[k + 1].weight)
        z, signal = passed.preactivations[k], passed.signals[k]
        blame = multiply(moved, slopes[k + 1]) + multiply(weight, slope_changes[0])
        bend = multiply(weight, slopes[k + 1]) * network.hidden.curvature(z, signal) * changes[k]
        slope_changes.insert(0, blame * network.hidden.slope(z, signal) + bend)
    total = collect(slope_changes, [inputs, *passed.signals])
    for part, slope, change in zip(total[1:], slopes[1:], signal_changes, strict=True):
        part.weight[...] += multiply(slope, transpose(change))
    return average(total, inputs.shape[-1], network.weight_decay, direction)


def _push(
    network: Network, inputs: Array, passed: Pass, direction: Layers
) -> tuple[list[Array], list[Array]]:
    """How pre-activations and hidden signals change along a direction, shaped like them."""
    changes: list[Array] = [direction[0](inputs)]
    signal_changes: list[Array] = []
    steps = zip(network.layers[1:], direction[1:], passed.preactivations, passed.signals, strict=False)
    for layer, along, z, signal in steps:
        signal_changes.append(network.hidden.slope(z, signal) * changes[-1])
        changes.append(along(signal) + multiply(layer.weight, signal_changes[-1]))
    return changes, signal_changes


def _push_penalty(network: Network, direction: Layers) -> Array | float:
    if not network.weight_decay:
        return 0.0
    parts = [
        (layer.weight * along.weight).sum(axis=(-2, -1))
        for layer, along in zip(network.layers, direction, strict=True)
    ]
    return np.asarray(network.weight_decay * sum(parts))[..., np.newaxis]
