"""The shell: ``downslope play``, ``record``, ``snapshot``, ``run``, ``list`` and ``doctor``."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from landscapes.errors import InputError, unknown

app = typer.Typer(
    name="downslope",
    help="Balls that are optimizers roll down a loss surface. Without a command: play.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
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

Landscape = Annotated[str, typer.Argument(help="a name from: downslope list landscapes", metavar="LANDSCAPE")]
Balls = Annotated[int | None, typer.Option("--balls", help="how many, in all swarms together")]
Optimizers = Annotated[str | None, typer.Option("--optimizer", help="NAME or NAME,NAME,... for a race")]
Rate = Annotated[
    float | None, typer.Option("--lr", help="learning rate; else what suits each optimizer there")
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="a hyper-parameter, may be repeated")
]
ScheduleName = Annotated[str | None, typer.Option("--schedule", help="learning-rate schedule")]
BatchSize = Annotated[
    int | None, typer.Option("--batch-size", help="samples a step sees, on landscapes of data")
]
Noise = Annotated[
    float | None, typer.Option("--noise", help="gradient noise, 1 is as large as a typical gradient")
]
Seed = Annotated[int | None, typer.Option("--seed", help="of all that is random")]
Start = Annotated[str | None, typer.Option("--start", help="random, grid, ring or point:x,y")]
Lines = Annotated[
    list[str] | None, typer.Option("--do", metavar="LINE", help="a command at the start, may be repeated")
]
PictureSize = Annotated[str | None, typer.Option("--size", metavar="WxH", help="of the picture, pixels")]
ThemeName = Annotated[str | None, typer.Option("--theme", help="a name from: downslope list themes")]
Quality = Annotated[str, typer.Option("--quality", help="auto, low, medium, high or ultra")]
NoPanel = Annotated[bool, typer.Option("--no-panel", help="the picture alone, without the panel")]
Force = Annotated[bool, typer.Option("--force", help="replace an existing file without asking")]
AsJson = Annotated[bool, typer.Option("--json", help="machine-readable")]
Steps = Annotated[int, typer.Option("--steps", help="optimizer steps after the start")]
Output = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="where it goes")]


@app.command()
def play(
    landscape: Landscape = "",
    balls: Balls = None,
    optimizer: Optimizers = None,
    lr: Rate = None,
    settings: Settings = None,
    schedule: ScheduleName = None,
    batch_size: BatchSize = None,
    noise: Noise = None,
    seed: Seed = None,
    start: Start = None,
    do: Lines = None,
    size: PictureSize = None,
    theme: ThemeName = None,
    quality: Quality = "auto",
    no_panel: NoPanel = False,
) -> None:
    """Open the game. With no display, record a ten-second demo to downslope.mp4 instead."""
    from game.app import App, default_size, free_path, has_display, open_context
    from game.demo import get_demo
    from game.studio import check_quality, open_studio

    changes = _changes(
        landscape or None, balls, optimizer, lr, settings, schedule, batch_size, noise, seed, start
    )
    check_quality(quality)
    if not has_display():
        path = free_path(Path(), "downslope", ".mp4")
        typer.echo(
            f"downslope: no display to open a window on; recording a ten-second demo to {path}", err=True
        )
        demo = get_demo("first-look")
        if changes or do:
            demo = demo._replace(cues=())
        _record(demo, changes, path, _size(size or "1280x720"), 60, None, do, theme, quality, no_panel)
        return
    session = _session(changes, theme, no_panel, do)
    pixels = _size(size) if size else default_size()
    context = open_context(pixels, visible=True)
    with open_studio(context, pixels, quality, live=True) as studio:
        App(session, studio, context, Path.cwd()).run()


@app.command()
def record(
    subject: Annotated[
        str, typer.Argument(help="a demo or a landscape", metavar="[DEMO or LANDSCAPE]")
    ] = "first-look",
    output: Output = Path("downslope.mp4"),
    seconds: Annotated[float | None, typer.Option("--seconds", help="length of the film")] = None,
    fps: Annotated[int, typer.Option("--fps", help="frames a second")] = 60,
    balls: Balls = None,
    optimizer: Optimizers = None,
    lr: Rate = None,
    settings: Settings = None,
    schedule: ScheduleName = None,
    batch_size: BatchSize = None,
    noise: Noise = None,
    seed: Seed = None,
    start: Start = None,
    do: Lines = None,
    size: PictureSize = "1920x1080",
    theme: ThemeName = None,
    quality: Quality = "auto",
    no_panel: NoPanel = False,
    force: Force = False,
) -> None:
    """Render a film at exact frame times: .mp4 .webm .gif .webp, or a folder of PNGs."""
    import landscapes
    from game.demo import Demo, demo_names, get_demo
    from game.session import Experiment

    changes = _changes(None, balls, optimizer, lr, settings, schedule, batch_size, noise, seed, start)
    if subject in demo_names() or subject.endswith(".toml"):
        demo = get_demo(subject)
    elif landscapes.canonical(subject) in landscapes.names():
        demo = Demo(subject, "", 20.0, Experiment(landscape=landscapes.canonical(subject)), ())
    else:
        known = [*demo_names(), *landscapes.names()]
        raise unknown("demo or landscape", subject, known, "downslope list demos; downslope list landscapes")
    _check("--fps", fps)
    if seconds is not None:
        _check("--seconds", seconds)
    pixels = _size(size or "1920x1080")
    _may_write(output, force)
    _record(demo, changes, output, pixels, fps, seconds, do, theme, quality, no_panel)


@app.command()
def snapshot(
    landscape: Landscape,
    output: Output = Path("downslope.png"),
    steps: Steps = 120,
    balls: Balls = None,
    optimizer: Optimizers = None,
    lr: Rate = None,
    settings: Settings = None,
    schedule: ScheduleName = None,
    batch_size: BatchSize = None,
    noise: Noise = None,
    seed: Seed = None,
    start: Start = None,
    do: Lines = None,
    size: PictureSize = "1920x1080",
    theme: ThemeName = None,
    quality: Quality = "auto",
    no_panel: NoPanel = False,
    force: Force = False,
) -> None:
    """Save one picture, some steps after the start."""
    from game.app import open_context
    from game.recording import write_png
    from game.studio import check_quality, open_studio

    _check("--steps", steps)
    check_quality(quality)
    pixels = _size(size or "1920x1080")
    if output.suffix.lower() != ".png":
        raise InputError(f"cannot write {output}: a picture needs the ending .png")
    changes = _changes(landscape, balls, optimizer, lr, settings, schedule, batch_size, noise, seed, start)
    _may_write(output, force)
    session = _session(changes, theme, no_panel, do)
    with open_studio(open_context(pixels, visible=False), pixels, quality, live=False) as studio:
        studio.run_steps(session, steps)
        studio.draw(session)
        write_png(output, studio.read())
    typer.echo(f"{output}: {session.world.landscape.title} after {session.world.tick} steps")


@app.command()
def run(
    landscape: Landscape,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="trajectories, .npz or .csv")
    ] = None,
    steps: Steps = 500,
    every: Annotated[int, typer.Option("--every", help="steps between two points of a trajectory")] = 10,
    balls: Balls = 10_000,
    optimizer: Optimizers = "adam",
    lr: Rate = None,
    settings: Settings = None,
    schedule: ScheduleName = None,
    batch_size: BatchSize = None,
    noise: Noise = None,
    seed: Seed = None,
    start: Start = None,
    do: Lines = None,
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Simulate without graphics and print who settled where."""
    from game import report

    _check("--steps", steps)
    _check("--every", every)
    changes = _changes(landscape, balls, optimizer, lr, settings, schedule, batch_size, noise, seed, start)
    if output is not None:
        report.check_trajectory_path(output)
        _may_write(output, force)
    session = _session(changes, None, False, do)
    trajectory = report.simulate(session.world, steps, every if output else None)
    if output is not None:
        report.write_trajectory(output, trajectory)
    if as_json:
        typer.echo(json.dumps(report.summary(session.world), indent=2))
    else:
        report.print_census(session.world)


