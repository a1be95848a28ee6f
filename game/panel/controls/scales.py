"""How far along its slider a number is: each hyper-parameter on a scale that fits it."""

import math
from collections.abc import Callable
from typing import NamedTuple

from game.simulation.optimizers import Hyper
from game.simulation.schedules import Parameter

NOTCH = 0.06
"""Share of a slider that stands for zero where the rest is in decades."""


class Scale(NamedTuple):
    """A way along a slider, from 0 to 1, and back.

    Attributes:
        share: of a value.
        value: at a share, rounded to what a reader can tell apart.
    """

    share: Callable[[float], float]
    value: Callable[[float], float]


def linear(low: float, high: float) -> Scale:
    """Even steps, two decimals of the whole."""
    return Scale(
        lambda value: (value - low) / (high - low),
        lambda share: _clip(_short(low + share * (high - low), 3), low, high),
    )


def decades(low: float, high: float) -> Scale:
    """Even steps in decades; ``low`` is above 0."""
    span = math.log(high / low)
    return Scale(
        lambda value: math.log(max(value, low) / low) / span,
        lambda share: _clip(_short(low * math.exp(share * span), 3), low, high),
    )


def decades_from_zero(low: float, high: float) -> Scale:
    """Zero at the left end, then even steps in decades."""
    inner = decades(low, high)
    return Scale(
        lambda value: NOTCH + (1 - NOTCH) * inner.share(value) if value > 0 else 0.0,
        lambda share: inner.value((share - NOTCH) / (1 - NOTCH)) if share >= NOTCH else 0.0,
    )


def nearness_to_one(nearest: float) -> Scale:
    """How much is missing to 1, in decades: 0.9, 0.99 and 0.999 are equally far apart."""
    span = -math.log(nearest)
    return Scale(
        lambda value: -math.log(max(1 - value, nearest)) / span,
        lambda share: 1 - _short(math.exp(-share * span), 2),
    )


_AVERAGE, _SHARE = nearness_to_one(1e-4), linear(0.0, 1.0)
SCALES: dict[str, Scale] = {
    "momentum": _AVERAGE,
    "beta1": _AVERAGE,
    "beta2": _AVERAGE,
    "beta3": _AVERAGE,
    "rho": _AVERAGE,
    "dampening": _SHARE,
    "nu": _SHARE,
    "nu1": _SHARE,
    "nu2": _SHARE,
    "eta_minus": linear(0.01, 0.99),
    "eta_plus": linear(1.01, 3.0),
    "weight_decay": decades_from_zero(1e-6, 1.0),
    "eps": decades(1e-16, 1.0),
    "friction": decades_from_zero(1e-4, 10.0),
    "gravity": decades_from_zero(1e-2, 100.0),
    "initial_accumulator_value": decades_from_zero(1e-6, 100.0),
    "lambd": decades_from_zero(1e-6, 1.0),
    "lr_decay": decades_from_zero(1e-6, 1.0),
    "momentum_decay": decades_from_zero(1e-5, 1.0),
    "step_max": decades_from_zero(1e-4, 1e3),
    "step_min": decades_from_zero(1e-12, 1e-2),
    "t0": decades_from_zero(1.0, 1e7),
    "clip_value": decades_from_zero(1e-3, 1e3),
    "clip_norm": decades_from_zero(1e-3, 1e3),
    "sam": decades_from_zero(1e-4, 10.0),
}
"""By the name of the hyper-parameter."""
PARAMETERS: dict[str, Scale] = {
    "eta_min": decades_from_zero(1e-6, 1.0),
    "min_lr": decades_from_zero(1e-6, 1.0),
    "eps": decades_from_zero(1e-12, 1.0),
    "lr_decay": decades_from_zero(1e-5, 10.0),
    "power": linear(0.0, 5.0),
    "threshold": decades_from_zero(1e-8, 0.99),
}
"""Of schedules, by the name of the parameter."""
MOST_STEPS = 20_000.0
"""Longer than this nobody looks at a schedule."""
NOISE = decades_from_zero(1e-3, 10.0)
SPEED = decades(0.1, 100.0)


def scale_of(row: Hyper) -> Scale:
    """What suits a hyper-parameter; of one that nobody thought of, what its range suggests."""
    if row.name in SCALES:
        return SCALES[row.name]
    if row.default >= 0.9 and row.low == 0 and row.high < 1:
        return _AVERAGE
    if row.high <= 10:
        return linear(row.low, row.high)
    middle = float(row.default) or 1.0
    return decades_from_zero(max(row.low, middle * 1e-3), min(row.high, middle * 1e3))


def scale_of_parameter(row: Parameter) -> Scale:
    """What suits a parameter of a schedule: shares evenly, steps and factors in decades."""
    if row.name in PARAMETERS:
        return PARAMETERS[row.name]
    if row.high <= 1:
        return _AVERAGE if row.default >= 0.9 else _SHARE
    most = min(row.high, MOST_STEPS)
    scale = decades(row.low, most) if row.low > 0 else decades_from_zero(1.0, most)
    return Scale(scale.share, lambda share: float(round(scale.value(share)))) if row.whole else scale


def rates_around(usual: float) -> Scale:
    """Learning rates, three decades to both sides of the usual one."""
    return decades(usual * 1e-3, usual * 1e3)


def _short(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def _clip(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
