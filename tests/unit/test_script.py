import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game import commands
from game.commands import parse
from game.script import open_script, read_script, save_session
from game.script.toml import write_toml
from game.session import Experiment, Session
from game.simulation import OPTIMIZERS, Team
from landscapes import InputError


def start(**experiment: object) -> Session:
    return Session(Experiment(**{"balls": 90, **experiment}), commands.apply)  # type: ignore[arg-type]


def play(session: Session, script: tuple[tuple[int, str], ...]) -> None:
    """Take steps, and do each line after as many as are written before it since the last one."""
    for steps, line in script:
        session.advance(steps)
        session.execute(line)


def reopen(session: Session, path: Path) -> Session:
    """The session that somebody has who is sent the file of this one."""
    other = start(landscape="bowl", seed=5)
    other.advance(33)
    open_script(other, read_script(save_session(session, path), parse))
    return other


GAMES: dict[str, tuple[Experiment, tuple[tuple[int, str], ...]]] = {
    "knobs": (
        Experiment("himmelblau", balls=90, noise=0.2, seed=3),
        (
            (7, "lr.decades 0.31"),
            (0, "momentum.step 2"),
            (40, "optimizer.select adam"),
            (11, "hyper.set beta1 0.7"),
            (3, "schedule.set cosine:t_max=50,warmup=5"),
            (60, "noise.set 0.05"),
            (1, "border.set reflect"),
        ),
    ),
    "race": (
        Experiment("breast-cancer", ("sgd", "rprop", "adam"), balls=90, batch_size=4, stream=30),
        (
            (20, "lr.decades -0.2"),
            (30, "batch.set 16"),
            (9, "hyper.set weight_decay 0.01"),
            (5, "play.pause"),
        ),
    ),
    "sweep": (
        Experiment("rosenbrock", ("sgd", "adam"), lr=(1e-4, 0.01), balls=91, separate=True),
        (
            (13, "lr.decades 0.17"),
            (9, "balls.release"),
            (20, "schedule.set plateau:every=5"),
            (30, "lr.decades 0.1"),
        ),
    ),
    "elsewhere": (
        Experiment("ravine", ("momentum",), balls=90),
        (
            (30, "hyper.set momentum 0.8"),
            (5, "landscape.select valleys"),
            (50, "balls.set 60"),
            (25, "lr.sweep 0.01 1"),
        ),
    ),
    "teams": (
        Experiment(
            "linear-regression",
            balls=90,
            teams=(
                Team("sgd", 0.1, batch_size=1, label='one "sample"'),
                Team("momentum", (0.001, 0.1), {"momentum": 0.5, "nesterov": True}, noise=0.1),
                Team("rprop", 0.0123, schedule="step:step_size=20"),
            ),
        ),
        (
            (20, "seed.set 8"),
            (31, "lr.decades 0.1"),
            (2, "landscape.select logistic-regression"),
            (40, "batch.set 8"),
        ),
    ),
    "whole": (
        Experiment("breast-cancer", ("adam",), balls=20, space="whole", batch_size=32),
        ((10, "lr.decades 0.3"),),
    ),
    "dropped": (
        Experiment("himmelblau", ("sgd", "adam"), balls=90, noise=0.1),
        (
            (13, "balls.drop 0.3,1.2 5"),
            (9, "lr.decades 0.1"),
            (9, "balls.ring -1,0.4 0.5 9"),
            (4, "edit.undo"),
            (8, "brush.toggle"),
            (20, "ground.sculpt 1,0.5 2 80"),
            (6, "balls.drop 1,0.5 3"),
        ),
    ),
    "sculpted": (
        Experiment("himmelblau", ("momentum",), balls=90),
        (
            (13, "ground.sculpt 1.1,0.5 2 80.3"),
            (9, "ground.smooth 1,0.7 1.3"),
            (9, "balls.release"),
            (12, "ground.sculpt -1,-0.5 1 20"),
            (20, "seed.set 3"),
            (5, "edit.undo"),
            (5, "edit.redo"),
            (11, "balls.drop 1,1 20"),
            (7, "ground.restore"),
        ),
    ),
    "formula": (Experiment("x^4 - x*y + y^2; domain=-2,2,-3,3", balls=90), ((8, "lr.decades 0.2"),)),
}


