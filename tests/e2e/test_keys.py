"""Keys of the player's own, on the shell."""

import json
from pathlib import Path

import pytest

from tests.e2e.shell import run, succeed


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    folder = tmp_path / "settings" / "downslope"
    folder.mkdir(parents=True)
    return folder / "keymap.toml"


def test_own_keys_are_listed_with_what_they_replace(tmp_path: Path, own_file: Path) -> None:
    own_file.write_text('[keys]\nr = "seed.set 7"\n', encoding="utf-8")
    rows = json.loads(succeed(tmp_path, "list", "keys", "--json", XDG_CONFIG_HOME=str(own_file.parents[1])))
    assert [row["own"] for row in rows if row["own"]] == ["r: was balls.release"]
    assert "r: was balls.release" in succeed(
        tmp_path, "list", "keys", XDG_CONFIG_HOME=str(own_file.parents[1])
    )


def test_a_damaged_file_is_one_line_and_harms_nothing_but_the_list_of_keys(
    tmp_path: Path, own_file: Path
) -> None:
    own_file.write_text('[keys]\nr = "seed.sett 7"\n', encoding="utf-8")
    settings = str(own_file.parents[1])
    done = run(tmp_path, "list", "keys", XDG_CONFIG_HOME=settings)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert f"{own_file}: key 'r': unknown command 'seed.sett'; did you mean seed.set" in done.stderr
    doctor = run(tmp_path, "doctor", XDG_CONFIG_HOME=settings)
    assert doctor.returncode == 1
    assert "mend or remove that file" in doctor.stdout
    succeed(tmp_path, "run", "bowl", "--steps", "3", "--balls", "10", XDG_CONFIG_HOME=settings)
    assert own_file.exists()
