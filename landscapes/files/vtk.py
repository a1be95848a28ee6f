"""Meshes: VTK's XML ``.vtp``, which ParaView opens and the tools of Li et al. write.

Of what VTK can write, all is read but the compressors LZ4 and LZMA: text, base64, and appended data, raw or base64;
zlib; either byte order; headers of 32 and 64 bits. This is our own reader because meshio has none for this format
and VTK's own may bring the program down on a damaged file.

Format: Kitware, "VTK XML formats";
https://docs.vtk.org/en/latest/vtk_file_formats/vtkxml_file_format.html. What is in the files of Li et al.:
H. Li et al., "Visualizing the Loss Landscape of Neural Nets", 2018, ``h52vtp.py``.
"""

import base64
import re
import zlib
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError, unknown
from landscapes.files.points import faces, gather, spread
from landscapes.files.sheet import MOST, MOST_NUMBERS, Choice, Floats, Sheet, find_stack, make_sheet, tidy

T = TypeVar("T")

_TYPES = {
    "Int8": "i1",
    "UInt8": "u1",
    "Int16": "i2",
    "UInt16": "u2",
    "Int32": "i4",
    "UInt32": "u4",
    "Int64": "i8",
    "UInt64": "u8",
    "Float32": "f4",
    "Float64": "f8",
}
_ORDERS = {"LittleEndian": "<", "BigEndian": ">"}
_HEADERS = {"UInt32": "u4", "UInt64": "u8"}
_COMPRESSORS = {"": False, "vtkZLibDataCompressor": True}


_LAYERS = " layers"
"""After the name of a loss: an array of the minibatches whose mean it is, a component each."""


class _Coding(NamedTuple):
    """How a file keeps its numbers."""

    order: str
    header: np.dtype[Any]
    """Of the sizes ahead of binary data."""
    compressed: bool
    appended: bytes
    """Everything after the underscore of the appended data, to the end of the file."""
    raw: bool
    """Whether appended data are bytes as they are, not base64."""


def read(path: Path, choice: Choice) -> Sheet:
    """Read the points of a PolyData and the loss at them: a chosen array, the active one, the only one, or their z.

    If it is the mean of the layers that stand beside it they come with it.

    Raises:
        InputError: it is damaged, its points lie on no grid in x and y, or there is no array of the chosen name.
    """
    root, coding = _parse(path.read_bytes())
    pieces = root.findall("PolyData/Piece")
    if root.tag != "VTKFile" or len(pieces) != 1:
        raise InputError(f"this is no VTK PolyData of one piece but {root.tag!r} with {len(pieces)}")
    points = pieces[0].find("Points/DataArray")
    count = _whole(pieces[0], "NumberOfPoints")
    if points is None or not 0 < count <= MOST**2:
        raise InputError(f"the VTK file has no points, or more than {MOST} x {MOST}: {count:,}")
    x, y, z = _decode(points, coding, 3 * count).reshape(count, 3).T
    array, guess = _find_loss(pieces[0], choice.dataset)
    grid = gather(x, y, z if array is None else _decode_stack(pieces[0], array, coding, count))
    name = "z" if array is None else array.get("Name", "")
    # What h52vtp.py calls its array says nothing, its file names do: ..._train_loss_log.vtp
    return make_sheet(
        grid.loss,
        grid.xs,
        grid.ys,
        names=("x", "y", path.stem if name == "zvalue" else name),
        guesses=(*guess, *grid.guesses),
        logarithmic=choice.logarithmic,
        domain=choice.domain,
    )


