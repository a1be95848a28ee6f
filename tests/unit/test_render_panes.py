"""Views side by side on the screen, and rings on the ground."""

import colorsys
from collections.abc import Callable, Iterator
from dataclasses import replace

import moderngl
import numpy as np
import numpy.typing as npt
import pytest

from game import commands
from game.render.panes import Panes
from game.render.quality import TIERS, Tier
from game.render.renderer import Renderer
from game.scene.frame import WHOLE_WINDOW, Frame, Stage
from game.scene.picking import find_ground, project_balls, project_points
from game.scene.rings import Ring
from game.scene.views import Shot, Views
from game.session import Experiment, Hover, Session
from game.studio import open_studio

Pixels = npt.NDArray[np.int_]
SIZE = (240, 136)
GREY = "print"
"""The theme whose ground has no hue."""


def race(*lines: str, teams: int = 4, theme: str = GREY) -> Session:
    optimizers = ("sgd", "momentum", "adam", "lion")[:teams]
    session = Session(Experiment("himmelblau", optimizers, balls=60 * teams), commands.apply, theme)
    session.view.panel = False
    for line in lines:
        session.execute(line)
    session.paused = True
    return session


def shoot(session: Session, views: Views | None = None, size: tuple[int, int] = SIZE) -> tuple[Shot, ...]:
    views = views or Views(64)
    for _ in range(6):
        session.advance(1)
        shots = views.build(session, size, lambda _: WHOLE_WINDOW)
    return shots


@pytest.fixture
def draw(context: moderngl.Context) -> Iterator[Callable[..., Pixels]]:
    """Draws views into one picture, or one frame alone."""
    opened: list[Panes | Renderer] = []

    def draw_one(what: tuple[Shot, ...] | Frame, tier: Tier = TIERS[0], times: int = 1) -> Pixels:
        size = what.size if isinstance(what, Frame) else SIZE
        owner = (Renderer if isinstance(what, Frame) else Panes)(context, size, tier)
        opened.append(owner)
        for _ in range(times):
            owner.draw(what)  # type: ignore[arg-type]
        return owner.read()[..., :3].astype(int)

    yield draw_one
    for owner in opened:
        owner.release()


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_each_view_is_what_its_frame_is_alone(draw: Callable[..., Pixels], tier: Tier, times: int) -> None:
    shots = shoot(race("view.split", "view.split"))
    picture = draw(shots, tier, times)
    assert picture.shape == (SIZE[1], SIZE[0], 3)
    for frame, (left, top, width, height), _ in shots:
        alone = draw(frame, tier, times)
        np.testing.assert_array_equal(picture[top : top + height, left : left + width], alone)


def test_a_single_view_is_the_picture_itself(draw: Callable[..., Pixels]) -> None:
    session = race()
    (shot,) = shoot(session)
    assert shot.rectangle == (0, 0, *SIZE)
    plain = race()
    stage = Stage(64)
    for _ in range(6):
        plain.advance(1)
        frame = stage.build_frame(plain, SIZE)
    np.testing.assert_array_equal(draw((shot,)), draw(frame))


def find_hues(picture: Pixels) -> npt.NDArray[np.float64]:
    """The hue of every pixel that clearly has one, degrees."""
    seen = [colorsys.rgb_to_hsv(*rgb) for rgb in (picture.reshape(-1, 3) / 255).tolist()]
    return np.array([360 * hue for hue, saturation, value in seen if saturation > 0.45 and value > 0.25])


def near(hues: npt.NDArray[np.float64], hue: float) -> int:
    return int((np.abs((hues - hue + 180) % 360 - 180) < 20).sum())


