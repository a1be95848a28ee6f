"""Worlds: who starts where with what, what is refused at the door, and what is counted."""

import numpy as np
import pytest

import landscapes
from game.simulation import OPTIMIZERS, Status, World
from landscapes.errors import InputError

HIMMELBLAU = landscapes.get("himmelblau")
RASTRIGIN = landscapes.get("rastrigin")
EGGHOLDER = landscapes.get("eggholder")


def test_same_arguments_same_world() -> None:
    def roll(seed: int) -> World:
        world = World(RASTRIGIN, ["adam", "momentum"], balls=501, seed=seed, noise=0.2)
        world.step(100)
        return world

    first, again, other = roll(1), roll(1), roll(2)
    assert first.digest() == again.digest() != other.digest()
    assert np.array_equal(first.positions, again.positions)
    before = first.digest()
    first.step(0)
    assert first.digest() == before
    first.step()
    assert first.digest() != before


def test_teams_share_the_balls_and_start_from_the_same_points() -> None:
    world = World(HIMMELBLAU, ["sgd", "adam", "lion"], balls=100)
    assert [swarm.size for swarm in world.swarms] == [34, 33, 33]
    for swarm in world.swarms:
        assert np.array_equal(swarm.position, world.swarms[0].position[:, : swarm.size])
    assert world.positions.shape == world.previous.shape == (2, 100)
    assert world.losses.shape == world.status.shape == (100,)
    world.step(40)
    assert [swarm.tick for swarm in world.swarms] == [40, 40, 40]
    assert world.tick == 40


def test_a_team_does_not_feel_the_others() -> None:
    alone = World(HIMMELBLAU, ["adam"], balls=50)
    race = World(HIMMELBLAU, ["adam", "sgd"], balls=100)
    alone.step(100)
    race.step(100)
    assert np.array_equal(race.positions[:, :50], alone.positions)


def test_a_race_is_fair_or_every_team_for_itself() -> None:
    fair = World(HIMMELBLAU, ["sgd", "sgd"], balls=100, noise=0.5)
    apart = World(HIMMELBLAU, ["sgd", "sgd"], balls=100, noise=0.5, separate=True)
    assert (apart.swarms[0].position != apart.swarms[1].position).all()
    for world in (fair, apart):
        world.step(40)
    assert np.array_equal(fair.swarms[0].position, fair.swarms[1].position)
    assert np.array_equal(apart.swarms[0].position, fair.swarms[0].position)
    # From the same places, but not with the same noise.
    still = World(HIMMELBLAU, ["sgd", "sgd"], balls=100, noise=0.5, separate=True, start="grid")
    still.step()
    assert (still.swarms[0].position != still.swarms[1].position).any(axis=0).all()


def test_losses_are_those_of_the_shown_positions() -> None:
    world = World(EGGHOLDER, "momentum", lr=0.5, balls=500)
    world.step(320)
    counts = world.counts()
    assert counts["escaped"] > 0
    assert sum(counts.values()) == 500
    assert list(counts) == ["rolling", "settled", "escaped", "diverged", "waiting"]
    assert counts["escaped"] == int((world.status == Status.ESCAPED).sum())
    assert np.isfinite(world.positions).all()
    assert np.isfinite(world.previous).all()
    assert np.array_equal(world.losses, EGGHOLDER.value(world.positions), equal_nan=True)
    assert sum(valley.balls for valley in world.census()) == 500 - counts["escaped"] - counts["diverged"]


@pytest.mark.parametrize("name", [row.name for row in OPTIMIZERS])
def test_the_landscape_knows_a_good_rate(name: str) -> None:
    world = World(HIMMELBLAU, name, balls=300)
    assert world.swarms[0].lr == pytest.approx(HIMMELBLAU.learning_rates.get(name, world.swarms[0].lr))
    before = np.median(world.losses)
    world.step(600)
    assert np.median(world.losses) < 0.7 * before
    assert world.counts()["diverged"] == 0


def test_the_census_counts_every_ball_that_did_not_leave() -> None:
    world = World(HIMMELBLAU, ["adam", "rmsprop"], balls=1001)
    world.step(2000)
    census = world.census()
    left = world.counts()["escaped"] + world.counts()["diverged"]
    assert len(census) == 4
    assert sum(valley.balls for valley in census) == 1001 - left
    assert all(valley.balls == sum(valley.by_swarm) for valley in census)
    assert all(valley.is_global for valley in census)
    for k, swarm in enumerate(world.swarms):
        for valley in census:
            away = np.linalg.norm(swarm.position - [[valley.x], [valley.y]], axis=0)
            assert valley.by_swarm[k] == (away < 1).sum()


