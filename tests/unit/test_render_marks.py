"""Ribbon, arrows and glow are where the camera's matrices say, and look as they should."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import moderngl
import numpy as np
import numpy.typing as npt
import pytest

from game import commands
from game.render.quality import TIERS, Tier
from game.render.renderer import Renderer
from game.scene.camera import Camera, Pose
from game.scene.frame import WHOLE_WINDOW, Frame, Stage
from game.scene.path import ARROW_WIDTH, NO_RIBBON, Arrow, lay_ribbon
from game.scene.theme import THEMES, Theme, srgb
from game.session import Experiment, Session

Pixels = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]

SIZE = (480, 270)
ABOVE = Pose(azimuth=-90.0, elevation=80.0)
BESIDE = Pose(azimuth=-52.0, elevation=33.0)


@cache
def scene(name: str) -> Frame:
    """A frame with clean ground and one selected ball too small to be seen."""
    session = Session(Experiment(name, balls=1), commands.apply)
    session.execute("ball.select 0")
    frame = Stage().build_frame(session, SIZE)
    return replace(
        frame,
        trails=np.zeros_like(frame.trails),
        shadows=np.zeros_like(frame.shadows),
        labels=(),
        beacon=None,
        ribbon=NO_RIBBON,
        arrows=(),
        radius=1e-7,
    )


def look(frame: Frame, pose: Pose, size: tuple[int, int] = SIZE) -> Frame:
    view, projection, eye = Camera(pose, pose).matrices(frame.terrain, size, WHOLE_WINDOW)
    return replace(frame, view=view, projection=projection, eye=eye, size=size)


def project(frame: Frame, point: npt.ArrayLike) -> Points:
    """Pixels from the left and the top where the camera's matrices put a point in scene units."""
    x, y, _, w = np.append(np.asarray(point, float), 1.0) @ frame.view.astype(float) @ frame.projection
    return np.array([(0.5 + 0.5 * x / w) * frame.size[0], (0.5 - 0.5 * y / w) * frame.size[1]])


def on_ground(frame: Frame, share: npt.ArrayLike) -> Points:
    """A point of the ground, scene units, at a share of the domain."""
    at = np.asarray(share, float)
    return np.array([*((2 * at - 1) * frame.terrain.half_size), float(frame.terrain.height(at[:, None])[0])])


def way_of(frame: Frame, shares: npt.ArrayLike) -> Points:
    """Shares of the domain ``(k, 2)`` as places ``(2, k)``."""
    x_min, x_max, y_min, y_max = frame.terrain.domain
    at = np.asarray(shares, float).T
    return np.stack([x_min + at[0] * (x_max - x_min), y_min + at[1] * (y_max - y_min)])


def with_ribbon(frame: Frame, shares: npt.ArrayLike) -> Frame:
    return replace(frame, ribbon=lay_ribbon(way_of(frame, shares), frame.terrain))


def with_leader(
    frame: Frame, share: tuple[float, float], radius: float = 0.02, strength: float = 1.0
) -> Frame:
    x, y, z = on_ground(frame, share)
    marks = np.array([[x, y, z + radius, strength]], np.float32)
    return replace(frame, leaders=marks, leader_colours=np.zeros(1, np.uint8), radius=radius)


@contextmanager
def open_renderer(
    context: moderngl.Context, size: tuple[int, int] = SIZE, tier: Tier = TIERS[0]
) -> Iterator[Renderer]:
    renderer = Renderer(context, size, tier)
    try:
        yield renderer
    finally:
        renderer.release()


Draw = Callable[[Frame], Pixels]


@pytest.fixture
def draw(context: moderngl.Context) -> Iterator[Draw]:
    """Draws a frame with the plainest tier; pixels ``(height, width, 3)``, top row first."""
    with open_renderer(context) as renderer:

        def picture(frame: Frame) -> Pixels:
            renderer.draw(frame)
            return renderer.read()[..., :3].copy()

        yield picture


def changed(one: Pixels, other: Pixels, least: int = 0) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(one.astype(int) - other).max(axis=2) > least)


