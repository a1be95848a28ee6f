"""Commands about what is kept in files: sessions and presets."""

from pathlib import Path

from game.commands.command import Command, read_whole
from game.script import Script, open_script, read_script, save_session
from game.script.presets import PRESETS, preset_path
from game.session import Session
from landscapes.errors import unknown


def _save(session: Session, path: str) -> None:
    session.say(f"session saved: {save_session(session, Path(path))}")


def _open(session: Session, path: str) -> None:
    script = _read(Path(path))
    open_script(session, script)
    if not script.title:
        session.say(f"{path}: plays again from the start")


def _open_preset(session: Session, name: str) -> None:
    if name.lower() not in PRESETS:
        raise unknown("preset", name, PRESETS, "downslope list presets")
    open_script(session, _read(preset_path(name.lower())))


def _cycle_preset(session: Session, steps: str) -> None:
    current = PRESETS.index(session.view.script) if session.view.script in PRESETS else -1
    forward = read_whole(steps, "steps")
    # From elsewhere the first one is next, and the last one before.
    start = current if current >= 0 or forward > 0 else 0
    _open_preset(session, PRESETS[(start + forward) % len(PRESETS)])


def _read(path: Path) -> Script:
    # Late: lines of a script may be any of the commands, of which these are some.
    from game.commands import parse

    return read_script(path, parse)


FILE_COMMANDS: tuple[Command, ...] = (
    Command("session.save", "path", "save the session; never over another file", _save),
    Command("session.open", "path", "play a saved session again", _open, undoable=True),
    Command("preset.cycle", "steps", "next or previous preset: what to watch", _cycle_preset, undoable=True),
    Command("preset.open", "name", "open a preset", _open_preset, undoable=True),
)
