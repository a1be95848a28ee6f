"""``downslope run --sweep``: one run for each combination of settings, one table and one picture of all of them."""

from game.sweeps.axes import Axis, combine, read_axis
from game.sweeps.picture import draw_sweep
from game.sweeps.runs import COLUMNS, Sweep, find_best, run_sweep, tell_sweep
from game.sweeps.tables import FORMATS, find_writer

__all__ = [
    "COLUMNS",
    "FORMATS",
    "Axis",
    "Sweep",
    "combine",
    "draw_sweep",
    "find_best",
    "find_writer",
    "read_axis",
    "run_sweep",
    "tell_sweep",
]
