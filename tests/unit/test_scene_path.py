"""What a selected ball did and feels, and who leads."""

import itertools
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import landscapes
from game import commands
from game.scene.frame import HIDDEN_LEADER, Frame, Stage
from game.scene.leaders import EVERY, HOLD, Leaders
from game.scene.path import (
    ARROW_WIDTH,
    CLOSE,
    DRAPE,
    FAR,
    LENGTH,
    LIFT,
    LONGEST_ARROW,
    NO_RIBBON,
    Path,
    aim_arrows,
    compress,
    find_swarm,
    lay_ribbon,
    look_at,
)
from game.scene.terrain import Terrain, build_terrain
from game.session import Experiment, Session
from game.simulation import OPTIMIZERS, Status, World
from landscapes.network.weights import WeightSpace

Points = npt.NDArray[np.float64]

SIZE = (640, 360)
FOLLOWERS = [row.name for row in OPTIMIZERS if not row.draws]


def start(landscape: str = "himmelblau", balls: int = 40, **experiment: object) -> Session:
    return Session(Experiment(landscape, balls=balls, **experiment), commands.apply)  # type: ignore[arg-type]


@cache
def ground(name: str) -> Terrain:
    return build_terrain(landscapes.get(name))


def build(session: Session, stage: Stage | None = None) -> Frame:
    return (stage or Stage()).build_frame(session, SIZE)


def walk(session: Session, ball: int, steps: int) -> Points:
    """Where a ball is before and after each of some steps."""
    places = [session.world.positions[:, ball]]
    for _ in range(steps):
        session.world.step()
        places.append(session.world.positions[:, ball])
    return np.array(places, np.float64).T


@given(ball=st.integers(0, 39), runs=st.lists(st.integers(1, 40), min_size=1, max_size=5))
@settings(max_examples=15, deadline=None)
def test_every_step_of_a_selected_ball_is_recorded_however_fast_the_game_is(
    ball: int, runs: list[int]
) -> None:
    followed, plain = start(optimizers=("momentum",)), start(optimizers=("momentum",))
    followed.execute(f"ball.select {ball}")
    for steps in runs:
        followed.advance(steps)
    assert followed.path is not None
    np.testing.assert_array_equal(followed.path.places, walk(plain, ball, sum(runs)))
    # To be followed changes nothing.
    assert followed.world.digest() == plain.world.digest()


def test_in_a_race_and_among_whole_networks_it_is_that_balls_way() -> None:
    for session in (
        start(optimizers=("sgd", "adam", "lion")),
        start("breast-cancer", balls=6, space="whole"),
    ):
        session.execute("ball.select 5")
        session.advance(4)
        assert session.path is not None
        place = session.world.positions[:, 5]
        np.testing.assert_allclose(session.path.places[:, -1], place, rtol=1e-6)
        assert session.path.places.shape == (2, 5)


def test_a_way_is_bounded() -> None:
    session = start(balls=2, optimizers=("adam",))
    session.execute("ball.select 1")
    session.advance(LENGTH + 60)
    assert session.path is not None
    places = session.path.places
    assert places.shape == (2, LENGTH)
    np.testing.assert_array_equal(places[:, -1], session.world.positions[:, 1])


def test_a_way_begins_at_the_selection_and_anew_with_another_ball_or_release() -> None:
    session = start()
    session.advance(20)
    assert session.path is None
    session.execute("ball.select 3")
    for line in ("ball.select 4", "balls.release", "ball.select none"):
        session.advance(5)
        assert session.path is not None
        assert session.path.places.shape == (2, 6)
        session.execute(line)
    session.execute("ball.select 4")
    assert session.path is not None
    assert session.path.places.shape == (2, 6), "nothing has happened since"
    session.execute("ball.select none")
    session.advance(1)
    session.execute("ball.select 4")
    assert session.path.places.shape == (2, 1)


def test_a_ball_that_is_nowhere_has_no_more_way() -> None:
    session = start("saddle", lr=0.05, balls=4)
    session.execute("ball.select 2")
    session.advance(96)
    assert session.world.status[2] == Status.ESCAPED
    assert session.path is not None
    length = session.path.places.shape[1]
    assert length <= 97
    assert np.isfinite(session.path.places).all()
    session.advance(10)
    assert session.path.places.shape[1] == length


