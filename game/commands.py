"""Every action as one named command. Keys, mouse, panel, demos and the shell all speak these lines."""

import dataclasses
import math
import shlex
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

import landscapes
from game.scene.camera import CYCLE, VIEWS
from game.scene.cinema import GUIDES, follow_leader
from game.scene.relief import RELIEFS
from game.scene.terrain import shown_relief
from game.scene.theme import THEMES, get_theme
from game.session import BATCHES, MOMENTA, SPEEDS, Session
from game.simulation import BORDERS, OPTIMIZERS, SCHEDULES, SPACES, spread_rates
from game.simulation.borders import find_border
from game.simulation.schedules import parse_schedule
from landscapes.errors import InputError, find, unknown
from landscapes.landscape import Relief

MOST_STEPS = 10_000
"""More single steps than this at once would freeze the window."""
SHAKING_BATCH = 32
"""Samples a step, where none are chosen when the ground begins to shake."""
MOST_SCALED_BALLS = 1_048_576
"""A key held down does not go further; ``balls.set`` does."""


class Command(NamedTuple):
    """A row of the table.

    Attributes:
        name: ``noun.verb``.
        arguments: their names, separated by blanks.
        about: one line of help.
        apply: called with the session and one string for each argument.
    """

    name: str
    arguments: str
    about: str
    apply: Callable[..., None]


