"""A file or folder that is written beside its place and moved there only when it is whole."""

import re
import secrets
import shutil
from pathlib import Path

from game.recording.errors import RecordingError, reason

_NUMBERED = re.compile(r"\d{5,}\.png")


class Draft:
    """A hidden path beside `target`, fit to become it.

    Attributes:
        target: the final place, as the user named it.
        path: where to write until then. Exists, empty, so the place is known to be writable.
    """

    def __init__(self, target: Path, *, folder: bool = False) -> None:
        """Creates the empty draft.

        Raises:
            RecordingError: the parent folder is missing or not writable, or `target` is something that must
                not be replaced: a device, a folder instead of a file, a folder with more than numbered PNGs.
        """
        self.target = target
        try:
            self._place = target.resolve()  # behind a symbolic link, so that the link survives
            self._refuse_to_replace(folder)
            self.path = self._place.with_name(f".{self._place.name}.{secrets.token_hex(4)}.part")
            if folder:
                self.path.mkdir()
            else:
                self.path.touch(exist_ok=False)
        except OSError as error:
            raise RecordingError(f"cannot write {target}: {reason(error)}") from error

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
                f"cannot move the recording to {self.target}: {reason(error)}; it is kept as {self.path}"
            )
            raise RecordingError(message) from error

    def discard(self) -> None:
        """Removes the draft; what was at the final place stays."""
        if self.path.is_dir():
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            self.path.unlink(missing_ok=True)
