"""Write assets/landscapes/learning_rates.toml: per landscape and optimizer, the rate that starts best.

Usage: python tests/make/tune.py [LANDSCAPE...]; without names, all of them. Other landscapes keep their rates.

A crowd of 400 uniform starts rolls for 600 steps at each of 33 rates over four decades. The fastest of them moves the
median ball by 0.2 % of the domain in its first step: at 60 steps a second a ball then rolls for seconds.
Rates that lose more than 1 % of the balls are out, not counting those whose way down leads out of the domain.
The lowest median loss at the end wins; between equals, the lowest on the way. Where there is no floor to reach,
the median ball is to leave after 300 steps.
"""

import sys

import numpy as np
import numpy.typing as npt

import assets
import landscapes
from game.simulation.optimizers import OPTIMIZERS, Optimizer, complete_settings
from landscapes.landscape import Array
from landscapes.rates import rates

STARTS = 400
STEPS = 600
LEAVING_STEPS = 300
FASTEST = 0.002
"""Share of the domain that the median ball may move in its first step."""
DECADES = np.linspace(-4, 0, 33)


def tune(landscape: landscapes.Landscape, optimizer: Optimizer) -> float:
    """The best rate, to two digits."""
    starts = _draw(landscape)
    (first,), _ = _roll(landscape, optimizer, starts, np.array([1e-9]), steps=1)
    pace = np.median(np.linalg.norm(first - starts, axis=0)) / 1e-9
    candidates = np.array([_round(rate) for rate in FASTEST * landscape.extent / pace * 10**DECADES])
    unavoidable = _share_led_out(landscape, starts)
    if unavoidable > 0.99:
        paths, _ = _roll(landscape, optimizer, starts, candidates, LEAVING_STEPS)
        left = np.array([_outside(landscape, path).mean() for path in paths])
        return float(candidates[np.argmax(left > 0.5)])
    paths, losses = _roll(landscape, optimizer, starts, candidates, STEPS)
    lost = np.array([_outside(landscape, path).mean() for path in paths])
    kept = lost <= unavoidable + 0.01
    resolution = 1e-6 * np.ptp(landscape.value(starts))
    final = np.floor(losses[-1] / resolution)
    order = np.lexsort([losses.mean(axis=0), final, ~kept])
    return float(candidates[order[0]])


def _roll(
    landscape: landscapes.Landscape, optimizer: Optimizer, starts: Array, candidates: Array, steps: int
) -> tuple[Array, Array]:
    """Where the balls end, ``(rates, 2, starts)``, and the median loss at every tenth step, ``(steps / 10, rates)``.

    Balls that left the domain stay out, and count as the highest loss.
    """
    settings = complete_settings(optimizer, {})
    p = np.tile(starts, len(candidates))
    lr = np.repeat(candidates, starts.shape[1])
    slots = {
        slot.name: np.full_like(p, float(settings[slot.start]) if slot.start else 0.0)
        for slot in optimizer.slots
        if not slot.when or settings[slot.when]
    }
    g, work = np.empty_like(p), np.empty_like(p)
    scratch = np.empty((landscape.field.scratch, *p.shape))
    medians = []
    for t in range(1, steps + 1):
        landscape.field.gradient(p, g, scratch)
        optimizer.update(p, g, slots, t, lr, settings, work)
        p[:, _outside(landscape, p)] = np.nan
        if t % 10 == 0:
            loss = np.nan_to_num(landscape.field.value(p), nan=1e300).reshape(len(candidates), -1)
            medians.append(np.median(loss, axis=1))
    return p.reshape(2, len(candidates), -1).transpose(1, 0, 2), np.array(medians)


def _share_led_out(landscape: landscapes.Landscape, starts: Array) -> float:
    """The share of balls that leave the domain even in steps of a thousandth of it, straight down."""
    p = starts.copy()
    for _ in range(3000):
        g = landscape.gradient(p)
        p -= 1e-3 * landscape.extent * g / (np.linalg.norm(g, axis=0) + 1e-6 * landscape.gradient_scale)
        p[:, _outside(landscape, p)] = np.nan
    return float(_outside(landscape, p).mean())


def _outside(landscape: landscapes.Landscape, p: Array) -> npt.NDArray[np.bool_]:
    x_min, x_max, y_min, y_max = landscape.domain
    return np.asarray(~((x_min <= p[0]) & (p[0] <= x_max) & (y_min <= p[1]) & (p[1] <= y_max)))


def _draw(landscape: landscapes.Landscape) -> Array:
    low, high = np.reshape(landscape.domain, (2, 2)).T[:, :, None]
    return np.asarray(low + np.random.default_rng(0).random((2, STARTS)) * (high - low))


def _round(rate: float) -> float:
    return float(f"{rate:.1e}")


if __name__ == "__main__":
    lines = ["# Learning rate per optimizer on each landscape, found by tests/make/tune.py."]
    for name in landscapes.names():
        table = dict(rates(name))
        if not sys.argv[1:] or name in sys.argv[1:]:
            surface = landscapes.get(name)
            with np.errstate(all="ignore"):
                table = {optimizer.name: tune(surface, optimizer) for optimizer in OPTIMIZERS}
        if table:
            lines += ["", f"[{name}]", *(f"{optimizer} = {rate:g}" for optimizer, rate in table.items())]
            print("\n".join(lines[-len(table) - 1 :]), flush=True)
    assets.path("landscapes", "learning_rates.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
