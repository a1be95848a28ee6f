"""Write the README's tables from the program's own: ``python -m tests.make.readme``."""

import re
from pathlib import Path

from game.keymap import help_rows
from game.report import list_table, markdown

README = Path(__file__).parents[2] / "README.md"
COLUMNS = {
    "keys": ("keys", "about"),
    "formats": ("ending", "use", "about"),
    "datasets": ("name", "about", "source"),
    "landscapes": ("shelf", "name", "parameters", "about", "source"),
    "optimizers": ("name", "formula", "parameters", "about", "source"),
    "schedules": ("name", "about", "parameters"),
}


def with_tables(text: str) -> str:
    """The README with every table between its two comments made anew."""
    for name, columns in COLUMNS.items():
        # The keys that ship with the game, whatever keys of his own the writer has.
        table = [row._asdict() for row in help_rows()] if name == "keys" else list_table(name)
        rows = [{column: row[column] for column in columns} for row in table]
        block = re.search(rf"<!-- {name}:[^>]*-->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
        assert block, f"README.md has no place for the table of {name}"
        text = f"{text[: block.start(1)]}{markdown(rows)}\n{text[block.end(1) :]}"
    return text


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
