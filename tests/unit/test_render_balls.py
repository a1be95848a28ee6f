"""Balls are where the camera's matrices say, in their team's hue, and look rolled; no tolerance hides it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import combinations, product

import moderngl
import numpy as np
import numpy.typing as npt
import pytest

from game import commands
from game.render.quality import TIERS, Tier
from game.render.renderer import Renderer
from game.scene.camera import Camera, Pose
from game.scene.flight import FLIGHT_TICKS, NO_FLIGHTS, Flights
from game.scene.frame import WHOLE_WINDOW, Frame, Stage
from game.scene.rolling import Stripes, turn
from game.scene.theme import THEMES, Theme, team_colours
from game.session import Experiment, Session
from game.simulation import Status

Pixels = npt.NDArray[np.float64]
Points = npt.NDArray[np.float64]
Size = tuple[int, int]
Draw = Callable[[Frame], Pixels]

SIZE: Size = (480, 270)
ABOVE = Pose(azimuth=-90.0, elevation=89.0)
BESIDE = Pose(azimuth=-52.0, elevation=33.0)
# Ottosson (2020).
LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@cache
def scene(name: str) -> Frame:
    """A frame of a landscape with clean ground and one ball."""
    frame = Stage().build_frame(Session(Experiment(name, balls=1), commands.apply), SIZE)
    trails, shadows = np.zeros_like(frame.trails), np.zeros_like(frame.shadows)
    return replace(frame, trails=trails, shadows=shadows, labels=(), beacon=None, alpha=1.0)


def place(frame: Frame, share: npt.ArrayLike, radius: float, colours: npt.ArrayLike = 0) -> Frame:
    """The frame with plain balls at these shares of the domain ``(2, n)``."""
    x_min, x_max, y_min, y_max = frame.terrain.domain
    at = np.asarray(share, float).reshape(2, -1)
    at = np.array([[x_min], [y_min]]) + at * np.array([[x_max - x_min], [y_max - y_min]])
    position, count = at.astype(np.float32), at.shape[1]
    return replace(
        frame,
        positions=position,
        previous=position,
        status=np.zeros(count, np.uint8),
        colour_index=np.resize(np.asarray(colours, np.uint8), count),
        poles=None,
        radius=radius,
    )


def look(frame: Frame, pose: Pose, size: Size = SIZE) -> Frame:
    view, projection, eye = Camera(pose, pose).matrices(frame.terrain, size, WHOLE_WINDOW)
    return replace(frame, view=view, projection=projection, eye=eye, size=size)


def project(frame: Frame, points: Points) -> Points:
    """Pixels from the left and from the top ``(2, n)`` where the camera's matrices put ``points (3, n)``."""
    clip = (
        np.concatenate([points, np.ones((1, points.shape[1]))]).T
        @ frame.view.astype(float)
        @ frame.projection
    )
    x, y = (clip[:, :2] / clip[:, 3:]).T
    return np.stack([(0.5 + 0.5 * x) * frame.size[0], (0.5 - 0.5 * y) * frame.size[1]])


def discs(frame: Frame) -> tuple[Points, Points]:
    """Where balls on the map are on the picture ``(2, n)``, and their radii ``(n,)``, pixels."""
    middles = frame.terrain.to_scene(frame.positions).astype(float) + np.array([[0], [0], [frame.radius]])
    right = frame.view[:3, :1].astype(float)
    at = project(frame, middles)
    return at, np.hypot(*(project(frame, middles + frame.radius * right) - at))


def away(frame: Frame, at: Points) -> Pixels:
    """How far each pixel's middle is from a place on the picture."""
    row, column = np.indices((frame.size[1], frame.size[0])) + 0.5
    return np.asarray(np.hypot(column - at[0], row - at[1]))


@contextmanager
def open_draw(context: moderngl.Context, size: Size, tier: Tier) -> Iterator[Draw]:
    """Draws frames; grey levels ``(height, width, 3)``, top row first."""
    renderer = Renderer(context, size, tier)

    def draw(frame: Frame) -> Pixels:
        renderer.draw(frame)
        return renderer.read()[..., :3].astype(float)

    try:
        yield draw
    finally:
        renderer.release()


@pytest.fixture
def draw(context: moderngl.Context) -> Iterator[Draw]:
    with open_draw(context, SIZE, TIERS[0]) as picture:
        yield picture


def linear(levels: Pixels) -> Pixels:
    share = levels / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def oklab(light: Pixels) -> Pixels:
    return np.asarray(np.cbrt(light @ LMS.T) @ LAB.T)


