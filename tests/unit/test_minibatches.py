"""Decks: every ball sees every sample once an epoch, in an order that looks like a shuffle of its own."""

import math

import numpy as np
import numpy.typing as npt
import pytest

import landscapes
from game.simulation.minibatches import Decks, Rows
from game.simulation.noise import hash_ids

COUNTS = [1, 2, 3, 6, 30, 64, 569, 3_000]


def deal_epoch(decks: Decks, epoch: int, balls: int, count: int, batch_size: int) -> list[Rows]:
    turns = math.ceil(count / batch_size)
    return [decks.deal(epoch * turns + turn, hash_ids(0, balls)) for turn in range(turns)]


def draw_orders(count: int, balls: int, *, epoch: int = 0, words: tuple[int, ...] = (3, 0)) -> Rows:
    """The order in which each ball sees the samples in an epoch, ``(balls, count)``."""
    return Decks(count, count, words).deal(epoch, hash_ids(0, balls))


@pytest.mark.parametrize("count", COUNTS)
def test_every_epoch_deals_every_ball_every_sample_once(count: int) -> None:
    for batch_size in sorted({1, 2, 7, 32, count // 2, count - 1, count}):
        if not max(1, count // 200) <= batch_size <= count:
            continue
        decks = Decks(count, batch_size, (5, 1))
        for epoch in (0, 1, 6):
            batches = deal_epoch(decks, epoch, 40, count, batch_size)
            assert [rows.shape for rows in batches[:-1]] == [(40, batch_size)] * (len(batches) - 1)
            assert batches[-1].shape == (40, (count - 1) % batch_size + 1)
            seen = np.sort(np.concatenate(batches, axis=1), axis=1)
            np.testing.assert_array_equal(seen, np.broadcast_to(np.arange(count), (40, count)))


def test_orders_differ_between_balls_epochs_seeds_and_swarms() -> None:
    orders = [
        draw_orders(569, 200, epoch=epoch, words=words)
        for epoch, words in [(0, (3, 0)), (1, (3, 0)), (2, (3, 0)), (0, (4, 0)), (0, (3, 1)), (1, (3, 1))]
    ]
    together = np.concatenate(orders)
    assert len(np.unique(together, axis=0)) == len(together)


def test_an_order_does_not_depend_on_the_batch_size() -> None:
    whole = draw_orders(569, 50, epoch=4)
    for batch_size in (1, 32, 100):
        decks = Decks(569, batch_size, (3, 0))
        np.testing.assert_array_equal(np.hstack(deal_epoch(decks, 4, 50, 569, batch_size)), whole)


def test_what_is_dealt_depends_on_the_tick_and_the_ball_alone() -> None:
    ids = hash_ids(0, 10_000)
    expected = Decks(569, 32, (7, 2)).deal(40, ids)
    decks = Decks(569, 32, (7, 2))
    for tick in (90, 3, 41, 0):
        decks.deal(tick, ids)
    np.testing.assert_array_equal(decks.deal(40, ids), expected)
    for balls in (slice(0, 1), slice(1, 4_096), slice(4_000, 4_200), slice(9_999, 10_000)):
        np.testing.assert_array_equal(decks.deal(40, ids[balls]), expected[balls])


@pytest.mark.parametrize("count", [2, 6, 30, 569])
def test_a_ball_sees_each_sample_as_early_as_any_other(count: int) -> None:
    balls, epochs = 20_000, 5
    hits: npt.NDArray[np.int64] = np.zeros((3, count), np.int64)
    for epoch in range(epochs):
        orders = draw_orders(count, balls, epoch=epoch)
        for k, place in enumerate((0, count // 2, count - 1)):
            hits[k] += np.bincount(orders[:, place], minlength=count)
    expected = balls * epochs / count
    for row in hits:
        # Chi-square of count - 1 degrees of freedom, five standard deviations up.
        freedom = count - 1
        assert ((row - expected) ** 2 / expected).sum() < freedom + 5 * math.sqrt(2 * freedom)


def test_few_samples_come_in_every_order_equally_often() -> None:
    epochs, balls = 100, 2_000
    codes = 5 ** np.arange(5)
    seen = np.concatenate([draw_orders(5, balls, epoch=epoch) @ codes for epoch in range(epochs)])
    orders, hits = np.unique(seen, return_counts=True)
    assert len(orders) == len(np.unique(seen[: 3 * balls])) == 120
    # A shuffle is seen in 20 of the 120 orders; 32 shuffles an epoch are what is left to chance.
    assert np.abs(hits / seen.size - 1 / 120).max() < 5 * math.sqrt(1 / 6 / (32 * epochs)) / 20


def test_no_two_balls_keep_company_from_epoch_to_epoch() -> None:
    epochs = 60
    first = np.stack([draw_orders(2, 300, epoch=epoch)[:, 0] for epoch in range(epochs)]).astype(np.int64)
    alike = (first.T @ first) + ((1 - first).T @ (1 - first))
    pairs = alike[~np.eye(300, dtype=bool)]
    assert pairs.mean() == pytest.approx(epochs / 2, rel=0.02)
    assert pairs.min() > 3
    assert pairs.max() < epochs - 3


def test_any_two_samples_share_a_batch_as_often_as_any_other_two() -> None:
    count, batch, balls, epochs = 30, 5, 2_000, 60
    together = np.zeros((count, count))
    for epoch in range(epochs):
        chosen = np.zeros((balls, count))
        np.put_along_axis(
            chosen, draw_orders(count, balls, epoch=epoch)[:, :batch].astype(np.intp), 1.0, axis=1
        )
        together += chosen.T @ chosen
    share = together[~np.eye(count, dtype=bool)] / (balls * epochs)
    expected = batch * (batch - 1) / (count * (count - 1))
    assert share.mean() == pytest.approx(expected)
    # Pairs within one shuffle stay pairs for all balls that share it, so 32 shuffles an epoch are what counts.
    deviation = math.sqrt(expected / (32 * epochs))
    assert np.abs(share - expected).max() < 5 * deviation


def test_batches_of_two_balls_overlap_like_random_sets() -> None:
    count, batch, balls = 569, 32, 4_000
    overlaps = []
    for epoch in range(6):
        chosen = np.zeros((balls, count), np.float32)
        orders = draw_orders(count, balls, epoch=epoch)[:, :batch].astype(np.intp)
        np.put_along_axis(chosen, orders, 1.0, axis=1)
        overlaps.append((chosen[::2] @ chosen[1::2].T).ravel())
    overlap = np.concatenate(overlaps)
    mean = batch * batch / count
    variance = mean * (1 - batch / count) * (count - batch) / (count - 1)
    assert overlap.mean() == pytest.approx(mean, rel=0.01)
    assert overlap.var() == pytest.approx(variance, rel=0.1)
    assert (overlap == batch).mean() < 1e-4


def test_an_epoch_of_minibatches_averages_to_the_gradient_of_all_data() -> None:
    surface = landscapes.get("breast-cancer")
    assert surface.data is not None
    balls, batch_size = 300, 64
    x_min, x_max, y_min, y_max = surface.domain
    unit = np.random.default_rng(0).random((2, balls))
    at = np.stack([x_min + unit[0] * (x_max - x_min), y_min + unit[1] * (y_max - y_min)])

    def measure(rows: Rows) -> npt.NDArray[np.float64]:
        assert surface.data is not None
        out = np.empty_like(at)
        surface.data.gradient(at, rows, out)
        return out

    whole = measure(np.broadcast_to(np.arange(569, dtype=np.uint16), (balls, 569)))
    batches = deal_epoch(Decks(569, batch_size, (0, 0)), 2, balls, 569, batch_size)
    mean = sum(rows.shape[1] * measure(rows) for rows in batches) / 569
    largest = np.linalg.norm(whole, axis=0).max()
    np.testing.assert_allclose(mean, whole, rtol=0, atol=1e-13 * largest)
    assert np.linalg.norm(mean - surface.gradient(at), axis=0).max() < 0.01 * largest
