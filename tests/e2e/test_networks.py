"""Networks through the real command: surfaces of one's own, exact, as whole networks."""

import json
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.shell import PROGRAM, complain, contents, environment, pixels, run, succeed

FEW = ("--balls", "100", "--steps", "64", "--json")
TINY = ("--hidden", "4", "--steps", "200", "--resolution", "24")


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, empty at first."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


def test_a_data_set_becomes_a_surface_that_rolls(tmp_path: Path) -> None:
    done = run(tmp_path, "scan", "moons", *TINY, "-o", "moons.npz")
    assert done.returncode == 0
    assert "400 samples to learn from, 100 to test; network 2-4-1 tanh, 17 weights" in done.stderr
    assert "MB of memory" in done.stderr
    assert "test loss" in done.stdout
    assert "its gradient by" in done.stdout
    for space in ((), ("--exact",), ("--whole", "--batch-size", "32")):
        told = json.loads(succeed(tmp_path, "run", "moons.npz", *FEW, *space))
        assert sum(told["balls"].values()) == 100
    small = ("--size", "160x90", "--balls", "50", "--steps", "30")
    succeed(tmp_path, "snapshot", "moons.npz", *small, "-o", "map.png")
    succeed(tmp_path, "snapshot", "moons.npz", *small, "--whole", "-o", "whole.png")
    assert (pixels(tmp_path / "map.png") != pixels(tmp_path / "whole.png")).any(axis=2).mean() > 0.01


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 3))
    table = np.column_stack([x, x @ [1, -2, 0.5] + 0.1 * rng.normal(size=80)])
    np.savetxt(tmp_path / "mine.csv", table, delimiter=",", header="a,b,c,price", comments="")
    for plane in ("layer", "pca", "hessian"):
        done = run(
            tmp_path, "scan", "mine.csv", *TINY, "--target", "price", "--plane", plane, "-o", f"{plane}.csv"
        )
        assert done.returncode == 0, done.stderr
        assert "mean squared error" in done.stderr
    complain(run(tmp_path, "scan", "mine.csv", "--target", "prize", "-o", "x.npz"), "prize", "price")


def test_the_same_command_gives_the_same_file_and_computes_nothing_twice(tmp_path: Path, cache: Path) -> None:
    for name, executor in (("a.npz", "threads"), ("b.npz", "processes")):
        assert run(tmp_path, "scan", "xor", *TINY, "--executor", executor, "-o", name).returncode == 0
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    kept = {path: path.stat().st_mtime_ns for path in cache.rglob("*.chunk")}
    assert kept
    damaged = next(iter(kept))
    damaged.write_bytes(damaged.read_bytes()[:-3])
    assert run(tmp_path, "scan", "xor", *TINY, "-o", "c.npz").returncode == 0
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "c.npz").read_bytes()


def test_an_interrupted_scan_goes_on_where_it_was(tmp_path: Path, cache: Path) -> None:
    command = [
        *PROGRAM,
        "scan",
        "digits",
        "--hidden",
        "32",
        "--steps",
        "20",
        "--resolution",
        "256",
        "-o",
        "d.npz",
    ]
    game = subprocess.Popen(
        command, cwd=tmp_path, env=environment(XDG_CACHE_HOME=str(cache)), stderr=subprocess.PIPE, text=True
    )
    while len(list(cache.rglob("*.chunk"))) < 3:
        assert game.poll() is None, game.communicate()
    game.send_signal(signal.SIGINT)
    _, said = game.communicate(timeout=30)
    assert game.returncode == 130
    assert "grid points; the same command goes on from there" in said.splitlines()[-1]
    assert contents(tmp_path) == {}
    assert len(list(cache.rglob("*.chunk"))) >= 3


BAD: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    (("scan", "moon", "-o", "x.npz"), ("moon", "moons")),
    (("scan", "moons"), ("--output",)),
    (("scan", "moons", "-o", "x.stl"), ("x.stl", ".npz")),
    (("scan", "moons", "-o", "no/x.npz"), ("no/x.npz", "create it")),
    (("scan", "moons", "--hidden", "8-x", "-o", "x.npz"), ("8-x",)),
    (("scan", "moons", "--activation", "rellu", "-o", "x.npz"), ("did you mean relu",)),
    (("scan", "moons", "--plane", "pcs", "-o", "x.npz"), ("did you mean pca",)),
    (("scan", "moons", "--optimizer", "adm", "-o", "x.npz"), ("did you mean adam",)),
    (
        ("scan", "moons", "--lr", "1e5", "--optimizer", "sgd", "--activation", "relu", "-o", "x.npz"),
        ("lower rate",),
    ),
    (("scan", "moons", "--resolution", "3", "-o", "x.npz"), ("--resolution",)),
    (("scan", "moons", "--executor", "dask", "-o", "x.npz"), ("dask", "threads")),
    (("scan", "moons", "--samples", "-o", "x.csv"), (".csv", ".npz")),
    (("scan", "digits", "--samples", "--resolution", "4095", "-o", "x.npz"), ("memory",)),
    (("run", "bowl", "--whole"), ("Bowl is not the landscape of a network",)),
    (("run", "bowl", "--exact"), ("Bowl is not the landscape of a network",)),
    (("run", "breast-cancer", "--exact", "--whole"), ("--exact and --whole",)),
    (("run", "breast-cancer", "--whole", "--balls", "5000"), ("4,096",)),
    (("run", "breast-cancer", "--whole", "--balls", "9", "--border", "wrap"), ("border",)),
]


@pytest.mark.parametrize(("arguments", "words"), BAD, ids=[" ".join(arguments) for arguments, _ in BAD])
def test_bad_input_is_one_line_and_nothing_written(
    tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[-1].startswith("downslope: ")
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr.splitlines()[-1]
    assert contents(tmp_path) == {}
