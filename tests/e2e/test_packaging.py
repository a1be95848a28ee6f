"""The wheel, installed alone and run from another directory: nothing may come from the checkout."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pygame
import pytest

import landscapes

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("assets", "game", "landscapes")


def shipped(room: str) -> set[str]:
    """What of a room belongs into the wheel: every file but compiled Python and the README's pictures."""
    files = (path.relative_to(ROOT) for path in (ROOT / room).rglob("*") if path.is_file())
    return {path.as_posix() for path in files if not {"__pycache__", "pictures"} & set(path.parts)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (built,) = folder.glob("downslope-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
    subprocess.run([*command, "--target", str(target), str(wheel)], check=True, timeout=60)
    return target


def run(installed: Path, folder: Path, *arguments: str) -> str:
    """Runs Python on the installed wheel. Without ``site``, so that no .pth file leads back to the checkout."""
    path = os.pathsep.join([str(installed), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    done = subprocess.run(
        [sys.executable, "-S", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_every_file_of_the_rooms_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    extra = {name for name in names if not name.split("/")[0].startswith("downslope-")}
    assert extra == set().union(*map(shipped, ROOMS))
    licences = {name.split("/licenses/")[1] for name in names if "/licenses/" in name}
    assert licences == {"LICENSE", "assets/data/LICENSES.md", "assets/fonts/OFL.txt"}


def test_every_room_comes_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    program = "import assets, game, landscapes; print(assets.__file__, game.__file__, landscapes.__file__)"
    for origin in run(installed, tmp_path, "-c", program).split():
        assert Path(origin).is_relative_to(installed)


@pytest.mark.parametrize("start", [("-m", "game"), ("bin/downslope",)])
def test_the_program_starts(installed: Path, tmp_path: Path, start: tuple[str, ...]) -> None:
    here = [str(installed / part) if "/" in part else part for part in start]
    text = run(installed, tmp_path, *here, "--help")
    for command in ("play", "record", "snapshot", "run", "list", "doctor"):
        assert command in text


def test_it_lists_all_landscapes(installed: Path, tmp_path: Path) -> None:
    rows = json.loads(run(installed, tmp_path, "-m", "game", "list", "landscapes", "--json"))
    assert [row["name"] for row in rows] == list(landscapes.names())


def test_it_finds_its_data_fonts_and_shaders(installed: Path, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    arguments = ("--balls", "50", "--steps", "5", "--size", "320x180", "-o", str(picture))
    run(installed, tmp_path, "-m", "game", "snapshot", "breast-cancer", *arguments)
    assert pygame.image.load(picture).get_size() == (320, 180)
