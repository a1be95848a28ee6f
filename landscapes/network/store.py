"""Long computations in chunks: on any executor, with progress, and kept on disk so that none is done twice."""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import platformdirs

from landscapes.delivery import distribute
from landscapes.landscape import Array

_DIGEST = hashlib.sha256().digest_size
_THREADS = 2


def find_folder() -> Path | None:
    """Where results are kept between runs, as the system has it for caches; none if that cannot be found out."""
    try:
        return platformdirs.user_cache_path("downslope", appauthor=False)
    except RuntimeError:  # nobody's home
        return None


def hash_of(*parts: npt.ArrayLike | str) -> str:
    """The name of what is computed from these arrays and texts: the same for the same bits, shapes and types."""
    total = hashlib.sha256()
    for part in parts:
        array = np.asarray(part)
        total.update(f"{array.dtype.str}{array.shape}".encode())
        total.update(array.tobytes())
    return total.hexdigest()[:32]


class Fault(NamedTuple):
    """What went wrong at one place of a chunk: its column along the last axis, and a line of text."""

    column: int
    text: str


class Part(NamedTuple):
    """What comes of a chunk: numbers, and what went wrong with some of them."""

    values: Array
    faults: tuple[Fault, ...] = ()


def compute(
    work: Callable[[Any], Array | Part],
    chunks: Sequence[Any],
    places: Sequence[Array],
    *,
    folder: Path | None = None,
    executor: Executor | None = None,
    note: Callable[[int], None] | None = None,
    finished: Callable[[int, tuple[Fault, ...]], None] | None = None,
) -> None:
    """Write ``work`` of every chunk into its place.

    What is finished is on disk before it counts, so an interrupted computation goes on where it was. What is damaged
    there is computed again, never trusted. An interrupt cancels all that has not begun.

    Args:
        work: a function of one chunk, the same in any process; it travels to each process once.
        chunks: what it is called with; all of it depends on the name of ``folder`` alone.
        places: where results go, of their shape and dtype; for example parts of one array.
        folder: where finished chunks are kept; ``None`` keeps nothing.
        executor: any of ``concurrent.futures`` or that offers its interface; two threads if ``None``.
        note: told how many numbers are finished along the last axis of the places.
        finished: told the number of each chunk that is in its place, and what went wrong in it.

    Raises:
        BrokenExecutor: the executor is gone.
    """
    tell = finished or (lambda _number, _faults: None)
    missing, done = [], 0
    for k, place in enumerate(places):
        faults = _read(_path(folder, k), place) if folder else None
        if faults is None:
            missing.append(k)
        else:
            done += place.shape[-1]
            tell(k, faults)
    if note:
        note(done)
    with contextlib.ExitStack() as stack:
        if executor is None:
            executor = ThreadPoolExecutor(_THREADS)
            stack.callback(executor.shutdown, cancel_futures=True)
        # Closed before the shutdown, which waits for what has begun.
        answers = distribute(executor, work, [(k, chunks[k]) for k in missing])
        for k, answer in stack.enter_context(contextlib.closing(answers)):
            values, faults = answer if isinstance(answer, Part) else Part(answer)
            np.copyto(places[k], values)
            if folder:
                _write(_path(folder, k), places[k], faults)
            done += places[k].shape[-1]
            tell(k, faults)
            if note:
                note(done)


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:05d}.chunk"


def _read(path: Path, place: Array) -> tuple[Fault, ...] | None:
    """Fill a place with what is kept for it; what went wrong there, or ``None`` if nothing whole belongs there."""
    try:
        held = memoryview(path.read_bytes())
    except OSError:
        return None
    digest, body = held[:_DIGEST], held[_DIGEST:]
    if digest != _sign(path, place.nbytes, body):
        return None
    place[...] = np.frombuffer(body[: place.nbytes], place.dtype).reshape(place.shape)
    lines = bytes(body[place.nbytes :]).decode().splitlines()
    return tuple(Fault(int(number), text) for number, _, text in (line.partition(" ") for line in lines))


def _write(path: Path, array: Array, faults: tuple[Fault, ...]) -> None:
    """Keep an array, and after it a line for each fault; where that cannot be, it is computed again next time."""
    body = array.tobytes() + "".join(f"{column} {text}\n" for column, text in faults).encode()
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("wb") as file:
                file.write(_sign(path, array.nbytes, body) + body)
                file.flush()
                # A power cut must not leave the name of a chunk on nothing.
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


def _sign(path: Path, size: int, body: bytes | memoryview) -> bytes:
    """A digest of the content, of its place and of how much of it is numbers: no chunk is taken for another."""
    whole = hashlib.sha256(f"{path.parent.name}/{path.name} {size}\n".encode())
    whole.update(body)
    return whole.digest()
