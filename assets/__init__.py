"""The files the program ships with: shaders, key bindings, data, demos. Knows no other room."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent


def path(*parts: str) -> Path:
    """Where an asset lies, e.g. ``path("shaders", "terrain.frag")``."""
    return ROOT.joinpath(*parts)
