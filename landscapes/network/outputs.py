"""What a network's last pre-activations mean, and what they cost beside the targets.

Pre-activations are ``(..., out, n)``. Targets are floats ``(..., n)`` for one output and ``(..., out, n)`` for several;
the classes of a softmax are whole numbers ``(..., n)``. Whatever leading axes targets have are those of the
pre-activations, or are shared by them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.landscape import Array
from landscapes.network.activations import SIGMOID, sigmoid

Targets = npt.NDArray[np.floating[Any] | np.integer[Any]]
"""What answers should be; classes may be floats too."""


class Loss(NamedTuple):
    """A row of the table: what each sample costs, given pre-activations ``z (..., out, n)`` and targets.

    Attributes:
        name: what one types.
        answer: ``answer(z)``, what the network says ``(..., out, n)``.
        value: ``value(z, targets)``, the loss of each sample ``(..., n)``.
        slope: ``slope(z, targets)``, its derivative by the pre-activations ``(..., out, n)``.
        curvature: ``curvature(z, targets, change)``, how the slope changes along a change of ``z``, shaped like it.
        counts: whether targets are classes.
    """

    name: str
    answer: Callable[[Array], Array]
    value: Callable[[Array, Targets], Array]
    slope: Callable[[Array, Targets], Array]
    curvature: Callable[[Array, Targets, Array], Array]
    counts: bool = False


def _align(targets: Targets, z: Array) -> Targets:
    return targets[..., np.newaxis, :] if z.shape[-2] == 1 else targets


def _sum(terms: Array) -> Array:
    """The sum over the outputs, one after the other: that of a lone sample numpy would add up in another order."""
    total = terms[..., 0, :].copy()
    for k in range(1, terms.shape[-2]):
        total += terms[..., k, :]
    return np.asarray(total)


def _mean(terms: Array) -> Array:
    total = _sum(terms)
    total /= terms.shape[-2]
    return total


def _cross_entropy(z: Array, targets: Targets) -> Array:
    # -log sigmoid(z) for target 1 and -log sigmoid(-z) for target 0, without ever forming the sigmoid.
    return _mean(np.clip(z, 0, None) - _align(targets, z) * z + np.log1p(np.exp(-np.abs(z))))


def _cross_entropy_slope(z: Array, targets: Targets) -> Array:
    slope = np.tanh(0.5 * z)
    slope *= 0.5
    slope += 0.5 - _align(targets, z)
    slope /= z.shape[-2]
    return np.asarray(slope)


def _cross_entropy_curvature(z: Array, targets: Targets, change: Array) -> Array:  # noqa: ARG001
    return np.asarray(SIGMOID.slope(z, sigmoid(z)) * change / z.shape[-2])


def _softmax(z: Array) -> Array:
    powers = np.exp(z - z.max(axis=-2, keepdims=True))
    powers /= _sum(powers)[..., np.newaxis, :]
    return np.asarray(powers)


def _find_class(z: Array, targets: Targets) -> npt.NDArray[np.bool_]:
    """Which of the outputs is the right one."""
    return np.asarray(np.arange(z.shape[-2])[:, np.newaxis] == targets[..., np.newaxis, :])


def _class_entropy(z: Array, targets: Targets) -> Array:
    below = z - z.max(axis=-2, keepdims=True)
    places = np.broadcast_to(targets.astype(np.intp)[..., np.newaxis, :], (*z.shape[:-2], 1, z.shape[-1]))
    right = np.take_along_axis(below, places, axis=-2)[..., 0, :]
    np.exp(below, below)
    total = _sum(below)
    np.log(total, total)
    total -= right
    return total


def _class_entropy_slope(z: Array, targets: Targets) -> Array:
    slope = _softmax(z)
    slope -= _find_class(z, targets)
    return slope


def _class_entropy_curvature(z: Array, targets: Targets, change: Array) -> Array:  # noqa: ARG001
    shares = _softmax(z)
    return np.asarray(shares * (change - _sum(shares * change)[..., np.newaxis, :]))


def _squared_error(z: Array, targets: Targets) -> Array:
    return _mean((z - _align(targets, z)) ** 2)


def _squared_error_slope(z: Array, targets: Targets) -> Array:
    return np.asarray((z - _align(targets, z)) * (2 / z.shape[-2]))


def _squared_error_curvature(z: Array, targets: Targets, change: Array) -> Array:  # noqa: ARG001
    return np.asarray(change * (2 / z.shape[-2]))


def _half_squared_error(z: Array, targets: Targets) -> Array:
    return np.asarray(0.5 * _sum((sigmoid(z) - _align(targets, z)) ** 2))


def _half_squared_error_slope(z: Array, targets: Targets) -> Array:
    answer = sigmoid(z)
    return np.asarray((answer - _align(targets, z)) * SIGMOID.slope(z, answer))


def _half_squared_error_curvature(z: Array, targets: Targets, change: Array) -> Array:
    answer = sigmoid(z)
    bend = (answer - _align(targets, z)) * SIGMOID.curvature(z, answer)
    return np.asarray((SIGMOID.slope(z, answer) ** 2 + bend) * change)


BINARY_CROSS_ENTROPY = Loss(
    "binary cross-entropy", sigmoid, _cross_entropy, _cross_entropy_slope, _cross_entropy_curvature
)
"""Sigmoid and cross-entropy, the mean over the outputs, as PyTorch's BCEWithLogitsLoss."""
CROSS_ENTROPY = Loss(
    "cross-entropy", _softmax, _class_entropy, _class_entropy_slope, _class_entropy_curvature, counts=True
)
"""Softmax and cross-entropy, as PyTorch's CrossEntropyLoss."""
MEAN_SQUARED_ERROR = Loss(
    "mean squared error", np.positive, _squared_error, _squared_error_slope, _squared_error_curvature
)
"""No function and the squared error, the mean over the outputs, as PyTorch's MSELoss."""
HALF_SQUARED_ERROR = Loss(
    "half squared error",
    sigmoid,
    _half_squared_error,
    _half_squared_error_slope,
    _half_squared_error_curvature,
)
"""Sigmoid and half the squared error, the sum over the outputs: the textbook's first network."""

LOSSES = (BINARY_CROSS_ENTROPY, CROSS_ENTROPY, MEAN_SQUARED_ERROR, HALF_SQUARED_ERROR)
"""All outputs, in the order in which users see them."""
