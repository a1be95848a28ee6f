"""What hidden neurons do to their pre-activations, each with its first and second derivative.

All of them keep the dtype, let NaN through, and are finite and silent for any finite pre-activation; where one has a
kink its derivatives are those that PyTorch takes.
"""

import math
from typing import NamedTuple, Protocol

import numpy as np

from landscapes.landscape import Array


class Elementwise(Protocol):
    """A function of each number of an array; the result goes into ``out`` if given, as with numpy's own."""

    def __call__(self, z: Array, out: Array | None = None) -> Array:
        """The function's values, shaped like ``z``, which may be ``out``."""


class Derivative(Protocol):
    """A derivative of such a function, which may be cheaper to get from the function's values."""

    def __call__(self, z: Array, value: Array, out: Array | None = None) -> Array:
        """The derivative at ``z``, where the function has ``value``; ``z`` may be ``out``, ``value`` must not."""


class Activation(NamedTuple):
    """A row of the table: what a hidden neuron does to its pre-activation, and the derivatives of that.

    Attributes:
        name: what one types.
        value: the function.
        slope: its first derivative.
        curvature: its second derivative; 0 at a kink.
    """

    name: str
    value: Elementwise
    slope: Derivative
    curvature: Derivative


def sigmoid(z: Array, out: Array | None = None) -> Array:
    """``1 / (1 + exp(-z))``, to the last digit in both tails."""
    # With both limits numpy clips in a third of the time that it takes with one, or with maximum.
    out = np.clip(z, np.log(np.finfo(z.dtype).tiny), np.inf, out=out)
    np.negative(out, out)
    np.exp(out, out)
    out += 1
    return np.asarray(np.reciprocal(out, out))


def _sigmoid_slope(z: Array, value: Array, out: Array | None = None) -> Array:
    out = np.subtract(1, value, out=_room(z, out))
    out *= value
    return out


def _sigmoid_curvature(z: Array, value: Array, out: Array | None = None) -> Array:
    slope = _sigmoid_slope(z, value)
    slope *= 1 - 2 * value
    return np.positive(slope, out=_room(z, out))


def _tanh(z: Array, out: Array | None = None) -> Array:
    return np.tanh(z, out=_room(z, out))


def _tanh_slope(z: Array, value: Array, out: Array | None = None) -> Array:
    out = np.multiply(value, value, out=_room(z, out))
    return np.subtract(1, out, out=out)


def _tanh_curvature(z: Array, value: Array, out: Array | None = None) -> Array:
    slope = _tanh_slope(z, value)
    slope *= -2 * value
    return np.positive(slope, out=_room(z, out))


def _relu(z: Array, out: Array | None = None) -> Array:
    return np.asarray(np.clip(z, 0.0, np.inf, out=out))


def _relu_slope(z: Array, value: Array, out: Array | None = None) -> Array:  # noqa: ARG001
    return np.greater(z, 0, out=_room(z, out))


_LEAK = 0.01


def _leaky_relu(z: Array, out: Array | None = None) -> Array:
    return np.asarray(np.maximum(z, _LEAK * z, out=out))


def _leaky_relu_slope(z: Array, value: Array, out: Array | None = None) -> Array:
    out = _relu_slope(z, value, out)
    return np.maximum(out, _LEAK, out=out)


def _gelu(z: Array, out: Array | None = None) -> Array:
    return np.multiply(z, _normal_share(z), out=_room(z, out))


def _gelu_slope(z: Array, value: Array, out: Array | None = None) -> Array:
    # The share is dear, and already in the value; next to 0, where the value may underflow, it is a half.
    share = np.divide(value, z, where=np.abs(z) > 1e-30, out=np.full_like(z, 0.5))
    slope = _normal_density(z)
    slope *= z
    return np.add(slope, share, out=_room(z, out))


def _gelu_curvature(z: Array, value: Array, out: Array | None = None) -> Array:  # noqa: ARG001
    near = np.clip(z, -_FAR, _FAR)
    return np.multiply(_normal_density(z), 2 - near * near, out=_room(z, out))


