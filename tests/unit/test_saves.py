"""Saved worlds go on bit for bit; anything else in a file is one line of complaint."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import landscapes
from game.simulation import OPTIMIZERS, World
from landscapes.errors import InputError
from landscapes.sculpted import Bump, sculpt

RASTRIGIN = landscapes.get("rastrigin")

WORLDS: dict[str, dict[str, Any]] = {
    **{row.name: {"optimizer": row.name} for row in OPTIMIZERS},
    "race": {"optimizer": ["sgd", "adam"], "noise": 0.3, "separate": True},
    "double": {"dtype": np.float64, "settings": {"amsgrad": True, "clip_norm": 2.0, "sam": 0.01}},
    "plateau": {"schedule": "plateau:every=5,patience=1,warmup=20"},
    "stream": {"stream": 70, "border": "reflect", "batch_size": 8},
    "schedule": {"schedule": "one-cycle:total_steps=90", "border": "wrap", "seed": 5},
}


@pytest.mark.parametrize("name", WORLDS)
def test_a_saved_world_goes_on_bit_for_bit(name: str, tmp_path: Path) -> None:
    world, straight = (World(RASTRIGIN, balls=60, **WORLDS[name]) for _ in range(2))
    world.watch()
    straight.watch()
    world.step(45)
    world.save(tmp_path / "world.npz")
    again = World.load(tmp_path / "world.npz")
    assert again.digest() == world.digest()
    assert again.tick == 45
    straight.step(100)
    again.step(55)
    assert again.digest() == straight.digest()
    assert again.standings() == straight.standings()
    assert again.positions.dtype == straight.positions.dtype


def test_rates_of_each_ball_and_real_minibatches_are_saved(tmp_path: Path) -> None:
    def make() -> World:
        world = World(landscapes.get("breast-cancer"), "nadam", balls=40, batch_size=16)
        world.swarms[0].lr = np.geomspace(1e-4, 1e-2, 40)
        world.step(30)
        world.swarms[0].set("beta1", 0.5)
        world.swarms[0].schedule = "cosine:t_max=50"
        return world

    world, straight = make(), make()
    world.save(tmp_path / "w.npz")
    again = World.load(tmp_path / "w.npz")
    again.step(25)
    straight.step(25)
    assert again.digest() == straight.digest()


def test_what_is_no_saved_world_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    with pytest.raises(InputError, match=r"cannot read .*No such file"):
        World.load(path)
    path.write_text("hello")
    with pytest.raises(InputError, match=r"w\.npz"):
        World.load(path)
    np.savez(path, x=np.zeros(3))
    with pytest.raises(InputError, match="not a world that downslope saved"):
        World.load(path)
    np.savez(path, about=np.array('{"downslope": 99}'))
    with pytest.raises(InputError, match="another version"):
        World.load(path)
    with path.open("wb") as file:
        np.save(file, np.array([object()]), allow_pickle=True)
    with pytest.raises(InputError, match=r"w\.npz"):
        World.load(path)


def test_a_damaged_file_is_a_world_or_one_line(tmp_path: Path) -> None:
    world = World(RASTRIGIN, "adam", balls=30)
    world.step(3)
    buffer = io.BytesIO()
    world.save(buffer)
    whole, rng, path = buffer.getvalue(), np.random.default_rng(0), tmp_path / "w.npz"
    refused = []
    for trial in range(300):
        bad = bytearray(whole)
        if trial % 3 == 0:
            bad = bad[: rng.integers(len(bad))]
        for _ in range(rng.integers(1, 4)):
            if bad:
                bad[rng.integers(len(bad))] = rng.integers(256)
        path.write_bytes(bytes(bad))
        try:
            World.load(path).step(2)
        except InputError as error:
            refused.append(str(error))
    assert len(refused) > 200
    assert all("\n" not in line and str(path) in line for line in refused)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("0.position", np.zeros((3, 5), np.float32)),
        ("0.position", np.zeros((2, 5), np.int32)),
        ("0.status", np.zeros(4, np.uint8)),
        ("0.status", np.full(5, 9, np.uint8)),
        ("0.anchor", np.full((2, 5), np.nan, np.float32)),
        ("0.slots.exp_avg", None),
    ],
)
def test_arrays_that_do_not_fit_are_refused(name: str, value: Any, tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    World(RASTRIGIN, "adam", balls=5).save(path)
    with np.load(path) as file:
        arrays = dict(file)
    if value is None:
        del arrays[name]
    else:
        arrays[name] = value
    np.savez(path, **arrays)
    with pytest.raises(InputError, match="not a world that downslope saved"):
        World.load(path)


@pytest.mark.parametrize("strokes", [1, 30], ids=["few", "baked"])
def test_a_world_on_ground_that_a_hand_changed_goes_on_bit_for_bit(strokes: int, tmp_path: Path) -> None:
    ground = landscapes.get("bowl")
    for stroke in range(strokes):
        ground = sculpt(ground, Bump(-0.5 + 0.03 * stroke, 0.1, 0.3, 0.25))
    world = World(ground, balls=40)
    world.step(5)
    world.save(tmp_path / "world.npz")
    again = World.load(tmp_path / "world.npz")
    assert again.landscape.name == ground.name
    again.step(40)
    world.step(40)
    assert again.digest() == world.digest()