def test_no_view_shows_a_pixel_of_another_team(draw: Callable[..., Pixels]) -> None:
    shots = shoot(race("view.split", teams=2))
    hues = [
        360 * colorsys.rgb_to_hsv(*np.sqrt(shots[0].frame.colours[team]).tolist())[0] for team in range(2)
    ]
    assert abs(hues[0] - hues[1]) > 60
    picture = draw(shots)
    for shot, own, other in zip(shots, hues, hues[::-1], strict=True):
        left, top, width, height = shot.rectangle
        seen = find_hues(picture[top : top + height, left : left + width])
        assert near(seen, own) > 50
        assert near(seen, other) == 0
    both = find_hues(draw(shoot(race(teams=2))))
    assert min(near(both, hue) for hue in hues) > 50


def test_views_come_and_go_and_change_their_size(
    context: moderngl.Context, draw: Callable[..., Pixels]
) -> None:
    session, views = race(), Views(64)
    frames, small = {}, {}
    for count in (1, 2, 4):
        frames[count], small[count] = shoot(session, views), shoot(session, views, (90, 50))
        session.execute("view.split")
    panes = Panes(context, (64, 48), TIERS[1])
    for count in (1, 4, 2, 1, 2, 4):
        for size, shots in (((90, 50), small[count]), (SIZE, frames[count])):
            panes.resize(size)
            panes.draw(shots)
            assert panes.picture.size == size
        shown = panes.read()[..., :3]
        np.testing.assert_array_equal(shown, draw(frames[count], TIERS[1]), err_msg=f"{count} views")
    panes.release()


def test_all_that_views_take_is_given_back(
    context: moderngl.Context, count_objects: Callable[[], dict[str, int]]
) -> None:
    session = race("view.split", "view.split")
    four = shoot(session)
    session.execute("view.split")
    one = shoot(session)
    before = count_objects()
    panes = Panes(context, SIZE, TIERS[2])
    panes.draw(one)
    single = count_objects()
    for shots in (four, one, four, one):
        panes.draw(shots)
    # Of several views only the program that lays them out stays, with its square.
    after = count_objects()
    assert sum(after.values()) - sum(single.values()) <= 5
    assert after["Framebuffer"] == single["Framebuffer"]
    panes.draw(four)
    panes.release()
    assert count_objects() == before


@pytest.mark.parametrize("teams", [2, 3, 4])
def test_a_click_finds_the_ball_in_every_view(context: moderngl.Context, teams: int) -> None:
    session = race("view.split", *(("view.split",) if teams == 4 else ()), teams=teams)
    size = (640, 360)
    with open_studio(context, size, "low", live=True) as studio:
        studio.run_steps(session, 6)
        studio.draw(session)
        shots = studio._shots
        assert len(shots) == (2 if teams == 2 else 4)
        team_of = np.repeat(np.arange(teams), [swarm.size for swarm in session.world.swarms])
        for frame, part, shown in shots:
            across, down, _ = project_balls(frame)
            assert frame.numbers is not None
            exact = 0
            seen = np.flatnonzero(np.isfinite(across) & (across < part.width) & (down < part.height))
            for place in seen.tolist():
                found = studio.find_ball(session, part.left + across[place], part.top + down[place])
                assert found is not None
                assert team_of[found] in shown
                exact += found == frame.numbers[place]
            assert exact > 20
            # And the ground under them.
            at = studio.find_ground(part.left + part.width / 2, part.top + part.height / 2)
            assert at == find_ground(frame, part.width / 2, part.height / 2)
            assert at is not None
        assert studio.find_ball(session, 1, 1) is None
        assert studio.find_ground(1, 1) is None


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_a_ring_lies_on_the_ground_where_the_camera_matrix_says(
    draw: Callable[..., Pixels], tier: Tier
) -> None:
    session = Session(Experiment("himmelblau", balls=1), commands.apply, GREY)
    session.execute("camera.look map")
    session.camera.pose = session.camera.goal
    frame = Stage(64).build_frame(session, (320, 180))
    ring = Ring(-1.0, 0.5, 1.6, (1.0, 0.0, 0.0), 2.0)
    plain, seen = draw(frame, tier), draw(replace(frame, rings=(ring,)), tier)
    turn = np.linspace(0, 2 * np.pi, 200)
    at = np.array([[ring.x], [ring.y]]) + ring.radius * np.stack([np.cos(turn), np.sin(turn)])
    across, down, _ = project_points(frame, frame.terrain.to_scene(at))
    red = (seen[..., 0] - seen[..., 1:].max(axis=2)) > 60
    hit = red[np.floor(down).astype(int), np.floor(across).astype(int)]
    assert hit.mean() > 0.95
    changed = np.argwhere(np.abs(seen - plain).max(axis=2) > 40)
    away = np.hypot(changed[:, 1, None] + 0.5 - across, changed[:, 0, None] + 0.5 - down).min(axis=1)
    assert away.max() < 5.0


