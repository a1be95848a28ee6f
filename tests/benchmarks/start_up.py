"""Time from a command to its first frames, beside the least that one needs: ``python -m tests.benchmarks.start_up``.

Both start Python, open OpenGL without a window, and draw 1280x720 pixels that are read back. The bare side imports
pygame and moderngl and clears; ours is what ``downslope play`` does: first the empty stage, which is on the screen
while the rest is still being loaded, and then the first picture of the ground and all balls. They start in turns, so
that a busy machine slows both alike; the figures are the ratios.
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
print("cleared", flush=True)
"""
OURS = """
import sys
import game.cli
from game.scene.theme import THEMES
from game.window import open_context, set_stage
context = open_context((1280, 720), visible=False)
set_stage(context, THEMES[0].void)
canvas = context.simple_framebuffer((1280, 720))
canvas.clear()
canvas.read(components=4)
print("stage", flush=True)
from game import commands
from game.session import Experiment, Session
from game.studio import open_studio
session = Session(Experiment({landscape!r}), commands.apply)
with open_studio(context, (1280, 720), {quality!r}, live=True) as studio:
    session.tick(0.0)
    studio.draw(session)
    studio.read()
    print("picture", flush=True)
"""


def start(code: str, compiled: str) -> dict[str, float]:
    """Seconds until a program of its own says each of its words; modules are compiled as in what pip installs."""
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
    said = {line.strip(): time.perf_counter() - begun for line in program.stdout}
    assert program.wait() == 0
    return said


def main() -> None:
    """Read the command line, start both in turns and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--landscape", default="valleys")
    parser.add_argument("--quality", default="auto")
    parser.add_argument("--turns", type=int, default=TURNS)
    options = parser.parse_args()
    ours = OURS.format(landscape=options.landscape, quality=options.quality)
    turns: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as compiled:
        for turn in range(options.turns + 1):
            said = start(BARE, compiled) | start(ours, compiled)
            if turn:  # the first one compiles, and fills the disk's cache
                turns.append(said)
    told = {word: 1e3 * statistics.median(said[word] for said in turns) for word in turns[0]}
    print(f"{options.landscape}: {', '.join(f'{word} {taken:.0f} ms' for word, taken in told.items())}")
    for word in ("stage", "picture"):
        ratios = [said[word] / said["cleared"] for said in turns]
        middle = statistics.median(ratios)
        print(f"{word}: {middle:.2f} times the bare minimum ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
