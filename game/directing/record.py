"""What a director's part of a script holds, and what is seen of it at a moment."""

from collections.abc import Mapping
from typing import NamedTuple

PLACES = ("bottom", "top", "title")
"""Where a caption stands; the first one where nothing is said."""
FADES = ("in", "out", "through")
"""From dark, into the dark, and at a cut into it and out again."""
VEILS = ("void", "black")
"""What a fade leads to: the theme's background, or black."""


class CameraKey(NamedTuple):
    """A key frame of the camera; what it does not say is as in the one before.

    Attributes:
        at_s: when the camera is there, seconds of the film.
        ease: how it comes there.
        pose: fields of a ``Pose``: azimuth, elevation, zoom, x and y, as in a script's view.
        shot: a view that it starts from; nothing if empty.
        valley: that is looked at, the deepest 1; none if 0.
    """

    at_s: float
    ease: str = "smooth"
    pose: Mapping[str, float] = {}
    shot: str = ""
    valley: int = 0


class SpeedKey(NamedTuple):
    """A key frame of the speed.

    Attributes:
        at_s: when it is reached, seconds of the film.
        value: 1 is 60 steps a second, 0 stands still.
        ease: how it comes there.
    """

    at_s: float
    value: float
    ease: str = "smooth"


class Caption(NamedTuple):
    """Words over the picture.

    Attributes:
        at_s: when they begin to show, seconds of the film.
        seconds: until they are gone.
        text: of a title the first line is set large.
        place: one of ``PLACES``.
        formula: the optimizer whose update rule stands below; none if empty.
    """

    at_s: float
    seconds: float
    text: str = ""
    place: str = PLACES[0]
    formula: str = ""


class Fade(NamedTuple):
    """A darkening.

    Attributes:
        at_s: when it begins, seconds of the film.
        seconds: how long it takes.
        kind: one of ``FADES``.
        to: one of ``VEILS``.
    """

    at_s: float
    seconds: float
    kind: str
    to: str = VEILS[0]


class Direction(NamedTuple):
    """All that a director says, each in the order of time."""

    camera: tuple[CameraKey, ...] = ()
    speeds: tuple[SpeedKey, ...] = ()
    captions: tuple[Caption, ...] = ()
    fades: tuple[Fade, ...] = ()


class Shown(NamedTuple):
    """A caption at a moment, and how much of its ink is there, [0, 1]."""

    caption: Caption
    ink: float


class Veil(NamedTuple):
    """What lies over the picture at a moment: one of ``VEILS``, and how much of the picture it covers, [0, 1]."""

    to: str
    cover: float


class Directed(NamedTuple):
    """What is seen of a direction at a moment, besides where the camera is."""

    captions: tuple[Shown, ...] = ()
    veil: Veil | None = None


class Timeline(NamedTuple):
    """A film that somebody watches.

    Attributes:
        at_s: how far it is.
        length_s: of the film.
        playing: whether it runs.
        wanted_s: where it is to jump to; ``None`` for nowhere.
    """

    at_s: float
    length_s: float
    playing: bool = True
    wanted_s: float | None = None
