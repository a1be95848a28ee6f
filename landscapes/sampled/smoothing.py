"""The noise taken out of a grid."""

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError
from landscapes.landscape import Array
from landscapes.sampled.limits import require_height

_WIDEST = 1e6
"""Cells to smooth over, beyond which all is one mean."""


def smooth(values: Array, cells: float) -> Array:
    """Take the noise out of a grid: every sample becomes a Gaussian average of those around it.

    The average is the discrete analogue of the Gaussian (Lindeberg, "Scale-Space for Discrete Signals", 1990):
    positive, of variance ``cells ** 2`` at any width, and what diffusion on a grid with closed borders does, so that
    the mean stays.

    Args:
        values: samples ``(..., ny, nx)``; those that are no finite numbers stay, and count for nothing.
        cells: standard deviation in grid cells; 0 leaves all as it is.

    Returns:
        ``(..., ny, nx)`` in the dtype of ``values``, if it is a float.

    Raises:
        InputError: a width that is no number from 0 to a million, or an enormous sample.
    """
    if not 0 <= cells <= _WIDEST:
        raise InputError(f"smoothing must be a number of grid cells from 0 to {_WIDEST:g}, not {cells:g}")
    if cells == 0:
        return values
    whole = np.isfinite(values)
    require_height(values)
    means = _diffuse(np.where(whole, values, 0.0), cells)
    if not whole.all():
        np.divide(means, _diffuse(whole.astype(np.float64), cells), out=means, where=whole)
    return np.where(whole, means, values).astype(np.result_type(values.dtype, np.float32))


def _diffuse(values: npt.NDArray[np.float64], cells: float) -> npt.NDArray[np.float64]:
    """Diffuse along the last two axes; a signal and its mirror image repeat, which closes the borders."""
    for axis in (-2, -1):
        n = values.shape[axis]
        decay = np.exp(cells * cells * (np.cos(np.pi * np.arange(n + 1) / n) - 1))
        spectrum = np.fft.rfft(np.concatenate([values, np.flip(values, axis)], axis), axis=axis)
        spectrum *= decay[:, np.newaxis] if axis == -2 else decay
        values = np.fft.irfft(spectrum, 2 * n, axis=axis).take(np.arange(n), axis=axis)
    return values
