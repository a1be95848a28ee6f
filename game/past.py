"""What was changed, and how everything was before, so that it can be undone and done again."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from game.simulation import Knobs, World
from landscapes.errors import InputError
from landscapes.landscape import Landscape, Relief

if TYPE_CHECKING:
    from game.scene.path import Path
    from game.session import Experiment, Line, LossHistory, Session

MOST_STEPS = 64
"""That can be undone; then the first is forgotten."""
MOST_BYTES = 200_000_000
"""Of worlds that are kept for it; then the first steps are forgotten."""
TOGETHER_S = 1.0
"""Lines of one command that follow each other as fast on the session's clock are undone together."""


@dataclass(frozen=True)
class Memento:
    """A moment of a session: all that commands can change of its experiment.

    Attributes:
        experiment: what the world was made from.
        opening: the same, as it was at its release.
        ground: what its balls were released on.
        lines: what was done since.
        world: itself, not a copy: its balls stay where they are for as long as it is the session's.
        knobs: of each of its swarms.
        homes: the valley each ball was released in, ``(n,)``.
        history: of the loss.
        path: of the selected ball.
        selected: its number.
        relief: how loss becomes height.
        shaking: whether the ground is that of a minibatch.
    """

    experiment: "Experiment"
    opening: "Experiment"
    ground: Landscape
    lines: "tuple[Line, ...]"
    world: World
    knobs: tuple[Knobs, ...]
    homes: npt.NDArray[np.int32]
    history: "LossHistory"
    path: "Path | None"
    selected: int | None
    relief: Relief
    shaking: bool

    def thin(self) -> "Memento":
        """Without what optimizers remember, if balls have moved since: then it cannot be brought back."""
        knobs = tuple(
            one if one.tick == swarm.tick else one._replace(memory=None, status=None)
            for one, swarm in zip(self.knobs, self.world.swarms, strict=True)
        )
        return replace(self, knobs=knobs)

    def stands_as(self, other: "Memento") -> bool:
        """Whether nothing was changed between the two."""
        return (
            (self.world is other.world and self.experiment == other.experiment)
            and self.shaking == other.shaking
            and all(one.turned_as(two) for one, two in zip(self.knobs, other.knobs, strict=True))
        )


class Step(NamedTuple):
    """Lines that are undone together, and the moment that this leads to."""

    name: str
    told: str
    memento: Memento


@dataclass
class Past:
    """The steps that can be undone, and those that can be done again, the next one last.

    Attributes:
        done: can be undone.
        undone: can be done again; the next change forgets them.
    """

    done: list[Step] = field(default_factory=list)
    undone: list[Step] = field(default_factory=list)
    _lines: int = field(default=0, init=False)
    _changed_at_s: float = field(default=0.0, init=False)

    @contextmanager
    def keep(self, session: "Session", line: str, *, in_place: bool = False) -> Iterator[None]:
        """Make what a line changes within a ``with`` block a step that can be undone.

        A line that is refused is no step: what it changed before that, of one team of a race, say, is put back.

        Args:
            session: is changed.
            line: changes it.
            in_place: whether balls or ground of the world that there is change, not only knobs.

        Raises:
            InputError: the line is refused.
        """
        name = line.split(maxsplit=1)[0]
        joins = bool(self._lines and self.done) and self.done[-1].name == name
        joins = joins and session.clock_s - self._changed_at_s <= TOGETHER_S
        now = session.remember()
        before = self.done[-1].memento if joins else now
        copy = now.world.copy() if in_place and not joins else None
        try:
            yield
        except InputError:
            # What changes a world in place has to look first: knobs alone would not bring it back.
            if not in_place:
                session.recall(now)
            raise
        if copy:
            before = self._detach(before, copy)
        elif not joins and session.remember().stands_as(before):
            return
        self._lines = self._lines + 1 if joins else 1
        self._changed_at_s = session.clock_s
        if joins:
            self.done.pop()
        told = line if self._lines == 1 else f"{name}, {self._lines} times"
        self.done.append(Step(name, told, before))
        self.undone.clear()
        self._forget(session.world)

    def undo(self, session: "Session") -> str:
        """Lead a session back to before the last step, and tell which that was.

        Raises:
            InputError: there is none.
        """
        return self._move(session, self.done, self.undone, "undo")

    def redo(self, session: "Session") -> str:
        """Lead a session to after the step that was undone last, and tell which that was.

        Raises:
            InputError: there is none.
        """
        return self._move(session, self.undone, self.done, "redo")

    def _move(self, session: "Session", source: list[Step], target: list[Step], verb: str) -> str:
        if not source:
            raise InputError(f"there is nothing to {verb}")
        step = source.pop()
        target.append(step._replace(memento=session.remember()))
        session.recall(step.memento)
        self._lines = 0
        self._forget(session.world)
        return step.told

    def _detach(self, moment: Memento, copy: World) -> Memento:
        """From now on the past of the moment's world is that of its copy; returns the moment in it."""
        world, history = moment.world, deepcopy(moment.history)

        def moved(one: Memento) -> Memento:
            # A way belongs to a world; the copy's begins anew.
            return replace(one, world=copy, history=history, path=None) if one.world is world else one

        self.done[:] = [step._replace(memento=moved(step.memento)) for step in self.done]
        return moved(moment)

    def _forget(self, now: World) -> None:
        """Let go of what there is too much of, what is furthest away first."""
        for steps in (self.done, self.undone):
            steps[:] = [step._replace(memento=step.memento.thin()) for step in steps[-MOST_STEPS:]]
        while self._nbytes(now) > MOST_BYTES and (self.done or self.undone):
            (self.done or self.undone).pop(0)

    def _nbytes(self, now: World) -> int:
        mementos = [step.memento for step in (*self.done, *self.undone)]
        worlds = {id(memento.world): memento.world for memento in mementos if memento.world is not now}
        swarms = sum(swarm.nbytes for world in worlds.values() for swarm in world.swarms)
        return swarms + sum(knobs.nbytes for memento in mementos for knobs in memento.knobs)
