"""Chunks of a long computation: in their places whatever happens in between, and none done twice."""

import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from landscapes.network.store import compute, find_folder, hash_of

Floats = npt.NDArray[np.float64]

CHUNKS = [slice(start, min(start + 4, 50)) for start in range(0, 50, 4)]


def work(chunk: slice) -> Floats:
    return np.sin(np.arange(chunk.start, chunk.stop) + np.arange(3)[:, np.newaxis])


WHOLE = work(slice(0, 50))


class Here(Executor):
    """Computes at once and counts, and may be interrupted instead."""

    def __init__(self, most: int = 1000) -> None:
        self.calls, self.most = 0, most

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self.calls == self.most:
            raise KeyboardInterrupt
        self.calls += 1
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def run(
    folder: Path | None, executor: Executor | None = None, note: Callable[[int], None] | None = None
) -> Floats:
    out = np.full((3, 50), np.nan)
    compute(work, CHUNKS, [out[:, chunk] for chunk in CHUNKS], folder=folder, executor=executor, note=note)
    return out


def list_chunks(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.chunk"))


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_all_chunks_come_into_their_places_and_are_told(workers: int, tmp_path: Path) -> None:
    told: list[int] = []
    if workers:
        with ThreadPoolExecutor(workers) as executor:
            found = run(tmp_path, executor, told.append)
    else:
        found = run(None, None, told.append)
    np.testing.assert_array_equal(found, WHOLE)
    assert told[0] == 0
    assert told == sorted(told)
    assert told[-1] == 50
    assert len(told) == 1 + len(CHUNKS)


def test_what_is_finished_is_not_computed_again(tmp_path: Path) -> None:
    first, second = Here(), Here()
    run(tmp_path, first)
    told: list[int] = []
    np.testing.assert_array_equal(run(tmp_path, second, told.append), WHOLE)
    assert (first.calls, second.calls) == (len(CHUNKS), 0)
    assert told == [50]


def test_an_interrupt_leaves_what_is_finished_and_no_drafts(tmp_path: Path) -> None:
    def interrupt(done: int) -> None:
        if done >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, note=interrupt)
    kept = list_chunks(tmp_path)
    assert len(kept) == 5
    assert sorted(tmp_path.iterdir()) == kept
    rest = Here()
    np.testing.assert_array_equal(run(tmp_path, rest), WHOLE)
    assert rest.calls == len(CHUNKS) - 5


def test_an_interrupt_cancels_what_has_not_begun(tmp_path: Path) -> None:
    begun: list[slice] = []

    def slow(chunk: slice) -> Floats:
        begun.append(chunk)
        return work(chunk)

    def interrupt(done: int) -> None:
        if done:
            raise KeyboardInterrupt

    class Holding(Here):
        """Holds all but the first chunk back."""

        def __init__(self) -> None:
            super().__init__()
            self.held: list[Future[Any]] = []

        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            if not self.calls:
                return super().submit(fn, *args, **kwargs)
            self.held.append(Future())
            return self.held[-1]

    holding = Holding()
    out = np.empty((3, 50))
    with pytest.raises(KeyboardInterrupt):
        compute(
            slow,
            CHUNKS,
            [out[:, chunk] for chunk in CHUNKS],
            folder=tmp_path,
            executor=holding,
            note=interrupt,
        )
    assert len(begun) == 1
    assert len(holding.held) == len(CHUNKS) - 1
    assert all(future.cancelled() for future in holding.held)


def test_an_interrupt_before_anything_is_finished_keeps_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Here(most=3))
    np.testing.assert_array_equal(run(tmp_path, Here()), WHOLE)


def flip(path: Path) -> None:
    held = bytearray(path.read_bytes())
    held[-5] ^= 1
    path.write_bytes(held)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8])


def make_empty(path: Path) -> None:
    path.write_bytes(b"")


