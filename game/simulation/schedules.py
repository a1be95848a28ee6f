"""Learning-rate schedules: pure functions from the number of steps taken to a factor of the rate.

PyTorch's names, formulas and, where they suit a thousand steps, defaults (torch.optim.lr_scheduler). What is an
absolute rate there (``eta_min``, ``min_lr``, ``eps``) is a share of ``lr`` here, because every ball may have its own.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError, find, unknown
from landscapes.landscape import Array

Values = Mapping[str, float]


class Parameter(NamedTuple):
    """A number within ``low`` and ``high``; ``whole`` if it must have no fraction."""

    name: str
    default: float
    low: float
    high: float
    about: str
    whole: bool = False


class Schedule(NamedTuple):
    """A row of the table of schedules.

    Attributes:
        name: what one types.
        about: the idea in one line, and PyTorch's name for it.
        parameters: all it takes, warm-up included.
        factor: maps steps taken after the warm-up, from 0, and the parameters to what multiplies ``lr``.
        watches: whether it also looks at the loss of each ball, see ``Watch``.
    """

    name: str
    about: str
    parameters: tuple[Parameter, ...]
    factor: Callable[[int, Values], float]
    watches: bool = False


@dataclasses.dataclass(frozen=True)
class Plan:
    """A schedule with a value for each of its parameters."""

    schedule: Schedule
    values: Values

    @property
    def name(self) -> str:
        """The schedule's name."""
        return self.schedule.name

    @property
    def spec(self) -> str:
        """What one types to get this plan: the name, and only what differs from the defaults."""
        changes = ",".join(
            f"{row.name}={repr(value).removesuffix('.0')}"
            for row in self.schedule.parameters
            if (value := self.values[row.name]) != row.default
        )
        return f"{self.name}:{changes}" if changes else self.name

    @property
    def watches(self) -> bool:
        """Whether a ``Watch`` has to look at the losses."""
        return self.schedule.watches

    @property
    def is_constant(self) -> bool:
        """Whether the factor is 1 at every step."""
        return self.schedule.factor is _constant and not self.values["warmup"]

    @property
    def every(self) -> int:
        """Steps from one look at the losses to the next; 0 if it never looks."""
        return int(self.values["every"]) if self.watches else 0

    @property
    def warmup(self) -> int:
        """Steps of warm-up, in which losses say nothing about the schedule."""
        return int(self.values["warmup"])

    def factor(self, t: int) -> float:
        """What multiplies the rate after ``t`` steps, from 0 and with the warm-up's.

        Source: SequentialLR of LinearLR and the schedule, which leads from a part of the schedule's first rate to it.
        """
        warmup = self.values["warmup"]
        if t >= warmup:
            return self.schedule.factor(t - int(warmup), self.values)
        start = self.values["warmup_factor"]
        return self.schedule.factor(0, self.values) * (start + (1.0 - start) * t / warmup)


@dataclasses.dataclass
class Watch:
    """What a watching schedule knows of each ball, for each is a training run of its own.

    Attributes:
        best: the least loss seen, ``(b,)``.
        bad: looks without improvement since then, ``(b,)``.
        cooling: looks to pass before bad ones count again, ``(b,)``.
        factor: what multiplies the ball's rate, ``(b,)``.
    """

    best: Array
    bad: npt.NDArray[np.int32]
    cooling: npt.NDArray[np.int32]
    factor: Array

    def look(self, loss: Array, plan: Plan) -> None:
        """Take the balls' losses ``(b,)`` into account, in place; a loss of NaN is no improvement.

        Source: ReduceLROnPlateau(mode="min", threshold_mode="rel"), in its order of operations. Its rule that a loss
        has to fall below ``best * (1 - threshold)`` means little where losses are negative, unless the threshold is 0.
        """
        values = plan.values
        better = loss < self.best * (1.0 - values["threshold"])
        np.copyto(self.best, loss, where=better)
        self.bad += 1
        cools = self.cooling > 0
        self.cooling -= cools
        self.bad[better | cools] = 0
        over = self.bad > values["patience"]
        lower = np.maximum(self.factor * values["factor"], values["min_lr"])
        np.copyto(self.factor, lower, where=over & (self.factor - lower > values["eps"]))
        self.cooling[over] = int(values["cooldown"])
        self.bad[over] = 0


