"""Ground that was changed by hand: a landscape and smooth bumps on it, with exact value and gradient.

A bump is ``height (1 - r^2 / radius^2)^3`` within its radius and nothing beyond: value, slope and curvature join
without a step. Each costs every look at the ground a little, so that many are baked into one spline (``sampled``),
whose value and gradient are exact for itself and which passes through the ground at every grid point.
"""

import dataclasses
import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError
from landscapes.landscape import Array, Field, Holed, Landscape
from landscapes.sampled import GridField

MOST_BUMPS = 24
"""More than these are baked."""
RESOLUTION = 513
"""Grid points along each side of baked ground."""
NARROWEST, WIDEST = 0.02, 0.5
"""Radius of a bump, as a share of the extent: the narrowest is still some cells of baked ground wide."""
TIMID = 0.5
"""Share of the way to the mean around it that smoothing moves a place."""


class Bump(NamedTuple):
    """A round hill or, with a height below 0, a dip."""

    x: float
    y: float
    radius: float
    height: float


@dataclasses.dataclass(frozen=True, eq=False)
class SculptedField:
    """A field and bumps on it; where the field has holes they stay.

    Attributes:
        base: what they are on.
        bumps: in the order in which they were made.
        strokes: all there ever were, baked ones too: who repeats them has the same ground, bit for bit.
    """

    base: Field
    bumps: tuple[Bump, ...]
    strokes: tuple[Bump, ...]

    @property
    def scratch(self) -> int:
        """How many ``(2, n)`` work arrays ``gradient`` needs."""
        return self.base.scratch + 2

    def value(self, xy: Array) -> Array:
        """Loss ``(n,)`` at positions ``(2, n)``, in the dtype of ``xy``."""
        total = self.base.value(xy)
        for bump in self.bumps:
            away = xy - np.array([[bump.x], [bump.y]], xy.dtype)
            inside = np.maximum(1 - (away[0] ** 2 + away[1] ** 2) * (1 / bump.radius**2), 0)
            total = total + bump.height * (inside * inside * inside)
        return np.asarray(total)

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:
        """Write the exact gradient ``(2, n)`` into ``out``; see ``Field.gradient``."""
        self.base.gradient(xy, out, scratch[2:])
        away, (inside, work) = scratch[0], scratch[1]
        for bump in self.bumps:
            np.subtract(xy, np.array([[bump.x], [bump.y]], xy.dtype), out=away)
            np.multiply(away[0], away[0], out=inside)
            np.multiply(away[1], away[1], out=work)
            np.add(inside, work, out=inside)
            np.multiply(inside, -1 / bump.radius**2, out=inside)
            np.add(inside, 1, out=inside)
            np.maximum(inside, 0, out=inside)
            np.multiply(inside, inside, out=inside)
            np.multiply(inside, -6 * bump.height / bump.radius**2, out=inside)
            np.multiply(away, inside, out=away)
            np.add(out, away, out=out)

    @property
    def holes(self) -> npt.NDArray[np.bool_] | None:
        """Those of the base."""
        return self.base.holes if isinstance(self.base, Holed) else None

    def crosses(self, before: Array, after: Array) -> npt.NDArray[np.bool_]:
        """Whether ways ``(n,)`` touch a hole of the base; see ``Holed``."""
        if isinstance(self.base, Holed):
            return self.base.crosses(before, after)
        return np.zeros(before.shape[1], np.bool_)

    def meets(self, before: Array, after: Array) -> Array:
        """At which share of ways ``(n,)`` a hole of the base is met; see ``Holed``."""
        if isinstance(self.base, Holed):
            return self.base.meets(before, after)
        return np.full(before.shape[1], np.inf)


def sculpt(landscape: Landscape, bump: Bump) -> Landscape:
    """The landscape with one more bump on it.

    Raises:
        InputError: the bump lies off the map or in a hole, or is too narrow, too wide or endless; or the ground is made
            of data, which no hand can change.
    """
    _check(landscape, bump)
    field = landscape.field
    before = field if isinstance(field, SculptedField) else SculptedField(field, (), ())
    base, bumps, strokes = before.base, before.bumps, (*before.strokes, bump)
    if bumps and bumps[-1][:3] == bump[:3]:
        # A brush that stays makes one bump higher.
        bump, bumps = bump._replace(height=bumps[-1].height + bump.height), bumps[:-1]
    elif len(bumps) >= MOST_BUMPS:
        with np.errstate(all="ignore"):
            base, bumps = GridField(landscape.grid(RESOLUTION)[2], landscape.domain), ()
    known = landscape.title.endswith(_SCULPTED)
    return dataclasses.replace(
        landscape,
        name=landscape.name if known else landscape.name + _SCULPTED,
        title=landscape.title if known else landscape.title + _SCULPTED,
        about="changed by hand, and felt by the balls at once",
        field=SculptedField(base, (*bumps, bump), strokes),
        minima=np.empty((0, 2)),
    )


def take_apart(landscape: Landscape) -> tuple[str, tuple[Bump, ...]]:
    """The name of the ground under what was changed by hand, and all strokes; none if nothing was.

    ``sculpt`` of one after the other makes the same ground again, bit for bit.
    """
    field = landscape.field
    return (
        landscape.name.removesuffix(_SCULPTED),
        field.strokes if isinstance(field, SculptedField) else (),
    )


def find_smoothing(landscape: Landscape, x: float, y: float, radius: float) -> Bump:
    """The bump that brings a place part of the way to the mean of the ground around it."""
    side = np.linspace(-1, 1, 33)
    across, along = np.meshgrid(side, side)
    weight = np.maximum(1 - across**2 - along**2, 0.0) ** 3
    at = np.stack([(x + radius * across).ravel(), (y + radius * along).ravel()])
    with np.errstate(all="ignore"):
        loss = landscape.value(at)
        here = float(landscape.value(np.array([[x], [y]]))[0])
    seen = np.isfinite(loss)
    mean = float(np.average(loss[seen], weights=weight.ravel()[seen] + 1e-12)) if seen.any() else here
    return Bump(x, y, radius, TIMID * (mean - here))


_SCULPTED = ", sculpted"


def _check(landscape: Landscape, bump: Bump) -> None:
    if landscape.data is not None or landscape.exact is not None or landscape.weights is not None:
        raise InputError(
            f"{landscape.title} is made of data: no hand can change it. Sculpt a test function or a file instead"
        )
    if not math.isfinite(bump.height):
        raise InputError(f"the height of a bump must be a number, not {bump.height}")
    low, high = NARROWEST * landscape.extent, WIDEST * landscape.extent
    if not low <= bump.radius <= high:
        raise InputError(f"the radius must be from {low:g} to {high:g}, not {bump.radius:g}")
    x_min, x_max, y_min, y_max = landscape.domain
    if not (x_min <= bump.x <= x_max and y_min <= bump.y <= y_max):
        raise InputError(
            f"{bump.x:g},{bump.y:g} is off the map; x goes from {x_min:g} to {x_max:g}, y from {y_min:g} to {y_max:g}"
        )
