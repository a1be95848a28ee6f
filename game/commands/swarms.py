"""Commands that change how balls roll: the optimizer and all that it takes."""

from collections.abc import Callable

import numpy as np

from game.commands.command import Command, cycle_through, read_number, read_whole, step_along
from game.commands.knobs import (
    BATCH,
    BORDER,
    HYPER,
    NOISE,
    RATE,
    SCHEDULE,
    Knob,
    select_optimizer,
    tell_rates,
    turn,
)
from game.session import BATCHES, MOMENTA, Session
from game.simulation import BORDERS, OPTIMIZERS, SCHEDULES, SPACES, spread_rates
from landscapes.errors import find


def _select_optimizer(session: Session, name: str) -> None:
    select_optimizer(session, session.world.swarms, name)
    swarm = session.world.swarms[0]
    rate = f", learning rate {np.median(swarm.lr):.2g}" if swarm.optimizer.has_rate else ""
    session.say(f"{swarm.optimizer.title}{rate}")


def _cycle_optimizer(session: Session, steps: str) -> None:
    names = [row.name for row in OPTIMIZERS]
    current = session.world.swarms[0].optimizer.name
    _select_optimizer(session, cycle_through(names, current, read_whole(steps, "steps")))


def _turn(knob: Knob) -> Callable[..., None]:
    """A command that turns a knob of all teams."""

    def apply(session: Session, *words: str) -> None:
        session.say(turn(session, knob, session.world.swarms, *words))

    return apply


def _sweep_rate(session: Session, low: str, high: str) -> None:
    ends = read_number(low, "the lowest rate"), read_number(high, "the highest rate")
    rates = [spread_rates(*ends, swarm.size) for swarm in session.world.swarms]
    for swarm, own in zip(session.world.swarms, rates, strict=True):
        swarm.lr = own
    session.say(f"every ball has a learning rate of its own, from {ends[0]:g} to {ends[1]:g}")


def _scale_rate(session: Session, decades: str) -> None:
    change = read_number(decades, "decades")
    for swarm in session.world.swarms:
        with np.errstate(over="ignore"):
            # Rounded in decades, so that ten tenths up and down again end where they began.
            swarm.lr = 10 ** np.round(np.log10(swarm.lr) + change, 6)
    session.say(tell_rates(session.world.swarms))


def _step_momentum(session: Session, steps: str) -> None:
    said = []
    for swarm in session.world.swarms:
        name = next((n for n in ("momentum", "beta1") if n in swarm.settings), None)
        if name is None:
            said.append(f"{swarm.optimizer.title} has no momentum")
            continue
        swarm.set(name, step_along(MOMENTA, float(swarm.settings[name]), read_whole(steps, "steps")))
        said.append(f"{name} {swarm.settings[name]:g}")
    session.say(", ".join(dict.fromkeys(said)))


def _cycle_schedule(session: Session, steps: str) -> None:
    names = [row.name for row in SCHEDULES]
    current = session.world.swarms[0].schedule.name
    _set_schedule(session, cycle_through(names, current, read_whole(steps, "steps")))


def _step_batch(session: Session, steps: str) -> None:
    data = session.world.landscape.data
    most = data.count if data else BATCHES[-1] + 1
    ladder = [*(size for size in BATCHES if size < most), most]
    current = session.world.swarms[0].batch_size or most
    chosen = int(step_along(tuple(map(float, ladder)), current, read_whole(steps, "steps")))
    set_batch(session, "all" if chosen == most else str(chosen))


def _cycle_border(session: Session, steps: str) -> None:
    names = [row.name for row in BORDERS]
    current = session.world.swarms[0].border.name
    _set_border(session, cycle_through(names, current, read_whole(steps, "steps")))


def _set_space(session: Session, name: str) -> None:
    row = find("space", name, SPACES)
    balls = session.experiment.balls
    fewer = balls if row.most is None else min(balls, row.most)
    session.change(space=row.name, balls=fewer, lr=None)
    session.say(row.about + ("" if fewer == balls else f"; {fewer:,} of them"))


def _cycle_space(session: Session, steps: str) -> None:
    names = [row.name for row in SPACES]
    _set_space(session, cycle_through(names, session.experiment.space, read_whole(steps, "steps")))


_set_schedule, set_batch, _set_border = _turn(SCHEDULE), _turn(BATCH), _turn(BORDER)
"""The knobs that steps turn, too."""

SWARM_COMMANDS: tuple[Command, ...] = (
    Command("optimizer.select", "name", "roll on with another optimizer", _select_optimizer, undoable=True),
    Command(
        "optimizer.cycle", "steps", "next or previous of all optimizers", _cycle_optimizer, undoable=True
    ),
    Command("lr.decades", "decades", "learning rate up or down by decades", _scale_rate, undoable=True),
    Command("lr.set", "rate", "set the learning rate", _turn(RATE), undoable=True),
    Command(
        "lr.sweep",
        "low high",
        "a learning rate for each ball, even in decades between two",
        _sweep_rate,
        undoable=True,
    ),
    Command(
        "momentum.step", "steps", "momentum (or beta1) up or down a notch", _step_momentum, undoable=True
    ),
    Command(
        "hyper.set", "name value", "set any hyper-parameter of the optimizer", _turn(HYPER), undoable=True
    ),
    Command("schedule.cycle", "steps", "next schedule of the learning rate", _cycle_schedule, undoable=True),
    Command(
        "schedule.set",
        "spec",
        "start a schedule, such as cosine:t_max=600,warmup=50",
        _set_schedule,
        undoable=True,
    ),
    Command("batch.step", "steps", "more or fewer samples a step", _step_batch, undoable=True),
    Command("batch.set", "size", "samples a step sees, or all", set_batch, undoable=True),
    Command(
        "noise.set",
        "noise",
        "noise of the gradient, in units of the typical one",
        _turn(NOISE),
        undoable=True,
    ),
    Command(
        "border.cycle", "steps", "at the border: leave, stop, bounce or wrap", _cycle_border, undoable=True
    ),
    Command("border.set", "name", "set what happens at the border", _set_border, undoable=True),
    Command(
        "space.cycle", "steps", "on a network: map, exact, or whole networks", _cycle_space, undoable=True
    ),
    Command("space.set", "name", "set where balls roll: map, exact or whole", _set_space, undoable=True),
)
