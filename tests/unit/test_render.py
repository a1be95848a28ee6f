import colorsys
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import moderngl
import numpy as np
import numpy.typing as npt
import pytest

import assets
from game import commands
from game.render.gpu import Gpu, ShaderError
from game.render.quality import TIERS, Tier, choose_tier
from game.render.renderer import Renderer
from game.scene.camera import Camera, Pose
from game.scene.frame import WHOLE_WINDOW, Frame, Stage
from game.scene.terrain import CONTOURS, RESOLUTION, build_terrain
from game.scene.theme import TEAM_COLOURS, THEMES, Theme, srgb
from game.session import Experiment, Session
from game.simulation import Status
from landscapes import Landscape
from landscapes.landscape import Array

Pixels = npt.NDArray[np.uint8]
CountObjects = Callable[[], dict[str, int]]

SIZE = (480, 270)
LOW = TIERS[0]
ABOVE = Pose(azimuth=-90.0, elevation=80.0)
BESIDE = Pose(azimuth=-52.0, elevation=33.0)


@cache
def scene(name: str) -> Frame:
    """A frame of a landscape with clean ground; what a test needs is replaced in it."""
    session = Session(Experiment(name, balls=1), commands.apply)
    frame = Stage().build_frame(session, SIZE)
    return replace(
        frame,
        trails=np.zeros_like(frame.trails),
        shadows=np.zeros_like(frame.shadows),
        labels=(),
        beacon=None,
    )


def place(
    frame: Frame, share: npt.ArrayLike, colour: int = 0, status: int = Status.ROLLING, radius: float = 0.03
) -> Frame:
    """The frame with balls at these shares of the domain ``(2, n)``."""
    x_min, x_max, y_min, y_max = frame.terrain.domain
    at = np.asarray(share, np.float32).reshape(2, -1)
    position = (np.array([[x_min], [y_min]]) + at * np.array([[x_max - x_min], [y_max - y_min]])).astype(
        np.float32
    )
    count = position.shape[1]
    return replace(
        frame,
        positions=position,
        previous=position,
        status=np.full(count, status, np.uint8),
        colour_index=np.full(count, colour, np.uint8),
        radius=radius,
        poles=None,
        alpha=1.0,
    )


def without_balls(frame: Frame) -> Frame:
    """Balls too small to cover a pixel."""
    return place(frame, [0.5, 0.5], radius=1e-7)


def look(frame: Frame, pose: Pose, size: tuple[int, int] = SIZE) -> Frame:
    view, projection, eye = Camera(pose, pose).matrices(frame.terrain, size, WHOLE_WINDOW)
    return replace(frame, view=view, projection=projection, eye=eye, size=size)


def project(frame: Frame, point: npt.ArrayLike) -> tuple[float, float]:
    """Pixels from the top and from the left where the camera's matrices put a point in scene units."""
    x, y, _, w = np.append(np.asarray(point, float), 1.0) @ frame.view.astype(float) @ frame.projection
    return (0.5 - 0.5 * y / w) * frame.size[1], (0.5 + 0.5 * x / w) * frame.size[0]


def pixel_of(frame: Frame, point: npt.ArrayLike) -> tuple[int, int]:
    """The row and column that a point in scene units lies in."""
    down, right = project(frame, point)
    return int(down), int(right)


def centre_of(frame: Frame, share: tuple[float, float]) -> npt.NDArray[np.float64]:
    """The middle of a ball that lies on the ground."""
    plane = (2 * np.array(share) - 1) * frame.terrain.half_size
    return np.array([*plane, float(frame.terrain.height(np.array(share)[:, None])[0]) + frame.radius])


@contextmanager
def open_renderer(
    context: moderngl.Context, size: tuple[int, int] = SIZE, tier: Tier = LOW
) -> Iterator[Renderer]:
    renderer = Renderer(context, size, tier)
    try:
        yield renderer
    finally:
        renderer.release()


@pytest.fixture
def draw(context: moderngl.Context) -> Iterator[Callable[[Frame], Pixels]]:
    """Draws a frame with the plainest tier; pixels ``(height, width, 3)``, top row first."""
    with open_renderer(context) as renderer:

        def picture(frame: Frame) -> Pixels:
            renderer.draw(frame)
            return renderer.read()[..., :3].copy()

        yield picture


