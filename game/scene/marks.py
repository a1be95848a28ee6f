"""What balls leave on the ground: soft contact shadows and fading trails, as small terrain-space pictures."""

import numpy as np
import numpy.typing as npt

from game.scene.terrain import Terrain
from game.simulation import World

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

TRAIL_RESOLUTION = 512
TRAIL_DECAY = 0.988
"""A tick leaves this share of a trail: it halves in a second at normal speed."""
TRAIL_BALLS = 30_000
"""More balls than this are thinned out for the trails: the picture is the same and the cost stays flat."""
TRAIL_SUBSTEPS = 4
"""Deposits along one step, so that a fast ball draws a line rather than dots."""


class Trails:
    """The fading trail picture of a world: coloured light, ``(TRAIL_RESOLUTION, TRAIL_RESOLUTION, 3)``."""

    def __init__(self) -> None:
        self.light = np.zeros((TRAIL_RESOLUTION, TRAIL_RESOLUTION, 3), np.float32)
        self.version = 0
        self._tick = -1

    def advance(self, world: World, terrain: Terrain, colours: Floats, colour_index: Bytes) -> None:
        """Fade by the ticks gone by and draw the last step of the balls that still roll.

        Args:
            world: where the balls are.
            terrain: the ground they roll on.
            colours: linear light of each colour, ``(colours, 3)``.
            colour_index: the colour of each ball, ``(n,)``.
        """
        if world.tick == self._tick:
            return
        ticks = world.tick - self._tick if self._tick >= 0 else 1
        self._tick = world.tick
        self.light *= np.float32(TRAIL_DECAY**ticks)
        stride = -(-world.status.size // TRAIL_BALLS)
        before, after = world.previous[:, ::stride], world.positions[:, ::stride]
        rolling = world.status[::stride] == 0
        share_before = terrain.share(before[:, rolling])
        share_after = terrain.share(after[:, rolling])
        colour = colour_index[::stride][rolling]
        # A ball's mark grows with the way it went, so that resting crowds do not burn in.
        way = np.abs(share_after - share_before).sum(axis=0) * TRAIL_RESOLUTION
        strength = np.minimum(way, 2.0) * (
            0.5 * min(1.0, (6_000 / max(colour.size, 1)) ** 0.5) / TRAIL_SUBSTEPS
        )
        cells = []
        for k in range(TRAIL_SUBSTEPS):
            at = share_before + (share_after - share_before) * np.float32((k + 1) / TRAIL_SUBSTEPS)
            cells.append(_cell(at, TRAIL_RESOLUTION))
        cell = np.concatenate(cells)
        for index in np.unique(colour):
            chosen = np.tile(np.where(colour == index, strength, 0), TRAIL_SUBSTEPS)
            count = np.bincount(cell, chosen, TRAIL_RESOLUTION**2 + 1)[:-1].astype(np.float32)
            self.light += count.reshape(TRAIL_RESOLUTION, TRAIL_RESOLUTION, 1) * colours[index]
        np.minimum(self.light, 1.5, out=self.light)
        self.version += 1

    def picture(self) -> Bytes:
        """The trails as bytes, full scale at 1.5."""
        return (self.light * np.float32(170)).astype(np.uint8)


def contact_shadows(share: Floats, radius: float, sun_xy: npt.NDArray[np.float64]) -> Bytes:
    """Soft shadows under balls, square, with about one texel a ball radius.

    Args:
        share: balls in shares of the domain, ``(2, n)``; those outside cast none.
        radius: of a ball, as a share of the slab's longer side.
        sun_xy: horizontal direction towards the sun; the shadow lies on the other side.
    """
    resolution = int(2 ** np.clip(np.round(np.log2(1.2 / radius)), 5, 9))
    at = share - (0.45 * radius * sun_xy[:, None]).astype(np.float32)
    u, v = at * np.float32(resolution) - np.float32(0.5)
    i, j = np.floor(u), np.floor(v)
    s, t = u - i, v - j
    shadow = np.zeros((resolution + 2) ** 2)
    inside = (i >= -1) & (i < resolution) & (j >= -1) & (j < resolution)
    base = np.where(inside, (j + 1) * (resolution + 2) + i + 1, 0).astype(np.int64)
    weight = inside.astype(np.float32)
    # Shared among the four nearest texels, so that a slow ball's shadow glides instead of jumping.
    for offset, part in (
        (0, (1 - s) * (1 - t)),
        (1, s * (1 - t)),
        (resolution + 2, (1 - s) * t),
        (resolution + 3, s * t),
    ):
        shadow += np.bincount(base + offset, part * weight, shadow.size)[: shadow.size]
    field = shadow.reshape(resolution + 2, resolution + 2)
    field = field[:-2] + 2 * field[1:-1] + field[2:]
    field = field[:, :-2] + 2 * field[:, 1:-1] + field[:, 2:]
    return (255 * (1 - np.exp(-0.22 * field))).astype(np.uint8)


def _cell(share: Floats, resolution: int) -> npt.NDArray[np.int64]:
    """Row-major texel of each point; one past the last for points outside."""
    inside = (share >= 0).all(axis=0) & (share < 1).all(axis=0)
    cell = np.full(share.shape[1], resolution * resolution)
    i, j = (share[:, inside] * np.float32(resolution)).astype(np.int64)
    cell[inside] = j * resolution + i
    return cell
