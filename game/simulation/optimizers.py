"""Update rules as pure functions over arrays, with PyTorch's names, defaults and order of operations.

Every rule works in place on a block of balls: ``p`` the positions and ``g`` their gradients, both
``(2, b)``; ``slots`` the rule's memory by name, ``(2, b)`` each; ``t`` the step, counted from 1; ``lr`` a
number or one per ball ``(b,)``; ``h`` the hyper-parameters by name; ``work`` one more ``(2, b)`` array.
``g`` and ``work`` hold nothing of use afterwards.

Exponential averages are kept divided by ``1 - decay``, which saves a pass over memory for each of them
(``Slot.over`` names the decay).
"""

import functools
import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from landscapes.errors import InputError, find, unknown
from landscapes.landscape import Array

Rate = float | Array
Settings = Mapping[str, float | bool]
Slots = Mapping[str, Array]
Update = Callable[[Array, Array, Slots, int, Rate, Settings, Array], None]


class Hyper(NamedTuple):
    """A hyper-parameter: a number within ``low`` and ``high``, or a switch if the default is a bool."""

    name: str
    default: float | bool
    low: float
    high: float
    about: str


class Slot(NamedTuple):
    """One ``(2, n)`` array that a rule remembers between steps.

    Attributes:
        name: PyTorch's name for it.
        start: the hyper-parameter it starts at; zero if none.
        over: the decay ``d`` of an average that is kept divided by ``1 - d``.
        when: the hyper-parameter that must not be zero for the array to exist.
        squared: whether it holds squares of gradients.
    """

    name: str
    start: str = ""
    over: str = ""
    when: str = ""
    squared: bool = False


class Optimizer(NamedTuple):
    """A row of the table of optimizers.

    Attributes:
        name: what one types.
        title: what a player reads.
        about: the idea in one line.
        source: who published it.
        lr: PyTorch's default learning rate.
        normalised: whether the length of a step does not depend on the length of the gradient.
        hyper: hyper-parameters, besides the learning rate.
        slots: what it remembers for each ball.
        update: the rule.
        conflict: why a combination of settings makes no sense; empty if it does.
    """

    name: str
    title: str
    about: str
    source: str
    lr: float
    normalised: bool
    hyper: tuple[Hyper, ...]
    slots: tuple[Slot, ...]
    update: Update
    conflict: Callable[[Settings], str] = lambda _: ""


def find_optimizer(name: str) -> Optimizer:
    """The row of that name.

    Raises:
        InputError: there is none.
    """
    return find("optimizer", name, OPTIMIZERS, "downslope list optimizers")


def complete_settings(optimizer: Optimizer, changes: Settings) -> dict[str, float | bool]:
    """All hyper-parameters of an optimizer: its defaults with these changes.

    Raises:
        InputError: an unknown name, a value out of range, or values that contradict each other.
    """
    rows = {row.name: row for row in optimizer.hyper}
    settings = {row.name: row.default for row in optimizer.hyper}
    for name, value in changes.items():
        if name not in rows:
            raise unknown(f"{optimizer.name} setting", name, rows)
        settings[name] = _checked(optimizer, rows[name], value)
    if reason := optimizer.conflict(settings):
        raise InputError(f"{optimizer.name}: {reason}")
    return settings


def _checked(optimizer: Optimizer, row: Hyper, value: float | bool) -> float | bool:
    switch = isinstance(row.default, bool)
    if switch and value in (0, 1):
        return bool(value)
    if not switch and not isinstance(value, bool) and row.low <= value <= row.high:
        return float(value)
    wanted = "true or false" if switch else f"a number from {row.low:g} to {row.high:g}"
    raise InputError(f"{optimizer.name}: {row.name} must be {wanted}, not {value}")


def _orient(p: Array, g: Array, h: Settings, work: Array) -> None:
    """Turn the gradient round for ascent, then add the penalty's: the order that PyTorch uses."""
    if h["maximize"]:
        np.negative(g, out=g)
    if h["weight_decay"]:
        np.multiply(p, h["weight_decay"], out=work)
        np.add(g, work, out=g)


def _shrink(p: Array, lr: Rate, h: Settings) -> None:
    """Decoupled weight decay."""
    if h["weight_decay"]:
        np.multiply(p, 1.0 - lr * h["weight_decay"], out=p)


def _accumulate(average: Array, decay: float, g: Array) -> None:
    np.multiply(average, decay, out=average)
    np.add(average, g, out=average)