@pytest.mark.parametrize("batch", [None, 1, 16])
@pytest.mark.parametrize("landscape", ["himmelblau", "breast-cancer"])
def test_plain_descent_goes_down_the_slope_that_was_told(landscape: str, batch: int | None) -> None:
    """By its rate, of the samples that it really sees; noise is told apart."""
    session = start(landscape, balls=5, lr=0.01, batch_size=batch)
    world, swarm = session.world, session.world.swarms[0]
    for _ in range(3):
        look = look_at(world, 3)
        before = swarm.position[:, 3]
        world.step()
        assert look.slope is not None
        assert look.noisy == (batch is not None and landscape == "himmelblau")
        assert look.seen == (batch if landscape == "breast-cancer" else None)
        wanted = before - np.float32(0.01) * look.slope
        if look.noisy:
            exact = world.landscape.gradient(look.at[:, None].astype(np.float64))[:, 0]
            np.testing.assert_allclose(look.slope, exact, rtol=1e-4, atol=1e-3)
        else:
            np.testing.assert_allclose(swarm.position[:, 3], wanted, rtol=2e-6, atol=1e-7)
        after = look_at(world, 3)
        assert after.felt is not None
        np.testing.assert_array_equal(after.felt, look.slope)
        np.testing.assert_array_equal(after.step, swarm.position[:, 3] - before)


def test_what_a_whole_network_feels_is_told_as_the_map_shows_it() -> None:
    world = World(landscapes.get("breast-cancer"), "sgd", lr=0.5, balls=4, space="whole", dtype=np.float64)
    world.step(3)
    look, before = look_at(world, 2), world.positions[:, 2]
    assert look.slope is not None
    assert look.terms == ()
    world.step()
    np.testing.assert_allclose(world.positions[:, 2] - before, -0.5 * look.slope, rtol=1e-6)
    assert isinstance(world.landscape.weights, WeightSpace)


@pytest.mark.parametrize("name", FOLLOWERS)
def test_every_method_tells_what_it_remembers_in_the_order_of_its_table(name: str) -> None:
    session = start(optimizers=(name,), balls=9)
    session.advance(7)
    look, swarm = look_at(session.world, 4), session.world.swarms[0]
    told = [term.name.removeprefix("\u221a") for term in look.terms]
    assert told == [slot.name for slot in swarm.optimizer.slots if slot.name in swarm.slots]
    for term in look.terms:
        assert np.isfinite(term.value).all()
        assert term.value.shape == (2,)
    assert look.optimizer.name == name
    assert look.loss == pytest.approx(float(session.world.losses[4]))
    assert look.valley == int(session.world.valleys.label(session.world.positions)[4])


def test_the_terms_make_the_last_step() -> None:
    steps = 9
    worlds = {
        name: World(landscapes.get("himmelblau"), name, lr=0.001, balls=4) for name in ("momentum", "adam")
    }
    for world in worlds.values():
        world.step(steps)
    heavy = look_at(worlds["momentum"], 1)
    np.testing.assert_allclose(heavy.step, -0.001 * heavy.terms[0].value, rtol=1e-3)
    adam = look_at(worlds["adam"], 1)
    mean, root = (term.value.astype(float) for term in adam.terms)
    # Kingma and Ba 2015, with the bias corrected.
    wanted = -0.001 * (mean / (1 - 0.9**steps)) / (root / np.sqrt(1 - 0.999**steps) + 1e-8)
    np.testing.assert_allclose(adam.step, wanted, rtol=2e-3)


@pytest.mark.parametrize("name", ["random-search", "local-search"])
def test_a_search_feels_no_slope(name: str) -> None:
    session = start(optimizers=(name,))
    session.execute("ball.select 1")
    session.advance(30)
    assert session.look is not None
    assert session.look.slope is None
    assert all(arrow.mine for arrow in build(session).arrows)


def test_a_ball_that_left_is_looked_at_where_it_was_last_seen() -> None:
    session = start("saddle", lr=0.05, balls=4)
    session.advance(200)
    assert (session.world.status == Status.ESCAPED).all()
    look = look_at(session.world, 2)
    assert look.status is Status.ESCAPED
    np.testing.assert_allclose(look.at, session.world.positions[:, 2])
    assert not look.step.any()
    session.execute("ball.select 2")
    assert build(session).arrows == ()


