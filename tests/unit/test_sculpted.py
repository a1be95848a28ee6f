"""Ground that is changed by hand: exact, felt at once, and drawn where it is."""

import dataclasses
from collections.abc import Callable

import moderngl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import landscapes
from game import commands
from game.mouse import Hand
from game.scene.frame import Stage
from game.scene.reshape import find_lift, reshape
from game.scene.terrain import build_terrain
from game.session import Experiment, Session
from game.simulation import OPTIMIZERS, World
from game.studio import open_studio
from landscapes import InputError
from landscapes.landscape import check
from landscapes.sampled import GridField
from landscapes.sculpted import MOST_BUMPS, Bump, SculptedField, find_smoothing, sculpt

HIMMELBLAU = landscapes.get("himmelblau")
HILL = Bump(1.0, 0.5, 2.0, 80.0)


def start(**experiment: object) -> Session:
    return Session(
        Experiment(**{"landscape": "himmelblau", "balls": 80, **experiment}),  # type: ignore[arg-type]
        commands.apply,
    )


@given(x=st.floats(-5, 5), y=st.floats(-5, 5), radius=st.floats(0.2, 5), height=st.floats(-1e3, 1e3))
@settings(max_examples=25, deadline=None)
def test_sculpted_ground_keeps_the_contract_of_landscapes(
    x: float, y: float, radius: float, height: float
) -> None:
    check(sculpt(HIMMELBLAU, Bump(x, y, radius, height)))


def test_a_bump_is_as_high_as_it_says_and_ends_where_it_says() -> None:
    changed = sculpt(HIMMELBLAU, HILL)
    at = np.array([[1.0, 1.0, 3.0001, -1.0], [0.5, 1.5, 0.5, 0.5]])
    grown = changed.value(at) - HIMMELBLAU.value(at)
    np.testing.assert_allclose(grown, [80.0, 80.0 * 0.75**3, 0, 0], atol=1e-10)
    np.testing.assert_array_equal(changed.gradient(at)[:, 2:], HIMMELBLAU.gradient(at)[:, 2:])


def test_many_bumps_are_baked_and_the_ground_stays_the_same() -> None:
    rng = np.random.default_rng(0)
    ground, plain = HIMMELBLAU, SculptedField(HIMMELBLAU.field, (), ())
    for _ in range(MOST_BUMPS + 3):
        x, y, radius, height = (
            rng.uniform(-4, 4),
            rng.uniform(-4, 4),
            rng.uniform(0.5, 2),
            rng.uniform(-50, 50),
        )
        bump = Bump(x, y, radius, height)
        ground, plain = sculpt(ground, bump), SculptedField(plain.base, (*plain.bumps, bump), ())
    assert isinstance(ground.field, SculptedField)
    assert isinstance(ground.field.base, GridField)
    assert len(ground.field.bumps) == 3
    check(ground)
    at = rng.uniform(-5, 5, (2, 500))
    exact = dataclasses.replace(HIMMELBLAU, field=plain)
    np.testing.assert_allclose(ground.value(at), exact.value(at), atol=1e-3)
    np.testing.assert_allclose(ground.gradient(at), exact.gradient(at), atol=0.05)


def test_a_brush_that_stays_makes_one_bump() -> None:
    twice = sculpt(sculpt(HIMMELBLAU, HILL), HILL)
    assert isinstance(twice.field, SculptedField)
    assert twice.field.bumps == (HILL._replace(height=160.0),)


def test_holes_stay_holes() -> None:
    holed = landscapes.get("sqrt(x^2+y^2-1); domain=-3,3,-3,3")
    assert not np.isfinite(holed.value(np.zeros((2, 1)))).any()
    ground = sculpt(holed, Bump(1.5, 0.0, 1.5, 1.0))
    world = World(ground, "sgd", balls=200)
    world.step(64)
    with np.errstate(all="ignore"):
        assert not np.isfinite(ground.value(np.zeros((2, 1)))).any()
    for _ in range(MOST_BUMPS):
        ground = sculpt(ground, Bump(1.5, 0.01, 0.5, 0.1))
        ground = sculpt(ground, Bump(1.5, 0.0, 0.5, 0.1))
    assert ground.field.crosses(np.array([[-2.0], [0.0]]), np.array([[2.0], [0.0]])).all()  # type: ignore[attr-defined]
    World(ground, "sgd", balls=200).step(64)


