"""A scan behind a game that is under way: the ground is coarse at first, and gets sharper while balls roll on it."""

import contextlib
import dataclasses
import re
import shlex
import signal
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from game.scan.subject import Say, find_subject
from game.session import Session
from game.workers import find_workers
from landscapes.errors import InputError
from landscapes.files import Sheet, write_sheet
from landscapes.network.keep import pack
from landscapes.network.scan import name_scan, scan
from landscapes.network.store import find_folder
from landscapes.refine import Gap, tell_gaps

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
        spec: as ``scan_to_file`` takes it.
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
    subject = find_subject(spec, {}, None, lambda line: messages.send(Said(line)))
    # One more than a power of two: then every level is a regular grid, and all that is drawn was computed.
    resolution = 2 ** (subject.resolution - 1).bit_length() + 1
    folder, points = find_folder(), resolution**2
    gaps: list[Gap] = []
    levels = (folder or Path(tempfile.mkdtemp(prefix="downslope-"))) / "levels"
    levels /= name_scan(subject.loss, subject.domain, resolution)[:12]
    levels.mkdir(parents=True, exist_ok=True)
    title = re.sub(r"[^\w-]+", "-", Path(spec).stem)

    def send(sheet: Sheet) -> None:
        size = len(sheet.xs)
        path, draft = levels / f"{title} {size}.npz", levels / f".{title} {size}.npz"
        sheet = dataclasses.replace(sheet, about=subject.title, network=pack(subject.loss, subject.test))
        write_sheet(draft, sheet)
        draft.replace(path)
        messages.send(Sharper(str(path), size))

    with find_workers(executor).open() as pool:
        scan(
            subject.loss,
            subject.domain,
            resolution,
            folder=folder,
            executor=pool,
            note=lambda done: messages.send(Measured(done, points)),
            on_level=send,
            on_gap=gaps.append,
        )
    return " ".join((f"sharp: {resolution} x {resolution} points", *tell_gaps(gaps)[:1]))
