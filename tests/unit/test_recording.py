import itertools
import subprocess
import sys
import tracemalloc
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pygame
import pytest

from game.recording import (
    FORMATS,
    MemorySink,
    NullSink,
    Pixels,
    RecordingError,
    encoders,
    open_sink,
    write_png,
)

SIZE = (160, 96)
COLOURS = [
    *itertools.product((0, 255), repeat=3),
    *[(level, level, level) for level in (16, 64, 128, 192, 235)],
    *[(230, 159, 0), (86, 180, 233), (0, 158, 115), (213, 94, 0), (204, 121, 167)],
]
PATCH = 32
BLOCK = 16
VIDEOS = (".mp4", ".webm")
ANIMATIONS = (".gif", ".webp")


def numbered(number: int, size: tuple[int, int] = SIZE) -> Pixels:
    """A picture that shows `number` in binary, as black and white blocks, on top of moving noise."""
    width, height = size
    frame = np.random.default_rng(number).integers(96, 160, (height, width, 4), dtype=np.uint8)
    for bit in range(8):
        frame[:BLOCK, bit * BLOCK : (bit + 1) * BLOCK] = 255 * (number >> bit & 1)
    return frame


def read_number(frame: Pixels) -> int:
    centres = frame[BLOCK // 2, BLOCK // 2 :: BLOCK, 0][:8]
    return int(sum(int(level > 127) << bit for bit, level in enumerate(centres)))


def decode(path: Path) -> list[Pixels]:
    """All pictures of a file, whatever it is, as (height, width, 3)."""
    if path.suffix == ".webp":  # FFmpeg cannot read what it writes there
        return [surface_pixels(surface) for surface, _ in pygame.image.load_animation(str(path))]
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24").astype(np.uint8) for frame in container.decode(video=0)]


def surface_pixels(surface: pygame.Surface) -> Pixels:
    return np.asarray(pygame.surfarray.array3d(surface), np.uint8).swapaxes(0, 1)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def record(path: Path, count: int, size: tuple[int, int] = SIZE, fps: int | Fraction = 25) -> None:
    buffer = np.empty((size[1], size[0], 4), np.uint8)
    with open_sink(path, size, fps) as sink:
        for number in range(count):
            buffer[:] = numbered(number, size)
            sink.write(buffer)
            buffer[:] = 77  # the caller's again as soon as write returns


def record_until(error: BaseException, path: Path, count: int) -> None:
    with open_sink(path, SIZE, 25) as sink:
        for number in range(count):
            sink.write(numbered(number))
        raise error


@pytest.mark.parametrize("ending", VIDEOS)
def test_colours_survive_a_video_as_bt709(tmp_path: Path, ending: str) -> None:
    frame = np.zeros((PATCH, PATCH * len(COLOURS), 3), np.uint8)
    for index, colour in enumerate(COLOURS):
        frame[:, index * PATCH : (index + 1) * PATCH] = colour
    path = tmp_path / f"colours{ending}"
    with open_sink(path, (frame.shape[1], PATCH), 30) as sink:
        for _ in range(5):
            sink.write(frame)
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        tags = (context.colorspace, context.color_primaries, context.color_trc, context.color_range)
        last = list(container.decode(video=0))[-1]
    assert tags == (1, 1, 1, 1)  # BT.709 three times, limited range
    planes = last.to_ndarray(format="yuv420p").astype(float)
    luma = planes[:PATCH]
    blue, red = planes[PATCH:].reshape(2, PATCH // 2, -1)
    for index, colour in enumerate(COLOURS):
        at = index * PATCH + PATCH // 2
        y = (luma[PATCH // 2, at] - 16) / 219  # Rec. ITU-R BT.709-6, item 3
        r = y + 1.5748 * (red[PATCH // 4, at // 2] - 128) / 224
        b = y + 1.8556 * (blue[PATCH // 4, at // 2] - 128) / 224
        g = (y - 0.2126 * r - 0.0722 * b) / 0.7152
        assert np.array([r, g, b]) * 255 == pytest.approx(colour, abs=4), colour


@pytest.mark.parametrize("ending", [*VIDEOS, *ANIMATIONS])
def test_every_frame_arrives_once_and_in_order(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"count{ending}"
    record(path, 60)
    frames = decode(path)
    assert [read_number(frame) for frame in frames] == list(range(60))
    assert frames[0].shape == (SIZE[1], SIZE[0], 3)


@pytest.mark.parametrize("ending", VIDEOS)
@pytest.mark.parametrize("fps", [24, 60, Fraction(30_000, 1001)])
def test_frame_rate_is_exact(tmp_path: Path, ending: str, fps: int | Fraction) -> None:
    path = tmp_path / f"rate{ending}"
    record(path, 30, fps=fps)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        times = [frame.time for frame in container.decode(video=0)]
        if ending == ".mp4":
            assert stream.average_rate == fps
            assert container.duration == pytest.approx(30 / fps * 1e6, abs=1)
    assert times == pytest.approx([n / fps for n in range(30)], abs=0.5e-3 + 1e-9)  # Matroska counts in ms


def test_animations_play_at_the_frame_rate(tmp_path: Path) -> None:
    for ending in ANIMATIONS:
        path = tmp_path / f"pace{ending}"
        record(path, 30, fps=30)
        delays = [delay for _, delay in pygame.image.load_animation(str(path))]
        assert sum(delays) == pytest.approx(1000, abs=10), ending
        assert max(delays) - min(delays) <= 10, ending


def test_pictures_are_opaque_whatever_the_fourth_channel_says(tmp_path: Path) -> None:
    frame = np.full((SIZE[1], SIZE[0], 4), 200, np.uint8)
    frame[..., 3] = 0
    for ending in (*VIDEOS, *ANIMATIONS, ".png"):
        path = tmp_path / f"opaque{ending}"
        with open_sink(path, SIZE, 25) as sink:
            sink.write(frame)
        assert decode(path)[0] == pytest.approx(200, abs=3), ending


def test_videos_make_an_odd_size_even_by_repeating_the_edge(tmp_path: Path) -> None:
    frame = np.zeros((63, 127, 3), np.uint8)
    frame[:, -9:] = 255
    for ending in VIDEOS:
        path = tmp_path / f"odd{ending}"
        with open_sink(path, (127, 63), 25) as sink:
            sink.write(frame)
        picture = decode(path)[0]
        assert picture.shape == (64, 128, 3)
        assert picture[:, -2:].min() > 240
    for ending in ANIMATIONS:
        path = tmp_path / f"odd{ending}"
        record(path, 1, size=(127, 63))
        assert decode(path)[0].shape == (63, 127, 3)


@pytest.mark.parametrize("channels", [3, 4])
def test_png_is_exact(tmp_path: Path, channels: int) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (37, 53, channels), dtype=np.uint8)
    path = tmp_path / "picture.PNG"
    write_png(path, frame[::-1])
    assert np.array_equal(surface_pixels(pygame.image.load(path)), frame[::-1, :, :3])
    assert names(tmp_path) == ["picture.PNG"]


def test_a_path_without_an_ending_is_a_folder_of_pngs(tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    record(folder, 12)
    record(folder, 3)  # a second recording leaves nothing of the first
    assert names(folder) == ["00000.png", "00001.png", "00002.png"]
    for number in range(3):
        picture = surface_pixels(pygame.image.load(folder / f"{number:05d}.png"))
        assert np.array_equal(picture, numbered(number)[..., :3])
    assert names(tmp_path) == ["frames"]


@pytest.mark.parametrize(
    ("name", "size", "fps", "complaint"),
    [
        ("roll.avi", SIZE, 30, r"unknown ending \.avi; use \.mp4, \.webm, \.gif, \.webp, \.png, or none"),
        ("missing/roll.mp4", SIZE, 30, "folder .*missing does not exist; create it"),
        ("file.txt/roll.mp4", SIZE, 30, "file.txt is not a folder"),
        ("folder.mp4", SIZE, 30, "not a regular file"),
        ("mine", SIZE, 30, "the folder holds other files; name a new one"),
        ("roll.gif", SIZE, 60, "at most 50 frames per second, not 60"),
        ("roll.mp4", SIZE, 0, "more than 0"),
        ("roll.mp4", (0, 9), 30, "0x9 pixels are empty"),
        ("roll.mp4", (100_000, 100_000), 30, "libx264 refuses 100000x100000"),
        ("roll.webp", (100_000, 100_000), 30, "libwebp_anim refuses 100000x100000"),
        ("x" * 300 + ".mp4", SIZE, 30, r"cannot write .*/x+\.mp4"),
    ],
)
def test_what_cannot_work_is_refused_at_once(
    tmp_path: Path, name: str, size: tuple[int, int], fps: int, complaint: str
) -> None:
    (tmp_path / "file.txt").touch()
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RecordingError, match=complaint) as error:
        open_sink(tmp_path / name, size, fps)
    assert "\n" not in str(error.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_write_png_refuses_other_endings_and_missing_folders(tmp_path: Path) -> None:
    for name, complaint in (
        ("a.jpg", r"needs the ending \.png"),
        ("missing/a.png", "does not exist; create"),
    ):
        with pytest.raises(RecordingError, match=complaint):
            write_png(tmp_path / name, numbered(0))
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["roll.mp4", "roll.webm", "roll.gif", "roll.webp", "roll.png", "roll"])
def test_an_error_of_the_caller_leaves_the_existing_recording_alone(tmp_path: Path, name: str) -> None:
    record(tmp_path / name, 1)
    before = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    with pytest.raises(ZeroDivisionError):
        record_until(ZeroDivisionError(), tmp_path / name, 1)
    assert {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")} == before


def test_an_interrupt_keeps_what_was_recorded(tmp_path: Path) -> None:
    path = tmp_path / "roll.mp4"
    with pytest.raises(KeyboardInterrupt):
        record_until(KeyboardInterrupt(), path, 7)
    assert [read_number(frame) for frame in decode(path)] == list(range(7))
    assert names(tmp_path) == ["roll.mp4"]


def test_nothing_recorded_is_an_error_and_no_file(tmp_path: Path) -> None:
    sink = open_sink(tmp_path / "roll.mp4", SIZE, 25)
    with pytest.raises(RecordingError, match="not one picture"):
        sink.close()
    assert names(tmp_path) == []


def test_a_frame_of_another_kind_is_refused(tmp_path: Path) -> None:
    wrong = [numbered(0)[:-1], numbered(0)[..., :2], numbered(0)[..., 0], numbered(0).astype(np.float32)]
    sink = open_sink(tmp_path / "roll.mp4", SIZE, 25)
    for frame in wrong:
        with pytest.raises(RecordingError, match="a picture is uint8"):
            sink.write(frame)  # type: ignore[arg-type]
    sink.write(numbered(0))
    sink.close()
    sink.close()
    with pytest.raises(RecordingError, match="closed"):
        sink.write(numbered(1))
    assert len(decode(tmp_path / "roll.mp4")) == 1


def test_a_second_picture_does_not_fit_into_a_png(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds one picture; for a series name a folder"):
        record(tmp_path / "one.png", 2)
    assert names(tmp_path) == []


def test_write_waits_for_the_encoder_instead_of_filling_the_memory(tmp_path: Path) -> None:
    size = (640, 360)
    frame = numbered(0, size)
    with open_sink(tmp_path / "roll.mp4", size, 25) as sink:
        tracemalloc.start()
        for _ in range(60):
            sink.write(frame)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 10 * frame.nbytes


def test_memory_sink_keeps_copies_and_null_sink_nothing() -> None:
    frame = numbered(1)
    with MemorySink() as memory, NullSink() as null:
        memory.write(frame)
        null.write(frame)
        frame[:] = 0
        memory.write(frame)
    assert [read_number(kept) for kept in memory.frames] == [1, 0]


def test_encoders_tells_for_every_format_whether_it_is_there() -> None:
    table = encoders()
    assert [row.ending for row in table] == list(FORMATS)
    assert all(row.available for row in table)


if sys.platform != "win32":

    @pytest.mark.parametrize("name", ["roll.mp4", "roll.webm", "roll.gif", "roll.webp", "roll.png", "roll"])
    def test_a_full_disk_is_one_clear_error_and_leaves_nothing(tmp_path: Path, name: str) -> None:
        """In a process of its own, whose files may not grow beyond 16 KiB."""
        program = """
import resource, sys
import numpy as np
from game.recording import RecordingError, open_sink
resource.setrlimit(resource.RLIMIT_FSIZE, (2**14, 2**14))
noise = np.random.default_rng(0)
try:
    with open_sink(sys.argv[1], (320, 192), 25) as sink:
        for _ in range(1 if sys.argv[1].endswith(".png") else 80):
            sink.write(noise.integers(0, 256, (192, 320, 4), dtype=np.uint8))
except RecordingError as error:
    sys.exit(str(error))
"""
        target = tmp_path / name
        command = [sys.executable, "-c", program, str(target)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.stderr == f"cannot write {target}: File too large\n"
        assert done.returncode == 1
        assert names(tmp_path) == []

    def test_a_symbolic_link_survives(tmp_path: Path) -> None:
        (tmp_path / "disk").mkdir()
        link = tmp_path / "roll.mp4"
        link.symlink_to(tmp_path / "disk" / "real.mp4")
        record(link, 2)
        assert link.is_symlink()
        assert len(decode(tmp_path / "disk" / "real.mp4")) == 2
