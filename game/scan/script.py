"""A problem in a script of the user's own: their code is run, and what it makes is scanned."""

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import landscapes
from game.report import blame, draft_of
from game.scan.command import carry_through, find_format, tell_surface
from game.scan.errand import send_along
from game.scan.module import blame_code, load_script, name_code
from game.scan.subject import Say
from game.workers import find_workers
from landscapes import Landscape, Problem
from landscapes.errors import InputError, unknown
from landscapes.files import Sheet, draw_sheet
from landscapes.network.store import find_folder, hash_of
from landscapes.progress import listening
from landscapes.sampled import GridField

_SPEC = re.compile(r"(?P<path>.+\.py)(:(?P<name>\w*))?", re.IGNORECASE)
_NAME = "problem"
"""What is looked for where nothing else is said."""
RESOLUTION = 64
"""Grid points along each side, where nobody says otherwise: any model may be slow."""
_SHOWN_NOTES = 8
"""Of a surface: a line for each gap stands in the file."""


class Script(NamedTuple):
    """A file of the user's own, and the name in it."""

    path: Path
    name: str


def find_script(spec: str) -> Script | None:
    """What ``my_training.py:problem`` names; ``None`` if it is anything else."""
    match = _SPEC.fullmatch(spec)
    return Script(Path(match["path"]), match["name"] or _NAME) if match else None


def run_script(script: Script, say: Say) -> Problem:
    """Run a script and take the problem out of it.

    Raises:
        InputError: the script fails, or has none: one line with file and line.
    """
    say(f"running {script.path}, which is code of yours")
    with blame_code(script.path):
        return _find_problem(load_script(script.path), script)


def scan_problem(
    problem: Problem,
    script: Script,
    resolution: int,
    *,
    plane: str | None = None,
    seed: int | None = None,
    span: float = 1.0,
    executor: Executor | None = None,
    folder: Path | None = None,
    note: Callable[[int], None],
    on_level: Callable[[Sheet], None] | None = None,
) -> Landscape:
    """The surface of what a script made; see ``from_torch`` for the arguments.

    Raises:
        InputError: anything of this cannot be, or the model fails.
        BrokenExecutor: the executor is gone.
    """
    with blame_code(script.path), listening(lambda _what, _total: nullcontext(note)):
        return landscapes.from_torch(
            problem.model,
            problem.loss,
            problem.data,
            checkpoints=problem.checkpoints,
            directions="filter" if plane is None else plane,
            seed=0 if seed is None else seed,
            span=span,
            resolution=resolution,
            title=problem.title,
            executor=send_along(executor, script.path),
            folder=folder,
            key=hash_of(str(script.path.resolve()), script.name, name_code(script.path)),
            on_level=on_level,
        )


def scan_script(
    script: Script,
    output: Path,
    *,
    plane: str | None = None,
    seed: int | None = None,
    span: float = 1.0,
    resolution: int | None = None,
    executor: str = "threads",
    say: Say = lambda _: None,
) -> Landscape:
    """Run a script, compute the loss of the problem in it over a plane, and write it to a file.

    Args:
        script: the file, and the name of a ``Problem``, a mapping with its fields, or a function that returns one.
        output: the file; its ending says which format.
        plane: see ``from_torch``; so are the others.
        seed: see there.
        span: see there.
        resolution: see there.
        executor: as ``find_workers`` takes it; threads are PyTorch's own.
        say: told in one line that a script is run.

    Raises:
        InputError: anything of this cannot be, or the script fails: one line with file and line.
        RecordingError: the place cannot be written.
        ScanInterrupted: by the user; finished parts are kept.
    """
    form, workers, folder = find_format(output, samples=False), find_workers(executor), find_folder()
    side = RESOLUTION if resolution is None else resolution
    with draft_of(output) as draft:
        problem = run_script(script, say)

        def attempt(pool: Executor | None, note: Callable[[int], None]) -> Landscape:
            return scan_problem(
                problem,
                script,
                side,
                plane=plane,
                seed=seed,
                span=span,
                executor=pool,
                folder=folder,
                note=note,
            )

        surface = carry_through(attempt, workers, side**2, folder is not None)
        with blame(output):
            assert form.write is not None
            form.write(draft, draw_sheet(surface))
    return surface


def tell_landscape(surface: Landscape) -> list[str]:
    """What came of it, in lines for the user."""
    assert isinstance(surface.field, GridField)
    lines = [*surface.notes[:_SHOWN_NOTES], tell_surface(surface.field)]
    way = surface.trajectory
    if way is not None:
        lines.append(
            f"the way there: {way.loss.size:,} checkpoints with the model, from loss {way.loss[0]:.4g} to "
            f"{way.loss[-1]:.4g}, at most {way.residual.max():.4g} beside the plane"
        )
    return lines


def _find_problem(module: ModuleType, script: Script) -> Problem:
    if not hasattr(module, script.name):
        named = [name for name in vars(module) if not name.startswith("_")]
        raise unknown(f"name in {script.path}", script.name, named)
    found: Any = getattr(module, script.name)
    if callable(found) and not hasattr(found, "named_parameters"):
        found = found()
    if isinstance(found, Mapping):
        missing = {"model", "loss", "data"} - set(found)
        strange = set(found) - set(Problem._fields)
        if missing or strange:
            raise InputError(
                f"{script.path}:{script.name} has {'no ' if missing else 'an unknown '}"
                f"{', '.join(sorted(map(str, missing or strange)))}: it takes {', '.join(Problem._fields)}"
            )
        found = Problem(**found)
    if not isinstance(found, Problem):
        raise InputError(
            f"{script.path}:{script.name} is of type {type(found).__name__}: make it a "
            "landscapes.Problem(model, loss, data), a dict of these, or a function that returns one"
        )
    # Who begins again has to find them again.
    return found._replace(data=list(found.data)) if isinstance(found.data, Iterator) else found
