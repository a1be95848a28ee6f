"""Moving pictures through FFmpeg: H.264, VP9, animated WebP and GIF."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from av.filter import Graph

from game.recording.sinks import Pixels

_BT709 = 1  # the code of its matrix, primaries and transfer alike (ITU-T H.273)
_LIMITED = 1  # 16..235, FFmpeg's AVCOL_RANGE_MPEG


def _to_yuv(picture: av.VideoFrame) -> av.VideoFrame:
    """BT.709, limited range: FFmpeg's own default is BT.601, which players show in other colours."""
    return picture.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")


def _to_bgra(picture: av.VideoFrame) -> av.VideoFrame:
    """Opaque, by way of RGB: WebP would take the renderer's fourth channel for transparency."""
    return picture.reformat(format="rgb24").reformat(format="bgra")


def _to_palette(picture: av.VideoFrame) -> av.VideoFrame:
    """The best 256 colours of the picture, with ordered dither, which stands still where the picture does."""
    graph = Graph()
    source = graph.add_buffer(
        width=picture.width,
        height=picture.height,
        format=av.VideoFormat("bgra"),
        time_base=picture.time_base,
    )
    split = graph.add("split")
    shrink = graph.add(
        "scale", f"{min(picture.width, 480)}:{min(picture.height, 270)}"
    )  # three times as fast
    choose = graph.add("palettegen", "stats_mode=single:reserve_transparent=0")
    use = graph.add("paletteuse", "dither=bayer:bayer_scale=4")
    sink = graph.add("buffersink")
    source.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(shrink, 1, 0)
    shrink.link_to(choose)
    choose.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    graph.vpush(_to_bgra(picture))
    graph.vpush(None)
    return graph.vpull()


class Recipe(NamedTuple):
    """How FFmpeg is to encode: its names of muxer, encoder and pixel format, how to convert, its options."""

    muxer: str
    codec: str
    pixels: str
    convert: Callable[[av.VideoFrame], av.VideoFrame]
    options: dict[str, str]
    muxer_options: dict[str, str]


_X264 = {"preset": "veryfast", "crf": "18"}
_VPX = {"deadline": "realtime", "cpu-used": "6", "row-mt": "1", "crf": "24", "b:v": "0"}
_WEBP = {"quality": "85", "compression_level": "2"}

H264 = Recipe("mp4", "libx264", "yuv420p", _to_yuv, _X264, {"movflags": "+faststart"})
VP9 = Recipe("webm", "libvpx-vp9", "yuv420p", _to_yuv, _VPX, {})
WEBP = Recipe("webp", "libwebp_anim", "bgra", _to_bgra, _WEBP, {"loop": "0"})
GIF = Recipe("gif", "gif", "pal8", _to_palette, {}, {"loop": "0"})


class VideoEncoder:
    """Encodes pictures into one file at a constant frame rate.

    Halved chroma (H.264, VP9) needs an even width and height: an odd picture repeats its last column or row.
    """

    def __init__(self, recipe: Recipe, path: Path, size: tuple[int, int], fps: Fraction) -> None:
        """Opens the file and the encoder.

        Args:
            recipe: one of `H264`, `VP9`, `WEBP`, `GIF`.
            path: the file to write, of any name.
            size: (width, height) in pixels.
            fps: frames per second.

        Raises:
            OSError: the file cannot be written.
            av.error.FFmpegError: the encoder refuses, for instance the size.
        """
        subsampled = recipe.pixels == "yuv420p"
        width, height = size
        self._padding = ((0, height % 2), (0, width % 2), (0, 0)) if subsampled else ((0, 0),) * 3
        self._count = 0
        self._time_base = 1 / fps
        self._convert = recipe.convert
        self._container = av.open(str(path), "w", format=recipe.muxer, options=recipe.muxer_options)
        stream = self._container.add_stream(recipe.codec, rate=fps, options=recipe.options)
        assert isinstance(stream, av.VideoStream)
        self._stream = stream
        context = stream.codec_context
        context.width, context.height = width + self._padding[1][1], height + self._padding[0][1]
        context.pix_fmt = recipe.pixels
        context.time_base = self._time_base
        if subsampled:
            context.colorspace = context.color_primaries = context.color_trc = _BT709
            context.color_range = _LIMITED
        try:
            self._container.start_encoding()
        except Exception:
            self._container.close()
            raise

    def add(self, frame: Pixels) -> None:
        """Encodes the next picture."""
        if any(after for _, after in self._padding):
            frame = np.pad(frame, self._padding, mode="edge")
        picture = av.VideoFrame.from_ndarray(frame, "rgba" if frame.shape[2] == 4 else "rgb24")
        picture.pts, picture.time_base = self._count, self._time_base
        self._container.mux(self._stream.encode(self._convert(picture)))
        self._count += 1

    def finish(self) -> None:
        """Encodes what is held back, writes the index and closes the file."""
        self._container.mux(self._stream.encode(None))
        self._container.close()

    def release(self) -> None:
        """Closes the file."""
        self._container.close()
