"""Meshes, HDF5 and height maps: round trips, files as other programs write them, and files that lie."""

import base64
import json
import re
import struct
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from landscapes.errors import InputError
from landscapes.files import hdf5, image, mesh, vtk
from landscapes.files.points import faces, gather
from landscapes.files.sheet import Choice, Sheet, make_sheet

Floats = npt.NDArray[np.float64]

ANY = Choice()
XS = np.array([-1.0, -0.25, 0.5, 2.0, 2.125])
YS = np.array([10.0, 10.5, 12.0, 13.0])
LOSS = np.random.default_rng(3).standard_normal((4, 5))


def draw_holes(loss: Floats) -> Floats:
    """A corner, a whole row, and a hole that leaves another point without a face."""
    holed = np.vstack([loss, loss + 1])
    holed[0, 0] = holed[3] = holed[1, 1] = np.nan
    return holed


FULL = make_sheet(LOSS, XS, YS)
HOLED = make_sheet(draw_holes(LOSS), XS, np.arange(8.0) ** 2)


class Way(NamedTuple):
    ending: str
    read: Callable[[Path, Choice], Sheet]
    write: Callable[[Path, Sheet], None]


VTP = Way(".vtp", vtk.read, vtk.write)
OBJ = Way(".obj", mesh.read, mesh.write)
PNG = Way(".png", image.read, image.write)
H5 = Way(".h5", hdf5.read, hdf5.write)
EXACT = pytest.mark.parametrize("way", [VTP, OBJ, H5], ids=lambda way: way.ending)
ALL = pytest.mark.parametrize("way", [VTP, OBJ, H5, PNG], ids=lambda way: way.ending)


def assert_same(back: Sheet, sheet: Sheet) -> None:
    for got, expected in ((back.xs, sheet.xs), (back.ys, sheet.ys), (back.loss, sheet.loss)):
        np.testing.assert_array_equal(got, expected)


@st.composite
def sheets(draw: st.DrawFn, layers: int = 1) -> Sheet:
    """Any surface: unequal spacing, huge and tiny values, holes; a stack if it is of several layers."""
    shape = draw(st.tuples(st.integers(4, 7), st.integers(4, 7)))
    finite = st.floats(-1e300, 1e300, allow_subnormal=True)
    ys, xs = (draw(arrays(np.float64, n, elements=finite, unique=True)) for n in shape)
    width = draw(st.sampled_from([1e-310, 1e-3, 1.0, 1e308]))
    values = st.one_of(st.floats(-width, width), st.just(np.nan), st.integers(-3, 3).map(float))
    loss = draw(arrays(np.float64, (layers, *shape), elements=values))
    loss[:, 0, 0] = draw(st.floats(-width / 2, width / 2)) if layers > 1 else draw(st.floats(-width, width))
    return make_sheet(loss, xs, ys)


@EXACT
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sheet=sheets())
def test_a_surface_comes_back_to_the_last_bit(way: Way, sheet: Sheet, tmp_path: Path) -> None:
    path = tmp_path / f"any{way.ending}"
    way.write(path, sheet)
    assert_same(way.read(path, ANY), sheet)


@pytest.mark.parametrize("way", [VTP, H5], ids=lambda way: way.ending)
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sheet=st.integers(2, 4).flatmap(sheets))
def test_all_layers_of_a_stack_come_back_to_the_last_bit(way: Way, sheet: Sheet, tmp_path: Path) -> None:
    path = tmp_path / f"stack{way.ending}"
    way.write(path, sheet)
    back = way.read(path, ANY)
    assert_same(back, sheet)
    assert back.layers is not None
    assert sheet.layers is not None
    np.testing.assert_array_equal(back.layers, sheet.layers)
    assert not back.guesses


@pytest.mark.parametrize("name", ["loss", "train_loss", 'of <any> "name"', "log_loss"])
def test_a_stack_whatever_its_loss_is_called(name: str, tmp_path: Path) -> None:
    stack = np.stack([LOSS, -LOSS - 1, 2 * LOSS - 2])  # of mean -1 somewhere, which Li et al. take for a hole
    stack[:, 1, 1] = -1
    sheet = make_sheet(stack, XS, YS, names=("x", "y", name))
    for way in (VTP, H5):
        way.write(tmp_path / f"stack{way.ending}", sheet)
        back = way.read(tmp_path / f"stack{way.ending}", Choice(logarithmic=False))
        assert back.layers is not None, way.ending
        np.testing.assert_array_equal(back.layers, stack)


@pytest.mark.parametrize("way", [OBJ, PNG], ids=lambda way: way.ending)
def test_of_a_stack_other_formats_hold_the_mean(way: Way, tmp_path: Path) -> None:
    sheet = make_sheet(np.stack([LOSS, LOSS + 1]), XS, YS)
    way.write(tmp_path / f"stack{way.ending}", sheet)
    back = way.read(tmp_path / f"stack{way.ending}", ANY)
    assert back.layers is None
    np.testing.assert_allclose(back.loss, LOSS + 0.5, atol=1e-4)


