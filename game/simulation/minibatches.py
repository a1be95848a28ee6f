"""Minibatches: the order in which each ball sees the samples of a data set.

As a data loader that shuffles: an epoch deals every ball each sample once, in an order of its own, and the next
epoch in a new one. Nothing is remembered of the balls, so neither blocks nor threads nor calls leave a trace.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from game.simulation.noise import draw_uniform, make_key

_SHUFFLES = 32
"""Shuffles an epoch: balls that share one see it from another end and in other strides."""
_PAIRS = 2**17
"""Pairs of ball and sample dealt at once: few enough that they stay in the cache."""

Rows = npt.NDArray[np.unsignedinteger[Any]]
"""Sample numbers, in the smallest unsigned integers that hold them."""


class Decks:
    """The samples, shuffled anew for every epoch.

    An order of a ball is ``j -> shuffle[(start + stride * j) mod count]``, with a stride that has no factor in common
    with ``count``, so no sample comes twice. Shuffle, start and stride are drawn from the ball's number and the epoch.
    Since the shuffles are true ones, a ball's batch is as likely to be any set of samples as any other.
    """

    def __init__(self, count: int, batch_size: int, words: tuple[int, ...]) -> None:
        """Take up ``count`` samples, to be dealt ``batch_size`` at a time, the rest of an epoch in a last smaller one.

        Args:
            count: how many samples there are.
            batch_size: how many a ball sees in a step, from 1 to ``count``.
            words: seed and what else tells these decks from others.
        """
        self._count, self.batch_size, self._words = count, batch_size, words
        self._turns = math.ceil(count / batch_size)
        self._strides = np.flatnonzero(np.gcd(np.arange(count), count) == 1)
        self._dtype = np.min_scalar_type(_SHUFFLES * count)
        self._shuffled = (-1, np.empty(0, self._dtype))

    def deal(self, tick: int, ids: npt.NDArray[np.uint32]) -> Rows:
        """The samples that each ball sees at a tick.

        Args:
            tick: steps taken before; the epoch is as many ticks as it takes to see all samples.
            ids: hashed numbers of the balls ``(b,)``.

        Returns:
            Sample numbers ``(b, batch)``, column by column in memory.
        """
        epoch, turn = divmod(tick, self._turns)
        seen = turn * self.batch_size
        rows = np.empty((min(self.batch_size, self._count - seen), ids.size), self._dtype)
        samples, key = self._shuffle(epoch), make_key(*self._words, 1, epoch)
        at_once = math.ceil(_PAIRS / len(rows))
        for first in range(0, ids.size, at_once):
            balls = slice(first, first + at_once)
            part = self._draw_places(ids[balls], key, seen, len(rows))
            # All places exist; clipping spares the buffer that numpy needs to raise.
            rows[:, balls] = samples.take(part, mode="clip")
        return rows.T

    def _draw_places(self, ids: npt.NDArray[np.uint32], key: int, seen: int, batch: int) -> Rows:
        """Where in the row of all shuffles the batch lies that comes after ``seen`` samples: ``(batch, b)``."""
        drawn = np.empty((2, ids.size))
        draw_uniform(drawn, ids, key)
        drawn *= np.array([[_SHUFFLES * self._count], [self._strides.size]])
        place, choice = drawn.astype(np.intp)
        shuffle, start = np.divmod(place, self._count)
        stride = self._strides[choice]
        places = np.empty((batch, ids.size), self._dtype)
        places[0] = (start + stride * seen) % self._count
        step: Rows = stride.astype(self._dtype)
        # Those known so far, moved on by as many strides, are as many more.
        known = 1
        while known < batch:
            more = places[known : 2 * known]
            np.add(places[: len(more)], step, out=more)
            self._wrap(more)
            step += step
            self._wrap(step)
            known += len(more)
        places += (shuffle * self._count).astype(self._dtype)
        return places

    def _wrap(self, places: Rows) -> None:
        """Bring places from below ``2 * count`` to below ``count``: an unsigned number below zero is a huge one."""
        np.minimum(places, places - self._dtype.type(self._count), out=places)

    def _shuffle(self, epoch: int) -> Rows:
        """All shuffles of an epoch in a row."""
        made, shuffled = self._shuffled
        if made != epoch:
            seed, *rest = self._words
            rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, *rest, epoch)))
            ordered = np.tile(np.arange(self._count, dtype=self._dtype), (_SHUFFLES, 1))
            shuffled = rng.permuted(ordered, axis=1).ravel()
            # Threads that come here at once make the same: whichever is last to keep it changes nothing.
            self._shuffled = (epoch, shuffled)
        return shuffled
