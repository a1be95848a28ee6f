"""Functions of many parameters as landscapes: their own values on the grid, and how they are told and shown."""

import base64
import dataclasses
import io
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import landscapes
from game.notebook import record
from landscapes import InputError
from landscapes.files import draw_sheet, write_sheet
from landscapes.landscape import Trajectory, check
from landscapes.picture import draw_picture, encode_png
from landscapes.progress import listening
from landscapes.sampled import GridField

ORIGIN = np.arange(6.0).reshape(2, 3)
DIRECTIONS = np.random.default_rng(0).normal(size=(2, 2, 3))


def quartic(theta: Any) -> Any:
    return (theta**4).sum(axis=(-2, -1)) + theta[..., 0, 0]


def values(surface: landscapes.Landscape) -> Any:
    assert isinstance(surface.field, GridField)
    return surface.field.values


@settings(max_examples=10, deadline=None)
@given(st.integers(4, 12), st.floats(-3, 3), st.floats(0.1, 5), st.booleans())
def test_on_the_grid_a_surface_is_the_function_itself(
    side: int, low: float, width: float, at_once: bool
) -> None:
    domain = (low, low + width, -1.0, 2.0)
    surface = landscapes.from_function(
        quartic, ORIGIN, DIRECTIONS, vectorized=at_once, domain=domain, resolution=side
    )
    for row, y in enumerate(np.linspace(-1, 2, side)):
        for column, x in enumerate(np.linspace(low, low + width, side)):
            theta = ORIGIN + x * DIRECTIONS[0] + y * DIRECTIONS[1]
            assert values(surface)[row, column] == pytest.approx(quartic(theta), rel=1e-12)
    check(surface)


def test_parameters_keep_their_kind_and_progress_is_told() -> None:
    seen: list[Any] = []
    heard: list[int] = []

    def loss(theta: Any) -> float:
        seen.append(theta)
        return float(theta.sum())

    @dataclasses.dataclass
    class Listener:
        what: str
        total: int

        def __enter__(self) -> Any:
            return heard.append

        def __exit__(self, *_: object) -> None:
            assert heard[-1] == self.total

    with listening(Listener):
        landscapes.from_function(loss, ORIGIN.astype(np.float32), DIRECTIONS, resolution=4)
    assert heard == [0, 4, 8, 12, 16]
    assert {(theta.shape, theta.dtype) for theta in seen} == {((2, 3), np.dtype(np.float32))}


def test_where_the_loss_is_no_number_there_is_a_hole() -> None:
    def loss(theta: Any) -> Any:
        if theta[0] > 0.95 and theta[1] > 0.95:
            raise ArithmeticError("too far\nout")
        return 1e31 if theta[0] > 0.95 and theta[1] < -0.95 else np.log(theta[0])

    shown: list[Any] = []

    def scan(x_min: float, side: int) -> Any:
        domain = (x_min, 1.0, -1.0, 1.0)
        return landscapes.from_function(
            loss, np.zeros(2), np.eye(2), domain=domain, resolution=side, on_level=shown.append
        )

    wide = scan(-0.5, 25)
    assert np.isnan(values(wide)).sum() == 25 * 9 + 2
    assert wide.notes[0].startswith(
        "227 points have no loss; the first one, (-0.5, -1): the loss is no finite"
    )
    assert [sheet.loss.shape for sheet in shown] == [(17, 17), (25, 25)]
    assert scan(0.1, 16).notes == (
        "2 points have no loss; the first one, (1, -1): the loss is beyond 1e+30",
        "(1, 1): ArithmeticError: too far out",
    )


BAD: list[tuple[str, Any, Any, Any]] = [
    ("directions must have the shape", quartic, ORIGIN, DIRECTIONS[0]),
    ("parallel", quartic, ORIGIN, DIRECTIONS[[0, 0]]),
    ("must return one number", lambda theta: theta, ORIGIN, DIRECTIONS),
    ("must return one number", lambda _: 1j, ORIGIN, DIRECTIONS),
    ("real numbers", quartic, ORIGIN * 1j, DIRECTIONS),
]


@pytest.mark.parametrize(("words", "loss", "origin", "directions"), BAD)
def test_what_makes_no_surface_is_refused(words: str, loss: Any, origin: Any, directions: Any) -> None:
    with pytest.raises(InputError, match=words):
        landscapes.from_function(loss, origin, directions)


def with_way(surface: landscapes.Landscape) -> landscapes.Landscape:
    xy = np.array([[-0.8, -0.2, 0.4], [-0.5, 0.6, 0.1]])
    way = Trajectory(xy, np.array([0.3, 0.1, 0.0]), np.array([400.0, 300.0, 200.0]))
    return dataclasses.replace(surface, trajectory=way, notes=("Said of it.",))


def test_a_file_keeps_the_way_of_a_training_and_the_notes(tmp_path: Path) -> None:
    surface = with_way(landscapes.from_function(quartic, ORIGIN, DIRECTIONS, resolution=9))
    write_sheet(tmp_path / "a.npz", draw_sheet(surface))
    back = landscapes.get(str(tmp_path / "a.npz"))
    assert surface.trajectory is not None
    assert back.trajectory is not None
    for kept, given_ in zip(back.trajectory, surface.trajectory, strict=True):
        np.testing.assert_array_equal(kept, given_)
    assert back.notes == surface.notes
    np.testing.assert_array_equal(values(back), values(surface))
    assert landscapes.get(f"{tmp_path / 'a.npz'}; domain=-2,2,-2,2").trajectory is None
    with np.load(tmp_path / "a.npz") as arrays:
        damaged = dict(arrays) | {"trajectory.loss": np.zeros(2)}
    np.savez(tmp_path / "b.npz", **damaged)
    with pytest.raises(InputError, match="trajectory"):
        landscapes.get(str(tmp_path / "b.npz"))


def test_a_notebook_shows_a_picture() -> None:
    surface = landscapes.get("himmelblau")
    with av.open(io.BytesIO(surface._repr_png_()), "r") as file:
        (frame,) = file.decode(video=0)
        seen = frame.to_ndarray(format="rgb24")
    drawn = draw_picture(surface)
    np.testing.assert_array_equal(seen, drawn)
    assert encode_png(drawn) == surface._repr_png_()
    # Minima are dark blue, the corners are light.
    x_min, x_max, y_min, y_max = surface.domain
    height, width, _ = drawn.shape
    for x, y in surface.minima:
        row, column = (
            (y_max - y) / (y_max - y_min) * (height - 1),
            (x - x_min) / (x_max - x_min) * (width - 1),
        )
        red, _, blue = drawn[round(row), round(column)].astype(int)
        assert blue > 2 * red
    way = draw_picture(with_way(landscapes.from_function(quartic, ORIGIN, DIRECTIONS, resolution=9)))
    assert (way == 255).all(axis=2).sum() > 100


def test_a_notebook_plays_a_film() -> None:
    surface = with_way(landscapes.from_function(quartic, ORIGIN, DIRECTIONS, resolution=9, title="a/b"))
    film = record(surface, "--size", "160x90", "--balls", "9", "--fps", "10", seconds=0.3)
    with av.open(io.BytesIO(film.video), "r") as file:
        assert len(list(file.decode(video=0))) == 3
    assert base64.b64encode(film.video).decode() in film._repr_html_()
    with pytest.raises(InputError, match="did you mean adam"):
        record(surface, "--optimizer", "adm")
