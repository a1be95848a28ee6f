"""What all tests share: one offscreen OpenGL context a process, and the switch that rewrites golden pictures.

Bad arithmetic needs nothing here: numpy warns of it, and pytest makes every warning an error.
"""

import ctypes
import os
import signal
from collections.abc import Callable, Iterator

import pytest

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import moderngl

from game.window import open_context


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regenerate", action="store_true", help="rewrite tests/golden/*.png from what is drawn now"
    )


def pytest_configure() -> None:
    # A shell that runs tests in the background makes them ignore interrupts, and the programs they start, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)


CONTEXTS = pytest.StashKey[list[moderngl.Context]]()


@pytest.fixture(scope="session", autouse=True)
def no_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests, and the programs that they start, find no settings of the developer's own."""
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("settings"))


@pytest.fixture(scope="session")
def offscreen(pytestconfig: pytest.Config) -> moderngl.Context:
    """A context on the software rasteriser, so that every machine draws the same pictures."""
    before = dict(os.environ)
    os.environ["LIBGL_ALWAYS_SOFTWARE"] = "1"
    try:
        opened = open_context((64, 64), visible=False)
    finally:
        # What this process needs must not reach the programs that other tests start.
        os.environ.clear()
        os.environ.update(before)
    pytestconfig.stash.setdefault(CONTEXTS, []).append(opened)
    return opened


@pytest.fixture
def context(offscreen: moderngl.Context) -> moderngl.Context:
    """The context that all tests draw in."""
    return offscreen


@pytest.fixture(autouse=True)
def no_gl_errors(pytestconfig: pytest.Config) -> Iterator[None]:
    """After every test, whatever it asked for, OpenGL has nothing to complain of."""
    yield
    for opened in pytestconfig.stash.get(CONTEXTS, []):
        assert opened.error == "GL_NO_ERROR"


@pytest.fixture
def count_objects(context: moderngl.Context) -> Iterator[Callable[[], dict[str, int]]]:
    """Counts the objects of each kind that the driver holds."""
    # The program that drew last stays until another one draws.
    program = context.program(
        vertex_shader="#version 330 core\nvoid main() { gl_Position = vec4(0.0); }",
        fragment_shader="#version 330 core\nout vec4 f_colour;\nvoid main() { f_colour = vec4(0.0); }",
    )
    array = context.vertex_array(program, [])

    def count() -> dict[str, int]:
        context.screen.use()
        array.render(vertices=3)
        counts = {}
        for kind in ("Texture", "Buffer", "Renderbuffer", "Framebuffer", "VertexArray", "Program", "Shader"):
            address = context.mglo._context.load_opengl_function(f"glIs{kind}")
            exists = ctypes.CFUNCTYPE(ctypes.c_ubyte, ctypes.c_uint)(address)
            counts[kind] = sum(bool(exists(name)) for name in range(1, 20_000))
        return counts

    yield count
    array.release()
    program.release()