def _accumulate_square(average: Array, decay: float, g: Array, work: Array) -> None:
    np.multiply(average, decay, out=average)
    np.multiply(g, g, out=work)
    np.add(average, work, out=average)


def _sgd(p: Array, g: Array, slots: Slots, t: int, lr: Rate, h: Settings, work: Array) -> None:
    _orient(p, g, h, work)
    step = g
    if momentum := h["momentum"]:
        buffer = slots["momentum_buffer"]
        if t == 1:
            np.copyto(buffer, g)
        elif dampening := h["dampening"]:
            np.multiply(g, 1.0 - dampening, out=work)
            _accumulate(buffer, momentum, work)
        else:
            _accumulate(buffer, momentum, g)
        step = buffer
        if h["nesterov"]:
            np.multiply(buffer, momentum, out=work)
            step = np.add(g, work, out=g)
    np.multiply(step, lr, out=work)
    np.subtract(p, work, out=p)


def _adagrad(p: Array, g: Array, slots: Slots, t: int, lr: Rate, h: Settings, work: Array) -> None:
    _orient(p, g, h, work)
    _accumulate_square(slots["sum"], 1.0, g, work)
    np.sqrt(slots["sum"], out=work)
    np.add(work, h["eps"], out=work)
    np.divide(g, work, out=g)
    np.multiply(g, lr / (1.0 + (t - 1) * h["lr_decay"]), out=g)
    np.subtract(p, g, out=p)


def _rmsprop(p: Array, g: Array, slots: Slots, _t: int, lr: Rate, h: Settings, work: Array) -> None:
    _orient(p, g, h, work)
    alpha = h["alpha"]
    root = math.sqrt(1.0 - alpha)
    _accumulate_square(slots["square_avg"], alpha, g, work)
    if h["centered"]:
        average = slots["grad_avg"]
        _accumulate(average, alpha, g)
        np.multiply(average, root, out=work)
        np.multiply(work, work, out=work)
        np.subtract(slots["square_avg"], work, out=work)
        # A variance that rounding made negative would be the end of the ball.
        np.maximum(work, 0.0, out=work)
        np.sqrt(work, out=work)
    else:
        np.sqrt(slots["square_avg"], out=work)
    np.add(work, h["eps"] / root, out=work)
    np.divide(g, work, out=g)
    if momentum := h["momentum"]:
        np.multiply(g, 1.0 / root, out=g)
        _accumulate(slots["momentum_buffer"], momentum, g)
        np.multiply(slots["momentum_buffer"], lr, out=g)
    else:
        np.multiply(g, lr / root, out=g)
    np.subtract(p, g, out=p)


def _adam(p: Array, g: Array, slots: Slots, t: int, lr: Rate, h: Settings, work: Array) -> None:
    _orient(p, g, h, work)
    _adam_step(p, g, slots, t, lr, h, work)


def _adamw(p: Array, g: Array, slots: Slots, t: int, lr: Rate, h: Settings, work: Array) -> None:
    if h["maximize"]:
        np.negative(g, out=g)
    _shrink(p, lr, h)
    _adam_step(p, g, slots, t, lr, h, work)


def _adam_step(p: Array, g: Array, slots: Slots, t: int, lr: Rate, h: Settings, work: Array) -> None:
    beta1, beta2 = h["beta1"], h["beta2"]
    mean, square = slots["exp_avg"], slots["exp_avg_sq"]
    _accumulate(mean, beta1, g)
    _accumulate_square(square, beta2, g, work)
    if h["amsgrad"]:
        square = np.maximum(slots["max_exp_avg_sq"], square, out=slots["max_exp_avg_sq"])
    root = math.sqrt((1.0 - beta2) / (1.0 - beta2**t))
    np.sqrt(square, out=work)
    np.add(work, h["eps"] / root, out=work)
    np.divide(mean, work, out=work)
    np.multiply(work, lr * ((1.0 - beta1) / ((1.0 - beta1**t) * root)), out=work)
    np.subtract(p, work, out=p)


