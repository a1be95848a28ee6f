"""How balls are lit: the uniforms of ``include/ball.glsl``."""

import numpy as np

from game.render.gpu import Uniform
from game.scene.frame import Frame
from game.scene.terrain import SUN


def ball_light(frame: Frame) -> dict[str, Uniform]:
    """Colours and light in view space, by the names of the uniforms without their ``u_``."""
    rotation = frame.view[:3, :3]
    sun = SUN.astype(np.float32) @ rotation
    gleam = sun + np.array([0, 0, 1], np.float32)
    colours = np.zeros((8, 3), np.float32)
    colours[: len(frame.colours)] = frame.colours
    return {
        "colours": colours,
        "sun": sun,
        "gleam": gleam / np.linalg.norm(gleam),
        "up": np.array([0, 0, 1], np.float32) @ rotation,
        "sun_colour": frame.theme.sun,
        "sky_colour": frame.theme.sky,
        "outline": frame.theme.outline,
    }
