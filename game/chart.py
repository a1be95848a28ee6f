"""Charts: maps of the basins of attraction, as files and in numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np

from game.simulation import Status
from game.simulation.basins import Basins
from landscapes.errors import InputError

Row = dict[str, Any]
Write = Callable[[IO[bytes], Basins], None]


def find_writer(path: Path) -> Write:
    """What writes a chart to a file of that name.

    Raises:
        InputError: an ending that is not known.
    """
    ending = path.suffix.lower()
    if ending not in WRITERS:
        raise InputError(f"cannot write {path}: basins go to {', '.join(WRITERS)}")
    return WRITERS[ending]


def summarise(basins: Basins) -> Row:
    """Which part of the start points ends where, ready for JSON; shares are of all start points."""
    valleys = basins.valleys
    rows, columns = basins.labels.shape
    ends = []
    for number in range(valleys.losses.size):
        here = basins.labels == number
        ends.append(
            {
                "x": float(valleys.minima[0, number]),
                "y": float(valleys.minima[1, number]),
                "loss": float(valleys.losses[number]),
                "share": float(here.mean()),
                "settled_share": float((here & (basins.status == Status.SETTLED)).mean()),
                "median_steps": int(np.median(basins.steps[here])) if here.any() else None,
            }
        )
    return {
        "landscape": basins.landscape.name,
        "optimizer": basins.optimizer,
        "lr": basins.lr,
        "size": [columns, rows],
        "balls": {status.name.lower(): int((basins.status == status).sum()) for status in Status},
        "valleys": ends,
    }


def _write_png(file: IO[bytes], basins: Basins) -> None:
    # Late: arrays can do without FFmpeg.
    from game.recording.images import encode_png
    from game.scene.basins import paint

    file.write(encode_png(paint(basins)))


def _write_npy(file: IO[bytes], basins: Basins) -> None:
    """The valley of each start point, rows of y from below; -1 for what left."""
    np.save(file, basins.labels)


def _write_npz(file: IO[bytes], basins: Basins) -> None:
    """The same as ``labels``; ``status`` and ``steps``; the ``domain``; the valleys' ``minima`` and ``losses``."""
    np.savez_compressed(
        file,
        labels=basins.labels,
        status=basins.status,
        steps=basins.steps,
        domain=np.array(basins.landscape.domain),
        minima=basins.valleys.minima,
        losses=basins.valleys.losses,
    )


WRITERS: dict[str, Write] = {".png": _write_png, ".npy": _write_npy, ".npz": _write_npz}
"""All formats by ending."""
