"""The simulation core beside PyTorch and numba, in turns: ``python -m tests.benchmarks.simulation``.

Each side runs in a process of its own and waits while the other works, so that a busy machine slows both alike. A turn
releases fresh balls, lets them take a few steps, and times some more, as often as it takes to fill its time. We take 32
steps a call, as the game and ``downslope run`` do. A ratio is the median over the turns; on a busy machine threads that
wait for each other suffer more than others do, so the ratio of each side's best turn is shown too.
"""

import argparse
import functools
import importlib.util
import itertools
import math
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import landscapes
from game.simulation import Swarm

CALL = 32
"""Steps a call on our side."""
SIZES = (1_000, 10_000, 100_000, 1_000_000)
TARGETS = {1_000: 20.0, 10_000: 9.0, 100_000: 5.0, 1_000_000: 7.0}
LANDSCAPES = ("rastrigin", "ackley", "himmelblau")


class Method(NamedTuple):
    """An optimizer, by names that are ours and PyTorch's alike."""

    optimizer: str
    lr: float
    settings: dict[str, float | bool]


METHODS = {
    "sgd": Method("sgd", 1e-3, {}),
    "momentum": Method("sgd", 2e-4, {"momentum": 0.9}),
    "adam": Method("adam", 1e-2, {}),
}
COMBINATIONS = tuple(itertools.product(LANDSCAPES, METHODS))


class Case(NamedTuple):
    """What is timed."""

    landscape: str
    method: str
    balls: int


class Effort(NamedTuple):
    """How long to measure: so many turns, each of so many seconds at least."""

    turns: int
    seconds: float


class Result(NamedTuple):
    """Median seconds of a step on both sides; peer to ours, the median of the turns and that of the best turns."""

    ours: float
    peer: float
    ratio: float
    best: float


class Row(NamedTuple):
    """A line of the table that is printed."""

    what: str
    ours: str
    peer: str
    ratio: str = ""
    best: str = ""
    target: str = ""


class Side(NamedTuple):
    """A contestant: what makes its step function, steps before and within a timing, and threads (0: its default)."""

    release: Callable[[Case, int], Callable[[int], object]]
    warm: int
    timed: int
    threads: int


@functools.cache
def draw_start(landscape: str, balls: int) -> npt.NDArray[np.float32]:
    """Places all over the domain, ``(2, n)``."""
    x_min, x_max, y_min, y_max = landscapes.get(landscape).domain
    rng = np.random.default_rng(0)
    return np.stack([rng.uniform(x_min, x_max, balls), rng.uniform(y_min, y_max, balls)]).astype(np.float32)


