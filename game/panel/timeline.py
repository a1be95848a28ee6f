"""The timeline of a film that somebody watches: how far it is, and where to go with the mouse."""

from game.directing import Timeline
from game.panel.pen import Pen, fade

SIDE = 28.0
FOOT = 22.0
"""From the lower edge up to the bar's middle."""
BAND = 50.0
"""Height of all of it."""
REACH = 22.0
"""So far from the bar's middle the mouse still takes hold of it."""
THICK, KNOB = 4.0, 7.0
HINT = "space: pause   \u2190 \u2192: a second   home: from the start   esc: leave"


def draw_timeline(pen: Pen, timeline: Timeline, size: tuple[float, float]) -> None:
    """At the foot of a picture of that size."""
    width, y = size[0] - 2 * SIDE, size[1] - FOOT
    done = width * min(timeline.at_s / timeline.length_s, 1.0)
    pen.box(0, size[1] - BAND, size[0], BAND, fade(pen.style.sheet, 0.7), 0)
    pen.box(SIDE, y - THICK / 2, width, THICK, fade(pen.style.ink, 0.3), THICK / 2)
    pen.box(SIDE, y - THICK / 2, done, THICK, pen.style.accent, THICK / 2)
    pen.disc(SIDE + done, y, KNOB, pen.style.accent)
    told = f"{tell_time(timeline.at_s)} / {tell_time(timeline.length_s)}"
    pen.text(SIDE, y - 20, f"{told}{'' if timeline.playing else '   paused'}", 12, pen.style.faint)
    pen.text(size[0] - SIDE, y - 20, HINT, 12, pen.style.faint, align=1)


def tell_time(seconds: float) -> str:
    """Minutes and seconds with a tenth."""
    tenths = round(10 * seconds)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def find_time(timeline: Timeline, x: float, width: float) -> float:
    """The film's time under a place from the left of a picture of that width."""
    share = (x - SIDE) / max(width - 2 * SIDE, 1.0)
    return min(max(share, 0.0), 1.0) * timeline.length_s
