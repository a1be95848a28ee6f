"""The shell: ``downslope play``, ``record``, ``snapshot``, ``run``, ``list`` and ``doctor``.

Rooms are imported where they are used, so that help, tables and complaints do not wait for OpenGL and FFmpeg.
"""

import dataclasses
import inspect
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, NoReturn

import typer

from landscapes.errors import InputError, unknown

if TYPE_CHECKING:
    from game.demo import Demo
    from game.session import Experiment, Session

app = typer.Typer(
    help="Balls that are optimizers roll down a loss surface. Without a command: play.",
    epilog="Help on one of them: downslope COMMAND --help",
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS = ("play", "record", "snapshot", "run", "list", "doctor")
FPS = 60
"""Where neither the command line nor the format says otherwise."""


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


@dataclasses.dataclass(frozen=True)
class Change:
    """The options that change an experiment; what is not given stays as the command or the demo has it."""

    balls: Annotated[int | None, typer.Option(help="how many, in all swarms together")] = None
    optimizer: Annotated[str | None, typer.Option(help="NAME, or NAME,NAME,... for a race")] = None
    lr: Annotated[float | None, typer.Option(help="learning rate; else what suits the optimizer")] = None
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="a hyper-parameter; repeatable")
    ] = None
    schedule: Annotated[str | None, typer.Option(help="a name from: downslope list schedules")] = None
    batch_size: Annotated[int | None, typer.Option(help="samples a step sees, on landscapes of data")] = None
    noise: Annotated[float | None, typer.Option(help="of the gradient, in units of the typical one")] = None
    seed: Annotated[int | None, typer.Option(help="of all that is random")] = None
    start: Annotated[str | None, typer.Option(help="random, grid, ring or point:x,y")] = None
    do: Annotated[
        list[str] | None,
        typer.Option(metavar="LINE", help="a line from: downslope list commands; repeatable"),
    ] = None

    def apply_to(self, experiment: "Experiment") -> "Experiment":
        """The experiment with what was given."""
        fields = {
            "balls": self.balls,
            "optimizers": None if self.optimizer is None else _names(self.optimizer),
            "lr": self.lr,
            "settings": dict(map(_setting, self.settings)) if self.settings else None,
            "schedule": self.schedule,
            "batch_size": self.batch_size,
            "noise": self.noise,
            "seed": self.seed,
            "start": self.start,
        }
        given: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}
        return dataclasses.replace(experiment, **given)


