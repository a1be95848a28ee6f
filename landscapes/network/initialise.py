"""Where training starts: random weights of a size that signals and gradients neither fade nor blow up with."""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from landscapes.errors import InputError, find
from landscapes.network.mlp import Layer, Layers, unflatten


class Scheme(NamedTuple):
    """A row of the table: how the weights of a layer are drawn.

    Attributes:
        name: what one types.
        about: what PyTorch calls it, in one line.
        source: who published it.
        deviation: the weights' standard deviation in a layer of ``(in, out)`` neurons.
        uniform: whether they are uniform; else they are normal.
        biases: whether biases are drawn like weights; else they are 0.
    """

    name: str
    about: str
    source: str
    deviation: Callable[[int, int], float]
    uniform: bool
    biases: bool = False


def _xavier(before: int, after: int) -> float:
    return math.sqrt(2 / (before + after))


def _he(before: int, after: int) -> float:  # noqa: ARG001
    return math.sqrt(2 / before)


def _linear(before: int, after: int) -> float:  # noqa: ARG001
    return math.sqrt(1 / (3 * before))


_GLOROT = 'X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward networks", 2010'
_HE = 'K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", 2015'

SCHEMES = (
    Scheme("xavier-uniform", "torch.nn.init.xavier_uniform_", _GLOROT, _xavier, uniform=True),
    Scheme("xavier-normal", "torch.nn.init.xavier_normal_", _GLOROT, _xavier, uniform=False),
    Scheme("he-uniform", "torch.nn.init.kaiming_uniform_ for ReLU", _HE, _he, uniform=True),
    Scheme("he-normal", "torch.nn.init.kaiming_normal_ for ReLU", _HE, _he, uniform=False),
    Scheme("torch", "torch.nn.Linear as it comes", "PyTorch", _linear, uniform=True, biases=True),
)
"""All schemes, in the order in which users see them."""


def initialise(
    sizes: Sequence[int], scheme: str, rng: np.random.Generator, count: int | None = None, gain: float = 1.0
) -> Layers:
    """Draw the layers of a network, or of ``count`` networks on a leading axis.

    The first networks of many are the same however many there are, and one alone is the first of them.

    Args:
        sizes: neurons of each layer, the inputs first and the outputs last.
        scheme: the name of one of ``SCHEMES``.
        rng: where the numbers come from.
        count: how many networks; one, without the leading axis, if ``None``.
        gain: what the weights are multiplied by; biases are not.

    Returns:
        Layers of float64, ``weight ([count,] out, in)`` and ``bias ([count,] out)``.

    Raises:
        InputError: no such scheme, or sizes or a gain that no network has.
    """
    row = find("initialisation", scheme, SCHEMES)
    _check(sizes, count, gain)
    shape = tuple(Layer(np.empty((after, before)), np.empty(after)) for before, after in _pair(sizes))
    vectors = np.empty(
        (*(() if count is None else (count,)), sum(part.size for one in shape for part in one))
    )
    vectors[...] = (
        rng.uniform(-math.sqrt(3), math.sqrt(3), vectors.shape)
        if row.uniform
        else rng.standard_normal(vectors.shape)
    )
    layers = unflatten(vectors, shape)
    for layer, (before, after) in zip(layers, _pair(sizes), strict=True):
        deviation = row.deviation(before, after)
        np.multiply(layer.weight, gain * deviation, out=layer.weight)
        np.multiply(layer.bias, deviation if row.biases else 0, out=layer.bias)
    return layers


def _pair(sizes: Sequence[int]) -> list[tuple[int, int]]:
    return list(itertools.pairwise(sizes))


def _check(sizes: Sequence[int], count: int | None, gain: float) -> None:
    if len(sizes) < 2 or min(sizes) < 1:
        shown = "-".join(map(str, sizes))
        raise InputError(
            f"a network needs at least two sizes from 1 up, such as 2-16-1, not {shown or 'none'}"
        )
    if count is not None and count < 1:
        raise InputError(f"the number of networks must be at least 1, not {count}")
    if not (math.isfinite(gain) and gain >= 0):
        raise InputError(f"the gain of the first weights must be a number from 0 up, not {gain}")