def write(path: Path, sheet: Sheet) -> None:
    """Write every grid point with its loss, to the last bit, and the cells between them as polygons.

    A hole is a point whose loss is NaN, at the lowest height and in no polygon. Of a stack the loss is the mean, with
    the layers beside it as the components of one array.
    """
    cells = faces(sheet.loss)
    name = sheet.names[2] if sheet.names[2].isprintable() else "loss"
    arrays = [_encode(name, sheet.loss)]
    if sheet.layers is not None:
        layers = sheet.layers.reshape(len(sheet.layers), -1)
        arrays.append(_encode(name + _LAYERS, layers.T, components=len(layers)))
    points = _encode("Points", spread(sheet.xs, sheet.ys, sheet.loss).T, components=3)
    path.write_text(
        f"""<?xml version="1.0" encoding="UTF-8"?>
<VTKFile type="PolyData" version="1.0" byte_order="LittleEndian" header_type="UInt64">
<PolyData>
<Piece NumberOfPoints="{sheet.loss.size}" NumberOfVerts="0" NumberOfLines="0" NumberOfStrips="0" \
NumberOfPolys="{len(cells)}">
<PointData Scalars="{escape(name)}">
{"".join(arrays)}
</PointData>
<Points>
{points}
</Points>
<Polys>
{_encode("connectivity", cells)}
{_encode("offsets", np.arange(1, len(cells) + 1) * 4)}
</Polys>
</Piece>
</PolyData>
</VTKFile>
""",
        encoding="utf-8",
        newline="\n",
    )


def _encode(name: str, values: npt.NDArray[np.float64] | npt.NDArray[np.int64], components: int = 1) -> str:
    kind, code = ("Float64", "<f8") if values.dtype.kind == "f" else ("Int32", "<i4")
    body = values.astype(code).tobytes()
    text = base64.b64encode(len(body).to_bytes(8, "little") + body).decode("ascii")
    return (
        f'<DataArray type="{kind}" Name="{escape(name)}" NumberOfComponents="{components}" format="binary">'
        f"{text}</DataArray>"
    )


def _parse(data: bytes) -> tuple[ElementTree.Element, _Coding]:
    """The elements but for appended data, which need not be XML."""
    head, tag, rest = data.partition(b"<AppendedData")
    # Entities can multiply a small file into a large one, and would hide from this check in UTF-16.
    if b"<!DOCTYPE" in head or b"\0" in head:
        raise InputError(
            "this is no VTK file, or has a document type or another encoding than UTF-8: save it without"
        )
    try:
        parser = ElementTree.XMLParser(encoding="utf-8")
        root = ElementTree.fromstring(head + b"</VTKFile>" if tag else head, parser)
    except ElementTree.ParseError as error:
        raise InputError(f"damaged VTK file: {error}") from None
    order = _choose(root, "byte_order", "LittleEndian", _ORDERS)
    header = np.dtype(order + _choose(root, "header_type", "UInt32", _HEADERS))
    compressed = _choose(root, "compressor", "", _COMPRESSORS)
    attributes, _, appended = rest.partition(b"_")
    return root, _Coding(order, header, compressed, appended, raw=b"raw" in attributes)


def _choose(element: ElementTree.Element, attribute: str, default: str, table: Mapping[str, T]) -> T:
    said = element.get(attribute, default)
    if said not in table:
        known = ", ".join(filter(None, table))
        raise InputError(f"the VTK file has {attribute} {said[:40]!r}: save it with {known}")
    return table[said]


def _whole(element: ElementTree.Element, attribute: str) -> int:
    said = element.get(attribute, "")
    try:
        return int(said)
    except ValueError:
        raise InputError(f"damaged VTK file: {attribute} of {element.tag} is {said[:40]!r}") from None


def _find_loss(piece: ElementTree.Element, wanted: str) -> tuple[ElementTree.Element | None, tuple[str, ...]]:
    """The array of the loss, none for the height, and what to tell the user about it."""
    rows = {
        row.get("Name", ""): row
        for row in piece.iterfind("PointData/DataArray")
        if row.get("NumberOfComponents", "1") == "1"
    }
    if wanted:
        if wanted not in rows:
            raise unknown("point data", wanted, rows)
        return rows[wanted], ()
    data = piece.find("PointData")
    active = "" if data is None else data.get("Scalars", "")
    if active in rows:
        return rows[active], ()
    shown = ", ".join(tidy(repr(name)) for name in rows)
    if len(rows) == 1:
        return next(iter(rows.values())), (
            f"The loss is the point data {shown}, not the height of the points.",
        )
    others = f"; dataset=... chooses one of {shown}" if rows else ""
    return None, (f"The loss is the height z of the points{others}.",)