def test_layers_that_have_nothing_to_do_with_the_loss_are_left(tmp_path: Path) -> None:
    for layers in (np.stack([LOSS, LOSS + 1]), np.zeros((2, 7, 7)), np.zeros((0, 4, 5))):
        path = write_h5(tmp_path / "any.h5", loss=LOSS, loss_layers=layers, x=XS, y=YS)
        assert_same(hdf5.read(path, ANY), FULL)
        assert hdf5.read(path, ANY).layers is None
    vtk.write(tmp_path / "any.vtp", make_sheet(np.stack([LOSS, LOSS]), XS, YS))
    text = (tmp_path / "any.vtp").read_text()
    for count, fault in (
        ("100000000", "100,000,000 layers"),
        ("-1", "-1 layers"),
        ("3", "320 bytes"),
        ("x", "'x'"),
    ):
        lie = text.replace('layers" NumberOfComponents="2"', f'layers" NumberOfComponents="{count}"')
        (tmp_path / "lie.vtp").write_text(lie)
        with pytest.raises(InputError, match=fault):
            vtk.read(tmp_path / "lie.vtp", ANY)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sheet=sheets())
def test_a_height_map_is_off_by_half_a_level_at_most(sheet: Sheet, tmp_path: Path) -> None:
    image.write(tmp_path / "any.png", sheet)
    back = image.read(tmp_path / "any.png", ANY)
    np.testing.assert_array_equal(back.xs, sheet.xs)
    np.testing.assert_array_equal(back.ys, sheet.ys)
    holes = np.isnan(sheet.loss)
    np.testing.assert_array_equal(np.isnan(back.loss), holes)
    low, high = np.nanmin(sheet.loss), np.nanmax(sheet.loss)
    half_a_level = (high / 65534 - low / 65534) / 2
    rounding = 8 * np.spacing(max(abs(low), abs(high)))
    assert (np.abs(back.loss - sheet.loss)[~holes] <= half_a_level + rounding).all()
    assert not back.guesses


@ALL
def test_holes_and_unequal_spacing_survive(way: Way, tmp_path: Path) -> None:
    path = tmp_path / f"holed{way.ending}"
    way.write(path, HOLED)
    back = way.read(path, ANY)
    np.testing.assert_array_equal(np.isnan(back.loss), np.isnan(HOLED.loss))
    np.testing.assert_array_equal(back.ys, HOLED.ys)


@ALL
def test_what_the_user_says_replaces_what_the_file_says(way: Way, tmp_path: Path) -> None:
    path = tmp_path / f"any{way.ending}"
    way.write(path, FULL)
    plain, said = way.read(path, ANY), way.read(path, Choice(domain=(0.0, 4.0, 0.0, 3.0), logarithmic=True))
    np.testing.assert_array_equal(said.xs, np.arange(5.0))
    np.testing.assert_array_equal(said.ys, np.arange(4.0))
    np.testing.assert_array_equal(said.loss, np.exp(plain.loss))


@ALL
def test_writing_twice_gives_the_same_bytes(way: Way, tmp_path: Path) -> None:
    for name in ("a", "b"):
        way.write(tmp_path / f"{name}{way.ending}", HOLED)
    assert (tmp_path / f"a{way.ending}").read_bytes() == (tmp_path / f"b{way.ending}").read_bytes()


@pytest.mark.parametrize("way", [VTP, H5], ids=lambda way: way.ending)
@pytest.mark.parametrize(
    "name", ["error <&\"'> %", "a/b", "..", "", "xcoordinates", "Verlust \N{GREEK SMALL LETTER LAMDA}"]
)
def test_a_loss_may_be_called_anything(way: Way, name: str, tmp_path: Path) -> None:
    path = tmp_path / f"named{way.ending}"
    way.write(path, make_sheet(LOSS, XS, YS, names=("x", "y", name)))
    assert_same(way.read(path, ANY), FULL)


