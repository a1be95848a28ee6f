"""Who hears how far a long computation is: nobody, unless somebody listens.

A landscape is made deep down, where nothing is known of terminals and windows, and neither is passed down to it.
"""

import contextlib
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


def follow(what: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
    """For whoever works long: a ``with`` block that yields what is to be called with how much is done."""
    return _LISTENER.get()(what, total)


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
