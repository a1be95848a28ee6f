"""The mean gradient over the root mean square: Adam, AdamW, RAdam and Adamax."""

import math
from collections.abc import Sequence

from numpy import absolute, add, divide, maximum, multiply, sqrt, subtract

from game.simulation.optimizers.method import Constants, Hyper, Optimizer, Rate, Settings, Slot, Slots
from game.simulation.optimizers.pieces import (
    DECOUPLED,
    MAXIMIZE,
    accumulate,
    accumulate_square,
    make_beta1,
    make_beta2,
    make_eps,
    make_weight_decay,
    orient,
    turn,
)
from landscapes.landscape import Array


def _adam_constants(t: int, lr: Rate, h: Settings) -> Constants:
    beta1, beta2 = h["beta1"], h["beta2"]
    root = math.sqrt((1.0 - beta2) / (1.0 - beta2**t))
    rate = lr * ((1.0 - beta1) / ((1.0 - beta1**t) * root))
    return beta1, beta2, h["eps"] / root, rate


def _adamw_constants(t: int, lr: Rate, h: Settings) -> Constants:
    return 1.0 - lr * h["weight_decay"], *_adam_constants(t, lr, h)


def _adam(p: Array, g: Array, slots: Slots, c: tuple[Array, ...], h: Settings, work: Array) -> None:
    orient(p, g, h, work)
    _move(p, g, slots, c, h, work)


def _adamw(p: Array, g: Array, slots: Slots, c: tuple[Array, ...], h: Settings, work: Array) -> None:
    kept, *rest = c
    turn(g, h)
    if h["weight_decay"]:
        multiply(p, kept, p)
    _move(p, g, slots, rest, h, work)


def _move(p: Array, g: Array, slots: Slots, c: Sequence[Array], h: Settings, work: Array) -> None:
    beta1, beta2, eps, rate = c
    average, square = slots["exp_avg"], slots["exp_avg_sq"]
    accumulate(average, beta1, g)
    accumulate_square(square, beta2, g, work)
    if h["amsgrad"]:
        square = maximum(slots["max_exp_avg_sq"], square, out=slots["max_exp_avg_sq"])
    sqrt(square, work)
    add(work, eps, work)
    divide(average, work, work)
    multiply(work, rate, work)
    subtract(p, work, p)


def _radam_constants(t: int, lr: Rate, h: Settings) -> Constants:
    beta1, beta2 = h["beta1"], h["beta2"]
    rate = lr * ((1.0 - beta1) / (1.0 - beta1**t))
    most = 2.0 / (1.0 - beta2) - 1.0
    length = most - 2.0 * t * beta2**t / (1.0 - beta2**t)
    root = math.sqrt(1.0 - beta2)
    rectified = length > 5.0
    if rectified:
        share = (length - 4.0) * (length - 2.0) * most / ((most - 4.0) * (most - 2.0) * length)
        rate = rate * math.sqrt(share * (1.0 - beta2**t)) / root
    return beta1, beta2, h["eps"] / root, rate, rectified, 1.0 - lr * h["weight_decay"]


def _radam(p: Array, g: Array, slots: Slots, c: tuple[Array, ...], h: Settings, work: Array) -> None:
    beta1, beta2, eps, rate, rectified, kept = c
    if h["decoupled_weight_decay"]:
        turn(g, h)
        multiply(p, kept, p)
    else:
        orient(p, g, h, work)
    average, square = slots["exp_avg"], slots["exp_avg_sq"]
    accumulate(average, beta1, g)
    accumulate_square(square, beta2, g, work)
    if rectified:
        sqrt(square, work)
        add(work, eps, work)
        divide(average, work, work)
        multiply(work, rate, work)
    else:
        multiply(average, rate, work)
    subtract(p, work, p)


def _adamax_constants(t: int, lr: Rate, h: Settings) -> Constants:
    beta1 = h["beta1"]
    return beta1, h["beta2"], h["eps"], lr * ((1.0 - beta1) / (1.0 - beta1**t))


def _adamax(p: Array, g: Array, slots: Slots, c: tuple[Array, ...], h: Settings, work: Array) -> None:
    beta1, beta2, eps, rate = c
    orient(p, g, h, work)
    average, largest = slots["exp_avg"], slots["exp_inf"]
    accumulate(average, beta1, g)
    multiply(largest, beta2, largest)
    absolute(g, work)
    add(work, eps, work)
    maximum(largest, work, out=largest)
    divide(average, largest, work)
    multiply(work, rate, work)
    subtract(p, work, p)


_AMSGRAD = Hyper("amsgrad", False, 0, 1, "divide by the largest mean square so far")
_MOMENTS = (Slot("exp_avg", over="beta1"), Slot("exp_avg_sq", over="beta2", holds="square"))
_ADAM_SLOTS = (*_MOMENTS, Slot("max_exp_avg_sq", over="beta2", when="amsgrad", holds="square"))

# Adam's own decoupled_weight_decay is not offered: with it, Adam is AdamW.
ADAM = Optimizer(
    name="adam",
    title="Adam",
    formula="m = mean g; v = mean g^2; p -= lr m / sqrt(v)",
    about="momentum at an even pace on any slope; works nearly everywhere as it is",
    source="Kingma and Ba 2015; amsgrad: Reddi et al. 2018",
    lr=1e-3,
    normalised=True,
    hyper=(
        make_beta1(0.9),
        make_beta2(0.999),
        make_eps(1e-8),
        make_weight_decay(0.0),
        _AMSGRAD,
        MAXIMIZE,
    ),
    slots=_ADAM_SLOTS,
    constants=_adam_constants,
    update=_adam,
)
ADAMW = Optimizer(
    name="adamw",
    title="AdamW",
    formula="p -= lr (m / sqrt(v) + wd p)",
    about="Adam, with the pull to the origin outside the average; the choice for large networks",
    source="Loshchilov and Hutter 2019",
    lr=1e-3,
    normalised=True,
    hyper=(
        make_beta1(0.9),
        make_beta2(0.999),
        make_eps(1e-8),
        make_weight_decay(1e-2),
        _AMSGRAD,
        MAXIMIZE,
    ),
    slots=_ADAM_SLOTS,
    constants=_adamw_constants,
    update=_adamw,
)
RADAM = Optimizer(
    name="radam",
    title="RAdam",
    formula="p -= lr r m / sqrt(v), r rising to 1; p -= lr m at first",
    about="Adam that warms up by itself: trusts the squares once it has seen enough of them",
    source="Liu et al. 2020",
    lr=1e-3,
    normalised=True,
    hyper=(
        make_beta1(0.9),
        make_beta2(0.999),
        make_eps(1e-8),
        make_weight_decay(0.0),
        DECOUPLED,
        MAXIMIZE,
    ),
    slots=_MOMENTS,
    constants=_radam_constants,
    update=_radam,
)
ADAMAX = Optimizer(
    name="adamax",
    title="Adamax",
    formula="u = max(b2 u, |g|); p -= lr m / u",
    about="Adam over the largest recent slope; steady when single gradients are huge",
    source="Kingma and Ba 2015",
    lr=2e-3,
    normalised=True,
    hyper=(make_beta1(0.9), make_beta2(0.999), make_eps(1e-8), make_weight_decay(0.0), MAXIMIZE),
    slots=(Slot("exp_avg", over="beta1"), Slot("exp_inf", holds="size")),
    constants=_adamax_constants,
    update=_adamax,
)
