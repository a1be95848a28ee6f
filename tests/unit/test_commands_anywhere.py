"""Every command on every kind of session: something is seen of it, or a message says why not."""

import copy
import dataclasses
from collections import deque
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from game import commands
from game.past import Past
from game.session import Experiment, Session
from tests.unit.test_commands import EXAMPLES

STATES: dict[str, Callable[[], Session]] = {
    "formula": lambda: open_session("x**2 + y**2"),
    "search": lambda: open_session("bowl", optimizers=("local-search",)),
    "race": lambda: open_session("ravine", optimizers=("sgd", "random-search", "adam", "rprop")),
    "network": lambda: open_session("breast-cancer", batch_size=8),
    "whole": lambda: open_session("breast-cancer", space="whole"),
    "one ball": lambda: open_session("ravine", balls=1, border="wrap", noise=1.0),
    "lost": lambda: open_session("saddle", lr=10.0),
    "waiting": lambda: open_session("bowl", stream=500, schedule="plateau"),
    "busy": lambda: open_session("bowl", "ball.select 3", "camera.fly", "help.toggle", "play.pause"),
    "sweep": lambda: open_session("ravine", "lr.sweep 1e-3 1e-1", "ground.shake", "panel.toggle"),
}


def open_session(landscape: str, *lines: str, **fields: object) -> Session:
    experiment = {"balls": 40, **fields}
    session = Session(Experiment(landscape, **experiment), commands.apply)  # type: ignore[arg-type]
    for line in lines:
        session.execute(line)
    session.advance(30)
    return session


def like(session: Session) -> Session:
    """Another session in the same state, much faster than to open it."""
    other = copy.copy(session)
    other.world, other.view = session.world.copy(), dataclasses.replace(session.view)
    other.camera, other.history = copy.deepcopy(session.camera), copy.deepcopy(session.history)
    other.past, other.log, other._lines = Past(), [], deque()
    return other


def seen(session: Session) -> tuple[object, ...]:
    """All that a person could notice, the message aside."""
    world = session.world
    view = {name: value for name, value in vars(session.view).items() if name != "pictures_wanted"}
    knobs = [repr(swarm.note_knobs()._replace(tick=0, memory=None, status=None)) for swarm in world.swarms]
    camera: tuple[object, ...] = (
        session.camera.goal,
        session.camera.view,
        session.camera.drifting,
        session.camera.gliding,
    )
    camera += tuple(vars(session.camera.flight).values())
    asked = (session.view.pictures_wanted, session.paused, session.speed)
    return id(world), world.digest(), session.experiment, knobs, view, camera, asked


@pytest.mark.parametrize("name", STATES)
def test_every_command_does_something_or_says_why_not(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    silent, opened = [], STATES[name]()
    for example in EXAMPLES:
        session = like(opened)
        before = seen(session)
        session.message = ""
        session.apply(example.line)
        assert "\n" not in session.message
        if not session.message and seen(session) == before:
            silent.append(example.line)
        session.tick(1 / 60)
        session.advance(3)
        assert np.isfinite(session.world.positions).all()
        session.apply("edit.undo")
        assert session.message
    assert silent == []
