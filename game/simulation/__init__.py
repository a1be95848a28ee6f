"""The balls: optimizers as array programs, the swarms that run them, and where they end up."""

from game.simulation.borders import BORDERS
from game.simulation.knobs import Knobs
from game.simulation.optimizers import OPTIMIZERS, Optimizer
from game.simulation.schedules import SCHEDULES, Schedule
from game.simulation.spaces import SPACES
from game.simulation.starts import STARTS
from game.simulation.swarm import Swarm
from game.simulation.sweep import Status
from game.simulation.teams import Team
from game.simulation.valleys import Valleys, find_valleys
from game.simulation.world import Standing, Valley, World, find_kept, spread_rates

__all__ = [
    "BORDERS",
    "OPTIMIZERS",
    "SCHEDULES",
    "SPACES",
    "STARTS",
    "Knobs",
    "Optimizer",
    "Schedule",
    "Standing",
    "Status",
    "Swarm",
    "Team",
    "Valley",
    "Valleys",
    "World",
    "find_kept",
    "find_valleys",
    "spread_rates",
]
