"""Where to walk from a trained network: at random, as it was trained, or to other networks."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from landscapes.errors import InputError, unknown
from landscapes.landscape import Array
from landscapes.network.mlp import Layer, Layers
from landscapes.network.span import Span, check_finite, fix_signs


def _fit_rows(drawn: Array, trained: Array) -> Array:
    return np.asarray(drawn * (_norms(trained) / _norms(drawn)))


def _fit_layer(drawn: Array, trained: Array) -> Array:
    return np.asarray(drawn * (np.linalg.norm(trained) / np.linalg.norm(drawn)))


def _leave(drawn: Array, trained: Array) -> Array:  # noqa: ARG001
    return drawn


def _norms(rows: Array) -> Array:
    return np.asarray(np.linalg.norm(rows, axis=1, keepdims=True))


_STRAIGHT = 1e-6
"""Of a path: how far it bends, as a share of how far it leads. Less may be rounding errors of float32."""

NORMS: Mapping[str, Callable[[Array, Array], Array]] = MappingProxyType(
    {"filter": _fit_rows, "layer": _fit_layer, "none": _leave}
)
"""How long random weights are made, given the trained ones: each neuron's row as long as its trained row, the layer
as long as the trained layer, or as they were drawn."""


def draw_direction(
    trained: Layers, rng: np.random.Generator, norm: str = "filter", *, biases: bool = False
) -> Layers:
    """A random direction, as long as the trained weights are.

    Args:
        trained: what it leads away from.
        rng: draws the weights, normally distributed.
        norm: a name in ``NORMS``.
        biases: whether they move. As in the authors' program they move by what they are, in every direction.

    Raises:
        InputError: there is no such norm.

    Source: H. Li, Z. Xu, G. Taylor, C. Studer, T. Goldstein, "Visualizing the loss landscape of neural nets",
    NeurIPS 2018, section 4; https://github.com/tomgoldstein/loss-landscape, net_plotter.py.
    """
    if norm not in NORMS:
        raise unknown("norm", norm, NORMS)
    return tuple(
        Layer(
            NORMS[norm](rng.standard_normal(layer.weight.shape), layer.weight),
            layer.bias.copy() if biases else np.zeros_like(layer.bias),
        )
        for layer in trained
    )


class Components(NamedTuple):
    """The plane that shows most of a path, and the share of it along each of its directions ``(2,)``."""

    span: Span
    shares: Array


def span_path(path: Array) -> Components:
    """The plane through the end of a training path in which the path varies most.

    Args:
        path: the weights after each step ``(steps, p)``.

    Returns:
        The plane: both directions are the path's principal components, of length 1 and at right angles. And which
        share of the path's variance, its squared distances from its mean, is along each.

    Raises:
        InputError: the path is too short, straight, or not finite.

    Source: Li et al. 2018, section 7.
    """
    if path.ndim != 2 or len(path) < 3:
        raise InputError(f"a path needs at least 3 steps (steps, weights), not the shape {path.shape}")
    check_finite(path, "the path")
    path = path.astype(np.float64)
    _, lengths, components = np.linalg.svd(path - path.mean(axis=0), full_matrices=False)
    if lengths.size < 2 or lengths[1] <= _STRAIGHT * lengths[0]:
        raise InputError("the path is straight, so that there is no plane of it: give one that bends")
    variances = (lengths / lengths[0]) ** 2
    return Components(Span(path[-1], *fix_signs(components[:2])), variances[:2] / variances.sum())


def span_minima(first: Array, second: Array, third: Array) -> Span:
    """The plane through three networks, its directions of length 1 and at right angles.

    The first network ``(p,)`` lies at the origin, the second one on the x axis, the third one above it; all of
    them are where ``project`` says.

    Raises:
        InputError: the networks differ in size, or lie on one line.

    Source: T. Garipov, P. Izmailov, D. Podoprikhin, D. Vetrov, A. Wilson, "Loss surfaces, mode connectivity, and
    fast ensembling of DNNs", NeurIPS 2018, section 3.
    """
    _check_sizes(first, second, third)
    try:
        Span(first, second - first, third - first)
    except InputError:
        raise InputError("the three networks lie on one line: give three that span a plane") from None
    along = (second - first) / np.linalg.norm(second - first)
    return Span(first, along, _straighten(third - first, along))


def span_between(start: Array, end: Array, aside: Array) -> Span:
    """The plane through two networks ``(p,)``: ``start`` at (0, 0) and ``end`` at (1, 0).

    Args:
        start: a network.
        end: another one.
        aside: any direction; the second axis is what of it is at right angles to the first, and as long as that.

    Raises:
        InputError: sizes differ, the networks are the same, or ``aside`` leads from one to the other.
    """
    _check_sizes(start, end, aside)
    way = end - start
    Span(start, way, aside)
    length = np.linalg.norm(way)
    return Span(start, way, length * _straighten(aside, way / length))


def _check_sizes(*vectors: Array) -> None:
    if len({vector.shape for vector in vectors}) > 1:
        found = ", ".join(str(vector.size) for vector in vectors)
        raise InputError(f"networks of {found} weights and biases have no plane in common: give equal ones")


def _straighten(direction: Array, unit: Array) -> Array:
    """What of a direction is at right angles to a unit vector, with length 1."""
    # The first time leaves a rounding error, which may be large beside what is left.
    for _ in range(2):
        direction = direction - (unit @ direction) * unit
        direction = direction / np.linalg.norm(direction)
    return direction
