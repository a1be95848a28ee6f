"""What is counted is what is seen: balls that flew off the map are gone from every count in that very frame."""

import numpy as np
import pytest

from game import commands
from game.script import open_script, read_script
from game.script.presets import preset_path
from game.session import AT_ONCE, Experiment, Session
from game.simulation import Status
from game.simulation.race import rank_teams


def count_seen(session: Session) -> int:
    """How many balls are drawn on the map."""
    x_min, x_max, y_min, y_max = session.world.landscape.domain
    x, y = session.world.positions
    on_map = (x >= x_min) & (x <= x_max) & (y >= y_min) & (y <= y_max)
    on_map[session.world.strays()[0]] = False
    return int(on_map.sum())


@pytest.mark.parametrize("steps", [1, 31, 40, 43])
def test_counts_and_valleys_are_those_of_the_frame(steps: int) -> None:
    session = Session(Experiment(), commands.apply)
    open_script(session, read_script(preset_path("rate-too-large"), commands.parse))
    straight = session.experiment.build()
    session.advance(steps)
    seen = count_seen(session)
    assert steps != 40 or seen < 1_050, "most of the third team is gone"
    assert session.counts["rolling"] + session.counts["settled"] == seen
    assert sum(session.counts.values()) == 1_500
    assert sum(valley.balls for valley in session.census) == seen
    lost = sum(place.lost for place in rank_teams(session.world))
    assert lost * 500 == pytest.approx(1_500 - seen)
    straight.step(steps)
    assert session.world.digest() == straight.digest(), "counting changes nothing"


def test_who_rolls_back_onto_the_map_is_counted_again() -> None:
    world = Experiment("bowl", ("momentum",), lr=0.5, balls=200).build()
    for _ in range(31):
        world.step()
        standing, status = world.swarms[0].standing, world.status
        x, y = world.swarms[0].position
        x_min, x_max, y_min, y_max = world.landscape.domain
        inside = (x_min <= x) & (x <= x_max) & (y_min <= y) & (y <= y_max)
        np.testing.assert_array_equal(standing <= Status.SETTLED, inside)
        assert (status == Status.ROLLING).all(), "no sweep has looked yet"


def test_a_large_crowd_is_counted_by_status_at_once_and_by_valley_when_it_stands_still() -> None:
    session = Session(Experiment("ravine", lr=0.042, balls=AT_ONCE + 1), commands.apply)
    session.advance(31)
    assert session.counts == session.world.counts()
    session.paused = True
    session.tick(1 / 60)
    assert session.census == session.world.census()
    assert sum(valley.balls for valley in session.census) == count_seen(session)