def pixel(picture: Pixels, at: Points) -> Points:
    return np.asarray(picture[int(at[1]), int(at[0])], np.float64)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_a_ribbon_ends_at_its_last_point_in_the_colour_of_its_ball(draw: Draw, theme: Theme) -> None:
    frame = look(replace(scene("bowl"), theme=theme), BESIDE)
    empty = draw(frame)
    for shares in ([(0.2, 0.3), (0.6, 0.4)], [(0.8, 0.8), (0.5, 0.5), (0.7, 0.35)], [(0.3, 0.6), (0.3, 0.2)]):
        marked = with_ribbon(frame, shares)
        picture, head = draw(marked), project(marked, marked.ribbon[-1, :3])
        wanted = 255 * np.sqrt(frame.colours[frame.colour_index[0]])
        np.testing.assert_allclose(pixel(picture, head), wanted, atol=16)
        # A round end: it goes as far beyond its last point as it is wide to each side.
        before = project(marked, marked.ribbon[-2, :3])
        along = (head - before) / np.linalg.norm(head - before)
        rows, columns = np.nonzero(changed(picture, empty, 20))
        offset = np.stack([columns + 0.5, rows + 0.5], axis=1) - head
        beyond = offset[np.hypot(*offset.T) < 12] @ along
        assert 2.0 < beyond.max() < 5.0


def test_a_ribbon_is_as_wide_far_away_as_near(draw: Draw) -> None:
    frame = look(scene("bowl"), Pose(azimuth=-90.0, elevation=45.0))
    empty = draw(frame)
    widths = []
    for y in (0.3, 0.85):
        marked = with_ribbon(frame, [(0.2, y), (0.8, y)])
        band = changed(draw(marked), empty, 12)
        column = round(project(marked, on_ground(frame, (0.7, y)))[0])
        widths.append(band[:, column - 5 : column + 5].sum(axis=0).mean())
        # Its middle is where the way was, and nothing is cut off on either side.
        at = project(marked, marked.ribbon[np.abs(marked.ribbon[:, 3] - 5 / 6).argmin(), :3])
        rows = np.flatnonzero(band[:, int(at[0])])
        assert rows.mean() + 0.5 == pytest.approx(at[1], abs=0.6)
        assert rows.size == np.ptp(rows) + 1
    assert widths[0] == pytest.approx(widths[1], abs=1.5)
    assert 4 < widths[0] < 9


def test_joints_of_a_ribbon_do_not_show(draw: Draw) -> None:
    """A straight way is the same band of one part or of a hundred, also where it is half transparent."""
    frame = look(scene("saddle"), ABOVE)
    ends = np.array([[-0.5, 0.1, 0.6, 0.3], [0.5, -0.1, 0.6, 0.9]], np.float32)
    share = np.linspace(0, 1, 101, dtype=np.float32)[:, None]
    one, many = (
        draw(replace(frame, ribbon=line)) for line in (ends, ends[:1] + share * (ends[1:] - ends[:1]))
    )
    assert changed(one, draw(frame)).sum() > 300
    assert np.abs(one.astype(int) - many).max() <= 6
    # Where it turns on the spot, it is no more opaque than before.
    middle = ends.mean(axis=0, keepdims=True)
    back = np.concatenate([ends[:1], middle, ends[1:]])
    assert np.abs(one.astype(int) - draw(replace(frame, ribbon=back))).max() <= 6


def test_a_ribbon_fades_towards_its_tail(draw: Draw) -> None:
    frame = look(scene("saddle"), ABOVE)
    empty, marked = draw(frame), with_ribbon(frame, [(0.2, 0.5), (0.8, 0.5)])
    picture = draw(marked)
    strengths = []
    for share in (0.02, 0.25, 0.5, 0.97):
        at = project(marked, marked.ribbon[round(share * (len(marked.ribbon) - 1)), :3])
        before, most = pixel(empty, at), 255 * np.sqrt(frame.colours[frame.colour_index[0]])
        # How much of the way to the full colour.
        strengths.append(
            float((pixel(picture, at) - before) @ (most - before) / np.sum((most - before) ** 2))
        )
    assert strengths == sorted(strengths)
    assert strengths[0] < 0.15
    assert strengths[-1] > 0.9


def test_a_ribbon_is_seen_where_the_ground_leaves_it_a_free_line(draw: Draw) -> None:
    frame = look(scene("himmelblau"), replace(BESIDE, elevation=14.0))
    empty, terrain = draw(frame), frame.terrain
    told = {False: 0, True: 0}
    for share in np.random.default_rng(3).uniform(0.05, 0.95, (80, 2)):
        marked = with_ribbon(frame, share + np.array([[-0.01, 0], [0.01, 0]]))
        points = marked.ribbon[:, :3].T
        # Clearly hidden is what would be even if it stood a little higher, and the other way around.
        seen = terrain.sees(frame.eye, points).all()
        if seen == terrain.sees(frame.eye, points + np.array([[0], [0], [0.09]], np.float32)).any():
            assert (draw(marked) != empty).any() == seen
            told[bool(seen)] += 1
    assert min(told.values()) >= 10


