"""What balls leave on the ground: soft contact shadows and fading trails, as small terrain-space pictures."""

import numpy as np
import numpy.typing as npt

from game.scene.terrain import Terrain
from game.simulation import Status, World
from landscapes.landscape import Array

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

TRAIL_RESOLUTION = 512
"""Texels a side of the trails, where nobody says otherwise; a power of two."""
TRAIL_DECAY = 0.988
"""A tick leaves this share of a trail: it halves in a second at normal speed."""
TRAIL_BALLS = 30_000
"""More balls than this are thinned out for the trails: the picture is the same and the cost stays flat."""
FAST_DEPOSITS = 4
"""Dots along one step of a ball that crosses more than a texel."""
CROWD = 50_000
"""Shadows of so many balls run into each other: that of one may lie half a texel off."""
CHUNK = 32_768
"""Balls at a time: what is computed on the way stays in a core's cache."""
FULL = 1.5
"""Trails are not brighter than this."""


class Trails:
    """The fading trail picture of a world.

    Attributes:
        light: coloured light ``(resolution, resolution, 4)``; the last channel fills a texel up.
        picture: the same as bytes, full scale at ``FULL``.

    Args:
        resolution: texels a side.
    """

    def __init__(self, resolution: int = TRAIL_RESOLUTION) -> None:
        self.light = np.zeros((resolution, resolution, 4), np.float32)
        self.picture = self.light.astype(np.uint8)
        self._tick = -1
        self._seen: Floats | None = None
        self._ink: tuple[Floats, Bytes, Floats] | None = None

    def advance(
        self,
        world: World,
        terrain: Terrain,
        colours: Floats,
        colour_index: Bytes,
        places: tuple[Array, Array] | None = None,
    ) -> None:
        """Fade by the ticks gone by and draw the way that rolling balls went since the last call.

        Args:
            world: where the balls are.
            terrain: the ground they roll on.
            colours: linear light of each colour, ``(colours, 3)``.
            colour_index: the colour of each ball, ``(n,)``.
            places: the balls' positions now and a step ago, ``(2, n)`` each, if somebody has asked the world before.
        """
        ticks = world.tick - self._tick if self._tick >= 0 else 1
        self._tick = world.tick
        self.light *= np.float32(TRAIL_DECAY**ticks)
        some = slice(None, None, -(-world.status.size // TRAIL_BALLS))
        positions, previous = places or (world.positions, world.previous)
        if self._seen is None:
            self._seen = self._find_texels(terrain, previous[:, some])
        before, after = self._seen, self._find_texels(terrain, positions[:, some])
        self._seen = after
        ink = self._find_ink(colours, colour_index, some)
        rolling = np.flatnonzero(world.status[some] == Status.ROLLING)
        if rolling.size < ink.shape[1]:
            before, after, ink = (rows.take(rolling, axis=1) for rows in (before, after, ink))
        step = after - before
        way = np.abs(step).sum(axis=0)
        # A ball's mark grows with the way it went, so that resting crowds do not burn in.
        strength = np.minimum(way, np.float32(2 * ticks))
        # The lines of a crowd lie over each other, the more the wider they are.
        fineness = len(self.light) / TRAIL_RESOLUTION
        strength *= np.float32(0.5 * min(1.0, fineness * (6_000 / max(way.size, 1)) ** 0.5))
        # Slow balls leave a dot a step; fast ones several, so that their trail is a line.
        fast = np.flatnonzero(way > 1.0)
        strength[fast] /= FAST_DEPOSITS
        light = ink * strength
        self._deposit(after, light)
        if fast.size:
            start, step, light = before[:, fast], step[:, fast], light[:, fast]
            for k in range(1, FAST_DEPOSITS):
                self._deposit(start + step * np.float32(k / FAST_DEPOSITS), light)
        np.clip(self.light, 0, np.float32(FULL), out=self.light)
        self.picture = (self.light * np.float32(255 / FULL)).astype(np.uint8)

    def forget_places(self) -> None:
        """Balls have joined or have other numbers now: the next way is from where each was a step ago."""
        self._seen = None

    def _find_ink(self, colours: Floats, colour_index: Bytes, some: slice) -> Floats:
        """What a ball that goes a texel leaves there ``(3, n)``; looked up once, as colours hardly ever change."""
        kept = self._ink
        if kept is None or kept[0] is not colours or kept[1] is not colour_index:
            kept = self._ink = (
                colours,
                colour_index,
                colours.T[:, colour_index[some]],
            )
        return kept[2]

    def _deposit(self, at: Floats, light: Floats) -> None:
        """Add ``light (3, n)`` to the texels at ``at (2, n)``; outside of the picture nothing."""
        side = len(self.light)
        if not (at.min(initial=0) >= 0 and at.max(initial=0) < side):  # or some are no numbers
            there = np.flatnonzero(((at >= 0) & (at < side)).all(axis=0))
            at, light = at.take(there, axis=1), light.take(there, axis=1)
        column, row = at.astype(np.int32)
        cell = (row * np.int32(side) + column).astype(np.intp)
        for texels, channel in zip(self.light.reshape(-1, 4).T, light, strict=False):
            np.add.at(texels, cell, channel)

    def _find_texels(self, terrain: Terrain, xy: Array) -> Floats:
        """Where points ``(2, n)`` lie in the picture, texels."""
        texels: Floats = terrain.share(xy) * np.float32(len(self.light))
        return texels


def contact_shadows(share: Floats, radius: float, sun_xy: npt.NDArray[np.float64]) -> Bytes:
    """Soft shadows under balls, square, with about one texel a ball radius.

    Args:
        share: balls in shares of the domain, ``(2, n)``; those outside cast none.
        radius: of a ball, as a share of the slab's longer side.
        sun_xy: horizontal direction towards the sun; the shadow lies on the other side.
    """
    resolution = int(2 ** np.clip(np.round(np.log2(1.2 / radius)), 5, 9))
    shift = (0.45 * radius * sun_xy[:, None]).astype(np.float32)
    if share.shape[1] >= CROWD:
        return _darken(_count_texels(share, shift, resolution))
    # In texels, of a picture with a ring of texels around.
    at = share * np.float32(resolution) + (np.float32(0.5) - shift * np.float32(resolution))
    side = resolution + 2
    if not (at.min(initial=0) >= 0 and at.max(initial=0) < side - 1):  # or some are no numbers
        at = at.compress(((at >= 0) & (at < side - 1)).all(axis=0), axis=1)
    column, row = whole = np.floor(at)
    s, t = at - whole
    cell = (row * np.float32(side) + column).astype(np.intp)
    both = s * t
    # Shared among the four nearest texels, so that a slow ball's shadow glides instead of jumping.
    shares = ((0, 1 - s - t + both), (1, s - both), (side, t - both), (side + 1, both))
    shadow = np.zeros(side * side, np.float32)
    for offset, part in shares:
        np.add.at(shadow[offset:], cell, part)
    return _darken(shadow.reshape(side, side))


def _count_texels(share: Floats, shift: Floats, resolution: int) -> Floats:
    """Balls at ``share (2, n)`` less ``shift`` in each texel, with a ring of texels around."""
    side = resolution + 4
    count = np.zeros(side * side, np.float32)
    for start in range(0, share.shape[1], CHUNK):
        at = (share[:, start : start + CHUNK] - shift) * np.float32(resolution) + np.float32(2)
        # Whatever is further out than the ring falls into a second one, which is cut off.
        i, j = np.clip(at, 0, side - 1, out=at).astype(np.int32)
        np.add.at(count, (j * np.int32(side) + i).astype(np.intp), np.float32(1))
    return count.reshape(side, side)[1:-1, 1:-1]


def _darken(field: npt.NDArray[np.floating]) -> Bytes:
    """The darkness of so many shadows in each texel, blurred; the ring around is cut off."""
    field = field[:-2] + 2 * field[1:-1] + field[2:]
    field = field[:, :-2] + 2 * field[:, 1:-1] + field[:, 2:]
    light = np.exp(np.float32(-0.22) * field)
    darkness: Bytes = (np.float32(255) * (np.float32(1) - light)).astype(np.uint8)
    return darkness


def resample(picture: Bytes, side: int) -> Bytes:
    """A square picture ``(s, s)`` with so many texels a side, blended or averaged; both are powers of two."""
    if len(picture) == side:
        return picture
    texels: Floats = picture.astype(np.float32)
    while len(texels) > side:
        texels = texels.reshape(len(texels) // 2, 2, -1, 2).mean(axis=(1, 3), dtype=np.float32)
    while len(texels) < side:
        texels = _double(_double(texels).T).T
    return (texels + np.float32(0.5)).astype(np.uint8)


def _double(rows: Floats) -> Floats:
    """Twice the rows, each between the two nearest of the old ones."""
    doubled = np.empty((2 * len(rows), rows.shape[1]), np.float32)
    above, below = np.concatenate([rows[:1], rows[:-1]]), np.concatenate([rows[1:], rows[-1:]])
    doubled[::2] = 0.75 * rows + 0.25 * above
    doubled[1::2] = 0.75 * rows + 0.25 * below
    return doubled
