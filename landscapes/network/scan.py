"""The loss of a network over a plane through its weights, averaged over all data: exact anywhere, and on a grid."""

import dataclasses
import functools
import math
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError
from landscapes.files.sheet import Sheet
from landscapes.landscape import Array, Domain
from landscapes.levels import Level
from landscapes.network.data import Dataset
from landscapes.network.mlp import check_fit, flatten
from landscapes.network.plane import Plane
from landscapes.network.recipe import Recipe, measure_means, measure_samples, measure_slopes, write_recipe
from landscapes.network.store import compute, hash_of
from landscapes.refine import Gap, Number, make_plan, measure
from landscapes.sampled import GridField
from landscapes.sampled.limits import require_grid

_VERSION = "2"
"""Of what is kept on disk: to be changed with whatever changes a number there."""
_WORK = 2**26
"""Neurons times samples times grid points of a chunk: about a fifth of a second, many times what it takes to send."""
_CHUNKS = 64
"""Of a scan at least, where its points are enough: so that there is something for everybody to do."""
MOST_BYTES = 2**29
"""What the losses of all samples over a plane may take, as float32: as many as the file of a surface may hold."""


@dataclasses.dataclass(frozen=True, eq=False)
class PlaneLoss:
    """The true loss of the networks of a plane, as a field: exact, where the played surface is a spline.

    Attributes:
        plane: positions are how far to walk along its first and second direction.
        data: the samples that the loss averages over.
    """

    plane: Plane
    data: Dataset

    @property
    def scratch(self) -> int:
        """How many ``(2, n)`` work arrays ``gradient`` needs."""
        return 0

    def value(self, xy: Array) -> Array:
        """Mean loss ``(n,)`` at positions ``(2, n)``, in the dtype of ``xy``."""
        return measure_means(self.recipe(xy.dtype), xy)

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:  # noqa: ARG002
        """Write the exact gradient ``(2, n)`` into ``out``: the chain rule backwards, then along the plane."""
        measure_slopes(self.recipe(xy.dtype), xy, out)

    def recipe(self, dtype: np.dtype[np.floating[Any]]) -> Recipe:
        """What the losses depend on, in this dtype; worked out once."""
        if dtype not in self._recipes:
            self._recipes[dtype] = write_recipe(self.plane, self.data, dtype)
        return self._recipes[dtype]

    @functools.cached_property
    def _recipes(self) -> dict[np.dtype[np.floating[Any]], Recipe]:
        return {}


def scan(
    loss: PlaneLoss,
    domain: Domain,
    resolution: int,
    *,
    folder: Path | None = None,
    executor: Executor | None = None,
    note: Callable[[int], None] | None = None,
    on_level: Callable[[Sheet], None] | None = None,
    on_gap: Callable[[Gap], None] | None = None,
) -> GridField:
    """The spline through the mean loss on a square grid over ``domain``, all in float64; coarse grids first.

    Args:
        loss: of the networks of a plane.
        domain: how far the grid reaches.
        resolution: grid points along each side.
        folder: where finished parts are kept, so that nothing is computed twice; ``None`` keeps nothing.
        executor: any of ``concurrent.futures``; two threads if ``None``. The values are the same whatever it is.
        note: told how many grid points are finished.
        on_level: given the grid of each level as soon as it is whole; see ``refine``.
        on_gap: told of each point without a loss.

    Raises:
        InputError: the network does not fit the data, or a grid that no surface has.
    """
    computed = np.empty(_count(loss, domain, resolution))
    values = _fill(
        computed, measure_means, loss, domain, resolution, folder, executor, note, on_level, on_gap
    )
    return GridField(values, domain)


def scan_samples(
    loss: PlaneLoss,
    domain: Domain,
    resolution: int,
    *,
    folder: Path | None = None,
    executor: Executor | None = None,
    note: Callable[[int], None] | None = None,
    on_gap: Callable[[Gap], None] | None = None,
) -> npt.NDArray[np.float32]:
    """The loss of every sample on a square grid over ``domain``, ``(samples, ny, nx)``; arguments as for ``scan``.

    The surface of any minibatch is their mean over its samples.

    Raises:
        InputError: as ``scan``, or it would take more than ``MOST_BYTES``.
    """
    points, samples = _count(loss, domain, resolution), loss.data.targets.shape[-1]
    check_room(samples, resolution)
    computed = np.empty((samples, points), np.float32)
    return _fill(computed, measure_samples, loss, domain, resolution, folder, executor, note, None, on_gap)


