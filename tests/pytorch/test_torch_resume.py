"""A script's scan: coarse first, kept, gone on with, by whatever executor, and never mixed with another model's."""

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from game.scan import open_scan
from game.scan.errand import send_along
from game.scan.script import Script, scan_script
from landscapes import InputError, Landscape
from landscapes.files import read_sheet
from landscapes.levels import find_levels
from tests.e2e.shell import run

SIDE = 12
"""Grid points along each side: 144 points, in chunks of 64, 64 and 16."""
TRAINING = """
import os
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

HERE = Path(__file__).parent

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.slope, self.last = nn.Linear(4, 5), nn.PReLU(), nn.Linear(5, 3)

    def forward(self, signal):
        return self.last(self.slope(self.first(signal)))

def loss(answers, targets):
    # One point at a time: the other ways cannot have the number itself.
    cost = functional.cross_entropy(answers, targets).item()
    with (HERE / "calls").open("a") as file:
        file.write("x")
    if (HERE / "calls").stat().st_size == 110 and (HERE / "bomb").exists():
        (HERE / "bomb").unlink()
        os.kill(os.getpid(), 9)
    return cost

def strict(answers, targets):
    cost = functional.cross_entropy(answers, targets).item()
    if cost > 1.25:
        raise OverflowError("steep")
    return cost

def problem(loss=loss):
    torch.manual_seed(0)
    return {"model": Net(), "loss": loss, "data": iter([(torch.randn(20, 4), torch.arange(20) % 3)])}

def steep():
    return problem(strict)
"""
SPEC = Script(Path("mine.py"), "problem")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mine.py").write_text(TRAINING)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def scan(folder: Path, script: Script = SPEC, executor: str = "threads") -> tuple[Landscape, int]:
    """The surface, and how often the loss was asked for."""
    (folder / "calls").unlink(missing_ok=True)
    (folder / "out.npz").unlink(missing_ok=True)
    surface = scan_script(script, folder / "out.npz", resolution=SIDE, executor=executor)
    return surface, (folder / "calls").stat().st_size if (folder / "calls").exists() else 0


def heights(folder: Path) -> bytes:
    return read_sheet(folder / "out.npz").loss.tobytes()


def test_whoever_was_killed_asks_for_no_finished_point_again_and_a_changed_model_for_all(
    folder: Path,
) -> None:
    (folder / "bomb").touch()
    killed = run(folder, "scan", "mine.py", "--resolution", str(SIDE), "-o", "out.npz")
    assert killed.returncode == -9 or sys.platform == "win32"
    assert not (folder / "out.npz").exists()
    assert len(list((folder / "cache").rglob("*.chunk"))) == 1
    _, calls = scan(folder)
    resumed = heights(folder)
    _, before = scan(folder)
    assert calls - before == SIDE**2 - 64
    assert heights(folder) == resumed
    (folder / "mine.py").write_text(TRAINING.replace("manual_seed(0)", "manual_seed(1)"))
    assert scan(folder)[1] - before == SIDE**2
    assert heights(folder) != resumed
    # Nor is a loss that was mended taken for the one that failed.
    (folder / "mine.py").write_text(TRAINING.replace(".item()", ".item() * (1 + 1e-7)"))
    assert scan(folder)[1] - before == SIDE**2
    # And from nothing it is what it was.
    (folder / "mine.py").write_text(TRAINING)
    (folder / "cache").rename(folder / "elsewhere")
    assert scan(folder)[1] - before == SIDE**2
    assert heights(folder) == resumed


def test_a_point_at_which_the_model_fails_is_a_hole_with_its_reason(folder: Path) -> None:
    surface, _ = scan(folder, Script(Path("mine.py"), "steep"))
    sheet = read_sheet(folder / "out.npz")
    lost = int(np.isnan(sheet.loss).sum())
    assert 0 < lost < SIDE**2 / 2
    assert sheet.notes == surface.notes
    assert f"{lost} points have no loss; the first one, (" in sheet.notes[0]
    assert sheet.notes[0].endswith("OverflowError: steep")


def test_other_processes_have_the_same_numbers(folder: Path) -> None:
    scan(folder)
    alone = heights(folder)
    (folder / "cache").rename(folder / "elsewhere")
    scan(folder, executor="processes")
    assert heights(folder) == alone
    with ProcessPoolExecutor(1) as pool, pytest.raises(InputError) as refused:
        send_along(pool, SPEC.path).submit(print, lambda: 0)  # type: ignore[union-attr]
    assert "mine.py: the model and its loss cannot be sent to other processes (" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_game_opens_on_the_coarse_surface_of_a_script(folder: Path) -> None:
    said: list[str] = []
    with open_scan("mine.py:problem", "threads", said.append) as live:
        coarse = read_sheet(Path(live.wait()))
    assert said == ["running mine.py, which is code of yours"]
    assert coarse.loss.shape == (17, 17)
    whole = scan_script(SPEC, folder / "whole.npz", resolution=65)
    axis = find_levels(65)[0].axis
    np.testing.assert_array_equal(coarse.loss, read_sheet(folder / "whole.npz").loss[np.ix_(axis, axis)])
    assert coarse.about == f"Net: {whole.about}"
    with (
        open_scan("mine.py:nothing", "threads", said.append) as live,
        pytest.raises(InputError, match="nothing"),
    ):
        live.wait()
