"""Scripts from files."""

import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import landscapes
from game.scene.camera import Pose
from game.script.direction import read_direction
from game.script.kinds import CAMERA_VIEWS, CUE, EXPERIMENT, LINE, SCRIPT, TAKE, TEAM, VIEW, check, seconds
from game.script.lines import FieldError, read_rows
from game.script.record import LENGTH_S, SEEN, VERSION, Cue, Script, Take
from game.session import Experiment, Line
from game.simulation import Team
from landscapes.errors import InputError
from landscapes.specs import looks_like_file, split_spec

Parse = Callable[[str], object]
"""Refuses command lines that there are not."""


def read_script(path: Path, parse: Parse) -> Script:
    """A script from a file.

    Args:
        path: of the file.
        parse: raises an InputError for a line that is no command.

    Raises:
        InputError: it cannot be read or understood; the message says where.
    """
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot read the demo {path}: {reason}") from None
    try:
        return _as_script(path, table, text, parse)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _as_script(path: Path, table: dict[str, Any], text: str, parse: Parse) -> Script:
    version = table.get("version")
    if isinstance(version, int) and version > VERSION:
        raise InputError(f"version is {version}, and this Downslope reads up to {VERSION}; get a newer one")
    check(table, SCRIPT)
    for key in () if version else ("about", "seconds"):
        if key not in table:
            raise InputError(
                f"{key} is missing; a demo has about, seconds, [experiment] and [[cues]], a saved session version = 1"
            )
    view = table.get("view", {})
    check(view, VIEW, "[view] ")
    cues = read_rows(table, text, "cues", lambda row, _: _as_cue(row, parse))
    lines = read_rows(table, text, "line", lambda row, _: _as_line(row, parse))
    return Script(
        name=path.stem,
        about=table.get("about", ""),
        seconds=float(table.get("seconds", LENGTH_S)),
        experiment=_as_experiment(table, text, path.parent),
        cues=tuple(sorted(cues, key=lambda cue: cue.at_s)),
        lines=tuple(sorted(lines, key=lambda line: line.tick)),
        view=view,
        title=table.get("title", ""),
        watch=table.get("watch", ""),
        direction=read_direction(table, text),
        take=_as_take(table["take"]) if "take" in table else None,
    )


def _as_take(table: dict[str, Any]) -> Take:
    check(table, TAKE, "[take] ", ("tick",))
    return Take(
        tick=table["tick"],
        owed=float(table.get("owed", 0.0)),
        paused=table.get("paused", False),
        camera=table.get("camera", CAMERA_VIEWS[0]),
        drifting=table.get("drifting", False),
        pose=Pose(**{name: float(table[name]) for name in Pose.__dataclass_fields__ if name in table}),
        seen={name: table[name] for name in SEEN if name in table},
    )


def _as_experiment(table: dict[str, Any], text: str, folder: Path) -> Experiment:
    fields = dict(table.get("experiment", {}))
    check(fields, EXPERIMENT)
    teams = read_rows(table, text, "team", lambda row, number: _as_team(row, fields, number))
    if "landscape" in fields:
        fields["landscape"] = _locate(landscapes.canonical(fields["landscape"]), folder)
    if isinstance(fields.get("lr"), list):
        fields["lr"] = tuple(fields["lr"])
    if teams:
        fields["optimizers"] = [team.optimizer for team in teams]
    if "optimizers" in fields:
        fields["optimizers"] = tuple(fields["optimizers"])
    return Experiment(**fields, teams=tuple(teams))


def _as_team(row: dict[str, Any], common: dict[str, Any], number: int) -> Team:
    """A team; what it does not say is as the experiment has it."""
    check(row, TEAM, f"[[team]] {number}: ")
    if "optimizer" not in row:
        raise InputError(f"[[team]] {number}: optimizer is missing")
    fields = {name: common[name] for name in TEAM if name in common} | row
    if isinstance(fields.get("lr"), list):
        fields["lr"] = tuple(fields["lr"])
    if fields.get("batch_size") == "all":
        fields["batch_size"] = None
    return Team(**fields)


def _locate(landscape: str, folder: Path) -> str:
    """A landscape, of which a file is looked for beside the script."""
    subject = split_spec(landscape, landscapes.names()).subject
    if subject in landscapes.names() or not landscapes.is_known(landscape) or not looks_like_file(subject):
        return landscape
    return os.fspath(folder / subject) + landscape.removeprefix(subject)


def _as_cue(row: dict[str, Any], parse: Parse) -> Cue:
    check(row, CUE)
    if row.keys() != CUE.keys():
        raise InputError("a cue needs both: at = SECONDS and do = LINE")
    try:
        parse(row["do"])
    except InputError as error:
        raise FieldError("do", f"at {seconds(row['at']):g} s: {error}") from None
    return Cue(seconds(row["at"]), row["do"])


def _as_line(row: dict[str, Any], parse: Parse) -> Line:
    check(row, LINE, "[[line]] ")
    if row.keys() != LINE.keys():
        raise InputError("a [[line]] needs both: tick = STEPS and do = LINE")
    try:
        parse(row["do"])
    except InputError as error:
        raise FieldError("do", f"at step {row['tick']}: {error}") from None
    return Line(row["tick"], row["do"])
