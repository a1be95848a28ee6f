"""Who computes: threads, processes, a cluster or nobody else; the numbers are the same."""

import contextlib
import logging
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple, TypeVar

from landscapes.errors import InputError, find

Kind = TypeVar("Kind")

CLUSTER = "dask://"
"""What the address of a Dask scheduler begins with."""
_PATIENCE_S = 10
"""For a scheduler and its first worker to answer."""

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
"""All executors of this machine, in the order in which users see them."""


def find_workers(name: str) -> Workers:
    """The executor that a user names: a row of ``EXECUTORS``, or the cluster of a Dask scheduler by its address.

    Raises:
        InputError: there is none of that name.
    """
    if name.lower().startswith(CLUSTER):
        return Workers(name, "the workers of a Dask scheduler", partial(_open_cluster, name[len(CLUSTER) :]))
    return find(
        "executor", name, EXECUTORS, f"{', '.join(row.name for row in EXECUTORS)}, {CLUSTER}host:8786"
    )


def persist(attempt: Callable[[], Kind], count: Callable[[], int]) -> Kind:
    """Begin again with other processes where one was ended from outside, as long as that gets anywhere.

    Raises:
        InputError: it does not.
    """
    before = 0
    while True:
        try:
            return attempt()
        except BrokenExecutor:
            if count() <= before:
                raise InputError(
                    "a process was ended from outside: is memory short? take --executor threads"
                ) from None
            before = count()


@contextlib.contextmanager
def _open_cluster(address: str) -> Iterator[Executor]:
    """The workers of a Dask scheduler, as an executor; what goes wrong with them is said in one line.

    Source: Dask.distributed, "Client.get_executor", https://distributed.dask.org/en/stable/api.html.
    """
    where = CLUSTER + address
    try:
        from distributed import Client
        from distributed.scheduler import KilledWorker
    except ImportError:
        raise InputError(
            f"{where} needs Dask's distributed package: pip install 'downslope[cluster]'"
        ) from None
    with _in_silence(), contextlib.ExitStack() as stack:
        try:
            client = Client(f"tcp://{address}", timeout=_PATIENCE_S, set_as_default=False)
        except (OSError, ValueError):
            raise InputError(
                f"no Dask scheduler answers at {where}: start one with dask scheduler, or mend the address"
            ) from None
        stack.callback(client.close, timeout=1)
        try:
            client.wait_for_workers(1, timeout=_PATIENCE_S)
        except TimeoutError:
            raise InputError(
                f"the scheduler at {where} has no workers: start some with dask worker tcp://{address}"
            ) from None
        try:
            yield client.get_executor(pure=False)
        except BrokenExecutor:
            raise InputError(f"the Dask scheduler at {where} is gone; the finished chunks are kept") from None
        except KilledWorker as error:
            raise InputError(f"several workers of {where} ended in one and the same chunk: {error}") from None
        except ImportError as error:
            raise InputError(
                f"the workers of {where} cannot do this: {error}; install downslope there"
            ) from None


@contextlib.contextmanager
def _in_silence() -> Iterator[None]:
    """Keep what Dask and what it stands on log and warn of from the terminal."""
    before = logging.root.manager.disable
    # Each of its parts has a logger with a level of its own.
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            # The common part goes to each worker once, however large it is.
            warnings.filterwarnings("ignore", "Sending large graph")
            yield
    finally:
        logging.disable(before)
