"""What the shell prints and writes: tables, the census, progress.

Rich is imported where something is printed: a window that opens need not wait for it.
"""

import math
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import landscapes
from game.simulation import Standing, Valley, World
from game.simulation.race import Finish, rank_teams
from game.simulation.teams import title_of
from landscapes.errors import unknown

if TYPE_CHECKING:
    from game.simulation.optimizers import Hyper
    from game.simulation.schedules import Parameter
    from game.simulation.tuning import Comparison

Row = dict[str, Any]

LONGEST_RUN = 100
"""Steps at most between two looks at the progress bar."""
BALLS_AT_ONCE = 10_000_000
"""The same, times balls."""
SHOWN_VALLEYS = 20
GAP = 2
"""Blanks between columns."""


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar with the time to go, on stderr; yields what is called with how much is done."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task, told = bar.add_task(title, total=total), False

        def note(done: int) -> None:
            nonlocal told
            if told:
                bar.update(task, completed=done)
            else:
                # What was there from the start took no time, and says nothing of how long the rest takes.
                bar.reset(task, completed=done)
            told = True

        yield note


@contextmanager
def film_progress(title: str, frames: int) -> Iterator[Callable[[int, int], None]]:
    """The same for films; yields what is called with how many frames are done and how many bytes they take."""
    from rich.console import Console
    from rich.filesize import decimal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[size]}"),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=frames, size="")
        yield lambda done, size: bar.update(task, completed=done, size=decimal(size))