@pytest.mark.parametrize("game", GAMES)
def test_a_saved_session_plays_again_bit_for_bit(game: str, tmp_path: Path) -> None:
    experiment, script = GAMES[game]
    session = Session(experiment, commands.apply)
    play(session, script)
    session.advance(37)
    other = reopen(session, tmp_path / "mine.toml")
    while other.world.tick < session.world.tick:
        other.advance(min(7, session.world.tick - other.world.tick))
    assert other.world.digest() == session.world.digest()
    session.advance(50)
    other.advance(50)
    assert other.world.digest() == session.world.digest()
    # What comes out of the file goes into the next one.
    again = save_session(other, tmp_path / "other.toml").read_text().replace("other.toml", "mine.toml")
    assert again == (tmp_path / "mine.toml").read_text()


@pytest.mark.parametrize("name", [row.name for row in OPTIMIZERS])
def test_every_optimizer_is_released_as_it_was_saved(name: str, tmp_path: Path) -> None:
    session = start(landscape="himmelblau", optimizers=(name,), balls=30)
    session.advance(10)
    session.execute("lr.decades 0.37")
    session.execute("balls.release")
    session.advance(20)
    other = reopen(session, tmp_path / "mine.toml")
    other.advance(20)
    assert other.world.digest() == session.world.digest()


def test_a_half_played_session_is_saved_with_what_is_to_come(tmp_path: Path) -> None:
    session = start()
    play(session, ((10, "lr.decades 0.5"), (30, "optimizer.select adam")))
    session.advance(10)
    other = reopen(session, tmp_path / "a.toml")
    other.advance(20)
    third = reopen(other, tmp_path / "b.toml")
    third.advance(50)
    assert third.world.digest() == session.world.digest()


def test_what_was_undone_and_done_again_is_saved_as_it_is_now(tmp_path: Path) -> None:
    session = start(noise=0.1)
    session.execute("lr.decades 0.5")
    session.advance(10)
    lines = ("balls.drop 0.1,0.1 5", "edit.undo", "edit.redo", "seed.set 5", "lr.set 0.001", "edit.undo")
    for number, line in enumerate((*lines, "edit.undo")):
        session.execute(line)
        session.advance(7)
        other = reopen(session, tmp_path / f"{number}.toml")
        other.advance(session.world.tick)
        assert other.world.digest() == session.world.digest(), line


def test_a_release_by_hand_ends_what_was_to_come(tmp_path: Path) -> None:
    session = start()
    play(session, ((10, "lr.set 0.5"),))
    other = reopen(session, tmp_path / "a.toml")
    other.execute("balls.release")
    other.advance(20)
    assert other.world.swarms[0].lr != 0.5


def test_lines_of_a_file_may_go_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "tour.toml").write_text(
        'version = 1\n[experiment]\nlandscape = "ravine"\nballs = 50\n'
        '[[line]]\ntick = 30\ndo = "lr.set 0.01"\n'
        '[[line]]\ntick = 20\ndo = "landscape.select himmelblau"\n'
    )
    session = start()
    session.execute(f"session.open {tmp_path / 'tour.toml'}")
    for steps in (19, 1, 9):
        session.advance(steps)
    assert (session.world.landscape.name, session.world.tick) == ("himmelblau", 9)
    assert session.world.swarms[0].lr != 0.01
    session.advance(1)
    assert session.world.swarms[0].lr == 0.01


def test_the_view_comes_back(tmp_path: Path) -> None:
    lines = (
        "theme.select paper",
        "relief.select log",
        "labels.toggle",
        "leader.toggle",
        "speed.set 5",
        "panel.toggle",
    )
    session = start(optimizers=("sgd", "adam"))
    play(session, tuple((3, line) for line in lines))
    session.execute("camera.look low")
    session.execute("camera.orbit 30 5")
    session.execute("camera.zoom 2")
    other = reopen(session, tmp_path / "mine.toml")
    for name in ("theme", "relief", "labels", "leader", "panel"):
        assert getattr(other.view, name) == getattr(session.view, name), name
    assert other.speed == 5
    assert other.camera.goal == session.camera.goal
    assert "line" not in tomllib.loads((tmp_path / "mine.toml").read_text())


def test_the_shaking_of_the_ground_comes_back(tmp_path: Path) -> None:
    session = start(landscape="breast-cancer")
    play(session, ((4, "ground.shake"), (3, "balls.release"), (5, "ground.shake"), (1, "ground.shake")))
    assert session.view.shaking
    other = reopen(session, tmp_path / "mine.toml")
    assert other.view.shaking
    other.advance(5)
    assert not other.view.shaking
    other.advance(1)
    assert other.view.shaking


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("precious")
    session = start()
    assert save_session(session, path) == tmp_path / "mine-2.toml"
    assert save_session(session, path) == tmp_path / "mine-3.toml"
    assert path.read_text() == "precious"
    assert {entry.name for entry in tmp_path.iterdir()} == {"mine.toml", "mine-2.toml", "mine-3.toml"}


