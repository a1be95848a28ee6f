"""``downslope scan my_training.py:problem`` as its user meets it."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import landscapes
from game.scan.script import Script, scan_script
from landscapes import InputError
from tests.e2e.shell import run

TRAINING = """
import torch
from torch import nn
from landscapes import Problem
from helper import draw_points

def problem():
    torch.manual_seed(0)
    inputs, targets = draw_points()
    model, loss = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2)), nn.CrossEntropyLoss()
    optimizer, checkpoints = torch.optim.Adam(model.parameters(), lr=0.1), []
    for step in range(8):
        checkpoints.append({name: part.clone() for name, part in model.state_dict().items()})
        optimizer.zero_grad()
        loss(model(inputs), targets).backward()
        optimizer.step()
    print("trained")
    return Problem(model, loss, [(inputs, targets)], checkpoints, "Mine")

def strange():
    return {"model": nn.Linear(2, 2), "loss": nn.MSELoss(), "data": [(torch.zeros(3, 5), torch.zeros(3, 2))]}
"""
HELPER = """
import torch

def draw_points():
    inputs = torch.randn(40, 2)
    return inputs, (inputs.prod(dim=1) > 0).long()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "my_training.py").write_text(TRAINING)
    (tmp_path / "helper.py").write_text(HELPER)
    return tmp_path


def test_a_training_of_ones_own_becomes_ground_that_rolls(folder: Path) -> None:
    spec = ("scan", "my_training.py:problem", "--plane", "pca", "--resolution", "24")
    done = run(folder, *spec, "-o", "mine.npz")
    assert done.returncode == 0, done.stderr
    assert "running my_training.py, which is code of yours" in done.stderr
    assert "mine.npz: Mine" in done.stdout
    assert "the way there: 9 checkpoints with the model" in done.stdout
    (folder / "my_training.py").unlink()
    surface = landscapes.get(str(folder / "mine.npz"))
    assert surface.trajectory is not None
    assert surface.trajectory.residual.shape == (9,)
    np.testing.assert_allclose(surface.value([[0.0], [0.0]]), surface.trajectory.loss[-1], rtol=0.05)
    told = json.loads(
        run(folder, "run", "mine.npz", "--whole", "--balls", "9", "--steps", "9", "--json").stdout
    )
    assert sum(told["balls"].values()) == 9


def test_what_fails_in_the_model_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [*sys.path])
    with pytest.raises(
        InputError, match=r"my_training\.py: RuntimeError at .*: .*shapes cannot be multiplied"
    ):
        scan_script(Script(Path("my_training.py"), "strange"), folder / "x.npz")
    assert not (folder / "x.npz").exists()