def simulate(
    world: World,
    steps: int,
    every: int,
    interrupted: Callable[[], bool],
    step: Callable[[int], None] | None = None,
) -> Iterator[None]:
    """Take steps with a progress bar; pauses before the first, after each ``every``, and after the last.

    Args:
        world: is stepped on.
        steps: how many; fewer if interrupted.
        every: steps between two pauses.
        interrupted: whether to stop; asked every fraction of a second.
        step: takes so many steps, where the world's own is not enough.
    """
    step = step or world.step
    longest = max(1, min(LONGEST_RUN, BALLS_AT_ONCE // world.status.size))
    done, stop = 0, False
    with progress("simulating", steps) as advance:
        yield
        while done < steps and not stop:
            run = min(longest, every - done % every, steps - done)
            step(run)
            done += run
            advance(done)
            stop = interrupted()
            if stop or done % every == 0 or done == steps:
                yield


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """A file to write that takes the place of ``path`` when the ``with`` block ends well, and only then.

    Raises:
        RecordingError: the place cannot be written; known before the block begins.
    """
    # Late, because it brings FFmpeg along, and tables can do without.
    from game.recording.draft import Draft

    draft = Draft(path)
    try:
        yield draft.path
    except BaseException:
        draft.discard()
        raise
    draft.publish()


def make_folder(path: Path) -> None:
    """Make a folder, if there is none.

    Raises:
        RecordingError: it cannot be made.
    """
    with blame(path):
        path.mkdir(parents=True, exist_ok=True)


@contextmanager
def blame(path: Path) -> Iterator[None]:
    """Say of a file what goes wrong while it is written.

    Raises:
        RecordingError: it cannot be.
    """
    from game.recording import RecordingError

    try:
        yield
    except OSError as error:
        raise RecordingError(f"cannot write {path}: {error.strerror or error}") from None


def summary(world: World, finish: Finish | None = None) -> Row:
    """What became of a world, ready for JSON."""
    race: Row = {"finish": finish.loss if finish else None, "standings": tell(rank(world, finish))}
    return {
        "landscape": world.landscape.name,
        "steps": world.tick,
        "digest": world.digest(),
        "balls": world.counts(),
        "swarms": [
            {
                **standing._asdict(),
                "settings": dict(swarm.settings),
                "schedule": swarm.schedule.spec,
                "batch_size": swarm.batch_size,
                "noise": swarm.noise,
                "border": swarm.border.name,
            }
            for standing, swarm in zip(world.standings(), world.swarms, strict=True)
        ],
        "valleys": [valley._asdict() for valley in world.census()],
        **(race if len(world.swarms) > 1 or finish else {}),
    }


class Rank(NamedTuple):
    """A line of the standings of a race.

    Attributes:
        place: from 1.
        team: its label, or its optimizer's title.
        median_loss: lost balls are above all others; infinite if half of them are lost.
        best_loss: of all balls.
        settled: share of the balls.
        lost: share of the balls that escaped or diverged.
        finished_at: the step at which the median crossed the finish line.
    """

    place: int
    team: str
    median_loss: float
    best_loss: float
    settled: float
    lost: float
    finished_at: float | None


def rank(world: World, finish: Finish | None = None) -> list[Rank]:
    """The teams in the order of their medians."""
    steps = finish.steps if finish else [None] * len(world.swarms)
    return [
        Rank(number, title_of(world.swarms[place.team]), *place[1:], steps[place.team])
        for number, place in enumerate(rank_teams(world), start=1)
    ]


def print_standings(world: World, finish: Finish | None = None) -> None:
    """Print who leads, a sentence for each team, and who crossed the finish line when."""
    for row in rank(world, finish):
        median = (
            "half of its balls lost" if math.isinf(row.median_loss) else f"median loss {row.median_loss:.6g}"
        )
        parts = [
            median,
            f"best {_number(row.best_loss)}",
            f"{row.settled:.1%} settled",
            f"{row.lost:.1%} lost",
        ]
        if finish and row.finished_at is None:
            parts.append(f"not below {finish.loss:g} yet")
        elif finish:
            parts.append(f"below {finish.loss:g} at step {row.finished_at:,.1f}")
        _print(f"{row.place}. {row.team}: {', '.join(parts)}")


def print_census(world: World) -> None:
    """Print how each swarm does, and who settled where."""
    _print(f"{world.landscape.title} after {world.tick:,} steps: {_list_counts(world.counts())}")
    standings, valleys = world.standings(), world.census()
    print_rows([_standing_row(standing) for standing in standings], fold=False)
    names = [standing.optimizer for standing in standings]
    rows = [
        _valley_row(number, valley, names) for number, valley in enumerate(valleys[:SHOWN_VALLEYS], start=1)
    ]
    print_rows(rows, fold=False)
    if len(names) > 1:
        _print("settled/all of each optimizer's balls that are in the valley")
    _say_what_is_left(valleys)


def tell(rows: Iterable["Comparison | Rank"]) -> list[Row]:
    """Rows ready for JSON, which knows no infinity."""
    return [
        {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in row._asdict().items()
        }
        for row in rows
    ]


def print_comparison(rows: list["Comparison"]) -> None:
    """Print how tuned optimizers compare, the best one first."""
    print_rows([_comparison_row(row) for row in rows], fold=False)
    if any(row.at_edge for row in rows):
        _print("*: the best rate lies at the end of the range that was tried")


def print_ends(told: Row) -> None:
    """Print which part of the start points ends where, as ``chart.summarise`` tells it."""
    _print(_list_counts(told["balls"]))
    rows = [
        _end_row(number, valley) for number, valley in enumerate(told["valleys"][:SHOWN_VALLEYS], start=1)
    ]
    print_rows(rows, fold=False)
    _say_what_is_left(told["valleys"])


def list_table(name: str) -> list[Row]:
    """The rows of ``downslope list NAME``.

    Raises:
        InputError: there is no such table.
    """
    if name not in _TABLES:
        raise unknown("table", name, _TABLES, f"{', '.join(_TABLES)}")
    return _TABLES[name]()


def print_table(name: str) -> None:
    """Print the rows of ``downslope list NAME``, and what holds for all of them.

    Raises:
        InputError: there is no such table.
    """
    print_rows(list_table(name))
    if name in _NOTES:
        _print(_NOTES[name]())


def print_rows(rows: list[Row], fold: bool = True) -> None:
    """Print rows as columns: one line each where that fits or nobody looks, else a paragraph each if they may fold."""
    if not rows:
        return
    from rich.console import Console

    cells = [list(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    console = Console()
    if not (fold and console.is_terminal) or sum(widths) + GAP * (len(widths) - 1) <= console.width:
        _print_lines(cells, widths)
    else:
        _print_paragraphs(cells[1:], widths[0], console.width)


def _print_lines(cells: list[list[str]], widths: list[int]) -> None:
    heading, *body = cells
    numeric = [
        all(cell == "-" or cell.lstrip("-")[:1].isdigit() for cell in column)
        for column in zip(*body, strict=True)
    ]
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
    from rich.console import Console
    from rich.text import Text

    Console(highlight=False).print(Text(text, style), soft_wrap=True, end=end)


def markdown(rows: list[Row]) -> str:
    """Rows as a Markdown table, for the README."""
    lines = ["| " + " | ".join(rows[0]) + " |", "| " + " | ".join("---" for _ in rows[0]) + " |"]
    # A bar in a formula would end its cell.
    lines += [
        "| " + " | ".join(str(value).replace("|", "\\|") for value in row.values()) + " |" for row in rows
    ]
    return "\n".join(lines)


def _list_landscapes() -> list[Row]:
    return [entry._asdict() for entry in landscapes.entries()]


def _list_formats() -> list[Row]:
    from landscapes.files import FORMATS

    return [
        {"ending": row.ending, "use": "read and written" if row.write else "read", "about": row.about}
        for row in FORMATS
    ]


def _list_datasets() -> list[Row]:
    from landscapes.network.data import DATASETS

    return [{"name": row.name, "about": row.about, "source": row.source} for row in DATASETS]


def _list_spaces() -> list[Row]:
    from game.simulation import SPACES

    return [{"name": row.name, "about": row.about} for row in SPACES]


def _list_optimizers() -> list[Row]:
    from game.simulation import OPTIMIZERS

    return [
        {
            "name": row.name,
            "formula": row.formula,
            "about": row.about,
            "parameters": _parameters(row.hyper),
            "source": row.source,
        }
        for row in OPTIMIZERS
    ]


def _note_optimizers() -> str:
    from game.simulation.optimizers.method import COMMON

    return f"All that follow the gradient also take {_parameters(COMMON)}."


def _list_schedules() -> list[Row]:
    from game.simulation.schedules import SCHEDULES, WARM_UP

    return [
        {
            "name": row.name,
            "about": row.about,
            "parameters": _parameters(parameter for parameter in row.parameters if parameter not in WARM_UP),
        }
        for row in SCHEDULES
    ]


def _note_schedules() -> str:
    from game.simulation.schedules import WARM_UP

    return f"All of them also take {_parameters(WARM_UP)}, as in --schedule cosine:t_max=600,warmup=50."


def _list_starts() -> list[Row]:
    from game.simulation import STARTS

    return [{"name": row.name, "about": row.about} for row in STARTS]


def _list_borders() -> list[Row]:
    from game.simulation import BORDERS

    return [{"name": row.name, "about": row.about} for row in BORDERS]


def _list_commands() -> list[Row]:
    from game.commands import COMMANDS

    return [{"name": row.name, "arguments": row.arguments, "about": row.about} for row in COMMANDS]


def _list_keys() -> list[Row]:
    from game.keymap import gamepad_rows, help_rows, read_own_buttons, read_own_keys

    return [row._asdict() for row in (*help_rows(read_own_keys()), *gamepad_rows(read_own_buttons()))]


def _list_demos() -> list[Row]:
    from game.demo import demo_names, get_demo

    return [
        {"name": name, "seconds": get_demo(name).seconds, "about": get_demo(name).about}
        for name in demo_names()
    ]


def _list_presets() -> list[Row]:
    from game.demo import get_demo
    from game.script.presets import PRESETS

    scripts = [get_demo(name) for name in PRESETS]
    return [{"name": script.name, "title": script.title, "watch": script.watch} for script in scripts]


def _list_themes() -> list[Row]:
    from game.scene.theme import THEMES

    return [{"name": theme.name, "about": theme.about} for theme in THEMES]


_TABLES: dict[str, Callable[[], list[Row]]] = {
    "landscapes": _list_landscapes,
    "formats": _list_formats,
    "datasets": _list_datasets,
    "spaces": _list_spaces,
    "optimizers": _list_optimizers,
    "schedules": _list_schedules,
    "starts": _list_starts,
    "borders": _list_borders,
    "commands": _list_commands,
    "keys": _list_keys,
    "demos": _list_demos,
    "presets": _list_presets,
    "themes": _list_themes,
}


_NOTES: dict[str, Callable[[], str]] = {"optimizers": _note_optimizers, "schedules": _note_schedules}


def _standing_row(standing: Standing) -> Row:
    return {
        "optimizer": standing.optimizer,
        "lr": _rate(standing.lr),
        "balls": f"{standing.balls:,}",
        "median loss": _number(standing.median_loss),
        "best loss": _number(standing.best_loss),
        "within 1%": "-" if standing.arrived is None else f"{standing.arrived:.1%}",
        "in steps": "-" if standing.steps_to_arrive is None else f"{standing.steps_to_arrive:,}",
    }


def _comparison_row(row: "Comparison") -> Row:
    return {
        "optimizer": row.optimizer,
        "best lr": f"{_rate(row.lr)}{'*' if row.at_edge else ''}",
        "median loss": _number(row.median_loss),
        "+-": "-" if row.median_loss_sd is None else f"{row.median_loss_sd:.2g}",
        "best loss": _number(row.best_loss),
        "within 1%": f"{row.arrived:.1%}",
        "in steps": "-" if row.steps_to_arrive is None else f"{row.steps_to_arrive:,}",
        "lost": f"{row.lost:.1%}",
        "a step costs": _cost(row),
    }


def _rate(lr: float | tuple[float, float] | None) -> str:
    """A learning rate, both ends of a sweep, or a dash."""
    if lr is None:
        return "-"
    return "..".join(f"{end:.3g}" for end in (lr if isinstance(lr, tuple) else (lr,)))


def _cost(row: "Comparison") -> str:
    parts = ((row.gradients, "gradient", "gradients"), (row.losses, "loss", "losses"))
    return ", ".join(f"{count} {one if count == 1 else more}" for count, one, more in parts if count)


def _end_row(number: int, valley: Row) -> Row:
    return {
        "valley": number,
        **_place(valley["x"], valley["y"], valley["loss"]),
        "starts": f"{valley['share']:.1%}",
        "settled": f"{valley['settled_share']:.1%}",
        "in steps": "-" if valley["median_steps"] is None else f"{valley['median_steps']:,}",
    }


def _place(x: float, y: float, loss: float) -> Row:
    # Rounded first, and -0 made 0: what is left of a 0 after a search is no news.
    return {
        "x": f"{round(x, 6) + 0.0:.5g}",
        "y": f"{round(y, 6) + 0.0:.5g}",
        "loss": f"{round(loss, 12) + 0.0:.6g}",
    }


def _list_counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)


def _say_what_is_left(valleys: Sized) -> None:
    if len(valleys) > SHOWN_VALLEYS:
        _print(f"and {len(valleys) - SHOWN_VALLEYS} more valleys; --json lists all")


def _valley_row(number: int, valley: Valley, names: list[str]) -> Row:
    """A row of the census; in a race with a column for each swarm, how many settled of how many that are there."""
    row = {
        "valley": number,
        **_place(valley.x, valley.y, valley.loss),
        "area": f"{valley.area_share:.1%}",
        "global": {True: "yes", False: "", None: "?"}[valley.is_global],
    }
    if len(names) == 1:
        return row | {"settled": f"{valley.settled:,}", "of balls": f"{valley.balls:,}"}
    swarms = zip(names, valley.settled_by_swarm, valley.by_swarm, strict=True)
    return row | {
        f"{name} {k}" if names.count(name) > 1 else name: f"{settled}/{balls}"
        for k, (name, settled, balls) in enumerate(swarms, start=1)
    }


def _number(value: float | None) -> str:
    return "-" if value is None or not math.isfinite(value) else f"{value:.6g}"


def _parameters(rows: Iterable["Hyper | Parameter"]) -> str:
    return ", ".join(f"{row.name}={_shown(row.default)}" for row in rows)


def _shown(value: float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"