@pytest.mark.parametrize(("name", "words"), [("x.txt", ".toml"), ("no/x.toml", "cannot write")])
def test_what_cannot_be_written_is_one_line(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words) as caught:
        save_session(start(), tmp_path / name)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_landscape_in_a_file_is_found_beside_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    (here / "ground").mkdir()
    grid = np.add.outer(np.linspace(-1, 1, 9) ** 2, np.linspace(-1, 1, 9) ** 2)
    np.save(here / "ground" / "mine.npy", grid)
    monkeypatch.chdir(here / "ground")
    session = start(landscape="mine.npy; domain=-2,2,-1,1")
    session.advance(9)
    save_session(session, here / "mine.toml")
    assert tomllib.loads((here / "mine.toml").read_text())["experiment"]["landscape"] == (
        "ground/mine.npy; domain=-2,2,-1,1"
    )
    here.rename(there)
    monkeypatch.chdir(tmp_path)
    other = start()
    other.execute("session.open there/mine.toml")
    other.advance(9)
    assert np.array_equal(other.world.positions, session.world.positions)
    (there / "ground" / "mine.npy").unlink()
    world = other.world
    with pytest.raises(InputError, match=r"mine\.npy"):
        other.execute("session.open there/mine.toml")
    assert other.world is world


GOOD = """
version = 1
title = "a"
[experiment]
landscape = "bowl"
balls = 40
finish = 0.5
[[team]]
optimizer = "sgd"
lr = 0.1
batch_size = "all"
[view]
theme = "paper"
zoom = 2
[[line]]
tick = 3
do = "lr.set 1"
"""


def test_a_session_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(GOOD)
    script = read_script(path, parse)
    assert script.experiment == Experiment("bowl", ("sgd",), balls=40, finish=0.5, teams=(Team("sgd", 0.1),))
    assert script.lines == ((3, "lr.set 1"),)
    assert script.view == {"theme": "paper", "zoom": 2}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("version = 1", "version = 2", "version is 2"),
        ("version = 1", 'version = "1"', "version must be"),
        ("version = 1", "", "about is missing"),
        ("version = 1", "vresion = 1", "did you mean version"),
        ("finish = 0.5", 'finish = "x"', "finish must be"),
        ('optimizer = "sgd"', "", "[[team]] 1: optimizer is missing"),
        ('optimizer = "sgd"', 'optimiser = "sgd"', "[[team]] 1: unknown key 'optimiser'"),
        ('batch_size = "all"', 'batch_size = "most"', "[[team]] 1: batch_size must be"),
        ("lr = 0.1", "lr = true", "lr must be"),
        ('theme = "paper"', 'theme = "papper"', "[view] theme must be one of"),
        ("zoom = 2", "zoom = 0", "zoom must be"),
        ("zoom = 2", "zoom = inf", "zoom must be"),
        ("tick = 3", "tick = -3", "tick must be"),
        ("tick = 3", "tick = 3.5", "tick must be"),
        ("tick = 3", "", "needs both"),
        ("lr.set 1", "lr.sett 1", "at step 3: unknown command"),
        ("[view]", "[[view]]", "view must be a table"),
    ],
)
def test_a_broken_session_is_refused_by_file_and_key(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in GOOD
    path = tmp_path / "a.toml"
    path.write_text(GOOD.replace(old, new))
    session = start()
    world = session.world
    with pytest.raises(InputError) as caught:
        session.execute(f"session.open {path}")
    assert str(path) in str(caught.value)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert session.world is world


PLAIN = st.one_of(st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False), st.text())
KEYS = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
ROWS = st.dictionaries(
    KEYS, PLAIN | st.lists(st.floats(allow_nan=False)) | st.dictionaries(KEYS, PLAIN), max_size=4
)


@given(ROWS, st.dictionaries(KEYS, PLAIN, max_size=3), st.lists(ROWS, min_size=1, max_size=3))
def test_tables_are_read_as_they_are_written(
    plain: dict[str, object], table: dict[str, object], rows: list[dict[str, object]]
) -> None:
    plain = {key: value for key, value in plain.items() if not isinstance(value, dict)}
    whole = {**plain, "a-table": table, "some-rows": rows}
    assert tomllib.loads(write_toml(whole)) == whole
