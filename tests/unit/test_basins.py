"""Basin maps: against the watershed, against single balls, and what their pictures show."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

import landscapes
from game.scene.basins import DIVERGED_COLOUR, ESCAPED_COLOUR, _choose_colours, paint
from game.scene.theme import TEAM_COLOURS, encode, linear
from game.simulation.basins import Basins, map_basins
from game.simulation.swarm import Swarm
from game.simulation.sweep import SWEEP, Status
from landscapes.errors import InputError

HIMMELBLAU = landscapes.get("himmelblau")
SADDLE = landscapes.get("saddle")


@pytest.mark.parametrize("name", ["valleys", "himmelblau", "rastrigin"])
def test_small_steps_straight_down_lead_where_water_would_run(name: str) -> None:
    basins = map_basins(landscapes.get(name), lr=None, steps=1000)
    same = basins.labels == basins.valleys.labels
    assert same.mean() > 0.97
    assert (basins.status != Status.DIVERGED).all()


def test_momentum_carries_balls_over_the_rims() -> None:
    plain, heavy = (map_basins(HIMMELBLAU, "sgd", 64, lr=0.008, settings={"momentum": m}) for m in (0.0, 0.9))
    assert (plain.labels == plain.valleys.labels[::4, ::4][:64, :64]).mean() > 0.9
    assert 0.1 < (plain.labels != heavy.labels).mean() < 0.6


def test_rows_are_y_columns_are_x_and_a_cell_is_what_a_ball_from_there_does() -> None:
    camel = landscapes.get("six-hump-camel")
    basins = map_basins(camel, "adam", 24, steps=640, lr=0.05)
    x_min, x_max, y_min, y_max = camel.domain
    rng = np.random.default_rng(0)
    for row, column in rng.integers(0, 24, (12, 2)).tolist():
        x, y = x_min + column / 23 * (x_max - x_min), y_min + row / 23 * (y_max - y_min)
        swarm = Swarm(camel, "adam", [[x], [y]], lr=0.05)
        swarm.step(640)
        assert basins.labels[row, column] == basins.valleys.label(swarm.position)[0]
    corner, opposite = basins.labels[0, 0], basins.labels[-1, 0]
    assert corner != opposite


def test_who_leaves_is_in_no_valley() -> None:
    basins = map_basins(SADDLE, "sgd", 65, steps=3000, lr=0.01)
    # On the axis that leads nowhere balls stay on the ridge.
    assert (basins.status[32, [0, 16, 48, 64]] != Status.ESCAPED).all()
    off_axis = np.delete(basins.status, 32, axis=0)
    assert (off_axis == Status.ESCAPED).all()
    assert (np.delete(basins.labels, 32, axis=0) == -1).all()
    assert basins.steps[0, 0] < basins.steps[31, 32]
    walled = map_basins(SADDLE, "sgd", 33, steps=3000, lr=0.01, border="clamp")
    assert (walled.labels >= 0).all()


def test_rates_that_overflow_are_told_apart() -> None:
    basins = map_basins(landscapes.get("rosenbrock"), "sgd", 16, steps=64, lr=10.0)
    lost = basins.status == Status.DIVERGED
    assert lost.mean() > 0.8
    assert (basins.labels[lost] == -1).all()
    assert (basins.steps[lost] == SWEEP).all()


def test_steps_tell_how_long_it_took() -> None:
    done: list[int] = []
    basins = map_basins(landscapes.get("bowl"), "sgd", 17, steps=5000, lr=0.02, note=done.append)
    assert (basins.status == Status.SETTLED).all()
    assert (basins.steps % SWEEP == 0).all()
    # From the middle outwards it takes longer and longer, and no step more is taken than the last ball needs.
    assert (np.diff(basins.steps[8, 8:]) >= 0).all()
    assert basins.steps[8, 16] > basins.steps[8, 9]
    assert done == sorted(done)
    assert done[-1] == 5000
    assert len(done) == basins.steps.max() / SWEEP + 1
    still = map_basins(landscapes.get("bowl"), "sgd", 8, steps=40, lr=1e-4)
    assert (still.status == Status.ROLLING).all()
    assert (still.steps == 64).all()


def test_same_arguments_same_map() -> None:
    first, again, other = (
        map_basins(HIMMELBLAU, "sgd", 32, noise=3.0, seed=seed, steps=200) for seed in (1, 1, 2)
    )
    assert np.array_equal(first.labels, again.labels)
    assert np.array_equal(first.status, again.status)
    assert not np.array_equal(first.labels, other.labels)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: map_basins(HIMMELBLAU, resolution=1), "a basin map must have from 2 x 2"),
        (lambda: map_basins(HIMMELBLAU, resolution=10**6), "a basin map must have from 2 x 2"),
        (lambda: map_basins(HIMMELBLAU, steps=0), "steps must be at least 1"),
        (lambda: map_basins(HIMMELBLAU, "adm"), "did you mean adam"),
        (lambda: map_basins(HIMMELBLAU, lr=-1.0), "lr must be a number above 0"),
        (lambda: map_basins(HIMMELBLAU, settings={"momentum": 2.0}), "momentum must be a number from 0 to 1"),
    ],
)
def test_refuses_what_cannot_be(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


def find_hue(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Linear light of the pixels ``(..., 3)``, as shares of its brightest channel: shading does not change it."""
    light = (pixels / 255) ** 2.2
    return np.asarray(light / light.max(axis=-1, keepdims=True))


