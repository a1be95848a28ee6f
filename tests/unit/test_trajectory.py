"""Trajectories are written as they come: every point is in the file, and memory does not grow with the steps."""

import csv
import itertools
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import landscapes
from game import trajectory
from game.simulation import World
from game.trajectory import FORMATS, Point, check_room, find_format, look, write_trajectory
from landscapes.errors import InputError

DTYPES = (np.float32, np.float64)


@contextmanager
def no_bar(_: int) -> Iterator[Callable[[int], None]]:
    yield lambda _: None


def make(optimizers: str, balls: int, dtype: npt.DTypeLike = np.float32) -> World:
    return World(landscapes.get("himmelblau"), optimizers.split(","), balls=balls, dtype=dtype)


def trace(world: World, points: int) -> Iterator[Point]:
    for _ in range(points):
        yield look(world)
        world.step(3)


def write(path: Path, world: World, points: int) -> list[Point]:
    """The points that were written."""
    given, kept = itertools.tee(trace(world, points))
    assert write_trajectory(path, find_format(path), world, given, no_bar) == points
    return list(kept)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("points", [1, 7])
def test_an_archive_holds_every_point(tmp_path: Path, points: int, dtype: npt.DTypeLike) -> None:
    world = make("sgd,adam,lion", 50, dtype)
    given = write(tmp_path / "x.npz", world, points)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as file:
        data = dict(file)
    assert set(data) == {"tick", "position", "loss", "status", "swarm"}
    for name in Point._fields:
        expected = np.stack([np.asarray(getattr(point, name)) for point in given])
        assert data[name].dtype == expected.dtype
        np.testing.assert_array_equal(data[name], expected)
    assert data["position"].dtype == dtype
    assert data["swarm"].dtype == np.uint8
    assert data["swarm"].tolist() == [0] * 17 + [1] * 17 + [2] * 16


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_table_reads_back_to_the_last_digit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dtype: npt.DTypeLike
) -> None:
    monkeypatch.setattr(trajectory, "CHUNK_ROWS", 7)
    given = write(tmp_path / "x.csv", make("sgd,adam", 25, dtype), 3)
    with (tmp_path / "x.csv").open(newline="") as text:
        rows = list(csv.DictReader(text))
    assert [int(row["ball"]) for row in rows] == [*range(25)] * 3
    assert [int(row["swarm"]) for row in rows] == [*[0] * 13, *[1] * 12] * 3

    def column(name: str, kind: npt.DTypeLike) -> npt.NDArray[Any]:
        return np.array([row[name] for row in rows]).astype(kind).reshape(3, 25)

    np.testing.assert_array_equal(column("tick", int), np.repeat([[0], [3], [6]], 25, axis=1))
    for k, point in enumerate(given):
        np.testing.assert_array_equal(column("x", dtype)[k], point.position[0])
        np.testing.assert_array_equal(column("y", dtype)[k], point.position[1])
        np.testing.assert_array_equal(column("loss", dtype)[k], point.loss)
        np.testing.assert_array_equal(column("status", int)[k], point.status)


@pytest.mark.parametrize("ending", FORMATS)
def test_memory_does_not_grow_with_the_points(tmp_path: Path, ending: str) -> None:
    world = make("sgd", 4_000)
    point = look(world)
    peaks = []
    for points in (10, 60):
        path = tmp_path / f"x{ending}"
        tracemalloc.start()
        fresh = (
            Point(k, point.position.copy(), point.loss.copy(), point.status.copy()) for k in range(points)
        )
        write_trajectory(path, FORMATS[ending], world, fresh, no_bar)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # 50 points more are 2.6 MB, of which one chunk on its way to the archive is in memory.
    assert peaks[1] - peaks[0] < 1.2 * trajectory.CHUNK_BYTES


@pytest.mark.parametrize("ending", FORMATS)
def test_the_same_points_make_the_same_file(tmp_path: Path, ending: str) -> None:
    for name in ("a", "b"):
        write(tmp_path / f"{name}{ending}", make("adam", 30), 4)
    assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


@pytest.mark.parametrize("ending", FORMATS)
def test_what_stops_the_points_leaves_no_other_file(tmp_path: Path, ending: str) -> None:
    def break_off(world: World) -> Iterator[Point]:
        yield from trace(world, 3)
        assert [path.name for path in tmp_path.iterdir()] == [f"x{ending}"]
        raise KeyboardInterrupt

    world = make("adam", 30)
    with pytest.raises(KeyboardInterrupt):
        write_trajectory(tmp_path / f"x{ending}", FORMATS[ending], world, break_off(world), no_bar)
    assert [path.name for path in tmp_path.iterdir()] == [f"x{ending}"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("ending", FORMATS)
def test_the_room_it_asks_for_is_enough_and_not_too_much(
    tmp_path: Path, ending: str, dtype: npt.DTypeLike
) -> None:
    world = make("adam", 1_000, dtype)
    path = tmp_path / f"x{ending}"
    write(path, world, 40)
    needed = 40 * 1_000 * FORMATS[ending].spend(np.dtype(dtype).itemsize)
    assert 0.5 * needed < path.stat().st_size < 1.1 * needed


def test_a_disk_without_room_is_one_line(tmp_path: Path) -> None:
    world = make("adam", 1_000)
    check_room(tmp_path / "x.npz", world, 10)
    with pytest.raises(
        InputError, match=r"^x\.csv would need about .* GB for 1,000,000,000,000 points.*--every$"
    ):
        check_room(Path("x.csv"), world, 10**12)


def test_the_packing_is_told(tmp_path: Path) -> None:
    told: list[int] = []

    @contextmanager
    def bar(total: int) -> Iterator[Callable[[int], None]]:
        told.append(total)
        yield told.append

    world = make("adam", 30_000)
    write_trajectory(tmp_path / "x.npz", FORMATS[".npz"], world, trace(world, 10), bar)
    total, *steps = told
    assert total > 4
    assert steps == [*range(1, total + 1)]


def test_other_endings_are_refused() -> None:
    assert find_format(Path("X.CSV")) is FORMATS[".csv"]
    with pytest.raises(InputError, match=r"x\.txt.*\.npz or \.csv"):
        find_format(Path("x.txt"))
