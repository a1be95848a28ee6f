"""A script of the user's own as a module, and whatever goes wrong in it as one line."""

import importlib.util
import sys
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from landscapes.errors import InputError
from landscapes.network.store import hash_of

_FOREIGN = frozenset({"site-packages", "dist-packages"})
"""Folders of what is installed, which need not be far from a script."""
_TURN = threading.RLock()
"""Whose turn it is to run a script: nobody must find a module half made."""


def load_script(path: Path) -> ModuleType:
    """Run a script, once; what stands beside it can be imported, as when Python runs it.

    The module's name tells where the file is and what is in it: who knows it in another process has the same one.

    Raises:
        InputError: there is no such file. What the script raises is passed on.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    name = f"downslope_{path.stem}_{hash_of(str(path.resolve()), path.read_bytes().hex())[:8]}"
    with _TURN:
        if name in sys.modules:
            return sys.modules[name]
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        sys.path.insert(0, str(path.resolve().parent))
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        return module


def name_code(path: Path) -> str:
    """A name for the text of a script that was run, and of all that it imported from beside it."""
    home = path.resolve().parent
    files = [Path(file).resolve() for module in list(sys.modules.values()) if (file := _find_file(module))]
    own = {path.resolve(), *(file for file in files if home in file.parents and not _FOREIGN & {*file.parts})}
    return hash_of(*(file.read_bytes().hex() for file in sorted(own) if file.is_file()))


def _find_file(module: ModuleType) -> str | None:
    file = getattr(module, "__file__", None)
    return file if isinstance(file, str) else None


@contextmanager
def blame_code(path: Path) -> Iterator[None]:
    """Whatever the user's code raises, as one line that says where in it; an executor that is gone is not its fault."""
    try:
        yield
    except (InputError, MemoryError, BrokenExecutor):
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
