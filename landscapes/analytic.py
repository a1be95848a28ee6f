"""Test functions of optimization, with exact gradients and known minima; ``CATALOG`` at the bottom.

A loss is written as in its source, over ``x`` and ``y`` of any real dtype. Its slope is the inner loop of the
simulation: in-place ufuncs on both rows at once, few passes, python scalars so that float32 stays float32.
"""

import dataclasses
from collections.abc import Callable, Sequence
from math import e, pi, sqrt

import numpy as np

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


def _bowl(x: Array, y: Array) -> Array:
    return x**2 + y**2


def _bowl_slope(xy: Array, out: Array, _: Array) -> None:
    np.add(xy, xy, out=out)


def _ravine(x: Array, y: Array) -> Array:
    return 9.32 * x**2 - 23.52 * x * y + 16.18 * y**2


def _ravine_slope(xy: Array, out: Array, scratch: Array) -> None:
    cross = scratch[0]
    np.multiply(xy[::-1], -23.52, out=cross)
    np.multiply(xy[0], 18.64, out=out[0])
    np.multiply(xy[1], 32.36, out=out[1])
    out += cross


def _saddle(x: Array, y: Array) -> Array:
    return x**2 - y**2


def _saddle_slope(xy: Array, out: Array, _: Array) -> None:
    np.multiply(xy[0], 2, out=out[0])
    np.multiply(xy[1], -2, out=out[1])


def _rosenbrock(x: Array, y: Array) -> Array:
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def _rosenbrock_slope(xy: Array, out: Array, _: Array) -> None:
    x, y = xy
    along, across = out
    np.multiply(x, x, out=across)
    np.subtract(y, across, out=across)
    across *= 200
    np.multiply(across, x, out=along)
    along -= x
    along += 1
    along *= -2


def _himmelblau(x: Array, y: Array) -> Array:
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def _himmelblau_slope(xy: Array, out: Array, scratch: Array) -> None:
    twice, terms = out, scratch[0]  # terms: 2 (x^2 + y - 11) and 2 (y^2 + x - 7)
    np.add(xy, xy, out=twice)
    np.multiply(twice, xy, out=terms)
    terms += twice[::-1]
    terms[0] -= 22
    terms[1] -= 14
    out *= terms
    out += terms[::-1]


def _beale(x: Array, y: Array) -> Array:
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _beale_slope(xy: Array, out: Array, scratch: Array) -> None:
    # With p_i = y^i - 1 and t_i = c_i + x p_i: df/dx = 2 sum t_i p_i, df/dy = 2 x sum i t_i y^(i - 1).
    (x, y), (along, across) = xy, out
    (power, t), (term, weight) = scratch[0], scratch[1]
    np.subtract(y, 1, out=term)
    np.multiply(x, term, out=t)
    t += 1.5
    np.multiply(t, term, out=along)
    np.copyto(across, t)
    np.copyto(weight, y)
    for i, c in ((2, 2.25), (3, 2.625)):
        np.multiply(weight, y, out=power)
        np.subtract(power, 1, out=term)
        np.multiply(x, term, out=t)
        t += c
        term *= t
        along += term
        t *= weight
        t *= i
        across += t
        weight, power = power, weight
    across *= x
    out += out


def _rastrigin(x: Array, y: Array) -> Array:
    ripples: Array = np.cos(2 * pi * x) + np.cos(2 * pi * y)
    return 20 + x**2 + y**2 - 10 * ripples


def _rastrigin_slope(xy: Array, out: Array, _: Array) -> None:
    np.multiply(xy, 2 * pi, out=out)
    np.sin(out, out=out)
    out *= 20 * pi
    out += xy
    out += xy


def _ackley(x: Array, y: Array) -> Array:
    funnel: Array = np.exp(-0.2 * np.sqrt((x**2 + y**2) / 2))
    ripples: Array = np.exp((np.cos(2 * pi * x) + np.cos(2 * pi * y)) / 2)
    return 20 - 20 * funnel + (e - ripples)


def _ackley_slope(xy: Array, out: Array, scratch: Array) -> None:
    phase, cosine = scratch[0], scratch[1]
    np.multiply(xy, 2 * pi, out=phase)
    np.cos(phase, out=cosine)
    np.sin(phase, out=out)
    ripples = cosine[0]
    ripples += cosine[1]
    ripples *= 0.5
    np.exp(ripples, out=ripples)
    ripples *= pi
    out *= ripples
    funnel, radius = phase
    np.multiply(xy, xy, out=cosine)
    np.add(cosine[0], cosine[1], out=radius)
    radius += _TINY
    np.sqrt(radius, out=radius)
    np.multiply(radius, -0.2 * sqrt(0.5), out=funnel)
    np.exp(funnel, out=funnel)
    funnel /= radius
    funnel *= 4 * sqrt(0.5)
    np.multiply(xy, funnel, out=cosine)
    out += cosine


# Added under a root, too small to show. It makes the gradient 0 where there is none: on the tip of Ackley's
# funnel and along the two creases of Eggholder, where an absolute value vanishes.
_TINY = 1e-36


def _styblinski_tang(x: Array, y: Array) -> Array:
    return (x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y) / 2


def _styblinski_tang_slope(xy: Array, out: Array, _: Array) -> None:
    np.multiply(xy, xy, out=out)
    out -= 8
    out *= xy
    out += out
    out += 2.5


def _six_hump_camel(x: Array, y: Array) -> Array:
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2


def _six_hump_camel_slope(xy: Array, out: Array, scratch: Array) -> None:
    (along, across), (x_square, y_square) = out, scratch[0]
    np.multiply(xy, xy, out=scratch[0])
    np.multiply(x_square, 2, out=along)
    along -= 8.4
    along *= x_square
    along += 8
    np.multiply(y_square, 16, out=across)
    across -= 8
    out *= xy
    out += xy[::-1]


def _eggholder(x: Array, y: Array) -> Array:
    up = y + 47
    return -up * np.sin(np.sqrt(np.abs(x / 2 + up))) - x * np.sin(np.sqrt(np.abs(x - up)))


def _eggholder_slope(xy: Array, out: Array, scratch: Array) -> None:
    # With u = (x / 2 + up, x - up), s = sqrt|u| and d(sin s)/du = cos(s) u / (2 |u| s) =: w, the loss is
    # -up sin s_0 - x sin s_1.
    x = xy[0]
    along, across = out
    inner, root, wave = scratch[0], scratch[1], scratch[2]
    up = across
    np.add(xy[1], 47, out=up)
    np.multiply(x, 0.5, out=inner[0])
    inner[0] += up
    np.subtract(x, up, out=inner[1])
    np.abs(inner, out=wave)
    wave += _TINY
    np.sqrt(wave, out=root)
    inner /= wave
    inner /= root
    np.cos(root, out=wave)
    inner *= wave
    inner *= 0.5
    np.sin(root, out=wave)
    first, second = inner
    first *= up
    second *= x
    np.multiply(first, -0.5, out=along)
    along -= second
    along -= wave[1]
    np.subtract(second, first, out=across)
    across -= wave[0]


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
