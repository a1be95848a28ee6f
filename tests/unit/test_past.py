"""Whatever changes the experiment can be undone and done again, bit for bit."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from game import commands
from game.commands import parse
from game.past import MOST_BYTES, MOST_STEPS, TOGETHER_S
from game.session import Experiment, Session
from game.simulation import OPTIMIZERS
from tests.unit.test_commands import EXAMPLES, WITHOUT_RESET, Example, start

Everything = tuple[Any, ...]


@pytest.fixture(autouse=True)
def work_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions that a line saves are no part of the project."""
    monkeypatch.chdir(tmp_path)


def experiment_of(session: Session) -> Everything:
    """All that undo is to bring back."""
    world = session.world
    return world, world.landscape, world.digest(), session.experiment, session.view.shaking


def bits_of(session: Session) -> Everything:
    """The same, where a copy of the world is as good as itself."""
    return experiment_of(session)[1:]


def wait(session: Session, seconds: float = 2 * TOGETHER_S) -> None:
    """Let time pass, and no balls roll."""
    paused, session.paused = session.paused, True
    session.tick(seconds)
    session.paused = paused


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.line)
def test_every_command_that_changes_the_experiment_is_undone_and_done_again_exactly(example: Example) -> None:
    session = start(*example.before, landscape=example.landscape, optimizers=example.teams)
    wait(session)
    command, _ = parse(example.line)
    remember = bits_of if command.in_place else experiment_of
    before, steps = remember(session), len(session.past.done)
    session.execute(example.line)
    after = remember(session)
    if not command.undoable:
        if command.name.startswith("edit."):
            return
        moved = session.world.tick != 40
        assert after[:2] + after[3:] == before[:2] + before[3:], "it has to be undoable"
        assert moved or after[2] == before[2], "it has to be undoable"
        assert len(session.past.done) == steps
        return
    assert after != before
    session.execute("edit.undo")
    assert remember(session) == before
    assert session.message == f"undone: {example.line}"
    session.execute("edit.redo")
    assert remember(session) == after
    assert session.message == f"done again: {example.line}"
    session.execute("edit.undo")
    assert remember(session) == before


UNDOABLE = [example.line for example in EXAMPLES if parse(example.line)[0].undoable] + WITHOUT_RESET
IN_PLACE = [line for line in UNDOABLE if parse(line)[0].in_place]
CHANGES = [line for line in UNDOABLE if line not in IN_PLACE]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("lines", "remember"), [(CHANGES, experiment_of), (CHANGES + 4 * IN_PLACE, bits_of)])
def test_any_sequence_of_changes_is_undone_and_done_again_step_by_step(
    lines: list[str], remember: Callable[[Session], Everything], seed: int
) -> None:
    dice = random.Random(seed)
    session = start(landscape=dice.choice(("ravine", "breast-cancer")), seed=seed, noise=0.1)
    moments = [remember(session)]
    while len(moments) < 12:
        session.apply(dice.choice(lines))
        wait(session)
        if len(session.past.done) == len(moments):
            moments.append(remember(session))
    for expected in moments[-2::-1]:
        session.execute("edit.undo")
        assert remember(session) == expected
    session.apply("edit.undo")
    assert session.message == "there is nothing to undo"
    for expected in moments[1:]:
        session.execute("edit.redo")
        assert remember(session) == expected
    session.apply("edit.redo")
    assert session.message == "there is nothing to redo"


@pytest.mark.parametrize("name", [row.name for row in OPTIMIZERS])
def test_a_knob_that_is_put_back_leaves_the_balls_where_they_are(name: str) -> None:
    session = start("schedule.set plateau:every=5", f"optimizer.select {name}", "batch.set 8", noise=0.2)
    session.advance(7)
    swarm = session.world.swarms[0]
    before = swarm.note_knobs()
    for line in ("lr.decades 0.5", "optimizer.select adagrad", "hyper.set clip_norm 0.5", "border.set wrap"):
        wait(session)
        session.execute(line)
        session.advance(9)
    positions = session.world.positions
    for _ in range(4):
        session.execute("edit.undo")
    assert swarm.note_knobs().turned_as(before._replace(clocks=swarm.note_knobs().clocks))
    np.testing.assert_array_equal(session.world.positions, positions)
    assert session.world.tick == 40 + 7 + 36
    session.advance(20)
    assert np.isfinite(session.world.positions).all()


