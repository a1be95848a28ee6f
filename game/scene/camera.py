"""The camera: an orbit around the slab that drifts by itself until somebody takes it, and other ways to look."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyrr

from game.scene.clearance import lowest_eye, smooth_ground
from game.scene.piloting import Flight, Glide
from game.scene.relief import fit_scale
from game.scene.terrain import HEIGHT, Terrain
from landscapes import Landscape

Floats = npt.NDArray[np.float32]
SafeArea = tuple[float, float, float, float]
"""Left, top, right, bottom in shares of the window: where the slab is framed, clear of the panel."""

FIELD_OF_VIEW = 30.0
"""Vertical, degrees: long enough a lens that the slab does not look like a wedge."""
DRIFT = 4.0
"""Degrees a second."""
EASE_S = 0.14
"""Time constant with which the camera follows its goal."""
RAMP = 5.0
"""Time constants over which the camera takes hold of a new goal."""
JUMP = 0.1
"""Scene units in a frame: a goal that goes further than this is a new one."""
SKY = 2.5
"""So far from the slab's middle one can fly, scene units."""
USUAL_DISTANCE = 4.4
"""Of the eye at zoom 1, scene units, roughly."""
BOARDING = 1.8
"""A flight begins no further than this from what was looked at, scene units."""
NEAREST = 0.01
"""What is nearer to the eye is not seen, scene units."""
CLOSE = 0.1
"""Scene units from eye to target, below which a raised eye keeps its direction rather than its target."""
MARGIN = 0.93
"""Share of the safe area that the slab may fill."""
WHOLE_ZOOM = 1.4
"""Up to here the slab as a whole is centred."""

FRONT_SAMPLES = 33
"""Along each side of a landscape, to find out where it is low."""
CLEARLY_LOWER = 0.06
"""Of the height, averaged over the ground and weighed by the distance to its middle."""


@dataclass(frozen=True)
class Pose:
    """Where the camera is on its orbit.

    Attributes:
        azimuth: degrees around what is looked at.
        elevation: degrees above the horizon; below 0 it looks up.
        zoom: 1 frames the whole slab, 2 is twice as near, and infinity turns on the spot.
        x: the point looked at, scene units; so are ``y`` and ``z``.
        y: see ``x``.
        z: above the slab's middle.
        grounded: share of the way that the point looked at is from the slab's middle height to the ground there.
    """

    azimuth: float = -52.0
    elevation: float = 33.0
    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    grounded: float = 0.0


Guide = Callable[[Pose, float], Pose | None]
"""Moves a camera's goal on by some seconds; ``None`` when it has nothing to show any more."""


class View(NamedTuple):
    """A way to look at the slab.

    Attributes:
        name: what commands call it.
        pose: where it looks from.
        start: what of that holds, from ``pose``, where the camera is, and the front of the landscape.
        ease_s: time constant with which the camera follows its goal.
        leash: how far the point looked at may stay behind what is followed, scene units.
        lowest: elevation, degrees.
    """

    name: str
    pose: Pose
    start: Callable[[Pose, Pose, float], Pose]
    ease_s: float = EASE_S
    leash: float = math.inf
    lowest: float = 4.0


def _as_it_is(pose: Pose, _now: Pose, _front: float) -> Pose:
    return pose


def _from_the_front(pose: Pose, _now: Pose, front: float) -> Pose:
    return replace(pose, azimuth=front)


def _unturned(pose: Pose, now: Pose, _front: float) -> Pose:
    return replace(pose, azimuth=now.azimuth)


def _on_the_spot(pose: Pose, now: Pose, _front: float) -> Pose:
    """Where the eye is, or nearer on its line of sight if that is far away, and not looking straight down."""
    turn, tilt = math.radians(now.azimuth), math.radians(now.elevation)
    reach = min(USUAL_DISTANCE / now.zoom, BOARDING)
    return replace(
        pose,
        azimuth=now.azimuth,
        elevation=min(now.elevation, pose.elevation),
        x=now.x + reach * math.cos(tilt) * math.cos(turn),
        y=now.y + reach * math.cos(tilt) * math.sin(turn),
        z=now.z + reach * math.sin(tilt),
    )


