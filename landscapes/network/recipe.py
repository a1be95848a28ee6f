"""The losses of many networks of a plane at once, with all that does not depend on the position worked out before."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from landscapes.landscape import Array
from landscapes.network.data import Dataset
from landscapes.network.mlp import Network, collect, continue_forward, flatten, sensitivities, unflatten
from landscapes.network.outputs import Targets
from landscapes.network.penalty import Penalty, measure_penalty
from landscapes.network.plane import Plane

_ROOM = 2**18
"""Numbers of the widest layer that are worked on at once: more leave the cache, and threads that work on fewer wait for
the interpreter."""
_KEPT = 4
"""Times as much is kept of a network for the way back."""
_SAMPLES = 1024
"""At most as many at once, so that not too few networks are."""
_PRODUCT = 2**18
"""Multiplications that OpenBLAS leaves to one thread: it would share out more among threads that have work."""

_ROWS = 8
"""Rows of a product that BLAS works on at once, or a divisor of it on any processor."""


class Batch(NamedTuple):
    """Some samples.

    Attributes:
        products: the first layer's pre-activations of origin, first and second direction, ``(3, out * n)``.
        targets: ``(..., n)``.
        rows: which they are of all samples.
    """

    products: Array
    targets: Targets
    rows: slice


class Recipe(NamedTuple):
    """All that the losses over a plane depend on, in one dtype: small, and fit to be sent to another process.

    Attributes:
        network: that of the origin; of its layers only the sizes count.
        batches: the samples.
        later: parameters of all layers but the first, of origin, first and second direction, ``(3, p)``.
        penalty: what weight decay adds.
        points: positions worked on at once where only losses are asked for.
    """

    network: Network
    batches: tuple[Batch, ...]
    later: Array
    penalty: Penalty
    points: int

    @property
    def samples(self) -> int:
        """How many there are."""
        return int(self.batches[-1].rows.stop)


def write_recipe(plane: Plane, data: Dataset, dtype: np.dtype[np.floating[Any]]) -> Recipe:
    """Work out what is the same at every position."""
    first, *later = plane.origin.layers
    sizes = [layer.weight.size for layer in later]
    count = data.targets.shape[-1]
    most = min(_SAMPLES, max(64, _PRODUCT // max(sizes, default=1)))
    edges = np.linspace(0, count, 1 - (-count // most), dtype=int).tolist()
    products = plane.multiply(data.inputs).astype(dtype)
    targets = data.targets if data.targets.dtype.kind in "iu" else data.targets.astype(dtype)
    batches = []
    for start, stop in itertools.pairwise(edges):
        rows = slice(start, stop)
        flat = np.ascontiguousarray(products[..., rows]).reshape(3, -1)
        batches.append(Batch(flat, np.ascontiguousarray(targets[..., rows]), rows))
    beyond = first.weight.size + first.bias.size
    widest = max(layer.bias.size for layer in plane.origin.layers)
    return Recipe(
        plane.origin,
        tuple(batches),
        np.stack([flatten(layers)[beyond:] for layers in plane.layers]).astype(dtype),
        measure_penalty(plane),
        max(1, _ROOM // (widest * -(-count // len(batches)))),
    )


@np.errstate(over="ignore", invalid="ignore")
def measure_means(recipe: Recipe, xy: Array) -> Array:
    """Mean losses ``(n,)`` at positions ``(2, n)``, in the dtype of ``xy``, which is the recipe's."""
    out = np.zeros(xy.shape[1], xy.dtype)
    for points, _, losses in _evaluate(recipe, xy):
        out[points] += np.add.reduce(losses, axis=-1)
    out /= recipe.samples
    recipe.penalty.add_value(xy, out)
    return out


@np.errstate(over="ignore", invalid="ignore")
def measure_samples(recipe: Recipe, xy: Array) -> Array:
    """The losses ``(samples, n)`` of all samples, as ``measure_means`` otherwise."""
    out = np.empty((recipe.samples, xy.shape[1]), xy.dtype)
    for points, rows, losses in _evaluate(recipe, xy):
        out[rows, points] = losses.T
    recipe.penalty.add_value(xy, out)
    return out


@np.errstate(over="ignore", invalid="ignore")
def measure_slopes(recipe: Recipe, xy: Array, out: Array) -> None:
    """Write the exact gradient ``(2, n)`` of ``measure_means`` into ``out``.

    That is the chain rule backwards, then along the plane; of the first layer that is what its products are for.
    """
    out.fill(0)
    for points, batch, network, first in _cut(recipe, xy, max(1, recipe.points // _KEPT)):
        passed = continue_forward(network, first)
        slopes = sensitivities(network, passed, batch.targets)
        total = slopes[0].reshape(len(first), 1, -1) @ batch.products[1:].T
        if passed.signals:
            total += flatten(collect(slopes[1:], passed.signals))[:, np.newaxis] @ recipe.later[1:].T
        out[:, points] += total[:, 0].T
    out /= recipe.samples
    recipe.penalty.add_gradient(xy, out)


def _evaluate(recipe: Recipe, xy: Array) -> Iterator[tuple[slice, slice, Array]]:
    """Some of the positions, some of the samples, and what they cost there ``(positions, samples)``."""
    for points, batch, network, first in _cut(recipe, xy, recipe.points):
        z = first
        for layer in network.layers[1:]:
            z = layer(network.hidden.value(z, z))
        yield points, batch.rows, network.loss.value(z, batch.targets)


def _cut(recipe: Recipe, xy: Array, size: int) -> Iterator[tuple[slice, Batch, Network, Array]]:
    """Some of the positions, some of the samples, the networks there, and their first layer's pre-activations.

    Those are done with when the next ones come.
    """
    steps = np.stack([np.ones_like(xy[0]), *xy], axis=1)
    first, *like = recipe.network.layers
    # Kept, since the system takes large arrays back, and clears them before it gives them out again.
    room = np.empty(
        min(size, len(steps)) * max(batch.products.shape[1] for batch in recipe.batches), xy.dtype
    )
    for start in range(0, len(steps), size):
        points = slice(start, start + size)
        here = steps[points]
        later = np.empty((len(here), recipe.later.shape[1]), xy.dtype)
        _combine(here, recipe.later, later)
        layers = (first, *unflatten(later, tuple(like)))
        network = dataclasses.replace(recipe.network, layers=layers)
        for batch in recipe.batches:
            z = room[: len(here) * batch.products.shape[1]].reshape(len(here), -1)
            _combine(here, batch.products, z)
            yield points, batch, network, z.reshape(len(here), len(first.bias), -1)


def _combine(steps: Array, products: Array, out: Array) -> None:
    """Write ``steps @ products`` into ``out``, a few rows and columns at a time, each row as if it were alone.

    BLAS adds up the rows at the end of a product in another order: short ones are filled up, so that there are none.
    """
    count, width = out.shape
    wide = max(1, min(width, _PRODUCT // (3 * _ROWS)))
    tall = max(_ROWS, _PRODUCT // (3 * wide) // _ROWS * _ROWS)
    for start in range(0, count, tall):
        some = steps[start : start + tall]
        lacking = -len(some) % _ROWS
        for left in range(0, width, wide):
            columns = slice(left, left + wide)
            if lacking:
                filled = np.concatenate([some, np.zeros_like(steps, shape=(lacking, 3))])
                out[start:, columns] = (filled @ products[:, columns])[: len(some)]
            else:
                np.matmul(some, products[:, columns], out=out[start : start + tall, columns])
