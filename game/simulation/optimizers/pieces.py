"""What several rules and rows share: the first and last lines of an update, averages, and hyper-parameters."""

from numpy import add, multiply, negative

from game.simulation.optimizers.method import Hyper, Settings
from landscapes.landscape import Array


def turn(g: Array, h: Settings) -> None:
    """Turn the gradient round for ascent."""
    if h["maximize"]:
        negative(g, g)


def orient(p: Array, g: Array, h: Settings, work: Array) -> None:
    """Turn the gradient round for ascent, then add the penalty's: the order that PyTorch uses."""
    turn(g, h)
    if h["weight_decay"]:
        multiply(p, h["weight_decay"], work)
        add(g, work, g)


def accumulate(average: Array, decay: Array, g: Array) -> None:
    """``average = decay average + g``: an average over ``1 - decay``."""
    multiply(average, decay, average)
    add(average, g, average)


def accumulate_square(average: Array, decay: Array, g: Array, work: Array) -> None:
    """``average = decay average + g^2``, which leaves the square in ``work``."""
    multiply(average, decay, average)
    multiply(g, g, work)
    add(average, work, average)


def make_beta1(default: float) -> Hyper:
    """How slowly the mean of gradients forgets."""
    return Hyper("beta1", default, 0.0, 0.999999, "how slowly the mean gradient forgets; betas[0] in PyTorch")


def make_beta2(default: float) -> Hyper:
    """How slowly the mean of squares forgets."""
    return Hyper("beta2", default, 0.0, 0.999999, "how slowly the squares forget; betas[1] in PyTorch")


def make_eps(default: float) -> Hyper:
    """What keeps a divisor from zero."""
    return Hyper("eps", default, 1e-16, 1.0, "keeps the divisor from zero; larger is more like plain descent")


def make_weight_decay(default: float) -> Hyper:
    """A pull towards the origin."""
    return Hyper("weight_decay", default, 0.0, 10.0, "a pull towards the origin")


MAXIMIZE = Hyper("maximize", False, 0, 1, "climb instead of descend")
DECOUPLED = Hyper("decoupled_weight_decay", False, 0, 1, "weight decay as in AdamW")
