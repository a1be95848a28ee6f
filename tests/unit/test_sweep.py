"""Which learning rate reached which loss; and the loss plot says of lost balls what the standings say."""

import math

import numpy as np
import numpy.typing as npt
import pytest

from game import commands
from game.commands.sweep import RATES, count_rates, find_swept
from game.commands.tables import make_table
from game.session import CENSUS_TICKS, Experiment, Session
from game.simulation.race import find_quantiles


def start(*optimizers: str, landscape: str = "himmelblau", balls: int = 600, **experiment: object) -> Session:
    session = Session(Experiment(landscape, optimizers, balls=balls, **experiment), commands.apply)  # type: ignore[arg-type]
    session.advance(120)
    return session


def is_on_map(session: Session, team: int) -> npt.NDArray[np.bool_]:
    x, y = session.world.swarms[team].on_map
    left, right, bottom, top = session.world.landscape.domain
    inside: npt.NDArray[np.bool_] = (x >= left) & (x <= right) & (y >= bottom) & (y <= top)
    return inside


def test_each_bin_of_rates_tells_what_became_of_its_balls() -> None:
    session = start("sgd", lr=(1e-4, 1.0))
    swarm, found = session.world.swarms[0], count_rates(session, 0)
    assert len(found.balls) == RATES
    loss = np.where(is_on_map(session, 0), session.world.losses, np.inf).astype(float)
    rates = np.asarray(swarm.lr)
    assert found.balls.sum() == swarm.size
    np.testing.assert_allclose(found.shares.sum(axis=0) + found.lost, 1)
    for number in range(RATES):
        low, high = found.rates[number : number + 2]
        inside = np.sort(loss[(rates >= low) & ((rates < high) | (number == RATES - 1))])
        assert found.balls[number] == inside.size
        assert found.lost[number] == pytest.approx(np.isinf(inside).mean())
        assert found.losses[0, number] == pytest.approx(inside[0])
        assert found.losses[2, number] == pytest.approx(inside[math.ceil((inside.size - 1) / 2)])
    # A rate is too small, right, or too large.
    median = found.losses[2]
    assert np.isinf(median[-1])
    assert median[0] > 1e3 * median.min()
    assert 0 < np.argmin(median) < np.argmax(np.isinf(median))


def test_the_table_has_a_row_for_each_rate_there_is() -> None:
    session = start("sgd", "adam")
    session.world.swarms[1].lr = np.geomspace(1e-3, 1.0, 300)
    head, rows = make_table(session, "sweep")
    assert [row[0] for row in rows].count("sgd 1") == 1
    assert sum(int(str(row[head.index("balls")])) for row in rows) == 600
    assert find_swept(session, 0) == find_swept(session, 1) == 1
    assert find_swept(start("sgd"), 0) is None
    assert find_swept(start("random-search"), 0) is None


def test_a_quantile_is_one_of_the_losses_and_lost_balls_are_above_all_others() -> None:
    rng = np.random.default_rng(0)
    for count in (1, 2, 3, 10, 51):
        losses = np.where(rng.random(count) < 0.3, np.inf, rng.standard_normal(count))
        for share in (0.0, 0.25, 0.5, 0.75):
            wanted = np.sort(losses)[math.ceil(share * (count - 1))]
            assert find_quantiles(losses, (share,)) == [wanted]


def test_the_plot_agrees_with_the_standings_about_balls_that_are_lost() -> None:
    session = start("sgd", "sgd", landscape="saddle", lr=0.02)
    session.execute("team.lr 2 0.0001")
    session.execute("balls.release")
    seen = set()
    for _ in range(20):
        session.advance(CENSUS_TICKS)
        assert session.history.curves is session.history.curves
        np.testing.assert_equal(session.history.curves.medians[-1], session.history.medians[-1])
        for place in session.places:
            median = session.history.medians[-1][place.team]
            assert math.isnan(median) if math.isinf(place.median) else median == place.median
            seen.add(math.isnan(median))
        lost = 1 - np.mean(is_on_map(session, 0))
        assert math.isnan(session.history.medians[-1][0]) == (lost >= 0.5)
    assert seen == {True, False}


def test_where_all_are_lost_there_is_still_a_plot() -> None:
    session = start("sgd", landscape="saddle", lr=(5.0, 10.0))
    assert session.counts["rolling"] == 0
    found = count_rates(session, 0)
    assert (found.lost == 1).all()
    assert np.isinf(found.losses).all()
    assert make_table(session, "histogram")[1]
