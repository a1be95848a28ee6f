"""A loss on a rectangular grid, as files hold it: what all formats read into and write from."""

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError
from landscapes.landscape import Domain, Trajectory

FEWEST, MOST = 4, 4095
"""Grid points along an axis that can become a surface; see ``sampled.GridField``."""

MOST_NUMBERS = 2**27
"""Numbers that a stack of grids may have in all: a gigabyte of float64."""

Floats = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Sheet:
    """A loss on a rectangular grid, as a file holds it. ``make_sheet`` makes one and checks it.

    Attributes:
        xs: coordinates of the columns ``(nx,)``, strictly ascending, not always equally far apart.
        ys: coordinates of the rows ``(ny,)``, likewise.
        loss: ``(ny, nx)``; NaN where there is none.
        names: what the file calls x, y and the loss.
        guesses: what was not in the file, in sentences for the user.
        about: one line of what the file says of itself.
        layers: ``(k, ny, nx)``, the minibatches whose mean is ``loss``; ``None`` if the file holds one surface.
        network: what ``network.keep`` packed of the network that this is a surface of; nothing if it is none's.
        trajectory: of the training that led here, if the file knows it.
        notes: how the surface was made, and what went wrong then, in sentences for the user.
    """

    xs: Floats
    ys: Floats
    loss: Floats
    names: tuple[str, str, str] = ("x", "y", "loss")
    guesses: tuple[str, ...] = ()
    about: str = ""
    layers: Floats | None = None
    network: Mapping[str, npt.NDArray[Any]] = dataclasses.field(default_factory=dict)
    trajectory: Trajectory | None = None
    notes: tuple[str, ...] = ()


class Choice(NamedTuple):
    """What a user may say of a file that the file does not, or not clearly.

    Attributes:
        columns: of a table, those of x, y and the loss, or of the loss alone: names, or numbers from 1.
        dataset: which of several surfaces.
        logarithmic: whether the file holds logarithms of the loss; ``None`` leaves it to the name of the loss.
        domain: where the grid lies, whatever the file says.
        smooth: width of the Gaussian that smooths a noisy grid, in cells; 0 leaves it as it is.
    """

    columns: tuple[str, ...] = ()
    dataset: str = ""
    logarithmic: bool | None = None
    domain: Domain | None = None
    smooth: float = 0.0


class Format(NamedTuple):
    """A row of the table of formats.

    Attributes:
        ending: of the file's name, lower case, with the dot.
        about: what it is, in a few words.
        read: raises an ``InputError`` for a file it cannot read; the message need not name the file.
        write: replaces what was there; ``None`` if we only read it.
    """

    ending: str
    about: str
    read: Callable[[Path, Choice], Sheet]
    write: Callable[[Path, Sheet], None] | None


def make_sheet(
    loss: npt.ArrayLike,
    xs: npt.ArrayLike | None = None,
    ys: npt.ArrayLike | None = None,
    *,
    names: tuple[str, str, str] = ("x", "y", "loss"),
    guesses: tuple[str, ...] = (),
    about: str = "",
    logarithmic: bool | None = False,
    domain: Domain | None = None,
) -> Sheet:
    """Check what a file holds and bring it into order.

    Coordinates are sorted, and the loss with them; infinite losses become holes. What has to be guessed (coordinates
    that are missing, a loss whose rows run along x) is added to ``guesses``.

    Args:
        loss: ``(ny, nx)``, or ``(k, ny, nx)`` of minibatches; any real numbers.
        xs: coordinates of the columns ``(nx,)`` in any order; both or neither.
        ys: coordinates of the rows ``(ny,)``.
        names: what the file calls x, y and the loss.
        guesses: what was guessed already.
        about: what the file says of itself.
        logarithmic: whether the values are logarithms, by default natural ones; with ``None`` the name of the loss
            decides. Pass ``Choice.logarithmic`` here.
        domain: replaces the coordinates; see ``Choice.domain``.

    Raises:
        InputError: shapes, coordinates or values that make no surface.
    """
    told = list(guesses)
    names = _tidy_names(names)
    values = read_numbers(loss, "the loss")
    if values.ndim == 3 and len(values) == 1:
        values = values[0]
    _check_shape(values)
    if xs is not None and ys is not None:
        columns, rows = read_numbers(xs, names[0]), read_numbers(ys, names[1])
        values = _orient(values, columns, rows, told)
        values, columns = _sort(values, columns, names[0], -1)
        values, rows = _sort(values, rows, names[1], -2)
    else:
        columns, rows = (np.linspace(-1, 1, size) for size in values.shape[:-3:-1])
        if domain is None:
            told.append("No coordinates in the file: x and y run from -1 to 1 (domain=... says otherwise).")
    if domain is not None:
        columns, rows = np.linspace(*domain[:2], columns.size), np.linspace(*domain[2:], rows.size)
    base = _find_base(names[2], logarithmic, told)
    if base is not None:
        values = _raise_to(base, values)
        names = (*names[:2], "loss")
    with np.errstate(over="ignore", invalid="ignore"):
        mean = values.mean(axis=0) if values.ndim == 3 else values
    mean = np.where(np.isfinite(mean), mean, np.nan)
    if np.isnan(mean).all():
        raise InputError("nowhere is the loss a finite number")
    # A hole in one layer is a hole in all: their mean needs them all.
    layers = np.where(np.isnan(mean), np.nan, values) if values.ndim == 3 else None
    return Sheet(columns, rows, mean, names, tuple(told), tidy(about, 200), layers)