@ALL
@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"no such format", b"\x89PNG\r\n\x1a\n", b"v 1 2 3\n"])
def test_anything_else_is_refused_in_one_line(way: Way, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"broken{way.ending}"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        way.read(path, ANY)
    assert "\n" not in str(caught.value)
    assert str(caught.value)


# Points and faces


def test_points_in_any_order_make_the_grid() -> None:
    x, y = (axis.ravel() for axis in np.meshgrid(XS, YS))
    order = np.random.default_rng(0).permutation(x.size)[:-1]
    grid = gather(x[order], y[order], LOSS.ravel()[order])
    assert np.isnan(grid.loss).sum() == 1
    there = ~np.isnan(grid.loss)
    np.testing.assert_array_equal(grid.loss[there], LOSS[there])
    assert grid.full == 19 / 20


@pytest.mark.parametrize(
    ("x", "y", "loss", "fault"),
    [
        (np.arange(100.0), np.arange(100.0), np.zeros(100), "no rectangular grid"),
        (np.zeros(2), np.zeros(2), np.array([1.0, 2.0]), "differ in height"),
        (np.zeros(2), np.zeros(2), np.array([1.0, np.nan]), "differ in height"),
        (np.array([np.nan]), np.zeros(1), np.zeros(1), "no finite position"),
        (np.zeros(1), np.array([np.inf]), np.zeros(1), "no finite position"),
    ],
)
def test_points_that_make_no_grid_are_refused(x: Floats, y: Floats, loss: Floats, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        gather(x, y, loss)


def test_faces_look_up_and_leave_holes_open() -> None:
    x, y = (axis.ravel() for axis in np.meshgrid(HOLED.xs, HOLED.ys))
    cells = faces(HOLED.loss)
    a, b, c, d = (np.stack([x[corner], y[corner]]) for corner in cells.T)
    across, along = c - a, d - b
    areas = (across[0] * along[1] - across[1] * along[0]) / 2
    assert (areas > 0).all()
    assert not np.isnan(HOLED.loss.ravel()[cells]).any()
    # Of 7 x 4 cells, the corner and its neighbour's hole take four, the row eight.
    assert len(cells) == 28 - 4 - 8


# Wavefront


def write_text(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def list_vertices(order: str) -> list[str]:
    """The vertices of ``FULL``, with ``order`` such as ``"xyz"`` saying what each coordinate is; - turns north."""
    lines = []
    for row, y in enumerate(YS):
        for column, x in enumerate(XS):
            place = {"x": x, "y": y, "-": -y, "z": LOSS[row, column]}
            lines.append("v " + " ".join(repr(float(place[axis])) for axis in order))
    return lines


@pytest.mark.parametrize(("order", "said"), [("xyz", "z is up"), ("xz-", "y is up")])
def test_the_axis_that_is_not_on_the_grid_is_up(order: str, said: str, tmp_path: Path) -> None:
    path = write_text(tmp_path / "any.obj", "# by hand", "mtllib a.mtl", "o name", *list_vertices(order))
    sheet = mesh.read(path, ANY)
    assert_same(sheet, FULL)
    assert said in sheet.guesses[0]


def test_a_mesh_is_read_in_any_order_with_textures_normals_and_relative_faces(tmp_path: Path) -> None:
    vertices = [f"{line} 0.5 0.5 0.5" for line in reversed(list_vertices("xyz"))]
    rest = ["vt 0 0", "vn 0 0 1", "s off", "usemtl none", "", "f -1/1/1 -2//1 -3/1", "f 1 2 3 4 5 6 7 8 9 10"]
    path = write_text(tmp_path / "any.obj", *vertices, *rest, "f 11 12 13 14 15 16 17")
    assert_same(mesh.read(path, ANY), FULL)


def test_vertices_of_no_face_are_holes_and_said_to_be(tmp_path: Path) -> None:
    path = write_text(tmp_path / "any.obj", *list_vertices("xyz"), "f 1 2 7 6", "p 20")
    sheet = mesh.read(path, ANY)
    assert sorted(np.flatnonzero(~np.isnan(sheet.loss))) == [0, 1, 5, 6, 19]
    assert "15 vertices" in sheet.guesses[1]


def test_blender_sees_the_surface_from_above(tmp_path: Path) -> None:
    mesh.write(tmp_path / "any.obj", FULL)
    lines = (tmp_path / "any.obj").read_text(encoding="ascii").splitlines()
    vertices = np.array([line.split()[1:] for line in lines if line.startswith("v ")], float)
    corners = np.array([line.split()[1:] for line in lines if line.startswith("f ")], int) - 1
    # What Blender does with y up and -z forward.
    x, y, z = vertices[:, 0], -vertices[:, 2], vertices[:, 1]
    np.testing.assert_array_equal(z.reshape(LOSS.shape), LOSS)
    np.testing.assert_array_equal(y.reshape(LOSS.shape)[:, 0], YS)
    across, along = corners[:, [0, 2]], corners[:, [1, 3]]
    assert (np.diff(x[across]) * np.diff(y[along]) > np.diff(y[across]) * np.diff(x[along])).all()
    assert len(corners) == 12


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("v 1 2", "line 21"),
        ("v 1 2 x", "line 21"),
        ("f 1 2 99", "not there"),
        ("f 1 2 0", "not there"),
        ("f 1 2 -21", "not there"),
        ("f a b c", "line 21"),
        ("f 1 2 " + "9" * 30, "line 21"),
        ("v 1e400 0 0", "no finite"),
    ],
)
def test_a_damaged_mesh_says_where(line: str, fault: str, tmp_path: Path) -> None:
    path = write_text(tmp_path / "any.obj", *list_vertices("xyz"), line)
    with pytest.raises(InputError, match=fault):
        mesh.read(path, ANY)


# VTK


class Coding(NamedTuple):
    """A way in which VTK writes numbers, written here by the book and not by our writer."""

    order: str = "<"
    wide: bool = False
    block: int = 0
    place: str = "inline"

    def pack(self, body: bytes) -> bytes:
        width = "Q" if self.wide else "I"
        encode = (lambda part: part) if self.place == "raw" else base64.b64encode
        if not self.block:
            return encode(struct.pack(self.order + width, len(body)) + body)
        parts = [body[at : at + self.block] for at in range(0, len(body), self.block)]
        packed = [zlib.compress(part) for part in parts]
        last = len(body) % self.block
        sizes = struct.pack(
            f"{self.order}{3 + len(parts)}{width}", len(parts), self.block, last, *map(len, packed)
        )
        return encode(sizes) + encode(b"".join(packed))

    def write(self, path: Path, arrays: dict[str, Floats]) -> None:
        elements, appended = {}, b""
        for name, values in arrays.items():
            body = self.pack(values.astype(self.order + "f8").tobytes())
            components = values.shape[1] if values.ndim == 2 else 1
            start = f'<DataArray type="Float64" Name="{name}" NumberOfComponents="{components}" '
            if self.place == "inline":
                elements[name] = f'{start}format="binary">\n  {body.decode("ascii")}\n</DataArray>'
            else:
                elements[name] = f'{start}format="appended" offset="{len(appended)}"/>'
                appended += body
        points = elements.pop("Points")
        count = len(arrays["Points"])
        order = "LittleEndian" if self.order == "<" else "BigEndian"
        header = "UInt64" if self.wide else "UInt32"
        compressor = 'compressor="vtkZLibDataCompressor"' if self.block else ""
        head = (
            f'<?xml version="1.0"?>\n<VTKFile type="PolyData" version="1.0" byte_order="{order}" '
            f'header_type="{header}" {compressor}>\n<PolyData>\n<Piece NumberOfPoints="{count}">'
            f"<PointData>{''.join(elements.values())}</PointData>"
            f"<Points>{points}</Points></Piece>\n</PolyData>\n"
        ).encode("ascii")
        if self.place != "inline":
            coded = b"raw" if self.place == "raw" else b"base64"
            head += b'<AppendedData encoding="' + coded + b'">\n   _' + appended + b"\n</AppendedData>\n"
        path.write_bytes(head + b"</VTKFile>\n")


def stand(sheet: Sheet) -> Floats:
    x, y = np.meshgrid(sheet.xs, sheet.ys)
    return np.stack([x, y, sheet.loss], axis=-1).reshape(-1, 3)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("block", [0, 96, 160, 32768])
@pytest.mark.parametrize("place", ["inline", "base64", "raw"])
def test_every_coding_of_vtk_is_read(order: str, wide: bool, block: int, place: str, tmp_path: Path) -> None:
    arrays = {"first": LOSS.ravel() * 2, "second": LOSS.ravel() * 3, "Points": stand(FULL)}
    Coding(order, wide, block, place).write(tmp_path / "any.vtp", arrays)
    for name, factor in (("first", 2), ("second", 3)):
        sheet = vtk.read(tmp_path / "any.vtp", Choice(dataset=name))
        assert_same(sheet, make_sheet(LOSS * factor, XS, YS))
        assert sheet.names[2] == name
        assert not sheet.guesses


BY_VTK = """<?xml version="1.0"?>
<VTKFile type="PolyData" version="1.0" byte_order="BigEndian" header_type="UInt64" compressor="vtkZLibDataCompressor">
  <PolyData>
    <Piece NumberOfPoints="20"  NumberOfVerts="0" NumberOfLines="0" NumberOfStrips="0" NumberOfPolys="12">
      <PointData Scalars="loss">
        <DataArray type="Float32" Name="loss" format="appended" RangeMin="-9.4" RangeMax="21.1" offset="0"/>
        <DataArray type="Int32" Name="id" format="appended" RangeMin="0" RangeMax="19" offset="140"/>
      </PointData>
      <Points>
        <DataArray type="Float32" Name="Points" NumberOfComponents="3" format="appended" offset="248"/>
      </Points>
    </Piece>
  </PolyData>
  <AppendedData encoding="base64">
   _AAAAAAAAAAEAAAAAAACAAAAAAAAAAABQAAAAAAAAAEc=eF7bv2WRCQMQ2APpA0aX8w/kO60F8R2AtIOywJEDO9IMwXwg7ch+I/DAZ8PDYD6\
Qdsy5lnNQbFYfiO8IpB1X+sYDAHroHBo=AAAAAAAAAAEAAAAAAACAAAAAAAAAAABQAAAAAAAAAC4=eF4dwwkSgBAAAECpiKLr/3+1Y2c2hGkxurq5m8w\
eFqunl83u7ePr5z8AEt4Avw==AAAAAAAAAAEAAAAAAACAAAAAAAAAAADwAAAAAAAAAII=eF7b38AABvsEGg8zIAF7qLgdUNwBKravn79nP1DcDoj37c/\
oAss3INSD2HZAcQeouF1T8QWQensgf79wyxewOgaEehDbHijuABW3j4ySBqsHCux36jMFq3NAUg9k2wPFHaDi9nsrwsHqgXh/wXcvmDq4ehAGijtA+Q7\
shZIA1/YvNQ==
  </AppendedData>
</VTKFile>
"""
"""Written by VTK 9.6 itself, less the sections without points."""


def test_a_file_that_vtk_wrote_is_read(tmp_path: Path) -> None:
    path = write_text(tmp_path / "vtk.vtp", BY_VTK)
    sheet = vtk.read(path, ANY)
    x, y = np.meshgrid(np.linspace(-1, 2, 4), np.linspace(0, 1, 5))
    np.testing.assert_allclose(sheet.loss, 10 * (np.sin(3 * x) * np.cos(2 * y) + x * y), rtol=2e-6)
    np.testing.assert_allclose(sheet.ys, y[:, 0], rtol=1e-7)
    ids = vtk.read(path, Choice(dataset="id"))
    np.testing.assert_array_equal(ids.loss, np.arange(20.0).reshape(5, 4))
    with pytest.raises(InputError, match="did you mean loss"):
        vtk.read(path, Choice(dataset="losss"))


def write_as_li(path: Path, z: Floats) -> None:
    """Text, as ``h52vtp.py`` has it."""
    points = " ".join(f"{x!r} {y!r} {height!r}" for x, y, height in stand(make_sheet(z, XS, YS)).tolist())
    write_text(
        path,
        '<VTKFile type="PolyData" version="1.0" byte_order="LittleEndian" header_type="UInt64">',
        f'<PolyData><Piece NumberOfPoints="{z.size}" NumberOfVerts="0" NumberOfPolys="12"><PointData>',
        '<DataArray type="Float32" Name="zvalue" NumberOfComponents="1" format="ascii" RangeMin="0" RangeMax="1">',
        "\n".join(map(repr, z.ravel().tolist())),
        "</DataArray></PointData><CellData>",
        '<DataArray type="Float32" Name="averaged zvalue" NumberOfComponents="1" format="ascii">1 2 3</DataArray>',
        '</CellData><Points><DataArray type="Float32" Name="Points" NumberOfComponents="3" format="ascii">',
        f"{points}</DataArray></Points></Piece></PolyData></VTKFile>",
    )


def test_files_of_li_et_al_are_read_and_their_names_tell_of_logarithms(tmp_path: Path) -> None:
    plain, logarithmic = tmp_path / "net.h5_train_loss.vtp", tmp_path / "net.h5_train_loss_log.vtp"
    write_as_li(plain, LOSS)
    write_as_li(logarithmic, LOSS)
    assert_same(vtk.read(plain, ANY), FULL)
    undone = vtk.read(logarithmic, ANY)
    np.testing.assert_array_equal(undone.loss, np.exp(LOSS))
    assert any("logarithm" in guess for guess in undone.guesses)
    assert_same(vtk.read(logarithmic, Choice(logarithmic=False)), FULL)


def test_without_a_choice_the_height_is_the_loss(tmp_path: Path) -> None:
    arrays = {"first": LOSS.ravel() * 2, "second": LOSS.ravel() * 3, "Points": stand(FULL)}
    Coding().write(tmp_path / "any.vtp", arrays)
    sheet = vtk.read(tmp_path / "any.vtp", ANY)
    assert_same(sheet, FULL)
    assert "'first', 'second'" in sheet.guesses[0]


BILLION_LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<VTKFile>&b;</VTKFile>"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('NumberOfPoints="20"', 'NumberOfPoints="1000000000"', "no points, or more"),
        ('NumberOfPoints="20"', 'NumberOfPoints="16000000"', "bytes of data instead"),
        ('NumberOfPoints="20"', 'NumberOfPoints="-20"', "no points"),
        ('NumberOfPoints="20"', 'NumberOfPoints="many"', "'many'"),
        ('offset="0"', 'offset="100000"', "outside"),
        ('offset="0"', 'offset="-1"', "outside"),
        ('offset="0"', 'offset="7"', "damaged"),
        ('type="Float32" Name="loss"', 'type="Float64" Name="loss"', "bytes of data instead"),
        ('type="Float32" Name="loss"', 'type="String" Name="loss"', "'String'"),
        ("vtkZLibDataCompressor", "vtkLZ4DataCompressor", "LZ4.*save it with vtkZLib"),
        ("BigEndian", "Middle", "Middle"),
        ('type="Float32" Name="loss" format="appended"', 'type="Float32" Name="loss" format="jpeg"', "jpeg"),
        ("eF7bv2", "AAAAAA", "cannot be read"),
        ("eF7bv2", "!!!!!!", "cannot be read"),
        ("<Points>", "<Punkte>", "damaged VTK file"),
        ("</Piece>", '</Piece><Piece NumberOfPoints="20"/>', "one piece"),
    ],
)
def test_a_vtk_file_that_lies_is_refused(old: str, new: str, fault: str, tmp_path: Path) -> None:
    assert old in BY_VTK
    path = write_text(tmp_path / "any.vtp", BY_VTK.replace(old, new, 1))
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=fault):
            vtk.read(path, ANY)
        assert tracemalloc.get_traced_memory()[1] < 2e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp037"])
