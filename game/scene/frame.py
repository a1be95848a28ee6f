"""A frame: everything there is to draw at one moment, as plain arrays."""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from game.scene.camera import CLOSE, SafeArea
from game.scene.daylight import DAY, Daylight, dim
from game.scene.flight import Flights, Takeoffs
from game.scene.grounds import Grounds
from game.scene.leaders import Leaders
from game.scene.marks import TRAIL_RESOLUTION, Trails, contact_shadows
from game.scene.path import NO_RIBBON, Arrow, Path, aim_arrows, lay_ribbon
from game.scene.rings import Ring, lay_rings
from game.scene.rolling import MOST_STRIPES, Stripes
from game.scene.signs import LABELLED_VALLEYS, Label, Signs, place_labels, write_signs
from game.scene.terrain import Terrain
from game.scene.theme import TEAM_COLOURS, Theme, get_theme, team_colours
from game.scene.track import NO_TRACK, Track, lay_track
from game.session import Session
from game.simulation import Status, World, find_kept
from landscapes.landscape import Trajectory

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

WHOLE_WINDOW: SafeArea = (0.0, 0.0, 1.0, 1.0)

_NO_STALKS: Floats = np.empty((0, 2, 3), np.float32)
_NO_LEADERS = np.empty((0, 4), np.float32), np.empty(0, np.uint8)
HIDDEN_LEADER = 0.55
"""How strongly a leader shows through the hill that hides it."""
FLYING_FOCUS = 1.0
"""Where somebody flies and looks at nothing in particular, scene units."""


@dataclass(frozen=True, eq=False)
class Frame:
    """What to draw. An array that did not change since the last frame is the same object: nothing is sent twice.

    Attributes:
        size: of the picture, pixels.
        view: ``(4, 4)``, acting on row vectors.
        projection: ``(4, 4)``, likewise.
        eye: ``(3,)``.
        focus: distance from the eye to what is looked at, along the view, scene units.
        daylight: the light of the moment.
        terrain: the ground.
        theme: colours of everything but the balls.
        alpha: how far between ``previous`` and ``positions`` the balls are, [0, 1).
        previous: balls one step ago, landscape coordinates ``(2, n)``.
        positions: balls now, ``(2, n)``.
        status: of each ball, ``(n,)``.
        colour_index: row of ``colours`` for each ball, ``(n,)``.
        colours: linear light ``(c, 3)``.
        radius: of a ball, scene units.
        numbers: which balls of the world these are, ascending ``(n,)``; ``None`` if all are there.
        poles: of the stripes around the balls, one step ago, unit vectors ``(3, n)``; ``None`` if balls are plain.
        flights: balls that were thrown off.
        time: ticks, with a fraction while balls glide.
        lifts: of each ball, how far above the ground it is, ``(n,)``; ``None`` if all lie on it.
        stalks: from the ground to each lifted ball, scene units ``(n, 2, 3)``; empty if all lie on it.
        trails: coloured light in terrain space ``(r, r, 4)``, the last channel unused; ``r`` is a power of two.
        shadows: darkness in terrain space ``(s, s)``; ``s`` too.
        beacon: the deepest known minimum, scene units ``(3,)``; ``None`` if there is none.
        labels: what is written over the picture.
        selected: place of the selected ball in ``positions``; ``None`` if there is none.
        ribbon: the way of the selected ball, ``(n, 4)``: scene units, and how far along it is; see ``lay_ribbon``.
        arrows: what the selected ball feels and does.
        leaders: the balls that lead their teams, ``(k, 4)``: their middles, scene units, and how strongly they show;
            those behind a hill do so faintly.
        leader_colours: row of ``colours`` for each leader, ``(k,)``.
        rings: what lies on the ground where something is pointed at, and where checkpoints of a training are.
        finish: height of a race's finish line on the ground, scene units; ``None`` if there is none to be seen.
        track: of the training that led to this ground.
    """

    size: tuple[int, int]
    view: Floats
    projection: Floats
    eye: Floats
    focus: float
    daylight: Daylight
    terrain: Terrain
    theme: Theme
    alpha: float
    previous: Floats
    positions: Floats
    status: Bytes
    colour_index: Bytes
    colours: Floats
    radius: float
    numbers: npt.NDArray[np.intp] | None
    poles: Floats | None
    flights: Flights
    time: float
    lifts: Floats | None
    stalks: Floats
    trails: Bytes
    shadows: Bytes
    beacon: Floats | None
    labels: tuple[Label, ...]
    selected: int | None
    ribbon: Floats
    arrows: tuple[Arrow, ...]
    leaders: Floats
    leader_colours: Bytes
    rings: tuple[Ring, ...]
    finish: float | None
    track: Track