def _decode_stack(
    piece: ElementTree.Element, array: ElementTree.Element, coding: _Coding, count: int
) -> Floats:
    """The loss at so many points ``(count,)``, or its layers ``(k, count)`` if the file has them."""
    loss = _decode(array, coding, count)
    wanted = array.get("Name", "") + _LAYERS
    for row in piece.iterfind("PointData/DataArray"):
        if row.get("Name") == wanted and row.get("NumberOfComponents", "1") != "1":
            layers = _whole(row, "NumberOfComponents")
            if not 0 < layers * count <= MOST_NUMBERS:
                raise InputError(f"the VTK file has {layers:,} layers; {MOST_NUMBERS:,} numbers are the most")
            return find_stack(
                loss, np.ascontiguousarray(_decode(row, coding, layers * count).reshape(count, -1).T)
            )
    return loss


def _decode(array: ElementTree.Element, coding: _Coding, count: int) -> Floats:
    """The numbers of an array, so many ``(count,)``."""
    kind = np.dtype(coding.order + _choose(array, "type", "", _TYPES))
    try:
        match array.get("format"):
            case "ascii":
                # One by one: a list of all words would take ten times the room.
                words = re.finditer(r"\S+", array.text or "")
                values = np.fromiter((float(word[0]) for word in words), np.float64)
            case "binary":
                values = _unpack(_unwrap((array.text or "").encode("ascii")), coding, kind, count)
            case "appended":
                start = _whole(array, "offset")
                if not 0 <= start < len(coding.appended):
                    raise InputError(f"damaged VTK file: offset {start} lies outside the appended data")
                body = coding.appended[start:]
                values = _unpack(body if coding.raw else _unwrap(body), coding, kind, count)
            case other:
                raise InputError(f"damaged VTK file: a DataArray of format {other!r}")
    except InputError:
        raise
    except (ValueError, OverflowError, zlib.error):
        raise InputError(f"damaged VTK file: the data of {array.get('Name')!r} cannot be read") from None
    if len(values) != count:
        raise InputError(
            f"damaged VTK file: {array.get('Name')!r} holds {len(values):,} numbers instead of {count:,}"
        )
    return values


def _unwrap(text: bytes) -> bytes:
    """The bytes of one piece of base64 or more in a row, each padded by itself, as VTK writes sizes and data."""
    text = b"".join(text.partition(b"<")[0].split())
    return b"".join(base64.b64decode(piece, validate=True) for piece in re.findall(rb"[^=]+={0,2}", text))


def _unpack(data: bytes, coding: _Coding, kind: np.dtype[Any], count: int) -> Floats:
    """The numbers after the sizes, decompressed block by block; raises ``ValueError`` where they do not fit."""
    size, width = kind.itemsize * count, coding.header.itemsize
    body = bytearray()
    if coding.compressed:
        (blocks,) = np.frombuffer(data, coding.header, 1).tolist()
        at = (3 + blocks) * width
        for packed in np.frombuffer(data, coding.header, blocks, 3 * width).tolist():
            # No more than there is room for, whatever the sizes say: a small file may unpack into a huge one.
            if (room := size - len(body)) > 0:
                body += zlib.decompressobj().decompress(data[at : at + packed], room)
            at += packed
    else:
        (said,) = np.frombuffer(data, coding.header, 1).tolist()
        body += data[width : width + said]
    if len(body) != size:
        raise InputError(f"damaged VTK file: {len(body):,} bytes of data instead of {size:,}")
    with np.errstate(invalid="ignore"):
        return np.frombuffer(body, kind).astype(np.float64)
