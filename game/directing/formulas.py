"""Update rules as they are printed: pictures from ``assets/formulas.npz``, made by ``tests/make/formulas.py``."""

from functools import cache

import numpy as np
import numpy.typing as npt

import assets

EM_PX = 64
"""Of the letters in those pictures."""


@cache
def formula_names() -> tuple[str, ...]:
    """The optimizers whose update rule can be shown."""
    with np.load(assets.path("formulas.npz"), allow_pickle=False) as pictures:
        return tuple(pictures.files)


@cache
def load_formula(name: str) -> npt.NDArray[np.uint8]:
    """How much ink is where, ``(height, width)``, 255 for all; letters are ``EM_PX`` high."""
    with np.load(assets.path("formulas.npz"), allow_pickle=False) as pictures:
        ink: npt.NDArray[np.uint8] = pictures[name]
    return ink


def scale_ink(ink: npt.NDArray[np.uint8], width: int, height: int) -> npt.NDArray[np.uint8]:
    """The same ink on fewer pixels, each the mean of what it covers, ``(height, width)``."""
    light = ink.astype(np.float64)
    for axis, count in ((0, height), (1, width)):
        sums = np.concatenate([np.zeros_like(light.take([0], axis)), np.cumsum(light, axis)], axis)
        edges = np.linspace(0, light.shape[axis], count + 1)
        below = np.minimum(edges.astype(int), light.shape[axis] - 1)
        part = np.expand_dims(edges - below, 1 - axis)
        at = sums.take(below, axis) + part * light.take(below, axis)
        light = np.diff(at, axis=axis) * count / ink.shape[axis]
    return np.rint(light).astype(np.uint8)
