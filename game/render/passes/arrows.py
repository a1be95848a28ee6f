"""Flat arrows on the ground: what the selected ball feels, and what it does."""

import moderngl
import numpy as np

from game.render.gpu import set_uniforms
from game.render.kit import Kit
from game.scene.frame import Frame
from game.scene.theme import srgb

ROWS = 33
"""Rows of corners from the foot to the tip, so that an arrow follows the ground."""
COLUMNS = 5


class ArrowPass:
    """Draws each arrow as a strip of cloth on the ground, out of which its shape is cut."""

    def __init__(self, kit: Kit) -> None:
        self._context = kit.gpu.context
        self._ground = kit.ground
        self._program = kit.gpu.program("arrows.vert", "arrows.frag")
        along, across = np.meshgrid(np.linspace(0, 1, ROWS), np.linspace(-1, 1, COLUMNS), indexing="ij")
        corners = np.stack([along, across], axis=-1).astype(np.float32)
        place = np.arange(ROWS * COLUMNS, dtype=np.uint32).reshape(ROWS, COLUMNS)
        sw, se, nw, ne = place[:-1, :-1], place[:-1, 1:], place[1:, :-1], place[1:, 1:]
        triangles = np.stack([sw, se, nw, nw, se, ne], axis=-1)
        self._cloth = kit.gpu.vertex_array(
            self._program, [(kit.gpu.buffer(corners), "2f", "in_corner")], kit.gpu.buffer(triangles)
        )

    def draw(self, frame: Frame) -> None:
        """Draw the arrows, if there are any."""
        if not frame.arrows or frame.selected is None:
            return
        self._ground.bind(self._program)
        mine = np.sqrt(frame.colours[frame.colour_index[frame.selected]])
        context = self._context
        context.enable(moderngl.BLEND)
        framebuffer = context.fbo
        framebuffer.depth_mask = False
        for arrow in frame.arrows:
            set_uniforms(
                self._program,
                {
                    "view": frame.view,
                    "projection": frame.projection,
                    "half_size": frame.terrain.half_size,
                    "foot": arrow.foot,
                    "vector": arrow.vector,
                    "width": arrow.width,
                    "colour": mine if arrow.mine else srgb(frame.theme.ink),
                    "ink": srgb(frame.theme.sheet),
                },
            )
            self._cloth.render(moderngl.TRIANGLES)
        framebuffer.depth_mask = True
        context.disable(moderngl.BLEND)
