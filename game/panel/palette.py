"""The command palette: what is typed, and what fits it."""

from typing import NamedTuple

from game.keymap import find_keys
from game.palette import Offer, find_offers
from game.panel.pen import Pen, fade, shorten
from game.session import Palette, Session

WIDTH = 640.0
PAD = 20.0
ROW = 27.0
HEAD = 62.0
"""From the card's top to the first offer's text."""
ABOVE = 3.0
"""From an offer's upper edge to its text."""
TOP = 0.16
"""Of the picture's height, above the card."""
CHOSEN = 0.1
"""How much of its ink lies over the offer that enter takes."""
PROMPT = "a command, landscape, optimizer, schedule, theme, ..."
HINT = "↑ ↓ choose     tab completes     enter does it     esc closes"


class Card(NamedTuple):
    """Where the palette is, reference pixels.

    Attributes:
        left: edge.
        top: edge.
        right: edge.
        bottom: edge.
        first: place of the uppermost offer that is seen.
        rows: how many are.
    """

    left: float
    top: float
    right: float
    bottom: float
    first: int
    rows: int

    def holds(self, x: float, y: float) -> bool:
        """Whether a place is on it."""
        return self.left <= x < self.right and self.top <= y < self.bottom

    def find_row(self, x: float, y: float) -> int | None:
        """The place of the offer there, if one is."""
        row = int((y - self.top - HEAD + ABOVE) // ROW)
        return self.first + row if self.holds(x, y) and 0 <= row < self.rows else None


def draw_palette(pen: Pen, session: Session, palette: Palette, size: tuple[float, float]) -> Card:
    """A field with what is typed, under it the offers with their keys, and at the foot why a line was refused."""
    offers = find_offers(palette.text)
    width = min(WIDTH, size[0] - 40)
    room = width - 2 * PAD
    foot = palette.complaint or ("" if offers else "nothing fits") or HINT
    colour = pen.style.accent if palette.complaint else pen.style.faint
    bare = 88 + pen.height(foot, 13, room)
    # In a small window only so many as have room, the chosen one among them.
    fit = max(int((size[1] - 20 - bare) / ROW), 1)
    first = max(palette.chosen - fit + 1, 0)
    offers = offers[first : first + fit]
    height = bare + ROW * len(offers)
    left, top = (size[0] - width) / 2, max(min(TOP * size[1], size[1] - height - 10), 10.0)
    for _ in range(3):
        pen.sheet(left, top, width, height)
    _draw_field(pen, palette.text, left + PAD, top + 16, room)
    y = top + HEAD
    for number, offer in enumerate(offers, start=first):
        if number == palette.chosen:
            pen.box(left + 8, y - ABOVE, width - 16, ROW - 1, fade(pen.style.ink, CHOSEN), 6)
            pen.box(left + 8, y - ABOVE, 3, ROW - 1, pen.style.accent, 1.5)
        _draw_offer(pen, offer, find_keys(offer.line, session.view.keys), left + PAD, y, room)
        y += ROW
    pen.text(left + PAD, y + 10, foot, 13, colour, wrap=room)
    return Card(left, top, left + width, top + height, first, len(offers))


def _draw_field(pen: Pen, text: str, left: float, top: float, room: float) -> None:
    """What is typed, its end if it is too long, with a caret behind it."""
    while pen.width(text, 19) > room - 4:
        text = text[1:]
    pen.text(left, top, text or PROMPT, 19, None if text else pen.style.faint)
    pen.box(left + (pen.width(text, 19) + 2 if text else -3), top + 1, 2, 21, pen.style.accent, 1)
    pen.box(left, top + 32, room, 1, pen.style.faint, 0)


def _draw_offer(pen: Pen, offer: Offer, keys: str, left: float, top: float, room: float) -> None:
    right = left + room
    if keys:
        pen.text(right, top + 2, keys, 13.5, pen.style.accent, strong=True, align=1)
        right -= pen.width(keys, 13.5, strong=True) + 16
    title = shorten(pen, offer.title, 14.5, right - left)
    pen.text(left, top + 1, title, 14.5, strong=True)
    x = left + pen.width(title, 14.5, strong=True) + 10
    if offer.detail:
        pen.text(x, top + 2, offer.detail, 13, pen.style.faint)
        x += pen.width(offer.detail, 13) + 14
    # In a column of their own, as long as what stands before them leaves it free.
    x = max(x, left + 0.42 * room)
    if right - x > 40:
        pen.text(x, top + 2, shorten(pen, offer.about, 13, right - x), 13)
