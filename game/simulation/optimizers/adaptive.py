"""Steps divided by how steep it has been along each axis: AdaGrad, RMSprop and Adadelta."""

import math

from numpy import add, divide, maximum, multiply, sqrt, subtract

from game.simulation.optimizers.method import Constants, Hyper, Optimizer, Rate, Settings, Slot, Slots
from game.simulation.optimizers.pieces import (
    MAXIMIZE,
    accumulate,
    accumulate_square,
    make_eps,
    make_weight_decay,
    orient,
)
from landscapes.landscape import Array


def _adagrad_constants(t: int, lr: Rate, h: Settings) -> Constants:
    return lr / (1.0 + (t - 1) * h["lr_decay"]), h["eps"]


def _adagrad(p: Array, g: Array, slots: Slots, c: tuple[Array, ...], h: Settings, work: Array) -> None:
    lr, eps = c
    orient(p, g, h, work)
    total = slots["sum"]
    multiply(g, g, work)
    add(total, work, total)
    sqrt(total, work)
    add(work, eps, work)
    divide(g, work, g)
    multiply(g, lr, g)
    subtract(p, g, p)


def _rmsprop_constants(_t: int, lr: Rate, h: Settings) -> Constants:
    root = math.sqrt(1.0 - h["alpha"])
    return h["alpha"], root, h["eps"] / root, h["momentum"], 1.0 / root, lr, lr / root, 0.0


def _rmsprop(p: Array, g: Array, slots: Slots, c: tuple[Array, ...], h: Settings, work: Array) -> None:
    alpha, root, eps, momentum, inverse_root, lr, lr_over_root, zero = c
    orient(p, g, h, work)
    square = slots["square_avg"]
    accumulate_square(square, alpha, g, work)
    if h["centered"]:
        average = slots["grad_avg"]
        accumulate(average, alpha, g)
        multiply(average, root, work)
        multiply(work, work, work)
        subtract(square, work, work)
        # A variance that rounding made negative would be the end of the ball.
        maximum(work, zero, out=work)
        sqrt(work, work)
    else:
        sqrt(square, work)
    add(work, eps, work)
    divide(g, work, g)
    if h["momentum"]:
        multiply(g, inverse_root, g)
        accumulate(slots["momentum_buffer"], momentum, g)
        multiply(slots["momentum_buffer"], lr, g)
    else:
        multiply(g, lr_over_root, g)
    subtract(p, g, p)


def _adadelta_constants(_t: int, lr: Rate, h: Settings) -> Constants:
    return lr, h["rho"], h["eps"] / (1.0 - h["rho"])


def _adadelta(p: Array, g: Array, slots: Slots, c: tuple[Array, ...], h: Settings, work: Array) -> None:
    lr, rho, eps = c
    orient(p, g, h, work)
    accumulate_square(slots["square_avg"], rho, g, work)
    # Both averages are kept over 1 - rho, which drops out of their quotient.
    add(slots["square_avg"], eps, work)
    sqrt(work, work)
    divide(g, work, g)
    add(slots["acc_delta"], eps, work)
    sqrt(work, work)
    multiply(g, work, g)
    accumulate_square(slots["acc_delta"], rho, g, work)
    multiply(g, lr, g)
    subtract(p, g, p)


ADAGRAD = Optimizer(
    name="adagrad",
    title="AdaGrad",
    formula="s += g^2; p -= lr g / sqrt(s)",
    about="steps shrink where it was steep; good for rare features, and stops early",
    source="Duchi, Hazan and Singer 2011",
    lr=1e-2,
    normalised=True,
    hyper=(
        Hyper("lr_decay", 0.0, 0.0, 1.0, "how fast the rate falls with the steps taken"),
        make_weight_decay(0.0),
        Hyper("initial_accumulator_value", 0.0, 0.0, 1e6, "where the sum of squares starts"),
        make_eps(1e-10),
        MAXIMIZE,
    ),
    slots=(Slot("sum", start="initial_accumulator_value", holds="square"),),
    constants=_adagrad_constants,
    update=_adagrad,
)
RMSPROP = Optimizer(
    name="rmsprop",
    title="RMSprop",
    formula="v = mean g^2; p -= lr g / sqrt(v)",
    about="same pace on steep and flat ground; good for uneven slopes, jitters at the end",
    source="Hinton 2012, lecture 6e",
    lr=1e-2,
    normalised=True,
    hyper=(
        Hyper("alpha", 0.99, 0.0, 0.999999, "how slowly the squares forget"),
        make_eps(1e-8),
        make_weight_decay(0.0),
        Hyper("momentum", 0.0, 0.0, 1.0, "how much of the last step is kept"),
        Hyper("centered", False, 0, 1, "divide by the deviation, not by the root mean square"),
        MAXIMIZE,
    ),
    slots=(
        Slot("square_avg", over="alpha", holds="square"),
        Slot("momentum_buffer", when="momentum"),
        Slot("grad_avg", over="alpha", when="centered"),
    ),
    constants=_rmsprop_constants,
    update=_rmsprop,
)
ADADELTA = Optimizer(
    name="adadelta",
    title="Adadelta",
    formula="d = g sqrt(mean d^2 / mean g^2); p -= lr d",
    about="finds the length of its steps from the last ones; starts slowly, needs no tuning",
    source="Zeiler 2012",
    lr=1.0,
    normalised=True,
    hyper=(
        Hyper("rho", 0.9, 0.0, 0.999999, "how slowly both averages forget"),
        make_eps(1e-6),
        make_weight_decay(0.0),
        MAXIMIZE,
    ),
    slots=(
        Slot("square_avg", over="rho", holds="square"),
        Slot("acc_delta", over="rho", holds="square"),
    ),
    constants=_adadelta_constants,
    update=_adadelta,
)
