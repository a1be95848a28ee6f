"""Films as a user meets them: for somebody, cut short by force, on a disk that is full."""

import re
import signal
import subprocess
import time
from pathlib import Path

import av
import pytest

from tests.e2e.shell import PATIENCE_S, PROGRAM, complain, environment, run, start, succeed

TINY = ("--size", "64x36", "--balls", "20", "--quality", "low", "--no-panel")


def count(path: Path) -> int:
    """How many pictures of a file can be decoded, without a complaint."""
    command = [
        "ffprobe",
        "-v",
        "error",
        "-count_frames",
        "-show_entries",
        "stream=nb_read_frames",
        "-of",
        "csv=p=0",
    ]
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return int(done.stdout)


def test_a_film_whose_maker_was_killed_plays_up_to_the_last_second(tmp_path: Path) -> None:
    command = [*PROGRAM, "record", "bowl", *TINY, "--fps", "10", "--seconds", "3600", "-o", "film.mp4"]
    game = subprocess.Popen(command, cwd=tmp_path, env=environment())
    draft = tmp_path / "film.partial.mp4"
    end = time.monotonic() + PATIENCE_S
    while not (draft.exists() and draft.stat().st_size > 20_000):
        assert time.monotonic() < end, "the draft does not grow"
        time.sleep(0.02)
    game.kill()
    assert game.wait() == -signal.SIGKILL
    assert [path.name for path in tmp_path.iterdir()] == [draft.name]
    assert count(draft) >= 30
    before = draft.read_bytes()
    done = run(tmp_path, "record", "bowl", *TINY, "--fps", "10", "--seconds", "0.3", "-o", "film.mp4")
    assert done.returncode == 0
    assert re.fullmatch(r"downslope: film\.partial\.mp4 is what an earlier .*\n", done.stderr)
    assert count(tmp_path / "film.mp4") == 3
    assert draft.read_bytes() == before


def test_a_full_disk_leaves_what_plays_and_says_where(tmp_path: Path) -> None:
    (tmp_path / "film.gif").write_bytes(b"precious")
    film = ("record", "bowl", *TINY, "--fps", "4", "--seconds", "60", "--force", "-o", "film.gif")
    limited = ["sh", "-c", 'ulimit -f 100; exec "$@"', "sh", *PROGRAM, *film]
    done = start(limited, tmp_path)
    complain(done, "cannot write film.gif: File too large; the first ", "play in film.partial.mkv")
    match = re.search(r"the first (\S+) seconds", done.stderr)
    assert match
    with av.open(str(tmp_path / "film.partial.mkv")) as container:
        kept = sum(1 for _ in container.decode(video=0))
    assert kept >= 4
    assert float(match[1]) == pytest.approx(kept / 4, abs=0.26)
    assert (tmp_path / "film.gif").read_bytes() == b"precious"


def test_a_film_for_somebody_has_what_suits_them_unless_told_otherwise(tmp_path: Path) -> None:
    said = succeed(
        tmp_path, "record", "bowl", "--for", "gif", "--size", "64x36", "--seconds", "0.2", "--balls", "9"
    )
    assert said == "downslope.gif: 5 frames of 64x36 at 25 a second\n"
    assert (
        b"downslope record bowl --for gif --size 64x36 --seconds 0.2 --balls 9 (seed 0"
        in (tmp_path / "downslope.gif").read_bytes()
    )
