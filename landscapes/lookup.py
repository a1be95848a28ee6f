"""What a name, a file or a formula stands for."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from landscapes.analytic import CATALOG
from landscapes.errors import InputError, unknown
from landscapes.landscape import Landscape
from landscapes.specs import (
    Spec,
    join_spec,
    looks_like_file,
    read_domain,
    read_number,
    read_options,
    read_switch,
    split_spec,
)

if TYPE_CHECKING:
    from landscapes.files import Sheet


class Entry(NamedTuple):
    """What a list of landscapes shows, known without building any."""

    name: str
    title: str
    shelf: str
    parameters: str
    about: str
    source: str


def get(spec: str) -> Landscape:
    """The landscape that a name, a file or a formula stands for; see ``specs`` for how to write one.

    Raises:
        InputError: there is none of that name, or the file or the formula cannot be used.
    """
    taken = split_spec(spec, names())
    if taken.subject in names():
        if taken.options:
            raise InputError(f"{taken.subject} is complete: leave {'; '.join(taken.options)} away")
        return _build(taken.subject, tuple(sorted(taken.parameters.items())))
    if looks_like_file(taken.subject):
        return _open(taken)
    if _FORMULA.search(taken.subject):
        return _work_out(taken)
    raise unknown("landscape", spec, names(), "downslope list landscapes")


def sample(spec: str, resolution: int | None = None) -> "Sheet":
    """The points of a landscape on a grid, to be written to a file.

    Args:
        spec: as ``get`` takes it.
        resolution: points along each axis; without it those that a file has, and of what is no file
            ``files.RESOLUTION``.

    Raises:
        InputError: as ``get``.
    """
    from landscapes.files import RESOLUTION, Choice, draw_sheet, read_sheet

    taken = split_spec(spec, names())
    if resolution is None and taken.subject not in names() and looks_like_file(taken.subject):
        choice = Choice(**read_options(taken.options, _FILE_OPTIONS, "a file"))
        if not choice.smooth:
            return read_sheet(Path(taken.subject), choice)
    return draw_sheet(get(spec), resolution or RESOLUTION)


def canonical(spec: str) -> str:
    """What was typed, as the catalogue writes it: of a name neither case, blanks nor underscores matter."""
    return join_spec(split_spec(spec, names()))


def is_known(spec: str) -> bool:
    """Whether it can be a landscape at all: a name, a file or something like a formula."""
    subject = split_spec(spec, names()).subject
    return subject in names() or looks_like_file(subject) or bool(_FORMULA.search(subject))


@cache
def names() -> list[str]:
    """The names ``get`` knows, in the order in which users see them."""
    return [entry.name for entry in entries()]


@cache
def entries() -> list[Entry]:
    """What there is to say of every landscape, without building any."""
    from landscapes.catalogue import SHELVES

    return [
        Entry(row.name, row.title, shelf.title, _list_parameters(row), row.about, row.source)
        for shelf in SHELVES
        for row in shelf.rows
    ]


_FORMULA = re.compile(r"(?<![A-Za-z_])[xy](?![A-Za-z_])")
"""Something in which ``x`` or ``y`` stands alone."""


def _list_parameters(row: Any) -> str:
    return ", ".join(f"{one.name}={one.default:g}" for one in getattr(row, "parameters", ()))


@cache
def _build(name: str, parameters: tuple[tuple[str, float], ...]) -> Landscape:
    for landscape in CATALOG:
        if landscape.name == name and not parameters:
            return landscape
    from landscapes.catalogue import SHELVES

    row: Any = next(row for shelf in SHELVES for row in shelf.rows if row.name == name)
    if not getattr(row, "parameters", ()):
        if parameters:
            raise InputError(f"{name} has no parameters: leave :{parameters[0][0]}=... away")
        return row if isinstance(row, Landscape) else row.build()
    built: Landscape = row.build(dict(parameters))
    return dataclasses.replace(built, name=join_spec(Spec(name, dict(parameters), {})))


def _open(spec: Spec) -> Landscape:
    from landscapes.files import Choice, open_landscape

    given = read_options(spec.options, _FILE_OPTIONS, "a file")
    return dataclasses.replace(open_landscape(Path(spec.subject), Choice(**given)), name=join_spec(spec))


def _work_out(spec: Spec) -> Landscape:
    from landscapes.expression import find_parameters, make_landscape

    wanted = find_parameters(spec.subject)
    readers: Mapping[str, Callable[[str], Any]] = {
        "domain": read_domain,
        **{name: partial(read_number, name) for name in wanted},
    }
    given = read_options(spec.options, readers, f"the formula {spec.subject!r}")
    domain = given.pop("domain", (-5.0, 5.0, -5.0, 5.0))
    landscape = make_landscape(spec.subject, domain, given)
    return dataclasses.replace(landscape, name=join_spec(spec))


_FILE_OPTIONS: Mapping[str, Callable[[str], Any]] = {
    "domain": read_domain,
    "columns": lambda text: tuple(part.strip() for part in text.split(",")),
    "dataset": str,
    "logarithmic": partial(read_switch, "logarithmic"),
    "smooth": partial(read_number, "smooth"),
}
"""What can be said of a file; see ``files.Choice``."""
