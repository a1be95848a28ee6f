"""Frames a second beside a peer's, in turns on the same machine: ``python -m tests.benchmarks.frame_rate``.

Both draw a surface (ours with light, shadows, contour lines and trails; 256-squared in PyVista, 50-squared in
matplotlib) and moving points at 1280x720 and read every picture back. Each side runs in a process of its own and
waits while the other works, so that a busy machine slows both alike; the figure is the ratio.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count

SIZE = (1280, 720)
FRAMES = 15
"""In one turn."""
TURNS = 12


def draw_ours(balls: int, quality: str, camera: str) -> Callable[[], None]:
    """One frame of the game: a step of every ball, the picture with the panel, read back.

    As in a film, the next frame is worked out before the one before is read: meanwhile that is drawn.
    """
    from game import commands
    from game.session import Experiment, Session
    from game.studio import Studio
    from game.window import open_context

    session = Session(Experiment(balls=balls, noise=0.3), commands.apply)
    session.camera.drifting = camera == "drifts"
    studio = Studio(open_context(SIZE, visible=False), SIZE, quality, live=True)

    def frame() -> None:
        session.tick(1 / 60)
        studio.compose(session)
        studio.read()
        studio.paint()

    return frame


def draw_pyvista(balls: int, _quality: str, _camera: str) -> Callable[[], None]:
    """One frame of PyVista at its cheapest: no anti-aliasing, plain points, moved and read back."""
    import numpy as np
    import pyvista

    side = np.linspace(-1, 1, 256)
    x, y = np.meshgrid(side, side)
    surface = pyvista.StructuredGrid(x, y, 0.3 * np.sin(3 * x) * np.cos(3 * y))
    plotter = pyvista.Plotter(off_screen=True, window_size=SIZE)
    plotter.disable_anti_aliasing()
    plotter.add_mesh(surface, scalars=surface.points[:, 2], show_scalar_bar=False)
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (balls, 3))
    cloud = pyvista.PolyData(points)
    plotter.add_mesh(cloud, color="orange", point_size=6)
    plotter.show(auto_close=False)
    steps = rng.normal(0, 1e-3, (16, balls, 3))
    number = count()

    def frame() -> None:
        points[:] += steps[next(number) % 16]
        cloud.points = points
        plotter.render()
        plotter.screenshot(return_img=True)

    return frame


def draw_matplotlib(balls: int, _quality: str, _camera: str) -> Callable[[], None]:
    """One frame of matplotlib's three-dimensional axes: the surface stays, the points move, Agg draws both."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    side = np.linspace(-1, 1, 50)
    x, y = np.meshgrid(side, side)
    figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot(projection="3d")
    axes.plot_surface(x, y, 0.3 * np.sin(3 * x) * np.cos(3 * y), cmap="viridis", rcount=50, ccount=50)
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (balls, 3))
    cloud = axes.scatter(*points.T, s=6, color="orange")
    steps = rng.normal(0, 1e-3, (16, balls, 3))
    number = count()

    def frame() -> None:
        points[:] += steps[next(number) % 16]
        cloud._offsets3d = tuple(points.T)
        canvas.draw()
        np.asarray(canvas.buffer_rgba()).copy()

    return frame


SIDES = {"ours": draw_ours, "pyvista": draw_pyvista, "matplotlib": draw_matplotlib}
CAMERAS = ("stands", "drifts")
"""Those of the peers stand; ours drifts until somebody takes it, and then all of the ground is drawn anew."""
PEERS = {"pyvista": "PyVista", "matplotlib": "matplotlib"}


def serve(side: str, balls: int, quality: str, camera: str) -> None:
    """Draw a turn for every line on stdin and answer with the seconds a frame took."""
    frame = SIDES[side](balls, quality, camera)
    for _ in range(5):
        frame()
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        for _ in range(FRAMES):
            frame()
        print((time.perf_counter() - start) / FRAMES, flush=True)


def compare(balls: int, quality: str, camera: str, peer: str, peer_python: str) -> None:
    """Let both sides draw in turns and print the ratio."""
    command = [
        "-m",
        "tests.benchmarks.frame_rate",
        "--balls",
        str(balls),
        "--quality",
        quality,
        "--camera",
        camera,
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    workers = {
        side: subprocess.Popen(
            [python, *command, "--serve", side],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for side, python in (("ours", sys.executable), (peer, peer_python))
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
    ratios = [theirs / own for own, theirs in zip(seconds["ours"], seconds[peer], strict=True)]
    told = ", ".join(f"{side} {1e3 * statistics.median(taken):.1f} ms" for side, taken in seconds.items())
    print(
        f"{balls:,} balls, quality {quality}, our camera {camera}: {told}; "
        f"{statistics.median(ratios):.2f}x {PEERS[peer]}'s frame rate ({min(ratios):.2f} to {max(ratios):.2f})"
    )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--balls", type=int, default=10_000)
    parser.add_argument("--quality", default="low")
    parser.add_argument("--camera", choices=CAMERAS, default=CAMERAS[0], help="what ours does")
    parser.add_argument("--peer", choices=PEERS, default="pyvista")
    parser.add_argument("--peer-python", default=sys.executable, help="the Python that has the peer")
    parser.add_argument("--serve", choices=SIDES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.balls, options.quality, options.camera)
    else:
        compare(options.balls, options.quality, options.camera, options.peer, options.peer_python)


if __name__ == "__main__":
    main()
