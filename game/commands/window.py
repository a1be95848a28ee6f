"""Commands about the window and what is saved from it."""

from game.commands.command import Command
from game.scene.camera import CYCLE
from game.session import Palette, Session


def _toggle_recording(session: Session) -> None:
    session.view.recording = not session.view.recording


def _toggle_replay(session: Session) -> None:
    session.view.replaying = not session.view.replaying


def _take_picture(session: Session) -> None:
    session.view.pictures_wanted += 1


def _toggle_fullscreen(session: Session) -> None:
    session.view.fullscreen = not session.view.fullscreen


def _leave(session: Session) -> None:
    """Close what is open, outermost last."""
    view = session.view
    if view.palette:
        view.palette = None
    elif view.help:
        view.help = False
    elif view.replaying:
        view.replaying = False
    elif view.photo:
        view.photo = False
    elif view.focused:
        view.focused = False
    elif view.tour:
        session.apply("tour.skip")
    elif session.camera.flying:
        session.camera.look(CYCLE[0])
    elif view.selected is not None:
        view.selected = None
    elif view.fullscreen:
        view.fullscreen = False
    elif view.scanning:
        view.scanning = False
    else:
        view.closing = True


def _open_palette(session: Session) -> None:
    session.view.palette = Palette()


def _quit(session: Session) -> None:
    session.view.closing = True


WINDOW_COMMANDS: tuple[Command, ...] = (
    Command("record.toggle", "", "start and stop recording a video", _toggle_recording),
    Command("replay.toggle", "", "the last ten seconds again, in the corner", _toggle_replay),
    Command("picture.take", "", "save a picture", _take_picture),
    Command("window.fullscreen", "", "full screen on and off", _toggle_fullscreen),
    Command("palette.open", "", "find a command, landscape, optimizer, ...", _open_palette),
    Command("app.leave", "", "close what is open, leave full screen, then quit", _leave),
    Command("app.quit", "", "quit", _quit),
)
