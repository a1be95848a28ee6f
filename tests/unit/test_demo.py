from pathlib import Path

import pytest

from game import commands
from game.demo import Cue, demo_names, get_demo, read_demo
from game.session import Experiment, Session
from landscapes import InputError

WHOLE = """
about = "a test"
seconds = 2.5
[experiment]
landscape = "Himmelblau"
optimizers = ["sgd", "adam"]
balls = 50
lr = 1
seed = 3
settings = { momentum = 0.9, nesterov = true }
[[cues]]
at = 2
do = "theme.select paper"
[[cues]]
at = 0.5
do = "lr.decades 1"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", demo_names())
def test_demos_that_ship_can_be_played_to_their_end(name: str) -> None:
    demo = get_demo(name)
    assert demo.name == name
    assert demo.about
    session = Session(demo.experiment, commands.apply)
    for cue in demo.cues:
        assert 0 <= cue.at_s < demo.seconds
        session.execute(cue.line)
        session.advance(10)


def test_there_is_a_demo() -> None:
    assert "first-look" in demo_names()


def test_a_demo_is_read_as_it_is_written(tmp_path: Path) -> None:
    demo = read_demo(write(tmp_path, WHOLE))
    assert (demo.name, demo.about, demo.seconds) == ("mine", "a test", 2.5)
    assert demo.experiment == Experiment(
        landscape="himmelblau",
        optimizers=("sgd", "adam"),
        balls=50,
        lr=1,
        seed=3,
        settings={"momentum": 0.9, "nesterov": True},
    )
    assert demo.cues == (Cue(0.5, "lr.decades 1"), Cue(2.0, "theme.select paper"))
    assert get_demo(str(tmp_path / "mine.toml")) == demo


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('about = "a test"', "", "about is missing"),
        ("seconds = 2.5", "", "seconds is missing"),
        ("seconds = 2.5", "seconds = 0", "seconds must be"),
        ("seconds = 2.5", "seconds = -1", "seconds must be"),
        ("seconds = 2.5", "seconds = inf", "seconds must be"),
        ("seconds = 2.5", "seconds = 1e9", "seconds must be"),
        ("seconds = 2.5", "seconds = true", "seconds must be"),
        ("seconds = 2.5", "secnods = 2.5", "did you mean seconds"),
        ('about = "a test"', "about = 7", "about must be"),
        ("balls = 50", "balls = 50.5", "balls must be"),
        ("balls = 50", 'balls = "many"', "balls must be"),
        ("balls = 50", "bals = 50", "did you mean balls"),
        ("lr = 1", "lr = nan", "lr must be"),
        ('["sgd", "adam"]', '"sgd"', "optimizers must be"),
        ("momentum = 0.9", 'momentum = "much"', "settings must be"),
        ("at = 2\n", "", "a cue needs"),
        ("at = 2\n", "at = -2\n", "at must be"),
        ('do = "lr.decades 1"', "", "a cue needs"),
        (
            'do = "lr.decades 1"',
            'do = "lr.decade 1"',
            "at 0.5 s: unknown command 'lr.decade'; did you mean lr.decades",
        ),
        ('do = "lr.decades 1"', 'do = "lr.decades"', "at 0.5 s"),
        ("[experiment]", "[experiment", "cannot read the demo"),
        ("[[cues]]", "[cues]", ""),
    ],
)
def test_a_broken_demo_is_refused_by_name(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in WHOLE
    path = write(tmp_path, WHOLE.replace(old, new))
    with pytest.raises(InputError) as caught:
        read_demo(path)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_no_text_or_not_there_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    for name in ("binary.toml", "nowhere.toml"):
        with pytest.raises(InputError, match=name):
            get_demo(str(tmp_path / name))
    with pytest.raises(InputError, match="did you mean first-look"):
        get_demo("first-lok")