def look_up(picture: npt.NDArray[np.uint8], basins: Basins, x: float, y: float) -> npt.NDArray[np.uint8]:
    x_min, x_max, y_min, y_max = basins.landscape.domain
    height, width, _ = picture.shape
    row = int((y_max - y) / (y_max - y_min) * height)
    return np.asarray(picture[row, int((x - x_min) / (x_max - x_min) * width)])


def test_picture_shows_each_valley_in_its_colour_and_the_largest_y_on_top() -> None:
    basins = map_basins(HIMMELBLAU, "sgd", 64)
    picture = paint(basins, 300)
    assert picture.shape == (300, 300, 3)
    assert picture.dtype == np.uint8
    for valley in range(4):
        x, y = basins.valleys.minima[:, valley]
        # Off the disc, towards the middle of the map.
        colour = find_hue(look_up(picture, basins, 0.85 * x, 0.85 * y))
        expected = find_hue(encode(linear(TEAM_COLOURS[valley])))
        np.testing.assert_allclose(colour, expected, atol=0.06)
        assert (look_up(picture, basins, x, y) > 200).all()


def test_neighbours_are_hardly_ever_alike() -> None:
    basins = map_basins(landscapes.get("eggholder"), "sgd", 128, steps=640)
    colours = _choose_colours(basins)
    left, right = basins.labels[:, :-1], basins.labels[:, 1:]
    border = (left != right) & (left >= 0) & (right >= 0)
    alike = (colours[left[border]] == colours[right[border]]).all(axis=-1)
    assert border.sum() > 1000
    assert alike.mean() < 0.02
    assert len(np.unique(colours, axis=0)) == 16
    assert np.array_equal(colours[0], linear(TEAM_COLOURS[0]))


def test_those_that_are_lost_are_shown_in_grey() -> None:
    escaped = paint(map_basins(SADDLE, "sgd", 32, steps=2000, lr=0.01), 128).astype(int)
    assert np.ptp(escaped, axis=-1).max() < 25
    assert np.median(escaped) > 150
    diverged = paint(map_basins(landscapes.get("rosenbrock"), "sgd", 32, steps=64, lr=10.0), 128).astype(int)
    assert np.median(diverged) < 90
    assert linear(ESCAPED_COLOUR).mean() > 4 * linear(DIVERGED_COLOUR).mean()


def test_picture_has_the_shape_of_the_map() -> None:
    basins = map_basins(landscapes.get("six-hump-camel"), "sgd", 16, steps=64)
    assert paint(basins, 150).shape == (100, 150, 3)
