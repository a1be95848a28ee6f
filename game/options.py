"""What the commands of the shell take: options, their ranges, and what they make of an experiment."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from landscapes.errors import InputError

if TYPE_CHECKING:
    from game.session import Experiment
    from game.simulation import Team


class Limit(NamedTuple):
    """The range of a number on the command line."""

    low: float
    high: float


LIMITS = {
    "--resolution": Limit(4, 4095),
    "--fps": Limit(1, 240),
    "--crf": Limit(0, 63),
    "--motion-blur": Limit(1, 64),
    "--seconds": Limit(0.01, 3600),
    "--steps": Limit(0, 10_000_000),
    "--every": Limit(1, 10_000_000),
    "--size": Limit(16, 16_384),
    "--seeds": Limit(1, 1000),
}


Workers = Annotated[
    str, typer.Option(metavar="NAME", help="threads, processes, serial, or a cluster: dask://host:8786")
]


NETWORKS = 1_000
"""Balls at most that are whole networks, where ``--balls`` does not say how many."""


@dataclasses.dataclass(frozen=True)
class Ground:
    """The options that say of a formula or a file what is not in it."""

    domain: Annotated[
        str | None, typer.Option(metavar="X0,X1,Y0,Y1", help="of a formula, or of a file that does not say")
    ] = None
    columns: Annotated[
        str | None, typer.Option(metavar="X,Y,LOSS", help="of a table, by name or number from 1")
    ] = None
    dataset: Annotated[str | None, typer.Option(metavar="NAME", help="of an .h5 file")] = None
    logarithmic: Annotated[
        bool, typer.Option("--logarithmic", help="the file holds the logarithm of the loss")
    ] = False
    smooth: Annotated[
        float | None, typer.Option(metavar="CELLS", help="smooth a noisy file by so many grid cells")
    ] = None

    def extend(self, landscape: str) -> str:
        """A landscape as typed, with what was given."""
        given = {
            "domain": self.domain,
            "columns": self.columns,
            "dataset": self.dataset,
            "logarithmic": "true" if self.logarithmic else None,
            "smooth": self.smooth,
        }
        return landscape + "".join(f"; {key}={value}" for key, value in given.items() if value is not None)


@dataclasses.dataclass(frozen=True)
class Change:
    """The options that change an experiment; what is not given stays as the command or the demo has it."""

    balls: Annotated[int | None, typer.Option(help="how many, in all swarms together")] = None
    optimizer: Annotated[str | None, typer.Option(help="NAME, or NAME,NAME,... for a race")] = None
    lr: Annotated[
        str | None,
        typer.Option(
            metavar="X or LOW..HIGH",
            help="learning rate, or a sweep that gives every ball its own; else what suits the optimizer",
        ),
    ] = None
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="a hyper-parameter, or clip_norm, clip_value, sam of any gradient method; repeatable",
        ),
    ] = None
    schedule: Annotated[
        str | None,
        typer.Option(help="of the learning rate; parameters follow the name: cosine:t_max=600,warmup=50"),
    ] = None
    batch_size: Annotated[
        int | None, typer.Option(help="samples a step sees; without data, noise that falls with its root")
    ] = None
    noise: Annotated[float | None, typer.Option(help="of the gradient, in units of the typical one")] = None
    seed: Annotated[int | None, typer.Option(help="of all that is random")] = None
    start: Annotated[
        str | None,
        typer.Option(help="random, grid, latin, sobol, ring, point:x,y or gaussian:x,y,sd"),
    ] = None
    border: Annotated[
        str | None, typer.Option(help="for balls that leave the map: mark, clamp, reflect or wrap")
    ] = None
    stream: Annotated[
        int | None, typer.Option(metavar="STEPS", help="release the balls over so many steps")
    ] = None
    separate: Annotated[
        bool,
        typer.Option("--separate", help="each optimizer has start points, noise and minibatches of its own"),
    ] = False
    exact: Annotated[
        bool, typer.Option("--exact", help="balls ask the network itself where they are, not the scanned map")
    ] = False
    whole: Annotated[
        bool,
        typer.Option("--whole", help="every ball is a whole network, free to leave the plane of the map"),
    ] = False
    do: Annotated[
        list[str] | None,
        typer.Option(metavar="LINE", help="a line from: downslope list commands; repeatable"),
    ] = None

    def apply_to(self, experiment: "Experiment") -> "Experiment":
        """The experiment with what was given."""
        fields = {
            "balls": min(experiment.balls, NETWORKS) if self.whole and self.balls is None else self.balls,
            "optimizers": None if self.optimizer is None else _names(self.optimizer),
            "lr": None if self.lr is None else _rates(self.lr),
            "settings": dict(map(_setting, self.settings)) if self.settings else None,
            "schedule": self.schedule,
            "batch_size": self.batch_size,
            "noise": self.noise,
            "seed": self.seed,
            "start": self.start,
            "border": self.border,
            "stream": self.stream,
            "separate": self.separate or None,
            "space": "whole" if self.whole else "exact" if self.exact else None,
        }
        given: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}
        if experiment.teams:
            given["teams"] = _equip(experiment.teams, given)
        return dataclasses.replace(experiment, **given)

    def vary(self, settings: Mapping[str, str]) -> "Change":
        """The same with some options set to what one would type, or where there is none of that name, with ``--set``.

        Raises:
            InputError: an option that takes no such value.
        """
        values: dict[str, Any] = {}
        hypers = list(self.settings or ())
        for name, text in settings.items():
            if name not in _VARIED:
                hypers.append(f"{name}={text}")
                continue
            try:
                values[name] = _VARIED[name](text)
            except ValueError:
                raise InputError(
                    f"--sweep {name}: {text!r} is not what --{name.replace('_', '-')} takes"
                ) from None
        return dataclasses.replace(self, **values, settings=hypers or None)


_VARIED: Mapping[str, Callable[[str], Any]] = {
    "balls": int,
    "optimizer": str,
    "lr": str,
    "schedule": str,
    "batch_size": int,
    "noise": float,
    "seed": int,
    "start": str,
    "border": str,
    "stream": int,
}
"""Options that a sweep can vary, and what they make of what is typed."""


@dataclasses.dataclass(frozen=True)
class Look:
    """The options of every command that draws."""

    size: Annotated[str | None, typer.Option(metavar="WxH", help="of the picture, in pixels")] = None
    theme: Annotated[str | None, typer.Option(help="a name from: downslope list themes")] = None
    quality: Annotated[str, typer.Option(help="auto, low, medium, high or ultra")] = "auto"
    no_panel: Annotated[bool, typer.Option("--no-panel", help="the picture alone")] = False

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height."""
        return _size("1920x1080" if self.size is None else self.size)


