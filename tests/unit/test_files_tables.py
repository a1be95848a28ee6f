"""Tables and JSON: every layout that people have, what is guessed, and what is wrong in which line."""

import itertools
import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from landscapes.errors import InputError
from landscapes.files import Choice, Sheet, make_sheet, read_sheet, write_sheet

XS, YS = np.array([-2.0, -1, 0, 1, 2, 3, 5]), np.array([0, 0.25, 0.5, 0.75, 1])
X, Y = np.meshgrid(XS, YS)
LOSS = X**2 + Y

POINTS = [f"{x!r},{y!r},{loss!r}" for x, y, loss in np.stack([X, Y, LOSS], axis=-1).reshape(-1, 3).tolist()]
MATRIX = [",".join(map(repr, row)) for row in LOSS.tolist()]

axes = st.lists(st.floats(-1e300, 1e300), min_size=4, max_size=7, unique=True).map(sorted)
words = st.from_regex(r"[a-z][ ;,\"a-z]{0,10}", fullmatch=True).filter(lambda word: "log" not in word)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    """Any sheet, with holes, whose columns have names that leave no doubt."""
    xs, ys = draw(axes), draw(axes)
    loss = draw(
        arrays.arrays(np.float64, (len(ys), len(xs)), elements=st.floats(-1e300, 1e300) | st.just(np.nan))
    )
    loss[0, 0] = 1
    return make_sheet(
        loss, xs, ys, names=("x", "y", draw(st.just("loss") | words.map(lambda word: f"{word} loss")))
    )


@settings(max_examples=100, deadline=None)
@given(sheets())
def test_columns_give_everything_back(tmp_path_factory: pytest.TempPathFactory, sheet: Sheet) -> None:
    path = tmp_path_factory.getbasetemp() / "sheet.csv"
    write_sheet(path, sheet)
    back = read_sheet(path, Choice(logarithmic=False))
    assert np.array_equal(back.xs, sheet.xs)
    assert np.array_equal(back.ys, sheet.ys)
    assert np.array_equal(back.loss, sheet.loss, equal_nan=True)
    assert back.names == sheet.names


def test_names_like_numbers_are_not_taken_for_a_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_sheet(path, make_sheet(LOSS, XS, YS, names=("0", "1", "nan")))
    assert is_all_there(read_sheet(path))


def read(tmp_path: Path, text: str | bytes, choice: Choice | None = None, ending: str = ".csv") -> Sheet:
    path = tmp_path / f"table{ending}"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_sheet(path, choice or Choice())


def refuse(tmp_path: Path, text: str | bytes, choice: Choice | None = None, ending: str = ".csv") -> str:
    """The one line with which a text is refused."""
    with pytest.raises(InputError) as fault:
        read(tmp_path, text, choice, ending)
    message = str(fault.value)
    assert message.startswith(f"{tmp_path / 'table'}{ending}: ")
    assert message.isprintable()
    return message.removeprefix(f"{tmp_path / 'table'}{ending}: ")


def lines(rows: list[str], header: str | None = None) -> str:
    return "\n".join([*([header] if header is not None else []), *rows]) + "\n"


def is_all_there(sheet: Sheet) -> bool:
    return np.array_equal(sheet.xs, XS) and np.array_equal(sheet.ys, YS) and np.array_equal(sheet.loss, LOSS)


