"""HDF5: ``.h5`` of Li et al., and any other file with a two-dimensional data set of numbers.

Needs h5py, an extra. Links to elsewhere are not followed, and no types are read but plain numbers.

Source: H. Li et al., "Visualizing the Loss Landscape of Neural Nets", 2018, ``plot_surface.py``.
"""

import importlib
import io
import math
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from landscapes.errors import InputError, unknown
from landscapes.files.sheet import MOST, MOST_NUMBERS, Choice, Floats, Sheet, find_stack, make_sheet

_LI = ("xcoordinates", "ycoordinates")
_COORDINATES = (_LI, ("x", "y"), ("X", "Y"))
"""What coordinates are called, in the group of the loss."""

_LOSSES = ("train_loss", "test_loss", "loss")
"""Which of several data sets is taken if the user does not say."""

_LAYERS = "_layers"
"""After the name of a loss: the minibatches whose mean it is, ``(k, ny, nx)``."""

_MOST_OBJECTS = 10_000

_SHOWN = 12
"""How many names of data sets a message has."""

_TIGHTEST = 1100
"""More bytes than zlib can pack into one: a data set that claims more of its file is damaged, or not there."""


def read(path: Path, choice: Choice) -> Sheet:
    """Read a chosen data set, the only one, or the training loss, with the coordinates in its group.

    If it is the mean of the layers that stand beside it they come with it.

    Li et al. write -1 for what is not computed yet, which becomes a hole; and a grid that is not square is in their
    files row by row of y, whatever its shape says.

    Raises:
        InputError: h5py is absent; the file is damaged; it has no such data set, or several and none is chosen.
    """
    with _open(path) as sets:
        name, told = _choose([name for name, found in sets.items() if found.ndim == 2], choice.dataset)
        axes = _find_axes(sets, name)
        loss, *coordinates = (_load(sets[each], path) for each in (name, *axes))
        layers = sets.get(name + _LAYERS)
        if layers is not None and layers.size and layers.shape[1:] == loss.shape:
            loss = find_stack(loss, _load(layers, path))
    xs, ys = coordinates or (None, None)
    if loss.ndim == 2 and xs is not None and ys is not None and axes[0].endswith(_LI[0]):
        loss = _read_as_li(name, loss, xs, ys, told)
    x_name, y_name = axes or ("x", "y")
    return make_sheet(
        loss,
        xs,
        ys,
        names=(x_name, y_name, name),
        guesses=tuple(told),
        logarithmic=choice.logarithmic,
        domain=choice.domain,
    )


def write(path: Path, sheet: Sheet) -> None:
    """Write ``xcoordinates``, ``ycoordinates`` and the loss, to the last bit, as the tools of Li et al. read them.

    Of a stack that is the mean, with the layers beside it.

    Raises:
        InputError: h5py is absent.
    """
    name = sheet.names[2]
    fit = name.isprintable() and name.strip(".") and "/" not in name and name not in _LI
    # In memory first: on a full disk the library would write tracebacks of its own to the console.
    whole = io.BytesIO()
    with _import_h5py().File(whole, "w") as file:
        file[_LI[0]] = sheet.xs
        file[_LI[1]] = sheet.ys
        file[name if fit else "loss"] = sheet.loss
        if sheet.layers is not None:
            file[(name if fit else "loss") + _LAYERS] = sheet.layers
    path.write_bytes(whole.getbuffer())


def _import_h5py() -> ModuleType:
    try:
        return importlib.import_module("h5py")
    except ImportError:
        raise InputError("HDF5 files need h5py: pip install h5py") from None


@contextmanager
def _open(path: Path) -> Iterator[dict[str, Any]]:
    """The data sets of plain numbers, by name; whatever goes wrong inside is an ``InputError``."""
    h5py = _import_h5py()
    try:
        with h5py.File(path, "r") as file:
            yield dict(_walk(file, h5py))
    except InputError:
        raise
    except Exception as error:  # h5py passes on, as one type or another, all that its C library stumbles over
        raise InputError(f"damaged HDF5 file, or none: {' '.join(str(error).split())[:200]}") from None


