"""What a grid must be for balls to roll on its spline."""

import numpy as np

from landscapes.errors import InputError
from landscapes.landscape import Array, Domain
from landscapes.sampled.holes import find_holes

_FEWEST = 4
"""Grid points per axis below which not-a-knot ends leave the spline undetermined."""

_MOST = 2**24
"""Cells that float32 can number."""

HIGHEST = 1e30
"""What a sample may be worth: float32 still holds the spline's coefficients."""


def require_grid(values: Array, axes: int, domain: Domain) -> None:
    """Refuse samples of another number of axes, or that balls cannot roll on; see ``GridField``.

    Raises:
        InputError: what is wrong, where, and what to do.
    """
    shape = " x ".join(map(str, values.shape))
    if values.ndim != axes or min(values.shape[-2:]) < _FEWEST or not values.size:
        raise InputError(f"a surface needs a grid of at least 4 x 4 points, not {shape}: sample it finer")
    if np.prod(np.add(values.shape[-2:], 1)) > _MOST:
        raise InputError(f"a grid of {shape} points is too fine: 4095 x 4095 is the most")
    require_height(values)
    holes = find_holes(values)
    if holes is not None and holes.all():
        raise InputError(
            "no cell of the grid has a number at all four corners: there is no surface to roll on"
        )
    x_min, x_max, y_min, y_max = domain
    if not (x_min < x_max and y_min < y_max and np.isfinite(domain).all()):
        raise InputError(f"the domain {domain} is empty: x_min < x_max and y_min < y_max must hold")
    _require_steps(values.shape, domain)


def require_height(values: Array) -> None:
    """Refuse a sample beyond what float32 can make a spline of.

    Raises:
        InputError: where the first is.
    """
    enormous = np.isfinite(values) & (np.abs(values) > HIGHEST)
    if enormous.any():
        *_, row, column = np.argwhere(enormous)[0]
        raise InputError(
            f"the sample at grid row {row}, column {column} is beyond {HIGHEST:g}: cut it, or take logarithms"
        )


def _require_steps(shape: tuple[int, ...], domain: Domain) -> None:
    """Balls move in float32: a cell must be some of its steps wide."""
    with np.errstate(over="ignore", invalid="ignore"):
        x_min, x_max, y_min, y_max = domain
        cell = min((x_max - x_min) / (shape[-1] - 1), (y_max - y_min) / (shape[-2] - 1))
        step = np.spacing(np.float32(np.abs(domain).max()))
    if not (4 * step <= cell and 1 / HIGHEST < cell < HIGHEST):
        raise InputError(
            f"cells of size {cell:.3g} cannot be told apart in the domain {domain}: shift or scale its coordinates"
        )
