"""Saddles and plateaus: where the slope says little. Minima are all there are in the domain."""

from math import pi

from landscapes.catalogue.surface import Surface

_GROUP = "Saddles and plateaus"

_MULLER_BROWN = (
    "-200*exp(-(x - 1)**2 - 10*y**2)"
    " - 100*exp(-x**2 - 10*(y - 0.5)**2)"
    " - 170*exp(-6.5*(x + 0.5)**2 + 11*(x + 0.5)*(y - 1.5) - 6.5*(y - 1.5)**2)"
    " + 15*exp(0.7*(x + 1)**2 + 0.6*(x + 1)*(y - 1) + 0.7*(y - 1)**2)"
)

SADDLES: tuple[Surface, ...] = (
    Surface(
        "escape-the-saddle",
        "Escape the saddle",
        _GROUP,
        "a pass between two minima: the nearer to it a ball comes in, the longer it hesitates",
        "Nesterov 2004, Introductory Lectures on Convex Optimization, example 1.2.2",
        (-2.0, 2.0, -2.0, 2.0),
        "x**2/2 + y**4/4 - y**2/2",
        [(0.0, -1.0), (0.0, 1.0)],
    ),
    Surface(
        "monkey-saddle",
        "Monkey saddle",
        _GROUP,
        "three ways down, one for the tail; in the middle not even the curvature tells which",
        "Hilbert and Cohn-Vossen 1932, Anschauliche Geometrie",
        (-2.0, 2.0, -2.0, 2.0),
        "x**3 - 3*x*y**2",
        [],
    ),
    Surface(
        "three-hump-camel",
        "Three-hump camel",
        _GROUP,
        "three minima in a row with a saddle between each two: the middle one is the deepest",
        "Jamil and Yang 2013, Int. J. Mathematical Modelling and Numerical Optimisation 4(2)",
        (-2.5, 2.5, -2.5, 2.5),
        "2*x**2 - 1.05*x**4 + x**6/6 + x*y + y**2",
        [(0.0, 0.0), (-1.747552345830, 0.873776172915), (1.747552345830, -0.873776172915)],
    ),
    Surface(
        "muller-brown",
        "Müller-Brown",
        _GROUP,
        "a chemical reaction: from a deep valley over two passes to the next",
        "Müller and Brown 1979, Theoretica Chimica Acta 53",
        (-1.5, 1.2, -0.3, 2.1),
        _MULLER_BROWN,
        [
            (-0.558223634633, 1.441725841805),
            (0.623499404931, 0.028037758529),
            (-0.050010822998, 0.466694104872),
        ],
    ),
    Surface(
        "terraces",
        "Terraces",
        _GROUP,
        "round steps whose edges are exactly level: plain descent all but stops on each",
        "made for Downslope: r^2 + sin(r^2)",
        (-4.0, 4.0, -4.0, 4.0),
        "x**2 + y**2 + sin(x**2 + y**2)",
        [(0.0, 0.0)],
    ),
    Surface(
        "easom",
        "Easom",
        _GROUP,
        "a hole in a plain: a little away from it there is no slope to follow",
        "Easom 1990, A Survey of Global Optimization Techniques, thesis, University of Louisville",
        (pi - 4, pi + 4, pi - 4, pi + 4),
        "-cos(x)*cos(y)*exp(-(x - pi)**2 - (y - pi)**2)",
        [
            (pi, pi),
            (1.304995450438, 1.304995450438),
            (1.304995450438, 4.978189856742),
            (4.978189856742, 1.304995450438),
            (4.978189856742, 4.978189856742),
        ],
    ),
    Surface(
        "plateau",
        "Plateau",
        _GROUP,
        "four plains of a saturated neuron: far out next to no slope, and a way down between them",
        "made for Downslope: squared error of a sigmoid neuron on two samples",
        (-8.0, 8.0, -8.0, 8.0),
        "(sigmoid(x + y) - sigmoid(1))**2 + (sigmoid(x - y) - sigmoid(-1))**2",
        [(0.0, 1.0)],
    ),
    Surface(
        "cliff",
        "Cliff",
        _GROUP,
        "a plain at the foot of a wall: touch the wall, and its slope throws the ball far back",
        "made for Downslope after Goodfellow, Bengio and Courville 2016, Deep Learning, fig. 8.3",
        (-5.0, 3.0, -4.0, 4.0),
        "0.05*(x - 0.5)**2 + 0.1*y**2 + 2*sigmoid(20*(x - 1 - 0.3*sin(2*y)))",
        [(0.486725172824, 0.003982321809)],
    ),
)
