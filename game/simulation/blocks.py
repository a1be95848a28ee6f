"""Blocks: balls cut into portions that stay in a core's cache while they take several steps.

A block's arrays are ``(p, b)`` without gaps and start on a cache line, which is what ufuncs are fastest on. On the
map ``p`` is 2; whole networks have as many rows as weights.
"""

import dataclasses
import itertools
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from game.simulation.noise import hash_ids
from game.simulation.schedules import Watch
from landscapes.landscape import Array


@dataclasses.dataclass(slots=True)
class Block:
    """Some balls of a swarm, in arrays of their own.

    Attributes:
        first: number of the first ball.
        released: tick at which they start; before that they wait.
        position: ``(p, b)``; NaN for balls that wait, escaped or diverged.
        previous: ``(p, b)``, before the most recent step.
        anchor: ``(p, b)``, at the last sweep; for balls that left, where they were last seen; for balls that wait,
            where they will start.
        status: ``(b,)``.
        ids: hashed numbers of the balls ``(b,)``.
        gradient: work space ``(p, b)``, shared with other blocks.
        work: work space ``(p, b)``, shared with other blocks.
        scratch: work space ``(k, p, b)`` for the landscape, shared with other blocks.
        slots: the optimizer's memory by name, ``(p, b)`` each.
        rates: learning rates ``(b,)``; ``None`` if all balls have the same.
        watch: what a schedule remembers that looks at the loss; ``None`` for all others.
        reached: steps each ball took to the goal ``(b,)``, -1 for those that are not there; ``None`` without a goal.
    """

    first: int
    released: int
    position: Array
    previous: Array
    anchor: Array
    status: npt.NDArray[np.uint8]
    ids: npt.NDArray[np.uint32]
    gradient: Array
    work: Array
    scratch: Array
    slots: dict[str, Array] = dataclasses.field(default_factory=dict)
    rates: Array | None = None
    watch: Watch | None = None
    reached: npt.NDArray[np.int32] | None = None

    @property
    def balls(self) -> slice:
        """Which balls of the swarm these are."""
        return slice(self.first, self.first + self.status.size)


def cut_lanes(
    points: Array, most: int, threads: int, scratch: int, groups: Iterable[tuple[int, int]], number: int = 0
) -> list[list[Block]]:
    """For each thread its blocks: at most ``most`` balls each, nearly equal in size, ball after ball.

    Args:
        points: where the balls start, ``(p, n)``.
        most: balls in a block.
        threads: how many lanes.
        scratch: work arrays ``(p, b)`` that the landscape needs.
        groups: ``(size, tick)`` of what is released together; a block never holds balls of two groups.
        number: of the first ball.
    """
    edges = [0]
    ticks: list[int] = []
    for size, tick in groups:
        parts = math.ceil(size / most)
        # One group alone is cut so that all threads have as many blocks.
        parts = min(math.ceil(parts / threads) * threads, size) if size == points.shape[1] else parts
        start = edges[-1]
        edges += [start + size * k // parts for k in range(1, parts + 1)]
        ticks += [tick] * parts
    cuts = [len(ticks) * lane // threads for lane in range(threads + 1)]
    largest = max(last - first for first, last in itertools.pairwise(edges))
    lanes = []
    for low, high in itertools.pairwise(cuts):
        spare = make_aligned(((scratch + 2) * len(points) * largest,), points.dtype)
        lanes.append(
            [
                _make_block(points[:, edges[k] : edges[k + 1]], number + edges[k], ticks[k], spare)
                for k in range(low, high)
            ]
        )
    return lanes


def lend_scratch(lane: list[Block], scratch: int) -> None:
    """Give the blocks of a lane the work space of a landscape that needs so many arrays."""
    if all(len(block.scratch) >= scratch for block in lane):
        return
    largest = max(block.position.size for block in lane)
    spare = make_aligned(((scratch + 2) * largest,), lane[0].position.dtype)
    for block in lane:
        block.gradient, block.work, block.scratch = _share_out(spare, block.position)


def _share_out(spare: Array, part: Array) -> tuple[Array, Array, Array]:
    spaces = spare[: spare.size // part.size * part.size].reshape(-1, *part.shape)
    return spaces[0], spaces[1], spaces[2:]


def _make_block(part: Array, first: int, tick: int, spare: Array) -> Block:
    position, previous, anchor = (make_aligned(part.shape, part.dtype) for _ in range(3))
    for array in (position, previous, anchor):
        np.copyto(array, part)
    status, ids = np.zeros(part.shape[1], np.uint8), hash_ids(first, part.shape[1])
    return Block(first, tick, position, previous, anchor, status, ids, *_share_out(spare, part))


def join(parts: Iterable[npt.NDArray[Any]]) -> Any:
    """One array of all balls, a copy, from those of the blocks; balls are along the last axis."""
    return np.concatenate(list(parts), axis=-1)


def make_aligned(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """An array that starts on a cache line, which makes a sweep over it up to a fifth faster."""
    size = math.prod(shape) * dtype.itemsize
    raw = np.empty(size + 63, np.uint8)
    first = -raw.ctypes.data % 64
    aligned: Array = raw[first : first + size].view(dtype).reshape(shape)
    return aligned