def check_room(samples: int, resolution: int) -> None:
    """Make sure that the losses of so many samples at as many grid points along each side fit in memory.

    Raises:
        InputError: they take more than ``MOST_BYTES``.
    """
    needed = 4 * samples * resolution**2
    if needed > MOST_BYTES:
        raise InputError(
            f"the losses of {samples:,} samples at {resolution} x {resolution} points take {needed:,} bytes of "
            f"memory, and {MOST_BYTES:,} are the most: take a resolution of "
            f"{math.isqrt(MOST_BYTES // (4 * samples))}, or fewer samples"
        )


class Errors(NamedTuple):
    """How far a surface is off the network: values by the loss's range, gradients by the largest of them."""

    largest_value: float
    median_value: float
    largest_gradient: float
    median_gradient: float


def measure_errors(loss: PlaneLoss, field: GridField, rng: np.random.Generator, points: int = 1000) -> Errors:
    """Hold the surface that is played on against the network itself, at random points beside the grid's.

    Points in holes do not count.
    """
    x_min, x_max, y_min, y_max = field.domain
    xy = np.stack([rng.uniform(x_min, x_max, points), rng.uniform(y_min, y_max, points)])
    found, exact = ((one.value(xy), _slope(one, xy)) for one in (field, loss))
    there = np.isfinite(found[0]) & np.isfinite(exact[0])
    heights = field.values[np.isfinite(field.values)]
    sizes = np.linalg.norm(exact[1], axis=0)
    return Errors(
        *_summarise(np.abs(found[0] - exact[0])[there], float(np.ptp(heights))),
        *_summarise(np.linalg.norm(found[1] - exact[1], axis=0)[there], sizes[there].max(initial=0.0)),
    )


def _summarise(errors: Array, scale: float) -> tuple[float, float]:
    """The largest and the median one, as shares of a scale; on what is flat as they are."""
    if not errors.size:
        return 0.0, 0.0
    return float(errors.max() / (scale or 1)), float(np.median(errors) / (scale or 1))


def _slope(field: PlaneLoss | GridField, xy: Array) -> Array:
    out = np.empty_like(xy)
    with np.errstate(all="ignore"):
        field.gradient(xy, out, np.empty((field.scratch, *xy.shape)))
    return out


def _count(loss: PlaneLoss, domain: Domain, resolution: int) -> int:
    """How many grid points there are, if they can be computed and make a surface."""
    check_fit(loss.plane.origin, *loss.data)
    side = max(resolution, 0)
    require_grid(np.broadcast_to(0.0, (side, side)), 2, domain)
    return side * side


def _fill(
    computed: npt.NDArray[Number],
    ask: Callable[[Recipe, Array], Array],
    loss: PlaneLoss,
    domain: Domain,
    resolution: int,
    folder: Path | None,
    executor: Executor | None,
    note: Callable[[int], None] | None,
    on_level: Callable[[Sheet], None] | None,
    on_gap: Callable[[Gap], None] | None,
) -> npt.NDArray[Number]:
    """Write what is asked of the grid points into ``computed (..., points)``; returns it as grids."""
    recipe = loss.recipe(computed.dtype)
    neurons = sum(layer.bias.size for layer in loss.plane.origin.layers)
    most = min(_WORK // (neurons * recipe.samples), resolution**2 // _CHUNKS)
    plan = make_plan(domain, resolution, recipe.points * max(1, most // recipe.points))
    gaps: list[Gap] = []

    def hear(gap: Gap) -> None:
        gaps.append(gap)
        if on_gap:
            on_gap(gap)

    def show(level: Level) -> None:
        if on_level:
            on_level(plan.cut(computed, level, gaps))

    compute(
        functools.partial(measure, functools.partial(ask, recipe)),
        [plan.locate(part).astype(computed.dtype) for part in plan.slices],
        [computed[..., part] for part in plan.slices],
        folder=folder and folder / "scans" / name_scan(loss, domain, resolution, samples=computed.ndim > 1),
        executor=executor,
        note=note,
        finished=plan.watch(show, hear),
    )
    return plan.arrange(computed)


def name_scan(loss: PlaneLoss, domain: Domain, resolution: int, *, samples: bool = False) -> str:
    """A name for what is scanned: the same for the same numbers, and for those only."""
    network = loss.plane.origin
    return hash_of(
        _VERSION,
        "samples" if samples else "means",
        *map(flatten, loss.plane.layers),
        *(layer.weight.shape for layer in network.layers),
        *loss.data,
        network.hidden.name,
        network.loss.name,
        network.weight_decay,
        domain,
        resolution,
    )