def test_a_schedule_that_is_put_back_goes_on_as_if_nothing_had_been() -> None:
    session, other = (start("schedule.set cosine:t_max=200", "batch.set 16") for _ in range(2))
    session.execute("schedule.set step:step_size=5")
    session.execute("edit.undo")
    session.advance(30)
    other.advance(30)
    assert session.world.digest() == other.world.digest()
    session.execute("schedule.set step:step_size=5")
    session.advance(10)
    session.execute("edit.undo")
    other.advance(10)
    assert session.world.swarms[0].effective_lr == other.world.swarms[0].effective_lr


@pytest.mark.parametrize("line", ["balls.release", "landscape.select rastrigin", "balls.set 3", "seed.set 5"])
def test_an_old_world_comes_back_with_its_tick_its_history_and_the_way_of_its_ball(line: str) -> None:
    session = start("ball.select 60", "relief.select clipped")
    session.advance(20)
    assert session.path is not None
    seen = (session.world, session.history, session.path, session.path.places.tolist(), session.homes)
    counted = (session.counts, session.census)
    session.execute(line)
    session.advance(25)
    assert session.world is not seen[0]
    session.execute("edit.undo")
    assert (session.world, session.history, session.path) == seen[:3]
    assert session.path is not None
    assert (session.path.places.tolist(), session.homes) == (seen[3], seen[4])
    assert (session.counts, session.census) == counted
    assert (session.world.tick, session.view.selected, session.view.relief) == (60, 60, "clipped")
    session.advance(3)
    assert session.path.places.shape == (2, 24)


def test_keys_held_down_are_one_step_and_a_pause_begins_another() -> None:
    session = start()
    before = session.world.swarms[0].lr
    for _ in range(12):
        session.submit("lr.decades 0.1")
        session.tick(1 / 12)
    between = session.world.swarms[0].lr
    wait(session)
    session.execute("lr.decades 0.1")
    session.execute("edit.undo")
    assert (session.world.swarms[0].lr, session.message) == (between, "undone: lr.decades 0.1")
    session.execute("edit.undo")
    assert (session.world.swarms[0].lr, session.message) == (before, "undone: lr.decades, 12 times")


def test_two_kinds_of_change_are_two_steps_however_fast() -> None:
    session = start("lr.set 0.125", "noise.set 0.5", "lr.set 0.25", "edit.undo")
    assert (session.world.swarms[0].lr, session.world.swarms[0].noise) == (0.125, 0.5)


def test_what_follows_an_undone_step_is_a_step_of_its_own() -> None:
    session = start("lr.set 0.125", "noise.set 0.5", "edit.undo", "lr.set 0.75", "edit.undo")
    assert session.world.swarms[0].lr == 0.125


def test_balls_that_a_knob_woke_are_settled_again_and_a_schedule_knows_what_it_knew() -> None:
    session = start("schedule.set plateau:every=3,patience=0", steps=0, landscape="bowl", lr=0.1)
    session.advance(400)
    assert session.counts["settled"] > 50
    assert session.world.swarms[0].effective_lr < 0.1
    before = session.world.digest()
    for line in ("lr.set 0.2", "schedule.set constant", "optimizer.select adam"):
        session.execute(line)
        assert session.world.counts()["settled"] == 0
        session.execute("edit.undo")
        assert session.world.digest() == before


def test_a_new_change_forgets_what_was_undone() -> None:
    session = start("lr.set 0.125", "edit.undo", "noise.set 0.5")
    session.apply("edit.redo")
    assert session.message == "there is nothing to redo"


