"""The ground: a mesh that is fine where the ground bends, in baked colours."""

import moderngl

from game.render.gpu import Uniform, set_uniforms
from game.render.kit import Kit
from game.scene.frame import Frame
from game.scene.terrain import CONTOURS, Terrain
from game.scene.theme import srgb

NO_FINISH = -1.0
"""A height that no line is drawn at: the lowest ground is at 0."""
FINISH_PX = 2.4
FINISH_EDGE_PX = 1.3
"""Width of a finish line, and of the edges that part it from ground of its own colour, at the reference height."""
REFERENCE_HEIGHT = 720
"""Line widths are meant for a picture this high and grow with it."""


class TerrainPass:
    """Draws baked colours with contour lines, and what balls leave on them: trails and contact shadows."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._program = kit.gpu.program("terrain.vert", "terrain.frag")
        self._marks = kit.gpu.program("terrain.vert", "marks.frag")
        self._terrain: Terrain | None = None
        self._mesh: list[moderngl.VertexArray | moderngl.Buffer] = []

    def draw(self, frame: Frame, *, bare: bool = False) -> None:
        """Draw the ground; ``bare`` leaves out what the balls leave."""
        if frame.terrain is not self._terrain:
            self._send_mesh(frame.terrain)
        self._kit.ground.bind(self._program)
        set_uniforms(
            self._program,
            {
                **_place(frame),
                "bare": bare,
                "contour": srgb(frame.theme.contour),
                "contour_strength": frame.theme.contour_strength,
                "contours": CONTOURS / (frame.terrain.peak or 1.0),
                "finish": NO_FINISH if frame.finish is None else frame.finish,
                "finish_colour": srgb(frame.theme.accent),
                "finish_edge": srgb(frame.theme.accent_edge),
                "finish_px": (0.5 * FINISH_PX, FINISH_EDGE_PX),
                "pixel": max(1.0, self._kit.tier.scale * min(frame.size) / REFERENCE_HEIGHT),
            },
        )
        self._triangles.render(moderngl.TRIANGLES)

    def draw_marks(self, frame: Frame) -> None:
        """Draw what balls leave over the bare ground, which has to be in the canvas with its depth."""
        context = self._kit.gpu.context
        self._kit.ground.bind(self._marks)
        set_uniforms(self._marks, _place(frame))
        context.enable(moderngl.BLEND)
        context.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        context.depth_func = "<="
        self._over.render(moderngl.TRIANGLES)
        context.depth_func = "<"
        context.blend_func = moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA
        context.disable(moderngl.BLEND)

    def _send_mesh(self, terrain: Terrain) -> None:
        gpu = self._kit.gpu
        gpu.drop(*self._mesh)
        mesh = terrain.mesh(self._kit.tier.tolerance)
        vertices, indices = gpu.buffer(mesh.share), gpu.buffer(mesh.triangles)
        self._triangles = gpu.vertex_array(self._program, [(vertices, "2f", "in_share")], indices)
        self._over = gpu.vertex_array(self._marks, [(vertices, "2f", "in_share")], indices)
        self._mesh = [self._triangles, self._over, vertices, indices]
        self._terrain = terrain


def _place(frame: Frame) -> dict[str, Uniform]:
    """Where the ground is seen, and how bright trails are on it."""
    return {
        "view_projection": frame.view @ frame.projection,
        "half_size": frame.terrain.half_size,
        "trail_strength": frame.theme.trail_strength,
    }
