"""What guides a camera: a ball, the leader of a team, or a film that finds the action by itself."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from game.scene.camera import Guide, Pose
from game.session import Session
from game.simulation import Status
from landscapes.errors import InputError
from landscapes.landscape import Domain

Place = tuple[float, float]
"""On the slab, scene units."""

LEAD_TICKS = 30
"""Ticks between two looks for the leader: it takes the loss of every ball."""
LEAD = 0.02
"""Of the way from the lowest loss to the median, by which a leader must be beaten: equals do not take turns."""
TURN = 6.0
"""Degrees a second that a shot turns, towards the front of the landscape or past it."""
PUSH = 1.2
"""How much nearer a shot ends than it begins."""
CELLS = 12
"""Along a side of the map, to find out where most balls move."""
MOVING = 1e-4
"""Share of the map's side in a step; what is slower can hardly be seen."""


class Chase:
    """Keeps what is looked at on a ball.

    Args:
        session: is read, never changed.
        pick: the ball's number; ``None`` if there is none any more.
    """

    def __init__(self, session: Session, pick: Callable[[], int | None]) -> None:
        self._session = session
        self._pick = pick
        self._led: Place | None = None
        self._seen: tuple[object, ...] = ()

    def __call__(self, goal: Pose, _seconds: float) -> Pose | None:
        """The goal, moved to the ball; ``None`` if there is none, or somebody has moved it elsewhere."""
        place = self.place()
        taken = self._led is not None and self._led != (goal.x, goal.y)
        self._led = place
        return None if place is None or taken else replace(goal, x=place[0], y=place[1])

    def place(self) -> Place | None:
        """Where the ball is drawn; ``None`` if there is none."""
        world, ball = self._session.world, self._pick()
        if ball is None:
            return None
        if self._seen[:2] != (world, ball):
            self._before = self._after = _place_ball(self._session, ball)
        elif self._seen[2] != world.tick:
            self._before, self._after = self._after, _place_ball(self._session, ball)
        self._seen = world, ball, world.tick
        alpha = self._session.alpha
        x, y = (a + alpha * (b - a) for a, b in zip(self._before, self._after, strict=True))
        return x, y


def follow_selected(session: Session) -> Chase:
    """Follow whichever ball is selected.

    Raises:
        InputError: none is.
    """
    if session.view.selected is None:
        raise InputError("no ball is selected to follow: click one, or press tab")
    return Chase(session, lambda: session.view.selected)


def follow_leader(session: Session, team: int) -> Chase:
    """Follow the ball of a team, counted from 0, that has the lowest loss of those on the map."""
    return Chase(session, Leader(session, team).find)


class Leader:
    """Who of a team, counted from 0, is lowest; of all balls if ``team`` is ``None``."""

    def __init__(self, session: Session, team: int | None) -> None:
        self._session = session
        self._team = team
        self._ball: int | None = None
        self._looked: tuple[object, ...] = ()

    def find(self) -> int | None:
        """The ball's number; ``None`` if no ball of theirs is on the map."""
        world = self._session.world
        now = world, world.tick // LEAD_TICKS
        if self._looked != now:
            if self._looked[:1] != now[:1]:
                self._ball = None
            self._looked = now
            self._ball = self._compare()
        return self._ball

    def _compare(self) -> int | None:
        world = self._session.world
        losses = np.where(world.status <= Status.SETTLED, world.losses, np.nan)
        if self._team is not None:
            ends = np.cumsum([0, *(swarm.size for swarm in world.swarms)])
            team = min(self._team, len(world.swarms) - 1)
            losses[: ends[team]] = losses[ends[team + 1] :] = np.nan
        known = np.isfinite(losses)
        if not known.any():
            return None
        losses = np.where(known, losses, np.inf)
        best = int(losses.argmin())
        bar = losses[best] + LEAD * (np.median(losses[known]) - losses[best])
        return self._ball if self._ball is not None and losses[self._ball] <= bar else best


class Subject(NamedTuple):
    """What a shot shows.

    Attributes:
        place: where it is; ``None`` when it is gone.
        zoom: that frames it.
        grounded: see ``Pose``.
    """

    place: Callable[[], Place | None]
    zoom: float
    grounded: float = 1.0


class Shot(NamedTuple):
    """A row of the film.

    Attributes:
        find: what is to be seen now; ``None`` if there is nothing of the kind.
        seconds: how long it is shown.
        elevation: degrees; high enough to look over most ridges.
    """

    find: Callable[[Session], Subject | None]
    seconds: float
    elevation: float


def find_whole(_session: Session) -> Subject:
    """The slab."""
    return Subject(lambda: (0.0, 0.0), zoom=1.0, grounded=0.0)


