"""Surfaces with many minima: ripples, egg boxes, hidden corners.

Minima are those inside the domain. A few are written down; where there are many, a search finds them when the surface
is built, on a grid of 401 points a side, which sees all but the faintest ripples of Langermann. Rings and creases of
equally low points are none: there a ball may rest anywhere.
"""

from collections.abc import Callable, Mapping
from math import pi, sqrt

import numpy as np
import numpy.typing as npt

from landscapes.catalogue.search import find_minima, refine_minima
from landscapes.catalogue.surface import Places, Surface
from landscapes.expression import compile_formula
from landscapes.landscape import Domain

_GROUP = "Many minima"

_BINGHAM = "Surjanovic and Bingham 2013, Virtual Library of Simulation Experiments"
_LEVY_MONTALVO = "Levy and Montalvo 1985, SIAM J. Sci. Stat. Comput. 6(1)"
_MISHRA = "Mishra 2006, MPRA paper 2718"
_MOLGA_SMUTNICKI = "Molga and Smutnicki 2005, Test functions for optimization needs"


def _search(formula: str, domain: Domain) -> Callable[[Mapping[str, float]], Places]:
    """All minima that a search finds, when they are asked for."""
    return lambda parameters: _list(find_minima(compile_formula(formula, parameters), domain))


def _searched(name: str, title: str, about: str, source: str, domain: Domain, formula: str) -> Surface:
    """A surface whose minima are too many to write down."""
    return Surface(name, title, _GROUP, about, source, domain, formula, _search(formula, domain))


def _on_the_axes(formula: str, domain: Domain, phase: float) -> Callable[[Mapping[str, float]], Places]:
    """Minima of a function of x^2 - y^2 on a shallow bowl: of each trough, a hyperbola, the two ends of its axis.

    The troughs are close to ``x^2 - y^2 = (k + phase) pi``. They are so level that on a grid, which cuts them
    slantwise, they break up into false minima, so the search starts right there.
    """

    def find(parameters: Mapping[str, float]) -> Places:
        far = np.sqrt(pi * (np.arange(domain[1] ** 2 / pi - phase) + phase))
        none = np.zeros_like(far)
        starts = np.stack([np.hstack([far, -far, none, none]), np.hstack([none, none, far, -far])])
        return _list(refine_minima(compile_formula(formula, parameters), domain, starts, reach=0.01))

    return find


def _list(minima: npt.NDArray[np.float64]) -> Places:
    return [(float(x), float(y)) for x, y in minima]


def _sum(*terms: str) -> str:
    return "(" + " + ".join(terms) + ")"


def _squared_distance(x: float, y: float) -> str:
    return f"((x - {x})**2 + (y - {y})**2)"


# Height and place of each centre of ripples.
_LANGERMANN = ((1, 3, 5), (2, 5, 2), (5, 2, 1), (2, 1, 4), (3, 7, 9))

# Place and width of each foxhole: the first two coordinates of the ten points in four dimensions.
_SHEKEL = (
    (4, 4, 0.1),
    (1, 1, 0.2),
    (8, 8, 0.2),
    (6, 6, 0.4),
    (3, 7, 0.4),
    (2, 9, 0.6),
    (5, 5, 0.3),
    (8, 1, 0.7),
    (6, 2, 0.5),
    (7, 3.6, 0.5),
)

_DE_JONG_5 = tuple((x, y) for y in range(-32, 33, 16) for x in range(-32, 33, 16))

_SCHAFFER_DOMAIN = (-5.0, 5.0, -5.0, 5.0)
_SCHAFFER_2 = "0.5 + (sin(x**2 - y**2)**2 - 0.5)/(1 + 0.001*(x**2 + y**2))**2"
_SCHAFFER_4 = "0.5 + (cos(sin(abs(x**2 - y**2)))**2 - 0.5)/(1 + 0.001*(x**2 + y**2))**2"