def test_looked_at_once_a_step() -> None:
    session = start()
    session.execute("ball.select 1")
    first = session.look
    assert session.look is first
    session.execute("play.step 1")
    second = session.look
    assert second is not first
    session.execute("batch.set 4")
    assert session.look is not second
    with pytest.raises(IndexError, match="no ball 40"):
        find_swarm(session.world, 40)


def heights_above(ribbon: npt.NDArray[np.float32], terrain: Terrain) -> npt.NDArray[np.float32]:
    share = (ribbon[:, :2].T / np.array(terrain.half_size)[:, None] + 1) / 2
    return ribbon[:, 2] - terrain.height(share)


STEPS = st.lists(st.tuples(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5)), min_size=2, max_size=40)


@given(places=STEPS, name=st.sampled_from(["himmelblau", "rastrigin"]))
@settings(max_examples=60, deadline=None)
def test_a_ribbon_lies_on_the_ground_and_passes_every_place(
    places: list[tuple[float, float]], name: str
) -> None:
    terrain, way = ground(name), np.array(places).T
    ribbon = lay_ribbon(way, terrain)
    corners = terrain.to_scene(way)
    length = np.hypot(*np.diff(corners[:2].astype(float))).sum()
    if length < CLOSE:
        assert not len(ribbon)
        return
    np.testing.assert_allclose(heights_above(ribbon, terrain), LIFT, atol=1e-5)
    np.testing.assert_allclose(ribbon[-1, :3], corners[:, -1] + (0, 0, LIFT), atol=1e-5)
    assert ribbon[-1, 3] == 1
    assert (np.diff(ribbon[:, 3]) > 0).all()
    assert 0 <= ribbon[0, 3] < 1
    assert np.hypot(*np.diff(ribbon[:, :2], axis=0).T).max() < max(DRAPE, length / 1000) + 1e-5
    for corner in corners.T:
        assert np.hypot(*(ribbon[:, :2] - corner[:2]).T).min() <= CLOSE + 1e-5


def test_a_ribbon_ends_where_its_ball_left_the_map_and_begins_where_it_came_back() -> None:
    terrain = ground("himmelblau")
    out = np.array([[0.0, 4.0, 4.9, 7.0, 40.0], [0.0, 0, 0, 0, 0]])
    ribbon = lay_ribbon(out, terrain)
    assert ribbon[-1, 0] == pytest.approx(terrain.to_scene(out[:, 2:3])[0, 0])
    back = np.concatenate([out, np.array([[4.5, 3.0], [1.0, 2.0]])], axis=1)
    ribbon = lay_ribbon(back, terrain)
    np.testing.assert_allclose(ribbon[[0, -1], :2], terrain.to_scene(back[:, -2:])[:2].T, atol=1e-6)
    assert lay_ribbon(out[:, -2:], terrain) is NO_RIBBON
    assert lay_ribbon(np.empty((2, 0)), terrain) is NO_RIBBON


def test_a_ball_that_goes_around_the_map_leaves_no_line_across_it() -> None:
    session = start("rastrigin", balls=60, border="wrap")
    session.execute("optimizer.select momentum")
    session.execute("lr.decades 1.5")
    around = 0
    for ball in range(0, 60, 7):
        session.execute(f"ball.select {ball}")
        session.execute("balls.release")
        session.advance(80)
        assert session.path is not None
        x_min, x_max, y_min, y_max = session.world.landscape.domain
        jumps = np.abs(np.diff(session.path.places))
        around += session.path.places.shape[1] < 81
        assert (jumps[0] <= (x_max - x_min) / 2).all()
        assert (jumps[1] <= (y_max - y_min) / 2).all()
    assert around


