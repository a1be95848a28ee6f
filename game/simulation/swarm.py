"""A swarm: the balls that share an optimizer, as a structure of arrays, and the loop that moves them.

Every 32nd tick ends in a sweep, which marks balls that settled or left and clears numbers so
small that the processor would slow down. Nothing depends on the size of the blocks, nor on the number of
threads, nor on how many steps one call takes.
"""

import itertools
import math
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from game.simulation.blocks import Block, cut_lanes, join, lend_scratch, make_aligned
from game.simulation.borders import Border, corners, find_border
from game.simulation.knobs import Knobs
from game.simulation.minibatches import Decks
from game.simulation.noise import make_key
from game.simulation.optimizers import Optimizer, Rate, Settings, complete_settings, find_optimizer
from game.simulation.optimizers.method import Constants, freeze, make_slots
from game.simulation.rolling import Rules, Step, roll
from game.simulation.schedules import Plan, parse_schedule, start_watch
from game.simulation.slopes import Ground, measure_deviation
from game.simulation.spaces import Space, is_near, open_space
from game.simulation.sweep import SWEEP, Status, clear_small, judge, sweep
from landscapes.errors import InputError
from landscapes.landscape import Array, Holed, Landscape

BLOCK = 32_768
"""Balls in a block at most, on one thread: what stays in a core's cache."""
THREADED_BLOCK = 131_072
"""The same on several threads, which wait for each other at every call: fewer calls matter more."""
LANE = 50_000
"""Balls that keep a thread busy: with fewer, handing over the interpreter costs more than a thread gains."""
NETWORK_BLOCK, NETWORK_LANE = 256, 128
"""The same of whole networks, each of which is as much work as hundreds of balls."""
MOST_THREADS = 4
MOST_DROPS = 600
"""Ticks at which balls may join: each is an age of its own, and each age costs every step some microseconds."""
MOST_GROUPS = 64
"""Groups at most that a stream comes in: each is a block of its own, because its optimizers are as old as it is."""


class Rates(NamedTuple):
    """The lowest, the median and the highest of learning rates."""

    low: float
    median: float
    high: float

    @property
    def swept(self) -> bool:
        """Whether they differ."""
        return self.low < self.high


