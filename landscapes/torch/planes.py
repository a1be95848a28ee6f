"""Planes through a model's weights: what they are laid through, and how far to look along them."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch

from landscapes.errors import InputError
from landscapes.landscape import Array, Domain
from landscapes.network.directions import NORMS, span_between, span_minima, span_path
from landscapes.network.frame import frame
from landscapes.network.lanczos import find_largest
from landscapes.network.span import Span
from landscapes.torch.batches import Batch, Module, Tensor
from landscapes.torch.weights import Floats, Weights, as_array

_PRODUCTS = 64
"""Of the Hessian and a vector at most."""
_TOLERANCE = 1e-4
"""Of the eigenvalues; a product in float32 is hardly better."""
_SLIMMEST = 0.5
"""A map's shorter side, as a share of its longer one."""
_RISE = 10.0
"""Times the loss of the model: how high the curvature alone is to lead at the border."""


class Subject(NamedTuple):
    """What a plane is laid through.

    Attributes:
        model: on its device; it only answers.
        loss: what its answers cost.
        batches: that it is judged by.
        weights: that move.
        origin: where they are ``(p,)``.
        start: their loss there.
        path: the checkpoints', the model's own last ``(n, p)``; only that without checkpoints.
        biases: whether what is no matrix moves along random directions.
        seed: of all that is random.
    """

    model: Module
    loss: Callable[..., Any]
    batches: tuple[Batch, ...]
    weights: Weights
    origin: Floats
    start: float
    path: Floats
    biases: bool
    seed: int


class Map(NamedTuple):
    """A plane, how far to look along it, and in one sentence what is known of it."""

    span: Span
    domain: Domain
    known: str = ""


class Direction(NamedTuple):
    """A row of the table of planes.

    Attributes:
        name: what users type.
        about: one line of what it shows.
        lay: makes it.
        is_path: whether the checkpoints are a way, and not goals of their own.
    """

    name: str
    about: str
    lay: Callable[[Subject], Map]
    is_path: bool = True


def _draw(subject: Subject, norm: str) -> Map:
    rng = np.random.default_rng(subject.seed)
    first, second = (_draw_direction(subject, rng, norm) for _ in range(2))
    return Map(Span(subject.origin, first, second), (-1.0, 1.0, -1.0, 1.0))


def _draw_direction(subject: Subject, rng: np.random.Generator, norm: str) -> Floats:
    """A random direction; see ``network.directions.draw_direction``, which knows layers only.

    A filter is what leads to one output: a row of a matrix, all that one channel of a convolution sees.
    """
    parts = []
    for trained in subject.weights.split(subject.origin):
        if trained.ndim > 1:
            rows = trained.reshape(len(trained), -1)
            parts.append(NORMS[norm](rng.standard_normal(rows.shape), rows))
        else:
            parts.append(trained if subject.biases else np.zeros_like(trained))
    return np.concatenate([part.ravel() for part in parts])


def _follow_path(subject: Subject) -> Map:
    if len(subject.path) < 3:
        raise InputError("pca needs at least two checkpoints beside the model: give them in order")
    span, shares = span_path(subject.path)
    first, second = shares.tolist()
    known = (
        f"The plane shows {first + second:.1%} of the variance of the path ({first:.1%} and {second:.1%})."
    )
    return Map(span, frame(span.project(subject.path).xy, _SLIMMEST), known)


def _join_minima(subject: Subject) -> Map:
    goals = np.concatenate([subject.origin[np.newaxis], subject.path[:-1]])
    if len(goals) not in (2, 3):
        raise InputError(
            f"minima goes through the model and one or two others, not {len(goals) - 1}: give as many"
        )
    if len(goals) == 3:
        span = span_minima(*goals)
    else:
        aside = _draw_direction(subject, np.random.default_rng(subject.seed), "filter")
        span = span_between(goals[0], goals[1], aside)
    xy = np.round(span.project(goals).xy, 9) + 0.0
    places = ", ".join(f"({x:.4g}, {y:.4g})" for x, y in xy.T)
    domain = frame(xy, _SLIMMEST)
    return Map(span, domain, f"The model and the others are at {places}.")


def _follow_curvature(subject: Subject) -> Map:
    """As far along both eigenvectors as their curvature alone would bring the loss up to ten times what it is."""
    multiply = _hessian_product(subject)
    found = find_largest(multiply, subject.origin.size, subject.seed, tolerance=_TOLERANCE, most=_PRODUCTS)
    steepness = math.sqrt(abs(found.values[0] * found.values[1]))
    rise = (_RISE - 1) * abs(subject.start) or 1.0
    reach = math.sqrt(2 * rise / steepness) if steepness else 1.0
    first, second = found.values.tolist()
    known = (
        f"The plane is along the largest curvatures, eigenvalues {first:.6g} and {second:.6g} of the Hessian."
    )
    return Map(Span(subject.origin, *found.vectors), (-reach, reach, -reach, reach), known)


def _hessian_product(subject: Subject) -> Callable[[Array], Array]:
    """The Hessian of the mean loss times a vector, by differentiating twice (Pearlmutter 1994)."""
    model, weights = subject.model, subject.weights
    parameters = [model.get_parameter(name) for name in weights.names]
    if any(one.dtype not in (torch.float32, torch.float64) for one in parameters):
        raise InputError("hessian needs weights in float32 or float64: give model.float()")
    count = sum(batch.samples for batch in subject.batches)

    def multiply(vector: Array) -> Array:
        parts = [
            torch.as_tensor(part).to(one) for part, one in zip(weights.split(vector), parameters, strict=True)
        ]
        total = np.zeros(vector.shape)
        for batch in subject.batches:
            total += batch.samples / count * _multiply_batch(batch, subject, parameters, parts)
        return total

    return multiply


def _multiply_batch(batch: Batch, subject: Subject, parameters: list[Tensor], parts: list[Tensor]) -> Floats:
    for one in parameters:
        one.requires_grad_(True)
    try:
        loss = batch.judge(subject.model, subject.loss)
        slopes = torch.autograd.grad(loss, parameters, create_graph=True, materialize_grads=True)
        along = sum((slope * part).sum() for slope, part in zip(slopes, parts, strict=True))
        if not along.requires_grad:  # all slopes are constant
            return np.zeros_like(subject.origin)
        bends = torch.autograd.grad(along, parameters, materialize_grads=True)
    finally:
        for one in parameters:
            one.requires_grad_(False)
    return np.concatenate([as_array(bend).ravel() for bend in bends])


DIRECTIONS = (
    Direction(
        "filter",
        "two random directions, each filter as long as the trained one",
        partial(_draw, norm="filter"),
    ),
    Direction(
        "layer", "two random directions, each layer as long as the trained one", partial(_draw, norm="layer")
    ),
    Direction("random", "two random directions as they were drawn", partial(_draw, norm="none")),
    Direction("pca", "the plane that shows most of the way through the checkpoints", _follow_path),
    Direction("hessian", "the two directions in which the loss bends most", _follow_curvature),
    Direction("minima", "through the model and one or two checkpoints", _join_minima, is_path=False),
)
"""All planes, in the order in which users see them; the same as those of ``downslope scan``."""