@pytest.mark.parametrize(
    ("text", "guesses"),
    [
        (lines(POINTS, "x,y,loss"), []),
        (lines(POINTS), ["column 1, column 2 and column 3"]),
        (lines(POINTS, "# x,y,loss"), []),
        (lines(POINTS, "# made by a tool\n#\n# x,y,loss\n"), []),
        (lines(POINTS, "# made by a tool, in two parts"), ["column 1, column 2 and column 3"]),
        (lines(POINTS, "X,Y,Z"), ["'X', 'Y' and 'Z'"]),
        (lines(POINTS, "a,b,c"), ["'a', 'b' and 'c'"]),
        (lines(POINTS, "alpha,beta,train_loss"), ["'alpha', 'beta' and 'train_loss'"]),
        (lines(POINTS[::-1], "x,y,loss"), []),
        (lines(sorted(POINTS), '"x","y","loss"'), []),
        (lines([f"{k},{row}" for k, row in enumerate(POINTS)], ",x,y,loss"), []),
        (lines([",".join(row.split(",")[::-1]) for row in POINTS], "loss,y,x"), []),
        (lines([row.replace(",", ";") for row in POINTS], "x;y;loss"), []),
        (lines([row.replace(",", "; ") for row in POINTS], "x; y; loss"), []),
        (lines([row.replace(",", "\t") for row in POINTS], "x\ty\tloss"), []),
        (lines([row.replace(",", "   ") for row in POINTS], "  x  y  loss"), []),
        (lines([f"{row}  " for row in POINTS], "x,y,loss").replace("\n", "\r\n\r\n"), []),
        ("\ufeff" + lines(POINTS, "x,y,loss"), []),
        (lines([f"{row},fine" for row in POINTS], "x,y,loss,remark"), []),
    ],
)
def test_columns_are_read(tmp_path: Path, text: str, guesses: list[str]) -> None:
    sheet = read(tmp_path, text)
    assert is_all_there(sheet)
    assert len(sheet.guesses) == len(guesses)
    for guess, part in zip(sheet.guesses, guesses, strict=True):
        assert part in guess


def test_the_user_chooses_columns(tmp_path: Path) -> None:
    text = lines([f"{k},{row},{k}.5" for k, row in enumerate(POINTS)], "k,a,b,train,test")
    for columns in (("a", "b", "train"), ("2", "3", "4"), ("A", "b", "4")):
        sheet = read(tmp_path, text, Choice(columns=columns))
        assert is_all_there(sheet)
        assert not sheet.guesses
    other = read(tmp_path, text.replace("k,a,b", "k,x,y"), Choice(columns=("test",)))
    assert other.loss[0, 0] == 0.5
    assert not other.guesses, "x and y are what they are called"
    assert is_all_there(read(tmp_path, lines(POINTS), Choice(columns=("1", "2", "3"))))
    swapped = read(tmp_path, text, Choice(columns=("b", "a", "train")))
    assert np.array_equal(swapped.loss, LOSS.T)


def test_a_matrix_is_read_and_its_coordinates_are_guessed(tmp_path: Path) -> None:
    for text in (
        lines(MATRIX),
        lines(MATRIX, "# a remark"),
        lines([row.replace(",", " ") for row in MATRIX]),
    ):
        sheet = read(tmp_path, text)
        assert np.array_equal(sheet.loss, LOSS)
        assert sheet.xs[0] == -1
        assert len(sheet.guesses) == 1
    assert not read(tmp_path, lines(MATRIX), Choice(domain=(0, 1, 0, 1))).guesses


@pytest.mark.parametrize("corner", ["", "y\\x", "loss"])
def test_a_matrix_between_its_coordinates_is_read(tmp_path: Path, corner: str) -> None:
    rows = [f"{y!r},{row}" for y, row in zip(YS.tolist(), MATRIX, strict=True)]
    sheet = read(tmp_path, lines(rows[::-1], f"{corner}," + ",".join(map(repr, XS.tolist()))))
    assert is_all_there(sheet)
    assert sheet.guesses == ("The first row and column are taken for x and y.",)


def test_coordinates_along_the_edges_may_be_in_any_order(tmp_path: Path) -> None:
    order = [3, 0, 1, 6, 2, 5, 4]
    rows = [
        ",".join(map(repr, [y, *row])) for y, row in zip(YS.tolist(), LOSS[:, order].tolist(), strict=True)
    ]
    assert is_all_there(read(tmp_path, lines(rows, "y," + ",".join(map(repr, XS[order].tolist())))))