@dataclasses.dataclass(frozen=True)
class Look:
    """The options of every command that draws."""

    size: Annotated[str | None, typer.Option(metavar="WxH", help="of the picture, in pixels")] = None
    theme: Annotated[str | None, typer.Option(help="a name from: downslope list themes")] = None
    quality: Annotated[str, typer.Option(help="auto, low, medium, high or ultra")] = "auto"
    no_panel: Annotated[bool, typer.Option("--no-panel", help="the picture alone")] = False

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height."""
        return _size("1920x1080" if self.size is None else self.size)


_NAME = typer.Argument(metavar="LANDSCAPE", help="a name from: downslope list landscapes")
Landscape = Annotated[str, _NAME]
LandscapeOrNone = Annotated[str | None, _NAME]
Output = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="where it goes")]
Force = Annotated[bool, typer.Option("--force", help="replace an existing file without asking")]
AsJson = Annotated[bool, typer.Option("--json", help="machine-readable")]
Steps = Annotated[int, typer.Option(help="optimizer steps after the start")]


def command(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a command of the shell; a parameter that is a dataclass stands for an option per field."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        parameters: list[inspect.Parameter] = []
        bundles: dict[str, Any] = {}
        for parameter in inspect.signature(function).parameters.values():
            if dataclasses.is_dataclass(parameter.annotation):
                bundles[parameter.name] = parameter.annotation
                parameters += [_as_parameter(field) for field in dataclasses.fields(parameter.annotation)]
            else:
                parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))

        def call(**given: Any) -> None:
            for bundle, record in bundles.items():
                names = [field.name for field in dataclasses.fields(record)]
                given[bundle] = record(**{field: given.pop(field) for field in names})
            with _in_one_line():
                function(**given)

        call.__doc__ = function.__doc__
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        vars(call)["__signature__"] = inspect.Signature(parameters)
        app.command(name)(call)
        return function

    return register


def _as_parameter(field: "dataclasses.Field[Any]") -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(field.name, kind, default=field.default, annotation=field.type)


@command("play")
def play(
    change: Change,
    look: Look,
    landscape: LandscapeOrNone = None,
) -> None:
    """Open the game.

    With no display, record a ten-second demo to downslope.mp4 instead.
    """
    from game.app import App, default_size, free_path, has_display, open_context
    from game.demo import get_demo
    from game.session import Experiment
    from game.studio import open_studio

    experiment = _experiment(landscape) if landscape is not None else Experiment()
    if has_display():
        session = _open_session(experiment, change, look)
        size = default_size() if look.size is None else look.pixels
        context = open_context(size, visible=True)
        with open_studio(context, size, look.quality, live=True) as studio:
            App(session, studio, context, Path.cwd()).run()
        return
    demo = get_demo("first-look")
    if landscape is not None or change != Change():
        # The demo's cues would undo what was asked for.
        demo = demo._replace(experiment=experiment, cues=())
    path = free_path(Path(), "downslope", ".mp4")
    notice = f"no display to open a window on; recording a ten-second demo to {path}"
    if look.size is None:
        look = dataclasses.replace(look, size="1280x720")
    _record(demo, change, look, path, FPS, notice)


@command("record")
def record(
    change: Change,
    look: Look,
    subject: Annotated[
        str, typer.Argument(metavar="[DEMO or LANDSCAPE]", help="the demo first-look if nothing is said")
    ] = "first-look",
    output: Output = Path("downslope.mp4"),
    seconds: Annotated[
        float | None, typer.Option(help="length of the film; else the demo's, or 20 for a landscape")
    ] = None,
    fps: Annotated[int | None, typer.Option(help="frames a second; else 60, or what the format can")] = None,
    force: Force = False,
) -> None:
    """Render a film at exact frame times.

    The ending chooses the format: .mp4 .webm .gif .webp, or none for a folder of PNGs.
    """
    from game.recording import FORMATS

    demo = _find_subject(subject)
    if seconds is not None:
        demo = demo._replace(seconds=_within("--seconds", seconds))
    if output.suffix.lower() == ".png":
        raise InputError(
            f"{output} is one picture: use downslope snapshot, or name a folder, without an ending"
        )
    if fps is None:
        form = FORMATS.get(output.suffix.lower())
        fps = min(FPS, form.max_fps) if form else FPS
    _may_replace(output, force)
    _record(demo, change, look, output, int(_within("--fps", fps)))


@command("snapshot")
def snapshot(
    change: Change,
    look: Look,
    landscape: Landscape,
    output: Output = Path("downslope.png"),
    steps: Steps = 120,
    force: Force = False,
) -> None:
    """Save one picture, some steps after the start."""
    from game.app import open_context
    from game.recording import open_sink
    from game.studio import open_studio

    _within("--steps", steps)
    size = look.pixels
    if output.suffix.lower() != ".png":
        raise InputError(f"cannot write {output}: a picture needs the ending .png")
    _may_replace(output, force)
    with open_sink(output, size, FPS) as sink:
        session = _open_session(_experiment(landscape), change, look)
        with open_studio(open_context(size, visible=False), size, look.quality, live=False) as studio:
            studio.run_steps(session, steps)
            studio.draw(session)
            sink.write(studio.read())
    typer.echo(f"{output}: {session.world.landscape.title} after {session.world.tick:,} steps")


@command("run")
def run(
    change: Change,
    landscape: Landscape,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="trajectories, .npz or .csv")
    ] = None,
    steps: Steps = 500,
    every: Annotated[int, typer.Option(help="steps between two points of a trajectory")] = 10,
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Simulate without graphics, print the census.

    The census says who settled where. 10,000 balls with Adam if nothing is said.
    """
    from game import report

    _within("--steps", steps)
    _within("--every", every)
    experiment = dataclasses.replace(_experiment(landscape), balls=10_000, optimizers=("adam",))
    if output is None:
        session = _open_session(experiment, change, Look())
        report.simulate(session.world, steps)
    else:
        report.check_trajectory_path(output)
        _may_replace(output, force)
        with report.draft_of(output) as draft:
            session = _open_session(experiment, change, Look())
            report.write_trajectory(draft, output.suffix, report.trace(session.world, steps, every))
    if as_json:
        typer.echo(json.dumps(report.summary(session.world), indent=2))
    else:
        report.print_census(session.world)


@command("list")
def list_(
    table: Annotated[
        str,
        typer.Argument(metavar="TABLE", help="landscapes optimizers schedules commands keys demos or themes"),
    ],
    as_json: AsJson = False,
) -> None:
    """Print what there is to choose from."""
    from game import report

    rows = report.list_table(table)
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        report.print_rows(rows)


@command("doctor")
def doctor() -> None:
    """Say what works on this machine.

    For what does not, the command that mends it.
    """
    from game.doctor import examine

    findings = examine()
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        typer.echo(f"{'ok     ' if finding.works else 'MISSING'}  {finding.what:{width}}  {finding.found}")
        if finding.remedy:
            typer.echo(f"{'':{width + 9}}  {finding.remedy}")
    raise typer.Exit(0 if all(finding.works for finding in findings) else 1)


