"""Grid surfaces beside PyTorch's ``grid_sample``, in turns: ``python -m tests.benchmarks.grids``.

Both know a smooth function at 256 x 256 points and find its value and gradient, in float32, at places all over the map;
PyTorch samples bicubically and goes backward, on one thread: it would share out images, not places. So do we, but for
the rows that say two. A ratio is the median over the turns. The error is the largest
anywhere, as a share of the function's largest gradient. The last rows are ours alone: a stack of minibatch surfaces.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from game.simulation.swarm import BLOCK
from landscapes.landscape import Array
from landscapes.sampled import GridField, GridSamples
from tests.benchmarks.simulation import Effort, Row, condense, has, show, tell, write_row

Floats = npt.NDArray[np.float32]
Work = Callable[[], object]

DOMAIN = (-1.0, 1.0, -1.0, 1.0)
POINTS = 256
SIZES = (1_000, 10_000, 100_000, 1_000_000)
TARGETS = {1_000: ">= 1.1x", 100_000: ">= 0.9x"}
ERROR = 3e-5


class Contestant(NamedTuple):
    """Work, and the gradients ``(2, n)`` that it leaves, block by block."""

    work: Work
    gradients: list[Floats]


def loss(x: Array, y: Array) -> Array:
    """The function, for x and y from -1 to 1."""
    return np.asarray(np.sin(5 * x) * np.cos(4 * y) + x * x + 0.3 * np.sin(6 * x * y))


def slope(x: Array, y: Array) -> Array:
    """Its gradient ``(2, n)``."""
    twist = 1.8 * np.cos(6 * x * y)
    d_x = 5 * np.cos(5 * x) * np.cos(4 * y) + 2 * x + twist * y
    return np.stack([d_x, twist * x - 4 * np.sin(5 * x) * np.sin(4 * y)])


def sample() -> Floats:
    """The function at the grid points."""
    line = np.linspace(-1, 1, POINTS)
    return loss(*np.meshgrid(line, line)).astype(np.float32)


def draw_places(n: int) -> Floats:
    """Places all over the map ``(2, n)``."""
    return np.random.default_rng(0).uniform(-1, 1, (2, n)).astype(np.float32)


def enter_ours(places: Floats, threads: int = 1) -> Contestant:
    """A field of the game, in lanes and blocks as the game cuts them."""
    field = GridField(sample(), DOMAIN)
    lanes = [_cut(lane) for lane in np.array_split(places, threads, axis=1)]
    gradients = [[np.empty_like(block) for block in lane] for lane in lanes]
    run = ThreadPoolExecutor(threads).map if threads > 1 else map

    def roll(lane: list[Floats], gradients: list[Floats]) -> None:
        work = np.empty(2 * field.scratch * BLOCK, np.float32)
        for block, gradient in zip(lane, gradients, strict=True):
            scratch = work[: field.scratch * block.size].reshape(-1, *block.shape)
            field.value_and_gradient(block, gradient, scratch)

    return Contestant(lambda: list(run(roll, lanes, gradients)), [one for lane in gradients for one in lane])


def _cut(lane: Floats) -> list[Floats]:
    return [lane[:, first : first + BLOCK].copy() for first in range(0, lane.shape[1], BLOCK)]


def enter_torch(places: Floats) -> Contestant:
    """A parameter ``(1, 1, n, 2)`` under grid_sample, as one would write it."""
    import torch

    torch.set_num_threads(1)  # more would wait for each other, and share nothing out
    grid = torch.tensor(sample()[np.newaxis, np.newaxis])
    parameter = torch.tensor(places.T[np.newaxis, np.newaxis].copy(), requires_grad=True)
    parameter.grad = torch.zeros_like(parameter)
    options = {"mode": "bicubic", "padding_mode": "border", "align_corners": True}

    def work() -> None:
        parameter.grad.zero_()
        torch.nn.functional.grid_sample(grid, parameter, **options).sum().backward()

    return Contestant(work, [parameter.grad.numpy()[0, 0].T])


def find_error(contestant: Contestant, places: Floats) -> float:
    """How far the gradient is off, as a share of the largest."""
    contestant.work()
    exact = slope(*places.astype(np.float64))
    return float(np.abs(np.hstack(contestant.gradients) - exact).max() / np.abs(exact).max())


def measure(work: Work, seconds: float) -> float:
    """Seconds that the work takes, done as often as fills so many seconds."""
    start, times = time.perf_counter(), 0
    while time.perf_counter() < start + seconds:
        work()
        times += 1
    return (time.perf_counter() - start) / times


def compare(effort: Effort) -> Iterator[Row]:
    """Value and gradient on both sides."""
    for n in SIZES:
        places = draw_places(n)
        peer = enter_torch(places)
        for threads in (1, 2) if n >= 100_000 else (1,):
            ours = enter_ours(places, threads)
            turns = [
                (measure(ours.work, effort.seconds), measure(peer.work, effort.seconds))
                for _ in range(1 + effort.turns)
            ]
            alone = threads == 1
            what = f"value and gradient, {n:,} balls{'' if alone else ', two threads'}; torch"
            yield write_row(what, condense(turns[1:]), TARGETS.get(n, "") if alone else "")


def compare_errors(n: int = 100_000) -> Iterator[Row]:
    """The gradient on both sides beside the function's own."""
    places = draw_places(n)
    ours, peer = (f"{find_error(side, places):.2g}" for side in (enter_ours(places), enter_torch(places)))
    yield Row("error of the gradient; torch", ours, peer, target=f"<= {ERROR:g}")


def time_stack(effort: Effort, layers: int = 64, n: int = 100_000) -> Iterator[Row]:
    """The gradient of a minibatch of surfaces for each ball."""
    rng = np.random.default_rng(0)
    stack = GridSamples(sample()[:64, :64] + rng.standard_normal((layers, 64, 64), dtype=np.float32), DOMAIN)
    places = draw_places(n)
    out = np.empty_like(places)
    for batch in (1, 8):
        rows = rng.integers(0, layers, (n, batch))
        stack.gradient(places, rows, out)
        seconds = min(measure(lambda: stack.gradient(places, rows, out), effort.seconds) for _ in range(3))  # noqa: B023
        yield Row(f"gradient, {n:,} balls, {batch} of {layers} layers each", show(seconds), "")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter turns: a rough picture")
    effort = Effort(2, 0.05) if parser.parse_args().quick else Effort(9, 0.1)
    rows = [*compare_errors(), *compare(effort)] if has("torch") else []
    tell([*rows, *time_stack(effort)])


if __name__ == "__main__":
    main()
