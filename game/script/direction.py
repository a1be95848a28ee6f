"""The director's tables of a script: [[camera]], [[speed]], [[caption]] and [[fade]]."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from game.directing import CameraKey, Caption, Direction, Fade, SpeedKey
from game.script.kinds import CAMERA, CAPTION, FADE, SPEED, check, seconds
from game.script.lines import FieldError, read_rows

POSE = ("azimuth", "elevation", "zoom", "x", "y")
BY_TIME = attrgetter("at_s")


def read_direction(table: Mapping[str, Any], text: str) -> Direction:
    """All that a director says in a script.

    Args:
        table: of the whole script.
        text: the same as it is written.

    Raises:
        InputError: it cannot be understood; the message says in which line.
    """
    return Direction(
        camera=tuple(sorted(read_rows(table, text, "camera", _as_camera_key), key=BY_TIME)),
        speeds=tuple(sorted(read_rows(table, text, "speed", _as_speed_key), key=BY_TIME)),
        captions=tuple(sorted(read_rows(table, text, "caption", _as_caption), key=BY_TIME)),
        fades=tuple(sorted(read_rows(table, text, "fade", _as_fade), key=BY_TIME)),
    )


def _as_camera_key(row: dict[str, Any], number: int) -> CameraKey:
    where = f"[[camera]] {number}: "
    check(row, CAMERA, where, ("at",))
    if "valley" in row and ("x" in row or "y" in row):
        raise FieldError("valley", f"{where}valley and x, y do not go together: both say what is looked at")
    return CameraKey(
        at_s=seconds(row["at"]),
        pose={name: float(row[name]) for name in POSE if name in row},
        **{name: row[name] for name in ("ease", "shot", "valley") if name in row},
    )


def _as_speed_key(row: dict[str, Any], number: int) -> SpeedKey:
    check(row, SPEED, f"[[speed]] {number}: ", ("at", "value"))
    return SpeedKey(seconds(row["at"]), float(row["value"]), row.get("ease", "smooth"))


def _as_caption(row: dict[str, Any], number: int) -> Caption:
    where = f"[[caption]] {number}: "
    check(row, CAPTION, where, ("at", "seconds"))
    if not row.get("text") and not row.get("formula"):
        raise FieldError("text", f"{where}text or formula is missing: there is nothing to show")
    shown = {name: row[name] for name in ("text", "place", "formula") if name in row}
    return Caption(seconds(row["at"]), seconds(row["seconds"]), **shown)


def _as_fade(row: dict[str, Any], number: int) -> Fade:
    check(row, FADE, f"[[fade]] {number}: ", ("at", "seconds", "kind"))
    return Fade(seconds(row["at"]), seconds(row["seconds"]), row["kind"], row.get("to", "void"))
