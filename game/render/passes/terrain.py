"""The ground: a mesh that is fine where the ground bends, in baked colours."""

import moderngl

from game.render.gpu import set_uniforms
from game.render.kit import Kit
from game.scene.frame import Frame
from game.scene.terrain import CONTOURS, Terrain
from game.scene.theme import srgb

REFERENCE_HEIGHT = 720
"""Line widths are meant for a picture this high and grow with it."""


class TerrainPass:
    """Draws baked colours with contour lines, trails and contact shadows on them."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._program = kit.gpu.program("terrain.vert", "terrain.frag")
        self._terrain: Terrain | None = None
        self._mesh: list[moderngl.VertexArray | moderngl.Buffer] = []

    def draw(self, frame: Frame) -> None:
        """Draw the ground."""
        if frame.terrain is not self._terrain:
            self._send_mesh(frame.terrain)
        self._kit.ground.bind(self._program)
        set_uniforms(
            self._program,
            {
                "view_projection": frame.view @ frame.projection,
                "half_size": frame.terrain.half_size,
                "contour": srgb(frame.theme.contour),
                "contour_strength": frame.theme.contour_strength,
                "contours": CONTOURS / (frame.terrain.peak or 1.0),
                "pixel": max(1.0, self._kit.tier.scale * min(frame.size) / REFERENCE_HEIGHT),
                "trail_strength": frame.theme.trail_strength,
            },
        )
        self._triangles.render(moderngl.TRIANGLES)

    def _send_mesh(self, terrain: Terrain) -> None:
        gpu = self._kit.gpu
        gpu.drop(*self._mesh)
        mesh = terrain.mesh(self._kit.tier.tolerance)
        vertices, indices = gpu.buffer(mesh.share), gpu.buffer(mesh.triangles)
        self._triangles = gpu.vertex_array(self._program, [(vertices, "2f", "in_share")], indices)
        self._mesh = [self._triangles, vertices, indices]
        self._terrain = terrain