def start_watch(count: int, dtype: npt.DTypeLike) -> Watch:
    """A watch over so many balls that has seen nothing yet; ``dtype`` is that of their losses and rates."""
    kind: np.dtype[Any] = np.dtype(dtype)
    return Watch(
        best=np.full(count, np.inf, kind),
        bad=np.zeros(count, np.int32),
        cooling=np.zeros(count, np.int32),
        factor=np.ones(count, kind),
    )


def parse_schedule(spec: str) -> Plan:
    """The plan of ``NAME`` or ``NAME:parameter=value,parameter=value``; spaces and case do not matter.

    Raises:
        InputError: an unknown name or parameter, or a value that is missing, given twice, no number or out of range.
    """
    name, colon, rest = spec.partition(":")
    schedule = find("schedule", name.strip(), SCHEDULES, "downslope list schedules")
    rows = {row.name: row for row in schedule.parameters}
    changes: dict[str, float] = {}
    for item in rest.split(",") if colon else ():
        key, equals, text = (part.strip() for part in item.partition("="))
        if not (key and equals):
            first = schedule.parameters[0]
            raise InputError(
                f"schedule {schedule.name}: {item.strip()!r} is not parameter=value, "
                f"as in {schedule.name}:{first.name}={first.default:g}"
            )
        row = rows.get(key.lower())
        if row is None:
            raise unknown(f"{schedule.name} parameter", key, rows)
        if row.name in changes:
            raise InputError(f"schedule {schedule.name}: {row.name} is given twice; give it once")
        changes[row.name] = _parse_value(schedule, row, text)
    return Plan(schedule, {row.name: changes.get(row.name, row.default) for row in schedule.parameters})