def _softplus(z: Array, out: Array | None = None) -> Array:
    small = np.log1p(np.exp(-np.abs(z)))
    return np.add(np.clip(z, 0.0, np.inf), small, out=_room(z, out))


def _softplus_slope(z: Array, value: Array, out: Array | None = None) -> Array:  # noqa: ARG001
    return sigmoid(z, out)


def _softplus_curvature(z: Array, value: Array, out: Array | None = None) -> Array:  # noqa: ARG001
    return np.asarray(_sigmoid_slope(z, sigmoid(z), out))


def _identity(z: Array, out: Array | None = None) -> Array:
    return np.positive(z, out=_room(z, out))


def _one(z: Array, value: Array, out: Array | None = None) -> Array:  # noqa: ARG001
    return _fill(1, z, out)


def _zero(z: Array, value: Array, out: Array | None = None) -> Array:  # noqa: ARG001
    return _fill(0, z, out)


def _fill(number: float, z: Array, out: Array | None) -> Array:
    out = _room(z, out)
    out.fill(number)
    return out


def _room(z: Array, out: Array | None) -> Array:
    return np.empty_like(z) if out is None else out


_FAR = 60.0
"""Standard deviations beyond which nothing is left of the normal distribution in any dtype but the longest."""


def _normal_density(z: Array) -> Array:
    near = np.clip(z, -_FAR, _FAR)
    near *= near
    near *= -0.5
    np.exp(near, near)
    near *= 1 / math.sqrt(math.tau)
    return near


def _normal_share(z: Array) -> Array:
    """The share of the normal distribution that lies below ``z``: ``erfc(-z / sqrt(2)) / 2``."""
    x = np.abs(z)
    np.clip(x, 0.0, _FAR, out=x)
    x *= math.sqrt(0.5)
    tail = _erfc(x)
    tail *= 0.5
    return np.where(z > 0, 1 - tail, tail)


# T. Ooura, "Gamma / error functions" (1996), derfc: one polynomial for all x, to the last digits of float64;
# https://www.kurims.kyoto-u.ac.jp/~ooura/gamerf.html
_ERFC_SCALE = 3.97886080735226
_ERFC = (
    0.00127109764952614092,
    1.19314022838340944e-4,
    -0.003963850973605135,
    -8.70779635317295828e-4,
    0.00773672528313526668,
    0.00383335126264887303,
    -0.0127223813782122755,
    -0.0133823644533460069,
    0.0161315329733252248,
    0.0390976845588484035,
    0.00249367200053503304,
    -0.0838864557023001992,
    -0.119463959964325415,
    0.0166207924969367356,
    0.357524274449531043,
    0.805276408752910567,
    1.18902982909273333,
    1.37040217682338167,
    1.31314653831023098,
    1.07925515155856677,
    0.774368199119538609,
    0.490165080585318424,
    0.275374741597376782,
)


def _erfc(x: Array) -> Array:
    """``1 - erf(x)`` for ``x >= 0``."""
    t = _ERFC_SCALE / (x + _ERFC_SCALE)
    u = t - 0.5
    total = np.full_like(x, _ERFC[0])
    for coefficient in _ERFC[1:]:
        total *= u
        total += coefficient
    total *= t
    total *= np.exp(-x * x)
    return total


SIGMOID = Activation("sigmoid", sigmoid, _sigmoid_slope, _sigmoid_curvature)
TANH = Activation("tanh", _tanh, _tanh_slope, _tanh_curvature)
RELU = Activation("relu", _relu, _relu_slope, _zero)
LEAKY_RELU = Activation("leaky-relu", _leaky_relu, _leaky_relu_slope, _zero)
GELU = Activation("gelu", _gelu, _gelu_slope, _gelu_curvature)
SOFTPLUS = Activation("softplus", _softplus, _softplus_slope, _softplus_curvature)
IDENTITY = Activation("identity", _identity, _one, _zero)

ACTIVATIONS = (SIGMOID, TANH, RELU, LEAKY_RELU, GELU, SOFTPLUS, IDENTITY)
"""All activations, in the order in which users see them."""
