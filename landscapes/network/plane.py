"""A plane through weight space: a trained network, and two directions to walk from it."""

import dataclasses
from typing import NamedTuple

import numpy as np

from landscapes.landscape import Array
from landscapes.network.directions import draw_direction
from landscapes.network.mlp import Layer, Layers, Network, flatten, unflatten
from landscapes.network.span import Span


class Plane(NamedTuple):
    """All networks whose weights are ``origin + x * first + y * second``."""

    origin: Network
    first: Layers
    second: Layers

    @property
    def layers(self) -> tuple[Layers, Layers, Layers]:
        """Those of the origin, and how they change along the first and the second direction."""
        return self.origin.layers, self.first, self.second

    @property
    def span(self) -> Span:
        """The same in vectors, as ``mlp.flatten`` makes them.

        Raises:
            InputError: a direction is zero, or parallel to the other.
        """
        return Span(*map(flatten, self.layers))

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


def make_plane(network: Network, span: Span) -> Plane:
    """The plane of a span: networks like this one, but with its weights.

    Raises:
        InputError: the vectors are of another length than the network's.
    """
    origin, first, second = (
        unflatten(part, network.layers) for part in (span.origin, span.first, span.second)
    )
    return Plane(dataclasses.replace(network, layers=origin), first, second)


def draw_plane(origin: Network, seed: int, norm: str = "filter", *, biases: bool = False) -> Plane:
    """The plane through ``origin`` along two random directions; see ``draw_direction``.

    Raises:
        InputError: there is no such norm, or the network is too small or too dead to have two directions.
    """
    rng = np.random.default_rng(seed)
    first, second = (draw_direction(origin.layers, rng, norm, biases=biases) for _ in range(2))
    plane = Plane(origin, first, second)
    _ = plane.span  # raises for directions that make no plane
    return plane
