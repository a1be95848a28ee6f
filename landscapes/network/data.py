"""The data sets that ship with the program. Sources and licences: ``assets/data/LICENSES.md``."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

import assets


class Dataset(NamedTuple):
    """Samples to classify: ``inputs (features, n)``, standardised, and ``targets (n,)``, both float64."""

    inputs: npt.NDArray[np.float64]
    targets: npt.NDArray[np.float64]


def read_breast_cancer() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The Wisconsin diagnostic breast cancer data as published: features ``(569, 30)``, malignant ``(569,)``.

    Source: W. Street, W. Wolberg, O. Mangasarian, "Nuclear feature extraction for breast tumor diagnosis",
    1993; https://doi.org/10.24432/C5DW2B.
    """
    with assets.path("data", "breast_cancer.csv").open(encoding="utf-8") as file:
        table = np.loadtxt(file, delimiter=",", skiprows=1)
    return table[:, 1:], table[:, 0]


def breast_cancer() -> Dataset:
    """The same, each feature with mean 0 and standard deviation 1; the target is 1 for malignant."""
    features, malignant = read_breast_cancer()
    standardised = (features - features.mean(axis=0)) / features.std(axis=0)
    return Dataset(np.ascontiguousarray(standardised.T), malignant)
