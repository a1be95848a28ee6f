"""Pictures of whole frames, compared with those that somebody looked at: ``pytest tests/golden --regenerate``."""

from pathlib import Path
from typing import NamedTuple

import moderngl
import numpy as np
import numpy.typing as npt
import pygame
import pytest

from game import commands
from game.recording import write_png
from game.render.quality import TIERS
from game.scene.theme import THEMES
from game.session import Experiment, Session
from game.studio import Size, open_studio

Pixels = npt.NDArray[np.uint8]

FOLDER = Path(__file__).parent
FAILED = FOLDER / "failed"
WIDE: Size = (256, 144)
TALL: Size = (144, 256)
LEGIBLE: Size = (640, 360)
UPRIGHT: Size = (360, 640)
CLEAR: Size = (960, 540)
MEAN = 1.5
"""Grey levels that a picture may be off on average."""
SHARE, LEVELS = 0.005, 24
"""Share of the pixels that may be off by more than so many levels."""


class Picture(NamedTuple):
    """A golden picture: what is released, what is done before and after it has rolled, and how it is drawn."""

    name: str
    experiment: Experiment = Experiment(balls=600)
    lines: tuple[str, ...] = ("panel.toggle",)
    tier: str = "low"
    size: Size = WIDE
    said: str = ""
    before: tuple[str, ...] = ()


PICTURES: tuple[Picture, ...] = (
    *(
        Picture(f"theme-{theme.name}", lines=("panel.toggle", f"theme.select {theme.name}"))
        for theme in THEMES
    ),
    *(Picture(f"tier-{tier.name}", tier=tier.name) for tier in TIERS[1:]),
    *(
        Picture(f"camera-{name}", lines=("panel.toggle", line))
        for name, line in (
            ("low", "camera.look low"),
            ("map", "camera.look map"),
            ("cinema", "camera.look cinema"),
            ("follow", "camera.follow 1"),
            ("fly", "camera.fly"),
        )
    ),
    Picture("race", Experiment("himmelblau", ("sgd", "momentum", "adam", "lion"), balls=400)),
    Picture("million", Experiment(balls=100_000, noise=0.3)),
    Picture("portrait", size=TALL),
    Picture("help", lines=("theme.select paper", "help.toggle"), size=LEGIBLE),
    Picture("panel", lines=("optimizer.select adam",), size=LEGIBLE),
    Picture(
        "controls",
        Experiment("himmelblau", ("sgd", "momentum", "adam"), balls=300),
        lines=("team.schedule 1 cosine", "controls.toggle"),
        size=CLEAR,
    ),
    Picture("breast-cancer", Experiment("breast-cancer", ("adam",), balls=600)),
    Picture("holes", Experiment("sin(2*x)*cos(2*y) + 0.2*log(x**2 + y**2 - 3)", balls=300)),
    Picture(
        "relief-clipped", Experiment("beale", balls=300), lines=("panel.toggle", "relief.select clipped")
    ),
    Picture("escaped", Experiment("saddle", lr=0.02, balls=300), lines=("panel.toggle", "camera.zoom 0.8")),
    Picture(
        "selected",
        Experiment("himmelblau", ("momentum",), balls=60),
        lines=("ball.select 2", "balls.release", "play.step 14", "camera.orbit 0 20", "camera.zoom 1.2"),
        size=LEGIBLE,
    ),
    Picture(
        "leader",
        Experiment("rastrigin", ("momentum", "adam"), balls=120),
        lines=("panel.toggle", "camera.orbit 0 20", "camera.zoom 2"),
    ),
    Picture(
        "finish",
        Experiment("himmelblau", ("sgd", "adam"), balls=120, finish=60.0),
        lines=("race.photo", "panel.toggle", "camera.zoom 1.2"),
    ),
    Picture("no-labels", lines=("camera.look map", "labels.toggle"), size=LEGIBLE),
    Picture("labels", lines=("camera.look map",), size=LEGIBLE),
    Picture(
        "minibatch",
        Experiment("breast-cancer", ("adam",), balls=300, batch_size=4),
        lines=("panel.toggle", "ground.shake"),
    ),
    Picture(
        "whole-networks", Experiment("xor", ("adam",), balls=100, space="whole"), lines=("panel.toggle",)
    ),
    Picture("inside", Experiment("breast-cancer", balls=100), lines=("ball.select 3",), size=LEGIBLE),
    Picture("inside-portrait", Experiment("xor", balls=100), lines=("ball.select 3",), size=UPRIGHT),
    Picture("panel-portrait", Experiment("himmelblau", ("sgd", "adam"), balls=200), lines=(), size=UPRIGHT),
    Picture(
        "message",
        lines=("record.toggle",),
        size=LEGIBLE,
        said="quality medium: edges smoothed in the picture",
    ),
    Picture(
        "split-2",
        Experiment("himmelblau", ("sgd", "momentum"), balls=400),
        lines=("panel.toggle",),
        before=("view.split",),
    ),
    Picture(
        "split-4",
        Experiment("himmelblau", ("sgd", "momentum", "adam", "lion"), balls=400),
        lines=("panel.toggle", "theme.select paper"),
        before=("view.split", "view.split"),
    ),
    Picture(
        "split-titles",
        Experiment("valleys", ("sgd", "momentum", "adam"), balls=400),
        lines=("ball.select 7", "theme.select ember"),
        before=("view.split",),
        size=LEGIBLE,
    ),
)
STEPS = 60


def draw(picture: Picture, context: moderngl.Context) -> Pixels:
    session = Session(picture.experiment, commands.apply)
    with open_studio(context, picture.size, picture.tier, live=True) as studio:
        for line in picture.before:
            session.execute(line)
        studio.run_steps(session, STEPS)
        for line in picture.lines:
            session.execute(line)
        # The camera at its goal, and no message left.
        session.paused, session.camera.drifting = True, False
        session.tick(60.0)
        if picture.said:
            session.say(picture.said)
        studio.draw(session)
        return studio.read()


def read(path: Path) -> Pixels:
    return pygame.surfarray.array3d(pygame.image.load(str(path))).swapaxes(0, 1)


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_picture_is_the_one_that_was_looked_at(
    picture: Picture, context: moderngl.Context, request: pytest.FixtureRequest
) -> None:
    path = FOLDER / f"{picture.name}.png"
    actual = draw(picture, context)
    if request.config.getoption("--regenerate"):
        write_png(path, actual)
        return
    assert path.exists(), f"{path.name} is missing; look at what pytest tests/golden --regenerate makes"
    wanted = read(path)
    assert actual.shape == wanted.shape
    off = np.abs(actual.astype(int) - wanted)
    share = float((off.max(axis=2) > LEVELS).mean())
    if off.mean() >= MEAN or share >= SHARE:
        FAILED.mkdir(exist_ok=True)
        write_png(FAILED / f"{picture.name}.actual.png", actual)
        write_png(FAILED / f"{picture.name}.diff.png", np.minimum(4 * off, 255).astype(np.uint8))
        pytest.fail(
            f"{picture.name}: {off.mean():.2f} levels off on average, {100 * share:.2f} % of the pixels by more than "
            f"{LEVELS}; see {FAILED.relative_to(FOLDER.parent.parent)}, and if it is as it should be: "
            "pytest tests/golden --regenerate"
        )


def test_every_golden_picture_is_still_drawn() -> None:
    assert {path.stem for path in FOLDER.glob("*.png")} == {picture.name for picture in PICTURES}
