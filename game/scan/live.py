"""A scan behind a game that is under way: the ground is coarse at first, and gets sharper while balls roll on it."""

import contextlib
import dataclasses
import re
import shlex
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from game.scan.script import RESOLUTION, find_script, run_script, scan_problem
from game.scan.subject import Say, Subject, find_subject
from game.session import Session
from game.workers import find_workers
from landscapes.errors import InputError
from landscapes.files import Sheet, write_sheet
from landscapes.network.keep import pack
from landscapes.network.scan import scan
from landscapes.network.store import find_folder, hash_of

_TOLD = "sharpening: "
"""What our own messages begin with; nobody else's is replaced by them."""
_LOOK_S = 1.0
"""After less than this nobody knows how long the rest takes."""
_PATIENCE_S = 5.0
"""For the process to end of itself once it was asked to."""


class Said(NamedTuple):
    """A line for the user."""

    text: str


class Measured(NamedTuple):
    """So many grid points are computed."""

    done: int
    total: int


class Sharper(NamedTuple):
    """Ground in a file, with so many points along each side."""

    path: str
    size: int


class Ended(NamedTuple):
    """It is over; a text says what went wrong, if anything did."""

    text: str
    failed: bool


Message = Said | Measured | Sharper | Ended


class LiveScan:
    """A scan in a process of its own; ``open_scan`` starts one."""

    def __init__(self, messages: Connection, say: Say) -> None:
        self._messages = messages
        self._say = say
        self._first: tuple[float, int] | None = None
        self._over = False

    def wait(self) -> str:
        """The file with the coarsest ground, as soon as it is there.

        Raises:
            InputError: there will be none.
        """
        for message in iter(self._take, None):
            if isinstance(message, Said):
                self._say(message.text)
            elif isinstance(message, Sharper):
                return message.path
            elif isinstance(message, Ended):
                raise InputError(message.text)
        raise InputError("the process that scans was ended from outside: is memory short?")

    def tend(self, session: Session) -> None:
        """Bring a game what has come since the last look; a scan that it does not want any more is stopped."""
        if self._over:
            return
        if not session.view.scanning:
            self._over = True
            session.say(
                "the scan is stopped; what is computed is kept, and the same command goes on from there"
            )
            return
        measured = None
        while not self._over and self._messages.poll():
            message = self._take()
            if isinstance(message, Measured):
                measured = message
            else:
                self._tell(session, message)
        if measured and not self._over and (not session.message or session.message.startswith(_TOLD)):
            session.say(_TOLD + self._describe(measured))

    def _tell(self, session: Session, message: Message | None) -> None:
        if isinstance(message, Sharper):
            session.submit(f"ground.sharpen {shlex.quote(message.path)}")
        elif message is None or isinstance(message, Ended):
            self._over, session.view.scanning = True, False
            session.say(message.text if message else "the process that scans was ended from outside")

    def _describe(self, measured: Measured) -> str:
        """How far it is, and how long the rest will take by what was measured since the game began."""
        now_s = time.perf_counter()
        self._first = self._first or (now_s, measured.done)
        begun_s, before = self._first
        told = f"{measured.done / measured.total:.0%}"
        if now_s > begun_s + _LOOK_S and measured.done > before:
            left_s = (now_s - begun_s) * (measured.total - measured.done) / (measured.done - before)
            told += f", {int(left_s) // 60}:{int(left_s) % 60:02} to go"
        return f"{told}   (esc stops it)"

    def _take(self) -> Message | None:
        """The next message; ``None`` if there is nobody left to send one."""
        try:
            message: Message = self._messages.recv()
        except (EOFError, OSError):
            return None
        return message


@contextlib.contextmanager
def open_scan(spec: str, executor: str, say: Say) -> Iterator[LiveScan]:
    """Begin to scan what a user names, for the length of a ``with`` block; then it stops, and what is computed stays.

    Args:
        spec: as ``downslope scan`` takes it.
        executor: likewise.
        say: told in lines what is done, before there is any ground.
    """
    find_workers(executor)
    here, there = get_context("spawn").Pipe(duplex=False)
    process = get_context("spawn").Process(target=_work, args=(there, spec, executor))
    process.start()
    there.close()
    try:
        yield LiveScan(here, say)
    finally:
        # A chunk under way is lost, no finished one is: they are whole on disk, or not there.
        process.terminate()
        process.join(_PATIENCE_S)
        process.kill()
        process.join()
        here.close()


def _work(messages: Connection, spec: str, executor: str) -> None:
    """What the process does, until it is done or told to stop: then its own processes have to end as well."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        try:
            messages.send(Ended(_scan(messages, spec, executor), False))
        except InputError as error:
            messages.send(Ended(str(error), True))


def _scan(messages: Connection, spec: str, executor: str) -> str:
    """Scan, and send each level as a file; returns the last word."""
    begin, resolution = _prepare(spec, lambda line: messages.send(Said(line)))
    folder, points = find_folder(), resolution**2
    shelf = (folder or Path(tempfile.mkdtemp(prefix="downslope-"))) / "levels"
    title = re.sub(r"[^\w-]+", "-", Path(spec).stem)
    sheets: list[Sheet] = []

    def send(sheet: Sheet) -> None:
        sheets.append(sheet)
        first = sheets[0]
        home, size = shelf / hash_of(first.about, first.xs, first.ys, first.loss)[:12], len(sheet.xs)
        home.mkdir(parents=True, exist_ok=True)
        path, draft = home / f"{title} {size}.npz", home / f".{title} {size}.npz"
        write_sheet(draft, sheet)
        draft.replace(path)
        messages.send(Sharper(str(path), size))

    with find_workers(executor).open() as pool:
        begin(
            executor=pool,
            folder=folder,
            note=lambda done: messages.send(Measured(done, points)),
            on_level=send,
        )
    last = sheets[-1]
    gaps = last.notes[:1] if np.isnan(last.loss).any() else ()
    return " ".join((f"sharp: {resolution} x {resolution} points", *gaps))


def _prepare(spec: str, say: Say) -> tuple[Callable[..., object], int]:
    """What begins the scan that a user names, given who computes and who is told; and its grid points along a side."""
    script = find_script(spec)
    if script:
        resolution = _round_up(RESOLUTION)
        return partial(scan_problem, run_script(script, say), script, resolution), resolution
    subject = find_subject(spec, {}, None, say)
    resolution = _round_up(subject.resolution)
    return partial(_scan_subject, subject, resolution), resolution


def _round_up(resolution: int) -> int:
    """One more than a power of two: then every level is a regular grid, and all that is drawn was computed."""
    return (1 << (resolution - 1).bit_length()) + 1


def _scan_subject(
    subject: Subject, resolution: int, *, on_level: Callable[[Sheet], None], **course: Any
) -> None:
    network = pack(subject.loss, subject.test)

    def show(sheet: Sheet) -> None:
        on_level(dataclasses.replace(sheet, about=subject.title, network=network))

    scan(subject.loss, subject.domain, resolution, on_level=show, **course)
