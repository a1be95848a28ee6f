"""Still pictures: PNG, one or a numbered series."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from game.recording.sinks import Pixels


def encode_png(frame: Pixels) -> bytes:
    """The picture as an opaque 8-bit RGB PNG file, without loss."""
    height, width, _ = frame.shape
    codec = av.CodecContext.create("png", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "rgb24"
    codec.time_base = Fraction(1)
    codec.sample_aspect_ratio = Fraction(1)
    codec.thread_count = 1  # threads would only hold the picture back
    # Three times as fast as the smallest file, which is a tenth smaller.
    codec.options = {"pred": "sub", "compression_level": "3"}
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame[..., :3]), "rgb24")
    picture.pts = 0
    return b"".join(bytes(packet) for packet in [*codec.encode(picture), *codec.encode(None)])


class PngSeries:
    """Writes 00000.png, 00001.png, ... into a folder that exists."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def add(self, frame: Pixels) -> None:
        """Writes the next file."""
        (self._folder / f"{self._count:05d}.png").write_bytes(encode_png(frame))
        self._count += 1

    def finish(self) -> None:
        """Has nothing left to write."""

    def release(self) -> None:
        """Has nothing open."""


class PngPicture:
    """Writes one picture, and only one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._full = False

    def add(self, frame: Pixels) -> None:
        """Writes the file.

        Raises:
            ValueError: this is the second picture.
        """
        if self._full:
            raise ValueError("a .png holds one picture; for a series name a folder, without an ending")
        self._full = True
        self._path.write_bytes(encode_png(frame))

    def finish(self) -> None:
        """Has nothing left to write."""

    def release(self) -> None:
        """Has nothing open."""
