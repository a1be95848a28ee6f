"""Whole networks as balls: they roll among all weights, and the map shows where they are nearest."""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import landscapes
from game import commands
from game.scene.frame import Stage
from game.session import Experiment, Session
from game.simulation import OPTIMIZERS, World
from game.simulation.swarm import Swarm
from game.simulation.training import train
from landscapes.errors import InputError
from landscapes.landscape import Landscape
from landscapes.network.activations import TANH
from landscapes.network.data import DATASETS, Dataset
from landscapes.network.initialise import initialise
from landscapes.network.mlp import Network, backward, flatten, losses, unflatten
from landscapes.network.plane import draw_plane
from landscapes.network.scan import PlaneLoss
from landscapes.network.weights import WeightSpace

DOMAIN = (-6.0, 6.0, -6.0, 6.0)
SIZES = (2, 3, 1)
FOLLOWERS = [row.name for row in OPTIMIZERS if not row.draws]


def moons() -> Dataset:
    return next(row for row in DATASETS if row.name == "moons").load(0).train


def make_landscape(seed: int = 0) -> Landscape:
    network = Network(initialise(SIZES, "xavier-normal", np.random.default_rng(seed)), TANH)
    plane, data = draw_plane(network, seed, biases=True), moons()
    return Landscape(
        name="test",
        title="Test",
        about="",
        source="",
        domain=DOMAIN,
        field=PlaneLoss(plane, data),
        weights=WeightSpace(plane, data, DOMAIN),
    )


SURFACE = make_landscape()


def scatter(n: int) -> npt.NDArray[np.float64]:
    return np.random.default_rng(1).uniform([[-1], [-2]], [[1], [2]], (2, n))


def roll(n: int = 5, optimizer: str = "sgd", **given: object) -> Swarm:
    defaults: dict[str, object] = {"lr": 0.05, "space": "whole", "dtype": np.float64}
    return Swarm(SURFACE, optimizer, scatter(n), **(defaults | given))  # type: ignore[arg-type]


def test_at_first_they_are_the_networks_of_the_plane() -> None:
    swarm = roll(40)
    np.testing.assert_allclose(swarm.on_map, scatter(40), atol=1e-12)
    np.testing.assert_allclose(
        swarm.space.field.value(swarm.position), SURFACE.value(scatter(40)), rtol=1e-12
    )
    assert swarm.explained is None


def test_they_follow_the_gradient_of_all_their_weights() -> None:
    swarm = roll(6)
    weights = SURFACE.weights
    assert isinstance(weights, WeightSpace)
    origin = weights.plane.origin
    vectors = swarm.position.T.copy()
    for _ in range(30):
        for k, vector in enumerate(vectors):
            network = Network(unflatten(vector, origin.layers), TANH)
            vectors[k] -= 0.05 * flatten(backward(network, moons().inputs, moons().targets))
        swarm.step()
    np.testing.assert_allclose(swarm.position.T, vectors, rtol=1e-10, atol=1e-12)
    beside = weights.span.project(vectors).residual
    assert (beside > 1e-3).all()


@pytest.mark.parametrize("name", FOLLOWERS)
def test_every_method_rolls_each_as_if_it_were_alone(name: str) -> None:
    together = roll(4, name, lr=0.003, batch_size=8)
    first = Swarm(SURFACE, name, scatter(4)[:, :1], lr=0.003, batch_size=8, space="whole", dtype=np.float64)
    for swarm in (together, first):
        swarm.step(40)
    np.testing.assert_array_equal(together.position[:, :1], first.position)
    assert np.isfinite(together.position).all()


def test_clipping_and_sam_take_the_whole_gradient() -> None:
    clipped = roll(5, lr=1.0, settings={"clip_norm": 1e-3})
    before = clipped.position
    clipped.step()
    moved = np.linalg.norm(clipped.position - before, axis=0)
    np.testing.assert_allclose(moved, 1e-3, rtol=1e-3)
    plain, sharp = roll(5), roll(5, settings={"sam": 0.5})
    for swarm in (plain, sharp):
        swarm.step()
    assert (np.abs(plain.position - sharp.position).max(axis=0) > 0).all()


def test_nothing_depends_on_blocks_threads_and_calls() -> None:
    swarms = [
        roll(30, "adam", batch_size=16, block=block, threads=threads) for block, threads in ((30, 1), (7, 2))
    ]
    swarms[0].step(50)
    for _ in range(50):
        swarms[1].step()
    assert b"".join(swarms[0].state()) == b"".join(swarms[1].state())


