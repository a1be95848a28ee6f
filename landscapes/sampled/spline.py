"""Cubic splines with not-a-knot ends along one axis: second derivatives, polynomials, B-spline coefficients.

Source: C. de Boor, "A Practical Guide to Splines", 1978, ch. IV.
"""

import numpy as np
from numpy import subtract

from landscapes.landscape import Array


def find_bend(samples: Array) -> Array:
    """Second derivatives ``(n, ...)`` at the points of the not-a-knot splines down the first axis.

    Between neighbours ``m[i-1] + 4 m[i] + m[i+1] = 6 d[i]`` with second differences ``d``; that the third derivative
    does not jump at the last points but one makes ``m = d`` there. Elimination forwards, then back.
    """
    n = len(samples)
    bend = np.empty_like(samples)
    subtract(samples[2:], samples[1:-1], bend[1:-1])
    bend[1:-1] -= samples[1:-1] - samples[:-2]
    factors = [0.0, 0.0]
    for i in range(2, n - 2):
        factors.append(1 / (4 - factors[-1]))
        bend[i] *= 6
        bend[i] -= bend[i - 1] if i < n - 3 else bend[i - 1] + bend[i + 1]
        bend[i] *= factors[i]
    for i in range(n - 4, 1, -1):
        bend[i] -= factors[i] * bend[i + 1]
    bend[0] = 2 * bend[1] - bend[2]
    bend[-1] = 2 * bend[-2] - bend[-3]
    return bend


def cut_axis(samples: Array) -> Array:
    """Power coefficients of the splines down the first axis: ``(n, m) -> (4, n + 1, m)``.

    Cell ``k`` lies between points ``k - 1`` and ``k`` and its polynomial starts at point ``k - 1``, on a grid
    of spacing one; the first and the last cell are the straight lines beyond the border.
    """
    bend = find_bend(samples)
    low, high = bend[:-1], bend[1:]
    pieces = np.zeros((4, len(samples) + 1, samples.shape[1]), samples.dtype)
    constant, slope, square, cube = pieces
    constant[1:] = samples
    inner = slope[1:-1]
    subtract(samples[1:], samples[:-1], inner)
    inner -= (2 * low + high) / 6
    np.divide(low, 2, out=square[1:-1])
    np.divide(high - low, 6, out=cube[1:-1])
    slope[0] = slope[1]
    slope[-1] = slope[-2] + (low[-1] + high[-1]) / 2
    constant[0] = constant[1] - slope[0]
    return pieces


def control_axis(samples: Array) -> Array:
    """Coefficients ``(n + 2, ...)`` of the B-splines down the first axis: ``c[i] = f[i] - m[i] / 6``, ``m`` the bend.

    The first and the last follow from ``m = c[i-1] - 2 c[i] + c[i+1]`` at the ends.
    """
    bend = find_bend(samples)
    coefficients = np.empty((len(samples) + 2, *samples.shape[1:]), samples.dtype)
    inner = coefficients[1:-1]
    subtract(samples, bend / 6, inner)
    coefficients[0] = bend[0] + 2 * inner[0] - inner[1]
    coefficients[-1] = bend[-1] + 2 * inner[-1] - inner[-2]
    return coefficients
