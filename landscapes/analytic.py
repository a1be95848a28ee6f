"""Test functions of optimization, with exact gradients and known minima; ``CATALOG`` at the bottom.

A loss is written as in its source, over ``x`` and ``y`` of any real dtype. Its slope is the inner loop of the
simulation, in few passes and few calls, for a thousand balls pay for calls only: ufuncs with positional outputs, both
rows at once where they are treated alike, and scalars as arrays of no dimension, at half the price of Python floats.
"""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from math import e, pi, sqrt, tau
from typing import Any

import numpy as np
from numpy import absolute, add, copyto, cos, divide, exp, multiply, sin, subtract

from landscapes import terrain
from landscapes.landscape import Array, Domain, Landscape, Relief
from landscapes.rates import rates


@dataclasses.dataclass(frozen=True)
class Analytic:
    """A field in closed form: ``loss(x, y)``, and ``slope(xy, out, scratch)`` for its gradient."""

    loss: Callable[[Array, Array], Array]
    slope: Callable[[Array, Array, Array], None]
    scratch: int = 0

    def value(self, xy: Array) -> Array:
        """Loss ``(n,)`` at positions ``(2, n)``."""
        return self.loss(xy[0], xy[1])

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:
        """Write the gradient ``(2, n)`` into ``out``."""
        self.slope(xy, out, scratch)


@functools.cache
def _scalars(dtype: np.dtype[Any], *numbers: float) -> tuple[Array, ...]:
    """Numbers as arrays of no dimension, made once."""
    return tuple(np.array(number, dtype) for number in numbers)


def _bowl(x: Array, y: Array) -> Array:
    return x**2 + y**2


def _bowl_slope(xy: Array, out: Array, _: Array) -> None:
    add(xy, xy, out)


def _ravine(x: Array, y: Array) -> Array:
    return 9.32 * x**2 - 23.52 * x * y + 16.18 * y**2


def _ravine_slope(xy: Array, out: Array, scratch: Array) -> None:
    along, across, cross = _scalars(xy.dtype, 18.64, 32.36, -23.52)
    x, y, dx, dy, work = xy[0], xy[1], out[0], out[1], scratch[0, 0]
    multiply(x, along, dx)
    add(dx, multiply(y, cross, work), dx)
    multiply(y, across, dy)
    add(dy, multiply(x, cross, work), dy)


def _saddle(x: Array, y: Array) -> Array:
    return x**2 - y**2


def _saddle_slope(xy: Array, out: Array, _: Array) -> None:
    up, down = _scalars(xy.dtype, 2, -2)
    multiply(xy[0], up, out[0])
    multiply(xy[1], down, out[1])


def _rosenbrock(x: Array, y: Array) -> Array:
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def _rosenbrock_slope(xy: Array, out: Array, _: Array) -> None:
    # df/dy = 200 (y - x^2), df/dx = -2 (x df/dy - x + 1)
    one, outer, steepness = _scalars(xy.dtype, 1, -2, 200)
    x, y, dx, dy = xy[0], xy[1], out[0], out[1]
    multiply(x, x, dy)
    subtract(y, dy, dy)
    multiply(dy, steepness, dy)
    multiply(dy, x, dx)
    subtract(dx, x, dx)
    add(dx, one, dx)
    multiply(dx, outer, dx)


def _himmelblau(x: Array, y: Array) -> Array:
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def _himmelblau_slope(xy: Array, out: Array, scratch: Array) -> None:
    # With s = 2 (x^2 + y - 11) and t = 2 (y^2 + x - 7): df/dx = 2 x s + t, df/dy = 2 y t + s.
    twice_eleven, twice_seven = _scalars(xy.dtype, 22, 14)
    st, dx, dy = scratch[0], out[0], out[1]
    s, t = st[0], st[1]
    add(xy, xy, out)
    multiply(out, xy, st)
    add(s, dy, s)
    add(t, dx, t)
    subtract(s, twice_eleven, s)
    subtract(t, twice_seven, t)
    multiply(out, st, out)
    add(dx, t, dx)
    add(dy, s, dy)