def test_entities_are_refused_in_whatever_encoding(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "any.vtp").write_bytes(BILLION_LAUGHS.encode(encoding))
    with pytest.raises(InputError, match=r"document type|damaged"):
        vtk.read(tmp_path / "any.vtp", ANY)


def test_blocks_of_zeros_do_not_unpack_into_more_than_the_points_need(tmp_path: Path) -> None:
    bomb = Coding(block=20_000_000).pack(bytes(20_000_000)).decode("ascii")
    text = (
        '<VTKFile type="PolyData" compressor="vtkZLibDataCompressor"><PolyData><Piece NumberOfPoints="20"><Points>'
        f'<DataArray type="Float64" NumberOfComponents="3" format="binary">{bomb}</DataArray>'
        "</Points></Piece></PolyData></VTKFile>"
    )
    path = write_text(tmp_path / "bomb.vtp", text)
    tracemalloc.start()
    try:
        with pytest.raises(InputError):
            vtk.read(path, ANY)
        assert tracemalloc.get_traced_memory()[1] < 2e6
    finally:
        tracemalloc.stop()


# Height maps


def pack_png(*chunks: tuple[bytes, bytes]) -> bytes:
    packed = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + packed


def predict(kind: int, left: int, up: int, corner: int) -> int:
    """The five filters of the specification, byte by byte."""
    if kind == 3:
        return (left + up) // 2
    if kind == 4:
        estimate = left + up - corner
        distances = [abs(estimate - near) for near in (left, up, corner)]
        return (left, up, corner)[distances.index(min(distances))]
    return (0, left, up)[kind]


