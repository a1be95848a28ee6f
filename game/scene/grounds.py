"""The terrains of a session: baked once, for as many views as there are."""

from collections.abc import Callable

from game.scene.reshape import find_touched, reshape
from game.scene.shaking import Shaking
from game.scene.terrain import Terrain, build_terrain
from game.session import Session
from landscapes import Landscape
from landscapes.landscape import Relief

KEPT_TERRAINS = 8
"""So many, of ten megabytes each, come back without being baked again."""


class Grounds:
    """Finds the ground of a session; keeps what it found."""

    def __init__(self) -> None:
        self._baked: dict[tuple[Landscape, Relief], Terrain] = {}
        self._shown: tuple[tuple[Landscape, Relief], Terrain] | None = None
        self._shaking = Shaking()
        self._shaken: tuple[tuple[object, ...], Terrain] | None = None

    def bake(self, session: Session) -> Terrain:
        """The ground of all samples, as it was baked before, or anew; only those last seen are kept.

        While a brush strokes it, only what that touches is drawn anew.
        """
        landscape, relief = key = session.world.landscape, session.view.relief
        if session.view.stroking and self._shown and key not in self._baked:
            (before, named), drawn = self._shown
            touched = find_touched(before, landscape) if relief in (named, drawn.scale.relief) else None
            if touched is not None:
                self._shown = key, reshape(drawn, landscape, touched) if touched else drawn
                return self._shown[1]
        terrain = self.prepare(landscape, relief)
        self._shown = key, terrain
        return terrain

    def prepare(
        self, landscape: Landscape, relief: Relief, note: Callable[[int], None] = lambda _: None
    ) -> Terrain:
        """The terrain of a ground that may be shown soon; ``note`` as of ``build_terrain``."""
        terrain = self._baked.pop((landscape, relief), None) or build_terrain(landscape, relief, note)
        self._baked[landscape, relief] = terrain
        if len(self._baked) > KEPT_TERRAINS:
            del self._baked[next(iter(self._baked))]
        return terrain

    def shake(self, session: Session, baked: Terrain) -> Terrain:
        """The ground that is drawn: ``baked``, or if the session shakes it, that of the minibatch of now."""
        if not session.view.shaking:
            return baked
        swarm = session.world.swarms[0]
        key = (
            baked,
            session.world,
            session.world.tick,
            session.alpha,
            session.paused,
            session.speed,
            swarm.batch_size,
        )
        if self._shaken is None or self._shaken[0] != key:
            self._shaken = key, self._shaking.shake(session, baked)
        return self._shaken[1]