Draw = Callable[[Frame], Pixels]


def hue_of(colour: npt.ArrayLike) -> float:
    return 360 * colorsys.rgb_to_hsv(*np.asarray(colour, float).tolist())[0]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("colour", range(len(TEAM_COLOURS)))
def test_a_ball_covers_the_pixel_the_camera_says_in_its_teams_hue(
    draw: Draw, theme: Theme, colour: int
) -> None:
    for share, pose in (((0.3, 0.7), ABOVE), ((0.62, 0.4), BESIDE), ((0.9, 0.12), replace(BESIDE, zoom=1.4))):
        frame = place(look(replace(scene("bowl"), theme=theme), pose), share, colour)
        seen = draw(frame)[pixel_of(frame, centre_of(frame, share))] / 255
        turned = (hue_of(seen) - hue_of(srgb(TEAM_COLOURS[colour])) + 180) % 360 - 180
        assert abs(turned) < 12
        assert colorsys.rgb_to_hsv(*seen)[1] > 0.35, "a washed out colour is no team's"


def test_a_ball_is_a_disc_of_its_radius_and_nothing_else_changes(draw: Draw) -> None:
    frame = place(look(scene("bowl"), replace(ABOVE, zoom=2.0)), (0.5, 0.45), radius=0.04)
    changed = (draw(frame) != draw(without_balls(frame))).any(axis=2)
    middle = centre_of(frame, (0.5, 0.45))
    down, right = project(frame, middle)
    radius = project(frame, middle + np.array([frame.radius, 0, 0]))[1] - right
    assert radius > 5
    rows, columns = np.nonzero(changed)
    assert np.hypot(rows + 0.5 - down, columns + 0.5 - right).max() <= radius + 1.5
    # Half a pixel of its rim is soft.
    assert changed.sum() == pytest.approx(np.pi * (radius + 0.5) ** 2, rel=0.1)


def test_a_theme_may_draw_a_line_around_balls(draw: Draw) -> None:
    frame = place(look(scene("bowl"), replace(ABOVE, zoom=2.0)), (0.5, 0.45), radius=0.04)
    plain = draw(frame).astype(int)
    lined = draw(replace(frame, theme=replace(frame.theme, outline=1.0))).astype(int)
    down, right = project(frame, centre_of(frame, (0.5, 0.45)))
    radius = project(frame, centre_of(frame, (0.5, 0.45)) + np.array([frame.radius, 0, 0]))[1] - right
    row, column = np.indices(plain.shape[:2]) + 0.5
    away = radius - np.hypot(row - down, column - right)
    changed = (plain != lined).any(axis=2)
    assert changed[(away > 0.5) & (away < 1)].all()
    assert not changed[(away > 3) | (away < -1)].any()
    assert lined[(away > 0.5) & (away < 1)].mean() < 0.3 * plain[(away > 0.5) & (away < 1)].mean()


def test_a_theme_may_draw_stronger_contours(draw: Draw) -> None:
    frame = without_balls(look(scene("bowl"), BESIDE))
    plain = draw(frame).astype(int)
    without = draw(replace(frame, theme=replace(frame.theme, contour_strength=0.0))).astype(int)
    strong = draw(replace(frame, theme=replace(frame.theme, contour_strength=2.0))).astype(int)
    lines = (without - plain).sum(axis=2) > 30
    assert 0.005 < lines.mean() < 0.2
    assert (without - strong)[lines].mean() == pytest.approx(2 * (without - plain)[lines].mean(), rel=0.02)
    assert np.abs(strong - without)[(plain == without).all(axis=2)].max() <= 2


def test_balls_glide_from_where_they_were(draw: Draw) -> None:
    frame = place(look(scene("bowl"), ABOVE), (0.2, 0.5))
    there = place(frame, (0.8, 0.5)).positions
    empty = draw(without_balls(frame))
    for alpha in (0.0, 0.5, 1.0):
        drawn = draw(replace(frame, positions=there, alpha=alpha))
        rows, columns = np.nonzero((drawn != empty).any(axis=2))
        row, column = pixel_of(frame, centre_of(frame, (0.2 + 0.6 * alpha, 0.5)))
        assert abs(rows.mean() - row) < 3
        assert abs(columns.mean() - column) < 3


