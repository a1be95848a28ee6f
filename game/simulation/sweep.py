"""The sweep: every 32nd tick it marks balls that settled or left, and clears numbers next to nothing."""

import enum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from game.simulation.blocks import Block
from game.simulation.optimizers import Slot
from game.simulation.spaces import Space, is_near
from landscapes.landscape import Array

SWEEP = 32
"""Ticks between sweeps."""
STILL = 1e-4
"""A ball that moved less than this share of the extent between sweeps may have settled."""
REST = 1e-3
"""A ball that a minimum lies nearer to than this share of the extent has arrived there."""
FEW = 4
"""A ball that got no further between sweeps than so many of its steps trembles."""
TREMBLE = 0.02
"""A ball whose steps are longer than this share of the extent leaps about: it does not tremble on one spot."""
PROBE = 1e-3
"""How far to each side, as a share of the extent, the ground's curvature is felt for."""
LEVEL = 1e-9
"""A gradient below this share of the landscape's typical one is none: a ball on a plateau stays there."""
CALM = 1e-3
"""Among all weights of a network, whose curvature nobody feels for, a gradient below this share of the typical one."""

Mask = npt.NDArray[np.bool_]


class Status(enum.IntEnum):
    """What became of a ball."""

    ROLLING = 0
    SETTLED = 1
    ESCAPED = 2
    DIVERGED = 3
    WAITING = 4


class Habits(NamedTuple):
    """What a swarm's way of rolling says about when its balls are at rest.

    Attributes:
        brakes: balls come to a stand wherever the ground is level enough.
        steady: neither noise nor minibatches shake them; whoever trembles then does so of itself.
        walled: balls cannot leave the map.
        climbs: they make for the highest ground, not the lowest.
        pull: of the weight decay, towards the origin.
    """

    brakes: bool
    steady: bool
    walled: bool
    climbs: bool
    pull: float


def sweep(block: Block, space: Space, habits: Habits) -> None:
    """Mark balls that settled or left; park at NaN those that left.

    The fields of landscapes may be asked for positions that are not numbers: callers silence numpy's warnings.
    """
    position, previous, anchor, work = block.position, block.previous, block.anchor, block.work
    inside = _is_inside(block, space)
    reach = (STILL * space.extent) ** 2
    net = _length_squared(np.subtract(position, anchor, out=work))
    still = net < reach
    if habits.steady:
        # Who trembles at a fixed rate is not still, but gets no further in a sweep than in a few steps.
        few = _length_squared(np.subtract(position, previous, out=work))
        few *= FEW**2
        still |= (net < few) & (few < (FEW * TREMBLE * space.extent) ** 2)
    # A ball that settled and stays where it is needs no second look; a change of the optimizer wakes it.
    settled = still & (block.status == Status.SETTLED)
    still ^= settled
    if np.count_nonzero(still):
        fresh = np.flatnonzero(still)
        at, net = position[:, fresh], net[fresh]
        step = _length_squared(at - previous[:, fresh])
        near = (REST * space.extent) ** 2
        limit = np.maximum(near, FEW**2 * step) if habits.steady else near
        # A ball that crawls gets on with every step; one that jitters makes way and gets nowhere.
        jitters = (step * (SWEEP / 4) ** 2 > net) & (net < reach)
        settled[fresh] = jitters | _is_at_rest(space, at, limit, habits)
        if habits.brakes:
            settled[fresh] |= (step == 0) & (net == 0)
    if inside.all():
        # The usual case, at a third of the price.
        np.copyto(block.status, settled.view(np.uint8))
        np.copyto(anchor, position)
        return
    np.copyto(block.status, settled.view(np.uint8), where=inside)
    np.copyto(anchor, position, where=inside)
    left = np.flatnonzero(~inside & (block.status <= Status.SETTLED))
    if left.size:
        _park(block, left, space)


def judge(block: Block, space: Space) -> npt.NDArray[np.uint8]:
    """What is to be seen of the balls ``(n,)``: their status, but balls off the map have left, swept or not.

    The fields of landscapes are not asked; a ball that rolls back onto the map is back.
    """
    left = np.flatnonzero(~_is_inside(block, space) & (block.status <= Status.SETTLED))
    if not left.size:
        return block.status
    status = block.status.copy()
    near = is_near(space, block.position[:, left])
    status[left] = np.where(near, Status.ESCAPED, Status.DIVERGED)
    return status


