"""The quiet ground under the slab, with the slab's soft shadow; balls that left come to rest on it."""

import moderngl

from game.render.gpu import set_uniforms
from game.render.kit import Kit
from game.scene.frame import Frame
from game.scene.theme import srgb


class FloorPass:
    """Draws a plane that fades into the void."""

    def __init__(self, kit: Kit) -> None:
        self._context = kit.gpu.context
        self._program = kit.gpu.program("floor.vert", "floor.frag")
        self._plane = kit.gpu.screen(self._program)

    def draw(self, frame: Frame) -> None:
        """Blend the floor over the backdrop."""
        set_uniforms(
            self._program,
            {
                "view_projection": frame.view @ frame.projection,
                "floor": frame.terrain.floor,
                "floor_colour": srgb(frame.theme.floor),
                "half_size": frame.terrain.half_size,
                "shade": frame.theme.floor_shade,
            },
        )
        self._context.enable(moderngl.BLEND)
        self._plane.render(moderngl.TRIANGLE_STRIP)
        self._context.disable(moderngl.BLEND)
