"""A landscape as a small picture from above: heights as colours, light from the upper left, contour lines."""

import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from landscapes.landscape import Landscape, Trajectory

Floats = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]

_SIDE = 400
"""Pixels of the longer side."""
_SLIMMEST = 0.4
"""The shorter side of a picture, as a share of the longer one, whatever the map's."""
_STOPS = np.array(
    [[22, 38, 84], [30, 112, 150], [132, 196, 178], [240, 226, 186], [190, 96, 110]], np.float64
)
"""Colours from low to high, sRGB."""
_HOLE = np.array([128.0, 128.0, 132.0])
_WAY, _EDGE = np.array([255.0, 255.0, 255.0]), np.array([20.0, 24.0, 40.0])
_LEVELS = 14
"""Contour lines."""
_RELIEF = 6.0
"""How steep the ground is drawn: its whole height over a sixth of the picture is a slope of 45 degrees."""
_LIGHT = np.array([-0.5, 0.5, 0.7]) / np.linalg.norm([0.5, 0.5, 0.7])


def draw_picture(landscape: Landscape) -> Pixels:
    """The picture ``(height, width, 3)``, sRGB; y points up, holes are grey, a training is a white line."""
    x_min, x_max, y_min, y_max = landscape.domain
    ratio = (y_max - y_min) / (x_max - x_min)
    width = round(_SIDE * min(1.0, max(1 / ratio, _SLIMMEST)))
    height = round(_SIDE * min(1.0, max(ratio, _SLIMMEST)))
    x, y = np.meshgrid(np.linspace(x_min, x_max, width), np.linspace(y_max, y_min, height))
    with np.errstate(all="ignore"):
        loss = landscape.value(np.stack([x.ravel(), y.ravel()])).astype(np.float64).reshape(x.shape)
        level = _find_levels(loss)
        picture = _shade(level)
    picture[np.isnan(level)] = _HOLE
    if landscape.trajectory is not None:
        _draw_way(picture, landscape.trajectory, landscape)
    return np.asarray(np.clip(picture, 0, 255) + 0.5, np.uint8)


def encode_png(picture: Pixels) -> bytes:
    """A picture ``(height, width, 3)`` as the bytes of a PNG file.

    Source: W3C, "Portable Network Graphics (PNG) Specification", 2003.
    """
    height, width, _ = picture.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)
    rows[:, 1:] = picture.reshape(height, -1)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows.tobytes())),
        (b"IEND", b""),
    )
    packed = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def _find_levels(loss: Floats) -> Floats:
    """Heights from 0 to 1: a few enormous losses leave the others their room; NaN where there is none."""
    finite = loss[np.isfinite(loss)]
    if not finite.size:
        return np.full_like(loss, np.nan)
    rise = np.where(np.isfinite(loss), loss, np.nan) - finite.min()
    usual = float(np.median(finite) - finite.min()) or float(np.ptp(finite)) or 1.0
    level = np.log1p(rise / usual)
    return np.asarray(level / (np.nanmax(level) or 1.0))


def _shade(level: Floats) -> Floats:
    ground = np.nan_to_num(level)
    at = ground * (len(_STOPS) - 1)
    colour = np.stack([np.interp(at, np.arange(len(_STOPS)), channel) for channel in _STOPS.T], axis=-1)
    down, right = np.gradient(ground * _RELIEF * max(level.shape) / 6)
    normal = np.stack([-right, down, np.ones_like(ground)], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    light = 0.55 + 0.6 * np.clip(normal @ _LIGHT, 0, 1)
    band = np.floor(ground * _LEVELS)
    line = np.zeros(ground.shape, bool)
    line[:-1] |= band[:-1] != band[1:]
    line[:, :-1] |= band[:, :-1] != band[:, 1:]
    return np.asarray(colour * (light * np.where(line, 0.82, 1.0))[..., np.newaxis])


def _draw_way(picture: Floats, way: Trajectory, landscape: Landscape) -> None:
    """A line through the checkpoints with a dot at each."""
    height, width, _ = picture.shape
    x_min, x_max, y_min, y_max = landscape.domain
    columns = (way.xy[0] - x_min) / (x_max - x_min) * (width - 1)
    rows = (y_max - way.xy[1]) / (y_max - y_min) * (height - 1)
    knots = np.arange(columns.size)
    fine = np.linspace(0, max(columns.size - 1, 0), 4 * _SIDE)
    line: tuple[Any, Any] = np.interp(fine, knots, columns), np.interp(fine, knots, rows)
    for places, radius, colour in (
        (line, 2, _EDGE),
        ((columns, rows), 4, _EDGE),
        (line, 1, _WAY),
        ((columns, rows), 3, _WAY),
    ):
        for across, down in np.ndindex(2 * radius + 1, 2 * radius + 1):
            if np.hypot(across - radius, down - radius) > radius:
                continue
            column = np.rint(places[0] + across - radius)
            row = np.rint(places[1] + down - radius)
            there = (column >= 0) & (column < width) & (row >= 0) & (row < height)
            picture[row[there].astype(int), column[there].astype(int)] = colour
