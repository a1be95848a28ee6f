"""Any loss over a plane as a surface: coarse first, resumable, on any executor, and with what went wrong where.

The loss is a function from plane coordinates ``(2, k)`` float64 to losses ``(k,)``; a point's must not depend on which
others are asked for with it, and then neither does the surface depend on who computed it.
"""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError
from landscapes.files.sheet import Sheet, make_sheet, tidy
from landscapes.landscape import Array, Domain
from landscapes.levels import Level, find_levels
from landscapes.network.store import Fault, Part, compute, hash_of
from landscapes.sampled.limits import HIGHEST, require_grid

Number = TypeVar("Number", np.float32, np.float64)
Evaluate = Callable[[Array], npt.ArrayLike]
"""Losses ``(k,)`` at plane coordinates ``(2, k)``."""

MOST_TOLD = 20
"""Points that went wrong that a file lists one by one."""
_LONGEST_FAULT = 200


class Gap(NamedTuple):
    """A point that has no loss, and in a line why."""

    x: float
    y: float
    text: str

    def __str__(self) -> str:
        """Where and why."""
        return f"({self.x:.6g}, {self.y:.6g}): {self.text}"


@dataclasses.dataclass(frozen=True, eq=False)
class Plan:
    """In which order the points of a square grid are computed; ``make_plan`` makes one.

    Attributes:
        xs: coordinates of the columns of the finest grid.
        ys: of the rows.
        levels: the grids.
        order: the points of the finest grid, row by row, in the order of their turn.
        size: of a chunk, in points; the last one of a level may be smaller.
    """

    xs: npt.NDArray[np.float64]
    ys: npt.NDArray[np.float64]
    levels: tuple[Level, ...]
    order: npt.NDArray[np.intp]
    size: int

    @functools.cached_property
    def slices(self) -> list[slice]:
        """Where each chunk has its points in the order; no chunk belongs to two levels."""
        ends = np.cumsum([level.fresh.size for level in self.levels]).tolist()
        return [
            slice(start, min(start + self.size, end))
            for begin, end in zip([0, *ends], ends, strict=False)
            for start in range(begin, end, self.size)
        ]

    def locate(self, part: slice) -> npt.NDArray[np.float64]:
        """The coordinates ``(2, k)`` of a part of the order."""
        rows, columns = np.divmod(self.order[part], self.xs.size)
        return np.stack([self.xs[columns], self.ys[rows]])

    def arrange(self, computed: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Numbers ``(..., points)`` in the order as grids ``(..., rows, columns)``."""
        grids = np.empty_like(computed)
        grids[..., self.order] = computed
        return grids.reshape(*computed.shape[:-1], self.ys.size, self.xs.size)

    def cut(self, computed: Array, level: Level, gaps: Sequence[Gap] = (), about: str = "") -> Sheet:
        """The grid of a level, as soon as all its numbers ``(points,)`` are there.

        Raises:
            InputError: there is no loss at any of its points.
        """
        grid = np.empty_like(computed)
        grid[self.order] = computed
        losses = grid.reshape(self.ys.size, -1)[np.ix_(level.axis, level.axis)]
        xs, ys = self.xs[level.axis], self.ys[level.axis]
        here = [gap for gap in gaps if gap.x in xs and gap.y in ys]
        if here and not np.isfinite(losses).any():
            raise InputError(f"no loss at any of {losses.size} points; the first one, {min(here)}")
        return dataclasses.replace(make_sheet(losses, xs, ys, about=about), notes=tell_gaps(here))

    def watch(
        self, on_level: Callable[[Level], None], on_gap: Callable[[Gap], None]
    ) -> Callable[[int, tuple[Fault, ...]], None]:
        """What ``compute`` is to tell of each finished chunk, for these to hear of each level and of each gap."""
        slices = self.slices
        ends = np.cumsum([level.fresh.size for level in self.levels]).tolist()
        turns = np.searchsorted(ends, [part.start for part in slices], side="right")
        left = np.bincount(turns, minlength=len(ends))
        reached = 0

        def note(number: int, faults: tuple[Fault, ...]) -> None:
            nonlocal reached
            at = (
                self.locate(slices[number])[:, [fault.column for fault in faults]].T.tolist()
                if faults
                else []
            )
            for fault, (x, y) in zip(faults, at, strict=True):
                on_gap(Gap(x, y, fault.text))
            left[turns[number]] -= 1
            while reached < len(left) and not left[reached]:
                reached += 1
                on_level(self.levels[reached - 1])

        return note


def make_plan(domain: Domain, resolution: int, size: int) -> Plan:
    """The order in which a grid over a domain is computed, in chunks of so many points at most."""
    levels = find_levels(resolution)
    x_min, x_max, y_min, y_max = domain
    return Plan(
        np.linspace(x_min, x_max, resolution),
        np.linspace(y_min, y_max, resolution),
        levels,
        np.concatenate([level.fresh for level in levels]),
        size,
    )


def measure(evaluate: Evaluate, xy: Array) -> Part:
    """Losses ``(..., k)`` at points ``(2, k)``; where asking fails or gives no number, why, and NaN or what it gave.

    Where asking for several fails, they are asked for in halves, until it is known which ones it is.

    Raises:
        InputError: as the loss raises it.
    """
    try:
        values = np.asarray(evaluate(xy))
        if values.shape[-1:] != xy.shape[1:]:
            raise ValueError(f"{xy.shape[1]} points gave losses of shape {values.shape}")
    except InputError:  # a loss of the wrong kind, which is so at all points
        raise
    except Exception as error:  # whatever the user's own code makes of it
        half = xy.shape[1] // 2
        if not half:
            return Part(np.full(1, np.nan), (Fault(0, _describe(error)),))
        first, second = (measure(evaluate, np.ascontiguousarray(xy[:, part])) for part in _halve(half))
        moved = (fault._replace(column=fault.column + half) for fault in second.faults)
        shape = max(first.values.shape[:-1], second.values.shape[:-1], key=len)
        both = [np.broadcast_to(part.values, (*shape, part.values.shape[-1])) for part in (first, second)]
        return Part(np.concatenate(both, axis=-1), (*first.faults, *moved))
    lost = ~np.isfinite(values).all(axis=tuple(range(values.ndim - 1)))
    return Part(
        values, tuple(Fault(k, "the loss is no finite number") for k in np.flatnonzero(lost).tolist())
    )


def refine(
    evaluate: Evaluate,
    domain: Domain,
    resolution: int,
    *,
    key: str = "",
    size: int = 64,
    about: str = "",
    folder: Path | None = None,
    executor: Executor | None = None,
    note: Callable[[int], None] | None = None,
    on_level: Callable[[Sheet], None] | None = None,
    on_gap: Callable[[Gap], None] | None = None,
) -> Sheet:
    """The losses on a square grid over a domain, coarse grids first.

    Args:
        evaluate: the loss, which can be sent to other processes if the executor has any.
        domain: how far the grid reaches.
        resolution: grid points along each side.
        key: what the loss depends on, such as ``hash_of`` makes it; what is kept is found by it.
        size: points of a chunk: what is lost where a worker is; a second's worth or more wastes nothing.
        about: one line for the sheets.
        folder: where finished chunks are kept, under the key; ``None`` keeps nothing.
        executor: any of ``concurrent.futures``, or that offers its interface; two threads if ``None``.
        note: told how many grid points are finished.
        on_level: given the grid of each level as soon as it is whole, computed points only, the finest at last.
        on_gap: told of each point without a loss.

    Returns:
        the finest grid; what went wrong is in its ``notes``.

    Raises:
        InputError: a grid that no surface has, or no loss at any point of the coarsest grid; or as the loss raises it.
        BrokenExecutor: the executor is gone; finished chunks are kept.
    """
    if folder and not key:
        raise InputError("what is to be kept needs a key: take hash_of whatever the loss depends on")
    side = max(resolution, 0)
    require_grid(np.broadcast_to(0.0, (side, side)), 2, domain)
    plan = make_plan(domain, resolution, size)
    computed = np.empty(plan.order.size)
    gaps: list[Gap] = []
    sheets: list[Sheet] = []

    def hear(gap: Gap) -> None:
        gaps.append(gap)
        if on_gap:
            on_gap(gap)

    def show(level: Level) -> None:
        sheets[:] = [plan.cut(computed, level, gaps, about)]
        if on_level:
            on_level(sheets[0])

    compute(
        functools.partial(_evaluate, evaluate),
        [plan.locate(part) for part in plan.slices],
        [computed[part] for part in plan.slices],
        folder=folder and folder / "scans" / hash_of(key, np.array(domain), str(resolution), str(size)),
        executor=executor,
        note=note,
        finished=plan.watch(show, hear),
    )
    return sheets[0]


def tell_gaps(gaps: Sequence[Gap]) -> tuple[str, ...]:
    """Points without a loss in sentences: how many and the first one's reason, then one by one as far as that goes."""
    if not gaps:
        return ()
    gaps = sorted(gaps)
    head = (
        f"{len(gaps):,} {'point has' if len(gaps) == 1 else 'points have'} no loss; the first one, {gaps[0]}"
    )
    return (head, *(str(gap) for gap in gaps[1:MOST_TOLD]))


def _evaluate(evaluate: Evaluate, xy: Array) -> Part:
    with np.errstate(all="ignore"):
        values, faults = measure(evaluate, xy)
    enormous = np.isfinite(values) & (np.abs(values) > HIGHEST)
    beyond = (Fault(k, f"the loss is beyond {HIGHEST:g}") for k in np.flatnonzero(enormous).tolist())
    return Part(np.where(enormous, np.nan, values).astype(np.float64, copy=False), (*faults, *beyond))


def _halve(half: int) -> tuple[slice, slice]:
    return slice(0, half), slice(half, None)


def _describe(error: Exception) -> str:
    return tidy(f"{type(error).__name__}: {error}", _LONGEST_FAULT)
