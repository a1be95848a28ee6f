"""Moving pictures through FFmpeg, in files that play as far as they were written, whatever happens next."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np

from game.recording.codecs import Codec, Encoding
from game.recording.sinks import Pixels

_BT709 = 1  # the code of its matrix, primaries and transfer alike (ITU-T H.273)
_LIMITED = 1  # 16..235, FFmpeg's AVCOL_RANGE_MPEG


class Box(NamedTuple):
    """What holds the coded pictures: FFmpeg's name, and what it is told while a film grows and when it is whole."""

    muxer: str
    growing: Mapping[str, str]
    whole: Mapping[str, str]


_AT_ONCE = {"flush_packets": "1"}  # what waits in memory is gone with the program
_CLUSTERS = {"cluster_time_limit": "1000", **_AT_ONCE}
_FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof", **_AT_ONCE}
_SAME = {"fflags": "bitexact"}  # no random numbers: the same film is the same file

MP4 = Box("mp4", _FRAGMENTS, {"movflags": "faststart"})
WEBM = Box("webm", _CLUSTERS | _SAME, {"cues_to_front": "1"} | _SAME)
MKV = Box("matroska", _CLUSTERS, {})


class VideoEncoder:
    """Encodes pictures into one file at a constant frame rate; every second can be played without those before.

    Halved chroma needs an even width and height: an odd picture repeats its last column or row.
    """

    def __init__(
        self, box: Box, codec: Codec, path: Path, size: tuple[int, int], fps: Fraction, encoding: Encoding
    ) -> None:
        """Opens the file and the encoder.

        Args:
            box: what holds the pictures.
            codec: what codes them.
            path: the file to write, of any name.
            size: (width, height) in pixels.
            fps: frames per second.
            encoding: quality, transparency and what the file says of itself; the rest of it is not looked at.

        Raises:
            OSError: the file cannot be written.
            av.error.FFmpegError: the encoder refuses, for instance the size.
        """
        pixels = codec.see_through if encoding.alpha else codec.pixels
        self._yuv = pixels if pixels.startswith("yuv") else ""
        width, height = size
        self._padding = ((0, height % 2), (0, width % 2), (0, 0)) if self._yuv else ((0, 0),) * 3
        self._count = 0
        self._time_base = 1 / fps
        self._pixels = pixels
        # Of a file that it opened itself, FFmpeg would not tell when the last of it could not be written.
        self._file = path.open("wb", buffering=0)
        self._container = av.open(self._file, "w", format=box.muxer, options=dict(box.growing))
        self._container.metadata.update(describe(encoding))
        crf = codec.crf if encoding.crf is None else encoding.crf
        options = {**codec.options, **({} if crf is None else {"crf": str(crf)})}
        stream = self._container.add_stream(codec.encoder, rate=fps, options=options)
        assert isinstance(stream, av.VideoStream)
        self._stream = stream
        context = stream.codec_context
        context.width, context.height = width + self._padding[1][1], height + self._padding[0][1]
        context.pix_fmt = pixels
        context.time_base = self._time_base
        context.gop_size = max(1, round(fps))
        if codec.tag and box is MP4:
            context.codec_tag = codec.tag
        if self._yuv:
            context.colorspace = context.color_primaries = context.color_trc = _BT709
            context.color_range = _LIMITED
        try:
            self._container.start_encoding()
        except Exception:
            self.release()
            raise

    def add(self, frame: Pixels) -> None:
        """Encodes the next picture."""
        if any(after for _, after in self._padding):
            frame = np.pad(frame, self._padding, mode="edge")
        picture = av.VideoFrame.from_ndarray(
            frame.astype(np.uint8, copy=False), "rgba" if frame.shape[2] == 4 else "rgb24"
        )
        picture.pts, picture.time_base = self._count, self._time_base
        self._container.mux(self._stream.encode(self._convert(picture)))
        self._count += 1

    def finish(self) -> None:
        """Encodes what is held back and closes the file."""
        self._container.mux(self._stream.encode(None))
        self._container.close()
        self._file.close()

    def release(self) -> None:
        """Closes the file with what has reached it."""
        try:
            self._container.close()
        finally:
            self._file.close()

    def _convert(self, picture: av.VideoFrame) -> av.VideoFrame:
        if not self._yuv:
            return picture.reformat(format=self._pixels)
        # FFmpeg's own default is BT.601, which players show in other colours.
        return picture.reformat(
            format=self._yuv,
            dst_colorspace="ITU709",
            dst_color_range="MPEG",
            interpolation="AREA",  # the mean of four pixels' colours, not that of one
        )


def describe(encoding: Encoding) -> dict[str, str]:
    """What a file says of itself, in FFmpeg's words."""
    told = {"title": encoding.title, "comment": encoding.comment}
    return {key: text for key, text in told.items() if text}


def count_frames(path: Path) -> int:
    """How many pictures of a file can be played, even if its end is missing."""
    count = 0
    try:
        with av.open(str(path)) as container:
            for packet in container.demux(video=0):
                count += packet.size > 0 and not packet.is_corrupt
    except (OSError, IndexError, av.error.FFmpegError):
        pass  # so far and no further
    return count