def test_the_ribbon_reaches_to_where_the_ball_has_glided() -> None:
    session, stage = start(optimizers=("momentum",)), Stage()
    session.execute("ball.select 7")
    session.execute("speed.set 0.1")
    seen = set()
    for _ in range(30):
        session.tick(1 / 60)
        frame = build(session, stage)
        assert frame.selected == 7
        if not len(frame.ribbon):
            continue
        seen.add(round(session.alpha, 3))
        at = frame.previous[:, 7] + np.float32(frame.alpha) * (frame.positions[:, 7] - frame.previous[:, 7])
        wanted = frame.terrain.to_scene(at[:, None])[:, 0] + (0, 0, LIFT)
        np.testing.assert_allclose(frame.ribbon[-1, :3], wanted, atol=1e-5)
        for arrow in frame.arrows:
            np.testing.assert_array_equal(arrow.foot, frame.terrain.share(at[:, None])[:, 0])
    assert len(seen) > 5


def test_marks_cost_nothing_while_nothing_is_selected_and_nothing_anew_while_nothing_moves() -> None:
    session, stage = start(), Stage()
    session.advance(10)
    frame = build(session, stage)
    assert frame.ribbon is NO_RIBBON
    assert frame.arrows == ()
    assert not len(frame.leaders)
    assert session.path is None
    assert session.look is None
    session.execute("ball.select 2")
    session.execute("play.step 3")
    first = build(session, stage)
    assert len(first.ribbon)
    session.execute("camera.zoom 2")
    assert build(session, stage).ribbon is first.ribbon
    session.execute("play.step 1")
    assert build(session, stage).ribbon is not first.ribbon


def test_a_waiting_ball_has_no_marks() -> None:
    session = start(balls=64, stream=60)
    session.execute("ball.select 63")
    session.advance(2)
    assert session.world.status[63] == Status.WAITING
    frame = build(session)
    assert frame.selected is None
    assert not len(frame.ribbon)
    assert frame.arrows == ()


VECTORS = st.tuples(st.floats(-9, 9), st.floats(-9, 9)).filter(lambda v: np.hypot(*v) > 1e-3)
LOOK = look_at(start().world, 0)


@given(slope=VECTORS, step=VECTORS, x=st.floats(-5, 5), y=st.floats(-5, 5))
@settings(max_examples=60, deadline=None)
def test_arrows_point_downhill_and_along_the_step(
    slope: tuple[float, float], step: tuple[float, float], x: float, y: float
) -> None:
    terrain = ground("himmelblau")
    look = LOOK._replace(slope=np.array(slope), step=np.array(step))
    eye = np.array([5.0, 0, 5], np.float32)
    arrows = aim_arrows(look, np.array([x, y]), terrain, eye)
    assert sorted(arrow.mine for arrow in arrows) == [False, True]
    for arrow in arrows:
        wanted = np.array(step) if arrow.mine else -np.array(slope)
        length = np.hypot(*arrow.vector)
        np.testing.assert_allclose(arrow.vector / length, wanted / np.hypot(*wanted), atol=1e-5)
        np.testing.assert_allclose(arrow.foot, ((x + 5) / 10, (y + 5) / 10), atol=1e-6)
        assert 0 < length <= LONGEST_ARROW + 1e-6
        assert arrow.width == pytest.approx(ARROW_WIDTH)
    assert np.hypot(*arrows[0].vector) >= np.hypot(*arrows[1].vector)


def test_arrows_look_as_long_from_near() -> None:
    terrain, at = ground("himmelblau"), np.array([1.0, 2.0])
    look = LOOK._replace(slope=np.array([3.0, 4.0]), step=np.zeros(2))
    foot = terrain.to_scene(at[:, None])[:, 0]
    sizes = []
    for distance in (FAR / 8, FAR / 2, FAR, 3 * FAR):
        eye = foot + np.array([0, 0, distance], np.float32)
        (arrow,) = aim_arrows(look, at, terrain, eye)
        sizes.append((np.hypot(*arrow.vector) / min(distance, FAR), arrow.width / min(distance, FAR)))
    np.testing.assert_allclose(sizes, [sizes[0]] * 4, rtol=1e-4)


def test_there_is_no_arrow_for_nothing_nor_beside_the_map() -> None:
    terrain, eye = ground("himmelblau"), np.array([5.0, 0, 5], np.float32)
    nothing = LOOK._replace(slope=np.zeros(2), step=np.array([np.nan, 1.0]))
    assert aim_arrows(nothing, np.zeros(2), terrain, eye) == ()
    assert aim_arrows(LOOK, np.array([5.5, 0]), terrain, eye) == ()


