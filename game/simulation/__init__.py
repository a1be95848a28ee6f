"""The balls: optimizers as array programs, the swarms that run them, and where they end up."""

from game.simulation.optimizers import OPTIMIZERS, Optimizer
from game.simulation.schedules import SCHEDULES, Schedule
from game.simulation.starts import STARTS
from game.simulation.swarm import Status, Swarm
from game.simulation.valleys import Valleys, find_valleys
from game.simulation.world import Valley, World

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "STARTS",
    "Optimizer",
    "Schedule",
    "Status",
    "Swarm",
    "Valley",
    "Valleys",
    "World",
    "find_valleys",
]
