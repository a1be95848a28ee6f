"""How a camera comes nearer to what the mouse points at."""

import math

import numpy as np
import numpy.typing as npt

from game.scene.camera import Camera, SafeArea
from game.scene.frame import Frame

Doubles = npt.NDArray[np.float64]

NUDGE = 1e-3
"""Of the camera, to feel how the picture moves; shares of the slab."""
ENOUGH_PX = 0.1
"""So near to where it is to be nobody sees that a place moves."""
ROUNDS = 4
"""In which the camera is set right; each leaves hardly a hundredth of what was amiss."""


def find_shift(
    frame: Frame,
    camera: Camera,
    safe: SafeArea,
    place: tuple[float, float],
    pixel: tuple[float, float],
    factor: float,
) -> tuple[float, float]:
    """How to shift a camera, in shares of the slab, so that a place stays at a pixel once it has come nearer.

    Args:
        frame: what is on the picture.
        camera: which comes nearer by ``factor``; is not changed.
        safe: where in the picture the slab stands.
        place: of the ground.
        pixel: where it is to be.
        factor: above 1 nearer.
    """
    point = np.append(frame.terrain.to_scene(np.array(place)[:, None])[:, 0], 1.0)
    wanted = np.array(pixel) / frame.size

    def look(shift: Doubles) -> tuple[Doubles, Doubles]:
        """How far off the place is on the picture, and where the eye is."""
        trial = Camera(goal=camera.goal)
        trial.zoom(factor)
        trial.pan(*shift.tolist())
        trial.pose = trial.goal
        view, projection, eye = trial.matrices(frame.terrain, frame.size, safe)
        clip = point @ view.astype(np.float64) @ projection
        return np.asarray(clip[:2] / clip[3] * [0.5, -0.5] + 0.5 - wanted, np.float64), eye.astype(np.float64)

    shift = np.zeros(2)
    amiss, eye = look(shift)
    # An eye that comes nearer along the line of sight is right already, but for the hills that lift it.
    sight = point[:3] - frame.eye
    along = frame.eye + sight * ((eye[2] - frame.eye[2]) / (sight[2] or -1e-9)) - eye
    turn, nearness = math.radians(camera.goal.azimuth), camera.goal.zoom * factor
    guess = nearness * np.array(
        [
            along[1] * math.cos(turn) - along[0] * math.sin(turn),
            -along[0] * math.cos(turn) - along[1] * math.sin(turn),
        ]
    )
    left, _ = look(guess)
    if np.hypot(*left) < np.hypot(*amiss):
        shift, amiss = guess, left
    for _ in range(ROUNDS):
        if np.abs(amiss * frame.size).max() < ENOUGH_PX:
            break
        slopes = np.stack([look(shift + nudge)[0] - amiss for nudge in NUDGE * np.eye(2)], axis=1) / NUDGE
        # At the end of its reach a camera moves no further: what cannot be set right stays.
        step = -np.linalg.lstsq(slopes, amiss, rcond=1e-6)[0]
        # Hills lift the camera unevenly: where a whole step leads astray, part of it may not.
        for share in (1.0, 0.5, 0.25):
            left, _ = look(shift + share * step)
            if np.hypot(*left) < np.hypot(*amiss):
                shift, amiss = shift + share * step, left
                break
        else:
            break
    return float(shift[0]), float(shift[1])
