"""A real Dask scheduler and two worker processes: the numbers of one machine, whatever dies on the way."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from game.workers import find_workers
from landscapes.errors import InputError
from tests.e2e.shell import PROGRAM, environment

PATIENCE_S = 90.0
BUSY = ("--hidden", "24", "--steps", "20", "--resolution", "65")
"""Of a scan that takes some seconds, in a hundred chunks."""


class Cluster(NamedTuple):
    """What was started, and where the scheduler listens."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: tuple[subprocess.Popen[bytes], ...]


def wait_for(ready: Callable[[], object]) -> None:
    stop_s = time.monotonic() + PATIENCE_S
    while not ready():
        assert time.monotonic() < stop_s
        time.sleep(0.02)


def spawn(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments, "--no-dashboard"],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def start_cluster(folder: Path, workers: int) -> Cluster:
    file = folder / "scheduler.json"
    scheduler = spawn("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
    wait_for(lambda: file.is_file() and file.read_text().endswith("}"))
    address = json.loads(file.read_text())["address"]
    one = ("worker", address, "--nthreads", "1", "--no-nanny", "--local-directory", str(folder))
    return Cluster(
        address.replace("tcp://", "dask://"), scheduler, tuple(spawn(*one) for _ in range(workers))
    )


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    started = start_cluster(tmp_path_factory.mktemp("cluster"), 2)
    yield started
    for process in (*started.workers, started.scheduler):
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((5000, 4))
    answers = (np.sin(2 * inputs[:, 0]) + inputs[:, 1] > 0).astype(int)
    path = tmp_path_factory.mktemp("data") / "waves.csv"
    np.savetxt(
        path, np.column_stack([inputs, answers]), fmt="%.4f", delimiter=",", header="a,b,c,d,e", comments=""
    )
    return path


@pytest.fixture(scope="module")
def alone(table: Path) -> bytes:
    """The file that this machine writes by itself."""
    folder = table.parent
    done = finish(begin(folder, table, "threads"))
    assert done.returncode == 0, done.stderr
    return (folder / "out.npz").read_bytes()


def begin(folder: Path, table: Path, executor: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, "scan", str(table), *BUSY, "--executor", executor, "-o", "out.npz"],
        cwd=folder,
        env=environment(XDG_CACHE_HOME=str(folder / "cache")),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(scan: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    said, told = scan.communicate(timeout=PATIENCE_S)
    return subprocess.CompletedProcess(scan.args, scan.returncode, said, told)


def kept(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.glob("cache/downslope/scans/*/*.chunk")}


def wait_for_chunks(folder: Path, scan: subprocess.Popen[str]) -> None:
    wait_for(lambda: len(kept(folder)) > 4 or scan.poll() is not None)
    assert scan.poll() is None, scan.communicate()


def test_a_worker_that_dies_costs_its_chunk_only(
    cluster: Cluster, table: Path, alone: bytes, tmp_path: Path
) -> None:
    scan = begin(tmp_path, table, cluster.address)
    wait_for_chunks(tmp_path, scan)
    cluster.workers[0].kill()
    done = finish(scan)
    assert done.returncode == 0, done.stderr
    assert "distributed" not in done.stderr
    assert (tmp_path / "out.npz").read_bytes() == alone


def test_whoever_was_killed_goes_on_where_he_was(
    cluster: Cluster, table: Path, alone: bytes, tmp_path: Path
) -> None:
    scan = begin(tmp_path, table, cluster.address)
    wait_for_chunks(tmp_path, scan)
    scan.kill()
    finish(scan)
    before = kept(tmp_path)
    again = finish(begin(tmp_path, table, cluster.address))
    assert again.returncode == 0, again.stderr
    after = kept(tmp_path)
    assert len(after) > len(before) > 4
    assert {path: after[path] for path in before} == before
    assert (tmp_path / "out.npz").read_bytes() == alone


def test_a_scheduler_that_goes_is_told_and_nothing_is_lost(
    cluster: Cluster, table: Path, alone: bytes, tmp_path: Path
) -> None:
    scan = begin(tmp_path, table, cluster.address)
    wait_for_chunks(tmp_path, scan)
    cluster.scheduler.kill()
    done = finish(scan)
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 2, done.stderr
    assert f"downslope: the Dask scheduler at {cluster.address} is gone" in last
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.npz").exists()
    before = kept(tmp_path)
    assert before
    # Whoever goes on need not be a cluster.
    assert finish(begin(tmp_path, table, "serial")).returncode == 0
    assert {path: kept(tmp_path)[path] for path in before} == before
    assert (tmp_path / "out.npz").read_bytes() == alone
    gone = finish(begin(tmp_path, table, cluster.address))
    assert gone.returncode == 2
    assert "exists" in gone.stderr


def test_a_sweep_is_the_same_on_a_cluster(cluster: Cluster, tmp_path: Path) -> None:
    tables = []
    for number, executor in enumerate(("serial", cluster.address)):
        asked = [
            "run",
            "himmelblau",
            "--optimizer",
            "sgd",
            "--balls",
            "50",
            "--steps",
            "60",
            "--sweep",
            "lr=1e-3:1:6",
        ]
        asked += ["--sweep", "momentum=0,0.9", "--executor", executor, "-o", f"{number}.csv"]
        done = subprocess.run(
            [*PROGRAM, *asked],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 0, done.stderr
        tables.append((tmp_path / f"{number}.csv").read_bytes())
    assert tables[0] == tables[1]


def ask(address: str, told: str) -> None:
    with pytest.raises(InputError, match=told), find_workers(address).open():
        pass


def test_where_nobody_answers_or_works_the_message_says_what_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("game.workers._PATIENCE_S", 0.5)
    started = start_cluster(tmp_path, 0)
    ask(started.address, "has no workers: start some")
    started.scheduler.kill()
    started.scheduler.wait()
    ask(started.address, "no Dask scheduler answers")