def lose(block: Block, balls: npt.NDArray[np.intp], seen: Array) -> None:
    """Take balls that fell into a hole of the ground off the map; they were last seen at ``seen (2, k)``."""
    block.status[balls] = Status.ESCAPED
    block.anchor[:, balls] = seen
    block.position[:, balls] = np.nan


def clear_small(block: Block, slots: tuple[Slot, ...]) -> None:
    """Set to zero what is near the end of the float's range: there a processor slows down many times."""
    floor = float(np.finfo(block.position.dtype).tiny) ** (1 / 3)
    rows = [(block.position, floor)]
    rows += [
        (block.slots[slot.name], floor**2 if slot.holds == "square" else floor)
        for slot in slots
        if slot.name in block.slots
    ]
    for array, least in rows:
        np.abs(array, out=block.work)
        np.copyto(array, 0.0, where=block.work < least)


def _is_inside(block: Block, space: Space) -> Mask:
    """Which balls are on the map, ``(n,)``; those that are nowhere are not."""
    x_min, x_max, y_min, y_max = space.landscape.domain
    x, y = space.project(block.position)
    inside: Mask = (x >= x_min) & (x <= x_max) & (y >= y_min) & (y <= y_max)
    return inside


def _is_at_rest(space: Space, xy: Array, limit: Array | float, habits: Habits) -> Mask:
    """Which of ``xy (p, k)`` have no way left to go: Newton's step leads to a minimum next to them.

    A small gradient alone says little: along the floor of a ravine it is small everywhere. At a wall, what presses
    against it counts for nothing. ``limit`` is the squared distance that counts as next to, one or ``(k,)``.
    """
    if space.whole:
        return _is_calm(space, xy, habits)
    landscape = space.landscape
    count, h = xy.shape[1], xy.dtype.type(PROBE * landscape.extent)
    across, along = np.array([[[h], [0]], [[0], [h]]], xy.dtype)
    probes = np.concatenate([xy, xy + across, xy - across, xy + along, xy - along], axis=1)
    field, gradient = landscape.field, np.empty_like(probes)
    field.gradient(probes, gradient, np.empty((field.scratch, *probes.shape), xy.dtype))
    if habits.climbs:
        np.negative(gradient, out=gradient)
    if habits.pull:
        gradient += xy.dtype.type(habits.pull) * probes
    here, right, left, up, down = gradient.reshape(2, 5, count).swapaxes(0, 1)
    (xx, xy_), (yx, yy) = (right - left) / (2 * h), (up - down) / (2 * h)
    mixed = (xy_ + yx) / 2
    if habits.walled:
        x_min, x_max, y_min, y_max = landscape.domain
        low, high = np.array([[x_min], [y_min]], xy.dtype), np.array([[x_max], [y_max]], xy.dtype)
        held = ((xy <= low) & (here > 0)) | ((xy >= high) & (here < 0))
        here = np.where(held, 0, here)
        xx, yy = np.where(held[0], 1, xx), np.where(held[1], 1, yy)
        mixed = np.where(held.any(axis=0), 0, mixed)
    determinant = xx * yy - mixed * mixed
    way = np.stack([yy * here[0] - mixed * here[1], xx * here[1] - mixed * here[0]]) / determinant
    bowl = (determinant > 0) & (xx + yy > 0)
    close = _length_squared(way) < limit
    level = _length_squared(here.copy()) <= (LEVEL * landscape.gradient_scale) ** 2
    rest: Mask = (bowl & close) | level
    return rest


def _is_calm(space: Space, position: Array, habits: Habits) -> Mask:
    """Which of ``position (p, k)``, among all weights of a network, have next to no slope left."""
    gradient = np.empty_like(position)
    space.field.gradient(position, gradient, np.empty((space.field.scratch, *position.shape), position.dtype))
    if habits.climbs:
        np.negative(gradient, out=gradient)
    if habits.pull:
        gradient += position.dtype.type(habits.pull) * position
    calm: Mask = _length_squared(gradient) <= (CALM * space.gradient_scale) ** 2
    return calm


def _park(block: Block, left: npt.NDArray[np.intp], space: Space) -> None:
    at = block.position[:, left]
    near = is_near(space, at)
    block.status[left] = np.where(near, Status.ESCAPED, Status.DIVERGED)
    block.anchor[:, left[near]] = at[:, near]
    block.position[:, left] = np.nan


def _length_squared(vectors: Array) -> Array:
    """Squared length ``(n,)`` of vectors ``(p, n)``, which are squared in place."""
    np.multiply(vectors, vectors, out=vectors)
    total: Array = np.add(vectors[0], vectors[1])
    for row in vectors[2:]:
        np.add(total, row, out=total)
    return total
