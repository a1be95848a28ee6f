"""Sinks: take frames, one after the other, and close."""

import queue
import threading
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from game.recording.draft import Draft
from game.recording.errors import RecordingError, reason

Pixels = NDArray[np.uint8]
"""A picture: ``(height, width, 3 or 4)``, sRGB, top row first. A fourth channel is ignored."""

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
        """Closes the file as it is, when it is not wanted any more."""


class FileSink:
    """Encodes pictures in a thread of its own into a draft, which takes its final name at close.

    No picture is dropped: `write` waits while the encoder is behind. A file that was at the final place stays
    as it is until the new one is whole. A ``with`` block that ends normally or by an interrupt (Ctrl-C) keeps
    what was recorded; one that ends by any other error removes the draft.
    """

    def __init__(self, draft: Draft, encoder: Encoder, size: tuple[int, int]) -> None:
        """Starts the thread; `size` is (width, height) in pixels. `open_sink` is the usual way here."""
        self._draft = draft
        self._encoder = encoder
        self._shapes = tuple((size[1], size[0], channels) for channels in (3, 4))
        self._error: Exception | None = None
        self._abandoned = False
        self._closed = False
        self._count = 0
        self._queue: queue.Queue[Pixels | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._encode, name="encoder", daemon=True)
        self._thread.start()

    def write(self, frame: Pixels) -> None:
        """Takes the next picture, of the recording's size; copies it, so the array may be reused at once.

        Raises:
            RecordingError: the picture has another size or type, the sink is closed, or an earlier picture
                could not be written.
        """
        if self._closed:
            raise RecordingError(f"cannot write {self._draft.target}: the recording is closed")
        if self._error is not None:
            raise self._failure()
        if frame.dtype != np.uint8 or frame.shape not in self._shapes:
            wanted = " or ".join(map(str, self._shapes))
            given = f"{frame.dtype} {frame.shape}"
            raise RecordingError(
                f"cannot write {self._draft.target}: a picture is uint8 {wanted}, not {given}"
            )
        self._queue.put(np.array(frame, order="C"))
        self._count += 1

    def close(self) -> None:
        """Finishes the file and moves it to its place.

        Raises:
            RecordingError: a picture could not be written, or there was none; no file is left behind then.
        """
        if self._closed:
            return
        try:
            self._join()
            if self._error is None and self._count:
                self._finish()
        except BaseException:  # a second Ctrl-C: give up, but tidily
            self._draft.discard()
            raise
        if self._error is not None or not self._count:
            self._discard()
            raise self._failure()
        self._draft.publish()

    def _encode(self) -> None:
        while (frame := self._queue.get()) is not None:
            if (
                self._error is None and not self._abandoned
            ):  # otherwise only empty the queue, so that nobody waits
                try:
                    self._encoder.add(frame)
                except Exception as error:
                    self._error = error

    def _join(self) -> None:
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def _finish(self) -> None:
        try:
            self._encoder.finish()
        except Exception as error:
            self._error = error

    def _discard(self) -> None:
        with suppress(Exception):
            self._encoder.release()
        self._draft.discard()

    def _failure(self) -> RecordingError:
        target = self._draft.target
        if self._error is None:
            return RecordingError(f"cannot write {target}: not one picture was recorded")
        failure = RecordingError(f"cannot write {target}: {reason(self._error)}")
        failure.__cause__ = self._error
        return failure

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
