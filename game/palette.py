"""The command palette: everything that can be done or chosen, found by some of its letters."""

import dataclasses
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple, Protocol

import landscapes
from game.commands import COMMANDS
from game.fuzzy import rank
from game.scene.theme import THEMES
from game.session import Palette, Session
from game.simulation import BORDERS, OPTIMIZERS, SCHEDULES, SPACES
from landscapes.errors import InputError

SHOWN = 9
"""Offers at most."""
FITTING = 0.55
"""Of how well the best offer fits, others have to; worse ones would only distract."""
DETAIL = 0.5
"""What a fitting detail is worth, against a fitting title."""
ABOUT = 1.2
"""What each letter is worth that begins a word of what is said about an offer."""


class Offer(NamedTuple):
    """A line of the palette.

    Attributes:
        title: what is looked for.
        detail: which kind of thing it is, or which arguments are still to be typed.
        about: what it does, or what is known of it.
        line: what enter sends.
        waits: whether arguments have to be typed before it can be sent.
    """

    title: str
    detail: str
    about: str
    line: str
    waits: bool = False


class Choice(Protocol):
    """A row of a table that players choose from."""

    @property
    def name(self) -> str:
        """What is typed."""

    @property
    def about(self) -> str:
        """What is said about it."""


class Source(NamedTuple):
    """A table to choose from.

    Attributes:
        kind: what its rows are.
        command: chooses one; the row's name is its argument.
        rows: of the table.
    """

    kind: str
    command: str
    rows: Callable[[], Iterable[Choice]]


SOURCES: tuple[Source, ...] = (
    Source("landscape", "landscape.select", landscapes.entries),
    Source("optimizer", "optimizer.select", lambda: OPTIMIZERS),
    Source("schedule", "schedule.set", lambda: SCHEDULES),
    Source("theme", "theme.select", lambda: THEMES),
    Source("border", "border.set", lambda: BORDERS),
    Source("space", "space.set", lambda: SPACES),
)


@lru_cache(maxsize=16)
def find_offers(text: str) -> tuple[Offer, ...]:
    """What fits a text best, the best first; a command that is typed with arguments is there as it is, too."""
    name, blank, rest = text.strip().partition(" ")
    commands = {command.name: command for command in COMMANDS}
    typed = commands.get(name.lower())
    if not typed or not (blank or text.endswith(" ")):
        return _fitting(text, (*_offer_commands(), *_offer_choices()))
    as_it_is = Offer(text.strip(), "", f"{typed.about}: {typed.name} {typed.arguments}", text.strip())
    if not rest:
        as_it_is = _offer(typed.name)
    choices = [offer for offer in _offer_choices() if offer.line.startswith(f"{typed.name} ")]
    fitting = _fitting(rest, choices)
    return (*fitting[: SHOWN - 1], as_it_is) if not any(one.title == rest for one in fitting) else fitting


def type_text(session: Session, text: str) -> None:
    """Put text at the end of what is typed."""
    palette = session.view.palette
    # The key that opened the palette also prints.
    if palette and (palette.text or text != "/"):
        session.view.palette = Palette(palette.text + text)


def press(session: Session, key: str) -> None:
    """Do what a key does while the palette is open; most do nothing."""
    palette = session.view.palette
    if palette and key in _KEYS:
        _KEYS[key](session, palette)


def point(session: Session, row: int) -> None:
    """The mouse is on an offer: enter would take it now."""
    palette = session.view.palette
    if palette and 0 <= row < len(find_offers(palette.text)):
        session.view.palette = dataclasses.replace(palette, chosen=row)


def click(session: Session, row: int) -> None:
    """A click on an offer takes it."""
    point(session, row)
    press(session, "return")


def scroll(session: Session, rows: int) -> None:
    """The wheel goes so many offers down, and no further than to the last."""
    palette = session.view.palette
    if palette:
        last = len(find_offers(palette.text)) - 1
        point(session, min(max(palette.chosen + rows, 0), last))


def _move(session: Session, palette: Palette, steps: int) -> None:
    offers = find_offers(palette.text)
    if offers:
        session.view.palette = dataclasses.replace(palette, chosen=(palette.chosen + steps) % len(offers))


def _complete(session: Session, palette: Palette) -> None:
    offers = find_offers(palette.text)
    if offers:
        offer = offers[palette.chosen]
        session.view.palette = Palette(f"{offer.line} " if offer.waits else offer.line)


def _send(session: Session, palette: Palette) -> None:
    offers = find_offers(palette.text)
    offer = offers[palette.chosen] if offers else Offer(palette.text, "", "", palette.text)
    if offer.waits and palette.text.strip() != offer.line:
        _complete(session, palette)
        return
    # Closed first: the line may open it again.
    session.view.palette = None
    try:
        session.execute(offer.line)
    except InputError as error:
        session.view.palette = dataclasses.replace(palette, complaint=str(error))


def _close(session: Session, _: Palette) -> None:
    session.view.palette = None


def _erase(session: Session, palette: Palette) -> None:
    session.view.palette = Palette(palette.text[:-1])


def _erase_word(session: Session, palette: Palette) -> None:
    head, blank, _ = palette.text.rstrip().rpartition(" ")
    session.view.palette = Palette(head + blank)


_KEYS: dict[str, Callable[[Session, Palette], None]] = {
    "up": lambda session, palette: _move(session, palette, -1),
    "down": lambda session, palette: _move(session, palette, 1),
    "tab": _complete,
    "return": _send,
    "enter": _send,
    "escape": _close,
    "backspace": _erase,
    "ctrl+backspace": _erase_word,
}


def _offer(name: str) -> Offer:
    command = next(command for command in COMMANDS if command.name == name)
    return Offer(name, command.arguments, command.about, name, bool(command.arguments))


def _offer_commands() -> Iterable[Offer]:
    return (_offer(command.name) for command in COMMANDS)


def _offer_choices() -> Iterable[Offer]:
    for source in SOURCES:
        for row in source.rows():
            yield Offer(row.name, source.kind, row.about, f"{source.command} {row.name}")


def _fitting(text: str, offers: Iterable[Offer]) -> tuple[Offer, ...]:
    words = text.lower().split()
    scored = [(score, offer) for offer in offers if (score := _score(words, offer)) is not None]
    if words and scored:
        least = FITTING * max(score for score, _ in scored)
        scored = sorted((pair for pair in scored if pair[0] >= least), key=lambda pair: -pair[0])
    return tuple(offer for _, offer in scored[:SHOWN])


def _score(words: list[str], offer: Offer) -> float | None:
    """Of all words together; ``None`` if one of them does not fit."""
    total = 0.0
    for word in words:
        title, detail = rank(word, offer.title), rank(word, offer.detail)
        about = any(told.startswith(word) for told in offer.about.lower().split())
        ways = [title] if title is not None else []
        ways += [DETAIL * detail] if detail is not None else []
        ways += [ABOUT * len(word)] if about else []
        if not ways:
            return None
        total += max(ways)
    return total
