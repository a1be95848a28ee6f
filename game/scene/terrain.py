"""The ground: a landscape as display heights, with everything that does not move baked into textures."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from game.scene.daylight import DAY, Daylight
from game.scene.mesh import Mesh, build_mesh
from game.scene.relief import Curve, Scale, choose_relief, fit_scale, rank_among
from game.scene.theme import Theme, encode, linear
from landscapes import Landscape
from landscapes.landscape import Array, Domain, Relief

Floats = npt.NDArray[np.float32]

HEIGHT = 0.62
"""Tallest relief; the longer side of the slab is 2."""
STEEPNESS = 0.75
"""Rugged ground is drawn lower, so that half of its slopes stay below this and one can look into its valleys."""
DEPTH = 0.10
"""From the lowest ground down to the foot of the slab."""
HOLE_DEPTH = 0.09
"""Of the shaft where a surface has a hole, below the lowest ground."""
RESOLUTION = 513
"""Samples a side of heights and baked textures; a power of two of cells, as meshes need it."""
CONTOURS = 24
"""Contour lines between the lowest and the highest ground."""
WORK = 3
"""What ``build_terrain`` will have noted when it is done."""
SUN = DAY.towards_sun
"""Direction towards the key light by day."""
_REACH = np.linspace(0.015, 1, 160)
"""Shares of the way to an eye at which the ground is looked up."""


@dataclass(frozen=True, eq=False)
class Terrain:
    """A landscape as it is drawn. Scene space: x, y in the slab's plane, z up, in units of half its longer side.

    Attributes:
        domain: what the slab shows, landscape coordinates.
        half_size: half the slab's sides along x and y, the longer one 1.
        heights: display heights ``(r, r)``, row is y, samples at the domain's borders included.
        normals: unit normals ``(r, r, 3)``.
        light: sunlit share of the ground after shadow by day, ``(r, r)``.
        openness: share of the sky that a point sees, ``(r, r)``.
        tone: place in the colormap, half height and half rank, ``(r, r)``.
        holes: where there is no loss, ``(r, r)``; shafts down to the foot of the slab.
        scale: how loss became height.
        ramp: tones at even steps of height from the lowest ground to the highest, ``(k,)``.
        rise: from the lowest ground to the highest, scene units.
        floor: height of the ground under the slab.
    """

    domain: Domain
    half_size: tuple[float, float]
    heights: Floats
    normals: Floats
    light: Floats
    openness: Floats
    tone: Floats
    holes: npt.NDArray[np.bool_]
    scale: Scale
    ramp: Floats
    rise: float
    floor: float = -DEPTH
    _meshes: dict[float, Mesh] = field(default_factory=dict)

    def __deepcopy__(self, _memo: object) -> "Terrain":
        # It never changes: whatever is copied goes on with the same one.
        return self

    @cached_property
    def peak(self) -> float:
        """Height of the highest ground; the lowest is at 0."""
        return max(float(self.heights.max()), 0.0)

    @cached_property
    def rim_height(self) -> float:
        """The highest point on the slab's border."""
        h = self.heights
        return float(max(h[0].max(), h[-1].max(), h[:, 0].max(), h[:, -1].max()))

    @property
    def unit(self) -> float:
        """A scene unit in landscape coordinates."""
        x_min, x_max, y_min, y_max = self.domain
        return max(x_max - x_min, y_max - y_min) / 2

    def to_scene(self, xy: npt.ArrayLike) -> Floats:
        """Landscape coordinates ``(2, n)`` to points on the ground ``(3, n)``."""
        share = self.share(np.asarray(xy, np.float32))
        plane = (share * 2 - 1) * np.array(self.half_size)[:, None]
        return np.concatenate([plane, self.height(share)[None]]).astype(np.float32)

    def mesh(self, tolerance: float) -> Mesh:
        """Triangles that miss no sample of the heights by more than ``tolerance`` scene units."""
        if tolerance not in self._meshes:
            self._meshes[tolerance] = build_mesh(self.heights, tolerance)
        return self._meshes[tolerance]

    def share(self, xy: Floats) -> Floats:
        """Landscape coordinates ``(2, n)`` as shares of the domain."""
        x_min, x_max, y_min, y_max = self.domain
        low = np.array([[x_min], [y_min]], np.float32)
        span = np.array([[x_max - x_min], [y_max - y_min]], np.float32)
        result: Floats = (xy - low) / span
        return result

    def height(self, share: npt.ArrayLike) -> Floats:
        """Height of the drawn ground at ``share (2, n)`` of the domain, bilinear, clamped to the border."""
        last = len(self.heights) - 1
        u, v = np.clip(np.nan_to_num(np.asarray(share)), 0, 1) * last
        i, j = np.minimum(u.astype(int), last - 1), np.minimum(v.astype(int), last - 1)
        s, t, h = u - i, v - j, self.heights
        low = h[j, i] * (1 - s) + h[j, i + 1] * s
        high = h[j + 1, i] * (1 - s) + h[j + 1, i + 1] * s
        result: Floats = (low * (1 - t) + high * t).astype(np.float32)
        return result

    def height_of(self, loss: npt.ArrayLike) -> Floats:
        """At which height a loss is drawn, scene units; what the ground does not reach, at its end."""
        return np.asarray(self.scale.heights(np.asarray(loss, np.float64)) * self.rise, np.float32)

    def find_line(self, loss: float) -> float | None:
        """At which height the contour line of a loss is drawn, scene units; ``None`` where no ground has that loss."""
        low, high = self.scale.low, self.scale.high
        return float(self.height_of(loss)) if low < loss < high else None

    def sees(self, eye: Floats, points: Floats) -> npt.NDArray[np.bool_]:
        """Whether the ground leaves a free line from ``eye (3,)`` to each of ``points (3, n)`` on or above it."""
        # What is higher than the highest ground is free.
        rise = np.maximum(eye[2] - points[2], 1e-9)
        free = float(np.max((self.peak - points[2]) / rise, initial=0.0))
        reach = _REACH[: np.searchsorted(_REACH, free, side="right")]
        ray = points[:, :, None] + (eye[:, None] - points)[:, :, None] * reach
        over = np.abs(ray[:2]) <= np.array(self.half_size)[:, None, None]
        share = (ray[:2] / np.array(self.half_size)[:, None, None] + 1) / 2
        ground = self.height(share.reshape(2, -1)).reshape(share.shape[1:])
        blocked = over.all(axis=0) & (ground > ray[2])
        result: npt.NDArray[np.bool_] = ~blocked.any(axis=1)
        return result

    def colours(self, theme: Theme, daylight: Daylight = DAY) -> npt.NDArray[np.uint8]:
        """Albedo times light, as sRGB bytes ``(r, r, 3)``."""
        colormap = theme.colormap(1024)
        albedo = colormap[(self.tone * 1023 + 0.5).astype(int)]
        albedo[_widened(self.holes)] = linear(theme.wall[1])
        up = (0.5 + 0.5 * self.normals[..., 2:]) * self.openness[..., None]
        towards_sun = daylight.towards_sun
        step = find_step(self.heights, self.half_size)
        seen = self.light if daylight.sun_xyz == DAY.sun_xyz else _sunlight(self.heights, step, towards_sun)
        sun = np.maximum(self.normals @ towards_sun.astype(np.float32), 0) * seen
        light = (
            1.30 * sun[..., None] * np.multiply(theme.sun, daylight.sun, dtype=np.float32)
            + 0.62 * up * np.multiply(theme.sky, daylight.sky, dtype=np.float32)
            + 0.30 * self.openness[..., None] * np.multiply(theme.bounce, daylight.sky, dtype=np.float32)
        )
        return encode(_shoulder(albedo * light))