def test_smoothing_lowers_a_top_and_leaves_a_slope() -> None:
    top = landscapes.get("-(x^2+y^2); domain=-3,3,-3,3")
    bump = find_smoothing(top, 0.0, 0.0, 1.0)
    assert -1 < bump.height < 0
    slope = landscapes.get("2*x+y; domain=-3,3,-3,3")
    assert find_smoothing(slope, 0.3, 0.2, 1.0).height == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("landscape", "bump", "why"),
    [
        ("himmelblau", Bump(9, 0, 1, 1), "9,0 is off the map"),
        ("himmelblau", Bump(0, 0, 0.01, 1), "the radius must be from 0.2 to 5, not 0.01"),
        ("himmelblau", Bump(0, 0, 1, np.inf), "the height of a bump must be a number"),
        ("xor", Bump(0, 0, 0.1, 1), "is made of data: no hand can change it"),
    ],
)
def test_what_cannot_be_sculpted_is_told_in_a_line(landscape: str, bump: Bump, why: str) -> None:
    with pytest.raises(InputError) as error:
        sculpt(landscapes.get(landscape), bump)
    assert why in str(error.value)


@pytest.mark.parametrize("name", [row.name for row in OPTIMIZERS])
def test_balls_stay_and_remember_when_the_ground_changes(name: str) -> None:
    world = World(HIMMELBLAU, name, balls=50)
    world.step(40)
    places, memory = world.positions, world.swarms[0].slots
    world.reground(sculpt(HIMMELBLAU, HILL))
    np.testing.assert_array_equal(world.positions, places)
    for key, slot in world.swarms[0].slots.items():
        np.testing.assert_array_equal(slot, memory[key])
    # The same bump the other way up: as if nothing had been.
    world.reground(sculpt(world.landscape, HILL._replace(height=-80.0)))
    world.reground(HIMMELBLAU)
    world.step(40)
    straight = World(HIMMELBLAU, name, balls=50)
    straight.step(80)
    np.testing.assert_array_equal(world.positions, straight.positions)


def test_balls_feel_a_hill_at_once_and_valleys_are_found_anew() -> None:
    x, y = 3.0, 2.0
    world = World(HIMMELBLAU, "sgd", balls=400, lr=1e-3)
    world.step(2000)
    (valley,) = [one for one in world.census() if np.hypot(one.x - x, one.y - y) < 0.1]
    assert valley.balls > 20
    world.reground(sculpt(HIMMELBLAU, Bump(x + 0.3, y, 1.5, 120.0)))
    world.step(2000)
    assert not [one for one in world.census() if np.hypot(one.x - x, one.y - y) < 0.1]
    assert np.hypot(*(world.positions - [[x], [y]])).min() > 0.3
    with pytest.raises(InputError, match="is another map than"):
        world.reground(landscapes.get("ravine"))


def test_a_release_keeps_the_ground_and_another_landscape_does_not() -> None:
    session = start()
    session.execute("ground.sculpt 1,0.5 2 80")
    ground = session.world.landscape
    for line in ("balls.release", "balls.set 30", "seed.set 4"):
        session.execute(line)
        assert session.world.landscape is ground
    again = start()
    for _, line in session.log:
        again.execute(line)
    again.advance(50)
    session.advance(50)
    assert again.world.digest() == session.world.digest()
    session.execute("ground.restore")
    assert session.world.landscape is landscapes.get("himmelblau")
    session.execute("ground.sculpt 1,0.5 2 80")
    session.execute("landscape.select ravine")
    assert session.world.landscape is landscapes.get("ravine")


