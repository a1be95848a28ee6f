"""A file or folder that is written beside its place and moved there only when it is whole."""

import glob
import itertools
import re
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from game.recording.errors import RecordingError, reason

_NUMBERED = re.compile(r"\d{5,}\.png")


class Draft:
    """A path beside `target`, fit to become it.

    One that is of use by itself, should nobody come back to it, is called so that it is found: ``film.partial.mp4``.
    All others are hidden.

    Attributes:
        target: the final place, as the user named it.
        path: where to write until then. Exists, empty, so the place is known to be writable.
    """

    def __init__(self, target: Path, *, folder: bool = False, playable: str | None = None) -> None:
        """Creates the empty draft.

        Args:
            target: the final place.
            folder: whether that is a folder.
            playable: the ending of a draft that can be played as far as it is written; ``None`` for any other.

        Raises:
            RecordingError: the parent folder is missing or not writable, or `target` is something that must
                not be replaced: a device, a folder instead of a file, a folder with more than numbered PNGs.
        """
        self.target = target
        try:
            self._place = target.resolve()  # behind a symbolic link, so that the link survives
            self._refuse_to_replace(folder)
            if playable is None:
                self.path = self._place.with_name(f".{self._place.name}.{secrets.token_hex(4)}.part")
                self._create(folder)
            else:
                self._create_partial(playable, folder)
        except OSError as error:
            raise RecordingError(f"cannot write {target}: {reason(error)}") from error

    @property
    def found(self) -> Path:
        """The draft, in the folder as the user named it."""
        return self.path if self.target.is_symlink() else self.target.with_name(self.path.name)

    def _create(self, folder: bool) -> None:
        if folder:
            self.path.mkdir()
        else:
            self.path.touch(exist_ok=False)

    def _create_partial(self, ending: str, folder: bool) -> None:
        """The first free name: what an earlier recording left is not touched."""
        for number in itertools.count(1):
            self.path = self._place.with_name(partial_name(self._place, ending, number))
            with suppress(FileExistsError):
                self._create(folder)
                return

    def _refuse_to_replace(self, folder: bool) -> None:
        place, parent = self._place, self._place.parent
        if not parent.is_dir():
            what = "is not a folder" if parent.exists() else "does not exist; create it first"
            raise RecordingError(f"cannot write {self.target}: the folder {parent} {what}")
        if not place.exists():
            return
        if folder and not place.is_dir():
            raise RecordingError(f"cannot write {self.target}: it is not a folder; name another")
        if folder and not all(_NUMBERED.fullmatch(entry.name) for entry in place.iterdir()):
            raise RecordingError(f"cannot write {self.target}: the folder holds other files; name a new one")
        if not folder and not place.is_file():
            raise RecordingError(f"cannot write {self.target}: it is not a regular file; name another")

    def publish(self) -> None:
        """Moves the draft to its place, over what was there.

        Raises:
            RecordingError: it cannot be moved; the message says where the draft is kept.
        """
        try:
            if self._place.is_dir():
                old = self.path.with_suffix(".old")
                self._place.rename(old)
                self.path.rename(self._place)
                shutil.rmtree(old, ignore_errors=True)
            else:
                self.path.replace(self._place)
        except OSError as error:
            message = (
                f"cannot move the recording to {self.target}: {reason(error)}; it is kept as {self.found}"
            )
            raise RecordingError(message) from error

    def discard(self) -> None:
        """Removes the draft; what was at the final place stays."""
        if self.path.is_dir():
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            self.path.unlink(missing_ok=True)


def find_partial(target: Path) -> Path | None:
    """What an earlier recording of that name left when it was cut short."""
    left = target.parent.glob(f"{glob.escape(target.stem)}.partial*")
    return min(left, default=None)


def partial_name(place: Path, ending: str, number: int = 1) -> str:
    """The name of a draft that plays, such as ``film.partial.mp4``, or the next one, ``film.partial-2.mp4``."""
    return f"{place.stem}.partial{f'-{number}' if number > 1 else ''}{ending}"
