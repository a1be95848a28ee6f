"""The way that a training took, on the ground that shows it, and how far beside the ground it went."""

from typing import NamedTuple

import numpy as np

from game.scene.path import LIFT, NO_RIBBON, Floats, lay_ribbon
from game.scene.terrain import Terrain
from landscapes.landscape import Trajectory

_TAIL = 0.45
"""How far along its way a ribbon begins: its tail fades, and the first checkpoints are to be seen."""


class Track(NamedTuple):
    """A way over the map.

    Attributes:
        ribbon: on the ground, ``(n, 4)``; see ``lay_ribbon``.
        stalks: from the ground under each checkpoint to where its own loss is, scene units ``(k, 2, 3)``: none is as
            long as nothing only where the checkpoint lies in the plane.
    """

    ribbon: Floats
    stalks: Floats


NO_TRACK = Track(NO_RIBBON, np.empty((0, 2, 3), np.float32))


def lay_track(trajectory: Trajectory | None, terrain: Terrain) -> Track:
    """The track of a training; checkpoints that are not on the map have no stalk."""
    if trajectory is None:
        return NO_TRACK
    share = terrain.share(trajectory.xy.astype(np.float32))
    there = ((share >= 0) & (share <= 1)).all(axis=0) & np.isfinite(trajectory.loss)
    feet = terrain.to_scene(trajectory.xy[:, there])
    heads = feet.copy()
    heads[2] = terrain.height_of(trajectory.loss[there]) + LIFT
    ribbon = lay_ribbon(trajectory.xy, terrain)
    ribbon[:, 3] = _TAIL + (1 - _TAIL) * ribbon[:, 3]
    return Track(ribbon, np.ascontiguousarray(np.stack([feet.T, heads.T], axis=1), np.float32))