def _beale(x: Array, y: Array) -> Array:
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _beale_slope(xy: Array, out: Array, scratch: Array) -> None:
    # With p_i = y^i - 1 and t_i = c_i + x p_i: df/dx = 2 sum t_i p_i, df/dy = 2 x sum i t_i y^(i - 1).
    one, first, *rest = _scalars(xy.dtype, 1, 1.5, 2, 2.25, 3, 2.625)
    x, y, dx, dy = xy[0], xy[1], out[0], out[1]
    power, t, term, weight = scratch[0, 0], scratch[0, 1], scratch[1, 0], scratch[1, 1]
    subtract(y, one, term)
    multiply(x, term, t)
    add(t, first, t)
    multiply(t, term, dx)
    copyto(dy, t)
    copyto(weight, y)
    for i, c in zip(rest[::2], rest[1::2], strict=True):
        multiply(weight, y, power)
        subtract(power, one, term)
        multiply(x, term, t)
        add(t, c, t)
        add(dx, multiply(term, t, term), dx)
        multiply(t, weight, t)
        add(dy, multiply(t, i, t), dy)
        weight, power = power, weight
    multiply(dy, x, dy)
    add(out, out, out)


def _rastrigin(x: Array, y: Array) -> Array:
    ripples: Array = np.cos(2 * pi * x) + np.cos(2 * pi * y)
    return 20 + x**2 + y**2 - 10 * ripples


def _rastrigin_slope(xy: Array, out: Array, _: Array) -> None:
    turn, steepness = _scalars(xy.dtype, tau, 10 * tau)
    multiply(xy, turn, out)
    sin(out, out)
    multiply(out, steepness, out)
    add(out, xy, out)
    add(out, xy, out)


def _ackley(x: Array, y: Array) -> Array:
    funnel: Array = np.exp(-0.2 * np.sqrt((x**2 + y**2) / 2))
    ripples: Array = np.exp((np.cos(2 * pi * x) + np.cos(2 * pi * y)) / 2)
    return 20 - 20 * funnel + (e - ripples)


def _ackley_slope(xy: Array, out: Array, scratch: Array) -> None:
    # With r = |(x, y)|: df/dx = sqrt(8) exp(-0.2 r / sqrt(2)) x / r + pi exp((cos(tau x) + cos(tau y)) / 2) sin(tau x).
    turn, tiny, decay, half, funnel, ripple = _scalars(
        xy.dtype, tau, _TINY, -0.2 * sqrt(0.5), 0.5, sqrt(8), pi
    )
    waves, work, dx, dy = scratch[0], scratch[1], out[0], out[1]
    ripples, cone, along, across = waves[0], waves[1], work[0], work[1]
    multiply(xy, turn, work)
    sin(work, out)
    cos(work, waves)
    add(ripples, cone, ripples)
    multiply(xy, xy, work)
    radius = add(along, across, across)
    add(radius, tiny, radius)
    np.sqrt(radius, radius)
    multiply(ripples, half, ripples)
    multiply(radius, decay, cone)
    exp(waves, waves)
    divide(cone, radius, cone)
    multiply(cone, funnel, cone)
    multiply(ripples, ripple, ripples)
    multiply(dx, ripples, dx)
    multiply(dy, ripples, dy)
    multiply(xy[0], cone, along)
    multiply(xy[1], cone, across)
    add(out, work, out)


# Added under a root, too small to show. It makes the gradient 0 where there is none: on the tip of Ackley's
# funnel and along the two creases of Eggholder, where an absolute value vanishes.
_TINY = 1e-36


def _styblinski_tang(x: Array, y: Array) -> Array:
    return (x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y) / 2


def _styblinski_tang_slope(xy: Array, out: Array, _: Array) -> None:
    eight, tilt = _scalars(xy.dtype, 8, 2.5)
    multiply(xy, xy, out)
    subtract(out, eight, out)
    multiply(out, xy, out)
    add(out, out, out)
    add(out, tilt, out)


def _six_hump_camel(x: Array, y: Array) -> Array:
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2


def _six_hump_camel_slope(xy: Array, out: Array, scratch: Array) -> None:
    # df/dx = x (2 x^4 - 8.4 x^2 + 8) + y, df/dy = y (16 y^2 - 8) + x
    two, bend, eight, sixteen = _scalars(xy.dtype, 2, 8.4, 8, 16)
    squares, dx, dy = scratch[0], out[0], out[1]
    multiply(xy, xy, squares)
    multiply(squares[0], two, dx)
    subtract(dx, bend, dx)
    multiply(dx, squares[0], dx)
    add(dx, eight, dx)
    multiply(squares[1], sixteen, dy)
    subtract(dy, eight, dy)
    multiply(out, xy, out)
    add(dx, xy[1], dx)
    add(dy, xy[0], dy)


