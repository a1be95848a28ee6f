"""Update rules as pure functions over arrays, with PyTorch's names, defaults and order of operations.

``method`` says what a rule and a row of the table are; the other modules hold rules by family.
"""

from game.simulation.optimizers.adam import ADAM, ADAMAX, ADAMW, RADAM
from game.simulation.optimizers.adaptive import ADADELTA, ADAGRAD, RMSPROP
from game.simulation.optimizers.lookahead import ADAN, NADAM
from game.simulation.optimizers.method import (
    Hyper,
    Optimizer,
    Rate,
    Settings,
    Slot,
    Slots,
    complete_settings,
)
from game.simulation.optimizers.momentum import ASGD, MOMENTUM, NESTEROV, SGD
from game.simulation.optimizers.physics import ROLLING_BALL
from game.simulation.optimizers.quasi_hyperbolic import QHADAM, QHM
from game.simulation.optimizers.search import LOCAL_SEARCH, RANDOM_SEARCH
from game.simulation.optimizers.signs import LION, RPROP
from landscapes.errors import find

OPTIMIZERS: tuple[Optimizer, ...] = (
    SGD,
    MOMENTUM,
    NESTEROV,
    ADAGRAD,
    RMSPROP,
    ADAM,
    ADAMW,
    NADAM,
    LION,
    RADAM,
    ADAMAX,
    ADADELTA,
    RPROP,
    ASGD,
    QHM,
    QHADAM,
    ADAN,
    ROLLING_BALL,
    RANDOM_SEARCH,
    LOCAL_SEARCH,
)
"""All optimizers, in the order in which players see them."""


def find_optimizer(name: str) -> Optimizer:
    """The row of that name.

    Raises:
        InputError: there is none.
    """
    return find("optimizer", name, OPTIMIZERS, "downslope list optimizers")


__all__ = [
    "OPTIMIZERS",
    "Hyper",
    "Optimizer",
    "Rate",
    "Settings",
    "Slot",
    "Slots",
    "complete_settings",
    "find_optimizer",
]
