"""Trajectories: where balls were, some steps apart, written as they come: memory does not grow with the steps."""

import csv
import io
import itertools
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from game.simulation import World
from landscapes.errors import InputError
from landscapes.landscape import Array

Bar = Callable[[int], AbstractContextManager[Callable[[int], None]]]
"""Opens a progress bar for so much work; what it yields is told how much is done."""

CHUNK_BYTES = 1_000_000
CHUNK_ROWS = 1 << 14


class Point(NamedTuple):
    """Where all balls were at one time.

    Attributes:
        tick: steps taken since the release.
        position: ``(2, n)``; float32, or float64 if the world is.
        loss: ``(n,)``, likewise.
        status: ``(n,)`` uint8.
    """

    tick: int
    position: Array
    loss: Array
    status: npt.NDArray[np.uint8]


class Format(NamedTuple):
    """A row of the table of formats.

    Attributes:
        write: writes points to an empty file and returns how many there were; takes the file, the swarm of each
            ball ``(n,)``, the points, and a bar for the megabytes to pack once all have come.
        spend: bytes of the disk that each ball takes for each point, given the size of a float.
    """

    write: Callable[[IO[bytes], Array, Iterable[Point], Bar], int]
    spend: Callable[[int], int]


def look(world: World) -> Point:
    """The world's next point."""
    return Point(world.tick, world.positions, world.losses, world.status)


def find_format(path: Path) -> Format:
    """The format for a file of that name.

    Raises:
        InputError: an ending that is not known.
    """
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise InputError(f"cannot write {path}: trajectories go to {' or '.join(FORMATS)}")
    return FORMATS[ending]


def check_room(path: Path, world: World, points: int) -> None:
    """Raise an InputError if the disk has no room for so many points of the world; ``path`` is the file to be."""
    balls = world.status.size
    needed = points * balls * find_format(path).spend(world.positions.itemsize)
    free = shutil.disk_usage(path.resolve().parent).free
    if needed > free:
        raise InputError(
            f"{path} would need about {needed / 1e9:,.1f} GB for {points:,} points of {balls:,} balls, "
            f"and the disk has {free / 1e9:,.1f} GB left; take fewer balls or a larger --every"
        )


def write_trajectory(path: Path, form: Format, world: World, points: Iterable[Point], bar: Bar) -> int:
    """Write points of the world as they come; returns how many there were.

    Args:
        path: of the file.
        form: a row of ``FORMATS``.
        world: whose they are.
        points: one or more; the first decides shapes and types.
        bar: for the megabytes to pack, once all points have come.

    Raises:
        OSError: the file cannot be written.
    """
    count = len(world.swarms)
    swarm = np.repeat(np.arange(count), [swarm.size for swarm in world.swarms])
    with path.open("wb") as file:
        return form.write(file, swarm.astype(np.min_scalar_type(count - 1)), points, bar)


def _write_npz(file: IO[bytes], swarm: Array, points: Iterable[Point], bar: Bar) -> int:
    """Members ``tick (t,)``, ``position (t, 2, n)``, ``loss (t, n)``, ``status (t, n)`` and ``swarm (n,)``.

    An archive takes its members one after the other and the points bring a part of each, so they wait in unnamed
    files beside it. Not compressed: that would save a sixth, in twenty times the time.
    """
    with ExitStack() as stack:
        folder = Path(file.name).parent
        spools = [stack.enter_context(tempfile.TemporaryFile(dir=folder)) for _ in Point._fields]
        count = 0
        kinds: list[tuple[np.dtype[Any], tuple[int, ...]]] = []
        for point in points:
            row = [np.asarray(part) for part in point]
            kinds = kinds or [(part.dtype, part.shape) for part in row]
            for spool, part in zip(spools, row, strict=True):
                spool.write(np.ascontiguousarray(part).data)
            count += 1
        sizes = [spool.tell() for spool in spools]
        done = itertools.count(1)
        with (
            zipfile.ZipFile(file, "w") as archive,
            bar(sum(-(-size // CHUNK_BYTES) for size in sizes)) as note,
        ):
            # The largest last: the others' room is free again by then.
            for k in sorted(range(len(spools)), key=sizes.__getitem__):
                dtype, shape = kinds[k]
                spools[k].seek(0)
                with archive.open(f"{Point._fields[k]}.npy", "w", force_zip64=True) as member:
                    _write_header(member, dtype, (count, *shape))
                    while chunk := spools[k].read(CHUNK_BYTES):
                        member.write(chunk)
                        note(next(done))
                spools[k].close()
            with archive.open("swarm.npy", "w") as member:
                _write_header(member, swarm.dtype, swarm.shape)
                member.write(swarm.tobytes())
    return count


def _write_header(member: IO[bytes], dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
    about = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(member, about)


def _write_csv(file: IO[bytes], swarm: Array, points: Iterable[Point], _: Bar) -> int:
    """A row for each ball and point."""
    file.write(b"tick,ball,swarm,x,y,loss,status\r\n")
    count = 0
    for point in points:
        for rows in _rows(point, swarm):
            text = io.StringIO()
            csv.writer(text).writerows(rows)
            file.write(text.getvalue().encode())
        count += 1
    return count


def _rows(point: Point, swarm: Array) -> Iterator[Iterable[tuple[Any, ...]]]:
    """The rows of a point, some at a time: as text they need many times the memory."""
    for first in range(0, swarm.size, CHUNK_ROWS):
        part = slice(first, first + CHUNK_ROWS)
        # As text: numpy writes the shortest number that is read back as the same float.
        x, y, loss = (column[part].astype("U").tolist() for column in (*point.position, point.loss))
        balls, status = itertools.count(first), point.status[part].tolist()
        yield zip(itertools.repeat(point.tick), balls, swarm[part].tolist(), x, y, loss, status, strict=False)


FORMATS = {
    # Position waits beside itself while it is packed: 2 floats more than the 3 and the byte of a point.
    ".npz": Format(_write_npz, lambda itemsize: 5 * itemsize + 1),
    # As many digits as a float has, thrice, with signs and exponents; and four whole numbers.
    ".csv": Format(_write_csv, lambda itemsize: 80 if itemsize > 4 else 50),
}
"""All formats by ending."""
