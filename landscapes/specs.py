"""What a user types for a landscape: a name with parameters, a file, or a formula, and what is to be known of it.

``NAME``, ``NAME:parameter=value,parameter=value``, ``FILE`` or ``FORMULA``; after a semicolon ``key=value`` for what
the formula or the file does not say: ``"a*x**2 + y**2; a=3; domain=-2,2,-1,1"``.
"""

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from landscapes.errors import InputError, unknown
from landscapes.landscape import Domain

_ENDING = re.compile(r"\w\.[A-Za-z][A-Za-z0-9]*$")
"""Of a file's name; a formula may end like ``0.5`` but in no letter behind a point."""


class Spec(NamedTuple):
    """What was typed, taken apart.

    Attributes:
        subject: name, file or formula.
        parameters: of a name, after its colon.
        options: after semicolons, as text.
    """

    subject: str
    parameters: Mapping[str, float]
    options: Mapping[str, str]


def split_spec(text: str, names: list[str]) -> Spec:
    """Take apart what was typed.

    Args:
        text: what was typed.
        names: of the catalogue; only they have parameters after a colon.

    Raises:
        InputError: a pair that is no ``key=value``, or is given twice.
    """
    subject, rest = _split_off(text)
    options = _read_pairs(rest, "; domain=-2,2,-1,1")
    name, colon, listed = subject.partition(":")
    if not colon or canonical(name) not in names:
        return Spec(canonical(subject) if canonical(subject) in names else subject, {}, options)
    pairs = _read_pairs(listed.split(","), f"{canonical(name)}:seed=3")
    return Spec(canonical(name), {key: read_number(key, value) for key, value in pairs.items()}, options)


def _split_off(text: str) -> tuple[str, list[str]]:
    """The subject, and what follows it: up to the first semicolon, or as far as there is such a file."""
    parts = text.split(";")
    for count in range(len(parts), 1, -1):
        if os.path.exists(subject := ";".join(parts[:count]).strip()):  # noqa: PTH110
            return subject, parts[count:]
    return parts[0].strip(), parts[1:]


def join_spec(spec: Spec) -> str:
    """The text that is taken apart to this."""
    inner = ",".join(f"{key}={value:g}" for key, value in spec.parameters.items())
    outer = "".join(f"; {key}={value}" for key, value in spec.options.items())
    return spec.subject + (f":{inner}" if inner else "") + outer


def canonical(name: str) -> str:
    """A name as the catalogue writes it: case, blanks and underscores do not matter."""
    return name.strip().lower().replace("_", "-").replace(" ", "-")


def looks_like_file(subject: str) -> bool:
    """Whether a subject names a file rather than a formula."""
    # Unlike Path's own, this is no for a name that no file system would take.
    return os.path.exists(subject) or _ENDING.search(subject) is not None  # noqa: PTH110


def read_domain(text: str) -> Domain:
    """``x_min,x_max,y_min,y_max`` as numbers.

    Raises:
        InputError: they are not four numbers that make a rectangle.
    """
    parts = text.split(",")
    if len(parts) != 4:
        raise InputError(f"domain {text!r}: write four numbers, x_min,x_max,y_min,y_max, such as -3,3,-2,2")
    x_min, x_max, y_min, y_max = (read_number("domain", part) for part in parts)
    if not (x_min < x_max and y_min < y_max):
        raise InputError(f"domain {text}: x_min must be below x_max and y_min below y_max")
    return x_min, x_max, y_min, y_max


def read_number(key: str, text: str) -> float:
    """A finite number.

    Raises:
        InputError: it is none.
    """
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not abs(number) < float("inf"):
        raise InputError(f"{key} must be a number, not {text.strip()!r}")
    return number


def read_switch(key: str, text: str) -> bool:
    """True or false.

    Raises:
        InputError: it is neither.
    """
    if text.lower() not in ("true", "false"):
        raise InputError(f"{key} must be true or false, not {text!r}")
    return text.lower() == "true"


def read_options(
    options: Mapping[str, str], readers: Mapping[str, Callable[[str], Any]], of: str
) -> dict[str, Any]:
    """Options as values; each key has its reader.

    Raises:
        InputError: an unknown key, or a value its reader refuses.
    """
    for key in options:
        if key not in readers:
            raise unknown(f"option of {of}", key, readers)
    return {key: readers[key](text) for key, text in options.items()}


def _read_pairs(parts: list[str], example: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for part in parts:
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not (key and equals and value):
            raise InputError(f"{part.strip()!r} is not key=value, as in {example!r}")
        if key in pairs:
            raise InputError(f"{key} is given twice; give it once")
        pairs[key] = value
    return pairs