def test_hills_hide_a_ribbon_and_arrows(draw: Draw) -> None:
    frame = look(scene("ackley"), Pose(azimuth=-90.0, elevation=4.0))
    empty = draw(frame)
    hidden = with_ribbon(frame, [(0.48, 0.5), (0.52, 0.5)])
    np.testing.assert_array_equal(draw(hidden), empty)
    for y, seen in ((0.5, False), (0.02, True)):
        arrow = Arrow(np.array([0.5, y], np.float32), np.array([0.05, 0], np.float32), ARROW_WIDTH, False)
        assert (draw(replace(frame, arrows=(arrow,))) != empty).any() == seen
    assert (draw(with_ribbon(frame, [(0.4, 0.02), (0.6, 0.02)])) != empty).any()


@pytest.mark.parametrize("mine", [True, False])
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_an_arrow_runs_from_its_foot_to_its_tip(draw: Draw, theme: Theme, mine: bool) -> None:
    frame = look(replace(scene("saddle"), theme=theme), ABOVE)
    empty, foot = draw(frame), np.array([0.45, 0.55], np.float32)
    wanted = 255 * np.sqrt(frame.colours[frame.colour_index[0]]) if mine else 255 * np.array(srgb(theme.ink))
    for angle in (0.3, 1.9, 4.4):
        vector = 0.4 * np.array([np.cos(angle), np.sin(angle)])
        arrow = Arrow(foot, vector.astype(np.float32), 0.12, mine)
        picture = draw(replace(frame, arrows=(arrow,)))
        at = [project(frame, on_ground(frame, foot + share * vector / 2)) for share in (0.04, 0.5, 0.9)]
        for place in at:
            np.testing.assert_allclose(pixel(picture, place), wanted, atol=16)
        rows, columns = np.nonzero(changed(picture, empty, 40))
        places = np.stack([columns + 0.5, rows + 0.5], axis=1)
        start, tip = (project(frame, on_ground(frame, foot + share * vector / 2)) for share in (0, 1))
        reach = float(np.linalg.norm(tip - start))
        along = (places - start) @ (tip - start) / reach
        across = np.abs((places - start) @ np.array([[0, -1], [1, 0]]) @ (tip - start)) / reach
        # To the pixel, but for its dark edge.
        assert -3.5 < along.min() < -0.5
        assert reach - 1 < along.max() < reach + 5
        # The head is the widest part, to each side half as wide as was told, with a dark edge besides.
        side = 0.06 * np.array([-vector[1], vector[0]]) / 0.4
        corners = (
            project(frame, on_ground(frame, foot + (0.655 * vector + sign * side) / 2)) for sign in (-1, 1)
        )
        turned = np.array([[0, -1], [1, 0]]) @ (tip - start) / reach
        wide = max(abs(float((corner - start) @ turned)) for corner in corners)
        widest = along[np.argmax(across)]
        assert 0.55 * reach < widest < 0.95 * reach
        # Where edge and ground look alike, only the arrow itself is found.
        assert -0.75 < across.max() - wide < 3


def test_a_short_arrow_is_all_head(draw: Draw) -> None:
    frame = look(scene("saddle"), replace(ABOVE, zoom=3))
    arrow = Arrow(np.array([0.5, 0.5], np.float32), np.array([0.02, 0], np.float32), 0.06, True)
    mark = changed(draw(replace(frame, arrows=(arrow,))), draw(frame), 40)
    columns = np.nonzero(mark.any(axis=0))[0]
    heights = mark.sum(axis=0)[columns]
    assert heights[1] > 2 * heights[-2]


@pytest.mark.parametrize("pose", [ABOVE, BESIDE, replace(BESIDE, zoom=2.0)])
def test_a_halo_is_around_its_ball_and_leaves_it_as_it_is(draw: Draw, pose: Pose) -> None:
    frame = look(scene("saddle"), pose)
    leading = with_leader(frame, (0.5, 0.45))
    plain = replace(leading, leaders=np.empty((0, 4), np.float32), leader_colours=np.empty(0, np.uint8))
    before, picture = draw(plain).astype(int), draw(leading)
    middle = project(leading, leading.leaders[0, :3])
    rows, columns = np.nonzero(changed(picture, before.astype(np.uint8), 10))
    places = np.stack([columns + 0.5, rows + 0.5], axis=1) - middle
    below = places[places[:, 1] > 0]
    # Below the middle there is no crown: the halo is as far to all sides.
    left, right, down = -below[:, 0].min(), below[:, 0].max(), below[:, 1].max()
    assert left == pytest.approx(right, abs=2)
    assert left == pytest.approx(down, abs=2)
    assert left > 8
    edge = project(leading, leading.leaders[0, :3] + np.linalg.inv(leading.view[:3, :3].T) @ (0.02, 0, 0))
    radius = float(np.linalg.norm(edge - middle))
    inside = np.hypot(*places.T) < radius - 1
    assert not inside.any()
    # The crown stands over the ball: symmetric, and in gold.
    tip = places[:, 1].min()
    assert tip < -radius - 10
    assert abs(places[places[:, 1] < tip + 3, 0].mean()) < 1.2


