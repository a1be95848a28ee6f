"""Bins of numbers, even in decades."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def spread_edges(losses: Floats, bins: int) -> Floats:
    """Edges ``(bins + 1,)`` around those of the losses ``(n,)`` that have a place on a scale in decades."""
    positive = losses[np.isfinite(losses) & (losses > 0)]
    high = float(positive.max()) if positive.size else 1.0
    low = max(float(positive.min()), high * 1e-9) if positive.size else 0.1
    return np.geomspace(low, max(high, 10 * low) * (1 + 1e-9), bins + 1)


def find_bins(values: Floats, edges: Floats) -> npt.NDArray[np.intp]:
    """Which bin each of the values is in ``(n,)``; those beyond the edges are in the first and the last."""
    return np.clip(np.searchsorted(edges, values, side="right") - 1, 0, edges.size - 2)