@app.command("list")
def list_(
    table: Annotated[
        str, typer.Argument(help="landscapes optimizers schedules commands keys demos or themes")
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


@app.command()
def doctor() -> None:
    """Say what works here, and for what does not, the command that mends it."""
    from game.doctor import examine

    findings = examine()
    for finding in findings:
        typer.echo(f"{'ok     ' if finding.works else 'MISSING'}  {finding.what}: {finding.found}")
        if finding.remedy:
            typer.echo(f"         {finding.remedy}")
    raise typer.Exit(0 if all(finding.works for finding in findings) else 1)


def main() -> None:
    """Run the command line: one line on stderr and exit code 2 for whatever the user can mend."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    from click.exceptions import Abort, ClickException

    arguments = sys.argv[1:]
    names = {"play", "record", "snapshot", "run", "list", "doctor"}
    if not arguments or not (names & set(arguments[:1]) or "--help" in arguments[:1]):
        arguments = ["play", *arguments]
    try:
        sys.exit(app(arguments, standalone_mode=False, prog_name="downslope") or 0)
    except ClickException as error:
        _fail(error.format_message())
    except (Abort, KeyboardInterrupt):
        _fail("interrupted", 130)
    except InputError as error:
        _fail(str(error))
    except (OSError, MemoryError) as error:
        _fail(str(error) or "out of memory")


def _fail(message: str, code: int = 2) -> None:
    print("downslope: " + " ".join(message.split()), file=sys.stderr)  # noqa: T201
    sys.exit(code)


def _changes(
    landscape: str | None,
    balls: int | None,
    optimizer: str | None,
    lr: float | None,
    settings: list[str] | None,
    schedule: str | None,
    batch_size: int | None,
    noise: float | None,
    seed: int | None,
    start: str | None,
) -> dict[str, Any]:
    """The fields of the experiment that the command line sets."""
    import landscapes

    fields = {
        "landscape": landscapes.canonical(landscape) if landscape else None,
        "balls": balls,
        "optimizers": tuple(name.strip() for name in optimizer.split(",")) if optimizer else None,
        "lr": lr,
        "settings": dict(_setting(text) for text in settings) if settings else None,
        "schedule": schedule,
        "batch_size": batch_size,
        "noise": noise,
        "seed": seed,
        "start": start,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _session(
    changes: dict[str, Any], theme: str | None, no_panel: bool, do: list[str] | None, experiment: Any = None
) -> Any:
    import dataclasses

    from game import commands
    from game.scene.theme import THEMES
    from game.session import Experiment, Session

    chosen = dataclasses.replace(experiment or Experiment(), **changes)
    session = Session(chosen, commands.apply, theme or THEMES[0].name)
    session.view.panel = not no_panel
    for line in do or ():
        session.execute(line)
    return session


def _record(
    demo: Any,
    changes: dict[str, Any],
    path: Path,
    size: tuple[int, int],
    fps: int,
    seconds: float | None,
    do: list[str] | None,
    theme: str | None,
    quality: str,
    no_panel: bool,
) -> None:
    from game.app import open_context
    from game.recording import open_sink
    from game.studio import check_quality, film, open_studio

    check_quality(quality)
    frames = max(1, round((seconds or demo.seconds) * fps))
    session = _session(changes, theme, no_panel, do, demo.experiment)
    with (
        open_studio(open_context(size, visible=False), size, quality, live=False) as studio,
        open_sink(path, size, fps) as sink,
        _progress(f"recording {path}", frames) as advance,
    ):
        film(session, studio, sink, demo.cues, fps, frames, advance)
    typer.echo(f"{path}: {frames} frames of {size[0]}x{size[1]} at {fps} a second")


def _progress(title: str, total: int) -> Any:
    from game.report import progress

    return progress(title, total)


def _setting(text: str) -> tuple[str, float | bool]:
    name, equals, value = text.partition("=")
    if value.lower() in ("true", "false"):
        return name, value.lower() == "true"
    try:
        return name, float(value)
    except ValueError:
        what = f"{value!r} is not a number" if equals else "there is no ="
        raise InputError(f"--set {text}: {what}; write --set momentum=0.9") from None


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise InputError(f"--size {text}: write width x height in pixels, such as 1920x1080")
    for side in (int(width), int(height)):
        _check("--size", side)
    return int(width), int(height)


def _check(option: str, number: float) -> None:
    limit = LIMITS[option]
    if not limit.low <= number <= limit.high:
        raise InputError(f"{option} must be from {limit.low:g} to {limit.high:g}, not {number:g}")


def _may_write(path: Path, force: bool) -> None:
    """Ask before an existing file is replaced; where nobody can be asked, refuse.

    Raises:
        InputError: it exists and may not be replaced, or the folder cannot be written.
    """
    if not path.parent.is_dir():
        raise InputError(f"cannot write {path}: there is no folder {path.parent}")
    if not path.exists() or force:
        return
    if not (sys.stdin.isatty() and typer.confirm(f"{path} exists. Replace it?")):
        raise InputError(f"{path} exists; choose another name or add --force")
