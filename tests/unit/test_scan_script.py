"""Scripts that cannot be scanned: one line with file and line, and nothing written."""

import sys
from pathlib import Path

import pytest

from game.scan import find_script, scan_script
from landscapes import InputError

SCRIPT = """
from landscapes import Problem

def fails():
    half = 0
    return 1 / half

def leaves():
    raise SystemExit("enough")

number = 7
unfinished = {"model": 1, "loss": 2}
misspelt = {"model": 1, "loss": 2, "data": 3, "checkpoint": 4}
"""

BAD = {
    "missing": ("unknown name in mine.py 'missing'",),
    "fails": ("mine.py:6: ZeroDivisionError: division by zero",),
    "leaves": ("mine.py:9: SystemExit: enough",),
    "number": ("is of type int", "landscapes.Problem"),
    "unfinished": ("has no data",),
    "misspelt": ("unknown checkpoint", "checkpoints"),
    "failz": ("failz", "did you mean fails"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_a_script_does_wrong_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "mine.py").write_text(SCRIPT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    said: list[str] = []
    script = find_script(f"mine.py:{name}")
    assert script is not None
    with pytest.raises(InputError) as refused:
        scan_script(script, Path("x.npz"), say=said.append)
    assert said == ["running mine.py, which is code of yours"]
    assert "\n" not in str(refused.value)
    assert all(word in str(refused.value) for word in BAD[name])
    assert not Path("x.npz").exists()


def test_what_is_no_script_is_left_to_others() -> None:
    assert find_script("moons") is None
    assert find_script("table.csv") is None
    for spec in ("a/b.py", "a/b.py:problem", "a/b.py:"):
        assert find_script(spec) == (Path("a/b.py"), "problem")
    assert find_script(r"C:\mine.py:other") == (Path(r"C:\mine.py"), "other")