class Stage:
    """Makes frames of a session; keeps what outlives a frame: baked terrains, trails, the balls' colours.

    Args:
        trail_texels: along each side of the trails.
        teams: whose balls are seen; everybody's, if there are no teams to choose from.
        grounds: what several stages share.
    """

    def __init__(
        self,
        trail_texels: int = TRAIL_RESOLUTION,
        teams: range | None = None,
        grounds: Grounds | None = None,
    ) -> None:
        self._trail_texels = trail_texels
        self._teams = teams
        self._grounds = grounds or Grounds()
        self._session_world: World | None = None
        self._tick = -1
        self._alpha = -1.0
        self._daylight = DAY
        self._leaders: Leaders | None = None
        self._marked: tuple[tuple[list[Any], Terrain], Floats | None, Signs] | None = None
        self._ribbon: tuple[tuple[Path, int, float, Terrain] | None, Floats] = (None, NO_RIBBON)
        self._track: tuple[tuple[Trajectory | None, Terrain] | None, Track] = (None, NO_TRACK)

    def build_frame(
        self, session: Session, size: tuple[int, int], safe: SafeArea = WHOLE_WINDOW, evening: float = 0.0
    ) -> Frame:
        """What the session looks like now.

        Args:
            session: is read, never changed.
            size: of the picture, pixels.
            safe: where in the picture the slab should stand.
            evening: 0 by day, 1 at the last light of dusk.
        """
        baked = self._grounds.bake(session)
        terrain = self._grounds.shake(session, baked)
        theme = get_theme(session.view.theme)
        daylight = dim(evening, theme.evening)
        self._colours = team_colours(theme.teams)
        if session.world is not self._session_world:
            self._enter(session)
        world = self._world
        grown = world.size != self._colour_index.size
        if grown:
            self._follow_numbers(session)
        stepped, alpha = grown or world.tick != self._tick, session.alpha
        radius = ball_radius(self._colour_index.size)
        if stepped:
            # A world copies its balls when asked: once a step is enough.
            self._tick = world.tick
            places = world.shown()
            self._positions, self._previous = (place.astype(np.float32, copy=False) for place in places)
            self._status = world.status
            self._trails.advance(world, terrain, self._colours, self._colour_index, places)
            self._shown_colours, self._numbers = self._colour_index, self._everybody
            self._poles = self._stripes.roll(self._previous, terrain, radius) if self._stripes else None
            self._takeoffs.advance(terrain, places, self._status, self._colour_index, radius)
            nowhere = self._takeoffs.gone | (self._status == Status.WAITING)
            if nowhere.any():
                # Who has not been released yet, or was thrown off.
                there = np.flatnonzero(~nowhere)
                self._numbers = there + self._first
                self._positions, self._previous = self._positions[:, there], self._previous[:, there]
                self._status, self._shown_colours = self._status[there], self._colour_index[there]
                self._poles = None if self._poles is None else self._poles[:, there]
            self._heights = _find_heights(world, terrain, ~nowhere)
        if stepped or alpha != self._alpha or daylight != self._daylight:
            self._alpha, self._daylight = alpha, daylight
            glided = _glide(self._previous, self._positions, alpha)
            self._glided = glided
            self._shadows = contact_shadows(terrain.share(glided), radius / 2, daylight.towards_sun[:2])
            self._lifts, self._stalks = _plant_stalks(terrain, glided, self._heights)
        # Framed by the ground of all samples: the camera must not shake with the other.
        view, projection, eye = session.camera.matrices(baked, size, safe)
        selected = self._place(session.view.selected)
        leaders, leader_colours = self._find_leaders(session, terrain, radius, eye)
        beacon, signs = self._mark(session, terrain)
        return Frame(
            size=size,
            view=view,
            projection=projection,
            eye=eye,
            focus=_find_focus(session.camera.target(baked), view),
            daylight=daylight,
            terrain=terrain,
            theme=theme,
            alpha=alpha,
            previous=self._previous,
            positions=self._positions,
            status=self._status,
            colour_index=self._shown_colours,
            colours=self._colours,
            radius=radius,
            numbers=self._numbers,
            poles=self._poles,
            flights=self._takeoffs.flights,
            time=world.tick - 1 + alpha,
            lifts=self._lifts,
            stalks=self._stalks,
            trails=self._trails.picture,
            shadows=self._shadows,
            beacon=beacon,
            labels=place_labels(signs, terrain, view @ projection, eye, size),
            selected=selected,
            ribbon=self._trace(session, terrain, selected),
            arrows=self._aim(session, terrain, selected, eye),
            leaders=leaders,
            leader_colours=leader_colours,
            rings=lay_rings(session, terrain, theme),
            finish=terrain.find_line(session.finish.loss) if session.finish else None,
            track=self._follow_training(session, terrain),
        )

    def _enter(self, session: Session) -> None:
        """Begin anew, with another world."""
        self._session_world, self._tick, self._leaders = session.world, -1, None
        self._world = _choose_teams(session.world, self._teams)
        self._count(session)
        self._trails = Trails(self._trail_texels)
        self._takeoffs = Takeoffs(self._world)
        self._stripes = Stripes(self._world.size) if self._world.size <= MOST_STRIPES else None

    def _count(self, session: Session) -> None:
        """Note which balls are seen, and their colours."""
        first = sum(swarm.size for swarm in session.world.swarms[: self._teams.start if self._teams else 0])
        self._first, self._sizes = first, [swarm.size for swarm in self._world.swarms]
        last = first + self._world.size
        self._everybody = np.arange(first, last) if self._teams else None
        self._colour_index = _choose_colours(session)[first:last]

    def _follow_numbers(self, session: Session) -> None:
        """Balls have joined: what is remembered of each of the others is under its new number."""
        before, count = self._sizes, self._world.size
        self._count(session)
        kept = find_kept(before, self._sizes)
        self._trails.forget_places()
        self._takeoffs.follow_numbers(kept)
        if self._leaders:
            self._leaders.follow_numbers(kept)
        if self._stripes:
            self._stripes = self._stripes.grow(kept, count) if count <= MOST_STRIPES else None

    def _mark(self, session: Session, terrain: Terrain) -> tuple[Floats | None, Signs]:
        """The foot of the beacon, and the signs; both stay until valleys are found anew or other ground is shown."""
        places = [valley[:3] for valley in session.census[:LABELLED_VALLEYS]] if session.view.labels else []
        key = places, terrain
        if self._marked is None or key != self._marked[0]:
            minima = session.world.landscape.minima
            beacon = terrain.to_scene(minima[:1].T)[:, 0] if len(minima) else None
            self._marked = key, beacon, write_signs(session, terrain, beacon)
        return self._marked[1:]

    def _place(self, ball: int | None) -> int | None:
        """The place of a ball in the frame's arrays; ``None`` if it is nowhere."""
        if ball is None or self._numbers is None:
            return ball
        place = int(np.searchsorted(self._numbers, ball))
        return place if place < self._numbers.size and self._numbers[place] == ball else None

    def _trace(self, session: Session, terrain: Terrain, selected: int | None) -> Floats:
        """The ribbon of the selected ball, up to where it has glided."""
        path = session.path
        if path is None or selected is None:
            return NO_RIBBON
        key = path, session.world.tick, self._alpha, terrain
        if self._ribbon[0] != key:
            places = path.places
            if places.size and self._status[selected] <= Status.SETTLED:
                places[:, -1] = self._glided[:, selected]
            self._ribbon = key, lay_ribbon(places, terrain)
        return self._ribbon[1]

    def _follow_training(self, session: Session, terrain: Terrain) -> Track:
        """The track of the training; it stays until the ground is another one."""
        key = session.world.landscape.trajectory, terrain
        if self._track[0] is None or any(
            new is not old for new, old in zip(key, self._track[0], strict=True)
        ):
            self._track = key, lay_track(*key)
        return self._track[1]

    def _aim(
        self, session: Session, terrain: Terrain, selected: int | None, eye: Floats
    ) -> tuple[Arrow, ...]:
        look = session.look
        if look is None or selected is None:
            return ()
        return aim_arrows(look, self._glided[:, selected], terrain, eye)

    def _find_leaders(
        self, session: Session, terrain: Terrain, radius: float, eye: Floats
    ) -> tuple[Floats, Bytes]:
        """Where the leaders are and how strongly they show, and their colours."""
        if not session.shows_leaders:
            self._leaders = None
            return _NO_LEADERS
        self._leaders = self._leaders or Leaders(self._world)
        self._leaders.advance()
        places = [self._place(self._first + ball) for ball in self._leaders.balls]
        balls = np.array([place for place in places if place is not None], np.intp)
        middles = terrain.to_scene(self._glided[:, balls])
        middles[2] += radius
        if self._lifts is not None:
            middles[2] += self._lifts[balls]
        strength = np.where(terrain.sees(eye, middles), 1, HIDDEN_LEADER).astype(np.float32)
        on_map = (np.abs(middles[:2]) <= np.array(terrain.half_size)[:, None]).all(axis=0)
        marks = np.concatenate([middles, strength[None]])[:, on_map]
        return np.ascontiguousarray(marks.T, np.float32), self._shown_colours[balls[on_map]]