VIEWS: tuple[View, ...] = (
    View("orbit", Pose(), _from_the_front),
    View("low", Pose(elevation=16.0, zoom=1.25), _from_the_front),
    View("map", Pose(azimuth=-90.0, elevation=89.0, zoom=1.3), _as_it_is),
    View("cinema", Pose(), _unturned, ease_s=0.35, leash=0.15),
    View("follow", Pose(elevation=38.0, zoom=3.2, grounded=1.0), _unturned, leash=0.06),
    View("fly", Pose(elevation=35.0, zoom=math.inf), _on_the_spot, lowest=-80.0),
)
"""Every camera there is; the first one drifts."""
CYCLE = ("orbit", "low", "map", "cinema")
"""What the camera key steps through."""


@dataclass
class Camera:
    """Follows its goal smoothly; every input moves the goal."""

    pose: Pose = field(default_factory=Pose)
    goal: Pose = field(default_factory=Pose)
    drifting: bool = True
    view: str = VIEWS[0].name
    front: float = Pose.azimuth
    flight: Flight = field(default_factory=Flight)
    _glide: Glide = field(default_factory=Glide)
    _guide: Guide | None = None
    _grip_s: float = RAMP * EASE_S
    """Since the goal was last a new one: the camera takes hold of it gently."""
    _way_left: float = 0.0
    """Share of the way to that goal."""

    @property
    def flying(self) -> bool:
        """Whether keys move the eye itself."""
        return math.isinf(self.goal.zoom)

    @property
    def led(self) -> bool:
        """Whether it goes where a ball or a film leads it."""
        return self._guide is not None

    @property
    def gliding(self) -> bool:
        """Whether a hand has let go and the camera has not come to rest."""
        return self._glide.under_way

    def face(self, front: float) -> None:
        """Cut to a landscape that is best seen from an azimuth, unless somebody holds the camera."""
        self.front = front
        if self.drifting:
            self.look(self.view)
            self.pose, self._grip_s = self.goal, RAMP * EASE_S

    def advance(self, seconds: float) -> None:
        """Move on by some time: the goal if something moves it, then the camera towards it."""
        if self.drifting:
            self.goal = replace(self.goal, azimuth=self.goal.azimuth + DRIFT * seconds)
        self._turn(*self._glide.advance(seconds))
        if self.flying:
            self._fly(seconds)
        if self._guide:
            self._be_led(self._guide, seconds)
        self._approach(seconds)

    def orbit(self, right: float, up: float) -> None:
        """Turn by degrees; never below the ground, never over the zenith. In flight the head turns."""
        self.drifting = False
        # Whole turns look the same, and would only spin.
        right = math.fmod(right, 360)
        self._turn(right, up)
        self._glide.move(right, up)

    def glide(self) -> None:
        """The hand that turned the camera lets go: it turns on a little, and comes to rest within a second."""
        self._glide.let_go()

    def pan(self, right: float, up: float) -> None:
        """Shift the point looked at by shares of the slab, as seen on the screen."""
        self.drifting = False
        azimuth, scale = math.radians(self.goal.azimuth), 1 / self.goal.zoom
        x = self.goal.x + scale * (-math.sin(azimuth) * right - math.cos(azimuth) * up)
        y = self.goal.y + scale * (math.cos(azimuth) * right - math.sin(azimuth) * up)
        reach = SKY if self.flying else 1.0
        self.goal = replace(self.goal, x=min(max(x, -reach), reach), y=min(max(y, -reach), reach))

    def centre(self, x: float, y: float) -> None:
        """Look at the ground at a place of the slab's plane, scene units, and follow nothing any more."""
        if self.led:
            self.view, self._guide = VIEWS[0].name, None
        self.drifting = False
        self.goal = replace(self.goal, x=min(max(x, -1.0), 1.0), y=min(max(y, -1.0), 1.0), grounded=1.0)
        self._set_out()

    def zoom(self, factor: float) -> None:
        """Come nearer (above 1) or go away. In flight it is the speed that changes."""
        if self.flying:
            self.flight.throttle(factor)
        else:
            self.goal = replace(self.goal, zoom=min(max(self.goal.zoom * factor, 0.4), 12.0))

    def thrust(self, right: float, ahead: float, up: float) -> None:
        """Fly that way from now on, each from -1 to 1."""
        clipped = [min(max(part, -1.0), 1.0) for part in (right, ahead, up)]
        self.flight.thrust = (clipped[0], clipped[1], clipped[2])

    def look(self, view: str, guide: Guide | None = None) -> None:
        """Go to one of ``VIEWS`` by name; the way there is smooth.

        Args:
            view: its name.
            guide: moves the goal from then on.
        """
        goal = find_pose(view, self.pose, self.front)
        # The nearest turn that looks the same, so that the camera never spins around.
        turns = round((self.pose.azimuth - goal.azimuth) / 360)
        self.goal = replace(goal, azimuth=goal.azimuth + 360 * turns)
        self.drifting = view == VIEWS[0].name
        self.view = view
        self.flight.thrust = (0.0, 0.0, 0.0)
        self._glide.stop()
        self._guide = guide
        self._set_out()

    def hold(self, pose: Pose) -> None:
        """Be there at once, and stay: nothing moves or leads it any more."""
        self._guide, self.drifting, self.view = None, False, VIEWS[0].name
        self._glide.stop()
        self.pose = self.goal = pose

    def cut_to(self, pose: Pose, view: str, *, drifting: bool) -> None:
        """Be there at once and at rest, and go on from there as that view does, but for what would lead it."""
        self.hold(pose)
        self.view, self.drifting, self.flight = view, drifting, Flight()
        self._grip_s, self._way_left = RAMP * EASE_S, 0.0

    def _turn(self, right: float, up: float) -> None:
        elevation = min(max(self.goal.elevation + up, _find(self.view).lowest), 89.0)
        self.goal = replace(self.goal, azimuth=self.goal.azimuth + right, elevation=elevation)

    def _fly(self, seconds: float) -> None:
        goal = self.goal
        x, y, z = self.flight.advance(seconds, goal.azimuth)
        self.goal = replace(
            goal,
            x=min(max(goal.x + x, -SKY), SKY),
            y=min(max(goal.y + y, -SKY), SKY),
            z=min(max(goal.z + z, -0.2 * HEIGHT), SKY),
        )

    def _be_led(self, guide: Guide, seconds: float) -> None:
        led = guide(self.goal, seconds)
        if led is None:
            # There is nothing to show, or a hand has taken the camera: it stays in that hand.
            self.drifting, self.view, self._guide = False, VIEWS[0].name, None
            self._set_out()
            return
        if _jumps(self.goal, led):
            self._set_out()
        self.goal = led

    def _set_out(self) -> None:
        self._grip_s, self._way_left = 0.0, 1.0

    def _approach(self, seconds: float) -> None:
        row = _find(self.view)
        ramp = RAMP * row.ease_s
        share = 1 - math.exp((_held(self._grip_s, ramp) - _held(self._grip_s + seconds, ramp)) / row.ease_s)
        self._grip_s = min(self._grip_s + seconds, ramp)
        before, goal = self.pose, self.goal
        eased = {
            name: getattr(before, name) + share * (getattr(goal, name) - getattr(before, name))
            for name in Pose.__dataclass_fields__
            if name != "zoom"
        }
        # Distances, not zooms, change evenly; zoom may be infinite.
        nearness = (1 - share) / before.zoom + share / goal.zoom
        eased["zoom"] = 1 / nearness if nearness else math.inf
        behind = math.hypot(goal.x - eased["x"], goal.y - eased["y"])
        # A camera that is still on its way is not pulled, wherever it comes from.
        self._way_left *= 1 - share
        leash = row.leash + 4 * SKY * self._way_left
        if self._guide and behind > leash:
            for name in ("x", "y"):
                eased[name] = getattr(goal, name) + leash / behind * (eased[name] - getattr(goal, name))
        self.pose = Pose(**eased)

    def target(self, terrain: Terrain) -> npt.NDArray[np.float64]:
        """What is looked at, scene units ``(3,)``; where the eye turns on the spot, the eye itself."""
        xy = np.array([self.pose.x, self.pose.y])
        level = 0.2 * terrain.peak
        level += self.pose.grounded * (smooth_ground(terrain, xy) - level) + self.pose.z
        return np.array([*xy, level])

    def matrices(
        self, terrain: Terrain, size: tuple[int, int], safe: SafeArea
    ) -> tuple[Floats, Floats, Floats]:
        """View ``(4, 4)``, projection ``(4, 4)`` and eye ``(3,)`` for a window of that size in pixels.

        Matrices act on row vectors, ``clip = point @ view @ projection``, which is OpenGL's memory order.
        """
        azimuth, elevation = math.radians(self.pose.azimuth), math.radians(self.pose.elevation)
        away = np.array(
            [
                math.cos(elevation) * math.cos(azimuth),
                math.cos(elevation) * math.sin(azimuth),
                math.sin(elevation),
            ]
        )
        target = self.target(terrain)
        aspect = size[0] / size[1]
        fitted, centre, middle = _fit(terrain, elevation, aspect, safe)
        distance = fitted / self.pose.zoom
        # From near it is the target that stands in the middle, from afar the slab.
        shift = centre - middle * min(1.0, WHOLE_ZOOM / self.pose.zoom)
        eye = target + away * distance
        lift = max(lowest_eye(terrain, eye[:2]) - eye[2], 0.0)
        eye[2] += lift
        back = away + np.array([0, 0, lift * distance / (distance**2 + CLOSE**2)])
        # Looking straight down, "up" on the screen is the direction of the azimuth.
        up = np.array([-math.cos(azimuth), -math.sin(azimuth), 0.0]) if elevation > 1.5 else (0.0, 0.0, 1.0)
        view = pyrr.matrix44.create_look_at(eye, eye - back, up)
        near, far = max(0.02 * distance, NEAREST), distance + 12.0
        projection = pyrr.matrix44.create_perspective_projection(FIELD_OF_VIEW, aspect, near, far)
        # A lens shift moves the picture into the safe area without turning the camera.
        projection[2, :2] -= shift
        return view.astype(np.float32), projection.astype(np.float32), eye.astype(np.float32)


