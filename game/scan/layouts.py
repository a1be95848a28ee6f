"""Planes through weight space: what they are laid through, and how far to look along them."""

import dataclasses
import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from landscapes.landscape import Array, Domain
from landscapes.network.data import Dataset
from landscapes.network.directions import span_minima, span_path
from landscapes.network.forward_mode import hessian_product
from landscapes.network.frame import frame
from landscapes.network.lanczos import find_largest
from landscapes.network.mlp import Network, flatten, losses, unflatten
from landscapes.network.plane import Plane, draw_plane, make_plane
from landscapes.network.scan import PlaneLoss
from landscapes.network.span import Span

LOOKS = 100
"""At the weights while they are trained, where the plane is laid through their path."""
_PRODUCTS = 300
"""Of the Hessian and a vector at most."""


class Lesson(NamedTuple):
    """Networks that were trained.

    Attributes:
        network: the first of them.
        data: what they learned from.
        start: all their weights before ``(k, p)``.
        end: and after.
        path: of the first one, as many looks as the plane asked for ``(looks, p)``.
        seed: of all that is random.
    """

    network: Network
    data: Dataset
    start: Array
    end: Array
    path: Array
    seed: int


class Map(NamedTuple):
    """A plane, how far to look along it, and in one line what is known of it."""

    plane: Plane
    domain: Domain
    known: str = ""


class Layout(NamedTuple):
    """A row of the table of planes.

    Attributes:
        name: what users type.
        about: one line of what it shows.
        lay: makes it.
        networks: how many it needs.
        looks: at the first network's weights while it is trained.
    """

    name: str
    about: str
    lay: Callable[[Lesson], Map]
    networks: int = 1
    looks: int = 0


def _draw(lesson: Lesson, norm: str) -> Map:
    return Map(draw_plane(lesson.network, lesson.seed, norm), (-1.0, 1.0, -1.0, 1.0))


def _follow_path(lesson: Lesson) -> Map:
    span, shares = span_path(lesson.path)
    first, second = shares.tolist()
    known = f"shows {first + second:.1%} of the variance of the training path ({first:.1%} and {second:.1%})"
    return Map(make_plane(lesson.network, span), frame(span.project(lesson.path).xy), known)


def _follow_curvature(lesson: Lesson) -> Map:
    """As far along both eigenvectors as the curvature alone would bring the loss up to where training began."""
    network, data = lesson.network, lesson.data

    def multiply(vector: Array) -> Array:
        return flatten(hessian_product(network, *data, unflatten(vector, network.layers)))

    found = find_largest(multiply, lesson.end.shape[1], lesson.seed, tolerance=1e-6, most=_PRODUCTS)
    before = dataclasses.replace(network, layers=unflatten(lesson.start[0], network.layers))
    rise = max(float(losses(one, *data).mean()) for one in (before, network))
    steepness = math.sqrt(abs(found.values[0] * found.values[1]))
    reach = math.sqrt(2 * rise / steepness) if rise and steepness else 1.0
    first, second = found.values.tolist()
    known = f"along the largest curvatures, eigenvalues {first:.6g} and {second:.6g} of the Hessian"
    plane = make_plane(network, Span(lesson.end[0], *found.vectors))
    return Map(plane, (-reach, reach, -reach, reach), known)


def _join_minima(lesson: Lesson) -> Map:
    span = span_minima(*lesson.end)
    plane = make_plane(lesson.network, span)
    xy = span.project(lesson.end).xy
    found = PlaneLoss(plane, lesson.data).value(xy)
    # And -0 made 0: what is left of a 0 is no news.
    xy = np.round(xy, 9) + 0.0
    places = ", ".join(
        f"({x:.4g}, {y:.4g}) loss {loss:.4g}" for (x, y), loss in zip(xy.T, found, strict=True)
    )
    return Map(plane, frame(xy), f"through three trained networks: {places}")


PLANES = (
    Layout(
        "filter",
        "two random directions, each neuron's weights as long as its own",
        partial(_draw, norm="filter"),
    ),
    Layout(
        "layer",
        "two random directions, each layer's weights as long as its own",
        partial(_draw, norm="layer"),
    ),
    Layout("random", "two random directions as they were drawn", partial(_draw, norm="none")),
    Layout("pca", "the plane that shows most of the way that training took", _follow_path, looks=LOOKS),
    Layout("hessian", "the two directions in which the loss bends most", _follow_curvature),
    Layout("minima", "through three networks trained from different first weights", _join_minima, networks=3),
)
"""All planes, in the order in which users see them."""