def _eggholder(x: Array, y: Array) -> Array:
    up = y + 47
    return -up * np.sin(np.sqrt(np.abs(x / 2 + up))) - x * np.sin(np.sqrt(np.abs(x - up)))


def _eggholder_slope(xy: Array, out: Array, scratch: Array) -> None:
    # With u = (x / 2 + up, x - up), s = sqrt|u| and d(sin s)/du = cos(s) u / (2 |u| s) =: w, the loss is
    # -up sin s_0 - x sin s_1.
    shift, half, tiny = _scalars(xy.dtype, 47, 0.5, _TINY)
    x, dx, dy = xy[0], out[0], out[1]
    inner, root, wave = scratch[0], scratch[1], scratch[2]
    first, second, up = inner[0], inner[1], dy
    add(xy[1], shift, up)
    multiply(x, half, first)
    add(first, up, first)
    subtract(x, up, second)
    absolute(inner, wave)
    add(wave, tiny, wave)
    np.sqrt(wave, root)
    divide(inner, wave, inner)
    divide(inner, root, inner)
    cos(root, wave)
    multiply(inner, wave, inner)
    multiply(inner, half, inner)
    sin(root, wave)
    multiply(first, up, first)
    multiply(second, x, second)
    multiply(first, half, dx)
    add(dx, second, dx)
    add(dx, wave[1], dx)
    np.negative(dx, dx)
    subtract(second, first, dy)
    subtract(dy, wave[0], dy)


def _rastrigin_minima() -> list[tuple[float, float]]:
    """All 121 minima in the domain: in each coordinate one next to every integer from -5 to 5."""
    k = np.arange(-5.0, 6.0)
    for _ in range(8):
        k = k - (k + 10 * pi * np.sin(2 * pi * k)) / (1 + 20 * pi**2 * np.cos(2 * pi * k))
    points = [(x, y) for x in k.tolist() for y in k.tolist()]
    return sorted(points, key=lambda p: (round(p[0] ** 2 + p[1] ** 2, 6), p))


def _row(
    name: str,
    title: str,
    about: str,
    source: str,
    *,
    domain: Domain,
    field: Analytic,
    minima: Sequence[tuple[float, float]],
    relief: Relief = "linear",
) -> Landscape:
    return Landscape(
        name, title, about, source, domain, field, np.array(minima).reshape(-1, 2), relief, rates(name)
    )


