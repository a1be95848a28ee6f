"""Every action as one named command. Keys, mouse, panel, demos and the shell all speak these lines."""

import shlex
from contextlib import nullcontext

from game.commands.balls import BALL_COMMANDS
from game.commands.command import Command
from game.commands.drops import DROP_COMMANDS
from game.commands.edit import EDIT_COMMANDS
from game.commands.files import FILE_COMMANDS
from game.commands.film import FILM_COMMANDS
from game.commands.ground import GROUND_COMMANDS
from game.commands.look import LOOK_COMMANDS
from game.commands.panel import PANEL_COMMANDS
from game.commands.play import PLAY_COMMANDS
from game.commands.race import RACE_COMMANDS
from game.commands.sculpting import SCULPTING_COMMANDS
from game.commands.swarms import SWARM_COMMANDS
from game.commands.teams import TEAM_COMMANDS
from game.commands.tour import TOUR_COMMANDS
from game.commands.window import WINDOW_COMMANDS
from game.session import Session
from landscapes.errors import InputError, find

COMMANDS: tuple[Command, ...] = (
    *SWARM_COMMANDS,
    *TEAM_COMMANDS,
    *BALL_COMMANDS,
    *DROP_COMMANDS,
    *EDIT_COMMANDS,
    *PLAY_COMMANDS,
    *GROUND_COMMANDS,
    *SCULPTING_COMMANDS,
    *LOOK_COMMANDS,
    *PANEL_COMMANDS,
    *RACE_COMMANDS,
    *FILE_COMMANDS,
    *TOUR_COMMANDS,
    *FILM_COMMANDS,
    *WINDOW_COMMANDS,
)
"""In the order in which help shows them."""


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
    kept = session.past.keep(session, line, in_place=command.in_place) if command.undoable else nullcontext()
    with kept:
        command.apply(session, *arguments)
