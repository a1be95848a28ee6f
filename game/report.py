"""What the shell prints and writes: tables, the census, trajectories, progress."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

import landscapes
from game.simulation import World
from landscapes.errors import InputError, unknown

Row = dict[str, Any]

LONGEST_RUN = 100
"""Steps between two looks at the progress bar."""
MOST_TRAJECTORY_BYTES = 4e9


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
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)


def simulate(world: World, steps: int, every: int | None) -> Trajectory | None:
    """Take steps with a progress bar.

    Args:
        world: is stepped on.
        steps: how many.
        every: steps between two points of the trajectory; ``None`` for no trajectory.

    Raises:
        InputError: the trajectory would not fit into memory.
    """
    pace = min(every or LONGEST_RUN, LONGEST_RUN)
    points = 1 + -(-steps // every) if every else 0
    balls = world.status.size
    if points * balls * 13 > MOST_TRAJECTORY_BYTES:
        raise InputError(
            f"a trajectory of {points:,} points for {balls:,} balls would need {points * balls * 13 / 1e9:.0f} GB; "
            "take fewer balls or a larger --every"
        )
    rows: list[tuple[int, Any, Any, Any]] = []

    def note() -> None:
        rows.append((world.tick, world.positions, world.losses, world.status))

    if every:
        note()
    with progress("simulating", steps) as advance:
        done = 0
        while done < steps:
            until_point = every - done % every if every else steps
            run = min(pace, steps - done, until_point)
            world.step(run)
            done += run
            if every and (done % every == 0 or done == steps):
                note()
            advance(done)
    if not every:
        return None
    tick, position, loss, status = zip(*rows, strict=True)
    swarm = np.repeat(np.arange(len(world.swarms)), [swarm.size for swarm in world.swarms])
    return Trajectory(
        np.array(tick), np.stack(position), np.stack(loss), np.stack(status), swarm.astype(np.uint8)
    )


def check_trajectory_path(path: Path) -> None:
    """Raise an InputError for an ending that is not known."""
    if path.suffix.lower() not in (".npz", ".csv"):
        raise InputError(f"cannot write {path}: trajectories go to .npz or .csv")


def write_trajectory(path: Path, trajectory: Trajectory | None) -> None:
    """Write ``.npz`` with the trajectory's arrays, or ``.csv`` with a row for each ball and point.

    Raises:
        OSError: the disk refuses; a file that was there before is left as it was.
    """
    assert trajectory is not None
    draft = path.with_name(f".{path.name}.part")
    try:
        if path.suffix.lower() == ".npz":
            with draft.open("wb") as file:
                np.savez_compressed(file, **trajectory._asdict())
        else:
            with draft.open("w", newline="", encoding="utf-8") as text:
                _write_csv(csv.writer(text), trajectory)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


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
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{world.landscape.title} after {told['steps']:,} steps: {counts}")
    for swarm in told["swarms"]:
        console.print(
            f"{swarm['optimizer']} at lr {swarm['lr']:.3g}: {swarm['balls']:,} balls, "
            f"median loss {swarm['median_loss']:.6g}, best {swarm['best_loss']:.6g}"
        )
    valleys = told["valleys"]
    shown = [
        {
            "valley": number,
            "x": f"{valley['x']:.5g}",
            "y": f"{valley['y']:.5g}",
            "loss": f"{valley['loss']:.6g}",
            "area": f"{valley['area_share']:.1%}",
            "global": {True: "yes", False: "", None: "?"}[valley["is_global"]],
            "balls": f"{valley['balls']:,}",
        }
        for number, valley in enumerate(valleys[:20], start=1)
    ]
    print_rows(shown)
    if len(valleys) > len(shown):
        console.print(f"and {len(valleys) - len(shown)} more valleys; --json lists all")


def list_table(name: str) -> list[Row]:
    """The rows of ``downslope list NAME``.

    Raises:
        InputError: there is no such table.
    """
    if name not in _TABLES:
        raise unknown("table", name, _TABLES, f"{', '.join(_TABLES)}")
    return _TABLES[name]()


def print_rows(rows: list[Row]) -> None:
    """Print rows as columns with a heading, whatever the width of the terminal."""
    if not rows:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in rows[0]:
        table.add_column(heading, overflow="fold", no_wrap=False)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console(highlight=False).print(table, soft_wrap=not Console().is_terminal)


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


def _shown(value: float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


def _write_csv(writer: Any, trajectory: Trajectory) -> None:
    writer.writerow(["tick", "ball", "swarm", "x", "y", "loss", "status"])
    for tick, position, loss, status in zip(*trajectory[:4], strict=True):
        for ball in range(loss.size):
            x, y = position[:, ball]
            writer.writerow([tick, ball, trajectory.swarm[ball], x, y, loss[ball], status[ball]])
