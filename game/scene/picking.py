"""Which ball is where on the picture."""

import numpy as np
import numpy.typing as npt

from game.scene.frame import Floats, Frame

REACH_PX = 14.0
"""So near to a ball, at a picture 720 pixels high, a click is meant for it."""


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
    points = np.concatenate([centres, np.ones((1, centres.shape[1]), np.float32)]).T
    clip = points @ (frame.view @ frame.projection)
    ahead = clip[:, 3]
    with np.errstate(all="ignore"):
        x = (clip[:, 0] / ahead * 0.5 + 0.5) * frame.size[0]
        y = (0.5 - clip[:, 1] / ahead * 0.5) * frame.size[1]
    places = np.stack([x, y, ahead]).astype(np.float32)
    places[:, outside | (ahead <= 0)] = np.nan
    return places


def find_ball(frame: Frame, x: float, y: float) -> int | None:
    """The place in the frame's arrays of the ball that a click at pixel ``(x, y)`` is meant for; ``None`` if none is.

    Of those within reach it is the nearest to the eye, so that nobody picks a ball through another.
    """
    across, down, distance = project_balls(frame)
    away = np.hypot(across - x, down - y)
    near = np.flatnonzero(away <= REACH_PX * frame.size[1] / 720)
    if not near.size:
        return None
    # A ball just beside the click counts as further off than one right under it.
    return int(near[np.argmin(distance[near] + away[near] * distance[near] / frame.size[1])])
