"""Samples as they were measured, and as networks see them: standardised, and parted into training and test."""

import dataclasses
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

Task = Literal["binary", "classes", "regression"]
"""What targets are: 0 or 1, the number of a class, or any number."""


class Dataset(NamedTuple):
    """Samples as a network sees them.

    Attributes:
        inputs: ``(features, n)`` float64.
        targets: ``(n,)``; whole numbers from 0 for classes, else float64.
    """

    inputs: Floats
    targets: npt.NDArray[Any]


class Table(NamedTuple):
    """Samples as they were measured, one per row.

    Attributes:
        features: ``(n, features)`` float64.
        targets: ``(n,)``; int64 from 0 for classes, else float64.
        names: of the features.
        classes: what each target stands for; empty if it is a number.
        task: what the targets are.
    """

    features: Floats
    targets: npt.NDArray[Any]
    names: tuple[str, ...]
    classes: tuple[str, ...]
    task: Task


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """A data set parted into samples to learn from, and others to see what was learned.

    Attributes:
        task: what the targets are.
        train: each feature has mean 0 and standard deviation 1 here, or is 0 throughout if it never changes. So
            has the target of a regression: a loss of 1 is that of always answering the mean.
        test: standardised by the numbers of ``train``; ``None`` if all samples are for training.
        features: their names.
        classes: what each target stands for; empty if it is a number.
    """

    task: Task
    train: Dataset
    test: Dataset | None
    features: tuple[str, ...]
    classes: tuple[str, ...]


def split(table: Table, seed: int, share: float = 0.2) -> Split:
    """Part samples at random into training and test, and standardise both by what is known of the training samples.

    Args:
        table: the samples; their order is kept.
        seed: the same parts the same samples the same way.
        share: what becomes test samples, from 0 to below 1; of each class, if there are classes.
    """
    rng = np.random.default_rng(seed)
    labels = np.zeros_like(table.targets) if table.task == "regression" else table.targets
    groups = (np.flatnonzero(labels == label) for label in np.unique(labels))
    drawn = np.concatenate([rng.permutation(group)[: round(share * group.size)] for group in groups])
    tested = np.isin(np.arange(table.targets.size), drawn)
    inputs = _standardise(table.features, table.features[~tested])
    targets = table.targets
    if table.task == "regression":
        targets = _standardise(targets, targets[~tested])
    train, test = (Dataset(np.ascontiguousarray(inputs[rows].T), targets[rows]) for rows in (~tested, tested))
    return Split(table.task, train, test if tested.any() else None, table.names, table.classes)


def _standardise(columns: Floats, known: Floats) -> Floats:
    spread = known.std(axis=0)
    # Of a column that never changes it may be a rounding error, and of tiny numbers their squares may be lost.
    spread = np.where((np.ptp(known, axis=0) > 0) & (spread > 0), spread, 1.0)
    return np.asarray((columns - known.mean(axis=0)) / spread)
