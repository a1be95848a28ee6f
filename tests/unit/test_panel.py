from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import moderngl
import numpy as np
import numpy.typing as npt
import pytest
from imgui_bundle import imgui, implot

import landscapes
from game import commands
from game.keymap import help_rows
from game.panel.cards import PAD
from game.panel.panel import Panel
from game.panel.pen import Pen
from game.panel.scale import HEADER, HEIGHT, WIDTH, mark_losses
from game.panel.style import COLUMN, MARGIN, is_portrait, make_style, scale_for
from game.render.gpu import Gpu
from game.scene.camera import Camera, Pose
from game.scene.relief import RELIEFS, fit_scale
from game.scene.signs import Label
from game.scene.terrain import Terrain, build_terrain
from game.scene.theme import THEMES, Theme, encode, get_theme
from game.session import Experiment, Session
from game.simulation.optimizers import OPTIMIZERS
from landscapes import Landscape
from landscapes.landscape import Relief

Size = tuple[int, int]
Pixels = npt.NDArray[np.uint8]

SIZES: tuple[Size, ...] = ((1280, 720), (640, 360), (1920, 1200), (360, 640), (600, 600))
GREY = 0x60
LEFT_PART = 0.6
"""Share of a wide picture in which the column stands; the loss scale stands in the rest."""


@contextmanager
def open_panel(context: moderngl.Context) -> Iterator[Panel]:
    panel = Panel(context)
    try:
        yield panel
    finally:
        panel.release()


@cache
def bake(landscape: Landscape, relief: Relief) -> Terrain:
    return build_terrain(landscape, relief)


def ground_of(session: Session) -> Terrain:
    return bake(session.world.landscape, session.view.relief)


Draw = Callable[..., Pixels]


@pytest.fixture
def draw(context: moderngl.Context) -> Iterator[Draw]:
    """Draws a session's panel over plain grey; pixels ``(height, width, 3)``, top row first."""
    gpu = Gpu(context)
    with open_panel(context) as panel:

        def picture(session: Session, size: Size, labels: tuple[Label, ...] = ()) -> Pixels:
            target = gpu.picture(gpu.texture(size, 4))
            target.clear(GREY / 255, GREY / 255, GREY / 255)
            panel.draw(session, ground_of(session), labels, target)
            return np.frombuffer(target.read(), np.uint8).reshape(size[1], size[0], 3)[::-1]

        yield picture
    context.screen.use()
    gpu.release()


def start(steps: int = 40, **experiment: object) -> Session:
    """A game that no longer shows its first hint."""
    session = Session(Experiment(balls=500, **experiment), commands.apply)  # type: ignore[arg-type]
    session.advance(steps)
    session.clock_s = 60.0
    return session


def extent_of(picture: Pixels, left: float = 0.0, right: float = 1.0) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what is not grey between two shares of the width, in shares of the picture."""
    height, width = picture.shape[:2]
    covered = (picture != GREY).any(axis=2)
    covered[:, : round(left * width)] = covered[:, round(right * width) :] = False
    rows, columns = np.nonzero(covered)
    return columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_it_fills_its_own_area_and_no_other(draw: Draw, theme: Theme, size: Size) -> None:
    session = start()
    session.view.theme = theme.name
    picture = draw(session, size)
    margin, column = MARGIN * scale_for(size) / size[0], COLUMN * scale_for(size) / size[0]
    left, top, right, bottom = extent_of(picture, 0, 0.5 if is_portrait(size) else LEFT_PART)
    assert left == pytest.approx(margin, abs=0.01)
    assert right == pytest.approx(margin + column, abs=0.01)
    assert top == pytest.approx(MARGIN * scale_for(size) / size[1], abs=0.01)
    assert 0.2 < bottom < 0.96
    # On the other side stands the loss scale, in a tall picture under a second column.
    left, _, right, bottom = extent_of(picture, 0.5 if is_portrait(size) else LEFT_PART, 1)
    card = COLUMN if is_portrait(size) else WIDTH
    assert left == pytest.approx(1 - margin - card * scale_for(size) / size[0], abs=0.01)
    assert right == pytest.approx(1 - margin, abs=0.01)
    assert bottom < 0.96


@pytest.mark.parametrize("size", [(1280, 720), (360, 640)])
@pytest.mark.parametrize("name", ["valleys", "six-hump-camel"])
def test_the_slab_stands_clear_of_it(draw: Draw, name: str, size: Size, context: moderngl.Context) -> None:
    session = start(landscape=name)
    picture = draw(session, size)
    _, _, right, bottom = extent_of(picture, 0, LEFT_PART)
    if is_portrait(size):
        bottom = extent_of(picture[: size[1] // 2])[3] / 2
    with open_panel(context) as panel:
        safe = panel.safe_area(session, size)
    terrain = build_terrain(session.world.landscape)
    view, projection, _ = Camera().matrices(terrain, size, safe)
    middle = np.array([0, 0, 0.2 * terrain.peak, 1]) @ view @ projection
    x, y = 0.5 + 0.5 * middle[0] / middle[3], 0.5 - 0.5 * middle[1] / middle[3]
    assert y > bottom if is_portrait(size) else x > right
    assert x < (1.0 if is_portrait(size) else extent_of(picture, LEFT_PART)[0])


def solid_of(terrain: Terrain) -> npt.NDArray[np.float64]:
    """Points all over the slab's ground and walls, homogeneous, ``(n, 4)``."""
    share = np.stack(np.meshgrid(*[np.linspace(0, 1, 41)] * 2)).reshape(2, -1)
    x, y = (share * 2 - 1) * np.array(terrain.half_size)[:, None]
    ground = terrain.height(share)
    # Down to the foot everywhere: what is inside the slab is hidden by its walls.
    layers = [ground + depth * (terrain.floor - ground) for depth in np.linspace(0, 1, 5)]
    return np.concatenate([np.stack([x, y, z, np.ones_like(z)], axis=1) for z in layers])


