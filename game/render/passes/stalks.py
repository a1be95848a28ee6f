"""Thin stalks between the ground and the balls that are not on it."""

from game.render.kit import Kit
from game.render.strokes import Lines
from game.scene.frame import Frame


class StalkPass:
    """Draws a line for each lifted ball; also those in the ground are seen."""

    def __init__(self, kit: Kit) -> None:
        self._lines = Lines(kit)

    def draw(self, frame: Frame) -> None:
        """Draw the stalks, if there are any."""
        self._lines.draw(frame, frame.stalks, frame.colour_index, frame.colours)
