"""Ground for cameras: bounds of the drawn ground that are nowhere steeper than an eye can follow smoothly."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from game.scene.terrain import Terrain

Doubles = npt.NDArray[np.float64]

STEEPEST = 2.0
"""Slope along x and along y of what an eye goes over."""
CLEARANCE = 0.06
"""The eye stays this far above the ground when it comes near, scene units."""
COARSER = 4
"""Cells of the ground along a side of one of the bounds."""


def lowest_eye(terrain: Terrain, xy: Doubles) -> float:
    """How low an eye may be at ``xy (2,)``: over the ground, and less and less so beyond the slab's border."""
    beyond = np.linalg.norm(np.maximum(np.abs(xy) - terrain.half_size, 0))
    ground = _height(terrain, _bounds(terrain)[1], xy)
    return max(ground + CLEARANCE - STEEPEST * float(beyond), terrain.floor + CLEARANCE)


def smooth_ground(terrain: Terrain, xy: Doubles) -> float:
    """The height of the ground at ``xy (2,)``; half way up where a shaft or a cliff is steeper than ``STEEPEST``."""
    below, above = _bounds(terrain)
    return (_height(terrain, below, xy) + _height(terrain, above, xy)) / 2


@lru_cache(maxsize=2)
def _bounds(terrain: Terrain) -> tuple[Doubles, Doubles]:
    """The closest bounds ``(k, k)`` below and above the heights, at even steps, that are nowhere too steep."""
    heights = terrain.heights.astype(np.float64)
    cells = (len(heights) - 1) // COARSER
    step = STEEPEST * 2 * np.array(terrain.half_size) / cells
    return -_bound(-heights, step), _bound(heights, step)


def _bound(heights: Doubles, step: Doubles) -> Doubles:
    """The lowest bound above: the upper hull of a cone on every height, found along one axis after the other."""
    window = np.lib.stride_tricks.sliding_window_view
    cells = window(heights, (COARSER + 1, COARSER + 1))[::COARSER, ::COARSER].max(axis=(2, 3))
    bound: Doubles = window(np.pad(cells, 1, mode="edge"), (2, 2)).max(axis=(2, 3))
    for fall in step:
        slope = fall * np.arange(bound.shape[1])
        ahead = np.maximum.accumulate(bound + slope, axis=1) - slope
        behind = np.maximum.accumulate((bound - slope)[:, ::-1], axis=1)[:, ::-1] + slope
        bound = np.maximum(ahead, behind).T
    return bound


def _height(terrain: Terrain, bound: Doubles, xy: Doubles) -> float:
    """A bound at ``xy (2,)``, bilinear, clamped to the slab's border."""
    last = len(bound) - 1
    u, v = np.clip((xy / terrain.half_size + 1) / 2, 0, 1) * last
    i, j = min(int(u), last - 1), min(int(v), last - 1)
    s, t = u - i, v - j
    low = bound[j, i] * (1 - s) + bound[j, i + 1] * s
    high = bound[j + 1, i] * (1 - s) + bound[j + 1, i + 1] * s
    return float(low * (1 - t) + high * t)