def filter_rows(picture: npt.NDArray[Any], kinds: list[int]) -> bytes:
    pixel = picture.dtype.itemsize
    rows = [row.astype(picture.dtype.newbyteorder(">")).tobytes() for row in picture]
    out = b""
    for number, (row, kind) in enumerate(zip(rows, kinds, strict=True)):
        above = rows[number - 1] if number else bytes(len(row))
        out += bytes([kind])
        for at, byte in enumerate(row):
            left, corner = (row[at - pixel], above[at - pixel]) if at >= pixel else (0, 0)
            out += bytes([(byte - predict(kind, left, above[at], corner)) % 256])
    return out


def pack_picture(picture: npt.NDArray[Any], kinds: list[int], **header: int) -> bytes:
    fields = {
        "depth": 8 * picture.dtype.itemsize,
        "colour": 0,
        "packing": 0,
        "filters": 0,
        "interlace": 0,
    } | header
    height, width = picture.shape
    head = struct.pack(">IIBBBBB", width, height, *fields.values())
    data = zlib.compress(filter_rows(picture, kinds))
    return pack_png(
        (b"IHDR", head), (b"pHYs", bytes(9)), (b"IDAT", data[:9]), (b"IDAT", data[9:]), (b"IEND", b"")
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("kinds", [[k] * 6 for k in range(5)] + [[4, 3, 2, 1, 0, 4], [3, 4, 1, 2, 3, 1]])
def test_every_filter_of_png_is_undone(
    dtype: type[np.unsignedinteger[Any]], kinds: list[int], tmp_path: Path
) -> None:
    picture = np.random.default_rng(sum(kinds)).integers(0, np.iinfo(dtype).max, (6, 7), dtype, endpoint=True)
    (tmp_path / "any.png").write_bytes(pack_picture(picture, kinds))
    sheet = image.read(tmp_path / "any.png", ANY)
    np.testing.assert_array_equal(sheet.loss, picture[::-1] / np.iinfo(dtype).max)
    np.testing.assert_array_equal(sheet.ys, np.linspace(-1, 1, 6))
    assert "black is taken for a loss of 0" in sheet.guesses[0]
    assert "coordinates" in sheet.guesses[1].lower()


def test_north_is_at_the_upper_edge_and_a_hole_black(tmp_path: Path) -> None:
    ramp = np.repeat(np.arange(4.0)[:, np.newaxis], 4, axis=1)
    ramp[0, 0] = np.nan
    image.write(tmp_path / "any.png", make_sheet(ramp, np.arange(4), np.arange(4)))
    data = (tmp_path / "any.png").read_bytes()
    body = data[data.index(b"IDAT") + 4 :]
    rows = np.frombuffer(zlib.decompressobj().decompress(body), np.uint8).reshape(4, 9)[:, 1:].view(">u2")
    np.testing.assert_array_equal(rows[:, 1], np.rint(1 + np.array([3, 2, 1, 0]) / 3 * 65534))
    assert rows[3, 0] == 0
    words = json.loads(data[data.index(b"Downslope\0") + 10 : data.index(b"IDAT") - 8])
    assert words == {"x": [0, 1, 2, 3], "y": [0, 1, 2, 3], "low": 0, "high": 3, "holes": True}


PICTURE = np.arange(20, dtype=np.uint16).reshape(4, 5)


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        ({"colour": 2}, "colours"),
        ({"colour": 3}, "palette"),
        ({"colour": 4}, "alpha"),
        ({"interlace": 1}, "interlaced"),
        ({"depth": 1}, "1 bits"),
        ({"packing": 1}, "no PNG"),
        ({"filters": 1}, "no PNG"),
    ],
)
def test_pictures_that_are_no_height_maps_say_why(header: dict[str, int], fault: str, tmp_path: Path) -> None:
    (tmp_path / "any.png").write_bytes(pack_picture(PICTURE, [0] * 4, **header))
    with pytest.raises(InputError, match=fault):
        image.read(tmp_path / "any.png", ANY)


