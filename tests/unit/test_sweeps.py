"""Sweeps: every combination once, each as if it were run alone, in one table and one picture."""

import csv
from pathlib import Path

import numpy as np
import pytest

import landscapes
from game import cli
from game.session import Experiment
from game.simulation import World
from game.sweeps import Axis, Sweep, combine, draw_sweep, read_axis, run_sweep
from game.workers import find_workers
from landscapes.errors import InputError
from tests.e2e.shell import pixels, succeed


def test_ranges_go_by_ratio_where_they_are_wide() -> None:
    assert read_axis("lr=1e-4:1:5") == Axis("lr", ("0.0001", "0.001", "0.01", "0.1", "1"))
    assert read_axis(" momentum = 0:0.9:4 ") == Axis("momentum", ("0", "0.3", "0.6", "0.9"))
    assert read_axis("batch-size=8,64") == Axis("batch_size", ("8", "64"))
    assert read_axis("start=point:1,ring").values == ("point:1", "ring")
    assert combine([Axis("a", ("1", "2")), Axis("b", ("x", "y"))]) == [
        {"a": "1", "b": "x"},
        {"a": "1", "b": "y"},
        {"a": "2", "b": "x"},
        {"a": "2", "b": "y"},
    ]


@pytest.mark.parametrize("text", ["lr", "lr=", "=1", "lr=1,1", "lr=1,,2", "lr=1:0:5", "lr=0:1:1", "lr=a:b:3"])
def test_what_is_no_axis_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--sweep"):
        read_axis(text)


def test_each_run_is_as_if_it_were_alone_whoever_does_it() -> None:
    experiments = [
        Experiment("himmelblau", ("sgd",), lr, balls=31, settings={"momentum": momentum})
        for lr in (0.001, 0.01, 1.0)
        for momentum in (0.0, 0.9)
    ]
    found = []
    for name in ("serial", "threads"):
        with find_workers(name).open() as executor:
            found.append(run_sweep(experiments, 50, executor=executor))
    np.testing.assert_array_equal(found[0], found[1])
    surface = landscapes.get("himmelblau")
    for k, experiment in enumerate(experiments):
        world = World(surface, "sgd", lr=experiment.lr, balls=31, settings=experiment.settings, seed=0)
        world.step(50)
        lost = ~np.isin(world.status, (0, 1))
        assert found[0][3, k] == pytest.approx(lost.mean())
        if not lost.any():
            assert found[0][0, k] == pytest.approx(np.median(world.losses), rel=1e-6)
            assert found[0][1, k] == pytest.approx(world.losses.min(), rel=1e-6)


def make_sweep(medians: list[float], *axes: Axis) -> Sweep:
    results = np.zeros((4, len(medians)))
    results[0] = medians
    return Sweep("title", axes, tuple(combine(axes)), results)


def test_the_map_has_a_cell_for_each_run_and_grey_where_there_is_no_median() -> None:
    up, along = Axis("momentum", ("0", "0.9")), Axis("lr", ("1", "2", "3"))
    picture = draw_sweep(make_sweep([1, 2, np.inf, 4, 5, 5], up, along), "paper").astype(int)
    # Columns of 320 pixels from 130 on, rows of 290 from 690 upwards.
    cells = [
        [picture[690 - 145 - 290 * row, 130 + 160 + 320 * column] for column in range(3)] for row in (0, 1)
    ]
    flat = [tuple(cell) for row in cells for cell in row]
    assert len(set(flat)) == 5
    assert flat[4] == flat[5]
    assert np.ptp(flat[2]) < 15


def test_the_curve_goes_down_where_the_loss_does_and_has_a_gap_where_there_is_none() -> None:
    picture = draw_sweep(make_sweep([1.0, 0.5, np.nan, 0.2], Axis("lr", ("1", "2", "3", "4"))), "paper")
    blue = (picture[..., 2].astype(int) - picture[..., 0] > 60) & (picture[..., 2] > 150)
    heights = [np.flatnonzero(blue[100:700, x]).mean() for x in (253, 488)]
    assert heights[0] < heights[1]
    assert not blue[100:700, 520:940].any()
    with pytest.raises(InputError, match="one axis or two"):
        draw_sweep(make_sweep([1], *(Axis(name, ("1",)) for name in "abc")), "paper")


def test_the_command_writes_table_and_picture_and_tells_the_best(tmp_path: Path) -> None:
    asked = ("run", "himmelblau", "--balls", "20", "--steps", "30", "--optimizer", "sgd")
    axes = ("--sweep", "lr=0.001,0.1", "--sweep", "momentum=0,0.5")
    files = ("-o", "out.csv", "--picture", "out.png")
    told = succeed(tmp_path, *asked, *axes, *files, "--executor", "serial")
    assert "4 runs of 20 balls" in told
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["lr"], row["momentum"]) for row in rows] == [
        ("0.001", "0.0"),
        ("0.001", "0.5"),
        ("0.1", "0.0"),
        ("0.1", "0.5"),
    ]
    best = min(rows, key=lambda row: (float(row["median_loss"]), float(row["best_loss"])))
    assert f"{float(best['median_loss']):.6g}" in told
    assert pixels(tmp_path / "out.png").shape == (800, 1280, 3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--sweep", "lr=1:2:x"), "LOW:HIGH"),
        (("--sweep", "momentums=0,1"), "momentums"),
        (("--sweep", "seed=a,b"), "--seed"),
        (("--sweep", "lr=1,2", "--sweep", "lr=3"), "twice"),
        (("--sweep", "lr=1,2", "--tune"), "do not go together"),
        (("--sweep", "lr=1,2", "-o", "x.npz"), ".parquet"),
        (("--sweep", "lr=1,2", "--executor", "gpu"), "dask://"),
        (("--picture", "x.png"), "needs --sweep"),
    ],
)
def test_what_cannot_be_swept_is_one_line(
    options: tuple[str, ...],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["downslope", "run", "himmelblau", *options])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    said = capsys.readouterr()
    assert stop.value.code == 2
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert words in said.err
    assert not list(tmp_path.iterdir())
