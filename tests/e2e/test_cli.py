"""The shell, as a user meets it: the real command in a process of its own, in a folder of its own."""

import csv
import hashlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pygame
import pytest

import landscapes
from game.commands import COMMANDS
from game.demo import demo_names
from game.scene.theme import THEMES
from game.simulation import OPTIMIZERS, SCHEDULES

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "game"]
SMALL = ("--size", "160x90", "--balls", "200")
PATIENCE_S = 60.0
EVENTS_S = 0.02

Done = subprocess.CompletedProcess[str]
Pixels = npt.NDArray[np.uint8]


def environment(**changes: str) -> dict[str, str]:
    """Of a machine without a display, on which the checkout is the installed package."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
    return kept | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | changes


def run(folder: Path, *arguments: str, **changes: str) -> Done:
    return start([*PROGRAM, *arguments], folder, **changes)


def start(command: list[str], folder: Path, **changes: str) -> Done:
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(**changes),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


def succeed(folder: Path, *arguments: str, **changes: str) -> str:
    done = run(folder, *arguments, **changes)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too; a folder is an empty one."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
    }


def pictures(folder: Path) -> list[Pixels]:
    return [pixels(path) for path in sorted(folder.iterdir())]


def pixels(path: Path) -> Pixels:
    return np.asarray(pygame.surfarray.array3d(pygame.image.load(path)).swapaxes(0, 1), np.uint8)


def poll(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(EVENTS_S)


def complain(done: Done, *words: str) -> None:
    """One line on stderr that says what and what to do, exit code 2, nothing else."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("downslope: ")
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr


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
    (("run", "bowl", "--balls", "10000000000"), ("GB", "50,000,000")),
    (("run", "bowl", "--balls", "1.5"), ("--balls", "downslope run --help")),
    (("run", "bowl", "--balls", "٣"), ("--balls",)),
    (("run", "bowl", "--lr", "-0.1"), ("lr", "above 0")),
    (("run", "bowl", "--lr", "nan"), ("lr", "nan")),
    (("run", "bowl", "--lr", "inf"), ("lr", "inf")),
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
    (("run", "bowl", "--batch-size", "8"), ("'bowl'", "no minibatches")),
    (("run", "breast-cancer", "--batch-size", "0"), ("1 to 569",)),
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
    for name in ("old.mp4", "old.png", "old.csv"):
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
    poll(lambda: len(list(tmp_path.glob(".frames.*/*.png"))) > 3)
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


def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    game = subprocess.Popen(
        [*PROGRAM, "run", "bowl", "--steps", "10000000", "--every", "100000", "-o", "x.npz"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    poll(lambda: list(tmp_path.glob(".x.npz.*")))
    game.send_signal(signal.SIGINT)
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
        "--do",
    ]
    drawn = ["--size", "--theme", "--quality"]
    options = {"play": shared + drawn, "record": shared + drawn, "snapshot": shared + drawn, "run": shared}
    for option in options.get(command, []):
        assert f"  {option} " in text


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
    heading, swarm, columns, *rows = succeed(tmp_path, "run", *arguments).splitlines()
    assert heading.startswith("Himmelblau after 300 steps: ")
    assert swarm.startswith("adam at lr ")
    assert columns.split() == ["valley", "x", "y", "loss", "area", "global", "balls"]
    printed = [int(row.split()[-1].replace(",", "")) for row in rows]
    assert printed == [valley["balls"] for valley in told["valleys"]]


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
    "optimizers": [row.name for row in OPTIMIZERS],
    "schedules": [row.name for row in SCHEDULES],
    "commands": [row.name for row in COMMANDS],
    "demos": demo_names(),
    "themes": [theme.name for theme in THEMES],
    "keys": [],
}


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_json_lines_and_paragraphs(tmp_path: Path, table: str) -> None:
    rows = json.loads(succeed(tmp_path, "list", table, "--json"))
    assert [row["name"] for row in rows if "name" in row] == TABLES[table]
    assert rows

    heading, *lines = succeed(tmp_path, "list", table).splitlines()
    assert heading.split() == list(rows[0])
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert all(str(value) in line for value in row.values())

    text = on_a_terminal(tmp_path, "list", table)
    shown = [line.rstrip() for line in text.splitlines()]
    assert max(map(len, shown)) <= 80
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