def test_what_is_missing_is_a_hole(tmp_path: Path) -> None:
    gone = lines([*POINTS[:9], *POINTS[10:]], "x,y,loss")
    sheet = read(tmp_path, gone)
    assert np.argwhere(np.isnan(sheet.loss)).tolist() == [[1, 2]]
    assert "holes: 1." in sheet.guesses[0]
    for word in ("", "NA", "null", "nan", "-", "inf"):
        rows = [*POINTS]
        rows[9] = ",".join([*rows[9].split(",")[:2], word])
        assert np.argwhere(np.isnan(read(tmp_path, lines(rows, "x,y,loss")).loss)).tolist() == [[1, 2]]
        cells = [row.split(",") for row in MATRIX]
        cells[1][2] = word
        assert np.argwhere(np.isnan(read(tmp_path, lines(list(map(",".join, cells)))).loss)).tolist() == [
            [1, 2]
        ]
    hole_in_the_corner = read(tmp_path, lines(["," + MATRIX[0].split(",", 1)[1], *MATRIX[1:]]))
    assert np.argwhere(np.isnan(hole_in_the_corner.loss)).tolist() == [[0, 0]]


def test_coordinates_that_differ_by_rounding_are_one(tmp_path: Path) -> None:
    steps = list(itertools.accumulate([0.1] * 6))
    exact = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert steps != exact
    rows = [
        f"{xs[k]!r},{y},{k}" for y, xs in enumerate((steps, exact, steps, exact, exact)) for k in range(6)
    ]
    sheet = read(tmp_path, lines(rows, "x,y,loss"))
    assert np.array_equal(sheet.loss, np.ones((5, 1)) * np.arange(6))
    assert not sheet.guesses


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no table"),
        ("\n\n\n", "no table"),
        ("# x,y,loss\n", "no table"),
        ("1\n2\n3\n", "no table"),
        ("x,y,loss\n", "at least 4 x 4"),
        ("x,loss\n1,2\n", "too few"),
        (lines([*POINTS, "1,2"], "x,y,loss"), "line 37 has 2 fields instead of 3"),
        (lines([*POINTS, "\n1,2,three"], "# remark\nx,y,loss"), "line 39, column 3: 'three' is not a number"),
        (lines([*POINTS, "nan,2,3"], "x,y,loss"), "point 36 has no finite x"),
        (lines([*POINTS, POINTS[3]], "x,y,loss"), "x = 1, y = 0 comes twice"),
        (
            lines([row.replace(",", ";").replace(".", ",") for row in POINTS]),
            "line 1, column 1: '-2,0' is not a number, such",
        ),
        (lines([*MATRIX, "1,2,3"]), "line 6 has 3 fields instead of 7"),
        (lines([*MATRIX, "1,2,3,4,5,6,'7'"]), "line 6, column 7"),
        (lines(["1,2,3,4"] * 4096), "4095"),
        (lines([",".join(["1"] * 4097)] * 4), "4095"),
        (lines(["1,2,3,4"] * 3), "at least 4 x 4"),
        (b"\xff\xfex\0,\0y\0", "UTF-8"),
        (b"PK\x03\x04\x14\x00\x93", "UTF-8"),
        ("x" * 2_000_000, "a line of more than"),
        ('x,y,loss\n1,2,"' + "3\n" * 200_000, "quotation mark"),
        ("{}", "no table"),
        ("x,y,loss\n1,2,\x1b[31m\u202e3\n", "line 2, column 3"),
    ],
)
def test_damaged_tables_are_refused_with_the_place(tmp_path: Path, text: str | bytes, fault: str) -> None:
    assert fault in refuse(tmp_path, text)


def test_points_that_are_no_grid_are_refused(tmp_path: Path) -> None:
    points = np.random.default_rng(0).random((2000, 3))
    tracemalloc.start()
    assert "grid" in refuse(tmp_path, lines([",".join(map(repr, row)) for row in points.tolist()]))
    assert tracemalloc.get_traced_memory()[1] < 16e6
    tracemalloc.stop()


