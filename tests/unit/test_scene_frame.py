import gc
import itertools
import weakref

import numpy as np
import pytest

import landscapes
from game import commands
from game.scene.frame import Frame, Stage, ball_radius
from game.scene.grounds import KEPT_TERRAINS
from game.scene.relief import RELIEFS
from game.scene.signs import BEAM_HEIGHT, LABELLED_VALLEYS, shown_loss
from game.scene.theme import team_colours
from game.session import Experiment, Session
from game.simulation import Status

SIZE = (640, 360)
SAFE = (0.25, 0.0, 1.0, 0.97)
ARRAYS = (
    "previous",
    "positions",
    "status",
    "colour_index",
    "colours",
    "trails",
    "shadows",
    "terrain",
    "theme",
)
"""Of a frame, what is sent to the card only when it is another object."""
STEPPED = {"previous", "positions", "status", "trails", "shadows"}
"""Of these, what a step makes anew."""


def start(balls: int = 60, **experiment: object) -> Session:
    return Session(Experiment(balls=balls, **experiment), commands.apply)  # type: ignore[arg-type]


def changed(one: Frame, other: Frame) -> set[str]:
    return {name for name in ARRAYS if getattr(one, name) is not getattr(other, name)}


def test_nothing_is_made_anew_while_nothing_moves() -> None:
    session, stage = start(), Stage()
    session.execute("play.pause")
    first = stage.build_frame(session, SIZE)
    session.tick(1 / 60)
    assert changed(first, stage.build_frame(session, SIZE)) == set()
    # Neither the camera, nor the window's size, nor the panel is a reason.
    session.execute("camera.zoom 2")
    session.tick(1 / 60)
    assert changed(first, stage.build_frame(session, (100, 300), SAFE)) == set()


def test_a_step_makes_anew_what_moved_and_only_that() -> None:
    session, stage = start(), Stage()
    first = stage.build_frame(session, SIZE)
    session.execute("play.step 1")
    second = stage.build_frame(session, SIZE)
    assert changed(first, second) == STEPPED
    assert (second.positions != first.positions).any()
    np.testing.assert_array_equal(second.previous, first.positions)
    session.execute("theme.cycle 1")
    assert changed(second, stage.build_frame(session, SIZE)) == {"theme"}


def test_between_two_steps_only_shadows_glide() -> None:
    session, stage = start(), Stage()
    session.execute("speed.set 0.25")
    session.tick(4 / 60)
    frames = [stage.build_frame(session, SIZE)]
    for _ in range(3):
        session.tick(1 / 60)
        frames.append(stage.build_frame(session, SIZE))
    assert [changed(one, other) for one, other in itertools.pairwise(frames)] == [{"shadows"}] * 3
    np.testing.assert_allclose([frame.alpha for frame in frames], [0, 0.25, 0.5, 0.75], atol=1e-6)


def test_a_landscape_that_comes_back_is_not_baked_again() -> None:
    session, stage = start(), Stage()
    first = stage.build_frame(session, SIZE)
    session.execute("landscape.cycle 1")
    assert "terrain" in changed(first, stage.build_frame(session, SIZE))
    session.execute("landscape.cycle -1")
    again = stage.build_frame(session, SIZE)
    assert again.terrain is first.terrain
    # A new release starts with clean ground.
    session.execute("play.step 5")
    assert stage.build_frame(session, SIZE).trails.any()
    session.execute("balls.release")
    assert not stage.build_frame(session, SIZE).trails[..., :3].any()


def test_another_relief_is_other_ground_under_the_same_balls() -> None:
    session, stage = start(landscape="himmelblau"), Stage()
    session.execute("play.step 5")
    first, digest = stage.build_frame(session, SIZE), session.world.digest()
    reliefs = {first.terrain.scale.relief}
    for _ in RELIEFS:
        session.execute("relief.cycle 1")
        frame = stage.build_frame(session, SIZE)
        # Beacon and labels move with the ground; what balls are made of does not change.
        assert changed(first, frame) <= {"terrain", "shadows"}
        assert frame.beacon is not None
        assert frame.beacon[2] == frame.terrain.to_scene(session.world.landscape.minima[:1].T)[2, 0]
        reliefs.add(frame.terrain.scale.relief)
    assert reliefs == set(RELIEFS)
    assert session.world.digest() == digest
    assert frame.terrain is not first.terrain, "chosen by name, though it is the same as by itself"
    np.testing.assert_array_equal(frame.terrain.heights, first.terrain.heights)


def test_only_the_grounds_last_seen_are_kept() -> None:
    session, stage = start(), Stage()
    first = weakref.ref(stage.build_frame(session, SIZE).terrain)
    for name in landscapes.names()[1 : KEPT_TERRAINS + 1]:
        assert first() is not None
        session.execute(f"landscape.select {name}")
        stage.build_frame(session, SIZE)
    gc.collect()
    assert first() is None


