"""What a selected ball did and feels: the way it came, the slope under it, and its last step in its method's terms."""

from collections import deque
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from game.scene.terrain import Terrain
from game.simulation import Optimizer, Status, Swarm, World
from game.simulation.optimizers import Slot
from landscapes.landscape import Array

Floats = npt.NDArray[np.float32]

LENGTH = 512
"""Places that a way remembers: so many steps but one."""
LIFT = 0.004
"""Of marks above the ground, scene units: more than the drawn triangles may miss it by."""
DRAPE = 0.012
"""Along a ribbon, in scene units, points are no further apart than this, so that it follows the ground."""
CLOSE = 0.0015
"""Points nearer to each other than this are one: no step can be told there."""
MOST_POINTS = 3000
"""Of a ribbon; a longer way follows the ground less closely."""
LONGEST_ARROW = 0.42
"""Scene units, as seen from ``FAR`` and beyond."""
FAR = 4.0
"""From where the whole slab is framed, about; scene units. From nearer arrows look as long as from there."""
DECADES = 4
"""Powers of ten between the shortest lengths that an arrow tells and the longest."""
STEEP = 100.0
"""Times the landscape's typical gradient: the arrow of such a slope is the longest."""
ARROW_WIDTH = 0.036
"""Of an arrow's head, scene units."""
NO_RIBBON: Floats = np.empty((0, 4), np.float32)


class Path:
    """The way of one ball, every step of it.

    Attributes:
        world: that it rolls in.
        ball: its number.

    Args:
        world: that it rolls in.
        ball: its number; its way begins where it is now.
    """

    def __init__(self, world: World, ball: int) -> None:
        self.world = world
        self.ball = ball
        self._places: deque[tuple[float, float]] = deque(maxlen=LENGTH)
        self.record()

    @property
    def places(self) -> npt.NDArray[np.float64]:
        """Where it was on the map, ``(2, k)``, the latest place last; at most ``LENGTH`` of them."""
        return np.array(self._places, np.float64).reshape(-1, 2).T

    def record(self) -> None:
        """Note where it is now; to be called after each step. A ball that is nowhere has no more way."""
        swarm, number = find_swarm(self.world, self.ball)
        x, y = swarm.space.project(swarm.position[:, number : number + 1])[:, 0].tolist()
        if not np.isfinite((x, y)).all():
            return
        if self._places and _wrapped(swarm, (x, y), self._places[-1]):
            self._places.clear()
        self._places.append((x, y))


class Term(NamedTuple):
    """What a method remembers of a ball, as a row of a table.

    Attributes:
        name: of the slot; with a root sign where the root is shown.
        value: along x and y, ``(2,)``, as PyTorch would have it.
        about: what it is.
    """

    name: str
    value: Array
    about: str


class Look(NamedTuple):
    """A ball, looked at after a step.

    Attributes:
        ball: its number.
        team: number of its swarm.
        optimizer: that moves it.
        status: what became of it.
        at: its place on the map, ``(2,)``; where it was last seen if it left.
        loss: there, on all samples.
        valley: rank of the valley it is in, deepest 0; ``None`` if in none.
        slope: the gradient at its place, on the map ``(2,)``, of the samples that its next step sees; ``None`` for a
            search, which feels none.
        seen: how many samples these are; ``None`` if all.
        noisy: whether its steps feel noise besides, which ``slope`` is without.
        step: its last step, on the map ``(2,)``; zero before the first.
        felt: the slope that this step started from, likewise.
        terms: what its method remembers after it; empty for whole networks.
        steep: as long as the landscape's typical gradient is, on the map.
    """

    ball: int
    team: int
    optimizer: Optimizer
    status: Status
    at: Array
    loss: float
    valley: int | None
    slope: Array | None
    seen: int | None
    noisy: bool
    step: Array
    felt: Array | None
    terms: tuple[Term, ...]
    steep: float


class Arrow(NamedTuple):
    """A flat arrow on the ground.

    Attributes:
        foot: where it starts, as a share of the domain ``(2,)``.
        vector: from there to its tip, horizontally, scene units ``(2,)``.
        width: of its head, scene units.
        mine: whether it shows what the ball does; otherwise what it feels.
    """

    foot: Floats
    vector: Floats
    width: float
    mine: bool


