"""Saved sessions and presets in the shell."""

import json
from pathlib import Path

from tests.e2e.shell import complain, run, succeed

SAVED = """
version = 1
[experiment]
landscape = "ravine"
balls = 60
finish = 0.01
[[team]]
optimizer = "sgd"
label = "slow"
lr = 0.01
[[team]]
optimizer = "momentum"
lr = 0.01
[view]
theme = "paper"
[[line]]
tick = 20
do = "lr.set 0.03"
"""


def test_a_session_runs_without_graphics_and_tells_the_race(tmp_path: Path) -> None:
    (tmp_path / "race.toml").write_text(SAVED)
    told = json.loads(succeed(tmp_path, "run", "race.toml", "--steps", "300", "--json"))
    again = json.loads(succeed(tmp_path, "run", "race.toml", "--steps", "300", "--json"))
    assert told == again
    assert [swarm["lr"] for swarm in told["swarms"]] == [0.03, 0.03]
    assert {row["team"] for row in told["standings"]} == {"slow", "Momentum"}
    text = succeed(tmp_path, "run", "race.toml", "--steps", "300")
    first = told["standings"][0]
    assert f"1. {first['team']}: median loss {first['median_loss']:.6g}, " in text
    assert f"below 0.01 at step {first['finished_at']:,.1f}" in text


def test_options_change_what_a_session_begins_with(tmp_path: Path) -> None:
    (tmp_path / "race.toml").write_text(SAVED)
    told = json.loads(
        succeed(tmp_path, "run", "race.toml", "--steps", "10", "--lr", "0.02", "--balls", "10", "--json")
    )
    assert [swarm["lr"] for swarm in told["swarms"]] == [0.02, 0.02]
    told = json.loads(succeed(tmp_path, "run", "race.toml", "--steps", "10", "--optimizer", "adam", "--json"))
    assert [swarm["optimizer"] for swarm in told["swarms"]] == ["adam"]


def test_a_session_is_pictured_and_filmed(tmp_path: Path) -> None:
    (tmp_path / "race.toml").write_text(SAVED)
    small = ("--size", "160x90", "--quality", "low")
    said = succeed(tmp_path, "snapshot", "race.toml", *small, "--steps", "30", "-o", "x.png")
    assert said == "x.png: Ravine after 30 steps\n"
    said = succeed(tmp_path, "record", "rate-too-large", *small, "--seconds", "0.2", "--fps", "10", "-o", "x")
    assert said.startswith("x: 2 frames")


def test_what_is_wrong_with_a_session_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "race.toml").write_text(SAVED.replace('"ravine"', '"ground/mine.npy"'))
    for command in ("run", "snapshot", "play"):
        complain(run(tmp_path, command, "race.toml"), "mine.npy")
    (tmp_path / "race.toml").write_text(SAVED.replace("version = 1", "version = 9"))
    complain(run(tmp_path, "race.toml"), "race.toml: version is 9")
    (tmp_path / "race.toml").write_text(SAVED)
    complain(run(tmp_path, "run", "race.toml", "--float64"), "--float64")
    complain(run(tmp_path, "run", "race.toml", "--tune"), "--tune")
    complain(run(tmp_path, "run", "nowhere.toml"), "nowhere.toml")
    complain(run(tmp_path, "rate-too-larg"), "rate-too-large")