@pytest.mark.parametrize("size", [(600, 600), (600, 750), (600, 900), (540, 960), (480, 960)])
@pytest.mark.parametrize("name", ["valleys", "six-hump-camel", "rosenbrock"])
def test_in_a_tall_picture_the_slab_never_reaches_the_loss_scale(
    draw: Draw, name: str, size: Size, context: moderngl.Context
) -> None:
    session = start(landscape=name)
    picture, scale = draw(session, size), scale_for(size)
    terrain, solid = ground_of(session), solid_of(ground_of(session))
    card_left = size[0] - (MARGIN + WIDTH) * scale
    column = picture[:, round(card_left) - 12 : round(card_left) - 4]
    card = picture[:, round(card_left) + 2 : round(size[0] - (MARGIN + 2) * scale)]
    # The column above is wider than the card.
    below = np.flatnonzero((column != GREY).any(axis=(1, 2))).max() + 1
    rows = np.flatnonzero((card != GREY).any(axis=(1, 2)))
    card_top, card_bottom = rows[rows > below].min(), rows.max() + 1
    assert card_bottom - card_top == pytest.approx(HEIGHT * scale, abs=3)
    assert card_bottom < size[1]
    with open_panel(context) as panel:
        safe = panel.safe_area(session, size)
    for azimuth in range(0, 360, 15):
        view, projection, _ = Camera(Pose(azimuth=azimuth)).matrices(terrain, size, safe)
        x, y, _, w = (solid @ view @ projection).T
        x, y = (0.5 + 0.5 * x / w) * size[0], (0.5 - 0.5 * y / w) * size[1]
        assert np.count_nonzero((x > card_left) & (y > card_top) & (y < card_bottom)) == 0


@pytest.mark.parametrize("size", [(640, 512), (660, 600), (601, 600)])
def test_in_an_almost_square_picture_the_whole_scale_is_seen(draw: Draw, size: Size) -> None:
    _, top, right, bottom = extent_of(draw(start(), size), 0.9, 1)
    assert right * size[0] == pytest.approx(size[0] - MARGIN * scale_for(size), abs=2)
    assert (bottom - top) * size[1] == pytest.approx(HEIGHT * scale_for(size), abs=2)


@pytest.mark.parametrize("name", landscapes.names())
def test_every_landscape_fits_its_column(draw: Draw, name: str) -> None:
    size = (1280, 720)
    session = start(landscape=name)
    _, _, right, bottom = extent_of(draw(session, size), 0, LEFT_PART)
    assert right * size[0] <= (MARGIN + COLUMN) * scale_for(size) + 1
    assert bottom < 0.96


@pytest.mark.parametrize("teams", [2, 4, 6])
def test_a_race_fits_its_column(draw: Draw, teams: int) -> None:
    size = (1280, 720)
    session = start(optimizers=tuple(row.name for row in OPTIMIZERS[:teams]))
    _, _, right, bottom = extent_of(draw(session, size), 0, LEFT_PART)
    assert right * size[0] <= (MARGIN + COLUMN) * scale_for(size) + 1
    assert bottom < 0.985


@pytest.fixture
def pen(context: moderngl.Context) -> Iterator[Pen]:
    """A pen in the middle of a frame, at the reference size."""
    with open_panel(context):
        io = imgui.get_io()
        io.display_size = imgui.ImVec2(1280, 720)
        io.delta_time = 1 / 60
        imgui.new_frame()
        plain, strong = io.fonts.fonts
        yield Pen(make_style(get_theme("abyss"), 1.0, plain, strong))
        imgui.render()