class Shade(NamedTuple):
    """How heights ``(r, r)`` are lit; see ``Terrain``."""

    normals: Floats
    light: Floats
    openness: Floats


def shade(heights: Floats, half_size: tuple[float, float]) -> Shade:
    """Light a square of heights ``(r, r)`` over a slab of that size, scene units."""
    step = find_step(heights, half_size)
    return Shade(find_normals(heights, step), _sunlight(heights, step, SUN), _openness(heights, step))


def build_terrain(
    landscape: Landscape, relief: Relief = "auto", note: Callable[[int], None] = lambda _: None
) -> Terrain:
    """Sample, light and shade a landscape.

    Args:
        landscape: what to draw.
        relief: how loss becomes height; ``auto`` leaves it to the landscape, and where that says so, to the rule.
        note: told again and again how much is done, up to ``WORK``.
    """
    x_min, x_max, y_min, y_max = landscape.domain
    width, depth = x_max - x_min, y_max - y_min
    half_size = (width / max(width, depth), depth / max(width, depth))
    loss = _sample(landscape)
    note(1)
    holes = ~np.isfinite(loss)
    scale = fit_scale(loss, landscape.relief if relief == "auto" else relief)
    share = scale.heights(loss)
    ranks = rank_among(share[~holes])
    step = (2 * half_size[0] / (RESOLUTION - 1), 2 * half_size[1] / (RESOLUTION - 1))
    slopes = np.hypot(*np.gradient(share, step[1], step[0]))[~holes]
    steepest = STEEPNESS / max(float(np.median(slopes)), 1e-9) if slopes.size else HEIGHT
    rise = min(HEIGHT, steepest)
    heights = (rise * share).astype(np.float32)
    heights[holes] = -HOLE_DEPTH
    note(2)
    lit = shade(heights, half_size)
    note(WORK)
    return Terrain(
        domain=landscape.domain,
        half_size=half_size,
        heights=heights,
        tone=_tone(share, ranks),
        holes=holes,
        scale=scale,
        ramp=_tone(np.linspace(0, 1, 256), ranks),
        rise=rise,
        **lit._asdict(),
    )


