"""Relief: how true losses become display heights, and which way of it suits a surface. Display only."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from landscapes.landscape import Array, Relief

Curve = Callable[[Array], Array]

CLIP = 0.97
"""Share of the ground that the clipped relief shows at its true proportions; what is higher is a flat top."""
TAIL = 0.28
"""Of the whole height: where the highest 2 % of the ground take more than this, they drown the rest."""
TAILS = 0.4
"""The same for the lowest 2 % and the highest 2 % where both stick out."""
SPIKES = 0.4
"""Of the whole height: where 98 % of the ground stay below this, what sticks out are spikes."""
FLAT = 0.04
"""Of the whole height: half of the ground below this cannot be told from a plain."""
NEAREST_TICKS = 0.11
"""Ticks of a scale stand at least this share of the height apart."""
WIDEST_GAP = 0.3
"""Even steps between ticks are worth this share of the height without one."""


@dataclass(frozen=True, eq=False)
class Scale:
    """How loss becomes height on one surface.

    Attributes:
        relief: by name, never ``auto``.
        low: loss at the foot of the height.
        high: loss at its top.
        clipped: whether there is ground with a higher loss, shown as high as the top.
        heights: loss, any shape, to display height in [0, 1]; never falls where the loss rises, 0 in holes.
    """

    relief: Relief
    low: float
    high: float
    clipped: bool
    heights: Curve


def fit_scale(loss: Array, relief: Relief = "auto") -> Scale:
    """Fit a relief to the losses of a surface.

    Args:
        loss: samples of it, any shape; holes are whatever is not finite.
        relief: by name; ``auto`` takes what ``choose_relief`` says.
    """
    loss = _ground(loss)
    named = choose_relief(loss) if relief == "auto" else relief
    low, high = float(loss.min()), float(loss.max())
    curve, top = _RELIEFS[named](loss)
    return Scale(named, low, min(high, top), top < high, _stretch(curve, low, min(high, top)))


def choose_relief(loss: Array) -> Relief:
    """The relief that shows a surface best, judged by where its ground lies between the lowest and highest loss.

    Args:
        loss: samples of it, any shape; holes are whatever is not finite.
    """
    loss = _ground(loss)
    low, high = float(loss.min()), float(loss.max())
    if not low < high:
        return "linear"
    first, middle, last = np.quantile(_share(loss, low, high), (0.02, 0.5, 0.98)).tolist()
    if min(first, 1 - last) > TAILS:
        return "symlog" if low < 0 < high else "equalised"
    towers = 1 - last > TAIL
    if towers and last < SPIKES and middle > last / 5:
        return "clipped"
    if towers or middle < FLAT:
        return "log"
    return "linear"


def rank_among(values: Array) -> Curve:
    """A function that tells which share of these values, any shape, is lower than each of others."""
    order = np.sort(values, axis=None)

    def rank(at: Array) -> Array:
        lower: Array = np.searchsorted(order, at).astype(np.float64)
        return lower / max(order.size - 1, 1)

    return rank


def place_ticks(scale: Scale) -> list[float]:
    """Round losses to write beside a scale, lowest first, none too near to another."""
    largest = max(abs(scale.low), abs(scale.high))
    if scale.high - scale.low <= 1e-12 * max(largest, 1e-280):
        return [scale.low]
    decade = math.ceil(math.log10(largest))
    powers = [10.0**power for power in range(decade, decade - 14, -1)]
    even = _step_evenly(scale, powers)
    if np.diff([0.0, *_heights(scale, even), 1.0]).max() <= WIDEST_GAP:
        return even
    return _step_finer(scale, powers) or [scale.low]


def _step_evenly(scale: Scale, powers: list[float]) -> list[float]:
    """Multiples of the finest round number of which no two are too near to each other."""
    best: list[float] = []
    for step in (digit * power for power in powers for digit in (5, 2, 1)):
        first, last = math.ceil(scale.low / step), math.floor(scale.high / step)
        # No scale has room for more than a dozen.
        ticks = [number * step for number in range(first, min(last, first + 12) + 1)]
        if len(ticks) > 1 and np.diff(_heights(scale, ticks)).min() < NEAREST_TICKS:
            break
        best = ticks
    return best


def _step_finer(scale: Scale, powers: list[float]) -> list[float]:
    """Zero, powers of ten, then less round losses wherever there is room, the more the less round they are."""
    round_ones = [sign * digit * power for digit in (1, 5, 2) for power in powers for sign in (1, -1)]
    others = [
        number * digit * power
        for power in powers
        for digit in (5, 2, 1)
        for number in range(
            math.ceil(scale.low / (digit * power)), math.ceil(scale.low / (digit * power)) + 20
        )
    ]
    taken: dict[float, float] = {}
    for rooms, ticks in ((1, [0.0, *round_ones]), (2, others)):
        inside = [tick for tick in ticks if scale.low <= tick <= scale.high]
        for tick, height in zip(inside, _heights(scale, inside), strict=True):
            if all(abs(height - other) >= rooms * NEAREST_TICKS for other in taken.values()):
                taken[tick] = height
    return sorted(taken)


def _heights(scale: Scale, losses: list[float]) -> list[float]:
    return [float(height) for height in scale.heights(np.array(losses, np.float64))]


def _ground(loss: Array) -> Array:
    """What is not a hole, and so small that differences stay finite; a plain where there is nothing else."""
    ground = np.asarray(loss, np.float64)[np.isfinite(loss)].clip(-1e300, 1e300)
    return ground if ground.size else np.zeros(1)


def _share(loss: Array, low: float, high: float) -> Array:
    share: Array = (loss - low) / max(high - low, 1e-300)
    return share


def _stretch(curve: Curve, low: float, high: float) -> Curve:
    """A curve through losses with its ends moved to zero and one."""
    foot, top = curve(np.array([low, high])).tolist()

    def heights(loss: Array) -> Array:
        bounded = np.clip(np.nan_to_num(np.asarray(loss, np.float64), nan=low), low, high)
        share: Array = (curve(bounded) - foot) / max(top - foot, 1e-300)
        return share.clip(0, 1)

    return heights


def _linear(loss: Array) -> tuple[Curve, float]:  # noqa: ARG001
    return lambda at: at, math.inf


def _clipped(loss: Array) -> tuple[Curve, float]:
    return lambda at: at, float(np.quantile(loss, CLIP))


def _log(loss: Array) -> tuple[Curve, float]:
    above = loss - loss.min()
    # The knee sits at the first per cent of the ground: valleys gain depth, the floor stays finite.
    knee = max(float(np.quantile(above, 0.01)), 1e-6 * float(above.max()), 1e-300)
    low = float(loss.min())
    return lambda at: np.log1p((at - low) / knee), math.inf


def _symlog(loss: Array) -> tuple[Curve, float]:
    away = np.abs(loss)
    # Wider than the logarithm's, as it bends on both sides: the ground around zero must not become a cliff.
    knee = max(float(np.quantile(away, 0.25)), 1e-6 * float(away.max()), 1e-300)
    return lambda at: np.sign(at) * np.log1p(np.abs(at) / knee), math.inf


def _equalised(loss: Array) -> tuple[Curve, float]:
    low, high, ranks = float(loss.min()), float(loss.max()), rank_among(loss)
    return lambda at: 0.4 * _share(at, low, high) + 0.6 * ranks(at), math.inf


_RELIEFS: dict[Relief, Callable[[Array], tuple[Curve, float]]] = {
    "linear": _linear,
    "log": _log,
    "symlog": _symlog,
    "equalised": _equalised,
    "clipped": _clipped,
}
"""For each relief, how to fit it: the curve, and the loss at which it is cut off."""

RELIEFS: tuple[Relief, ...] = tuple(_RELIEFS)
"""In the order in which the key steps through them."""
