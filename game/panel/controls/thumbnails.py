"""Small pictures of landscapes, in the colours of the theme."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

import landscapes
from game.scene.theme import Theme, encode, linear
from landscapes.errors import InputError

TEXELS = 40
"""Along each side."""

Tones = npt.NDArray[np.uint8]


@dataclass
class Picture:
    """A picture that changes now and then.

    Attributes:
        sources: what it was made from.
        pixels: of the newest one, once they are there.
        texture: of the one that is shown.
        sent: whether that is the newest one.
    """

    sources: tuple[object, ...]
    pixels: Future[Tones]
    texture: int | None = None
    sent: bool = False


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
        self._pictures: dict[str, Picture] = {}
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
            self._tones[name] = self._start(partial(measure_tones, name))
        if not self._tones[name].done():
            return None
        self._spent = True
        self._textures[name] = self._upload(colour(self._tones[name].result(), theme))
        return self._textures[name]

    def follow(self, name: str, sources: tuple[object, ...], make: Callable[[], Tones]) -> int | None:
        """The texture of a picture ``(height, width, 4)`` that is made anew when one of its sources is another object.

        Meanwhile it is the one before; ``None`` until there is one.
        """
        picture = self._pictures.get(name)
        if picture is None:
            picture = self._pictures[name] = Picture(sources, self._start(make))
        elif any(one is not other for one, other in zip(picture.sources, sources, strict=True)):
            # What nobody waits for any more need not be made.
            picture.pixels.cancel()
            picture.sources, picture.pixels, picture.sent = sources, self._start(make), False
        if picture.sent or self._spent or not picture.pixels.done():
            return picture.texture
        self._spent = picture.sent = True
        if picture.texture is not None:
            self._free(picture.texture)
        picture.texture = self._upload(picture.pixels.result())
        return picture.texture

    def _start(self, make: Callable[[], Tones]) -> Future[Tones]:
        self._worker = self._worker or ThreadPoolExecutor(1, "thumbnails")
        return self._worker.submit(make)

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