def test_titles_and_rates_fit_side_by_side(pen: Pen) -> None:
    room = COLUMN - 2 * PAD
    for entry in landscapes.entries():
        assert pen.width(entry.title, 24, strong=True) <= room, entry.title
    for row in OPTIMIZERS:
        # With the disc of a race, and the longest learning rate or sweep.
        for rate in ("lr 1.23e-05", "lr 1e-05..1e-01") if row.has_rate else ():
            needed = 17 + pen.width(row.title, 17, strong=True) + 6 + pen.width(rate, 17, strong=True)
            assert needed <= room, row.title


def test_text_is_measured_at_the_size_it_is_drawn(pen: Pen) -> None:
    assert pen.width("mmmm", 20) == pytest.approx(2 * pen.width("mmmm", 10), rel=0.1)
    assert pen.height("word " * 40, 12.5, 200) > 3 * pen.height("word", 12.5, 200)
    assert pen.width("", 14) == 0


def test_it_says_what_the_session_is(draw: Draw) -> None:
    size = (1280, 720)
    session = start()
    pictures = [draw(session, size)]
    np.testing.assert_array_equal(pictures[0], draw(session, size))
    for line in (
        "optimizer.select adam",
        "lr.decades 0.1",
        "speed.step 1",
        "play.step 1",
        "relief.cycle 1",
        "landscape.cycle 1",
    ):
        session.execute(line)
        session.tick(60.0)
        session.message = ""
        pictures.append(draw(session, size))
        assert (pictures[-1] != pictures[-2]).any(), line


def test_it_says_how_the_balls_are_told_to_roll(draw: Draw) -> None:
    plain = draw(start(), (1280, 720))
    for line in (
        "schedule.set cosine",
        "batch.set 8",
        "noise.set 0.5",
        "border.set wrap",
        "hyper.set clip_norm 1",
        "hyper.set sam 0.1",
        "lr.sweep 0.001 0.1",
    ):
        session = start()
        session.execute(line)
        session.message = ""
        assert (draw(session, (1280, 720)) != plain).any(), line


def test_a_hidden_panel_leaves_the_picture_alone(draw: Draw) -> None:
    session = start()
    session.execute("panel.toggle")
    assert (draw(session, (640, 360)) == GREY).all()


@pytest.mark.parametrize("size", SIZES)
def test_messages_stand_at_the_bottom_in_the_middle_and_fit(draw: Draw, size: Size) -> None:
    session = start()
    session.execute("panel.toggle")
    for text in ("released again", "a very long message about many things " * 8):
        session.say(text)
        left, top, right, bottom = extent_of(draw(session, size))
        assert top > 0.75
        assert bottom < 1
        assert left > 0
        assert right < 1
        assert left + right == pytest.approx(1, abs=0.02)
    session.message = ""
    session.clock_s = 0.0
    # In a film or a picture there are no keys to press.
    with pytest.raises(ValueError, match="zero-size"):
        extent_of(draw(session, size))
    session.view.playing = True
    hint = extent_of(draw(session, size))
    assert hint[0] > 0
    assert hint[2] < 1
    assert hint[1] > 0.8


@pytest.mark.parametrize("size", [*SIZES, (480, 270), (256, 144)])
def test_help_stands_in_the_middle_and_fits(draw: Draw, size: Size) -> None:
    session = start()
    session.execute("panel.toggle")
    session.execute("help.toggle")
    left, top, right, bottom = extent_of(draw(session, size))
    assert min(left, top, 1 - right, 1 - bottom) >= 0
    assert left + right == pytest.approx(1, abs=0.02)
    assert top + bottom == pytest.approx(1, abs=0.02)
    assert bottom - top < 1 or size[1] < 200


def test_help_fits_its_lines(pen: Pen) -> None:
    for row in help_rows():
        assert pen.width(row.keys, 14, strong=True) <= 0.38 * 560, row.keys
        assert pen.width(row.about, 14) <= 0.52 * 560, row.about


def test_labels_stand_where_they_point(draw: Draw) -> None:
    session, size = start(), (1280, 720)
    bare = draw(session, size)
    for label in (Label("0.12", 900.0, 300.0, 2), Label("deepest known: 0.12", 700.0, 500.0, None)):
        rows, columns = np.nonzero((draw(session, size, (label,)) != bare).any(axis=2))
        assert abs(columns.mean() - label.x) < 4
        assert abs(rows.mean() - label.y) < 25


def test_balls_that_are_all_gone_can_be_shown(draw: Draw) -> None:
    session = start(landscape="saddle", lr=1.0, steps=200)
    assert session.counts["rolling"] == 0
    assert extent_of(draw(session, (640, 360)))[3] > 0.5


