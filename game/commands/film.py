"""Commands about a film that is watched in the window."""

from game.commands.command import Command, read_number
from game.directing import Timeline
from game.session import Session

NO_FILM = "no film is playing here: downslope play DEMO opens one"


def _pause(session: Session) -> None:
    timeline = _find_timeline(session)
    if timeline and not timeline.playing and timeline.at_s >= timeline.length_s:
        timeline = timeline._replace(wanted_s=0.0)
    if timeline:
        session.view.timeline = timeline._replace(playing=not timeline.playing)


def _jump(session: Session, seconds: str) -> None:
    by_s, timeline = read_number(seconds, "the seconds"), _find_timeline(session)
    if timeline:
        start_s = timeline.at_s if timeline.wanted_s is None else timeline.wanted_s
        session.view.timeline = timeline._replace(wanted_s=start_s + by_s)


def _go_to(session: Session, seconds: str) -> None:
    at_s, timeline = read_number(seconds, "the time"), _find_timeline(session)
    if timeline:
        session.view.timeline = timeline._replace(wanted_s=at_s)


def _find_timeline(session: Session) -> Timeline | None:
    if session.view.timeline is None:
        session.say(NO_FILM)
    return session.view.timeline


FILM_COMMANDS: tuple[Command, ...] = (
    Command("film.pause", "", "pause a film that is watched, and go on", _pause),
    Command("film.jump", "seconds", "jump on in it, or back below 0", _jump),
    Command("film.goto", "seconds", "jump to a time of it", _go_to),
)
