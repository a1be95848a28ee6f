"""Learning rates that start well on each landscape."""

import tomllib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import assets


def rates(name: str) -> Mapping[str, float]:
    """Learning rate per optimizer on the landscape ``name``; empty if none is recorded."""
    return MappingProxyType(_table().get(name, {}))


@cache
def _table() -> dict[str, Any]:
    with assets.path("landscapes", "learning_rates.toml").open("rb") as file:
        return tomllib.load(file)
