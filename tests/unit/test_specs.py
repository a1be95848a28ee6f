"""What can be typed for a landscape: names with parameters, formulas, files, and what is to be known of them."""

from pathlib import Path

import numpy as np
import pytest

import landscapes
from game.simulation import World
from landscapes.errors import InputError


def test_a_formula_is_a_landscape() -> None:
    landscape = landscapes.get("sin(x)*y**2 + 0.1*hypot(x, y)")
    assert landscape.domain == (-5.0, 5.0, -5.0, 5.0)
    x, y = 1.25, -0.5
    expected = np.sin(x) * y**2 + 0.1 * np.hypot(x, y)
    assert landscape.value([[x], [y]])[0] == pytest.approx(expected, rel=1e-14)


def test_a_formula_takes_parameters_and_a_domain() -> None:
    landscape = landscapes.get("a*x**2 + b*y**2; a=3; b=-1; domain=-2,2,-1,1")
    assert landscape.domain == (-2.0, 2.0, -1.0, 1.0)
    assert landscape.value([[2.0], [1.0]])[0] == 11.0
    assert landscapes.get(landscape.name).value([[2.0], [1.0]])[0] == 11.0


def test_a_name_takes_its_parameters() -> None:
    gentle, steep = (landscapes.get(f"ill-bowl:condition={k}") for k in (10, 1000))
    assert gentle.name == "ill-bowl:condition=10"
    assert landscapes.get("Ill_Bowl:condition=10.0") is gentle
    ratio = [np.ptp(one.gradient([[0.0, 1.0], [1.0, 0.0]])) for one in (gentle, steep)]
    assert ratio[1] > 50 * ratio[0]


def test_a_seed_makes_a_terrain() -> None:
    one, again, other = (landscapes.get(f"hills:seed={seed}") for seed in (3, 3, 4))
    at = np.random.default_rng(0).uniform(-2, 2, (2, 50))
    assert np.array_equal(one.value(at), again.value(at))
    assert not np.allclose(one.value(at), other.value(at))


def test_a_file_is_a_landscape(tmp_path: Path) -> None:
    xs, ys = np.linspace(-1, 2, 40), np.linspace(0, 1, 30)
    loss = xs[None, :] ** 2 + ys[:, None]
    path = tmp_path / "mine.npz"
    np.savez(path, x=xs, y=ys, loss=loss)
    landscape = landscapes.get(str(path))
    assert landscape.domain == (-1.0, 2.0, 0.0, 1.0)
    assert landscape.value([[xs[7]], [ys[11]]])[0] == pytest.approx(loss[11, 7], rel=1e-12)
    world = World(landscape, "adam", balls=50)
    world.step(40)
    world.save(tmp_path / "world.npz")
    again = World.load(tmp_path / "world.npz")
    world.step(40)
    again.step(40)
    assert again.digest() == world.digest()


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("himelblau", "did you mean himmelblau"),
        ("bowl:seed=3", "has no parameters"),
        ("hills:sed=3", "did you mean seed"),
        ("hills:seed", "not key=value"),
        ("hills:seed=many", "seed must be a number"),
        ("hills:seed=1,seed=2", "given twice"),
        ("bowl; domain=0,1,0,1", "is complete"),
        ("x**2 + y; domain=0,1", "four numbers"),
        ("x**2 + y; domain=1,0,0,1", "x_min must be below"),
        ("x**2 + y; domain=a,1,0,1", "domain must be a number"),
        ("x**2 + y; c=1", "unknown option"),
        ("a*x**2 + y", "write a=2"),
        ("x**", "character 4"),
        ("2x + y", "write 2*x"),
        ("nowhere.csv", "nowhere.csv"),
    ],
)
def test_what_cannot_be_is_answered_in_one_line(spec: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        landscapes.get(spec)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_may_have_a_semicolon_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x; y=2.npy"
    np.save(path, np.eye(5))
    for spec in (str(path), landscapes.canonical(f" {path} ")):
        assert landscapes.get(spec).source == str(path)
    assert landscapes.get(f"{path}; domain=0,1,0,2").domain == (0.0, 1.0, 0.0, 2.0)


def test_a_file_is_sampled_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    xs, ys = np.geomspace(1, 9, 7), np.array([0.0, 1.0, 3.0, 4.0])
    loss = np.random.default_rng(0).normal(size=(4, 7))
    np.savez(path, x=xs, y=ys, loss=loss)
    sheet = landscapes.sample(str(path))
    assert [sheet.xs.tolist(), sheet.ys.tolist(), sheet.loss.tolist()] == [
        xs.tolist(),
        ys.tolist(),
        loss.tolist(),
    ]
    fine = landscapes.sample(str(path), 31)
    assert fine.loss.shape == (31, 31)
    assert fine.loss[0, 0] == pytest.approx(loss[0, 0])
    smoothed = landscapes.sample(f"{path}; smooth=2", 31)
    assert np.ptp(smoothed.loss) < 0.7 * np.ptp(fine.loss)


def test_a_grid_is_the_value_at_its_points() -> None:
    landscape = landscapes.get("rastrigin")
    xs, ys, loss = landscape.grid(700)
    rows, columns = np.random.default_rng(0).integers(0, 700, (2, 100))
    assert np.array_equal(loss[rows, columns], landscape.value(np.stack([xs[columns], ys[rows]])))
