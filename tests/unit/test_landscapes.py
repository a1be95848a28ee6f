import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import landscapes
from game.simulation.optimizers import OPTIMIZERS
from landscapes.analytic import CATALOG
from landscapes.errors import unknown
from landscapes.landscape import Array, Landscape, Rows, check

ANALYTIC = [row.name for row in CATALOG]


@dataclasses.dataclass
class Parabola:
    """x^2 + 2 y^2, with parts that a test may break."""

    scratch: int = 0
    slope: Callable[[Array], Array] = lambda xy: np.stack([2 * xy[0], 4 * xy[1]])
    loss: Callable[[Array], Array] = lambda xy: np.asarray(xy[0] ** 2 + 2 * xy[1] ** 2)

    def value(self, xy: Array) -> Array:
        return self.loss(xy)

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:  # noqa: ARG002
        out[:] = self.slope(xy)


@dataclasses.dataclass
class Parabolas:
    """Samples that each count the parabola by a weight of their own, with parts that a test may break."""

    weights: tuple[float, ...] = (0.5, 1.5, 1.0)
    steepness: float = 1.0
    average: Callable[..., Any] = np.mean
    poison: bool = False

    @property
    def count(self) -> int:
        return len(self.weights)

    def value(self, xy: Array, rows: Rows) -> Array:
        return self._weigh(xy, rows) * Parabola().value(xy)

    def gradient(self, xy: Array, rows: Rows, out: Array) -> None:
        out[:] = self._weigh(xy, rows) * Parabola().slope(xy) * xy.dtype.type(self.steepness)
        if self.poison and np.isnan(xy).any():
            out.fill(np.nan)

    def _weigh(self, xy: Array, rows: Rows) -> Array:
        return np.asarray(self.average(np.array(self.weights)[rows], axis=1), xy.dtype)


def parabola(**changes: Any) -> Landscape:
    whole: dict[str, Any] = {
        "name": "parabola",
        "title": "Parabola",
        "about": "for tests",
        "source": "none",
        "domain": (-1.0, 2.0, -1.0, 1.0),
        "field": Parabola(),
        "minima": np.zeros((1, 2)),
    }
    return Landscape(**(whole | changes))


def test_names_open_with_the_valleys_then_the_networks_and_are_unique() -> None:
    names = landscapes.names()
    assert names[:2] == ["valleys", "breast-cancer"]
    assert set(ANALYTIC) < set(names), "every kernel stands on a shelf"
    assert len(set(names)) == len(names) >= 46


def test_shelves_are_those_by_which_people_teach() -> None:
    shelves = list(dict.fromkeys(entry.shelf for entry in landscapes.entries()))
    assert shelves == [
        "To begin with",
        "Networks",
        "Bowls and ravines",
        "Saddles and plateaus",
        "Many minima",
        "Machine-learning shapes",
        "Terrains",
    ]


@pytest.mark.parametrize("name", landscapes.names())
def test_every_landscape_keeps_the_contract(name: str) -> None:
    check(landscapes.get(name))


@pytest.mark.parametrize("name", ANALYTIC)
def test_get_finds_each_name_however_it_is_typed(name: str) -> None:
    landscape = landscapes.get(name)
    assert landscape.name == name
    for typed in (name.upper(), f" {name} ", name.replace("-", "_"), name.replace("-", " ").title()):
        assert landscapes.get(typed) is landscape


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("rosenbrok", "rosenbrock"),
        ("Himmelbau", "himmelblau"),
        ("six-hump", "six-hump-camel"),
        ("egg holder", "eggholder"),
    ],
)
def test_unknown_name_suggests_the_nearest(typed: str, nearest: str) -> None:
    with pytest.raises(landscapes.InputError) as caught:
        landscapes.get(typed)
    message = str(caught.value)
    assert f"did you mean {nearest}" in message
    assert "downslope list landscapes" in message
    assert "\n" not in message


@pytest.mark.parametrize("typed", ["", "xyzzy", "a" * 10_000, "bowl\nsaddle"])
def test_unknown_name_far_from_all_is_one_short_line(typed: str) -> None:
    with pytest.raises(landscapes.InputError, match="unknown landscape") as caught:
        landscapes.get(typed)
    assert len(str(caught.value)) < 250
    assert "\n" not in str(caught.value)


def test_unknown_names_what_was_looked_up() -> None:
    assert (
        str(unknown("colour", "rde", ["red", "blue"]))
        == "unknown colour 'rde'; did you mean red? All of them: red, blue"
    )