MANY_MINIMA: tuple[Surface, ...] = (
    _searched(
        "griewank",
        "Griewank",
        "a wide bowl that turns out to be an egg box when one comes close",
        "Griewank 1981, J. Optimization Theory and Applications 34(1); shown near the centre of its +-600",
        (-20.0, 20.0, -20.0, 20.0),
        "1 + (x**2 + y**2)/4000 - cos(x)*cos(y/sqrt(2))",
    ),
    _searched(
        "schwefel",
        "Schwefel",
        "the deepest valley is far from the next best: to follow the trend leads to the wrong corner",
        "Schwefel 1981, Numerical Optimization of Computer Models, problem 2.26; +-500 cut where balls would roll out",
        (-420.0, 500.0, -420.0, 500.0),
        "837.9657745448674 - x*sin(sqrt(abs(x))) - y*sin(sqrt(abs(y)))",
    ),
    _searched(
        "levy",
        "Levy",
        "parallel ravines across a parabola: easy along y, a wall at every step along x",
        f"{_LEVY_MONTALVO}; Laguna and Martí 2005, J. Global Optimization 33(2)",
        (-10.0, 10.0, -10.0, 10.0),
        "sin(pi*(x + 3)/4)**2 + ((x - 1)/4)**2*(1 + 10*sin(pi*(x + 3)/4 + 1)**2)"
        " + ((y - 1)/4)**2*(1 + sin(pi*(y + 3)/2)**2)",
    ),
    _searched(
        "levi-13",
        "Lévi 13",
        "a bowl with fine corrugation around (1, 1), where alone it is smooth",
        f"{_LEVY_MONTALVO}; shown near the centre of its +-10",
        (-2.0, 4.0, -2.0, 4.0),
        "sin(3*pi*x)**2 + (x - 1)**2*(1 + sin(3*pi*y)**2) + (y - 1)**2*(1 + sin(2*pi*y)**2)",
    ),
    _searched(
        "holder-table",
        "Hölder table",
        "a table whose four legs are the minima, deep down in the corners",
        f"{_MISHRA}; +-10 widened to the next creases, in which the slope is taken as 0",
        (-3 * pi, 3 * pi, -3.5 * pi, 3.5 * pi),
        "-abs(sin(x)*cos(y)*exp(abs(1 - hypot(x, y)/pi)))",
    ),
    _searched(
        "cross-in-tray",
        "Cross-in-tray",
        "a tray of dimples parted by knife-edge ridges; four around the cross in the middle are deepest",
        # Written so that float32 holds it: exp(100) taken out of the root, and 1e-36 for the 1 beside it.
        f"{_MISHRA}; +-10 cut before the last ridges; exact but within 1e-36 of a ridge, and level on it",
        (-9.1, 9.4, -9.1, 9.4),
        "-0.0001*exp(10 - hypot(x, y)/(10*pi))*(abs(sin(x)*sin(y)) + 1e-36)**0.1",
    ),
    Surface(
        "drop-wave",
        "Drop-wave",
        _GROUP,
        "rings on water: every trough is level all around, only the middle is a point",
        f"{_MOLGA_SMUTNICKI}; shown near the centre of its +-5.12",
        (-3.0, 3.0, -3.0, 3.0),
        "-(1 + cos(12*hypot(x, y)))/(0.5*(x**2 + y**2) + 2)",
        [(0.0, 0.0)],
    ),
    _searched(
        "shubert",
        "Shubert",
        "rows of needles, up and down, among them many equally deep ones",
        f"Shubert 1972, SIAM J. Numerical Analysis 9(3); the product of two: {_LEVY_MONTALVO}",
        (-5.12, 5.12, -5.12, 5.12),
        "*".join(_sum(*(f"{i}*cos({i + 1}*{at} + {i})" for i in range(1, 6))) for at in "xy"),
    ),
    Surface(
        "michalewicz",
        "Michalewicz",
        _GROUP,
        "two narrow troughs cross on a plateau that gives no hint of them",
        "Michalewicz 1992, Genetic Algorithms + Data Structures = Evolution Programs; steepness m = 10",
        (0.0, pi, 0.0, pi),
        "-sin(x)*sin(x**2/pi)**20 - sin(y)*sin(2*y**2/pi)**20",
        [(2.2029055201726093, pi / 2), (2.2029055201726093, 2.7115714838430143)],
    ),
    Surface(
        "bukin-6",
        "Bukin 6",
        _GROUP,
        "a knife-edge crease along a parabola: steep on both sides, next to level along it",
        "Bukin 1997, Budker Institute of Nuclear Physics, Novosibirsk; in the crease the slope is sign(0) = 0",
        (-15.0, -5.0, -3.0, 3.0),
        "100*sqrt(abs(y - 0.01*x**2)) + 0.01*abs(x + 10)",
        [(-10.0, 1.0)],
    ),
    Surface(
        "schaffer-2",
        "Schaffer 2",
        _GROUP,
        "hyperbolic waves of one height, on a bowl so shallow that it hardly shows",
        f"after Schaffer et al. 1989, Proc. 3rd ICGA; {_BINGHAM}; shown near the centre of its +-100",
        _SCHAFFER_DOMAIN,
        _SCHAFFER_2,
        _on_the_axes(_SCHAFFER_2, _SCHAFFER_DOMAIN, 0.0),
    ),
    Surface(
        "schaffer-4",
        "Schaffer 4",
        _GROUP,
        "hyperbolic waves with a saddle in the middle; the four deepest points lie on the axes",
        f"after Schaffer et al. 1989, Proc. 3rd ICGA; {_BINGHAM}; shown near the centre of its +-100",
        _SCHAFFER_DOMAIN,
        _SCHAFFER_4,
        _on_the_axes(_SCHAFFER_4, _SCHAFFER_DOMAIN, 0.5),
    ),
    Surface(
        "goldstein-price",
        "Goldstein-Price",
        _GROUP,
        "four minima from 3 to 840 on the floor of walls a million high",
        "Goldstein and Price 1971, Mathematics of Computation 25(115)",
        (-2.0, 2.0, -2.0, 2.0),
        "(1 + (x + y + 1)**2*(19 - 14*x + 3*x**2 - 14*y + 6*x*y + 3*y**2))"
        "*(30 + (2*x - 3*y)**2*(18 - 32*x + 12*x**2 + 48*y - 36*x*y + 27*y**2))",
        [(0.0, -1.0), (-0.6, -0.4), (1.8, 0.2), (1.2, 0.8)],
    ),
    Surface(
        "mccormick",
        "McCormick",
        _GROUP,
        "a chute with two hollows: the first that a ball meets from above is not the deeper one",
        "Jamil and Yang 2013, Int. J. Mathematical Modelling and Numerical Optimisation 4(2)",
        (-1.5, 4.0, -3.0, 4.0),
        "sin(x + y) + (x - y)**2 - 1.5*x + 2.5*y + 1",
        # Where cos(x + y) = -1/2 and x - y = 1.
        [(0.5 - pi / 3, -0.5 - pi / 3), (0.5 + 2 * pi / 3, -0.5 + 2 * pi / 3)],
    ),
    Surface(
        "branin",
        "Branin",
        _GROUP,
        "a bent trough with three minima of exactly the same depth",
        "Branin 1972, IBM J. Research and Development 16(5); Dixon and Szegö 1978",
        (-5.0, 10.0, 0.0, 15.0),
        "(y - 5.1/(4*pi**2)*x**2 + 5/pi*x - 6)**2 + 10*(1 - 1/(8*pi))*cos(x) + 10",
        # Where sin x = 0 and the square vanishes.
        [(-pi, 12.275), (pi, 2.275), (3 * pi, 2.475)],
    ),
    _searched(
        "bird",
        "Bird",
        "two deep hollows and two steep peaks, with passes in between",
        _MISHRA,
        (-2 * pi, 2 * pi, -2 * pi, 2 * pi),
        "sin(x)*exp((1 - cos(y))**2) + cos(y)*exp((1 - sin(x))**2) + (x - y)**2",
    ),
    _searched(
        "langermann",
        "Langermann",
        "rings around five stones thrown into a pond, and what they make where they meet",
        f"Bersini et al. 1996, Proc. IEEE Int. Conf. Evolutionary Computation; numbers of {_MOLGA_SMUTNICKI}",
        (0.0, 10.0, 0.0, 10.0),
        "-"
        + _sum(
            *(
                f"{c}*exp(-{_squared_distance(x, y)}/pi)*cos(pi*{_squared_distance(x, y)})"
                for c, x, y in _LANGERMANN
            )
        ),
    ),
    _searched(
        "shekel",
        "Shekel",
        "foxholes of different width and depth in a wide meadow",
        "Shekel 1971, 5th Princeton Conf. on Information Science and Systems; the ten points of Dixon and Szegö 1978"
        " in their first two coordinates",
        (0.0, 10.0, 0.0, 10.0),
        "-" + _sum(*(f"1/({_squared_distance(x, y)} + {width})" for x, y, width in _SHEKEL)),
    ),
    Surface(
        "gramacy-lee",
        "Gramacy-Lee",
        _GROUP,
        "one hollow beside one hill in a corner; on the plain around them no ball feels a slope",
        "Gramacy and Lee 2008, J. American Statistical Association 103(483)",
        (-2.0, 6.0, -2.0, 6.0),
        "x*exp(-x**2 - y**2)",
        [(-sqrt(0.5), 0.0)],
    ),
    _searched(
        "de-jong-5",
        "De Jong 5",
        "a high plain with 25 shafts, one for each step from 1 to 25 in depth",
        "De Jong 1975, F5 (Shekel's foxholes)",
        (-65.536, 65.536, -65.536, 65.536),
        "1/(0.002 + "
        + " + ".join(f"1/({i} + (x {-x:+d})**6 + (y {-y:+d})**6)" for i, (x, y) in enumerate(_DE_JONG_5, 1))
        + ")",
    ),
)