def find_front(landscape: Landscape) -> float:
    """The azimuth of the view that hides least: of four corners the default one, unless another is clearly lower."""
    with np.errstate(all="ignore"):
        loss = landscape.grid(FRONT_SAMPLES)[2]
    heights = fit_scale(loss, landscape.relief).heights(loss)
    along = np.linspace(-1, 1, FRONT_SAMPLES)
    slope = np.array([(heights * along).mean(), (heights * along[:, None]).mean()])
    azimuths = Pose.azimuth + 90.0 * np.arange(4)
    rise = np.array([np.cos(np.radians(azimuths)), np.sin(np.radians(azimuths))]).T @ slope
    lowest = int(rise.argmin())
    return float(azimuths[lowest if rise[0] - rise[lowest] > CLEARLY_LOWER else 0])


def find_pose(view: str, now: Pose, front: float) -> Pose:
    """Where one of ``VIEWS``, by name, begins for a camera that is at ``now``."""
    row = _find(view)
    return row.start(row.pose, now, front)


def _find(view: str) -> View:
    return next(row for row in VIEWS if row.name == view)


def _held(seconds: float, ramp: float) -> float:
    """Of the seconds since a change of view those that count: none at first, then more and more, in the end all."""
    return seconds**2 / (2 * ramp) if seconds < ramp else seconds - ramp / 2