# Relief: linear wherever the valleys show that way. Polynomials of degree four and more tower so high at the border
# that their valleys would look level, and the logarithm shows them; equalising blurred their floors into terraces.
CATALOG: tuple[Landscape, ...] = (
    _row(
        "valleys",
        "Valleys",
        "eleven valleys between rounded hills, one clearly the deepest: where a ball ends is luck and skill",
        "made for Downslope: a sum of Gaussian hills and hollows, see terrain.py",
        domain=terrain.DOMAIN,
        field=Analytic(terrain.height, terrain.slope, scratch=2),
        minima=[
            (-0.527835652842, -1.379581766659),
            (0.543677233398, -0.731224986533),
            (1.876303408182, -2.121053071135),
            (2.115151177388, -0.371059157009),
            (2.415775383526, 1.927457616877),
            (-0.329830104108, 0.306080277485),
            (-2.091343847611, 2.349067422609),
            (1.123898152905, 2.375631925172),
            (0.172938930320, 1.544720745143),
            (-2.417116002539, 0.758542186450),
            (-2.354703690034, -1.378376402164),
        ],
    ),
    _row(
        "bowl",
        "Bowl",
        "round and convex: every optimizer must get this right",
        "De Jong 1975, F1 (sphere)",
        domain=(-5.12, 5.12, -5.12, 5.12),
        field=Analytic(_bowl, _bowl_slope),
        minima=[(0.0, 0.0)],
    ),
    _row(
        "ravine",
        "Ravine",
        "fifty times steeper across than along: plain descent zigzags, momentum runs",
        "quadratic with eigenvalues 1 and 50, turned by atan(3/4)",
        domain=(-2.0, 2.0, -2.0, 2.0),
        field=Analytic(_ravine, _ravine_slope, scratch=1),
        minima=[(0.0, 0.0)],
    ),
    _row(
        "saddle",
        "Saddle",
        "no minimum at all: balls creep towards the pass, then leave along y",
        "x^2 - y^2",
        domain=(-2.0, 2.0, -2.0, 2.0),
        field=Analytic(_saddle, _saddle_slope),
        minima=[],
    ),
    _row(
        "rosenbrock",
        "Rosenbrock",
        "a curved valley with an almost level floor: easy to enter, slow to follow to (1, 1)",
        "Rosenbrock 1960, The Computer Journal 3(3)",
        domain=(-2.0, 2.0, -1.0, 3.0),
        field=Analytic(_rosenbrock, _rosenbrock_slope),
        minima=[(1.0, 1.0)],
        relief="log",
    ),
    _row(
        "himmelblau",
        "Himmelblau",
        "four minima, all exactly zero: the start decides",
        "Himmelblau 1972, Applied Nonlinear Programming",
        domain=(-5.0, 5.0, -5.0, 5.0),
        field=Analytic(_himmelblau, _himmelblau_slope, scratch=1),
        minima=[
            (3.0, 2.0),
            (-2.805118086953, 3.131312518251),
            (-3.779310253378, -3.283185991286),
            (3.584428340330, -1.848126526964),
        ],
        relief="log",
    ),
    _row(
        "beale",
        "Beale",
        "a flat cross with steep corners: gradients from next to nothing to a hundred thousand",
        "Beale 1958, Princeton University technical report 25",
        domain=(-4.5, 4.5, -4.5, 4.5),
        field=Analytic(_beale, _beale_slope, scratch=2),
        minima=[(3.0, 0.5)],
        relief="log",
    ),
    _row(
        "rastrigin",
        "Rastrigin",
        "an egg box in a bowl: 121 valleys, and only noise or momentum leaves one",
        "Rastrigin 1974; Mühlenbein et al. 1991, Parallel Computing 17(6)",
        domain=(-5.12, 5.12, -5.12, 5.12),
        field=Analytic(_rastrigin, _rastrigin_slope),
        minima=_rastrigin_minima(),
    ),
    _row(
        "ackley",
        "Ackley",
        "a rippled plain around one deep funnel with a sharp tip",
        "Ackley 1987, A Connectionist Machine for Genetic Hillclimbing",
        domain=(
            -4.5,
            4.5,
            -4.5,
            4.5,
        ),  # along the crests between ripples, or a tenth of the balls would roll out
        field=Analytic(_ackley, _ackley_slope, scratch=2),
        minima=[(0.0, 0.0)],
    ),
    _row(
        "styblinski-tang",
        "Styblinski-Tang",
        "four bowls of different depth side by side",
        "Styblinski and Tang 1990, Neural Networks 3(4)",
        domain=(-5.0, 5.0, -5.0, 5.0),
        field=Analytic(_styblinski_tang, _styblinski_tang_slope),
        minima=[
            (-2.903534027771, -2.903534027771),
            (-2.903534027771, 2.746802770991),
            (2.746802770991, -2.903534027771),
            (2.746802770991, 2.746802770991),
        ],
        relief="log",
    ),
    _row(
        "six-hump-camel",
        "Six-hump camel",
        "six minima in three pairs on a double ridge",
        "Dixon and Szegö 1978, Towards Global Optimisation 2",
        domain=(-3.0, 3.0, -2.0, 2.0),
        field=Analytic(_six_hump_camel, _six_hump_camel_slope, scratch=1),
        minima=[
            (-0.089842013100, 0.712656403021),
            (0.089842013100, -0.712656403021),
            (-1.703606714970, 0.796083568673),
            (1.703606714970, -0.796083568673),
            (-1.607104752920, -0.568651454884),
            (1.607104752920, 0.568651454884),
        ],
        relief="log",
    ),
    _row(
        "eggholder",
        "Eggholder",
        "long winding troughs, with the deepest point in a corner of the border",
        "Whitley et al. 1996, Artificial Intelligence 85",
        domain=(-512.0, 512.0, -512.0, 512.0),
        field=Analytic(_eggholder, _eggholder_slope, scratch=3),
        minima=[(512.0, 404.231805113725)],
    ),
)
