"""A beam of light over the deepest known minimum."""

import moderngl
import numpy as np

from game.render.gpu import set_uniforms
from game.render.kit import Kit
from game.scene.frame import Frame
from game.scene.signs import BEAM_HEIGHT
from game.scene.theme import srgb


class BeaconPass:
    """Draws an upright beam that always faces the camera."""

    def __init__(self, kit: Kit) -> None:
        self._context = kit.gpu.context
        self._program = kit.gpu.program("beacon.vert", "beacon.frag")
        self._beam = kit.gpu.screen(self._program)

    def draw(self, frame: Frame) -> None:
        """Draw the beam, if there is a minimum to show."""
        if frame.beacon is None:
            return
        right = frame.view[:2, 0] / max(float(np.linalg.norm(frame.view[:2, 0])), 1e-6)
        set_uniforms(
            self._program,
            {
                "view_projection": frame.view @ frame.projection,
                "foot": frame.beacon,
                "side": right,
                "height": BEAM_HEIGHT,
                "ink": srgb(frame.theme.beacon),
            },
        )
        self._context.enable(moderngl.BLEND)
        framebuffer = self._context.fbo
        framebuffer.depth_mask = False
        self._beam.render(moderngl.TRIANGLE_STRIP)
        framebuffer.depth_mask = True
        self._context.disable(moderngl.BLEND)
