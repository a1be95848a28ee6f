"""Shapes that the training of networks is said to meet, each alone and in its simplest form.

Minima are all strict ones in the domain. Curves of equally low points, along which a ball may rest anywhere, are
none: of the chains of weights no minimum is listed, for their minima are hyperbolas.
"""

from collections.abc import Mapping
from math import log, sin

from landscapes.catalogue.search import find_minima
from landscapes.catalogue.surface import Parameter, Places, Surface
from landscapes.expression import compile_formula
from landscapes.landscape import Domain

_GROUP = "Machine-learning shapes"

_WIDE, _SHARP = "((x + 1.5)**2 + y**2)", "((x - 1.5)**2 + y**2)"

_RIPPLED = "(x**2 + y**2)/2 + ripple*(2 - cos(25*x) - cos(25*y))"
_RIPPLED_DOMAIN: Domain = (-2.0, 2.0, -2.0, 2.0)

_RADIUS = "sqrt(x**2 + y**2 + 0.04)"  # rounded at the centre, where an angle has no slope
_RAVINE = f"(x**2 + y**2)*(1.3 - (x*cos(2.5*{_RADIUS}) + y*sin(2.5*{_RADIUS}))/{_RADIUS})/{_RADIUS}"
_SPIRAL = f"{_RAVINE} + ((x**2 + y**2)/12)**4"  # a rim, or the outer turn would lead out at the sides

# What comes in and whether it belongs to the class; the third and the fourth make sure that no line separates them.
_LABELLED = ((-2, False), (-1, False), (-0.5, True), (0.5, False), (1, True), (2.5, True))
_CROSS_ENTROPY = " + ".join(f"softplus({-1 if yes else 1}*({at}*x + y))" for at, yes in _LABELLED)


def _find_dimples(parameters: Mapping[str, float]) -> Places:
    found = find_minima(compile_formula(_RIPPLED, parameters), _RIPPLED_DOMAIN)
    return [(x, y) for x, y in found.tolist()]