def release_ours(case: Case, threads: int) -> Callable[[int], None]:
    """A swarm of the game."""
    method = METHODS[case.method]
    swarm = Swarm(
        landscapes.get(case.landscape),
        method.optimizer,
        draw_start(case.landscape, case.balls),
        lr=method.lr,
        settings=method.settings,
        threads=threads or None,
    )

    def roll(steps: int) -> None:
        for _ in range(steps // CALL):
            swarm.step(CALL)

    return roll


def release_torch(case: Case, threads: int) -> Callable[[int], None]:
    """A parameter ``(n, 2)`` under torch.optim, with autograd, as one would write it."""
    import torch

    if threads:
        torch.set_num_threads(threads)

    def rastrigin(x: Any, y: Any) -> Any:
        return 20 + x**2 + y**2 - 10 * (torch.cos(math.tau * x) + torch.cos(math.tau * y))

    def ackley(x: Any, y: Any) -> Any:
        funnel = torch.exp(-0.2 * torch.sqrt((x**2 + y**2) / 2))
        return 20 - 20 * funnel + math.e - torch.exp((torch.cos(math.tau * x) + torch.cos(math.tau * y)) / 2)

    def himmelblau(x: Any, y: Any) -> Any:
        return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

    loss = {"rastrigin": rastrigin, "ackley": ackley, "himmelblau": himmelblau}[case.landscape]
    method, start = METHODS[case.method], draw_start(case.landscape, case.balls)
    parameter = torch.tensor(np.ascontiguousarray(start.T), requires_grad=True)
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[method.optimizer]
    optimizer = kind([parameter], lr=method.lr, **method.settings)

    def roll(steps: int) -> None:
        for _ in range(steps):
            optimizer.zero_grad(set_to_none=True)
            loss(parameter[:, 0], parameter[:, 1]).sum().backward()
            optimizer.step()

    return roll


def release_numba(case: Case, threads: int) -> Callable[[int], None]:
    """Adam on Rastrigin, compiled: one fused loop with a polynomial for the sine, 32 steps a block."""
    adam = compile_adam(parallel=threads != 1)
    position = draw_start(case.landscape, case.balls).ravel().copy()
    first, second = np.zeros_like(position), np.zeros_like(position)
    ticks = itertools.count(1, CALL)

    def roll(steps: int) -> None:
        for _ in range(steps // CALL):
            adam(position, first, second, next(ticks))

    return roll


@functools.cache
def compile_adam(parallel: bool) -> Any:
    """The fused loop: ``adam(position, first moment, second moment, tick)``, float32 in one dimension each."""
    import numba

    prange, real, width = numba.prange, np.float32, 8192
    half, one, two, wave = real(0.5), real(1), real(2), real(20 * math.pi)
    lr, beta1, beta2, eps = METHODS["adam"].lr, real(0.9), real(0.999), real(1e-8)
    squares = (np.cos(np.linspace(0, np.pi, 200)) + 1) / 8 + 1e-12
    sines = np.sin(math.tau * np.sqrt(squares)) / np.sqrt(squares)
    fit = np.polynomial.Polynomial.fit(squares, sines, 5).convert().coef
    a0, a1, a2, a3, a4, a5 = (real(value) for value in fit)

    def adam(p: Any, m: Any, v: Any, tick: int) -> None:
        for block in prange((p.size + width - 1) // width):
            part = slice(block * width, (block + 1) * width)
            q, mean, spread = p[part], m[part], v[part]
            for t in range(tick, tick + CALL):
                rate, root = real(lr / (1 - 0.9**t)), real(1 / math.sqrt(1 - 0.999**t))
                for i in range(q.size):
                    x = q[i]
                    r = x - np.floor(x + half)
                    z = r * r
                    poly = a0 + z * (a1 + z * (a2 + z * (a3 + z * (a4 + z * a5))))
                    g = two * x + wave * r * poly
                    along = beta1 * mean[i] + (one - beta1) * g
                    square = beta2 * spread[i] + (one - beta2) * g * g
                    mean[i], spread[i] = along, square
                    q[i] = x - rate * along / (root * np.sqrt(square) + eps)

    # Without numpy's error model a division may raise, and nothing is vectorised.
    return numba.njit(fastmath=True, error_model="numpy", parallel=parallel)(adam)


# Whatever has a comma in its name keeps to one thread.
SIDES = {
    "ours": Side(release_ours, CALL, 3 * CALL, 0),
    "ours, one thread": Side(release_ours, CALL, 3 * CALL, 1),
    "torch": Side(release_torch, 3, 10, 0),
    "torch, one thread": Side(release_torch, 3, 10, 1),
    "numba": Side(release_numba, CALL, 3 * CALL, 0),
    "numba, one thread": Side(release_numba, CALL, 3 * CALL, 1),
}


def measure(side: Side, case: Case, seconds: float) -> float:
    """Seconds a step, over as many releases as it takes to time so many seconds."""
    spent, steps = 0.0, 0
    while spent < seconds:
        roll = side.release(case, side.threads)
        roll(side.warm)
        start = time.perf_counter()
        roll(side.timed)
        spent += time.perf_counter() - start
        steps += side.timed
    return spent / steps


def serve(name: str) -> None:
    """Take a turn for every line on stdin, and answer with the seconds of a step."""
    for line in sys.stdin:
        landscape, method, balls, seconds = line.split()
        print(measure(SIDES[name], Case(landscape, method, int(balls)), float(seconds)), flush=True)


class Contest:
    """Two sides in processes of their own, which work in turns."""

    def __init__(self, ours: str, peer: str) -> None:
        self.names = (ours, peer)
        self._workers = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.benchmarks.simulation", "--serve", name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for name in self.names
        ]

    def __enter__(self) -> "Contest":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.communicate()

    def hold(self, case: Case, effort: Effort) -> Result:
        """Let both take their turns, after one that does not count: it compiles and fills caches."""
        turns = [self._measure(case, effort) for _ in range(1 + effort.turns)]
        result = condense(turns[1:])
        told = f"{case.balls:,} balls, {case.landscape}, {case.method}: {' and '.join(self.names)}"
        print(told, show(result.ours), show(result.peer), f"{result.ratio:.2f}x", file=sys.stderr, flush=True)
        return result

    def _measure(self, case: Case, effort: Effort) -> tuple[float, float]:
        first, second = (self._ask(worker, case, effort.seconds) for worker in self._workers)
        return first, second

    @staticmethod
    def _ask(worker: "subprocess.Popen[str]", case: Case, seconds: float) -> float:
        assert worker.stdin
        assert worker.stdout
        print(*case, seconds, file=worker.stdin, flush=True)
        return float(worker.stdout.readline())


def show(seconds: float) -> str:
    """A duration that one can read."""
    return f"{1e6 * seconds:.1f} us" if seconds < 1e-3 else f"{1e3 * seconds:.2f} ms"


def condense(turns: Sequence[tuple[float, float]]) -> Result:
    """What the turns say, each a pair: our seconds and the peer's."""
    ours, peer = zip(*turns, strict=True)
    ratio = statistics.median(b / a for a, b in turns)
    return Result(statistics.median(ours), statistics.median(peer), ratio, min(peer) / min(ours))


def average(results: Sequence[Result]) -> Result:
    """Geometric means."""
    return Result(*(statistics.geometric_mean(column) for column in zip(*results, strict=True)))


def write_row(what: str, result: Result, target: str = "") -> Row:
    """A result as a line of the table."""
    ours, peer, ratio, best = result
    return Row(what, show(ours), show(peer), f"{ratio:.2f}x", f"{best:.2f}x", target)


def compare_steps(effort: Effort, suffix: str) -> Iterator[Row]:
    """One step beside torch.optim, geometric means over landscapes and methods."""
    with Contest("ours" + suffix, "torch" + suffix) as contest:
        for balls in SIZES:
            results = [contest.hold(Case(*pair, balls), effort) for pair in COMBINATIONS]
            target = "" if suffix else f">= {TARGETS[balls]:g}x"
            yield write_row(f"step, {balls:,} balls{suffix}; torch", average(results), target)


def compare_compiled(effort: Effort, suffix: str) -> Iterator[Row]:
    """One step of Adam on Rastrigin beside a fused loop."""
    with Contest("ours" + suffix, "numba" + suffix) as contest:
        for balls in SIZES:
            result = contest.hold(Case("rastrigin", "adam", balls), effort)
            yield write_row(f"Adam on Rastrigin, {balls:,} balls{suffix}; numba", result)


def compare_converged(effort: Effort, balls: int = 16_384) -> Iterator[Row]:
    """Fresh swarms beside swarms that took 4,000 steps."""
    results = {pair: age(Case(*pair, balls), effort) for pair in COMBINATIONS}
    yield write_row(f"fresh, {balls:,} balls; after 4,000 steps", average(list(results.values())), "<= 1.1x")
    worst = max(results, key=lambda pair: results[pair].ratio)
    yield write_row(f"the worst of these: {', '.join(worst)}", results[worst], "<= 1.1x")


def age(case: Case, effort: Effort) -> Result:
    """A fresh swarm and the same after 4,000 steps, in turns."""
    side = SIDES["ours, one thread"]
    old = side.release(case, side.threads)
    old(4_000)
    aged = side._replace(release=lambda _case, _threads: old, warm=0)
    return condense(
        [
            (measure(side, case, effort.seconds), measure(aged, case, effort.seconds))
            for _ in range(effort.turns)
        ]
    )


def weigh(balls: int = 1_000_000) -> Iterator[Row]:
    """Memory of a swarm on Ackley, as tracemalloc sees numpy take it, with all it keeps of where the balls started."""
    for method, target in (("momentum", 100), ("adam", 140)):
        release_ours(Case("ackley", method, 1), 1)(CALL)  # what is made once for all swarms
        tracemalloc.start()
        roll = release_ours(Case("ackley", method, balls), 0)
        draw_start.cache_clear()
        tracemalloc.reset_peak()
        roll(2 * CALL)
        held, peak = (taken / balls for taken in tracemalloc.get_traced_memory())
        tracemalloc.stop()
        yield Row(f"bytes a ball, {method}; at the peak", f"{held:.0f}", f"{peak:.0f}", target=f"<= {target}")


def has(module: str) -> bool:
    """Whether it is installed; says so if not."""
    if importlib.util.find_spec(module):
        return True
    print(f"{module} is not installed: its part is left out (python -m pip install {module})")
    return False


def tell(rows: Sequence[Row]) -> None:
    """Print the table."""
    table = [Row("what; beside what", "ours", "peer", "ratio", "best", "target"), *rows]
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter turns: a rough picture")
    parser.add_argument("--serve", choices=SIDES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    effort = Effort(2, 0.02) if options.quick else Effort(7, 0.05)
    rows: list[Row] = [*weigh(), *compare_converged(effort)]
    if has("torch"):
        rows += [row for suffix in ("", ", one thread") for row in compare_steps(effort, suffix)]
    if has("numba"):
        rows += [row for suffix in ("", ", one thread") for row in compare_compiled(effort, suffix)]
    tell(rows)


if __name__ == "__main__":
    main()
