"""What every pass is made from."""

from typing import NamedTuple

from game.render.gpu import Gpu
from game.render.ground import Ground
from game.render.quality import Tier


class Kit(NamedTuple):
    """The card, the ground's textures, and what a picture may cost."""

    gpu: Gpu
    ground: Ground
    tier: Tier
