"""What a film's director says: where the camera is when, what is written, when it is dark, how fast time runs.

Plain records and functions of the film's time; nothing here knows a session.
"""

from game.directing.eases import EASES
from game.directing.formulas import formula_names, load_formula
from game.directing.record import (
    FADES,
    PLACES,
    VEILS,
    CameraKey,
    Caption,
    Directed,
    Direction,
    Fade,
    Shown,
    SpeedKey,
    Timeline,
    Veil,
)
from game.directing.times import between, find_pace, show

__all__ = [
    "EASES",
    "FADES",
    "PLACES",
    "VEILS",
    "CameraKey",
    "Caption",
    "Directed",
    "Direction",
    "Fade",
    "Shown",
    "SpeedKey",
    "Timeline",
    "Veil",
    "between",
    "find_pace",
    "formula_names",
    "load_formula",
    "show",
]
