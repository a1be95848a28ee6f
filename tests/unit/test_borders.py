"""What happens at the border: nobody leaves who may not, and bounces are mirrors."""

import numpy as np
import pytest

import landscapes
from game.simulation import BORDERS, Status, World
from game.simulation.swarm import Swarm
from landscapes.errors import InputError
from landscapes.sampled import GridField
from tests.unit.surfaces import BOWL, PLATEAU, RIDGE, TILT, make_surface, scatter

KEPT = [row.name for row in BORDERS if row.bring]


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "rprop", "lion", "rolling-ball"])
def test_nobody_leaves(name: str, optimizer: str) -> None:
    swarm = Swarm(RIDGE, optimizer, scatter(200, reach=9.9), lr=0.3, border=name, noise=2.0)
    for _ in range(70):
        swarm.step()
        assert (np.abs(swarm.position) <= 10).all()
    assert np.isin(swarm.status, [Status.ROLLING, Status.SETTLED]).all()


def test_a_wall_stops_a_ball_and_lets_it_slide() -> None:
    swarm = Swarm(TILT, "sgd", np.array([[-9.5, 0.0], [5.0, 0.0]]), lr=0.1, border="clamp", dtype=np.float64)
    swarm.step(20)
    np.testing.assert_allclose(swarm.position, [[-10.0, -2.0], [3.0, -2.0]], atol=1e-12)
    swarm.step(300)
    assert (swarm.position == -10).all()
    assert (swarm.status == Status.SETTLED).all()


def test_a_ball_that_presses_against_a_wall_on_a_slope_along_it_is_rolling() -> None:
    swarm = Swarm(TILT, "sgd", np.array([[-10.0], [9.0]]), lr=1e-6, border="clamp", dtype=np.float64)
    swarm.step(64)
    assert swarm.status.tolist() == [Status.ROLLING]


def test_a_bounce_is_a_mirror() -> None:
    """On level ground momentum carries a ball on: with a cushion it is where the unfolded way would be, mirrored."""
    start, speed = np.array([[9.0, -3.0], [-8.0, 2.0]]), np.array([[0.37, 0.11], [-0.91, 2.3]])

    def roll(border: str, steps: int) -> Swarm:
        swarm = Swarm(PLATEAU, "momentum", start, lr=1.0, border=border, dtype=np.float64)
        swarm.set("momentum", 1.0)
        for block in swarm._blocks:
            block.slots["momentum_buffer"][...] = -speed
        swarm._began -= 1
        swarm.step(steps)
        return swarm

    for steps in (1, 5, 17, 30):
        straight = start + steps * speed
        folded = 10 - np.abs((straight + 10) % 40 - 20)
        np.testing.assert_allclose(roll("reflect", steps).position, folded, atol=1e-9)
        np.testing.assert_allclose(roll("wrap", steps).position, (straight + 10) % 20 - 10, atol=1e-9)


def test_a_bounce_turns_the_momentum_of_one_axis_only() -> None:
    swarm = Swarm(TILT, "momentum", np.array([[-9.99], [0.0]]), lr=0.1, border="reflect", dtype=np.float64)
    swarm.step()
    assert np.array_equal(swarm.slots["momentum_buffer"], [[-1.0], [1.0]])
    np.testing.assert_allclose(swarm.position, [[-9.91], [-0.1]])


def test_who_comes_in_on_the_other_side_is_seen_to_roll_in() -> None:
    swarm = Swarm(TILT, "sgd", np.array([[-9.9], [0.0]]), lr=0.3, border="wrap", dtype=np.float64)
    swarm.step()
    np.testing.assert_allclose(swarm.position, [[9.8], [-0.3]])
    np.testing.assert_allclose(swarm.position - swarm.previous, [[-0.3], [-0.3]])


def test_the_border_leaves_balls_inside_alone() -> None:
    surface = landscapes.get("himmelblau")
    worlds = [World(surface, "adam", balls=200, border=row.name) for row in BORDERS]
    for world in worlds:
        world.step(100)
    inside = worlds[0].status <= Status.SETTLED
    for world in worlds[1:]:
        assert np.array_equal(world.positions[:, inside], worlds[0].positions[:, inside])


def test_a_ball_that_ran_off_to_infinity_has_diverged_whatever_the_border() -> None:
    for name in ("reflect", "wrap"):
        swarm = Swarm(BOWL, "sgd", scatter(5), lr=1e30, border=name, settings={"momentum": 0.9})
        swarm.step(320)
        assert not np.isinf(swarm.position).any()
        assert np.isfinite(swarm.shown()[0]).all()


def test_names() -> None:
    assert [row.name for row in BORDERS] == ["mark", "clamp", "reflect", "wrap"]
    with pytest.raises(InputError, match="did you mean reflect"):
        Swarm(BOWL, "sgd", scatter(3), border="reflct")


def test_nobody_crosses_a_hole_unnoticed() -> None:
    """A wall of one cell across a slope, and steps longer than it is wide."""
    side = np.linspace(-10, 10, 81)
    loss = np.tile(side, (81, 1))
    loss[:, 40] = np.nan
    surface = make_surface(GridField(loss, (-10.0, 10.0, -10.0, 10.0)))
    start = np.array([[9.0, 5.1, -3.0, 0.1], [2.0, -7.0, 0.0, 3.0]])
    swarm = Swarm(surface, "sgd", start, lr=1.7, dtype=np.float64)
    swarm.step(1)
    assert swarm.status.tolist() == [Status.ROLLING, Status.ROLLING, Status.ROLLING, Status.ESCAPED]
    swarm.step(5)
    assert swarm.status.tolist() == [Status.ESCAPED if k != 2 else Status.ROLLING for k in range(4)]
    seen = swarm.shown()[0]
    np.testing.assert_allclose(seen[0, :2], 0.25, atol=1e-9)
    np.testing.assert_allclose(seen[1], start[1], atol=1e-9)
    assert np.isnan(swarm.position[:, [0, 1, 3]]).all()
    swarm.step(64)
    assert (swarm.status == Status.ESCAPED).all()
