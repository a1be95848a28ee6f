"""The shell as a user meets it: the real command in a process of its own, in a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pygame

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "game"]
PATIENCE_S = 60.0

Done = subprocess.CompletedProcess[str]
Pixels = npt.NDArray[np.uint8]


def environment(**changes: str) -> dict[str, str]:
    """Of a machine without a display, on which the checkout is the installed package."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
    return kept | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | changes


def run(folder: Path, *arguments: str, **changes: str) -> Done:
    return start([*PROGRAM, *arguments], folder, **changes)


def start(command: list[str], folder: Path, **changes: str) -> Done:
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(**changes),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


def succeed(folder: Path, *arguments: str, **changes: str) -> str:
    done = run(folder, *arguments, **changes)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too; a folder is an empty one."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
    }


def pictures(folder: Path) -> list[Pixels]:
    return [pixels(path) for path in sorted(folder.iterdir())]


def pixels(path: Path) -> Pixels:
    return np.asarray(pygame.surfarray.array3d(pygame.image.load(path)).swapaxes(0, 1), np.uint8)


def complain(done: Done, *words: str) -> None:
    """One line on stderr that says what and what to do, exit code 2, nothing else."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("downslope: ")
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr
