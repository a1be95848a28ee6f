"""Ground under the brush: only what a stroke touched is sampled again; shadows follow when the stroke ends."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from game.scene.relief import Scale
from game.scene.terrain import HOLE_DEPTH, Terrain, find_normals, find_step
from landscapes import Landscape
from landscapes.landscape import Array
from landscapes.sculpted import MOST_BUMPS, Bump, SculptedField

Window = tuple[slice, slice]
"""Rows and columns of a terrain's samples."""


def find_touched(before: Landscape, after: Landscape) -> tuple[Bump, ...] | None:
    """The bumps by which two grounds differ that a stroke made one after the other; ``None`` if that is not known."""
    old, new = before.field, after.field
    if not isinstance(new, SculptedField) or before.domain != after.domain:
        return None
    if not isinstance(old, SculptedField):
        return new.bumps if new.base is old else None
    if new.base is old.base:
        return tuple(set(old.bumps) ^ set(new.bumps))
    # Baking changes nothing to be seen.
    return new.bumps if len(old.bumps) == MOST_BUMPS else None


def reshape(terrain: Terrain, landscape: Landscape, bumps: Sequence[Bump]) -> Terrain:
    """A terrain with the ground sampled anew where these bumps are, as high as its old scale says.

    What the scale does not reach is drawn at its end; light and shade stay as they were.
    """
    heights, tone, normals = terrain.heights.copy(), terrain.tone.copy(), terrain.normals.copy()
    for bump in bumps:
        rows, columns = _find_window(terrain, bump)
        share = _sample(landscape, terrain, rows, columns)
        holes = terrain.holes[rows, columns]
        heights[rows, columns] = np.where(holes, -HOLE_DEPTH, terrain.rise * share)
        tone[rows, columns] = np.interp(share, np.linspace(0, 1, terrain.ramp.size), terrain.ramp)
    for bump in bumps:
        rows, columns = _find_window(terrain, bump)
        # A sample more on each side, where slopes need neighbours.
        top, left = max(rows.start - 1, 0), max(columns.start - 1, 0)
        shaded = find_normals(
            heights[top : rows.stop + 1, left : columns.stop + 1],
            find_step(terrain.heights, terrain.half_size),
        )
        normals[rows, columns] = shaded[
            rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
        ]
    return dataclasses.replace(terrain, heights=heights, tone=tone, normals=normals, _meshes={})


def find_lift(scale: Scale, loss: float, share: float) -> float:
    """By how much a loss has to change to be drawn higher by a share of the relief; negative for lower.

    Where there is no higher on the scale it is as much as a share of the range of losses.
    """
    here = float(scale.heights(np.array([loss]))[0])
    wanted, span = here + share, scale.high - scale.low
    if not 0 <= wanted <= 1 or span == 0:
        return share * (span or 1.0)
    low, high = scale.low, scale.high
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if scale.heights(np.array([middle]))[0] < wanted else (low, middle)
    return (low + high) / 2 - loss


def _sample(landscape: Landscape, terrain: Terrain, rows: slice, columns: slice) -> Array:
    x_min, x_max, y_min, y_max = terrain.domain
    side = len(terrain.heights)
    x, y = np.meshgrid(np.linspace(x_min, x_max, side)[columns], np.linspace(y_min, y_max, side)[rows])
    with np.errstate(all="ignore"):
        loss = landscape.value(np.stack([x.ravel(), y.ravel()])).reshape(x.shape)
    return terrain.scale.heights(loss)


def _find_window(terrain: Terrain, bump: Bump) -> Window:
    """The samples that a bump covers."""
    x_min, x_max, y_min, y_max = terrain.domain
    last = len(terrain.heights) - 1
    spans = ((bump.y, y_min, y_max), (bump.x, x_min, x_max))
    rows, columns = (
        slice(
            max(int((at - bump.radius - low) / (high - low) * last), 0),
            min(int((at + bump.radius - low) / (high - low) * last) + 2, last + 1),
        )
        for at, low, high in spans
    )
    return rows, columns
