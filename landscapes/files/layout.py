"""Which of a file's columns or arrays are x, y and the loss, and how points become a grid."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError, unknown
from landscapes.files.points import gather
from landscapes.files.sheet import Choice, Floats, Sheet, make_sheet, read_numbers, tidy

_NAMES = (
    ("x", "xs", "xcoordinates", "alpha", "x0", "x1"),
    ("y", "ys", "ycoordinates", "beta", "x2", "x1"),
    ("loss", "z", "f", "value", "values", "train_loss", "cost", "error"),
)
"""What x, y and the loss are called elsewhere, the likeliest first; of the loss also whatever has its name in it."""

_NOISE = 1e-6
"""Coordinates closer than this share of their range are one, where they would not make a grid otherwise."""


class Roles(NamedTuple):
    """Which columns, numbered from 0, are what.

    Attributes:
        x: ``None`` if there is none.
        y: likewise.
        loss: there always is one.
        names: what the file calls x, y and the loss.
        guesses: what was guessed, in sentences for the user.
    """

    x: int | None
    y: int | None
    loss: int
    names: tuple[str, str, str]
    guesses: tuple[str, ...] = ()


def choose_roles(
    names: Sequence[str], choice: Choice, *, in_order: bool = False, only: int | None = None
) -> Roles:
    """Find x, y and the loss: by what the user says, else by their names.

    Args:
        names: of all columns; empty for those that have none.
        choice: ``columns``, or ``dataset`` for the loss, as the user names or numbers them.
        in_order: whether columns whose names say nothing are taken as they come.
        only: the one column that can be the loss if no name says so.

    Raises:
        InputError: there is no such column, or none that can be the loss.
    """
    given = choice.columns or ((choice.dataset,) if choice.dataset else ())
    if len(given) not in (0, 1, 3):
        raise InputError(
            f"columns={','.join(given)}: name three, of x, y and the loss, or that of the loss alone"
        )
    wanted = [_find(name, names) for name in given]
    taken: list[int | None] = [None, None, *wanted] if len(wanted) < 2 else [*wanted]
    taken += [None] * (3 - len(taken))
    for take in (_recognise, _take_next) if in_order else (_recognise,):
        for role in range(3):
            if taken[role] is None:
                free = ["" if k in taken else name or f"column {k + 1}" for k, name in enumerate(names)]
                taken[role] = take(role, free)
    x, y, loss = taken
    if loss is None:
        loss = only
    if loss is None:
        shown = ", ".join(tidy(name) for name in names[:10])
        raise InputError(f"which is the loss? Name it with columns=..., of {shown or 'none'}")
    called = tuple(
        usual if k is None else names[k] for k, usual in zip((x, y, loss), ("x", "y", "loss"), strict=True)
    )
    return Roles(x, y, loss, (called[0], called[1], called[2]), _tell((x, y, loss), names, wanted))


def _find(wanted: str, names: Sequence[str]) -> int:
    folded = [name.strip().lower() for name in names]
    for among, name in ((list(names), wanted), (folded, wanted.strip().lower())):
        if name in among:
            return among.index(name)
    if wanted.isascii() and wanted.isdecimal() and 1 <= int(wanted[:9]) <= len(names):
        return int(wanted[:9]) - 1
    raise unknown("column", wanted, [tidy(name) for name in names[:20]])


def _recognise(role: int, free: Sequence[str]) -> int | None:
    folded = [name.strip().lower() for name in free]
    for name in _NAMES[role]:
        if name in folded:
            return folded.index(name)
    return next((k for k, name in enumerate(folded) if role == 2 and "loss" in name), None)


def _take_next(_: int, free: Sequence[str]) -> int | None:
    return next((k for k, name in enumerate(free) if name), None)


def _tell(
    taken: tuple[int | None, int | None, int], names: Sequence[str], wanted: Sequence[int]
) -> tuple[str, ...]:
    """What was guessed; nothing where the user or the names leave no doubt."""
    if taken == tuple(wanted):
        return ()
    x, y, loss = (None if k is None else names[k] for k in taken)
    sure = [taken[2]] == [*wanted] or loss == "loss"
    if sure and ((x, y) == ("x", "y") or x is None or y is None):
        return ()
    shown = [repr(tidy(names[k])) if names[k] else f"column {k + 1}" for k in taken if k is not None]
    if x is None or y is None:
        return (f"{shown[-1]} is taken for the loss (columns=... says otherwise).",)
    return ("{}, {} and {} are taken for x, y and the loss (columns=... says otherwise).".format(*shown),)


def arrange(
    loss: npt.ArrayLike,
    x: npt.ArrayLike | None,
    y: npt.ArrayLike | None,
    names: tuple[str, str, str],
    choice: Choice,
    guesses: tuple[str, ...] = (),
    about: str = "",
) -> Sheet:
    """Make a sheet of arrays as they come: a loss with an axis each way, meshes, or a coordinate for each point.

    Args:
        loss: ``(ny, nx)``, ``(k, ny, nx)`` or ``(n,)``.
        x: ``(nx,)``, or of the shape of ``loss``; ``None`` if it is not known.
        y: ``(ny,)``, likewise.
        names: what the file calls x, y and the loss.
        choice: what the user says.
        guesses: what was guessed already.
        about: what the file says of itself.

    Raises:
        InputError: they make no surface.
    """
    values = read_numbers(loss, names[2])
    if x is None or y is None:
        xs = ys = None
    else:
        xs, ys = read_numbers(x, names[0]), read_numbers(y, names[1])
        if xs.shape == ys.shape == values.shape:
            xs, ys, values, told = place_points(xs.ravel(), ys.ravel(), values.ravel())
            guesses = (*guesses, *told)
    return make_sheet(
        values,
        xs,
        ys,
        names=names,
        guesses=guesses,
        about=about,
        logarithmic=choice.logarithmic,
        domain=choice.domain,
    )


class Placed(NamedTuple):
    """Points in their places: ``xs (nx,)`` and ``ys (ny,)`` ascending, ``loss (ny, nx)``, and what was guessed."""

    xs: Floats
    ys: Floats
    loss: Floats
    guesses: tuple[str, ...]


def place_points(x: Floats, y: Floats, loss: Floats) -> Placed:
    """Put points in any order onto the grid that they make; places without a point become holes.

    Args:
        x: of each point ``(n,)``.
        y: likewise.
        loss: likewise; NaN where there is none.

    Raises:
        InputError: the points are no grid, or one comes twice.
    """
    for name, axis in (("x", x), ("y", y)):
        if not np.isfinite(axis).all():
            raise InputError(f"point {np.argmin(np.isfinite(axis)) + 1} has no finite {name}")
    if np.unique(x).size * np.unique(y).size != x.size:
        x, y = _settle(x), _settle(y)
    grid = gather(x, y, loss)
    filled = round(grid.full * grid.loss.size)
    if filled < x.size:
        places, counts = np.unique(np.stack([x, y]), axis=1, return_counts=True)
        raise InputError("the point x = {:g}, y = {:g} comes twice".format(*places[:, np.argmax(counts > 1)]))
    missing = grid.loss.size - filled
    told = (f"Points of the grid that are missing are holes: {missing:,}.",) if missing else ()
    return Placed(grid.xs, grid.ys, grid.loss, told)


def _settle(axis: Floats) -> Floats:
    """Coordinates that differ by rounding only, made one."""
    values, numbers = np.unique(axis, return_inverse=True)
    apart = np.diff(values / 2) > _NOISE * (values[-1] / 2 - values[0] / 2)
    return np.asarray(
        values[np.concatenate([[True], apart])][np.concatenate([[0], np.cumsum(apart)])[numbers]]
    )
