"""The README says what the program says."""

import re
import subprocess
import sys

import assets
from game.report import list_table
from tests.make.readme import README, with_tables


def test_tables_are_the_programs_own() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_tables(text) == text, "run: python -m tests.make.readme"


def test_every_picture_and_link_into_the_repository_exists() -> None:
    text = README.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([^)]+)\)", text):
        assert (README.parent / target).is_file(), target


def test_every_list_named_there_can_be_printed() -> None:
    named = re.findall(r"downslope list (\w+)", README.read_text(encoding="utf-8"))
    assert named
    for name in named:
        assert list_table(name)


def test_demos_named_there_ship() -> None:
    for target in re.findall(r"assets/demos/([\w-]+\.toml)", README.read_text(encoding="utf-8")):
        assert assets.path("demos", target).is_file()


def test_its_python_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        subprocess.run([sys.executable, "-c", block], check=True, cwd=README.parent, timeout=60)