def test_only_the_deepest_valleys_are_global() -> None:
    census = World(RASTRIGIN, balls=10).census()
    assert [valley.is_global for valley in census] == [True] + [False] * 120
    assert np.diff([valley.loss for valley in census]).min() > -1e-6


def test_random_starts_fill_the_map() -> None:
    points = World(EGGHOLDER, balls=40_000).positions
    hits, _, _ = np.histogram2d(points[0], points[1], bins=4, range=[[-512, 512], [-512, 512]])
    assert hits.sum() == 40_000
    assert np.abs(hits - 2500).max() < 5 * 50


@pytest.mark.parametrize("balls", [1, 2, 7, 100, 1000])
@pytest.mark.parametrize("start", ["random", "grid", "ring", "point:1,-0.5", "point:5,5"])
def test_every_start_is_on_the_map(start: str, balls: int) -> None:
    points = World(HIMMELBLAU, balls=balls, start=start, dtype=np.float64).positions
    x_min, x_max, y_min, y_max = HIMMELBLAU.domain
    assert points.shape == (2, balls)
    assert ((points[0] >= x_min) & (points[0] <= x_max)).all()
    assert ((points[1] >= y_min) & (points[1] <= y_max)).all()
    assert len(np.unique(points, axis=1).T) == balls


def test_starts_have_their_shape() -> None:
    grid = World(EGGHOLDER, balls=400, start="grid", dtype=np.float64).positions
    assert np.unique(np.diff(np.unique(grid[0].round(9))).round(6)).size == 1
    assert np.unique(grid[0].round(9)).size == np.unique(grid[1].round(9)).size == 20
    ring = World(EGGHOLDER, balls=400, start="ring", dtype=np.float64).positions
    np.testing.assert_allclose(np.linalg.norm(ring, axis=0), 0.4 * EGGHOLDER.extent)
    point = World(EGGHOLDER, balls=400, start="point:100,-50", dtype=np.float64).positions
    assert point[:, 0].tolist() == [100.0, -50.0]
    assert np.linalg.norm(point - [[100], [-50]], axis=0).max() <= 0.01 * EGGHOLDER.extent


