"""The way of a training on the ground, with stalks to where the losses of its checkpoints are."""

import numpy as np

from game.render.kit import Kit
from game.render.strokes import Band, Lines
from game.scene.frame import Frame
from game.scene.theme import linear, srgb


class TrackPass:
    """Draws it in the theme's ink, which no ball has."""

    def __init__(self, kit: Kit) -> None:
        self._band, self._lines = Band(kit), Lines(kit)

    def draw(self, frame: Frame) -> None:
        """Draw the track, if there is one."""
        ribbon, stalks = frame.track
        self._lines.draw(frame, stalks, np.zeros(len(stalks), np.uint8), linear(frame.theme.ink)[np.newaxis])
        self._band.draw(frame, ribbon, srgb(frame.theme.ink))
