from collections.abc import Callable, Iterator
from dataclasses import replace

import moderngl
import numpy as np
import numpy.typing as npt
import pytest

from game import commands
from game.render.quality import TIERS, Tier
from game.render.renderer import Renderer
from game.scene.camera import Camera, Pose
from game.scene.frame import WHOLE_WINDOW, Frame, Stage
from game.scene.theme import get_theme
from game.session import Experiment, Session

Pixels = npt.NDArray[np.int_]
Draw = Callable[[Frame], Pixels]

SIZE = (240, 135)
ROUNDING = 2
"""Levels: what is laid over kept ground was rounded to eight bits before."""


def rolling(landscape: str = "valleys", balls: int = 300) -> Frame:
    """Balls, trails and shadows on a landscape."""
    session, stage = Session(Experiment(landscape, balls=balls), commands.apply), Stage(256)
    for _ in range(30):
        session.advance(1)
        frame = stage.build_frame(session, SIZE)
    return frame


@pytest.fixture
def drawing(context: moderngl.Context) -> Iterator[Callable[[Tier], Draw]]:
    """Opens renderers that live until the end of the test."""
    opened: list[Renderer] = []

    def open_one(tier: Tier) -> Draw:
        renderer = Renderer(context, SIZE, tier)
        opened.append(renderer)

        def draw(frame: Frame) -> Pixels:
            renderer.resize(frame.size)
            renderer.draw(frame)
            return renderer.read()[..., :3].astype(int)

        return draw

    yield open_one
    for renderer in opened:
        renderer.release()


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_what_is_kept_while_the_camera_stands_looks_as_if_drawn_anew(
    drawing: Callable[[Tier], Draw], tier: Tier
) -> None:
    # Smoothing looks for edges by a threshold: a level more or less may blend a pixel or not.
    tier = tier._replace(smooth=False)
    draw, frame = drawing(tier), rolling()
    fresh = draw(frame)
    for _ in range(2):
        assert np.abs(draw(frame) - fresh).max() <= ROUNDING
    # With other balls, trails and shadows on it.
    later = replace(
        frame,
        positions=frame.positions[:, ::-1].copy(),
        trails=np.ascontiguousarray(frame.trails[::-1]),
        shadows=np.ascontiguousarray(frame.shadows[:, ::-1]),
    )
    kept = draw(later)
    assert np.abs(kept - fresh).max() > 60
    assert np.abs(kept - drawing(tier)(later)).max() <= ROUNDING


def test_nothing_kept_outlives_what_it_showed(drawing: Callable[[Tier], Draw]) -> None:
    draw, frame, other = drawing(TIERS[0]), rolling(), rolling("rastrigin")
    pose = Pose(azimuth=20.0, elevation=60.0)
    tall = 135, 240
    changed = {
        "theme": replace(frame, theme=get_theme("paper")),
        "terrain": replace(other, view=frame.view, projection=frame.projection, eye=frame.eye),
        "camera": look(frame, pose, SIZE),
        "size": look(frame, Pose(), tall),
    }
    for name, new in changed.items():
        for _ in range(3):
            draw(frame)
        seen = draw(new)
        np.testing.assert_array_equal(seen, drawing(TIERS[0])(new), err_msg=name)
        assert np.abs(draw(new) - seen).max() <= ROUNDING


def look(frame: Frame, pose: Pose, size: tuple[int, int]) -> Frame:
    view, projection, eye = Camera(pose, pose).matrices(frame.terrain, size, WHOLE_WINDOW)
    return replace(frame, view=view, projection=projection, eye=eye, size=size)


def test_a_moving_camera_keeps_nothing(drawing: Callable[[Tier], Draw], context: moderngl.Context) -> None:
    draw, frame = drawing(TIERS[0]), rolling()
    for azimuth in range(0, 90, 15):
        new = look(frame, Pose(azimuth=float(azimuth), elevation=40.0), SIZE)
        np.testing.assert_array_equal(draw(new), drawing(TIERS[0])(new))
    assert context.error == "GL_NO_ERROR"
