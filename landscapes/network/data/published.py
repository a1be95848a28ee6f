"""The published data sets that ship with the program."""

import numpy as np

import assets
from landscapes.network.data.dataset import Dataset, Table, split
from landscapes.network.data.table import read_table


def read_breast_cancer() -> Table:
    """The Wisconsin diagnostic breast cancer data as published: features ``(569, 30)``, malignant ``(569,)``.

    Source: W. Street, W. Wolberg, O. Mangasarian, "Nuclear feature extraction for breast tumor diagnosis",
    1993; https://doi.org/10.24432/C5DW2B.
    """
    table = read_table(assets.path("data", "breast_cancer.csv"), "malignant")
    return table._replace(classes=("benign", "malignant"))


def breast_cancer() -> Dataset:
    """All of the same, each feature with mean 0 and standard deviation 1; the target is 1 for malignant."""
    return split(read_breast_cancer(), seed=0, share=0).train


def read_digits() -> Table:
    """Handwritten digits as published: ink ``(1797, 64)`` of 8 x 8 pixels row by row, 0 to 16, and which ``(1797,)``.

    Source: E. Alpaydin, C. Kaynak, "Cascading classifiers", Kybernetika 34, 1998;
    https://doi.org/10.24432/C50P49.
    """
    with np.load(assets.path("data", "digits.npz"), allow_pickle=False) as arrays:
        pixels, digits = arrays["pixels"], arrays["digits"]
    names = tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8))
    classes = tuple(map(str, range(10)))
    return Table(pixels.astype(np.float64), digits.astype(np.int64), names, classes, "classes")


def read_iris() -> Table:
    """Fisher's irises as he published them: centimetres ``(150, 4)`` and the species ``(150,)``.

    Source: R. Fisher, "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7, 1936;
    https://doi.org/10.24432/C56C76.
    """
    return read_table(assets.path("data", "iris.csv"), "species")
