"""Commands about races: a fair one, its finish line, the photo finish, the same race again."""

import dataclasses

from game.commands.command import Command, read_number
from game.script import played_lines
from game.session import Session
from game.simulation import Swarm
from game.simulation.teams import describe_team, title_of
from game.simulation.tuning import find_rate
from landscapes.errors import InputError
from landscapes.progress import follow

FAIR_STEPS = 300
"""Of each of the two runs in which a team's learning rate is found."""


def _make_fair(session: Session) -> None:
    swarms, experiment = session.world.swarms, session.experiment
    if session.world.whole:
        raise InputError("rates are tuned on the map: choose another space than whole networks first")
    total = 2 * FAIR_STEPS * len(swarms)
    teams = []
    with follow("finding each team's best learning rate", total) as note:
        for number, swarm in enumerate(swarms):
            team = describe_team(swarm)
            before = 2 * FAIR_STEPS * number
            search = find_rate(
                session.world.landscape,
                team.optimizer,
                balls=swarm.size,
                steps=FAIR_STEPS,
                seed=experiment.seed + 1,
                start=experiment.start,
                note=lambda done, before=before: note(before + done),  # type: ignore[misc]
                settings=team.settings,
                schedule=team.schedule,
                batch_size=team.batch_size,
                noise=team.noise,
                border=experiment.border,
            )
            teams.append(dataclasses.replace(team, lr=team.lr if search.lr is None else search.lr))
    session.change(teams=tuple(teams), separate=False)
    session.say(
        f"each team at its best rate of as long a search; equal balls, starts and steps{_tell_costs(session)}"
    )


def _tell_costs(session: Session) -> str:
    """How many gradients a step costs, where teams differ in that."""
    costs = [_count_gradients(swarm) for swarm in session.world.swarms]
    if len(set(costs)) == 1:
        return f", {_gradients(costs[0])} a step"
    told = zip(costs, session.world.swarms, strict=True)
    return ", but not equally dear: " + ", ".join(
        f"{title_of(swarm)} {_gradients(cost)} a step" for cost, swarm in told
    )


def _count_gradients(swarm: Swarm) -> int:
    return 0 if swarm.optimizer.draws else 1 + bool(swarm.settings.get("sam"))


def _gradients(count: int) -> str:
    return "1 loss" if count == 0 else "1 gradient" if count == 1 else f"{count} gradients"


def _set_finish(session: Session, loss: str) -> None:
    line = None if loss.lower() == "none" else read_number(loss, "the loss of the finish line (or none)")
    session.experiment = dataclasses.replace(session.experiment, finish=line)
    session.set_finish(line)
    session.say(
        "no finish line" if line is None else f"finish line at loss {line:g}: a median below it is through"
    )


def _replay(session: Session) -> None:
    lines = played_lines(session)
    session.release(session.opening)
    session.expect(lines)
    session.say(f"the same again, with {len(lines):,} lines" if lines else "the same again")


def _toggle_photo(session: Session) -> None:
    session.view.photo = not session.view.photo


RACE_COMMANDS: tuple[Command, ...] = (
    Command("race.fair", "", "start anew, each team at its best rate", _make_fair, undoable=True),
    Command("race.finish", "loss", "draw a finish line at a loss, or none", _set_finish, undoable=True),
    Command("race.photo", "", "show or hide who crossed the finish line when", _toggle_photo),
    Command("race.replay", "", "the same race again, line for line", _replay, undoable=True),
)
