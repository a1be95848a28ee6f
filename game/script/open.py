"""Plays a script in a session."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from game.script.record import Script
from game.session import Session

_VIEW = ("theme", "relief", "shaking", "labels", "leader", "panel")
_POSE = ("azimuth", "elevation", "zoom", "x", "y")


def open_script(session: Session, script: Script) -> None:
    """Start a session anew as a script says; its cues, which are for films, are left to whoever films.

    Raises:
        InputError: its experiment cannot be; the session stays as it was.
    """
    session.release(script.experiment)
    follow_script(session, script)


def follow_script(session: Session, script: Script) -> None:
    """See a session as a script says, say what there is to watch, and do from now on what is done in it."""
    session.expect(script.lines)
    view = session.view
    view.script = script.name
    view.selected = None
    view.relief, view.shaking, view.leader = "auto", False, None
    for name in _VIEW:
        if name in script.view:
            setattr(view, name, script.view[name])
    session.speed = float(script.view.get("speed", 1.0))
    _aim(session, script.view)
    session.lesson = None
    # A film says it in captions, when it is time.
    if script.title and not script.direction.captions:
        session.teach(script.title, script.watch)


def _aim(session: Session, view: Mapping[str, Any]) -> None:
    if "camera" in view:
        session.apply(f"camera.look {view['camera']}")
    pose = {name: float(view[name]) for name in _POSE if name in view}
    if pose:
        session.camera.goal = replace(session.camera.goal, **pose)
        session.camera.drifting = False
