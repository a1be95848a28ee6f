"""Arrays of numpy: our own files come back exactly, those of others in their many layouts, damaged ones as one line."""

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from landscapes.errors import InputError
from landscapes.files import Choice, Sheet, make_sheet, read_sheet, write_sheet

XS, YS = np.linspace(-2, 2, 7), np.linspace(0, 1, 5)
X, Y = np.meshgrid(XS, YS)
LOSS = X**2 + Y

axes = st.lists(st.floats(-1e300, 1e300), min_size=4, max_size=7, unique=True).map(sorted)
words = st.text(min_size=1, max_size=20)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    """Any sheet, with holes, in plain words, with layers or without."""
    xs, ys = draw(axes), draw(axes)
    layers = draw(st.sampled_from([(), (2,), (3,)]))
    loss = draw(arrays.arrays(np.float64, (*layers, len(ys), len(xs)), elements=st.floats(-1e300, 1e300)))
    loss[draw(arrays.arrays(bool, loss.shape[-2:])) * np.ones(loss.shape, bool)] = draw(
        st.sampled_from([np.nan, 0])
    )
    loss[..., 0, 0] = 1
    return make_sheet(loss, xs, ys, names=draw(st.tuples(words, words, words)), about=draw(st.text()))


@settings(max_examples=100, deadline=None)
@given(sheets())
def test_our_own_format_gives_everything_back(tmp_path_factory: pytest.TempPathFactory, sheet: Sheet) -> None:
    path = tmp_path_factory.getbasetemp() / "sheet.npz"
    write_sheet(path, sheet)
    back = read_sheet(path, Choice(logarithmic=False))
    assert np.array_equal(back.xs, sheet.xs)
    assert np.array_equal(back.ys, sheet.ys)
    assert np.array_equal(back.loss, sheet.loss, equal_nan=True)
    assert (back.names, back.about, back.guesses) == (sheet.names, sheet.about, ())
    assert (back.layers is None) == (sheet.layers is None)
    if back.layers is not None and sheet.layers is not None:
        assert np.array_equal(back.layers, sheet.layers, equal_nan=True)


def test_equal_sheets_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        write_sheet(tmp_path / name, make_sheet(LOSS, XS, YS))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_anyone_can_read_our_own_format(tmp_path: Path) -> None:
    write_sheet(tmp_path / "a.npz", make_sheet(LOSS, XS, YS))
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert np.array_equal(file["x"], XS)
        assert np.array_equal(file["loss"], LOSS)
        assert file["version"] == "downslope surface 1"


def save(path: Path, **members: npt.ArrayLike) -> Path:
    np.savez(path, **members)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"x": XS, "y": YS, "loss": LOSS}, []),
        ({"loss": LOSS, "epoch": 3, "y": YS, "x": XS}, []),
        ({"X": X, "Y": Y, "Z": LOSS}, ["'X', 'Y' and 'Z'"]),
        ({"X": X.T, "Y": Y.T, "Z": LOSS.T}, ["'X', 'Y' and 'Z'"]),
        ({"x": X.ravel(), "y": Y.ravel(), "loss": LOSS.ravel()}, []),
        ({"alpha": XS, "beta": YS, "train_loss": LOSS, "test_loss": LOSS + 1}, ["'train_loss'"]),
        ({"xcoordinates": XS, "ycoordinates": YS, "surface": LOSS}, ["'surface'"]),
        ({"x": XS, "y": YS, "loss": LOSS.astype(np.float32)}, []),
        ({"x": XS, "y": YS, "loss": np.asfortranarray(LOSS)}, []),
        ({"x": XS, "y": YS, "loss": LOSS.astype(">f8")}, []),
        ({"x": XS[::-1], "y": YS, "loss": LOSS[:, ::-1]}, []),
        ({"x": XS, "y": YS, "loss": LOSS, "version": 7}, []),
        ({"x1": XS, "x2": YS, "f": LOSS}, ["'x1', 'x2' and 'f'"]),
        ({"x0": XS, "x1": YS, "f": LOSS}, ["'x0', 'x1' and 'f'"]),
    ],
)
def test_the_arrays_of_others_are_read(tmp_path: Path, members: dict[str, Any], told: list[str]) -> None:
    sheet = read_sheet(save(tmp_path / "a.npz", **members))
    assert np.array_equal(sheet.xs, XS)
    assert np.array_equal(sheet.ys, YS)
    assert np.allclose(sheet.loss, LOSS, rtol=1e-6)
    assert len(sheet.guesses) == len(told)
    for guess, part in zip(sheet.guesses, told, strict=True):
        assert part in guess