@pytest.mark.parametrize(
    "line", ["lr.set -1", "balls.set 1e12", "landscape.select nowhere", "momentum.step -9"]
)
def test_what_changed_nothing_is_no_step(line: str) -> None:
    session = start("noise.set 0.5")
    wait(session)
    session.apply(line)
    session.execute("edit.undo")
    assert session.message == "undone: noise.set 0.5"


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("lr.decades 308", {"optimizers": ("sgd", "random-search")}),
        ("noise.set 0.5", {"landscape": "breast-cancer", "space": "whole"}),
        ("border.set wrap", {"landscape": "breast-cancer", "space": "whole"}),
        ("optimizer.select local-search", {"landscape": "breast-cancer", "space": "whole"}),
    ],
)
def test_a_refused_line_changes_nothing_not_even_one_team_or_half_a_swarm(
    line: str, fields: dict[str, Any]
) -> None:
    session = start("noise.set 0", **fields)
    before, knobs = experiment_of(session), [swarm.note_knobs() for swarm in session.world.swarms]
    said = session.message
    session.apply(line)
    assert session.message != said
    assert experiment_of(session) == before
    assert all(a.turned_as(b.note_knobs()) for a, b in zip(knobs, session.world.swarms, strict=True))
    session.execute("hyper.set clip_norm 1")
    session.advance(3)


def test_the_camera_and_the_theme_are_not_undone() -> None:
    session = start("lr.set 0.125", "camera.look map", "theme.select paper", "relief.select log", "edit.undo")
    assert (session.camera.view, session.view.theme, session.view.relief) == ("map", "paper", "log")


def test_only_the_latest_steps_are_kept() -> None:
    session = start()
    for number in range(MOST_STEPS + 9):
        session.execute(f"lr.set {1 + number}")
        wait(session)
    assert len(session.past.done) == MOST_STEPS
    for _ in range(MOST_STEPS):
        session.execute("edit.undo")
    assert session.world.swarms[0].lr == 9


def test_worlds_that_are_kept_take_no_more_memory_than_they_may() -> None:
    session = Session(Experiment("ravine", balls=1_000_000), commands.apply)
    swarm = session.world.swarms[0]
    kept = MOST_BYTES // swarm.nbytes
    for seed in range(kept + 3):
        session.execute(f"seed.set {seed + 1}")
        wait(session)
    assert len(session.past.done) == kept
    session.execute("edit.undo")
    assert len(session.past.done) + len(session.past.undone) == kept


def shove(session: Session, line: str) -> None:
    """Commands of which one moves balls of the world that there is."""
    if line == "shove":
        with session.past.keep(session, line, in_place=True):
            session.world.step(5)
    else:
        commands.apply(session, line)


def test_what_changes_a_world_in_place_is_undone_by_a_copy_of_it() -> None:
    session = Session(Experiment("ravine", balls=50, noise=0.3, batch_size=4), shove)
    seen: list[str] = []
    for line in ("optimizer.select adam", "shove", "lr.decades 0.5", "shove", "balls.release", "shove"):
        seen.append(session.world.digest())
        session.execute(line)
        wait(session)
    last = session.world.digest()
    for expected in reversed(seen):
        session.execute("edit.undo")
        assert session.world.digest() == expected
    for expected in (*seen[1:], last):
        session.execute("edit.redo")
        assert session.world.digest() == expected


def test_a_copy_goes_on_as_the_world_itself() -> None:
    session = start("optimizer.select adam", "schedule.set plateau:every=5", noise=0.2, border="wrap")
    world = session.world
    world.swarms[0].label = "mine"
    copy = world.copy()
    assert copy.valleys is world.valleys
    assert copy.swarms[0].label == "mine"
    for _ in range(2):
        assert copy.digest() == world.digest()
        world.step(50)
        copy.step(50)
    assert copy.digest() == world.digest()
