"""How balls are lit: the uniforms of ``include/ball.glsl``."""

import numpy as np

from game.render.gpu import Uniform
from game.scene.frame import Frame


def ball_light(frame: Frame) -> dict[str, Uniform]:
    """Colours and light in view space, by the names of the uniforms without their ``u_``."""
    rotation = frame.view[:3, :3]
    daylight = frame.daylight
    sun = daylight.towards_sun.astype(np.float32) @ rotation
    gleam = sun + np.array([0, 0, 1], np.float32)
    colours = np.zeros((8, 3), np.float32)
    colours[: len(frame.colours)] = frame.colours
    return {
        "colours": colours,
        "sun": sun,
        "gleam": gleam / np.linalg.norm(gleam),
        "up": np.array([0, 0, 1], np.float32) @ rotation,
        # Half of the evening's tint: teams have to be told apart in any light.
        "sun_colour": np.multiply(frame.theme.sun, np.sqrt(daylight.sun)),
        "sky_colour": np.multiply(frame.theme.sky, np.sqrt(daylight.sky)),
        "outline": frame.theme.outline,
    }
