"""Codecs: what FFmpeg is told for each, so that a film is good, quick to make and plays as far as it was written."""

import os
from collections.abc import Mapping
from typing import NamedTuple


class Codec(NamedTuple):
    """One way to code pictures.

    Attributes:
        name: as typed after ``--codec``; empty where there is no choice.
        about: what it is, in a few words.
        encoder: FFmpeg's name.
        pixels: FFmpeg's name of the pixel format.
        options: of the encoder.
        crf: its constant quality, smaller is better; ``None`` if it has none.
        see_through: pixel format with transparency; empty if there is none.
        tag: what .mp4 files call it, where FFmpeg's choice is not what all players know.
    """

    name: str
    about: str
    encoder: str
    pixels: str
    options: Mapping[str, str]
    crf: int | None = None
    see_through: str = ""
    tag: str = ""


H264 = Codec("h264", "H.264", "libx264", "yuv420p", {"preset": "veryfast"}, 18)
H265 = Codec(
    "h265",
    "H.265",
    "libx265",
    "yuv420p",
    {"preset": "superfast", "x265-params": "log-level=none:open-gop=0"},
    20,
    tag="hvc1",
)
AV1 = Codec("av1", "AV1", "libsvtav1", "yuv420p", {"preset": "9"}, 28)
VP9 = Codec(
    "vp9",
    "VP9",
    "libvpx-vp9",
    "yuv420p",
    # An alternate reference is a picture that is not shown, and transparency has no place for one.
    {"deadline": "realtime", "cpu-used": "6", "row-mt": "1", "b:v": "0", "auto-alt-ref": "0"},
    24,
    "yuva420p",
)
LOSSLESS = Codec("", "FFV1", "ffv1", "bgr0", {"level": "3", "coder": "0", "slices": "4"}, see_through="bgra")
"""What a film waits in where its own format can only be written at the end."""

# Its library tells the terminal about itself otherwise.
os.environ.setdefault("SVT_LOG", "1")


class Encoding(NamedTuple):
    """How to encode, where the ending does not say it all.

    Attributes:
        codec: name of one that the format has; empty for its first.
        crf: constant quality, smaller is better; ``None`` for the codec's own.
        alpha: pictures have four channels, the last one says how much is seen, and the others are not multiplied by it.
        depth: bits a channel; with 16, pictures are uint16.
        title: what is seen.
        comment: how to make it again.
    """

    codec: str = ""
    crf: int | None = None
    alpha: bool = False
    depth: int = 8
    title: str = ""
    comment: str = ""
