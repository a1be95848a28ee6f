"""From a Frame to pixels, with OpenGL 3.3 core through moderngl."""
