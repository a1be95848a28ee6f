"""The shell: ``downslope play``, ``record``, ``snapshot``, ``run``, ``list`` and ``doctor``.

Rooms are imported where they are used, so that help, tables and complaints do not wait for OpenGL and FFmpeg.
"""

import dataclasses
import inspect
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, NoReturn

import typer

from landscapes.errors import InputError, unknown

if TYPE_CHECKING:
    import moderngl

    from game.demo import Cue, Demo
    from game.session import Experiment, Session

Size = tuple[int, int]

app = typer.Typer(
    help="Balls that are optimizers roll down a loss surface. Without a command: play.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Limit(NamedTuple):
    """The range of a number on the command line."""

    low: float
    high: float


LIMITS = {
    "--fps": Limit(1, 240),
    "--seconds": Limit(0.01, 3600),
    "--steps": Limit(0, 10_000_000),
    "--every": Limit(1, 10_000_000),
    "--size": Limit(16, 16_384),
}
FPS = 60


@dataclasses.dataclass(frozen=True)
class Change:
    """The options that change the experiment; those not given leave it as the command has it."""

    balls: Annotated[int | None, typer.Option(help="how many, in all swarms together")] = None
    optimizer: Annotated[str | None, typer.Option(help="NAME, or NAME,NAME,... for a race")] = None
    lr: Annotated[float | None, typer.Option(help="learning rate; else what suits the optimizer there")] = (
        None
    )
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="a hyper-parameter; repeatable")
    ] = None
    schedule: Annotated[str | None, typer.Option(help="a name from: downslope list schedules")] = None
    batch_size: Annotated[int | None, typer.Option(help="samples a step sees, on landscapes of data")] = None
    noise: Annotated[float | None, typer.Option(help="of the gradient; 1 is as large as it typically is")] = (
        None
    )
    seed: Annotated[int | None, typer.Option(help="of all that is random")] = None
    start: Annotated[str | None, typer.Option(help="random, grid, ring or point:x,y")] = None
    do: Annotated[list[str] | None, typer.Option(metavar="LINE", help="a command first; repeatable")] = None

    def apply_to(self, experiment: "Experiment") -> "Experiment":
        """The experiment with what was given on the command line."""
        given = {
            "balls": self.balls,
            "optimizers": None
            if self.optimizer is None
            else tuple(map(str.strip, self.optimizer.split(","))),
            "lr": self.lr,
            "settings": dict(map(_setting, self.settings)) if self.settings else None,
            "schedule": self.schedule,
            "batch_size": self.batch_size,
            "noise": self.noise,
            "seed": self.seed,
            "start": self.start,
        }
        return dataclasses.replace(experiment, **{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]

    @property
    def is_given(self) -> bool:
        """Whether there is any."""
        return self != Change()


@dataclasses.dataclass(frozen=True)
class Look:
    """The options of all commands that draw."""

    size: Annotated[str | None, typer.Option(metavar="WxH", help="of the picture, in pixels")] = None
    theme: Annotated[str | None, typer.Option(help="a name from: downslope list themes")] = None
    quality: Annotated[str, typer.Option(help="auto, low, medium, high or ultra")] = "auto"
    no_panel: Annotated[bool, typer.Option("--no-panel", help="the picture alone, without the panel")] = False


Landscape = Annotated[str, typer.Argument(help="a name from: downslope list landscapes")]
Force = Annotated[bool, typer.Option("--force", help="replace an existing file without asking")]
AsJson = Annotated[bool, typer.Option("--json", help="machine-readable")]
Steps = Annotated[int, typer.Option(help="optimizer steps after the start")]
Output = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="where it goes")]
Subject = Annotated[str, typer.Argument(help="a demo or a landscape", metavar="[DEMO or LANDSCAPE]")]
Table = Annotated[str, typer.Argument(help="landscapes optimizers schedules commands keys demos or themes")]


def command(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a command; a parameter that is a dataclass stands for its fields, an option each."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        parameters: list[inspect.Parameter] = []
        bundles: dict[str, Any] = {}
        for parameter in inspect.signature(function).parameters.values():
            if dataclasses.is_dataclass(parameter.annotation):
                bundles[parameter.name] = parameter.annotation
                parameters += map(_parameter, dataclasses.fields(parameter.annotation))
            else:
                parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))

        def call(**given: Any) -> None:
            for bundle, record in bundles.items():
                names = [field.name for field in dataclasses.fields(record)]
                given[bundle] = record(**{field: given.pop(field) for field in names})
            function(**given)

        call.__doc__ = function.__doc__
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        vars(call)["__signature__"] = inspect.Signature(parameters)
        app.command(name)(call)
        return function

    return register


def _parameter(field: "dataclasses.Field[Any]") -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(field.name, kind, default=field.default, annotation=field.type)


@command("play")
def play(change: Change, look: Look, landscape: Landscape = "valleys") -> None:
    """Open the game. With no display, record a ten-second demo to downslope.mp4 instead."""
    from game.app import App, default_size, free_path, has_display, open_context
    from game.demo import get_demo
    from game.studio import open_studio

    demo = get_demo("first-look")
    if change.is_given or landscape != demo.experiment.landscape:
        # The demo's cues would undo what was asked for.
        demo = demo._replace(experiment=_experiment(landscape), cues=())
    if not has_display():
        path = free_path(Path(), "downslope", ".mp4")
        notice = f"no display to open a window on; recording a ten-second demo to {path}"
        _record(demo, change, look, path, notice=notice)
        return
    pixels = default_size() if look.size is None else _size(look.size)
    session = _session(demo.experiment, change, look)
    context = open_context(pixels, visible=True)
    with open_studio(context, pixels, look.quality, live=True) as studio:
        App(session, studio, context, Path.cwd()).run()