def test_each_sees_its_own_samples() -> None:
    weights = SURFACE.weights
    assert weights is not None
    position = weights.lift(scatter(3))
    rows = np.array([[0, 1, 2], [3, 3, 4], [7, 5, 6]])
    out = np.empty_like(position)
    weights.samples.gradient(position, rows, out)
    space = weights
    assert isinstance(space, WeightSpace)
    for k in range(3):
        network = Network(unflatten(position[:, k], space.plane.origin.layers), TANH)
        picked = moons().inputs[:, rows[k]], moons().targets[rows[k]]
        np.testing.assert_allclose(out[:, k], flatten(backward(network, *picked)), rtol=1e-12, atol=1e-15)
        mean = losses(network, *picked).mean()
        assert weights.samples.value(position, rows)[k] == pytest.approx(mean, rel=1e-12)


def test_a_world_of_them_is_measured_by_what_they_lose() -> None:
    world = World(SURFACE, "adam", lr=0.02, balls=20, space="whole", dtype=np.float64)
    world.step(200)
    swarm = world.swarms[0]
    np.testing.assert_array_equal(world.losses, swarm.space.field.value(swarm.shown()[0]))
    assert np.median(world.losses) < 0.7 * np.median(SURFACE.value(world.positions))
    assert world.standings()[0].median_loss == np.median(world.losses)
    assert swarm.explained is not None
    assert 0 < swarm.explained < 1
    assert world.positions.shape == world.previous.shape == (2, 20)


def test_who_leaves_the_map_or_goes_astray_is_counted() -> None:
    out = World(SURFACE, "sgd", lr=3.0, balls=20, space="whole")
    out.step(64)
    assert out.counts()["escaped"] > 0
    astray = World(SURFACE, "sgd", lr=1e30, balls=20, space="whole")
    astray.step(64)
    assert astray.counts()["diverged"] == 20
    for world in (out, astray):
        assert sum(world.counts().values()) == 20
        assert np.isfinite(world.positions).all()


def test_a_saved_world_of_them_goes_on_bit_for_bit(tmp_path: Path) -> None:
    world = World(SURFACE, ["adam", "sgd"], lr=0.02, balls=12, space="whole", batch_size=4)
    world.step(45)
    file = io.BytesIO()
    world.save(file)
    path = tmp_path / "world.npz"
    path.write_bytes(file.getvalue())
    again = World.load(path, SURFACE)
    assert again.whole
    assert again.digest() == world.digest()
    for one in (world, again):
        one.step(45)
    assert again.digest() == world.digest()
    assert again.swarms[0].explained == world.swarms[0].explained


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"border": "clamp"}, "border clamp"),
        ({"noise": 0.1}, "minibatches"),
        ({"optimizer": "random-search"}, "do not search"),
        ({"balls": 5000}, "4,096"),
        ({"surface": landscapes.get("bowl")}, "Bowl is not"),
    ],
)
def test_what_cannot_be_is_said(given: dict[str, object], words: str) -> None:
    arguments: dict[str, object] = {"surface": SURFACE, "optimizer": "sgd", "balls": 5, "space": "whole"}
    with pytest.raises(InputError, match=words):
        World(**(arguments | given))  # type: ignore[arg-type]


def test_stalks_lead_from_the_ground_to_their_own_loss() -> None:
    session = Session(
        Experiment("breast-cancer", balls=30, space="whole", optimizers=("adam",)), commands.apply
    )
    flat = Session(Experiment("breast-cancer", balls=30), commands.apply)
    session.advance(40)
    stage = Stage()
    frame = stage.build_frame(session, (160, 90))
    assert frame.lifts is not None
    assert frame.stalks.shape == (30, 2, 3)
    feet, heads = frame.stalks[:, 0], frame.stalks[:, 1]
    np.testing.assert_array_equal(feet[:, :2], heads[:, :2])
    np.testing.assert_allclose(heads[:, 2], frame.terrain.height_of(session.world.losses), atol=1e-5)
    np.testing.assert_allclose(heads[:, 2] - feet[:, 2], frame.lifts, atol=1e-6)
    assert (np.abs(frame.lifts) > 0.01).any()
    plain = Stage().build_frame(flat, (160, 90))
    assert plain.lifts is None
    assert plain.stalks.size == 0


def test_training_is_what_the_optimizers_do() -> None:
    network = Network(initialise(SIZES, "xavier-normal", np.random.default_rng(3)), TANH)
    start = flatten(initialise(SIZES, "xavier-normal", np.random.default_rng(3), count=3))
    looks = list(train(network, moons(), start, optimizer="sgd", lr=0.5, steps=60, every=20))
    assert len(looks) == 4
    np.testing.assert_array_equal(looks[0], start)
    by_hand = start.copy()
    for _ in range(60):
        for k, vector in enumerate(by_hand):
            here = Network(unflatten(vector, network.layers), TANH)
            by_hand[k] -= 0.5 * flatten(backward(here, moons().inputs, moons().targets))
    np.testing.assert_allclose(looks[-1], by_hand, rtol=1e-9, atol=1e-12)
    with pytest.raises(InputError, match="take a lower rate than 1e"):
        list(train(network, moons(), start, optimizer="sgd", lr=1e300, steps=60))