@pytest.mark.parametrize(
    ("size", "rows", "fault"),
    [
        ((10**9, 10**9), bytes(44), "at most 4,095"),
        ((4095, 4095), bytes(44), "not 4095x4095 pixels"),
        ((5, 4), bytes(43), "not 5x4 pixels"),
        ((5, 4), bytes(10**7), "not 5x4 pixels"),
        ((5, 4), b"\5" + bytes(43), "filter 5"),
        ((0, 4), b"", "no pixels"),
        ((3, 3), bytes(21), "at least 4"),
    ],
)
def test_a_picture_that_lies_about_its_size_is_refused(
    size: tuple[int, int], rows: bytes, fault: str, tmp_path: Path
) -> None:
    head = struct.pack(">IIBBBBB", *size, 16, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    (tmp_path / "any.png").write_bytes(pack_png(*chunks))
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=fault):
            image.read(tmp_path / "any.png", ANY)
        assert tracemalloc.get_traced_memory()[1] < 2e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"x": [1, 2], "y": [1], "low": 0, "high": 1, "holes": false}',
        b'{"x": [1, 2, 3, 4, 5], "y": [1, 2, 3, 4], "low": 0, "high": NaN, "holes": false}',
        b'{"x": [1, 2, 3, 4, 5], "y": [1, 2, 3, [4]], "low": 0, "high": 1, "holes": false}',
        b'{"x": [1, 2, 3, 4, 1e999], "y": [1, 2, 3, 4], "low": 0, "high": 1, "holes": false}',
        b'{"x": [1, 2, 3, 4, 4], "y": [1, 2, 3, 4], "low": 0, "high": 1, "holes": false}',
        b'{"x": [1, 2, 3, 4, 1' + b"0" * 400 + b'], "y": [1, 2, 3, 4], "low": 0, "high": 1, "holes": false}',
    ],
)
def test_our_own_text_is_not_trusted(text: bytes, tmp_path: Path) -> None:
    head = struct.pack(">IIBBBBB", 5, 4, 16, 0, 0, 0, 0)
    data = zlib.compress(filter_rows(PICTURE, [0] * 4))
    chunks = ((b"IHDR", head), (b"tEXt", b"Downslope\0" + text), (b"IDAT", data), (b"IEND", b""))
    (tmp_path / "any.png").write_bytes(pack_png(*chunks))
    with pytest.raises(InputError):
        image.read(tmp_path / "any.png", ANY)