@pytest.mark.parametrize("name", ["valleys", "himmelblau", "rastrigin", "saddle", "six-hump-camel"])
@pytest.mark.parametrize("size", [SIZE, (300, 500)])
def test_labels_stand_where_the_camera_sees_the_valleys(name: str, size: tuple[int, int]) -> None:
    session, stage = start(landscape=name), Stage()
    session.execute("camera.look map")
    session.tick(5.0)
    frame = stage.build_frame(session, size, SAFE)
    surface, terrain = session.world.landscape, frame.terrain
    expected = {}
    x_min, x_max, y_min, y_max = surface.domain
    for rank, valley in enumerate(session.census[:LABELLED_VALLEYS]):
        share = np.array([(valley.x - x_min) / (x_max - x_min), (valley.y - y_min) / (y_max - y_min)])
        expected[rank] = (*((2 * share - 1) * terrain.half_size), float(terrain.height(share[:, None])[0]))
    # From above nothing is hidden, and without a known minimum there is no beacon.
    chips = [label for label in frame.labels if label.rank is not None]
    assert {label.rank for label in chips} == set(expected)
    assert (len(chips) < len(frame.labels)) == (len(surface.minima) > 0)
    for label in chips:
        assert label.rank is not None
        x, y, z, w = np.array([*expected[label.rank], 1.0]) @ frame.view.astype(float) @ frame.projection
        assert label.x == pytest.approx((x / w + 1) / 2 * size[0], abs=0.5)
        assert label.y == pytest.approx((1 - y / w) / 2 * size[1], abs=0.5)
        assert abs(z / w) <= 1
        assert label.text == shown_loss(session.census[label.rank].loss)


def test_the_beacon_stands_on_the_deepest_known_minimum() -> None:
    session = start(landscape="styblinski-tang")
    frame = Stage().build_frame(session, SIZE)
    assert frame.beacon is not None
    deepest = session.world.landscape.minima[0]
    np.testing.assert_allclose(frame.beacon, frame.terrain.to_scene(deepest[:, None])[:, 0], atol=1e-6)
    [label] = [label for label in frame.labels if label.rank is None]
    x, y, _, w = (
        np.array([*frame.beacon[:2], frame.beacon[2] + BEAM_HEIGHT, 1.0]) @ frame.view @ frame.projection
    )
    assert label.x == pytest.approx((x / w + 1) / 2 * SIZE[0], abs=0.1)
    assert label.y == pytest.approx((1 - y / w) / 2 * SIZE[1], abs=0.1)
    assert label.text.endswith("-78.33")
    assert Stage().build_frame(start(landscape="saddle"), SIZE).beacon is None


def test_valleys_can_do_without_labels_and_the_beacon_keeps_its_own() -> None:
    session, stage = start(), Stage()
    session.execute("camera.look map")
    session.tick(5.0)
    shown = stage.build_frame(session, SIZE).labels
    session.execute("labels.toggle")
    assert stage.build_frame(session, SIZE).labels == tuple(label for label in shown if label.rank is None)
    session.execute("labels.toggle")
    assert stage.build_frame(session, SIZE).labels == shown
    assert len(shown) == LABELLED_VALLEYS + 1


def test_valleys_hidden_behind_hills_are_not_labelled() -> None:
    session, stage = start(landscape="ackley"), Stage()
    session.execute("camera.orbit 0 -80")
    session.tick(5.0)
    low = [label.rank for label in stage.build_frame(session, SIZE).labels]
    session.execute("camera.look map")
    session.tick(5.0)
    above = [label.rank for label in stage.build_frame(session, SIZE).labels]
    assert 0 in above
    assert 0 not in low


def test_in_a_race_a_ball_has_its_teams_colour() -> None:
    session = start(optimizers=("sgd", "adam", "rmsprop"))
    frame = Stage().build_frame(session, SIZE)
    sizes = [swarm.size for swarm in session.world.swarms]
    np.testing.assert_array_equal(frame.colour_index, np.repeat([0, 1, 2], sizes))


def test_alone_a_ball_has_the_colour_of_the_valley_it_was_released_in() -> None:
    session, stage = start(), Stage()
    frame = stage.build_frame(session, SIZE)
    labels = session.world.valleys.label(session.world.positions)
    np.testing.assert_array_equal(frame.colour_index, labels % len(frame.colours))
    session.execute("play.step 200")
    assert stage.build_frame(session, SIZE).colour_index is frame.colour_index


def test_every_landscape_makes_a_frame_of_finite_numbers() -> None:
    for name in landscapes.names():
        session = start(landscape=name, lr=1e3)
        session.execute("play.step 40")
        frame = Stage().build_frame(session, SIZE)
        for array in (frame.positions, frame.previous, frame.view, frame.projection, frame.eye):
            assert np.isfinite(array).all(), name
        assert frame.positions.dtype == np.float32


def test_balls_shrink_as_they_grow_in_number() -> None:
    radii = [ball_radius(count) for count in (1, 100, 1_000, 10_000, 100_000, 1_000_000)]
    assert radii == sorted(radii, reverse=True)
    assert 0.001 < radii[-1] < radii[0] < 0.05


@pytest.mark.parametrize(
    ("loss", "text"),
    [(0.0, "0"), (-0.0, "0"), (1e-12, "0"), (-78.332331, "-78.33"), (0.000123456, "0.0001235")],
)
def test_losses_are_shown_with_four_digits(loss: float, text: str) -> None:
    assert shown_loss(loss) == text


def test_balls_keep_the_colour_of_the_valley_they_were_released_in() -> None:
    session = Session(Experiment("valleys", balls=400), commands.apply)
    home = session.world.valleys.label(session.world.positions)
    session.execute("lr.set 1.5")
    session.advance(200)
    assert (session.world.valleys.label(session.world.positions) != home).any(), "balls have changed valleys"
    colours = Stage().build_frame(session, (160, 90)).colour_index
    assert (colours == home % len(team_colours())).all()


def test_balls_that_wait_are_not_drawn() -> None:
    session = start(balls=640, stream=64)
    stage = Stage()
    for steps in (0, 7, 80):
        session.advance(steps)
        frame = stage.build_frame(session, (320, 180))
        released = int((session.world.status != Status.WAITING).sum())
        assert released == 640 or steps < 80
        for array in (frame.positions, frame.previous):
            assert array.shape == (2, released)
        assert frame.status.shape == frame.colour_index.shape == (released,)
        assert frame.radius == ball_radius(640)
        assert (frame.status != Status.WAITING).all()