def test_catalogue_describes_every_landscape_in_one_line_each() -> None:
    for entry in landscapes.entries():
        assert all(text or field == "parameters" for field, text in entry._asdict().items())
        assert not any("\n" in text for text in entry)
        assert len(entry.about) <= 110
    assert [entry.name for entry in landscapes.entries()] == landscapes.names()


@pytest.mark.parametrize("name", landscapes.names())
def test_every_landscape_has_a_rate_for_every_optimizer_that_takes_steps(name: str) -> None:
    rates = landscapes.get(name).learning_rates
    assert set(rates) == {row.name for row in OPTIMIZERS} - {"random-search"}
    assert all(0 < rate < np.inf for rate in rates.values())


def test_value_and_gradient_keep_float32_and_make_the_rest_float64() -> None:
    bowl = landscapes.get("bowl")
    for given, expected in ((np.float32, np.float32), (np.float64, np.float64), (np.int64, np.float64)):
        at = np.array([[1, 2, 3], [4, 5, 6]], given)
        assert bowl.value(at).dtype == bowl.gradient(at).dtype == expected
        assert bowl.value(at).tolist() == [17, 29, 45]
        assert bowl.gradient(at).tolist() == [[2, 4, 6], [8, 10, 12]]


@pytest.mark.parametrize("at", [[1.0, 2.0], [[1.0, 2.0]], np.zeros((3, 2)), np.zeros((2, 3, 4))])
def test_positions_of_another_shape_are_refused(at: Any) -> None:
    with pytest.raises(ValueError, match=r"shape \(2, n\)"):
        landscapes.get("bowl").gradient(at)


def test_grid_has_rows_of_y_and_columns_of_x_and_both_borders() -> None:
    xs, ys, loss = parabola().grid(5)
    assert xs.tolist() == [-1, -0.25, 0.5, 1.25, 2]
    assert ys.tolist() == [-1, -0.5, 0, 0.5, 1]
    assert loss[0, 4] == 6  # y = -1, x = 2
    assert loss[2, 0] == 1


def test_extent_and_gradient_scale_measure_the_domain() -> None:
    assert parabola().extent == 3
    slanted = Parabola(slope=lambda xy: np.full_like(xy, [[3], [4]]), loss=lambda xy: 3 * xy[0] + 4 * xy[1])
    assert parabola(field=slanted).gradient_scale == 5


def test_check_accepts_a_sound_landscape() -> None:
    check(parabola())
    check(parabola(data=Parabolas()))


def poison(xy: Array) -> Array:
    gradient = np.stack([2 * xy[0], 4 * xy[1]])
    return gradient * np.nan if np.isnan(xy).any() else gradient


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"domain": (1.0, -1.0, -1.0, 1.0)}, "not a rectangle"),
        ({"domain": (-np.inf, 1.0, -1.0, 1.0)}, "not a rectangle"),
        ({"field": Parabola(slope=lambda xy: np.stack([2 * xy[0], 4.001 * xy[1]]))}, "d/dy is not the slope"),
        ({"field": Parabola(loss=lambda xy: np.asarray(xy[0] ** 2 + 2 * xy[1] ** 2, float))}, "dtype"),
        ({"field": Parabola(loss=lambda xy: xy**2)}, "shape"),
        ({"field": Parabola(loss=lambda xy: np.log(xy[0]))}, "not finite"),
        (
            {"field": Parabola(slope=lambda xy: np.stack([2 * xy[0], 4 * xy[1]]) + 0.1 * (xy.dtype == "f"))},
            "float32",
        ),
        ({"field": Parabola(slope=poison)}, "parked"),
        ({"field": Parabola(slope=lambda xy: np.nan_to_num(np.stack([2 * xy[0], 4 * xy[1]])))}, "parked"),
        ({"minima": np.array([[0.0, 2.0]])}, "outside the domain"),
        ({"minima": np.array([[0.0, 1e-3]])}, "not stationary"),
        ({"minima": np.array([[1.0, 0.0], [0.0, 0.0]])}, "deepest first"),
        ({"minima": np.zeros(2)}, r"shape \(m, 2\)"),
        ({"data": Parabolas(weights=(0.5, 1.5, 1.001))}, "mean over all samples is not the whole loss"),
        ({"data": Parabolas(average=np.max)}, "not the mean of those of its samples"),
        ({"data": Parabolas(steepness=1.001)}, "of a minibatch d/dx is not the slope"),
        ({"data": Parabolas(poison=True)}, "of a minibatch a ball parked"),
        ({"data": Parabolas(weights=(0.5, np.nan, 1.0))}, "of a minibatch value or gradient is not finite"),
    ],
)
def test_check_names_the_fault(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as caught:
        check(parabola(**changes))
    assert str(caught.value).startswith("landscape 'parabola': ")
    assert "\n" not in str(caught.value)
