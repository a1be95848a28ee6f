"""Teams: the knobs of each swarm of a race, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from game.simulation.optimizers.method import complete_settings
from game.simulation.swarm import Swarm
from game.simulation.world import spread_rates


@dataclass(frozen=True)
class Team:
    """What a swarm is given at its release.

    Attributes:
        optimizer: its name.
        lr: learning rate, the ends of a sweep across the swarm, or ``None`` for what suits the optimizer.
        settings: hyper-parameters that differ from the optimizer's defaults.
        schedule: of the learning rate.
        batch_size: samples a step sees, or ``None`` for all.
        noise: standard deviation of gradient noise, in units of the landscape's gradient scale.
        label: what players call it; empty for the optimizer's title.
        border: what happens to balls that leave the map, or ``None`` for what the experiment says.
    """

    optimizer: str
    lr: float | tuple[float, float] | None = None
    settings: Mapping[str, float | bool] = field(default_factory=dict)
    schedule: str = "constant"
    batch_size: int | None = None
    noise: float = 0.0
    label: str = ""
    border: str | None = None


def equip(swarm: Swarm, team: Team) -> None:
    """Give a swarm of the same optimizer, before its first step, the team's knobs.

    Raises:
        InputError: one of them cannot be.
    """
    swarm.adopt(team.settings)
    if team.lr is not None:
        swarm.lr = spread_rates(*team.lr, swarm.size) if isinstance(team.lr, tuple) else team.lr
    swarm.schedule = team.schedule
    swarm.batch_size = team.batch_size
    swarm.noise = team.noise
    if team.border is not None:
        swarm.border = team.border
    swarm.label = team.label


def describe_team(swarm: Swarm) -> Team:
    """The knobs that a swarm has now."""
    defaults = complete_settings(swarm.optimizer, {})
    rates = np.asarray(swarm.lr)
    low, high = float(rates.min()), float(rates.max())
    return Team(
        optimizer=swarm.optimizer.name,
        lr=(low, high) if low < high else low,
        settings={name: value for name, value in swarm.settings.items() if value != defaults[name]},
        schedule=swarm.schedule.spec,
        batch_size=swarm.batch_size,
        noise=swarm.noise,
        border=swarm.border.name,
        label=swarm.label,
    )


def title_of(swarm: Swarm) -> str:
    """What players see of a swarm's name."""
    return swarm.label or swarm.optimizer.title