class Swarm:
    """Balls that share an optimizer.

    Attributes:
        space: where they roll: the map itself, or among all weights of a network.
        optimizer: the row of the table of optimizers.
        settings: its hyper-parameters by name; changed by ``set``.
        size: how many balls there are.
        tick: steps taken since the release.
        label: what players call it; empty for its optimizer's title.
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
        border: str = "mark",
        stream: int = 0,
        seed: int = 0,
        number: int = 0,
        space: str = "map",
        dtype: npt.DTypeLike = np.float32,
        block: int | None = None,
        threads: int | None = None,
    ) -> None:
        """Release balls.

        Args:
            landscape: what they roll on.
            optimizer: its name.
            start: where they start on the map, ``(2, n)``; whole networks may start anywhere, ``(p, n)``.
            lr: learning rate, one number or one per ball ``(n,)``; the landscape's own if ``None``.
            settings: hyper-parameters other than the defaults.
            schedule: of the learning rate, as ``parse_schedule`` reads it.
            batch_size: samples in a minibatch; all samples if ``None``.
            noise: standard deviation of what is added to each component of the gradient, in units of
                the landscape's typical gradient.
            border: what happens to balls that leave the map.
            stream: steps over which the balls are released, a group at a time; all at once if 0.
            seed: of noise and minibatches.
            number: tells swarms of the same seed apart.
            space: where they roll; see the table of spaces.
            dtype: float32 to play, float64 to check.
            block: balls in a block at most; what suits the threads if ``None``.
            threads: how many share the work; as many as pay if ``None``.

        Raises:
            InputError: something of it cannot be.
        """
        self.settings: dict[str, float | bool] = {}
        self.tick = 0
        self.label = ""
        self._drops: list[tuple[int, int]] = []
        self.space = room = open_space(landscape, space)
        points = np.asarray(start, dtype=dtype)
        if len(points) == 2:
            points = np.ascontiguousarray(room.lift(points))
        self._start = points.copy() if room.whole else None
        self.size = points.shape[1]
        groups = _make_groups(self.size, stream)
        lane = NETWORK_LANE if room.whole else LANE
        threads = threads or max(1, min(os.cpu_count() or 1, MOST_THREADS, groups[0][0] // lane))
        block = block or (NETWORK_BLOCK if room.whole else BLOCK if threads == 1 else THREADED_BLOCK)
        self._most = block
        self._lanes = cut_lanes(points, block, threads, room.field.scratch, groups)
        self._blocks = list(itertools.chain.from_iterable(self._lanes))
        self._releases = sorted({group.released for group in self._blocks if group.released})
        for group in self._blocks:
            if group.released:
                group.status.fill(Status.WAITING)
                group.position.fill(np.nan)
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self._words, self._stream = (seed, number), stream
        self._dtype = points.dtype
        self._last: tuple[Constants, tuple[Array, ...]] = ((), ())
        self._lr: Rate = 0.0
        self._lr_known: tuple[Rate, Rates] = (0.0, Rates(0.0, 0.0, 0.0))
        self._lr_sized: tuple[str, ...] = ()
        self._noise = 0.0
        self._batch_size: int | None = None
        self._border = find_border(border)
        self._schedule = parse_schedule(schedule)
        self.goal = None
        self.select(optimizer, lr)
        self.batch_size = batch_size
        self.noise = noise
        if settings:
            self._adopt(complete_settings(self.optimizer, {**self.settings, **settings}))

    @property
    def landscape(self) -> Landscape:
        """What they roll on."""
        return self.space.landscape

    @property
    def position(self) -> Array:
        """Where the balls are, a copy ``(p, n)``; NaN for those that wait, escaped or diverged."""
        return np.asarray(join(block.position for block in self._blocks))

    @property
    def on_map(self) -> Array:
        """The same as points of the map, a copy ``(2, n)``."""
        return self.space.project(self.position)

    @property
    def explained(self) -> float | None:
        """How much the map shows of the way that the median network went; ``None`` on the map itself, and at first."""
        weights = self.landscape.weights
        if self._start is None or weights is None:
            return None
        moved = self.shown()[0] - self._start
        moved = moved[:, (moved != 0).any(axis=0)]
        return float(np.median(weights.share(moved))) if moved.size else None

    @property
    def previous(self) -> Array:
        """Where they were before the most recent step, a copy ``(p, n)``."""
        return np.asarray(join(block.previous for block in self._blocks))

    @property
    def anchor(self) -> Array:
        """Where they were at the last sweep or, if they left, last seen, a copy ``(p, n)``."""
        return np.asarray(join(block.anchor for block in self._blocks))

    @property
    def status(self) -> npt.NDArray[np.uint8]:
        """What became of them, a copy ``(n,)``; see ``Status``."""
        return np.asarray(join(block.status for block in self._blocks), np.uint8)

    @property
    def standing(self) -> npt.NDArray[np.uint8]:
        """What is to be seen of them, a copy ``(n,)``: as ``status``, but who is off the map has left at once.

        The next sweep marks them, unless they roll back before.
        """
        with np.errstate(invalid="ignore"):
            return np.asarray(join(judge(block, self.space) for block in self._blocks), np.uint8)

    @property
    def slots(self) -> dict[str, Array]:
        """The optimizer's memory by name, copies ``(p, n)``."""
        names = self._blocks[0].slots
        return {name: join(block.slots[name] for block in self._blocks) for name in names}

    @property
    def lr(self) -> Rate:
        """Learning rate before the schedule's factor: a number, or one per ball ``(n,)``."""
        return self._lr

    @lr.setter
    @np.errstate(all="ignore")
    def lr(self, lr: float | npt.ArrayLike) -> None:
        rates = np.asarray(lr, dtype=np.float64)
        if rates.shape not in ((), (self.size,)):
            raise InputError(f"lr must be one number or one per ball, not an array of shape {rates.shape}")
        if not (np.isfinite(rates).all() and (rates > 0).all()):
            shown = f"{rates}" if rates.ndim == 0 else "an array with other values"
            raise InputError(f"lr must be a number above 0, not {shown}")
        for block in self._blocks:
            block.rates = None if rates.ndim == 0 else rates[block.balls]
            for name in self._lr_sized:
                # Rprop's rate is its first step only: PyTorch ignores a change of it, here all steps change alike.
                block.slots[name] *= np.broadcast_to(rates / self._lr, (self.size,))[block.balls]
        self._lr = float(rates) if rates.ndim == 0 else rates
        self._wake()

    @property
    def rates(self) -> Rates:
        """The learning rates of all balls before the schedule's factor, in three numbers; looked at once."""
        if self._lr_known[0] is not self._lr:
            rates = np.asarray(self._lr)
            known = Rates(float(rates.min()), float(np.median(rates)), float(rates.max()))
            self._lr_known = self._lr, known
        return self._lr_known[1]

    @property
    def effective_lr(self) -> float:
        """The learning rate that the next step of the median ball uses: after the schedule."""
        rate = self.rates.median
        if self._schedule.watches:
            factors = [block.watch.factor for block in self._blocks if block.watch]
            rate = float(np.median(np.asarray(self._lr) * np.concatenate(factors)))
        return rate * self._schedule.factor(self.schedule_age)

    @property
    def schedule_age(self) -> int:
        """Steps since the schedule began."""
        return self.tick - self._scheduled

    @property
    def schedule(self) -> Plan:
        """The learning-rate schedule; to set one by name starts it now."""
        return self._schedule

    @schedule.setter
    def schedule(self, spec: str) -> None:
        self._schedule = parse_schedule(spec)
        self._start_schedule()

    def _start_schedule(self) -> None:
        self._scheduled = self.tick
        for block in self._blocks:
            block.watch = (
                start_watch(block.status.size, block.position.dtype) if self._schedule.watches else None
            )
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
        self._lay_rules()

    @property
    def batch_size(self) -> int | None:
        """Samples in a minibatch; ``None`` for all samples in every step.

        Each ball sees the samples in an order of its own, new in every epoch. On a landscape that is not made of
        samples, the gradient gets noise that falls with the root of the batch size; see ``noise``.
        """
        return self._batch_size

    @batch_size.setter
    def batch_size(self, batch_size: int | None) -> None:
        data = self.space.data
        if batch_size is not None and batch_size < 1:
            raise InputError(f"batch size must be at least 1, not {batch_size}")
        if batch_size is not None and data is not None and batch_size > data.count:
            raise InputError(f"batch size must be from 1 to {data.count}, not {batch_size}")
        self._batch_size = batch_size
        self._lay_rules()

    @property
    def border(self) -> Border:
        """What happens to balls that leave the map; set by name."""
        return self._border

    @border.setter
    def border(self, name: str) -> None:
        self._border = find_border(name)
        self._lay_rules()

    @property
    def goal(self) -> float | None:
        """A loss to reach; while there is one, the steps that each ball takes to it are noted."""
        return self._goal

    @goal.setter
    def goal(self, loss: float | None) -> None:
        self._goal = None if loss is None else float(loss)
        for block in self._blocks:
            block.reached = None if loss is None else np.full(block.status.size, -1, np.int32)
        if loss is not None:
            self._look_at_goal()

    @property
    def reached(self) -> npt.NDArray[np.int32]:
        """Steps that each ball took to the goal ``(n,)``, to a sixteenth; -1 for those that are not there yet.

        Raises:
            ValueError: there is no goal.
        """
        if self._goal is None:
            raise ValueError("set a goal first")
        return np.asarray(join(np.asarray(block.reached) for block in self._blocks), np.int32)

    def deal(self, ball: int, tick: int) -> npt.NDArray[np.integer[Any]] | None:
        """The samples ``(b,)`` that a ball sees at a tick; ``None`` if it sees them all, or there are none."""
        decks = self._rules.ground.decks
        if decks is None:
            return None
        block = next(block for block in self._blocks if ball < block.balls.stop)
        number = ball - block.balls.start
        return np.asarray(decks.deal(tick, block.ids[number : number + 1])[0])

    def select(self, optimizer: str, lr: float | npt.ArrayLike | None = None) -> None:
        """Give the balls another optimizer, with fresh memory, where they are.

        What is set for every method (clipping, SAM) stays.

        Args:
            optimizer: its name.
            lr: the learning rate; the landscape's own if ``None``.

        Raises:
            InputError: an unknown name or a learning rate that is no number above 0.
        """
        row = find_optimizer(optimizer)
        if row.draws and self.space.whole:
            raise InputError(
                f"whole networks roll, they do not search: choose another optimizer than {row.name}"
            )
        self.lr = default_rate(self.space, row) if lr is None else lr
        self.optimizer = row
        self._lr_sized = tuple(slot.name for slot in row.slots if slot.start == "lr")
        self._began = self.tick
        self._start_schedule()
        for block in self._blocks:
            block.slots = {}
        own = {hyper.name for hyper in row.hyper}
        kept = {hyper.name: self.settings.get(hyper.name, hyper.default) for hyper in row.settings}
        self._adopt(complete_settings(row, {name: value for name, value in kept.items() if name not in own}))

    def set(self, name: str, value: float | bool) -> None:
        """Change a hyper-parameter while the balls roll; their memory stays.

        Raises:
            InputError: an unknown name, or a value out of range.
        """
        self.adopt({name: value})

    def adopt(self, settings: Settings) -> None:
        """Change several hyper-parameters at once; their memory stays.

        Raises:
            InputError: an unknown name, a value out of range, or values that contradict each other.
        """
        self._adopt(complete_settings(self.optimizer, {**self.settings, **settings}))

    @property
    def nbytes(self) -> int:
        """Memory that the balls take."""
        arrays = (
            array
            for block in self._blocks
            for array in (block.position, block.previous, block.anchor, *block.slots.values())
        )
        return sum(array.nbytes for array in arrays)

    def note_knobs(self) -> Knobs:
        """How the swarm rolls now, for ``turn_back``."""
        return Knobs(
            tick=self.tick,
            optimizer=self.optimizer,
            settings=self.settings,
            lr=self._lr,
            schedule=self._schedule,
            clocks=(self._began, self._scheduled),
            batch_size=self._batch_size,
            noise=self._noise,
            border=self._border,
            watch={
                name: join(_watched(block)[name] for block in self._blocks)
                for name in _watched(self._blocks[0])
            },
            memory=self.slots,
            status=self.status,
        )

    def turn_back(self, knobs: Knobs) -> None:
        """Put all knobs back where they stood; the balls stay where they are.

        If no step was taken since, bit for bit. Otherwise the balls keep what they remember, except that an optimizer
        that was changed begins with fresh memory; a schedule goes on as if it had never been another.

        Args:
            knobs: noted by this swarm.
        """
        if self.optimizer is not knobs.optimizer:
            self.select(knobs.optimizer.name, knobs.lr)
        elif not np.array_equal(self._lr, knobs.lr):
            self.lr = knobs.lr
        if self.settings != knobs.settings:
            self._adopt(dict(knobs.settings))
        if (self._schedule, self._scheduled) != (knobs.schedule, knobs.clocks[1]):
            self._schedule = knobs.schedule
            self._start_schedule()
            self._scheduled = knobs.clocks[1]
            for block in self._blocks:
                for name, known in _watched(block).items():
                    known[...] = knobs.watch[name][block.balls]
        self._batch_size, self._noise, self._border = knobs.batch_size, knobs.noise, knobs.border
        if self.tick == knobs.tick and knobs.memory is not None and knobs.status is not None:
            self._began = knobs.clocks[0]
            for block in self._blocks:
                block.slots = {}
                for name, slot in knobs.memory.items():
                    block.slots[name] = make_aligned(block.position.shape, self._dtype)
                    block.slots[name][...] = slot[:, block.balls]
                block.status[...] = knobs.status[block.balls]
        self._lay_rules()

    def add(self, start: npt.ArrayLike) -> None:
        """Release more balls, numbered after those that there are, whom they do not change.

        They have fresh memory, an age of their own and the swarm's rate: where every ball has its own, the median.

        Args:
            start: where they start on the map ``(2, k)``; whole networks may start anywhere, ``(p, k)``.

        Raises:
            InputError: balls have joined at too many ticks.
        """
        if len(self._drops) >= MOST_DROPS and self._drops[-1][1] != self.tick:
            raise InputError(
                f"balls have been dropped at {MOST_DROPS} moments: release them again before you drop more"
            )
        points = np.asarray(start, dtype=self._dtype)
        if len(points) == 2:
            points = np.ascontiguousarray(self.space.lift(points))
        self._join(points)

    def _join(self, points: Array) -> None:
        """Take up balls that start now at ``points (p, k)``."""
        count, first = points.shape[1], self.size
        if isinstance(self._lr, np.ndarray):
            self._lr = np.append(self._lr, np.full(count, np.median(self._lr)))
        if self._start is not None:
            self._start = np.append(self._start, points, axis=1)
        self.size += count
        latest = self._pop_latest(count)
        if latest:
            first, points = latest.first, np.append(latest.anchor, points, axis=1)
        # A handful more in one thread costs less than handing them out.
        threads = len(self._lanes) if points.shape[1] >= LANE else 1
        group = [(points.shape[1], self.tick)]
        lanes = cut_lanes(points, self._most, threads, self.space.field.scratch, group, first)
        for mine, more in zip(self._lanes[-threads:], lanes, strict=True):
            mine.extend(more)
        newcomers = list(itertools.chain.from_iterable(lanes))
        for block in newcomers:
            self._equip(block)
        if latest:
            for name, slot in latest.slots.items():
                newcomers[0].slots[name][:, : latest.status.size] = slot
        self._blocks += newcomers
        if self._drops and self._drops[-1][1] == self.tick:
            count += self._drops.pop()[0]
        self._drops.append((count, self.tick))
        if self._goal is not None:
            self._look_at_goal()

    def _pop_latest(self, count: int) -> Block | None:
        """Take out the block of balls that joined at this very tick, if so many more fit in; else ``None``."""
        latest = self._blocks[-1]
        if not self._drops or self._drops[-1][1] != self.tick or latest.status.size + count > self._most:
            return None
        for lane in self._lanes:
            if lane and lane[-1] is latest:
                lane.pop()
        return self._blocks.pop()

    def _equip(self, block: Block) -> None:
        """Give new balls what the others have beside their places, at its start."""
        block.rates = self._lr[block.balls] if isinstance(self._lr, np.ndarray) else None
        block.watch = start_watch(block.status.size, self._dtype) if self._schedule.watches else None
        block.reached = None if self._goal is None else np.full(block.status.size, -1, np.int32)
        lr = self._lr if block.rates is None else block.rates
        block.slots = make_slots(self.optimizer, self.settings, lr, block.position, {})
        # Memory that a setting has made idle since is still there.
        for name in self._blocks[0].slots.keys() - block.slots.keys():
            block.slots[name] = np.zeros_like(block.position)

    def reground(self, landscape: Landscape) -> None:
        """Put other ground under the balls, where they are; they remember what they did.

        Args:
            landscape: of the same domain.
        """
        self.space = open_space(landscape, self.space.name)
        for lane in self._lanes:
            lend_scratch(lane, self.space.field.scratch)
        self._lay_rules()
        self._wake()

    def step(self, steps: int = 1) -> None:
        """Move all balls by so many steps."""
        end = self.tick + steps
        while self.tick < end:
            self._advance(min(end, *self._stops()))

    def shown(self) -> tuple[Array, Array]:
        """Where the balls are and where they were a step ago, ``(p, n)`` each, all of them numbers.

        Balls that left, and those that are about to be found diverged, are where they were last seen; those that
        wait are where they will start.
        """
        position, previous, anchor = self.position, self.previous, self.anchor
        lost = ~is_near(self.space, position)
        np.copyto(position, anchor, where=lost)
        np.copyto(previous, anchor, where=lost)
        return position, previous

    def strays(self) -> tuple[npt.NDArray[np.intp], Array]:
        """The balls that diverged ``(k,)``, also before a sweep has found out, and the numbers they have ``(p, k)``."""
        balls, places = [], []
        for block in self._blocks:
            far = np.flatnonzero(~is_near(self.space, block.position))
            far = far[(block.status[far] != Status.ESCAPED) & (block.status[far] != Status.WAITING)]
            balls.append(far + block.balls.start)
            places.append(block.position[:, far])
        return np.concatenate(balls), np.concatenate(places, axis=1)

    def save(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """All that decides how the swarm goes on: what is one for all, ready for JSON, and arrays ``(..., n)``."""
        about = {
            "words": list(self._words),
            "tick": self.tick,
            "optimizer": self.optimizer.name,
            "settings": dict(sorted(self.settings.items())),
            "lr": None if isinstance(self._lr, np.ndarray) else self._lr,
            "clocks": [self._began, self._scheduled],
            "schedule": self._schedule.spec,
            "batch_size": self._batch_size,
            "noise": self._noise,
            "stream": self._stream,
            "drops": [list(drop) for drop in self._drops],
            "border": self._border.name,
            "goal": self._goal,
            "space": self.space.name,
        }
        arrays: dict[str, Any] = {"position": self.position, "previous": self.previous, "anchor": self.anchor}
        arrays["status"] = self.status
        arrays |= {f"slots.{name}": slot for name, slot in self.slots.items()}
        if isinstance(self._lr, np.ndarray):
            arrays["lr"] = self._lr
        if self._goal is not None:
            arrays["reached"] = self.reached
        if self._start is not None:
            arrays["start"] = self._start
        if self._schedule.watches:
            for name in _watched(self._blocks[0]):
                arrays[f"watch.{name}"] = join(_watched(block)[name] for block in self._blocks)
        return about, arrays

    @classmethod
    def restore(cls, landscape: Landscape, about: Mapping[str, Any], arrays: Mapping[str, Array]) -> "Swarm":
        """The swarm that ``save`` described; it goes on bit for bit.

        Raises:
            InputError: a value that no swarm can have.
            KeyError: something is missing.
            ValueError: an array of the wrong shape.
        """
        points = arrays.get("start", arrays["anchor"])
        drops = [(int(count), int(tick)) for count, tick in about.get("drops", ())]
        first = points.shape[1] - sum(count for count, _ in drops)
        if first < 1 or any(count < 1 or not 0 <= tick <= about["tick"] for count, tick in drops):
            raise ValueError("balls that joined without a number or a time")
        swarm = cls(
            landscape,
            about["optimizer"],
            points[:, :first],
            space=about["space"],
            lr=arrays["lr"][:first] if about["lr"] is None else about["lr"],
            settings=about["settings"],
            schedule=about["schedule"],
            batch_size=about["batch_size"],
            noise=about["noise"],
            border=about["border"],
            stream=about["stream"],
            seed=about["words"][0],
            number=about["words"][1],
            dtype=arrays["position"].dtype,
        )
        for count, swarm.tick in drops:
            swarm._join(points[:, swarm.size : swarm.size + count])
        swarm.tick = about["tick"]
        if about["lr"] is None:
            swarm.lr = arrays["lr"]
        swarm._began, swarm._scheduled = about["clocks"]
        swarm.goal = about["goal"]
        for block in swarm._blocks:
            homes: dict[str, Any] = {
                "position": block.position,
                "previous": block.previous,
                "anchor": block.anchor,
            }
            homes |= {"status": block.status, "reached": block.reached}
            homes |= {f"slots.{name}": slot for name, slot in block.slots.items()}
            homes |= {f"watch.{name}": array for name, array in _watched(block).items()}
            for name, home in homes.items():
                if home is not None:
                    home[...] = arrays[name][..., block.balls]
        return swarm

    def __deepcopy__(self, _memo: dict[int, Any]) -> "Swarm":
        other = Swarm.restore(self.landscape, *self.save())
        other.label = self.label
        return other

    def state(self) -> Iterator[bytes]:
        """All that decides how the swarm goes on, bit for bit."""
        about, arrays = self.save()
        # Whoever watches for a goal changes nothing.
        del about["goal"]
        arrays.pop("reached", None)
        yield repr(about).encode()
        for name, array in arrays.items():
            yield name.encode()
            # The sign of a NaN depends on the processor's path.
            yield np.where(np.isnan(array), np.nan, array).astype(array.dtype).tobytes()

    def _stops(self) -> Iterator[int]:
        """Ticks at which something other than a step is due, the next of each kind."""
        tick = self.tick
        yield tick - tick % SWEEP + SWEEP
        yield from (release for release in self._releases if release > tick)
        if self._schedule.watches:
            every = self._schedule.every
            yield tick + every - (tick - self._scheduled) % every
        if self._goal is not None:
            every = _look_interval(tick + 1)
            yield tick - tick % every + every

    def _wake(self) -> None:
        for block in self._blocks:
            block.status[block.status == Status.SETTLED] = Status.ROLLING

    @np.errstate(all="ignore")
    def _adopt(self, settings: dict[str, float | bool]) -> None:
        """Take over settings: make the memory they need, and keep the meaning of what there is."""
        optimizer = self.optimizer
        for block in self._blocks:
            for slot in optimizer.slots:
                if slot.name in block.slots and slot.over and settings[slot.over] != self.settings[slot.over]:
                    block.slots[slot.name] *= (1.0 - self.settings[slot.over]) / (1.0 - settings[slot.over])
            lr = self._lr if block.rates is None else block.rates
            made = make_slots(optimizer, settings, lr, block.position, block.slots)
            block.slots |= made
            if any(slot.counts and slot.name in made for slot in optimizer.slots):
                self._began = self.tick
        self.settings = settings
        self._lay_rules()
        self._wake()

    def _lay_rules(self) -> None:
        """Take together all that the innermost loop goes by; called whenever a part of it changes."""
        landscape, space, optimizer, batch = self.landscape, self.space, self.optimizer, self._batch_size
        if self._border.bring and space.whole:
            raise InputError(f"whole networks know no border {self._border.name}: they may leave (mark)")
        decks = None
        if space.data and batch is not None:
            decks = Decks(space.data.count, batch, self._words)
        scale = {row.name: space.gradient_scale if row.in_gradients else 1.0 for row in optimizer.settings}
        self._rules = Rules(
            optimizer=optimizer,
            settings={
                name: value * scale[name] if scale[name] != 1.0 else value
                for name, value in self.settings.items()
            },
            ground=Ground(space, decks, measure_deviation(space, self._noise, batch)),
            border=self._border,
            corners=corners(landscape.domain, self._dtype),
            holed=landscape.field
            if isinstance(landscape.field, Holed)
            and landscape.field.holes is not None
            and space.name == "map"
            else None,
            directed=tuple(
                slot.name
                for slot in optimizer.slots
                if slot.holds == "gradient" and slot.name in self._blocks[0].slots
            ),
        )

    def _advance(self, stop: int) -> None:
        """Take the steps up to tick ``stop``, which is no later than the next of ``_stops``."""
        with np.errstate(all="ignore"):
            for block in self._blocks:
                if block.released == self.tick > 0:
                    np.copyto(block.position, block.anchor)
                    block.status.fill(Status.ROLLING)
            plans = {
                released: self._plan(released, stop)
                for released in {block.released for block in self._blocks}
                if released <= self.tick
            }
        swept, rules, space = stop % SWEEP == 0, self._rules, self.space
        lr: Rate = self._lr if isinstance(self._lr, float) else 1.0

        def run(blocks: list[Block]) -> None:
            with np.errstate(all="ignore"):
                for block in blocks:
                    if block.released >= stop:
                        continue
                    roll(block, rules, plans[block.released], lr)
                    if swept:
                        clear_small(block, rules.optimizer.slots)
                        sweep(block, space, rules.habits)

        if self._pool is None:
            run(self._blocks)
        else:
            list(self._pool.map(run, self._lanes))
        self.tick = stop
        if self._schedule.watches and (stop - self._scheduled) % self._schedule.every == 0:
            self._look_at_loss()
        if self._goal is not None and stop % _look_interval(stop) == 0:
            self._look_at_goal()

    def _plan(self, released: int, stop: int) -> list[Step]:
        """The steps up to ``stop`` of balls released at a tick: their clocks began no earlier than they did."""
        began, scheduled = max(self._began, released), max(self._scheduled, released)
        rules, lr, factor, steady = self._rules, self._lr, self._schedule.factor, self._schedule.is_constant
        random, find = bool(rules.ground.deviation or rules.optimizer.draws), rules.optimizer.constants
        shared = isinstance(lr, float) and not self._schedule.watches
        steps, share, key = [], 1.0, 0
        for tick in range(self.tick, stop):
            t = tick - began + 1
            if not steady:
                share = factor(tick - scheduled)
            if random:
                key = make_key(*self._words, tick)
            constants = self._freeze(find(t, lr * share, rules.settings)) if shared else None
            steps.append(Step(tick, t, share, constants, key))
        return steps

    def _freeze(self, constants: Constants) -> tuple[Array, ...]:
        """Constants as arrays of no dimension; those that are as in the step before are not made again."""
        before, frozen = self._last
        if before == constants:
            return frozen
        dtype = self._dtype
        if len(before) != len(constants):
            frozen = freeze(constants, dtype)
        else:
            pairs = zip(before, constants, frozen, strict=True)
            frozen = tuple([a if old == new else np.array(new, dtype) for old, new, a in pairs])
        self._last = (constants, frozen)
        return frozen

    def _look_at_loss(self) -> None:
        """Let a schedule that watches the loss, on all samples, see it, once a block's warm-up is over."""
        with np.errstate(all="ignore"):
            for block in self._blocks:
                age = self.tick - max(self._scheduled, block.released)
                if block.watch and age > self._schedule.warmup:
                    block.watch.look(self.space.field.value(block.position), self._schedule)

    def _look_at_goal(self) -> None:
        assert self._goal is not None
        with np.errstate(all="ignore"):
            for block in self._blocks:
                if block.reached is not None and block.released <= self.tick:
                    there = np.asarray(self.space.field.value(block.position) <= self._goal)
                    there &= block.reached < 0
                    block.reached[there] = self.tick - block.released


def _watched(block: Block) -> dict[str, Array]:
    """What a schedule remembers of a block's balls, by name."""
    return vars(block.watch) if block.watch else {}


def _make_groups(size: int, stream: int) -> list[tuple[int, int]]:
    """How many balls are released at which tick."""
    if stream < 0:
        raise InputError(f"stream must be 0 or the steps over which balls are released, not {stream}")
    count = max(1, min(MOST_GROUPS, size, stream))
    edges = [size * k // count for k in range(count + 1)]
    return [(edges[k + 1] - edges[k], stream * k // count) for k in range(count)]


def _look_interval(tick: int) -> int:
    """Ticks between two looks at the goal: every step at first, then a sixteenth of the way so far."""
    return 1 << max(0, tick.bit_length() - 5)


@np.errstate(all="ignore")
def default_rate(space: Space, optimizer: Optimizer) -> float:
    """The learning rate for an optimizer in a space; on a map the landscape's own.

    Where it names none: the optimizer's default, which suits problems of unit size, scaled to this one's.
    """
    rates = space.landscape.learning_rates
    if optimizer.name in rates and not space.whole:
        return rates[optimizer.name]
    scale = space.extent
    if not optimizer.normalised:
        scale /= space.gradient_scale or 1.0
    elif space.whole:
        # Each weight goes as far: together they go the further the more they are.
        scale /= math.sqrt(space.lift(np.zeros((2, 1))).size)
    return float(f"{optimizer.lr * scale:.2g}") if math.isfinite(scale) else optimizer.lr
