"""How scans scale on a Dask cluster: ``python -m tests.benchmarks.scaling [--write]``.

Measured on this machine: the same scan alone, with one worker and with two; what a chunk costs that does nothing; and
how many bytes travel, to a worker once and with a chunk. What more workers do is worked out from that, by the model in
``extrapolate``. ``--write`` writes the page SCALING.md beside this file.
"""

import argparse
import os
import pickle
import platform
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

import dask
import numpy as np
from distributed import Client, LocalCluster

from landscapes.delivery import Reply, carry_out
from landscapes.landscape import Array
from landscapes.network.activations import TANH
from landscapes.network.data import Dataset
from landscapes.network.initialise import initialise
from landscapes.network.mlp import Network
from landscapes.network.outputs import BINARY_CROSS_ENTROPY
from landscapes.network.plane import draw_plane
from landscapes.network.recipe import measure_means
from landscapes.network.scan import PlaneLoss, scan
from landscapes.network.store import compute
from landscapes.refine import measure

DOMAIN = (-1.0, 1.0, -1.0, 1.0)
RESOLUTION = 65
EMPTY = 1000
"""Chunks that do nothing."""
TURNS = 3
LINE_BYTES_S = 125e6
"""A line of 1 Gbit/s, over which the scheduler sends the common part to one worker after the other."""
WORKERS = (1, 2, 10, 30, 100, 300, 1000)
SECONDS = (0.02, 0.2, 1.0, 10.0)
"""Of a chunk."""
HOURS = 10.0
"""Of the scan that is extrapolated, on one worker."""


class Costs(NamedTuple):
    """What was measured: processor seconds to hand out a chunk, and bytes for a worker and for a chunk."""

    chunk_s: float
    worker_bytes: int
    chunk_bytes: int


def make_loss() -> PlaneLoss:
    rng = np.random.default_rng(0)
    network = Network(initialise((20, 32, 16, 1), "torch", rng), TANH, BINARY_CROSS_ENTROPY)
    inputs = rng.standard_normal((20, 6000))
    return PlaneLoss(draw_plane(network, 1), Dataset(inputs, (inputs[0] > 0).astype(float)))


def do_nothing(_: object) -> Array:
    return np.zeros(1)


class Turn(NamedTuple):
    """Seconds of the same scan on one thread here, on one worker and on two, right after each other."""

    alone_s: float
    one_s: float
    two_s: float


