"""The shell, as a user meets it: the real command in a process of its own, in a folder of its own."""

import csv
import hashlib
import json
import os
import pty
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

import landscapes
from game.commands import COMMANDS
from game.demo import demo_names
from game.scene.theme import THEMES
from game.script.presets import PRESETS
from game.simulation import BORDERS, OPTIMIZERS, SCHEDULES, SPACES, STARTS
from landscapes.files import FORMATS
from landscapes.network.data import DATASETS
from tests.e2e.shell import (
    PATIENCE_S,
    PROGRAM,
    ROOT,
    complain,
    contents,
    environment,
    pictures,
    pixels,
    run,
    start,
    succeed,
)

SMALL = ("--size", "160x90", "--balls", "200")
EVENTS_S = 0.02


def poll(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(EVENTS_S)


LONG = ("--steps", "10000000", "--balls", "1000000")
"""Would take hours: what is wrong has to be found before the work begins."""
BAD: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    # names
    (("rastrign",), ("'rastrign'", "did you mean rastrigin")),
    (("lst",), ("'lst'", "did you mean list")),
    (("play", "rastrign"), ("'rastrign'", "rastrigin", "downslope list landscapes")),
    (("record", "first-lok", "-o", "x.mp4"), ("'first-lok'", "first-look", "downslope list demos")),
    (("snapshot", "himmelblu", "-o", "x.png"), ("himmelblau",)),
    (("run", "bowll"), ("did you mean bowl",)),
    (("run", ""), ("unknown landscape ''",)),
    (("run", "bowl", "--optimizer", "adm"), ("did you mean adam", "downslope list optimizers")),
    (("run", "bowl", "--optimizer", "sgd,,adam"), ("unknown optimizer ''",)),
    (("run", "bowl", "--optimizer", ""), ("unknown optimizer ''",)),
    (("run", "bowl", "--schedule", "cosin"), ("did you mean cosine",)),
    (("run", "bowl", "--start", "rendom"), ("did you mean random",)),
    (("list", "landscape"), ("did you mean landscapes",)),
    (("record", "bowl", "--theme", "abys", "-o", "x.mp4"), ("did you mean abyss",)),
    (("record", "bowl", "--quality", "hi", "-o", "x.mp4"), ("'hi'", "high")),
    (("play", "--theme", "abys"), ("did you mean abyss",)),
    (("run", "bowl", "--set", "momentun=1"), ("unknown setting 'momentun'",)),
    # numbers
    (("run", "bowl", "--balls", "0"), ("at least 1 ball",)),
    (("run", "bowl", "--balls", "-3"), ("at least 1 ball",)),
    (("run", "bowl", "--balls", "1000000000000"), ("GB", "50,000,000")),
    (("run", "bowl", "--balls", "1.5"), ("--balls", "downslope run --help")),
    (("run", "bowl", "--balls", "٣"), ("--balls",)),
    (("run", "bowl", "--lr", "-0.1"), ("lr", "above 0")),
    (("run", "bowl", "--lr", "nan"), ("lr", "nan")),
    (("run", "bowl", "--lr", "inf"), ("lr", "inf")),
    (("run", "bowl", "--lr", "fast"), ("--lr fast", "1e-4..0.1")),
    (("run", "bowl", "--lr", "0.1..0.01"), ("sweep", "the smaller first")),
    (("run", "bowl", "--lr", "0..1"), ("sweep", "above 0")),
    (("run", "bowl", "--lr", "1e-3..1", "--basins", "map.png"), ("--basins", "not a sweep")),
    (("run", "bowl", "--basins", "map.png", "--balls", "2"), ("basin map", "2 x 2")),
    (("run", "bowl", "--noise", "nan"), ("noise", "nan")),
    (("run", "bowl", "--seed", "-1"), ("seed", "0 or more")),
    (("run", "bowl", "--steps", "-1"), ("--steps", "0 to 10,000,000")),
    (("run", "bowl", "--steps", "99999999999999"), ("--steps", "10,000,000")),
    (("run", "bowl", "--every", "0"), ("--every", "from 1")),
    (("run", "bowl", "--set", "momentum"), ("--set momentum", "momentum=0.9")),
    (("run", "bowl", "--set", "beta1=high"), ("'high' is not a number",)),
    (("run", "bowl", "--set", "beta1=nan"), ("beta1", "nan")),
    (("run", "bowl", "--start", "point:1"), ("point:0.5,-1",)),
    (("run", "bowl", "--start", "point:nan,0"), ("off the map",)),
    (("run", "bowl", "--batch-size", "0"), ("batch size", "at least 1")),
    (("run", "breast-cancer", "--batch-size", "570"), ("1 to 569",)),
    (("run", "bowl", "--border", "wal"), ("unknown border 'wal'", "mark, clamp, reflect, wrap")),
    (("run", "bowl", "--stream", "-1"), ("stream", "0 or the steps")),
    (("run", "bowl", "--schedule", "cosine:t_max=0"), ("t_max", "from 1")),
    (("run", "bowl", "--schedule", "cosine:tmax=9"), ("'tmax'", "did you mean t_max")),
    (("run", "bowl", "--schedule", "cosine:warmup=-1"), ("warmup", "from 0")),
    (("run", "bowl", "--start", "gaussian:0,0"), ("three numbers",)),
    (("run", "bowl", "--start", "gaussian:0,0,-1"), ("sd",)),
    (("run", "bowl", "--set", "clip_norm=-1"), ("clip_norm", "from 0")),
    (("run", "bowl", "--set", "clip_value=nan"), ("clip_value", "nan")),
    (("run", "bowl", "--set", "sam=yes"), ("'yes' is not a number",)),
    (("run", "bowl", "--optimizer", "random-search", "--set", "sam=1"), ("'sam'",)),
    (("run", "bowl", "--do", "lr.st 1"), ("'lr.st'", "did you mean lr.set")),
    (("run", "bowl", "--do", "lr.set"), ("'lr.set rate'",)),
    (("run", "bowl", "--do", ""), ("empty command",)),
    (("play", "--size", "0x0"), ("--size", "16 to 16,384")),
    (("record", "bowl", "--size", "0x0", "-o", "x.mp4"), ("--size", "16 to 16,384")),
    (("record", "bowl", "--size", "99999x99999", "-o", "x.mp4"), ("--size", "16,384")),
    (("record", "bowl", "--size", "١٦x١٦", "-o", "x.mp4"), ("1920x1080",)),
    (("record", "bowl", "--size", "large", "-o", "x.mp4"), ("1920x1080",)),
    (("record", "bowl", "--size", "", "-o", "x.mp4"), ("1920x1080",)),
    (("record", "bowl", "--fps", "0", "-o", "x.mp4"), ("--fps", "1 to 240")),
    (("record", "bowl", "--fps", "1e9", "-o", "x.mp4"), ("--fps",)),
    (("record", "bowl", "--fps", "60", "-o", "x.gif"), ("x.gif", "at most 50")),
    (("record", "bowl", "--seconds", "nan", "-o", "x.mp4"), ("--seconds", "nan")),
    (("record", "bowl", "--seconds", "1e9", "-o", "x.mp4"), ("--seconds", "3,600")),
    # places; the long work behind them must not have begun
    (("record", "bowl", "--seconds", "3600", "-o", "x.avi"), ("x.avi", ".mp4")),
    (("record", "bowl", "--seconds", "3600", "-o", "x.png"), ("snapshot", "folder")),
    (("record", "bowl", "--seconds", "3600", "-o", "no/x.mp4"), ("no/x.mp4", "create it")),
    (("record", "bowl", "--seconds", "3600", "-o", "/proc/x.mp4"), ("/proc/x.mp4",)),
    (("record", "bowl", "--seconds", "3600", "-o", "old.mp4"), ("old.mp4 exists", "--force")),
    (("record", "bowl", "--seconds", "3600", "-o", "folder.mp4"), ("folder.mp4 exists",)),
    (("record", "bowl", "--seconds", "3600", "-o", "folder.mp4", "--force"), ("not a regular file",)),
    (("record", "bowl", "--seconds", "3600", "-o", ".", "--force"), ("holds other files",)),
    (("snapshot", "bowl", *LONG, "-o", "x.jpg"), ("x.jpg", ".png")),
    (("snapshot", "bowl", *LONG, "-o", "no/x.png"), ("no/x.png", "create it")),
    (("snapshot", "bowl", *LONG, "-o", "old.png"), ("old.png exists", "--force")),
    (("run", "bowl", *LONG, "-o", "x.txt"), ("x.txt", ".npz or .csv")),
    (("run", "bowl", *LONG, "-o", "no/x.csv"), ("no/x.csv", "create it")),
    (("run", "bowl", *LONG, "-o", "/proc/x.npz"), ("/proc/x.npz",)),
    (("run", "bowl", *LONG, "-o", "old.csv"), ("old.csv exists", "--force")),
    (("run", "bowl", *LONG, "-o", "x.csv"), ("GB", "--every")),
    (("run", "bowl", *LONG, "-o", "x.npz", "--every", "1"), ("GB", "--every")),
    (("run", "bowl", *LONG, "--save", "x.world"), ("x.world", ".npz")),
    (("run", "bowl", *LONG, "--save", "no/x.npz"), ("no/x.npz", "create it")),
    (("run", "bowl", *LONG, "--save", "old.npz"), ("old.npz exists", "--force")),
    (("run", "--resume", "no.npz"), ("cannot read no.npz",)),
    (("run", "--resume", "old.npz"), ("old.npz",)),
    (("run", "--resume", "folder.mp4"), ("folder.mp4",)),
    (("run", "--resume", "old.npz", "--lr", "1"), ("--resume and --lr", "goes on as it was")),
    # surfaces
    (("export", "bowl"), ("--output", "downslope export --help")),
    (("export", "bowl", "-o", "x.npy"), ("x.npy", "only read", ".npz .csv .h5")),
    (("export", "bowl", "-o", "x.stl"), ("x.stl", ".vtp")),
    (("export", "bowl", "-o", "no/x.csv"), ("no/x.csv", "create it")),
    (("export", "bowl", "-o", "old.csv"), ("old.csv exists", "--force")),
    (("export", "bowl", "-o", "x.csv", "--resolution", "3"), ("--resolution", "4 to 4,095")),
    (("export", "bowll", "-o", "x.csv"), ("did you mean bowl",)),
    (("export", "old.npz", "-o", "x.csv"), ("old.npz",)),
    (("export", "no.npz", "-o", "x.csv"), ("no.npz", "no such file")),
    (("run", "no.h5"), ("no.h5: no such file",)),
    (("run", "folder.mp4"), ("folder.mp4",)),
    (("run", "old.csv"), ("old.csv",)),
    (("run", "bowl", "--domain=-1,1,-1,1"), ("bowl is complete",)),
    (("run", "x + * y"), ("character 5",)),
    (("run", "x + foo(y)"), ("foo", "character 5")),
    (("run", "x + z"), ("z", "character 5")),
    (("run", "__import__('os').system('touch hacked') + x"), ("character",)),
    (("run", "9**9**9**9**9 + x"), ("formula",)),
    (("run", "(" * 10_000 + "x" + ")" * 10_000), ("formula",)),
    (("run", "x**2 + y", "--domain=1,0,0,1"), ("x_min must be below x_max",)),
    (("run", "x**2 + y", "--domain=1,2"), ("four numbers",)),
    (("run", "log(-1 - x*x)"), ("nowhere",)),
    # comparisons
    (("run", "bowl", "--tune", "--seeds", "0"), ("--seeds", "from 1")),
    (("run", "bowl", "--tune", "--steps", "0"), ("steps", "at least 1")),
    (("run", "bowl", "--tune", "--optimizer", "adam,adm"), ("did you mean adam",)),
    # basins
    (("run", "bowl", "--basins", "x.jpg", "--steps", "9000000"), ("x.jpg", ".png, .npy")),
    (("run", "bowl", "--basins", "no/x.png", "--steps", "9000000"), ("no/x.png", "create it")),
    (("run", "bowl", "--basins", "old.png", "--steps", "9000000"), ("old.png exists", "--force")),
    (("run", "bowl", "--basins", "x.png", "--optimizer", "sgd,adam"), ("one optimizer, not 2",)),
    (("run", "bowl", "--basins", "x.png", "--optimizer", "adm"), ("did you mean adam",)),
    (("run", "bowl", "--basins", "x.png", "--steps", "0"), ("steps", "at least 1")),
    # the command line itself
    (("run",), ("LANDSCAPE", "downslope run --help")),
    (("run", "bowl", "bowl"), ("downslope run --help",)),
    (("run", "bowl", "--bals", "3"), ("--bals", "--balls")),
    (("--version",), ("--version",)),
    (("record", "no.toml"), ("no.toml", "No such file")),
]


