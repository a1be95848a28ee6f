"""What the panel remembers between runs: a small TOML file in the user's folder of settings."""

import contextlib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

WIDTH = 300.0
NARROWEST, WIDEST = 250.0, 560.0
"""Of the controls, reference pixels."""


@dataclass
class Arrangement:
    """How the controls are laid out, and who need not be shown round again.

    Attributes:
        shown: whether they are.
        width: reference pixels.
        opened: names of the sections that are unfolded.
        toured: whether the tour was given before.
    """

    shown: bool = False
    width: float = WIDTH
    opened: set[str] = field(default_factory=lambda: {"swarms", "play"})
    toured: bool = False


def arrangement_path() -> Path:
    """Where a user's arrangement is kept."""
    return platformdirs.user_config_path("downslope", appauthor=False) / "panel.toml"


def read_arrangement(path: Path) -> tuple[Arrangement, str]:
    """What was written there, and what to tell; where there is nothing, the usual one.

    A file that cannot be understood is set aside, as ``.broken``.
    """
    try:
        return _understand(tomllib.loads(path.read_text(encoding="utf-8"))), ""
    except FileNotFoundError:
        return Arrangement(), ""
    except (ValueError, TypeError, KeyError):
        aside = path.with_name(path.name + ".broken")
        with contextlib.suppress(OSError):
            path.replace(aside)
        return (
            Arrangement(),
            f"{path} cannot be understood: set aside as {aside.name}, the panel is as at first",
        )
    except OSError as error:
        return Arrangement(), f"{path} cannot be read ({error.strerror}): the panel is as at first"


def write_arrangement(path: Path, arrangement: Arrangement) -> None:
    """Keep it for the next run.

    Raises:
        OSError: the file cannot be written.
    """
    opened = ", ".join(f'"{name}"' for name in sorted(arrangement.opened))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "# How the controls of Downslope are laid out; written at the end of each game.\n"
        f"shown = {str(arrangement.shown).lower()}\nwidth = {arrangement.width:.1f}\nopened = [{opened}]\n"
        f"toured = {str(arrangement.toured).lower()}\n",
        encoding="utf-8",
    )


def _understand(table: dict[str, object]) -> Arrangement:
    shown, width, opened = table["shown"], table["width"], table["opened"]
    toured = table.get("toured", False)
    if not (isinstance(shown, bool) and isinstance(toured, bool)):
        raise TypeError
    if not (isinstance(width, float) and isinstance(opened, list)):
        raise TypeError
    if not (NARROWEST <= width <= WIDEST and all(isinstance(name, str) for name in opened)):
        raise ValueError
    return Arrangement(shown, width, set(opened), toured)
