"""A smooth hilly terrain: Gaussian hills and hollows inside a soft rim."""

import numpy as np

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
    z = GROUND + RIM * ((x / 3) ** 6 + (y / 3) ** 6)
    for a, cx, cy, width in HILLS:
        z = z + a * np.exp(((x - cx) ** 2 + (y - cy) ** 2) * (-0.5 / width**2))
    return z


def slope(xy: Array, out: Array, scratch: Array) -> None:
    """Gradient of ``height``, see ``Field.gradient``; needs two work arrays."""
    away, square = scratch[0], scratch[1]
    bell = square[0]
    np.multiply(xy, xy, out=square)
    np.multiply(square, square, out=out)
    out *= xy
    out *= 6 * RIM / 3**6
    for centre, exponent, factor in _KERNEL[xy.dtype.char]:
        np.subtract(xy, centre, out=away)
        np.multiply(away, away, out=square)
        bell += square[1]
        bell *= exponent
        np.exp(bell, out=bell)
        bell *= factor
        away *= bell
        out += away


def _constants(dtype: type[np.floating]) -> list[tuple[Array, Array, Array]]:
    """Centre ``(2, 1)``, exponent and gradient factor of each hill, ready for the kernel's ufuncs."""
    return [
        (np.array([[x], [y]], dtype), np.array(-0.5 / width**2, dtype), np.array(-a / width**2, dtype))
        for a, x, y, width in HILLS
    ]


_KERNEL = {np.dtype(dtype).char: _constants(dtype) for dtype in (np.float32, np.float64)}
