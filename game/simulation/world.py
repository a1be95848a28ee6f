"""The world: a landscape and the swarms that race on it."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from game.simulation.optimizers import Optimizer, find_optimizer
from game.simulation.saves import load_swarms, save_swarms
from game.simulation.spaces import SPACES, Kind, open_space
from game.simulation.starts import keep_off_holes, place_balls
from game.simulation.swarm import Swarm
from game.simulation.sweep import Status
from game.simulation.valleys import Valleys, find_valleys
from landscapes.errors import InputError, find, unknown
from landscapes.landscape import Array, Landscape

MOST_BALLS = 50_000_000
"""More than this is taken for a slip of the finger."""
ARRIVAL = 0.01
"""Share of the way down that is left when a ball has arrived."""


class Valley(NamedTuple):
    """A row of the census.

    Attributes:
        x: of the lowest point.
        y: of the lowest point.
        loss: there.
        area_share: what part of the map drains into it.
        is_global: whether nothing is deeper; ``None`` where the landscape does not know.
        balls: how many are in it.
        settled: how many of them have settled.
        by_swarm: how many balls of each swarm are in it.
        settled_by_swarm: how many of these have settled.
    """

    x: float
    y: float
    loss: float
    area_share: float
    is_global: bool | None
    balls: int
    settled: int
    by_swarm: tuple[int, ...]
    settled_by_swarm: tuple[int, ...]


class Standing(NamedTuple):
    """How a swarm is doing.

    Attributes:
        optimizer: its name.
        lr: learning rate, or the lowest and the highest where each ball has its own; ``None`` for a method without.
        balls: how many there are, waiting ones included.
        median_loss: of the balls that are anywhere; ``None`` if no ball's loss is a number.
        best_loss: likewise.
        arrived: share of the balls that came within 1 % of the way down; ``None`` if nobody watched.
        steps_to_arrive: of the median ball, from its release; ``None`` if less than half of them arrived.
    """

    optimizer: str
    lr: float | tuple[float, float] | None
    balls: int
    median_loss: float | None
    best_loss: float | None
    arrived: float | None
    steps_to_arrive: int | None


class World:
    """A landscape and its swarms; same arguments, same world, bit for bit.

    Attributes:
        landscape: the ground.
        swarms: on it, one for each optimizer.
        surveyed: whether its valleys are those of the ground as it is now.
    """

    surveyed = True

    def __init__(
        self,
        surface: Landscape,
        optimizer: str | Sequence[str] = "adam",
        lr: float | tuple[float, float] | None = None,
        balls: int = 10_000,
        seed: int = 0,
        start: str = "random",
        settings: Mapping[str, float | bool] | None = None,
        schedule: str = "constant",
        batch_size: int | None = None,
        noise: float = 0.0,
        border: str = "mark",
        stream: int = 0,
        separate: bool = False,
        space: str = "map",
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        """Release balls.

        Several optimizers share the balls evenly. They start from the same points and see the same noise and the
        same minibatches, so the race is fair.

        Args:
            surface: what they roll on.
            optimizer: one name, or one per swarm.
            lr: learning rate of all swarms; the landscape's own for each if ``None``. Two numbers are a sweep: every
                ball has a rate of its own between them, see ``spread_rates``.
            balls: how many in all.
            seed: of all that is random.
            start: where balls are released; see the table of starts.
            settings: hyper-parameters; each goes to the swarms whose optimizer has it.
            schedule: of the learning rate, such as ``cosine`` or ``step:step_size=200,warmup=50``.
            batch_size: samples in a minibatch; all samples if ``None``.
            noise: standard deviation of the gradient's noise, in units of the typical gradient.
            border: what happens to balls that leave the map; see the table of borders.
            stream: steps over which the balls are released; all at once if 0.
            separate: every swarm has start points, noise and minibatches of its own.
            space: where balls roll; see the table of spaces.
            dtype: float32 to play, float64 to check.

        Raises:
            InputError: something of it cannot be; the message says what to do.
        """
        rows = [find_optimizer(name) for name in ([optimizer] if isinstance(optimizer, str) else optimizer)]
        open_space(surface, space)  # what is not there needs no counting
        _check_count(balls, rows, find("space", space, SPACES))
        if seed < 0:
            raise InputError(f"seed must be 0 or more, not {seed}")
        shares = share_settings(rows, settings or {})
        sizes = [balls // len(rows) + (k < balls % len(rows)) for k in range(len(rows))]
        numbers = range(len(rows)) if separate else [0] * len(rows)
        points = {
            number: place_balls(start, surface.domain, sizes[0], seed, number)
            for number in dict.fromkeys(numbers)
        }
        if ":" not in start:  # who names a place means it
            points = {
                number: keep_off_holes(placed, surface, seed, number) for number, placed in points.items()
            }
        self.landscape = surface
        self.swarms = tuple(
            Swarm(
                surface,
                row.name,
                points[number][:, :size],
                lr=spread_rates(*lr, size) if isinstance(lr, tuple) else lr,
                settings=share,
                schedule=schedule,
                batch_size=batch_size,
                noise=noise,
                border=border,
                stream=stream,
                seed=seed,
                number=number,
                space=space,
                dtype=dtype,
            )
            for number, row, size, share in zip(numbers, rows, sizes, shares, strict=True)
        )

    @classmethod
    def load(cls, path: str | Path, surface: Landscape | None = None) -> "World":
        """A world that was saved; it goes on bit for bit.

        Args:
            path: of the file.
            surface: what the balls roll on, if it is none of the catalogue's.

        Raises:
            InputError: the file cannot be read, or is no saved world.
        """
        world = cls.__new__(cls)
        world.landscape, world.swarms = load_swarms(Path(path), surface)
        return world

    def save(self, file: str | Path | IO[bytes]) -> None:
        """Write all that decides how the world goes on to a ``.npz`` file.

        Raises:
            OSError: it cannot be written.
        """
        if isinstance(file, (str, Path)):
            with Path(file).open("wb") as opened:
                save_swarms(opened, self.landscape, self.swarms)
        else:
            save_swarms(file, self.landscape, self.swarms)

    def copy(self) -> "World":
        """Another world that goes on bit for bit as this one would."""
        return deepcopy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> "World":
        other = World.__new__(World)
        memo[id(self)] = other
        # What was found out about the landscape holds there too.
        vars(other).update(vars(self))
        # Worlds of the same swarms, such as those of views side by side, have the same copies.
        other.swarms = tuple(deepcopy(swarm, memo) for swarm in self.swarms)
        return other

    @property
    def whole(self) -> bool:
        """Whether balls are whole networks, which the map shows only in part."""
        return self.swarms[0].space.whole

    @property
    def size(self) -> int:
        """How many balls there are."""
        return sum(swarm.size for swarm in self.swarms)

    @property
    def tick(self) -> int:
        """Steps taken since the release."""
        return self.swarms[0].tick

    def step(self, n: int = 1) -> None:
        """Take ``n`` steps with every swarm."""
        for swarm in self.swarms:
            swarm.step(n)

    def drop(self, start: npt.ArrayLike) -> npt.NDArray[np.intp]:
        """Release more balls in every swarm, at the same places; those that there are go on as if nothing were.

        Args:
            start: where on the map, ``(2, k)``.

        Returns:
            The numbers ``(N,)`` that the balls have now that there were before: swarm after swarm, newcomers last.

        Raises:
            InputError: that would be too many, or at too many different times.
        """
        points = np.asarray(start, np.float64)
        self.check_room(points.shape[1])
        before = [swarm.size for swarm in self.swarms]
        for swarm in self.swarms:
            swarm.add(points)
        return find_kept(before, [swarm.size for swarm in self.swarms])

    def reground(self, landscape: Landscape, *, survey: bool = True) -> None:
        """Put other ground under the balls, which stay where they are and keep their memory.

        Args:
            landscape: the ground, of the same domain.
            survey: whether its valleys count from now on; otherwise from the next ``survey``.

        Raises:
            InputError: it is not of the same domain.
        """
        if landscape.domain != self.landscape.domain:
            raise InputError(
                f"{landscape.title} is another map than {self.landscape.title}: go to it instead"
            )
        for swarm in self.swarms:
            swarm.reground(landscape)
        self.landscape, self.surveyed = landscape, False
        if survey:
            self.survey()

    def survey(self) -> None:
        """Forget the valleys: whoever asks next has them found anew."""
        for name in ("valleys", "_least"):
            vars(self).pop(name, None)
        self.surveyed = True

    def explore(self, note: Callable[[int], None]) -> None:
        """Find the valleys now, as ``valleys`` would later.

        Args:
            note: see ``find_valleys``.
        """
        vars(self)["valleys"] = find_valleys(self.landscape, note=note)

    def check_room(self, count: int) -> None:
        """Raise an InputError if there is no room for so many more balls in every swarm."""
        rows = [swarm.optimizer for swarm in self.swarms]
        space = find("space", self.swarms[0].space.name, SPACES)
        _check_count(self.size + count * len(rows), rows, space)

    @property
    def positions(self) -> Array:
        """Where all balls are, ``(2, N)``, swarm after swarm; those that left, where they were last seen.

        Whole networks are where the map comes nearest to them.
        """
        return self.shown()[0]

    def position_of(self, ball: int) -> Array:
        """Where one ball is, ``(p,)``; whole networks among all weights."""
        for swarm in self.swarms:
            if ball < swarm.size:
                return swarm.shown()[0][:, ball]
            ball -= swarm.size
        raise IndexError(f"there is no ball {ball}")

    @property
    def previous(self) -> Array:
        """Where all balls were before the most recent step, ``(2, N)``."""
        return self.shown()[1]

    def shown(self) -> tuple[Array, Array]:
        """``positions`` and ``previous`` at the price of one."""
        parts = [[swarm.space.project(place) for place in swarm.shown()] for swarm in self.swarms]
        now, before = (
            part[0] if len(part) == 1 else np.concatenate(part, axis=1) for part in zip(*parts, strict=True)
        )
        return now, before

    def strays(self) -> tuple[npt.NDArray[np.intp], Array]:
        """The balls that diverged ``(k,)``, marked or not yet, and where on the map's plane that would be ``(2, k)``.

        Most of the latter are no numbers.
        """
        first, balls, places = 0, [], []
        for swarm in self.swarms:
            numbers, at = swarm.strays()
            balls.append(numbers + first)
            places.append(swarm.space.project(at))
            first += swarm.size
        return np.concatenate(balls), np.concatenate(places, axis=1)

    @property
    def losses(self) -> Array:
        """Loss of all balls ``(N,)``, on all samples and without noise."""
        return np.concatenate([_measure_losses(swarm) for swarm in self.swarms])

    @property
    def status(self) -> npt.NDArray[np.uint8]:
        """What became of all balls, ``(N,)``; see ``Status``."""
        return np.concatenate([swarm.status for swarm in self.swarms])

    def counts(self) -> dict[str, int]:
        """How many balls are rolling, settled, escaped, diverged and waiting; off the map they have left at once."""
        standings = [swarm.standing for swarm in self.swarms]
        return {
            status.name.lower(): sum(int(np.count_nonzero(each == status)) for each in standings)
            for status in Status
        }

    def census(self) -> list[Valley]:
        """The valleys, deepest first, and how many balls are in each; balls that left count nowhere."""
        valleys = self.valleys
        found = len(valleys.losses)
        here, settled = [], []
        for swarm in self.swarms:
            standing = swarm.standing
            labels = np.where(standing <= Status.SETTLED, valleys.label(swarm.on_map), -1)
            here.append(np.bincount(labels[labels >= 0], minlength=found).tolist())
            rests = labels[(labels >= 0) & (standing == Status.SETTLED)]
            settled.append(np.bincount(rests, minlength=found).tolist())
        return [
            Valley(
                x=float(valleys.minima[0, k]),
                y=float(valleys.minima[1, k]),
                loss=float(valleys.losses[k]),
                area_share=float(valleys.area_shares[k]),
                is_global=self._is_global(float(valleys.losses[k])),
                balls=sum(balls),
                settled=sum(rest),
                by_swarm=balls,
                settled_by_swarm=rest,
            )
            for k, (balls, rest) in enumerate(
                zip(zip(*here, strict=True), zip(*settled, strict=True), strict=True)
            )
        ]

    def watch(self) -> None:
        """From now on note how many steps each ball takes to arrive; ``standings`` tells.

        A ball arrives when its loss has come down to 1 % of the way from the median ball's loss now to the lowest
        point of the map, above that point. Where there is no valley nobody can arrive.
        """
        losses = self.losses
        losses = losses[np.isfinite(losses)]
        floor = self.valleys.losses.min(initial=np.inf)
        if losses.size and np.isfinite(floor):
            goal = floor + ARRIVAL * max(float(np.median(losses)) - floor, 0.0)
            for swarm in self.swarms:
                swarm.goal = goal

    def standings(self) -> list[Standing]:
        """How each swarm is doing, on all samples and without noise."""
        return [self._stand(swarm) for swarm in self.swarms]

    def _stand(self, swarm: Swarm) -> Standing:
        losses = _measure_losses(swarm)[swarm.status != Status.WAITING]
        losses = losses[np.isfinite(losses)]
        arrived, steps = None, None
        if swarm.goal is not None:
            reached = swarm.reached
            arrived = float((reached >= 0).mean())
            # Those that have not arrived count as later than all that have.
            median = float(np.median(np.where(reached < 0, np.inf, reached)))
            steps = round(median) if math.isfinite(median) else None
        return Standing(
            optimizer=swarm.optimizer.name,
            lr=_tell_rate(swarm),
            balls=swarm.size,
            median_loss=float(np.median(losses)) if losses.size else None,
            best_loss=float(losses.min()) if losses.size else None,
            arrived=arrived,
            steps_to_arrive=steps,
        )

    @cached_property
    def valleys(self) -> Valleys:
        """The landscape's valleys, found when first asked for."""
        return find_valleys(self.landscape)

    def digest(self) -> str:
        """A fingerprint, in hex, of all that decides how the world goes on."""
        fingerprint = hashlib.sha256()
        for swarm in self.swarms:
            for part in swarm.state():
                fingerprint.update(part)
        return fingerprint.hexdigest()

    def _is_global(self, loss: float) -> bool | None:
        if self.landscape.minima.size == 0:
            return None
        return math.isclose(loss, self._least, rel_tol=1e-6, abs_tol=1e-6)

    @cached_property
    def _least(self) -> float:
        return float(self.landscape.value(self.landscape.minima[:1].T)[0])


