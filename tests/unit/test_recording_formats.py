"""What every format holds, read back with FFmpeg's own programs, which are another build than the encoders'."""

import json
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from game.recording import Encoding, Pixels, RecordingError, open_sink
from game.recording.draft import Draft
from game.recording.sinks import Ending, FileSink, Kind
from game.recording.video import count_frames

SIZE = WIDTH, HEIGHT = 64, 36
FRAMES = 10
FPS = 25
FILMS = [
    ("film.mp4", "", "h264", "avc1"),
    ("film.mp4", "h265", "hevc", "hvc1"),
    ("film.mp4", "av1", "av1", "av01"),
    ("film.webm", "", "vp9", "[0][0][0][0]"),
    ("film.webm", "av1", "av1", "[0][0][0][0]"),
]
COLOURS = np.array([[230, 60, 20], [20, 200, 90], [40, 90, 240], [240, 230, 60], [128, 128, 128]])


def coloured(number: int) -> Pixels:
    """Broad bands of colours, in another order in every picture."""
    bands = np.roll(COLOURS, number, axis=0)[np.arange(WIDTH) * len(COLOURS) // WIDTH]
    return np.broadcast_to(bands, (HEIGHT, WIDTH, 3)).astype(np.uint8)


def record(path: Path, encoding: Encoding, count: int = FRAMES) -> None:
    with open_sink(path, SIZE, FPS, encoding) as sink:
        for number in range(count):
            sink.write(coloured(number))


def probe(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What ffprobe says of a file's stream, and of the file."""
    command = [
        "ffprobe",
        "-v",
        "error",
        "-count_frames",
        "-show_streams",
        "-show_format",
        "-of",
        "json",
        str(path),
    ]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stderr == b""
    told = json.loads(done.stdout)
    return told["streams"][0], told["format"]


def decode(path: Path, pixels: str, *before: str) -> bytes:
    """All pictures of a file as FFmpeg's program decodes them."""
    command = ["ffmpeg", "-v", "error", *before, "-i", str(path), "-f", "rawvideo", "-pix_fmt", pixels, "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout


def as_rgb(planes: bytes) -> np.ndarray[Any, np.dtype[np.float64]]:
    """4:2:0 planes in 16..235 by the numbers of Rec. ITU-R BT.709-6, item 3."""
    frames = np.frombuffer(planes, np.uint8).reshape(-1, HEIGHT * WIDTH * 3 // 2).astype(float)
    y = (frames[:, : HEIGHT * WIDTH].reshape(-1, HEIGHT, WIDTH) - 16) / 219
    chroma = (frames[:, HEIGHT * WIDTH :].reshape(-1, 2, HEIGHT // 2, WIDTH // 2) - 128) / 224
    blue, red = chroma.repeat(2, axis=2).repeat(2, axis=3).swapaxes(0, 1)
    r, b = y + 1.5748 * red, y + 1.8556 * blue
    return np.stack([r, (y - 0.2126 * r - 0.0722 * b) / 0.7152, b], axis=3) * 255


def check_bands(frames: np.ndarray[Any, Any], most: float) -> None:
    """The middle of every band has its colour, in every picture."""
    assert len(frames) == FRAMES
    for number, frame in enumerate(frames):
        for band, colour in enumerate(np.roll(COLOURS, number, axis=0)):
            left = (band * WIDTH + WIDTH // 3) // len(COLOURS)
            inner = frame[8:-8, left : left + 4].mean(axis=(0, 1))
            assert np.abs(inner - colour).max() <= most, (number, band, inner, colour)


@pytest.mark.parametrize(("name", "codec", "coded", "tag"), FILMS)
def test_a_film_says_what_it_is_and_shows_what_was_drawn(
    tmp_path: Path, name: str, codec: str, coded: str, tag: str
) -> None:
    path = tmp_path / name
    record(path, Encoding(codec, title="A bowl", comment="downslope record bowl (seed 3)"))
    stream, whole = probe(path)
    assert (stream["codec_name"], stream["codec_tag_string"], stream["pix_fmt"]) == (coded, tag, "yuv420p")
    assert (stream["width"], stream["height"], int(stream["nb_read_frames"])) == (WIDTH, HEIGHT, FRAMES)
    assert (stream["avg_frame_rate"], float(stream["start_time"])) == (f"{FPS}/1", 0.0)
    assert float(whole["duration"]) == pytest.approx(FRAMES / FPS, abs=1.5e-3)
    tags = [stream[f"color_{key}"] for key in ("space", "primaries", "transfer", "range")]
    assert tags == ["bt709", "bt709", "bt709", "tv"]
    notes = {key.lower(): text for key, text in whole["tags"].items()}
    assert (notes["title"], notes["comment"]) == ("A bowl", "downslope record bowl (seed 3)")
    check_bands(as_rgb(decode(path, "yuv420p")), most=6)
    data = path.read_bytes()
    early, late = (b"moov", b"mdat") if name.endswith(".mp4") else (b"\x1c\x53\xbb\x6b", b"\x1f\x43\xb6\x75")
    # In .webm the index is also named in the list at the very front.
    assert data.index(early, 200 * name.endswith(".webm")) < data.index(late)
    again = tmp_path / f"again{path.suffix}"
    record(again, Encoding(codec, title="A bowl", comment="downslope record bowl (seed 3)"))
    assert decode(again, "yuv420p") == decode(path, "yuv420p")


def test_a_gif_has_one_palette_and_says_how_to_make_it(tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    with open_sink(path, SIZE, FPS, Encoding(comment="downslope record bowl")) as sink:
        sink.write(np.zeros((HEIGHT, WIDTH, 3), np.uint8))  # tells nothing of the colours to come
        for number in range(1, FRAMES):
            sink.write(coloured(number))
    stream, whole = probe(path)
    assert (int(stream["nb_read_frames"]), float(whole["duration"])) == (FRAMES, FRAMES / FPS)
    frames = np.frombuffer(decode(path, "rgb24"), np.uint8).reshape(-1, HEIGHT, WIDTH, 3)
    assert frames[0].max() <= 2
    check_bands(np.concatenate([[coloured(0)], frames[1:]]), most=2)
    data = path.read_bytes()
    assert b"\x21\xfe\x15downslope record bowl\x00\x3b" in data
    # GIF89a, 20: the last byte before a picture's data says whether it has colours of its own.
    local = [
        data[at + 17]
        for at in range(len(data))
        if data[at : at + 3] == b"\x21\xf9\x04" and data[at + 8] == 0x2C
    ]
    assert len(local) == FRAMES
    assert not any(flags & 0x80 for flags in local)


def edge(number: int) -> Pixels:
    """Orange that fades out to the right, over nothing."""
    frame = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    frame[..., :3] = 240, 160, 40
    frame[..., 3] = np.linspace(255, 0, WIDTH).round() if number else 255
    return frame


@pytest.mark.parametrize("name", ["film.webm", "film.webp", "frames"])
def test_what_is_transparent_stays_so_and_keeps_its_colour(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with open_sink(path, SIZE, FPS, Encoding(alpha=True)) as sink:
        for number in range(3):
            sink.write(edge(number))
    if name == "film.webp":
        import pygame

        surface = pygame.image.load_animation(str(path))[-1][0]
        colour = pygame.surfarray.array3d(surface).swapaxes(0, 1)
        alpha = pygame.surfarray.array_alpha(surface).swapaxes(0, 1)
        frame = np.dstack([colour, alpha]).astype(float)
    else:
        source = path / "00002.png" if name == "frames" else path
        raw = decode(source, "rgba", *(["-c:v", "libvpx-vp9"] if name == "film.webm" else []))
        frame = np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 4)[-1].astype(float)
    most = 0 if name == "frames" else 6
    assert np.abs(frame[..., 3] - edge(1)[..., 3]).max() <= most
    # FFmpeg's program takes BT.601 for what has no colours of its own: only the amount is told here.
    seen = frame[..., 3] > 64
    assert np.abs(frame[seen][:, :3] - (240, 160, 40)).max() <= (0 if name == "frames" else 14)


def test_sixteen_bits_are_kept(tmp_path: Path) -> None:
    ramp = np.arange(WIDTH * HEIGHT * 3, dtype=np.uint16).reshape(HEIGHT, WIDTH, 3) * 9
    with open_sink(tmp_path / "frames", SIZE, FPS, Encoding(depth=16, comment="again")) as sink:
        sink.write(ramp)
    path = tmp_path / "frames" / "00000.png"
    assert np.array_equal(np.frombuffer(decode(path, "rgb48le"), "<u2").reshape(ramp.shape), ramp)
    assert b"iTXtComment\0\0\0\0\0again" in path.read_bytes()


@pytest.mark.parametrize(
    ("name", "encoding", "words"),
    [
        ("x.webm", Encoding("h264"), "no codec 'h264'; choose from vp9, av1"),
        ("x.gif", Encoding("av1"), "no codec 'av1'; leave --codec out"),
        ("x.mp4", Encoding(alpha=True), r"H.264 is never transparent; use .webm, .webp, .png or a folder"),
        ("x.webm", Encoding("av1", alpha=True), "AV1 is never transparent"),
        ("x.gif", Encoding(alpha=True), "animated GIF is never transparent"),
        ("x.mp4", Encoding(depth=16), "8 bits a channel; use .png or a folder of PNGs"),
    ],
)
def test_what_a_format_cannot_is_refused(tmp_path: Path, name: str, encoding: Encoding, words: str) -> None:
    with pytest.raises(RecordingError, match=words):
        open_sink(tmp_path / name, SIZE, FPS, encoding)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", [".mp4", ".webm", ".webp"])
def test_a_draft_plays_up_to_the_last_second_while_it_grows(tmp_path: Path, ending: str) -> None:
    noise = np.random.default_rng(0)
    sink = open_sink(tmp_path / f"film{ending}", SIZE, FPS)
    for _ in range(6 * FPS):  # more than encoders hold back
        sink.write(noise.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8))
    (draft,) = tmp_path.glob("film.partial.*")
    held = 1 + 3 * (ending == ".mp4")  # x264 looks ahead; the queue holds four more pictures
    assert int(probe(draft)[0]["nb_read_frames"]) >= (6 - held) * FPS - 4
    sink.close()
    assert [path.name for path in tmp_path.iterdir()] == [f"film{ending}"]


def failing(error: OSError) -> Callable[[Path, Path], None]:
    def settle(_: Path, place: Path) -> None:
        place.write_bytes(b"half")
        raise error

    return settle


class Growing:
    """Writes what it is given, and refuses the third picture."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, frame: Pixels) -> None:
        with self._path.open("ab") as file:
            file.write(bytes([frame[0, 0, 0]]))

    def finish(self) -> None:
        pass

    def release(self) -> None:
        pass


@pytest.mark.parametrize("fit", [True, False])
def test_without_room_for_two_the_draft_is_kept(tmp_path: Path, fit: bool) -> None:
    target = tmp_path / "film.mp4"
    target.write_bytes(b"old")
    draft = Draft(target, playable=".mp4")
    kind = Kind(((1, 1, 3),), np.uint8, Fraction(2))
    ending = Ending(failing(OSError(28, "No space left on device")), fit, lambda path: path.stat().st_size)
    sink = FileSink(draft, Growing(draft.path), kind, ending)
    for level in (1, 2, 3):
        sink.write(np.full((1, 1, 3), level, np.uint8))
    if fit:
        sink.close()
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"film.mp4": b"\1\2\3"}
        return
    partial = target.with_name("film.partial.mp4")
    for _ in range(2):
        with pytest.raises(
            RecordingError, match=r"No space left on device; the first 1\.5 seconds play in "
        ) as told:
            sink.close()
        assert str(told.value).endswith(str(partial))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "film.mp4": b"old",
        partial.name: b"\1\2\3",
    }


def test_what_an_earlier_recording_left_is_not_touched(tmp_path: Path) -> None:
    left = tmp_path / "film.partial.mp4"
    left.write_bytes(b"precious")
    record(tmp_path / "film.mp4", Encoding())
    assert left.read_bytes() == b"precious"
    assert count_frames(tmp_path / "film.mp4") == FRAMES


def test_every_second_of_a_film_can_be_entered(tmp_path: Path) -> None:
    for name, codec, _, _ in FILMS:
        path = tmp_path / name
        record(path, Encoding(codec), count=3 * FPS)
        with av.open(str(path)) as container:
            keys = [float(packet.pts or 0) for packet in container.demux(video=0) if packet.is_keyframe]
            second = 1 / float(container.streams.video[0].time_base or 1)
        gaps = np.diff(keys) / second
        assert len(keys) >= 3, (name, codec)
        assert gaps.max() <= 1.001, (name, codec)
