"""The loss of a few samples, each ball its own: what a network feels that sees one minibatch at a time."""

import dataclasses
import functools
import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from landscapes.landscape import Array, Rows
from landscapes.network.data import Dataset
from landscapes.network.mlp import Network
from landscapes.network.penalty import Penalty, measure_penalty
from landscapes.network.plane import Plane

_PAIRS = 2**15
"""Pairs of ball and sample worked on at once: few enough that all that is known of them stays in the cache."""
_BATCH = 32
"""Samples of a ball worked on at once. Sums depend on it in the last digit, so it depends on nothing."""


@dataclasses.dataclass(frozen=True, eq=False)
class PlaneSamples:
    """The data that the networks of a plane are judged by, sample by sample; see ``Samples``.

    Exact, by the chain rule. The first layer is never multiplied out: its pre-activations are linear in the position,
    so those of origin and directions are looked up for each sample and weighed.

    Attributes:
        plane: positions are how far to walk along its first and second direction.
        data: the samples.
    """

    plane: Plane
    data: Dataset

    @property
    def count(self) -> int:
        """How many samples there are."""
        return int(self.data.targets.shape[-1])

    def value(self, xy: Array, rows: Rows) -> Array:
        """Mean loss ``(n,)`` of the samples ``rows (n, b)`` at positions ``(2, n)``, in the dtype of ``xy``."""
        total = np.zeros(xy.shape[1], xy.dtype)
        for balls, tile in self._cut(xy, rows):
            total[balls] += tile.sum_losses()
        total /= rows.shape[1]
        self._penalty.add_value(xy, total)
        return total

    def gradient(self, xy: Array, rows: Rows, out: Array) -> None:
        """Write the exact gradient ``(2, n)`` of ``value`` into ``out``, which must not overlap ``xy``."""
        out.fill(0)
        for balls, tile in self._cut(xy, rows):
            out[:, balls] += tile.sum_gradients()
        out /= rows.shape[1]
        self._penalty.add_gradient(xy, out)

    def _cut(self, xy: Array, rows: Rows) -> Iterator[tuple[slice, "_Tile"]]:
        """A few samples of some balls at a time; a tile is done with when the next one comes."""
        n, batch = rows.shape
        tables = self._tables(xy.dtype)
        tall = min(batch, _BATCH)
        wide = min(n, _PAIRS // tall)
        room = np.empty(tables.rooms[-1].stop * tall * wide, xy.dtype)
        for first in range(0, n, wide):
            balls = slice(first, first + wide)
            for sample in range(0, batch, _BATCH):
                part = np.ascontiguousarray(rows[balls, sample : sample + _BATCH].T, np.intp)
                yield balls, _Tile(self.plane.origin, tables, xy[:, balls], part, room)

    @functools.cached_property
    def _penalty(self) -> Penalty:
        return measure_penalty(self.plane)

    @functools.cached_property
    def _made(self) -> dict[np.dtype[np.floating[Any]], "_Tables"]:
        return {}

    def _tables(self, dtype: np.dtype[np.floating[Any]]) -> "_Tables":
        if dtype not in self._made:
            self._made[dtype] = _tabulate(self.plane, self.data, dtype)
        return self._made[dtype]


class _Tables(NamedTuple):
    """A plane and its data in one dtype; all but the targets for origin, first and second direction."""

    samples: Array
    """Of each sample the first layer's pre-activations, ``3 * out`` rows, and its targets."""
    layers: list[Array]
    """Of each layer but the first ``(3, in + 1, out)``: the weights, and the bias in the last row."""
    rooms: list[slice]
    """Of what a tile holds for each pair: what is looked up, pre-activations, signals, and what is to spare."""


def _tabulate(plane: Plane, data: Dataset, dtype: np.dtype[np.floating[Any]]) -> _Tables:
    products = plane.multiply(data.inputs)
    layers = [
        np.stack([np.vstack([part.weight.T, part.bias]) for part in parts])
        for parts in zip(*(layers[1:] for layers in plane.layers), strict=True)
    ]
    widths = [layer.bias.size for layer in plane.origin.layers]
    targets = np.atleast_2d(data.targets)
    edges = np.cumsum([0, 3 * widths[0] + len(targets), *widths, *widths[:-1], max(widths)]).tolist()
    return _Tables(
        np.vstack([products.reshape(-1, targets.shape[1]), targets]).astype(dtype),
        [layer.astype(dtype) for layer in layers],
        list(itertools.starmap(slice, itertools.pairwise(edges))),
    )


class _Tile:
    """Some samples of some balls, and what the chain rule makes of them, as arrays ``(neurons, samples, balls)``."""

    def __init__(self, network: Network, tables: _Tables, xy: Array, rows: Rows, room: Array) -> None:
        """Look up the samples ``rows (b, n)`` for balls at ``xy (2, n)``; all arrays lie in ``room``."""
        self.network, self.layers, self.xy = network, tables.layers, xy
        planes = room[: tables.rooms[-1].stop * rows.size].reshape(-1, *rows.shape)
        looked_up, *arrays, self.spare = (planes[rooms] for rooms in tables.rooms)
        # All rows exist; clipping spares the buffer that numpy needs to raise.
        tables.samples.take(rows, axis=1, mode="clip", out=looked_up)
        depth = 1 + len(self.layers)
        self.preactivations, self.signals = arrays[:depth], arrays[depth:]
        products = 3 * len(self.preactivations[0])
        self.first, targets = looked_up[:products].reshape(3, -1, *rows.shape), looked_up[products:]
        self.targets = targets.reshape(-1, rows.size) if len(targets) > 1 else targets.ravel()
        self.weights = [_walk(layer, xy) for layer in self.layers]

    def sum_losses(self) -> Array:
        """The sum over the samples of each ball ``(n,)``."""
        answers = self._go_forward()
        losses = self.network.loss.value(answers.reshape(len(answers), -1), self.targets)
        return _sum(losses.reshape(answers.shape[1:]))

    def sum_gradients(self) -> Array:
        """The same, of the gradients ``(2, n)``."""
        answers = self._go_forward()
        slopes = self.network.loss.slope(answers.reshape(len(answers), -1), self.targets)
        return self._go_backward(slopes.reshape(answers.shape))

    def _go_forward(self) -> Array:
        """The pre-activations of all layers; those of the last are the answer."""
        z = self.preactivations[0]
        self._combine(self.xy[:, np.newaxis], self.first[1:], z)
        z += self.first[0]
        for weights, signal, answer in zip(self.weights, self.signals, self.preactivations[1:], strict=True):
            self.network.hidden.value(z, signal)
            z = answer
            self._combine(weights[:-1], signal, z)
            z += weights[-1][:, np.newaxis]
        return z

    def _go_backward(self, slopes: Array) -> Array:
        """The gradients of the sums from the ``slopes`` of the losses by the answer; spoils the tile."""
        total = np.zeros_like(self.xy)
        for k in reversed(range(len(self.layers))):
            signal = self.signals[k]
            sums = np.empty((len(signal) + 1, total.shape[1]), total.dtype)
            for neuron, slope in enumerate(slopes):
                _sum(np.multiply(signal, slope, out=self.spare[: len(signal)]), sums[:-1])
                _sum(slope, sums[-1])
                total += _sum(self.layers[k][1:, :, neuron, np.newaxis] * sums)
            z = self.preactivations[k]
            bends = self.network.hidden.slope(z, signal, z)
            self._combine(self.weights[k][:-1].swapaxes(0, 1), slopes, signal)
            slopes = signal
            slopes *= bends
        moved = self.first[1:]
        moved *= slopes
        total += _sum(moved.reshape(2, -1, total.shape[1]))
        return total

    def _combine(self, weights: Array, signals: Array, out: Array) -> None:
        """Each ball's weighted sum of its signals: ``(in, out, n)`` and ``(in, ..., b, n)`` make ``(out, b, n)``."""
        np.multiply(weights[0][:, np.newaxis], signals[0], out=out)
        for weight, signal in zip(weights[1:], signals[1:], strict=True):
            out += np.multiply(weight[:, np.newaxis], signal, out=self.spare[: len(out)])


def _walk(parts: Array, xy: Array) -> Array:
    """Origin and directions ``(3, ...)`` as they are at positions ``(2, n)``: ``(..., n)``."""
    origin, first, second = parts[..., np.newaxis]
    return np.asarray(origin + first * xy[0] + second * xy[1])


def _sum(terms: Array, out: Array | None = None) -> Array:
    """The sum down the last axis but one, ``(..., k, n) -> (..., n)``, each ball's as if it were alone."""
    if terms.shape[-1] > 1:
        return np.asarray(np.add.reduce(terms, axis=-2, out=out))
    # The terms of a lone ball lie side by side, where numpy would add them up in another order.
    pair = np.add.reduce(np.repeat(terms, 2, axis=-1), axis=-2)
    return np.asarray(np.positive(pair[..., :1], out=out))