# HDF5


def write_h5(path: Path, **sets: Any) -> Path:
    with h5py.File(path, "w") as file:
        for name, values in sets.items():
            file[name] = values
    return path


def test_the_training_loss_of_li_et_al_is_read_and_another_if_asked_for(tmp_path: Path) -> None:
    losses = {"train_loss": LOSS, "train_acc": LOSS * 2, "test_loss": LOSS * 3, "test_acc": LOSS * 4}
    path = write_h5(tmp_path / "net.h5", dir_file="dir.h5", xcoordinates=XS, ycoordinates=YS, **losses)
    sheet = hdf5.read(path, ANY)
    assert_same(sheet, FULL)
    assert "'train_loss'" in sheet.guesses[0]
    assert "test_acc" in sheet.guesses[0]
    test = hdf5.read(path, Choice(dataset="test_loss"))
    assert_same(test, make_sheet(LOSS * 3, XS, YS))
    assert test.names[2] == "test_loss"
    assert not test.guesses
    with pytest.raises(InputError, match=re.escape("did you mean test_loss")):
        hdf5.read(path, Choice(dataset="testloss"))


def test_a_grid_of_li_et_al_that_is_not_square_lies_row_by_row_of_y(tmp_path: Path) -> None:
    loss = np.empty((5, 4))
    places = np.stack([axis.ravel() for axis in np.meshgrid(XS, YS)])
    loss.ravel()[:] = places[0] + 100 * places[1]
    sheet = hdf5.read(write_h5(tmp_path / "net.h5", xcoordinates=XS, ycoordinates=YS, train_loss=loss), ANY)
    assert_same(sheet, make_sheet(XS + 100 * YS[:, np.newaxis], XS, YS))
    assert "row by row" in sheet.guesses[0]


