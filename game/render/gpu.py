"""The one owner of everything on the graphics card: makes it, and gives all of it back."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

import moderngl
import numpy as np
import numpy.typing as npt

import assets

Uniform = float | int | tuple[float, ...] | npt.NDArray[Any]


class ShaderError(RuntimeError):
    """A shader does not compile; the message names its file and line."""


class Releasable(Protocol):
    """Something on the graphics card."""

    def release(self) -> None:
        """Give it back."""


T = TypeVar("T", bound=Releasable)


class Gpu:
    """Makes programs, textures and buffers in one context and releases them together.

    Where the driver refuses one, all others are given back: of a picture that is half there nothing may stay.
    """

    def __init__(self, context: moderngl.Context) -> None:
        self.context = context
        self._owned: list[Releasable] = []

    def program(self, vertex: str, fragment: str) -> moderngl.Program:
        """Compile two files of ``assets/shaders``, with their ``#include`` lines resolved.

        Raises:
            ShaderError: the driver refuses them.
        """
        sources: list[Path] = []
        text = _resolve(vertex, sources), _resolve(fragment, sources)
        try:
            return self._own(lambda: self.context.program(vertex_shader=text[0], fragment_shader=text[1]))
        except moderngl.Error as error:
            raise ShaderError(_located(str(error), sources)) from None

    def texture(
        self, size: tuple[int, int], components: int, data: bytes | None = None, dtype: str = "f1"
    ) -> moderngl.Texture:
        """A linearly filtered texture that is clamped at its borders."""
        texture = self._own(lambda: self.context.texture(size, components, data, dtype=dtype, alignment=1))
        texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
        texture.repeat_x = texture.repeat_y = False
        return texture

    def buffer(self, data: npt.NDArray[Any]) -> moderngl.Buffer:
        """A buffer with these contents."""
        return self._own(lambda: self.context.buffer(np.ascontiguousarray(data)))

    def streaming_buffer(self, size: int) -> moderngl.Buffer:
        """A buffer of so many bytes that is written anew all the time."""
        return self._own(lambda: self.context.buffer(reserve=size, dynamic=True))

    def vertex_array(
        self,
        program: moderngl.Program,
        content: list[tuple[Any, ...]],
        index: moderngl.Buffer | None = None,
        index_size: int = 4,
    ) -> moderngl.VertexArray:
        """Buffers laid out for a program; ``index_size`` is in bytes."""
        return self._own(
            lambda: self.context.vertex_array(program, content, index, index_element_size=index_size)
        )

    def screen(self, program: moderngl.Program) -> moderngl.VertexArray:
        """The square from (-1, -1) to (1, 1) as a triangle strip, attribute ``in_corner``."""
        corners = self.buffer(np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], np.float32))
        return self.vertex_array(program, [(corners, "2f", "in_corner")])

    def depth_texture(self, size: tuple[int, int]) -> moderngl.Texture:
        """Depth that shaders can read as numbers in [0, 1]."""
        texture = self._own(lambda: self.context.depth_texture(size, alignment=1))
        texture.compare_func = ""
        texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        texture.repeat_x = texture.repeat_y = False
        return texture

    def canvas(
        self, size: tuple[int, int], samples: int = 0, depth: moderngl.Texture | None = None
    ) -> moderngl.Framebuffer:
        """Colour and depth to draw into, with ``depth`` for the latter if it is to be read.

        With ``samples`` above 0 neither can be read, only resolved.
        """
        if samples:
            colour: Any = self._own(lambda: self.context.renderbuffer(size, 4, samples=samples))
        else:
            colour = self.texture(size, 4)
        kept = depth or self._own(lambda: self.context.depth_renderbuffer(size, samples=samples))
        return self._own(lambda: self.context.framebuffer([colour], kept))

    def picture(
        self, texture: moderngl.Texture, depth: moderngl.Texture | None = None
    ) -> moderngl.Framebuffer:
        """A texture as something to draw into and to copy from.

        Copying takes depth along where both sides have it, and a window's depth is of another format: what is shown
        in a window has none.
        """
        return self._own(lambda: self.context.framebuffer([texture], depth))

    def drop(self, *things: Releasable) -> None:
        """Release some things before their time."""
        for thing in things:
            self._owned.remove(thing)
            thing.release()

    def release(self) -> None:
        """Give everything back, newest first."""
        while self._owned:
            self._owned.pop().release()

    def _own(self, make: Callable[[], T]) -> T:
        try:
            thing = make()
        except moderngl.Error:
            self.release()
            raise
        self._owned.append(thing)
        return thing


def set_uniforms(program: moderngl.Program, values: Mapping[str, Uniform]) -> None:
    """Set uniforms by name without their ``u_``; those that the compiler dropped are passed over."""
    for name, value in values.items():
        uniform = program.get(f"u_{name}", None)
        if not isinstance(uniform, moderngl.Uniform):
            continue
        if isinstance(value, np.ndarray):
            uniform.write(np.ascontiguousarray(value, np.float32))
        else:
            uniform.value = value


_INCLUDE = re.compile(r'^#include "([\w.]+)"$', re.MULTILINE)
_PLACE = re.compile(r"\b\d+([:(])(\d+)")
_LINES = 10_000
"""Line numbers carry their file's number in front: drivers report lines, and not all of them files."""


def _resolve(name: str, sources: list[Path]) -> str:
    """A shader's text with includes put in, and ``#line`` marks so that errors name the right file."""
    path = assets.path("shaders", name)
    number = len(sources)
    sources.append(path)
    text = path.read_text(encoding="utf-8")

    def include(match: re.Match[str]) -> str:
        line = text.count("\n", 0, match.start()) + 2
        inner = _resolve(f"include/{match[1]}", sources)
        return f"{inner}\n#line {number * _LINES + line}"

    resolved = _INCLUDE.sub(include, text)
    # ``#version`` has to stay the first line.
    first, _, rest = resolved.partition("\n")
    if first.startswith("#version"):
        return f"{first}\n#line {number * _LINES + 2}\n{rest}"
    return f"#line {number * _LINES + 1}\n{resolved}"


def _located(message: str, sources: list[Path]) -> str:
    def name(match: re.Match[str]) -> str:
        number, line = divmod(int(match[2]), _LINES)
        return f"{sources[number].name}{match[1]}{line}" if number < len(sources) else match[0]

    lines = [line.strip() for line in _PLACE.sub(name, message).splitlines()]
    return " ".join(line for line in lines if line and not set(line) <= set("=-"))
