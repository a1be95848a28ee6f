"""Formulas and files through the real command: what a researcher types, and the files of other programs."""

import json
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import pytest

from game.recording import write_png
from landscapes.files import FORMATS, read_sheet
from tests.e2e.shell import complain, contents, pixels, run, succeed

Doubles = npt.NDArray[np.float64]

XS, YS = np.linspace(-2, 2, 41), np.linspace(-1, 1, 31)
LOSS: Doubles = (XS[None, :] - 1) ** 2 + 3 * (YS[:, None] - 0.5) ** 2
"""A bowl around (1, 0.5)."""
FEW = ("--balls", "200", "--steps", "400", "--optimizer", "sgd", "--lr", "0.05", "--json")


def deepest(folder: Path, *arguments: str) -> tuple[float, float]:
    """Where the deepest valley is that a run found, after every ball settled there."""
    told = json.loads(run(folder, "run", *arguments, *FEW).stdout)
    assert told["balls"]["settled"] == 200
    valley = told["valleys"][0]
    return valley["x"], valley["y"]


def test_a_formula_rolls(tmp_path: Path) -> None:
    formula = "(x - a)**2 + 3*(y - 0.5)**2"
    said = json.loads(succeed(tmp_path, "run", f"{formula}; a=1", "--domain", "-2,2,-1,1", *FEW))
    assert said["landscape"] == f"{formula}; a=1; domain=-2,2,-1,1"
    assert deepest(tmp_path, f"{formula}; a=1", "--domain", "-2,2,-1,1") == pytest.approx((1, 0.5), abs=1e-3)
    assert deepest(tmp_path, f"{formula}; a=-1; domain=-2,2,-1,1") == pytest.approx((-1, 0.5), abs=1e-3)


def test_a_formula_is_drawn_and_filmed(tmp_path: Path) -> None:
    small = ("--size", "160x90", "--balls", "50", "--no-panel")
    succeed(tmp_path, "snapshot", "sin(x)*y**2", *small, "-o", "a.png", "--steps", "5")
    succeed(tmp_path, "snapshot", "-sin(x)*y**2; domain=-5,5,-5,5", *small, "-o", "b.png", "--steps", "5")
    assert (pixels(tmp_path / "a.png") != pixels(tmp_path / "b.png")).mean() > 0.1
    succeed(tmp_path, "record", "x**2 + y**2", *small, "--seconds", "0.1", "-o", "film")
    assert len(list((tmp_path / "film").iterdir())) == 6


@pytest.mark.parametrize("ending", [form.ending for form in FORMATS if form.write])
def test_every_format_goes_out_and_comes_back(tmp_path: Path, ending: str) -> None:
    np.savez(tmp_path / "bowl.npz", x=XS, y=YS, loss=LOSS)
    out = f"out{ending}"
    assert "41 x 31 points" in succeed(tmp_path, "export", "bowl.npz", "-o", out)
    sheet = read_sheet(tmp_path / out)
    tolerance = np.ptp(LOSS) / 65535 if ending == ".png" else 0.0
    assert np.abs(sheet.loss - LOSS).max() <= tolerance
    assert np.array_equal(sheet.xs, XS)
    assert np.array_equal(sheet.ys, YS)
    assert deepest(tmp_path, out) == pytest.approx((1, 0.5), abs=1e-3)


def test_what_is_no_file_is_sampled(tmp_path: Path) -> None:
    assert "256 x 256" in succeed(tmp_path, "export", "bowl", "-o", "bowl.npz")
    succeed(tmp_path, "export", "x*y; domain=-1,1,0,2", "-o", "saddle.csv", "--resolution", "5")
    x, y, loss = np.loadtxt(tmp_path / "saddle.csv", delimiter=",", skiprows=1).T
    assert np.array_equal(loss, x * y)
    assert (x.min(), x.max(), y.min(), y.max(), loss.size) == (-1, 1, 0, 2, 25)


