"""The knobs of swarms, turned for one team or for all of them: the same words, the same checks."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from game.commands.command import read_number, read_whole
from game.session import Session
from game.simulation import Swarm
from game.simulation.borders import find_border
from game.simulation.schedules import parse_schedule
from landscapes.errors import unknown

Swarms = Sequence[Swarm]


class Knob(NamedTuple):
    """What can be turned while balls roll.

    Attributes:
        turn: called with the swarms and one string for each argument; returns what to say.
        shared: what an experiment says of it, by the names of its fields, once all of its swarms are set alike.
    """

    turn: Callable[..., str]
    shared: Callable[[Swarm], dict[str, object]] = lambda _: {}


def turn(session: Session, knob: Knob, swarms: Swarms, *words: str) -> str:
    """Turn a knob of some swarms of the session's world, and tell what was done.

    Raises:
        InputError: a word cannot be used.
    """
    said = knob.turn(swarms, *words)
    everybody = session.world.swarms
    shared = knob.shared(everybody[0])
    if all(knob.shared(swarm) == shared for swarm in everybody):
        session.experiment = dataclasses.replace(session.experiment, **shared)  # type: ignore[arg-type]
    return said


def select_optimizer(session: Session, swarms: Swarms, name: str) -> None:
    """Give some swarms of the session's world another optimizer, at the rate that suits it.

    Raises:
        InputError: there is none of that name, or it cannot roll here.
    """
    for swarm in swarms:
        swarm.select(name)
    names = tuple(swarm.optimizer.name for swarm in session.world.swarms)
    session.experiment = dataclasses.replace(session.experiment, optimizers=names, lr=None, settings={})


def tell_rates(swarms: Swarms) -> str:
    """The learning rate of each, or that it has none."""
    rates = [
        f"{np.median(swarm.lr):.3g}"
        if swarm.optimizer.has_rate
        else f"none: {swarm.optimizer.title} takes no rate"
        for swarm in swarms
    ]
    return f"learning rate {', '.join(rates)}"


def _turn_rate(swarms: Swarms, rate: str) -> str:
    for swarm in swarms:
        swarm.lr = read_number(rate, "the learning rate")
    return tell_rates(swarms)


def _turn_hyper(swarms: Swarms, name: str, value: str) -> str:
    switch = {"true": True, "false": False}.get(value.lower())
    number = read_number(value, name) if switch is None else switch
    # As at a release, in a race each setting goes to the optimizers that have it.
    chosen = swarms if len(swarms) == 1 else [swarm for swarm in swarms if name in swarm.settings]
    if not chosen:
        known = {known for swarm in swarms for known in swarm.settings}
        raise unknown("setting", name, sorted(known), "downslope list optimizers")
    for swarm in chosen:
        swarm.set(name, number)
    return f"{name} {value}"


def _turn_schedule(swarms: Swarms, spec: str) -> str:
    plan = parse_schedule(spec)
    for swarm in swarms:
        swarm.schedule = plan.spec
    return f"schedule {plan.spec}: starts now"


def _turn_batch(swarms: Swarms, size: str) -> str:
    batch_size = None if size.lower() == "all" else read_whole(size, "the batch size")
    for swarm in swarms:
        swarm.batch_size = batch_size
    data = swarms[0].landscape.data
    if batch_size is None:
        return "every step sees all samples" if data else "no minibatch noise"
    what = "every step sees " + ("1 sample" if batch_size == 1 else f"{batch_size} samples")
    return what + ("" if data else ": noise like that of a minibatch, as this ground is not made of data")


def _turn_noise(swarms: Swarms, noise: str) -> str:
    for swarm in swarms:
        swarm.noise = read_number(noise, "the noise")
    return f"noise {noise} of the typical gradient"


def _turn_border(swarms: Swarms, name: str) -> str:
    row = find_border(name)
    for swarm in swarms:
        swarm.border = row.name
    return f"border {row.name}: {row.about}"


RATE = Knob(_turn_rate)
HYPER = Knob(_turn_hyper)
SCHEDULE = Knob(_turn_schedule, lambda swarm: {"schedule": swarm.schedule.spec})
BATCH = Knob(_turn_batch, lambda swarm: {"batch_size": swarm.batch_size})
NOISE = Knob(_turn_noise, lambda swarm: {"noise": swarm.noise})
BORDER = Knob(_turn_border, lambda swarm: {"border": swarm.border.name})