def _parse_value(schedule: Schedule, row: Parameter, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if row.low <= value <= row.high and (value.is_integer() or not row.whole):
        return value
    kind = "a whole number" if row.whole else "a number"
    shown = text if len(text) <= 30 else text[:27] + "..."
    raise InputError(
        f"schedule {schedule.name}: {row.name} must be {kind} from {row.low:g} to {row.high:g}, not {shown!r}"
    )


def _cosine(share: float) -> float:
    """Half a cosine: from 1 at a share of 0 to 0 at a share of 1."""
    return (1.0 + math.cos(math.pi * share)) / 2.0


def _constant(_t: int, _: Values) -> float:
    return 1.0


def _step(t: int, h: Values) -> float:
    return float(h["gamma"] ** (t // h["step_size"]))


def _exponential(t: int, h: Values) -> float:
    return float(h["gamma"] ** t)


def _anneal(t: int, h: Values) -> float:
    return h["eta_min"] + (1.0 - h["eta_min"]) * _cosine(t / h["t_max"])


def _restart(t: int, h: Values) -> float:
    length, longer = int(h["t_0"]), int(h["t_mult"])
    if longer == 1:
        t %= length
    while t >= length:
        t -= length
        length *= longer
    return h["eta_min"] + (1.0 - h["eta_min"]) * _cosine(t / length)


def _one_cycle(t: int, h: Values) -> float:
    first = 1.0 / h["div_factor"]
    final = first / h["final_div_factor"]
    end = h["total_steps"] - 1.0
    peak = h["pct_start"] * h["total_steps"] - 1.0
    at = min(float(t), end)
    if at < peak:
        return first + (1.0 - first) * _cosine(1.0 - at / peak)
    return final + (1.0 - final) * (_cosine((at - peak) / (end - peak)) if at > peak else 1.0)


def _polynomial(t: int, h: Values) -> float:
    return float((1.0 - min(t / h["total_iters"], 1.0)) ** h["power"])


def _one_over_t(t: int, h: Values) -> float:
    return 1.0 / (1.0 + h["lr_decay"] * t)


_MOST = 1e9
WARM_UP = (
    Parameter("warmup", 0, 0, _MOST, "steps of a linear warm-up before it; LinearLR", whole=True),
    Parameter("warmup_factor", 1 / 3, 0, 1, "share of the rate at which the warm-up starts"),
)
"""What every schedule takes."""

_FLOOR = Parameter("eta_min", 0, 0, 1, "lowest rate, as a share of lr")

SCHEDULES: tuple[Schedule, ...] = (
    Schedule("constant", "the rate stays", WARM_UP, _constant),
    Schedule(
        "step",
        "a tenth after every 500 steps; StepLR",
        (
            Parameter("step_size", 500, 1, _MOST, "steps from one cut to the next", whole=True),
            Parameter("gamma", 0.1, 0, 1, "what each cut multiplies the rate by"),
            *WARM_UP,
        ),
        _step,
    ),
    Schedule(
        "exponential",
        "a little less each step; ExponentialLR",
        (Parameter("gamma", 0.995, 0, 1, "what each step multiplies the rate by"), *WARM_UP),
        _exponential,
    ),
    Schedule(
        "cosine",
        "down along half a cosine, and up again; CosineAnnealingLR",
        (Parameter("t_max", 1000, 1, _MOST, "steps down to the lowest rate", whole=True), _FLOOR, *WARM_UP),
        _anneal,
    ),
    Schedule(
        "cosine-restarts",
        "down along half a cosine, and back at once; CosineAnnealingWarmRestarts",
        (
            Parameter("t_0", 250, 1, _MOST, "steps to the first restart", whole=True),
            Parameter("t_mult", 1, 1, 1000, "how many times longer each cycle is", whole=True),
            _FLOOR,
            *WARM_UP,
        ),
        _restart,
    ),
    Schedule(
        "one-cycle",
        "up to the full rate, then far down; OneCycleLR (the rate's part)",
        (
            Parameter("total_steps", 1000, 1, _MOST, "steps in all; the last rate stays", whole=True),
            Parameter("pct_start", 0.3, 0, 1, "share of the steps that go up"),
            Parameter("div_factor", 25, 1, 1e12, "lr over the first rate"),
            Parameter("final_div_factor", 1e4, 1, 1e12, "first rate over the last"),
            *WARM_UP,
        ),
        _one_cycle,
    ),
    Schedule(
        "polynomial",
        "down to 0 along a power of the steps that are left; PolynomialLR",
        (
            Parameter("total_iters", 1000, 1, _MOST, "steps down to 0", whole=True),
            Parameter("power", 1, 0, 100, "1: a straight line; more: faster at first"),
            *WARM_UP,
        ),
        _polynomial,
    ),
    Schedule(
        "one-over-t",
        "1 / (1 + lr_decay t), as Robbins and Monro ask for; lr_decay of Adagrad",
        (Parameter("lr_decay", 0.01, 0, _MOST, "the rate is halved after 1 / lr_decay steps"), *WARM_UP),
        _one_over_t,
    ),
    Schedule(
        "plateau",
        "a tenth for each ball whose loss no longer falls; ReduceLROnPlateau",
        (
            Parameter("factor", 0.1, 0, 1, "what each cut multiplies the rate by"),
            Parameter("patience", 10, 0, _MOST, "looks without improvement that are let pass", whole=True),
            Parameter(
                "threshold", 1e-4, 0, 0.99, "share of the loss that counts as better; 0 for losses below 0"
            ),
            Parameter("cooldown", 0, 0, _MOST, "looks to pass after a cut", whole=True),
            Parameter("min_lr", 0, 0, 1, "lowest rate, as a share of lr"),
            Parameter("eps", 1e-8, 0, 1, "smaller cuts are left out, as a share of lr"),
            Parameter("every", 10, 1, _MOST, "steps from one look at the loss to the next", whole=True),
            *WARM_UP,
        ),
        _constant,
        watches=True,
    ),
)
"""All schedules, in the order in which players see them."""
