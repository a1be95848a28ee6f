"""What a script holds."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from game.directing import Direction
from game.session import Experiment, Line

VERSION = 1
"""Of the format."""
LENGTH_S = 20.0
"""Of a film of a script that does not say how long it runs."""


class Cue(NamedTuple):
    """A command line that is due at a time of the film, in seconds."""

    at_s: float
    line: str


class Script(NamedTuple):
    """What anybody can play again.

    Attributes:
        name: of the file, without its ending.
        about: one line.
        seconds: how long a film of it runs.
        experiment: what is released at the start.
        cues: what is done when, in seconds of a film.
        lines: what is done when, in steps; comes out bit for bit the same.
        view: from where and how it is seen, as in the file.
        title: of the lesson, where it is one.
        watch: a sentence or two on what is to be seen.
        direction: camera, speed, captions and fades of a film.
    """

    name: str
    about: str
    seconds: float
    experiment: Experiment
    cues: tuple[Cue, ...] = ()
    lines: tuple[Line, ...] = ()
    view: Mapping[str, Any] = {}
    title: str = ""
    watch: str = ""
    direction: Direction = Direction()

    @property
    def is_film(self) -> bool:
        """Whether there is more to it than what is released: something is done, or shown, at times of a film."""
        return bool(self.cues) or any(self.direction)
