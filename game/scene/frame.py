"""A frame: everything there is to draw at one moment, as plain arrays."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from game.scene.camera import SafeArea
from game.scene.marks import Trails, contact_shadows
from game.scene.shaking import Shaking
from game.scene.terrain import SUN, Terrain, build_terrain
from game.scene.theme import Theme, get_theme, team_colours
from game.session import Session
from game.simulation import Status
from landscapes import Landscape
from landscapes.landscape import Relief

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

WHOLE_WINDOW: SafeArea = (0.0, 0.0, 1.0, 1.0)


LABELLED_VALLEYS = 5
"""The deepest ones; the ground and the panel's list number the same."""
KEPT_TERRAINS = 8
"""So many, of ten megabytes each, come back without being baked again."""
_NO_STALKS: Floats = np.empty((0, 2, 3), np.float32)
BEAM_HEIGHT = 0.5
"""Of the beacon over the deepest known minimum, scene units."""


class Label(NamedTuple):
    """Something written at a place on the picture.

    Attributes:
        text: what it says.
        x: pixels from the left.
        y: pixels from the top.
        rank: of the valley it marks, deepest 0; ``None`` for the deepest known minimum.
    """

    text: str
    x: float
    y: float
    rank: int | None


@dataclass(frozen=True, eq=False)
class Frame:
    """What to draw. An array that did not change since the last frame is the same object: nothing is sent twice.

    Attributes:
        size: of the picture, pixels.
        view: ``(4, 4)``, acting on row vectors.
        projection: ``(4, 4)``, likewise.
        eye: ``(3,)``.
        terrain: the ground.
        theme: colours of everything but the balls.
        alpha: how far between ``previous`` and ``positions`` the balls are, [0, 1).
        previous: balls one step ago, landscape coordinates ``(2, n)``.
        positions: balls now, ``(2, n)``.
        status: of each ball, ``(n,)``.
        colour_index: row of ``colours`` for each ball, ``(n,)``.
        colours: linear light ``(c, 3)``.
        radius: of a ball, scene units.
        lifts: of each ball, how far above the ground it is, ``(n,)``; ``None`` if all lie on it.
        stalks: from the ground to each lifted ball, scene units ``(n, 2, 3)``; empty if all lie on it.
        trails: coloured light in terrain space ``(r, r, 4)``, the last channel unused.
        shadows: darkness in terrain space ``(s, s)``.
        beacon: the deepest known minimum, scene units ``(3,)``; ``None`` if there is none.
        labels: what is written over the picture.
        selected: place of the selected ball in ``positions``; ``None`` if there is none.
    """

    size: tuple[int, int]
    view: Floats
    projection: Floats
    eye: Floats
    terrain: Terrain
    theme: Theme
    alpha: float
    previous: Floats
    positions: Floats
    status: Bytes
    colour_index: Bytes
    colours: Floats
    radius: float
    lifts: Floats | None
    stalks: Floats
    trails: Bytes
    shadows: Bytes
    beacon: Floats | None
    labels: tuple[Label, ...]
    selected: int | None


