"""Who hears how far a long computation is: nobody, unless somebody listens.

A landscape is made deep down, where nothing is known of terminals and windows, and neither is passed down to it.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar

Listener = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Told what is done and how much of it there is; yields what is called with how much is done."""


@contextlib.contextmanager
def _ignore(_what: str, _total: int) -> Iterator[Callable[[int], None]]:
    yield lambda _: None


_LISTENER: ContextVar[Listener] = ContextVar("listener", default=_ignore)
_WATCHER: ContextVar[Listener] = ContextVar("watcher", default=_ignore)


@contextlib.contextmanager
def write_progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A line on stderr that is written over and over, in terminals and notebooks alike; nothing into a file."""
    shown = -1
    seen = sys.stderr is not None and (sys.stderr.isatty() or "ipykernel" in sys.modules)

    def note(done: int) -> None:
        nonlocal shown
        share = 100 * done // max(total, 1)
        if seen and share > shown:
            shown = share
            sys.stderr.write(f"\r{what}: {share}%, {done:,} of {total:,}")
            sys.stderr.flush()

    yield note
    if shown >= 0:
        sys.stderr.write("\n")


def follow(
    what: str, total: int, otherwise: Listener = _ignore
) -> AbstractContextManager[Callable[[int], None]]:
    """For whoever works long: a ``with`` block that yields what is to be called with how much is done.

    Args:
        what: is done.
        total: how much of it there is.
        otherwise: told if nobody listens.
    """
    listener = _LISTENER.get()
    return (otherwise if listener is _ignore else listener)(what, total)


def follow_briefly(what: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
    """The same for work of a fraction of a second, which only those hear of who draw picture after picture."""
    return _WATCHER.get()(what, total)


@contextlib.contextmanager
def listening(listener: Listener, watcher: Listener = _ignore) -> Iterator[None]:
    """Hear of all long work within a ``with`` block, in this thread; the watcher also hears of brief work."""
    tokens = _LISTENER.set(listener), _WATCHER.set(watcher)
    try:
        yield
    finally:
        _LISTENER.reset(tokens[0])
        _WATCHER.reset(tokens[1])