@dataclasses.dataclass(frozen=True)
class Film:
    """The options of what is recorded, beside those of all that is drawn."""

    focus: Annotated[
        bool, typer.Option("--focus", help="sharp where the camera looks, blurred before and behind")
    ] = False
    dusk: Annotated[
        bool, typer.Option("--dusk", help="the sun goes down; one picture shows the last light")
    ] = False
    supersample: Annotated[
        int, typer.Option(metavar="N", help="draw 2 or 4 times as large, for finer edges")
    ] = 1
    alpha: Annotated[
        bool,
        typer.Option("--alpha", help="transparent around the slab: .png, .webp, .webm, or a folder of PNGs"),
    ] = False

    @property
    def finer(self) -> int:
        """How many times as large everything is drawn."""
        if self.supersample not in (1, 2, 4):
            raise InputError(f"--supersample must be 1, 2 or 4, not {self.supersample}")
        return self.supersample


@dataclasses.dataclass(frozen=True)
class Delivery:
    """The options of a film's file: for whom it is, and how it is written."""

    outlet: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="OUTLET",
            help="slides, youtube, shorts, square, gif or 4k: size, rate and quality that suit it",
        ),
    ] = None
    codec: Annotated[
        str | None, typer.Option(help="h264, h265 or av1 in .mp4, vp9 or av1 in .webm; else the first")
    ] = None
    crf: Annotated[
        int | None,
        typer.Option(help="quality of the codec, smaller is better and larger files; else its own"),
    ] = None
    motion_blur: Annotated[
        int, typer.Option(metavar="N", help="moments to a frame; what moves fast is smeared")
    ] = 1
    depth: Annotated[int, typer.Option(help="bits a channel, 8, or with --motion-blur and PNGs 16")] = 8

    def check(self) -> None:
        """Raise an InputError for what cannot be, whatever the format."""
        within("--motion-blur", self.motion_blur)
        if self.crf is not None:
            within("--crf", self.crf)
        if self.depth not in (8, 16):
            raise InputError(f"--depth must be 8 or 16, not {self.depth}")
        if self.depth == 16 and self.motion_blur == 1:
            raise InputError(
                "--depth 16 needs --motion-blur: a single drawing has 8 bits, only means have more"
            )


