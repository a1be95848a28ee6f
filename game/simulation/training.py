"""Training: whole networks roll to where a plane is then laid through their weights."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from game.simulation.swarm import Swarm
from landscapes.errors import InputError
from landscapes.landscape import Array, Landscape
from landscapes.network.data import Dataset
from landscapes.network.mlp import Network
from landscapes.network.plane import make_plane
from landscapes.network.scan import PlaneLoss
from landscapes.network.span import Span
from landscapes.network.weights import WeightSpace

Floats = npt.NDArray[np.float64]

REACH = 1e4
"""How far weights may grow."""


def train(
    network: Network,
    data: Dataset,
    start: Array,
    *,
    optimizer: str = "adam",
    lr: float = 0.01,
    steps: int = 1000,
    batch_size: int | None = None,
    settings: Mapping[str, float | bool] | None = None,
    schedule: str = "constant",
    seed: int = 0,
    every: int = 0,
    note: Callable[[int], None] | None = None,
) -> Iterator[Floats]:
    """Train some networks at once by the optimizers that move the balls, in float64.

    Args:
        network: its sizes, hidden neurons and loss are those of all.
        data: what they learn from.
        start: their first weights ``(k, p)``.
        optimizer: by name.
        lr: its learning rate.
        steps: how many it takes.
        batch_size: samples a step sees; all of them if ``None``.
        settings: of the optimizer.
        schedule: of the learning rate.
        seed: of the minibatches.
        every: steps between two looks at the weights; 0 looks at the end only.
        note: told how many steps are done.

    Yields:
        The weights ``(k, p)``, at the start first if there is more than one look.

    Raises:
        InputError: a name or a number that cannot be, or a network that diverged.
    """
    swarm = Swarm(
        _open_field(network, data, start.shape[1]),
        optimizer,
        start.T,
        lr=lr,
        settings=settings,
        schedule=schedule,
        batch_size=None if batch_size is None or batch_size >= data.targets.shape[-1] else batch_size,
        seed=seed,
        space="whole",
        dtype=np.float64,
    )
    if every:
        yield np.asarray(swarm.position.T, np.float64)
    while swarm.tick < steps:
        swarm.step(min(every or 100, steps - swarm.tick))
        if note:
            note(swarm.tick)
        if every or swarm.tick == steps:
            vectors = np.asarray(swarm.position.T, np.float64)
            if not np.isfinite(vectors).all():
                raise InputError(
                    f"the training diverged within {swarm.tick} steps: take a lower rate than {lr:g}"
                )
            yield vectors


def _open_field(network: Network, data: Dataset, size: int) -> Landscape:
    """A landscape that nothing is seen of: training needs no map, only room."""
    axes = REACH * np.eye(2, size)
    plane = make_plane(network, Span(np.zeros(size), *axes))
    domain = (-1.0, 1.0, -1.0, 1.0)
    return Landscape(
        name="training",
        title="Training",
        about="all weights of a network",
        source="",
        domain=domain,
        field=PlaneLoss(plane, data),
        weights=WeightSpace(plane, data, domain),
    )
