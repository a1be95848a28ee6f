"""The presets: lessons that ship with the game, as ``assets/presets/NAME.toml``."""

from pathlib import Path

import assets

PRESETS: tuple[str, ...] = (
    "rate-too-large",
    "momentum-in-a-ravine",
    "adam-at-a-saddle",
    "noise-leaves-sharp-minima",
    "decay-settles-noise",
    "sigmoid-plateau",
    "random-search",
    "three-batch-sizes",
)
"""In the order in which users see them."""


def preset_path(name: str) -> Path:
    """Where a preset lies."""
    return assets.path("presets", f"{name}.toml")