LEARNING: tuple[Surface, ...] = (
    Surface(
        "wide-vs-sharp",
        "Wide against sharp",
        _GROUP,
        "two minima of the same depth, zero, one far wider: large rates and noise keep to the wide one",
        "made for Downslope after Hochreiter and Schmidhuber 1997, Neural Computation 9(1)",
        (-4.0, 4.0, -4.0, 4.0),
        f"{_WIDE}*{_SHARP}/({_WIDE}*width**2 + {_SHARP} + {_WIDE}*{_SHARP})",
        [(-1.5, 0.0), (1.5, 0.0)],
        parameters=(Parameter("width", 0.2, 0.01, 1.0, "of the sharp minimum; the other's is 1"),),
    ),
    Surface(
        "double-well",
        "Double well",
        _GROUP,
        "a bowl with two wells: the left one is deeper, and momentum may jump into it",
        "Dupont 2018, Interactive Visualization of Optimization Algorithms in Deep Learning",
        (-2.0, 2.0, -2.0, 2.0),
        "x**2 + y**2 - 2*exp(-((x - 1)**2 + y**2)/0.2) - 3*exp(-((x + 1)**2 + y**2)/0.2)",
        [(-0.936300634011, 0.0), (0.905317899160, 0.0)],
    ),
    Surface(
        "barrier",
        "Barrier",
        _GROUP,
        "two valleys of the same depth and a pass between them: noise crosses it, descent does not",
        "quartic double well; after Kramers 1940, Physica 7(4)",
        (-2.0, 2.0, -2.0, 2.0),
        "height*(x**2 - 1)**2 + y**2",
        [(-1.0, 0.0), (1.0, 0.0)],
        parameters=(Parameter("height", 1.0, 0.01, 100.0, "of the pass over the minima"),),
    ),
    Surface(
        "mode-connection",
        "Mode connection",
        _GROUP,
        "a barrier on the straight line between two minima, but a curved path nearly level",
        "made for Downslope after Garipov et al. 2018, NeurIPS 31",
        (-2.0, 2.0, -2.5, 3.0),
        "height*(y - 1.5*(1 - x**2))**2/2.25 + 0.2*(x**2 - 1)**2",
        [(-1.0, 0.0), (1.0, 0.0)],
        parameters=(Parameter("height", 2.0, 0.1, 100.0, "of the barrier over the path's 0.2"),),
    ),
    Surface(
        "two-layer",
        "Two layers",
        _GROUP,
        "a network of two weights that has to multiply by 1: a hyperbola of minima, flattest at (1, 1)",
        "after Saxe, McClelland and Ganguli 2014, ICLR",
        (-3.0, 3.0, -3.0, 3.0),
        "(1 - x*y)**2/2",
        [],
    ),
    Surface(
        "edge-of-stability",
        "Edge of stability",
        _GROUP,
        "a rate too large for the valley floor drives a ball along it, to where the floor is flat enough",
        "Zhu, Wang, Wang, Zhou and Ge 2023, ICLR",
        (-2.5, 2.5, -2.5, 2.5),
        "(1 - x**2*y**2)**2/4",
        [],
    ),
    Surface(
        "swapped-units",
        "Swapped units",
        _GROUP,
        "two hidden units may trade places: every minimum comes twice, with a saddle in between",
        "made for Downslope after Fukumizu and Amari 2000, Neural Networks 13(3)",
        (-1.5, 4.0, -1.5, 4.0),
        "(tanh(x) + tanh(y) - tanh(0.5) - tanh(2))**2 + (tanh(2*x) + tanh(2*y) - tanh(1) - tanh(4))**2",
        [(0.5, 2.0), (2.0, 0.5)],
    ),
    Surface(
        "lone-neuron",
        "Lone neuron",
        _GROUP,
        "one sigmoid neuron, four samples, four minima: squared error makes even this hard",
        "after Auer, Herbster and Warmuth 1996, NIPS 8",
        (-10.0, 14.0, -10.0, 14.0),
        "(sigmoid(3*x) - 0.1)**2 + (sigmoid(x/4) - 0.9)**2 + (sigmoid(3*y) - 0.1)**2 + (sigmoid(y/4) - 0.9)**2",
        [
            (-0.539976383390, -0.539976383390),
            (-0.539976383390, 8.788898290461),
            (8.788898290461, -0.539976383390),
            (8.788898290461, 8.788898290461),
        ],
    ),
    Surface(
        "dead-relu",
        "Dead ReLU",
        _GROUP,
        "one ReLU neuron: where it is silent on all samples the ground is level, and no ball ever moves",
        "made for Downslope after Lu et al. 2020, Communications in Computational Physics 28(5);"
        " at a kink the slope of the silent side",
        (-3.0, 5.0, -4.0, 4.0),
        "((relu(x + y) - 1)**2 + (relu(2*x + y) - 2)**2 + relu(y - x)**2)/3",
        [(1.0, 0.0)],
    ),
    Surface(
        "logistic",
        "Logistic regression",
        _GROUP,
        "slope and offset of a classifier on six samples: convex, and yet ever flatter far out",
        "made for Downslope after Cox 1958, J. Royal Statistical Society B 20(2)",
        (-6.0, 10.0, -8.0, 8.0),
        f"({_CROSS_ENTROPY})/6",
        [(1.301951305918, -0.035807944605)],
    ),
    Surface(
        "asymmetric-valley",
        "Asymmetric valley",
        _GROUP,
        "a steep wall on one side, a gentle slope on the other: averages end on the gentle side",
        "made for Downslope after He, Huang and Yuan 2019, NeurIPS 32",
        (-4.0, 4.0, -4.0, 4.0),
        "softplus(8*x)/2 - 0.4*x + 0.05*y**2",
        [(-log(9) / 8, 0.0)],
    ),
    Surface(
        "river-valley",
        "River valley",
        _GROUP,
        "a river winds to the sea: large rates bounce between the hills and yet go far, small ones sink",
        "made for Downslope after Wen et al. 2024, arXiv 2410.05192",
        (-4.0, 4.0, -4.0, 4.0),
        "steepness*(y - sin(2*x)/2)**2 + 0.05*(x - 3)**2",
        [(3.0, sin(6) / 2)],
        parameters=(Parameter("steepness", 5.0, 0.5, 500.0, "of the hills beside the river"),),
    ),
    Surface(
        "spiral",
        "Spiral",
        _GROUP,
        "a deep ravine wound round the bottom: the way is long, and too much momentum flies out of it",
        "made for Downslope: r (1.3 - cos(2.5 r - angle)), rounded at the centre, with a rim",
        (-4.2, 4.2, -4.2, 4.2),
        _SPIRAL,
        [(0.0, 0.0)],
    ),
    Surface(
        "noise-floor",
        "Noise floor",
        _GROUP,
        "from afar a bowl, at its bottom full of dimples: a rate as for the bowl never gets below them",
        "made for Downslope: a bowl with ripples",
        _RIPPLED_DOMAIN,
        _RIPPLED,
        _find_dimples,
        parameters=(Parameter("ripple", 0.03, 0.0, 0.05, "height of the ripples"),),
    ),
    Surface(
        "l1-kinks",
        "L1 kinks",
        _GROUP,
        "the lasso: a crease holds the useless weight at zero, and balls chatter across it",
        "Tibshirani 1996, J. Royal Statistical Society B 58(1); on a crease the penalty counts as level",
        (-1.5, 2.5, -2.0, 2.0),
        "((x - 2)**2 + y**2)/2 + strength*(abs(x) + abs(y))",
        lambda parameters: [(2.0 - parameters["strength"], 0.0)],
        parameters=(Parameter("strength", 1.5, 0.0, 1.9, "of the penalty"),),
    ),
    Surface(
        "nonsmooth-rosenbrock",
        "Nonsmooth Rosenbrock",
        _GROUP,
        "folded paper: the slope never shrinks, so a constant rate rattles along the creases for ever",
        "Gürbüzbalaban and Overton 2012, Nonlinear Analysis 75(3); on a crease its term counts as level",
        (-2.0, 2.0, -2.0, 2.0),
        "abs(x - 1)/4 + abs(y - 2*abs(x) + 1)",
        [(1.0, 1.0)],
    ),
)
