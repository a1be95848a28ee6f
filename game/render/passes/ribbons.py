"""The way of the selected ball, as a band on the ground."""

import numpy as np

from game.render.kit import Kit
from game.render.strokes import Band
from game.scene.frame import Frame


class RibbonPass:
    """Draws it in the colour of its ball."""

    def __init__(self, kit: Kit) -> None:
        self._band = Band(kit)

    def draw(self, frame: Frame) -> None:
        """Draw the ribbon, if there is one."""
        if frame.selected is not None:
            colour = np.sqrt(frame.colours[frame.colour_index[frame.selected]])
            self._band.draw(frame, frame.ribbon, colour)