def _walk(file: Any, h5py: ModuleType) -> Iterator[tuple[str, Any]]:
    """Names and data sets of plain numbers, each once, along hard links only.

    Not by ``visititems``, which asks for the sizes of B-trees: where damage has tied one into a ring, that never ends.
    """
    seen: set[int] = set()
    waiting = deque([("", file)])
    while waiting:
        above, group = waiting.popleft()
        for name in group:
            info = h5py.h5g.get_objinfo(group.id, name.encode(), follow_link=False)
            if info.type not in {h5py.h5g.GROUP, h5py.h5g.DATASET} or info.objno in seen:
                continue
            if len(seen) == _MOST_OBJECTS:
                raise InputError(f"the HDF5 file holds more than {_MOST_OBJECTS:,} objects")
            seen.add(info.objno)
            found = group[name]
            if info.type == h5py.h5g.GROUP:
                waiting.append((f"{above}{name}/", found))
            elif found.shape and found.dtype.kind in "fiu":
                yield above + name, found


def _choose(names: list[str], wanted: str) -> tuple[str, list[str]]:
    """The data set to show, and what to tell the user about it."""
    if wanted:
        if wanted.lstrip("/") not in names:
            raise unknown("data set", wanted, names)
        return wanted.lstrip("/"), []
    if not names:
        raise InputError(
            "the HDF5 file has no two-dimensional data set of numbers; a scan along a line is no surface"
        )
    shown = ", ".join(map(repr, names[:_SHOWN])) + (", ..." if len(names) > _SHOWN else "")
    for name in names if len(names) == 1 else _LOSSES:
        if name in names:
            told = f"The loss is {name!r}; dataset=... chooses another of {shown}."
            return name, [told] if len(names) > 1 else []
    raise InputError(f"the HDF5 file has several surfaces: say which with dataset=..., one of {shown}")


def _find_axes(sets: dict[str, Any], loss: str) -> tuple[str, ...]:
    """The data sets of the coordinates, in the group of the loss; none if there are none."""
    group = loss[: loss.rfind("/") + 1]
    for x, y in _COORDINATES:
        if all(group + axis in sets and sets[group + axis].ndim == 1 for axis in (x, y)):
            return group + x, group + y
    return ()


def _load(found: Any, path: Path) -> Floats:
    """The numbers of a data set, whose claims are held against the size of the file first."""
    claim = max(found.size, math.prod(found.chunks or ())) * found.dtype.itemsize
    most = MOST_NUMBERS if found.ndim == 3 else MOST**2
    there = min(found.id.get_storage_size(), path.stat().st_size)
    faults = (
        (found.is_virtual or found.external, "is kept in other files; copy its numbers into one of its own"),
        (claim > 8 * most, f"is too large: {most:,} numbers are the most"),
        (claim > _TIGHTEST * there, "was never written, or the file is damaged"),
    )
    for wrong, fault in faults:
        if wrong:
            raise InputError(f"data set {found.name!r} {fault}")
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(found[()], np.float64)


def _read_as_li(name: str, loss: Floats, xs: Floats, ys: Floats, told: list[str]) -> Floats:
    """The loss ``(ny, nx)``, without the marks of what is not computed."""
    if loss.shape == (xs.size, ys.size) != (ys.size, xs.size):
        told.append("The loss is taken row by row of y, as Li et al. compute it, not as its shape has it.")
        loss = loss.reshape(ys.size, xs.size)
    missing = loss == -1
    if name.startswith(("train_", "test_")) and missing.any() and not (loss[~missing] < 0).any():
        told.append(f"{missing.sum():,} values are -1, not computed yet: they are holes.")
        loss = np.where(missing, np.nan, loss)
    return loss
