"""What ``downslope scan`` does: a network, its plane and the file that it leaves."""

import functools
import math
import re
from pathlib import Path

import numpy as np
import pytest

from game.scan import EXECUTORS, PLANES, Result, ScanInterrupted, scan_to_file, tell
from landscapes.errors import InputError
from landscapes.files import open_landscape, read_sheet
from landscapes.network.data import DATASETS
from landscapes.network.initialise import initialise
from landscapes.network.mlp import backward, flatten, forward, losses
from landscapes.network.scan import PlaneLoss
from landscapes.network.store import compute
from landscapes.network.zoo import NETWORKS, ZOO

TINY = {"hidden": "3", "steps": 60, "resolution": 12}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Sixty samples, of which one feature tells the target."""
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((60, 3))
    path = tmp_path / "mine.csv"
    lines = [f"{a},{b},{'yes' if a + 0.3 * b > 0 else 'no'},{c}" for a, b, c in rows]
    path.write_text("a,b,answer,c\n" + "\n".join(lines))
    return path


@pytest.fixture
def scan(tmp_path: Path) -> functools.partial[Result]:
    return functools.partial(scan_to_file, output=tmp_path / "out.npz", folder=tmp_path / "cache")


def measure(loss: PlaneLoss, *at: float) -> float:
    return float(loss.value(np.array([at], float).T)[0])


@pytest.mark.parametrize("plane", [row.name for row in PLANES])
@pytest.mark.parametrize("data", ["iris", "sine"])
def test_every_plane_becomes_a_surface_that_can_be_played(
    plane: str, data: str, scan: functools.partial[Result], tmp_path: Path
) -> None:
    result = scan(data, plane=plane, **TINY)
    surface = open_landscape(tmp_path / "out.npz")
    exact = result.subject.loss
    assert surface.domain == pytest.approx(result.subject.domain)
    xs, ys, values = surface.grid(12)
    for row, column in ((0, 0), (3, 8), (11, 11)):
        assert values[row, column] == pytest.approx(measure(exact, xs[column], ys[row]), rel=1e-9)
    assert plane in surface.about
    origin = exact.plane.origin
    assert result.train.loss == pytest.approx(float(losses(origin, *exact.data).mean()))
    assert (result.train.accuracy is None) == (data == "sine")
    assert all("\n" not in line for line in tell(result))
    x_min, x_max, y_min, y_max = result.subject.domain
    assert x_min < 0 < x_max
    assert y_min < 0 < y_max


def test_the_network_learns(scan: functools.partial[Result]) -> None:
    result = scan("iris", resolution=4)
    start = initialise((4, 16, 3), "xavier-normal", np.random.default_rng(0), 1)
    assert [layer.bias.size for layer in result.subject.loss.plane.origin.layers] == [16, 3]
    assert start[0].weight.shape[1:] == result.subject.loss.plane.origin.layers[0].weight.shape
    assert result.train.loss < 0.1
    assert result.train.accuracy is not None
    assert result.test is not None
    assert result.test.accuracy is not None
    assert result.train.accuracy > 0.95
    assert result.test.accuracy > 0.85
    network, data = result.subject.loss.plane.origin, result.subject.test
    assert data is not None
    right = forward(network, data.inputs)[-1].argmax(axis=0) == data.targets
    assert result.test.accuracy == pytest.approx(right.mean())


def test_the_same_command_writes_the_same_file(table: Path, tmp_path: Path) -> None:
    files = []
    for number, executor in enumerate([*(row.name for row in EXECUTORS), "threads"]):
        files.append(tmp_path / f"{number}.npz")
        scan_to_file(
            str(table),
            files[-1],
            target="answer",
            executor=executor,
            folder=tmp_path / f"cache {number}",
            **TINY,  # type: ignore[arg-type]
        )
    assert len({file.read_bytes() for file in files}) == 1
    scan_to_file(str(table), files[0], target="answer", seed=1, folder=tmp_path, **TINY)  # type: ignore[arg-type]
    assert files[0].read_bytes() != files[1].read_bytes()


def test_tables_of_the_users_own_are_learned(table: Path, scan: functools.partial[Result]) -> None:
    said: list[str] = []
    result = scan(str(table), target="answer", hidden="8-4", activation="relu", resolution=8, say=said.append)
    assert [layer.bias.size for layer in result.subject.loss.plane.origin.layers] == [8, 4, 1]
    assert result.train.accuracy is not None
    assert result.train.accuracy > 0.95
    assert "48 samples to learn from, 12 to test" in said[0]
    assert "3-8-4-1 relu" in said[0]
    assert f"{3 * 8 + 8 + 8 * 4 + 4 + 4 + 1} weights" in said[0]
    assert "8 x 8 points" in said[1]
    assert "MB" in said[1]


def test_without_hidden_layers_it_is_a_regression(scan: functools.partial[Result]) -> None:
    result = scan("moons", hidden="none", steps=50, resolution=8)
    assert [layer.weight.shape for layer in result.subject.loss.plane.origin.layers] == [(1, 2)]


def test_the_pca_plane_holds_the_whole_path(scan: functools.partial[Result]) -> None:
    result = scan("moons", plane="pca", **TINY)
    assert "of the variance of the training path" in result.subject.known
    first = initialise((2, 3, 1), "xavier-normal", np.random.default_rng(0))
    span = result.subject.loss.plane.span
    x, y = span.project(flatten(first)[np.newaxis]).xy[:, 0]
    x_min, x_max, y_min, y_max = result.subject.domain
    assert x_min < x < x_max
    assert y_min < y < y_max


def test_the_hessian_plane_bends_as_it_says(scan: functools.partial[Result]) -> None:
    result = scan("moons", plane="hessian", hidden="4", steps=400, resolution=8)
    loss, h = result.subject.loss, 1e-3
    said = [float(word) for word in result.subject.known.replace(" and", "").split() if word[0].isdigit()]
    centre = measure(loss, 0, 0)
    bends = [
        (measure(loss, *step) - 2 * centre + measure(loss, *(-k for k in step))) / h**2
        for step in ((h, 0.0), (0.0, h))
    ]
    assert said == pytest.approx(bends, rel=1e-3)
    assert said[0] >= said[1] > 0


def test_the_minima_plane_goes_through_three_of_them(scan: functools.partial[Result]) -> None:
    result = scan("moons", plane="minima", hidden="4", steps=600, batch_size=1000, resolution=8)
    loss = result.subject.loss
    places = re.findall(r"\(([^,]+), ([^)]+)\) loss ([^,]+)", result.subject.known)
    assert len(places) == 3
    x_min, x_max, y_min, y_max = result.subject.domain
    for x, y, value in (map(float, place) for place in places):
        assert x_min < x < x_max
        assert y_min < y < y_max
        assert measure(loss, x, y) == pytest.approx(value, rel=0.01)
        at = loss.plane.networks(np.array([[x], [y]]))
        slope = np.linalg.norm(flatten(backward(at, *loss.data)))
        assert slope < 0.1


def test_a_wider_span_shows_more_of_the_same(scan: functools.partial[Result]) -> None:
    near, far = (scan("moons", span=span, **TINY).subject for span in (1.0, 3.0))
    assert far.domain == tuple(3 * side for side in near.domain)
    np.testing.assert_array_equal(flatten(near.loss.plane.first), flatten(far.loss.plane.first))


def test_a_ready_made_network_brings_its_plane(scan: functools.partial[Result], tmp_path: Path) -> None:
    row = next(row for row in ZOO if row.name == "breast-cancer")
    result = scan("Breast-Cancer", resolution=10)
    assert result.subject.domain == row.domain
    found = read_sheet(tmp_path / "out.npz").loss
    assert found[0, 0] == pytest.approx(measure(row.loss(), row.domain[0], row.domain[2]), rel=1e-12)
    # With a word about the training it is the data set of that name.
    assert scan("breast-cancer", **TINY).subject.domain == (-1, 1, -1, 1)


def test_samples_are_the_layers_of_the_file(scan: functools.partial[Result], tmp_path: Path) -> None:
    result = scan("iris", samples=True, **TINY)
    sheet = read_sheet(tmp_path / "out.npz")
    assert sheet.layers is not None
    assert sheet.layers.shape == (120, 12, 12)
    alone = scan("iris", **TINY)
    np.testing.assert_allclose(sheet.loss, alone.field.values, rtol=1e-6)
    assert result.train == alone.train
    surface = open_landscape(tmp_path / "out.npz")
    assert surface.data is None or surface.data.count == 120


@pytest.mark.parametrize("ending", [".csv", ".vtp", ".obj", ".png"])
def test_other_formats_hold_the_surface_too(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{ending}"
    result = scan_to_file("xor", path, folder=tmp_path, **TINY)  # type: ignore[arg-type]
    assert result.test is None
    found, whole = read_sheet(path).loss, result.field.values
    np.testing.assert_allclose(found, whole, rtol=0, atol=1e-4 * float(np.ptp(whole)))


def test_an_interrupted_scan_says_how_far_it_was_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interrupt comes with the first part that is finished, through whatever tells of it."""

    def interrupt(*args: object, **kwargs: object) -> None:
        told = kwargs.pop("note")

        def note(done: int) -> None:
            told(done)  # type: ignore[operator]
            if done:
                raise KeyboardInterrupt

        compute(*args, note=note, **kwargs)  # type: ignore[arg-type]

    output = tmp_path / "out.npz"
    asked = {"hidden": "16", "activation": "relu", "steps": 5, "resolution": 50, "executor": "serial"}
    monkeypatch.setattr("landscapes.network.scan.compute", interrupt)
    with pytest.raises(ScanInterrupted) as stop:
        scan_to_file("breast-cancer", output, folder=tmp_path / "cache", **asked)  # type: ignore[arg-type]
    assert isinstance(stop.value, KeyboardInterrupt)
    assert "of 2,500 grid points" in str(stop.value)
    assert "goes on from there" in str(stop.value)
    assert not list(tmp_path.glob(".*")) + list(tmp_path.glob("out*"))
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("cache/scans/*/*")}
    assert kept
    monkeypatch.undo()
    resumed = scan_to_file("breast-cancer", output, folder=tmp_path / "cache", **asked)  # type: ignore[arg-type]
    assert kept == {path: path.stat().st_mtime_ns for path in kept}
    fresh = scan_to_file("breast-cancer", output, folder=tmp_path / "other", **asked)  # type: ignore[arg-type]
    np.testing.assert_array_equal(resumed.field.values, fresh.field.values)


