"""What the shell does between a world and a terminal."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import landscapes
from game import report
from game.recording import RecordingError
from game.report import blame, draft_of, print_census, simulate, summary
from game.simulation import World


def make(balls: int = 20, optimizers: tuple[str, ...] = ("adam",)) -> World:
    return World(landscapes.get("himmelblau"), optimizers, balls=balls)


@pytest.mark.parametrize(
    ("steps", "every", "ticks"),
    [
        (0, 10, [0]),
        (25, 10, [0, 10, 20, 25]),
        (20, 10, [0, 10, 20]),
        (450, 230, [0, 230, 450]),
        (7, 1, [0, 1, 2, 3, 4, 5, 6, 7]),
        (5, 1000, [0, 5]),
    ],
)
def test_it_pauses_before_the_first_step_after_each_stretch_and_after_the_last(
    steps: int, every: int, ticks: list[int]
) -> None:
    world, straight = make(), make()
    assert [world.tick for _ in simulate(world, steps, every, lambda: False)] == ticks
    straight.step(steps)
    assert world.digest() == straight.digest()


def test_an_interrupt_is_heeded_within_a_stretch_and_shown_as_the_last_pause() -> None:
    world = make()
    seen = [world.tick for _ in simulate(world, 100_000, 50_000, lambda: world.tick >= 250)]
    assert seen == [0, 300]


def test_large_crowds_are_asked_after_fewer_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "BALLS_AT_ONCE", 200)
    world = make(20)
    for _ in simulate(world, 100_000, 100_000, lambda: True):
        pass
    assert world.tick == 10


def test_a_draft_takes_its_place_only_when_all_went_well(tmp_path: Path) -> None:
    place = tmp_path / "x.npz"
    place.write_text("precious")
    with suppress(KeyboardInterrupt), draft_of(place) as draft:
        draft.write_text("half")
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["x.npz"]
    assert place.read_text() == "precious"
    with draft_of(place) as draft:
        draft.write_text("whole")
    assert place.read_text() == "whole"


def test_the_right_file_is_blamed(tmp_path: Path) -> None:
    with (
        pytest.raises(RecordingError, match=r"^cannot write .*a\.npz: No space left"),
        draft_of(tmp_path / "a.npz"),
        draft_of(tmp_path / "b.npz"),
        blame(tmp_path / "a.npz"),
    ):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_the_census_of_a_race_fits_a_hundred_columns(capsys: pytest.CaptureFixture[str]) -> None:
    world = make(10_000, ("sgd", "momentum", "adam", "lion"))
    world.watch()
    world.step(200)
    print_census(world)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    heading = next(line for line in lines if line.startswith("valley"))
    assert heading.split()[-4:] == ["sgd", "momentum", "adam", "lion"]
    rows = [line.split()[-4:] for line in lines[lines.index(heading) + 1 :][:4]]
    expected = [
        [f"{settled}/{here}" for settled, here in zip(valley.settled_by_swarm, valley.by_swarm, strict=True)]
        for valley in world.census()
    ]
    assert rows == expected


def test_two_swarms_of_one_optimizer_keep_a_column_each(capsys: pytest.CaptureFixture[str]) -> None:
    print_census(make(20, ("adam", "adam")))
    assert "adam 1  adam 2" in capsys.readouterr().out


def test_the_summary_tells_how_fast_each_swarm_arrived() -> None:
    world = make(500, ("sgd", "adam"))
    assert [swarm["arrived"] for swarm in summary(world)["swarms"]] == [None, None]
    world.watch()
    world.step(300)
    for told, standing in zip(summary(world)["swarms"], world.standings(), strict=True):
        assert standing._asdict().items() <= told.items()
        assert 0.5 < told["arrived"] <= 1
        assert 0 < told["steps_to_arrive"] < 300
    assert np.isfinite([told["median_loss"] for told in summary(world)["swarms"]]).all()
