"""Time from a command to its first picture, beside the least that one needs: ``python -m tests.benchmarks.start_up``.

Both start Python, open OpenGL without a window, and draw 1280x720 pixels that are read back. The bare side imports
pygame and moderngl and clears; ours is what ``downslope play`` does up to its first frame. They start in turns, so
that a busy machine slows both alike; the figure is the ratio.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

TURNS = 12
BARE = """
import pygame, moderngl
pygame.display.init()
for attribute, value in (
    (pygame.GL_CONTEXT_MAJOR_VERSION, 3), (pygame.GL_CONTEXT_MINOR_VERSION, 3),
    (pygame.GL_CONTEXT_PROFILE_MASK, pygame.GL_CONTEXT_PROFILE_CORE),
):
    pygame.display.gl_set_attribute(attribute, value)
pygame.display.set_mode((64, 64), pygame.OPENGL | pygame.DOUBLEBUF | pygame.HIDDEN)
canvas = moderngl.create_context(require=330).simple_framebuffer((1280, 720))
canvas.clear()
canvas.read(components=4)
print("drawn", flush=True)
"""
OURS = """
import sys
import game.cli
from game import commands
from game.app import open_context
from game.session import Experiment, Session
from game.studio import open_studio
session = Session(Experiment({landscape!r}), commands.apply)
with open_studio(open_context((1280, 720), visible=False), (1280, 720), {quality!r}, live=True) as studio:
    session.tick(0.0)
    studio.draw(session)
    studio.read()
    print("drawn", flush=True)
"""


def start(code: str, compiled: str) -> float:
    """Seconds until a program of its own says that it has drawn; modules are compiled as in what pip installs."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYGAME_HIDE_SUPPORT_PROMPT": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = compiled
    if sys.platform.startswith("linux"):
        environment["SDL_VIDEODRIVER"] = "offscreen"
    begun = time.perf_counter()
    program = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert program.stdout
    said = program.stdout.readline()
    taken = time.perf_counter() - begun
    program.communicate()
    assert said == "drawn\n", said
    return taken


def main() -> None:
    """Read the command line, start both in turns and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--landscape", default="valleys")
    parser.add_argument("--quality", default="auto")
    parser.add_argument("--turns", type=int, default=TURNS)
    options = parser.parse_args()
    sides = {"bare": BARE, "ours": OURS.format(landscape=options.landscape, quality=options.quality)}
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    with tempfile.TemporaryDirectory() as compiled:
        for turn in range(options.turns + 1):
            for side, code in sides.items():
                taken = start(code, compiled)
                if turn:  # the first one compiles, and fills the disk's cache
                    seconds[side].append(taken)
    ratios = [own / bare for bare, own in zip(seconds["bare"], seconds["ours"], strict=True)]
    told = ", ".join(f"{side} {1e3 * statistics.median(taken):.0f} ms" for side, taken in seconds.items())
    print(
        f"first picture of {options.landscape}: {told}; {statistics.median(ratios):.2f} times the bare minimum "
        f"({min(ratios):.2f} to {max(ratios):.2f})"
    )


if __name__ == "__main__":
    main()
