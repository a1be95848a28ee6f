"""Scripts of the user's own through the real command."""

from pathlib import Path

from tests.e2e.shell import complain, contents, run

SCRIPT = "def problem():\n    return 1 / 0\n"


def test_code_of_ones_own_is_run_and_its_faults_are_told(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SCRIPT)
    done = run(tmp_path, "scan", "mine.py", "-o", "x.npz")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "downslope: running mine.py, which is code of yours",
        "downslope: mine.py:2: ZeroDivisionError: division by zero",
    ]
    complain(
        run(tmp_path, "scan", "mine.py", "--hidden", "3", "--samples", "-o", "x.npz"), "--hidden, --samples"
    )
    assert not any(name.endswith("x.npz") for name in contents(tmp_path))
