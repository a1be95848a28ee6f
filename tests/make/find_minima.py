"""Print every minimum of a landscape, deepest first, as the literals that its row holds.

Usage: python tests/make/find_minima.py NAME [RESOLUTION]
"""

import sys

import numpy as np
import numpy.typing as npt

import landscapes

Points = npt.NDArray[np.float64]


def find_minima(landscape: landscapes.Landscape, resolution: int = 201) -> Points:
    """Interior minima ``(m, 2)``, deepest first: Newton's method from every point of a grid."""
    x_min, x_max, y_min, y_max = landscape.domain
    x, y = np.meshgrid(np.linspace(x_min, x_max, resolution), np.linspace(y_min, y_max, resolution))
    xy = np.stack([x.ravel(), y.ravel()])
    longest_step = landscape.extent / 40
    with np.errstate(all="ignore"):
        for _ in range(60):
            gradient, hessian = landscape.gradient(xy), _hessian(landscape, xy)
            step = np.linalg.solve(hessian.T + 1e-300 * np.eye(2), gradient.T[:, :, None])[:, :, 0].T
            xy = xy - step * np.minimum(1, longest_step / np.linalg.norm(step, axis=0))
        still = np.linalg.norm(landscape.gradient(xy), axis=0) < 1e-12 * landscape.gradient_scale
        convex = np.linalg.eigvalsh(_hessian(landscape, xy).T).min(axis=1) > 1e-9 * landscape.gradient_scale
    inside = (x_min <= xy[0]) & (xy[0] <= x_max) & (y_min <= xy[1]) & (xy[1] <= y_max)
    found = xy[:, still & convex & inside].T
    _, first = np.unique(np.round(found / landscape.extent, 7), axis=0, return_index=True)
    found = found[first]
    return found[np.argsort(landscape.value(found.T), kind="stable")]


def _hessian(landscape: landscapes.Landscape, xy: Points) -> Points:
    """Hessians ``(2, 2, n)`` by central differences of the exact gradient."""
    h = 1e-6 * landscape.extent
    columns = [
        (landscape.gradient(xy + step) - landscape.gradient(xy - step)) / (2 * h)
        for step in (np.array([[h], [0.0]]), np.array([[0.0], [h]]))
    ]
    both = np.stack(columns)
    return np.asarray((both + both.swapaxes(0, 1)) / 2, np.float64)


if __name__ == "__main__":
    surface = landscapes.get(sys.argv[1])
    for (x, y), loss in zip(
        minima := find_minima(surface, *map(int, sys.argv[2:])), surface.value(minima.T), strict=True
    ):
        print(f"({x:.12f}, {y:.12f}),  # {loss:.9f}")
