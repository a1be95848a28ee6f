"""Blocks: balls cut into portions that stay in a core's cache while they take several steps.

A block's arrays are ``(2, b)`` without gaps and start on a cache line, which is what ufuncs are fastest on.
"""

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from game.simulation.noise import hash_ids
from landscapes.landscape import Array


@dataclasses.dataclass(slots=True)
class Block:
    """Some balls of a swarm, in arrays of their own.

    Attributes:
        position: ``(2, b)``; NaN for balls that escaped or diverged.
        previous: ``(2, b)``, before the most recent step.
        anchor: ``(2, b)``, at the last sweep; for balls that left, where they were last seen.
        status: ``(b,)``.
        ids: hashed numbers of the balls ``(b,)``.
        gradient: work space ``(2, b)``, shared with other blocks.
        work: work space ``(2, b)``, shared with other blocks.
        scratch: work space ``(k, 2, b)`` for the landscape, shared with other blocks.
        slots: the optimizer's memory by name, ``(2, b)`` each.
        rates: learning rates ``(b,)``; ``None`` if all balls have the same.
    """

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


def cut_lanes(points: Array, most: int, threads: int, scratch: int) -> list[list[Block]]:
    """For each thread its blocks: at most ``most`` balls each, nearly equal in size, ball after ball."""
    count = threads * math.ceil(points.shape[1] / most / threads)
    edges = [points.shape[1] * k // count for k in range(count + 1)]
    arrays, largest = scratch + 2, math.ceil(points.shape[1] / count)
    lanes = []
    for lane in range(threads):
        spare = make_aligned((arrays * 2 * largest,), points.dtype)
        blocks = []
        for k in range(count * lane // threads, count * (lane + 1) // threads):
            part = points[:, edges[k] : edges[k + 1]]
            spaces = spare[: arrays * part.size].reshape(arrays, *part.shape)
            position, previous, anchor = (make_aligned(part.shape, part.dtype) for _ in range(3))
            for array in (position, previous, anchor):
                np.copyto(array, part)
            status = np.zeros(part.shape[1], np.uint8)
            ids = hash_ids(edges[k], part.shape[1])
            blocks.append(Block(position, previous, anchor, status, ids, spaces[0], spaces[1], spaces[2:]))
        lanes.append(blocks)
    return lanes


def make_aligned(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """An array that starts on a cache line, which makes a sweep over it up to a fifth faster."""
    size = math.prod(shape) * dtype.itemsize
    raw = np.empty(size + 63, np.uint8)
    first = -raw.ctypes.data % 64
    aligned: Array = raw[first : first + size].view(dtype).reshape(shape)
    return aligned