def find_kept(before: Sequence[int], after: Sequence[int]) -> npt.NDArray[np.intp]:
    """The numbers ``(N,)`` that balls have in swarms that grew from these sizes to those."""
    firsts = np.cumsum([0, *after])
    return np.concatenate([first + np.arange(size) for first, size in zip(firsts, before, strict=False)])


@np.errstate(all="ignore")
def _measure_losses(swarm: Swarm) -> Array:
    return swarm.space.field.value(swarm.shown()[0])


def _tell_rate(swarm: Swarm) -> float | tuple[float, float] | None:
    if not swarm.optimizer.has_rate:
        return None
    return (float(swarm.lr.min()), float(swarm.lr.max())) if isinstance(swarm.lr, np.ndarray) else swarm.lr


def spread_rates(low: float, high: float, count: int) -> npt.NDArray[np.float64]:
    """Learning rates for a sweep across the crowd ``(count,)``, even in decades from ``low`` to ``high``.

    Neighbours in a grid of start points get rates far apart (steps of the golden section), so that every part of the
    map sees all of them.

    Raises:
        InputError: the two are not numbers above 0, the smaller first.
    """
    if not 0 < low < high < math.inf:
        raise InputError(
            f"a sweep of learning rates needs two numbers above 0, the smaller first, not {low} and {high}"
        )
    share = np.argsort(np.argsort(np.arange(count) * ((5**0.5 - 1) / 2) % 1.0)) / max(count - 1, 1)
    return np.asarray(low * (high / low) ** share)


