"""Coarse first: each point once, every level exact, the finest as if nothing had come before, and gaps told."""

import itertools
import os
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from game.workers import persist
from landscapes.errors import InputError
from landscapes.files import Sheet, open_landscape, read_sheet, write_sheet
from landscapes.landscape import Array
from landscapes.levels import find_levels
from landscapes.network.scan import scan, scan_samples
from landscapes.network.store import compute
from landscapes.refine import Gap, refine
from tests.unit.test_network_scan import make_loss
from tests.unit.test_network_store import Here, flip, list_chunks

DOMAIN = (-1.0, 2.0, -0.5, 1.5)


def bumpy(xy: Array) -> Array:
    return np.asarray(np.sin(3 * xy[0]) * np.cos(2 * xy[1]) + xy[0] ** 2)


@pytest.mark.parametrize("resolution", [2, 4, 16, 17, 23, 33, 100, 128, 129, 130])
def test_grids_hold_each_other_and_each_point_comes_once(resolution: int) -> None:
    levels = find_levels(resolution)
    sizes = [level.size for level in levels]
    assert sizes == [*(17, 33, 65, 129)[: len(sizes) - 1], resolution]
    assert sizes == sorted(set(sizes))
    for level in levels:
        assert (level.axis[0], level.axis[-1]) == (0, resolution - 1)
        assert np.ptp(np.diff(level.axis)) <= 1
    for coarse, fine in itertools.pairwise(levels):
        assert set(coarse.axis.tolist()) < set(fine.axis.tolist())
    fresh = np.concatenate([level.fresh for level in levels])
    assert np.sort(fresh).tolist() == list(range(resolution**2))


@pytest.mark.parametrize("resolution", [40, 65])
def test_every_level_is_made_of_computed_points_only_and_at_last_of_all(resolution: int) -> None:
    shown: list[Sheet] = []
    asked: list[int] = []

    def ask(xy: Array) -> Array:
        asked.append(xy.shape[1])
        return bumpy(xy)

    last = refine(ask, DOMAIN, resolution, size=50, executor=Here(), on_level=shown.append)
    assert sum(asked) == resolution**2
    assert max(asked) <= 50
    assert [len(sheet.xs) for sheet in shown] == [level.size for level in find_levels(resolution)]
    assert shown[-1] is last
    for sheet in shown:
        x, y = np.meshgrid(sheet.xs, sheet.ys)
        np.testing.assert_array_equal(sheet.loss, bumpy(np.stack([x.ravel(), y.ravel()])).reshape(x.shape))
    np.testing.assert_array_equal(last.xs, np.linspace(*DOMAIN[:2], resolution))
    np.testing.assert_array_equal(last.ys, np.linspace(*DOMAIN[2:], resolution))


def test_levels_come_before_what_is_finer_is_begun_and_are_right_while_the_rest_is_unknown() -> None:
    done: list[int] = []
    counts: list[int] = []
    refine(
        bumpy,
        DOMAIN,
        33,
        size=30,
        executor=Here(),
        note=done.append,
        on_level=lambda _: counts.append(done[-1]),
    )
    assert counts[0] < 17**2 <= done[done.index(counts[0]) + 1] < 33**2


def test_a_network_is_scanned_bit_for_bit_as_if_all_points_were_asked_for_at_once() -> None:
    loss = make_loss((4, 20, 3, 1), 300)
    shown: list[Sheet] = []
    found = scan(loss, DOMAIN, 50, on_level=shown.append).values
    x, y = np.meshgrid(np.linspace(*DOMAIN[:2], 50), np.linspace(*DOMAIN[2:], 50))
    at = np.stack([x.ravel(), y.ravel()])
    np.testing.assert_array_equal(found.ravel(), loss.value(at))
    axis = find_levels(50)[0].axis
    np.testing.assert_array_equal(shown[0].loss, found[np.ix_(axis, axis)])
    each = scan_samples(loss, DOMAIN, 20)
    np.testing.assert_allclose(each.mean(axis=0, dtype=float), scan(loss, DOMAIN, 20).values, rtol=1e-6)


