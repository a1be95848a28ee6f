"""Data sets that are drawn from a seed. With a noise of 0 they are the shapes that they are named for."""

import numpy as np

from landscapes.network.data.dataset import Floats, Table


def draw_xor(seed: int, copies: int = 1, noise: float = 0.0) -> Table:
    """The corners of the unit square ``(4 * copies, 2)``; the target is whether one coordinate alone is 1.

    Args:
        seed: of the noise.
        copies: of each corner.
        noise: standard deviation, along each axis.
    """
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return _scatter([np.tile(corners[rows], (copies, 1)) for rows in ([0, 3], [1, 2])], seed, noise)


def draw_moons(seed: int, n: int = 500, noise: float = 0.15) -> Table:
    """Half circles of radius 1 ``(n, 2)``, above the origin and below ``(1, 0.5)``; noise as in ``draw_xor``."""
    upper, lower = (np.linspace(0, np.pi, count) for count in _halve(n))
    return _scatter(
        [
            np.stack([np.cos(upper), np.sin(upper)], axis=1),
            np.stack([1 - np.cos(lower), 0.5 - np.sin(lower)], axis=1),
        ],
        seed,
        noise,
    )


def draw_circles(seed: int, n: int = 500, noise: float = 0.1) -> Table:
    """Circles of radius 1 and, inside it, 0.5 ``(n, 2)``; noise as in ``draw_xor``."""
    angles = [np.linspace(0, 2 * np.pi, count, endpoint=False) for count in _halve(n)]
    circles = [
        radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        for radius, angle in zip((1.0, 0.5), angles, strict=True)
    ]
    return _scatter(circles, seed, noise)


def draw_spirals(seed: int, n: int = 500, noise: float = 0.1) -> Table:
    """Two opposite spirals of three turns from radius 6.5 to 0.5 ``(n, 2)``; noise as in ``draw_xor``.

    Source: K. Lang, M. Witbrock, "Learning to tell two spirals apart", Proceedings of the 1988 Connectionist
    Models Summer School; theirs are 194 points without noise.
    """
    spirals = []
    for sign, count in zip((1, -1), _halve(n), strict=True):
        step = np.linspace(0, 96, count)
        radius, angle = sign * 6.5 * (104 - step) / 104, np.pi * step / 16
        spirals.append(np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1))
    return _scatter(spirals, seed, noise)


def draw_sine(seed: int, n: int = 200, noise: float = 0.1) -> Table:
    """Places x ``(n, 1)``, uniform from -pi to pi, and as targets sin(x), to which the noise is added."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-np.pi, np.pi, (n, 1))
    return Table(x, np.sin(x[:, 0]) + noise * rng.standard_normal(n), ("x",), (), "regression")


def _scatter(shapes: list[Floats], seed: int, noise: float) -> Table:
    points = np.concatenate(shapes)
    points += noise * np.random.default_rng(seed).standard_normal(points.shape)
    targets = np.repeat([0.0, 1.0], [len(shape) for shape in shapes])
    return Table(points, targets, ("x", "y"), ("0", "1"), "binary")


def _halve(n: int) -> tuple[int, int]:
    return n - n // 2, n // 2