@dataclasses.dataclass(frozen=True)
class Aims:
    """What ``run`` is to do besides counting, and with what."""

    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="trajectories, .npz or .csv; of a sweep its table, .csv or .parquet",
        ),
    ] = None
    save: Annotated[Path | None, typer.Option(metavar="FILE", help="the world as it is at the end, .npz")] = (
        None
    )
    resume: Annotated[
        Path | None, typer.Option(metavar="FILE", help="go on with a saved world, in place of LANDSCAPE")
    ] = None
    float64: Annotated[bool, typer.Option("--float64", help="twice the digits, to check")] = False
    tune: Annotated[
        bool, typer.Option("--tune", help="find the best learning rate of each optimizer, then compare them")
    ] = False
    seeds: Annotated[int | None, typer.Option(help="with --tune: how many runs are compared")] = None
    basins: Annotated[
        Path | None, typer.Option(metavar="FILE", help="a map of where balls end up, .png, .npy or .npz")
    ] = None
    sweep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUES",
            help="a run for each of 0,0.5,0.9 or of LOW:HIGH:COUNT of an option or hyper-parameter; repeatable",
        ),
    ] = None
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="with --sweep: how the losses compare, .png")
    ] = None
    executor: Workers = "threads"


@dataclasses.dataclass(frozen=True)
class Lesson:
    """What ``scan`` trains a network on, and how; see ``game.scan``. What is not given is as there."""

    hidden: Annotated[
        str | None,
        typer.Option(metavar="SIZES", help="neurons of the hidden layers: 64-32, or none; else 16"),
    ] = None
    activation: Annotated[
        str | None,
        typer.Option(help="sigmoid, tanh, relu, leaky-relu, gelu, softplus or identity; else tanh"),
    ] = None
    plane: Annotated[
        str | None, typer.Option(help="filter, layer, random, pca, hessian or minima; else filter")
    ] = None
    optimizer: Annotated[str | None, typer.Option(help="that trains it; else adam")] = None
    lr: Annotated[float | None, typer.Option(help="its learning rate; else 0.01")] = None
    steps: Annotated[int | None, typer.Option(help="of the training; else 1000")] = None
    batch_size: Annotated[int | None, typer.Option(help="samples a step of it sees; else 32")] = None
    seed: Annotated[
        int | None, typer.Option(help="of the split, the first weights, the minibatches and the plane")
    ] = None
    target: Annotated[str | None, typer.Option(metavar="COLUMN", help="of a table, what to predict")] = None


def refuse_training(script: str, lesson: Lesson, samples: bool) -> None:
    """Raise an InputError if something is said that has no meaning for a model that is trained already."""
    given = [_spell(field.name) for field in _given(lesson) if field.name not in ("plane", "seed")]
    given += ["--samples"] if samples else []
    if given:
        raise InputError(f"{script} has a model of its own: leave {', '.join(given)} away")


class Conflict(NamedTuple):
    """An option, others that make no sense beside it, and why."""

    option: str
    others: frozenset[str]
    reason: str


_NAME = typer.Argument(
    metavar="LANDSCAPE",
    help="a name from: downslope list landscapes, a file, a formula in x and y, a preset or a saved session",
)
Landscape = Annotated[str, _NAME]
LandscapeOrNone = Annotated[str | None, _NAME]
Output = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="where it goes")]
Force = Annotated[bool, typer.Option("--force", help="replace an existing file without asking")]
AsJson = Annotated[bool, typer.Option("--json", help="machine-readable")]
Steps = Annotated[int, typer.Option(help="optimizer steps after the start")]


