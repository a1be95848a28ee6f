"""What the shell prints and writes: tables, the census, trajectories, progress."""

import csv
import itertools
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

import landscapes
from game.simulation import World
from landscapes.errors import InputError, unknown

Row = dict[str, Any]

LONGEST_RUN = 100
"""Steps between two looks at the progress bar."""
MOST_TRAJECTORY_BYTES = 4e9
BYTES_PER_POINT = 13
"""Of a trajectory, for each ball."""
SHOWN_VALLEYS = 20
GAP = 2
"""Blanks between columns."""


class Trajectory(NamedTuple):
    """Where balls were, some steps apart.

    Attributes:
        tick: of each point, ``(t,)``.
        position: ``(t, 2, n)`` float32.
        loss: ``(t, n)`` float32.
        status: ``(t, n)`` uint8.
        swarm: of each ball, ``(n,)``.
    """

    tick: npt.NDArray[np.int64]
    position: npt.NDArray[np.float32]
    loss: npt.NDArray[np.float32]
    status: npt.NDArray[np.uint8]
    swarm: npt.NDArray[np.uint8]


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar with the time to go, on stderr; yields what is called with how much is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)


def simulate(
    world: World, steps: int, every: int = LONGEST_RUN, note: Callable[[], None] = lambda: None
) -> None:
    """Take steps with a progress bar.

    Args:
        world: is stepped on.
        steps: how many.
        every: steps between two notes.
        note: called before the first step, after each ``every`` steps, and after the last.
    """
    note()
    with progress("simulating", steps) as advance:
        for first in range(0, steps, every):
            last = min(first + every, steps)
            for done in range(first, last, LONGEST_RUN):
                run = min(LONGEST_RUN, last - done)
                world.step(run)
                advance(done + run)
            note()


