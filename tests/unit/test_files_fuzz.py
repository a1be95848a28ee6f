"""Damaged files of every format: each becomes a surface or a one-line error, in bounded memory."""

import io
import json
import re
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import h5py
import numpy as np
import pytest

from landscapes.errors import InputError
from landscapes.files import FORMATS, make_sheet, open_landscape, read_sheet, write_sheet

MEMORY = 64_000_000
READABLE = [row.ending for row in FORMATS if row.read is not None]
EACH = pytest.mark.parametrize("ending", READABLE)

XS = np.array([-1.0, -0.5, 0.25, 0.5, 1.0])
YS = np.array([0.0, 1.0, 2.0, 3.0])
LOSS = np.round(np.random.default_rng(1).standard_normal((4, 5)), 3)
LOSS[1, 2] = np.nan
SHEET = make_sheet(LOSS, XS, YS)


def keep(content: bytes) -> bytes:
    return content


class Sample(NamedTuple):
    """A valid file: what of it is damaged, and how the rest is put around it, checksums and all."""

    content: bytes
    wrap: Callable[[bytes], bytes] = keep


def save_array(values: object) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(values))
    return file.getvalue()


def zip_members(packing: int, **members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(name + ".npy", content)
    return file.getvalue()


def zip_with(name: str) -> Callable[[bytes], bytes]:
    """Wraps an array of this name into an archive, between two that are whole."""
    members = {"x": save_array(XS), "y": save_array(YS), "loss": save_array(LOSS)}
    return lambda content: zip_members(zipfile.ZIP_DEFLATED, **(members | {name: content}))


def pack_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


HEADER = struct.pack(">IIBBBBB", 5, 4, 16, 0, 0, 0, 0)
ROWS = b"".join(bytes([kind]) + bytes(range(10 * kind, 10 * kind + 10)) for kind in range(4))
TEXT = b'Downslope\0{"x": [0, 1, 2, 3, 4], "y": [0, 1, 2, 3], "low": -1.5, "high": 2.5, "holes": true}'


def draw(header: bytes = HEADER, text: bytes = TEXT, rows: bytes = ROWS) -> bytes:
    chunks = [(b"IHDR", header), (b"tEXt", text), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(pack_chunk(*chunk) for chunk in chunks)


def fill_hdf5(version: str) -> bytes:
    """A file as Li et al. have it, with a compressed data set, a group and links."""
    file = io.BytesIO()
    with h5py.File(file, "w", libver=version) as root:
        root["dir_file"] = "directions"
        root["xcoordinates"], root["ycoordinates"], root["train_loss"] = XS, YS, LOSS
        root.create_dataset("test_loss", data=LOSS, chunks=(2, 2), compression="gzip", shuffle=True)
        root["group/grid"] = LOSS.astype(">f4")
        root["group/same"] = root["group"]
        root["soft"] = h5py.SoftLink("/group/grid")
    return file.getvalue()


VTP = """<VTKFile type="PolyData" version="1.0" byte_order="LittleEndian" header_type="UInt32" COMPRESSOR>
<PolyData><Piece NumberOfPoints="20" NumberOfPolys="0"><PointData Scalars="loss">
<DataArray type="Float64" Name="loss" FORMAT>LOSS</DataArray></PointData>
<Points><DataArray type="Float64" Name="Points" NumberOfComponents="3" format="ascii">POINTS</DataArray></Points>
</Piece></PolyData>"""


def fill_vtp(compressor: str, form: str, loss: str, rest: bytes) -> bytes:
    x, y = np.meshgrid(XS, YS)
    points = " ".join(map(repr, np.stack([x, y, np.zeros_like(x)], axis=-1).ravel().tolist()))
    text = VTP.replace("COMPRESSOR", compressor).replace("FORMAT", form).replace("LOSS", loss)
    return text.replace("POINTS", points).encode("ascii") + rest + b"</VTKFile>"


def pack_blocks(size: int) -> bytes:
    body = LOSS.astype("<f8").tobytes()
    packed = [zlib.compress(body[at : at + size]) for at in range(0, len(body), size)]
    head = struct.pack(f"<{3 + len(packed)}I", len(packed), size, len(body) % size, *map(len, packed))
    return b'<AppendedData encoding="raw">_' + head + b"".join(packed) + b"</AppendedData>"


def print_table(separator: str, header: str) -> bytes:
    points = zip(np.tile(XS, 4).tolist(), np.repeat(YS, 5).tolist(), LOSS.ravel().tolist(), strict=True)
    return "\n".join([header, *(separator.join(map(repr, point)) for point in points)]).encode("ascii")


def write_own(ending: str, folder: Path) -> list[Sample]:
    """What we write ourselves, if we do."""
    if not next(row.write for row in FORMATS if row.ending == ending):
        return []
    samples = []
    for sheet in (SHEET, make_sheet(STACK, XS, YS)):
        write_sheet(folder / f"own{ending}", sheet)
        samples.append(Sample((folder / f"own{ending}").read_bytes()))
    return samples


LISTS = {"x": XS.tolist(), "y": YS.tolist(), "loss": np.nan_to_num(LOSS).tolist()}
ZLIB, APPENDED = 'compressor="vtkZLibDataCompressor"', 'format="appended" offset="0"'
STACK = np.stack([LOSS, LOSS + 1])

SAMPLES: dict[str, list[Sample]] = {
    ".npz": [
        *(Sample(save_array(LISTS[name]), zip_with(name)) for name in LISTS),
        Sample(save_array(STACK), zip_with("loss")),
        Sample(zip_members(zipfile.ZIP_STORED, matrix=save_array(LOSS))),
        Sample(zip_members(zipfile.ZIP_DEFLATED, matrix=save_array(LOSS.T.copy().T))),
    ],
    ".npy": [Sample(save_array(LOSS)), Sample(save_array(LOSS.astype(">f4").T)), Sample(save_array(STACK))],
    ".csv": [
        Sample(print_table(",", "x,y,loss")),
        Sample(print_table("; ", "alpha; beta; log_loss")),
        Sample(print_table("\t", "")),
        Sample("\n".join(" ".join(map(repr, row)) for row in LOSS.tolist()).encode("ascii")),
    ],
    ".json": [
        Sample(json.dumps(LISTS).encode("ascii")),
        Sample(json.dumps(LISTS["loss"]).encode("ascii")),
        Sample(json.dumps([{"x": x, "y": y, "loss": x * y} for x in XS for y in YS]).encode("ascii")),
    ],
    ".h5": [Sample(fill_hdf5("earliest")), Sample(fill_hdf5("latest"))],
    ".vtp": [
        Sample(fill_vtp("", 'format="ascii"', " ".join(map(repr, LOSS.ravel().tolist())), b"")),
        Sample(fill_vtp(ZLIB, APPENDED, "", pack_blocks(96))),
        Sample(pack_blocks(48), lambda content: fill_vtp(ZLIB, APPENDED, "", content)),
    ],
    ".obj": [Sample(b"\n".join(b"v %r %r %r" % (x, y, x * y) for x in XS.tolist() for y in YS.tolist()))],
    ".png": [
        Sample(draw()),
        Sample(HEADER, lambda content: draw(header=content)),
        Sample(TEXT, lambda content: draw(text=content)),
        Sample(ROWS, lambda content: draw(rows=content)),
        Sample(ROWS, lambda content: draw(text=b"Comment\0", rows=content)),
    ],
}

EXTREMES = [0, 1, -1, 2**31 - 1, -(2**31), 2**16, 10**9, 2**62]
NUMBERS = [
    b"1000000000",
    b"-1",
    b"0",
    b"1e999",
    b"nan",
    b"9" * 400,
    b"1" + b"0" * 5000,
    b"4095",
    b"0.5",
    b"-1e308",
]


def place(rng: np.random.Generator, data: bytes) -> tuple[int, int]:
    """A short piece of the data."""
    start = int(rng.integers(len(data) + 1))
    return start, min(len(data), start + int(2 ** rng.uniform(0, 7)))


def truncate(rng: np.random.Generator, data: bytes) -> bytes:
    return data[: int(rng.integers(len(data) + 1))]


def flip(rng: np.random.Generator, data: bytes) -> bytes:
    changed = bytearray(data)
    for at in rng.integers(len(data), size=rng.integers(1, 9)) if data else ():
        changed[at] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def insert(rng: np.random.Generator, data: bytes) -> bytes:
    at, end = place(rng, data)
    # As often as not letters that the file has anyway: any others end the reading of a text at once.
    new = rng.bytes(end - at) if rng.integers(2) else bytes(rng.choice(bytearray(data or b"0"), end - at))
    return data[:at] + new + data[at:]


def delete(rng: np.random.Generator, data: bytes) -> bytes:
    start, end = place(rng, data)
    return data[:start] + data[end:]


def duplicate(rng: np.random.Generator, data: bytes) -> bytes:
    start, end = place(rng, data)
    return data[:start] + data[start:end] * int(rng.integers(2, 40)) + data[end:]


def move(rng: np.random.Generator, data: bytes) -> bytes:
    (start, end), (at, _) = place(rng, data), place(rng, data)
    return data[:at] + data[start:end] + data[at + end - start :]


def renumber(rng: np.random.Generator, data: bytes) -> bytes:
    """Another number in a text."""
    found = list(re.finditer(rb"-?\d+(\.\d+)?", data))
    if not found:
        return data
    number = found[int(rng.integers(len(found)))]
    return data[: number.start()] + NUMBERS[int(rng.integers(len(NUMBERS)))] + data[number.end() :]


def overwrite(rng: np.random.Generator, data: bytes) -> bytes:
    """An extreme number in binary."""
    at = int(rng.integers(len(data) + 1))
    width = int(rng.choice([1, 2, 4, 8]))
    order: Literal["little", "big"] = "little" if rng.integers(2) else "big"
    number = EXTREMES[int(rng.integers(len(EXTREMES)))] & ((1 << (8 * width)) - 1)
    return data[:at] + number.to_bytes(width, order) + data[at + width :]


MUTATIONS = (truncate, flip, insert, delete, duplicate, move, renumber, overwrite)


def damage(rng: np.random.Generator, samples: list[Sample]) -> bytes:
    sample = samples[int(rng.integers(len(samples)))]
    content = sample.content
    for _ in range(int(rng.integers(1, 4))):
        content = MUTATIONS[int(rng.integers(len(MUTATIONS)))](rng, content)
    return sample.wrap(content)


def try_damaged(ending: str, count: int, seed: int, folder: Path) -> int:
    """Open so many damaged files; how many of them were refused."""
    samples = SAMPLES[ending] + write_own(ending, folder)
    refused = 0
    for number in range(count):
        path = folder / f"{seed}-{number}{ending}"
        path.write_bytes(damage(np.random.default_rng([seed, number]), samples))
        tracemalloc.reset_peak()
        try:
            line = open_landscape(path).about
        except InputError as error:
            refused += 1
            line = str(error)
        assert line.isprintable(), path
        assert tracemalloc.get_traced_memory()[1] < MEMORY, path
        path.unlink()
    return refused


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def test_every_format_that_is_read_is_damaged() -> None:
    assert list(SAMPLES) == READABLE


@EACH
def test_the_files_are_whole_before_they_are_damaged(ending: str, tmp_path: Path) -> None:
    for number, sample in enumerate(SAMPLES[ending] + write_own(ending, tmp_path)):
        path = tmp_path / f"{number}{ending}"
        path.write_bytes(sample.wrap(sample.content))
        assert min(read_sheet(path).loss.shape) >= 4


@EACH
@pytest.mark.usefixtures("traced")
def test_a_damaged_file_is_a_surface_or_a_one_line_error(ending: str, tmp_path: Path) -> None:
    refused = try_damaged(ending, 100, 0, tmp_path)
    assert 20 < refused < 100


@pytest.mark.slow
@EACH
@pytest.mark.usefixtures("traced")
def test_twenty_thousand_damaged_files(ending: str, tmp_path: Path) -> None:
    try_damaged(ending, 20_000 // len(READABLE), 1, tmp_path)