@pytest.mark.parametrize(("arguments", "words"), BAD, ids=[" ".join(arguments) for arguments, _ in BAD])
def test_bad_input_is_one_line_and_nothing_written(
    tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    for name in ("old.mp4", "old.png", "old.csv", "old.npz"):
        (tmp_path / name).write_text("precious")
    (tmp_path / "folder.mp4").mkdir()
    before = contents(tmp_path)
    complain(run(tmp_path, *arguments), *words)
    assert contents(tmp_path) == before


DEMO = 'about = "a test"\nseconds = 0.5\n[experiment]\nlandscape = "bowl"\nballs = 100\n'
BROKEN: list[tuple[str, str]] = [
    ("this is not TOML", "line 1"),
    ('about = "a test"', "seconds is missing"),
    (DEMO.replace("0.5", "nan"), "seconds"),
    (DEMO.replace("0.5", "1e9"), "3600"),
    (DEMO.replace("100", '"many"'), "balls must be a whole number"),
    (DEMO.replace("balls", "bals"), "did you mean balls"),
    (DEMO.replace("bowl", "bowll"), "did you mean bowl"),
    (DEMO + 'optimizers = "adam"', "optimizers must be a list"),
    (DEMO + '[[cues]]\nat = 0.2\ndo = "lr.sett 1"', "at 0.2 s"),
    (DEMO + '[[cues]]\nat = -1\ndo = "lr.set 1"', "at must be"),
    (DEMO + "[[cues]]\nat = 1", "do = LINE"),
    (DEMO + "cues = 3", "unknown key 'cues'"),
]


@pytest.mark.parametrize(("text", "words"), BROKEN, ids=[words for _, words in BROKEN])
def test_a_broken_demo_says_where(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    complain(run(tmp_path, "record", "mine.toml", "-o", "x.mp4"), words)
    assert list(contents(tmp_path)) == ["mine.toml"]


def test_without_opengl_it_says_what_to_install(tmp_path: Path) -> None:
    for command in ("snapshot", "record", "play"):
        done = run(tmp_path, command, "bowl", *SMALL, __EGL_VENDOR_LIBRARY_DIRS=str(tmp_path))
        complain(done, "OpenGL", "apt-get install libegl1 libgl1")
    assert contents(tmp_path) == {}
    done = run(tmp_path, "doctor", __EGL_VENDOR_LIBRARY_DIRS=str(tmp_path))
    assert done.returncode == 1
    assert re.search(r"^MISSING +OpenGL .*\n .*apt-get install libegl1 libgl1", done.stdout, re.MULTILINE)


def test_without_an_encoder_all_else_works(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "av.py").write_text("raise ImportError('No module named av')")
    path = os.pathsep.join([str(tmp_path / "broken"), str(ROOT)])
    complain(run(tmp_path, "record", "bowl", PYTHONPATH=path), "av", "downslope doctor")
    succeed(tmp_path, "run", "bowl", "--balls", "10", PYTHONPATH=path)
    done = run(tmp_path, "doctor", PYTHONPATH=path)
    assert done.returncode == 1
    assert re.search(r"^MISSING +av .*\n .*pip install .*av$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    "arguments",
    [
        ("record", "bowl", *SMALL, "--seconds", "0.2", "-o", "x.mp4"),
        ("record", "bowl", *SMALL, "-o", "frames"),
        ("snapshot", "bowl", "--size", "640x360", "-o", "x.png"),
        ("run", "bowl", "-o", "x.npz"),
        ("run", "bowl", "-o", "x.csv"),
        ("run", "bowl", "--save", "x.npz"),
        ("run", "bowl", "--steps", "32", "--basins", "x.png"),
        ("export", "bowl", "-o", "x.h5"),
        ("export", "bowl", "-o", "x.csv"),
        ("export", "bowl", "-o", "x.vtp"),
    ],
)
def test_a_disk_that_takes_no_more_leaves_nothing_behind(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    limited = ["sh", "-c", 'ulimit -f 4; exec "$@"', "sh", *PROGRAM, *arguments]
    complain(start(limited, tmp_path), f"cannot write {arguments[-1]}", "too large")
    assert contents(tmp_path) == {}


def test_output_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, "list", "keys"],
            cwd=tmp_path,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
    assert (done.returncode, done.stderr) == (2, "downslope: No space left on device\n")


@pytest.mark.parametrize(
    "arguments", [("list", "landscapes"), ("list", "keys", "--json"), ("--help",), ("run", "bowl")]
)
def test_a_reader_who_has_seen_enough_is_no_error(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*PROGRAM, *arguments],
        cwd=tmp_path,
        env=environment(),
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_an_interrupted_film_is_a_film(tmp_path: Path) -> None:
    game = subprocess.Popen(
        [*PROGRAM, "record", "bowl", *SMALL, "-o", "frames"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    poll(lambda: len(list(tmp_path.glob("frames.partial/*.png"))) > 3)
    game.send_signal(signal.SIGINT)
    _, said = game.communicate(timeout=PATIENCE_S)
    assert game.returncode == 130
    match = re.fullmatch(
        r"downslope: interrupted; frames holds the first (\d+) of 1,200 frames\n", said.replace(",0", ",0")
    )
    assert match, said
    names = [path.name for path in sorted((tmp_path / "frames").iterdir())]
    assert names == [f"{number:05d}.png" for number in range(len(names))]
    assert abs(len(names) - int(match[1])) <= 1, "the frame under way may be in or not"
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]


def test_an_interrupted_run_keeps_what_it_has(tmp_path: Path) -> None:
    crowd = ("himmelblau", "--balls", "200")
    files = ("-o", "x.csv", "--every", "500", "--save", "w.npz")
    game = subprocess.Popen(
        [*PROGRAM, "run", *crowd, "--steps", "9000000", *files],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    poll(lambda: any(path.stat().st_size for path in tmp_path.glob(".x.csv.*")))
    game.send_signal(signal.SIGINT)
    _, said = game.communicate(timeout=PATIENCE_S)
    assert game.returncode == 130, said
    pattern = (
        r"downslope: interrupted after ([\d,]+) of 9,000,000 steps; "
        r"x\.csv holds the ([\d,]+) points so far; --resume w\.npz goes on from there\n"
    )
    match = re.fullmatch(pattern, said)
    assert match, said
    steps, points = (int(number.replace(",", "")) for number in match.groups())
    assert sorted(contents(tmp_path)) == ["w.npz", "x.csv"]
    with (tmp_path / "x.csv").open(newline="") as text:
        ticks = [int(row["tick"]) for row in csv.DictReader(text)]
    assert len(ticks) == 200 * points
    assert sorted(set(ticks)) == sorted({*range(0, steps, 500), steps})
    resumed = summary(tmp_path, "--resume", "w.npz", "--steps", "70")
    assert resumed["digest"] == summary(tmp_path, *crowd, "--steps", f"{steps + 70}")["digest"]


def test_a_second_interrupt_ends_it_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    game = subprocess.Popen(
        [*PROGRAM, "run", "bowl", "--balls", "200000", "--steps", "40", "--every", "1", "-o", "x.csv"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    poll(lambda: any(path.stat().st_size for path in tmp_path.glob(".x.csv.*")))
    for _ in range(2):
        game.send_signal(signal.SIGINT)
        time.sleep(EVENTS_S)
    _, said = game.communicate(timeout=PATIENCE_S)
    assert (game.returncode, said) == (130, "downslope: interrupted\n")
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("command", ["play", "record", "snapshot", "run", "list", "doctor", ""])
def test_there_is_help_everywhere(tmp_path: Path, command: str) -> None:
    text = succeed(tmp_path, *filter(None, [command]), "--help")
    assert "Usage: downslope" in text
    shared = [
        "--balls",
        "--optimizer",
        "--lr",
        "--set",
        "--schedule",
        "--batch-size",
        "--seed",
        "--start",
        "--border",
        "--stream",
        "--separate",
        "--do",
    ]
    drawn = ["--size", "--theme", "--quality"]
    aims = ["--save", "--resume", "--float64", "--tune", "--seeds", "--basins", "--every"]
    options = dict.fromkeys(("play", "record", "snapshot"), shared + drawn) | {"run": shared + aims}
    for option in options.get(command, []):
        assert f"  {option} " in text


def test_the_help_names_all_there_is_to_choose_from(tmp_path: Path) -> None:
    text = " ".join(succeed(tmp_path, "run", "--help").split())
    for rows in (STARTS, BORDERS):
        *names, last = (row.name for row in rows)
        assert f"{', '.join(names)} or {last}" in text
    text = " ".join(succeed(tmp_path, "list", "--help").split())
    assert all(table in text for table in TABLES)


def summary(folder: Path, *arguments: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(succeed(folder, "run", *arguments, "--json"))
    return told


def test_the_same_seed_gives_the_same_world(tmp_path: Path) -> None:
    race = (
        "breast-cancer",
        "--optimizer",
        "sgd,adam",
        "--batch-size",
        "32",
        "--noise",
        "0.1",
        "--steps",
        "70",
    )
    first = summary(tmp_path, *race, "--balls", "500", "--seed", "7")
    assert summary(tmp_path, *race, "--balls", "500", "--seed", "7") == first
    assert summary(tmp_path, *race, "--balls", "500", "--seed", "8")["digest"] != first["digest"]


def test_the_census_adds_up(tmp_path: Path) -> None:
    told = summary(tmp_path, "himmelblau", "--optimizer", "momentum,rmsprop,adam", "--balls", "1000")
    assert sum(told["balls"].values()) == 1000
    assert [swarm["balls"] for swarm in told["swarms"]] == [334, 333, 333]
    assert [swarm["optimizer"] for swarm in told["swarms"]] == ["momentum", "rmsprop", "adam"]
    valleys = told["valleys"]
    assert sum(valley["balls"] for valley in valleys) == told["balls"]["rolling"] + told["balls"]["settled"]
    assert all(sum(valley["by_swarm"]) == valley["balls"] for valley in valleys)
    assert [valley["is_global"] for valley in valleys] == [True] * 4
    assert sum(valley["area_share"] for valley in valleys) == pytest.approx(1, abs=0.02)
    known = landscapes.get("himmelblau").minima
    found = np.array([(valley["x"], valley["y"]) for valley in valleys])
    distance = np.linalg.norm(found[:, None] - known, axis=2)
    assert sorted(distance.argmin(axis=1)) == [0, 1, 2, 3]
    assert distance.min(axis=1).max() < 1e-5


def test_the_census_is_printed_with_the_same_numbers(tmp_path: Path) -> None:
    arguments = ("himmelblau", "--balls", "1000", "--steps", "300")
    told = summary(tmp_path, *arguments)
    heading, titles, swarm, columns, *rows = succeed(tmp_path, "run", *arguments).splitlines()
    counts = ", ".join(f"{count} {what}" for what, count in told["balls"].items() if count)
    assert heading == f"Himmelblau after 300 steps: {counts}"
    assert titles.split("  ")[0] == "optimizer"
    (standing,) = told["swarms"]
    assert swarm.split() == [
        "adam",
        f"{standing['lr']:.3g}",
        "1,000",
        f"{standing['median_loss']:.6g}",
        f"{standing['best_loss']:.6g}",
        f"{standing['arrived']:.1%}",
        str(standing["steps_to_arrive"]),
    ]
    assert columns.split() == ["valley", "x", "y", "loss", "area", "global", "settled", "of", "balls"]
    printed = [row.split()[-2:] for row in rows]
    assert printed == [[str(valley["settled"]), str(valley["balls"])] for valley in told["valleys"]]


def test_a_race_has_a_column_for_each_swarm(tmp_path: Path) -> None:
    arguments = ("himmelblau", "--balls", "600", "--optimizer", "sgd,adam")
    valleys = summary(tmp_path, *arguments)["valleys"]
    lines = succeed(tmp_path, "run", *arguments).splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith("valley"))
    assert lines[first].split()[-2:] == ["sgd", "adam"]
    printed = [line.split()[-2:] for line in lines[first + 1 : first + 1 + len(valleys)]]
    assert printed == [
        [f"{rests}/{here}" for rests, here in zip(row["settled_by_swarm"], row["by_swarm"], strict=True)]
        for row in valleys
    ]
    assert all(sum(row["settled_by_swarm"]) == row["settled"] for row in valleys)


def test_a_saved_world_goes_on_bit_for_bit(tmp_path: Path) -> None:
    race = (
        "rastrigin",
        "--optimizer",
        "sgd,nadam",
        "--balls",
        "300",
        "--noise",
        "0.2",
        "--border",
        "reflect",
    )
    straight = summary(tmp_path, *race, "--stream", "70", "--steps", "200")
    summary(tmp_path, *race, "--stream", "70", "--steps", "90", "--save", "w.npz")
    assert list(contents(tmp_path)) == ["w.npz"]
    resumed = ("--resume", "w.npz", "--steps", "110")
    assert summary(tmp_path, *resumed, "-o", "x.npz", "--every", "50") == straight
    with np.load(tmp_path / "x.npz") as file:
        assert file["tick"].tolist() == [90, 140, 190, 200]
    assert summary(tmp_path, *resumed, "--save", "w.npz", "--force") == straight
    assert summary(tmp_path, "--resume", "w.npz", "--steps", "0") == straight


def test_a_saved_world_that_was_cut_short_is_one_line(tmp_path: Path) -> None:
    succeed(tmp_path, "run", "bowl", "--balls", "100", "--steps", "10", "--save", "w.npz")
    whole = (tmp_path / "w.npz").read_bytes()
    (tmp_path / "w.npz").write_bytes(whole[: len(whole) // 2])
    complain(run(tmp_path, "run", "--resume", "w.npz"), "w.npz")


def test_twice_the_digits_are_a_check(tmp_path: Path) -> None:
    arguments = ("run", "himmelblau", "--balls", "40", "--steps", "60", "--every", "60")
    for name, more in {"single": (), "double": ("--float64",)}.items():
        succeed(tmp_path, *arguments, *more, "-o", f"{name}.npz")
    ends = {}
    for name in ("single", "double"):
        with np.load(tmp_path / f"{name}.npz") as file:
            ends[name] = file["position"][-1]
    assert (ends["single"].dtype, ends["double"].dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(np.median(np.abs(ends["single"] - ends["double"])), 0, atol=1e-5)
    assert (ends["single"] != ends["double"]).any()


def test_teams_start_apart_only_if_asked(tmp_path: Path) -> None:
    race = (
        "run",
        "bowl",
        "--optimizer",
        "sgd,sgd",
        "--balls",
        "20",
        "--steps",
        "0",
        "--force",
        "-o",
        "x.npz",
    )
    for more, same in (((), True), (("--separate",), False)):
        succeed(tmp_path, *race, *more)
        with np.load(tmp_path / "x.npz") as file:
            start = file["position"][0]
        assert bool((start[:, :10] == start[:, 10:]).all()) == same


def test_a_stream_releases_the_balls_in_time(tmp_path: Path) -> None:
    stream = ("bowl", "--balls", "100", "--stream", "40")
    waiting = [
        summary(tmp_path, *stream, "--steps", steps)["balls"]["waiting"] for steps in ("1", "20", "40")
    ]
    assert waiting[0] > waiting[1] > waiting[2] == 0


def test_a_border_keeps_the_balls_on_the_map(tmp_path: Path) -> None:
    wild = ("himmelblau", "--optimizer", "momentum", "--lr", "0.02", "--balls", "100", "--steps", "40")
    assert summary(tmp_path, *wild)["balls"]["rolling"] < 100
    for border in ("clamp", "reflect", "wrap"):
        balls = summary(tmp_path, *wild, "--border", border)["balls"]
        assert balls["escaped"] + balls["diverged"] == 0, border


def test_minibatches_without_data_are_noise(tmp_path: Path) -> None:
    crowd = ("bowl", "--optimizer", "sgd", "--balls", "300", "--steps", "200", "--lr", "0.05")
    losses = [
        summary(tmp_path, *crowd, *more)["swarms"][0]["median_loss"]
        for more in (("--batch-size", "1"), ("--batch-size", "100"), ())
    ]
    assert losses[0] > 10 * losses[1] > 100 * losses[2]


def test_tuned_optimizers_are_compared(tmp_path: Path) -> None:
    arguments = (
        "himmelblau",
        "--tune",
        "--optimizer",
        "sgd,adam,momentum",
        "--balls",
        "200",
        "--steps",
        "60",
    )
    told = summary(tmp_path, *arguments, "--seeds", "2", "--seed", "3")
    assert {name: told[name] for name in ("landscape", "balls", "steps", "seeds")} == {
        "landscape": "himmelblau",
        "balls": 200,
        "steps": 60,
        "seeds": 2,
    }
    rows = told["optimizers"]
    assert sorted(row["optimizer"] for row in rows) == ["adam", "momentum", "sgd"]
    losses = [row["median_loss"] for row in rows]
    assert losses == sorted(losses)
    start = summary(tmp_path, "himmelblau", "--balls", "200", "--steps", "0")["swarms"][0]["median_loss"]
    assert losses[-1] < 0.01 * start
    heading, titles, *lines = succeed(tmp_path, "run", *arguments, "--seeds", "2", "--seed", "3").splitlines()
    assert heading == "Himmelblau: 200 balls, 60 steps, mean over 2 seeds"
    assert titles.startswith("optimizer ")
    for line, row in zip(lines, rows, strict=True):
        assert line.split()[:3] == [row["optimizer"], f"{row['lr']:.3g}", f"{row['median_loss']:.6g}"]


def test_basins_are_a_picture_or_arrays(tmp_path: Path) -> None:
    arguments = ("himmelblau", "--optimizer", "momentum", "--steps", "640")
    told = summary(tmp_path, *arguments, "--basins", "x.npz")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as file:
        data = dict(file)
    assert set(data) == {"labels", "status", "steps", "domain", "minima", "losses"}
    labels = data["labels"]
    assert list(reversed(labels.shape)) == told["size"]
    assert (data["status"] == 1).mean() > 0.99
    for number, valley in enumerate(told["valleys"]):
        assert valley["share"] == pytest.approx((labels == number).mean())
        x, y = data["minima"][:, number]
        assert (valley["x"], valley["y"], valley["loss"]) == (x, y, data["losses"][number])
        # The lowest point of a valley lies in its own basin: rows count y from below.
        x_min, x_max, y_min, y_max = data["domain"]
        row = round((y - y_min) / (y_max - y_min) * (labels.shape[0] - 1))
        column = round((x - x_min) / (x_max - x_min) * (labels.shape[1] - 1))
        assert labels[row, column] == number

    succeed(tmp_path, "run", *arguments, "--basins", "x.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy", allow_pickle=False), labels)

    said = succeed(tmp_path, "run", *arguments, "--basins", "x.png").splitlines()
    assert said[0] == f"x.png: Himmelblau, momentum at lr {told['lr']:.3g}"
    shares = [row.split()[4] for row in said[3:]]
    assert shares == [f"{valley['share']:.1%}" for valley in told["valleys"]]
    assert len(np.unique(pixels(tmp_path / "x.png").reshape(-1, 3), axis=0)) > 100


def test_rates_beyond_all_measure_make_lost_balls_and_no_noise(tmp_path: Path) -> None:
    # A search does not go where it is worse, and Rprop's steps have an upper end.
    names = [row.name for row in OPTIMIZERS if not row.draws and row.name != "rprop"]
    race = ("himmelblau", "--optimizer", ",".join(names), "--balls", str(20 * len(names)))
    balls = summary(tmp_path, *race, "--lr", "1e300", "--steps", "70")["balls"]
    assert balls["escaped"] + balls["diverged"] == 20 * len(names)


def test_a_world_without_a_finite_loss_can_still_be_counted(tmp_path: Path) -> None:
    arguments = ("rosenbrock", "--balls", "50", "--optimizer", "sgd", "--lr", "1e30", "--steps", "100")
    assert summary(tmp_path, *arguments)["balls"]["diverged"] == 50
    assert "50 diverged" in succeed(tmp_path, "run", *arguments)


def test_trajectories_hold_every_ball_at_every_point(tmp_path: Path) -> None:
    arguments = (
        "run",
        "himmelblau",
        "--balls",
        "60",
        "--optimizer",
        "sgd,adam",
        "--steps",
        "25",
        "--every",
        "10",
    )
    succeed(tmp_path, *arguments, "-o", "x.npz")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as file:
        data = dict(file)
    assert data["tick"].tolist() == [0, 10, 20, 25]
    assert data["position"].shape == (4, 2, 60)
    assert data["swarm"].tolist() == [0] * 30 + [1] * 30
    np.testing.assert_array_equal(data["position"][0, :, :30], data["position"][0, :, 30:])
    surface = landscapes.get("himmelblau")
    for position, loss in zip(data["position"], data["loss"], strict=True):
        np.testing.assert_allclose(loss, surface.value(position.astype(np.float64)), rtol=1e-4, atol=1e-4)
    assert (np.median(data["loss"], axis=1)[1:] < np.median(data["loss"][0])).all()

    succeed(tmp_path, *arguments, "-o", "x.csv")
    with (tmp_path / "x.csv").open(newline="") as text:
        rows = list(csv.DictReader(text))
    assert len(rows) == 4 * 60
    for column in ("tick", "ball", "swarm", "status"):
        expected = {
            "tick": np.repeat(data["tick"], 60),
            "ball": np.tile(np.arange(60), 4),
            "swarm": np.tile(data["swarm"], 4),
            "status": data["status"].ravel(),
        }[column]
        assert [int(row[column]) for row in rows] == expected.tolist()
    for column, values in (
        ("x", data["position"][:, 0]),
        ("y", data["position"][:, 1]),
        ("loss", data["loss"]),
    ):
        read = np.array([row[column] for row in rows], np.float32)
        np.testing.assert_array_equal(read, values.ravel())


def test_an_existing_file_is_replaced_by_force_only(tmp_path: Path) -> None:
    old = tmp_path / "x.csv"
    old.write_text("precious")
    arguments = ("run", "bowl", "--balls", "10", "--steps", "1", "-o", "x.csv")
    complain(run(tmp_path, *arguments), "--force")
    assert old.read_text() == "precious"
    succeed(tmp_path, *arguments, "--force")
    assert old.read_text().startswith("tick,ball,")


@pytest.mark.parametrize(("answer", "replaced"), [("y", True), ("n", False)])
def test_somebody_at_a_terminal_is_asked(tmp_path: Path, answer: str, replaced: bool) -> None:
    (tmp_path / "x.csv").write_text("precious")
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    done = subprocess.run(
        [*PROGRAM, "run", "bowl", "--balls", "10", "--steps", "1", "-o", "x.csv"],
        cwd=tmp_path,
        env=environment(),
        stdin=theirs,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    os.close(ours)
    os.close(theirs)
    assert "x.csv exists. Replace it?" in done.stderr
    assert done.returncode == (0 if replaced else 2)
    assert ((tmp_path / "x.csv").read_text() != "precious") == replaced


TABLES: dict[str, list[str]] = {
    "landscapes": landscapes.names(),
    "formats": [row.ending for row in FORMATS],
    "datasets": [row.name for row in DATASETS],
    "spaces": [row.name for row in SPACES],
    "optimizers": [row.name for row in OPTIMIZERS],
    "schedules": [row.name for row in SCHEDULES],
    "starts": [row.name for row in STARTS],
    "borders": [row.name for row in BORDERS],
    "commands": [row.name for row in COMMANDS],
    "demos": demo_names(),
    "presets": list(PRESETS),
    "themes": [theme.name for theme in THEMES],
    "keys": [],
}


NOTES = {
    "optimizers": "All that follow the gradient also take clip_value=0, clip_norm=0, sam=0.",
    "schedules": "All of them also take warmup=0, warmup_factor=0.333333, as in "
    "--schedule cosine:t_max=600,warmup=50.",
}


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_json_lines_and_paragraphs(tmp_path: Path, table: str) -> None:
    rows = json.loads(succeed(tmp_path, "list", table, "--json"))
    names = [row.get("name", row.get("ending")) for row in rows]
    assert [name for name in names if name] == TABLES[table]
    assert rows

    heading, *lines = succeed(tmp_path, "list", table).splitlines()
    assert heading.split() == list(rows[0])
    if table in NOTES:
        assert lines.pop() == NOTES[table]
        assert not any("warmup" in row["parameters"] or "clip_" in row["parameters"] for row in rows)
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert all(str(value) in line for value in row.values())

    text = on_a_terminal(tmp_path, "list", table)
    shown = [line.rstrip() for line in text.splitlines()]
    assert max(len(line) for line in shown if line not in NOTES.values()) <= 80
    words = " ".join(shown).split()
    assert all(word in words for row in rows for value in row.values() for word in str(value).split())


def on_a_terminal(folder: Path, *arguments: str) -> str:
    """What is printed on a terminal of 80 columns, without its colours."""
    ours, theirs = pty.openpty()
    game = subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=folder,
        env=environment(COLUMNS="80", TERM="xterm"),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    text = b""
    while True:
        try:
            text += os.read(ours, 65536)
        except OSError:  # how Linux says that the other side is closed
            break
    os.close(ours)
    _, said = game.communicate(timeout=PATIENCE_S)
    assert (game.returncode, said) == (0, b"")
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text.decode())


def test_a_narrow_terminal_still_gets_its_table(tmp_path: Path) -> None:
    text = succeed(tmp_path, "list", "keys", PYTHONIOENCODING="ascii")
    assert "learning rate up or down" in text


def test_the_doctor_finds_this_machine_in_health(tmp_path: Path) -> None:
    text = succeed(tmp_path, "doctor")
    for word in ("Python", "numpy", "OpenGL", "Mesa", "libx264", ".webm", "display", "none"):
        assert word in text
    assert all(line.startswith("ok ") for line in text.splitlines())


def test_a_race_is_pictured_and_filmed_side_by_side(tmp_path: Path) -> None:
    race = ("himmelblau", "--optimizer", "sgd,adam", "--balls", "80", "--size", "320x180")
    split = (*race, "--do", "view.split")
    succeed(tmp_path, "snapshot", *race, "--steps", "5", "-o", "one.png")
    succeed(tmp_path, "snapshot", *split, "--steps", "5", "-o", "two.png")
    one, two = pixels(tmp_path / "one.png"), pixels(tmp_path / "two.png")
    assert two.shape == one.shape == (180, 320, 3)
    line = two[:, 159:161].astype(int).max(axis=(1, 2))
    assert (line > two[:, 157].max(axis=1) + 20).mean() > 0.9
    succeed(tmp_path, "record", *split, "--seconds", "0.1", "-o", "film")
    assert all(frame.shape == (180, 320, 3) for frame in pictures(tmp_path / "film"))
    alone = run(tmp_path, "snapshot", "bowl", "--do", "view.split", "-o", "x.png")
    complain(alone, "only one optimizer", "--optimizer")


def test_a_snapshot_has_the_size_that_was_asked_for(tmp_path: Path) -> None:
    first = ("snapshot", "himmelblau", "--size", "161x91", "--balls", "300", "--steps", "20")
    for name, more in {"a": (), "b": (), "later": ("--steps", "60"), "bare": ("--no-panel",)}.items():
        said = succeed(tmp_path, *first, *more, "-o", f"{name}.png")
        assert said == f"{name}.png: Himmelblau after {60 if name == 'later' else 20} steps\n"
    seen = {path.stem: pixels(path) for path in tmp_path.iterdir()}
    assert all(picture.shape == (91, 161, 3) for picture in seen.values())
    np.testing.assert_array_equal(seen["a"], seen["b"])
    assert (seen["a"] != seen["later"]).any()
    assert (seen["a"] != seen["bare"]).any()


FILM = ("record", "himmelblau", *SMALL, "--seconds", "0.5", "--fps", "24", "--quality", "low")
REDS = ("--theme", "ember", "--no-panel")
"""Where a mistaken colour matrix cannot hide."""


def test_a_film_has_exactly_the_frames_of_its_pictures(tmp_path: Path) -> None:
    for name in ("film.mp4", "frames", "again"):
        said = succeed(tmp_path, *FILM, *REDS, "-o", name)
        assert said == f"{name}: 12 frames of 160x90 at 24 a second\n"
    drawn = pictures(tmp_path / "frames")
    assert len(drawn) == 12
    digests = [hashlib.sha256(picture.tobytes()).hexdigest() for picture in drawn]
    assert len(set(digests)) == 12, "balls roll and the camera drifts: no two pictures are the same"
    again = [hashlib.sha256(picture.tobytes()).hexdigest() for picture in pictures(tmp_path / "again")]
    assert again == digests

    with av.open(str(tmp_path / "film.mp4")) as film:
        stream = film.streams.video[0]
        assert (stream.width, stream.height, float(stream.average_rate or 0)) == (160, 90, 24)
        assert stream.codec_context.name == "h264"
        frames = list(film.decode(stream))
    times = [frame.time for frame in frames]
    assert times == pytest.approx([number / 24 for number in range(12)])
    for frame, picture in zip(frames, drawn, strict=True):
        assert (frame.colorspace, frame.color_range) == (1, 1), "BT.709, limited range"
        error = blocks(as_rgb(frame.to_ndarray())) - blocks(picture)
        assert np.abs(error).max() < 12
        assert np.sqrt((error**2).mean()) < 1.6
        assert np.abs(error.mean(axis=(0, 1))).max() < 0.8


def as_rgb(planes: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Rows of Y, U and V, 4:2:0 and 16..235, as (h, w, 3) of 0..255 by the numbers of BT.709."""
    height, width = planes.shape[0] * 2 // 3, planes.shape[1]
    y = (planes[:height] - 16.0) * 255 / 219
    u, v = (
        np.repeat(np.repeat(plane - 128.0, 2, axis=0), 2, axis=1) * 255 / 112
        for plane in planes[height:].reshape(2, height // 2, width // 2)
    )
    red, blue = y + (1 - 0.2126) * v, y + (1 - 0.0722) * u
    green = (y - 0.2126 * red - 0.0722 * blue) / 0.7152
    return np.stack([red, green, blue], axis=2)


def blocks(picture: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Means over 10x10 pixels: colours, without what compression does to edges."""
    height, width, _ = picture.shape
    cut = picture.reshape(height // 10, 10, width // 10, 10, 3)
    return np.asarray(cut.mean(axis=(1, 3), dtype=np.float64))


def test_a_film_takes_the_rate_that_its_format_can(tmp_path: Path) -> None:
    said = succeed(tmp_path, "record", "bowl", *SMALL, "--seconds", "0.1", "-o", "x.gif")
    assert said == "x.gif: 5 frames of 160x90 at 50 a second\n"
    with av.open(str(tmp_path / "x.gif")) as film:
        assert len(list(film.decode(video=0))) == 5


def test_a_demo_of_ones_own_is_played_at_its_times(tmp_path: Path) -> None:
    (tmp_path / "plain.toml").write_text(DEMO)
    (tmp_path / "cued.toml").write_text(DEMO + '[[cues]]\nat = 0.25\ndo = "theme.select paper"\n')
    for name in ("plain", "cued"):
        arguments = ("record", f"{name}.toml", "--size", "160x90", "--fps", "8", "--quality", "low")
        assert succeed(tmp_path, *arguments, "-o", name).startswith(f"{name}: 4 frames")
    pairs = zip(pictures(tmp_path / "plain"), pictures(tmp_path / "cued"), strict=True)
    assert [bool((plain == cued).all()) for plain, cued in pairs] == [True, True, False, False]


def test_lines_of_the_shell_are_carried_out_first(tmp_path: Path) -> None:
    told = summary(tmp_path, "bowl", "--balls", "10", "--do", "optimizer.select lion", "--do", "lr.set 0.25")
    assert [(swarm["optimizer"], swarm["lr"]) for swarm in told["swarms"]] == [("lion", 0.25)]


def test_a_sweep_gives_every_ball_its_own_rate(tmp_path: Path) -> None:
    arguments = (
        "bowl",
        "--optimizer",
        "sgd",
        "--lr",
        "1e-3..0.1",
        "--balls",
        "50",
        "--steps",
        "40",
        "-o",
        "t.npz",
    )
    assert summary(tmp_path, *arguments)["swarms"][0]["lr"] == pytest.approx([1e-3, 0.1])
    with np.load(tmp_path / "t.npz") as file:
        shrunk = np.abs(file["position"][-1] / file["position"][0])
    # A step multiplies the position by 1 - 2 lr.
    expected = (1 - 2 * np.geomspace(1e-3, 0.1, 50)) ** 40
    np.testing.assert_allclose(np.sort(shrunk), np.sort([expected, expected]), rtol=1e-3)