BAD = [
    ({"spec": "moon"}, "unknown network or data set 'moon'; did you mean moons"),
    ({"spec": "none.csv"}, "no such file"),
    ({"spec": "iris", "target": "species"}, "iris has one target"),
    ({"hidden": "8-"}, "--hidden must be"),
    ({"hidden": "0"}, "--hidden must be"),
    ({"hidden": "99999999999999999999"}, "--hidden must be"),
    ({"activation": "reluu"}, "unknown activation"),
    ({"plane": "flat"}, "unknown plane"),
    ({"optimizer": "adams"}, "unknown optimizer"),
    ({"executor": "gpu"}, "unknown executor"),
    ({"lr": -1.0}, "--lr"),
    ({"lr": math.nan}, "--lr"),
    ({"steps": 0}, "--steps"),
    ({"batch_size": 0}, "--batch-size"),
    ({"seed": -1}, "--seed"),
    ({"span": 0.0}, "--span"),
    ({"span": math.inf}, "--span"),
    ({"resolution": 3}, "--resolution"),
    ({"resolution": 5000}, "--resolution"),
    ({"spec": "sine", "lr": 1e5, "optimizer": "sgd", "hidden": "none"}, "diverged"),
    ({"spec": "digits", "samples": True, "resolution": 1000}, "bytes of memory"),
    ({"samples": True, "output": "out.csv"}, "--samples"),
    ({"output": "out.json"}, "endings"),
    ({"output": "out"}, "endings"),
    ({"plane": "pca", "steps": 1}, "at least 3 steps"),
]


