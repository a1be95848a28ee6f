"""Small pictures of landscapes, in the colours of the theme."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

import landscapes
from game.scene.theme import Theme, encode, linear
from landscapes.errors import InputError

TEXELS = 40
"""Along each side."""

Tones = npt.NDArray[np.uint8]


class Thumbnails:
    """Makes pictures of what is looked at, one after another, while the game goes on.

    Args:
        upload: sends ``(height, width, 4)`` bytes to the card and returns the texture's number.
        free: gives such a texture back.
    """

    def __init__(self, upload: Callable[[Tones], int], free: Callable[[int], None]) -> None:
        self._upload, self._free = upload, free
        self._worker: ThreadPoolExecutor | None = None
        self._tones: dict[str, Future[Tones]] = {}
        self._textures: dict[str, int] = {}
        self._theme = ""
        self._spent = False

    def begin_frame(self, theme: Theme) -> None:
        """One picture at most is sent each frame; another theme colours them all anew."""
        self._spent = False
        if theme.name != self._theme:
            self._theme = theme.name
            for texture in self._textures.values():
                self._free(texture)
            self._textures.clear()

    def find(self, name: str, theme: Theme) -> int | None:
        """The texture of a landscape of the catalogue; ``None`` until there is one."""
        if name in self._textures or self._spent:
            return self._textures.get(name)
        if name not in self._tones:
            self._worker = self._worker or ThreadPoolExecutor(1, "thumbnails")
            self._tones[name] = self._worker.submit(measure_tones, name)
        if not self._tones[name].done():
            return None
        self._spent = True
        self._textures[name] = self._upload(colour(self._tones[name].result(), theme))
        return self._textures[name]

    def release(self) -> None:
        """Stop; the textures belong to the renderer."""
        if self._worker:
            self._worker.shutdown(wait=True, cancel_futures=True)


def measure_tones(name: str) -> Tones:
    """How high each place is among all places, from 1 to 255, north up ``(TEXELS, TEXELS)``; 0 for no value."""
    try:
        loss = landscapes.get(name).grid(TEXELS)[2]
    except InputError:
        return np.zeros((TEXELS, TEXELS), np.uint8)
    known = np.isfinite(loss)
    tones = np.zeros(loss.shape, np.uint8)
    values, inverse = np.unique(loss[known], return_inverse=True)
    tones[known] = (1 + 254 * inverse / max(values.size - 1, 1)).astype(np.uint8)
    return np.ascontiguousarray(tones[::-1])


def colour(tones: Tones, theme: Theme) -> Tones:
    """Tones as opaque colours ``(height, width, 4)``."""
    ramp = np.concatenate([linear(theme.wall[1])[None], theme.colormap(255)])
    picture = np.full((*tones.shape, 4), 255, np.uint8)
    picture[..., :3] = encode(ramp)[tones]
    return picture
