"""The tour of the first launch: a few hints in turn, while the game plays on."""

import dataclasses
from typing import NamedTuple

from game.session import Session, Tour


class Deed(NamedTuple):
    """Something to be tried.

    Attributes:
        line: a command, or the beginning of its line; its keys are shown.
        about: what it does.
        hand: what is shown instead, of what has no key.
    """

    line: str
    about: str
    hand: str = ""


class Hint(NamedTuple):
    """One card of the tour.

    Attributes:
        seconds: that it is shown, unless it is done before.
        deeds: what it tells.
        done: names of commands that show that it was understood.
    """

    seconds: float
    deeds: tuple[Deed, ...]
    done: tuple[str, ...]


HINTS: tuple[Hint, ...] = (
    Hint(
        6.0,
        (Deed("balls.drop", "on the ground: a ball drops there and rolls", "click"),),
        ("balls.drop", "balls.ring"),
    ),
    Hint(
        7.0,
        (
            Deed("optimizer.select", "another optimizer takes the balls on"),
            Deed("lr.decades", "learning rate: longer or shorter steps"),
        ),
        ("optimizer.select", "optimizer.cycle", "team.optimizer", "lr.decades", "lr.set", "team.lr"),
    ),
    Hint(
        5.0,
        (Deed("landscape.cycle", "another landscape: a function or a network"),),
        ("landscape.cycle", "landscape.select", "preset.cycle", "preset.open"),
    ),
    Hint(
        4.0,
        (Deed("palette.open", "finds everything by a few of its letters"),),
        ("palette.open",),
    ),
    Hint(4.0, (Deed("help.toggle", "shows every key"),), ("help.toggle",)),
    Hint(
        4.0,
        (Deed("record.toggle", "films what you see; once more, and it is saved"),),
        ("record.toggle",),
    ),
)
"""Thirty seconds, in the order in which they are shown."""


def follow_tour(session: Session) -> None:
    """Go on to the next hint when this one was done, or was seen for long enough; after the last one is the end."""
    tour = session.view.tour
    if tour is None:
        return
    passed_s = 0.0 if is_covered(session) else session.clock_s - tour.clock_s
    tour = dataclasses.replace(tour, shown_s=tour.shown_s + passed_s, clock_s=session.clock_s)
    hint = HINTS[tour.hint]
    names = {line.split(maxsplit=1)[0].lower() for _, line in session.log[tour.heard :]}
    if tour.shown_s >= hint.seconds or not names.isdisjoint(hint.done):
        following = Tour(tour.hint + 1, 0.0, session.clock_s, len(session.log))
        session.view.tour = following if following.hint < len(HINTS) else None
    else:
        session.view.tour = tour


def is_covered(session: Session) -> bool:
    """Whether something else is to be read now, or filmed: the hint waits until that is over."""
    view = session.view
    return bool(view.palette or view.help or view.photo or view.recording or session.lesson)
