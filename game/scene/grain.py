"""A crowd of balls of a pixel or two: which of them each pixel sees, found without drawing any."""

import math
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from game.scene.camera import FIELD_OF_VIEW
from game.scene.frame import Bytes, Floats, Frame
from game.scene.terrain import Terrain

Words = npt.NDArray[np.uint32]

LAYERS = 4
"""Balls cover each other in the order they are drawn in: each layer keeps the nearest of one part of the crowd."""
NOBODY = np.uint32(0xFFFF_FFFF)
"""In a pixel that no ball covers."""
PLACES = 64
"""Steps that tell where around a pixel a ball is, along each side."""
MOST_SIDE = 8
"""Pixels; larger balls are better drawn one by one."""
DEPTHS = 1 << 15
"""Steps of distance."""
LEDGE = 0.35
"""How far beyond the slab fallen balls may lie, scene units; as in ``balls.vert``."""
FALL = 0.12
"""So far beyond the slab a ball has come down to the floor, scene units; as in ``balls.vert``."""
FAINTEST = 0.02
"""A ball is not seen where it covers less of a pixel; as in ``balls.frag``."""
CHUNK = 16_384
"""Balls at a time: what is computed on the way stays in a core's cache."""


class Grain(NamedTuple):
    """The nearest balls that cover each pixel.

    A word tells of one ball, from its highest bit down: its distance (15 bits), how far its centre is above and
    right of a point ``side / 2`` pixels below and left of the pixel's middle (6 bits each, in steps of ``1 / fine``
    pixels), its status (2 bits) and its colour (3 bits). So the smaller of two words is of the nearer ball.

    Attributes:
        words: ``(LAYERS, height + 2 * border, width + 2 * border)``, the picture's lowest row first.
        side: pixels that a ball may cover, along each side.
        fine: steps of a pixel.
        border: pixels around the picture.
        depths: along the line of sight, what the first and the last step of distance stand for.
        unit: pixels of diameter of a ball at distance one.
        box: left, bottom, right and top of what balls cover, pixels.
    """

    words: Words
    side: int
    fine: int
    border: int
    depths: tuple[float, float]
    unit: float
    box: tuple[float, float, float, float]


def is_sand(frame: Frame) -> bool:
    """Whether balls are small enough for ``sift``, and all lie on the ground."""
    return frame.lifts is None and _side(frame) <= MOST_SIDE


def largest_ball(frame: Frame) -> float:
    """Pixels of diameter that no ball exceeds."""
    return _unit(frame) / _depth_range(frame)[0]


def _side(frame: Frame) -> int:
    """Pixels that a ball may cover, along each side."""
    middle = np.array([0, 0, 0.5 * frame.terrain.peak, 1]) @ frame.view.astype(np.float64)
    usual = _unit(frame) / max(-float(middle[2]), 0.02)
    # Rims that are hardly seen are cut: a pixel more along each side costs more than everything else.
    return max(2, round(max(usual + 0.9, largest_ball(frame) - 0.3)))


