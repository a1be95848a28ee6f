"""Where films are shown: what each place asks of them."""

from typing import NamedTuple

from landscapes.errors import find


class Outlet(NamedTuple):
    """One row of the table.

    Attributes:
        name: as typed after ``--for``.
        about: one line.
        ending: of the file.
        size: pixels.
        fps: frames a second.
        crf: constant quality of the format's usual codec, smaller is better; ``None`` for the codec's own.
        large: whether the panel is written large, for the last row.
    """

    name: str
    about: str
    ending: str
    size: tuple[int, int]
    fps: int
    crf: int | None
    large: bool


OUTLETS: tuple[Outlet, ...] = (
    Outlet("slides", "a talk: large letters, plays on every laptop", ".mp4", (1920, 1080), 30, 18, True),
    # What is larger than full HD gets the better half of its encoders.
    Outlet(
        "youtube",
        "YouTube, which codes it again: better than seems needed",
        ".mp4",
        (2560, 1440),
        60,
        14,
        False,
    ),
    Outlet("shorts", "upright, for telephones", ".mp4", (1080, 1920), 60, 17, False),
    Outlet("square", "a post", ".mp4", (1080, 1080), 30, 18, False),
    Outlet("gif", "where only pictures go", ".gif", (640, 360), 25, None, False),
    Outlet("4k", "a wall", ".mp4", (3840, 2160), 60, 18, False),
)
"""In the order in which help names them."""


def find_outlet(name: str) -> Outlet:
    """The outlet of that name.

    Raises:
        InputError: there is none.
    """
    return find("outlet", name, OUTLETS, "downslope record --help")
