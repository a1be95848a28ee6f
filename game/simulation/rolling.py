"""The innermost loop: a block of balls takes some steps by the rules of its swarm."""

from typing import NamedTuple

import numpy as np

from game.simulation.blocks import Block
from game.simulation.borders import Border
from game.simulation.optimizers import Optimizer, Rate, Settings
from game.simulation.optimizers.method import freeze
from game.simulation.slopes import Ground, draw_proposals, feel, move_where_better
from game.simulation.sweep import Habits, lose
from landscapes.landscape import Array, Holed

_FELT = ("sam", "clip_value", "clip_norm")
"""Settings that change what a ball feels of the ground."""


class Rules(NamedTuple):
    """What all balls of a swarm go by until something is changed.

    Attributes:
        optimizer: the row of the table.
        settings: its hyper-parameters in units of the landscape.
        ground: what is felt of the landscape.
        border: what happens at the border of the map.
        corners: of the map, ``(2, 1)`` each.
        directed: the slots that remember directions.
        holed: the ground, if it has holes.
    """

    optimizer: Optimizer
    settings: Settings
    ground: Ground
    border: Border
    corners: tuple[Array, Array]
    directed: tuple[str, ...]
    holed: Holed | None

    @property
    def habits(self) -> Habits:
        """What they say about when a ball is at rest."""
        return Habits(
            brakes=self.optimizer.brakes,
            steady=not (self.ground.deviation or self.ground.decks or self.optimizer.draws),
            walled=self.border.bring is not None,
            climbs=bool(self.settings.get("maximize")),
            pull=float(self.settings.get("weight_decay", 0.0)),
        )


class Step(NamedTuple):
    """What is the same for all balls of an age in a step.

    Attributes:
        tick: of the swarm.
        t: number of the step for the optimizer, from 1.
        factor: the schedule's.
        constants: the rule's; ``None`` where balls have rates of their own.
        key: of what is random.
    """

    tick: int
    t: int
    factor: float
    constants: tuple[Array, ...] | None
    key: int


def roll(block: Block, rules: Rules, steps: list[Step], lr: Rate) -> None:
    """Take the steps; ``lr`` is the rate of balls that have none of their own, before the schedule's factor.

    Callers silence numpy's warnings: balls that diverge are marked by the next sweep.
    """
    optimizer, settings, ground, corners, directed = (
        rules.optimizer,
        rules.settings,
        rules.ground,
        rules.corners,
        rules.directed,
    )
    position, gradient, slots, work = block.position, block.gradient, block.slots, block.work
    # Everything that a step does is looked up once: for a thousand balls a step takes eight microseconds.
    slope, scratch, update, bring = (
        ground.space.field.gradient,
        block.scratch,
        optimizer.update,
        rules.border.bring,
    )
    searches = bool(optimizer.draws)
    plain = not (ground.decks or ground.deviation or searches or any(map(settings.get, _FELT)))
    last, holed, before = steps[-1], rules.holed, position
    for step in steps:
        if step is last:
            np.copyto(block.previous, position)
        if holed:
            before = position.copy()
        if plain:
            slope(position, gradient, scratch)
        elif searches:
            draw_proposals(block, optimizer, ground.space.landscape.domain, step.key)
        else:
            feel(block, ground, step.tick, step.key, settings)
        constants = _find_constants(block, rules, step, lr) if step.constants is None else step.constants
        update(position, gradient, slots, constants, settings, work)
        if searches:
            move_where_better(block, ground, step.tick)
        if bring:
            bring(block, corners, directed)
        if holed:
            _drop(block, before, holed)


def _drop(block: Block, before: Array, holed: Holed) -> None:
    """Take balls off the map whose step touched a hole; they are last seen at its edge."""
    # Who lies in a hole has no slope and goes nowhere; NaN twice is a ball that is off the map already.
    after = np.where(np.isnan(block.position), before, block.position)
    fell = np.flatnonzero(holed.crosses(before, after))
    if fell.size:
        start, end = before[:, fell], after[:, fell]
        share = np.clip(holed.meets(start, end), 0, 1)
        lose(block, fell, start + share * (end - start))


def _find_constants(block: Block, rules: Rules, step: Step, lr: Rate) -> tuple[Array, ...]:
    """The rule's constants where balls have rates of their own."""
    own = (lr if block.rates is None else block.rates) * step.factor
    if block.watch:
        own = own * block.watch.factor
    return freeze(rules.optimizer.constants(step.t, own, rules.settings), block.position.dtype)