@pytest.mark.parametrize("size", [(480, 270), (270, 480), (300, 300), (64, 48)])
@pytest.mark.parametrize("pose", [ABOVE, BESIDE, Pose(130.0, 20.0), replace(BESIDE, zoom=2.5)])
def test_a_ball_covers_the_pixels_that_the_matrices_say(
    context: moderngl.Context, pose: Pose, size: Size
) -> None:
    frame = look(scene("booth"), pose, size)
    with open_draw(context, size, TIERS[0]) as draw:
        empty, checked = draw(place(frame, [0.5, 0.5], 1e-7)), 0
        for share in ((0.5, 0.5), (0.15, 0.8), (0.7, 0.3), (0.9, 0.95), (0.35, 0.1)):
            ball = place(frame, share, 0.06)
            centres, radii = discs(ball)
            at, radius = centres[:, 0], float(radii[0])
            middle = frame.terrain.to_scene(ball.positions) + np.array([[0], [0], [ball.radius]])
            inside = (at > radius).all() and (at < np.array(size) - radius).all()
            if not inside or not frame.terrain.sees(frame.eye, middle.astype(np.float32)).all():
                continue
            checked += 1
            off = away(ball, at)
            changed = (draw(ball) != empty).any(axis=2)
            column, row = at.astype(int)
            assert changed[row, column]
            assert not changed[off > radius + 1.5].any()
            # The ground in front may hide its foot, never its upper half.
            above = np.indices(off.shape)[0] + 0.5 < at[1]
            assert changed[(off < radius - 1) & above].all()
    assert checked >= 2


def team_means(draw: Draw, theme: Theme, pose: Pose, status: Status) -> Pixels:
    """What teams look like on average, stripes and all: linear light of their discs ``(teams, poles, 3)``."""
    teams, poles = len(theme.teams), 3
    # Side by side, so that no ball hides another.
    share = np.array([(0.32 + 0.06 * team, 0.44 + 0.06 * k) for team in range(teams) for k in range(poles)]).T
    frame = look(replace(scene("booth"), theme=theme, colours=team_colours(theme.teams)), pose)
    frame = place(frame, share, 0.045, np.repeat(np.arange(teams), poles))
    frame = replace(
        frame, poles=Stripes(teams * poles).poles, status=np.full(teams * poles, status, np.uint8)
    )
    picture = linear(draw(frame))
    at, radii = discs(frame)
    assert radii.min() > 8, "stripes should show"
    means = [picture[away(frame, at[:, k]) < radii[k] - 0.5].mean(axis=0) for k in range(teams * poles)]
    return np.reshape(means, (teams, poles, 3))


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_teams_keep_their_hue_and_stay_apart_in_every_theme(context: moderngl.Context, tier: Tier) -> None:
    with open_draw(context, SIZE, tier) as draw:
        for theme, status in product(THEMES, (Status.ROLLING, Status.SETTLED)):
            wanted = oklab(team_colours(theme.teams).astype(float))[:, None]
            seen = oklab(team_means(draw, theme, replace(ABOVE, zoom=3.0), status))
            chroma, hue = (np.hypot(*lab.T[1:]).T for lab in (seen, wanted))
            assert (chroma > 0.4 * hue).all(), f"washed out in {theme.name}"
            cosine = (seen[..., 1:] * wanted[..., 1:]).sum(axis=2) / (chroma * hue)
            assert np.degrees(np.arccos(cosine)).max() < 9, f"another hue in {theme.name}"
            # Of colours themselves, the nearest two are 0.15 apart; light and shade take their part.
            for one, other in combinations(seen, 2):
                assert np.linalg.norm(one[:, None] - other, axis=2).min() > 0.07, f"alike in {theme.name}"


def ball_with_stripe(pole: npt.ArrayLike, name: str = "booth") -> Frame:
    """A large ball that is looked at from above, with one stripe."""
    frame = place(look(scene(name), replace(ABOVE, zoom=4.0)), [0.5, 0.5], 0.06)
    return replace(frame, poles=np.asarray(pole, np.float32).reshape(3, 1))


@pytest.mark.parametrize("angle", [0.0, 0.2, -0.3, 0.6])
@pytest.mark.parametrize("heading", [(1.0, 0.0), (0.0, 1.0), (0.6, -0.8)])
def test_a_stripe_goes_ahead_by_the_way_over_the_radius(
    draw: Draw, heading: tuple[float, float], angle: float
) -> None:
    """Across the top at first, it is as far ahead as the sine of the angle says."""
    way = np.array(heading, np.float32)[:, None] * np.float32(angle)
    frame = ball_with_stripe(turn(np.array([[heading[0]], [heading[1]], [0]], np.float32), way))
    stripe = np.abs(draw(frame) - draw(replace(frame, poles=None))).sum(axis=2)
    at, radii = discs(frame)
    assert radii[0] > 15
    row, column = np.indices(stripe.shape) + 0.5
    right, up = (column - at[0, 0]) / radii[0], (at[1, 0] - row) / radii[0]
    ahead, aside = right * heading[0] + up * heading[1], right * heading[1] - up * heading[0]
    # Further aside the circle bends back.
    stripe[np.abs(aside) > 0.15] = 0
    assert (ahead * stripe).sum() / stripe.sum() == pytest.approx(np.sin(angle), abs=0.04)


