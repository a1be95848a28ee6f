"""What a direction means at a moment of the film: everything here is a function of that moment alone."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from game.directing.eases import EASES
from game.directing.record import CameraKey, Directed, Direction, Fade, Shown, SpeedKey, Veil

INK_S = 0.45
"""Over which a caption comes, and goes."""


def between(keys: Sequence[CameraKey | SpeedKey], at_s: float) -> tuple[int, int, float]:
    """The keys before and after a moment, and the share of the way from one to the other that is gone.

    Before the first key and from the last one on both are the same; at a key its own time is exactly reached.
    """
    after = bisect_right([key.at_s for key in keys], at_s)
    if after in (0, len(keys)):
        alone = min(after, len(keys) - 1) if after == 0 else after - 1
        return alone, alone, 1.0
    first, second = keys[after - 1], keys[after]
    share = (at_s - first.at_s) / (second.at_s - first.at_s)
    return after - 1, after, EASES[second.ease].share(share)


def find_pace(keys: Sequence[SpeedKey], from_s: float, to_s: float) -> float:
    """The mean speed between two moments: steps add up to the same at any number of frames a second."""
    if to_s <= from_s:
        before, after, share = between(keys, to_s)
        return (1 - share) * keys[before].value + share * keys[after].value
    return (_add_up(keys, to_s) - _add_up(keys, from_s)) / (to_s - from_s)


def _add_up(keys: Sequence[SpeedKey], at_s: float) -> float:
    """The integral of the speed from the beginning of the film on."""
    total = keys[0].value * min(keys[0].at_s, at_s)
    for first, second in pairwise(keys):
        if at_s <= first.at_s:
            return total
        length = second.at_s - first.at_s
        share = min((at_s - first.at_s) / length, 1.0) if length else 0.0
        rise = second.value - first.value
        total += length * (first.value * share + rise * EASES[second.ease].area(share))
    return total + keys[-1].value * max(at_s - keys[-1].at_s, 0.0)


def show(direction: Direction, at_s: float) -> Directed:
    """What is written over the picture at a moment, and what covers it."""
    captions = []
    for caption in direction.captions:
        slope = min(INK_S, caption.seconds / 3)
        ink = min(at_s - caption.at_s, caption.at_s + caption.seconds - at_s) / slope
        if ink > 0:
            captions.append(Shown(caption, EASES["smooth"].share(min(ink, 1.0))))
    return Directed(tuple(captions), _find_veil(direction.fades, at_s))


def _find_veil(fades: Sequence[Fade], at_s: float) -> Veil | None:
    begun = [fade for fade in fades if fade.at_s <= at_s]
    # A film that fades in is dark until then.
    fade = begun[-1] if begun else fades[0] if fades and fades[0].kind == "in" else None
    if fade is None:
        return None
    gone = EASES["smooth"].share(min(max((at_s - fade.at_s) / fade.seconds, 0.0), 1.0))
    cover = {"in": 1 - gone, "out": gone, "through": 1 - abs(2 * gone - 1)}[fade.kind]
    return Veil(fade.to, cover) if cover > 0 else None