def shown_relief(landscape: Landscape, relief: Relief) -> Relief:
    """The relief that ``build_terrain`` draws for these, never ``auto``."""
    named = landscape.relief if relief == "auto" else relief
    return choose_relief(_sample(landscape)) if named == "auto" else named


def _sample(landscape: Landscape) -> Array:
    with np.errstate(all="ignore"):
        return landscape.grid(RESOLUTION)[2]


def _tone(share: Array, ranks: Curve) -> Floats:
    """Half by height and half by rank: neither plains nor steep ground are of one colour."""
    return (0.5 * share + 0.5 * ranks(share)).astype(np.float32)


def _widened(holes: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Holes with the samples around them, so that the walls of a shaft do not have the stripes of its rim."""
    wide = holes.copy()
    for across in (wide, wide.T):
        before = across.copy()
        across[1:] |= before[:-1]
        across[:-1] |= before[1:]
    return wide


def find_step(heights: Floats, half_size: tuple[float, float]) -> tuple[float, float]:
    """From one sample to the next along x and y, scene units."""
    last = len(heights) - 1
    return 2 * half_size[0] / last, 2 * half_size[1] / last


def find_normals(heights: Floats, step: tuple[float, float]) -> Floats:
    """Unit normals ``(r, c, 3)`` of heights ``(r, c)``, samples so far apart along x and y, scene units."""
    dy, dx = np.gradient(heights, step[1], step[0])
    normals = np.stack([-dx, -dy, np.ones_like(dx)], axis=-1)
    result: Floats = (normals / np.linalg.norm(normals, axis=-1, keepdims=True)).astype(np.float32)
    return result


def _sunlight(heights: Floats, step: tuple[float, float], towards_sun: npt.NDArray[np.float64]) -> Floats:
    """One where the sun is seen, zero deep in shadow, with a penumbra that widens with distance."""
    along = towards_sun[:2] / np.linalg.norm(towards_sun[:2])
    rise = towards_sun[2] / np.linalg.norm(towards_sun[:2])
    light = np.ones_like(heights)
    reach, nearest = HEIGHT / rise, 2 * min(step)
    # A lower sun looks from the same distances and from some more: so shadows glide while it sinks.
    usual = np.geomspace(nearest, HEIGHT / (SUN[2] / np.linalg.norm(SUN[:2])), 40)
    growth = (usual[-1] / nearest) ** (1 / 39)
    more = usual[-1] * growth ** np.arange(1, 1 + np.ceil(np.log(reach / usual[-1]) / np.log(growth)))
    for distance in (*usual, *more):
        blocker = _shifted(heights, along * distance, step)
        clearance = heights + np.float32(rise * distance) - blocker
        np.minimum(light, 0.5 + clearance / np.float32(0.22 * distance + 0.012), out=light)
    light.clip(0, 1, out=light)
    return light * light * (3 - 2 * light)


def _openness(heights: Floats, step: tuple[float, float]) -> Floats:
    """Share of the sky over the horizon, averaged over directions (horizon-based ambient occlusion)."""
    coarse = np.ascontiguousarray(heights[::2, ::2])
    coarse_step = (2 * step[0], 2 * step[1])
    hidden = np.zeros_like(coarse)
    angles = np.arange(12) * (2 * np.pi / 12) + 0.13
    for angle in angles:
        horizon = np.zeros_like(coarse)
        for distance in np.geomspace(1.5 * min(coarse_step), 0.5, 9):
            ahead = _shifted(coarse, distance * np.array([np.cos(angle), np.sin(angle)]), coarse_step)
            np.maximum(horizon, (ahead - coarse) / np.float32(distance), out=horizon)
        hidden += horizon / np.sqrt(1 + horizon * horizon)
    openness = 1 - hidden / len(angles)
    openness = openness.clip(0, 1) ** 1.4
    fine = np.repeat(np.repeat(openness, 2, axis=0), 2, axis=1)[: heights.shape[0], : heights.shape[1]]
    fine[1:-1, 1:-1] = (fine[:-2, 1:-1] + fine[2:, 1:-1] + fine[1:-1, :-2] + fine[1:-1, 2:]) / 4
    return fine.astype(np.float32)


def _shifted(heights: Floats, by: npt.NDArray[np.float64], step: tuple[float, float]) -> Floats:
    """Heights seen ``by`` further along x and y, to the nearest sample; beyond the border there is nothing."""
    rows, columns = round(by[1] / step[1]), round(by[0] / step[0])
    shifted = np.full_like(heights, -1)
    height, width = heights.shape
    if abs(rows) < height and abs(columns) < width:
        shifted[max(0, -rows) : height - max(0, rows), max(0, -columns) : width - max(0, columns)] = heights[
            max(0, rows) : height + min(0, rows), max(0, columns) : width + min(0, columns)
        ]
    return shifted


def _shoulder(light: Floats) -> Floats:
    """Roll highlights off softly above 0.75 and leave everything below it as it is."""
    over = np.maximum(light - 0.75, 0)
    return np.where(light > 0.75, 0.75 + 0.25 * (1 - np.exp(-over / 0.25)), light)
