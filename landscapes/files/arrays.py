"""Surfaces as numpy's arrays: ``.npz``, our own format and those of others, and a single ``.npy``.

Headers are read here and not by numpy: what they claim is held against the size of the file before any of it is
believed, and objects are never unpickled.

Format: NumPy, "numpy.lib.format"; https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
"""

import dataclasses
import errno
import io
import math
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError
from landscapes.files.layout import arrange, choose_roles
from landscapes.files.sheet import MOST, MOST_NUMBERS, Choice, Sheet, make_sheet, tidy
from landscapes.landscape import Trajectory

_VERSION = "downslope surface 1"
_NETWORK, _TRAJECTORY = "network.", "trajectory."
"""What the arrays of a kept network, and those of a way, are called at first."""
_MOST_CHECKPOINTS = 2**20
_TEXTS = ("version", "names", "about", "notes")
_LONGEST_TEXT = 10_000
_LONGEST_NOTE = 400
_LARGEST_DIRECTORY = 2**18
"""Bytes: of a thousand arrays with long names."""
_MOST_INFLATED = 1100
"""Bytes that deflate can make of one: 1,032, and some more for short ones."""
_MOST_MEMBERS = 1000

Values = npt.NDArray[Any]


class _Header(NamedTuple):
    """What an array claims to be."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return math.prod(self.shape) * self.dtype.itemsize


class _WaryReader(io.BufferedReader):
    """A file that gives no more than ``most`` bytes at once."""

    most = _LARGEST_DIRECTORY

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes, as many as there are or as are wanted; an ``InputError`` if those are too many."""
        left = os.fstat(self.fileno()).st_size - self.tell()
        wanted = left if size is None or size < 0 else min(size, left)
        if wanted > self.most:
            raise InputError(f"an archive with a directory of {wanted:,} bytes; {self.most:,} are the most")
        return super().read(wanted)


def read_npy(path: Path, choice: Choice) -> Sheet:
    """Read a matrix ``(ny, nx)``, or a stack ``(k, ny, nx)`` of minibatches.

    Raises:
        InputError: it is damaged, or holds anything else.
    """
    with path.open("rb") as file, _damage():
        header = _read_header(file)
        _check_claim(header)
        loss = _read_values(file, header, path.stat().st_size - file.tell())
    return make_sheet(loss, logarithmic=choice.logarithmic, domain=choice.domain)


def read_npz(path: Path, choice: Choice) -> Sheet:
    """Read our own format, or arrays of others: x, y and the loss by whatever name, meshes, or a single matrix.

    Raises:
        InputError: it is damaged, or no arrays in it make a surface.
    """
    with _damage(), _open_archive(path) as archive:
        members = _list_members(archive, path.stat().st_size)
        texts = _take_texts(archive, members)
        network = _take_arrays(archive, members, _NETWORK) if texts else {}
        way = _take_arrays(archive, members, _TRAJECTORY) if texts else {}
        roles = choose_roles(list(members), choice, only=_find_matrix(archive, members))
        infos = list(members.values())
        x, y = (None if k is None else _read_member(archive, infos[k]) for k in roles[:2])
        loss = _read_member(archive, infos[roles.loss])
    said = texts.get("names", "").split("\n")
    names = (said[0], said[1], said[2]) if len(said) == 3 else roles.names
    sheet = arrange(loss, x, y, names, choice, roles.guesses, texts.get("about", ""))
    sheet = dataclasses.replace(sheet, notes=_split_notes(texts.get("notes", "")))
    # With other coordinates it would be the plane of another network.
    if choice.domain:
        return sheet
    return dataclasses.replace(sheet, network=network, trajectory=_make_trajectory(way) if way else None)


def write_npz(path: Path, sheet: Sheet) -> None:
    """Write ``x (nx,)``, ``y (ny,)`` and ``loss (ny, nx)``, or ``(k, ny, nx)`` of minibatches, exactly.

    Beside them stand the texts ``version``, ``names`` (three lines), ``about`` and ``notes`` (a line each); of a
    training ``trajectory.xy (2, n)``, ``trajectory.residual (n,)`` and ``trajectory.loss (n,)``. Equal sheets give
    equal bytes.
    """
    arrays = {
        "x": sheet.xs,
        "y": sheet.ys,
        "loss": sheet.loss if sheet.layers is None else sheet.layers,
        "version": np.array(_VERSION),
        "names": np.array("\n".join(sheet.names)),
        "about": np.array(sheet.about),
    }
    arrays |= {"notes": np.array("\n".join(sheet.notes))} if sheet.notes else {}
    arrays |= {_NETWORK + name: array for name, array in sheet.network.items()}
    if sheet.trajectory:
        arrays |= {_TRAJECTORY + name: array for name, array in sheet.trajectory._asdict().items()}
    with path.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # no array is called like an option


@contextmanager
def _damage() -> Iterator[None]:
    """Whatever a damaged file makes of its reader, as an ``InputError``."""
    try:
        yield
    except InputError:
        raise
    except OSError as fault:
        # Of places ahead of the file's beginning; anything else is no fault of the file.
        if fault.errno != errno.EINVAL:
            raise
        raise InputError("damaged (it points outside itself): write it anew") from None
    except _DAMAGE as fault:
        raise InputError(f"damaged ({tidy(str(fault)) or 'it ends too early'}): write it anew") from None


