"""A swarm: the balls that share an optimizer, as a structure of arrays, and the loop that moves them.

Every 32nd tick ends in a sweep, which marks balls that settled or left and clears numbers so
small that the processor would slow down. Nothing depends on the size of the blocks, nor on the number of
threads, nor on how many steps one call takes.
"""

import enum
import itertools
import math
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from game.simulation.blocks import Block, cut_lanes, make_aligned
from game.simulation.noise import add_normal, make_key
from game.simulation.optimizers import Optimizer, Rate, Settings, complete_settings, find_optimizer
from game.simulation.schedules import Schedule, find_schedule
from landscapes.errors import InputError
from landscapes.landscape import Array, Field, Landscape

SWEEP = 32
"""Ticks between sweeps."""
BLOCK = 32_768
"""Balls in a block at most, on one thread: what stays in a core's cache."""
THREADED_BLOCK = 131_072
"""The same on several threads, which wait for each other at every call: fewer calls matter more."""
LANE = 50_000
"""Balls that keep a thread busy: with fewer, handing over the interpreter costs more than a thread gains."""
MOST_THREADS = 4
STILL = 1e-4
"""A ball that moved less than this share of the extent between sweeps may have settled."""
REST = 1e-3
"""A ball that a minimum lies nearer to than this share of the extent has arrived there."""
PROBE = 1e-3
"""How far to each side, as a share of the extent, the ground's curvature is felt for."""
LEVEL = 1e-9
"""A gradient below this share of the landscape's typical one is none: a ball on a plateau stays there."""
FAR = 1e3
"""A ball this many extents from the middle of the domain has diverged."""


class Status(enum.IntEnum):
    """What became of a ball."""

    ROLLING = 0
    SETTLED = 1
    ESCAPED = 2
    DIVERGED = 3


class _Step(NamedTuple):
    """What is the same for all balls in a step: its number, the schedule's factor, the noise's key."""

    t: int
    factor: float
    key: int