class Stage:
    """Makes frames of a session; keeps what outlives a frame: baked terrains, trails, the balls' colours."""

    def __init__(self) -> None:
        self._terrains: dict[tuple[Landscape, Relief], Terrain] = {}
        self._world: Any = None
        self._tick = -1
        self._alpha = -1.0
        self._shaking = Shaking()

    def build_frame(self, session: Session, size: tuple[int, int], safe: SafeArea = WHOLE_WINDOW) -> Frame:
        """What the session looks like now.

        Args:
            session: is read, never changed.
            size: of the picture, pixels.
            safe: where in the picture the slab should stand.
        """
        world, landscape = session.world, session.world.landscape
        baked = self._bake(landscape, session.view.relief)
        terrain = self._shaking.shake(session, baked) if session.view.shaking else baked
        if world is not self._world:
            self._world, self._tick = world, -1
            self._trails = Trails()
            self._colours = team_colours()
            self._colour_index = _choose_colours(session)
        stepped, alpha = world.tick != self._tick, session.alpha
        if stepped:
            # A world copies its balls when asked: once a step is enough.
            self._tick = world.tick
            self._positions = world.positions.astype(np.float32, copy=False)
            self._previous = world.previous.astype(np.float32, copy=False)
            self._status = world.status
            self._trails.advance(world, terrain, self._colours, self._colour_index)
            self._shown_colours = self._colour_index
            waiting = self._status == Status.WAITING
            if waiting.any():
                # Who has not been released yet is nowhere.
                there = ~waiting
                self._positions, self._previous = self._positions[:, there], self._previous[:, there]
                self._status, self._shown_colours = self._status[there], self._colour_index[there]
            self._heights = _find_heights(session, terrain)
        radius = ball_radius(self._colour_index.size)
        if stepped or alpha != self._alpha:
            self._alpha = alpha
            glided: Floats = self._previous + np.float32(alpha) * (self._positions - self._previous)
            self._shadows = contact_shadows(terrain.share(glided), radius / 2, SUN[:2])
            self._lifts, self._stalks = _plant_stalks(terrain, glided, self._heights)
        # Framed by the ground of all samples: the camera must not shake with the other.
        view, projection, eye = session.camera.matrices(baked, size, safe)
        beacon = terrain.to_scene(landscape.minima[:1].T)[:, 0] if len(landscape.minima) else None
        return Frame(
            size=size,
            view=view,
            projection=projection,
            eye=eye,
            terrain=terrain,
            theme=get_theme(session.view.theme),
            alpha=alpha,
            previous=self._previous,
            positions=self._positions,
            status=self._status,
            colour_index=self._shown_colours,
            colours=self._colours,
            radius=radius,
            lifts=self._lifts,
            stalks=self._stalks,
            trails=self._trails.picture,
            shadows=self._shadows,
            beacon=beacon,
            labels=_place_labels(session, terrain, view @ projection, eye, beacon, size),
            selected=self._find_selected(session),
        )

    def _find_selected(self, session: Session) -> int | None:
        ball = session.view.selected
        if ball is None or session.world.status[ball] == Status.WAITING:
            return None
        return int(np.count_nonzero(session.world.status[:ball] != Status.WAITING))

    def _bake(self, landscape: Landscape, relief: Relief) -> Terrain:
        """The ground as it was baked before, or anew; only those last seen are kept."""
        key = landscape, relief
        terrain = self._terrains.pop(key, None) or build_terrain(landscape, relief)
        self._terrains[key] = terrain
        if len(self._terrains) > KEPT_TERRAINS:
            del self._terrains[next(iter(self._terrains))]
        return terrain


def shown_loss(loss: float) -> str:
    """Four digits; what is left of a zero after rounding is shown as one."""
    return f"{loss:.4g}" if abs(loss) > 1e-9 else "0"


def _find_heights(session: Session, terrain: Terrain) -> Floats | None:
    """At which height each released ball's own loss is drawn ``(n,)``; ``None`` if that is the ground's."""
    world = session.world
    if not world.whole:
        return None
    return terrain.height_of(world.losses[world.status != Status.WAITING])


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


def _place_labels(
    session: Session,
    terrain: Terrain,
    view_projection: Floats,
    eye: Floats,
    beacon: Floats | None,
    size: tuple[int, int],
) -> tuple[Label, ...]:
    """Labels for what is not hidden behind the ground."""
    valleys = session.census[:LABELLED_VALLEYS]
    at = terrain.to_scene(np.array([[valley.x, valley.y] for valley in valleys]).reshape(-1, 2).T)
    texts = [shown_loss(valley.loss) for valley in valleys]
    ranks: list[int | None] = list(range(len(valleys)))
    if beacon is not None:
        at = np.concatenate([at, beacon[:, None] + np.array([[0], [0], [BEAM_HEIGHT]], np.float32)], axis=1)
        lowest = float(session.world.landscape.value(session.world.landscape.minima[:1].T)[0])
        texts.append(f"deepest known: {shown_loss(lowest)}")
        ranks.append(None)
    seen = terrain.sees(eye, at)
    clip = np.concatenate([at, np.ones((1, at.shape[1]), np.float32)]).T @ view_projection
    x = (clip[:, 0] / clip[:, 3] * 0.5 + 0.5) * size[0]
    y = (0.5 - clip[:, 1] / clip[:, 3] * 0.5) * size[1]
    places = zip(texts, x.tolist(), y.tolist(), ranks, (seen & (clip[:, 3] > 0)).tolist(), strict=True)
    return tuple(Label(text, left, top, rank) for text, left, top, rank, shown in places if shown)


def _choose_colours(session: Session) -> Bytes:
    """The team's colour in a race; alone on the ground, the colour of the valley a ball was released in."""
    swarms = session.world.swarms
    teams = len(team_colours())
    if len(swarms) > 1:
        return np.repeat(np.arange(len(swarms)) % teams, [swarm.size for swarm in swarms]).astype(np.uint8)
    return (session.homes % teams).astype(np.uint8)
