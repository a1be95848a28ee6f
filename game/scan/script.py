"""A problem in a script of the user's own: their code is run, and what it makes is scanned."""

import importlib.util
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import landscapes
from game.report import blame, draft_of
from game.scan.command import find_format, tell_surface
from game.scan.subject import Say
from landscapes import Landscape, Problem
from landscapes.errors import InputError, unknown
from landscapes.files import draw_sheet
from landscapes.sampled import GridField

_SPEC = re.compile(r"(?P<path>.+\.py)(:(?P<name>\w*))?", re.IGNORECASE)
_NAME = "problem"
"""What is looked for where nothing else is said."""
_RESOLUTION = 64
"""Grid points along each side, where nobody says otherwise: any model may be slow."""


class Script(NamedTuple):
    """A file of the user's own, and the name in it."""

    path: Path
    name: str


def find_script(spec: str) -> Script | None:
    """What ``my_training.py:problem`` names; ``None`` if it is anything else."""
    match = _SPEC.fullmatch(spec)
    return Script(Path(match["path"]), match["name"] or _NAME) if match else None


def scan_script(
    script: Script,
    output: Path,
    *,
    plane: str | None = None,
    seed: int | None = None,
    span: float = 1.0,
    resolution: int | None = None,
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
        say: told in one line that a script is run.

    Raises:
        InputError: anything of this cannot be, or the script fails: one line with file and line.
        RecordingError: the place cannot be written.
    """
    form = find_format(output, samples=False)
    with draft_of(output) as draft:
        say(f"running {script.path}, which is code of yours")
        with _blame_code(script.path):
            problem = _find_problem(_run(script.path), script)
            surface = landscapes.from_torch(
                problem.model,
                problem.loss,
                problem.data,
                checkpoints=problem.checkpoints,
                directions="filter" if plane is None else plane,
                seed=0 if seed is None else seed,
                span=span,
                resolution=_RESOLUTION if resolution is None else resolution,
                title=problem.title,
            )
        with blame(output):
            assert form.write is not None
            form.write(draft, draw_sheet(surface))
    return surface


def tell_landscape(surface: Landscape) -> list[str]:
    """What came of it, in lines for the user."""
    assert isinstance(surface.field, GridField)
    lines = [*surface.notes, tell_surface(surface.field)]
    way = surface.trajectory
    if way is not None:
        lines.append(
            f"the way there: {way.loss.size:,} checkpoints with the model, from loss {way.loss[0]:.4g} to "
            f"{way.loss[-1]:.4g}, at most {way.residual.max():.4g} beside the plane"
        )
    return lines


def _run(path: Path) -> ModuleType:
    """The script as a module; what stands beside it can be imported, as when Python runs it."""
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    name = f"downslope_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.resolve().parent))
    spec.loader.exec_module(module)
    return module


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
    return found


@contextmanager
def _blame_code(path: Path) -> Iterator[None]:
    """Whatever the user's code raises, as one line that says where in it."""
    try:
        yield
    except (InputError, MemoryError):
        raise
    except SyntaxError as error:
        raise InputError(f"{error.filename}:{error.lineno}: {error.msg}") from None
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame.lineno for frame in frames if Path(frame.filename).resolve() == path.resolve()]
        where, kind = frames[-1], type(error).__name__
        place = f"{path}:{own[-1]}: {kind}" if own else f"{path}: {kind} at {where.filename}:{where.lineno}"
        hint = "; pip install 'downslope[torch]'" if getattr(error, "name", "") == "torch" else ""
        raise InputError(f"{place}: {' '.join(str(error).split())[:400]}{hint}") from None
