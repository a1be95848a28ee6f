"""What a film's director lays over the picture: the veil of a fade, titles, captions and formulas."""

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from game.directing import Caption, Shown, load_formula
from game.directing.formulas import EM_PX, scale_ink
from game.panel.pen import OPAQUE, Pen, fade
from game.panel.style import packed
from game.scene.theme import Theme
from game.session import Session

SIDE, TOP, FOOT = 0.06, 0.06, 0.07
"""Shares of the picture that stay free, so that nothing is cut off or covered."""
TALL_SIDE, TALL_TOP, TALL_FOOT = 0.08, 0.12, 0.18
"""Likewise of tall pictures, over which players of short films lay their buttons."""
TALL = 1.3
"""Pictures that are higher than so many times their width."""
WIDEST = 780.0
"""A line of text; longer ones are hard to read."""
HEAD, SUBHEAD, TEXT, EM = 46.0, 20.0, 20.0, 20.0
"""Sizes of a title's first line and of its others, of a caption, and of a formula's letters."""
TALL_TYPE = 1.5
"""How much larger these are on tall pictures, which are watched on a telephone."""
SMALLEST, SHRINK = 0.3, 0.9
"""Share of these sizes below which no caption is set, and steps on the way there."""
LEADING = 1.32
PAD_X, PAD_Y = 24.0, 12.0
GAP = 12.0
"""Between text and formula."""
BAR = 44.0, 3.0
"""Over a title: width and height."""
TEAM = re.compile(r"\[([1-9])\]")
"""In a text: a disc in the colour of that team."""
DISC = 1.1
"""Width of such a disc with its surroundings, of the size of the letters."""
HALO = tuple((x, y) for reach in (1.0, 2.2) for x in (-reach, 0, reach) for y in (-reach, 0, reach) if x or y)
"""Where copies of a title in the colour of sheets lie behind it: it can be read on any ground."""


class Row(NamedTuple):
    """A line of a caption."""

    text: str
    size: float
    strong: bool = False


class Formulas:
    """Pictures of update rules in the size that a picture needs.

    Args:
        upload: sends ``(height, width, 4)`` bytes to the card and returns the texture's number.
        free: gives such a texture back.
    """

    def __init__(self, upload: Callable[[npt.NDArray[np.uint8]], int], free: Callable[[int], None]) -> None:
        self._upload, self._free = upload, free
        self._textures: dict[tuple[str, int, int], int] = {}

    def find(self, name: str, width: int, height: int) -> int:
        """The texture of a formula of a size in pixels; of each formula only the last size is kept."""
        key = name, width, height
        if key not in self._textures:
            for old in [old for old in self._textures if old[0] == name]:
                self._free(self._textures.pop(old))
            picture = np.full((height, width, 4), 255, np.uint8)
            picture[..., 3] = scale_ink(load_formula(name), width, height)
            self._textures[key] = self._upload(picture)
        return self._textures[key]


def draw_directed(
    pen: Pen, session: Session, theme: Theme, formulas: Formulas, size: tuple[float, float], left: float
) -> None:
    """The veil over a picture of that size, and over that what is written; not left of ``left``."""
    directed = session.view.directed
    if directed is None:
        return
    if directed.veil:
        colour = OPAQUE if directed.veil.to == "black" else packed(theme.void[1], 1.0)
        pen.box(0, 0, *size, fade(colour, directed.veil.cover), 0)
    for shown in directed.captions:
        _draw_caption(pen, shown, formulas, size, 0.0 if shown.caption.place == "title" else left)


class Block(NamedTuple):
    """A caption as it is set: its lines, and the size of its formula and of all of it."""

    rows: list[Row]
    formula: tuple[float, float]
    width: float
    height: float


def _draw_caption(pen: Pen, shown: Shown, formulas: Formulas, size: tuple[float, float], left: float) -> None:
    """One caption, in the middle of the room that there is for it."""
    caption, title, tall = shown.caption, shown.caption.place == "title", size[1] > TALL * size[0]
    side, top, foot = (TALL_SIDE, TALL_TOP, TALL_FOOT) if tall else (SIDE, TOP, FOOT)
    first, last = max(left, side * size[0]), (1 - side) * size[0]
    tallest = (1 - top - foot) * size[1] - 2 * PAD_Y
    room = min(last - first - 2 * PAD_X, WIDEST)
    block = set_caption(pen, caption, room, tallest, TALL_TYPE if tall else 1.0)
    outer = block.height + 2 * PAD_Y
    middle, lowest = (first + last) / 2, (1 - foot) * size[1] - outer
    y = {"title": (top * size[1] + lowest) / 2, "top": top * size[1], "bottom": lowest}[caption.place] + PAD_Y
    if title:
        pen.box(middle - BAR[0] / 2, y - PAD_Y, *BAR, fade(pen.style.accent, shown.ink), 1.5)
    else:
        half = block.width / 2 + PAD_X
        for _ in range(2):
            pen.box(middle - half, y - PAD_Y, 2 * half, outer, fade(pen.style.sheet, shown.ink), 12)
    for row in block.rows:
        draw_row(pen, row, middle, y, shown.ink, halo=title)
        y += row.size * LEADING
    if caption.formula:
        width, height = block.formula
        s, x = pen.style.scale, middle - width / 2
        pixels = max(round(width * s), 1), max(round(height * s), 1)
        texture = formulas.find(caption.formula, *pixels)
        y += GAP if block.rows else 0.0
        pen.picture(x, y, pixels, texture, fade(pen.style.ink, shown.ink))


