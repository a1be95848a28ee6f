"""Which ball and which ground is where on the picture."""

import numpy as np
import numpy.typing as npt

from game.scene.frame import Floats, Frame

REACH_PX = 14.0
"""So near to a ball, at a picture 720 pixels high, a click is meant for it."""
ABOVE = 1e-3
"""A line of sight comes in from above the highest ground, scene units."""
REFINEMENTS, FINER = 4, 33
"""How often the way to the ground is looked at again, and at how many points between two."""


def project_balls(frame: Frame, balls: npt.NDArray[np.intp] | slice = slice(None)) -> Floats:
    """Where balls are on the picture: pixels from the left and the top, and the distance, ``(3, n)``.

    Balls that are off the map, or behind the eye, are nowhere: NaN.
    """
    previous, latest = frame.previous[:, balls], frame.positions[:, balls]
    centres = frame.terrain.to_scene(previous + np.float32(frame.alpha) * (latest - previous))
    centres[2] += frame.radius
    if frame.lifts is not None:
        centres[2] += frame.lifts[balls]
    outside = (np.abs(centres[:2]) > np.array(frame.terrain.half_size)[:, None]).any(axis=0)
    places = project_points(frame, centres)
    places[:, outside] = np.nan
    return places


def project_points(frame: Frame, points: Floats) -> Floats:
    """Where points ``(3, n)``, scene units, are on the picture: pixels from the left and the top, and the distance.

    Those behind the eye are nowhere: NaN.
    """
    clip = np.concatenate([points, np.ones((1, points.shape[1]), np.float32)]).T @ (
        frame.view @ frame.projection
    )
    ahead = clip[:, 3]
    with np.errstate(all="ignore"):
        x = (clip[:, 0] / ahead * 0.5 + 0.5) * frame.size[0]
        y = (0.5 - clip[:, 1] / ahead * 0.5) * frame.size[1]
    places = np.stack([x, y, ahead]).astype(np.float32)
    places[:, ahead <= 0] = np.nan
    return places


def find_ball(frame: Frame, x: float, y: float, reach: float = REACH_PX) -> int | None:
    """The place in the frame's arrays of the ball that a click at pixel ``(x, y)`` is meant for; ``None`` if none is.

    Of those within reach it is the nearest to the eye, so that nobody picks a ball through another. ``reach`` is in
    pixels of a picture 720 high.
    """
    across, down, distance = project_balls(frame)
    away = np.hypot(across - x, down - y)
    near = np.flatnonzero(away <= reach * frame.size[1] / 720)
    if not near.size:
        return None
    # A ball just beside the click counts as further off than one right under it.
    return int(near[np.argmin(distance[near] + away[near] * distance[near] / frame.size[1])])


def find_ground(frame: Frame, x: float, y: float) -> tuple[float, float] | None:
    """The place on the ground that is drawn at pixel ``(x, y)``, landscape coordinates.

    ``None`` over the walls and the void, and where there is no loss.
    """
    terrain = frame.terrain
    half = np.array(terrain.half_size)
    start, way = _cast_ray(frame, x, y)
    bounds = np.array([[*-half, terrain.floor], [*half, terrain.peak + ABOVE]])
    with np.errstate(divide="ignore", invalid="ignore"):
        crossings = np.sort((bounds - start) / way, axis=0)
    enters, leaves = max(0.0, float(np.nanmax(crossings[0]))), float(np.nanmin(crossings[1]))
    if enters >= leaves:
        return None

    def is_under(at: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        point = start[:, None] + at * way[:, None]
        under: npt.NDArray[np.bool_] = point[2] < terrain.height((point[:2] / half[:, None] + 1) / 2)
        return under

    # Half a sample at a time, and from there on ever finer.
    samples = len(terrain.heights) * float(np.hypot(*(way[:2] / half))) * (leaves - enters)
    at = np.linspace(enters, leaves, 2 + int(samples))
    for _ in range(REFINEMENTS):
        under = is_under(at)
        first = int(under.argmax())
        if not under[first] or first == 0:
            return None
        at = np.linspace(at[first - 1], at[first], FINER)
    share = (start[:2] + at[0] * way[:2]) / half / 2 + 0.5
    row, column = np.rint(share[::-1] * (len(terrain.heights) - 1)).astype(int)
    if terrain.holes[row, column]:
        return None
    x_min, x_max, y_min, y_max = terrain.domain
    return float(x_min + share[0] * (x_max - x_min)), float(y_min + share[1] * (y_max - y_min))


def _cast_ray(frame: Frame, x: float, y: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Where the line of sight through a pixel begins, and from there to its end, scene units ``(3,)`` each."""
    unproject = np.linalg.inv(frame.view.astype(np.float64) @ frame.projection)
    across, up = 2 * x / frame.size[0] - 1, 1 - 2 * y / frame.size[1]
    near, far = np.array([[across, up, -1, 1], [across, up, 1, 1]]) @ unproject
    start = near[:3] / near[3]
    return start, far[:3] / far[3] - start
