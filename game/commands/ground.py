"""Commands about the ground: which landscape, and how it is shown."""

import landscapes
from game.commands.command import Command, cycle_through, read_whole
from game.commands.swarms import set_batch
from game.scene.relief import RELIEFS
from game.scene.terrain import shown_relief
from game.session import Session
from landscapes.errors import unknown
from landscapes.landscape import Relief

SHAKING_BATCH = 32
"""Samples a step, where none are chosen when the ground begins to shake."""


def _select_landscape(session: Session, name: str) -> None:
    # Rates and parameters were chosen for the old ground: start the new one with what suits it.
    session.change(
        landscape=landscapes.canonical(name), lr=None, batch_size=None, start="random", space="map"
    )
    session.view.relief = "auto"
    session.view.shaking = False
    session.view.selected = None
    landscape = session.world.landscape
    session.say(" ".join((landscape.title, *landscape.notes)))


def _cycle_landscape(session: Session, steps: str) -> None:
    names = landscapes.names()
    current = session.world.landscape.name.partition(":")[0]
    # After a file or a formula the catalogue begins anew.
    start = current if current in names else names[-1]
    _select_landscape(session, cycle_through(names, start, read_whole(steps, "steps")))


def _select_relief(session: Session, name: str) -> None:
    reliefs: dict[str, Relief] = {relief: relief for relief in ("auto", *RELIEFS)}
    if name.lower() not in reliefs:
        raise unknown("relief", name, reliefs)
    session.view.relief = reliefs[name.lower()]
    session.say(
        f"{shown_relief(session.world.landscape, session.view.relief)} height; the balls roll as before"
    )


def _sharpen(session: Session, name: str) -> None:
    session.sharpen(landscapes.canonical(name))


def _cycle_relief(session: Session, steps: str) -> None:
    current = shown_relief(session.world.landscape, session.view.relief)
    _select_relief(session, cycle_through(list(RELIEFS), current, read_whole(steps, "steps")))


def _toggle_shaking(session: Session) -> None:
    swarm = session.world.swarms[0]
    view = session.view
    if view.shaking:
        view.shaking = False
        session.say("the ground of all samples")
    elif session.world.landscape.data is None:
        session.say("this ground is not made of data: it has no minibatches to show")
    else:
        if swarm.batch_size is None:
            set_batch(session, str(min(SHAKING_BATCH, session.world.landscape.data.count)))
        view.shaking = True
        session.say(f"the ground of the minibatch that one ball sees, {swarm.batch_size} samples a step")


GROUND_COMMANDS: tuple[Command, ...] = (
    Command("landscape.cycle", "steps", "next or previous landscape", _cycle_landscape, undoable=True),
    Command("landscape.select", "name", "go to a landscape", _select_landscape, undoable=True),
    Command("relief.cycle", "steps", "height of the ground: linear, log, symlog, ...", _cycle_relief),
    Command("relief.select", "name", "set how loss becomes height, or auto", _select_relief),
    Command(
        "ground.sharpen",
        "name",
        "the same map, from a scan that got further",
        _sharpen,
        undoable=True,
        in_place=True,
    ),
    Command(
        "ground.shake", "", "the ground as one minibatch sees it, and back", _toggle_shaking, undoable=True
    ),
)
