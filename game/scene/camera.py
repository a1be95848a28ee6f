"""The camera: an orbit around the slab that drifts by itself until somebody takes it."""

import math
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyrr

from game.scene.relief import fit_scale
from game.scene.terrain import Terrain
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
CLEARANCE = 0.04
"""The eye stays this far above the ground when it comes near, scene units."""
MARGIN = 0.93
"""Share of the safe area that the slab may fill."""

FRONT_SAMPLES = 33
"""Along each side of a landscape, to find out where it is low."""
CLEARLY_LOWER = 0.06
"""Of the height, averaged over the ground and weighed by the distance to its middle."""


@dataclass(frozen=True)
class Pose:
    """Where the camera is on its orbit.

    Attributes:
        azimuth: degrees around the slab.
        elevation: degrees above the horizon.
        zoom: 1 frames the whole slab, 2 is twice as near.
        x: the point looked at, scene units; so is ``y``.
        y: see ``x``.
    """

    azimuth: float = -52.0
    elevation: float = 33.0
    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0


VIEWS: tuple[tuple[str, Pose], ...] = (
    ("orbit", Pose()),
    ("low", Pose(elevation=16.0, zoom=1.25)),
    ("map", Pose(azimuth=-90.0, elevation=89.0, zoom=1.3)),
)
"""What the camera key steps through; the first one drifts."""


@dataclass
class Camera:
    """Follows its goal smoothly; every input moves the goal."""

    pose: Pose = field(default_factory=Pose)
    goal: Pose = field(default_factory=Pose)
    drifting: bool = True
    view: str = VIEWS[0][0]
    front: float = Pose.azimuth

    def face(self, front: float) -> None:
        """Cut to a landscape that is best seen from an azimuth, unless somebody holds the camera."""
        self.front = front
        if self.drifting:
            self.look(self.view)
            self.pose = self.goal

    def advance(self, seconds: float) -> None:
        """Move on by some time: drift the goal if nobody holds it, then ease towards it."""
        if self.drifting:
            self.goal = replace(self.goal, azimuth=self.goal.azimuth + DRIFT * seconds)
        share = 1 - math.exp(-seconds / EASE_S)
        pose, goal = self.pose, self.goal
        self.pose = Pose(
            *(
                getattr(pose, name) + share * (getattr(goal, name) - getattr(pose, name))
                for name in Pose.__dataclass_fields__
            )
        )

    def orbit(self, right: float, up: float) -> None:
        """Turn by degrees; never below the ground, never over the zenith."""
        self.drifting = False
        elevation = min(max(self.goal.elevation + up, 4.0), 89.0)
        # Whole turns look the same, and would only spin.
        azimuth = self.goal.azimuth + math.fmod(right, 360)
        self.goal = replace(self.goal, azimuth=azimuth, elevation=elevation)

    def pan(self, right: float, up: float) -> None:
        """Shift the point looked at by shares of the slab, as seen on the screen."""
        self.drifting = False
        azimuth, scale = math.radians(self.goal.azimuth), 1 / self.goal.zoom
        x = self.goal.x + scale * (-math.sin(azimuth) * right - math.cos(azimuth) * up)
        y = self.goal.y + scale * (math.cos(azimuth) * right - math.sin(azimuth) * up)
        self.goal = replace(self.goal, x=min(max(x, -1.0), 1.0), y=min(max(y, -1.0), 1.0))

    def zoom(self, factor: float) -> None:
        """Come nearer (above 1) or go away."""
        self.goal = replace(self.goal, zoom=min(max(self.goal.zoom * factor, 0.4), 12.0))

    def look(self, view: str) -> None:
        """Go to one of ``VIEWS`` by name; the way there is smooth."""
        goal = dict(VIEWS)[view]
        if goal.azimuth == Pose.azimuth:
            goal = replace(goal, azimuth=self.front)
        # The nearest turn that looks the same, so that the camera never spins around.
        turns = round((self.pose.azimuth - goal.azimuth) / 360)
        self.goal = replace(goal, azimuth=goal.azimuth + 360 * turns)
        self.drifting = view == VIEWS[0][0]
        self.view = view

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
        target = np.array([self.pose.x, self.pose.y, 0.2 * terrain.peak])
        aspect = size[0] / size[1]
        fitted, shift = _fit(terrain, away, target, aspect, safe)
        distance = fitted / self.pose.zoom
        eye = target + away * distance
        eye[2] = max(eye[2], _lowest_eye(terrain, eye[:2]))
        # Looking straight down, "up" on the screen is the direction of the azimuth.
        up = np.array([-math.cos(azimuth), -math.sin(azimuth), 0.0]) if elevation > 1.5 else (0.0, 0.0, 1.0)
        view = pyrr.matrix44.create_look_at(eye, target, up)
        near, far = 0.02 * distance, distance + 12.0
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


def _lowest_eye(terrain: Terrain, xy: npt.NDArray[np.float64]) -> float:
    """How low an eye may be at ``xy (2,)``: over the ground, and less and less so beyond the slab's border."""
    share = (xy / terrain.half_size + 1) / 2
    beyond = np.linalg.norm(np.maximum(np.abs(xy) - terrain.half_size, 0))
    ground = float(terrain.height(share[:, None])[0])
    return ground + CLEARANCE - 2 * float(beyond)


def _fit(
    terrain: Terrain,
    away: npt.NDArray[np.float64],
    target: npt.NDArray[np.float64],
    aspect: float,
    safe: SafeArea,
) -> tuple[float, npt.NDArray[np.float64]]:
    """The distance at which the slab, at any azimuth, fills the safe area, and the lens shift that centres it."""
    left, top, right, bottom = safe
    room = MARGIN * np.array([right - left, bottom - top])
    centre = np.array([left + right - 1, 1 - top - bottom])
    # The cylinder that the slab sweeps while the camera goes around, so that the distance never pumps.
    angle = math.atan2(away[1], away[0]) + np.linspace(0, 2 * np.pi, 24, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    reach, rim = float(np.hypot(*terrain.half_size)), terrain.rim_height
    rings = ((reach, terrain.floor), (reach, rim), (0.5 * reach, terrain.peak))
    points = np.concatenate([np.vstack([r * circle, np.full((1, 24), z)]) for r, z in rings], axis=1)
    points -= np.array([0, 0, target[2]])[:, None]
    side = np.array([-away[1], away[0], 0])
    side = side / np.linalg.norm(side)
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
    return distance, centre - middle
