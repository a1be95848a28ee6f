"""A plane through weight space: a trained network, and two directions to walk from it."""

import dataclasses
from typing import NamedTuple

import numpy as np

from landscapes.landscape import Array
from landscapes.network.mlp import Layer, Layers, Network


class Plane(NamedTuple):
    """All networks whose weights are ``origin + x * first + y * second``."""

    origin: Network
    first: Layers
    second: Layers

    @property
    def layers(self) -> tuple[Layers, Layers, Layers]:
        """Those of the origin, and how they change along the first and the second direction."""
        return self.origin.layers, self.first, self.second

    def networks(self, xy: Array) -> Network:
        """The networks at positions ``(2, k)``, as one whose weights carry a leading axis of ``k``."""
        x, y = xy
        layers = (
            Layer(
                *(o + np.multiply.outer(x, u) + np.multiply.outer(y, v) for o, u, v in zip(*at, strict=True))
            )
            for at in zip(*self.layers, strict=True)
        )
        return dataclasses.replace(self.origin, layers=tuple(layers))

    def multiply(self, inputs: Array) -> Array:
        """The first layer's pre-activations of origin, first and second direction: ``(in, m) -> (3, out, m)``.

        Those of any network of the plane are linear in its position.
        """
        return np.stack([layers[0](inputs) for layers in self.layers])


def draw_plane(origin: Network, seed: int) -> Plane:
    """The plane through ``origin`` along two random filter-normalised directions."""
    rng = np.random.default_rng(seed)
    return Plane(origin, draw_direction(origin.layers, rng), draw_direction(origin.layers, rng))


def draw_direction(trained: Layers, rng: np.random.Generator) -> Layers:
    """A random direction, filter-normalised: each neuron's row of weights is as long as the trained one.

    Biases do not move, as in the authors' experiments. Source: H. Li, Z. Xu, G. Taylor, C. Studer,
    T. Goldstein, "Visualizing the loss landscape of neural nets", NeurIPS 2018, section 4.
    """
    return tuple(_draw_rows(layer, rng) for layer in trained)


def _draw_rows(trained: Layer, rng: np.random.Generator) -> Layer:
    rows = rng.standard_normal(trained.weight.shape)
    rows *= _norms(trained.weight) / _norms(rows)
    return Layer(rows, np.zeros_like(trained.bias))


def _norms(rows: Array) -> Array:
    return np.asarray(np.linalg.norm(rows, axis=1, keepdims=True))