def test_hills_hide_what_is_behind_them(draw: Draw) -> None:
    frame = look(scene("ackley"), Pose(azimuth=-90.0, elevation=4.0))
    behind = place(frame, (0.5, 0.5))
    np.testing.assert_array_equal(draw(behind), draw(without_balls(frame)))
    before = place(frame, (0.5, 0.0))
    assert (draw(before) != draw(without_balls(frame))).any()


def test_settled_balls_are_darker_and_lost_ones_darker_still(draw: Draw) -> None:
    light = []
    for status in (Status.ROLLING, Status.SETTLED, Status.ESCAPED):
        frame = place(look(scene("bowl"), ABOVE), (0.3, 0.7), status=status)
        light.append(int(draw(frame)[pixel_of(frame, centre_of(frame, (0.3, 0.7)))].sum()))
    assert light[0] > light[1] > light[2]


@pytest.mark.parametrize(
    "share", [(-0.2, 0.5), (1.3, 0.5), (0.5, -0.1), (0.5, 1.2), (-0.5, -0.5), (900.0, 0.5), (0.3, -1000.0)]
)
def test_escaped_balls_lie_beside_the_slab_in_sight(draw: Draw, share: tuple[float, float]) -> None:
    frame = look(scene("bowl"), ABOVE)
    empty = draw(without_balls(frame))
    rows, columns = np.nonzero((draw(place(frame, share, status=Status.ESCAPED)) != empty).any(axis=2))
    assert rows.size > 10
    # On the side on which it left, beyond the slab's border, near by.
    x, y = frame.terrain.half_size
    corners = [pixel_of(frame, (sx * x, sy * y, frame.terrain.floor)) for sx in (-1, 1) for sy in (-1, 1)]
    row, column = rows.mean(), columns.mean()
    top, bottom = min(r for r, _ in corners), max(r for r, _ in corners)
    left, right = min(c for _, c in corners), max(c for _, c in corners)
    for beyond, wanted in ((column < left, share[0] < 0), (column > right, share[0] > 1)):
        assert beyond == wanted
    for beyond, wanted in ((row > bottom - 12, share[1] < 0), (row < top + 12, share[1] > 1)):
        assert beyond == wanted


def test_the_first_row_read_is_the_top(draw: Draw) -> None:
    frame = look(scene("bowl"), ABOVE)
    empty = draw(without_balls(frame))
    high, low = (
        np.nonzero((draw(place(frame, (0.5, y))) != empty).any(axis=2))[0].mean() for y in (0.9, 0.1)
    )
    assert high < SIZE[1] / 2 < low


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_corners_that_nothing_covers_are_the_void(draw: Draw, theme: Theme) -> None:
    picture = draw(without_balls(look(replace(scene("valleys"), theme=theme), BESIDE)))
    void = 255 * np.array(srgb(theme.void[1]))
    for corner in (picture[:4, :4], picture[:4, -4:]):
        np.testing.assert_allclose(corner.mean(axis=(0, 1)), void, atol=6)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", ["valleys", "six-hump-camel"])
def test_ground_has_its_baked_colour(draw: Draw, theme: Theme, name: str) -> None:
    frame = look(replace(scene(name), theme=theme), Pose(azimuth=-90.0, elevation=89.0))
    picture, baked = draw(without_balls(frame)), frame.terrain.colours(theme)
    checked = 0
    for share in np.random.default_rng(0).uniform(0.05, 0.95, (2_000, 2)):
        column, row = np.round(share * (RESOLUTION - 1)).astype(int)
        around = slice(row - 4, row + 5), slice(column - 4, column + 5)
        level = frame.terrain.heights[around] / frame.terrain.peak * CONTOURS % 1
        colours = baked[around].reshape(-1, 3).astype(int)
        # Between two contour lines, where neighbouring pixels look alike.
        if level.min() < 0.2 or level.max() > 0.8 or np.ptp(colours, axis=0).max() > 25:
            continue
        height = float(frame.terrain.heights[row, column])
        seen = picture[pixel_of(frame, [*((2 * share - 1) * frame.terrain.half_size), height])]
        np.testing.assert_allclose(seen, baked[row, column], atol=15)
        checked += 1
    assert checked > 30


