"""Demos: an experiment and what happens in it when, as ``assets/demos/NAME.toml``."""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import assets
from game.commands import parse
from game.session import Experiment
from landscapes.errors import InputError, unknown


class Cue(NamedTuple):
    """A command line that is due at a time of the film, in seconds."""

    at_s: float
    line: str


class Demo(NamedTuple):
    """A film that anybody can play again.

    Attributes:
        name: of the file, without its ending.
        about: one line.
        seconds: how long it runs.
        experiment: what is released at the start.
        cues: what is done when.
    """

    name: str
    about: str
    seconds: float
    experiment: Experiment
    cues: tuple[Cue, ...]


def demo_names() -> list[str]:
    """The demos that ship with the game."""
    return sorted(path.stem for path in assets.path("demos").glob("*.toml"))


def get_demo(name: str) -> Demo:
    """A demo that ships with the game, or one in a file of the user's.

    Raises:
        InputError: there is none, or it cannot be understood; the message says where.
    """
    if name in demo_names():
        return read_demo(assets.path("demos", f"{name}.toml"))
    if name.endswith(".toml"):
        return read_demo(Path(name))
    raise unknown("demo", name, demo_names(), "downslope list demos")


def read_demo(path: Path) -> Demo:
    """A demo from a file.

    Raises:
        InputError: it cannot be read or understood.
    """
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot read the demo {path}: {reason}") from None
    try:
        experiment = dict(table.get("experiment", {}))
        if "optimizers" in experiment:
            experiment["optimizers"] = tuple(experiment["optimizers"])
        cues = tuple(Cue(float(cue["at"]), str(cue["do"])) for cue in table.get("cues", []))
        demo = Demo(
            path.stem,
            str(table["about"]),
            float(table["seconds"]),
            Experiment(**experiment),
            tuple(sorted(cues, key=lambda cue: cue.at_s)),
        )
    except (KeyError, TypeError, ValueError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise InputError(f"{path}: {what}; a demo has about, seconds, [experiment] and [[cues]]") from None
    for cue in demo.cues:
        try:
            parse(cue.line)
        except InputError as error:
            raise InputError(f"{path}: at {cue.at_s:g} s: {error}") from None
    return demo
