"""Scripts: an experiment and what happens in it when. Demos, presets and saved sessions are files of one format."""

from game.script.open import follow_script, open_script
from game.script.read import read_script
from game.script.record import Cue, Script, Take
from game.script.save import played_lines, save_session
from game.script.take import Roll, enter_take

__all__ = [
    "Cue",
    "Roll",
    "Script",
    "Take",
    "enter_take",
    "follow_script",
    "open_script",
    "played_lines",
    "read_script",
    "save_session",
]