def main() -> None:
    """Run the command line: one line on stderr and exit code 2 for whatever the user can mend."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a narrow terminal must not stop the program
    with _in_one_line():
        code = app(_with_command(sys.argv[1:]), standalone_mode=False, prog_name="downslope") or 0
        if code == 130:  # typer's word for an interrupt before the command began
            raise KeyboardInterrupt
        sys.exit(code)


def _with_command(arguments: list[str]) -> list[str]:
    """``downslope rastrigin`` means ``downslope play rastrigin``; a slip such as ``lst`` means neither."""
    first = arguments[0] if arguments else "play"
    if first in (*COMMANDS, "--help", "-h"):
        return arguments or [first]
    if not first.startswith("-"):
        import landscapes

        if landscapes.canonical(first) not in landscapes.names():
            known = [*COMMANDS, *landscapes.names()]
            raise unknown("command or landscape", first, known, "downslope --help; downslope list landscapes")
    return ["play", *arguments]


@contextmanager
def _in_one_line() -> Iterator[None]:
    """Turn what a user can mend into one line on stderr and exit code 2, and an interrupt into one and 130."""
    try:
        yield
        if sys.stdout:
            sys.stdout.flush()
    except KeyboardInterrupt:
        _stop("interrupted", 130)
    except typer.TyperException as error:
        _stop(f"{error.format_message().rstrip('.')}; see downslope {_command_of(error)}--help")
    except InputError as error:
        _stop(str(error))
    except BrokenPipeError:
        _drop_output()  # whoever read has seen enough
        sys.exit(1)
    except MemoryError:
        _stop("out of memory; take fewer balls or a smaller --size")
    except ImportError as error:
        _stop(f"{error}; downslope doctor says what is missing")
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        _drop_output()
        _stop(f"{what}{error.strerror or error}")
    except ValueError as error:
        from game.recording import RecordingError  # late, because it brings FFmpeg along

        if not isinstance(error, RecordingError):
            raise
        _stop(str(error))


def _drop_output() -> None:
    """Let nothing more reach an output that failed: Python would try again on its way out, and fail again."""
    if sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _command_of(error: typer.TyperException) -> str:
    context: typer.Context | None = getattr(error, "ctx", None)
    return f"{context.info_name} " if context and context.info_name in COMMANDS else ""


def _stop(message: str, code: int = 2) -> NoReturn:
    typer.echo("downslope: " + " ".join(message.split()), err=True)
    sys.exit(code)


def _experiment(landscape: str) -> "Experiment":
    import landscapes
    from game.session import Experiment

    return Experiment(landscape=landscapes.canonical(landscape))


def _find_subject(name: str) -> "Demo":
    """A demo by its name or file, or a landscape as a film of its own."""
    import landscapes
    from game.demo import Demo, demo_names, get_demo

    if name in demo_names() or name.endswith(".toml"):
        return get_demo(name)
    if landscapes.canonical(name) in landscapes.names():
        return Demo(name, "", 20.0, _experiment(name), ())
    known = [*demo_names(), *landscapes.names()]
    raise unknown("demo or landscape", name, known, "downslope list demos; downslope list landscapes")


def _open_session(experiment: "Experiment", change: Change, look: Look) -> "Session":
    from game import commands
    from game.scene.theme import THEMES
    from game.session import Session

    theme = THEMES[0].name if look.theme is None else look.theme
    session = Session(change.apply_to(experiment), commands.apply, theme)
    session.view.panel = not look.no_panel
    for line in change.do or ():
        session.execute(line)
    return session


def _record(demo: "Demo", change: Change, look: Look, path: Path, fps: int, notice: str = "") -> None:
    """Film a demo; an interrupt ends the film early, but it is a film."""
    from game.app import open_context
    from game.recording import open_sink
    from game.report import progress
    from game.studio import film, open_studio

    size = look.pixels
    frames = max(1, round(demo.seconds * fps))
    done = 0

    def note(number: int) -> None:
        nonlocal done
        done = number
        advance(number)

    with open_sink(path, size, fps) as sink:
        session = _open_session(demo.experiment, change, look)
        with open_studio(open_context(size, visible=False), size, look.quality, live=False) as studio:
            if notice:
                typer.echo(f"downslope: {notice}", err=True)
            with progress(f"recording {path}", frames) as advance:
                try:
                    film(session, studio, sink, demo.cues, fps, frames, note)
                except KeyboardInterrupt:
                    if not done:
                        raise
    if done < frames:
        _stop(f"interrupted; {path} holds the first {done:,} of {frames:,} frames", 130)
    typer.echo(f"{path}: {frames:,} frames of {size[0]}x{size[1]} at {fps} a second")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _setting(text: str) -> tuple[str, float | bool]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if value.lower() in ("true", "false"):
        return name, value.lower() == "true"
    try:
        return name, float(value)
    except ValueError:
        what = f"{value!r} is not a number, true or false" if equals else "there is no ="
        raise InputError(f"--set {text}: {what}; write --set momentum=0.9") from None


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise InputError(f"--size {text}: write width x height in pixels, such as 1920x1080")
    return int(_within("--size", int(width))), int(_within("--size", int(height)))


def _within(option: str, number: float) -> float:
    """The number, if the option may have it."""
    limit = LIMITS[option]
    if not limit.low <= number <= limit.high:
        raise InputError(f"{option} must be from {limit.low:,g} to {limit.high:,.0f}, not {number:,}")
    return number


def _may_replace(path: Path, force: bool) -> None:
    """Ask before an existing file is replaced; where nobody can be asked, refuse.

    Raises:
        InputError: it exists and may not be replaced.
    """
    if not path.exists() or force:
        return
    if not (sys.stdin and sys.stdin.isatty() and typer.confirm(f"{path} exists. Replace it?", err=True)):
        raise InputError(f"{path} exists; choose another name or add --force")