def _nadam(p: Array, g: Array, slots: Slots, t: int, lr: Rate, h: Settings, work: Array) -> None:
    if h["decoupled_weight_decay"]:
        if h["maximize"]:
            np.negative(g, out=g)
        _shrink(p, lr, h)
    else:
        _orient(p, g, h, work)
    beta1, beta2 = h["beta1"], h["beta2"]
    mean, square = slots["exp_avg"], slots["exp_avg_sq"]
    _accumulate(mean, beta1, g)
    _accumulate_square(square, beta2, g, work)
    now, ahead, product, product_ahead = _nadam_momenta(t, beta1, h["momentum_decay"])
    root = math.sqrt((1.0 - beta2) / (1.0 - beta2**t))
    np.multiply(g, (1.0 - now) / (1.0 - product), out=g)
    np.multiply(mean, (1.0 - beta1) * ahead / (1.0 - product_ahead), out=work)
    np.add(g, work, out=g)
    np.sqrt(square, out=work)
    np.add(work, h["eps"] / root, out=work)
    np.divide(g, work, out=g)
    np.multiply(g, lr / root, out=g)
    np.subtract(p, g, out=p)


def _nadam_momenta(t: int, beta1: float, decay: float) -> tuple[float, float, float, float]:
    """Momentum of step ``t`` and ``t + 1``, and the products of all momenta up to each."""
    momenta, products = _nadam_table(beta1, decay, (t + 1).bit_length())
    return momenta[t - 1], momenta[t], products[t - 1], products[t]


@functools.lru_cache(maxsize=32)
def _nadam_table(beta1: float, decay: float, bits: int) -> tuple[list[float], list[float]]:
    t = np.arange(1, 1 << bits)
    momenta = beta1 * (1.0 - 0.5 * 0.96 ** (t * decay))
    return momenta.tolist(), np.cumprod(momenta).tolist()


def _lion(p: Array, g: Array, slots: Slots, _t: int, lr: Rate, h: Settings, work: Array) -> None:
    mean = slots["exp_avg"]
    _shrink(p, lr, h)
    beta1, beta2 = h["beta1"], h["beta2"]
    np.multiply(mean, beta1 * (1.0 - beta2) / (1.0 - beta1), out=work)
    np.add(work, g, out=work)
    # The sign, by numbers so large that all but zero reach the ends: ten times as fast as np.sign.
    np.multiply(work, float(np.finfo(work.dtype).max), out=work)
    np.clip(work, -1.0, 1.0, out=work)
    np.multiply(work, lr, out=work)
    np.subtract(p, work, out=p)
    _accumulate(mean, beta2, g)


def _sgd_conflict(h: Settings) -> str:
    if h["nesterov"] and (h["momentum"] <= 0 or h["dampening"] != 0):
        return "nesterov needs momentum above 0 and dampening 0"
    return ""


def _beta1(default: float) -> Hyper:
    return Hyper("beta1", default, 0.0, 0.999999, "how slowly the mean gradient forgets; betas[0] in PyTorch")


def _beta2(default: float) -> Hyper:
    return Hyper("beta2", default, 0.0, 0.999999, "how slowly the squares forget; betas[1] in PyTorch")


def _eps(default: float) -> Hyper:
    return Hyper("eps", default, 1e-16, 1.0, "keeps the divisor from zero; larger is more like plain descent")


def _weight_decay(default: float) -> Hyper:
    return Hyper("weight_decay", default, 0.0, 10.0, "a pull towards the origin")


_MAXIMIZE = Hyper("maximize", False, 0, 1, "climb instead of descend")
_AMSGRAD = Hyper("amsgrad", False, 0, 1, "divide by the largest mean square so far")
_MOMENTS = (Slot("exp_avg", over="beta1"), Slot("exp_avg_sq", over="beta2", squared=True))
_ADAM_SLOTS = (*_MOMENTS, Slot("max_exp_avg_sq", over="beta2", when="amsgrad", squared=True))


def _sgd_row(name: str, title: str, about: str, source: str, momentum: float, nesterov: bool) -> Optimizer:
    return Optimizer(
        name=name,
        title=title,
        about=about,
        source=source,
        lr=1e-3,
        normalised=False,
        hyper=(
            Hyper("momentum", momentum, 0.0, 1.0, "how much of the last step is kept"),
            Hyper("dampening", 0.0, 0.0, 1.0, "how much of the gradient the momentum ignores"),
            _weight_decay(0.0),
            Hyper("nesterov", nesterov, 0, 1, "look ahead along the momentum"),
            _MAXIMIZE,
        ),
        slots=(Slot("momentum_buffer", when="momentum"),),
        update=_sgd,
        conflict=_sgd_conflict,
    )


