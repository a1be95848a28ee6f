"""Teams by number: who is added and removed, what the others keep; going to a step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from game import commands
from game.commands.tables import TABLES, Table, count_losses, make_table
from game.session import HISTORY, Experiment, Session
from landscapes import InputError
from landscapes.progress import listening


def start(*optimizers: str, **experiment: object) -> Session:
    session = Session(Experiment("himmelblau", optimizers, balls=60, **experiment), commands.apply)  # type: ignore[arg-type]
    session.advance(20)
    return session


def test_teams_that_stay_keep_all_that_was_set() -> None:
    session = start("sgd", "adam", "lion", settings={"weight_decay": 0.01})
    for line in (
        "team.lr 2 0.03",
        "team.set 2 beta1 0.7",
        "team.schedule 2 cosine:t_max=80",
        "team.batch 2 8",
        "team.noise 2 0.5",
        "team.border 2 wrap",
    ):
        session.execute(line)

    def knobs(team: int) -> tuple[object, ...]:
        swarm = session.world.swarms[team]
        settings = tuple(swarm.settings.items())
        return (
            swarm.optimizer.name,
            swarm.lr,
            settings,
            swarm.schedule.spec,
            swarm.batch_size,
            swarm.noise,
            swarm.border,
        )

    adam, lion = knobs(1), knobs(2)
    assert adam[1:2] + adam[3:6] == (0.03, "cosine:t_max=80", 8, 0.5)
    for line, places in (
        ("team.add momentum", {1: adam, 2: lion}),
        ("team.remove 1", {0: adam, 1: lion}),
        ("team.duplicate 1", {0: adam, 1: lion, 3: adam}),
        ("balls.release", {0: adam, 1: lion, 3: adam}),
        ("balls.set 80", {0: adam, 3: adam}),
    ):
        session.execute(line)
        assert session.world.tick == 0
        assert {place: knobs(place) for place in places} == places
    starts = [swarm.position for swarm in session.world.swarms]
    for other in starts[1:]:
        np.testing.assert_array_equal(starts[0], other)


def test_what_a_team_gets_no_other_one_does() -> None:
    session = start("sgd", "sgd")
    before = session.world.swarms[1].settings.copy(), session.world.swarms[1].lr
    session.execute("team.set 1 momentum 0.5")
    session.execute("team.lr 1 0.5")
    session.execute("team.optimizer 1 adam")
    assert (session.world.swarms[1].settings, session.world.swarms[1].lr) == before
    assert session.experiment.optimizers == ("adam", "sgd")
    assert session.world.tick == 20


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("team.remove 1", "the last team stays"),
        ("team.lr 2 0.1", "from 1 to 1, not 2"),
        ("team.lr 0 0.1", "from 1 to 1, not 0"),
        ("team.lr 1.5 0.1", "whole number"),
        ("team.lr 1 -1", "above 0"),
        ("team.set 1 beta1 0.5", "unknown sgd setting"),
        ("team.add adamm", "did you mean"),
        ("team.schedule 1 cosin", "did you mean"),
        ("team.batch 1 0", "at least 1"),
        ("team.border 1 wall", "unknown border"),
        ("play.goto -1", "from 0 to"),
        ("valley.look 99", "from 1 to 4"),
        ("plot.save los", "did you mean losses"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(line: str, said: str) -> None:
    session = start("sgd")
    world, digest = session.world, session.world.digest()
    with pytest.raises(InputError, match=said) as error:
        session.execute(line)
    assert "\n" not in str(error.value)
    assert session.world is world
    assert world.digest() == digest


def test_to_go_to_a_step_is_to_have_played_there() -> None:
    played, gone = start("adam", noise=0.2), start("adam", noise=0.2)
    played.advance(57)
    gone.execute("play.goto 77")
    assert gone.world.digest() == played.world.digest()
    gone.execute("play.goto 30")
    assert gone.world.tick == 30
    assert gone.message.startswith("released again")
    gone.execute("play.goto 77")
    assert gone.world.digest() == played.world.digest()


def test_a_long_way_tells_how_far_it_is_and_can_be_stopped() -> None:
    session, heard = start("sgd"), []

    @contextmanager
    def stop_half_way(what: str, total: int) -> Iterator[Callable[[int], None]]:
        def note(done: int) -> None:
            heard.append((what, done, total))
            if done >= total / 2:
                raise InputError("stopped")

        yield note

    with listening(stop_half_way), pytest.raises(InputError, match="stopped"):
        session.execute("play.goto 220")
    assert heard[-1][0] == "to step 220"
    assert heard[-1][2] == 200
    assert 120 <= session.world.tick < 150


def test_history_knows_quartiles_and_rates_and_stays_small() -> None:
    session = start("sgd", "adam", schedule="cosine:t_max=100")
    history = session.history
    for low, middle, high, best in zip(
        *np.array(history.quartiles).transpose(1, 0, 2)[:1],
        history.medians,
        *np.array(history.quartiles).transpose(1, 0, 2)[1:],
        history.bests,
        strict=True,
    ):
        assert (best <= low).all()
        assert (low <= middle).all()
        assert (middle <= high).all()
    rates = np.array(history.rates)
    assert (np.diff(rates, axis=0) < 0).all()
    session.advance(3 * HISTORY + 10)
    lengths = {len(history.ticks), len(history.medians), len(history.quartiles), len(history.rates)}
    assert len(lengths) == 1
    assert lengths.pop() < HISTORY


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_is_a_rectangle(table: Table) -> None:
    session = start("sgd", "adam")
    head, rows = make_table(session, table.name)
    assert rows
    assert {len(row) for row in rows} == {len(head)}
    assert len(set(head)) == len(head)


def test_a_histogram_counts_every_ball_once() -> None:
    histogram = count_losses(start("sgd", "adam"))
    assert histogram.counts.sum(axis=1) == pytest.approx([1, 1])
    assert (np.diff(histogram.edges) > 0).all()


def test_the_panel_key_goes_round() -> None:
    session, seen = start("sgd"), []
    for _ in range(4):
        seen.append((session.view.panel, session.view.controls))
        session.execute("panel.cycle")
    assert seen == [(True, False), (True, True), (False, False), (True, False)]


@pytest.mark.parametrize(
    ("all_of_them", "one"),
    [
        ("optimizer.select adam", "team.optimizer {} adam"),
        ("lr.set 0.02", "team.lr {} 0.02"),
        ("hyper.set clip_norm 2", "team.set {} clip_norm 2"),
        ("schedule.set cosine", "team.schedule {} cosine"),
        ("batch.set 16", "team.batch {} 16"),
        ("noise.set 0.5", "team.noise {} 0.5"),
        ("border.set wrap", "team.border {} wrap"),
    ],
)
def test_all_teams_one_by_one_are_all_teams_at_once(all_of_them: str, one: str) -> None:
    together, apart = start("sgd", "momentum"), start("sgd", "momentum")
    together.execute(all_of_them)
    apart.execute(one.format(1))
    assert apart.experiment != together.experiment or one.split(maxsplit=1)[0] in ("team.lr", "team.set")
    apart.execute(one.format(2))
    assert apart.experiment == together.experiment
    together.advance(10)
    apart.advance(10)
    assert apart.world.digest() == together.world.digest()
