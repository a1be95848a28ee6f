"""Which file endings can be written, and how each is opened."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np

from game.recording import codecs, settle, video
from game.recording.codecs import Codec, Encoding
from game.recording.draft import Draft
from game.recording.errors import RecordingError, reason
from game.recording.images import PngPicture, PngSeries, encode_png
from game.recording.sinks import Encoder, Ending, FileSink, Kind, Pixels

Size = tuple[int, int]


class Format(NamedTuple):
    """One row of `FORMATS`.

    Attributes:
        about: what it is, in a few words.
        codecs: that it can hold, the usual one first.
        max_fps: most frames per second that the format can hold and players will show.
        box: what a draft is; ``None`` for pictures.
        draft: the ending of a draft that plays; ``None`` where half of it is of no use.
        settle: makes the final file of a draft; ``None`` where the draft is the final one.
        alpha: whether it can hold transparent pictures.
        deep: whether it can hold 16 bits a channel.
        encoder: FFmpeg's name of what the final file needs, where that is not the codec's.
        max_side: most pixels across and down.
    """

    about: str
    codecs: tuple[Codec, ...]
    max_fps: int
    box: video.Box | None
    draft: str | None
    settle: Callable[[Path, Path, Encoding, Codec], None] | None
    alpha: bool = False
    deep: bool = False
    encoder: str = ""
    max_side: int = 1 << 24


def _paint_gif(draft: Path, place: Path, encoding: Encoding, _: Codec) -> None:
    settle.make_gif(draft, place, encoding)


def _code_webp(draft: Path, place: Path, encoding: Encoding, _: Codec) -> None:
    settle.make_webp(draft, place, encoding)


_PNG = Codec("", "PNG", "png", "rgb24", {}, see_through="rgba")


def _remux(box: video.Box, draft: Path, place: Path, encoding: Encoding, codec: Codec) -> None:
    settle.remux(box, codec.tag if box is video.MP4 else "", draft, place, encoding)


FORMATS: dict[str, Format] = {
    ".mp4": Format(
        "H.264 video",
        (codecs.H264, codecs.H265, codecs.AV1),
        1000,
        video.MP4,
        ".mp4",
        partial(_remux, video.MP4),
    ),
    ".webm": Format(
        "VP9 video",
        (codecs.VP9, codecs.AV1),
        1000,
        video.WEBM,
        ".webm",
        partial(_remux, video.WEBM),
        alpha=True,
    ),
    ".gif": Format(
        "animated GIF", (codecs.LOSSLESS,), 50, video.MKV, ".mkv", _paint_gif, encoder="gif", max_side=65_535
    ),
    ".webp": Format(
        "animated WebP",
        (codecs.LOSSLESS,),
        90,
        video.MKV,
        ".mkv",
        _code_webp,
        alpha=True,
        encoder="libwebp_anim",
        max_side=16_383,
    ),
    ".png": Format("one picture", (_PNG,), 1000, None, None, None, alpha=True, deep=True),
    "": Format("a folder of PNGs", (_PNG,), 1000, None, "", None, alpha=True, deep=True),
}
"""File ending -> format; no ending is a folder of numbered pictures. GIF counts in hundredths of a second."""


class EncoderStatus(NamedTuple):
    """Whether a format can be written here.

    Attributes:
        ending: of the file.
        about: what it is.
        codec: FFmpeg's name of the encoder it needs.
        available: whether that is present.
        also: names of the other codecs that can be chosen for it.
    """

    ending: str
    about: str
    codec: str
    available: bool
    also: tuple[str, ...] = ()


def encoders() -> list[EncoderStatus]:
    """The formats in the order of `FORMATS`, each with whether its encoder is present."""
    rows = []
    for ending, form in FORMATS.items():
        name = _encoder_of(form, form.codecs[0])
        also = tuple(codec.name for codec in form.codecs[1:] if _has_encoder(codec.encoder))
        rows.append(EncoderStatus(ending, form.about, name, _has_encoder(name), also))
    return rows


def open_sink(
    path: str | PathLike[str], size: Size, fps: int | Fraction, encoding: Encoding | None = None
) -> FileSink:
    """Opens a file, or a folder of PNGs, to record into.

    An existing file is replaced when the recording is closed, and not before; whether it may be is up to the
    caller. So is an existing folder of numbered PNGs; a folder with anything else in it is refused. Until then the
    recording is called ``film.partial.mp4`` and plays as far as it goes, even if nobody ever closes it.

    Args:
        path: the ending chooses the format, see `FORMATS`.
        size: (width, height) of every picture, in pixels. Odd ones are rounded up in .mp4 and .webm, by
            repeating the last column or row.
        fps: frames per second, exact.
        encoding: how, where the ending does not say it all.

    Raises:
        RecordingError: ending or codec unknown, encoder missing, size, rate, transparency or depth impossible,
            place not writable. Nothing has been written then.
    """
    target = Path(path)
    wish = encoding or Encoding()
    form = _format_of(target)
    codec = _codec_of(target, form, wish)
    _check_size(target, form, size, fps)
    draft = Draft(target, folder=not target.suffix, playable=form.draft)
    rate = Fraction(fps)
    try:
        encoder = _open_encoder(form, codec, draft.path, size, rate, wish)
    except BaseException as error:
        # An interrupt may come here, too: there is no picture yet that would be worth keeping.
        draft.discard()
        if not isinstance(error, OSError | ValueError | av.error.FFmpegError):
            raise
        message = f"{codec.encoder} refuses {size[0]}x{size[1]} pixels at {float(fps):g} frames per second"
        raise RecordingError(f"cannot write {target}: {message} ({reason(error)})") from error
    width, height = size
    channels = (4,) if wish.alpha else (3, 4)
    shapes = tuple((height, width, count) for count in channels)
    kind = Kind(shapes, np.uint16 if wish.depth == 16 else np.uint8, rate)
    return FileSink(draft, encoder, kind, _ending_of(form, codec, wish))


def _open_encoder(
    form: Format, codec: Codec, path: Path, size: Size, fps: Fraction, encoding: Encoding
) -> Encoder:
    if form.box:
        return video.VideoEncoder(form.box, codec, path, size, fps, encoding)
    return PngPicture(path, encoding) if path.is_file() else PngSeries(path, encoding)


def _ending_of(form: Format, codec: Codec, encoding: Encoding) -> Ending:
    if not form.settle:
        return Ending(None, True, lambda path: len(list(path.glob("*.png"))))
    make = form.settle
    return Ending(
        lambda draft, place: make(draft, place, encoding, codec), not form.encoder, video.count_frames
    )


def write_png(path: str | PathLike[str], frame: Pixels) -> None:
    """Writes one picture, whole or not at all.

    Args:
        path: a file that ends in ``.png``; replaced if it exists.
        frame: ``(height, width, 3 or 4)`` uint8, top row first.

    Raises:
        RecordingError: another ending, or the place is not writable.
    """
    target = Path(path)
    if target.suffix.lower() != ".png":
        raise RecordingError(f"cannot write {target}: a picture needs the ending .png")
    draft = Draft(target)
    try:
        draft.path.write_bytes(encode_png(frame))
    except BaseException as error:
        draft.discard()
        if isinstance(error, OSError | av.error.FFmpegError):
            raise RecordingError(f"cannot write {target}: {reason(error)}") from error
        raise
    draft.publish()


def _format_of(target: Path) -> Format:
    form = FORMATS.get(target.suffix.lower())
    if form is None:
        known = f"{', '.join(filter(None, FORMATS))}, or none for a folder of PNGs"
        raise RecordingError(f"cannot write {target}: unknown ending {target.suffix}; use {known}")
    return form


def _codec_of(target: Path, form: Format, encoding: Encoding) -> Codec:
    """What codes the pictures, if it can do what is wished for."""
    codec = next((row for row in form.codecs if row.name == encoding.codec), None)
    if not encoding.codec:
        codec = form.codecs[0]
    if codec is None:
        known = ", ".join(row.name for row in form.codecs if row.name)
        mend = f"choose from {known}" if known else "leave --codec out"
        raise RecordingError(f"cannot write {target}: {form.about} has no codec {encoding.codec!r}; {mend}")
    what = form.about if len(form.codecs) == 1 else codec.about
    if encoding.alpha and not (form.alpha and codec.see_through):
        able = _endings(lambda row: row.alpha)
        raise RecordingError(f"cannot write {target}: {what} is never transparent; use {able}")
    if encoding.depth == 16 and not form.deep:
        able = _endings(lambda row: row.deep)
        raise RecordingError(f"cannot write {target}: {what} has 8 bits a channel; use {able}")
    encoder = _encoder_of(form, codec)
    if not _has_encoder(encoder):
        mend = "get it with: python -m pip install --force-reinstall av"
        raise RecordingError(f"cannot write {target}: this FFmpeg has no {encoder} encoder; {mend}")
    return codec


def _check_size(target: Path, form: Format, size: Size, fps: int | Fraction) -> None:
    if min(size) < 1:
        raise RecordingError(f"cannot write {target}: pictures of {size[0]}x{size[1]} pixels are empty")
    if max(size) > form.max_side:
        limit = f"{form.encoder} refuses {size[0]}x{size[1]} pixels; at most {form.max_side} a side"
        raise RecordingError(f"cannot write {target}: {limit}")
    if not 0 < fps <= form.max_fps:
        limit = f"{form.about} holds more than 0 and at most {form.max_fps} frames per second"
        raise RecordingError(f"cannot write {target}: {limit}, not {float(fps):g}")


def _endings(can: Callable[[Format], bool]) -> str:
    able = [ending for ending, form in FORMATS.items() if ending and can(form)]
    return f"{', '.join(able)} or a folder of PNGs"


def _encoder_of(form: Format, codec: Codec) -> str:
    return form.encoder or codec.encoder


def _has_encoder(name: str) -> bool:
    try:
        av.Codec(name, "w")
    except ValueError:  # UnknownCodecError is one
        return False
    return True