def _jumps(before: Pose, after: Pose) -> bool:
    far = math.hypot(after.x - before.x, after.y - before.y) > JUMP
    return far or abs(math.log(after.zoom / before.zoom)) > JUMP


@lru_cache(maxsize=8)
def _fit(
    terrain: Terrain, elevation: float, aspect: float, safe: SafeArea
) -> tuple[float, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The distance at which the slab, at any azimuth, fills the safe area, the area's middle, and the slab's in it."""
    left, top, right, bottom = safe
    room = MARGIN * np.array([right - left, bottom - top])
    centre = np.array([left + right - 1, 1 - top - bottom])
    # The cylinder that the slab sweeps while the camera goes around, so that the distance never pumps.
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    reach, rim = float(np.hypot(*terrain.half_size)), terrain.rim_height
    rings = ((reach, terrain.floor), (reach, rim), (0.5 * reach, terrain.peak))
    points = np.concatenate([np.vstack([r * circle, np.full((1, 24), z)]) for r, z in rings], axis=1)
    points[2] -= 0.2 * terrain.peak
    # From whichever side, the cylinder looks the same: here along the first axis.
    away = np.array([math.cos(elevation), 0, math.sin(elevation)])
    side = np.array([0, 1, 0])
    upward = np.cross(away, side)
    lens = 1 / math.tan(math.radians(FIELD_OF_VIEW) / 2)
    lens_xy = np.array([lens / aspect, lens])
    across, depth = np.stack([side @ points, upward @ points]), away @ points
    distance = 4.0
    # The box is not centred in perspective: a few rounds of "centre it, then fill the room" settle that.
    for _ in range(6):
        on_screen = lens_xy[:, None] * across / (distance - depth)
        low, high = on_screen.min(axis=1), on_screen.max(axis=1)
        distance *= float(np.max((high - low) / (2 * room)))
    on_screen = lens_xy[:, None] * across / (distance - depth)
    middle = (on_screen.min(axis=1) + on_screen.max(axis=1)) / 2
    return distance, centre, middle