def test_a_ring_ends_where_the_ground_ends(draw: Callable[..., Pixels]) -> None:
    session = Session(Experiment("himmelblau", balls=1), commands.apply, GREY)
    frame = Stage(64).build_frame(session, (320, 180))
    _, x_max, y_min, y_max = frame.terrain.domain
    beyond = Ring(x_max + 4, y_max + 4, 2.0, (1.0, 0.0, 0.0), 2.0)
    np.testing.assert_array_equal(draw(replace(frame, rings=(beyond,))), draw(frame))
    # Half of another is on the ground; the border within it is as it was.
    middle = (y_min + y_max) / 2
    changed = np.abs(
        draw(replace(frame, rings=(Ring(x_max, middle, 2.0, (1.0, 0.0, 0.0), 2.0),))) - draw(frame)
    )
    border = np.stack([np.full(40, x_max), np.linspace(middle - 1.4, middle + 1.4, 40)])
    inner = np.array([[x_max - 2.0], [middle]])
    for at, lowest, highest in ((border, 0, 0), (inner, 60, 255)):
        across, down, _ = project_points(frame, frame.terrain.to_scene(at))
        levels = changed[np.floor(down).astype(int), np.floor(across).astype(int)].max(axis=1)
        assert lowest <= levels.min() <= levels.max() <= highest


def test_balls_that_are_dropped_are_seen_in_the_views_of_their_teams() -> None:
    session, views, stage = race("view.split", "view.split", teams=4), Views(64), Stage(64)
    for lines in ((), ("ball.select 130", "balls.drop 1,1 4"), ("balls.drop -1,1 3",)):
        for line in lines:
            session.execute(line)
        whole = stage.build_frame(session, SIZE)
        shots = views.build(session, SIZE, lambda _: WHOLE_WINDOW)
        for name in ("positions", "colour_index", "status"):
            parts = [getattr(shot.frame, name) for shot in shots]
            np.testing.assert_array_equal(np.concatenate(parts, axis=-1), getattr(whole, name))
        numbers = [shot.frame.numbers for shot in shots if shot.frame.numbers is not None]
        np.testing.assert_array_equal(np.concatenate(numbers), np.arange(session.world.size))
        session.advance(1)
    chosen = [shot.frame.selected for shot in shots]
    assert [place is None for place in chosen] == [True, True, False, True]


def test_ground_under_a_brush_is_the_same_in_all_views() -> None:
    session, views = race("view.split", "view.split", teams=4), Views(64)
    before = shoot(session, views)
    session.view.stroking = True
    session.execute("ground.sculpt 1,0.5 2 80")
    during = shoot(session, views)
    assert len({id(shot.frame.terrain) for shot in during}) == 1
    assert (during[0].frame.terrain.heights != before[0].frame.terrain.heights).any()


def test_what_is_pointed_at_is_ringed_in_all_views() -> None:
    session = race("view.split", teams=2)
    assert all(shot.frame.rings == () for shot in shoot(session))
    session.view.hover = Hover(1.0, -2.0, 0, 0)
    one, other = shoot(session)
    assert one.frame.rings == other.frame.rings
    assert [(ring.x, ring.y) for ring in one.frame.rings] == [(1.0, -2.0)]
