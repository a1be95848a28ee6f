"""Commands that take back what was changed."""

from game.commands.command import Command
from game.session import Session


def _undo(session: Session) -> None:
    session.say(f"undone: {session.past.undo(session)}")


def _redo(session: Session) -> None:
    session.say(f"done again: {session.past.redo(session)}")


EDIT_COMMANDS: tuple[Command, ...] = (
    Command("edit.undo", "", "undo the last change of the experiment", _undo),
    Command("edit.redo", "", "do again what was undone", _redo),
)