def test_a_single_matrix_is_the_loss_and_that_is_said(tmp_path: Path) -> None:
    for sheet, guesses in (
        (read_sheet(save(tmp_path / "a.npz", arr_0=LOSS)), 2),
        (read_sheet(save(tmp_path / "c.npz", arr_0=LOSS), Choice(domain=(-2, 2, 0, 1))), 1),
    ):
        assert np.array_equal(sheet.loss, LOSS)
        assert len(sheet.guesses) == guesses
        assert "'arr_0' is taken for the loss" in sheet.guesses[0]
    np.save(tmp_path / "b.npy", LOSS)
    assert np.array_equal(read_sheet(tmp_path / "b.npy").loss, LOSS)


def test_the_user_chooses_among_arrays(tmp_path: Path) -> None:
    path = save(tmp_path / "a.npz", x=XS, y=YS, loss=LOSS, other=LOSS * 2, u=XS + 1, v=YS + 1)
    assert np.array_equal(read_sheet(path, Choice(dataset="other")).loss, LOSS * 2)
    assert np.array_equal(read_sheet(path, Choice(columns=("OTHER",))).loss, LOSS * 2)
    all_three = read_sheet(path, Choice(columns=("u", "v", "other")))
    assert np.array_equal(all_three.xs, XS + 1)
    assert all_three.names == ("u", "v", "other")
    assert not all_three.guesses


def test_a_name_says_that_the_loss_is_a_logarithm(tmp_path: Path) -> None:
    path = save(tmp_path / "a.npz", x=XS, y=YS, log_loss=LOSS)
    assert np.allclose(read_sheet(path).loss, np.exp(LOSS))
    assert any("logarithm" in guess for guess in read_sheet(path).guesses)
    assert np.array_equal(read_sheet(path, Choice(logarithmic=False)).loss, LOSS)


def test_stacks_of_minibatches_are_read(tmp_path: Path) -> None:
    stack = np.stack([LOSS, LOSS + 1, LOSS * 3])
    sheet = read_sheet(save(tmp_path / "a.npz", x=XS, y=YS, loss=stack))
    assert sheet.layers is not None
    assert np.array_equal(sheet.layers, stack)
    assert np.array_equal(sheet.loss, stack.mean(axis=0))


def npy(descr: str = "<f8", shape: str = "(5, 7)", order: str = "False", data: bytes = b"\0" * 280) -> bytes:
    header = f"{{'descr': {descr!r}, 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


def test_headers_of_other_writers_are_read(tmp_path: Path) -> None:
    for k, text in enumerate(
        (npy(), npy(shape="(5L, 7L)"), npy(shape="(5,7)"), npy("=f8"), npy(data=bytes(999)))
    ):
        (tmp_path / f"{k}.npy").write_bytes(text)
        assert read_sheet(tmp_path / f"{k}.npy").loss.shape == (5, 7)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x01\x00",
        b"\x93NUMPY\x01\x00\xff\xff" + b"9" * 70_000,
        b"\x93NUMPY\x02\x00\xff\xff\xff\x7f",
        b"x,y,loss\n1,2,3\n",
        npy(shape="(1000000000, 1000000000)"),
        npy(shape="(3000, 3000)"),
        npy(shape="(" + "9" * 5000),
        npy(shape="(" + "9" * 5000 + ", 4)"),
        npy(shape="(5, -7)"),
        npy(shape="()"),
        npy(shape="(0, 0)"),
        npy(shape="(4, 4, 4, 4)", data=bytes(2048)),
        npy(order="Maybe"),
        npy(data=b"\0" * 279),
        npy("|O"),
        npy("<c16"),
        npy("<f3"),
        npy("<U2"),
        npy("<f999999999"),
        npy("<M8[s]"),
        npy("<i8,<f8"),
        npy(data=np.full(35, np.nan).tobytes()),
    ],
)
def test_damaged_arrays_are_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(data)
    refuse(path)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("loss.npy", data)
    refuse(tmp_path / "a.npz")


def test_arrays_that_are_too_large_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(npy("|i1", f"({2**27 + 1}, 1)"))
    with path.open("r+b") as file:
        file.truncate(2**27 + 1000)
    assert "too many" in refuse(path)


def refuse(path: Path, choice: Choice | None = None) -> str:
    """The one line with which a file is refused, at no cost."""
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as fault:
            read_sheet(path, choice or Choice())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    message = str(fault.value)
    assert message.startswith(f"{path}: ")
    assert message.isprintable()
    assert peak < 16e6
    return message


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (tmp_path.joinpath("sprung").touch, ())

    trap = np.empty((5, 7), object)
    trap[:] = Trap()
    np.save(tmp_path / "a.npy", trap, allow_pickle=True)
    np.savez(tmp_path / "a.npz", loss=trap)
    for name in ("a.npy", "a.npz"):
        assert "not of real numbers" in refuse(tmp_path / name)
    assert not (tmp_path / "sprung").exists()