def test_arrow_lengths_tell_powers_of_ten_apart() -> None:
    lengths = [compress(share) for share in (0, 1e-4, 1e-3, 1e-2, 1e-1, 1, 100)]
    assert lengths[0] == 0
    assert lengths[-1] == 1
    assert lengths == sorted(lengths)
    np.testing.assert_allclose(np.diff(lengths[2:6]), 0.25, atol=0.02)


def lowest(world: World) -> list[int]:
    """The lowest ball of each team among those on the map."""
    found, first = [], 0
    for swarm in world.swarms:
        losses = np.where(world.status <= Status.SETTLED, world.losses, np.inf)
        losses = losses[first : first + swarm.size]
        found.append(first + int(np.argmin(np.where(np.isfinite(losses), losses, np.inf))))
        first += swarm.size
    return found


def test_each_team_has_one_leader_and_it_is_the_lowest_ball_once_that_lasts() -> None:
    world = World(landscapes.get("himmelblau"), ("sgd", "adam", "momentum"), balls=90)
    leaders = Leaders(world)
    leaders.advance()
    assert list(leaders.balls) == lowest(world)
    world.step(600)
    for _ in range(3):
        world.step(HOLD)
        leaders.advance()
    np.testing.assert_array_equal(world.losses[list(leaders.balls)], world.losses[lowest(world)])


def test_the_leader_does_not_flicker() -> None:
    world = World(landscapes.get("himmelblau"), "sgd", balls=50, noise=1.0, lr=0.005)
    leaders = Leaders(world)
    best: list[int] = []
    shown: list[int] = []
    for _ in range(400):
        world.step()
        leaders.advance()
        best += lowest(world)
        shown += leaders.balls
    flickers = sum(one != other for one, other in itertools.pairwise(best))
    changes = [tick for tick in range(1, len(shown)) if shown[tick] != shown[tick - 1]]
    assert flickers > 40, "otherwise there is nothing to calm"
    assert 1 <= len(changes) <= flickers / 20
    assert min(np.diff(changes), default=HOLD) >= HOLD
    assert all(best[tick] == shown[tick] for tick in changes)


def test_a_leader_that_leaves_is_replaced_at_the_next_look() -> None:
    world = World(landscapes.get("saddle"), "sgd", lr=0.02, balls=60)
    leaders, replaced = Leaders(world), set()
    for _ in range(60):
        world.step(EVERY)
        leaders.advance()
        assert all(world.status[ball] <= Status.SETTLED for ball in leaders.balls)
        assert bool(leaders.balls) == bool((world.status <= Status.SETTLED).any())
        replaced |= set(leaders.balls)
    assert len(replaced) > 1


@pytest.mark.parametrize(
    ("optimizers", "lines", "teams"),
    [
        (("sgd",), (), 0),
        (("sgd",), ("leader.toggle",), 1),
        (("sgd",), ("leader.toggle", "leader.toggle"), 0),
        (("sgd", "adam"), (), 2),
        (("sgd", "adam"), ("leader.toggle",), 0),
    ],
)
def test_leaders_glow_in_races_and_when_asked_for(
    optimizers: tuple[str, ...], lines: tuple[str, ...], teams: int
) -> None:
    session = start(optimizers=optimizers)
    for line in lines:
        session.execute(line)
    session.advance(5)
    frame = build(session)
    assert frame.leaders.shape == (teams, 4)
    assert frame.leader_colours.shape == (teams,)
    for mark, colour, ball in zip(frame.leaders, frame.leader_colours, lowest(session.world), strict=False):
        middle = frame.terrain.to_scene(frame.positions[:, ball : ball + 1])[:, 0] + (0, 0, frame.radius)
        np.testing.assert_allclose(mark[:3], middle, atol=1e-6)
        assert mark[3] in (1, np.float32(HIDDEN_LEADER))
        assert colour == frame.colour_index[ball]


def test_a_path_of_its_own_starts_where_the_ball_is() -> None:
    session = start()
    session.advance(3)
    path = Path(session.world, 9)
    np.testing.assert_array_equal(path.places[:, 0], session.world.positions[:, 9])
