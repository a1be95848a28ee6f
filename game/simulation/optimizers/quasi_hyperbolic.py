"""Means that count the newest gradient apart: QHM and QHAdam, with the settings their authors recommend."""

import math

from numpy import add, divide, multiply, sqrt, subtract

from game.simulation.optimizers.method import Constants, Hyper, Optimizer, Rate, Settings, Slot, Slots
from game.simulation.optimizers.pieces import (
    MAXIMIZE,
    accumulate,
    accumulate_square,
    make_beta1,
    make_beta2,
    make_eps,
    make_weight_decay,
    orient,
)
from landscapes.landscape import Array


def _qhm_constants(_t: int, lr: Rate, h: Settings) -> Constants:
    nu, momentum = h["nu"], h["momentum"]
    return momentum, lr * (1.0 - nu), lr * (nu * (1.0 - momentum))


def _qhm(p: Array, g: Array, slots: Slots, c: tuple[Array, ...], h: Settings, work: Array) -> None:
    momentum, newest, mean = c
    orient(p, g, h, work)
    accumulate(slots["momentum_buffer"], momentum, g)
    multiply(slots["momentum_buffer"], mean, work)
    multiply(g, newest, g)
    add(g, work, g)
    subtract(p, g, p)


def _qhadam_constants(t: int, lr: Rate, h: Settings) -> Constants:
    beta1, beta2, nu1, nu2 = h["beta1"], h["beta2"], h["nu1"], h["nu2"]
    root = math.sqrt((1.0 - beta2) / (1.0 - beta2**t))
    mean = lr * (nu1 * (1.0 - beta1) / ((1.0 - beta1**t) * root))
    # All that is under the square root, and eps beside it, over the factor that corrects the mean of squares.
    return beta1, beta2, nu2, (1.0 - nu2) / root**2, h["eps"] / root, lr * ((1.0 - nu1) / root), mean


def _qhadam(p: Array, g: Array, slots: Slots, c: tuple[Array, ...], h: Settings, work: Array) -> None:
    beta1, beta2, nu2, newest_square, eps, newest, mean = c
    orient(p, g, h, work)
    average, square = slots["exp_avg"], slots["exp_avg_sq"]
    accumulate(average, beta1, g)
    accumulate_square(square, beta2, g, work)
    if h["nu2"] == 1.0:
        sqrt(square, work)
    else:
        multiply(work, newest_square, work)
        add(work, multiply(square, nu2), work)
        sqrt(work, work)
    add(work, eps, work)
    divide(g, work, g)
    multiply(g, newest, g)
    divide(average, work, work)
    multiply(work, mean, work)
    add(g, work, g)
    subtract(p, g, p)


QHM = Optimizer(
    name="qhm",
    title="QHM",
    formula="m = mean g; p -= lr ((1 - nu) g + nu m)",
    about="a step between plain descent and a long momentum; damps what momentum lets swing",
    source="Ma and Yarats 2019",
    # PyTorch's 1e-3 for SGD over 1 - 0.9, as the paper says to convert it from plain momentum.
    lr=1e-2,
    normalised=False,
    hyper=(
        Hyper("momentum", 0.999, 0.0, 0.999999, "how slowly the mean gradient forgets"),
        Hyper("nu", 0.7, 0.0, 1.0, "share of the mean in a step; the rest is the gradient's"),
        make_weight_decay(0.0),
        MAXIMIZE,
    ),
    slots=(Slot("momentum_buffer", over="momentum"),),
    constants=_qhm_constants,
    update=_qhm,
)
QHADAM = Optimizer(
    name="qhadam",
    title="QHAdam",
    formula="p -= lr ((1 - nu1) g + nu1 m) / sqrt((1 - nu2) g^2 + nu2 v)",
    about="Adam with a longer memory that still heeds the newest gradient; less swinging",
    source="Ma and Yarats 2019",
    lr=1e-3,
    normalised=True,
    hyper=(
        make_beta1(0.995),
        make_beta2(0.999),
        Hyper("nu1", 0.7, 0.0, 1.0, "share of the mean in a step; the rest is the gradient's"),
        Hyper("nu2", 1.0, 0.0, 1.0, "share of the mean square in the divisor"),
        make_eps(1e-8),
        make_weight_decay(0.0),
        MAXIMIZE,
    ),
    slots=(Slot("exp_avg", over="beta1"), Slot("exp_avg_sq", over="beta2", holds="square")),
    constants=_qhadam_constants,
    update=_qhadam,
)