def test_settings_go_to_the_teams_that_have_them() -> None:
    world = World(HIMMELBLAU, ["momentum", "adam"], settings={"momentum": 0.5, "weight_decay": 0.1})
    momentum, adam = (swarm.settings for swarm in world.swarms)
    assert (momentum["momentum"], momentum["weight_decay"], adam["weight_decay"]) == (0.5, 0.1, 0.1)
    assert "momentum" not in adam


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"balls": 0}, "at least 1 ball, not 0"),
        ({"balls": -5}, "at least 1 ball"),
        ({"balls": 10**11}, "GB of memory"),
        ({"optimizer": "adma"}, "did you mean adam"),
        ({"optimizer": []}, "at least one optimizer"),
        ({"optimizer": ["sgd", "adam"], "balls": 1}, "need at least 2 balls"),
        ({"lr": 0.0}, "lr must be"),
        ({"lr": float("nan")}, "lr must be"),
        ({"seed": -1}, "seed must be"),
        ({"schedule": "cosinus"}, "did you mean cosine"),
        ({"start": "rnadom"}, "did you mean random"),
        ({"start": "point"}, "unknown start"),
        ({"start": "grid:1"}, "unknown start"),
        ({"start": "point:1"}, "needs two numbers"),
        ({"start": "point:1,2,3"}, "needs two numbers"),
        ({"start": "point:a,b"}, "needs two numbers"),
        ({"start": "point:99,0"}, "off the map"),
        ({"start": "point:nan,0"}, "off the map"),
        ({"batch_size": 0}, "batch size must be at least 1"),
        ({"border": "wall"}, "unknown border"),
        ({"stream": -5}, "stream must be"),
        ({"schedule": "cosine:t_max=0"}, "t_max must be"),
        ({"schedule": "cosine:tmax=10"}, "did you mean t_max"),
        ({"settings": {"clip_norm": -1.0}}, "clip_norm must be"),
        ({"optimizer": "local-search", "settings": {"sam": 0.1}}, "unknown setting"),
        ({"noise": -0.1}, "noise must be"),
        ({"noise": float("inf")}, "noise must be"),
        ({"settings": {"bete1": 0.5}}, "did you mean beta1"),
        ({"settings": {"beta1": 1.0}}, "beta1 must be a number from 0 to"),
        ({"settings": {"amsgrad": 0.5}}, "amsgrad must be true or false"),
        ({"settings": {"momentum": 0.5}}, "unknown setting"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        World(HIMMELBLAU, **arguments)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize(
    "name", ["valleys", "breast-cancer", "rosenbrock", "himmelblau", "rastrigin", "six-hump-camel"]
)
def test_whoever_has_settled_lies_at_a_minimum(name: str, optimizer: str) -> None:
    landscape = landscapes.get(name)
    world = World(landscape, optimizer, balls=400)
    world.step(1500)
    settled = world.positions[:, world.status == Status.SETTLED]
    valleys = world.valleys.minima
    away = np.linalg.norm(settled[:, :, None] - valleys[:, None, :], axis=0).min(axis=1)
    assert (away < 3e-3 * landscape.extent).all()


def test_balls_that_creep_along_the_floor_of_a_ravine_are_rolling() -> None:
    landscape = landscapes.get("rosenbrock")
    world = World(landscape, "sgd", balls=400)
    world.step(1500)
    away = np.linalg.norm(world.positions - landscape.minima[:1].T, axis=0)
    slow = np.linalg.norm(landscape.gradient(world.positions), axis=0) < 1e-2 * landscape.gradient_scale
    creeping = slow & (away > 0.05 * landscape.extent) & (world.status <= Status.SETTLED)
    assert creeping.sum() > 100
    assert (world.status[creeping] == Status.ROLLING).all()


def test_most_balls_settle_where_there_are_round_valleys() -> None:
    for name in ("valleys", "himmelblau", "rastrigin"):
        world = World(landscapes.get(name), "momentum", balls=400)
        world.step(1500)
        assert world.counts()["settled"] > 380


def test_the_census_tells_who_settled_where() -> None:
    world = World(HIMMELBLAU, ["momentum", "adam"], balls=600)
    world.step(40)
    early = world.census()
    assert sum(valley.settled for valley in early) < sum(valley.balls for valley in early)
    world.step(1500)
    for valley in world.census():
        assert valley.settled == sum(valley.settled_by_swarm) <= valley.balls == sum(valley.by_swarm)
    for number, swarm in enumerate(world.swarms):
        settled = sum(valley.settled_by_swarm[number] for valley in world.census())
        assert settled == int((swarm.status == Status.SETTLED).sum()) > 290


def test_standings_tell_losses_and_when_balls_arrived() -> None:
    world = World(HIMMELBLAU, ["sgd", "momentum"], balls=400)
    start = np.median(world.losses)
    assert world.standings()[0].steps_to_arrive is None
    world.watch()
    twin = World(HIMMELBLAU, "momentum", balls=200)
    paths = []
    for _ in range(400):
        world.step()
        twin.step()
        paths.append(twin.losses)
    slow, fast = world.standings()
    assert (slow.optimizer, fast.optimizer, slow.balls) == ("sgd", "momentum", 200)
    assert fast.median_loss == pytest.approx(float(np.median(twin.losses)))
    assert fast.best_loss == pytest.approx(float(twin.losses.min()))
    there = np.array(paths) <= 0.01 * start
    first = np.where(there.any(axis=0), there.argmax(axis=0) + 1, np.inf)
    assert fast.steps_to_arrive is not None
    assert np.median(first) <= fast.steps_to_arrive <= np.median(first) * 17 / 16 + 1
    assert fast.arrived == pytest.approx(there.any(axis=0).mean(), abs=0.02)
    assert slow.steps_to_arrive is None or slow.steps_to_arrive > fast.steps_to_arrive


def test_nobody_arrives_where_there_is_no_bottom() -> None:
    world = World(landscapes.get("saddle"), "sgd", balls=50)
    world.watch()
    world.step(100)
    assert world.standings()[0].steps_to_arrive is None


def test_a_sweep_gives_every_ball_a_rate_and_every_place_all_of_them() -> None:
    world = World(HIMMELBLAU, ["sgd", "adam"], lr=(1e-5, 1e-1), balls=800, start="grid")
    for swarm in world.swarms:
        rates = np.asarray(swarm.lr)
        np.testing.assert_allclose(np.sort(rates), np.geomspace(1e-5, 1e-1, 400))
        for axis in swarm.position:
            assert abs(np.corrcoef(axis, np.log(rates))[0, 1]) < 0.05
            low = np.log10(rates[axis < -3])
            assert (low.min() < -4.8, low.max() > -1.2) == (True, True)
    with pytest.raises(InputError, match="the smaller first"):
        World(HIMMELBLAU, lr=(0.1, 0.01))