def trace(world: World, steps: int, every: int) -> Trajectory:
    """Take steps and note where the balls are before the first, after each ``every``, and after the last.

    Raises:
        InputError: the trajectory would not fit into memory.
    """
    points, balls = 1 + -(-steps // every), world.status.size
    size = points * balls * BYTES_PER_POINT
    if size > MOST_TRAJECTORY_BYTES:
        raise InputError(
            f"a trajectory of {points:,} points for {balls:,} balls would need {size / 1e9:,.0f} GB; "
            "take fewer balls or a larger --every"
        )
    trajectory = Trajectory(
        np.empty(points, np.int64),
        np.empty((points, 2, balls), np.float32),
        np.empty((points, balls), np.float32),
        np.empty((points, balls), np.uint8),
        np.repeat(np.arange(len(world.swarms)), [swarm.size for swarm in world.swarms]).astype(np.uint8),
    )
    row = itertools.count()

    def note() -> None:
        at = next(row)
        trajectory.tick[at] = world.tick
        trajectory.position[at] = world.positions
        trajectory.loss[at] = world.losses
        trajectory.status[at] = world.status

    simulate(world, steps, every, note)
    return trajectory


def check_trajectory_path(path: Path) -> None:
    """Raise an InputError for an ending that is not known."""
    if path.suffix.lower() not in (".npz", ".csv"):
        raise InputError(f"cannot write {path}: trajectories go to .npz or .csv")


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """A file to write that takes the place of ``path`` when the ``with`` block ends well, and only then.

    Raises:
        RecordingError: the place cannot be written; known before the block begins.
    """
    # Late, because it brings FFmpeg along, and tables can do without.
    from game.recording import RecordingError
    from game.recording.draft import Draft

    draft = Draft(path)
    try:
        yield draft.path
    except OSError as error:
        draft.discard()
        raise RecordingError(f"cannot write {path}: {error.strerror or error}") from None
    except BaseException:
        draft.discard()
        raise
    draft.publish()


def write_trajectory(path: Path, ending: str, trajectory: Trajectory) -> None:
    """Write the trajectory's arrays (``.npz``), or a row for each ball and point (``.csv``)."""
    if ending.lower() == ".npz":
        with path.open("wb") as file:
            np.savez_compressed(file, **trajectory._asdict())
    else:
        with path.open("w", newline="", encoding="utf-8") as text:
            _write_csv(csv.writer(text), trajectory)


def summary(world: World) -> Row:
    """What became of a world, ready for JSON."""
    return {
        "landscape": world.landscape.name,
        "steps": world.tick,
        "digest": world.digest(),
        "balls": world.counts(),
        "swarms": [
            {
                "optimizer": swarm.optimizer.name,
                "lr": float(np.median(swarm.lr)),
                "settings": dict(swarm.settings),
                "balls": swarm.size,
                **_losses(world, number),
            }
            for number, swarm in enumerate(world.swarms)
        ],
        "valleys": [valley._asdict() for valley in world.census()],
    }


def print_census(world: World) -> None:
    """Print who settled where."""
    told = summary(world)
    counts = ", ".join(f"{count:,} {what}" for what, count in told["balls"].items())
    _print(f"{world.landscape.title} after {told['steps']:,} steps: {counts}")
    for swarm in told["swarms"]:
        loss = (
            "no loss is a number any more"
            if swarm["best_loss"] is None
            else f"median loss {swarm['median_loss']:.6g}, best {swarm['best_loss']:.6g}"
        )
        _print(f"{swarm['optimizer']} at lr {swarm['lr']:.3g}: {swarm['balls']:,} balls, {loss}")
    valleys = told["valleys"]
    print_rows(
        [_valley_row(number, valley) for number, valley in enumerate(valleys[:SHOWN_VALLEYS], start=1)]
    )
    if len(valleys) > SHOWN_VALLEYS:
        _print(f"and {len(valleys) - SHOWN_VALLEYS} more valleys; --json lists all")


def list_table(name: str) -> list[Row]:
    """The rows of ``downslope list NAME``.

    Raises:
        InputError: there is no such table.
    """
    if name not in _TABLES:
        raise unknown("table", name, _TABLES, f"{', '.join(_TABLES)}")
    return _TABLES[name]()


def print_rows(rows: list[Row]) -> None:
    """Print rows as columns: one line each where that fits or nobody looks, else a paragraph each."""
    if not rows:
        return
    cells = [list(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    console = Console()
    if not console.is_terminal or sum(widths) + GAP * (len(widths) - 1) <= console.width:
        _print_lines(cells, widths)
    else:
        _print_paragraphs(cells[1:], widths[0], console.width)


def _print_lines(cells: list[list[str]], widths: list[int]) -> None:
    heading, *body = cells
    numeric = [all(cell.lstrip("-")[:1].isdigit() for cell in column) for column in zip(*body, strict=True)]
    for row in cells:
        aligned = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ]
        _print((" " * GAP).join(aligned).rstrip(), "bold" if row is heading else "")


def _print_paragraphs(body: list[list[str]], indent: int, width: int) -> None:
    """The first cell at the left, the second beside it, the others fainter below that."""
    for name, *texts in body:
        margin = name.ljust(indent + GAP)
        for number, text in enumerate(texts):
            for line in textwrap.wrap(text, max(width - len(margin), 20)):
                _print(margin, "bold", end="")
                _print(line, "dim" if number else "")
                margin = " " * len(margin)


def _print(text: str, style: str = "", end: str = "\n") -> None:
    Console(highlight=False).print(Text(text, style), soft_wrap=True, end=end)


def markdown(rows: list[Row]) -> str:
    """Rows as a Markdown table, for the README."""
    lines = ["| " + " | ".join(rows[0]) + " |", "| " + " | ".join("---" for _ in rows[0]) + " |"]
    lines += ["| " + " | ".join(str(value) for value in row.values()) + " |" for row in rows]
    return "\n".join(lines)


def _list_landscapes() -> list[Row]:
    return [entry._asdict() for entry in landscapes.catalogue()]


def _list_optimizers() -> list[Row]:
    from game.simulation import OPTIMIZERS

    return [
        {
            "name": row.name,
            "about": row.about,
            "parameters": ", ".join(f"{hyper.name}={_shown(hyper.default)}" for hyper in row.hyper),
            "source": row.source,
        }
        for row in OPTIMIZERS
    ]


def _list_schedules() -> list[Row]:
    from game.simulation.schedules import SCHEDULES

    return [{"name": row.name, "about": row.about} for row in SCHEDULES]


def _list_commands() -> list[Row]:
    from game.commands import COMMANDS

    return [{"name": row.name, "arguments": row.arguments, "about": row.about} for row in COMMANDS]


def _list_keys() -> list[Row]:
    from game.keymap import help_rows

    return [row._asdict() for row in help_rows()]


def _list_demos() -> list[Row]:
    from game.demo import demo_names, get_demo

    return [
        {"name": name, "seconds": get_demo(name).seconds, "about": get_demo(name).about}
        for name in demo_names()
    ]


def _list_themes() -> list[Row]:
    from game.scene.theme import THEMES

    return [{"name": theme.name, "about": theme.about} for theme in THEMES]


_TABLES: dict[str, Callable[[], list[Row]]] = {
    "landscapes": _list_landscapes,
    "optimizers": _list_optimizers,
    "schedules": _list_schedules,
    "commands": _list_commands,
    "keys": _list_keys,
    "demos": _list_demos,
    "themes": _list_themes,
}


def _losses(world: World, number: int) -> dict[str, float | None]:
    first = sum(swarm.size for swarm in world.swarms[:number])
    loss = world.losses[first : first + world.swarms[number].size]
    finite = loss[np.isfinite(loss)]
    if not finite.size:
        return {"median_loss": None, "best_loss": None}
    return {"median_loss": float(np.median(finite)), "best_loss": float(finite.min())}


def _valley_row(number: int, valley: Row) -> Row:
    return {
        "valley": number,
        # Rounded first, and -0 made 0: what is left of a 0 after a search is no news.
        "x": f"{round(valley['x'], 6) + 0.0:.5g}",
        "y": f"{round(valley['y'], 6) + 0.0:.5g}",
        "loss": f"{valley['loss']:.6g}",
        "area": f"{valley['area_share']:.1%}",
        "global": {True: "yes", False: "", None: "?"}[valley["is_global"]],
        "balls": f"{valley['balls']:,}",
    }


def _shown(value: float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


def _write_csv(writer: Any, trajectory: Trajectory) -> None:
    writer.writerow(["tick", "ball", "swarm", "x", "y", "loss", "status"])
    swarm, balls = trajectory.swarm.tolist(), range(trajectory.swarm.size)
    for tick, position, loss, status in zip(*trajectory[:4], strict=True):
        # As text: numpy writes the shortest number that is read back as the same float32.
        x, y, lost = (column.astype("U").tolist() for column in (*position, loss))
        writer.writerows(zip(itertools.repeat(tick), balls, swarm, x, y, lost, status.tolist(), strict=False))
