"""What an optimizer is: a row of the table, its hyper-parameters, its memory, and the shape of an update rule.

A rule is two functions. ``constants(t, lr, h)`` is arithmetic on plain numbers, done once a step for all balls;
``update(p, g, slots, c, h, work)`` is array arithmetic on a block of balls, in place: ``p`` the positions and ``g``
their gradients, both ``(2, b)``; ``slots`` the rule's memory by name, ``(2, b)`` each; ``c`` the constants as
arrays of no dimension, which are the cheapest scalars a ufunc can be given (half the price of a Python float for a
thousand balls); ``h`` the hyper-parameters by name; ``work`` one more ``(2, b)`` array. ``g`` and ``work`` hold
nothing of use afterwards.

``lr`` may also be one rate per ball ``(b,)``; the constants that depend on it are then ``(b,)`` arrays.

Exponential averages are kept divided by ``1 - decay``, which saves a pass over memory for each of them
(``Slot.over`` names the decay).
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from game.simulation.blocks import make_aligned
from landscapes.errors import InputError, unknown
from landscapes.landscape import Array

Rate = float | Array
Settings = Mapping[str, float | bool]
Slots = Mapping[str, Array]
Constants = tuple[Rate, ...]
Update = Callable[[Array, Array, Slots, tuple[Array, ...], Settings, Array], None]


class Hyper(NamedTuple):
    """A hyper-parameter: a number within ``low`` and ``high``, or a switch if the default is a bool.

    Attributes:
        name: PyTorch's, or the paper's.
        default: likewise.
        low: least value.
        high: greatest value.
        about: one line.
        in_gradients: whether it counts in units of the landscape's typical gradient, so that a default suits all.
    """

    name: str
    default: float | bool
    low: float
    high: float
    about: str
    in_gradients: bool = False


class Slot(NamedTuple):
    """One ``(2, n)`` array that a rule remembers between steps.

    Attributes:
        name: PyTorch's name for it.
        start: the hyper-parameter it starts at, or ``lr``; zero if none.
        over: the decay ``d`` of an average that is kept divided by ``1 - d``.
        when: the hyper-parameter that must not be zero for the array to exist.
        holds: gradients (which turn round when a ball bounces off the border), their squares, sizes of steps, or
            places.
        counts: whether the rule treats the first step with this memory apart: making it then starts ``t`` anew.
    """

    name: str
    start: str = ""
    over: str = ""
    when: str = ""
    holds: Literal["gradient", "square", "size", "place"] = "gradient"
    counts: bool = False


class Optimizer(NamedTuple):
    """A row of the table of optimizers.

    Attributes:
        name: what one types.
        title: what a player reads.
        formula: the rule in one line.
        about: what it is good at, in one line.
        source: who published it.
        lr: default learning rate: PyTorch's where it has the method, else the paper's.
        normalised: whether the length of a step does not depend on the length of the gradient.
        hyper: hyper-parameters, besides the learning rate.
        slots: what it remembers for each ball.
        constants: what a step's arithmetic needs as numbers.
        update: the rule.
        conflict: why a combination of settings makes no sense; empty if it does.
        draws: empty for what follows the gradient. Otherwise a search, which is given random numbers in place of the
            gradient, turns them into the places to try, and moves where the loss is lower: ``map`` gives it places
            anywhere in the domain, ``normal`` standard normal numbers.
        brakes: whether it comes to a stand by itself wherever the ground is level enough.
    """

    name: str
    title: str
    formula: str
    about: str
    source: str
    lr: float
    normalised: bool
    hyper: tuple[Hyper, ...]
    slots: tuple[Slot, ...]
    constants: Callable[[int, Rate, Settings], Constants]
    update: Update
    conflict: Callable[[Settings], str] = lambda _: ""
    draws: Literal["", "map", "normal"] = ""
    brakes: bool = False

    @property
    def settings(self) -> tuple[Hyper, ...]:
        """All that can be set: its own hyper-parameters and, if it follows the gradient, those of every method."""
        return self.hyper if self.draws else (*self.hyper, *COMMON)

    @property
    def has_rate(self) -> bool:
        """Whether a learning rate means anything: what draws places anywhere has none."""
        return self.draws != "map"

    def step(self, p: Array, g: Array, slots: Slots, t: int, lr: Rate, h: Settings, work: Array) -> None:
        """One step, number ``t`` from 1, in place; see the module's text for shapes."""
        self.update(p, g, slots, freeze(self.constants(t, lr, h), p.dtype), h, work)


COMMON: tuple[Hyper, ...] = (
    Hyper("clip_value", 0.0, 0.0, 1e300, "cut each component of the gradient to this; 0: do not"),
    Hyper("clip_norm", 0.0, 0.0, 1e300, "shorten a gradient that is longer than this; 0: do not"),
    Hyper("sam", 0.0, 0.0, 1e300, "sharpness-aware (SAM): take the slope this far uphill; 0: do not"),
)
"""What can be set for every method that follows the gradient; units of the landscape."""


def freeze(constants: Constants, dtype: np.dtype[Any]) -> tuple[Array, ...]:
    """Constants as arrays: of no dimension, or ``(b,)`` where there is one per ball."""
    return tuple(np.asarray(constant, dtype) for constant in constants)


def complete_settings(optimizer: Optimizer, changes: Settings) -> dict[str, float | bool]:
    """All settings of an optimizer: its defaults with these changes.

    Raises:
        InputError: an unknown name, a value out of range, or values that contradict each other.
    """
    rows = {row.name: row for row in optimizer.settings}
    settings = {row.name: row.default for row in optimizer.settings}
    for name, value in changes.items():
        if name not in rows:
            raise unknown(f"{optimizer.name} setting", name, rows)
        settings[name] = _checked(optimizer, rows[name], value)
    if reason := optimizer.conflict(settings):
        raise InputError(f"{optimizer.name}: {reason}")
    return settings


def make_slots(
    optimizer: Optimizer, settings: Settings, lr: Rate, like: Array, have: Slots
) -> dict[str, Array]:
    """The memory that an optimizer needs with these settings and ``have`` does not hold yet, at its start.

    Args:
        optimizer: whose memory.
        settings: complete.
        lr: learning rate, one or ``(b,)``.
        like: ``(2, b)``, for shape and dtype.
        have: what there is.
    """
    made = {}
    for slot in optimizer.slots:
        if slot.name not in have and (not slot.when or settings[slot.when]):
            start = lr if slot.start == "lr" else settings[slot.start] if slot.start else 0.0
            made[slot.name] = make_aligned(like.shape, like.dtype)
            made[slot.name][...] = start
    return made


def _checked(optimizer: Optimizer, row: Hyper, value: float | bool) -> float | bool:
    switch = isinstance(row.default, bool)
    if switch and value in (0, 1):
        return bool(value)
    if not switch and not isinstance(value, bool) and row.low <= value <= row.high:
        return float(value)
    wanted = "true or false" if switch else f"a number from {row.low:g} to {row.high:g}"
    raise InputError(f"{optimizer.name}: {row.name} must be {wanted}, not {value}")
