"""Height maps: greyscale ``.png`` of 8 or 16 bits, white on top of the hills and north at the upper edge.

Format: W3C, "Portable Network Graphics (PNG) Specification (Third Edition)", 2025;
https://www.w3.org/TR/png-3/.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError
from landscapes.files.sheet import MOST, Choice, Floats, Sheet, make_sheet

Bytes = npt.NDArray[np.uint8]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"Downslope"
"""Of our own text chunk: what black and white are worth, where the columns and rows are, whether black is a hole."""
TOP = 2**16 - 1


class _Header(NamedTuple):
    """The first chunk of a PNG, as it lies in the file."""

    width: int
    height: int
    depth: int
    colour: int
    compression: int
    filtering: int
    interlace: int


class _Scale(NamedTuple):
    """What our own text chunk says."""

    xs: Floats
    ys: Floats
    low: float
    high: float
    holes: bool


def read(path: Path, choice: Choice) -> Sheet:
    """Read a height map; one of our own has its coordinates and values, any other -1..1 and 0..1.

    Raises:
        InputError: it is no PNG, damaged, or in colour, interlaced or too large.
    """
    chunks = list(_chunks(path))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13:
        raise InputError("damaged PNG: it does not begin with a header")
    header = _Header(*struct.unpack(">IIBBBBB", chunks[0][1]))
    _check(header)
    levels = _levels(header, b"".join(body for kind, body in chunks if kind == b"IDAT"))[::-1]
    top = 2**header.depth - 1
    scale = _find_scale(header, chunks)
    return make_sheet(
        _lift(levels, top, scale) if scale else levels / top,
        scale.xs if scale else None,
        scale.ys if scale else None,
        guesses=()
        if scale
        else ("A height map has no scale: black is taken for a loss of 0 and white for 1.",),
        logarithmic=choice.logarithmic,
        domain=choice.domain,
    )


def write(path: Path, sheet: Sheet) -> None:
    """Write 16 bits of grey: the loss to within half of 1/65,535 of its range, coordinates and range as text.

    Where there are holes they are level 0, which the text says, and the loss has the 65,535 levels above. Of a
    stack that is the mean.
    """
    holes = np.isnan(sheet.loss)
    low, high = float(np.nanmin(sheet.loss)), float(np.nanmax(sheet.loss))
    ground = int(holes.any())
    levels = ground + _share(sheet.loss, low, high) * (TOP - ground)
    picture = np.rint(np.where(holes, 0, levels))[::-1].astype(">u2")
    height, width = picture.shape
    rows = np.zeros(
        (height, 1 + 2 * width), np.uint8
    )  # a zero ahead of each row says that it is not filtered
    rows[:, 1:] = picture.view(np.uint8)
    words = {"x": sheet.xs.tolist(), "y": sheet.ys.tolist(), "low": low, "high": high, "holes": bool(ground)}
    header = struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"tEXt", KEYWORD + b"\0" + json.dumps(words).encode("ascii")),
        (b"IDAT", zlib.compress(rows.tobytes())),
        (b"IEND", b""),
    )
    path.write_bytes(SIGNATURE + b"".join(_pack(kind, body) for kind, body in chunks))


def _pack(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _chunks(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """Kind and body of each chunk up to the end mark, checksums checked."""
    data = path.read_bytes()
    if not data.startswith(SIGNATURE):
        raise InputError("this is not a PNG picture, whatever its ending says")
    at = len(SIGNATURE)
    while at + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body, checksum = data[at + 8 : at + 8 + size], data[at + 8 + size : at + 12 + size]
        if struct.pack(">I", zlib.crc32(kind + body)) != checksum:
            raise InputError(f"damaged PNG: wrong checksum at byte {at}")
        if kind == b"IEND":
            return
        yield kind, body
        at += 12 + size
    raise InputError("damaged PNG: it ends too early")


def _check(header: _Header) -> None:
    faults = (
        (header.colour != 0, "has colours or a palette; save it as greyscale without alpha"),
        (header.interlace != 0, "is interlaced; save it without"),
        (header.depth not in {8, 16}, f"has {header.depth} bits a pixel; save it with 8 or 16"),
        (header.compression or header.filtering, "is packed in a way that no PNG is"),
        (max(header[:2]) > MOST, f"is {header.width}x{header.height}; at most {MOST:,} a side"),
        (min(header[:2]) == 0, "has no pixels"),
    )
    for wrong, fault in faults:
        if wrong:
            raise InputError(f"the picture {fault}")


def _levels(header: _Header, packed: bytes) -> Floats:
    """The pixels ``(height, width)``, from the upper edge down."""
    pixel = header.depth // 8
    stride = 1 + header.width * pixel
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(packed, stride * header.height + 1)
    except zlib.error as error:
        raise InputError(f"damaged PNG: the pixels cannot be unpacked ({error})") from None
    if len(raw) != stride * header.height:
        raise InputError(f"damaged PNG: not {header.width}x{header.height} pixels")
    rows = np.frombuffer(raw, np.uint8).reshape(header.height, stride)
    if rows[:, 0].max() >= len(_FILTERS):
        raise InputError(f"damaged PNG: a row has filter {rows[:, 0].max()}, which there is not")
    pixels = np.empty((header.height, stride - 1), np.uint8)
    above = np.zeros(stride - 1, np.uint8)
    for row, out in zip(rows, pixels, strict=True):
        _FILTERS[row[0]](row[1:], above, pixel, out)
        above = out
    return pixels.view(f">u{pixel}").astype(np.float64)


# Each undoes the filter of one row, from its bytes and the row above, into ``out``; all sums are modulo 256.


def _undo_none(row: Bytes, above: Bytes, pixel: int, out: Bytes) -> None:  # noqa: ARG001
    out[:] = row


def _undo_sub(row: Bytes, above: Bytes, pixel: int, out: Bytes) -> None:  # noqa: ARG001
    np.cumsum(row.reshape(-1, pixel), axis=0, dtype=np.uint8, out=out.reshape(-1, pixel))


def _undo_up(row: Bytes, above: Bytes, pixel: int, out: Bytes) -> None:  # noqa: ARG001
    np.add(row, above, out=out)


def _undo_average(row: Bytes, above: Bytes, pixel: int, out: Bytes) -> None:
    for lane in range(pixel):
        left, done = 0, []
        for change, up in zip(row[lane::pixel].tolist(), above[lane::pixel].tolist(), strict=True):
            left = (change + (left + up) // 2) % 256
            done.append(left)
        out[lane::pixel] = done


def _undo_paeth(row: Bytes, above: Bytes, pixel: int, out: Bytes) -> None:
    for lane in range(pixel):
        left, corner, done = 0, 0, []
        for change, up in zip(row[lane::pixel].tolist(), above[lane::pixel].tolist(), strict=True):
            # How far left, up and corner are from left + up - corner; in a tie the first is nearest.
            to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
            nearest = up if to_up <= to_corner else corner
            if to_left <= to_up and to_left <= to_corner:
                nearest = left
            left, corner = (change + nearest) % 256, up
            done.append(left)
        out[lane::pixel] = done


_FILTERS = (_undo_none, _undo_sub, _undo_up, _undo_average, _undo_paeth)


def _find_scale(header: _Header, chunks: list[tuple[bytes, bytes]]) -> _Scale | None:
    """What our own text says, checked as if anybody had written it; none in pictures of others."""
    start = KEYWORD + b"\0"
    text = next((body for kind, body in chunks if kind == b"tEXt" and body.startswith(start)), None)
    if text is None:
        return None
    try:
        words: dict[str, Any] = json.loads(text.removeprefix(start))
        xs, ys = (np.array(words[name], np.float64) for name in "xy")
        scale = _Scale(xs, ys, float(words["low"]), float(words["high"]), words["holes"] is True)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise InputError(f"damaged PNG: its text {KEYWORD.decode()!r} cannot be read") from None
    if xs.shape != (header.width,) or ys.shape != (header.height,) or not np.isfinite(scale[2:4]).all():
        raise InputError(f"damaged PNG: its text {KEYWORD.decode()!r} does not fit the picture")
    return scale


def _lift(levels: Floats, top: int, scale: _Scale) -> Floats:
    """The loss at each level from 0 to ``top``."""
    ground = int(scale.holes)
    share = np.maximum(levels - ground, 0) / (top - ground)
    return np.where(levels < ground, np.nan, scale.low * (1 - share) + scale.high * share)


def _share(loss: Floats, low: float, high: float) -> Floats:
    """How far each value is from the lowest to the highest, 0 to 1; NaN at holes."""
    if low == high:
        return np.zeros_like(loss)
    # Scaled by a power of two, which is exact, so that neither the widest nor the finest range leaves the floats.
    exponent = -int(np.frexp(max(abs(low), abs(high)))[1])
    low, high = float(np.ldexp(low, exponent)), float(np.ldexp(high, exponent))
    return np.asarray((np.ldexp(loss, exponent) - low) / (high - low), np.float64)
