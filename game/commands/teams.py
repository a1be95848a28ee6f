"""Commands that address one team of a race, by its number from 1."""

from collections.abc import Callable

from game.commands.command import Command, read_whole
from game.commands.knobs import BATCH, BORDER, HYPER, NOISE, RATE, SCHEDULE, Knob, select_optimizer, turn
from game.session import Session
from game.simulation import Swarm
from game.simulation.optimizers import find_optimizer
from game.simulation.teams import Team, describe_team
from landscapes.errors import InputError


def _find_team(session: Session, number: str) -> int:
    """The place of a team in the world's swarms.

    Raises:
        InputError: there is none of that number.
    """
    team, count = read_whole(number, "the team"), len(session.world.swarms)
    if not 1 <= team <= count:
        raise InputError(f"the team must be from 1 to {count}, not {number}")
    return team - 1


def _regroup(session: Session, teams: list[Team]) -> None:
    """Release these teams anew, from the same places."""
    session.change(teams=tuple(teams), optimizers=tuple(team.optimizer for team in teams))


def _describe_teams(session: Session) -> list[Team]:
    return [describe_team(swarm) for swarm in session.world.swarms]


def _add_team(session: Session, optimizer: str) -> None:
    row = find_optimizer(optimizer)
    _regroup(session, [*_describe_teams(session), Team(row.name)])
    session.say(f"{row.title} joins as team {len(session.world.swarms)}; all start again")


def _remove_team(session: Session, number: str) -> None:
    gone, swarms = _find_team(session, number), session.world.swarms
    if len(swarms) == 1:
        raise InputError("the last team stays: add another one first")
    _regroup(session, [team for place, team in enumerate(_describe_teams(session)) if place != gone])
    session.say(f"{swarms[gone].optimizer.title} is out; all others start again")


def _duplicate_team(session: Session, number: str) -> None:
    team = _find_team(session, number)
    teams = _describe_teams(session)
    _regroup(session, [*teams, teams[team]])
    title = session.world.swarms[team].optimizer.title
    session.say(f"{title} again, as team {len(session.world.swarms)}; all start again")


def _select_optimizer(session: Session, number: str, name: str) -> None:
    swarm = session.world.swarms[_find_team(session, number)]
    select_optimizer(session, (swarm,), name)
    _tell(session, number, swarm, f"{swarm.optimizer.about}")


def _turn(knob: Knob) -> Callable[..., None]:
    """A command that turns a knob of one team."""

    def apply(session: Session, number: str, *words: str) -> None:
        swarm = session.world.swarms[_find_team(session, number)]
        _tell(session, number, swarm, turn(session, knob, (swarm,), *words))

    return apply


def _tell(session: Session, number: str, swarm: Swarm, what: str) -> None:
    team = f"team {number}, " if len(session.world.swarms) > 1 else ""
    session.say(f"{team}{swarm.optimizer.title}: {what}")


TEAM_COMMANDS: tuple[Command, ...] = (
    Command("team.add", "optimizer", "one more team; all start again", _add_team, undoable=True),
    Command(
        "team.duplicate",
        "number",
        "a team once more, as it is set; all start again",
        _duplicate_team,
        undoable=True,
    ),
    Command("team.remove", "number", "one team less; all others start again", _remove_team, undoable=True),
    Command(
        "team.optimizer",
        "number name",
        "a team rolls on with another optimizer",
        _select_optimizer,
        undoable=True,
    ),
    Command("team.lr", "number rate", "set a team's learning rate", _turn(RATE), undoable=True),
    Command(
        "team.set",
        "number name value",
        "set a hyper-parameter of a team's optimizer",
        _turn(HYPER),
        undoable=True,
    ),
    Command(
        "team.schedule",
        "number spec",
        "start a schedule of a team's learning rate",
        _turn(SCHEDULE),
        undoable=True,
    ),
    Command("team.batch", "number size", "samples a team's step sees, or all", _turn(BATCH), undoable=True),
    Command("team.noise", "number noise", "noise of a team's gradient", _turn(NOISE), undoable=True),
    Command(
        "team.border", "number name", "set what happens to a team at the border", _turn(BORDER), undoable=True
    ),
)
