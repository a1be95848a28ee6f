"""Watches a film in the window: plays, pauses, jumps to any time of it, and shows there what a recording shows."""

from copy import deepcopy
from dataclasses import replace
from typing import Any, NamedTuple

from game.directing import Timeline
from game.panel.panel import scale_of
from game.panel.timeline import FOOT, REACH, find_time
from game.past import Past
from game.script import Script
from game.session import Session
from game.showing import Show
from game.studio import Studio
from landscapes.progress import follow

FPS = 60
"""Of the film, whatever the window's rhythm is: that of ``record``."""
KEEP_S = 2.0
"""Between two moments that are kept, so that a jump need not begin at the beginning."""
MOST_KEPT = 8
"""Of them, of up to fifty megabytes each; then every other one is let go, and they are kept half as often."""
MOST_AT_ONCE = 6
"""Frames of the film between two pictures; where more are due, time runs slower."""
KEYS = {
    "space": "film.pause",
    "left": "film.jump -1",
    "right": "film.jump 1",
    "shift+left": "film.jump -5",
    "shift+right": "film.jump 5",
    "home": "film.goto 0",
    "end": "film.goto 3600",
}
"""What keys do while a film is watched, before they do anything else."""
OURS = (
    "theme",
    "quality",
    "large",
    "help",
    "fullscreen",
    "recording",
    "replaying",
    "pictures_wanted",
    "tables_wanted",
)
"""What of the view is the window's, and stays as it is when the film jumps."""
HARMLESS = ("film.", "app.", "window.", "picture.", "record.", "replay.", "quality.", "help.")
"""Commands that leave the film as it is; with any other one, the film becomes a game."""


class Moment(NamedTuple):
    """All that is needed to go on from a frame of the film."""

    frame: int
    state: Any


class Preview:
    """Plays a film in a session, as fast as a clock says or to where somebody wants it.

    Args:
        session: is played on; as the script begins.
        studio: that draws it.
        script: the film.
    """

    def __init__(self, session: Session, studio: Studio, script: Script) -> None:
        self._session, self._studio, self._script = session, studio, script
        self._show = Show(session, script, FPS)
        self._last = max(round(script.seconds * FPS), 1) - 1
        self._kept: list[Moment] = []
        self._every = round(KEEP_S * FPS)
        self._owed = 0.0
        self._held = False
        session.view.timeline = Timeline(0.0, self._last / FPS)
        self._run(1)

    def advance(self, elapsed_s: float) -> bool:
        """Let time pass; whether the film goes on.

        It does not when somebody has done what is no part of it: from there on the session is a game.
        """
        session = self._session
        if any(not line.startswith(HARMLESS) for line in session.waiting):
            session.view.timeline = session.view.directed = None
            session.speed = session.speed or 1.0
            session.say("the film ends here: from now on you play")
            return False
        session.tick(0.0)
        timeline = session.view.timeline
        if timeline is None:
            return False
        if timeline.wanted_s is not None:
            session.view.timeline = timeline._replace(wanted_s=None)
            self.seek(timeline.wanted_s)
        elif timeline.playing:
            self._owed += elapsed_s * FPS
            frames = int(self._owed)
            self._owed -= frames
            self._run(min(frames, MOST_AT_ONCE, self._last - self._show.frame))
            at_s, playing = self._show.at_s, self._show.frame < self._last
            session.view.timeline = timeline._replace(at_s=at_s, playing=playing)
        return True

    def seek(self, at_s: float) -> None:
        """Be at a time of the film, with the very picture that a recording has there."""
        goal = min(max(round(at_s * FPS), 0), self._last)
        here, self._owed = self._show.frame, 0.0
        near = [moment for moment in self._kept if moment.frame <= goal]
        if goal < here or (near and near[-1].frame > here):
            self._recall(near[-1])
        first = self._show.frame
        with follow("jumping", max(goal - first, 1)) as note:
            while self._show.frame < goal:
                self._run(1)
                note(self._show.frame - first)
        self._tell_time()

    def grab(self, x: float, y: float) -> bool:
        """Whether a press of the mouse at a pixel takes hold of the timeline."""
        s = scale_of(self._session, self._studio.size)
        self._held = abs(self._studio.size[1] / s - FOOT - y / s) < REACH
        self.drag(x)
        return self._held

    def drag(self, x: float) -> bool:
        """Whether the timeline is held, which follows the mouse to a pixel."""
        timeline, s = self._session.view.timeline, scale_of(self._session, self._studio.size)
        if self._held and timeline:
            wanted_s = find_time(timeline, x / s, self._studio.size[0] / s)
            self._session.view.timeline = timeline._replace(wanted_s=wanted_s)
        return self._held

    def drop(self) -> bool:
        """Whether the timeline was held until now."""
        held, self._held = self._held, False
        return held

    def _run(self, frames: int) -> None:
        """Show so many frames, of which only the last one may be drawn."""
        session = self._session
        for _ in range(frames):
            self._show.advance()
            self._studio.follow(session)
            if self._show.frame % self._every == 0:
                self._keep()
        self._tell_time()

    def _tell_time(self) -> None:
        view = self._session.view
        if view.timeline:
            view.timeline = view.timeline._replace(at_s=self._show.at_s)

    def _keep(self) -> None:
        if any(moment.frame == self._show.frame for moment in self._kept):
            return
        self._kept.append(
            Moment(self._show.frame, self._copy((vars(self._session), vars(self._studio.views))))
        )
        if len(self._kept) > MOST_KEPT:
            self._every *= 2
            self._kept = [moment for moment in self._kept if moment.frame % self._every == 0]

    def _recall(self, moment: Moment) -> None:
        view = self._session.view
        session, views = self._copy(moment.state)
        vars(self._session).update(session)
        vars(self._studio.views).update(views)
        self._session.view = replace(
            self._session.view, **{name: getattr(view, name) for name in (*OURS, "timeline")}
        )
        self._show.frame = moment.frame

    def _copy(self, state: Any) -> Any:
        # What leads the camera knows the session itself, and what draws knows the window; neither is copied.
        kept = {id(one): one for one in (self._session, self._session.prepare)}
        # What can be undone is no part of a film.
        return deepcopy(state, {**kept, id(self._session.past): Past()})
