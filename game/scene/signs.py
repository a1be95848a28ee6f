"""What is written over the picture: the numbers of the deepest valleys, and how deep the ground is known to go."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from game.scene.terrain import Terrain
from game.session import Session

Floats = npt.NDArray[np.float32]

LABELLED_VALLEYS = 5
"""The deepest ones; the ground and the panel's list number the same."""
BEAM_HEIGHT = 0.5
"""Of the beacon over the deepest known minimum, scene units."""


class Label(NamedTuple):
    """Something written at a place on the picture.

    Attributes:
        text: what it says.
        x: pixels from the left.
        y: pixels from the top.
        rank: of the valley it marks, deepest 0; ``None`` for the deepest known minimum.
    """

    text: str
    x: float
    y: float
    rank: int | None


class Signs(NamedTuple):
    """What is to be written on the ground.

    Attributes:
        at: scene units ``(3, k)``.
        texts: what is written.
        ranks: see ``Label``.
    """

    at: Floats
    texts: list[str]
    ranks: list[int | None]


def write_signs(session: Session, terrain: Terrain, beacon: Floats | None) -> Signs:
    """Signs for the deepest valleys; the beacon keeps its own when valleys have none."""
    valleys = session.census[:LABELLED_VALLEYS] if session.view.labels else []
    at = terrain.to_scene(np.array([[valley.x, valley.y] for valley in valleys]).reshape(-1, 2).T)
    texts = [shown_loss(valley.loss) for valley in valleys]
    ranks: list[int | None] = list(range(len(valleys)))
    if beacon is not None:
        at = np.concatenate([at, beacon[:, None] + np.array([[0], [0], [BEAM_HEIGHT]], np.float32)], axis=1)
        lowest = float(session.world.landscape.value(session.world.landscape.minima[:1].T)[0])
        texts.append(f"deepest known: {shown_loss(lowest)}")
        ranks.append(None)
    return Signs(at, texts, ranks)


def place_labels(
    signs: Signs, terrain: Terrain, view_projection: Floats, eye: Floats, size: tuple[int, int]
) -> tuple[Label, ...]:
    """Labels for what is not hidden behind the ground."""
    at = signs.at
    seen = terrain.sees(eye, at)
    clip = np.concatenate([at, np.ones((1, at.shape[1]), np.float32)]).T @ view_projection
    x = (clip[:, 0] / clip[:, 3] * 0.5 + 0.5) * size[0]
    y = (0.5 - clip[:, 1] / clip[:, 3] * 0.5) * size[1]
    shown = (seen & (clip[:, 3] > 0)).tolist()
    places = zip(signs.texts, x.tolist(), y.tolist(), signs.ranks, shown, strict=True)
    return tuple(Label(text, left, top, rank) for text, left, top, rank, shown in places if shown)


def shown_loss(loss: float) -> str:
    """Four digits; what is left of a zero after rounding is shown as one."""
    return f"{loss:.4g}" if abs(loss) > 1e-9 else "0"
