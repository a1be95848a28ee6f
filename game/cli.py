"""The shell: ``downslope play``, ``record``, ``reel``, ``snapshot``, ``run``, ``scan``, ``export`` and their kin.

Rooms are imported where they are used, so that help, tables and complaints do not wait for OpenGL and FFmpeg.
"""

import dataclasses
import io
import json
import os
import re
import shlex
import sys
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from game.options import (
    Aims,
    AsJson,
    Change,
    Delivery,
    Film,
    Force,
    Ground,
    Landscape,
    LandscapeOrNone,
    Lesson,
    Look,
    Output,
    Steps,
    Workers,
    refuse_conflicts,
    refuse_training,
    within,
)
from game.shell import command, in_one_line, may_replace, put_off_interrupt, stop
from landscapes.errors import InputError, unknown

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from game.demo import Script
    from game.scan.live import LiveScan
    from game.script import Take
    from game.session import Experiment, Session
    from game.simulation import World
    from game.simulation.race import Finish
    from game.studio import Context

app = typer.Typer(
    help="Balls that are optimizers roll down a loss surface. Without a command: play.",
    epilog="Help on one of them: downslope COMMAND --help",
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS = ("play", "record", "reel", "snapshot", "run", "scan", "export", "list", "doctor")
FPS = 60
"""Where neither the command line nor the format says otherwise."""
OPENING_SPEED = 0.5
"""Of a game that nobody asked anything of: at full speed balls would lie still before the first look is over."""
AT_ONCE = 100
"""Steps between two looks at how far it is to the beginning of a film."""
CELLS = 512
"""Along each side of a basin map, where ``--balls`` does not say how many in all."""
_MINUS = re.compile(r"-[^-o](.*[^A-Za-z_])?[xy]([^A-Za-z_]|$)|-[xy]([^A-Za-z_]|$)")


@command(app, "play")
def play(
    ground: Ground,
    change: Change,
    look: Look,
    landscape: LandscapeOrNone = None,
    scan: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC", help="in place of LANDSCAPE: what downslope scan takes; coarse at first"
        ),
    ] = None,
    executor: Workers = "threads",
) -> None:
    """Open the game.

    With no display, record a ten-second demo to downslope.mp4 instead. With --scan the ground gets sharper while it is
    played on; esc stops that, and what is computed is kept.
    """
    from game.window import has_display

    if scan is not None:
        if landscape is not None:
            raise InputError(f"--scan {scan} and {landscape}: name one ground to play on")
        _play_scan(scan, executor, ground, change, look)
        return
    # What was named may not exist; a window that opens and closes again would say less than the line about it.
    script = None if landscape is None else _open_subject(landscape, ground)
    if has_display():
        # Who asked for something special came for that.
        greet = not change.do and not (landscape and _is_script(landscape))
        _play(script, ground, change, look, greet=greet)
        return
    from game.app import free_path
    from game.demo import get_demo

    script = script or _open_default(ground)
    demo = get_demo("first-look")
    if landscape is not None or change != Change():
        # The demo's cues would undo what was asked for.
        demo = script._replace(seconds=demo.seconds)
    path = free_path(Path(), "downslope", ".mp4")
    notice = f"no display to open a window on; recording a ten-second demo to {path}"
    if look.size is None:
        look = dataclasses.replace(look, size="1280x720")
    _record(demo, change, look, Film(), Delivery(), path, FPS, notice)


