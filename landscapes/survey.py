"""A loss that can be asked anywhere in a plane, worked out on a grid of it."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from landscapes.landscape import Array, Domain
from landscapes.progress import follow, write_progress
from landscapes.sampled.limits import require_grid

Floats = npt.NDArray[np.float64]
Evaluate = Callable[[Array], Array]
"""From positions in a plane ``(2, k)`` to the losses there ``(k,)``, both float64; NaN where there is none."""

_HIGHEST = 1e30
"""What float32 can make a spline of; see ``sampled.GridField``."""


def survey(evaluate: Evaluate, domain: Domain, resolution: int, what: str) -> Floats:
    """The losses on a square grid over the domain, borders included, row by row.

    Args:
        evaluate: the loss.
        domain: how far the grid reaches.
        resolution: grid points along each side.
        what: is surveyed, for whoever waits; where nobody else listens stderr shows how far it is.

    Returns:
        ``(resolution, resolution)`` as ``values[row of y, column of x]``; NaN where the loss is no number, or one
        beyond what a surface can show.

    Raises:
        InputError: a grid that no surface has.
    """
    side = max(resolution, 0)
    require_grid(np.broadcast_to(0.0, (side, side)), 2, domain)
    x_min, x_max, y_min, y_max = domain
    xs, ys = np.linspace(x_min, x_max, resolution), np.linspace(y_min, y_max, resolution)
    values = np.empty((resolution, resolution))
    with follow(what, values.size, write_progress) as note, np.errstate(all="ignore"):
        for row, y in enumerate(ys):
            values[row] = evaluate(np.stack([xs, np.full(resolution, y)]))
            note((row + 1) * resolution)
    return np.where(np.abs(values) <= _HIGHEST, values, np.nan)


def count_holes(values: Array) -> tuple[str, ...]:
    """A sentence for the user if there is no loss at some grid points."""
    holes = int((~np.isfinite(values)).sum())
    return (
        (f"At {holes:,} of {values.size:,} grid points the loss is no finite number: holes.",)
        if holes
        else ()
    )
