"""Steps that take the sign of the gradient only: Rprop and Lion."""

import numpy as np
from numpy import add, copyto, multiply, subtract

from game.simulation.optimizers.method import Constants, Hyper, Optimizer, Rate, Settings, Slot, Slots
from game.simulation.optimizers.pieces import (
    MAXIMIZE,
    accumulate,
    make_beta1,
    make_beta2,
    make_weight_decay,
    turn,
)
from landscapes.landscape import Array

_LARGEST = {np.dtype(kind): np.asarray(np.finfo(kind).max, kind) for kind in (np.float32, np.float64)}
_ONE = {kind: np.ones((), kind) for kind in _LARGEST}
_MINUS_ONE = {kind: -np.ones((), kind) for kind in _LARGEST}


def _take_sign(x: Array, out: Array) -> None:
    """The sign, by numbers so large that all but zero reach the ends: on many balls twice as fast as np.sign."""
    multiply(x, _LARGEST[x.dtype], out)
    out.clip(_MINUS_ONE[x.dtype], _ONE[x.dtype], out)


def _rprop_constants(_t: int, _lr: Rate, h: Settings) -> Constants:
    minus, plus = h["eta_minus"], h["eta_plus"]
    return h["step_min"], h["step_max"], plus / 2 + minus / 2 - 1.0, plus / 2 - minus / 2, 0.0, 1.0


def _rprop(p: Array, g: Array, slots: Slots, c: tuple[Array, ...], h: Settings, work: Array) -> None:
    least, most, even, odd, zero, one = c
    turn(g, h)
    # Signs are all that is asked of the last gradient; unlike a product of gradients they do not underflow.
    size, previous = slots["step_size"], slots["prev"]
    _take_sign(g, g)
    multiply(g, previous, work)
    # The parabola through (-1, eta_minus), (0, 1) and (1, eta_plus).
    multiply(work, even, previous)
    add(previous, odd, previous)
    multiply(previous, work, previous)
    add(previous, one, previous)
    multiply(size, previous, size)
    size.clip(least, most, size)
    # Where the slope turned, stay, and forget it.
    np.minimum(work, zero, out=work)
    add(work, one, work)
    multiply(g, work, g)
    copyto(previous, g)
    multiply(g, size, g)
    subtract(p, g, p)


def _rprop_conflict(h: Settings) -> str:
    return "step_min must not be above step_max" if h["step_min"] > h["step_max"] else ""


def _lion_constants(_t: int, lr: Rate, h: Settings) -> Constants:
    beta1, beta2 = h["beta1"], h["beta2"]
    return beta2, beta1 * (1.0 - beta2) / (1.0 - beta1), lr, 1.0 - lr * h["weight_decay"]


def _lion(p: Array, g: Array, slots: Slots, c: tuple[Array, ...], h: Settings, work: Array) -> None:
    beta2, mean, lr, kept = c
    turn(g, h)
    if h["weight_decay"]:
        multiply(p, kept, p)
    average = slots["exp_avg"]
    multiply(average, mean, work)
    add(work, g, work)
    _take_sign(work, work)
    multiply(work, lr, work)
    subtract(p, work, p)
    accumulate(average, beta2, g)


RPROP = Optimizer(
    name="rprop",
    title="Rprop",
    formula="s *= 1.2 if sign(g) stays, 0.5 if it turns; p -= s sign(g)",
    about="feels its way along each axis, however steep; fast with exact slopes, lost in noise",
    source="Riedmiller and Braun 1993",
    lr=1e-2,
    normalised=True,
    hyper=(
        Hyper(
            "eta_minus", 0.5, 1e-6, 0.999999, "factor of the step where the slope turned; etas[0] in PyTorch"
        ),
        Hyper("eta_plus", 1.2, 1.000001, 100.0, "factor of the step where it did not; etas[1] in PyTorch"),
        Hyper("step_min", 1e-6, 0.0, 1e300, "shortest step; step_sizes[0] in PyTorch"),
        Hyper("step_max", 50.0, 0.0, 1e300, "longest step; step_sizes[1] in PyTorch"),
        MAXIMIZE,
    ),
    slots=(Slot("prev"), Slot("step_size", start="lr", holds="size")),
    constants=_rprop_constants,
    update=_rprop,
    conflict=_rprop_conflict,
)
LION = Optimizer(
    name="lion",
    title="Lion",
    formula="p -= lr (sign(b1 m + (1 - b1) g) + wd p)",
    about="every step equally long along each axis; found by program search, light on memory",
    source="Chen et al. 2023",
    lr=1e-4,
    normalised=True,
    hyper=(make_beta1(0.9), make_beta2(0.99), make_weight_decay(0.0), MAXIMIZE),
    slots=(Slot("exp_avg", over="beta2"),),
    constants=_lion_constants,
    update=_lion,
)