OPTIMIZERS: tuple[Optimizer, ...] = (
    _sgd_row(
        "sgd",
        "SGD",
        "p -= lr g: straight down the slope; simple, and slow along ravines",
        "Robbins and Monro 1951; Cauchy 1847",
        momentum=0.0,
        nesterov=False,
    ),
    _sgd_row(
        "momentum",
        "Momentum",
        "b = mu b + g, p -= lr b: a heavy ball; rolls through ravines and small dips",
        "Polyak 1964",
        momentum=0.9,
        nesterov=False,
    ),
    _sgd_row(
        "nesterov",
        "Nesterov",
        "p -= lr (g + mu b): a heavy ball that looks ahead; brakes before it overshoots",
        "Nesterov 1983; Sutskever et al. 2013",
        momentum=0.9,
        nesterov=True,
    ),
    Optimizer(
        name="adagrad",
        title="AdaGrad",
        about="p -= lr g / sqrt(sum g^2): steps shrink where it was steep; good for rare features",
        source="Duchi, Hazan and Singer 2011",
        lr=1e-2,
        normalised=True,
        hyper=(
            Hyper("lr_decay", 0.0, 0.0, 1.0, "how fast the rate falls with the steps taken"),
            _weight_decay(0.0),
            Hyper("initial_accumulator_value", 0.0, 0.0, 1e6, "where the sum of squares starts"),
            _eps(1e-10),
            _MAXIMIZE,
        ),
        slots=(Slot("sum", start="initial_accumulator_value", squared=True),),
        update=_adagrad,
    ),
    Optimizer(
        name="rmsprop",
        title="RMSprop",
        about="p -= lr g / sqrt(mean g^2): same pace on steep and flat ground; good for uneven slopes",
        source="Hinton 2012, lecture 6e",
        lr=1e-2,
        normalised=True,
        hyper=(
            Hyper("alpha", 0.99, 0.0, 0.999999, "how slowly the squares forget"),
            _eps(1e-8),
            _weight_decay(0.0),
            Hyper("momentum", 0.0, 0.0, 1.0, "how much of the last step is kept"),
            Hyper("centered", False, 0, 1, "divide by the deviation, not by the root mean square"),
            _MAXIMIZE,
        ),
        slots=(
            Slot("square_avg", over="alpha", squared=True),
            Slot("momentum_buffer", when="momentum"),
            Slot("grad_avg", over="alpha", when="centered"),
        ),
        update=_rmsprop,
    ),
    Optimizer(
        name="adam",
        title="Adam",
        about="p -= lr m / sqrt(v): momentum at RMSprop's even pace; the usual first choice",
        source="Kingma and Ba 2015",
        lr=1e-3,
        normalised=True,
        hyper=(_beta1(0.9), _beta2(0.999), _eps(1e-8), _weight_decay(0.0), _AMSGRAD, _MAXIMIZE),
        slots=_ADAM_SLOTS,
        update=_adam,
    ),
    Optimizer(
        name="adamw",
        title="AdamW",
        about="Adam, with the pull to the origin outside the average; the choice for large networks",
        source="Loshchilov and Hutter 2019",
        lr=1e-3,
        normalised=True,
        hyper=(_beta1(0.9), _beta2(0.999), _eps(1e-8), _weight_decay(1e-2), _AMSGRAD, _MAXIMIZE),
        slots=_ADAM_SLOTS,
        update=_adamw,
    ),
    Optimizer(
        name="nadam",
        title="NAdam",
        about="Adam that looks ahead along its momentum, as Nesterov does; turns earlier",
        source="Dozat 2016",
        lr=2e-3,
        normalised=True,
        hyper=(
            _beta1(0.9),
            _beta2(0.999),
            _eps(1e-8),
            _weight_decay(0.0),
            Hyper("momentum_decay", 4e-3, 0.0, 1.0, "how fast the momentum warms up"),
            Hyper("decoupled_weight_decay", False, 0, 1, "weight decay as in AdamW"),
            _MAXIMIZE,
        ),
        slots=_MOMENTS,
        update=_nadam,
    ),
    Optimizer(
        name="lion",
        title="Lion",
        about="p -= lr sign(m): every step equally long along each axis; found by program search",
        source="Chen et al. 2023",
        lr=1e-4,
        normalised=True,
        hyper=(_beta1(0.9), _beta2(0.99), _weight_decay(0.0)),
        slots=(Slot("exp_avg", over="beta2"),),
        update=_lion,
    ),
)
"""All optimizers, in the order in which players see them."""
