"""Which file endings can be written, and how each is opened."""

from collections.abc import Callable
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import av

from game.recording import video
from game.recording.draft import Draft
from game.recording.errors import RecordingError, reason
from game.recording.images import PngPicture, PngSeries, encode_png
from game.recording.sinks import Encoder, FileSink, Pixels

Size = tuple[int, int]


class Format(NamedTuple):
    """One row of `FORMATS`.

    Attributes:
        about: what it is, in a few words.
        codec: FFmpeg's name of the encoder it needs.
        max_fps: most frames per second that the format can hold and players will show.
        open: (path, (width, height), frames per second) -> encoder, writing to a path of any name.
    """

    about: str
    codec: str
    max_fps: int
    open: Callable[[Path, Size, Fraction], Encoder]


def _video(recipe: video.Recipe) -> Callable[[Path, Size, Fraction], Encoder]:
    return lambda path, size, fps: video.VideoEncoder(recipe, path, size, fps)


FORMATS: dict[str, Format] = {
    ".mp4": Format("H.264 video", video.H264.codec, 1000, _video(video.H264)),
    ".webm": Format("VP9 video", video.VP9.codec, 1000, _video(video.VP9)),
    ".gif": Format("animated GIF", video.GIF.codec, 50, _video(video.GIF)),
    ".webp": Format("animated WebP", video.WEBP.codec, 90, _video(video.WEBP)),
    ".png": Format("one picture", "png", 1000, lambda path, _size, _fps: PngPicture(path)),
    "": Format("a folder of PNGs", "png", 1000, lambda path, _size, _fps: PngSeries(path)),
}
"""File ending -> format; no ending is a folder of numbered pictures. GIF counts in hundredths of a second."""


class EncoderStatus(NamedTuple):
    """Whether a format can be written here: its ending, what it is, FFmpeg's encoder, and is that present."""

    ending: str
    about: str
    codec: str
    available: bool


def encoders() -> list[EncoderStatus]:
    """The formats in the order of `FORMATS`, each with whether its encoder is present."""
    return [EncoderStatus(ending, f.about, f.codec, _has_encoder(f.codec)) for ending, f in FORMATS.items()]


def open_sink(path: str | PathLike[str], size: Size, fps: int | Fraction) -> FileSink:
    """Opens a file, or a folder of PNGs, to record into.

    An existing file is replaced when the recording is closed, and not before; whether it may be is up to the
    caller. So is an existing folder of numbered PNGs; a folder with anything else in it is refused.

    Args:
        path: the ending chooses the format, see `FORMATS`.
        size: (width, height) of every picture, in pixels. Odd ones are rounded up in .mp4 and .webm, by
            repeating the last column or row.
        fps: frames per second, exact.

    Raises:
        RecordingError: ending unknown, encoder missing, size or rate impossible, place not writable. Nothing
            has been written then.
    """
    target = Path(path)
    form = _format_of(target)
    if min(size) < 1:
        raise RecordingError(f"cannot write {target}: pictures of {size[0]}x{size[1]} pixels are empty")
    if not 0 < fps <= form.max_fps:
        limit = f"{form.about} holds more than 0 and at most {form.max_fps} frames per second"
        raise RecordingError(f"cannot write {target}: {limit}, not {float(fps):g}")
    draft = Draft(target, folder=not target.suffix)
    try:
        encoder = form.open(draft.path, size, Fraction(fps))
    except (OSError, av.error.FFmpegError) as error:
        draft.discard()
        message = f"{form.codec} refuses {size[0]}x{size[1]} pixels at {float(fps):g} frames per second"
        raise RecordingError(f"cannot write {target}: {message} ({reason(error)})") from error
    return FileSink(draft, encoder, size)


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
    if not _has_encoder(form.codec):
        mend = "get it with: python -m pip install --force-reinstall av"
        raise RecordingError(f"cannot write {target}: this FFmpeg has no {form.codec} encoder; {mend}")
    return form


def _has_encoder(name: str) -> bool:
    try:
        av.Codec(name, "w")
    except ValueError:  # UnknownCodecError is one
        return False
    return True