@pytest.mark.parametrize(("asked", "told"), BAD, ids=str)
def test_bad_input_is_one_line_and_leaves_nothing(
    asked: dict[str, object], told: str, tmp_path: Path
) -> None:
    whole = {"spec": "moons", "output": "out.npz", "folder": tmp_path / "cache", **TINY, **asked}
    whole["output"] = tmp_path / str(whole["output"])
    with pytest.raises(InputError, match=told) as fault:
        scan_to_file(**whole)  # type: ignore[arg-type]
    assert "\n" not in str(fault.value)
    assert not list(tmp_path.iterdir())


def test_a_ready_made_network_is_not_trained_again(tmp_path: Path) -> None:
    taken = {row.name for row in DATASETS}
    for row in ZOO:
        if row.name not in taken:
            with pytest.raises(InputError, match="trained already: leave --steps away"):
                scan_to_file(row.name, tmp_path / "out.npz", steps=3)


@pytest.mark.parametrize("name", [row.name for row in (*ZOO, *NETWORKS)])
def test_every_ready_made_network_can_be_scanned_on_its_own_plane(name: str, tmp_path: Path) -> None:
    result = scan_to_file(name, tmp_path / "out.npz", resolution=8, folder=tmp_path)
    row = next(row for row in (*ZOO, *NETWORKS) if row.name == name)
    assert result.subject.domain == row.domain
    x, y = np.array(row.domain).reshape(2, 2)[:, :1]
    assert result.field.values[0, 0] == pytest.approx(float(row.loss().value(np.stack([x, y]))[0]))