def find_swarm(world: World, ball: int) -> tuple[Swarm, int]:
    """The swarm of a ball, and its number there.

    Raises:
        IndexError: there is no such ball.
    """
    number = ball
    for swarm in world.swarms:
        if number < swarm.size:
            return swarm, number
        number -= swarm.size
    raise IndexError(f"there is no ball {ball}")


@np.errstate(all="ignore")
def look_at(world: World, ball: int) -> Look:
    """Look at a ball; what it feels is worked out for it alone."""
    swarm, number = find_swarm(world, ball)
    column = slice(number, number + 1)
    space = swarm.space
    position, previous = swarm.position[:, column], swarm.previous[:, column]
    if not np.isfinite(position).all():
        position = previous = swarm.anchor[:, column]
    status = Status(int(swarm.status[number]))
    rank = int(world.valleys.label(space.project(position))[0])
    on_map = space.project(position)[:, 0]
    rows = swarm.deal(number, swarm.tick)
    searches = bool(swarm.optimizer.draws)
    return Look(
        ball=ball,
        team=next(k for k, other in enumerate(world.swarms) if other is swarm),
        optimizer=swarm.optimizer,
        status=status,
        at=on_map,
        loss=float(space.field.value(position)[0]),
        valley=rank if rank >= 0 else None,
        slope=None if searches else _feel(swarm, number, position, swarm.tick),
        seen=None if rows is None else len(rows),
        noisy=bool(swarm.noise) or (space.data is None and swarm.batch_size is not None),
        step=on_map - space.project(previous)[:, 0],
        felt=None if searches else _feel(swarm, number, previous, swarm.tick - 1),
        terms=() if space.whole else tuple(_tell_terms(swarm, column)),
        steep=world.landscape.gradient_scale,
    )


def _feel(swarm: Swarm, number: int, at: Array, tick: int) -> Array:
    """The gradient on the map ``(2,)`` at ``at (p, 1)``, of the samples that a ball sees at a tick."""
    space, at = swarm.space, np.ascontiguousarray(at)
    gradient = np.empty_like(at)
    rows = swarm.deal(number, tick) if tick >= 0 else None
    if rows is None or space.data is None:
        space.field.gradient(at, gradient, np.empty((space.field.scratch, *at.shape), at.dtype))
    else:
        space.data.gradient(at, rows[np.newaxis], gradient)
    if not space.whole:
        return gradient[:, 0]
    # Projecting is affine: the difference of two places is a direction.
    return (space.project(at + gradient) - space.project(at))[:, 0]


_HOLDS = {
    "gradient": "the direction it remembers",
    "square": "adaptive scale, the root of the squares it remembers",
    "size": "a size along each axis",
    "place": "the mean of its places",
}
"""What a slot is, by what it holds."""


def _tell_terms(swarm: Swarm, column: slice) -> list[Term]:
    memory = swarm.slots
    slots = [slot for slot in swarm.optimizer.slots if slot.name in memory]
    return [_tell_term(slot, memory[slot.name][:, column][:, 0], swarm.settings) for slot in slots]


def _tell_term(slot: Slot, value: Array, settings: dict[str, float | bool]) -> Term:
    if slot.over:
        value = value * (1 - settings[slot.over])
    if slot.holds == "square":
        # A root compares with a gradient, a square with nothing else on the card.
        return Term(f"\u221a{slot.name}", np.sqrt(value), _HOLDS[slot.holds])
    return Term(slot.name, value, _HOLDS[slot.holds])


def _wrapped(swarm: Swarm, after: tuple[float, float], before: tuple[float, float]) -> bool:
    """Whether a step went out at one side of the map and in at the other."""
    if swarm.border.name != "wrap":
        return False
    x_min, x_max, y_min, y_max = swarm.landscape.domain
    across, along = abs(after[0] - before[0]), abs(after[1] - before[1])
    return across > (x_max - x_min) / 2 or along > (y_max - y_min) / 2


