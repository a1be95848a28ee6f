"""Commands about the tour of the first launch."""

from game.commands.command import Command
from game.session import Session, Tour


def _start(session: Session) -> None:
    # Both would stand in the same place.
    session.lesson = None
    session.view.tour = Tour(clock_s=session.clock_s, heard=len(session.log))


def _skip(session: Session) -> None:
    if session.view.tour is None:
        session.say("no tour is under way: tour.start begins it")
        return
    session.view.tour = None
    session.say("the tour ends here; tour.start shows it again")


TOUR_COMMANDS: tuple[Command, ...] = (
    Command("tour.start", "", "show what can be done, in thirty seconds", _start),
    Command("tour.skip", "", "end the tour", _skip),
)
