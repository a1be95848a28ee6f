"""What a ball feels of the ground: the slope of all samples or of its own few, with noise, clipped, sharpness-aware.

All in place on a block of balls; nothing here depends on how balls are cut into blocks.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from game.simulation.blocks import Block
from game.simulation.minibatches import Decks
from game.simulation.noise import add_normal, draw_normal, draw_uniform
from game.simulation.optimizers import Optimizer, Settings
from game.simulation.spaces import Space
from landscapes.errors import InputError
from landscapes.landscape import Array, Domain

_TINY = 1e-12
"""Keeps the length of a gradient from zero; as in the SAM paper's code."""
_CLIP_EPS = 1e-6
"""Added to a norm before it divides, as in ``torch.nn.utils.clip_grad_norm_``."""


DEALT = 2**18
"""Samples dealt to all balls at once at most, half a megabyte of their numbers."""


class Ground(NamedTuple):
    """A landscape as a swarm feels it.

    Attributes:
        space: where balls roll, and the surface of all samples there.
        decks: deal each ball its minibatches; ``None`` if every step sees all samples.
        deviation: of the noise that is added to each component of the gradient.
    """

    space: Space
    decks: Decks | None
    deviation: float


def feel(block: Block, ground: Ground, tick: int, key: int, settings: Settings) -> None:
    """Write into ``block.gradient`` what the balls feel where they are.

    Args:
        block: of balls.
        ground: what they feel.
        tick: decides the minibatch.
        key: of the noise; the same ball with the same key always feels the same.
        settings: ``sam`` (Foret et al. 2021: the slope a step uphill), then ``clip_value`` and ``clip_norm``, as
            ``torch.nn.utils`` has them, each ball a model of its own.
    """
    gradient, work = block.gradient, block.work
    data, decks = ground.space.data, ground.decks

    def measure(at: Array) -> None:
        if decks is None or data is None:
            ground.space.field.gradient(at, gradient, block.scratch)
        else:
            for balls in _cut(block, decks):
                data.gradient(at[:, balls], decks.deal(tick, block.ids[balls]), gradient[:, balls])
        if ground.deviation:
            add_normal(gradient, ground.deviation, block.ids, key)

    measure(block.position)
    if reach := settings["sam"]:
        length = _find_length(gradient) + _TINY
        np.multiply(gradient, reach / length, out=work)
        if settings.get("maximize"):
            np.negative(work, out=work)
        np.add(block.position, work, out=work)
        measure(work)
    if most := settings["clip_value"]:
        np.clip(gradient, -most, most, out=gradient)
    if most := settings["clip_norm"]:
        length = _find_length(gradient) + _CLIP_EPS
        np.multiply(gradient, np.minimum(most / length, 1.0), out=gradient)


def _find_length(gradient: Array) -> Array:
    total = gradient[0] ** 2 + gradient[1] ** 2
    for row in gradient[2:]:
        total += row**2
    return np.asarray(np.sqrt(total))


def draw_proposals(block: Block, optimizer: Optimizer, domain: Domain, key: int) -> None:
    """Write into ``block.gradient`` the random numbers that a search makes its proposals from."""
    if optimizer.draws == "normal":
        draw_normal(block.gradient, block.ids, key)
        return
    draw_uniform(block.gradient, block.ids, key)
    for row, low, high in ((0, *domain[:2]), (1, *domain[2:])):
        block.gradient[row] *= high - low
        block.gradient[row] += low


def move_where_better(block: Block, ground: Ground, tick: int) -> None:
    """Move the balls to their proposals in ``block.gradient`` where these are on the map and lower.

    On a minibatch both are measured on the same samples. A loss has no noise of its own.
    """
    landscape, position, tried = ground.space.landscape, block.position, block.gradient
    data, decks = landscape.data, ground.decks
    if decks is None or data is None:
        before, after = landscape.field.value(position), landscape.field.value(tried)
    else:
        before, after = np.empty_like(position)
        for balls in _cut(block, decks):
            rows = decks.deal(tick, block.ids[balls])
            before[balls], after[balls] = (
                data.value(position[:, balls], rows),
                data.value(tried[:, balls], rows),
            )
    x_min, x_max, y_min, y_max = landscape.domain
    x, y = tried
    better = (after < before) & (x >= x_min) & (x <= x_max) & (y >= y_min) & (y <= y_max)
    np.copyto(position, tried, where=better)


def _cut(block: Block, decks: Decks) -> Iterator[slice]:
    """Balls in portions to which a moderate number of samples is dealt at a time."""
    size, most = block.ids.size, max(1, DEALT // decks.batch_size)
    return (slice(first, min(first + most, size)) for first in range(0, size, most))


def measure_deviation(space: Space, noise: float, batch_size: int | None) -> float:
    """Standard deviation of the gradient's noise, in units of the space.

    Where there are no samples to draw from, a minibatch of ``b`` is noise that falls with the root of ``b``; that of
    a single sample is then ``noise``, or if none was asked for as large as the typical gradient.
    """
    if noise and space.whole:
        raise InputError("whole networks take no noise: their minibatches make it; set a batch size")
    deviation = noise * space.gradient_scale
    if batch_size is None or space.data is not None:
        return deviation if noise else 0.0
    return (deviation or space.gradient_scale) / math.sqrt(batch_size)