def _find_focus(target: npt.NDArray[np.float64], view: Floats) -> float:
    distance = -float(target @ view[:3, 2] + view[3, 2])
    return distance if distance > CLOSE else FLYING_FOCUS


def _glide(before: Floats, after: Floats, alpha: float) -> Floats:
    """Where balls are between two steps, ``(2, n)``."""
    if alpha == 1:
        return after
    glided = after - before
    glided *= np.float32(alpha)
    glided += before
    return glided


def _find_heights(world: World, terrain: Terrain, shown: npt.NDArray[np.bool_]) -> Floats | None:
    """At which height the own loss of each ball that is shown is ``(n,)``; ``None`` if that is the ground's."""
    return terrain.height_of(world.losses[shown]) if world.whole else None


def _plant_stalks(terrain: Terrain, at: Floats, heights: Floats | None) -> tuple[Floats | None, Floats]:
    """How far balls at ``at (2, n)`` are above the ground, and what leads there from it."""
    if heights is None:
        return None, _NO_STALKS
    feet = terrain.to_scene(at)
    on_map = (np.abs(feet[:2]) <= np.array(terrain.half_size)[:, None]).all(axis=0)
    lifts = np.where(on_map, heights - feet[2], 0).astype(np.float32)
    heads = feet + np.array([[0], [0], [1]], np.float32) * lifts
    return lifts, np.ascontiguousarray(np.stack([feet.T, heads.T], axis=1), np.float32)


def ball_radius(count: int) -> float:
    """Scene units: a thousand balls are marbles, a hundred thousand are sand."""
    return float(np.clip(0.0165 * (count / 1000) ** -0.30, 0.0024, 0.03))


def _choose_teams(world: World, teams: range | None) -> World:
    """A world of some teams only, which go on sharing all they have with it."""
    if teams is None:
        return world
    part = copy.copy(world)
    part.swarms = world.swarms[teams.start : teams.stop]
    return part


def _choose_colours(session: Session) -> Bytes:
    """The team's colour in a race; alone on the ground, the colour of the valley a ball was released in."""
    swarms = session.world.swarms
    teams = len(TEAM_COLOURS)
    if len(swarms) > 1:
        return np.repeat(np.arange(len(swarms)) % teams, [swarm.size for swarm in swarms]).astype(np.uint8)
    return (session.homes % teams).astype(np.uint8)
