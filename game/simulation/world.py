"""The world: a landscape and the swarms that race on it."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from game.simulation.optimizers import Optimizer, find_optimizer
from game.simulation.starts import place_balls
from game.simulation.swarm import Status, Swarm
from game.simulation.valleys import Valleys, find_valleys
from landscapes.errors import InputError, unknown
from landscapes.landscape import Array, Landscape

MOST_BALLS = 50_000_000
"""More than this is taken for a slip of the finger."""
_BYTES_PER_BALL = 60


class Valley(NamedTuple):
    """A row of the census.

    Attributes:
        x: of the lowest point.
        y: of the lowest point.
        loss: there.
        area_share: what part of the map drains into it.
        is_global: whether nothing is deeper; ``None`` where the landscape does not know.
        balls: how many are in it.
        by_swarm: how many of each swarm.
    """

    x: float
    y: float
    loss: float
    area_share: float
    is_global: bool | None
    balls: int
    by_swarm: tuple[int, ...]


class World:
    """A landscape and its swarms; same arguments, same world, bit for bit."""

    def __init__(
        self,
        surface: Landscape,
        optimizer: str | Sequence[str] = "adam",
        lr: float | None = None,
        balls: int = 10_000,
        seed: int = 0,
        start: str = "random",
        settings: Mapping[str, float | bool] | None = None,
        schedule: str = "constant",
        batch_size: int | None = None,
        noise: float = 0.0,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        """Release balls.

        Several optimizers share the balls evenly and start from the same points, so the race is fair.

        Args:
            surface: what they roll on.
            optimizer: one name, or one per swarm.
            lr: learning rate of all swarms; the landscape's own for each if ``None``.
            balls: how many in all.
            seed: of all that is random.
            start: ``random``, ``grid``, ``ring`` or ``point:x,y``.
            settings: hyper-parameters; each goes to the swarms whose optimizer has it.
            schedule: learning-rate schedule.
            batch_size: samples in a minibatch; all samples if ``None``.
            noise: standard deviation of the gradient's noise, in units of the typical gradient.
            dtype: float32 to play, float64 to check.

        Raises:
            InputError: something of it cannot be; the message says what to do.
        """
        rows = [find_optimizer(name) for name in ([optimizer] if isinstance(optimizer, str) else optimizer)]
        _check_count(balls, len(rows))
        if seed < 0:
            raise InputError(f"seed must be 0 or more, not {seed}")
        shares = _share_settings(rows, settings or {})
        sizes = [balls // len(rows) + (k < balls % len(rows)) for k in range(len(rows))]
        points = place_balls(start, surface.domain, sizes[0], seed)
        self.landscape = surface
        self.swarms = tuple(
            Swarm(
                surface,
                row.name,
                points[:, :size],
                lr=lr,
                settings=share,
                schedule=schedule,
                batch_size=batch_size,
                noise=noise,
                seed=seed,
                number=number,
                dtype=dtype,
            )
            for number, (row, size, share) in enumerate(zip(rows, sizes, shares, strict=True))
        )

    @property
    def tick(self) -> int:
        """Steps taken since the release."""
        return self.swarms[0].tick

    def step(self, n: int = 1) -> None:
        """Take ``n`` steps with every swarm."""
        for swarm in self.swarms:
            swarm.step(n)

    @property
    def positions(self) -> Array:
        """Where all balls are, ``(2, N)``, swarm after swarm; those that left, where they were last seen."""
        return np.concatenate([swarm.shown()[0] for swarm in self.swarms], axis=1)

    @property
    def previous(self) -> Array:
        """Where all balls were before the most recent step, ``(2, N)``."""
        return np.concatenate([swarm.shown()[1] for swarm in self.swarms], axis=1)

    @property
    def losses(self) -> Array:
        """Loss of all balls ``(N,)``, on all samples and without noise."""
        with np.errstate(all="ignore"):
            return self.landscape.value(self.positions)

    @property
    def status(self) -> npt.NDArray[np.uint8]:
        """What became of all balls, ``(N,)``; see ``Status``."""
        return np.concatenate([swarm.status for swarm in self.swarms])

    def counts(self) -> dict[str, int]:
        """How many balls are rolling, settled, escaped and diverged."""
        counts = sum(np.bincount(swarm.status, minlength=len(Status)) for swarm in self.swarms)
        return {status.name.lower(): int(np.asarray(counts)[status]) for status in Status}

    def census(self) -> list[Valley]:
        """The valleys, deepest first, and how many balls are in each; balls that left count nowhere."""
        valleys = self.valleys
        found = len(valleys.losses)
        counts = []
        for swarm in self.swarms:
            labels = valleys.label(swarm.position)
            counts.append(np.bincount(labels[labels >= 0], minlength=found).tolist())
        return [
            Valley(
                float(valleys.minima[0, k]),
                float(valleys.minima[1, k]),
                float(valleys.losses[k]),
                float(valleys.area_shares[k]),
                self._is_global(float(valleys.losses[k])),
                sum(by_swarm),
                by_swarm,
            )
            for k, by_swarm in enumerate(zip(*counts, strict=True))
        ]

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


def _check_count(balls: int, swarms: int) -> None:
    if balls < 1:
        raise InputError(f"there must be at least 1 ball, not {balls}")
    if balls > MOST_BALLS:
        size = balls * _BYTES_PER_BALL / 1e9
        raise InputError(
            f"{balls:,} balls would need {size:,.1f} GB of memory; at most {MOST_BALLS:,} are allowed"
        )
    if swarms < 1:
        raise InputError("there must be at least one optimizer")
    if balls < swarms:
        raise InputError(f"{swarms} optimizers need at least {swarms} balls, not {balls}")


def _share_settings(rows: Sequence[Optimizer], settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each optimizer those settings that it has."""
    known = {hyper.name for row in rows for hyper in row.hyper}
    for name in settings:
        if name not in known:
            raise unknown("setting", name, sorted(known), "downslope list optimizers")
    return [
        {hyper.name: settings[hyper.name] for hyper in row.hyper if hyper.name in settings} for row in rows
    ]
