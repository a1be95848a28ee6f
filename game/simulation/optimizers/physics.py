"""No optimizer but a real ball: a solid one that rolls without slipping, for comparison with momentum."""

from numpy import add, divide, fmax, multiply, sqrt, subtract

from game.simulation.optimizers.method import Constants, Hyper, Optimizer, Rate, Settings, Slot, Slots
from game.simulation.optimizers.pieces import MAXIMIZE, turn
from landscapes.landscape import Array

_SHARE = 5 / 7
"""Of the pull along a slope, what speeds up a solid ball; the rest makes it spin (moment of inertia 2/5 m r^2)."""


def _rolling_ball_constants(_t: int, lr: Rate, h: Settings) -> Constants:
    # lr is the square of the time step, so that places move by lr times an acceleration as in any other method.
    pull = lr * (_SHARE * h["gravity"])
    return pull, pull * h["friction"], 0.0, 1.0


def _rolling_ball(p: Array, g: Array, slots: Slots, c: tuple[Array, ...], h: Settings, work: Array) -> None:
    pull, resistance, zero, one = c
    velocity, length = slots["velocity"], work[0]
    turn(g, h)
    multiply(g, pull, g)
    subtract(velocity, g, velocity)
    if h["friction"]:
        multiply(velocity, velocity, work)
        for row in work[1:]:
            add(length, row, length)
        sqrt(length, length)
        divide(resistance, length, length)
        subtract(one, length, length)
        # A ball that has stopped stays; fmax makes the quotient of nothing by nothing zero as well.
        fmax(length, zero, out=length)
        multiply(velocity, length, velocity)
    add(p, velocity, p)


ROLLING_BALL = Optimizer(
    name="rolling-ball",
    title="Rolling ball",
    formula="u -= 5/7 lr gravity (g + friction u / |u|); p += u",
    about="no optimizer but physics: a solid ball swings until rolling resistance stops it",
    source="Galilei 1638; steps by Cromer 1981",
    lr=3e-4,
    normalised=False,
    hyper=(
        Hyper("gravity", 1.0, 0.0, 1e6, "how strongly slopes pull"),
        Hyper(
            "friction", 0.02, 0.0, 1e6, "the slope below which a ball at rest stays, in typical slopes", True
        ),
        MAXIMIZE,
    ),
    slots=(Slot("velocity"),),
    constants=_rolling_ball_constants,
    update=_rolling_ball,
    brakes=True,
)