@contextmanager
def _open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive to read from; its directory, which is read whole at once, is held against its size first."""
    with _WaryReader(io.FileIO(path)) as file, zipfile.ZipFile(file) as archive:
        file.most = path.stat().st_size
        yield archive


_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


def _list_members(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > _MOST_MEMBERS:
        raise InputError(f"an archive of {len(infos):,} arrays; {_MOST_MEMBERS:,} are the most")
    for info in infos:
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError(f"{tidy(info.filename)!r} is packed as numpy does not: save it with numpy.savez")
        if info.compress_size > size or info.file_size > _MOST_INFLATED * (info.compress_size + 1):
            raise InputError(f"damaged: {tidy(info.filename)!r} claims {info.file_size:,} bytes")
    return {info.filename.removesuffix(".npy"): info for info in infos if info.filename.endswith(".npy")}


def _take_texts(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> dict[str, str]:
    """What our own format says in words, taken out of the members; nothing from any other."""
    if "version" not in members:
        return {}
    version = _read_text(archive, members["version"])
    if not version.startswith(_VERSION[:-1]):
        return {}
    if version != _VERSION:
        raise InputError(f"a {tidy(version)} is of a newer Downslope: update this one")
    return {key: _read_text(archive, members.pop(key)) for key in _TEXTS if key in members}


def _take_arrays(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], prefix: str
) -> dict[str, Values]:
    """What our own format keeps under names that begin so, taken out of the members."""
    names = [name for name in members if name.startswith(prefix)]
    return {name.removeprefix(prefix): _read_member(archive, members.pop(name)) for name in names}


def _split_notes(text: str) -> tuple[str, ...]:
    return tuple(line for line in (tidy(line, _LONGEST_NOTE) for line in text.split("\n")) if line)


def _make_trajectory(arrays: dict[str, Values]) -> Trajectory:
    """The way that a file keeps.

    Raises:
        InputError: its arrays do not fit together.
    """
    try:
        way = Trajectory(*(np.asarray(arrays[name], np.float64) for name in Trajectory._fields))
    except KeyError as missing:
        raise InputError(f"the trajectory in it has no {missing.args[0]}: scan it anew") from None
    count = way.residual.size
    shapes = tuple(part.shape for part in way)
    if shapes != ((2, count), (count,), (count,)) or not 0 < count <= _MOST_CHECKPOINTS:
        raise InputError(f"the trajectory in it has arrays of shapes {shapes}: scan it anew")
    return way


def _find_matrix(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> int | None:
    """The number of the only member that can be a loss by its shape."""
    found = []
    for k, info in enumerate(members.values()):
        with archive.open(info) as file, suppress(InputError):  # what is no array of numbers is not meant
            if len(_read_header(file).shape) > 1:
                found.append(k)
    return found[0] if len(found) == 1 else None


def _read_text(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    with suppress(InputError), archive.open(info) as file:
        header = _read_header(file)
        if header.dtype.kind == "U" and header.size <= 4 * _LONGEST_TEXT:
            return str(_read_values(file, header, info.file_size - file.tell()))
    return ""


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Values:
    with archive.open(info) as file:
        header = _read_header(file)
        _check_claim(header)
        return _read_values(file, header, info.file_size - file.tell())


def _read_header(file: IO[bytes]) -> _Header:
    magic = file.read(8)
    if len(magic) < 8 or not magic.startswith(b"\x93NUMPY"):
        raise InputError("not an array of numpy, whatever its ending says")
    size = int.from_bytes(file.read(2 if magic[6] == 1 else 4), "little")
    if size > _LONGEST_TEXT:
        raise InputError(f"damaged: a header of {size:,} bytes")
    text = file.read(size).decode("latin-1")
    kind = re.search(r"'descr': *'([<>|=]?[a-zA-Z]\d{0,9})'", text)
    order = re.search(r"'fortran_order': *(True|False)", text)
    shape = re.search(r"'shape': *\(([\d, L]*)\)", text)
    if not (kind and order and shape):
        raise InputError(f"an array of no plain numbers: {tidy(text)}")
    if kind[1].lstrip("<>|=")[0] not in "biufU":
        raise InputError(f"an array of {kind[1]}, not of real numbers")
    try:
        dtype = np.dtype(kind[1])
    except TypeError:
        raise InputError(f"an array of {kind[1]}, which this machine does not know") from None
    return _Header(dtype, tuple(int(side[:18]) for side in re.findall(r"\d+", shape[1])), order[1] == "True")


def _check_claim(header: _Header) -> None:
    """Refuse what can be no part of a surface before its numbers take up room."""
    if header.dtype.kind == "U":
        raise InputError("an array of texts, not of real numbers")
    if (count := math.prod(header.shape)) > MOST_NUMBERS:
        raise InputError(f"{count:,} numbers are too many: {MOST_NUMBERS:,} are the most")
    if (count := math.prod(header.shape[-2:])) > MOST**2:
        raise InputError(f"a grid of {count:,} points is too fine: {MOST} x {MOST} is the most")


def _read_values(file: IO[bytes], header: _Header, left: int) -> Values:
    """The array itself; ``left`` are the bytes that the file has for it."""
    size = header.size
    if size > left:
        raise InputError(f"damaged: {size:,} bytes of numbers claimed and {left:,} there")
    data = file.read(size)
    if len(data) < size:
        raise InputError(f"damaged: it ends {size - len(data):,} bytes too early")
    values = np.frombuffer(data, header.dtype) if math.prod(header.shape) else np.empty(0, header.dtype)
    return values.reshape(header.shape, order="F" if header.fortran else "C")
