"""The finish line of a race on the ground: a contour line at its loss, and nothing else of the picture changes."""

from dataclasses import replace

import moderngl
import numpy as np
import pytest

from game import commands
from game.render.quality import TIERS
from game.render.renderer import Renderer
from game.scene.frame import Stage
from game.scene.picking import find_ground
from game.scene.relief import RELIEFS
from game.scene.terrain import build_terrain
from game.scene.theme import THEMES, contrast, srgb
from game.session import Experiment, Session
from landscapes import get
from landscapes.landscape import Relief

SIZE = (240, 135)


@pytest.mark.parametrize("relief", RELIEFS)
def test_the_line_parts_lower_losses_from_higher_ones(relief: Relief) -> None:
    landscape = get("himmelblau")
    terrain = build_terrain(landscape, relief)
    loss = landscape.grid(len(terrain.heights))[2]
    for line in (3.0, 60.0):
        height = terrain.find_line(line)
        assert height is not None
        assert (terrain.heights[loss < line] <= height + 1e-6).all()
        assert (terrain.heights[loss > line] >= height - 1e-6).all()
    assert terrain.find_line(-1.0) is None
    assert terrain.find_line(1e9) is None


def test_accents_stand_out_from_their_edges() -> None:
    assert min(contrast(theme.accent, theme.accent_edge) for theme in THEMES) > 4.5


@pytest.mark.parametrize("tier", [TIERS[0], TIERS[-1]], ids=lambda tier: tier.name)
def test_it_is_drawn_where_the_ground_has_that_loss_also_on_ground_that_is_kept(
    context: moderngl.Context, tier: object
) -> None:
    session, stage = Session(Experiment("bowl", balls=1), commands.apply), Stage(64)
    session.execute("race.finish 2")
    session.execute("camera.look map")
    session.camera.drifting = False
    session.camera.advance(60.0)
    lined = stage.build_frame(session, SIZE)
    assert lined.finish is not None
    renderer = Renderer(context, SIZE, tier)  # type: ignore[arg-type]
    try:
        pictures = []
        # The second of each is over kept ground.
        for frame in (replace(lined, finish=None), replace(lined, finish=None), lined, lined):
            renderer.draw(frame)
            pictures.append(renderer.read()[..., :3].astype(int))
    finally:
        renderer.release()
    bare, _, fresh, kept = pictures
    assert np.abs(fresh - kept).max() <= 2
    rows, columns = np.nonzero((np.abs(fresh - bare) > 24).any(axis=2))
    assert rows.size > 150
    places = [find_ground(lined, x + 0.5, y + 0.5) for x, y in zip(columns, rows, strict=True)]
    at = np.array([place for place in places if place]).T
    assert at.shape[1] > 0.95 * rows.size
    slopes = np.linalg.norm(session.world.landscape.gradient(at), axis=0)
    pixel = session.world.landscape.extent / SIZE[1] * 1.5
    away = np.abs(session.world.landscape.value(at) - 2) / slopes
    assert away.max() < 4 * pixel
    colour = fresh[rows, columns][np.argmin(away)] / 255
    assert np.abs(colour - srgb(lined.theme.accent)).max() < 0.25
