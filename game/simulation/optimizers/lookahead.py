"""Adam that looks ahead along its momentum, as Nesterov does: NAdam and Adan."""

import functools
import math

import numpy as np
from numpy import add, divide, multiply, negative, sqrt, subtract

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


def _nadam_constants(t: int, lr: Rate, h: Settings) -> Constants:
    beta1, beta2 = h["beta1"], h["beta2"]
    momenta, products = _tabulate_momenta(beta1, h["momentum_decay"], (t + 1).bit_length())
    root = math.sqrt((1.0 - beta2) / (1.0 - beta2**t))
    newest = (1.0 - momenta[t - 1]) / (1.0 - products[t - 1])
    mean = (1.0 - beta1) * momenta[t] / (1.0 - products[t])
    return beta1, beta2, h["eps"] / root, newest, mean, lr / root, 1.0 - lr * h["weight_decay"]


def _nadam(p: Array, g: Array, slots: Slots, c: tuple[Array, ...], h: Settings, work: Array) -> None:
    beta1, beta2, eps, newest, mean, rate, kept = c
    if h["decoupled_weight_decay"]:
        turn(g, h)
        multiply(p, kept, p)
    else:
        orient(p, g, h, work)
    average, square = slots["exp_avg"], slots["exp_avg_sq"]
    accumulate(average, beta1, g)
    accumulate_square(square, beta2, g, work)
    multiply(g, newest, g)
    multiply(average, mean, work)
    add(g, work, g)
    sqrt(square, work)
    add(work, eps, work)
    divide(g, work, g)
    multiply(g, rate, g)
    subtract(p, g, p)


@functools.lru_cache(maxsize=32)
def _tabulate_momenta(beta1: float, decay: float, bits: int) -> tuple[list[float], list[float]]:
    """Momenta of the steps from 1 that have so many bits, and their products up to each."""
    t = np.arange(1, 1 << bits)
    momenta = beta1 * (1.0 - 0.5 * 0.96 ** (t * decay))
    return momenta.tolist(), np.cumprod(momenta).tolist()


def _adan_constants(t: int, lr: Rate, h: Settings) -> Constants:
    beta1, beta2, beta3 = h["beta1"], h["beta2"], h["beta3"]
    root = math.sqrt((1.0 - beta3) / (1.0 - beta3**t))
    mean = (1.0 - beta1) / (1.0 - beta1**t)
    change = beta2 * (1.0 - beta2) / (1.0 - beta2**t)
    kept = 1.0 / (1.0 + lr * h["weight_decay"])
    return beta1, beta2, beta3, h["eps"] / root, change / mean, lr * (mean / root), kept, t == 1


def _adan(p: Array, g: Array, slots: Slots, c: tuple[Array, ...], h: Settings, work: Array) -> None:
    beta1, beta2, beta3, eps, change, rate, kept, first = c
    turn(g, h)
    average, differences = slots["exp_avg"], slots["exp_avg_diff"]
    square, difference = slots["exp_avg_sq"], slots["neg_pre_grad"]
    if first:
        negative(g, difference)
    add(difference, g, difference)
    accumulate(average, beta1, g)
    accumulate(differences, beta2, difference)
    multiply(difference, beta2, difference)
    add(difference, g, difference)
    accumulate_square(square, beta3, difference, work)
    negative(g, slots["neg_pre_grad"])
    sqrt(square, work)
    add(work, eps, work)
    multiply(differences, change, g)
    add(g, average, g)
    divide(g, work, g)
    multiply(g, rate, g)
    subtract(p, g, p)
    if h["weight_decay"]:
        multiply(p, kept, p)


NADAM = Optimizer(
    name="nadam",
    title="NAdam",
    formula="p -= lr (mu m + (1 - mu) g) / sqrt(v)",
    about="Adam that looks ahead along its momentum, as Nesterov does; turns earlier",
    source="Dozat 2016",
    lr=2e-3,
    normalised=True,
    hyper=(
        make_beta1(0.9),
        make_beta2(0.999),
        make_eps(1e-8),
        make_weight_decay(0.0),
        Hyper("momentum_decay", 4e-3, 0.0, 1.0, "how fast the momentum warms up"),
        DECOUPLED,
        MAXIMIZE,
    ),
    slots=(Slot("exp_avg", over="beta1"), Slot("exp_avg_sq", over="beta2", holds="square")),
    constants=_nadam_constants,
    update=_nadam,
)
ADAN = Optimizer(
    name="adan",
    title="Adan",
    formula="d = mean change of g; p -= lr (m + b2 d) / sqrt(v)",
    about="feels from its change where the gradient is heading; takes large rates",
    source="Xie et al. 2022",
    lr=1e-3,
    normalised=True,
    hyper=(
        make_beta1(0.98),
        Hyper(
            "beta2", 0.92, 0.0, 0.999999, "how slowly the mean change forgets; betas[1] in the paper's code"
        ),
        Hyper("beta3", 0.99, 0.0, 0.999999, "how slowly the squares forget; betas[2] in the paper's code"),
        make_eps(1e-8),
        make_weight_decay(0.0),
        MAXIMIZE,
    ),
    slots=(
        Slot("exp_avg", over="beta1"),
        Slot("exp_avg_diff", over="beta2"),
        Slot("exp_avg_sq", over="beta3", holds="square"),
        Slot("neg_pre_grad"),
    ),
    constants=_adan_constants,
    update=_adan,
)
