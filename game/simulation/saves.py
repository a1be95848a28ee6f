"""Saved worlds: one ``.npz`` with a page of JSON and the balls' arrays, from which a world goes on bit for bit."""

import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

import landscapes
from game.simulation.swarm import Swarm
from game.simulation.sweep import Status
from landscapes.errors import InputError
from landscapes.landscape import Array, Landscape
from landscapes.sculpted import Bump, sculpt, take_apart

VERSION = 2
"""Of the file's layout."""
_DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a file may raise that is damaged, cut short, or something else altogether."""


def save_swarms(file: IO[bytes], landscape: Landscape, swarms: Sequence[Swarm]) -> None:
    """Write all that decides how the swarms go on."""
    pages: list[dict[str, Any]] = []
    arrays: dict[str, Any] = {}
    for number, swarm in enumerate(swarms):
        about, balls = swarm.save()
        pages.append(about)
        arrays |= {f"{number}.{name}": array for name, array in balls.items()}
    name, strokes = take_apart(landscape)
    page = {"downslope": VERSION, "landscape": name, "strokes": strokes, "swarms": pages}
    np.savez_compressed(file, about=np.array(json.dumps(page)), **arrays)


def load_swarms(path: Path, landscape: Landscape | None = None) -> tuple[Landscape, tuple[Swarm, ...]]:
    """The landscape and the swarms of a file.

    Args:
        path: of the file.
        landscape: what they roll on, if it is none of the catalogue's.

    Raises:
        InputError: it cannot be read, or is no saved world.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            page = json.loads(str(file["about"]))
            if page["downslope"] != VERSION:
                raise InputError(f"{path} was saved by another version of downslope ({page['downslope']})")
            if landscape is None:
                landscape = landscapes.get(page["landscape"])
                for stroke in page.get("strokes", ()):
                    landscape = sculpt(landscape, Bump(*map(float, stroke)))
            swarms = []
            for number, about in enumerate(page["swarms"]):
                start = f"{number}."
                arrays = {
                    name.removeprefix(start): file[name] for name in file.files if name.startswith(start)
                }
                _check(arrays)
                swarms.append(Swarm.restore(landscape, about, arrays))
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or 'it is no .npz file'}") from None
    except _DAMAGE as error:
        raise InputError(
            f"{path} is not a world that downslope saved: {' '.join(str(error).split())}"
        ) from None
    if not swarms or len({swarm.tick for swarm in swarms}) > 1:
        raise InputError(f"{path} is not a world that downslope saved: its swarms do not fit together")
    return landscape, tuple(swarms)


def _check(arrays: Mapping[str, Array]) -> None:
    position: Any = arrays["position"]
    if position.ndim != 2 or position.shape[0] < 2 or position.shape[1] < 1:
        raise ValueError(f"positions of shape {position.shape}")
    if position.dtype not in (np.float32, np.float64):
        raise ValueError(f"positions of {position.dtype}")
    for name, array in arrays.items():
        if array.shape[-1:] != position.shape[1:]:
            raise ValueError(f"{name} is not for {position.shape[1]:,} balls")
    if not np.isfinite(arrays["anchor"]).all() or (arrays["status"] > max(Status)).any():
        raise ValueError("values that no ball can have")
