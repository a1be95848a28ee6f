"""What to watch: the card of a lesson."""

from game.panel.pen import Pen
from game.panel.style import COLUMN, MARGIN
from game.session import Session

PAD = 18.0
WIDEST = 600.0
FOOT = 62.0
"""Below the card, for messages."""
TITLE, TEXT = 18.0, 14.0


def draw_lesson(pen: Pen, session: Session, size: tuple[float, float], left: float, right: float) -> None:
    """Title and what to watch, at the bottom, between two margins where there is room between them."""
    lesson = session.lesson
    if lesson is None:
        return
    room = size[0] - left - right
    width = min(WIDEST, room)
    inner = width - 2 * PAD
    title = pen.height(lesson.title, TITLE, inner)
    height = 14 + title + 6 + pen.height(lesson.watch, TEXT, inner) + 16
    x, y = left + (room - width) / 2, size[1] - FOOT - height
    for _ in range(2):
        pen.sheet(x, y, width, height)
    pen.text(x + PAD, y + 14, lesson.title, TITLE, pen.style.accent, strong=True, wrap=inner)
    pen.text(x + PAD, y + 20 + title, lesson.watch, TEXT, wrap=inner)


def lesson_margins(*, portrait: bool, scale_width: float) -> tuple[float, float]:
    """What the panel takes on the left and on the right of the foot of a picture."""
    return (MARGIN, MARGIN) if portrait else (MARGIN + COLUMN + 12, MARGIN + scale_width + 12)