def set_caption(pen: Pen, caption: Caption, room: float, tallest: float, share: float) -> Block:
    """A caption in lines that fit into a room: in a share of the usual size, or less where there are too many."""
    title = caption.place == "title"
    while True:
        rows = [
            row
            for number, line in enumerate(caption.text.splitlines())
            for row in _set_line(pen, line, room, share, *_choose_type(title=title, number=number))
        ]
        height, width = load_formula(caption.formula).shape if caption.formula else (0, 0)
        em = min(EM * share, room * EM_PX / width) / EM_PX if width else 0.0
        formula = width * em, height * em
        widest = max([formula[0], *(_measure(pen, row.text, row.size, row.strong) for row in rows)])
        between = GAP if rows and caption.formula else 0.0
        block = Block(rows, formula, widest, sum(row.size * LEADING for row in rows) + between + formula[1])
        if block.height <= tallest or share < SMALLEST:
            return block
        share *= SHRINK


def _choose_type(*, title: bool, number: int) -> tuple[float, bool]:
    """Size and weight of a line, counted from 0, as it is written in the script."""
    if title:
        return (HEAD, True) if number == 0 else (SUBHEAD, False)
    return TEXT, False


def _set_line(pen: Pen, line: str, room: float, share: float, size: float, strong: bool) -> list[Row]:
    """A line as rows of nearly the same length that fit into the room; smaller where a word would not."""
    # Wider gaps stay: they set things apart.
    words = line.strip().split(" ")
    if not line.strip():
        return [Row("", size * share / 2)]
    size *= share
    size *= min(1.0, room / max(_measure(pen, word, size, strong) for word in words))
    rows = _break(pen, words, room, size, strong)
    # The narrowest room that needs no more rows: no row is left with a single word.
    low, high = room / (len(rows) + 1), room
    for _ in range(8):
        middle = (low + high) / 2
        low, high = (
            (low, middle) if len(_break(pen, words, middle, size, strong)) <= len(rows) else (middle, high)
        )
    return [Row(text, size, strong) for text in _break(pen, words, high, size, strong)]


def _break(pen: Pen, words: list[str], room: float, size: float, strong: bool) -> list[str]:
    rows = [words[0]]
    for word in words[1:]:
        longer = f"{rows[-1]} {word}"
        if _measure(pen, longer, size, strong) <= room:
            rows[-1] = longer
        else:
            rows.append(word)
    return rows


def _measure(pen: Pen, text: str, size: float, strong: bool) -> float:
    """How wide a text is, with its discs."""
    return sum(
        DISC * size if is_team else pen.width(part, size, strong=strong)
        for is_team, part in _split_teams(text)
    )


def draw_row(pen: Pen, row: Row, middle: float, y: float, ink: float, *, halo: bool) -> None:
    """A row around a middle; ``[1]`` is a disc in the first team's colour."""
    x = middle - _measure(pen, row.text, row.size, row.strong) / 2
    for is_team, part in _split_teams(row.text):
        if is_team:
            centre, radius = (x + DISC * row.size / 2, y + 0.58 * row.size), 0.34 * row.size
            colour = pen.style.teams[(int(part) - 1) % len(pen.style.teams)]
            pen.disc(*centre, radius + 1, fade(pen.style.edge, ink))
            pen.disc(*centre, radius, fade(colour, ink))
            x += DISC * row.size
            continue
        if halo:
            shade = fade(pen.style.sheet, 0.3 * ink)
            for right, down in HALO:
                pen.text(x + right, y + down, part, row.size, shade, strong=row.strong)
        pen.text(x, y, part, row.size, fade(pen.style.ink, ink), strong=row.strong)
        x += pen.width(part, row.size, strong=row.strong)


def _split_teams(text: str) -> list[tuple[bool, str]]:
    """The parts of a text, and whether each is a team's number."""
    parts = TEAM.split(text)
    return [(bool(place % 2), part) for place, part in enumerate(parts) if part]
