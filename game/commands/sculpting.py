"""Commands that change the ground by hand."""

import landscapes
from game.commands.command import Command, read_factor, read_number, read_place
from game.scene.terrain import shown_relief
from game.session import Session
from landscapes.errors import InputError
from landscapes.sculpted import NARROWEST, WIDEST, Bump, SculptedField, find_smoothing, sculpt


def _toggle_brush(session: Session) -> None:
    session.view.brush = not session.view.brush
    session.say(
        "the brush raises the ground; with shift it lowers, with ctrl it smooths; the wheel widens it"
        if session.view.brush
        else "the brush is put away"
    )


def _scale_brush(session: Session, factor: str) -> None:
    view = session.view
    view.brush_radius = min(max(view.brush_radius * read_factor(factor), NARROWEST), WIDEST)


def _sculpt(session: Session, place: str, radius: str, height: str) -> None:
    numbers = read_number(radius, "the radius"), read_number(height, "the height")
    _change(session, Bump(*read_place(place), *numbers))


def _smooth(session: Session, place: str, radius: str) -> None:
    _change(session, find_smoothing(session.world.landscape, *read_place(place), read_factor(radius)))


def _change(session: Session, bump: Bump) -> None:
    before = session.world.landscape
    session.reground(sculpt(before, bump))
    if not isinstance(before.field, SculptedField) and session.view.relief == "auto":
        # Another rule of heights after a stroke would move ground that nobody touched.
        session.view.relief = shown_relief(before, "auto")


def _restore(session: Session) -> None:
    if not isinstance(session.world.landscape.field, SculptedField):
        raise InputError("the ground is as it was made: there is nothing to restore")
    session.reground(landscapes.get(session.experiment.landscape))
    session.view.relief = "auto"
    session.say("the ground is as it was made again")


SCULPTING_COMMANDS: tuple[Command, ...] = (
    Command("brush.toggle", "", "take the brush: raise, lower, smooth", _toggle_brush),
    Command("brush.scale", "factor", "widen the brush (above 1) or narrow it", _scale_brush),
    Command(
        "ground.sculpt",
        "place radius height",
        "raise the ground round x,y",
        _sculpt,
        undoable=True,
        in_place=True,
    ),
    Command(
        "ground.smooth", "place radius", "smooth the ground round x,y", _smooth, undoable=True, in_place=True
    ),
    Command(
        "ground.restore", "", "the ground as it was before the brush", _restore, undoable=True, in_place=True
    ),
)
