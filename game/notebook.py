"""The game for whoever has a landscape in Python: a window of its own, or a film for a cell of a notebook.

Both are the program itself, started anew: a notebook's process is neither blocked nor given a window.
"""

import base64
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple

from landscapes import Landscape
from landscapes.errors import InputError
from landscapes.files import draw_sheet, write_sheet

_SIZE = "960x540"


class Film(NamedTuple):
    """A film that a notebook plays in its cell; ``video`` are the bytes of an MP4 file."""

    video: bytes

    def _repr_html_(self) -> str:
        source = base64.b64encode(self.video).decode()
        return f'<video controls autoplay loop muted src="data:video/mp4;base64,{source}"></video>'

    def save(self, path: str | Path) -> None:
        """Write it to a file."""
        Path(path).write_bytes(self.video)


def play(landscape: Landscape, *arguments: str) -> None:
    """Open the game on a landscape, and go on; arguments are those of ``downslope play``."""
    folder = tempfile.TemporaryDirectory(prefix="downslope-", ignore_cleanup_errors=True)
    game = subprocess.Popen([*_PROGRAM, "play", _write(landscape, folder.name), *arguments])

    def clear() -> None:
        game.wait()
        folder.cleanup()

    threading.Thread(target=clear, daemon=True).start()


def record(landscape: Landscape, *arguments: str, seconds: float = 8.0) -> Film:
    """A film of a landscape; arguments are those of ``downslope record``.

    Raises:
        InputError: as the program says in its last line.
    """
    with tempfile.TemporaryDirectory(prefix="downslope-") as folder:
        film = Path(folder, "film.mp4")
        size = () if "--size" in arguments else ("--size", _SIZE)
        line = (
            "record",
            _write(landscape, folder),
            "-o",
            str(film),
            "--seconds",
            f"{seconds:g}",
            *size,
            *arguments,
        )
        done = subprocess.run([*_PROGRAM, *line], capture_output=True, text=True, check=False)
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or [f"it ended with code {done.returncode}"]
            raise InputError(last[0].removeprefix("downslope: "))
        return Film(film.read_bytes())


_PROGRAM = (sys.executable, "-m", "game")


def _write(landscape: Landscape, folder: str) -> str:
    """The landscape as a file; what it is called is what the game calls it."""
    name = "".join(letter if letter.isalnum() or letter in " -_" else "-" for letter in landscape.title)[
        :60
    ].strip()
    path = Path(folder, f"{name or 'landscape'}.npz")
    write_sheet(path, draw_sheet(landscape))
    return str(path)
