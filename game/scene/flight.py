"""Balls that are thrown off: who diverged leaves the map in an arc and fades, for all to see."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from game.scene.terrain import Terrain
from game.simulation import Status, World
from landscapes.landscape import Array, Domain

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

FLIGHT_TICKS = 75
"""After which a ball that was thrown off has faded."""
MOST_FLIGHTS = 5_000
"""In the air at once: more would cost more than the whole crowd on the ground, and not be told apart."""


@dataclass(frozen=True, eq=False)
class Flights:
    """Balls in the air; where each of them is follows from its launch and the time.

    Attributes:
        balls: their numbers, ``(k,)``.
        launches: ``(k, 6)``: where the middle of the ball left, scene units; the direction along the ground, of unit
            length; and the tick.
        colours: row of the frame's colours for each, ``(k,)``.
    """

    balls: npt.NDArray[np.intp]
    launches: Floats
    colours: Bytes


NO_FLIGHTS = Flights(np.empty(0, np.intp), np.empty((0, 6), np.float32), np.empty(0, np.uint8))


class Takeoffs:
    """Watches a world for balls that are thrown off.

    That is who diverged, and who leaves the map with a step longer than the map is wide, until it is back or found to
    have escaped.

    Attributes:
        gone: the balls that were thrown off, ``(n,)``; they are nowhere on the ground.
        flights: those of them that are still in the air; another object only when it is another content.

    Args:
        world: that is watched.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.gone: Mask = world.status == Status.DIVERGED
        self.flights = NO_FLIGHTS
        self._seen: Array | None = None

    def advance(
        self, terrain: Terrain, places: tuple[Array, Array], status: Bytes, colours: Bytes, radius: float
    ) -> None:
        """Look who was thrown off since the last call, and who has landed.

        Args:
            terrain: the ground they leave.
            places: the balls' positions now and a step ago, ``(2, n)`` each.
            status: of each ball, ``(n,)``.
            colours: row of the frame's colours for each ball, ``(n,)``.
            radius: of a ball, scene units.
        """
        now, before = places
        seen = before if self._seen is None else self._seen
        self._seen = now
        strays, numbers = self._world.strays()
        gone = np.zeros(status.size, np.bool_)
        gone[strays] = True
        gone[self._find_leapt(now, before, status, gone)] = True
        fresh = np.flatnonzero(gone & ~self.gone)
        self.gone = gone
        self._land(status)
        if fresh.size:
            fresh = fresh[:: -(-fresh.size // MOST_FLIGHTS)]
            # Where it was drawn last, if that was on the map; if it fell off before, where it was on the map last.
            start = np.where(_is_inside(seen[:, fresh], self._domain), seen[:, fresh], before[:, fresh])
            end = now[:, fresh].astype(np.float64)
            place = np.minimum(np.searchsorted(strays, fresh), max(strays.size - 1, 0))
            stray = np.isin(fresh, strays)
            end[:, stray] = numbers[:, place[stray]]
            self._launch(fresh, terrain, start, end, colours, radius)

    @property
    def _domain(self) -> Domain:
        return self._world.landscape.domain

    def _find_leapt(self, now: Array, before: Array, status: Bytes, strays: Mask) -> npt.NDArray[np.intp]:
        """Who is off the map after a step longer than the map is wide, or has been since such a step."""
        x_min, x_max, y_min, y_max = self._domain
        (x_low, y_low), (x_high, y_high) = now.min(axis=1), now.max(axis=1)
        if x_low >= x_min and x_high <= x_max and y_low >= y_min and y_high <= y_max:
            return np.empty(0, np.intp)
        off = np.flatnonzero(~_is_inside(now, self._domain) & (status <= Status.SETTLED) & ~strays)
        step = np.hypot(*(now[:, off] - before[:, off]))
        leapt: npt.NDArray[np.intp] = off[self.gone[off] | (step > self._world.landscape.extent)]
        return leapt

    def follow_numbers(self, kept: npt.NDArray[np.intp]) -> None:
        """Balls have joined: ball ``k`` is number ``kept[k]`` now."""
        gone, self.gone = self.gone, np.zeros(self._world.size, np.bool_)
        self.gone[kept] = gone
        self.flights = Flights(kept[self.flights.balls], self.flights.launches, self.flights.colours)
        if self._seen is not None:
            seen, self._seen = self._seen, np.full((2, self.gone.size), np.nan, self._seen.dtype)
            self._seen[:, kept] = seen

    def _land(self, status: Bytes) -> None:
        """Let go of flights that have faded, and of balls that are back on the map."""
        flights = self.flights
        back = ~self.gone[flights.balls] & (status[flights.balls] <= Status.SETTLED)
        kept = ~back & (flights.launches[:, 5] > self._world.tick - FLIGHT_TICKS)
        if not kept.all():
            self.flights = Flights(flights.balls[kept], flights.launches[kept], flights.colours[kept])

    def _launch(
        self,
        balls: npt.NDArray[np.intp],
        terrain: Terrain,
        start: Array,
        end: Array,
        colours: Bytes,
        radius: float,
    ) -> None:
        """Let balls fly from ``start (2, k)``, as far as that is on the map, towards ``end (2, k)``."""
        ground = terrain.to_scene(np.clip(start, *_corners(self._domain)))
        ground[2] += np.float32(radius)
        launches = np.empty((balls.size, 6), np.float32)
        launches[:, :3] = ground.T
        launches[:, 3:5] = _find_heading(ground[:2], end, terrain).T
        launches[:, 5] = self._world.tick - 1
        flights = self.flights
        self.flights = Flights(
            np.concatenate([flights.balls, balls])[-MOST_FLIGHTS:],
            np.concatenate([flights.launches, launches])[-MOST_FLIGHTS:],
            np.concatenate([flights.colours, colours[balls]])[-MOST_FLIGHTS:],
        )


@np.errstate(all="ignore")
def _find_heading(start: Floats, end: Array, terrain: Terrain) -> Array:
    """Unit vectors ``(2, k)`` in the slab's plane; outwards where the numbers say nothing."""
    x_min, x_max, y_min, y_max = terrain.domain
    middle = np.array([[(x_min + x_max) / 2], [(y_min + y_max) / 2]])
    span = np.array([[x_max - x_min], [y_max - y_min]])
    half = np.array(terrain.half_size)[:, None]
    way = (end - middle) / span * (2 * half) - start
    heading = way / np.hypot(*way)
    outwards = start + np.array([[1e-6], [0.0]])
    outwards = outwards / np.hypot(*outwards)
    return np.asarray(np.where(np.isfinite(heading).all(axis=0), heading, outwards))


def _corners(domain: Domain) -> tuple[Array, Array]:
    x_min, x_max, y_min, y_max = domain
    return np.array([[x_min], [y_min]]), np.array([[x_max], [y_max]])


def _is_inside(xy: Array, domain: Domain) -> Mask:
    x_min, x_max, y_min, y_max = domain
    x, y = xy
    inside: Mask = (x >= x_min) & (x <= x_max) & (y >= y_min) & (y <= y_max)
    return inside
