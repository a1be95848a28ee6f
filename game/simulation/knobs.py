"""The knobs of a swarm: all that is changed while its balls roll, so that it can be put back."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from game.simulation.borders import Border
from game.simulation.optimizers import Optimizer, Rate
from game.simulation.schedules import Plan


class Knobs(NamedTuple):
    """How a swarm rolls, and what its balls remember at that moment.

    Attributes:
        tick: when this was so.
        optimizer: the row of the table of optimizers.
        settings: its hyper-parameters by name.
        lr: the learning rate, a number or one per ball ``(n,)``.
        schedule: of the learning rate.
        clocks: ticks at which the optimizer and the schedule began.
        batch_size: samples in a minibatch; ``None`` for all.
        noise: of the gradient, in units of the typical one.
        border: what happens to balls that leave.
        watch: what the schedule knows of each ball, arrays ``(n,)`` by name; empty if it does not look at the loss.
        memory: what the optimizer remembers, ``(p, n)`` by name; ``None`` if it is of no use any more.
        status: what had become of the balls ``(n,)``; likewise.
    """

    tick: int
    optimizer: Optimizer
    settings: Mapping[str, float | bool]
    lr: Rate
    schedule: Plan
    clocks: tuple[int, int]
    batch_size: int | None
    noise: float
    border: Border
    watch: Mapping[str, npt.NDArray[Any]]
    memory: Mapping[str, npt.NDArray[Any]] | None
    status: npt.NDArray[np.uint8] | None

    @property
    def nbytes(self) -> int:
        """Of what the balls remember."""
        arrays = [*self.watch.values(), *(self.memory or {}).values()]
        return sum(array.nbytes for array in arrays) + (0 if self.status is None else self.status.nbytes)

    def turned_as(self, other: "Knobs") -> bool:
        """Whether all of them stand as in another moment, whatever the balls remember."""
        ours, theirs = (
            knobs._replace(tick=0, lr=0.0, watch={}, memory=None, status=None) for knobs in (self, other)
        )
        return ours == theirs and np.array_equal(self.lr, other.lr)
