"""The data sets against what is published about them, and tables of the user's own, good and bad."""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import assets
from landscapes.errors import InputError
from landscapes.network.data import (
    DATASETS,
    Dataset,
    Loader,
    Split,
    Table,
    Task,
    draw_circles,
    draw_moons,
    draw_sine,
    draw_spirals,
    draw_xor,
    read_breast_cancer,
    read_digits,
    read_iris,
    read_table,
    split,
)

Floats = npt.NDArray[np.float64]

every_set = pytest.mark.parametrize("row", DATASETS, ids=lambda row: row.name)


def held_out(parted: Split) -> Dataset:
    assert parted.test is not None
    return parted.test


def number_samples(labels: list[int], task: Task) -> Table:
    """Samples whose one feature is their number."""
    numbers = np.arange(float(len(labels)))[:, np.newaxis]
    return Table(numbers, np.array(labels, np.int64 if task == "classes" else float), ("number",), (), task)


def find_rows(parted: Split) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Which numbered samples are for training and for test, by the order of their feature."""
    trained = parted.train.inputs[0]
    ranks = np.argsort(np.argsort(np.concatenate([trained, held_out(parted).inputs[0]])))
    return ranks[: trained.size], ranks[trained.size :]


# Published data.


def test_the_irises_are_fishers() -> None:
    table = read_iris()
    assert table.features.shape == (150, 4)
    assert table.features[0].tolist() == [5.1, 3.5, 1.4, 0.2]
    # The two flowers that the repository's file has wrong.
    assert table.features[34].tolist() == [4.9, 3.1, 1.5, 0.2]
    assert table.features[37].tolist() == [4.9, 3.6, 1.4, 0.1]
    assert table.features[149].tolist() == [5.9, 3.0, 5.1, 1.8]
    assert table.features.min(axis=0).tolist() == [4.3, 2.0, 1.0, 0.1]
    assert table.features.max(axis=0).tolist() == [7.9, 4.4, 6.9, 2.5]
    assert table.features.mean(axis=0).round(2).tolist() == [5.84, 3.06, 3.76, 1.2]
    assert table.names == ("sepal_length", "sepal_width", "petal_length", "petal_width")
    assert table.classes == ("setosa", "versicolor", "virginica")
    np.testing.assert_array_equal(table.targets, np.repeat([0, 1, 2], 50))
    # Table 2 of Fisher's paper: the means of Iris setosa and Iris versicolor.
    assert table.features[:50].mean(axis=0) == pytest.approx([5.006, 3.428, 1.462, 0.246])
    assert table.features[50:100].mean(axis=0) == pytest.approx([5.936, 2.770, 4.260, 1.326])


def test_the_digits_are_the_published_ones() -> None:
    table = read_digits()
    assert table.features.shape == (1797, 64)
    assert np.bincount(table.targets).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert table.features.sum() == 561718
    assert np.unique(table.features).tolist() == list(range(17))
    assert table.features[0, :16].tolist() == [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0]
    assert table.targets[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert table.targets[-3:].tolist() == [8, 9, 8]
    assert table.classes == tuple("0123456789")
    # An eight is crossed in its middle where a zero is empty; a two stands on a line, a seven on one leg.
    middle, right = table.names.index("pixel_3_3"), table.names.index("pixel_7_5")
    ink = np.array([table.features[table.targets == digit].mean(axis=0) for digit in range(10)])
    assert ink[0, middle] < ink[8, middle] / 4
    assert ink[7, right] < ink[2, right] / 4


def test_the_tumours_are_the_published_ones() -> None:
    table = read_breast_cancer()
    assert table.features.min(axis=0)[[0, 1, 3, 23]].tolist() == [6.981, 9.71, 143.5, 185.2]
    assert table.features.max(axis=0)[[0, 1, 3, 23]].tolist() == [28.11, 39.28, 2501.0, 4254.0]
    assert (table.names[0], table.names[29]) == ("mean_radius", "worst_fractal_dimension")
    assert table.classes == ("benign", "malignant")
    assert table.task == "binary"


def test_every_shipped_file_has_a_licence_and_is_small() -> None:
    licences = assets.path("data", "LICENSES.md").read_text(encoding="utf-8")
    for path in assets.path("data").iterdir():
        assert path.stat().st_size < 150_000
        assert path.name == "LICENSES.md" or f"## {path.name}\n" in licences
    published = [row for row in DATASETS if "doi.org" in row.source]
    assert len(published) == licences.count("## ") == licences.count("CC BY 4.0")
    for row in published:
        assert row.source.split("(")[1].split(")")[0] in licences


# The table of data sets.


@every_set
def test_a_set_is_standardised_by_its_training_samples_alone(row: Loader) -> None:
    parted = row.load(3)
    features, n = parted.train.inputs.shape
    constant = np.ptp(parted.train.inputs, axis=1) == 0
    np.testing.assert_allclose(parted.train.inputs.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(parted.train.inputs.std(axis=1)[~constant], 1, rtol=1e-12)
    assert not parted.train.inputs[constant].any()
    assert constant.any() == (row.name == "digits")
    assert parted.train.targets.shape == (n,)
    assert len(parted.features) == features
    assert parted.train.inputs.flags.c_contiguous
    if parted.test is not None:
        assert parted.test.inputs.shape == (features, parted.test.targets.size)
        assert np.abs(parted.test.inputs.mean(axis=1)[~constant]).max() > 1e-3
        assert parted.test.inputs.dtype == parted.train.inputs.dtype == np.float64


@every_set
def test_a_set_has_the_targets_of_its_task(row: Loader) -> None:
    parted = row.load(1)
    assert parted.task == row.task
    targets = parted.train.targets
    if row.task == "regression":
        assert parted.classes == ()
        assert (targets.mean(), targets.std()) == pytest.approx((0, 1), abs=1e-12)
        return
    assert targets.dtype == (np.float64 if row.task == "binary" else np.int64)
    assert np.unique(targets).tolist() == list(range(len(parted.classes)))
    assert len(parted.classes) == 2 or row.task == "classes"


@every_set
def test_a_fifth_is_kept_for_testing_and_of_each_class_a_fifth(row: Loader) -> None:
    parted, table = row.load(5), row.draw(5)
    if row.name == "xor":
        assert parted.test is None
        assert "no test samples" in row.about
        return
    test = held_out(parted)
    assert parted.train.targets.size + test.targets.size == table.targets.size
    for label in range(len(parted.classes)):
        count = (table.targets == label).sum()
        assert (test.targets == label).sum() == round(count / 5)
        assert (parted.train.targets == label).sum() == count - round(count / 5)


@every_set
def test_a_seed_is_all_there_is_to_a_set(row: Loader) -> None:
    one, same, other = (row.load(seed) for seed in (8, 8, 9))
    for part, again in zip((*one.train, *(one.test or ())), (*same.train, *(same.test or ())), strict=True):
        assert part.tobytes() == again.tobytes()
    assert (one.train.inputs.tobytes() == other.train.inputs.tobytes()) == (row.name == "xor")


def test_names_are_unlike_and_every_row_says_what_it_is() -> None:
    assert len({row.name for row in DATASETS}) == len(DATASETS)
    for row in DATASETS:
        assert row.name == row.name.lower()
        assert row.about
        assert row.source


# Training and test.


@pytest.mark.parametrize("task", ["binary", "classes", "regression"])
@pytest.mark.parametrize("seed", range(3))
def test_a_split_is_disjoint_complete_and_keeps_the_order(task: Task, seed: int) -> None:
    labels = [k % 2 for k in range(30)] + [1] * 40
    table = number_samples(labels, task)
    parted = split(table, seed)
    train, test = find_rows(parted)
    assert sorted([*train, *test]) == list(range(70))
    assert test.size == 14
    assert (np.diff(train) > 0).all()
    assert (np.diff(test) > 0).all()
    if task != "regression":
        assert [labels[k] for k in train] == parted.train.targets.tolist()
        assert [labels[k] for k in test] == held_out(parted).targets.tolist()
        assert (held_out(parted).targets == 0).sum() == 3
    values = (test - train.mean()) / train.std()
    np.testing.assert_allclose(held_out(parted).inputs[0], values, rtol=1e-12)


def test_what_is_tested_teaches_nothing_about_the_scale() -> None:
    table = number_samples([0, 1] * 10, "binary")
    _, test = find_rows(split(table, 0))
    spoiled = table._replace(features=table.features.copy())
    spoiled.features[test] = 1e6
    np.testing.assert_array_equal(split(spoiled, 0).train.inputs, split(table, 0).train.inputs)


def test_another_seed_is_another_split() -> None:
    table = number_samples([0, 1] * 50, "binary")
    parts = {tuple(find_rows(split(table, seed))[1].tolist()) for seed in range(10)}
    assert len(parts) == 10


def test_a_class_of_one_is_learnt_not_held_out() -> None:
    parted = split(number_samples([0] * 20 + [1], "classes"), 0)
    assert parted.train.targets[-1] == 1
    assert not held_out(parted).targets.any()
    assert split(number_samples([0, 1], "binary"), 0).test is None


def test_a_feature_that_never_changes_in_training_stays_at_zero() -> None:
    table = number_samples([0, 1] * 30, "binary")
    constant = table._replace(features=np.tile(np.linspace(0.1, 1.3, 20), (60, 1)))
    parted = split(constant, 0)
    assert np.abs(parted.train.inputs).max() < 1e-14


# Generated data.


def test_xor_is_the_corners_and_no_line_parts_them() -> None:
    parted = next(row for row in DATASETS if row.name == "xor").load(0)
    corners = {
        (*corner, target) for *corner, target in zip(*parted.train.inputs, parted.train.targets, strict=True)
    }
    assert corners == {(-1, -1, 0), (1, 1, 0), (-1, 1, 1), (1, -1, 1)}
    noisy = draw_xor(0, copies=500, noise=0.1)
    beside = noisy.features - noisy.features.round()
    assert noisy.features.shape == (2000, 2)
    np.testing.assert_array_equal(noisy.features.round().sum(axis=1) % 2, noisy.targets)
    assert beside.std(axis=0) == pytest.approx([0.1, 0.1], rel=0.1)
    assert np.abs(beside.mean(axis=0)).max() < 0.01


def test_moons_are_half_circles_with_an_end_inside_each_other() -> None:
    table = draw_moons(0, n=101, noise=0)
    upper, lower = table.features[table.targets == 0], table.features[table.targets == 1]
    assert (len(upper), len(lower)) == (51, 50)
    np.testing.assert_allclose(np.hypot(*upper.T), 1)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1)
    assert (upper[:, 1] >= -1e-12).all()
    assert (lower[:, 1] <= 0.5 + 1e-12).all()
    assert np.hypot(*(lower[0] - [0, 0.5])) < 1e-12
    assert np.hypot(*(upper[-1] - [-1, 0])) < 1e-12


def test_circles_have_the_radii_they_claim() -> None:
    table = draw_circles(0, n=100, noise=0)
    radius = np.hypot(*table.features.T)
    np.testing.assert_allclose(radius, np.where(table.targets == 0, 1, 0.5))
    for target in (0, 1):
        points = table.features[table.targets == target]
        gaps = np.hypot(*(points - np.roll(points, 1, axis=0)).T)
        np.testing.assert_allclose(gaps, gaps[0])


def test_spirals_are_those_of_lang_and_witbrock() -> None:
    table = draw_spirals(0, n=194, noise=0)
    for k in range(97):
        angle, radius = k * math.pi / 16, 6.5 * (104 - k) / 104
        expected = [radius * math.sin(angle), radius * math.cos(angle)]
        assert table.features[k].tolist() == pytest.approx(expected)
        assert table.features[97 + k].tolist() == pytest.approx([-part for part in expected])
    np.testing.assert_array_equal(table.targets, np.repeat([0, 1], 97))


@pytest.mark.parametrize(("draw", "noise"), [(draw_moons, 0.15), (draw_circles, 0.1), (draw_spirals, 0.1)])
def test_noise_is_normal_and_as_strong_as_it_claims(
    draw: Callable[[int, int, float], Table], noise: float
) -> None:
    moved = draw(0, 4000, noise).features - draw(0, 4000, 0).features
    assert moved.std() == pytest.approx(noise, rel=0.03)
    assert (np.abs(moved) < noise).mean() == pytest.approx(0.683, abs=0.02)
    assert abs((moved[:, 0] * moved[:, 1]).mean()) < 0.05 * noise**2


def test_the_sine_is_a_sine() -> None:
    table = draw_sine(0, noise=0)
    assert table.targets == pytest.approx(np.sin(table.features[:, 0]))
    assert np.abs(table.features).max() < np.pi < 1.05 * np.ptp(table.features) / 2
    noise = draw_sine(0, n=4000).targets - draw_sine(0, n=4000, noise=0).targets
    assert noise.std() == pytest.approx(0.1, rel=0.05)


# Tables of the user's own.


def write(folder: Path, text: str) -> Path:
    path = folder / "own.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_last_column_is_the_target_or_the_one_that_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "age,height,ill\n1,2.5,0\n3,1e1,1\n-4,.5,0\n")
    table = read_table(path)
    assert table.features.tolist() == [[1, 2.5], [3, 10], [-4, 0.5]]
    assert table.targets.tolist() == [0, 1, 0]
    assert (table.names, table.classes, table.task) == (("age", "height"), ("0", "1"), "binary")
    other = read_table(path, "age", "regression")
    assert other.names == ("height", "ill")
    assert other.targets.tolist() == [1, 3, -4]
    assert other.features[:, 0].tolist() == [2.5, 10, 0.5]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffa;b;c\r\n1;2;yes\r\n\r\n3;4;no\r\n",
        "# a remark\na\tb\tc\n1\t2\tyes\n# another, with commas\n3\t4\tno\n",
        '"a", "b", "c"\n1, 2, yes\n3, 4, "no"',
    ],
)
def test_fields_are_parted_by_whatever_the_header_holds(tmp_path: Path, text: str) -> None:
    table = read_table(write(tmp_path, text))
    assert table.names == ("a", "b")
    assert table.features.tolist() == [[1, 2], [3, 4]]
    assert table.classes == ("no", "yes")
    assert table.targets.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("targets", "task", "classes"),
    [
        ("1 2 1 2", "binary", ("1", "2")),
        ("0.5 0.25 0.5 0.5", "binary", ("0.25", "0.5")),
        ("10 2 1 2", "classes", ("1", "2", "10")),
        ("b c a a", "classes", ("a", "b", "c")),
        ("1.5 2 3 4", "regression", ()),
        (" ".join(map(str, range(21))), "regression", ()),
        (" ".join(map(str, range(20))), "classes", tuple(map(str, range(20)))),
    ],
)
def test_the_task_is_told_by_the_targets(
    tmp_path: Path, targets: str, task: Task, classes: tuple[str, ...]
) -> None:
    rows = "".join(f"{k},{target}\n" for k, target in enumerate(targets.split()))
    table = read_table(write(tmp_path, "x,y\n" + rows))
    assert (table.task, table.classes) == (task, classes)
    shown = table.targets.tolist() if task == "regression" else [classes[int(k)] for k in table.targets]
    assert list(map(str, shown)) == targets.split() or shown == [float(t) for t in targets.split()]


def test_a_task_can_be_asked_for(tmp_path: Path) -> None:
    rating = write(tmp_path, "x,rating\n1,5\n2,3\n3,4\n4,5\n")
    assert read_table(rating).task == "classes"
    assert read_table(rating, task="regression").targets.tolist() == [5, 3, 4, 5]
    two = write(tmp_path, "x,y\n1,5\n2,3\n")
    assert read_table(two, task="classes").targets.dtype == np.int64
    many = write(tmp_path, "x,y\n" + "".join(f"{k},name{k}\n" for k in range(30)))
    assert len(read_table(many, task="classes").classes) == 30


BAD = [
    ("", "at least 2 columns"),
    ("# nothing but a remark\n", "at least 2 columns"),
    ("a\n1\n2\n", "at least 2 columns"),
    ("1,2\n3,4\n", "names the columns"),
    ("a,a\n1,2\n", "two columns are named 'a'"),
    ("a,b\n", "0 samples are too few"),
    ("a,b\n1,2\n", "1 samples are too few"),
    ("a,b,c\n1,2,3\n4,5\n", "line 3 has 2 fields, but the first row names 3 columns"),
    ("a,b\n1,2\n\n4,5,6\n", "line 4 has 3 fields"),
    ("a,b\n1,2\n,5\n", "line 3, column 'a': the number is missing"),
    ("a,b\n1,2\nNaN,5\n", "line 3, column 'a': the number is missing"),
    ("a,b\n1,2\n?,5\n", "line 3, column 'a': the number is missing"),
    ("a,b\n1,2\ninf,5\n", "line 3, column 'a': inf is not within"),
    ("a,b\n1,2\n1e200,5\n", "line 3, column 'a': 1e200 is not within"),
    ("a;b\n1;2\n1,5;3\n", "line 3, column 'a': '1,5' is not a number such as 0.5"),
    ("a,b\n1,2\nred,5\n", "line 3, column 'a': 'red' is not a number"),
    ("a,b\n1,2\n3,nan\n", "line 3: no 'b' to predict"),
    ("a,b\n1,2\n3,\n", "line 3: no 'b' to predict"),
    ("a,b\n1,2\n3,inf\n", "column 'b': inf is not within"),
    ("a,b\n1,7\n2,7\n", "column 'b' is always '7'"),
    ("a,b\n1,yes\n2,yes\n", "column 'b' is always 'yes'"),
    ("a,b,c\n1,2,0\n1,3,1\n", "delete the column 'a'"),
    ("a,b,c\n0.1,2,0\n0.1,2,1\n0.1,2,1\n", "delete the 2 columns 'a', 'b'"),
    ("a,b\n" + "".join(f"{k},n{k}\n" for k in range(21)), "21 different texts"),
    ('a,b\n1,"2\n' + "3,4\n" * 50_000, "quotation mark"),
]


@pytest.mark.parametrize(("text", "fault"), BAD, ids=[fault for _, fault in BAD])
def test_a_bad_table_is_one_line(tmp_path: Path, text: str, fault: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError) as told:
        read_table(path)
    message = str(told.value)
    assert message.startswith(f"{path}: ")
    assert fault in message
    assert "\n" not in message


def test_what_is_asked_of_a_table_has_to_fit_it(tmp_path: Path) -> None:
    path = write(tmp_path, "height,width,kind\n1,2,a\n3,4,b\n5,6,c\n")
    with pytest.raises(InputError, match="unknown column 'hight'; did you mean height"):
        read_table(path, "hight")
    with pytest.raises(InputError, match="column 'kind': 'a' is not a number, but a regression needs them"):
        read_table(path, task="regression")
    with pytest.raises(InputError, match="column 'kind' has 3 different values, but binary is 2"):
        read_table(path, task="binary")
    with pytest.raises(InputError, match="line 2, column 'kind': 'a' is not a number"):
        read_table(path, "width")


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(InputError, match="not a file"):
        read_table(tmp_path)
    latin = tmp_path / "latin.csv"
    latin.write_bytes("größe,b\n1,2\n".encode("latin-1"))
    with pytest.raises(InputError, match="not a text in UTF-8"):
        read_table(latin)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["", "a,b\n1,", "a;b\n"]),
    st.text(st.sampled_from('ab01.,;-e\n\r"# \tN\0é'), max_size=40),
    st.lists(st.floats().map("{0},{0}".format)),
)
def test_any_text_is_a_table_or_one_line(tmp_path: Path, head: str, text: str, rows: list[str]) -> None:
    path = tmp_path / "any.csv"
    path.write_text(head + text + "\n" + "\n".join(rows), encoding="utf-8", newline="")
    try:
        parted = split(read_table(path), 0)
    except InputError as fault:
        lines = str(fault).splitlines()
    else:
        numbers = np.concatenate([parted.train.inputs.ravel(), parted.train.targets])
        lines = ["fine"] if np.isfinite(numbers).all() else []
    assert len(lines) == 1


@pytest.mark.parametrize("unit", ["e-300", "e-160", "e99", "e0"])
def test_a_unit_may_be_tiny_or_enormous(tmp_path: Path, unit: str) -> None:
    parted = split(read_table(write(tmp_path, f"a,b\n1{unit},1\n-2{unit},2.5\n4{unit},3\n")), 0)
    assert np.isfinite(parted.train.inputs).all()
    assert np.abs(parted.train.inputs).max() < 2


def test_rows_and_records_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        DATASETS[0].name = "other"  # type: ignore[misc]