def test_archives_that_are_no_surface_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    assert "which is the loss" in refuse(save(path, a=LOSS, b=LOSS))
    assert "which is the loss" in refuse(save(path, a=XS))
    assert "do not fit" in refuse(save(path, x=XS, y=XS, loss=LOSS))
    assert "newer Downslope" in refuse(save(path, x=XS, y=YS, loss=LOSS, version="downslope surface 2"))
    assert "other" in refuse(save(path, loss=LOSS, other=LOSS), Choice(dataset="othr"))
    assert "name three" in refuse(save(path, loss=LOSS), Choice(columns=("a", "b")))
    with zipfile.ZipFile(path, "w") as archive:
        for k in range(1001):
            archive.writestr(f"{k}.npy", b"")
    assert "1,001 arrays" in refuse(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("loss.npy", npy())
    assert "numpy.savez" in refuse(path)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("loss.npy", npy(shape="(6000, 500)", data=bytes(8 * 6000 * 500)))
    path = tmp_path / "a.npz"
    at = bomb.getvalue().rindex(b"PK\x01\x02")
    # The archive's directory claims more than there is: of what is unpacked, and of what is packed, too.
    for field, size in ((24, 0xF0000000), (20, 0x0F000000)):
        data = bytearray(bomb.getvalue())
        data[at + field : at + field + 4] = size.to_bytes(4, "little")
        path.write_bytes(data)
        assert "claims" in refuse(path)


def test_arrays_are_refused_by_what_they_claim_before_they_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    for shape, kind, fault in (
        (f"({2**25},)", "|i1", "too fine"),
        (f"({2**13}, {2**12})", "|i1", "too fine"),
        ("(4, 2000, 1000)", "<U1", "texts"),
    ):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("loss.npy", npy(kind, shape, data=bytes(2**25)))
        assert path.stat().st_size < 100_000
        assert fault in refuse(path)
    # Two gigabytes that deflate could well make of what is there.
    claim = npy(shape=f"({2**15}, {2**13})", data=np.random.default_rng(0).bytes(2_000_000))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("loss.npy", claim)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (2**31).to_bytes(4, "little")
    path.write_bytes(data)
    assert "268,435,456 numbers are too many" in refuse(path)


def test_a_text_as_long_as_a_book_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, loss=LOSS, version=np.array("v" * 10_000_000))
    tracemalloc.start()
    try:
        assert np.array_equal(read_sheet(path).loss, LOSS)
        assert tracemalloc.get_traced_memory()[1] < 16e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("wide", [False, True])
def test_a_directory_of_very_many_entries_is_not_read(tmp_path: Path, wide: bool) -> None:
    """In either place where an archive says how large its directory is: the second one is for 64 bits."""
    count = 100_000
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * count
    size = len(directory)
    path = tmp_path / "a.npz"
    if wide:
        record = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, 0)
        directory += record + struct.pack("<4sIQI", b"PK\6\7", 0, size, 1)
        count, size = 1, 46
    path.write_bytes(
        directory + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count % 2**16, count % 2**16, size, 0, 0)
    )
    assert "directory of 4,700,000 bytes" in refuse(path)


def test_other_members_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    other = np.array([{"lr": 0.1}], object)
    np.savez(path, x=XS, y=YS, surface=LOSS, version=other, about=other, when=np.datetime64("2020-01-01"))
    assert np.array_equal(read_sheet(path).loss, LOSS)


def test_mutated_archives_are_sheets_or_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_sheet(path, make_sheet(np.stack([LOSS, LOSS]), XS, YS))
    packed = io.BytesIO()
    np.savez_compressed(packed, x=XS, y=YS, loss=LOSS)
    rng = np.random.default_rng(0)
    faults = []
    for _ in range(300):
        data = bytearray(path.read_bytes() if rng.random() < 0.5 else packed.getvalue())
        for at in rng.integers(0, len(data), rng.integers(1, 4)):
            data[at] = rng.integers(256)
        mutant = tmp_path / "b.npz"
        mutant.write_bytes(data[: rng.integers(len(data))] if rng.random() < 0.1 else data)
        try:
            read_sheet(mutant)
        except InputError as fault:
            faults.append(str(fault))
    assert 30 < len(faults) < 300
    assert all(map(str.isprintable, faults))
