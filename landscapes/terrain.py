"""A smooth hilly terrain: Gaussian hills and hollows inside a soft rim."""

import numpy as np
from numpy import add, exp, multiply, subtract

from landscapes.landscape import Array, Domain

DOMAIN: Domain = (-3.0, 3.0, -3.0, 3.0)

# Height, x, y and width of each hill (positive) or hollow (negative). A seeded search proposed them, eyes chose; they
# are literal, so that no random generator ever moves a valley.
HILLS: tuple[tuple[float, float, float, float], ...] = (
    (0.7, 1.64, 1.1, 0.58),
    (0.47, 0.67, 0.38, 0.67),
    (0.39, -1.26, 1.74, 0.42),
    (0.11, -0.91, 2.08, 0.58),
    (-0.26, -0.52, -1.66, 0.55),
    (-0.27, 2.0, 0.2, 0.6),
    (-0.32, 2.14, -0.42, 0.62),
    (-0.32, -2.55, 0.76, 0.69),
    (-0.29, -2.52, -1.41, 0.75),
    (-0.38, -2.0, 2.4, 0.56),
    (-0.36, 1.14, 2.35, 0.52),
    (-0.39, 0.22, 1.44, 0.46),
    (-0.51, -0.21, 0.33, 0.47),
    (-0.53, -0.54, -1.31, 0.45),
    (-0.53, 1.9, -2.21, 0.78),
    (-0.53, 2.37, 1.81, 0.51),
    (-0.63, 0.57, -0.61, 0.47),
)
GROUND = 0.8
RIM = 0.13  # how much the middle of a side is raised, to keep balls in


def height(x: Array, y: Array) -> Array:
    """Height of the terrain at ``x`` and ``y``."""
    u, v = (x / 3) ** 2, (y / 3) ** 2
    z: Array = GROUND + RIM * (u * u * u + v * v * v)
    for a, cx, cy, width in HILLS:
        # In place: searches ask for the height at every step.
        bell, across = subtract(x, cx), subtract(y, cy)
        multiply(bell, bell, bell)
        multiply(across, across, across)
        add(bell, across, bell)
        multiply(bell, -0.5 / width**2, bell)
        exp(bell, bell)
        multiply(bell, a, bell)
        add(z, bell, z)
    return z


def slope(xy: Array, out: Array, scratch: Array) -> None:
    """Gradient of ``height``, see ``Field.gradient``; needs two work arrays."""
    x, y, away, squares = xy[0], xy[1], scratch[0], scratch[1]
    along, across, bell, square = away[0], away[1], squares[0], squares[1]
    rim, hills = _SCALARS[xy.dtype.char]
    multiply(xy, xy, squares)
    multiply(squares, squares, out)
    multiply(out, xy, out)
    multiply(out, rim, out)
    for centre_x, centre_y, exponent, factor in hills:
        subtract(x, centre_x, along)
        subtract(y, centre_y, across)
        multiply(away, away, squares)
        add(bell, square, bell)
        multiply(bell, exponent, bell)
        exp(bell, bell)
        multiply(bell, factor, bell)
        multiply(along, bell, along)
        multiply(across, bell, across)
        add(out, away, out)


def _freeze(dtype: type[np.floating]) -> tuple[Array, list[tuple[Array, ...]]]:
    """What the kernel reckons with, as arrays of no dimension: the cheapest scalars for a ufunc.

    Of the rim its factor; of each hill its centre, the factor in the exponent and that in the gradient.
    """
    hills = [(x, y, -0.5 / width**2, -a / width**2) for a, x, y, width in HILLS]
    return np.array(6 * RIM / 3**6, dtype), [tuple(np.array(k, dtype) for k in hill) for hill in hills]


_SCALARS = {np.dtype(dtype).char: _freeze(dtype) for dtype in (np.float32, np.float64)}