def _check_count(balls: int, rows: Sequence[Optimizer], space: Kind) -> None:
    if not rows:
        raise InputError("there must be at least one optimizer")
    if balls < 1:
        raise InputError(f"there must be at least 1 ball, not {balls}")
    if space.most and balls > space.most:
        raise InputError(f"{balls:,} balls are too many for space {space.name!r}: at most {space.most:,}")
    if balls > MOST_BALLS:
        size = balls * max(map(_count_bytes, rows)) / 1e9
        raise InputError(
            f"{balls:,} balls would need {size:,.1f} GB of memory; at most {MOST_BALLS:,} are allowed"
        )
    if balls < len(rows):
        raise InputError(f"{len(rows)} optimizers need at least {len(rows)} balls, not {balls}")


def _count_bytes(optimizer: Optimizer) -> int:
    """Of memory for a ball: where it is, was and was last seen, status and number, and what its optimizer remembers."""
    defaults = {hyper.name: hyper.default for hyper in optimizer.hyper}
    return 8 * (3 + sum(not slot.when or bool(defaults[slot.when]) for slot in optimizer.slots)) + 5


def share_settings(rows: Sequence[Optimizer], settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each optimizer those settings that it has.

    Raises:
        InputError: there is one that none of them has.
    """
    known = {hyper.name for row in rows for hyper in row.settings}
    for name in settings:
        if name not in known:
            raise unknown("setting", name, sorted(known), "downslope list optimizers")
    return [
        {hyper.name: settings[hyper.name] for hyper in row.settings if hyper.name in settings} for row in rows
    ]