def test_what_li_et_al_have_not_computed_yet_is_a_hole(tmp_path: Path) -> None:
    loss = np.abs(LOSS)
    loss[1, 2] = -1
    sheet = hdf5.read(write_h5(tmp_path / "net.h5", xcoordinates=XS, ycoordinates=YS, train_loss=loss), ANY)
    assert np.isnan(sheet.loss[1, 2])
    assert np.isnan(sheet.loss).sum() == 1
    assert "not computed" in sheet.guesses[0]
    # Other losses may well be -1.
    for sets in (
        {"loss": loss, "xcoordinates": XS, "ycoordinates": YS},
        {"train_loss": np.where(loss > 0, loss, -1)},
    ):
        assert not np.isnan(hdf5.read(write_h5(tmp_path / "other.h5", **sets), ANY).loss).any()


def test_the_only_grid_of_any_hdf5_file_is_found_with_its_coordinates(tmp_path: Path) -> None:
    path = tmp_path / "any.h5"
    with h5py.File(path, "w") as file:
        file["deep/group/grid"] = LOSS.astype(">f4")
        file["deep/group/x"] = XS
        file["deep/group/y"] = YS
        file["x"] = np.arange(7)
        file["words"] = ["a", "b"]
        file["cube"] = np.zeros((4, 4, 4))
        file["flags"] = np.zeros((4, 5), bool)
        file["deep/again"] = file["deep"]
        file.create_dataset("deep/compound", data=np.zeros((4, 4), [("a", "f8")]))
    sheet = hdf5.read(path, ANY)
    assert_same(sheet, make_sheet(LOSS.astype("f4"), XS, YS))
    assert not sheet.guesses
    assert sheet.names == ("deep/group/x", "deep/group/y", "deep/group/grid")


def test_of_several_grids_one_has_to_be_chosen(tmp_path: Path) -> None:
    path = write_h5(tmp_path / "any.h5", **{"one/grid": LOSS, "two": LOSS * 2})
    with pytest.raises(InputError, match=r"dataset=\.\.\., one of 'two', 'one/grid'"):
        hdf5.read(path, ANY)
    for name in ("one/grid", "/one/grid"):
        assert_same(hdf5.read(path, Choice(dataset=name, domain=(-1, 1, -1, 1))), make_sheet(LOSS))


def test_links_to_elsewhere_are_not_followed(tmp_path: Path) -> None:
    write_h5(tmp_path / "secret.h5", grid=LOSS)
    np.zeros(20).tofile(tmp_path / "secret.bin")
    path = tmp_path / "any.h5"
    with h5py.File(path, "w") as file:
        file["link"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "grid")
        file["soft"] = h5py.SoftLink("/link")
    with pytest.raises(InputError, match="no two-dimensional"):
        hdf5.read(path, ANY)
    with h5py.File(path, "w") as file:
        file.create_dataset("raw", (4, 5), "f8", external=[(str(tmp_path / "secret.bin"), 0, 160)])
    with pytest.raises(InputError, match="other files"):
        hdf5.read(path, ANY)
    layout = h5py.VirtualLayout((4, 5), "f8")
    layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "grid", (4, 5))
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("virtual", layout)
    with pytest.raises(InputError, match="other files"):
        hdf5.read(path, ANY)


def test_a_tree_tied_into_a_ring_is_walked_once(tmp_path: Path) -> None:
    """HDF5's own walk, and its count of a tree's size, go round such a ring for ever."""
    path = write_h5(tmp_path / "any.h5", grid=LOSS)
    data = bytearray(path.read_bytes())
    node = data.index(b"TREE\0")
    data[node + 8 : node + 24] = struct.pack("<QQ", node, node)
    path.write_bytes(data)
    assert_same(hdf5.read(path, ANY), make_sheet(LOSS))


@pytest.mark.parametrize(
    ("shape", "chunks", "fault"),
    [
        ((10**9, 10**9), (10, 10), "too large"),
        ((4000, 4000), (100, 100), "never written"),
        ((4, 4), None, "never"),
    ],
)
def test_claims_of_a_data_set_are_not_allocated(
    shape: tuple[int, int], chunks: tuple[int, int] | None, fault: str, tmp_path: Path
) -> None:
    path = tmp_path / "any.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("grid", shape, "f8", chunks=chunks)
    with pytest.raises(InputError, match=fault):
        hdf5.read(path, ANY)


def test_compressed_data_sets_are_read(tmp_path: Path) -> None:
    path, flat = tmp_path / "any.h5", np.zeros((1000, 1000))
    with h5py.File(path, "w") as file:
        file.create_dataset(
            "grid", data=flat, chunks=flat.shape, compression="gzip", compression_opts=9, shuffle=True
        )
    np.testing.assert_array_equal(hdf5.read(path, ANY).loss, flat)


def test_without_h5py_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hdf5.write(tmp_path / "any.h5", FULL)
    monkeypatch.setitem(sys.modules, "h5py", None)
    for act in (lambda: hdf5.read(tmp_path / "any.h5", ANY), lambda: hdf5.write(tmp_path / "any.h5", FULL)):
        with pytest.raises(InputError, match="pip install h5py"):
            act()
