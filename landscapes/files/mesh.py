"""Meshes: Wavefront ``.obj``, the surface as Blender shows it.

Blender takes a file's y for up and its -z for north unless told otherwise, so that is how files are written: the
loss is y, the landscape's y is -z. Which axis is up in a file from elsewhere shows in the grid.

A hole is a vertex that no face, line or point refers to; it has to lie somewhere, and lies at the lowest loss.

Format: Wavefront Technologies, "Object Files (.obj)", Advanced Visualizer manual, appendix B1.
"""

from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError
from landscapes.files.points import Grid, faces, gather, spread
from landscapes.files.sheet import Choice, Floats, Sheet, make_sheet


class _Up(NamedTuple):
    """Which axis of a file is up, and with it x, y and the loss ``(3, n)`` from its coordinates ``(3, n)``."""

    about: str
    turn: Callable[[Floats], Floats]


_UPS = (
    _Up(
        "The vertices stand on a grid in x and z, so y is up, and -z taken for north.",
        lambda at: np.stack([at[0], -at[2], at[1]]),
    ),
    _Up("The vertices stand on a grid in x and y, so z is up.", lambda at: at),
)
"""The first wins where both would do."""


def read(path: Path, choice: Choice) -> Sheet:
    """Read a mesh whose vertices stand on a grid, in any order; its faces only tell where holes are.

    Raises:
        InputError: it is damaged, or its vertices stand on no grid, neither with y up nor with z up.
    """
    vertices, used = _read_vertices(path)
    holes = ~used if used.any() else used
    grid, about = _find_up(vertices, holes)
    lost = (f"{holes.sum():,} vertices belong to no face: they are holes.",) if holes.any() else ()
    return make_sheet(
        grid.loss,
        grid.xs,
        grid.ys,
        guesses=(about, *lost, *grid.guesses),
        logarithmic=choice.logarithmic,
        domain=choice.domain,
    )


def write(path: Path, sheet: Sheet) -> None:
    """Write every grid point as a vertex, to the last bit, and the cells between them as faces, y up.

    Of a stack that is the mean.
    """
    with path.open("w", encoding="ascii", newline="\n") as file:
        file.write("# A loss surface: y is the loss.\no surface\n")
        file.writelines(_format(sheet))


def _format(sheet: Sheet) -> Iterator[str]:
    x, y, loss = spread(sheet.xs, sheet.ys, sheet.loss)
    for east, up, south in zip(x.tolist(), loss.tolist(), (-y).tolist(), strict=True):
        yield f"v {east!r} {up!r} {south!r}\n"
    cells = faces(sheet.loss) + 1
    for corners in cells.tolist():
        yield "f {} {} {} {}\n".format(*corners)
    alone = ~np.isnan(sheet.loss).ravel()
    alone[cells.ravel() - 1] = False
    for number in (np.flatnonzero(alone) + 1).tolist():
        yield f"p {number}\n"


def _read_vertices(path: Path) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Coordinates ``(3, n)``, and which vertices an element refers to ``(n,)``."""
    coordinates, references = array("d"), array("q")
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            words = line.split()
            keyword = words[0] if words else b""
            try:
                if keyword == b"v":
                    coordinates.extend([float(words[1]), float(words[2]), float(words[3])])
                elif keyword in {b"f", b"l", b"p"}:
                    known = len(coordinates) // 3
                    references.extend(_resolve(word, known) for word in words[1:])
            except (ValueError, IndexError, OverflowError):
                raise InputError(f"line {number} of the mesh cannot be read: {line[:40]!r}") from None
    used = np.zeros(len(coordinates) // 3, bool)
    numbers = np.frombuffer(references, np.int64)
    if ((numbers < 0) | (numbers >= len(used))).any():
        raise InputError(f"a face refers to a vertex that is not there: the mesh has {len(used):,}")
    used[numbers] = True
    return np.frombuffer(coordinates, np.float64).reshape(-1, 3).T, used


def _resolve(word: bytes, known: int) -> int:
    """The number from 0 of a vertex such as ``7``, ``7/1/2`` or ``-1``, the last of those known so far."""
    number = int(word.split(b"/")[0])
    return number - 1 if number > 0 else known + number if number < 0 else -1


def _find_up(vertices: Floats, holes: npt.NDArray[np.bool_]) -> tuple[Grid, str]:
    """The grid, and which axis is up: the one with which more of the grid is there."""
    grids: list[tuple[Grid, str]] = []
    faults: list[InputError] = []
    for up in _UPS:
        x, y, loss = up.turn(vertices)
        try:
            grids.append((gather(x, y, np.where(holes, np.nan, loss)), up.about))
        except InputError as fault:
            faults.append(fault)
    if not grids:
        raise faults[-1]
    return max(grids, key=lambda found: found[0].full)