def find_busiest(session: Session) -> Subject | None:
    """Where most balls move."""
    world = session.world
    x_min, x_max, y_min, y_max = world.landscape.domain
    span = np.array([[x_max - x_min], [y_max - y_min]])
    share = (world.positions - np.array([[x_min], [y_min]])) / span
    step = np.hypot(*((world.positions - world.previous) / span))
    moving = (world.status == Status.ROLLING) & (step > MOVING) & ((share >= 0) & (share <= 1)).all(axis=0)
    if not moving.any():
        return None
    share = share[:, moving]
    column, row = np.minimum(share * CELLS, CELLS - 1).astype(np.intp)
    crowd = np.bincount(row * CELLS + column, minlength=CELLS * CELLS).reshape(CELLS, CELLS)
    # With its neighbours, so that a crowd on the line between cells counts as one.
    wide = np.lib.stride_tricks.sliding_window_view(np.pad(crowd, 1), (3, 3)).sum(axis=(2, 3))
    at = divmod(int(wide.argmax()), CELLS)
    near = (abs(row - at[0]) <= 1) & (abs(column - at[1]) <= 1)
    middle = share[:, near].mean(axis=1)
    place = place_in_scene(world.landscape.domain, middle * span[:, 0] + (x_min, y_min))
    return Subject(lambda: place, zoom=2.2)


def find_deepest(session: Session) -> Subject | None:
    """The deepest valley and what drains into it."""
    if not session.census:
        return None
    valley = session.census[0]
    place = place_in_scene(session.world.landscape.domain, np.array([valley.x, valley.y]))
    return Subject(lambda: place, zoom=min(max(1.1 / math.sqrt(max(valley.area_share, 1e-3)), 1.7), 3.6))


def find_leader(session: Session) -> Subject | None:
    """The lowest ball of all, as long as it rolls."""
    leader = Leader(session, None)
    ball = leader.find()
    if ball is None or session.world.status[ball] != Status.ROLLING:
        return None
    return Subject(Chase(session, leader.find).place, zoom=3.0)


SHOTS: tuple[Shot, ...] = (
    Shot(find_whole, 4.0, 33.0),
    Shot(find_busiest, 6.0, 40.0),
    Shot(find_deepest, 7.0, 44.0),
    Shot(find_leader, 7.0, 40.0),
)
"""In the order of the film, which then begins again; what has nothing to show is left out."""


class Film:
    """Shows one shot after the other, from the front, turning slowly: no clock, no chance, only the session.

    Args:
        session: is read, never changed.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._begin()

    def _begin(self) -> None:
        self._landscape = self._session.world.landscape
        self._number, self._shown_s, self._turn = 0, 0.0, 0.0
        self._subject: Subject = find_whole(self._session)
        self._last: Pose | None = None

    def __call__(self, goal: Pose, seconds: float) -> Pose | None:
        """The goal of the camera some time later; ``None`` if somebody has moved it."""
        if self._last is not None and goal != self._last:
            return None
        if self._session.world.landscape is not self._landscape:
            self._begin()
        self._shown_s += seconds
        while self._shown_s >= SHOTS[self._number].seconds:
            self._shown_s -= SHOTS[self._number].seconds
            self._cut()
        place = self._subject.place()
        if place is None:
            self._shown_s = 0.0
            self._cut()
            place = self._subject.place() or (0.0, 0.0)
        shot = SHOTS[self._number]
        if self._turn == 0:
            off = math.remainder(goal.azimuth - self._session.camera.front, 360)
            self._turn = -math.copysign(TURN, off)
        self._last = replace(
            goal,
            azimuth=goal.azimuth + self._turn * min(seconds, self._shown_s),
            elevation=shot.elevation,
            zoom=self._subject.zoom * PUSH ** (self._shown_s / shot.seconds),
            x=place[0],
            y=place[1],
            grounded=self._subject.grounded,
        )
        return self._last

    def _cut(self) -> None:
        """On to the next shot that has something to show; the whole always has."""
        subject = None
        while subject is None:
            self._number = (self._number + 1) % len(SHOTS)
            subject = SHOTS[self._number].find(self._session)
        self._subject, self._turn = subject, 0.0


GUIDES: dict[str, Callable[[Session], Guide]] = {"cinema": Film, "follow": follow_selected}
"""What makes the guides of those views that have one."""


def _place_ball(session: Session, ball: int) -> Place:
    """Where a ball is on the slab, or comes nearest to it."""
    world = session.world
    position = world.position_of(ball)
    if world.whole:
        position = world.swarms[0].space.project(position[:, np.newaxis])[:, 0]
    return place_in_scene(world.landscape.domain, position)


def place_in_scene(domain: Domain, xy: npt.ArrayLike) -> Place:
    """A place of the map in the slab's plane, scene units; on its border if it is beyond."""
    x, y = np.asarray(xy, np.float64).tolist()
    x_min, x_max, y_min, y_max = domain
    width, depth = x_max - x_min, y_max - y_min
    x = min(max((2 * (x - x_min) / width - 1), -1.0), 1.0)
    y = min(max((2 * (y - y_min) / depth - 1), -1.0), 1.0)
    return x * width / max(width, depth), y * depth / max(width, depth)