def parse(line: str) -> tuple[Command, list[str]]:
    """A line such as ``lr.decades 0.1`` as its command and arguments.

    Raises:
        InputError: no such command, or the wrong number of arguments.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise InputError(f"cannot read the command {line!r}: {error}") from None
    if not words:
        raise InputError("an empty command; see downslope list commands")
    name, *arguments = words
    command = find("command", name, COMMANDS, "downslope list commands")
    if len(arguments) != len(command.arguments.split()):
        usage = f"{command.name} {command.arguments}".strip()
        raise InputError(f"{line!r}: {len(arguments)} arguments given; the command is {usage!r}")
    return command, arguments


def apply(session: Session, line: str) -> None:
    """Carry out one line.

    Raises:
        InputError: the line cannot be understood, or its arguments cannot be used.
    """
    command, arguments = parse(line)
    command.apply(session, *arguments)


def _number(text: str, name: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{name} must be a number, not {text!r}")
    return number


def _whole(text: str, name: str) -> int:
    number = _number(text, name)
    if number != int(number):
        raise InputError(f"{name} must be a whole number, not {text!r}")
    return int(number)


def _factor(text: str) -> float:
    number = _number(text, "the factor")
    if number <= 0:
        raise InputError(f"the factor must be above 0, not {text}")
    return number


def _stepped(values: tuple[float, ...], current: float, steps: int) -> float:
    """The value so many places up or down from the nearest one in a ladder."""
    nearest = min(range(len(values)), key=lambda i: abs(values[i] - current))
    return values[min(max(nearest + steps, 0), len(values) - 1)]


def _cycled(names: list[str], current: str, steps: int) -> str:
    return names[(names.index(current) + steps) % len(names)]


def _select_optimizer(session: Session, name: str) -> None:
    for swarm in session.world.swarms:
        swarm.select(name)
    names = tuple(swarm.optimizer.name for swarm in session.world.swarms)
    session.experiment = dataclasses.replace(session.experiment, optimizers=names, lr=None, settings={})
    swarm = session.world.swarms[0]
    rate = f", learning rate {np.median(swarm.lr):.2g}" if swarm.optimizer.has_rate else ""
    session.say(f"{swarm.optimizer.title}{rate}")


def _cycle_optimizer(session: Session, steps: str) -> None:
    names = [row.name for row in OPTIMIZERS]
    current = session.world.swarms[0].optimizer.name
    _select_optimizer(session, _cycled(names, current, _whole(steps, "steps")))


def _set_rate(session: Session, rate: str) -> None:
    for swarm in session.world.swarms:
        swarm.lr = _number(rate, "the learning rate")
    session.say(f"learning rate {np.median(session.world.swarms[0].lr):.3g}")


def _sweep_rate(session: Session, low: str, high: str) -> None:
    ends = _number(low, "the lowest rate"), _number(high, "the highest rate")
    rates = [spread_rates(*ends, swarm.size) for swarm in session.world.swarms]
    for swarm, own in zip(session.world.swarms, rates, strict=True):
        swarm.lr = own
    session.say(f"every ball has a learning rate of its own, from {ends[0]:g} to {ends[1]:g}")


def _scale_rate(session: Session, decades: str) -> None:
    change = _number(decades, "decades")
    for swarm in session.world.swarms:
        with np.errstate(over="ignore"):
            # Rounded in decades, so that ten tenths up and down again end where they began.
            swarm.lr = 10 ** np.round(np.log10(swarm.lr) + change, 6)
    session.say("learning rate " + ", ".join(f"{np.median(swarm.lr):.3g}" for swarm in session.world.swarms))


def _step_momentum(session: Session, steps: str) -> None:
    said = []
    for swarm in session.world.swarms:
        name = next((n for n in ("momentum", "beta1") if n in swarm.settings), None)
        if name is None:
            said.append(f"{swarm.optimizer.title} has no momentum")
            continue
        swarm.set(name, _stepped(MOMENTA, float(swarm.settings[name]), _whole(steps, "steps")))
        said.append(f"{name} {swarm.settings[name]:g}")
    session.say(", ".join(dict.fromkeys(said)))


def _set_hyper(session: Session, name: str, value: str) -> None:
    number: float | bool = {"true": True, "false": False}.get(value.lower(), 0.0)
    if value.lower() not in ("true", "false"):
        number = _number(value, name)
    # As at a release, in a race each setting goes to the optimizers that have it.
    chosen = [swarm for swarm in session.world.swarms if name in swarm.settings]
    if not chosen:
        known = {known for swarm in session.world.swarms for known in swarm.settings}
        raise unknown("setting", name, sorted(known), "downslope list optimizers")
    for swarm in chosen:
        swarm.set(name, number)
    session.say(f"{name} {value}")


def _set_schedule(session: Session, spec: str) -> None:
    plan = parse_schedule(spec)
    for swarm in session.world.swarms:
        swarm.schedule = plan.spec
    session.experiment = dataclasses.replace(session.experiment, schedule=plan.spec)
    session.say(f"schedule {plan.spec}: starts now")


def _cycle_schedule(session: Session, steps: str) -> None:
    names = [row.name for row in SCHEDULES]
    current = session.world.swarms[0].schedule.name
    _set_schedule(session, _cycled(names, current, _whole(steps, "steps")))


def _set_batch(session: Session, size: str) -> None:
    batch_size = None if size.lower() == "all" else _whole(size, "the batch size")
    for swarm in session.world.swarms:
        swarm.batch_size = batch_size
    session.experiment = dataclasses.replace(session.experiment, batch_size=batch_size)
    data = session.world.landscape.data
    what = "every step sees all samples" if data else "no minibatch noise"
    if batch_size is not None:
        what = "every step sees " + ("1 sample" if batch_size == 1 else f"{batch_size} samples")
        what += "" if data else ": noise like that of a minibatch, as this ground is not made of data"
    session.say(what)


def _step_batch(session: Session, steps: str) -> None:
    data = session.world.landscape.data
    most = data.count if data else BATCHES[-1] + 1
    ladder = [*(size for size in BATCHES if size < most), most]
    current = session.world.swarms[0].batch_size or most
    chosen = int(_stepped(tuple(map(float, ladder)), current, _whole(steps, "steps")))
    _set_batch(session, "all" if chosen == most else str(chosen))


def _set_noise(session: Session, noise: str) -> None:
    for swarm in session.world.swarms:
        swarm.noise = _number(noise, "the noise")
    session.experiment = dataclasses.replace(session.experiment, noise=session.world.swarms[0].noise)
    session.say(f"noise {noise} of the typical gradient")


def _set_border(session: Session, name: str) -> None:
    row = find_border(name)
    for swarm in session.world.swarms:
        swarm.border = row.name
    session.experiment = dataclasses.replace(session.experiment, border=row.name)
    session.say(f"border {row.name}: {row.about}")


def _cycle_border(session: Session, steps: str) -> None:
    names = [row.name for row in BORDERS]
    _set_border(session, _cycled(names, session.world.swarms[0].border.name, _whole(steps, "steps")))


def _set_space(session: Session, name: str) -> None:
    row = find("space", name, SPACES)
    balls = session.experiment.balls
    fewer = balls if row.most is None else min(balls, row.most)
    session.change(space=row.name, balls=fewer, lr=None)
    session.say(row.about + ("" if fewer == balls else f"; {fewer:,} of them"))


def _cycle_space(session: Session, steps: str) -> None:
    names = [row.name for row in SPACES]
    _set_space(session, _cycled(names, session.experiment.space, _whole(steps, "steps")))


def _select_ball(session: Session, number: str) -> None:
    if number.lower() == "none":
        session.view.selected = None
        return
    ball, count = _whole(number, "the ball"), session.world.status.size
    if not 0 <= ball < count:
        raise InputError(f"the ball must be from 0 to {count - 1:,}, not {number}")
    session.view.selected = ball
    if session.world.landscape.weights is None:
        x, y = session.world.positions[:, ball]
        session.say(f"ball {ball:,} at ({x:.4g}, {y:.4g}), loss {session.world.losses[ball]:.4g}")


def _next_ball(session: Session, steps: str) -> None:
    current, count = session.view.selected, session.world.status.size
    start = current if current is not None else -1 if _whole(steps, "steps") > 0 else 0
    _select_ball(session, str((start + _whole(steps, "steps")) % count))


def _toggle_leader(session: Session) -> None:
    session.view.leader = not session.shows_leaders
    session.say("the ball with the lowest loss of each team glows" if session.view.leader else "no leaders")


def _next_sample(session: Session, steps: str) -> None:
    weights = session.world.landscape.weights
    if weights is None:
        raise InputError("there are no samples: this is not the landscape of a network")
    session.view.sample = (session.view.sample + _whole(steps, "steps")) % weights.samples.count
    session.say(f"sample {session.view.sample + 1:,} of {weights.samples.count:,}")


def _toggle_shaking(session: Session) -> None:
    swarm = session.world.swarms[0]
    view = session.view
    if view.shaking:
        view.shaking = False
        session.say("the ground of all samples")
    elif session.world.landscape.data is None:
        session.say("this ground is not made of data: it has no minibatches to show")
    else:
        if swarm.batch_size is None:
            _set_batch(session, str(min(SHAKING_BATCH, session.world.landscape.data.count)))
        view.shaking = True
        session.say(f"the ground of the minibatch that one ball sees, {swarm.batch_size} samples a step")


def _toggle_pause(session: Session) -> None:
    session.paused = not session.paused


def _single_step(session: Session, steps: str) -> None:
    count = _whole(steps, "steps")
    if not 1 <= count <= MOST_STEPS:
        raise InputError(f"steps must be from 1 to {MOST_STEPS:,}, not {steps}")
    session.paused = True
    session.advance(count)


def _step_speed(session: Session, steps: str) -> None:
    session.speed = _stepped(SPEEDS, session.speed, _whole(steps, "steps"))
    session.say(f"speed {session.speed:g}x")


def _set_speed(session: Session, speed: str) -> None:
    number = _number(speed, "the speed")
    if not SPEEDS[0] <= number <= SPEEDS[-1]:
        raise InputError(f"the speed must lie between {SPEEDS[0]:g} and {SPEEDS[-1]:g}, not {speed}")
    session.speed = number


def _select_landscape(session: Session, name: str) -> None:
    # Rates and parameters were chosen for the old ground: start the new one with what suits it.
    session.change(
        landscape=landscapes.canonical(name), lr=None, batch_size=None, start="random", space="map"
    )
    session.view.relief = "auto"
    session.view.shaking = False
    session.view.selected = None
    landscape = session.world.landscape
    session.say(" ".join((landscape.title, *landscape.notes)))


def _cycle_landscape(session: Session, steps: str) -> None:
    names = landscapes.names()
    current = session.world.landscape.name.partition(":")[0]
    # After a file or a formula the catalogue begins anew.
    start = current if current in names else names[-1]
    _select_landscape(session, _cycled(names, start, _whole(steps, "steps")))


def _release(session: Session) -> None:
    session.change()
    session.say("released again")


def _set_balls(session: Session, count: str) -> None:
    session.change(balls=_whole(count, "balls"))
    session.say(f"{session.experiment.balls:,} balls")


def _scale_balls(session: Session, factor: str) -> None:
    balls = min(max(session.experiment.balls * _factor(factor), len(session.world.swarms)), MOST_SCALED_BALLS)
    _set_balls(session, str(round(balls)))


def _set_seed(session: Session, seed: str) -> None:
    session.change(seed=_whole(seed, "the seed"))


def _select_theme(session: Session, name: str) -> None:
    session.view.theme = get_theme(name).name


def _cycle_theme(session: Session, steps: str) -> None:
    names = [theme.name for theme in THEMES]
    session.view.theme = _cycled(names, session.view.theme, _whole(steps, "steps"))
    session.say(f"theme {session.view.theme}")


def _select_relief(session: Session, name: str) -> None:
    reliefs: dict[str, Relief] = {relief: relief for relief in ("auto", *RELIEFS)}
    if name.lower() not in reliefs:
        raise unknown("relief", name, reliefs)
    session.view.relief = reliefs[name.lower()]
    session.say(
        f"{shown_relief(session.world.landscape, session.view.relief)} height; the balls roll as before"
    )


def _cycle_relief(session: Session, steps: str) -> None:
    current = shown_relief(session.world.landscape, session.view.relief)
    _select_relief(session, _cycled(list(RELIEFS), current, _whole(steps, "steps")))


def _select_view(session: Session, name: str) -> None:
    names = [view.name for view in VIEWS]
    if name not in names:
        raise unknown("view", name, names)
    session.camera.look(name, GUIDES[name](session) if name in GUIDES else None)


def _cycle_view(session: Session, steps: str) -> None:
    view = session.camera.view
    # From a camera that has a key of its own, the camera key leads back.
    name = _cycled(list(CYCLE), view, _whole(steps, "steps")) if view in CYCLE else CYCLE[0]
    _select_view(session, name)
    session.say(f"camera: {name}")


def _follow(session: Session, whom: str) -> None:
    if whom.lower() == "selected":
        _select_view(session, "follow")
        session.say(f"camera: follows ball {session.view.selected:,}")
        return
    team, teams = _whole(whom, "the team (or selected)"), session.world.swarms
    if not 1 <= team <= len(teams):
        raise InputError(f"the team must be from 1 to {len(teams)}, or selected, not {whom}")
    session.camera.look("follow", follow_leader(session, team - 1))
    session.say(f"camera: follows the best ball of {teams[team - 1].optimizer.title}")


def _fly(session: Session) -> None:
    session.camera.look("fly")
    session.say("flying: w a s d, q down, e up; drag looks, the wheel sets the speed, esc lands")


def _thrust(session: Session, right: str, ahead: str, up: str) -> None:
    session.camera.thrust(_number(right, "right"), _number(ahead, "ahead"), _number(up, "up"))


def _glide(session: Session) -> None:
    session.camera.glide()


def _orbit(session: Session, right: str, up: str) -> None:
    session.camera.orbit(_number(right, "degrees"), _number(up, "degrees"))


def _pan(session: Session, right: str, up: str) -> None:
    session.camera.pan(_number(right, "right"), _number(up, "up"))


def _zoom(session: Session, factor: str) -> None:
    session.camera.zoom(_factor(factor))


def _toggle_recording(session: Session) -> None:
    session.view.recording = not session.view.recording


def _take_picture(session: Session) -> None:
    session.view.pictures_wanted += 1


def _toggle_labels(session: Session) -> None:
    session.view.labels = not session.view.labels


def _toggle_panel(session: Session) -> None:
    session.view.panel = not session.view.panel


def _toggle_help(session: Session) -> None:
    session.view.help = not session.view.help


def _toggle_fullscreen(session: Session) -> None:
    session.view.fullscreen = not session.view.fullscreen


def _leave(session: Session) -> None:
    """Close what is open, outermost last."""
    view = session.view
    if view.help:
        view.help = False
    elif session.camera.flying:
        _select_view(session, CYCLE[0])
    elif view.selected is not None:
        view.selected = None
    elif view.fullscreen:
        view.fullscreen = False
    else:
        view.closing = True


def _quit(session: Session) -> None:
    session.view.closing = True


COMMANDS: tuple[Command, ...] = (
    Command("optimizer.select", "name", "roll on with another optimizer", _select_optimizer),
    Command("optimizer.cycle", "steps", "next or previous of all optimizers", _cycle_optimizer),
    Command("lr.decades", "decades", "learning rate up or down by decades", _scale_rate),
    Command("lr.set", "rate", "set the learning rate", _set_rate),
    Command(
        "lr.sweep", "low high", "a learning rate for each ball, even in decades between two", _sweep_rate
    ),
    Command("momentum.step", "steps", "momentum (or beta1) up or down a notch", _step_momentum),
    Command("hyper.set", "name value", "set any hyper-parameter of the optimizer", _set_hyper),
    Command("schedule.cycle", "steps", "next schedule of the learning rate", _cycle_schedule),
    Command("schedule.set", "spec", "start a schedule, such as cosine:t_max=600,warmup=50", _set_schedule),
    Command("batch.step", "steps", "more or fewer samples a step", _step_batch),
    Command("batch.set", "size", "samples a step sees, or all", _set_batch),
    Command("noise.set", "noise", "noise of the gradient, in units of the typical one", _set_noise),
    Command("border.cycle", "steps", "at the border: leave, stop, bounce or wrap", _cycle_border),
    Command("border.set", "name", "set what happens at the border", _set_border),
    Command("ball.select", "number", "look into a ball; none looks into none", _select_ball),
    Command("ball.next", "steps", "look into the next or previous ball", _next_ball),
    Command("leader.toggle", "", "mark the leader of each team, or none", _toggle_leader),
    Command("sample.next", "steps", "follow another sample through its network", _next_sample),
    Command("ground.shake", "", "the ground as one minibatch sees it, and back", _toggle_shaking),
    Command("space.cycle", "steps", "on a network: map, exact, or whole networks", _cycle_space),
    Command("space.set", "name", "set where balls roll: map, exact or whole", _set_space),
    Command("play.pause", "", "pause and go on", _toggle_pause),
    Command("play.step", "steps", "pause and take single steps", _single_step),
    Command("speed.step", "steps", "faster or slower", _step_speed),
    Command("speed.set", "factor", "set the speed, 0.1 to 100", _set_speed),
    Command("landscape.cycle", "steps", "next or previous landscape", _cycle_landscape),
    Command("landscape.select", "name", "go to a landscape", _select_landscape),
    Command("balls.release", "", "release the balls again from the same places", _release),
    Command("balls.scale", "factor", "more or fewer balls", _scale_balls),
    Command("balls.set", "count", "set the number of balls", _set_balls),
    Command("seed.set", "seed", "release anew from another seed", _set_seed),
    Command("theme.cycle", "steps", "next theme", _cycle_theme),
    Command("theme.select", "name", "set the theme", _select_theme),
    Command("relief.cycle", "steps", "height of the ground: linear, log, symlog, ...", _cycle_relief),
    Command("relief.select", "name", "set how loss becomes height, or auto", _select_relief),
    Command("camera.cycle", "steps", "next camera: orbit, low, map, cinema", _cycle_view),
    Command("camera.look", "view", "go to a camera", _select_view),
    Command("camera.follow", "whom", "follow the selected ball, or a team's best", _follow),
    Command("camera.fly", "", "fly: w a s d, q e, mouse; esc lands", _fly),
    Command("camera.thrust", "right ahead up", "fly that way, each from -1 to 1", _thrust),
    Command("camera.orbit", "right up", "turn the camera by degrees", _orbit),
    Command("camera.glide", "", "let a turned camera glide to rest", _glide),
    Command("camera.pan", "right up", "shift the camera by shares of the slab", _pan),
    Command("camera.zoom", "factor", "come nearer (above 1) or go away", _zoom),
    Command("record.toggle", "", "start and stop recording a video", _toggle_recording),
    Command("picture.take", "", "save a picture", _take_picture),
    Command("labels.toggle", "", "show or hide the discs on the valleys", _toggle_labels),
    Command("panel.toggle", "", "show or hide the panel", _toggle_panel),
    Command("help.toggle", "", "show or hide this help", _toggle_help),
    Command("window.fullscreen", "", "full screen on and off", _toggle_fullscreen),
    Command("app.leave", "", "close what is open, leave full screen, then quit", _leave),
    Command("app.quit", "", "quit", _quit),
)
"""In the order in which help shows them."""
