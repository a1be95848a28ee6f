"""Any function of many parameters as a landscape: its values over a plane through their space."""

from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from landscapes.delivery import Here
from landscapes.errors import InputError
from landscapes.files.sheet import Sheet
from landscapes.landscape import Array, Domain, Landscape
from landscapes.network.span import Span
from landscapes.progress import follow, write_progress
from landscapes.refine import refine
from landscapes.sampled import GridField

Floats = npt.NDArray[np.float64]

_AT_ONCE = 2**22
"""Numbers of parameters that a vectorised function is given at once."""


def from_function(
    loss: Callable[[Any], Any],
    origin: npt.ArrayLike,
    directions: npt.ArrayLike,
    *,
    vectorized: bool = False,
    domain: Domain = (-1.0, 1.0, -1.0, 1.0),
    resolution: int = 64,
    title: str = "",
    executor: Executor | None = None,
    on_level: Callable[[Sheet], None] | None = None,
) -> Landscape:
    """The loss over the plane ``origin + x * first + y * second``: of JAX, scikit-learn, physics code or anything.

    On the grid points it is the function's own value; between them a spline, whose slope is the surface's gradient.
    Where the function raises something, or returns no finite number, there is a hole; ``notes`` say why.

    Args:
        loss: takes parameters shaped like ``origin`` and returns a number.
        origin: the parameters at (0, 0), of any shape; float32 stays float32, all else is float64.
        directions: two of that shape.
        vectorized: whether ``loss`` takes ``(k, *shape)`` and returns ``(k,)`` instead.
        domain: ``(x_min, x_max, y_min, y_max)`` in lengths of the directions.
        resolution: grid points along each side.
        title: what a player reads; the function's name if empty.
        executor: who calls the function, such as a process pool; this very thread if ``None``.
        on_level: given ever finer grids as soon as each is whole; see ``refine``.

    Raises:
        InputError: the directions make no plane, the function returns something else, or it has no loss anywhere.
    """
    name = title or getattr(loss, "__name__", type(loss).__name__)
    start, ways = _as_numbers(origin), _as_numbers(directions)
    if ways.shape != (2, *start.shape):
        raise InputError(
            f"directions must have the shape {(2, *start.shape)}, two like the origin, not {ways.shape}"
        )
    plane = Span(start.ravel(), *ways.reshape(2, -1))
    ask = _ask_at_once if vectorized else _ask_one_by_one
    with follow(f"scanning {name}", resolution**2, write_progress) as note:
        sheet = refine(
            partial(ask, loss, plane, start),
            domain,
            resolution,
            size=max(resolution, 1),
            about=name,
            executor=executor or Here(),
            note=note,
            on_level=on_level,
        )
    return Landscape(
        name=name,
        title=name,
        about=f"{start.size:,} parameters, along two directions",
        source="a function of yours",
        domain=domain,
        field=GridField(sheet.loss, domain),
        notes=sheet.notes,
    )


def _as_numbers(given: npt.ArrayLike) -> npt.NDArray[np.floating[Any]]:
    array = np.asarray(given)
    if array.dtype.kind not in "buif":
        raise InputError(
            f"parameters must be real numbers, not {array.dtype}: give their real and imaginary parts"
        )
    return array if array.dtype == np.float32 else array.astype(np.float64)


def _ask_one_by_one(loss: Callable[[Any], Any], plane: Span, like: npt.NDArray[Any], xy: Array) -> Floats:
    places = (_place(plane, xy[:, k : k + 1], like)[0] for k in range(xy.shape[1]))
    return np.array([_read(loss(place), ())[()] for place in places])


def _ask_at_once(loss: Callable[[Any], Any], plane: Span, like: npt.NDArray[Any], xy: Array) -> Floats:
    size = max(1, _AT_ONCE // max(like.size, 1))
    parts = [xy[:, k : k + size] for k in range(0, xy.shape[1], size)]
    return np.concatenate([_read(loss(_place(plane, part, like)), part.shape[1:]) for part in parts])


def _place(plane: Span, xy: Array, like: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return plane.place(xy).astype(like.dtype).reshape(-1, *like.shape)


def _read(answer: Any, shape: tuple[int, ...]) -> Floats:
    """The losses that a function returned, in float64."""
    values = np.asarray(answer)
    if values.dtype.kind not in "buif" or values.size != int(np.prod(shape)):
        what = f"{shape[0]} numbers, one for each row" if shape else "one number"
        raise InputError(f"the function must return {what}, not {values.dtype} of shape {values.shape}")
    return values.astype(np.float64).reshape(shape)