@pytest.mark.parametrize("name", ["booth", "six-hump-camel"])
def test_between_two_steps_the_card_turns_stripes_as_steps_do(draw: Draw, name: str) -> None:
    for pole in Stripes(6).poles.T:
        frame = ball_with_stripe(pole, name)
        x_min, x_max, y_min, y_max = frame.terrain.domain
        unit = 2 * np.array(frame.terrain.half_size) / (x_max - x_min, y_max - y_min)
        way = np.array([[0.42], [-0.3]], np.float32)
        half = (way * frame.radius / unit[:, None] / 2).astype(np.float32)
        # Where it is at half of the step, it has turned by half of it.
        rolling = replace(
            frame,
            previous=frame.positions - half,
            positions=frame.positions + half,
            poles=turn(pole[:, None], -way * np.float32(0.5)),
            alpha=0.5,
        )
        assert np.abs(draw(rolling) - draw(frame)).max() <= 3
        assert np.abs(draw(replace(rolling, poles=frame.poles)) - draw(frame)).max() > 30


def test_after_a_whole_turn_the_picture_is_the_same(draw: Draw) -> None:
    frame = ball_with_stripe(Stripes(3).poles[:, 2])
    assert frame.poles is not None
    first, poles = draw(frame), frame.poles
    way = np.array([[2 * np.pi / 24 * 0.6], [2 * np.pi / 24 * 0.8]], np.float32)
    off = []
    for _ in range(24):
        poles = turn(poles, way)
        off.append(float(np.abs(draw(replace(frame, poles=poles)) - first).max()))
    assert min(off[:-1]) > 20
    assert off[-1] <= 1


def test_small_and_fast_balls_are_plain(draw: Draw) -> None:
    pole = np.array([1.0, 0.0, 0.0])
    large = ball_with_stripe(pole)
    small = replace(large, radius=0.01)
    np.testing.assert_array_equal(draw(small), draw(replace(small, poles=None)))
    # A stripe that goes round in a step or two would flicker.
    x_min, x_max, _, _ = large.terrain.domain
    step = np.array([[large.radius * 2.0 / 2 * (x_max - x_min)], [0.0]], np.float32)
    fast = replace(large, previous=large.positions - step)
    np.testing.assert_array_equal(draw(fast), draw(replace(fast, poles=None)))


def test_settled_balls_are_calmer(draw: Draw) -> None:
    frame = ball_with_stripe(np.array([0.6, 0.0, 0.8]))
    settled = replace(frame, status=np.full(1, Status.SETTLED, np.uint8))
    at, radii = discs(frame)
    disc = away(frame, at[:, 0]) < radii[0] - 2
    rolling, resting = (draw(shown)[disc].mean(axis=1) for shown in (frame, settled))
    assert resting.std() < 0.8 * rolling.std()
    assert resting.max() < rolling.max()
    assert 0.6 < resting.mean() / rolling.mean() < 0.95


def in_flight(frame: Frame, time: float) -> Frame:
    """A ball that left the middle of the map at tick 0, to the right; no other is there."""
    x, y, z = frame.terrain.to_scene(frame.positions)[:, 0]
    launch = np.array([[x, y, z + 0.03, 1, 0, 0]], np.float32)
    flights = Flights(np.zeros(1, np.intp), launch, np.zeros(1, np.uint8))
    return replace(frame, radius=0.03, positions=frame.positions[:, :0], flights=flights, time=time)


def test_a_ball_thrown_off_flies_up_and_out_and_fades(draw: Draw) -> None:
    frame = place(look(scene("booth"), Pose(-90.0, 25.0)), [0.5, 0.5], 0.03)
    empty = draw(replace(in_flight(frame, 0), flights=NO_FLIGHTS))
    places, strength = [], []
    for share in (0.0, 0.15, 0.3, 0.5, 0.75, 0.9):
        changed = np.abs(draw(in_flight(frame, share * FLIGHT_TICKS)) - empty).sum(axis=2)
        row, column = np.indices(changed.shape) + 0.5
        places.append(((column * changed).sum() / changed.sum(), (row * changed).sum() / changed.sum()))
        strength.append(changed.max())
    # It starts where the ball was.
    assert np.hypot(*(np.array(places[0]) - discs(frame)[0][:, 0])) < 1.5
    columns, rows = np.array(places).T
    assert (np.diff(columns) > 2).all()
    assert rows[0] > rows[1] > rows[2] > rows[3]
    # First up, then out.
    assert rows[0] - rows[1] > columns[1] - columns[0]
    assert columns[4] - columns[3] > abs(rows[4] - rows[3])
    assert strength[3] > strength[4] > strength[5] > 0
    for time in (FLIGHT_TICKS, FLIGHT_TICKS + 100):
        np.testing.assert_array_equal(draw(in_flight(frame, time)), empty)


def test_stripes_and_flights_leave_nothing_on_the_card(
    context: moderngl.Context, count_objects: Callable[[], dict[str, int]]
) -> None:
    before = count_objects()
    striped = ball_with_stripe([1, 0, 0])
    for _ in range(3):
        with open_draw(context, SIZE, TIERS[0]) as draw:
            for count in (1, 40, 3):
                frame = in_flight(striped, 10)
                launches = np.repeat(frame.flights.launches, count, axis=0)
                draw(replace(frame, flights=Flights(np.arange(count), launches, np.zeros(count, np.uint8))))
                draw(replace(striped, flights=NO_FLIGHTS))
    assert count_objects() == before
