"""What a tape can do in one call: numpy's ufuncs, with where the result goes as the last argument."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Kernel = Callable[..., Any]


def _maximum(a: Any, b: Any, out: Any = None) -> Any:
    return np.maximum(a, b, out=out)


def _minimum(a: Any, b: Any, out: Any = None) -> Any:
    return np.minimum(a, b, out=out)


def _arctan2(a: Any, b: Any, out: Any = None) -> Any:
    # A zero has no sign in a formula: rewriting may change it, and on the jump the angle with it.
    return np.arctan2(np.add(a, 0.0), np.add(b, 0.0), out=out)


def _select(mask: Any, a: Any, b: Any, out: Any) -> None:
    np.copyto(out, b)
    np.copyto(out, a, where=mask)


# The two that take their first argument at a tie leave the positional form: numpy 2.4 warns of it there.
KERNELS: Mapping[str, Kernel] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "power": np.power,
    "negative": np.negative,
    "square": np.square,
    "copy": np.positive,
    "absolute": np.absolute,
    "sign": np.sign,
    "floor": np.floor,
    "ceil": np.ceil,
    "mod": np.mod,
    "heaviside": np.heaviside,
    "maximum": _maximum,
    "minimum": _minimum,
    "at least": np.greater_equal,
    "at most": np.less_equal,
    "select": _select,
    "sqrt": np.sqrt,
    "cbrt": np.cbrt,
    "hypot": np.hypot,
    "exp": np.exp,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "logaddexp": np.logaddexp,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "atan2": _arctan2,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
}

MASKS = ("at least", "at most")
"""Those whose result is true or false."""
