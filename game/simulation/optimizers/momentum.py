"""Descent along the gradient, with momentum or an average of the places: SGD in its forms, and ASGD."""

from numpy import add, copyto, multiply, subtract

from game.simulation.optimizers.method import Constants, Hyper, Optimizer, Rate, Settings, Slot, Slots
from game.simulation.optimizers.pieces import MAXIMIZE, accumulate, make_weight_decay, orient
from landscapes.landscape import Array


def _sgd_constants(t: int, lr: Rate, h: Settings) -> Constants:
    # The first gradient fills the momentum without dampening.
    return lr, h["momentum"], 1.0 if t == 1 else 1.0 - h["dampening"]


def _sgd(p: Array, g: Array, slots: Slots, c: tuple[Array, ...], h: Settings, work: Array) -> None:
    lr, momentum, share = c
    orient(p, g, h, work)
    step = g
    if h["momentum"]:
        step = slots["momentum_buffer"]
        if h["dampening"]:
            multiply(g, share, work)
            accumulate(step, momentum, work)
        else:
            accumulate(step, momentum, g)
        if h["nesterov"]:
            multiply(step, momentum, work)
            step = add(g, work, g)
    multiply(step, lr, work)
    subtract(p, work, p)


def _sgd_conflict(h: Settings) -> str:
    if h["nesterov"] and (h["momentum"] <= 0 or h["dampening"] != 0):
        return "nesterov needs momentum above 0 and dampening 0"
    return ""


def _asgd_constants(t: int, lr: Rate, h: Settings) -> Constants:
    lambd = h["lambd"]
    # PyTorch works out eta and mu for the next step at the end of each, so that there a change of the learning rate
    # is felt one step later than here; of the same settings both make the same path.
    eta = lr / (1.0 + lambd * lr * (t - 1)) ** h["alpha"]
    return eta, 1.0 - lambd * eta, 1.0 / max(1.0, t - 1 - h["t0"])


def _asgd(p: Array, g: Array, slots: Slots, c: tuple[Array, ...], h: Settings, work: Array) -> None:
    eta, kept, mu = c
    orient(p, g, h, work)
    multiply(g, eta, g)
    multiply(p, kept, p)
    subtract(p, g, p)
    if mu == 1.0:
        copyto(slots["ax"], p)
    else:
        subtract(p, slots["ax"], work)
        multiply(work, mu, work)
        add(slots["ax"], work, slots["ax"])


def _make_sgd(
    name: str, title: str, formula: str, about: str, source: str, momentum: float, nesterov: bool
) -> Optimizer:
    return Optimizer(
        name=name,
        title=title,
        formula=formula,
        about=about,
        source=source,
        lr=1e-3,
        normalised=False,
        hyper=(
            Hyper("momentum", momentum, 0.0, 1.0, "how much of the last step is kept"),
            Hyper("dampening", 0.0, 0.0, 1.0, "how much of the gradient the momentum ignores"),
            make_weight_decay(0.0),
            Hyper("nesterov", nesterov, 0, 1, "look ahead along the momentum"),
            MAXIMIZE,
        ),
        slots=(Slot("momentum_buffer", when="momentum", counts=True),),
        constants=_sgd_constants,
        update=_sgd,
        conflict=_sgd_conflict,
    )


SGD = _make_sgd(
    name="sgd",
    title="SGD",
    formula="p -= lr g",
    about="straight down the slope; simple, and slow along ravines",
    source="Robbins and Monro 1951; Cauchy 1847",
    momentum=0.0,
    nesterov=False,
)
MOMENTUM = _make_sgd(
    name="momentum",
    title="Momentum",
    formula="b = mu b + g; p -= lr b",
    about="a heavy ball; gathers speed along ravines and rolls through small dips",
    source="Polyak 1964",
    momentum=0.9,
    nesterov=False,
)
NESTEROV = _make_sgd(
    name="nesterov",
    title="Nesterov",
    formula="b = mu b + g; p -= lr (g + mu b)",
    about="a heavy ball that looks ahead; brakes before it overshoots",
    source="Nesterov 1983; Sutskever et al. 2013",
    momentum=0.9,
    nesterov=True,
)
ASGD = Optimizer(
    name="asgd",
    title="ASGD",
    formula="eta = lr / (1 + lambd lr t)^alpha; p -= eta (g + lambd p)",
    about="SGD that slows down; the mean of its places, kept beside, is steady under noise",
    source="Polyak and Juditsky 1992",
    lr=1e-2,
    normalised=False,
    hyper=(
        Hyper("lambd", 1e-4, 0.0, 10.0, "how fast the rate falls, and a pull towards the origin"),
        Hyper("alpha", 0.75, 0.0, 2.0, "power of the falling rate"),
        Hyper("t0", 1e6, 0.0, 1e15, "the step after which places are averaged"),
        make_weight_decay(0.0),
        MAXIMIZE,
    ),
    slots=(Slot("ax", holds="place"),),
    constants=_asgd_constants,
    update=_asgd,
)
