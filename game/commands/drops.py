"""Commands that drop balls while others roll."""

from game.commands.command import Command, read_number, read_place, read_whole
from game.session import Session
from game.simulation.drops import place_ring, place_spot
from landscapes.errors import InputError


def _drop(session: Session, place: str, count: str) -> None:
    (x, y), balls = read_place(place), _read_count(session, count)
    session.drop(place_spot(session.world.landscape, x, y, balls, turn=session.world.size))
    session.say(f"{_tell(session, balls)} dropped at {x:.4g}, {y:.4g}")


def _ring(session: Session, place: str, radius: str, count: str) -> None:
    (x, y), balls = read_place(place), _read_count(session, count)
    places = place_ring(session.world.landscape, x, y, read_number(radius, "the radius"), balls)
    session.drop(places)
    session.say(f"a ring of {_tell(session, places.shape[1])} dropped round {x:.4g}, {y:.4g}")


def _read_count(session: Session, text: str) -> int:
    count = read_whole(text, "the number of balls")
    if count < 1:
        raise InputError(f"drop 1 ball or more, not {text}")
    session.world.check_room(count)
    return count


def _tell(session: Session, count: int) -> str:
    balls = "1 ball" if count == 1 else f"{count:,} balls"
    return f"{balls} of each team" if len(session.world.swarms) > 1 else balls


DROP_COMMANDS: tuple[Command, ...] = (
    Command(
        "balls.drop",
        "place count",
        "drop balls at x,y while the others roll",
        _drop,
        undoable=True,
        in_place=True,
    ),
    Command(
        "balls.ring",
        "place radius count",
        "drop a ring of balls round x,y",
        _ring,
        undoable=True,
        in_place=True,
    ),
)
