"""Work that needs what a user's script defines, for other processes: whoever is to do it runs the script first."""

import os
import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from game.scan.module import load_script
from landscapes.errors import InputError


class Code(NamedTuple):
    """A script's path: whoever unpickles it has run the script, and then knows its classes by name."""

    path: str

    def __reduce__(self) -> tuple[Callable[[str], "Code"], tuple[str]]:
        return _require, (self.path,)


class Errands(Executor):
    """Another executor, whose processes run a script before they do anything else."""

    def __init__(self, executor: Executor, path: Path) -> None:
        self._executor, self._code = executor, Code(str(path.resolve()))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have it done.

        Raises:
            InputError: what is to be done cannot be sent to another process.
        """
        try:
            if isinstance(self._executor, ProcessPoolExecutor):
                pickle.dumps(
                    (args, kwargs)
                )  # the pool would find out later, and tell nobody whose fault it is
            # What comes first is unpickled first.
            return self._executor.submit(_run, self._code, fn, *args, **kwargs)
        except (AttributeError, TypeError, pickle.PicklingError) as error:
            reason = " ".join(str(error).split())[:200]
            raise InputError(
                f"{self._code.path}: the model and its loss cannot be sent to other processes ({reason}): define "
                "them at the top of the script, or take --executor threads"
            ) from None


def send_along(executor: Executor | None, path: Path) -> Executor | None:
    """An executor that brings a script along, if it has processes of its own."""
    if executor is None or isinstance(executor, ThreadPoolExecutor):
        return executor
    return Errands(executor, path)


def _require(path: str) -> Code:
    # There are as many processes as cores already; this is read when PyTorch is imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    load_script(Path(path))
    return Code(path)


def _run(_code: Code, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return fn(*args, **kwargs)
