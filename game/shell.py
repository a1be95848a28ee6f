"""What every command of the shell has: options from records, a line for every complaint, orderly interrupts."""

import dataclasses
import inspect
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import typer

from landscapes.errors import InputError
from landscapes.progress import listening


def command(app: typer.Typer, name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a command of the app; a parameter that is a dataclass stands for an option per field."""

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
            with in_one_line(), listening(_show_progress):
                function(**given)

        call.__doc__ = function.__doc__
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        vars(call)["__signature__"] = inspect.Signature(parameters)
        app.command(name)(call)
        return function

    return register


def _show_progress(what: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
    from game.report import progress  # late, because it brings the simulation along

    return progress(what, total)


def _as_parameter(field: "dataclasses.Field[Any]") -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(field.name, kind, default=field.default, annotation=field.type)


@contextmanager
def in_one_line() -> Iterator[None]:
    """Turn what a user can mend into one line on stderr and exit code 2, and an interrupt into one and 130."""
    try:
        yield
        if sys.stdout:
            sys.stdout.flush()
    except KeyboardInterrupt:
        stop("interrupted", 130)
    except typer.TyperException as error:
        stop(f"{error.format_message().rstrip('.')}; see downslope {_command_of(error)}--help")
    except InputError as error:
        stop(str(error))
    except BrokenPipeError:
        _drop_output()  # whoever read has seen enough
        sys.exit(1)
    except MemoryError:
        stop("out of memory; take fewer balls or a smaller --size")
    except ImportError as error:
        stop(f"{error}; downslope doctor says what is missing")
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        _drop_output()
        stop(f"{what}{error.strerror or error}")
    except ValueError as error:
        from game.recording import RecordingError  # late, because it brings FFmpeg along

        if not isinstance(error, RecordingError):
            raise
        stop(str(error))


def _drop_output() -> None:
    """Let nothing more reach an output that failed: Python would try again on its way out, and fail again."""
    if sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _command_of(error: typer.TyperException) -> str:
    context: typer.Context | None = getattr(error, "ctx", None)
    return f"{context.info_name} " if context and context.parent else ""


def stop(message: str, code: int = 2) -> NoReturn:
    """End with one line on stderr."""
    typer.echo("downslope: " + " ".join(message.split()), err=True)
    sys.exit(code)


@contextmanager
def put_off_interrupt() -> Iterator[Callable[[], bool]]:
    """Let work come to an orderly end: yields what says whether it was interrupted. A second time ends it at once."""
    asked: list[int] = []

    def note(number: int, _: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        asked.append(number)

    # Where somebody ignores interrupts, this is to stay so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(asked)
    finally:
        if signal.getsignal(signal.SIGINT) is note:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def may_replace(path: Path, force: bool) -> None:
    """Ask before an existing file is replaced; where nobody can be asked, refuse.

    Raises:
        InputError: it exists and may not be replaced.
    """
    if not path.exists() or force:
        return
    if not (sys.stdin and sys.stdin.isatty() and typer.confirm(f"{path} exists. Replace it?", err=True)):
        raise InputError(f"{path} exists; choose another name or add --force")