def test_escaped_and_diverged_balls_are_counted_apart(draw: Draw) -> None:
    session = start(landscape="beale", optimizers=("sgd",), lr=0.002, steps=96)
    assert min(session.counts[what] for what in ("rolling", "escaped", "diverged")) > 0
    told = draw(session, (1280, 720))
    for more, less in (("escaped", "diverged"), ("diverged", "escaped")):
        shifted = {**session.counts, more: session.counts[more] + 1, less: session.counts[less] - 1}
        session.counts, kept = shifted, session.counts
        assert (draw(session, (1280, 720)) != told).any(), "the sum is the same, the story is not"
        session.counts = kept


def test_panels_come_and_go(context: moderngl.Context, count_objects: Callable[[], dict[str, int]]) -> None:
    session, gpu = start(), Gpu(context)
    before = count_objects()
    target = gpu.picture(gpu.texture((320, 180), 4))
    with open_panel(context) as stays:
        for _ in range(10):
            with open_panel(context) as panel:
                panel.draw(session, ground_of(session), (), target)
            stays.draw(session, ground_of(session), (), target)
    assert imgui.get_current_context() is None
    assert implot.get_current_context() is None
    context.screen.use()
    gpu.release()
    assert count_objects() == before


@pytest.mark.parametrize("relief", RELIEFS)
def test_losses_beside_the_scale_are_true_and_stand_at_the_height_of_the_ground(relief: Relief) -> None:
    for name in ("himmelblau", "styblinski-tang", "valleys", "breast-cancer"):
        terrain = bake(landscapes.get(name), relief)
        scale = terrain.scale
        marks = mark_losses(scale)
        assert len(marks) >= 3
        assert [mark.height for mark in marks] == sorted(mark.height for mark in marks)
        _, _, loss = landscapes.get(name).grid(terrain.heights.shape[0])
        for mark in marks:
            text = mark.text.removeprefix("≥ ")
            assert (text != mark.text) == (mark.height == 1.0 and scale.clipped)
            nearest = np.argmin(np.abs(loss - float(text)))
            assert terrain.heights.flat[nearest] / terrain.peak == pytest.approx(mark.height, abs=0.03)


def test_small_spreads_around_large_losses_are_told_apart() -> None:
    marks = mark_losses(fit_scale(1e6 + np.linspace(0, 1e-2, 99), "linear"))
    assert len({mark.text for mark in marks}) == len(marks) >= 3
    assert [mark.text for mark in mark_losses(fit_scale(np.array([0.0, 0.3]), "linear"))][1] == "0.05"


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_scale_has_the_colours_of_the_ground(draw: Draw, theme: Theme) -> None:
    session = start(landscape="himmelblau")
    session.view.theme = theme.name
    size = (1280, 720)
    picture = draw(session, size)
    left, top, _, bottom = extent_of(picture, LEFT_PART)
    # Below the header, whose text is grey in a grey theme.
    rows = slice(round(top * size[1] + HEADER), round(bottom * size[1]))
    bar = picture[rows, round(left * size[0]) + 14 + 6].astype(int)
    colours = encode(theme.colormap(1024)).astype(int)
    # From the top the colours come in the order from the highest ground to the lowest, and none is missing.
    places = [int(np.abs(bar - colour).sum(axis=1).argmin()) for colour in colours[[8, 250, 500, 750, 1015]]]
    assert places == sorted(places, reverse=True)
    assert len(set(places)) == 5
    for place, colour in zip(places, colours[[8, 250, 500, 750, 1015]], strict=True):
        assert np.abs(bar[place] - colour).max() <= 12


def test_ticks_stand_beside_their_colours(draw: Draw) -> None:
    session, size = start(landscape="styblinski-tang"), (1280, 720)
    left, top, _, bottom = extent_of(picture := draw(session, size), LEFT_PART)
    column = picture[round(top * size[1]) : round(bottom * size[1]), round(left * size[0]) + 14 + 12 + 3, 0]
    # Below the header; what is brighter than the card is a tick.
    rows = HEADER + np.flatnonzero(column[round(HEADER) :] > column[1].astype(int) + 40)
    marks = mark_losses(ground_of(session).scale)
    bar = HEIGHT - HEADER - PAD
    wanted = [HEADER + bar * (1 - mark.height) for mark in reversed(marks)]
    assert all(np.abs(wanted - row).min() <= 1.5 for row in rows)
    assert all(np.abs(rows - y).min() <= 1.5 for y in wanted)


@pytest.mark.parametrize("relief", RELIEFS)
def test_the_scale_fits_its_card(pen: Pen, relief: Relief) -> None:
    assert 14 + pen.width(f"{relief} height", 11) <= WIDTH
    for landscape in map(landscapes.get, ("beale", "eggholder", "valleys")):
        for mark in mark_losses(bake(landscape, relief).scale):
            assert 14 + 20 + pen.width(mark.text, 12) + 6 <= WIDTH
