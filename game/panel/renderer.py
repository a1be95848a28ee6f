"""Draws what Dear ImGui laid out, with moderngl."""

import ctypes

import moderngl
import numpy as np
import numpy.typing as npt
from imgui_bundle import imgui

from game.render.gpu import Gpu

_VERTEX_FORMAT = "2f 2f 4f1"
_ATTRIBUTES = ("in_at", "in_texel", "in_colour")


class ImguiRenderer:
    """Owns the font textures and the buffers of one Dear ImGui context, which must be current."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._gpu = Gpu(context)
        self._program = self._gpu.program("panel.vert", "panel.frag")
        self._textures: dict[int, moderngl.Texture] = {}
        self._vertices: moderngl.Buffer | None = None
        self._indices: moderngl.Buffer | None = None
        self._array: moderngl.VertexArray | None = None
        imgui.get_io().backend_flags |= imgui.BackendFlags_.renderer_has_textures
        limit = context.info["GL_MAX_TEXTURE_SIZE"]
        imgui.get_platform_io().renderer_texture_max_width = limit
        imgui.get_platform_io().renderer_texture_max_height = limit

    def draw(self, data: imgui.ImDrawData, target: moderngl.Framebuffer) -> None:
        """Draw over what ``target`` holds."""
        for texture in imgui.get_platform_io().textures:
            if texture.status != imgui.ImTextureStatus.ok:
                self._update(texture)
        width, height = target.size
        target.use()
        self._context.enable_only(moderngl.BLEND)
        self._context.blend_func = moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA
        self._program["u_size"] = (float(width), float(height))
        self._program["u_font"] = 0
        for commands in data.cmd_lists:
            array = self._send(commands)
            for command in commands.cmd_buffer:
                left, top, right, bottom = command.clip_rect
                target.scissor = (
                    int(left),
                    int(height - bottom),
                    max(int(right - left), 0),
                    max(int(bottom - top), 0),
                )
                self._textures[command.tex_ref.get_tex_id()].use(0)
                array.render(moderngl.TRIANGLES, vertices=command.elem_count, first=command.idx_offset)
        target.scissor = (0, 0, width, height)

    def upload(self, pixels: npt.NDArray[np.uint8]) -> int:
        """Send a picture ``(height, width, 4)``; returns the number by which Dear ImGui knows it."""
        made = self._gpu.texture((pixels.shape[1], pixels.shape[0]), 4, pixels.tobytes())
        self._textures[made.glo] = made
        return int(made.glo)

    def free(self, number: int) -> None:
        """Give such a picture back."""
        self._gpu.drop(self._textures.pop(number))

    def release(self) -> None:
        """Give all memory back."""
        for texture in imgui.get_platform_io().textures:
            if texture.ref_count == 1:
                texture.set_tex_id(0)
                texture.status = imgui.ImTextureStatus.destroyed
        self._gpu.release()

    def _send(self, commands: imgui.ImDrawList) -> moderngl.VertexArray:
        vertices = _bytes(commands.vtx_buffer.data_address(), commands.vtx_buffer.size() * imgui.VERTEX_SIZE)
        indices = _bytes(commands.idx_buffer.data_address(), commands.idx_buffer.size() * imgui.INDEX_SIZE)
        if (
            self._array is None
            or self._vertices is None
            or self._indices is None
            or self._vertices.size < len(vertices)
            or self._indices.size < len(indices)
        ):
            if self._array is not None and self._vertices is not None and self._indices is not None:
                self._gpu.drop(self._array, self._vertices, self._indices)
            self._vertices = self._gpu.streaming_buffer(max(2 * len(vertices), 65_536))
            self._indices = self._gpu.streaming_buffer(max(2 * len(indices), 65_536))
            content = [(self._vertices, _VERTEX_FORMAT, *_ATTRIBUTES)]
            self._array = self._gpu.vertex_array(self._program, content, self._indices, imgui.INDEX_SIZE)
        # A new storage each time: the driver need not wait for the draw before.
        self._vertices.orphan()
        self._indices.orphan()
        self._vertices.write(vertices)
        self._indices.write(indices)
        return self._array

    def _update(self, texture: imgui.ImTextureData) -> None:
        if texture.status == imgui.ImTextureStatus.want_create:
            size = texture.width, texture.height
            made = self._gpu.texture(size, 4, texture.get_pixels_array().tobytes())
            self._textures[made.glo] = made
            texture.set_tex_id(made.glo)
            texture.status = imgui.ImTextureStatus.ok
        elif texture.status == imgui.ImTextureStatus.want_updates:
            pixels = texture.get_pixels_array().reshape(texture.height, texture.width, 4)
            for part in texture.updates:
                block = pixels[part.y : part.y + part.h, part.x : part.x + part.w]
                self._textures[texture.tex_id].write(
                    np.ascontiguousarray(block), viewport=(part.x, part.y, part.w, part.h)
                )
            texture.status = imgui.ImTextureStatus.ok
        elif texture.status == imgui.ImTextureStatus.want_destroy:
            self._gpu.drop(self._textures.pop(texture.tex_id))
            texture.set_tex_id(0)
            texture.status = imgui.ImTextureStatus.destroyed


def _bytes(address: int, size: int) -> bytes:
    return ctypes.string_at(address, size) if size else b""
