"""Films a second beside matplotlib's, in turns on the same machine: ``python -m tests.benchmarks.film``.

Everything a film takes is in the figure: simulate, draw, read back, encode with x264's veryfast. Both film a surface
(ours with light, shadows, contour lines, trails and the panel; 50-squared in matplotlib, through FuncAnimation) and
moving points at 1280x720. Each side runs in a process of its own and waits while the other works. ``drawn`` is ours
without a file: what encoding adds. ``--memory`` makes one long film instead and tells how memory grows.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SIZE = (1280, 720)
FPS = 60
FRAMES = 60
"""In one turn."""
TURNS = 5


def film_ours(balls: int, quality: str, camera: str, folder: Path | None) -> Callable[[], None]:
    """A film of the game, in one piece: what ``downslope record`` does once it has begun."""
    from game import commands
    from game.recording import NullSink, open_sink
    from game.script import Script
    from game.session import Experiment, Session
    from game.studio import Studio, film
    from game.window import open_context

    session = Session(Experiment(balls=balls, noise=0.3), commands.apply)
    session.camera.drifting = camera == "drifts"
    studio = Studio(open_context(SIZE, visible=False), SIZE, quality, live=False)

    def make() -> None:
        with open_sink(folder / "ours.mp4", SIZE, FPS) if folder else NullSink() as sink:
            film(session, studio, sink, Script("film", "", 1.0, Experiment()), FPS, FRAMES, lambda _: None)

    return make


def film_matplotlib(balls: int, folder: Path) -> Callable[[], None]:
    """A film of matplotlib's three-dimensional axes: the surface stays, the points move."""
    import numpy as np
    from matplotlib.animation import FFMpegWriter, FuncAnimation
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    side = np.linspace(-1, 1, 50)
    x, y = np.meshgrid(side, side)
    figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(projection="3d")
    axes.plot_surface(x, y, 0.3 * np.sin(3 * x) * np.cos(3 * y), cmap="viridis", rcount=50, ccount=50)
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (balls, 3))
    cloud = axes.scatter(*points.T, s=6, color="orange")
    steps = rng.normal(0, 1e-3, (16, balls, 3))

    def move(number: int) -> tuple[object, ...]:
        points[:] += steps[number % 16]
        cloud._offsets3d = tuple(points.T)
        return (cloud,)

    # matplotlib takes a second for a few frames: shorter films tell as much.
    frames = max(3, min(FRAMES, 60_000 // balls))

    def make() -> None:
        writer = FFMpegWriter(fps=FPS, codec="libx264", extra_args=["-preset", "veryfast", "-crf", "18"])
        FuncAnimation(figure, move, frames=frames, cache_frame_data=False).save(
            folder / "matplotlib.mp4", writer=writer
        )

    vars(make)["frames"] = frames
    return make


def serve(side: str, balls: int, quality: str, camera: str) -> None:
    """Make a film for every line on stdin and answer with the seconds a frame took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if side == "matplotlib":
            make = film_matplotlib(balls, folder)
        else:
            make = film_ours(balls, quality, camera, folder if side == "ours" else None)
        make()
        print("ready", flush=True)
        for _ in sys.stdin:
            start = time.perf_counter()
            make()
            print((time.perf_counter() - start) / getattr(make, "frames", FRAMES), flush=True)


def compare(balls: int, quality: str, camera: str, peer_python: str) -> None:
    """Let all sides film in turns and print the ratios."""
    options = ["--balls", str(balls), "--quality", quality, "--camera", camera]
    workers = {
        side: subprocess.Popen(
            [python, "-m", "tests.benchmarks.film", *options, "--serve", side],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        for side, python in (("drawn", sys.executable), ("ours", sys.executable), ("matplotlib", peer_python))
    }
    seconds: dict[str, list[float]] = {side: [] for side in workers}
    for worker in workers.values():
        assert worker.stdout
        while worker.stdout.readline().strip() not in ("ready", ""):
            pass
    for _ in range(TURNS):
        for side, worker in workers.items():
            assert worker.stdin
            assert worker.stdout
            print("go", file=worker.stdin, flush=True)
            seconds[side].append(float(worker.stdout.readline()))
    for worker in workers.values():
        assert worker.stdin
        worker.stdin.close()
        worker.wait()
    middle = {side: statistics.median(taken) for side, taken in seconds.items()}
    print(
        f"{balls:,} balls, quality {quality}, our camera {camera}: {1 / middle['ours']:.1f} frames a second, "
        f"{middle['matplotlib'] / middle['ours']:.1f}x matplotlib's; "
        f"encoding adds {middle['ours'] / middle['drawn'] - 1:.0%} to {1e3 * middle['drawn']:.1f} ms of drawing"
    )


def tell_memory(frames: int) -> None:
    """Make a long film of small pictures and print how large the program is, on the way."""
    from game import commands
    from game.recording import open_sink
    from game.script import Script
    from game.session import Experiment, Session
    from game.studio import Studio, film
    from game.window import open_context

    size = (160, 90)
    session = Session(Experiment(balls=1_000, noise=0.3), commands.apply)
    studio = Studio(open_context(size, visible=False), size, "low", live=False)

    def tell(number: int) -> None:
        if number % (frames // 10) == 0:
            print(f"{number:,} frames: {_resident_mb():.1f} MB", flush=True)

    with tempfile.TemporaryDirectory() as name, open_sink(Path(name) / "long.mp4", size, FPS) as sink:
        film(session, studio, sink, Script("film", "", 1.0, Experiment()), FPS, frames, tell)


def _resident_mb() -> float:
    """What the program holds now; where only its peak is known, that."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * resource.getpagesize() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--balls", type=int, default=10_000)
    parser.add_argument("--quality", default="low")
    parser.add_argument("--camera", choices=("stands", "drifts"), default="stands", help="what ours does")
    parser.add_argument("--peer-python", default=sys.executable, help="the Python that has matplotlib")
    parser.add_argument("--memory", type=int, metavar="FRAMES", help="make one long film instead")
    parser.add_argument("--serve", choices=("drawn", "ours", "matplotlib"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        tell_memory(options.memory)
    elif options.serve:
        serve(options.serve, options.balls, options.quality, options.camera)
    else:
        compare(options.balls, options.quality, options.camera, options.peer_python)


if __name__ == "__main__":
    main()
