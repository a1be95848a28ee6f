"""Bowls and ravines: one way down, and how long it takes. Minima are all there are in the domain."""

from math import sqrt

from landscapes.catalogue.surface import Parameter, Surface

_GROUP = "Bowls and ravines"

_JAMIL_YANG = "Jamil and Yang 2013, Int. J. Mathematical Modelling and Numerical Optimisation 4(2)"

BOWLS: tuple[Surface, ...] = (
    Surface(
        "ill-bowl",
        "Ill-conditioned bowl",
        _GROUP,
        "a bowl stretched along x: the steep axis limits the rate, the shallow one the progress",
        "Boyd and Vandenberghe 2004, Convex Optimization, 9.3.2",
        (-5.0, 5.0, -5.0, 5.0),
        "(x**2 + condition*y**2)/2",
        [(0.0, 0.0)],
        parameters=(Parameter("condition", 100.0, 1.0, 1e6, "curvature along y over that along x"),),
    ),
    Surface(
        "degenerate-bowl",
        "Degenerate bowl",
        _GROUP,
        "no curvature along y at the bottom: the last stretch of the way takes longer than all before",
        "x^2 + y^4, made for Downslope",
        (-2.0, 2.0, -2.0, 2.0),
        "x**2 + y**4",
        [(0.0, 0.0)],
    ),
    Surface(
        "booth",
        "Booth",
        _GROUP,
        "an oblique bowl, nine times steeper across than along",
        _JAMIL_YANG,
        (-10.0, 10.0, -10.0, 10.0),
        "(x + 2*y - 7)**2 + (2*x + y - 5)**2",
        [(1.0, 3.0)],
    ),
    Surface(
        "matyas",
        "Matyas",
        _GROUP,
        "almost a trough: quick down to the diagonal, slow along it",
        _JAMIL_YANG,
        (-10.0, 10.0, -10.0, 10.0),
        "0.26*(x**2 + y**2) - 0.48*x*y",
        [(0.0, 0.0)],
    ),
    Surface(
        "zakharov",
        "Zakharov",
        _GROUP,
        "a plate between walls of fourth degree: a rate for the walls is too small for the plate",
        _JAMIL_YANG,
        (-5.0, 10.0, -5.0, 10.0),
        "x**2 + y**2 + (x/2 + y)**2 + (x/2 + y)**4",
        [(0.0, 0.0)],
    ),
    Surface(
        "dixon-price",
        "Dixon-Price",
        _GROUP,
        "a valley bent to a horseshoe with a minimum on either arm, both exactly zero",
        "Dixon and Price 1989, J. Optimization Theory and Applications 60(2)",
        (-2.0, 4.0, -2.0, 2.0),
        "(x - 1)**2 + 2*(2*y**2 - x)**2",
        [(1.0, -sqrt(0.5)), (1.0, sqrt(0.5))],
    ),
    Surface(
        "leon",
        "Leon's cube",
        _GROUP,
        "like Rosenbrock's valley, but with two bends and a long level stretch between them",
        "Leon 1966, in Lavi and Vogl (eds.), Recent Advances in Optimization Techniques",
        (-1.5, 1.5, -1.5, 1.5),
        "100*(y - x**3)**2 + (1 - x)**2",
        [(1.0, 1.0)],
    ),
    Surface(
        "freudenstein-roth",
        "Freudenstein-Roth",
        _GROUP,
        "two curved ravines: one leads to zero, the other to a minimum of 49",
        "Freudenstein and Roth 1963, Journal of the ACM 10(4)",
        (0.0, 15.0, -3.0, 6.0),
        "(x + ((5 - y)*y - 2)*y - 13)**2 + (x + ((y + 1)*y - 14)*y - 29)**2",
        [(5.0, 4.0), (11.412778986902, -0.896805253274)],
    ),
)
