"""What weight decay adds to the loss over a plane: a bowl, since weights are linear in the position."""

import itertools
from typing import NamedTuple

import numpy as np

from landscapes.landscape import Array
from landscapes.network.plane import Plane


class Penalty(NamedTuple):
    """Half the weight decay times the squared weights, as a quadratic of the position.

    ``products (3, 3)`` holds those of the weights of origin, first and second direction with each other, times the
    weight decay. Nothing is added where it is zero, so that losses without it stay what they are bit for bit.
    """

    products: Array

    def add_value(self, xy: Array, out: Array) -> None:
        """Add it at positions ``(2, n)`` to losses ``(n,)``."""
        if self.products.any():
            (o, u, v), (_, uu, uv), (*_, vv) = self.products.tolist()
            x, y = xy
            out += 0.5 * o + x * (u + 0.5 * uu * x + uv * y) + y * (v + 0.5 * vv * y)

    def add_gradient(self, xy: Array, out: Array) -> None:
        """Add its gradient at positions ``(2, n)`` to gradients ``(2, n)``."""
        if self.products.any():
            for axis, (o, u, v) in enumerate(self.products[1:].tolist()):
                out[axis] += o + u * xy[0] + v * xy[1]


def measure_penalty(plane: Plane) -> Penalty:
    """The weight decay of the networks of a plane."""
    parts = [np.concatenate([layer.weight.ravel() for layer in layers]) for layers in plane.layers]
    products = [(a * b).sum() for a, b in itertools.product(parts, repeat=2)]
    return Penalty(plane.origin.weight_decay * np.reshape(products, (3, 3)))
