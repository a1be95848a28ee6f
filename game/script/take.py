"""What is played while a film is taken in the window, as a script by which the film can be made again at any size."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from game.script.record import SEEN, Cue, Take
from game.script.save import describe_session, write_script
from game.session import Session, View

HEADING = (
    "# What was played while a film was taken. To make the film again: downslope record {name} -o FILE\n\n"
)
LEFT_OUT = ("app", "controls", "help", "palette", "picture", "record", "session", "tour", "window")
"""Nouns of commands that are about the window, and not about what a film of it should show."""


class Roll:
    """Notes what is played from now on, frame by frame.

    The session takes up the place where a film begins: the camera is where it was going, and what was said is over.

    Args:
        session: that is played.
        folder: of the script, which landscapes in files are named from.

    Raises:
        InputError: how the balls came here is not known, so that nobody could make them come here again.
    """

    def __init__(self, session: Session, folder: Path) -> None:
        table = describe_session(session, folder)
        tick = session.world.tick
        table["line"] = [line for line in table.get("line", []) if line["tick"] <= tick]
        take = _look(session)
        self._session = session
        self._table = table | {"take": _describe(take)}
        self._frames = 0
        self._heard = len(session.log)
        self._cues: list[Cue] = []
        enter_take(session, take)
        # What a film's first frame does, too.
        session.tick(0.0)

    def note(self, fps: int) -> None:
        """One more frame of the film, at so many a second, is what the session looks like now."""
        at_s = self._frames / fps
        lines = [line for _, line in self._session.log[self._heard :]]
        self._cues += [Cue(at_s, line) for line in lines if line.split()[0].partition(".")[0] not in LEFT_OUT]
        self._heard = len(self._session.log)
        self._frames += 1

    def write(self, path: Path, fps: int) -> None:
        """Write what was played.

        Raises:
            InputError: the file cannot be written.
        """
        cues = [{"at": cue.at_s, "do": cue.line} for cue in self._cues]
        table = {**self._table, "seconds": self._frames / fps, "cues": cues}
        write_script(path, HEADING, {key: value for key, value in table.items() if value != []})


def enter_take(session: Session, take: Take) -> None:
    """Be where a film begins; the balls are there already."""
    for name in SEEN:
        setattr(session.view, name, take.seen.get(name, getattr(View(), name)))
    session.settle(take.owed, paused=take.paused)
    session.camera.cut_to(take.pose, take.camera, drifting=take.drifting)
    if session.camera.view == "cinema":
        session.apply("camera.look cinema")
    elif session.camera.view == "follow":
        session.apply("camera.follow selected" if session.view.selected is not None else "camera.follow 1")
    session.message = ""


def _look(session: Session) -> Take:
    camera, view = session.camera, session.view
    return Take(
        tick=session.world.tick,
        owed=session.owed,
        paused=session.paused,
        camera=camera.view,
        drifting=camera.drifting,
        pose=camera.goal,
        seen={name: value for name in SEEN if (value := getattr(view, name)) is not None},
    )


def _describe(take: Take) -> dict[str, Any]:
    table = take._asdict()
    del table["pose"], table["seen"]
    return table | asdict(take.pose) | dict(take.seen)
