"""How far to look along a plane: what a map is to show, with a margin, and how to see more or less of it."""

import numpy as np

from landscapes.landscape import Array, Domain

_MARGIN = 0.3
"""Of what a map is to show, left around it on every side."""


def frame(xy: Array, slimmest: float = 0.0) -> Domain:
    """What holds all points ``(2, n)``, with a margin; no side is less than a share ``slimmest`` of the other."""
    low, high = xy.min(axis=1), xy.max(axis=1)
    margin = _MARGIN * (high - low)
    sides = high - low + 2 * margin
    margin += np.maximum(slimmest * sides.max() - sides, 0) / 2
    (x_min, y_min), (x_max, y_max) = (low - margin).tolist(), (high + margin).tolist()
    return x_min, x_max, y_min, y_max


def stretch(domain: Domain, span: float) -> Domain:
    """The domain made longer on both sides, so many times."""
    x_min, x_max, y_min, y_max = domain
    x, y = (x_min + x_max) / 2, (y_min + y_max) / 2
    width, height = span * (x_max - x_min) / 2, span * (y_max - y_min) / 2
    return domain if span == 1 else (x - width, x + width, y - height, y + height)
