"""Which ball leads its team: the one with the lowest loss, once it has led for a while."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from game.simulation import Status, World

EVERY = 4
"""Ticks between two looks: the loss of all balls has to be asked for."""
HOLD = 10
"""Ticks for which another ball must have led before it is the leader: nobody can follow a faster change."""


PATIENCE = 60
"""Ticks after which a leader that never was the lowest goes, though the lowest was now this ball and now that."""


@dataclass
class Lead:
    """A ball that leads its team.

    Attributes:
        ball: its number.
        led_at: the tick when it was last seen to be the lowest.
        rival: the ball that was the lowest at the last look.
        since: the tick since which that has been so.
    """

    ball: int
    led_at: int
    rival: int
    since: int


class Leaders:
    """The leader of each team of a world.

    Args:
        world: that is watched.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._looked = -EVERY
        self._leads: dict[int, Lead] = {}

    @property
    def balls(self) -> tuple[int, ...]:
        """The leaders' numbers in the order of the teams; teams of which nobody is on the map have none."""
        return tuple(self._leads[team].ball for team in sorted(self._leads))

    def follow_numbers(self, kept: npt.NDArray[np.intp]) -> None:
        """Balls have joined: ball ``k`` is number ``kept[k]`` now."""
        for lead in self._leads.values():
            lead.ball, lead.rival = int(kept[lead.ball]), int(kept[lead.rival])

    def advance(self) -> None:
        """Look who leads, if it is time."""
        tick = self._world.tick
        if tick - self._looked < EVERY:
            return
        self._looked = tick
        losses = np.where(self._world.status <= Status.SETTLED, self._world.losses, np.inf)
        losses = np.where(np.isfinite(losses), losses, np.inf)
        first = 0
        for team, swarm in enumerate(self._world.swarms):
            self._judge(team, losses, slice(first, first + swarm.size), tick)
            first += swarm.size

    def _judge(self, team: int, losses: npt.NDArray[np.floating], balls: slice, tick: int) -> None:
        best, lead = balls.start + int(losses[balls].argmin()), self._leads.get(team)
        if losses[best] == np.inf:
            self._leads.pop(team, None)
            return
        if lead is None or losses[lead.ball] == np.inf:
            self._leads[team] = Lead(best, tick, best, tick)
            return
        if losses[best] == losses[lead.ball]:
            best = lead.ball
        if best != lead.rival:
            lead.rival, lead.since = best, tick
        if best == lead.ball:
            lead.led_at = tick
        elif tick - lead.since >= HOLD or tick - lead.led_at >= PATIENCE:
            self._leads[team] = Lead(best, tick, best, tick)