def test_a_hidden_leader_shows_its_crown_only_and_faintly(draw: Draw) -> None:
    frame = look(scene("saddle"), BESIDE)
    empty = draw(with_leader(frame, (0.5, 0.5), strength=0)).astype(int)
    seen, hidden = (
        np.abs(draw(with_leader(frame, (0.5, 0.5), strength=strength)) - empty) for strength in (1.0, 0.55)
    )
    _, row = project(frame, frame_leader(frame)).round().astype(int)
    # A ring would lie on the slope in front.
    assert seen[row:].max() > 40
    assert hidden[row:].max() == 0
    crown = hidden.max(axis=2) > 10
    assert crown.any()
    assert hidden[crown].sum() == pytest.approx(0.55 * seen[crown].sum(), rel=0.15)


def frame_leader(frame: Frame) -> Points:
    """Where the leader of ``with_leader`` in the middle is, scene units."""
    return with_leader(frame, (0.5, 0.5)).leaders[0, :3].astype(float)


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_marks_are_as_large_at_every_tier(context: moderngl.Context, tier: Tier) -> None:
    frame = with_leader(with_ribbon(look(scene("saddle"), BESIDE), [(0.2, 0.3), (0.8, 0.5)]), (0.5, 0.7))
    arrow = Arrow(np.array([0.3, 0.6], np.float32), np.array([0.3, 0.1], np.float32), ARROW_WIDTH, True)
    frame = replace(frame, arrows=(arrow,))
    plain = replace(
        frame, ribbon=NO_RIBBON, arrows=(), leaders=frame.leaders[:0], leader_colours=frame.colour_index[:0]
    )
    areas = []
    for used in (TIERS[0], tier):
        with open_renderer(context, frame.size, used) as renderer:
            renderer.draw(plain)
            before = renderer.read()[..., :3].copy()
            renderer.draw(frame)
            areas.append(int(changed(renderer.read()[..., :3], before, 40).sum()))
    assert areas[0] > 400
    assert areas[1] == pytest.approx(areas[0], rel=0.15)


def test_a_renderer_draws_marks_that_come_change_and_go(context: moderngl.Context) -> None:
    """One renderer that only sends what changed draws what a new one draws, and gives everything back."""
    size, stage = (160, 90), Stage()
    session = Session(Experiment("himmelblau", ("momentum", "adam"), balls=20), commands.apply)
    lines = (
        "ball.select 3", "play.step 4", "play.step 60", "ball.next 1", "play.step 9", "leader.toggle",
        "ball.select none", "leader.toggle", "play.step 2", "ball.select 15", "landscape.select saddle",
        "ball.select 2", "play.step 3",
    )  # fmt: skip
    drawn = 0
    with open_renderer(context, size) as renderer:
        for line in lines:
            session.execute(line)
            session.tick(0.025)
            frame = stage.build_frame(session, size)
            renderer.draw(frame)
            drawn += len(frame.ribbon) > 1
            with open_renderer(context, size) as fresh:
                fresh.draw(frame)
                np.testing.assert_array_equal(renderer.read()[..., :3], fresh.read()[..., :3])
    assert drawn >= 5


def test_all_that_marks_take_is_given_back(
    context: moderngl.Context, count_objects: Callable[[], dict[str, int]]
) -> None:
    frame = with_leader(with_ribbon(look(scene("saddle"), BESIDE), [(0.2, 0.3), (0.8, 0.5)]), (0.5, 0.7))
    before = count_objects()
    for _ in range(5):
        with open_renderer(context) as renderer:
            renderer.draw(frame)
            # Longer than what was made room for.
            line = np.linspace(0, 1, 2_000, dtype=np.float32)[:, None]
            renderer.draw(
                replace(frame, ribbon=frame.ribbon[:1] + line * (frame.ribbon[-1:] - frame.ribbon[:1]))
            )
            renderer.draw(
                replace(
                    frame, leaders=np.repeat(frame.leaders, 9, axis=0), leader_colours=np.zeros(9, np.uint8)
                )
            )
    assert count_objects() == before
