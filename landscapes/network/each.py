"""Thousands of networks at once, each a vector of its own: their losses and gradients, a few networks at a time."""

import dataclasses
import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from landscapes.landscape import Array
from landscapes.network.mlp import Layer, Layers, Network, collect, multiply, penalty, transpose, unflatten
from landscapes.network.outputs import Targets

_ROOM = 2**21
"""Bytes of work space for the networks worked on at once: more leave the cache, fewer are a call for every few."""


@np.errstate(over="ignore", invalid="ignore")
def gradient_of_each(
    network: Network, vectors: Array, inputs: Array, targets: Targets, out: Array | None = None
) -> tuple[Array, Array]:
    """The mean loss of each network over its samples, and its gradient by each of its parameters.

    Every network's numbers are what they would be if it were alone, bit for bit; where one diverged they are infinite
    or NaN.

    Args:
        network: its sizes, its hidden neurons, its loss and its weight decay are those of all.
        vectors: the parameters of each, ``(k, p)`` as from ``flatten``, float32 or float64; rows without gaps are
            fastest.
        inputs: ``(in, n)``, shared by all, or ``(k, in, n)``, each its own; targets likewise.
        targets: ``(n,)`` or ``(k, n)``; ``(out, n)`` or ``(k, out, n)`` for several outputs that are not classes.
        out: where the gradients go, if given.

    Returns:
        losses ``(k,)`` and gradients ``(k, p)``, in the dtype of ``vectors``.

    Raises:
        InputError: the vectors are not of the network's size.
    """
    gradients = np.empty_like(vectors) if out is None else out
    values = np.empty(len(vectors), vectors.dtype)
    wholes = unflatten(gradients, network.layers)
    for part, tile in _cut(network, vectors, inputs, targets):
        values[part] = tile.measure()
        tile.differentiate(_slice(wholes, part))
    return values, gradients


@np.errstate(over="ignore", invalid="ignore")
def losses_of_each(network: Network, vectors: Array, inputs: Array, targets: Targets) -> Array:
    """The mean loss of each network over its samples ``(k,)``; arguments as for ``gradient_of_each``."""
    values = np.empty(len(vectors), vectors.dtype)
    for part, tile in _cut(network, vectors, inputs, targets):
        values[part] = tile.measure()
    return values


class _Tile(NamedTuple):
    """Some of the networks, their samples, and room for what the chain rule makes of them, ``(k, neurons, n)`` each."""

    network: Network
    inputs: Array
    targets: Targets
    preactivations: list[Array]
    signals: list[Array]
    spare: Array

    def measure(self) -> Array:
        """The mean losses ``(k,)``; fills pre-activations and signals."""
        signal = self.inputs
        for layer, z, after in itertools.zip_longest(self.network.layers, self.preactivations, self.signals):
            layer(signal, z)
            signal = z if after is None else self.network.hidden.value(z, after)
        means = np.add.reduce(self.network.loss.value(signal, self.targets), axis=-1)
        means /= self.inputs.shape[-1]
        if self.network.weight_decay:
            means += penalty(self.network)
        return np.asarray(means)

    def differentiate(self, out: Layers) -> None:
        """Write the gradients of what was measured into ``out``; spoils the tile."""
        slopes = [self.network.loss.slope(self.preactivations[-1], self.targets)]
        slopes[0] /= self.inputs.shape[-1]
        for layer, z, signal in zip(
            self.network.layers[:0:-1], self.preactivations[-2::-1], self.signals[::-1], strict=True
        ):
            bends = self.network.hidden.slope(z, signal, z)
            blame = multiply(transpose(layer.weight), slopes[-1], self.spare[:, : z.shape[1]])
            slopes.append(np.multiply(blame, bends, out=z))
        collect(slopes[::-1], [self.inputs, *self.signals], out)
        if self.network.weight_decay:
            for layer, gradient in zip(self.network.layers, out, strict=True):
                gradient.weight[...] += self.network.weight_decay * layer.weight


def _cut(network: Network, vectors: Array, inputs: Array, targets: Targets) -> Iterator[tuple[slice, _Tile]]:
    """A few networks at a time, with the samples that they see; a tile is done with when the next one comes."""
    inputs = inputs.astype(vectors.dtype, copy=False)
    targets = targets.astype(vectors.dtype, copy=False)
    own, samples = inputs.ndim > 2, inputs.shape[-1]
    layers = unflatten(vectors, network.layers)
    widths = [layer.bias.shape[-1] for layer in layers]
    widths += [*widths[:-1], max([0, *widths[:-1]])]
    most = max(1, _ROOM // (sum(widths) * samples * vectors.itemsize))
    parts = max(1, math.ceil(len(vectors) / most))
    wide = max(1, math.ceil(len(vectors) / parts))
    room = np.empty(sum(widths) * samples * wide, vectors.dtype)
    for first in range(0, len(vectors), wide):
        part = slice(first, min(first + wide, len(vectors)))
        count = part.stop - first
        edges = itertools.accumulate((width * samples * count for width in widths), initial=0)
        arrays = [
            room[start:stop].reshape(count, width, samples)
            for (start, stop), width in zip(itertools.pairwise(edges), widths, strict=True)
        ]
        yield (
            part,
            _Tile(
                dataclasses.replace(network, layers=_slice(layers, part)),
                inputs[part] if own else inputs,
                targets[part] if own else targets,
                arrays[: len(layers)],
                arrays[len(layers) : -1],
                arrays[-1],
            ),
        )


def _slice(layers: Layers, part: slice) -> Layers:
    return tuple(Layer(layer.weight[part], layer.bias[part]) for layer in layers)