def test_a_file_of_li_et_al(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "run.h5", "w") as file:
        file["xcoordinates"], file["ycoordinates"] = XS, YS
        file["train_loss"], file["test_loss"] = LOSS, LOSS[:, ::-1]
        file["train_acc"] = np.zeros_like(LOSS)
    assert deepest(tmp_path, "run.h5", "--dataset", "train_loss") == pytest.approx((1, 0.5), abs=1e-3)
    assert deepest(tmp_path, "run.h5", "--dataset", "test_loss") == pytest.approx((-1, 0.5), abs=1e-3)
    complain(run(tmp_path, "run", "run.h5", "--dataset", "train"), "run.h5", "train_loss")


def test_a_table_with_its_columns_chosen(tmp_path: Path) -> None:
    x, y = np.meshgrid(XS, YS)
    table = np.column_stack([LOSS.ravel(), x.ravel(), y.ravel(), np.log(LOSS + 1).ravel()])
    for name, header in (("with.csv", "train,a,b,curve"), ("without.csv", "")):
        np.savetxt(tmp_path / name, table, delimiter=",", header=header, comments="")
    for arguments in (
        ("with.csv", "--columns", "a,b,train"),
        ("without.csv", "--columns", "2,3,1"),
        ("with.csv", "--columns", "a,b,curve", "--logarithmic"),
    ):
        assert deepest(tmp_path, *arguments) == pytest.approx((1, 0.5), abs=1e-3)
    complain(run(tmp_path, "run", "with.csv", "--columns", "a,b,los"), "'los'", "train")


def test_what_is_guessed_is_said_aloud(tmp_path: Path) -> None:
    np.save(tmp_path / "bare.npy", LOSS)
    guess = "downslope: No coordinates in the file: x and y run from -1 to 1"
    for arguments in (
        ("run", "bare.npy", *FEW),
        ("run", "bare.npy", "--basins", "map.npy", "--balls", "100", "--steps", "5"),
        ("snapshot", "bare.npy", "--size", "64x64", "--steps", "1", "-o", "bare.png"),
        ("export", "bare.npy", "-o", "bare.csv"),
    ):
        done = run(tmp_path, *arguments)
        assert done.returncode == 0
        assert done.stderr.startswith(guess)
        assert done.stderr.count(guess) == 1
    told = run(tmp_path, "run", "bare.npy", "--domain", "-2,2,-1,1", *FEW)
    assert told.stderr == ""
    assert deepest(tmp_path, "bare.npy", "--domain", "-2,2,-1,1") == pytest.approx((1, 0.5), abs=1e-3)


def test_smoothing_is_off_unless_asked_for(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "noisy.npz", x=XS, y=YS, loss=LOSS + rng.normal(0, 0.3, LOSS.shape))
    rough, smooth = (
        json.loads(run(tmp_path, "run", "noisy.npz", *more, *FEW).stdout) for more in ((), ("--smooth", "3"))
    )
    assert len(rough["valleys"]) > 10 * len(smooth["valleys"])
    shown = run(tmp_path, "run", "noisy.npz", "--smooth", "3", "--balls", "9").stdout
    assert shown.startswith("noisy, smoothed by 3 cells after")


def test_balls_do_not_cross_a_hole(tmp_path: Path) -> None:
    loss = XS[None, :] + 0 * YS[:, None]
    loss[:, 20] = np.nan
    np.savez(tmp_path / "wall.npz", x=XS, y=YS, loss=loss)
    told = json.loads(succeed(tmp_path, "run", "wall.npz", "--start", "point:1,0", "--border", "clamp", *FEW))
    assert told["balls"]["escaped"] == 200


def test_a_name_with_blanks_and_semicolons_is_a_file(tmp_path: Path) -> None:
    name = "my run; take 2.npz"
    np.savez(tmp_path / name, x=XS, y=YS, loss=LOSS)
    assert deepest(tmp_path, name) == pytest.approx((1, 0.5), abs=1e-3)
    assert deepest(tmp_path, name, "--domain", "-4,4,-2,2") == pytest.approx((2, 1), abs=1e-3)


def test_a_picture_that_is_no_height_map_says_so(tmp_path: Path) -> None:
    write_png(tmp_path / "photo.png", np.zeros((8, 8, 3), np.uint8))
    before = contents(tmp_path)
    complain(run(tmp_path, "run", "photo.png"), "photo.png", "grey")
    assert contents(tmp_path) == before
