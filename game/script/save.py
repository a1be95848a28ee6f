"""A session as a script: what is on the screen, so that anybody can play it again."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import landscapes
from game.scene.camera import CYCLE
from game.script.record import VERSION
from game.script.toml import write_toml
from game.session import Experiment, Line, Session
from game.simulation import Team
from landscapes.errors import InputError
from landscapes.specs import looks_like_file, split_spec

HEADING = "# A session of Downslope. To play it again: downslope play {name}\n\n"
UNPLAYED = (
    *(
        "app",
        "brush",
        "camera",
        "controls",
        "film",
        "help",
        "labels",
        "leader",
        "palette",
        "panel",
        "picture",
        "play",
        "plot",
    ),
    *(
        "preset",
        "quality",
        "record",
        "relief",
        "replay",
        "sample",
        "session",
        "speed",
        "theme",
        "tour",
        "valley",
        "view",
        "window",
    ),
    *("ball.select", "ball.next", "race.photo", "race.replay"),
)
"""Commands, or the nouns of several, that change nothing of how balls roll: the view is saved as it is at the end."""
_SHARED = frozenset(field.name for field in fields(Team))


def describe_session(session: Session, folder: Path) -> dict[str, Any]:
    """A session from its last release on, as the table of a file in a folder.

    Raises:
        InputError: it cannot be played again.
    """
    lines = played_lines(session)
    table = {
        "version": VERSION,
        **_describe_lesson(session),
        "experiment": _describe_experiment(session.opening, folder),
        "team": [_describe_team(team) for team in session.opening.teams],
        "view": _describe_view(session, lines),
        "line": [{"tick": line.tick, "do": line.line} for line in lines],
    }
    return {key: value for key, value in table.items() if value}


def save_session(session: Session, path: Path) -> Path:
    """Write a session to a file; where there is one of that name, beside it.

    Returns:
        where it is now.

    Raises:
        InputError: it cannot be played again, or the file not be written.
    """
    if path.suffix.lower() != ".toml":
        raise InputError(f"cannot write {path}: a session needs the ending .toml")
    place = _find_free(path)
    write_script(place, HEADING, describe_session(session, place.parent))
    return place


def write_script(path: Path, heading: str, table: Mapping[str, Any]) -> None:
    """Write a script, whole or not at all.

    Raises:
        InputError: the file cannot be written.
    """
    text = heading.format(name=path.name) + write_toml(table)
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(path)
    except (OSError, UnicodeEncodeError) as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        reason = error.strerror if isinstance(error, OSError) else "a name in it is no text"
        raise InputError(f"cannot write {path}: {reason}") from None


def played_lines(session: Session) -> list[Line]:
    """What was done since the release, and is to come, that changes how balls roll.

    Raises:
        InputError: it cannot be played again.
    """
    return [line for line in session.lines if not _is_unplayed(line)]


def _find_free(path: Path) -> Path:
    numbered = (
        path.with_stem(f"{path.stem}{f'-{number}' if number > 1 else ''}") for number in range(1, 100_000)
    )
    return next(place for place in numbered if not os.path.lexists(place))


def _is_unplayed(line: Line) -> bool:
    command = line.line.split(maxsplit=1)[0].lower()
    return command in UNPLAYED or command.partition(".")[0] in UNPLAYED


def _describe_lesson(session: Session) -> dict[str, str]:
    lesson = session.lesson
    return {"title": lesson.title, "watch": lesson.watch} if lesson else {}


def _describe_experiment(experiment: Experiment, folder: Path) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for field in fields(Experiment):
        value = getattr(experiment, field.name)
        told_by_teams = experiment.teams and (field.name in _SHARED or field.name == "optimizers")
        if field.name != "teams" and value not in (None, {}) and not told_by_teams:
            table[field.name] = value
    return table | {"landscape": _relate(experiment.landscape, folder)}


def _describe_team(team: Team) -> dict[str, Any]:
    default = Team(team.optimizer)
    return {
        name: value
        for name, value in asdict(team).items()
        if name == "optimizer" or value != getattr(default, name)
    }


def _relate(landscape: str, folder: Path) -> str:
    """A landscape, of which a file is named as seen from the folder."""
    subject = split_spec(landscape, landscapes.names()).subject
    if subject in landscapes.names() or not looks_like_file(subject):
        return landscape
    path = os.path.abspath(subject)  # noqa: PTH100 - a link is named as it is
    with suppress(ValueError):  # on another drive there is no way from here to there
        path = os.path.relpath(path, os.path.abspath(folder))  # noqa: PTH100
    return Path(path).as_posix() + landscape.removeprefix(subject)


def _describe_view(session: Session, lines: list[Line]) -> dict[str, Any]:
    """What is seen, as it is now; but for the shaking of the ground, which lines may turn on and off."""
    view, camera = session.view, session.camera
    turns = sum(line.line.split()[0] == "ground.shake" for line in lines)
    table: dict[str, Any] = {"theme": view.theme, "relief": view.relief, "labels": view.labels}
    if session.world.landscape.data is not None:
        table["shaking"] = view.shaking != bool(turns % 2)
    if view.leader is not None:
        table["leader"] = view.leader
    table |= {"panel": view.panel, "speed": session.speed}
    table["camera"] = camera.view if camera.view in CYCLE else CYCLE[0]
    held = not camera.drifting and camera.view != "cinema" and not camera.flying
    pose = {name: getattr(camera.goal, name) for name in ("azimuth", "elevation", "zoom", "x", "y")}
    return table | (pose if held else {})
