"""The command palette as it is drawn: over everything, within any window, in all themes."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import moderngl
import numpy as np
import numpy.typing as npt
import pytest

from game import commands
from game.palette import SHOWN
from game.panel.panel import Panel
from game.render.gpu import Gpu
from game.scene.terrain import build_terrain
from game.scene.theme import THEMES
from game.session import Experiment, Palette, Session

Size = tuple[int, int]
Pixels = npt.NDArray[np.int16]
GREY = 0x60
LONG = "landscape.select " + "x**2 + 3*sin(5*y) + " * 12
COMPLAINT = "unknown landscape 'x'; did you mean bowl? All of them: " + "downslope list landscapes " * 12

Draw = Callable[[Size, Palette | None], Pixels]


@pytest.fixture
def draw(context: moderngl.Context, request: pytest.FixtureRequest) -> Iterator[Draw]:
    """Draws a session's panel with a palette over plain grey; pixels ``(height, width, 3)``, top row first."""
    session = Session(Experiment("bowl", balls=50), commands.apply, getattr(request, "param", THEMES[0].name))
    terrain = build_terrain(session.world.landscape, "auto")
    gpu, panel = Gpu(context), Panel(context)

    def picture(size: Size, palette: Palette | None) -> Pixels:
        session.view.palette = palette
        target = gpu.picture(gpu.texture(size, 4))
        target.clear(GREY / 255, GREY / 255, GREY / 255)
        panel.draw(session, terrain, (), target)
        return np.frombuffer(target.read(), np.uint8).reshape(size[1], size[0], 3)[::-1].astype(np.int16)

    yield picture
    panel.release()
    context.screen.use()
    gpu.release()


def changed(first: Pixels, second: Pixels) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of where two pictures differ, in shares."""
    rows, columns = np.nonzero((first != second).any(axis=2))
    height, width = first.shape[:2]
    return columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height


@pytest.mark.parametrize("size", [(1280, 720), (640, 480), (360, 640), (320, 240), (1920, 1080)])
@pytest.mark.parametrize(
    "palette",
    [
        Palette(),
        Palette("adam", 1),
        Palette("qqqqq"),
        Palette(LONG, 0, COMPLAINT),
        Palette("", SHOWN - 1, COMPLAINT),
    ],
    ids=lambda palette: palette.text[:6] or "empty",
)
def test_it_stands_in_the_middle_of_any_window(draw: Draw, size: Size, palette: Palette) -> None:
    left, top, right, bottom = changed(draw(size, None), draw(size, palette))
    assert left == pytest.approx(1 - right, abs=0.02)
    assert left > 0.01
    assert 0.005 < top < bottom < 0.995


@pytest.mark.parametrize("draw", [theme.name for theme in THEMES], indirect=True)
def test_what_is_typed_and_chosen_is_seen_in_every_theme(draw: Draw) -> None:
    size, pictures = (640, 360), []
    for palette in (Palette("a"), Palette("ad"), Palette("ad", 1), Palette("ad", 1, "no such thing")):
        pictures.append(draw(size, palette))
    for first, second in pairwise(pictures):
        strong = np.abs(first - second).max(axis=2) > 40
        assert strong.sum() > 20


def test_the_end_of_a_long_line_is_what_is_seen(draw: Draw) -> None:
    size = (640, 360)
    assert (draw(size, Palette(LONG + "1")) != draw(size, Palette(LONG + "7"))).any()
