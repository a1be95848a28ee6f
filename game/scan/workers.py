"""Who computes: threads, processes or nobody else; the numbers are the same."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple

_MOST_PROCESSES = 61
"""That Windows can wait for."""


class Workers(NamedTuple):
    """A row of the table of executors; ``open`` makes one for a ``with`` block, ``None`` stands for the default."""

    name: str
    about: str
    open: Callable[[], contextlib.AbstractContextManager[Executor | None]]


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def _open_processes() -> Iterator[Executor]:
    """Processes that leave interrupts, which reach all of a terminal, to this one."""
    # Started afresh, since what is forked may hold the locks of threads that it does not have.
    count = min(os.cpu_count() or 1, _MOST_PROCESSES)
    with ProcessPoolExecutor(count, get_context("spawn"), _ignore_interrupts) as executor:
        with _hold_interrupts():
            # Each is started for work that nobody is there to do, and born deaf: a pool of which one ends while it
            # starts may hang.
            for _ in range(count):
                executor.submit(int)
        yield executor


@contextlib.contextmanager
def _hold_interrupts() -> Iterator[None]:
    """Let interrupts wait, and never reach the processes that are started meanwhile."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


EXECUTORS = (
    Workers("threads", "two threads", contextlib.nullcontext),
    Workers("processes", "as many processes as there are cores", _open_processes),
    Workers("serial", "one thread", partial(ThreadPoolExecutor, 1)),
)
"""All executors, in the order in which users see them."""