def test_a_loss_does_not_depend_on_which_others_are_asked_for_with_it() -> None:
    loss, rng = make_loss((30, 16, 16, 1), 400), np.random.default_rng(1)
    xy = rng.uniform(-1, 1, (2, 600))
    whole = loss.value(xy)
    for count in (1, 2, 3, 5, 7, 11, 39, 90, 289, 599):
        for _ in range(1 + 60 // count):
            some = rng.permutation(600)[:count]
            np.testing.assert_array_equal(loss.value(np.ascontiguousarray(xy[:, some])), whole[some])


# What goes wrong at a point.


def brittle(xy: Array) -> Array:
    if (xy[0] > 1.9).any() and (xy[1][xy[0] > 1.9] < -0.4).any():
        raise ZeroDivisionError("too far\nright")
    return np.where(((xy - 0.5) ** 2).sum(axis=0) < 1e-3, np.nan, bumpy(xy))


def test_a_point_that_fails_is_a_gap_with_its_reason_and_nothing_else_is_lost(tmp_path: Path) -> None:
    gaps: list[Gap] = []
    found = refine(brittle, DOMAIN, 31, size=97, key="brittle", folder=tmp_path, on_gap=gaps.append)
    x, y = np.meshgrid(found.xs, found.ys)
    failed = (x > 1.9) & (y < -0.4)
    empty = (x - 0.5) ** 2 + (y - 0.5) ** 2 < 1e-3
    assert 0 < failed.sum() < 10
    assert empty.sum() == 1
    np.testing.assert_array_equal(np.isnan(found.loss), failed | empty)
    np.testing.assert_array_equal(found.loss[~failed & ~empty], bumpy(np.stack([x, y]))[~failed & ~empty])
    texts = {(gap.x, gap.y): gap.text for gap in gaps}
    assert {texts[at] for at in zip(x[failed], y[failed], strict=True)} == {
        "ZeroDivisionError: too far right"
    }
    assert texts[(float(x[empty][0]), float(y[empty][0]))] == "the loss is no finite number"
    assert f"{len(gaps)} points have no loss; the first one, (0.5, 0.5)" in found.notes[0]
    # What is kept is told again, and never computed again.
    executor = Here()
    again: list[Gap] = []
    kept = refine(
        brittle, DOMAIN, 31, size=97, key="brittle", folder=tmp_path, on_gap=again.append, executor=executor
    )
    assert executor.calls == 0
    assert sorted(again) == sorted(gaps)
    np.testing.assert_array_equal(kept.loss, found.loss)
    path = tmp_path / "brittle.npz"
    write_sheet(path, found)
    assert read_sheet(path).notes == found.notes == kept.notes
    assert found.notes[0] in open_landscape(path).notes
    # A reason that was damaged is not believed.
    (folder,) = tmp_path.glob("scans/*")
    flip(next(chunk for chunk in list_chunks(folder) if b"too far" in chunk.read_bytes()))
    refine(brittle, DOMAIN, 31, size=97, key="brittle", folder=tmp_path, executor=executor)
    assert executor.calls == 1


def test_a_loss_that_always_fails_is_one_line_and_soon() -> None:
    asked: list[int] = []

    def fail(xy: Array) -> Array:
        asked.append(xy.shape[1])
        raise RuntimeError("no weights")

    with pytest.raises(InputError, match=r"no loss at any of 289 points.*RuntimeError: no weights"):
        refine(fail, DOMAIN, 200, size=289, executor=Here())
    assert sum(size == 1 for size in asked) < 200**2 / 2

    with pytest.raises(InputError, match="gave losses of shape"):
        refine(lambda _: np.zeros(3), DOMAIN, 4)


def test_what_is_kept_needs_a_key(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="key"):
        refine(bumpy, DOMAIN, 4, folder=tmp_path)


# Processes.


class Mortal:
    """Work that counts how often it is sent, and once ends the process that does it."""

    def __init__(self, marker: Path) -> None:
        self.marker, self.sent = marker, 0

    def __getstate__(self) -> dict[str, object]:
        self.sent += 1
        return {"marker": self.marker, "sent": 0}

    def __call__(self, chunk: int) -> Array:
        if chunk == 40 and not self.marker.exists():
            self.marker.touch()
            os._exit(9)
        return np.full(1, chunk**0.5)


def test_work_travels_once_to_each_process_and_a_dead_process_costs_its_chunk(tmp_path: Path) -> None:
    out, work = np.full(90, np.nan), Mortal(tmp_path / "died")
    places = [out[k : k + 1] for k in range(90)]
    finished: list[int] = [0]
    pools = iter((2, 1))

    def attempt() -> None:
        with ProcessPoolExecutor(next(pools), get_context("spawn")) as executor:
            compute(
                work, range(90), places, folder=tmp_path / "kept", executor=executor, note=finished.append
            )

    persist(attempt, lambda: finished[-1])
    np.testing.assert_array_equal(out, np.arange(90) ** 0.5)
    assert (tmp_path / "died").exists()
    assert 2 <= work.sent <= 5
    # What was finished when the process died was not done again.
    assert finished.count(0) == 2
    assert finished == sorted(finished)


def test_whoever_gets_no_further_stops() -> None:
    def attempt() -> None:
        raise BrokenExecutor

    with pytest.raises(InputError, match="ended from outside"):
        persist(attempt, lambda: 0)
