import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import landscapes
from game.scene.marks import (
    CROWD,
    FULL,
    TRAIL_BALLS,
    TRAIL_DECAY,
    TRAIL_RESOLUTION,
    Trails,
    contact_shadows,
    resample,
)
from game.scene.terrain import SUN, Terrain, build_terrain
from game.scene.theme import team_colours
from game.simulation import World

Bytes = npt.NDArray[np.uint8]

BOWL = landscapes.get("bowl")
GROUND: Terrain = build_terrain(BOWL)
COLOURS = team_colours()
RADIUS = 0.01
SHARES = st.floats(0.1, 0.9)


def release(start: str, balls: int = 1, lr: float = 0.02, optimizer: str = "sgd") -> World:
    return World(BOWL, optimizer=optimizer, lr=lr, balls=balls, start=start)


def advance(trails: Trails, world: World, colour: int = 0) -> None:
    trails.advance(world, GROUND, COLOURS, np.full(world.status.size, colour, np.uint8))


def texels_of(xy: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    return GROUND.share(xy.astype(np.float32)).astype(float) * TRAIL_RESOLUTION


@given(ticks=st.integers(1, 100))
@settings(max_examples=15, deadline=None)
def test_trails_fade_by_the_ticks_gone_by(ticks: int) -> None:
    trails, world = Trails(), release("point:0,0")
    advance(trails, world)
    trails.light[:] = 1.0
    world.step(ticks)
    advance(trails, world)
    np.testing.assert_allclose(trails.light, TRAIL_DECAY**ticks, rtol=1e-5)
    np.testing.assert_allclose(trails.picture[..., :3], 255 * TRAIL_DECAY**ticks / FULL, atol=1)


@pytest.mark.parametrize("lr", [0.001, 0.02, 0.2])
@pytest.mark.parametrize("colour", range(len(COLOURS)))
def test_a_ball_draws_along_its_path_in_its_colour(lr: float, colour: int) -> None:
    trails, world = Trails(), release("point:-4,3", lr=lr)
    way = [texels_of(world.positions)[:, 0]]
    for _ in range(10):
        world.step()
        advance(trails, world, colour)
        way.append(texels_of(world.positions)[:, 0])
    row, column = np.nonzero(trails.light.sum(axis=2))
    drawn = np.stack([column + 0.5, row + 0.5])
    ends = np.array(way)
    # On a bowl the way is a straight line towards the middle.
    along = (ends[-1] - ends[0]) / np.linalg.norm(ends[-1] - ends[0])
    offset = drawn - ends[0][:, None]
    across = np.abs(along[0] * offset[1] - along[1] * offset[0])
    assert across.max() < 1.0
    reached = along @ offset
    assert reached.min() > -1
    assert reached.max() < np.linalg.norm(ends[-1] - ends[0]) + 1
    # Every place the ball was at after a step is marked.
    for x, y in ends[1:]:
        assert trails.light[int(y), int(x)].sum() > 0
    light = trails.light[..., :3].sum(axis=(0, 1))
    np.testing.assert_allclose(light / light.sum(), COLOURS[colour] / COLOURS[colour].sum(), atol=1e-3)


def test_a_resting_ball_draws_nothing() -> None:
    trails, world = Trails(), release("point:0,0")
    for _ in range(5):
        world.step()
        advance(trails, world)
    assert not trails.light.any()
    assert not trails.picture[..., :3].any()


def test_what_escaped_draws_nothing_and_what_is_outside_does_not_wrap_around() -> None:
    trails, world = Trails(), release("random", balls=50, lr=1.2)
    for _ in range(80):
        world.step()
        advance(trails, world)
    assert (world.status > 0).all()
    before = trails.light.sum()
    world.step(32)
    advance(trails, world)
    assert trails.light.sum() == pytest.approx(before * TRAIL_DECAY**32, rel=1e-3)


def test_trails_are_never_brighter_than_full() -> None:
    trails, world = Trails(), release("point:3,3", balls=20_000)
    world.step()
    advance(trails, world, colour=3)
    assert trails.light.max() <= FULL
    assert trails.picture[..., :3].max() <= 255
    # The brightest spot is white in no channel by wrapping past 255.
    brightest = np.unravel_index(trails.light.sum(axis=2).argmax(), trails.light.shape[:2])
    np.testing.assert_allclose(
        trails.picture[brightest][:3], 255 * trails.light[brightest][:3] / FULL, atol=1
    )


@pytest.mark.parametrize(("more", "fewer"), [(2 * TRAIL_BALLS, TRAIL_BALLS), (TRAIL_BALLS + 1, TRAIL_BALLS)])
def test_thinning_out_keeps_the_trails_as_bright(more: int, fewer: int) -> None:
    light = []
    for balls in (more, fewer):
        trails, world = Trails(), release("random", balls=balls, lr=0.002)
        for _ in range(3):
            world.step()
            advance(trails, world)
        light.append(float(trails.light.sum()))
    assert 0.65 < light[0] / light[1] < 1.1


def centre_of(shadow: Bytes) -> npt.NDArray[np.float64]:
    """Centre of gravity in shares of the domain, x and y."""
    mass, resolution = shadow.astype(float), shadow.shape[0]
    at = (np.arange(resolution) + 0.5) / resolution
    return np.asarray(np.array([mass.sum(axis=0) @ at, mass.sum(axis=1) @ at]) / mass.sum())


@given(x=SHARES, y=SHARES)
@settings(max_examples=50, deadline=None)
def test_a_shadow_lies_under_its_ball_on_the_side_away_from_the_sun(x: float, y: float) -> None:
    shadow = contact_shadows(np.array([[x], [y]], np.float32), RADIUS, SUN[:2])
    offset = centre_of(shadow) - (x, y)
    along = SUN[:2] / np.linalg.norm(SUN[:2])
    assert -RADIUS < offset @ along < 0
    assert abs(offset @ (-along[1], along[0])) < 0.3 * RADIUS
    # It is a small spot, not a smear.
    assert (shadow > 0).sum() <= 16


@given(x=SHARES, y=SHARES, angle=st.floats(0, 6.3))
@settings(max_examples=50, deadline=None)
def test_a_shadow_glides_with_its_ball(x: float, y: float, angle: float) -> None:
    step = 0.05 * RADIUS * np.array([np.cos(angle), np.sin(angle)])
    centres, darkness = [], []
    for k in range(20):
        shadow = contact_shadows((np.array([x, y]) + k * step)[:, None].astype(np.float32), RADIUS, SUN[:2])
        centres.append(centre_of(shadow))
        darkness.append(shadow.astype(float).sum())
    moved = np.linalg.norm(np.diff(centres, axis=0), axis=1)
    assert moved.max() < 0.2 * RADIUS
    np.testing.assert_allclose(centres[-1] - centres[0], 19 * step, atol=0.25 * RADIUS)
    assert max(darkness) < 1.25 * min(darkness)


@given(x=st.floats(-50, 50), y=st.floats(-50, 50))
@settings(max_examples=50, deadline=None)
def test_balls_beside_the_slab_cast_no_shadow_on_it(x: float, y: float) -> None:
    inside = -0.1 <= x <= 1.1 and -0.1 <= y <= 1.1
    shadow = contact_shadows(np.array([[x], [y]], np.float32), RADIUS, SUN[:2])
    assert inside or not shadow.any()


def test_shadows_of_a_crowd_are_those_of_its_balls() -> None:
    share = np.random.default_rng(0).normal([[0.5], [0.4]], 0.2, (2, CROWD)).astype(np.float32)
    crowd = contact_shadows(share, 0.002, SUN[:2]).astype(float)
    # A ball less than a crowd is drawn with the care that single balls get.
    few = contact_shadows(share[:, 1:], 0.002, SUN[:2]).astype(float)
    assert crowd.shape == few.shape
    # Shadows that are not spread over texels first overlap a little more.
    assert crowd.mean() == pytest.approx(few.mean(), rel=0.04)
    blocks = [field.reshape(64, 8, 64, 8).mean(axis=(1, 3)) for field in (crowd, few)]
    assert np.corrcoef(blocks[0].ravel(), blocks[1].ravel())[0, 1] > 0.99
    assert np.abs(blocks[0] - blocks[1]).max() < 20


def test_crowds_are_darker_and_never_wrap_around() -> None:
    darkest = []
    for count in (1, 2, 8, 100, 100_000):
        shadow = contact_shadows(np.full((2, count), 0.5, np.float32), RADIUS, SUN[:2])
        darkest.append(int(shadow.max()))
    assert darkest == sorted(darkest)
    assert darkest[1] > darkest[0]
    assert darkest[-1] >= 254


@pytest.mark.parametrize("radius", [1e-6, 1e-3, 0.02, 1.0])
def test_shadow_pictures_stay_small(radius: float) -> None:
    shadow = contact_shadows(np.array([[0.5], [0.5]], np.float32), radius, SUN[:2])
    assert 32 <= shadow.shape[0] == shadow.shape[1] <= 512


@pytest.mark.parametrize("side", [16, 64, 256])
def test_a_resampled_picture_is_as_dark_and_in_the_same_place(side: int) -> None:
    spot = np.zeros((64, 64), np.uint8)
    spot[36:44, 12:20] = 200
    resampled = resample(spot, side)
    assert resampled.shape == (side, side)
    assert resampled.mean() == pytest.approx(spot.mean(), rel=0.01)
    np.testing.assert_allclose(centre_of(resampled), centre_of(spot), atol=1e-3)
    assert resampled.max() <= 200


def test_a_finer_picture_rises_evenly_between_the_texels() -> None:
    ramp = np.broadcast_to(np.arange(0, 256, 8, dtype=np.uint8), (32, 32))
    finer = resample(ramp, 128).astype(int)
    steps = np.diff(finer, axis=1)[:, 4:-4]
    assert steps.min() >= 1
    assert steps.max() <= 3
    assert not np.diff(finer, axis=0).any()


@pytest.mark.parametrize("resolution", [128, 256, 512])
def test_trails_of_one_ball_are_as_bright_at_any_fineness(resolution: int) -> None:
    trails, world = Trails(resolution), release("point:-4,3", lr=0.01)
    for _ in range(20):
        world.step()
        advance(trails, world)
    assert trails.picture.shape == (resolution, resolution, 4)
    drawn = trails.light[..., :3].sum(axis=2)
    assert np.median(drawn[drawn > 0]) == pytest.approx(0.5, rel=0.5)


@pytest.mark.parametrize("resolution", [128, 256])
def test_a_crowds_trails_are_as_bright_at_any_fineness(resolution: int) -> None:
    means = []
    for texels in (resolution, 512):
        trails, world = Trails(texels), release("random", balls=20_000, lr=0.002)
        for _ in range(3):
            world.step()
            advance(trails, world)
        means.append(float(trails.light.mean()))
    assert means[0] == pytest.approx(means[1], rel=0.1)
