"""Film the clip that opens the README: ``python -m tests.make.clip``."""

import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from game import commands
from game.directing import CameraKey, Direction, SpeedKey
from game.recording import MemorySink, Pixels
from game.script import Script, follow_script
from game.session import Experiment, Session
from game.studio import Bytes, Size, film, open_studio
from game.window import open_context

FILE = Path(__file__).parents[2] / "assets" / "pictures" / "clip.webp"
SIZE: Size = (640, 360)
OVERSAMPLING = 2
"""Pixels drawn along each side of one that is kept."""
FPS = 12
SECONDS = 6.0
BLEND_S = 0.8
"""Of the film's end that dissolves into its beginning, so that the clip runs in a loop; the camera rests."""
QUALITY = 75
"""Of the animation, to 100; the README is read over slow lines too."""
SCRIPT = Script(
    name="clip",
    about="a thousand balls find their valleys",
    seconds=SECONDS + BLEND_S,
    experiment=Experiment("valleys", ("sgd",), balls=1000, noise=1.2),
    view={"panel": False, "labels": False},
    direction=Direction(
        camera=(
            CameraKey(BLEND_S, pose={"azimuth": -44, "elevation": 37, "zoom": 1.22}),
            CameraKey((BLEND_S + SECONDS) / 2, pose={"azimuth": -56}),
            CameraKey(SECONDS, pose={"azimuth": -44}),
        ),
        speeds=(SpeedKey(BLEND_S, 0), SpeedKey(2.5, 0.6), SpeedKey(SECONDS, 1.5, "in")),
    ),
)


def shoot() -> list[Bytes]:
    """The film's frames, two dimensions and three colours each."""
    session, (width, height) = Session(SCRIPT.experiment, commands.apply), SIZE
    follow_script(session, SCRIPT)
    context = open_context((64, 64), visible=False)
    large = width * OVERSAMPLING, height * OVERSAMPLING
    with open_studio(context, large, "high", live=False) as studio, MemorySink() as sink:
        film(session, studio, sink, SCRIPT, FPS, round(SCRIPT.seconds * FPS), lambda _: None)
    return [shrink(frame) for frame in sink.frames]


def shrink(frame: Pixels) -> Bytes:
    """A frame in the clip's size."""
    width, height = SIZE
    fine = frame.reshape(height, OVERSAMPLING, width, OVERSAMPLING, 3)
    small: Bytes = np.round(fine.mean(axis=(1, 3))).astype(np.uint8)
    return small


def close_loop(frames: Sequence[Bytes], blended: int) -> list[Bytes]:
    """The frames but the last ones, which dissolve into the first ones instead."""
    kept = list(frames[:-blended])
    for number, tail in enumerate(frames[-blended:]):
        share = (number + 1) / (blended + 1)
        kept[number] = np.round(share * kept[number] + (1 - share) * tail).astype(np.uint8)
    return kept


def encode(frames: Sequence[Bytes]) -> bytes:
    """An animated WebP that runs for ever."""
    file = io.BytesIO()
    with av.open(file, "w", format="webp", options={"loop": "0"}) as result:
        stream = result.add_stream(
            "libwebp_anim", rate=FPS, options={"quality": str(QUALITY), "compression_level": "6"}
        )
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = SIZE
        stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, FPS)
        for number, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(frame, "rgb24").reformat(format="yuv420p")
            picture.pts, picture.time_base = number, stream.time_base
            result.mux(stream.encode(picture))
        result.mux(stream.encode(None))
    return file.getvalue()


if __name__ == "__main__":
    FILE.write_bytes(encode(close_loop(shoot(), round(BLEND_S * FPS))))
    print(f"{FILE}: {FILE.stat().st_size / 1e6:.2f} MB")
