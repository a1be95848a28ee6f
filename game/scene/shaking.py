"""The ground as one minibatch sees it: what a ball that takes steps by a few samples really rolls on."""

import dataclasses

import numpy as np
import numpy.typing as npt

from game.scene.terrain import Terrain, shade
from game.session import TICKS_PER_SECOND, Session
from game.simulation import World
from landscapes import Landscape
from landscapes.landscape import Array, Samples
from landscapes.sampled import GridField

COARSE = 65
"""Points along each side at which the minibatch is worked out; a spline runs through them."""
MORPH_S = 0.2
"""From one minibatch's ground to the next, in which the eye can still follow."""
FINE = 129
"""Samples of the ground along each side while it shakes: a quarter of the usual, since it is made anew each step."""


class Shaking:
    """Draws the ground of the minibatches that the first ball sees; keeps what the next frame needs again."""

    def __init__(self) -> None:
        self._ground: tuple[Terrain, World] | None = None
        self._shares: dict[int, Array] = {}

    def shake(self, session: Session, terrain: Terrain) -> Terrain:
        """The ground of the minibatch of now, to the scale of the ground of all samples.

        From one minibatch to another it changes within ``MORPH_S``. Where steps are faster than that, some are left
        out.

        Args:
            session: is read.
            terrain: the ground of all samples; as it is if every step sees them all.
        """
        world = session.world
        every = 1 if session.paused else max(1, round(session.speed * TICKS_PER_SECOND * MORPH_S))
        first = world.tick - world.tick % every
        blend = 0.0 if session.paused else (world.tick - first + session.alpha) / every
        if self._ground != (terrain, world):
            self._ground, self._shares = (terrain, world), {}
        now, later = (self._look(session, terrain, tick) for tick in (first, first + every))
        if now is None or later is None:
            return terrain
        self._shares = {first: now, first + every: later}
        return _mould(terrain, now + (blend * blend * (3 - 2 * blend)) * (later - now))

    def _look(self, session: Session, terrain: Terrain, tick: int) -> Array | None:
        """How high the ground of a tick's minibatch is drawn, as a share, ``(FINE, FINE)``."""
        if tick in self._shares:
            return self._shares[tick]
        landscape = session.world.landscape
        samples = session.world.swarms[0].deal(0, tick)
        if samples is None or landscape.data is None:
            return None
        return terrain.scale.heights(_spread(landscape, landscape.data, samples))


def _mould(terrain: Terrain, share: Array) -> Terrain:
    """The terrain with other heights; colours keep their meaning."""
    tone = np.interp(share, np.linspace(0, 1, terrain.ramp.size), terrain.ramp).astype(np.float32)
    heights = (terrain.rise * share).astype(np.float32)
    lit = shade(heights, terrain.half_size)
    return dataclasses.replace(
        terrain, heights=heights, tone=tone, holes=np.zeros(share.shape, bool), _meshes={}, **lit._asdict()
    )


def _spread(landscape: Landscape, data: Samples, samples: npt.NDArray[np.integer]) -> Array:
    at = _grid(landscape, COARSE).astype(np.float32)
    rows = np.broadcast_to(samples, (at.shape[1], samples.size))
    field = GridField(data.value(at, rows).astype(np.float64).reshape(COARSE, COARSE), landscape.domain)
    return field.value(_grid(landscape, FINE)).reshape(FINE, FINE)


def _grid(landscape: Landscape, resolution: int) -> npt.NDArray[np.float64]:
    x_min, x_max, y_min, y_max = landscape.domain
    x, y = np.meshgrid(np.linspace(x_min, x_max, resolution), np.linspace(y_min, y_max, resolution))
    return np.stack([x.ravel(), y.ravel()])
