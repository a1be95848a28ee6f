"""Sheets: what files hold, brought into order; and how they become landscapes."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from landscapes.errors import InputError
from landscapes.files import FORMATS, Choice, make_sheet, open_landscape, read_sheet, write_sheet
from landscapes.files.regular import make_regular
from landscapes.files.sheet import MOST, tidy
from landscapes.landscape import check

XS, YS = np.linspace(-2, 2, 7), np.linspace(0, 1, 5)


def wave(xs: npt.ArrayLike, ys: npt.ArrayLike) -> npt.NDArray[np.float64]:
    x, y = np.meshgrid(np.asarray(xs), np.asarray(ys))
    return np.asarray(np.sin(x) + x * y**2 + 3)


def test_coordinates_in_any_order_are_sorted_and_the_loss_with_them() -> None:
    shuffled = np.array([3, 0, 6, 1, 5, 2, 4])
    sheet = make_sheet(wave(XS[shuffled], YS[::-1]), XS[shuffled], YS[::-1])
    assert np.array_equal(sheet.xs, XS)
    assert np.array_equal(sheet.ys, YS)
    assert np.array_equal(sheet.loss, wave(XS, YS))
    assert not sheet.guesses


def test_missing_coordinates_are_guessed_out_loud_unless_the_user_gives_them() -> None:
    guessed = make_sheet(wave(XS, YS))
    assert (guessed.xs[[0, -1]] == (-1, 1)).all()
    assert (guessed.ys.size, guessed.xs.size) == guessed.loss.shape
    assert len(guessed.guesses) == 1
    assert "-1 to 1" in guessed.guesses[0]
    told = make_sheet(wave(XS, YS), domain=(-2, 2, 0, 1))
    assert np.allclose(told.xs, XS)
    assert np.allclose(told.ys, YS)
    assert not told.guesses


def test_the_domain_of_the_user_wins_over_the_file() -> None:
    sheet = make_sheet(wave(XS, YS)[:, ::-1], XS[::-1], YS, domain=(5, 6, 7, 8))
    assert (*sheet.xs[[0, -1]], *sheet.ys[[0, -1]]) == (5, 6, 7, 8)
    assert np.array_equal(sheet.loss, wave(XS, YS))


def test_a_loss_whose_rows_run_along_x_is_turned_and_that_is_said() -> None:
    sheet = make_sheet(wave(XS, YS).T, XS, YS)
    assert np.array_equal(sheet.loss, wave(XS, YS))
    assert "rows" in sheet.guesses[0]
    square = make_sheet(wave(YS, YS).T, YS, YS)
    assert np.array_equal(square.loss, wave(YS, YS).T), "a square one is taken as it stands"
    assert not square.guesses


def test_infinities_become_holes() -> None:
    loss = wave(XS, YS)
    loss[1, 2], loss[2, 3], loss[0, 0] = np.inf, -np.inf, np.nan
    holes = np.isnan(make_sheet(loss, XS, YS).loss)
    assert np.argwhere(holes).tolist() == [[0, 0], [1, 2], [2, 3]]


@pytest.mark.parametrize(
    ("name", "base"), [("log_loss", np.e), ("train_loss (log)", np.e), ("log10 loss", 10), ("Log2", 2)]
)
def test_a_name_that_says_logarithm_is_believed_out_loud(name: str, base: float) -> None:
    sheet = make_sheet(wave(XS, YS), XS, YS, names=("x", "y", name), logarithmic=None)
    assert np.allclose(sheet.loss, base ** wave(XS, YS), rtol=1e-15)
    assert sheet.names[2] == "loss", "or it would be undone again when it is read back"
    assert name in sheet.guesses[0]
    plain = make_sheet(wave(XS, YS), XS, YS, names=("x", "y", name), logarithmic=False)
    assert np.array_equal(plain.loss, wave(XS, YS))
    assert not plain.guesses


@pytest.mark.parametrize("name", ["loss", "logits", "catalogue", "blog"])
def test_no_other_name_makes_a_logarithm(name: str) -> None:
    sheet = make_sheet(wave(XS, YS), XS, YS, names=("x", "y", name), logarithmic=None)
    assert np.array_equal(sheet.loss, wave(XS, YS))


def test_logarithms_are_undone_if_the_user_says_so() -> None:
    sheet = make_sheet(np.log(wave(XS, YS)), XS, YS, logarithmic=True)
    assert np.allclose(sheet.loss, wave(XS, YS))
    assert not sheet.guesses
    assert np.isnan(make_sheet(1000 * XS * np.ones((5, 1)), XS, YS, logarithmic=True).loss[:, -1]).all()


def test_a_stack_is_its_mean_and_its_layers() -> None:
    stack = np.stack([wave(XS, YS), 2 * wave(XS, YS), wave(XS, YS) - 1])
    stack[1, 2, 3] = np.inf
    sheet = make_sheet(stack, XS[::-1], YS)
    assert sheet.layers is not None
    assert np.isnan(sheet.layers[:, 2, 3]).all(), "turned with the coordinates, a hole in all"
    assert np.array_equal(np.isnan(sheet.loss), np.isnan(sheet.layers[0]))
    assert np.allclose(sheet.loss, sheet.layers.mean(axis=0), equal_nan=True)
    assert make_sheet(stack[:1], XS, YS).layers is None


@pytest.mark.parametrize(
    ("loss", "xs", "ys", "fault"),
    [
        (np.ones((3, 7)), None, None, "at least 4 x 4"),
        (np.ones((4, MOST + 1)), None, None, "too fine"),
        (np.ones(16), None, None, "two dimensions"),
        (1.0, None, None, "one number"),
        (np.ones((0, 5)), None, None, "at least 4 x 4"),
        (np.ones((0, 5, 5)), None, None, "two dimensions"),
        (np.ones((2, 2, 5, 5)), None, None, "two dimensions"),
        (np.full((5, 7), np.nan), None, None, "nowhere"),
        (np.ones((5, 7)) * 1j, None, None, "not real numbers"),
        ([["a"] * 5] * 5, None, None, "not real numbers"),
        ([[1.0] * 5, [1.0] * 4], None, None, "different lengths"),
        ([[10**400] * 5] * 5, None, None, "not real numbers"),
        (np.ones((5, 7)), XS[:6], YS, "6 x 5 coordinates do not fit a loss of 7 x 5"),
        (np.ones((5, 7)), [*XS[:6], np.nan], YS, "coordinate 7 of x is not"),
        (np.ones((5, 7)), XS, [*YS[:4], YS[1]], "0.25 of y comes twice"),
        (np.ones((5, 7)), XS[np.newaxis], YS, "do not fit"),
    ],
)
def test_what_makes_no_surface_is_refused(loss: Any, xs: Any, ys: Any, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        make_sheet(loss, xs, ys)


def test_text_of_a_file_is_shown_as_one_short_line() -> None:
    assert tidy("  a\tb\n\nc\x1b[31m\u202ed\ud800 ") == "a b c [31m d"
    assert len(tidy("long " * 1000)) == 60


def test_a_regular_sheet_keeps_its_numbers() -> None:
    rounded = np.round(np.linspace(-1, 1, 31), 4)
    regular = make_regular(make_sheet(wave(rounded, YS), rounded, YS))
    assert np.array_equal(regular.values, wave(rounded, YS))
    assert regular.domain == (-1, 1, 0, 1)
    assert not regular.notes


def test_an_irregular_sheet_is_resampled_by_not_a_knot_splines() -> None:
    # One polynomial of third degree each way is what such a spline gives back exactly.
    def cubic(xs: npt.NDArray[np.float64], ys: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        x, y = np.meshgrid(xs, ys)
        return np.asarray((x**3 - 2 * x + 1) * (2 * y**3 - y**2))

    xs, ys = np.array([-2.0, -1.5, -1.4, 0.3, 1, 1.2, 3]), np.array([0, 0.1, 0.7, 1.0])
    regular = make_regular(make_sheet(cubic(xs, ys), xs, ys))
    assert len(regular.notes) == 2
    ny, nx = regular.values.shape
    assert 5 / (nx - 1) <= 0.1 + 1e-12, "as fine as the finest part"
    assert 1 / (ny - 1) <= 0.1 + 1e-12
    assert np.allclose(
        regular.values, cubic(np.linspace(-2, 3, nx), np.linspace(0, 1, ny)), rtol=1e-12, atol=1e-12
    )


def test_a_resampled_wave_is_as_close_as_cubic_splines_are() -> None:
    xs = np.sort(np.random.default_rng(0).uniform(-2, 2, 60))
    xs[[0, -1]] = -2, 2
    regular = make_regular(make_sheet(wave(xs, YS), xs, YS))
    exact = wave(np.linspace(-2, 2, regular.values.shape[1]), YS)
    bound = (
        5 / 384 * np.diff(xs).max() ** 4
    )  # Hall & Meyer, 1976, of clamped ends; not-a-knot is a little worse
    assert np.abs(regular.values - exact).max() < 4 * bound


def test_next_to_holes_it_is_resampled_by_straight_lines() -> None:
    xs = np.array([0.0, 1, 2, 3, 5, 7])
    loss = np.ones((4, 1)) * xs**2
    loss[1, 2] = np.nan
    regular = make_regular(make_sheet(loss, xs, np.arange(4)))
    assert regular.values.shape == (4, 8)
    assert np.array_equal(regular.values[0], [0, 1, 4, 9, 17, 25, 37, 49])
    assert np.argwhere(np.isnan(regular.values)).tolist() == [[1, 2]], "knots next to it are not in the hole"


def test_layers_are_resampled_like_their_mean() -> None:
    xs = XS**3
    stack = np.stack([wave(XS, YS), wave(XS, YS) ** 2])
    both = make_regular(make_sheet(stack, xs, YS)).values
    assert np.allclose(both.mean(axis=0), make_regular(make_sheet(stack.mean(axis=0), xs, YS)).values)


def test_resampling_is_bounded() -> None:
    xs = np.logspace(-6, 0, 50)
    assert make_regular(make_sheet(wave(xs, YS), xs, YS)).values.shape == (5, 1024)


@pytest.mark.parametrize("xs", [XS * 1e-40, XS * 1e40, [0, 1, 2, 2 + 1e-12, 3, 4, 5], XS * 1e307])
def test_coordinates_that_balls_cannot_tell_apart_are_refused(xs: Any) -> None:
    with pytest.raises(InputError, match=r"coordinates x .* domain=-1,1,-1,1"):
        make_regular(make_sheet(wave(XS, YS), xs, YS))


def test_losses_beyond_float32_become_holes_out_loud() -> None:
    loss = wave(XS, YS)
    loss[1, 1] = 1e37
    regular = make_regular(make_sheet(loss, XS, YS))
    assert np.argwhere(np.isnan(regular.values)).tolist() == [[1, 1]]
    assert "holes" in regular.notes[0]


def test_a_file_becomes_a_landscape_through_its_points(tmp_path: Path) -> None:
    path = tmp_path / "wave.npz"
    write_sheet(path, make_sheet(wave(XS, YS), XS, YS, about="A wave"))
    landscape = open_landscape(path)
    check(landscape)
    assert (landscape.name, landscape.title, landscape.source) == ("wave.npz", "wave", str(path))
    assert landscape.domain == (-2, 2, 0, 1)
    assert landscape.about == "A wave. 7 x 5 points."
    x, y = np.meshgrid(XS, YS)
    assert np.allclose(landscape.value(np.stack([x.ravel(), y.ravel()])), wave(XS, YS).ravel(), rtol=1e-13)


def test_what_was_guessed_stands_in_notes_and_what_was_smoothed_in_the_title(tmp_path: Path) -> None:
    path = tmp_path / "wave.npy"
    np.save(path, wave(XS, YS))
    landscape = open_landscape(path, Choice(smooth=1.5))
    assert "No coordinates in the file" in " ".join(landscape.notes)
    assert landscape.title == "wave, smoothed by 1.5 cells"
    assert open_landscape(path).title == "wave"


def test_a_smoothed_file_is_smoother(tmp_path: Path) -> None:
    path = tmp_path / "noise.npy"
    np.save(path, np.random.default_rng(0).normal(size=(20, 20)))
    rough, even = (open_landscape(path, Choice(smooth=width)).grid(20)[2] for width in (0, 2))
    assert even.std() < 0.3 * rough.std()
    assert np.isclose(even.mean(), rough.mean())


def test_a_file_with_holes_is_a_landscape_with_holes(tmp_path: Path) -> None:
    loss = wave(XS, YS)
    loss[0, 0] = np.nan
    path = tmp_path / "holes.csv"
    write_sheet(path, make_sheet(loss, XS, YS))
    landscape = open_landscape(path)
    assert np.isnan(landscape.value([[-1.9], [0.1]])).all()
    assert np.isfinite(landscape.value([[1.0], [0.6]])).all()


def test_a_stack_becomes_the_samples_of_the_landscape(tmp_path: Path) -> None:
    path = tmp_path / "stack.npz"
    layers = np.stack([wave(XS, YS), 3 * wave(XS, YS) + XS])
    write_sheet(path, make_sheet(layers, XS, YS))
    landscape = open_landscape(path)
    check(landscape)
    assert landscape.data is not None
    assert landscape.data.count == 2
    at = np.array([[XS[3]], [YS[2]]])
    for layer in range(2):
        assert np.isclose(landscape.data.value(at, np.array([[layer]]))[0], layers[layer, 2, 3])
    assert np.isclose(landscape.value(at)[0], layers[:, 2, 3].mean())


def test_every_format_that_is_written_is_read_back(tmp_path: Path) -> None:
    sheet = make_sheet(wave(XS, YS), XS, YS)
    for form in FORMATS:
        if form.write is not None:
            path = tmp_path / f"wave{form.ending.upper()}"
            write_sheet(path, sheet)
            back = read_sheet(path)
            assert np.allclose(back.xs, sheet.xs), form.ending
            assert np.allclose(back.loss, sheet.loss, atol=1e-4), form.ending


def test_faults_begin_with_the_path_and_are_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    strange = tmp_path / "strange.csv"
    strange.write_text("x,y,loss\n1,2,\x1b[31mred\n")
    for path in (
        folder,
        strange,
        tmp_path / "none.npz",
        tmp_path / "a.doc",
        tmp_path / "none",
        tmp_path / "a\0b.npy",
    ):
        with pytest.raises(InputError) as fault:
            open_landscape(path)
        message = str(fault.value)
        assert message.startswith(tidy(str(path), 600))
        assert message.isprintable()


def test_faults_of_writing_begin_with_the_path(tmp_path: Path) -> None:
    sheet = make_sheet(wave(XS, YS))
    for path in (
        tmp_path / "a.npy",
        tmp_path / "a.doc",
        tmp_path / "no folder" / "a.npz",
        tmp_path / "none" / "a.csv",
    ):
        with pytest.raises(InputError) as fault:
            write_sheet(path, sheet)
        assert str(fault.value).startswith(str(path))