@given(x=st.floats(-5, 5), y=st.floats(-5, 5), radius=st.floats(0.2, 3), share=st.floats(-0.2, 0.2))
@settings(max_examples=15, deadline=None)
def test_what_a_stroke_touches_is_drawn_as_if_all_were_baked(
    x: float, y: float, radius: float, share: float
) -> None:
    loss = float(HIMMELBLAU.value(np.array([[x], [y]]))[0])
    bump = Bump(x, y, radius, find_lift(TERRAIN.scale, loss, share))
    changed = sculpt(HIMMELBLAU, bump)
    drawn = reshape(TERRAIN, changed, [bump])
    wanted = TERRAIN.rise * TERRAIN.scale.heights(changed.grid(len(TERRAIN.heights))[2])
    np.testing.assert_allclose(drawn.heights, wanted, atol=1e-6)
    assert drawn.height_of(loss + bump.height) == pytest.approx(
        drawn.to_scene(np.array([[x], [y]]))[2, 0], abs=0.02
    )
    np.testing.assert_allclose(np.linalg.norm(drawn.normals, axis=2), 1, atol=1e-5)
    whole = np.gradient(drawn.heights, 2 / 512)
    np.testing.assert_allclose(drawn.normals[..., 0] / -drawn.normals[..., 2], whole[1], atol=0.02)


TERRAIN = build_terrain(HIMMELBLAU)


def test_a_stroke_is_seen_at_once_and_lit_when_it_ends() -> None:
    session, stage = start(), Stage()
    session.execute("play.pause")
    before = stage.build_frame(session, (320, 180)).terrain
    session.view.stroking = True
    session.execute("ground.sculpt 1,0.5 2 80")
    during = stage.build_frame(session, (320, 180)).terrain
    assert (during.heights != before.heights).any()
    assert during.light is before.light
    assert stage.build_frame(session, (320, 180)).terrain is during
    session.view.stroking = False
    after = stage.build_frame(session, (320, 180)).terrain
    assert (after.light != before.light).any()
    assert after.scale.relief == before.scale.relief


@pytest.fixture
def stroke(context: moderngl.Context) -> Callable[..., list[str]]:
    """Strokes the ground, and gives the lines that this became."""

    def through(*keys: str, landscape: str = "himmelblau") -> list[str]:
        session = start(landscape=landscape, balls=2)
        for line in ("play.pause", "panel.toggle", "camera.look map", "brush.toggle"):
            session.execute(line)
        session.camera.pose = session.camera.goal
        session.log.clear()
        with open_studio(context, (320, 180), "low", live=True) as studio:
            studio.draw(session)
            hand = Hand(session, studio)
            hand.press(1, (150, 80), frozenset(keys))
            for k in range(20):
                hand.move((150 + k, 80), (1, 0))
                hand.hold()
                session.tick(1 / 60)
            hand.release(1, (170, 80), frozenset(), 0.0)
            hand.wheel(1.0)
            hand.hold()
            session.tick(1 / 60)
            studio.draw(session)
        assert not session.view.stroking
        return [line for _, line in session.log]

    return through


@pytest.mark.parametrize(
    ("keys", "command", "sign"),
    [((), "ground.sculpt", 1), (("shift",), "ground.sculpt", -1), (("ctrl",), "ground.smooth", 0)],
)
def test_the_brush_raises_lowers_and_smooths(
    stroke: Callable[..., list[str]], keys: tuple[str, ...], command: str, sign: int
) -> None:
    *strokes, wheel = stroke(*keys)
    assert wheel.split()[0] == "brush.scale"
    assert 3 <= len(strokes) <= 6
    for line in strokes:
        name, _, *numbers = line.split()
        assert name == command
        assert not sign or np.sign(float(numbers[1])) == sign


def test_the_brush_on_ground_of_data_does_nothing_but_say_so(stroke: Callable[..., list[str]]) -> None:
    assert [line.split()[0] for line in stroke(landscape="xor")] == ["brush.scale"]