class Swarm:
    """Balls that share an optimizer.

    Attributes:
        landscape: what they roll on.
        optimizer: the row of the table of optimizers.
        settings: its hyper-parameters by name; changed by ``set``.
        size: how many balls there are.
        tick: steps taken since the release.
    """

    def __init__(
        self,
        landscape: Landscape,
        optimizer: str,
        start: npt.ArrayLike,
        *,
        lr: float | npt.ArrayLike | None = None,
        settings: Settings | None = None,
        schedule: str = "constant",
        batch_size: int | None = None,
        noise: float = 0.0,
        seed: int = 0,
        number: int = 0,
        dtype: npt.DTypeLike = np.float32,
        block: int | None = None,
        threads: int | None = None,
    ) -> None:
        """Release balls.

        Args:
            landscape: what they roll on.
            optimizer: its name.
            start: where they start, ``(2, n)``.
            lr: learning rate, one number or one per ball ``(n,)``; the landscape's own if ``None``.
            settings: hyper-parameters other than the defaults.
            schedule: the name of the learning-rate schedule.
            batch_size: samples in a minibatch; all samples if ``None``.
            noise: standard deviation of what is added to each component of the gradient, in units of
                the landscape's typical gradient.
            seed: of noise and minibatches.
            number: tells swarms of the same seed apart.
            dtype: float32 to play, float64 to check.
            block: balls in a block at most; what suits the threads if ``None``.
            threads: how many share the work; as many as pay if ``None``.

        Raises:
            InputError: something of it cannot be.
        """
        self.landscape = landscape
        self.settings: dict[str, float | bool] = {}
        self.tick = 0
        points = np.asarray(start, dtype=dtype)
        self.size = points.shape[1]
        threads = threads or max(1, min(os.cpu_count() or 1, MOST_THREADS, self.size // LANE))
        block = block or (BLOCK if threads == 1 else THREADED_BLOCK)
        self._lanes = cut_lanes(points, block, threads, landscape.field.scratch)
        self._blocks = list(itertools.chain.from_iterable(self._lanes))
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self._words = (seed, number)
        self._epoch: tuple[int, npt.NDArray[np.intp]] = (-1, np.empty(0, np.intp))
        self.batch_size = batch_size
        self.noise = noise
        self.select(optimizer, lr)
        self.schedule = schedule
        if settings:
            self._adopt(complete_settings(self.optimizer, {**self.settings, **settings}))

    @property
    def position(self) -> Array:
        """Where the balls are, a copy ``(2, n)``; NaN for those that escaped or diverged."""
        return np.concatenate([block.position for block in self._blocks], axis=1)

    @property
    def previous(self) -> Array:
        """Where they were before the most recent step, a copy ``(2, n)``."""
        return np.concatenate([block.previous for block in self._blocks], axis=1)

    @property
    def anchor(self) -> Array:
        """Where they were at the last sweep or, if they left, last seen, a copy ``(2, n)``."""
        return np.concatenate([block.anchor for block in self._blocks], axis=1)

    @property
    def status(self) -> npt.NDArray[np.uint8]:
        """What became of them, a copy ``(n,)``; see ``Status``."""
        return np.concatenate([block.status for block in self._blocks])

    @property
    def slots(self) -> dict[str, Array]:
        """The optimizer's memory by name, copies ``(2, n)``."""
        names = self._blocks[0].slots
        return {name: np.concatenate([block.slots[name] for block in self._blocks], axis=1) for name in names}

    @property
    def lr(self) -> Rate:
        """Learning rate before the schedule's factor: a number, or one per ball ``(n,)``."""
        return self._lr

    @lr.setter
    def lr(self, lr: float | npt.ArrayLike) -> None:
        rates = np.asarray(lr, dtype=np.float64)
        if rates.shape not in ((), (self.size,)):
            raise InputError(f"lr must be one number or one per ball, not an array of shape {rates.shape}")
        if not (np.isfinite(rates).all() and (rates > 0).all()):
            shown = f"{rates}" if rates.ndim == 0 else "an array with other values"
            raise InputError(f"lr must be a number above 0, not {shown}")
        self._lr: Rate = float(rates) if rates.ndim == 0 else rates
        first = 0
        for block in self._blocks:
            last = first + block.status.size
            block.rates = None if rates.ndim == 0 else rates[first:last].astype(block.position.dtype)
            first = last
        self._wake()

    @property
    def schedule(self) -> Schedule:
        """The learning-rate schedule; to set one by name starts it now."""
        return self._schedule

    @schedule.setter
    def schedule(self, name: str) -> None:
        self._schedule = find_schedule(name)
        self._scheduled = self.tick
        self._wake()

    @property
    def noise(self) -> float:
        """Standard deviation of the gradient's noise in units of the typical gradient."""
        return self._noise

    @noise.setter
    def noise(self, noise: float) -> None:
        if not (math.isfinite(noise) and noise >= 0):
            raise InputError(f"noise must be a number from 0 up, not {noise}")
        self._noise = float(noise)

    @property
    def batch_size(self) -> int | None:
        """Samples in a minibatch; ``None`` for all samples in every step."""
        return self._batch_size

    @batch_size.setter
    def batch_size(self, batch_size: int | None) -> None:
        if batch_size is not None:
            samples = self.landscape.samples
            if not samples or self.landscape.minibatch is None:
                raise InputError(
                    f"landscape {self.landscape.name!r} is not made of data samples, so it has no minibatches; "
                    "use gradient noise instead"
                )
            if not 1 <= batch_size <= samples:
                raise InputError(f"batch size must be from 1 to {samples}, not {batch_size}")
        self._batch_size = batch_size
        self._epoch = (-1, np.empty(0, np.intp))

    def select(self, optimizer: str, lr: float | npt.ArrayLike | None = None) -> None:
        """Give the balls another optimizer, with fresh memory, where they are.

        Args:
            optimizer: its name.
            lr: the learning rate; the landscape's own if ``None``.

        Raises:
            InputError: an unknown name or a learning rate that is no number above 0.
        """
        row = find_optimizer(optimizer)
        self.lr = default_rate(self.landscape, row) if lr is None else lr
        self.optimizer = row
        self._began = self._scheduled = self.tick
        for block in self._blocks:
            block.slots = {}
        self._adopt(complete_settings(row, {}))

    def set(self, name: str, value: float | bool) -> None:
        """Change a hyper-parameter while the balls roll; their memory stays.

        Raises:
            InputError: an unknown name, or a value out of range.
        """
        self._adopt(complete_settings(self.optimizer, {**self.settings, name: value}))

    def step(self, steps: int = 1) -> None:
        """Move all balls by so many steps."""
        end = self.tick + steps
        while self.tick < end:
            if self._batch_size is None:
                self._advance(min(end, self.tick - self.tick % SWEEP + SWEEP), self.landscape.field)
            else:
                self._advance(self.tick + 1, self._draw_minibatch(self._batch_size))

    def shown(self) -> tuple[Array, Array]:
        """Where the balls are and where they were a step ago, ``(2, n)`` each, all of them numbers.

        Balls that left, and those that are about to be found diverged, are where they were last seen.
        """
        position, previous, anchor = self.position, self.previous, self.anchor
        lost = ~self._is_near(position)
        np.copyto(position, anchor, where=lost)
        np.copyto(previous, anchor, where=lost)
        return position, previous

    def state(self) -> Iterator[bytes]:
        """All that decides how the swarm goes on, bit for bit."""
        settings = sorted((name, float(value)) for name, value in self.settings.items())
        clock = (self.tick - self._began, self.tick - self._scheduled)
        about = (self.optimizer.name, settings, clock, self._schedule.name, self._batch_size, self._noise)
        yield repr((self._words, self.tick, *about)).encode()
        yield np.asarray(self._lr).tobytes()
        yield self.status.tobytes()
        for array in (self.position, self.previous, self.anchor, *self.slots.values()):
            # The sign of a NaN depends on the processor's path.
            yield np.where(np.isnan(array), np.nan, array).astype(array.dtype).tobytes()

    def _wake(self) -> None:
        for block in self._blocks:
            block.status[block.status == Status.SETTLED] = Status.ROLLING

    def _adopt(self, settings: dict[str, float | bool]) -> None:
        """Take over settings: make the memory they need, and keep the meaning of what there is."""
        for slot in self.optimizer.slots:
            if slot.when and not settings[slot.when]:
                continue
            for block in self._blocks:
                if slot.name not in block.slots:
                    block.slots[slot.name] = make_aligned(block.position.shape, block.position.dtype)
                    block.slots[slot.name].fill(settings[slot.start] if slot.start else 0.0)
                elif slot.over and settings[slot.over] != self.settings[slot.over]:
                    block.slots[slot.name] *= (1.0 - self.settings[slot.over]) / (1.0 - settings[slot.over])
        self.settings = settings
        self._wake()

    def _advance(self, stop: int, field: Field) -> None:
        """Take the steps up to tick ``stop``, which is no later than the next sweep."""
        factor, sd = self._schedule.factor, self._noise and self._noise * self.landscape.gradient_scale
        steps = [
            _Step(
                tick - self._began + 1,
                factor(tick - self._scheduled),
                make_key(*self._words, tick) if sd else 0,
            )
            for tick in range(self.tick, stop)
        ]
        swept = stop % SWEEP == 0

        def run(blocks: list[Block]) -> None:
            with np.errstate(all="ignore"):
                for block in blocks:
                    self._roll(block, field, steps, sd)
                    if swept:
                        self._sweep(block)

        if self._pool is None:
            run(self._blocks)
        else:
            list(self._pool.map(run, self._lanes))
        self.tick = stop

    def _roll(self, block: Block, field: Field, steps: list[_Step], sd: float) -> None:
        update, settings = self.optimizer.update, self.settings
        position, gradient, slots, work = block.position, block.gradient, block.slots, block.work
        scratch = self._fit(block.scratch, field)
        lr = self._lr if block.rates is None else block.rates
        last = steps[-1]
        for step in steps:
            if step is last:
                np.copyto(block.previous, position)
            field.gradient(position, gradient, scratch)
            if sd:
                add_normal(gradient, sd, block.ids, step.key)
            update(position, gradient, slots, step.t, lr * step.factor, settings, work)

    def _fit(self, scratch: Array, field: Field) -> Array:
        """The block's scratch, or more of it for a minibatch that needs more than its landscape."""
        if field.scratch <= scratch.shape[0]:
            return scratch
        return np.empty((field.scratch, *scratch.shape[1:]), scratch.dtype)

    def _sweep(self, block: Block) -> None:
        """Clear numbers near the end of the float's range; mark balls that settled or left."""
        position, anchor, work = block.position, block.anchor, block.work
        self._clear_small(block)
        x_min, x_max, y_min, y_max = self.landscape.domain
        x, y = position
        inside = (x >= x_min) & (x <= x_max) & (y >= y_min) & (y <= y_max)
        np.subtract(position, block.previous, out=work)
        step = _length_squared(work)
        np.subtract(position, anchor, out=work)
        net = _length_squared(work)
        still = net < (STILL * self.landscape.extent) ** 2
        # A ball that settled and stays where it is needs no second look; a change of the optimizer wakes it.
        settled = still & (block.status == Status.SETTLED)
        fresh = np.flatnonzero(still & ~settled)
        if fresh.size:
            # A ball that crawls gets on with every step; one that jitters makes way and gets nowhere.
            jitters = step[fresh] * (SWEEP / 4) ** 2 > net[fresh]
            settled[fresh] = jitters | self._is_at_rest(position[:, fresh])
        np.copyto(block.status, settled.view(np.uint8), where=inside)
        np.copyto(anchor, position, where=inside)
        left = np.flatnonzero(~inside & (block.status <= Status.SETTLED))
        if left.size:
            self._park(block, left)

    def _is_at_rest(self, xy: Array) -> npt.NDArray[np.bool_]:
        """Which of ``xy (2, k)`` have no way left to go: Newton's step leads to a minimum next to them.

        A small gradient alone says little: along the floor of a ravine it is small everywhere.
        """
        count, h = xy.shape[1], xy.dtype.type(PROBE * self.landscape.extent)
        across, along = np.array([[[h], [0]], [[0], [h]]], xy.dtype)
        probes = np.concatenate([xy, xy + across, xy - across, xy + along, xy - along], axis=1)
        field, gradient = self.landscape.field, np.empty_like(probes)
        field.gradient(probes, gradient, np.empty((field.scratch, *probes.shape), xy.dtype))
        here, right, left, up, down = gradient.reshape(2, 5, count).swapaxes(0, 1)
        (xx, xy_), (yx, yy) = (right - left) / (2 * h), (up - down) / (2 * h)
        mixed = (xy_ + yx) / 2
        determinant = xx * yy - mixed * mixed
        way = np.stack([yy * here[0] - mixed * here[1], xx * here[1] - mixed * here[0]]) / determinant
        bowl = (determinant > 0) & (xx + yy > 0)
        near = _length_squared(way) < (REST * self.landscape.extent) ** 2
        level = _length_squared(here) <= (LEVEL * self.landscape.gradient_scale) ** 2
        rest: npt.NDArray[np.bool_] = (bowl & near) | level
        return rest

    def _park(self, block: Block, left: npt.NDArray[np.intp]) -> None:
        at = block.position[:, left]
        near = self._is_near(at)
        block.status[left] = np.where(near, Status.ESCAPED, Status.DIVERGED)
        block.anchor[:, left[near]] = at[:, near]
        block.position[:, left] = np.nan

    def _is_near(self, xy: Array) -> npt.NDArray[np.bool_]:
        """Which of ``xy (2, n)`` are numbers, and not so far out that a ball there has diverged."""
        x_min, x_max, y_min, y_max = self.landscape.domain
        far = FAR * self.landscape.extent
        near: npt.NDArray[np.bool_] = np.abs(xy[0] - (x_min + x_max) / 2) <= far
        near &= np.abs(xy[1] - (y_min + y_max) / 2) <= far
        return near

    def _clear_small(self, block: Block) -> None:
        floor = float(np.finfo(block.position.dtype).tiny) ** (1 / 3)
        rows = [(block.position, floor)]
        rows += [
            (block.slots[slot.name], floor**2 if slot.squared else floor)
            for slot in self.optimizer.slots
            if slot.name in block.slots
        ]
        for array, least in rows:
            np.abs(array, out=block.work)
            np.copyto(array, 0.0, where=block.work < least)

    def _draw_minibatch(self, batch_size: int) -> Field:
        """The surface of this tick's samples: every epoch deals all samples once, in a new order."""
        samples = self.landscape.samples
        epoch, turn = divmod(self.tick, math.ceil(samples / batch_size))
        if self._epoch[0] != epoch:
            seed, number = self._words
            rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, number, epoch)))
            self._epoch = (epoch, rng.permutation(samples))
        assert self.landscape.minibatch is not None
        return self.landscape.minibatch(self._epoch[1][turn * batch_size : (turn + 1) * batch_size])


@np.errstate(all="ignore")
def default_rate(landscape: Landscape, optimizer: Optimizer) -> float:
    """The landscape's learning rate for an optimizer.

    Where it names none: PyTorch's default, which suits problems of unit size, scaled to this one's.
    """
    if optimizer.name in landscape.learning_rates:
        return landscape.learning_rates[optimizer.name]
    scale = landscape.extent
    if not optimizer.normalised:
        scale /= landscape.gradient_scale or 1.0
    return float(f"{optimizer.lr * scale:.2g}") if math.isfinite(scale) else optimizer.lr


def _length_squared(xy: Array) -> Array:
    """Squared length ``(n,)`` of vectors ``(2, n)``, which are squared in place."""
    np.multiply(xy, xy, out=xy)
    total: Array = np.add(xy[0], xy[1])
    return total
