import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from game import commands
from game.report import summary
from game.session import CENSUS_TICKS, Experiment, Session
from game.simulation import Team, World
from game.simulation.race import FINISH_TICKS, Finish, find_median, rank_teams
from game.simulation.teams import describe_team
from landscapes import InputError, get


def start(**experiment: object) -> Session:
    fields = {
        "landscape": "ravine",
        "balls": 300,
        "optimizers": ("sgd", "momentum", "nesterov"),
        "lr": 0.02,
        **experiment,
    }
    return Session(Experiment(**fields), commands.apply)  # type: ignore[arg-type]


def medians(world: World) -> list[float]:
    return [float(np.sort(swarm.landscape.value(swarm.position))[swarm.size // 2]) for swarm in world.swarms]


def test_places_are_those_of_the_medians() -> None:
    session = start()
    session.advance(60)
    wanted = medians(session.world)
    assert [place.team for place in session.places] == np.argsort(wanted).tolist()
    assert [place.median for place in session.places] == pytest.approx(sorted(wanted))


def test_lost_balls_are_above_all_others() -> None:
    # The survivors of a rate that is too large lie low, and yet it has lost.
    session = start(teams=(Team("sgd", 0.001), Team("sgd", 0.045)), optimizers=("sgd",))
    session.advance(150)
    assert [place.team for place in session.places] == [0, 1]
    assert session.places[1].median == math.inf
    assert session.places[1].lost > 0.5


def test_who_cannot_be_told_apart_keeps_the_order() -> None:
    world = World(get("bowl"), ("sgd", "sgd", "sgd"), balls=90)
    before = rank_teams(world)
    assert [place.team for place in before] == [0, 1, 2]
    assert [place.team for place in rank_teams(world, before[::-1])] == [2, 1, 0]


def test_ranks_change_at_the_rhythm_of_the_census_only() -> None:
    session = start()
    session.advance(CENSUS_TICKS)
    before = session.places
    session.advance(CENSUS_TICKS - 1)
    assert session.places is before
    session.advance(1)
    assert session.places is not before


@pytest.mark.parametrize("losses", [[], [1.0], [3.0, 1.0, 2.0], [np.inf, 1.0, np.inf]])
def test_the_median_is_one_of_the_losses(losses: list[float]) -> None:
    wanted = sorted(losses)[len(losses) // 2] if losses else math.inf
    assert find_median(np.array(losses)) == wanted


def test_the_line_is_crossed_between_the_steps_around_it() -> None:
    session = start(finish=0.01)
    world = session.experiment.build()
    crossed: list[float | None] = [None] * 3
    for tick in range(0, 400, FINISH_TICKS):
        for team, median in enumerate(medians(world)):
            if crossed[team] is None and median <= 0.01:
                crossed[team] = tick
        world.step(FINISH_TICKS)
    session.advance(400)
    assert session.finish is not None
    for step, look in zip(session.finish.steps, crossed, strict=True):
        assert step is not None
        assert look is not None
        assert look - FINISH_TICKS <= step <= look
    assert session.view.photo


@pytest.mark.parametrize("cut", [1, 4, 7, 50])
def test_the_frame_rate_does_not_reach_the_finish(cut: int) -> None:
    whole, session = start(finish=0.01), start(finish=0.01)
    whole.advance(200)
    for _ in range(200 // cut):
        session.advance(cut)
    session.advance(200 % cut)
    assert session.finish is not None
    assert whole.finish is not None
    assert session.finish.steps == whole.finish.steps


def test_a_fall_is_interpolated() -> None:
    finish = Finish(0.5)
    world = World(get("bowl"), "sgd", lr=0.01, balls=1, start="point:1,0")
    finish.look(world)
    before = float(world.losses[0])
    world.step(100)
    after = float(world.losses[0])
    finish.look(world)
    assert before > 0.5 > after
    assert finish.steps == [pytest.approx(100 * (before - 0.5) / (before - after))]
    assert finish.through


def test_nobody_waits_for_those_who_are_lost() -> None:
    session = start(teams=(Team("sgd", 0.01), Team("sgd", 0.045)), optimizers=("sgd",), finish=1.0)
    session.advance(200)
    assert session.finish is not None
    assert session.finish.through
    assert session.finish.steps[1] is None
    assert session.view.photo
    session.execute("app.leave")
    assert not session.view.photo
    session.advance(50)
    assert not session.view.photo


def test_a_finish_line_can_be_drawn_on_the_way_and_taken_away() -> None:
    session = start()
    session.advance(33)
    session.execute("race.finish 1e-3")
    session.advance(300)
    assert session.finish is not None
    assert min(step for step in session.finish.steps if step is not None) >= 33
    session.execute("race.finish none")
    assert session.finish is None
    assert session.experiment.finish is None


def test_a_replay_is_the_same_race_and_can_be_played_again() -> None:
    session = start(noise=0.2)
    for steps, line in (
        (10, "lr.decades 0.3"),
        (20, "theme.cycle 1"),
        (20, "batch.set 8"),
        (5, "race.finish 0.5"),
    ):
        session.advance(steps)
        session.execute(line)
    session.advance(80)
    digest, finish = session.world.digest(), session.finish
    for _ in range(2):
        session.execute("race.replay")
        assert session.world.tick == 0
        assert session.finish is None
        session.advance(135)
        assert session.world.digest() == digest
        assert session.finish == finish
    assert session.view.theme != start().view.theme


def test_a_fair_race_is_run_at_rates_that_do_no_worse() -> None:
    session = start(landscape="rosenbrock", lr=1e-5, balls=150)
    session.advance(300)
    before = [place.median for place in sorted(session.places)]
    session.execute("race.fair")
    assert "1 gradient a step" in session.message
    assert session.world.tick == 0
    sizes = {swarm.size for swarm in session.world.swarms}
    assert sizes == {50}
    np.testing.assert_array_equal(session.world.swarms[0].position, session.world.swarms[2].position)
    session.advance(300)
    after = [place.median for place in sorted(session.places)]
    assert all(new < old for new, old in zip(after, before, strict=True))


def test_a_fair_race_says_what_is_not_equal() -> None:
    session = start(teams=(Team("sgd", settings={"sam": 0.05}), Team("random-search", 0.1)), balls=100)
    session.execute("race.fair")
    assert "SGD 2 gradients a step" in session.message
    assert "1 loss a step" in session.message
    session = start(landscape="breast-cancer", optimizers=("sgd",), space="whole", balls=10)
    with pytest.raises(InputError, match="whole networks"):
        session.execute("race.fair")


def test_teams_keep_their_own_knobs_over_a_release() -> None:
    teams = (
        Team("sgd", 0.01, {"momentum": 0.5}, "step:step_size=30", 8, 0.1, "one"),
        Team("sgd", (0.001, 0.01), batch_size=16, label="two"),
        Team("adam", 0.3),
    )
    session = start(teams=teams)
    # What is left to the experiment is told as it is.
    told = [dataclasses.replace(team, border="mark") for team in teams]
    assert [describe_team(swarm) for swarm in session.world.swarms] == told
    session.execute("balls.release")
    assert [describe_team(swarm) for swarm in session.world.swarms] == told
    session.execute("team.border 2 wrap")
    session.execute("balls.release")
    assert [swarm.border.name for swarm in session.world.swarms] == ["mark", "wrap", "mark"]
    session.execute("border.set mark")
    session.execute("batch.set 4")
    session.execute("balls.set 60")
    assert [swarm.batch_size for swarm in session.world.swarms] == [4, 4, 4]
    assert [swarm.label for swarm in session.world.swarms] == ["one", "two", ""]


def test_on_another_landscape_rates_are_those_of_the_experiment() -> None:
    session = start(lr=None)
    session.execute("lr.set 0.123")
    session.change(landscape="himmelblau")
    assert session.world.swarms[0].lr == start(lr=None, landscape="himmelblau").world.swarms[0].lr
    session.execute("lr.set 0.123")
    session.change(balls=30)
    assert session.world.swarms[0].lr == 0.123


def test_on_another_landscape_there_is_no_finish_line_any_more() -> None:
    session = start(finish=1.0)
    session.execute("balls.release")
    assert session.finish is not None
    session.execute("landscape.select bowl")
    assert session.finish is None


def test_the_summary_tells_the_race() -> None:
    session = start(finish=0.01)
    session.advance(200)
    told = summary(session.world, session.finish)
    assert told["finish"] == 0.01
    assert [row["place"] for row in told["standings"]] == [1, 2, 3]
    assert [row["team"] for row in told["standings"]] == [
        session.world.swarms[place.team].optimizer.title for place in session.places
    ]
    assert all(row["finished_at"] is not None for row in told["standings"])


def test_a_session_that_was_put_back_by_hand_is_not_saved_wrongly(tmp_path: Path) -> None:
    session = start()
    session.world = session.experiment.build()
    with pytest.raises(InputError, match="release the balls first"):
        session.execute(f"session.save {tmp_path / 'x.toml'}")
    with pytest.raises(InputError, match="release the balls first"):
        session.execute("race.replay")
    assert not list(tmp_path.iterdir())