@command(app, "record")
def record(
    ground: Ground,
    change: Change,
    look: Look,
    light: Film,
    delivery: Delivery,
    subject: Annotated[
        str, typer.Argument(metavar="[DEMO or LANDSCAPE]", help="the demo first-look if nothing is said")
    ] = "first-look",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="where it goes; else downslope.mp4")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="length of the film; else the demo's, or 20 for a landscape")
    ] = None,
    fps: Annotated[int | None, typer.Option(help="frames a second; else 60, or what the format can")] = None,
    replay: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="what was played while v was on: downslope.toml beside that film"),
    ] = None,
    force: Force = False,
) -> None:
    """Render a film at exact frame times.

    The ending chooses the format: .mp4 .webm .gif .webp, or none for a folder of PNGs.
    """
    from game.outlets import find_outlet

    delivery.check()
    outlet = find_outlet(delivery.outlet) if delivery.outlet is not None else None
    path = output or Path(f"downslope{outlet.ending if outlet else '.mp4'}")
    demo = _find_subject(subject if replay is None else _as_toml(replay), ground)
    if seconds is not None:
        demo = demo._replace(seconds=within("--seconds", seconds))
    if path.suffix.lower() == ".png":
        raise InputError(
            f"{path} is one picture: use downslope snapshot, or name a folder, without an ending"
        )
    look, delivery, fps = _suit(look, delivery, path, fps)
    may_replace(path, force)
    _record(demo, change, look, light, delivery, path, fps)


@command(app, "reel")
def reel(
    look: Look,
    light: Film,
    delivery: Delivery,
    demos: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DEMO...]", help="names or files; all that ship with the game if nothing is said"
        ),
    ] = None,
    output: Output = Path("reel"),
    seconds: Annotated[float | None, typer.Option(help="of each film at most")] = None,
    fps: Annotated[int | None, typer.Option(help="frames a second; else 60, or what --for says")] = None,
    force: Force = False,
) -> None:
    """Render all demos, with a page that plays them.

    They go to a folder. What is finished is kept: an interrupted reel goes on where it was; --force begins anew.
    """
    from game import reel as reels
    from game.demo import demo_names, get_demo
    from game.report import make_folder
    from game.window import open_context

    delivery.check()
    look, delivery, fps = _suit(look, delivery, Path(f"film{reels.ENDING}"), fps)
    longest = None if seconds is None else within("--seconds", seconds)
    scripts = [get_demo(name) for name in demos or demo_names()]
    make_folder(output)
    context = open_context(look.pixels, visible=False)
    films: list[reels.Film] = []
    for number, script in enumerate(scripts, start=1):
        path, length = output / f"{script.name}{reels.ENDING}", min(script.seconds, longest or script.seconds)
        if path.exists() and not force:
            typer.echo(f"{number} of {len(scripts)}: {path} is there already")
        else:
            draft = path.with_stem(f"{path.stem}-unfinished")
            try:
                done, frames = _shoot(
                    script._replace(seconds=length),
                    Change(),
                    look,
                    light,
                    delivery,
                    draft,
                    fps,
                    context=context,
                )
            except KeyboardInterrupt:  # before the first picture
                done, frames = 0, 1
            if done < frames:
                draft.unlink(missing_ok=True)
                stop(f"interrupted; {number - 1} of {len(scripts)} films are finished in {output}", 130)
            draft.replace(path)
            typer.echo(f"{number} of {len(scripts)}: {path}")
        films.append(reels.Film(path.name, script.title or script.name, script.about, length, look.pixels))
        page = reels.write_page(output, films)
    typer.echo(f"{page}: {len(films)} films")


@command(app, "snapshot")
def snapshot(
    ground: Ground,
    change: Change,
    look: Look,
    light: Film,
    landscape: Landscape,
    output: Output = Path("downslope.png"),
    steps: Steps = 120,
    force: Force = False,
) -> None:
    """Save one picture, some steps after the start."""
    from game.recording import Encoding, open_sink
    from game.studio import open_studio
    from game.window import open_context

    within("--steps", steps)
    size = look.pixels
    if output.suffix.lower() != ".png":
        raise InputError(f"cannot write {output}: a picture needs the ending .png")
    may_replace(output, force)
    script = _open_subject(landscape, ground)
    title, comment = _credits(script, change)
    encoding = Encoding(alpha=light.alpha, title=title, comment=comment)
    with open_sink(output, size, FPS, encoding) as sink:
        session = _open_session(script, change, look)
        context = open_context(size, visible=False)
        with open_studio(
            context,
            size,
            look.quality,
            live=False,
            lens=light.focus,
            finer=light.finer,
            cut_out=light.alpha,
        ) as studio:
            _tell(filter(None, [studio.refusal]))
            studio.run_steps(session, steps)
            studio.draw(session, 1.0 if light.dusk else 0.0)
            sink.write(studio.read())
    typer.echo(f"{output}: {session.world.landscape.title} after {session.world.tick:,} steps")


