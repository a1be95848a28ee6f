"""The loss of a network over a plane through its weights, averaged over all data: exact anywhere, and on a grid."""

import dataclasses
import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from landscapes.landscape import Array, Domain
from landscapes.network.data import Dataset
from landscapes.network.mlp import Layer, Network, continue_forward, sensitivities
from landscapes.network.plane import Plane
from landscapes.sampled import GridField

_CHUNK = 64
"""Networks evaluated at once: few enough that their activations stay in the cache."""


@dataclasses.dataclass(frozen=True, eq=False)
class PlaneLoss:
    """The true loss of the networks of a plane, as a field: exact, where the played surface is a spline.

    Attributes:
        plane: positions are how far to walk along its first and second direction.
        data: the samples that the loss averages over.
    """

    plane: Plane
    data: Dataset

    @property
    def scratch(self) -> int:
        """How many ``(2, n)`` work arrays ``gradient`` needs."""
        return 0

    def value(self, xy: Array) -> Array:
        """Mean loss ``(n,)`` at positions ``(2, n)``, in the dtype of ``xy``."""
        targets = self.data.targets.astype(xy.dtype)
        out = np.empty(xy.shape[1], xy.dtype)
        for chunk in _chunks(out.size):
            networks, preactivations = self._forward(xy[:, chunk])
            out[chunk] = networks.loss.value(preactivations[-1], targets).mean(axis=-1)
        return out

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:  # noqa: ARG002
        """Write the exact gradient ``(2, n)`` into ``out``: the chain rule backwards, then along the plane."""
        targets = self.data.targets.astype(xy.dtype)
        for chunk in _chunks(xy.shape[1]):
            networks, preactivations = self._forward(xy[:, chunk])
            slopes = sensitivities(networks, preactivations, targets)
            hidden = [networks.hidden.value(z) for z in preactivations[:-1]]
            for axis, direction in enumerate(self.plane[1:]):
                moved = [
                    self._first_layer[1 + axis],
                    *(d(h) for d, h in zip(direction[1:], hidden, strict=True)),
                ]
                parts = [(slope * move).sum(axis=-2) for slope, move in zip(slopes, moved, strict=True)]
                out[axis, chunk] = sum(parts).mean(axis=-1)

    def _forward(self, xy: Array) -> tuple[Network, list[Array]]:
        networks = _cast(self.plane.networks(xy), xy.dtype)
        steps = np.stack([np.ones_like(xy[0]), *xy], axis=1)
        products = self._first_layer.astype(xy.dtype)
        first = (steps @ products.reshape(3, -1)).reshape(-1, *products.shape[1:])
        return networks, continue_forward(networks, first)

    @functools.cached_property
    def _first_layer(self) -> Array:
        return self.plane.multiply(self.data.inputs)


def scan(loss: PlaneLoss, domain: Domain, resolution: int) -> GridField:
    """The spline through the loss on a square grid over ``domain``, all in float64."""
    x_min, x_max, y_min, y_max = domain
    xs, ys = np.linspace(x_min, x_max, resolution), np.linspace(y_min, y_max, resolution)
    values = np.stack([loss.value(np.stack([xs, np.full_like(xs, y)])) for y in ys])
    return GridField(values, domain)


def _chunks(n: int) -> Iterator[slice]:
    return (slice(start, start + _CHUNK) for start in range(0, n, _CHUNK))


def _cast(network: Network, dtype: np.dtype[np.floating[Any]]) -> Network:
    layers = (Layer(*(part.astype(dtype, copy=False) for part in layer)) for layer in network.layers)
    return dataclasses.replace(network, layers=tuple(layers))
