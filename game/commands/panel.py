"""Commands about the panel: what of it is shown, and what its plots and tables lead to."""

from game.commands.command import Command, read_whole
from game.commands.tables import TABLES
from game.scene.cinema import place_in_scene
from game.session import Session
from landscapes.errors import InputError, find


def _cycle_panel(session: Session) -> None:
    """Cards, cards and controls, a clean stage."""
    view = session.view
    view.panel, view.controls = not (view.panel and view.controls), view.panel and not view.controls
    view.focused &= view.controls


def _toggle_controls(session: Session) -> None:
    view = session.view
    view.controls = not view.controls
    view.focused &= view.controls


def _focus_controls(session: Session) -> None:
    view = session.view
    view.focused = not view.focused
    view.controls |= view.focused
    if view.focused:
        session.say("controls: tab and arrows go, space and enter press, esc leads back to the balls")


def _toggle_large(session: Session) -> None:
    session.view.large = not session.view.large


def _look_at_valley(session: Session, number: str) -> None:
    valley, valleys = read_whole(number, "the valley"), session.census
    if not 1 <= valley <= len(valleys):
        raise InputError(
            f"the valley must be from 1 to {len(valleys)}, not {number}" if valleys else "no valleys"
        )
    x, y = valleys[valley - 1].x, valleys[valley - 1].y
    session.camera.centre(*place_in_scene(session.world.landscape.domain, (x, y)))
    session.say(f"valley {valley} at ({x:.4g}, {y:.4g}), loss {valleys[valley - 1].loss:.4g}")


def _save_table(session: Session, name: str) -> None:
    session.view.tables_wanted += (find("plot", name, TABLES).name,)


PANEL_COMMANDS: tuple[Command, ...] = (
    Command("panel.cycle", "", "cards, cards and controls, a clean stage", _cycle_panel),
    Command("controls.toggle", "", "show or hide the controls", _toggle_controls),
    Command("controls.focus", "", "work the controls by keys; esc leads back", _focus_controls),
    Command("panel.large", "", "large type for beamers, and back", _toggle_large),
    Command("plot.save", "name", "save the numbers of a plot, such as losses", _save_table),
    Command("valley.look", "number", "centre the camera on a valley", _look_at_valley),
)