def read_numbers(values: npt.ArrayLike, what: str) -> Floats:
    """Real numbers as float64; ``what`` names them in the ``InputError`` that anything else raises."""
    try:
        numbers = np.asarray(values)
    except ValueError:
        raise InputError(f"{what}: rows of different lengths") from None
    if numbers.dtype.kind not in "buif":
        raise InputError(f"{what}: not real numbers but {numbers.dtype}")
    with np.errstate(over="ignore", invalid="ignore"):
        return numbers.astype(np.float64)


def find_stack(loss: Floats, layers: Floats) -> Floats:
    """The layers ``(k, ...)`` if the loss ``(...)`` is their mean; else the loss, which has nothing to do with them."""
    fit = layers.shape[1:] == loss.shape and len(layers) > 0
    with np.errstate(over="ignore", invalid="ignore"):
        return layers if fit and np.array_equal(layers.mean(axis=0), loss, equal_nan=True) else loss


def tidy(text: str, longest: int = 60) -> str:
    """Text from a file as one line fit to be shown."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[:1000]).split())
    return line if len(line) <= longest else line[: longest - 3] + "..."


def _tidy_names(names: tuple[str, str, str]) -> tuple[str, str, str]:
    x, y, loss = (tidy(name) for name in names)
    return x or "x", y or "y", loss or "loss"


def _check_shape(values: Floats) -> None:
    shape = " x ".join(map(str, values.shape)) or "one number"
    if values.ndim not in (2, 3) or (values.ndim == 3 and len(values) == 0):
        raise InputError(f"a surface needs a grid of two dimensions, not {shape}")
    if min(values.shape[-2:]) < FEWEST:
        raise InputError(f"a surface needs a grid of at least {FEWEST} x {FEWEST} points, not {shape}")
    if max(values.shape[-2:]) > MOST:
        raise InputError(f"a grid of {shape} points is too fine: {MOST} x {MOST} is the most")


def _orient(values: Floats, xs: Floats, ys: Floats, told: list[str]) -> Floats:
    """The values with their rows along y, by how many coordinates there are."""
    if xs.ndim != 1 or ys.ndim != 1 or values.shape[-2:] not in ((ys.size, xs.size), (xs.size, ys.size)):
        rows, columns = values.shape[-2:]
        raise InputError(f"{xs.size} x {ys.size} coordinates do not fit a loss of {columns} x {rows} points")
    if values.shape[-2:] == (ys.size, xs.size):
        return values
    told.append("The rows of the loss run along x in the file, by the number of coordinates.")
    return values.swapaxes(-1, -2)


def _sort(values: Floats, axis: Floats, name: str, side: int) -> tuple[Floats, Floats]:
    if not np.isfinite(axis).all():
        raise InputError(f"coordinate {np.argmin(np.isfinite(axis)) + 1} of {name} is not a finite number")
    order = np.argsort(axis, kind="stable")
    ascending = axis[order]
    same = ascending[1:] == ascending[:-1]
    if same.any():
        raise InputError(f"coordinate {ascending[np.argmax(same)]:g} of {name} comes twice")
    return values.take(order, axis=side), ascending


_BASES = {"log": math.e, "ln": math.e, "log2": 2.0, "log10": 10.0}
"""Words in the name of a loss that say it is a logarithm."""


def _find_base(name: str, logarithmic: bool | None, told: list[str]) -> float | None:
    """The base of the logarithms that the values are; none if they are what they are."""
    words = re.findall(r"[a-z]+[0-9]*", name.lower())
    base = next((_BASES[word] for word in words if word in _BASES), None)
    if logarithmic is None and base is not None:
        told.append(f"{name!r} is taken for a logarithm, and undone (logarithmic=false says otherwise).")
    return (base or math.e) if logarithmic or (logarithmic is None and base) else None


def _raise_to(base: float, values: Floats) -> Floats:
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return np.asarray(np.exp(values) if base == math.e else np.power(base, values))