def sift(frame: Frame, words: Words | None = None) -> Grain:
    """Look at every ball of a frame.

    Args:
        frame: what is to be drawn; no ball may be lifted.
        words: of an earlier grain that nobody needs any more; are written over if they fit.
    """
    width, height = frame.size
    side = _side(frame)
    shape = (LAYERS, height + 2 * side, width + 2 * side)
    if words is None or words.shape != shape:
        words = np.empty(shape, np.uint32)
    words.fill(NOBODY)
    grain = Grain(words, side, PLACES // side, side, _depth_range(frame), _unit(frame), (0, 0, width, height))
    boxes = []
    slopes, to_pixels = _slopes(frame.terrain), _to_pixels(frame)
    count = frame.positions.shape[1]
    for layer in range(LAYERS):
        first, last = count * layer // LAYERS, count * (layer + 1) // LAYERS
        for start in range(first, last, CHUNK):
            balls = slice(start, min(start + CHUNK, last))
            status, colour = frame.status[balls] & np.uint8(3), frame.colour_index[balls] & np.uint8(7)
            looks = status << np.uint8(3) | colour
            boxes.append(_scatter(grain, to_pixels @ _find_centres(frame, balls, slopes), looks, layer))
    left, bottom, right, top = zip(*boxes, strict=True)
    return grain._replace(box=(min(left), min(bottom), max(right), max(top)))


def _scatter(grain: Grain, at: Floats, looks: Bytes, layer: int) -> tuple[float, float, float, float]:
    """Put balls into every pixel that they cover and where none of the layer before was nearer.

    Args:
        grain: what is written to.
        at: pixels from the left and from the bottom, times distance, and distance, ``(3, n)``.
        looks: status and colour, ``(n,)``.
        layer: of the grain.

    Returns:
        Left, bottom, right and top of what they cover, pixels.
    """
    side, fine, (nearest, furthest) = grain.side, grain.fine, grain.depths
    rows, columns = grain.words.shape[1:]
    x, y, distance = at
    if distance.min() < nearest:
        # What is behind the eye is as little on the picture as what is far beside it.
        x[distance < nearest] = -math.inf
        np.maximum(distance, np.float32(nearest), out=distance)
    # The first pixel that it may cover, counted from the border's corner.
    shift = np.float32(grain.border - (side - 1) / 2)
    x = np.clip(x / distance + shift, 0, columns - side)
    y = np.clip(y / distance + shift, 0, rows - side)
    column, row = np.floor(x), np.floor(y)
    x -= column
    y -= row
    cell = row.astype(np.int32) * np.int32(columns) + column.astype(np.int32)
    cell = cell.astype(np.intp)
    word = ((distance - np.float32(nearest)) * np.float32((DEPTHS - 1) / (furthest - nearest))).astype(
        np.uint32
    )
    for place in (y, x):
        word = word << np.uint32(6) | ((place + np.float32(side - 1)) * np.float32(fine)).astype(np.uint32)
    word = word << np.uint32(5) | looks
    # How far from its centre, squared, a ball is still seen.
    sight = np.float32(grain.unit / 2) / distance + np.float32(0.5 - FAINTEST)
    sight *= sight
    offsets = np.arange(side, dtype=np.float32) - np.float32((side - 2) / 2)
    across = [(x - offset) ** 2 for offset in offsets]
    seen = grain.words[layer].reshape(-1)
    for up in range(side):
        room = sight - (y - offsets[up]) ** 2
        for right in range(side):
            there = np.uint32((up * fine << 11) + (right * fine << 5))
            np.minimum.at(seen, cell + (up * columns + right), word - there | (across[right] > room) * NOBODY)
    low, high = -grain.border, side - grain.border
    return column.min() + low, row.min() + low, column.max() + high, row.max() + high


def _unit(frame: Frame) -> float:
    """Pixels of diameter of a ball at distance one."""
    return frame.radius * frame.size[1] / math.tan(math.radians(FIELD_OF_VIEW) / 2)


def _depth_range(frame: Frame) -> tuple[float, float]:
    """Between which distances along the line of sight all balls are that are before the eye."""
    terrain = frame.terrain
    x, y = (half + LEDGE + frame.radius for half in terrain.half_size)
    corners = np.array([*product((-x, x), (-y, y), (terrain.floor, terrain.peak + 2 * frame.radius), (1.0,))])
    distances = -(corners @ frame.view.astype(np.float64))[:, 2]
    # No lens sees anything nearer than this.
    nearest = max(float(distances.min()), 0.02)
    return nearest, max(float(distances.max()), nearest + 1.0)


def _to_pixels(frame: Frame) -> Floats:
    """From scene space to pixels from the left and from the bottom, times distance, and distance, ``(3, 4)``."""
    width, height = frame.size
    clip = (frame.view.astype(np.float64) @ frame.projection).T
    x, y, w = clip[0], clip[1], clip[3]
    return np.stack([(x + w) * (width / 2), (y + w) * (height / 2), w]).astype(np.float32)


def _find_centres(frame: Frame, balls: slice, slopes: npt.NDArray[np.complex64]) -> Floats:
    """Where balls are in scene space, and a one, ``(4, n)``; as in ``balls.vert``."""
    terrain, radius = frame.terrain, np.float32(frame.radius)
    before, after = frame.previous[:, balls], frame.positions[:, balls]
    share = terrain.share(before + np.float32(frame.alpha) * (after - before))
    on_slab = share if share.min() >= 0 and share.max() <= 1 else np.clip(share, 0, 1)
    centres = np.empty((4, share.shape[1]), np.float32)
    for axis, half in enumerate(terrain.half_size):
        centres[axis] = on_slab[axis] * np.float32(2 * half) - np.float32(half)
    centres[2] = _height(slopes, on_slab) + radius
    centres[3] = 1
    if on_slab is not share:
        off = np.flatnonzero((share != on_slab).any(axis=0))
        beyond = (share - on_slab)[:, off] * 2 * np.array(terrain.half_size, np.float32)[:, None]
        out = np.hypot(*beyond)
        fall, roll = _smooth(out / FALL), _smooth(out / radius)
        centres[:2, off] += beyond / out * (LEDGE * -np.expm1(-out / LEDGE) + radius * roll)
        centres[2, off] += (terrain.floor + radius - centres[2, off]) * fall * fall
    return centres


def _smooth(share: Floats) -> Floats:
    share = np.clip(share, 0, 1)
    return share * share * (3 - 2 * share)


def _slopes(terrain: Terrain) -> npt.NDArray[np.complex64]:
    """Height of each sample, and in the imaginary part how much higher its neighbour to the right is."""
    slopes = terrain.heights.astype(np.complex64)
    slopes.imag[:, :-1] = np.diff(terrain.heights, axis=1)
    return slopes


def _height(slopes: npt.NDArray[np.complex64], share: Floats) -> Floats:
    """Height of the ground at ``share (2, n)`` of the domain, all between 0 and 1."""
    side = len(slopes)
    # The last cell ends a sample before the end.
    u, v = share * np.float32(side - 1.001)
    i, j = np.floor(u), np.floor(v)
    u -= i
    v -= j
    # Whole numbers this small are exact in single precision too.
    cell = (j * np.float32(side) + i).astype(np.int32).astype(np.intp)
    low, high = (slopes.reshape(-1).take(cell + step) for step in (0, side))
    height: Floats = low.real + low.imag * u
    height += (high.real + high.imag * u - height) * v
    return height