def write_on(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0" * 8)


def take_another(path: Path) -> None:
    path.write_bytes(path.with_name("00000.chunk").read_bytes())


def take_from_elsewhere(path: Path) -> None:
    """A whole chunk of that number and size, of something else."""
    folder = path.parent.with_name("other")
    out = np.empty((3, 50))
    compute(
        lambda chunk: work(chunk) + 1,
        CHUNKS,
        [out[:, chunk] for chunk in CHUNKS],
        folder=folder,
        executor=Here(),
    )
    path.write_bytes((folder / path.name).read_bytes())


def take_another_shape(path: Path) -> None:
    """A whole chunk of that number, but larger."""
    path.unlink()
    out = np.empty((7, 50))
    compute(
        lambda chunk: np.zeros((7, chunk.stop - chunk.start)),
        CHUNKS,
        [out[:, chunk] for chunk in CHUNKS],
        folder=path.parent,
        executor=Here(),
    )
    for other in list_chunks(path.parent):
        if other != path:
            other.unlink()


@pytest.mark.parametrize(
    "damage", [flip, cut_short, make_empty, write_on, take_another, take_from_elsewhere, take_another_shape]
)
def test_a_damaged_chunk_is_computed_again_and_mended(damage: Callable[[Path], None], tmp_path: Path) -> None:
    folder = tmp_path / "this"
    run(folder, Here())
    whole = {path: path.read_bytes() for path in list_chunks(folder)}
    damaged = list_chunks(folder)[4]
    damage(damaged)
    assert damaged.read_bytes() != whole[damaged]
    again = Here()
    np.testing.assert_array_equal(run(folder, again), WHOLE)
    assert again.calls == (len(CHUNKS) if damage is take_another_shape else 1)
    assert {path: path.read_bytes() for path in list_chunks(folder)} == whole


def block_folder(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("a file")


def block_parent(folder: Path) -> None:
    folder.parent.write_text("a file")


def block_chunks(folder: Path) -> None:
    for number in range(len(CHUNKS)):
        (folder / f"{number:05d}.chunk" / "full").mkdir(parents=True)


@pytest.mark.parametrize("block", [block_folder, block_parent, block_chunks])
def test_a_folder_that_cannot_be_written_is_no_error(block: Callable[[Path], None], tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "this"
    block(folder)
    np.testing.assert_array_equal(run(folder), WHOLE)
    np.testing.assert_array_equal(run(folder), WHOLE)
    assert not list(tmp_path.rglob("*.part"))


def test_what_goes_wrong_in_a_chunk_is_told(tmp_path: Path) -> None:
    def fail(chunk: slice) -> Floats:
        if chunk.start == 20:
            raise ZeroDivisionError("here")
        return work(chunk)

    out = np.empty((3, 50))
    with pytest.raises(ZeroDivisionError, match="here"):
        compute(fail, CHUNKS, [out[:, chunk] for chunk in CHUNKS], folder=tmp_path)
    np.testing.assert_array_equal(run(tmp_path), WHOLE)


def test_float32_is_kept_as_it_is(tmp_path: Path) -> None:
    numbers = np.array([0.1, np.nan, -np.inf], np.float32)
    for _ in range(2):
        out = np.empty(3, np.float32)
        compute(lambda _: numbers, [0], [out], folder=tmp_path, executor=Here())
        np.testing.assert_array_equal(out, numbers)
    assert list_chunks(tmp_path)[0].stat().st_size == 32 + 3 * 4


def test_a_name_tells_values_shapes_and_types_apart() -> None:
    parts: list[tuple[Any, ...]] = [
        (np.zeros(4),),
        (np.zeros((2, 2)),),
        (np.zeros(4, np.float32),),
        (np.array([0, 0, 0, 1e-300]),),
        (np.zeros(2), np.zeros(2)),
        (np.zeros(4), "tanh"),
        (np.zeros(4), "relu"),
        (np.zeros(4), "relu", ""),
    ]
    assert len({hash_of(*part) for part in parts}) == len(parts)
    strided = np.arange(12.0).reshape(3, 4)[:, ::2]
    assert hash_of(strided) == hash_of(strided.copy())


def test_the_folder_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = find_folder()
    assert folder is not None
    assert "downslope" in folder.parts
    if sys.platform == "linux":
        assert folder == tmp_path / "downslope"