@command(app, "run")
def run(
    ground: Ground,
    change: Change,
    aims: Aims,
    landscape: LandscapeOrNone = None,
    steps: Steps = 500,
    every: Annotated[int, typer.Option(help="steps between two points of a trajectory")] = 10,
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Simulate without graphics, print the census.

    The census says who settled where. 10,000 balls with Adam if nothing is said.
    """
    from game import report

    within("--steps", steps)
    within("--every", every)
    refuse_conflicts(landscape, ground, change, aims)
    crowd = _crowd(landscape, ground)
    if crowd.experiment.teams and (aims.tune or aims.basins):
        raise InputError("--tune and --basins take a LANDSCAPE, not a session with teams of its own")
    if aims.tune:
        _compare(change.apply_to(crowd.experiment), steps, aims.seeds, as_json)
        return
    if aims.basins:
        _chart(crowd.experiment, change, steps, aims.basins, force, as_json)
        return
    if aims.sweep:
        _sweep(crowd, change, aims, steps, force, as_json)
        return
    world, finish = _simulate(crowd, change, aims, steps, every, force)
    if as_json:
        typer.echo(json.dumps(report.summary(world, finish), indent=2))
        return
    report.print_census(world)
    if len(world.swarms) > 1 or finish:
        report.print_standings(world, finish)


@command(app, "scan")
def scan(
    lesson: Lesson,
    spec: Annotated[
        str,
        typer.Argument(
            metavar="SPEC",
            help="a network from: downslope list landscapes, a data set, a .csv of yours, or my_training.py:problem",
        ),
    ],
    output: Output,
    span: Annotated[
        float, typer.Option(help="how far the map reaches; 1 is as far as the plane suggests")
    ] = 1,
    resolution: Annotated[
        int | None, typer.Option(help="grid points along each side; else 128, or what the network has")
    ] = None,
    executor: Workers = "threads",
    samples: Annotated[
        bool, typer.Option("--samples", help="keep the loss of every sample, for minibatches of any size")
    ] = False,
    force: Force = False,
) -> None:
    """Compute a network's surface.

    A data set, or a table of yours with its last column as the target, gets a network that is trained first. What is
    finished is kept: an interrupted scan goes on where it was. A script of yours is run, and names a PyTorch model, its
    loss and its data. The ending of the file chooses the format.
    """
    from game.scan import ScanInterrupted, find_script, scan_script, scan_to_file, tell, tell_landscape

    may_replace(output, force)
    script = find_script(spec)
    try:
        if script is not None:
            refuse_training(spec, lesson, samples)
            surface = scan_script(
                script,
                output,
                plane=lesson.plane,
                seed=lesson.seed,
                span=span,
                resolution=resolution,
                executor=executor,
                say=lambda line: _tell([line]),
            )
            for line in (f"{output}: {surface.title}", *tell_landscape(surface)):
                typer.echo(line)
            return
        result = scan_to_file(
            spec,
            output,
            **dataclasses.asdict(lesson),
            span=span,
            resolution=resolution,
            executor=executor,
            samples=samples,
            say=lambda line: _tell([line]),
        )
    except ScanInterrupted as interrupted:
        stop(str(interrupted), 130)
    for line in (f"{output}: {result.subject.title}", *tell(result)):
        typer.echo(line)


@command(app, "export")
def export(
    ground: Ground,
    landscape: Landscape,
    output: Output,
    resolution: Annotated[
        int | None,
        typer.Option(help="points along each axis; else the file's own, and 256 of what is no file"),
    ] = None,
    force: Force = False,
) -> None:
    """Write a surface to a file.

    The ending chooses the format; downslope list formats says which there are. A file turns into another format as it
    is, unless --resolution asks for a new grid.
    """
    import landscapes
    from game import report
    from landscapes.files import find_writer

    if resolution is not None:
        within("--resolution", resolution)
    write = find_writer(output)
    may_replace(output, force)
    with report.draft_of(output) as draft:
        sheet = landscapes.sample(ground.extend(landscape), resolution)
        _tell(sheet.guesses)
        with report.blame(output):
            write(draft, sheet)
    rows, columns = sheet.loss.shape
    layers = f", {len(sheet.layers)} layers" if sheet.layers is not None else ""
    typer.echo(f"{output}: {columns} x {rows} points{layers}")


@command(app, "list")
def list_(
    table: Annotated[
        str,
        typer.Argument(
            metavar="TABLE",
            help="landscapes formats datasets spaces optimizers schedules starts borders commands keys "
            "demos presets or themes",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Print what there is to choose from."""
    from game import report

    if as_json:
        typer.echo(json.dumps(report.list_table(table), indent=2))
    else:
        report.print_table(table)


@command(app, "doctor")
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
    with in_one_line():
        arguments = _with_command([_shield(word) for word in sys.argv[1:]])
        code = app(arguments, standalone_mode=False, prog_name="downslope") or 0
        if code == 130:  # typer's word for an interrupt before the command began
            raise KeyboardInterrupt
        sys.exit(code)


def _play_scan(spec: str, executor: str, ground: Ground, change: Change, look: Look) -> None:
    """Play on what is being scanned, from its first few points on."""
    from game.scan import open_scan
    from game.window import has_display

    if not has_display():
        raise InputError(f"no display to open a window on: downslope scan {spec} -o FILE.npz needs none")
    with open_scan(spec, executor, lambda line: _tell([line])) as scan:
        _play(_open_subject(scan.wait(), ground), ground, change, look, scan=scan)


def _shield(argument: str) -> str:
    """A formula that begins with a minus sign, so that it is not taken for an option."""
    return f" {argument}" if _MINUS.match(argument) else argument


def _with_command(arguments: list[str]) -> list[str]:
    """``downslope rastrigin`` means ``downslope play rastrigin``; a slip such as ``lst`` means neither."""
    first = arguments[0] if arguments else "play"
    if first in (*COMMANDS, "--help", "-h"):
        return arguments or [first]
    if not first.startswith("-"):
        import landscapes
        from game.script.presets import PRESETS

        if not landscapes.is_known(first) and first not in PRESETS:
            known = [*COMMANDS, *landscapes.names(), *PRESETS]
            raise unknown("command or landscape", first, known, "downslope --help; downslope list landscapes")
    return ["play", *arguments]


def _experiment(landscape: str, ground: Ground) -> "Experiment":
    import landscapes
    from game.session import Experiment

    return Experiment(landscape=landscapes.canonical(ground.extend(landscape)))


def _tell(notes: Iterable[str]) -> None:
    """Say aloud what was guessed of a file, or is drawn otherwise than asked for."""
    for note in notes:
        typer.echo(f"downslope: {note}", err=True)


def _crowd(landscape: str | None, ground: Ground) -> "Script":
    """What ``run`` takes where nothing else is said."""
    if landscape and _is_script(landscape):
        return _find_subject(landscape, ground)
    experiment = dataclasses.replace(_experiment(landscape or "", ground), balls=10_000, optimizers=("adam",))
    return _as_script(landscape or "", experiment)


def _play(
    script: "Script | None",
    ground: Ground,
    change: Change,
    look: Look,
    *,
    greet: bool = False,
    scan: "LiveScan | None" = None,
) -> None:
    """Open a window, first of all, and play in it; with a scan under way, on ground that gets sharper."""
    from game.scene.theme import THEMES, get_theme
    from game.window import default_size, open_context, set_stage

    size = default_size() if look.size is None else look.pixels
    theme = THEMES[0] if look.theme is None else get_theme(look.theme)
    context = open_context(size, visible=True)
    set_stage(context, theme.void)
    from game.app import App
    from game.panel.settings import arrangement_path
    from game.studio import open_studio

    session = _open_session(script or _open_default(ground), change, look)
    _take_own_keys(session)
    if script is None and not change.do:
        session.speed = OPENING_SPEED
    with open_studio(context, size, look.quality, live=True) as studio:
        film = script if script and script.is_film else None
        window = App(session, studio, context, Path.cwd(), arrangement_path(), film, greet=greet)
        if scan:
            session.view.scanning, window.tend = True, scan.tend
        window.run()


def _open_default(ground: Ground) -> "Script":
    from game.session import Experiment

    return _open_subject(Experiment().landscape, ground)


def _open_subject(name: str, ground: Ground) -> "Script":
    """What ``play`` and ``snapshot`` take: a landscape, or a script."""
    return _find_subject(name, ground) if _is_script(name) else _as_script(name, _experiment(name, ground))


def _as_script(name: str, experiment: "Experiment") -> "Script":
    from game.demo import Script

    return Script(name, "", 20.0, experiment)


def _is_script(name: str) -> bool:
    from game.demo import demo_names
    from game.script.presets import PRESETS

    return name.endswith(".toml") or name in (*demo_names(), *PRESETS)


def _find_subject(name: str, ground: Ground) -> "Script":
    """A demo, a preset or a session by its name or file, or a landscape as a film of its own."""
    import landscapes
    from game.demo import demo_names, get_demo
    from game.script.presets import PRESETS

    if _is_script(name):
        demo = get_demo(name)
        landscape = ground.extend(demo.experiment.landscape)
        return demo._replace(experiment=dataclasses.replace(demo.experiment, landscape=landscape))
    if landscapes.is_known(name):
        return _as_script(name, _experiment(name, ground))
    known = [*demo_names(), *PRESETS, *landscapes.names()]
    where = "downslope list demos; downslope list presets; downslope list landscapes"
    raise unknown("demo or landscape", name, known, where)


def _open_session(script: "Script", change: Change, look: Look) -> "Session":
    from game import commands
    from game.scene.theme import THEMES
    from game.script import follow_script
    from game.session import Session

    theme = THEMES[0].name if look.theme is None else look.theme
    session = Session(change.apply_to(script.experiment), commands.apply, theme)
    chosen = session.view.theme
    follow_script(session, script)
    if look.theme is not None:
        session.view.theme = chosen
    session.view.panel &= not look.no_panel
    session.view.quality = look.quality
    _tell(session.world.landscape.notes)
    if script.take:
        _go_to(session, script.take)
    for line in change.do or ():
        session.execute(line)
    return session


def _as_toml(replay: Path) -> str:
    if replay.suffix.lower() != ".toml":
        raise InputError(f"--replay {replay}: name the .toml beside the film")
    return str(replay)


def _go_to(session: "Session", take: "Take") -> None:
    """Roll on to where a film begins that was taken in the window."""
    from game.script import enter_take
    from landscapes.progress import follow

    with follow("rolling to where the film begins", take.tick) as note:
        while session.world.tick < take.tick:
            session.advance(min(AT_ONCE, take.tick - session.world.tick))
            note(session.world.tick)
    enter_take(session, take)


def _take_own_keys(session: "Session") -> None:
    """The player's own keys; a damaged file is left out, and the game says why."""
    from game.keymap import read_own_buttons, read_own_keys

    try:
        session.view.keys, session.view.buttons = read_own_keys(), read_own_buttons()
    except InputError as error:
        session.say(f"{error}; the keys are as shipped")


def _simulate(
    crowd: "Script", change: Change, aims: Aims, steps: int, every: int, force: bool
) -> "tuple[World, Finish | None]":
    """The world after so many steps with its finish line; trajectory, and at the end all of it, go to files."""
    from game import report, trajectory

    form = trajectory.find_format(aims.output) if aims.output else None
    if aims.save and aims.save.suffix.lower() != ".npz":
        raise InputError(f"cannot write {aims.save}: a saved world needs the ending .npz")
    files = [path for path in (aims.output, aims.save) if path]
    for path in files:
        may_replace(path, force)
    with ExitStack() as stack:
        # First of all: whether they can be written must not turn out after hours.
        drafts = {path: stack.enter_context(report.draft_of(path)) for path in files}
        world, session = _make_world(crowd, change, aims)
        step = partial(_play_on, session, bool(files)) if session else None
        start = world.tick
        if aims.output:
            trajectory.check_room(aims.output, world, 1 + -(-steps // every))
        interrupted = stack.enter_context(put_off_interrupt())
        pauses = report.simulate(world, steps, every if form else max(steps, 1), interrupted, step)
        points = 0
        if aims.output and form:
            looks = (trajectory.look(world) for _ in pauses)
            bar = partial(report.progress, f"packing {aims.output}, MB")
            with report.blame(aims.output):
                points = trajectory.write_trajectory(drafts[aims.output], form, world, looks, bar)
        for _ in pauses:
            pass
        if aims.save:
            with report.blame(aims.save), drafts[aims.save].open("wb") as file:
                world.save(file)
    if interrupted():
        outcome = [f"interrupted after {world.tick - start:,} of {steps:,} steps"]
        outcome += [f"{aims.output} holds the {points:,} points so far"] if aims.output else []
        outcome += [f"--resume {aims.save} goes on from there"] if aims.save else []
        stop("; ".join(outcome), 130)
    return (session.world, session.finish) if session else (world, None)


def _compare(experiment: "Experiment", steps: int, seeds: int | None, as_json: bool) -> None:
    import landscapes
    from game import report
    from game.simulation.tuning import compare, count_work

    optimizers = experiment.optimizers
    count = 5 if seeds is None else int(within("--seeds", seeds))
    surface = landscapes.get(experiment.landscape)
    _tell(surface.notes)
    with report.progress("comparing", count_work(optimizers, steps, count)) as note:
        rows = compare(
            surface,
            optimizers,
            balls=experiment.balls,
            steps=steps,
            seeds=count,
            seed=experiment.seed,
            start=experiment.start,
            note=note,
            settings=experiment.settings,
            schedule=experiment.schedule,
            batch_size=experiment.batch_size,
            noise=experiment.noise,
            border=experiment.border,
        )
    if as_json:
        told = {"landscape": surface.name, "balls": experiment.balls, "steps": steps, "seeds": count}
        typer.echo(json.dumps(told | {"optimizers": report.tell(rows)}, indent=2))
    else:
        runs = "1 seed" if count == 1 else f"{count} seeds"
        typer.echo(f"{surface.title}: {experiment.balls:,} balls, {steps:,} steps, mean over {runs}")
        report.print_comparison(rows)


def _chart(crowd: "Experiment", change: Change, steps: int, path: Path, force: bool, as_json: bool) -> None:
    import landscapes
    from game import chart, report
    from game.simulation.basins import map_basins

    experiment = change.apply_to(crowd)
    if len(experiment.optimizers) > 1:
        raise InputError(
            f"--basins shows one optimizer, not {len(experiment.optimizers)}; draw a map of each"
        )
    if isinstance(experiment.lr, tuple):
        raise InputError("--basins shows one learning rate, not a sweep; draw a map of each")
    write = chart.find_writer(path)
    may_replace(path, force)
    surface = landscapes.get(experiment.landscape)
    _tell(surface.notes)
    with report.draft_of(path) as draft:
        with report.progress("simulating", steps) as note:
            basins = map_basins(
                surface,
                experiment.optimizers[0],
                steps=steps,
                resolution=CELLS if change.balls is None else round(max(change.balls, 0) ** 0.5),
                lr=experiment.lr,
                settings=experiment.settings,
                seed=experiment.seed,
                schedule=experiment.schedule,
                batch_size=experiment.batch_size,
                noise=experiment.noise,
                border=experiment.border,
                note=note,
            )
        with report.blame(path), draft.open("wb") as file:
            write(file, basins)
    told = chart.summarise(basins)
    if as_json:
        typer.echo(json.dumps(told, indent=2))
    else:
        typer.echo(f"{path}: {basins.landscape.title}, {basins.optimizer} at lr {basins.lr:.3g}")
        report.print_ends(told)


def _sweep(crowd: "Script", change: Change, aims: Aims, steps: int, force: bool, as_json: bool) -> None:
    """A run for each combination of settings; the table and the picture go to files."""
    import landscapes
    from game import report, sweeps
    from game.workers import find_workers, persist

    if crowd.lines or crowd.experiment.teams:
        raise InputError("--sweep takes a LANDSCAPE, not a session with teams or lines of its own")
    axes = tuple(sweeps.read_axis(text) for text in aims.sweep or ())
    settings = sweeps.combine(axes)
    experiments = [change.vary(one).apply_to(crowd.experiment) for one in settings]
    workers = find_workers(aims.executor)
    if aims.picture and aims.picture.suffix.lower() != ".png":
        raise InputError(f"cannot write {aims.picture}: a picture needs the ending .png")
    write = sweeps.find_writer(aims.output) if aims.output else None
    surface = landscapes.get(crowd.experiment.landscape)
    _tell(surface.notes)
    files = [path for path in (aims.output, aims.picture) if path]
    for path in files:
        may_replace(path, force)
    with ExitStack() as stack:
        drafts = {path: stack.enter_context(report.draft_of(path)) for path in files}

        with report.progress("sweeping", len(settings)) as note:

            def attempt() -> "npt.NDArray[np.float64]":
                with workers.open() as executor:
                    return sweeps.run_sweep(experiments, steps, executor=executor, note=note)

            results = persist(attempt, lambda: 0)
        title = f"{surface.title}, {experiments[0].optimizers[0]}, {steps:,} steps"
        found = sweeps.Sweep(title, axes, tuple(settings), results)
        rows = sweeps.tell_sweep(found)
        if aims.output and write:
            with report.blame(aims.output), drafts[aims.output].open("wb") as file:
                write(file, rows)
        if aims.picture:
            from game.recording.images import encode_png

            with report.blame(aims.picture):
                drafts[aims.picture].write_bytes(encode_png(sweeps.draw_sweep(found, "paper")))
    best = rows[sweeps.find_best(found)]
    if as_json:
        typer.echo(json.dumps({"runs": rows, "best": best}, indent=2))
        return
    typer.echo(f"{title}: {len(rows):,} runs of {experiments[0].balls:,} balls; the best one:")
    report.print_rows(
        [{name: f"{value:.6g}" if isinstance(value, float) else value for name, value in best.items()}]
    )


def _make_world(crowd: "Script", change: Change, aims: Aims) -> "tuple[World, Session | None]":
    """The world, and the session that plays it where there are lines to come or a line to cross."""
    from game.simulation import World

    if aims.resume:
        return World.load(aims.resume), None
    played = crowd.lines or crowd.experiment.finish is not None
    if played and aims.float64:
        raise InputError("--float64: a session with lines or a finish is played by the game, in float32")
    session = _open_session(crowd, change, Look()) if played or change.do else None
    if session:
        world = session.world
    else:
        world = change.apply_to(crowd.experiment).build("float64" if aims.float64 else "float32")
        _tell(world.landscape.notes)
    world.watch()
    return world, session if session and (crowd.lines or session.finish) else None


def _play_on(session: "Session", steady: bool, steps: int) -> None:
    """Take steps; where files are ``steady``, of one and the same world."""
    world = session.world
    session.advance(steps)
    if steady and session.world is not world:
        raise InputError("a line of the session releases the balls anew: no one world to write to a file")


def _suit(look: Look, delivery: Delivery, path: Path, fps: int | None) -> tuple[Look, Delivery, int]:
    """The size, quality and rate that an outlet and the format ask for, where nothing else was."""
    from game.outlets import find_outlet
    from game.recording import FORMATS

    outlet = find_outlet(delivery.outlet) if delivery.outlet is not None else None
    if fps is None:
        form = FORMATS.get(path.suffix.lower())
        fps = min(outlet.fps if outlet else FPS, form.max_fps if form else FPS)
    if outlet:
        if look.size is None:
            look = dataclasses.replace(look, size=f"{outlet.size[0]}x{outlet.size[1]}")
        if delivery.crf is None and delivery.codec is None and path.suffix.lower() == outlet.ending:
            delivery = dataclasses.replace(delivery, crf=outlet.crf)
    return look, delivery, int(within("--fps", fps))


def _record(
    demo: "Script",
    change: Change,
    look: Look,
    light: Film,
    delivery: Delivery,
    path: Path,
    fps: int,
    notice: str = "",
) -> None:
    """Film a demo; an interrupt ends the film early, but it is a film."""
    done, frames = _shoot(demo, change, look, light, delivery, path, fps, notice)
    if done < frames:
        stop(f"interrupted; {path} holds the first {done:,} of {frames:,} frames", 130)
    width, height = look.pixels
    typer.echo(f"{path}: {frames:,} frames of {width}x{height} at {fps} a second")


def _shoot(
    demo: "Script",
    change: Change,
    look: Look,
    light: Film,
    delivery: Delivery,
    path: Path,
    fps: int,
    notice: str = "",
    context: "Context | None" = None,
) -> tuple[int, int]:
    """Film a demo until its end or an interrupt; how many frames there are, and how many there should be."""
    from game.exposure import Exposure
    from game.outlets import find_outlet
    from game.recording import Encoding, open_sink
    from game.recording.draft import find_partial
    from game.report import film_progress
    from game.studio import film, open_studio
    from game.window import open_context

    size = look.pixels
    frames = max(1, round(demo.seconds * fps))
    done = 0

    def note(number: int) -> None:
        nonlocal done
        done = number
        advance(number, sink.written_bytes)
        if interrupted():
            raise KeyboardInterrupt

    old = find_partial(path)
    encoding = Encoding(
        delivery.codec or "", delivery.crf, light.alpha, delivery.depth, *_credits(demo, change)
    )
    exposure = Exposure(delivery.motion_blur, delivery.depth)
    # In the middle of a library's own code, an interrupt could end the program with half a film and no word.
    with put_off_interrupt() as interrupted, open_sink(path, size, fps, encoding) as sink:
        session = _open_session(demo, change, look)
        session.view.large |= delivery.outlet is not None and find_outlet(delivery.outlet).large
        context = context or open_context(size, visible=False)
        with open_studio(
            context,
            size,
            look.quality,
            live=False,
            lens=light.focus,
            finer=light.finer,
            cut_out=light.alpha,
        ) as studio:
            left = (
                f"{old} is what an earlier recording left that was cut short; it stays where it is"
                if old
                else ""
            )
            _tell(filter(None, [notice, left, studio.refusal]))
            with film_progress(f"recording {path}", frames) as advance:
                try:
                    film(
                        session,
                        studio,
                        sink,
                        demo,
                        fps,
                        frames,
                        note,
                        dusk=light.dusk,
                        exposure=exposure,
                    )
                except KeyboardInterrupt:
                    if not done:
                        raise
    return done, frames


def _credits(demo: "Script", change: Change) -> tuple[str, str]:
    """What a picture or film says of itself: its title, and how to make it again."""
    from importlib.metadata import PackageNotFoundError, version

    made = "Downslope"
    with suppress(PackageNotFoundError):  # a checkout that nobody installed
        made += f" {version('downslope')}"
    experiment = change.apply_to(demo.experiment)
    line = shlex.join(["downslope", *sys.argv[1:]])
    return f"Downslope: {experiment.landscape}", f"{line} (seed {experiment.seed}, {made})"
