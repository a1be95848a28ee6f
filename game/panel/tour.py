"""The tour of the first launch: a small card near the foot of the picture."""

from game.keymap import find_keys
from game.panel.pen import Pen, fade
from game.session import Session
from game.tour import HINTS, Deed, is_covered

FOOT = 62.0
"""Below the card, for messages."""
PAD = 20.0
GAP = 14.0
"""Between a key and what it does."""
LINE = 27.0
TEXT, SMALL = 16.5, 12.0
BAR, BAR_GAP = 26.0, 5.0
LEFT = 0.22
"""How much of its ink covers a bar whose hint is still to come."""


def draw_tour(pen: Pen, session: Session, size: tuple[float, float], left: float, right: float) -> None:
    """What can be tried now, with its keys, at the bottom between two margins; how far the tour is, and its end."""
    tour = session.view.tour
    if tour is None or is_covered(session):
        return
    hint, own = HINTS[tour.hint], session.view.keys
    rows = [(tell_keys(deed, own), deed.about) for deed in hint.deeds]
    key = max(pen.width(keys, TEXT, strong=True) for keys, _ in rows)
    words = max(pen.width(about, TEXT) for _, about in rows)
    leave = f"{find_keys('app.leave', own) or 'tour.skip'}: end the tour"
    bars = len(HINTS) * (BAR + BAR_GAP)
    inner = max(key + GAP + words, bars + 24 + pen.width(leave, SMALL))
    width, height = inner + 2 * PAD, LINE * len(rows) + 48
    x = left + (size[0] - left - right - width) / 2
    # What does not fit between the cards stands in the middle of the picture.
    x = x if width <= size[0] - left - right else (size[0] - width) / 2
    y = size[1] - FOOT - height
    for _ in range(2):
        pen.sheet(x, y, width, height)
    start = x + (width - key - GAP - words) / 2
    for number, (keys, about) in enumerate(rows):
        line = y + 13 + LINE * number
        pen.text(start + key, line, keys, TEXT, pen.style.accent, strong=True, align=1)
        pen.text(start + key + GAP, line, about, TEXT)
    for number, each in enumerate(HINTS):
        seen = 1.0 if number < tour.hint else tour.shown_s / each.seconds if number == tour.hint else 0.0
        place = x + PAD + number * (BAR + BAR_GAP)
        pen.box(place, y + height - 17, BAR, 3, fade(pen.style.ink, LEFT), 1.5)
        pen.box(place, y + height - 17, BAR * min(seen, 1.0), 3, pen.style.accent, 1.5)
    pen.text(x + width - PAD, y + height - 24, leave, SMALL, pen.style.faint, align=1)


def tell_keys(deed: Deed, own: tuple[tuple[str, str], ...]) -> str:
    """What to press for it; of what no key is bound to, the command, which the palette takes."""
    return deed.hand or find_keys(deed.line, own) or deed.line
