"""Still pictures: PNG, one or a numbered series."""

import struct
import zlib
from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from game.recording.codecs import Encoding
from game.recording.sinks import Pixels

_HEAD = 8 + 25
"""Bytes of a PNG's signature and its first chunk."""
_KINDS = {(8, False): "rgb24", (8, True): "rgba", (16, False): "rgb48be", (16, True): "rgba64be"}
"""FFmpeg's pixel formats by depth and transparency."""


def encode_png(frame: Pixels, *, alpha: bool = False, notes: Mapping[str, str] | None = None) -> bytes:
    """The picture as a PNG file of its own depth, without loss.

    Args:
        frame: ``(height, width, 3 or 4)`` uint8 or uint16.
        alpha: keep the fourth channel as transparency; otherwise the picture is opaque.
        notes: texts that the file carries, by keyword.
    """
    height, width, _ = frame.shape
    kind = _KINDS[8 * frame.itemsize, alpha]
    codec = av.CodecContext.create("png", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, kind
    codec.time_base = Fraction(1)
    codec.sample_aspect_ratio = Fraction(1)
    codec.thread_count = 1  # threads would only hold the picture back
    # Three times as fast as the smallest file, which is a tenth smaller.
    codec.options = {"pred": "sub", "compression_level": "3"}
    channels: Any = np.ascontiguousarray(frame if alpha else frame[..., :3])
    picture = av.VideoFrame.from_ndarray(channels, kind)
    picture.pts = 0
    data = b"".join(bytes(packet) for packet in [*codec.encode(picture), *codec.encode(None)])
    return data[:_HEAD] + b"".join(_note(*note) for note in (notes or {}).items()) + data[_HEAD:]


def _note(keyword: str, text: str) -> bytes:
    """An iTXt chunk (PNG, third edition, 11.3.3.4): uncompressed, in no language."""
    if not text:
        return b""
    body = b"iTXt" + keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode()
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


class PngSeries:
    """Writes 00000.png, 00001.png, ... into a folder that exists."""

    def __init__(self, folder: Path, encoding: Encoding) -> None:
        self._folder = folder
        self._encoding = encoding
        self._count = 0

    def add(self, frame: Pixels) -> None:
        """Writes the next file."""
        path = self._folder / f"{self._count:05d}.png"
        try:
            path.write_bytes(_encode(frame, self._encoding))
        except OSError:
            with suppress(OSError):
                path.unlink()  # half a picture is none
            raise
        self._count += 1

    def finish(self) -> None:
        """Has nothing left to write."""

    def release(self) -> None:
        """Has nothing open."""


class PngPicture:
    """Writes one picture, and only one."""

    def __init__(self, path: Path, encoding: Encoding) -> None:
        self._path = path
        self._encoding = encoding
        self._full = False

    def add(self, frame: Pixels) -> None:
        """Writes the file.

        Raises:
            ValueError: this is the second picture.
        """
        if self._full:
            raise ValueError("a .png holds one picture; for a series name a folder, without an ending")
        self._full = True
        self._path.write_bytes(_encode(frame, self._encoding))

    def finish(self) -> None:
        """Has nothing left to write."""

    def release(self) -> None:
        """Has nothing open."""


def _encode(frame: Pixels, encoding: Encoding) -> bytes:
    notes = {"Title": encoding.title, "Comment": encoding.comment}
    return encode_png(frame, alpha=encoding.alpha, notes=notes)
