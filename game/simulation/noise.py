"""Gaussian noise without a generator's state: the same ball at the same tick always draws the same.

A counter is hashed (lowbias32, Wellons 2018) and its two halves go through Box and Muller's transform,
so noise does not depend on how balls are cut into blocks or steps into calls.
"""

import numpy as np
import numpy.typing as npt

from landscapes.landscape import Array

_WORD = 0xFFFFFFFF


def hash_word(x: int) -> int:
    """lowbias32 of a 32-bit word."""
    x ^= x >> 16
    x = x * 0x7FEB352D & _WORD
    x ^= x >> 15
    x = x * 0x846CA68B & _WORD
    return x ^ x >> 16


def make_key(*words: int) -> int:
    """One 32-bit key from any number of non-negative integers."""
    key = 0
    for word in words:
        for shift in range(0, max(word.bit_length(), 1), 32):
            key = hash_word((key + 0x9E3779B9 & _WORD) ^ (word >> shift & _WORD))
    return key


def hash_ids(first: int, count: int) -> npt.NDArray[np.uint32]:
    """Hashed ball numbers ``first`` to ``first + count - 1``.

    Hashed before they meet a key, or two keys would give the same values in another order.
    """
    ids = np.arange(first, first + count, dtype=np.uint32)
    return _hash(ids, np.empty_like(ids))


def add_normal(g: Array, sd: float, ids: npt.NDArray[np.uint32], key: int) -> None:
    """Add independent normal numbers of standard deviation ``sd`` to ``g (2, b)``, in place."""
    cosine, sine = _make_normal(ids, key, sd)
    g[0] += cosine
    g[1] += sine


def draw_normal(out: Array, ids: npt.NDArray[np.uint32], key: int) -> None:
    """Fill ``out (2, b)`` with independent standard normal numbers."""
    out[0], out[1] = _make_normal(ids, key, 1.0)


def draw_uniform(out: Array, ids: npt.NDArray[np.uint32], key: int) -> None:
    """Fill ``out (2, b)`` with independent numbers, even over [0, 1)."""
    for axis, row in enumerate(out):
        word = ids ^ np.uint32(make_key(key, axis))
        _hash(word, np.empty_like(word))
        # 24 bits are what a float32 below 1 can hold.
        np.right_shift(word, 8, out=word)
        np.multiply(word, 2.0**-24, out=row, casting="same_kind")


def _make_normal(ids: npt.NDArray[np.uint32], key: int, sd: float) -> tuple[Array, Array]:
    word = ids ^ np.uint32(key)
    turned = np.empty_like(word)
    _hash(word, turned)
    np.bitwise_and(word, 0xFFFF, out=turned)
    np.right_shift(word, 16, out=word)
    angle = turned.astype(np.float32)
    angle *= np.float32(2 * np.pi / 65536)
    radius = _RADIUS.take(word)
    radius *= np.float32(sd)
    cosine = np.cos(angle)
    cosine *= radius
    np.sin(angle, out=angle)
    angle *= radius
    return cosine, angle


def _hash(x: npt.NDArray[np.uint32], work: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B), (16, 1)):
        np.right_shift(x, shift, out=work)
        np.bitwise_xor(x, work, out=x)
        if factor != 1:
            np.multiply(x, factor, out=x)
    return x


_RADIUS = np.sqrt(-2.0 * np.log((np.arange(65536) + 0.5) / 65536)).astype(np.float32)
"""The radius of Box and Muller for each upper half of a word."""
