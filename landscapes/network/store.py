"""Long computations in chunks: on any executor, with progress, and kept on disk so that none is done twice."""

import contextlib
import hashlib
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import platformdirs

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


def compute(
    work: Callable[[Any], Array],
    chunks: Sequence[Any],
    places: Sequence[Array],
    *,
    folder: Path | None = None,
    executor: Executor | None = None,
    note: Callable[[int], None] | None = None,
) -> None:
    """Write ``work`` of every chunk into its place.

    What is finished is on disk before it counts, so an interrupted computation goes on where it was. What is damaged
    there is computed again, never trusted. An interrupt cancels all that has not begun.

    Args:
        work: a function of one chunk, the same in any process.
        chunks: what it is called with; all of it depends on the name of ``folder`` alone.
        places: where results go, of their shape and dtype; for example parts of one array.
        folder: where finished chunks are kept; ``None`` keeps nothing.
        executor: any of ``concurrent.futures`` or that offers its interface; two threads if ``None``.
        note: told how many numbers are finished along the last axis of the places.
    """
    missing = [k for k, place in enumerate(places) if not (folder and _read(_path(folder, k), place))]
    done = sum(place.shape[-1] for place in places) - sum(places[k].shape[-1] for k in missing)
    if note:
        note(done)
    under_way: dict[Future[Array], int] = {}
    with contextlib.ExitStack() as stack:
        if executor is None:
            executor = ThreadPoolExecutor(_THREADS)
            stack.callback(executor.shutdown, cancel_futures=True)
        # Before the shutdown, which waits for what has begun.
        stack.callback(lambda: [future.cancel() for future in under_way])
        for k in missing:
            under_way[executor.submit(work, chunks[k])] = k
        for future in as_completed(under_way):
            k = under_way.pop(future)
            np.copyto(places[k], future.result())
            if folder:
                _write(_path(folder, k), places[k])
            done += places[k].shape[-1]
            if note:
                note(done)


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:05d}.chunk"


def _read(path: Path, place: Array) -> bool:
    """Fill a place with what is kept for it, if that is whole and belongs there."""
    try:
        held = memoryview(path.read_bytes())
    except OSError:
        return False
    digest, body = held[:_DIGEST], held[_DIGEST:]
    if len(body) != place.nbytes or digest != _sign(path, body):
        return False
    place[...] = np.frombuffer(body, place.dtype).reshape(place.shape)
    return True


def _write(path: Path, array: Array) -> None:
    """Keep an array; where that cannot be, it is computed again next time."""
    body = array.tobytes()
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(_sign(path, body) + body)
        draft.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _sign(path: Path, body: bytes | memoryview) -> bytes:
    """A digest of the content and of its place, so that one chunk is not taken for another."""
    whole = hashlib.sha256(f"{path.parent.name}/{path.name}\n".encode())
    whole.update(body)
    return whole.digest()
