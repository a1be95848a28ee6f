"""The void around the slab: a vignette, drawn only where nothing else is."""

import moderngl
import numpy as np

from game.render.gpu import set_uniforms
from game.render.kit import Kit
from game.scene.frame import Frame
from game.scene.theme import srgb


class BackdropPass:
    """Draws a radial gradient around the slab's place on the screen, at the far end of the depth range."""

    def __init__(self, kit: Kit) -> None:
        self._program = kit.gpu.program("backdrop.vert", "backdrop.frag")
        self._screen = kit.gpu.screen(self._program)

    def draw(self, frame: Frame) -> None:
        """Fill what is left of the picture."""
        middle = np.array([0, 0, 0, 1], np.float32) @ frame.view @ frame.projection
        set_uniforms(
            self._program,
            {
                "void_centre": srgb(frame.theme.void[0]),
                "void_edge": srgb(frame.theme.void[1]),
                "centre": (float(middle[0] / middle[3]), float(middle[1] / middle[3])),
                "aspect": frame.size[0] / frame.size[1],
            },
        )
        self._screen.render(moderngl.TRIANGLE_STRIP)