def lay_ribbon(places: npt.NDArray[np.float64], terrain: Terrain) -> Floats:
    """A way as a ribbon that follows the ground.

    Args:
        places: on the map, ``(2, k)``, the latest last.
        terrain: the ground.

    Returns:
        ``(n, 4)``: points in scene units, slightly above the ground, and how far along the way each is, from 0 at its
        tail to 1 at its head. Empty where there is no way. What left the map has the part since it came back, or
        that up to the border.
    """
    half = np.array(terrain.half_size)[:, None]
    plane = (terrain.share(places.astype(np.float32)).astype(np.float64) * 2 - 1) * half
    inside = np.flatnonzero((np.abs(plane) <= half).all(axis=0))
    if not inside.size:
        return NO_RIBBON
    # The last unbroken run on the map.
    breaks = np.flatnonzero(np.diff(inside) > 1)
    plane = plane[:, inside[breaks[-1] + 1 if breaks.size else 0] : inside[-1] + 1]
    way = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(plane)))])
    corners = _thin(way)
    if corners.size < 2:
        return NO_RIBBON
    steps = np.arange(way.size) / (way.size - 1)
    spacing = max(DRAPE, way[-1] / MOST_POINTS)
    between = np.maximum(np.ceil(np.diff(way[corners]) / spacing), 1).astype(int)
    # Every corner is a point, with as many even ones between two as the ground asks for.
    first = np.repeat(np.cumsum(between) - between, between)
    share = (np.arange(between.sum()) - first) / np.repeat(between, between)
    knots = np.append(np.repeat(np.arange(between.size), between) + share, between.size)
    at = [np.interp(knots, np.arange(corners.size), row[corners]) for row in (*plane, steps)]
    ground = terrain.height((np.stack(at[:2]) / half + 1) / 2)
    return np.ascontiguousarray(np.stack([at[0], at[1], ground + LIFT, at[2]], axis=1), np.float32)


def _thin(way: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Which points of a way to keep, so that each is ``CLOSE`` beyond the one before; the last one stays."""
    kept = [way.size - 1]
    for point in range(way.size - 2, -1, -1):
        if way[kept[-1]] - way[point] >= CLOSE:
            kept.append(point)
    return np.array(kept[::-1])


def aim_arrows(look: Look, at: Array, terrain: Terrain, eye: Floats) -> tuple[Arrow, ...]:
    """Arrows for what a ball feels and what it last did; none for what is not there.

    Args:
        look: the ball.
        at: where on the map it is drawn, ``(2,)``.
        terrain: the ground.
        eye: of the camera, scene units ``(3,)``.
    """
    at = np.asarray(at, np.float32)[:, np.newaxis]
    foot = terrain.share(at)[:, 0]
    if not ((foot >= 0) & (foot <= 1)).all():
        return ()
    scale = min(float(np.linalg.norm(terrain.to_scene(at)[:, 0] - eye)) / FAR, 1.0)
    x_min, x_max, y_min, y_max = terrain.domain
    extent = max(x_max - x_min, y_max - y_min)
    felt = None if look.slope is None else (-look.slope, STEEP * look.steep)
    wanted = ((felt, False), ((look.step, extent), True))
    arrows = []
    for what, mine in wanted:
        if what is None:
            continue
        vector, longest = np.asarray(what[0], np.float64), what[1]
        length = float(np.hypot(*vector))
        if 0 < length < np.inf:
            reach = scale * LONGEST_ARROW * compress(length / longest)
            aim = (vector * (reach / length)).astype(np.float32)
            arrows.append(Arrow(foot, aim, scale * ARROW_WIDTH, mine))
    # Where both point the same way, the shorter one lies on the longer.
    return tuple(sorted(arrows, key=lambda arrow: -float(np.hypot(*arrow.vector))))


def compress(share: float) -> float:
    """A length as a share of the longest, so that ``DECADES`` powers of ten can be told apart, in [0, 1]."""
    return float(min(np.log10(1 + 10.0**DECADES * share) / DECADES, 1.0))