def test_columns_that_are_not_there_are_refused(tmp_path: Path) -> None:
    text = lines(POINTS, "x,y,loss")
    assert "did you mean loss" in refuse(tmp_path, text, Choice(columns=("los",)))
    assert "unknown column '4'" in refuse(tmp_path, text, Choice(columns=("1", "2", "4")))
    assert "unknown column '0'" in refuse(tmp_path, text, Choice(columns=("0",)))
    assert "name three" in refuse(tmp_path, text, Choice(columns=("x", "y")))


HOLE = LOSS.tolist()
HOLE[1][2] = None


@pytest.mark.parametrize(
    "held",
    [
        {"x": XS.tolist(), "y": YS.tolist(), "loss": LOSS.tolist()},
        {"title": "a wave", "loss": LOSS.tolist(), "y": YS.tolist(), "x": XS.tolist()},
        {"x": XS.tolist()[::-1], "y": YS.tolist(), "loss": LOSS[:, ::-1].tolist()},
        {"x": X.ravel().tolist(), "y": Y.ravel().tolist(), "loss": LOSS.ravel().tolist()},
        {"X": X.tolist(), "Y": Y.tolist(), "Z": LOSS.tolist()},
        [dict(zip(("x", "y", "loss"), map(float, row.split(",")), strict=True)) for row in POINTS],
        [[float(field) for field in row.split(",")] for row in POINTS],
    ],
)
def test_json_is_read(tmp_path: Path, held: Any) -> None:
    assert is_all_there(read(tmp_path, json.dumps(held), ending=".json"))


def test_null_in_json_is_a_hole(tmp_path: Path) -> None:
    for held in (HOLE, {"loss": HOLE}):
        sheet = read(tmp_path, json.dumps(held), Choice(domain=(0, 1, 0, 1)), ending=".json")
        assert np.argwhere(np.isnan(sheet.loss)).tolist() == [[1, 2]]
        assert not sheet.guesses


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000,
        "[]",
        "{}",
        "null",
        "7",
        '"loss"',
        "[[1, 2], [3]]",
        '[["a", "b", "c", "d"]]',
        '{"x": [1, 2], "y": 3}',
        '{"loss": {"x": 1}}',
        '{"loss": "much"}',
        '{"x": [1], "y": [2], "loss": [[1, 2, 3, 4]]}',
        '[{"x": 1, "y": 2, "loss": [1]}, {"x": 1}]',
        '[{"x": 1}, 7]',
        "[[" + "9" * 5000 + "]]",
        "[[1" + "0" * 400 + "]]",
        '{"x": [1, 2, 3, 4], "y": [1, 2, 3, 4], "loss": [[NaN, NaN, NaN, NaN]]}',
        b"\xff\xfe\x00",
        b"\x80\x81",
    ],
)
def test_damaged_json_is_refused(tmp_path: Path, text: str | bytes) -> None:
    assert refuse(tmp_path, text, ending=".json")


@pytest.mark.parametrize("ending", [".csv", ".json"])
def test_mutated_texts_are_sheets_or_one_line(tmp_path: Path, ending: str) -> None:
    held = {"x": XS.tolist(), "y": YS.tolist(), "loss": LOSS.tolist()}
    text = (lines(POINTS, "x,y,loss") if ending == ".csv" else json.dumps(held)).encode()
    rng = np.random.default_rng(0)
    faults = []
    for _ in range(300):
        data = bytearray(text)
        for at in rng.integers(0, len(data), rng.integers(1, 4)):
            data[at : at + rng.integers(3)] = rng.choice(
                [b"9", b"e", b"-", b",", b"\n", b"\xff", b"[", b'"', b" "]
            )
        try:
            read(tmp_path, bytes(data), ending=ending)
        except InputError as fault:
            faults.append(str(fault))
    assert 30 < len(faults) < 300
    assert all(map(str.isprintable, faults))
