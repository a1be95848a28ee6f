"""Eases, key frames, captions and fades as functions of the film's time, and what a script says of them."""

from itertools import pairwise
from pathlib import Path

import moderngl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game import commands
from game.demo import read_demo
from game.directing import (
    EASES,
    CameraKey,
    Caption,
    Directed,
    Direction,
    Fade,
    Shown,
    SpeedKey,
    find_pace,
    show,
)
from game.directing.formulas import load_formula, scale_ink
from game.panel import captions
from game.script import Script
from game.session import Experiment, Session
from game.showing import Show, find_camera
from game.simulation import OPTIMIZERS
from game.studio import Size, open_studio
from landscapes import InputError

TIMES = st.floats(0, 20).map(lambda value: round(value, 2))
NAMES = st.sampled_from(sorted(EASES))


@pytest.fixture(scope="module")
def session() -> Session:
    return Session(Experiment("valleys", balls=20), commands.apply)


@pytest.mark.parametrize("name", EASES)
def test_eases_lead_from_one_end_to_the_other_and_never_back(name: str) -> None:
    ease, ticks = EASES[name], np.linspace(0, 1, 2001)
    shares = np.array([ease.share(float(tick)) for tick in ticks])
    assert (shares[0], shares[-1]) == (0, 1)
    assert (np.diff(shares) >= 0).all()
    area = np.concatenate([[0], np.cumsum((shares[1:] + shares[:-1]) / 2)]) / 2000
    np.testing.assert_allclose([ease.area(float(tick)) for tick in ticks], area, atol=1e-6)


@given(
    st.lists(
        st.tuples(TIMES, NAMES, st.floats(-400, 400), st.floats(5, 88), st.floats(0.5, 8)),
        min_size=1,
        max_size=5,
        unique_by=lambda row: row[0],
    )
)
def test_the_camera_is_at_a_key_exactly_when_it_says(
    session: Session, rows: list[tuple[float, str, float, float, float]]
) -> None:
    keys = tuple(
        CameraKey(at_s, ease, {"azimuth": azimuth, "elevation": elevation, "zoom": zoom})
        for at_s, ease, azimuth, elevation, zoom in sorted(rows)
    )
    for key in keys:
        pose = find_camera(session, keys, key.at_s)
        assert {name: getattr(pose, name) for name in key.pose} == key.pose
    for first, second in pairwise(keys):
        between = find_camera(session, keys, (first.at_s + second.at_s) / 2)
        ends = sorted((first.pose["zoom"], second.pose["zoom"]))
        assert ends[0] * (1 - 1e-9) <= between.zoom <= ends[1] * (1 + 1e-9)
    assert find_camera(session, keys, 99) == find_camera(session, keys, keys[-1].at_s)


def test_a_key_looks_at_a_valley_or_from_a_shot_and_keeps_what_it_does_not_say(session: Session) -> None:
    keys = (
        CameraKey(0, pose={"azimuth": 10, "zoom": 2}),
        CameraKey(1, valley=1),
        CameraKey(2, shot="map"),
        CameraKey(3, pose={"x": 0.5}),
    )
    poses = [find_camera(session, keys, key.at_s) for key in keys]
    deepest, domain = session.census[0], session.world.landscape.domain
    assert poses[1].x == pytest.approx(2 * (deepest.x - domain[0]) / (domain[1] - domain[0]) - 1)
    assert (poses[1].azimuth, poses[1].zoom, poses[1].grounded) == (10, 2, 1)
    assert (poses[2].elevation, poses[2].grounded) == (89, 0)
    assert (poses[3].elevation, poses[3].x) == (89, 0.5)


@given(
    st.lists(st.tuples(TIMES, st.floats(0, 5), NAMES), min_size=1, max_size=4, unique_by=lambda row: row[0]),
    st.sampled_from([7, 12, 25]),
)
@settings(max_examples=30, deadline=None)
def test_speeds_add_up_to_the_same_at_any_number_of_frames(
    rows: list[tuple[float, float, str]], fps: int
) -> None:
    keys = tuple(SpeedKey(*row) for row in sorted(rows))
    coarse, fine = (
        np.cumsum([find_pace(keys, n / rate, (n + 1) / rate) / rate for n in range(21 * rate)])
        for rate in (fps, 3 * fps)
    )
    np.testing.assert_allclose(coarse, fine[2::3], atol=1e-9)
    values = [key.value for key in keys]
    assert (np.diff(fine, prepend=0) * 3 * fps <= max(values) + 1e-6).all()
    assert find_pace(keys, keys[0].at_s, keys[0].at_s) == values[0]


def test_a_film_at_any_rate_shows_the_same_balls_at_the_same_times() -> None:
    script = Script(
        "",
        "",
        3,
        Experiment("valleys", balls=30),
        direction=Direction(speeds=(SpeedKey(0, 0), SpeedKey(2, 2, "in"))),
    )
    digests = []
    for fps in (4, 20, 60):
        session = Session(script.experiment, commands.apply)
        played = Show(session, script, fps)
        for _ in range(2 * fps + 1):
            played.advance()
        digests.append((session.world.tick, session.world.digest()))
    assert digests[0] == digests[1] == digests[2]
    assert digests[0][0] == 80