def take_turns(loss: PlaneLoss) -> tuple[Turn, float]:
    """The turn whose ratios are the median, and what an empty chunk takes of the processor's time here.

    That is what bounds how many are handed out: the scheduler and the client share this process.
    """
    kinds = {"threads_per_worker": 1, "dashboard_address": None}
    # Without what Dask's nanny says to the system's malloc: see the page.
    environment = {"distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1}}
    with dask.config.set(environment), ExitStack() as stack:
        clusters = [stack.enter_context(LocalCluster(n_workers=count, **kinds)) for count in (1, 2)]
        clients = [stack.enter_context(Client(one, set_as_default=False)) for one in clusters]
        alone = stack.enter_context(ThreadPoolExecutor(1))
        executors = [alone, *(client.get_executor(pure=False) for client in clients)]
        hand_out(executors[1], 200)
        start_s = time.process_time()
        hand_out(executors[1], EMPTY)
        chunk_s = (time.process_time() - start_s) / EMPTY
        turns = [Turn(*(clock(loss, executor) for executor in executors)) for _ in range(1 + TURNS)][1:]
    return sorted(turns, key=lambda turn: turn.alone_s / turn.two_s)[TURNS // 2], chunk_s


def hand_out(executor: Executor, count: int) -> None:
    out = np.empty(count)
    compute(do_nothing, range(count), [out[k : k + 1] for k in range(count)], executor=executor)


def clock(loss: PlaneLoss, executor: Executor) -> float:
    start_s = time.perf_counter()
    scan(loss, DOMAIN, RESOLUTION, executor=executor)
    return time.perf_counter() - start_s


def count_bytes(loss: PlaneLoss, points: int) -> tuple[int, int]:
    """Of the common part, and of a chunk of so many points with its answer."""
    work = partial(measure, partial(measure_means, loss.recipe(np.dtype(np.float64))))
    xy = np.zeros((2, points))
    there = pickle.dumps((carry_out, "0" * 32, xy, None))
    back = pickle.dumps(Reply(("host", 1), 1, False, measure(do_zero, xy)))
    return len(pickle.dumps(work)), len(there) + len(back)


def do_zero(xy: Array) -> Array:
    return np.zeros(xy.shape[1])


def extrapolate(costs: Costs, workers: int, chunk_s: float, total_s: float) -> float:
    """The share of so many workers' time that is work.

    Chunks are handed out one after the other, each at what an empty one costs; the common part goes to one worker after
    the other; at the end workers wait for the last chunk, half of it in the mean.
    """
    chunks = total_s / chunk_s
    handing_s = chunks * (costs.chunk_s + costs.chunk_bytes / LINE_BYTES_S)
    spread_s = workers * costs.worker_bytes / LINE_BYTES_S
    needed_s = max(total_s / workers, handing_s) + spread_s / 2 + chunk_s / 2 * (workers > 1)
    return total_s / workers / needed_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write SCALING.md")
    asked = parser.parse_args()
    loss = make_loss()
    turn, chunk_s = take_turns(loss)
    text = describe(turn, Costs(chunk_s, *count_bytes(loss, 64)))
    print(text)
    if asked.write:
        Path(__file__).with_name("SCALING.md").write_text(text, encoding="utf-8")


def describe(turn: Turn, costs: Costs) -> str:
    """The page."""
    alone_s, one_s, two_s = turn
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    head = "| workers | " + " | ".join(f"{chunk_s:g} s a chunk" for chunk_s in SECONDS) + " |"
    rows = [
        f"| {workers:,} | "
        + " | ".join(f"{extrapolate(costs, workers, chunk_s, HOURS * 3600):.0%}" for chunk_s in SECONDS)
        + " |"
        for workers in WORKERS
    ]
    return f"""# How scans scale

Written by `python -m tests.benchmarks.scaling --write`, on {os.cpu_count()} cores ({platform.machine()}, load {load} at
the end, which is what else ran there), with Dask's scheduler, its workers and our client all on them.

## Measured

A scan of {RESOLUTION} x {RESOLUTION} points of a network of 20-32-16-1 neurons on 6,000 samples; of {TURNS} turns the
median one:

| | seconds | efficiency |
| --- | ---: | ---: |
| here, one thread | {alone_s:.2f} | |
| Dask, one worker | {one_s:.2f} | {alone_s / one_s:.0%} |
| Dask, two workers | {two_s:.2f} | {alone_s / two_s / 2:.0%} |

All of it shares the same cores with the scheduler, the client and whatever else runs: two workers are only twice as
fast as one where there are cores to spare.

| what | costs |
| --- | ---: |
| to hand out a chunk, of the time of a processor | {costs.chunk_s * 1000:.2f} ms |
| a chunk of 64 points there and back | {costs.chunk_bytes:,} bytes |
| the network and its data, to each worker once | {costs.worker_bytes:,} bytes |

## Worked out from it

A scan of {HOURS:g} hours on one worker; chunks are handed out one after the other at the price above, over a line of
1 Gbit/s. The share of the workers' time that is work:

{head}
| ---: |{" ---: |" * len(SECONDS)}
{chr(10).join(rows)}

## What follows

A chunk of a network of ours is about a fifth of a second (`_WORK` in `landscapes/network/scan.py`), which is
{0.2 / costs.chunk_s:,.0f} times what it takes to hand it out, and that many workers are kept busy. More of them pay
where a scan is so long that a single point takes seconds, and there a chunk is a point: `size=1` of
`landscapes.refine.refine`. A worker that dies costs its chunk, and one that is slow holds up the end by one at most.

Start workers with `dask worker --no-nanny`, one thread each (`--nthreads 1`) and as many as there are cores. Dask's
nanny has the system take back every large array at once (`MALLOC_TRIM_THRESHOLD_=65536`), and the scan above then needs
1.5 times the processor's time: 4.9 beside 3.3 seconds on one thread, 850,000 page faults beside 8. The figures above
are without that.
"""


if __name__ == "__main__":
    main()
