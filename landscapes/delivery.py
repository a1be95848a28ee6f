"""Work for executors: what all of it has in common travels to each process once, and the rest in small chunks.

Any executor will do. A process that has not got the common part says so, and is sent it with its next chunk.
"""

import os
import secrets
import socket
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from queue import SimpleQueue
from typing import Any, NamedTuple

WINDOW = 64
"""Chunks with an executor at once, at least; more where there are more workers."""
_AHEAD = 4
"""Chunks with it for each worker: the next one is there before the last is answered for."""
_KEPT = 4
"""Common parts that a process keeps."""
_HELD: dict[str, Callable[[Any], Any]] = {}
"""Those that came to this process: an executor of whatever kind gives us no other place to keep them."""

Place = tuple[str, int]
"""A process: its machine and its number there."""


class Here(Executor):
    """Whoever asks does the work, there and then: for what is at home in one thread only."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it; what it raises is for whoever asks for the result."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Reply(NamedTuple):
    """What comes back for a chunk.

    Attributes:
        place: the process that was asked.
        thread: its thread that was.
        lacking: whether it has not got the common part; then there is no answer.
        answer: of the work.
    """

    place: Place
    thread: int
    lacking: bool
    answer: Any


class _Task(NamedTuple):
    """A chunk under way, and whether the common part goes with it."""

    number: int
    chunk: Any
    loaded: bool


def carry_out(key: str, chunk: Any, work: Callable[[Any], Any] | None) -> Reply:
    """Do a chunk of the work of that key, in whatever process; ``work`` itself where it is brought along."""
    if work is not None:
        while len(_HELD) >= _KEPT:
            _HELD.pop(next(iter(_HELD)), None)
        _HELD[key] = work
    held = _HELD.get(key)
    place, thread = (socket.gethostname(), os.getpid()), threading.get_ident()
    if held is None:
        return Reply(place, thread, True, None)
    return Reply(place, thread, False, held(chunk))


def distribute(
    executor: Executor, work: Callable[[Any], Any], chunks: Iterable[tuple[int, Any]]
) -> Generator[tuple[int, Any], None, None]:
    """Have an executor do chunks of work, the first ones first; yields number and answer of each as it is finished.

    So many are with it at once that no worker waits, however slow another one is. Whoever closes the iterator cancels
    what has not begun.

    Raises:
        BrokenExecutor: the executor has gone; what was yielded until then counts.
    """
    key = secrets.token_hex(16)
    waiting, parked = deque(chunks), deque[tuple[int, Any]]()
    under_way: dict[Future[Reply], _Task] = {}
    finished: SimpleQueue[Future[Reply]] = SimpleQueue()
    workers: set[tuple[Place, int]] = set()
    # Whoever does the work himself must not wait for more of it before he tells of any.
    window, ahead = (1, 0) if isinstance(executor, Here) else (WINDOW, _AHEAD)
    lacking: set[Place] = set()
    owed = loaded = 0
    _HELD[key] = work
    try:
        while waiting or under_way:
            while waiting and len(under_way) < max(window, ahead * len(workers)):
                task = _Task(*waiting.popleft(), owed > 0)
                owed, loaded = owed - task.loaded, loaded + task.loaded
                future = executor.submit(carry_out, key, task.chunk, work if task.loaded else None)
                under_way[future] = task
                future.add_done_callback(finished.put)
            future = finished.get()
            task = under_way.pop(future)
            reply = _read(future)
            workers.add((reply.place, reply.thread))
            if task.loaded:
                loaded -= 1
                waiting.extendleft(reversed(parked))
                parked.clear()
            if not reply.lacking:
                lacking.discard(reply.place)
                yield task.number, reply.answer
                continue
            lacking.add(reply.place)
            # As many are sent as lack it: of the others one will come by.
            if loaded + owed < len(lacking):
                owed += 1
                waiting.appendleft((task.number, task.chunk))
            else:
                parked.append((task.number, task.chunk))
    finally:
        for future in under_way:
            future.cancel()
        _HELD.pop(key, None)


def _read(future: Future[Reply]) -> Reply:
    try:
        return future.result()
    except CancelledError:
        # Nobody here cancelled it: that is how a client says that its scheduler is gone.
        raise BrokenExecutor("the executor dropped its work") from None
