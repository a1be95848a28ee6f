"""Sinks: take frames, one after the other, and close."""

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, Self

import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from game.recording.draft import Draft
from game.recording.errors import RecordingError, reason

Pixels = NDArray[np.uint8 | np.uint16]
"""A picture: ``(height, width, 3 or 4)``, sRGB, top row first. A fourth channel is ignored unless asked for."""

_WAITING = 4  # frames; enough to even out the encoder's pace, few enough to hold 4K pictures in memory


class Sink(Protocol):
    """Takes pictures. Leaving its ``with`` block closes it."""

    def write(self, frame: Pixels) -> None:
        """Takes the next picture. Copies what it keeps: the caller may reuse the array at once."""

    def close(self) -> None:
        """Finishes. Closing twice is harmless."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class NullSink:
    """Takes pictures and forgets them."""

    def write(self, frame: Pixels) -> None:
        """Does nothing."""

    def close(self) -> None:
        """Does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class MemorySink(NullSink):
    """Keeps a copy of every picture in `frames`."""

    def __init__(self) -> None:
        self.frames: list[Pixels] = []

    def write(self, frame: Pixels) -> None:
        """Appends a copy."""
        self.frames.append(frame.copy())


class Encoder(Protocol):
    """Turns pictures of one size into a file, or a folder of files. Used by one thread at a time."""

    def add(self, frame: Pixels) -> None:
        """Encodes the next picture, contiguous and of the size the encoder was opened for."""

    def finish(self) -> None:
        """Writes what is still held back and closes the file."""

    def release(self) -> None:
        """Closes the file with what has reached it, when no more will come."""


class Kind(NamedTuple):
    """What pictures a recording takes: their shapes, their type, and how many of them are a second."""

    shapes: tuple[tuple[int, int, int], ...]
    dtype: type[np.uint8] | type[np.uint16]
    fps: Fraction


class Ending(NamedTuple):
    """How a draft ends.

    Attributes:
        settle: makes the final file of the draft; ``None`` where the draft is the final one.
        fit: whether the draft may take the final name as it is, where there is no room for two.
        count: how many pictures of a draft can be seen, although its end is missing.
    """

    settle: Callable[[Path, Path], None] | None
    fit: bool
    count: Callable[[Path], int]


class FileSink:
    """Encodes pictures in a thread of its own into a draft, which takes its final name at close.

    No picture is dropped: `write` waits while the encoder is behind. A file that was at the final place stays
    as it is until the new one is whole. A ``with`` block that ends normally or by an interrupt (Ctrl-C) keeps
    what was recorded; one that ends by an error of the caller removes the draft. Where the draft cannot be
    written any more, what there is of it stays, and the error says where.
    """

    def __init__(self, draft: Draft, encoder: Encoder, kind: Kind, ending: Ending) -> None:
        """Starts the thread. `open_sink` is the usual way here."""
        self._draft = draft
        self._encoder = encoder
        self._kind = kind
        self._ending = ending
        self._error: Exception | None = None
        self._failure: RecordingError | None = None
        self._abandoned = False
        self._closed = False
        self._count = 0
        self._queue: queue.Queue[Pixels | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._encode, name="encoder", daemon=True)
        self._thread.start()

    @property
    def written_bytes(self) -> int:
        """How large the recording is so far."""
        path = self._draft.path
        with suppress(OSError):
            files = path.iterdir() if path.is_dir() else [path]
            return sum(file.stat().st_size for file in files)
        return 0

    def write(self, frame: Pixels) -> None:
        """Takes the next picture, of the recording's size; copies it, so the array may be reused at once.

        Raises:
            RecordingError: the picture has another size or type, the sink is closed, or an earlier picture
                could not be written; then the sink is closed, too.
        """
        if self._failure:
            raise self._failure
        if self._closed:
            raise RecordingError(f"cannot write {self._draft.target}: the recording is closed")
        if self._error is not None:
            self._join()
            raise self._fail(self._error)
        shapes, dtype, _ = self._kind
        if frame.dtype != dtype or frame.shape not in shapes:
            wanted = " or ".join(map(str, shapes))
            given = f"{frame.dtype} {frame.shape}"
            raise RecordingError(
                f"cannot write {self._draft.target}: a picture is {dtype.__name__} {wanted}, not {given}"
            )
        self._queue.put(np.array(frame, order="C"))
        self._count += 1

    def close(self) -> None:
        """Finishes the file and moves it to its place.

        Raises:
            RecordingError: a picture could not be written, or there was none. The message says what is left and
                where; at the final place all is as it was.
        """
        if self._failure:
            raise self._failure
        if self._closed:
            return
        try:
            self._join()
            if self._error is None and self._count:
                self._finish()
        except BaseException:  # a second Ctrl-C: give up, but tidily
            self._draft.discard()
            raise
        if self._error is not None:
            raise self._fail(self._error)
        if not self._count:
            self._discard()
            self._failure = RecordingError(f"cannot write {self._draft.target}: not one picture was recorded")
            raise self._failure
        self._publish()

    def _encode(self) -> None:
        while (frame := self._queue.get()) is not None:
            # Otherwise only empty the queue, so that nobody waits.
            if self._error is None and not self._abandoned:
                try:
                    # Whoever removes the folder can do so while the file is open, and nobody would be told.
                    self._draft.path.stat()
                    self._encoder.add(frame)
                except Exception as error:
                    self._error = error

    def _join(self) -> None:
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def _finish(self) -> None:
        try:
            self._draft.path.stat()
            self._encoder.finish()
        except Exception as error:
            self._error = error

    def _publish(self) -> None:
        if self._ending.settle is None:
            self._draft.publish()
            return
        try:
            final = Draft(self._draft.target)
            try:
                self._ending.settle(self._draft.path, final.path)
            except BaseException:
                final.discard()
                raise
        except (OSError, RecordingError, FFmpegError) as error:
            if not self._ending.fit:
                raise self._fail(error) from error
            self._draft.publish()
        else:
            final.publish()
            self._draft.discard()

    def _discard(self) -> None:
        with suppress(Exception):
            self._encoder.release()
        self._draft.discard()

    def _fail(self, error: Exception) -> RecordingError:
        """Keep what can be seen of the draft, and say so."""
        with suppress(Exception):
            self._encoder.release()
        count = self._ending.count(self._draft.path)
        what = f"cannot write {self._draft.target}: {reason(error)}"
        if count:
            seconds = float(count / self._kind.fps)
            what += f"; the first {seconds:.1f} seconds play in {self._draft.found}"
        elif not self._draft.path.parent.is_dir():
            what = f"cannot write {self._draft.target}: its folder is gone, and what was recorded with it"
        else:
            self._draft.discard()
        self._failure = RecordingError(what)
        self._failure.__cause__ = error
        return self._failure

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        elif issubclass(kind, KeyboardInterrupt):
            with suppress(RecordingError):  # the interrupt is the news
                self.close()
        elif not self._closed:
            self._abandoned = True
            self._join()
            self._discard()
