"""Searches that look at losses only, so that one sees what the gradient buys.

Their rules turn random numbers into places to try; the swarm moves a ball there if the loss is lower.
"""

from numpy import add, multiply

from game.simulation.optimizers.method import Constants, Optimizer, Rate, Settings, Slots
from landscapes.landscape import Array


def _random_search_constants(_t: int, _lr: Rate, _h: Settings) -> Constants:
    return ()


def _random_search(
    _p: Array, _g: Array, _slots: Slots, _c: tuple[Array, ...], _h: Settings, _work: Array
) -> None:
    """The place that was drawn is the place to try."""


def _local_search_constants(_t: int, lr: Rate, _h: Settings) -> Constants:
    return (lr,)


def _local_search(
    p: Array, g: Array, _slots: Slots, c: tuple[Array, ...], _h: Settings, _work: Array
) -> None:
    (lr,) = c
    multiply(g, lr, g)
    add(g, p, g)


RANDOM_SEARCH = Optimizer(
    name="random-search",
    title="Random search",
    formula="q anywhere; p = q if loss(q) < loss(p)",
    about="draws places and keeps the best; blind, never trapped, hopeless in many dimensions",
    source="Brooks 1958",
    lr=1.0,
    normalised=True,
    hyper=(),
    slots=(),
    constants=_random_search_constants,
    update=_random_search,
    draws="map",
)
LOCAL_SEARCH = Optimizer(
    name="local-search",
    title="Local search",
    formula="q = p + lr normal; p = q if loss(q) < loss(p)",
    about="tries a place near by and moves if it is lower; needs no slope, only patience",
    source="Matyas 1965; Solis and Wets 1981",
    lr=1e-2,
    normalised=True,
    hyper=(),
    slots=(),
    constants=_local_search_constants,
    update=_local_search,
    draws="normal",
)
