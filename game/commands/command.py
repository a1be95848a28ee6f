"""A row of the table of commands, and the words of a line as the values that it means."""

import math
from collections.abc import Callable
from typing import NamedTuple

from landscapes.errors import InputError


class Command(NamedTuple):
    """A row of the table.

    Attributes:
        name: ``noun.verb``.
        arguments: their names, separated by blanks.
        about: one line of help.
        apply: called with the session and one string for each argument.
        undoable: whether it changes the experiment.
        in_place: whether it changes balls or ground of the world that there is; to undo that takes a copy of it.
    """

    name: str
    arguments: str
    about: str
    apply: Callable[..., None]
    undoable: bool = False
    in_place: bool = False


def read_number(text: str, name: str) -> float:
    """A finite number.

    Raises:
        InputError: it is none; ``name`` says of what.
    """
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{name} must be a number, not {text!r}")
    return number


def read_place(text: str) -> tuple[float, float]:
    """A place on the map, such as ``0.3,1.2``.

    Raises:
        InputError: it is none.
    """
    numbers = text.split(",")
    if len(numbers) != 2:
        raise InputError(f"a place is two numbers such as 0.3,1.2, not {text!r}")
    return read_number(numbers[0], "x"), read_number(numbers[1], "y")


def read_whole(text: str, name: str) -> int:
    """A whole number.

    Raises:
        InputError: it is none; ``name`` says of what.
    """
    number = read_number(text, name)
    if number != int(number):
        raise InputError(f"{name} must be a whole number, not {text!r}")
    return int(number)


def read_factor(text: str) -> float:
    """A number above zero.

    Raises:
        InputError: it is none.
    """
    number = read_number(text, "the factor")
    if number <= 0:
        raise InputError(f"the factor must be above 0, not {text}")
    return number


def step_along(values: tuple[float, ...], current: float, steps: int) -> float:
    """The value so many places up or down from the nearest one in a ladder."""
    nearest = min(range(len(values)), key=lambda i: abs(values[i] - current))
    return values[min(max(nearest + steps, 0), len(values) - 1)]


def cycle_through(names: list[str], current: str, steps: int) -> str:
    """The name so many places after the current one; after the last comes the first."""
    return names[(names.index(current) + steps) % len(names)]