def test_trails_and_shadows_lie_where_they_were_left(draw: Draw) -> None:
    frame = without_balls(look(scene("valleys"), Pose(azimuth=-90.0, elevation=89.0)))
    clean = draw(frame).astype(int)
    spot = (0.7, 0.3)
    for name, sign in (("trails", 1), ("shadows", -1)):
        field = np.zeros_like(getattr(frame, name))
        side = field.shape[0]
        row, column = int(spot[1] * side), int(spot[0] * side)
        reach = max(side // 64, 1)
        field[row - reach : row + reach + 1, column - reach : column + reach + 1] = 255
        change = draw(replace(frame, **{name: field})).astype(int) - clean
        rows, columns = np.nonzero(change.any(axis=2))
        wanted = pixel_of(frame, [*((2 * np.array(spot) - 1) * frame.terrain.half_size), 0.25])
        assert np.hypot(rows.mean() - wanted[0], columns.mean() - wanted[1]) < 10
        assert np.sign(change.sum()) == sign


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_every_tier_draws_the_same_scene(context: moderngl.Context, tier: Tier) -> None:
    frame = place(look(scene("valleys"), BESIDE, (240, 135)), np.random.default_rng(0).random((2, 50)))
    pictures = []
    for used in (tier, TIERS[-1]):
        with open_renderer(context, frame.size, used) as renderer:
            renderer.draw(frame)
            pictures.append(renderer.read()[..., :3].astype(int))
    assert pictures[0].shape == (135, 240, 3)
    assert np.ptp(pictures[0]) > 150
    assert np.abs(pictures[0] - pictures[1]).mean() < 5
    # No edge is misplaced: the same picture a pixel to the side is much less alike.
    assert np.abs(pictures[0][:, 1:] - pictures[1][:, :-1]).mean() > np.abs(pictures[0] - pictures[1]).mean()


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_balls_are_as_large_at_every_tier(context: moderngl.Context, tier: Tier) -> None:
    frame = place(look(scene("bowl"), replace(ABOVE, zoom=2.0)), (0.5, 0.45), radius=0.06)
    middle = centre_of(frame, (0.5, 0.45))
    radius = project(frame, middle + np.array([frame.radius, 0, 0]))[1] - project(frame, middle)[1]
    with open_renderer(context, frame.size, tier) as renderer:
        renderer.draw(frame)
        drawn = renderer.read()[..., :3].astype(int)
        renderer.draw(without_balls(frame))
        changed = np.abs(drawn - renderer.read()[..., :3]).max(axis=2) > 24
    assert changed.sum() == pytest.approx(np.pi * radius**2, rel=0.2)


def steepest(picture: Pixels) -> float:
    return float(np.quantile(np.abs(np.diff(picture.astype(int).sum(axis=2), axis=1)), 0.995))


def test_better_tiers_have_smoother_edges(context: moderngl.Context) -> None:
    frame = without_balls(look(scene("valleys"), BESIDE, (240, 135)))
    steps = []
    for tier in TIERS:
        with open_renderer(context, frame.size, tier) as renderer:
            renderer.draw(frame)
            steps.append(steepest(renderer.read()[..., :3]))
    assert steps[0] > max(steps[1:])


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_after_a_resize_it_draws_as_if_made_at_that_size(context: moderngl.Context, tier: Tier) -> None:
    with open_renderer(context, (64, 48), tier) as renderer:
        for size in ((200, 100), (31, 57), (200, 100)):
            frame = place(look(scene("valleys"), BESIDE, size), [0.5, 0.5])
            renderer.resize(size)
            renderer.draw(frame)
            with open_renderer(context, size, tier) as fresh:
                fresh.draw(frame)
                assert fresh.read().shape == (size[1], size[0], 4)
                np.testing.assert_array_equal(renderer.read()[..., :3], fresh.read()[..., :3])


def test_nothing_of_an_earlier_frame_is_left(context: moderngl.Context) -> None:
    """One renderer that only sends what changed draws what a new one draws."""
    size, stage = (160, 90), Stage()
    session = Session(Experiment("himmelblau", ("sgd", "adam"), balls=40), commands.apply)
    lines = (
        "play.step 5", "theme.cycle 1", "play.step 1", "landscape.cycle 1", "balls.set 300", "play.step 20",
        "balls.set 10", "camera.look map", "landscape.select saddle", "balls.release", "theme.cycle 1", "play.pause",
    )  # fmt: skip
    with open_renderer(context, size) as renderer:
        for line in lines:
            session.execute(line)
            session.tick(0.025)
            frame = stage.build_frame(session, size)
            renderer.draw(frame)
            with open_renderer(context, size) as fresh:
                fresh.draw(frame)
                np.testing.assert_array_equal(renderer.read()[..., :3], fresh.read()[..., :3], err_msg=line)


def test_a_released_renderer_leaves_nothing_on_the_card(
    context: moderngl.Context, count_objects: CountObjects
) -> None:
    frame = place(look(scene("bowl"), BESIDE, (32, 18)), np.random.default_rng(0).random((2, 50)))
    before = count_objects()
    for number in range(50):
        with open_renderer(context, frame.size, TIERS[number % 3]) as renderer:
            renderer.draw(frame)
    assert count_objects() == before


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_a_long_game_does_not_fill_the_card(
    context: moderngl.Context, count_objects: CountObjects, tier: Tier
) -> None:
    rng, counts = np.random.default_rng(0), []
    with open_renderer(context, (32, 18), tier) as renderer:
        for number in range(12):
            base = look(scene(("bowl", "saddle", "valleys")[number % 3]), BESIDE)
            renderer.resize((32 + number, 18))
            renderer.draw(place(base, rng.random((2, 20 * (number + 1)))))
            counts.append(count_objects())
    assert all(count == counts[0] for count in counts)


class Plain:
    """A loss that is the same everywhere."""

    scratch = 0

    def value(self, xy: Array) -> Array:
        return np.zeros_like(xy[0])

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:
        raise NotImplementedError


def test_flat_ground_can_be_drawn(draw: Draw) -> None:
    flat = build_terrain(Landscape("plain", "Plain", "", "", (0.0, 1.0, 0.0, 1.0), Plain()))
    frame = place(look(replace(scene("bowl"), terrain=flat), BESIDE), (0.5, 0.5))
    picture = draw(frame)
    ball = picture[pixel_of(frame, centre_of(frame, (0.5, 0.5)))]
    assert abs(hue_of(ball / 255) - hue_of(srgb(TEAM_COLOURS[0]))) < 12


@pytest.mark.parametrize(
    ("program", "file", "old"),
    [
        ("balls", "balls.frag", "    f_colour ="),
        ("balls", "balls.vert", "    place_ball();"),
        ("balls", "include/sprite.glsl", "    gl_Position ="),
        ("balls", "include/ground.glsl", "    return vec3("),
        ("wall", "wall.frag", "    f_colour ="),
        ("wall", "include/dither.glsl", "    return "),
    ],
)
def test_a_broken_shader_is_named_with_its_line(
    context: moderngl.Context,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    file: str,
    old: str,
) -> None:
    shutil.copytree(assets.path("shaders"), tmp_path / "shaders")
    path = tmp_path / "shaders" / file
    text = path.read_text(encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, "    no_such_thing; " + old.strip()), encoding="utf-8")
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    gpu = Gpu(context)
    with pytest.raises(ShaderError) as caught:
        gpu.program(f"{program}.vert", f"{program}.frag")
    assert re.search(rf"{path.name}[:(]{line}\b.*no_such_thing", str(caught.value)), str(caught.value)
    assert "\n" not in str(caught.value)
    gpu.release()


@pytest.mark.parametrize(
    ("name", "driver", "live", "tier"),
    [
        ("auto", "llvmpipe (LLVM 15.0.6, 256 bits)", True, "low"),
        ("auto", "llvmpipe (LLVM 15.0.6, 256 bits)", False, "high"),
        ("auto", "NVIDIA GeForce RTX 3060/PCIe/SSE2", True, "high"),
        ("auto", "Apple M2", True, "high"),
        ("auto", "GDI Generic", True, "low"),
        ("ultra", "llvmpipe", True, "ultra"),
    ],
)
def test_auto_spends_what_the_driver_can_give(name: str, driver: str, live: bool, tier: str) -> None:
    assert choose_tier(name, driver, live=live).name == tier