def refuse_conflicts(landscape: str | None, ground: Ground, change: Change, aims: Aims) -> None:
    """Raise an InputError if what was given to ``run`` does not fit together."""
    given = {"LANDSCAPE"} if landscape is not None else set()
    given |= {_spell(field.name) for bundle in (ground, change, aims) for field in _given(bundle)}
    for option, others, reason in CONFLICTS:
        for other in sorted(others & given) if option in given else ():
            raise InputError(f"{option} and {other} do not go together: {reason}")
    if not {"LANDSCAPE", "--resume"} & given:
        raise InputError("name a LANDSCAPE, or a saved world with --resume; see downslope run --help")
    if "--seeds" in given and "--tune" not in given:
        raise InputError("--seeds needs --tune; without it one run has one --seed")
    for option in sorted({"--picture", "--executor"} & given if "--sweep" not in given else ()):
        raise InputError(f"{option} needs --sweep")
    if change.exact and change.whole:
        raise InputError("--exact and --whole do not go together: whole networks are exact by themselves")
    if aims.output is not None and aims.output == aims.save:
        raise InputError(f"--output and --save both name {aims.save}; give them different names")


def _given(bundle: Ground | Change | Aims | Lesson) -> list["dataclasses.Field[Any]"]:
    return [field for field in dataclasses.fields(bundle) if getattr(bundle, field.name) != field.default]


def _spell(field: str) -> str:
    return "--set" if field == "settings" else f"--{field.replace('_', '-')}"


_CHANGES = frozenset(_spell(field.name) for row in (Ground, Change) for field in dataclasses.fields(row))
CONFLICTS = (
    Conflict(
        "--resume",
        _CHANGES | {"LANDSCAPE", "--float64", "--tune", "--seeds", "--basins"},
        "a saved world goes on as it was",
    ),
    Conflict(
        "--tune",
        frozenset({"--output", "--save", "--basins", "--float64", "--lr", "--do", "--stream", "--separate"}),
        "it finds learning rates by runs of its own, and prints how the optimizers compare",
    ),
    Conflict(
        "--basins",
        frozenset({"--output", "--save", "--float64", "--start", "--stream", "--separate", "--do"}),
        "a map has one ball in every cell, and shows where it ends up",
    ),
    Conflict(
        "--sweep",
        frozenset({"--save", "--resume", "--float64", "--tune", "--basins", "--do"}),
        "it makes runs of its own, and one table of all of them",
    ),
    Conflict("--float64", frozenset({"--do"}), "lines are carried out by the game, which plays in float32"),
)
"""What ``run`` refuses."""


def _rates(text: str) -> float | tuple[float, float]:
    try:
        ends = tuple(float(part) for part in text.split("..", 1))
    except ValueError:
        raise InputError(f"--lr {text}: write a number, or two for a sweep, such as 1e-4..0.1") from None
    return (ends[0], ends[1]) if len(ends) > 1 else ends[0]


def _equip(teams: "tuple[Team, ...]", given: dict[str, Any]) -> "tuple[Team, ...]":
    """Teams with what was given for all of them; other optimizers are other teams."""
    from game.simulation.optimizers import find_optimizer
    from game.simulation.world import share_settings

    if "optimizers" in given:
        return ()
    shares = share_settings([find_optimizer(team.optimizer) for team in teams], given.get("settings", {}))
    shared = {name: given[name] for name in ("lr", "schedule", "batch_size", "noise") if name in given}
    return tuple(
        dataclasses.replace(team, **shared, settings={**team.settings, **share})
        for team, share in zip(teams, shares, strict=True)
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _setting(text: str) -> tuple[str, float | bool]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if value.lower() in ("true", "false"):
        return name, value.lower() == "true"
    try:
        return name, float(value)
    except ValueError:
        what = f"{value!r} is not a number, true or false" if equals else "there is no ="
        raise InputError(f"--set {text}: {what}; write --set momentum=0.9") from None


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise InputError(f"--size {text}: write width x height in pixels, such as 1920x1080")
    return int(within("--size", int(width))), int(within("--size", int(height)))


def within(option: str, number: float) -> float:
    """The number, if the option may have it."""
    limit = LIMITS[option]
    if not limit.low <= number <= limit.high:
        raise InputError(f"{option} must be from {limit.low:,g} to {limit.high:,.0f}, not {number:,}")
    return number