def test_captions_come_and_go_and_fades_darken() -> None:
    direction = Direction(
        captions=(Caption(2, 3, "a"),),
        fades=(Fade(1, 1, "in"), Fade(4, 2, "through"), Fade(8, 1, "out", "black")),
    )
    inks = [[shown.ink for shown in show(direction, at_s).captions] for at_s in (1.9, 2, 2.2, 3.5, 4.8, 5)]
    assert [inks[0], inks[1], inks[3], inks[5]] == [[], [], [1], []]
    assert 0 < inks[2][0] < 1
    assert 0 < inks[4][0] < 1
    covers = [
        (veil.cover if veil else 0) for veil in (show(direction, t).veil for t in (0, 1.5, 3, 5, 7, 8.5, 99))
    ]
    assert covers == [1, 0.5, 0, 1, 0, 0.5, 1]
    veil = show(direction, 99).veil
    assert veil
    assert veil.to == "black"


LONG = "Donaudampfschifffahrtsgesellschaft " * 3 + "and then [1] a few short words: η ≤ 2/λ, ∂L, ½·θ²"


@pytest.mark.parametrize("size", [(320, 180), (240, 240), (180, 320)], ids=str)
def test_captions_stay_within_their_margins(context: moderngl.Context, session: Session, size: Size) -> None:
    session.view.panel, tall = False, size[1] > size[0]
    side, top, foot = (
        (captions.TALL_SIDE, captions.TALL_TOP, captions.TALL_FOOT)
        if tall
        else (captions.SIDE, captions.TOP, captions.FOOT)
    )
    with open_studio(context, size, "low", live=False) as studio:

        def draw(*written: Caption) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
            session.view.directed = Directed(tuple(Shown(caption, 1.0) for caption in written))
            studio.draw(session)
            return studio.read().astype(np.int16)

        bare = draw()
        for place in ("title", "top", "bottom"):
            changed = np.abs(draw(Caption(0, 1, LONG, place, "adam")) - bare).max(axis=2) > 2
            rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
            assert changed.mean() > 0.03, place
            assert columns[0] >= side * size[0] - 2, place
            assert columns[-1] <= (1 - side) * size[0] + 1, place
            assert rows[0] >= top * size[1] - 2, place
            assert rows[-1] <= (1 - foot) * size[1] + 1, place
    session.view.directed = None


def test_ink_is_scaled_without_being_lost() -> None:
    ink = load_formula("adam")
    small = scale_ink(ink, 201, 41)
    assert small.shape == (41, 201)
    assert small.mean() == pytest.approx(ink.mean(), rel=0.01)
    np.testing.assert_array_equal(scale_ink(ink, ink.shape[1], ink.shape[0]), ink)


def test_formulas_are_of_optimizers_that_there_are() -> None:
    from game.directing import formula_names

    assert set(formula_names()) <= {row.name for row in OPTIMIZERS}


GOOD = """about = "a test"
seconds = 9
[experiment]
landscape = "bowl"
[[caption]]
at = 1
seconds = "2.5s"
text = "one"
[[caption]]
at = "3s"
seconds = 2
formula = "adam"
place = "top"
[[camera]]
at = 0
azimuth = 10
[[camera]]
at = 2
zoom = 2
ease = "out"
[[speed]]
at = 1
value = 0.5
[[fade]]
at = 0
seconds = 1
kind = "in"
[[cues]]
at = "1.5s"
do = "lr.set 1"
"""


def test_a_direction_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(GOOD)
    script = read_demo(path)
    assert script.is_film
    assert script.cues == ((1.5, "lr.set 1"),)
    assert script.direction == Direction(
        camera=(CameraKey(0, pose={"azimuth": 10}), CameraKey(2, "out", {"zoom": 2})),
        speeds=(SpeedKey(1, 0.5),),
        captions=(Caption(1, 2.5, "one"), Caption(3, 2, place="top", formula="adam")),
        fades=(Fade(0, 1, "in"),),
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("zoom = 2", "zoom = -2", 19, "[[camera]] 2: zoom must be a number above 0, not -2"),
        ("zoom = 2", "zooom = 2", 19, "[[camera]] 2: unknown key 'zooom'; did you mean zoom"),
        ('ease = "out"', 'ease = "slow"', 20, "[[camera]] 2: ease must be one of smooth, linear, in, out"),
        ("azimuth = 10", "x = 1\nvalley = 2", 17, "[[camera]] 1: valley and x, y do not go together"),
        ('at = "3s"', 'at = "3 s"', 10, "[[caption]] 2: at must be"),
        ('at = "3s"\n', "", 9, "[[caption]] 2: at is missing"),
        ('text = "one"', 'text = ""', 8, "[[caption]] 1: text or formula is missing"),
        ("seconds = 2\n", "seconds = 0\n", 11, "[[caption]] 2: seconds must be"),
        ('formula = "adam"', 'formula = "adamm"', 12, "[[caption]] 2: formula must be one of sgd"),
        ("value = 0.5", "value = 1000", 23, "[[speed]] 1: value must be a number from 0 to 100"),
        ('kind = "in"', "", 24, "[[fade]] 1: kind is missing"),
        ('do = "lr.set 1"', 'do = "lr.st 1"', 30, "at 1.5 s: unknown command 'lr.st'"),
        ("[[speed]]", "[speed]", None, "speed must be tables"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int | None, words: str
) -> None:
    assert old in GOOD
    path = tmp_path / "a.toml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        read_demo(path)
    assert str(caught.value).startswith(f"{path}: line {line}: {words}" if line else f"{path}: {words}")
