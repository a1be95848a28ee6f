"""Add the rates that assets/landscapes/learning_rates.toml lacks: per landscape and optimizer, what starts best.

Usage: python tests/make/tune.py [LANDSCAPE...]; without names, all of them. Rates that are there stay: to find one
anew, delete its line first.

A crowd of 400 uniform starts rolls for 600 steps at each of 33 rates over four decades. The fastest of them moves the
median ball by 0.2 % of the domain in its first step: at 60 steps a second a ball then rolls for seconds.
Rates that lose more than 1 % of the balls are out, not counting those whose way down leads out of the domain.
The lowest median loss at the end wins; between equals, the lowest on the way. Where there is no floor to reach,
the median ball is to leave after 300 steps. A real ball's rate is the square of its time step, and decides not where it
rolls but how fast the film runs: the median ball's longest step is to be 2 % of the domain at most.
"""

import sys

import numpy as np
import numpy.typing as npt

import assets
import landscapes
from game.simulation import OPTIMIZERS, Optimizer, Swarm
from landscapes.landscape import Array
from landscapes.rates import rates

STARTS = 400
STEPS = 600
LEAVING_STEPS = 300
FASTEST = 0.002
"""Share of the domain that the median ball may move in its first step."""
TOP_SPEED = 0.02
"""Share of the domain that the median real ball may move in any step."""
DECADES = np.linspace(-4, 0, 33)
PACED_BY = {"radam": 600}
"""The step that counts as the first: RAdam's first steps are as long as the slope is steep, its later ones are not."""


def tune(landscape: landscapes.Landscape, optimizer: Optimizer) -> float:
    """The best rate, to two digits."""
    starts = _draw(landscape)
    pace = _measure_pace(landscape, optimizer, starts)
    candidates = np.array([_round(rate) for rate in FASTEST * landscape.extent / pace * 10**DECADES])
    if optimizer.brakes:
        longest = _measure_longest_step(landscape, optimizer, starts, candidates[-1])
        return _round(candidates[-1] * min(1.0, TOP_SPEED * landscape.extent / longest) ** 2)
    unavoidable = _share_led_out(landscape, starts)
    if unavoidable > 0.99:
        left, _ = _roll(landscape, optimizer, starts, candidates, LEAVING_STEPS)
        # Where all rates lead out, or none does, there is nothing to choose.
        return float(candidates[np.argmax(left > 0.5)] if left.min() <= 0.5 < left.max() else candidates[-1])
    left, losses = _roll(landscape, optimizer, starts, candidates, STEPS)
    kept = left <= unavoidable + 0.01
    resolution = 1e-6 * np.ptp(landscape.value(starts))
    final = np.floor(losses[-1] / resolution)
    order = np.lexsort([losses.mean(axis=0), final, ~kept])
    return float(candidates[order[0]])


def _measure_pace(landscape: landscapes.Landscape, optimizer: Optimizer, starts: Array) -> float:
    """How far a rate of 1 would move the median of the balls that move, in their first step."""
    rate = 1e-9 * landscape.extent
    settings = {"step_min": 0.0} if optimizer.name == "rprop" else {}
    swarm = Swarm(landscape, optimizer.name, starts, lr=rate, settings=settings, dtype=np.float64)
    swarm.step(PACED_BY.get(optimizer.name, 1))
    moved = np.linalg.norm(swarm.position - swarm.previous, axis=0)
    return float(np.median(moved[moved > 0])) / rate


def _measure_longest_step(
    landscape: landscapes.Landscape, optimizer: Optimizer, starts: Array, rate: float
) -> float:
    swarm = Swarm(landscape, optimizer.name, starts, lr=rate, dtype=np.float64)
    longest = np.zeros(starts.shape[1])
    for _ in range(STEPS):
        swarm.step()
        np.fmax(longest, np.linalg.norm(swarm.position - swarm.previous, axis=0), out=longest)
    return float(np.median(longest))


def _roll(
    landscape: landscapes.Landscape, optimizer: Optimizer, starts: Array, candidates: Array, steps: int
) -> tuple[Array, Array]:
    """The share of balls that left ``(rates,)``, and the median loss at every tenth step ``(steps / 10, rates)``.

    Balls that left the domain count as the highest loss.
    """
    crowd, lr = np.tile(starts, len(candidates)), np.repeat(candidates, starts.shape[1])
    swarm = Swarm(landscape, optimizer.name, crowd, lr=lr, dtype=np.float64)
    medians = []
    for _ in range(0, steps, 10):
        swarm.step(10)
        outside = _outside(landscape, swarm.position)
        loss = np.where(outside, 1e300, landscape.value(swarm.position))
        medians.append(np.median(loss.reshape(len(candidates), -1), axis=1))
    return outside.reshape(len(candidates), -1).mean(axis=1), np.array(medians)


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
                # A search that draws anywhere on the map has no steps to size.
                rows = [row for row in OPTIMIZERS if row.draws != "map"]
                table = {row.name: table.get(row.name) or tune(surface, row) for row in rows}
        if table:
            lines += ["", f"[{name}]", *(f"{optimizer} = {rate:g}" for optimizer, rate in table.items())]
            print("\n".join(lines[-len(table) - 1 :]), flush=True)
    assets.path("landscapes", "learning_rates.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
