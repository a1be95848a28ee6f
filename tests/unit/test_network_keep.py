"""A network kept in a file: all of it comes back, and what is damaged is one line."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import landscapes
from game.simulation import World
from landscapes.errors import InputError
from landscapes.files import read_sheet, write_sheet
from landscapes.files.sheet import Sheet, make_sheet
from landscapes.network.activations import GELU
from landscapes.network.data import DATASETS
from landscapes.network.initialise import initialise
from landscapes.network.keep import pack, unpack
from landscapes.network.mlp import Network
from landscapes.network.outputs import CROSS_ENTROPY
from landscapes.network.plane import draw_plane
from landscapes.network.scan import PlaneLoss
from landscapes.network.weights import WeightSpace

AT = np.random.default_rng(0).uniform(-1, 1, (2, 20))


def make_loss() -> tuple[PlaneLoss, dict[str, npt.NDArray[np.generic]]]:
    data = next(row for row in DATASETS if row.name == "iris").load(0)
    layers = initialise((4, 5, 3), "he-normal", np.random.default_rng(1))
    network = Network(layers, GELU, CROSS_ENTROPY, weight_decay=0.01)
    loss = PlaneLoss(draw_plane(network, 2, biases=True), data.train)
    return loss, pack(loss, data.test)


def make_file(path: Path, **changed: npt.NDArray[np.generic] | None) -> Sheet:
    loss, kept = make_loss()
    xs = np.linspace(-1, 1, 33)
    x, y = np.meshgrid(xs, xs)
    values = loss.value(np.stack([x.ravel(), y.ravel()])).reshape(33, 33)
    sheet = make_sheet(values, xs, xs)
    for name, array in changed.items():
        kept.pop(name.replace("__", "."), None)
        if array is not None:
            kept[name.replace("__", ".")] = array
    object.__setattr__(sheet, "network", kept)
    write_sheet(path, sheet)
    return sheet


def test_what_is_packed_is_the_same_network_again() -> None:
    loss, kept = make_loss()
    again, test = unpack(kept)
    assert np.array_equal(again.value(AT), loss.value(AT))
    assert again.plane.origin.hidden is GELU
    assert again.plane.origin.weight_decay == 0.01
    assert test is not None
    assert test.inputs.shape == (4, 30)
    assert test.targets.dtype == np.int64


def test_a_file_with_a_network_is_a_landscape_of_it(tmp_path: Path) -> None:
    make_file(tmp_path / "iris.npz")
    landscape = landscapes.get(str(tmp_path / "iris.npz"))
    loss, _ = make_loss()
    assert landscape.exact is not None
    assert np.array_equal(landscape.exact.value(AT), loss.value(AT))
    assert np.abs(landscape.value(AT) - loss.value(AT)).max() < 1e-3
    assert landscape.data is not None
    assert landscape.data.count == 120
    assert isinstance(landscape.weights, WeightSpace)
    for space in ("map", "exact", "whole"):
        world = World(landscape, balls=10, batch_size=8, space=space)
        world.step(20)
        assert np.isfinite(world.losses).all()


def test_it_survives_being_exported_and_other_formats_leave_it_out(tmp_path: Path) -> None:
    make_file(tmp_path / "iris.npz")
    sheet = landscapes.sample(str(tmp_path / "iris.npz"))
    for name in ("again.npz", "again.h5"):
        write_sheet(tmp_path / name, sheet)
    assert landscapes.get(str(tmp_path / "again.npz")).weights is not None
    assert landscapes.get(str(tmp_path / "again.h5")).weights is None


@pytest.mark.parametrize("options", ["; domain=-2,2,-2,2", "; smooth=2", "; logarithmic=true"])
def test_another_surface_is_not_that_network_any_more(tmp_path: Path, options: str) -> None:
    make_file(tmp_path / "iris.npz")
    landscape = landscapes.get(str(tmp_path / "iris.npz") + options)
    assert (landscape.weights, landscape.exact, landscape.data) == (None, None, None)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"origin": None}, "no origin"),
        ({"train__inputs": None}, "no data"),
        ({"train__targets": None}, "no train.targets"),
        ({"sizes": np.array([4, 5, 4])}, "49 weights"),
        ({"sizes": np.array([4])}, "sizes"),
        ({"sizes": np.array([4.0, 3.0])}, "sizes"),
        ({"sizes": np.array([10**6, 10**6])}, "more than"),
        ({"hidden": np.frombuffer(b"rellu", np.uint8)}, "did you mean relu"),
        ({"loss": np.zeros(3)}, "unknown loss"),
        ({"weight_decay": np.array([np.nan])}, "weight decay"),
        ({"first": np.zeros(43)}, "zero"),
        ({"second": np.ones(7)}, "one length"),
        ({"train__inputs": np.full((4, 120), np.nan)}, "not all numbers"),
        ({"train__inputs": np.zeros((9, 120))}, "9 features"),
        ({"train__targets": np.full(120, 7)}, "from 0 to 2"),
        ({"train__targets": np.zeros(3)}, "must have the shape"),
        ({"test__inputs": np.zeros((4, 2, 2))}, "features"),
    ],
)
def test_a_damaged_network_is_one_line(
    tmp_path: Path, changed: dict[str, npt.NDArray[np.generic] | None], words: str
) -> None:
    path = tmp_path / "iris.npz"
    make_file(path, **changed)
    with pytest.raises(InputError, match=words) as caught:
        landscapes.get(str(path))
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert read_sheet(path).loss.shape == (33, 33)
