"""How a picture of a film is exposed: over a span of time, and with or without what lies behind."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from game.recording import Pixels

SHUTTER = 0.5
"""Share of a frame's time during which light comes in: half, as in cinemas."""

Light = npt.NDArray[np.floating]
Bytes = npt.NDArray[np.uint8]


class Exposure(NamedTuple):
    """How each picture of a film is taken.

    Attributes:
        moments: pictures that are drawn for each of the film, evenly over the time the shutter is open.
        depth: bits a channel of the film, 8 or 16.
    """

    moments: int = 1
    depth: int = 8


ONE_MOMENT = Exposure()


class Plate:
    """Adds up the light of several moments to one picture.

    Args:
        exposure: how many, and how finely the sum is told.
    """

    def __init__(self, exposure: Exposure) -> None:
        self._exposure = exposure
        self._light: Light | None = None
        self._count = 0

    def expose(self, picture: Pixels) -> Pixels | None:
        """Let a moment's light in.

        Args:
            picture: ``(height, width, 3 or 4)`` uint8; a fourth channel is how much is seen of the first three.

        Returns:
            The finished picture after the last of its moments, ``None`` before.
        """
        moments, depth = self._exposure
        if moments == 1 and depth == 8:
            return picture
        light = _premultiplied(picture)
        self._light = light if self._light is None else self._light + light
        self._count += 1
        if self._count < moments:
            return None
        mean, self._light, self._count = self._light / np.float32(moments), None, 0
        return _develop(mean, depth)


def matte(black: Bytes, white: Bytes, void: tuple[float, float, float]) -> Bytes:
    """What is seen through a picture, from two drawings of it before different voids (Smith and Blinn, 1996).

    Args:
        black: before black, ``(height, width, 3)`` uint8.
        white: likewise, before the brightest void.
        void: which is as bright as this, sRGB in [0, 1].

    Returns:
        ``(height, width, 4)``: colours that are not multiplied by the last channel, which is how much of them is seen.
    """
    brightest = np.rint(255 * np.array(void)).astype(np.int32)
    through = (white.astype(np.int32) - black) * 255 // brightest
    alpha = 255 - through.min(axis=2).clip(0, 255)
    # The colour of what is not there at all is that of black: any would do.
    divisor = np.maximum(alpha, 1)[..., np.newaxis]
    colour = (black.astype(np.int32) * 255 + divisor // 2) // divisor
    return np.dstack([colour.clip(0, 255), alpha]).astype(np.uint8)


def _curve() -> Light:
    """Linear light of each of the 256 levels of sRGB (IEC 61966-2-1)."""
    level = np.arange(256) / 255
    light = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


_LINEAR = _curve()


def _premultiplied(picture: Pixels) -> Light:
    light = _LINEAR[picture[..., :3]]
    if picture.shape[2] == 3:
        return light
    alpha = picture[..., 3:].astype(np.float32) / 255
    return np.concatenate([light * alpha, alpha], axis=2)


def _develop(light: Light, depth: int) -> Pixels:
    colour, alpha = light[..., :3], light[..., 3:]
    if alpha.size:
        colour = colour / np.maximum(alpha, np.float32(1e-4))
    colour = colour.clip(0, 1)
    level = np.where(colour <= 0.0031308, colour * 12.92, 1.055 * colour ** (1 / 2.4) - 0.055)
    counts = np.rint(np.concatenate([level, alpha], axis=2) * (2**depth - 1))
    deep: Pixels = counts.astype(np.uint16)
    return deep if depth == 16 else deep.astype(np.uint8)
