"""What a script holds."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from game.directing import Direction
from game.scene.camera import Pose
from game.session import Experiment, Line

VERSION = 1
"""Of the format."""
LENGTH_S = 20.0
"""Of a film of a script that does not say how long it runs."""


class Cue(NamedTuple):
    """A command line that is due at a time of the film, in seconds."""

    at_s: float
    line: str


class Take(NamedTuple):
    """Where a film begins that was taken in the window.

    Attributes:
        tick: steps since the release.
        owed: how much of the next one was due already, [0, 1).
        paused: whether balls stood still.
        camera: name of its view.
        drifting: whether it turned by itself.
        pose: where it was, or was on its way to.
        seen: fields of the view, as in ``SEEN``.
    """

    tick: int
    owed: float
    paused: bool
    camera: str
    drifting: bool
    pose: Pose
    seen: Mapping[str, Any]


SEEN = ("split", "large", "selected", "sample", "photo")
"""What of the view is in a picture, and in no other part of a script."""


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
        take: where the film begins, if that is not at the release.
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
    take: Take | None = None

    @property
    def is_film(self) -> bool:
        """Whether there is more to it than what is released: something is done, or shown, at times of a film."""
        return bool(self.cues) or any(self.direction)
