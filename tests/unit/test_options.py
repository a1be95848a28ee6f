"""What does not fit together on the command line is refused, and what does is not."""

from pathlib import Path

import numpy as np
import pytest

from game.options import Aims, Change, Delivery, Film, Ground, refuse_conflicts
from game.outlets import OUTLETS, find_outlet
from game.recording import Encoding, open_sink
from game.session import Experiment
from landscapes.errors import InputError

FILE = Path("x.npz")
CHANGES = {
    "--balls": Change(balls=3),
    "--optimizer": Change(optimizer="sgd"),
    "--lr": Change(lr="1"),
    "--set": Change(settings=["beta1=0"]),
    "--schedule": Change(schedule="cosine"),
    "--batch-size": Change(batch_size=3),
    "--noise": Change(noise=0.0),
    "--seed": Change(seed=0),
    "--start": Change(start="grid"),
    "--border": Change(border="wrap"),
    "--stream": Change(stream=0),
    "--separate": Change(separate=True),
    "--do": Change(do=["lr.set 1"]),
}
REFUSED = {
    "--tune": {"--lr", "--do", "--stream", "--separate"},
    "--basins": {"--start", "--stream", "--separate", "--do"},
    "--float64": {"--do"},
    "--resume": set(CHANGES),
    "--save": set(),
    "--output": set(),
}
AIMS = {
    "--tune": Aims(tune=True),
    "--basins": Aims(basins=FILE),
    "--float64": Aims(float64=True),
    "--resume": Aims(resume=FILE),
    "--save": Aims(save=FILE),
    "--output": Aims(output=FILE),
}


@pytest.mark.parametrize("aim", AIMS)
@pytest.mark.parametrize("option", CHANGES)
def test_an_aim_takes_the_changes_that_mean_something_to_it(aim: str, option: str) -> None:
    landscape = None if aim == "--resume" else "bowl"
    if option in REFUSED[aim]:
        with pytest.raises(InputError, match=f"^{aim} and {option} do not go together: "):
            refuse_conflicts(landscape, Ground(), CHANGES[option], AIMS[aim])
    else:
        refuse_conflicts(landscape, Ground(), CHANGES[option], AIMS[aim])


@pytest.mark.parametrize(
    ("landscape", "aims", "words"),
    [
        (None, Aims(), "name a LANDSCAPE"),
        ("bowl", Aims(resume=FILE), "--resume and LANDSCAPE"),
        (None, Aims(resume=FILE, float64=True), "--resume and --float64"),
        (None, Aims(resume=FILE, tune=True), "--resume and --tune"),
        (None, Aims(resume=FILE, basins=FILE), "--resume and --basins"),
        ("bowl", Aims(tune=True, basins=FILE), "--tune and --basins"),
        ("bowl", Aims(tune=True, output=FILE), "--tune and --output"),
        ("bowl", Aims(tune=True, save=FILE), "--tune and --save"),
        ("bowl", Aims(tune=True, float64=True), "--tune and --float64"),
        ("bowl", Aims(basins=FILE, output=FILE), "--basins and --output"),
        ("bowl", Aims(basins=FILE, save=FILE), "--basins and --save"),
        ("bowl", Aims(basins=FILE, float64=True), "--basins and --float64"),
        ("bowl", Aims(seeds=3), "--seeds needs --tune"),
        ("bowl", Aims(output=FILE, save=FILE), "both name x.npz"),
    ],
)
def test_aims_that_exclude_each_other(landscape: str | None, aims: Aims, words: str) -> None:
    with pytest.raises(InputError, match=words):
        refuse_conflicts(landscape, Ground(), Change(), aims)


def test_aims_that_go_together() -> None:
    refuse_conflicts("bowl", Ground(), Change(), Aims(output=Path("x.csv"), save=FILE, float64=True))
    refuse_conflicts(None, Ground(), Change(), Aims(resume=FILE, save=FILE, output=Path("x.csv")))
    refuse_conflicts("bowl", Ground(), Change(), Aims(tune=True, seeds=3))


def test_only_what_was_given_changes_an_experiment() -> None:
    before = Experiment(border="wrap", stream=9, separate=True, noise=0.5)
    assert Change().apply_to(before) == before
    after = Change(border="clamp", stream=0, noise=0.0, optimizer="sgd, adam").apply_to(before)
    assert (after.border, after.stream, after.separate, after.noise) == ("clamp", 0, True, 0.0)
    assert after.optimizers == ("sgd", "adam")
    settings = Change(settings=["sam = 0.1", "nesterov=True"]).apply_to(before).settings
    assert settings == {"sam": 0.1, "nesterov": True}


@pytest.mark.parametrize(
    ("ground", "spec"),
    [
        (Ground(), "a.csv"),
        (Ground(domain="-1,1,0,2", smooth=1.5), "a.csv; domain=-1,1,0,2; smooth=1.5"),
        (
            Ground(columns="u,v,w", dataset="d", logarithmic=True),
            "a.csv; columns=u,v,w; dataset=d; logarithmic=true",
        ),
    ],
)
def test_what_a_file_does_not_say_follows_its_name(ground: Ground, spec: str) -> None:
    assert ground.extend("a.csv") == spec
    if ground != Ground():
        with pytest.raises(InputError, match=r"^--resume and --(domain|columns) do not go together"):
            refuse_conflicts(None, ground, Change(), Aims(resume=FILE))


@pytest.mark.parametrize(
    ("delivery", "words"),
    [
        (Delivery(depth=16), "--depth 16 needs --motion-blur"),
        (Delivery(depth=12, motion_blur=2), "--depth must be 8 or 16, not 12"),
        (Delivery(motion_blur=0), "--motion-blur must be from 1"),
        (Delivery(crf=64), "--crf must be from 0 to 63"),
    ],
)
def test_what_no_film_can_have(delivery: Delivery, words: str) -> None:
    with pytest.raises(InputError, match=words):
        delivery.check()
    Delivery(depth=16, motion_blur=2, crf=0).check()


def test_pictures_are_drawn_once_twice_or_four_times_as_large() -> None:
    assert [Film(supersample=times).finer for times in (1, 2, 4)] == [1, 2, 4]
    with pytest.raises(InputError, match="1, 2 or 4, not 3"):
        _ = Film(supersample=3).finer


def test_every_outlet_is_one_that_its_format_can(tmp_path: Path) -> None:
    for outlet in OUTLETS:
        assert find_outlet(outlet.name) is outlet
        assert all(side % 2 == 0 for side in outlet.size)
        with open_sink(
            tmp_path / f"{outlet.name}{outlet.ending}", (64, 36), outlet.fps, Encoding(crf=outlet.crf)
        ) as sink:
            sink.write(np.zeros((36, 64, 3), np.uint8))
    assert len(list(tmp_path.iterdir())) == len(OUTLETS)
