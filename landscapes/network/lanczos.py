"""The largest eigenvalues of a matrix that is known by its products only, such as the Hessian of a network."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError
from landscapes.landscape import Array
from landscapes.network.span import fix_signs

Floats = npt.NDArray[np.float64]


class Eigenpairs(NamedTuple):
    """Eigenvalues, largest first, and what belongs to them.

    Attributes:
        values: ``(k,)``.
        vectors: ``(k, p)``, of length 1 and at right angles; the largest number of each is positive.
        residuals: ``(k,)``, lengths of ``product(vector) - value * vector``; as close there is an eigenvalue.
        products: how many it took.
    """

    values: Floats
    vectors: Floats
    residuals: Floats
    products: int


def find_largest(
    product: Callable[[Array], Array],
    size: int,
    seed: int,
    count: int = 2,
    tolerance: float = 1e-8,
    most: int = 300,
) -> Eigenpairs:
    """The largest eigenvalues of a symmetric matrix, by block Lanczos with full reorthogonalisation.

    As many starting vectors as eigenvalues are asked for tell those apart that are equal.

    Args:
        product: the matrix times a vector ``(size,)``.
        size: of the matrix.
        seed: of the random starting vectors.
        count: how many eigenvalues.
        tolerance: stop when no residual is above this share of the largest magnitude of an eigenvalue.
        most: stop after so many products, whatever the residuals.

    Raises:
        InputError: the matrix is too small for as many, or a product is not finite.

    Source: G. Golub, C. Van Loan, "Matrix computations", 4th edition 2013, section 10.3.
    """
    if size < count:
        raise InputError(
            f"{size} weights have fewer than {count} directions of curvature: take a larger network"
        )
    limit = max(count, min(size, most))
    basis, images = np.empty((limit, size)), np.empty((limit, size))
    inner = np.zeros((limit, limit))
    width = done = 0
    for start in np.random.default_rng(seed).standard_normal((count, size)):
        width += _append(basis, width, start)
    while True:
        images[done] = product(basis[done])
        if not np.isfinite(images[done]).all():
            raise InputError("the curvature is not finite: did the training diverge? take a lower rate")
        done += 1
        inner[done - 1, :done] = basis[:done] @ images[done - 1]
        if width < limit:
            width += _append(basis, width, images[done - 1])
        if done % count == 0 or done == width:
            values, mixtures = np.linalg.eigh(inner[:done, :done])
            found = _combine(values, mixtures, basis[:done], images[:done], count)
            if done == width or (found.residuals <= tolerance * np.abs(values).max()).all():
                return found


def _combine(values: Floats, mixtures: Floats, basis: Floats, images: Floats, count: int) -> Eigenpairs:
    """The largest eigenvalues of a matrix, by those of the matrix within the basis, smallest first."""
    largest = values[: -count - 1 : -1]
    chosen = np.ascontiguousarray(mixtures.T[: -count - 1 : -1])
    vectors = chosen @ basis
    residuals = np.linalg.norm(chosen @ images - largest[:, np.newaxis] * vectors, axis=1)
    return Eigenpairs(largest, fix_signs(vectors).astype(np.float64), residuals, len(basis))


def _append(basis: Floats, width: int, vector: Array) -> bool:
    """Put what of a vector is at right angles to the basis behind it; whether there was any."""
    rest = np.array(vector, np.float64)
    # Twice is enough for anything but a rounding error, which the third time makes as good as a new start.
    for _ in range(3):
        rest -= (basis[:width] @ rest) @ basis[:width]
    length = np.linalg.norm(rest)
    if length == 0:
        return False
    basis[width] = rest / length
    return True
