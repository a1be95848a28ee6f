from collections import Counter
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import landscapes
from game.scene.mesh import Mesh, build_mesh
from game.scene.terrain import build_terrain

Floats = npt.NDArray[np.float32]

SIDE = 33
TOLERANCE = 0.01
SLACK = 3.0
"""A mesh checks its sides' middles, not every sample under a triangle; what it misses stays within this factor."""


def smooth(seed: int, side: int = SIDE) -> Floats:
    """A sum of a few waves, as rough as a seed wants it."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(*[np.linspace(0, 1, side)] * 2)
    waves = rng.normal(size=(5, 3)) * (0.3, 8, 8)
    return sum((a * np.sin(fx * x + fy * y) for a, fx, fy in waves), np.zeros_like(x)).astype(np.float32)


def rough(seed: int, side: int = SIDE) -> Floats:
    return np.random.default_rng(seed).random((side, side), np.float32)


def places_of(mesh: Mesh, side: int) -> npt.NDArray[np.int64]:
    """Vertices as whole samples ``(v, 2)``."""
    places = mesh.share.astype(np.float64) * (side - 1)
    assert (places == np.round(places)).all()
    return places.astype(np.int64)


def edges_of(mesh: Mesh) -> Counter[tuple[int, int]]:
    a, b, c = mesh.triangles.T.astype(int)
    edges = np.concatenate([np.stack(pair, axis=1) for pair in ((a, b), (b, c), (c, a))])
    return Counter((int(low), int(high)) for low, high in np.sort(edges, axis=1))


def areas_of(mesh: Mesh) -> npt.NDArray[np.float64]:
    a, b, c = mesh.share.astype(np.float64)[mesh.triangles].swapaxes(0, 1)
    (ux, uy), (vx, vy) = (b - a).T, (c - a).T
    return np.asarray((ux * vy - uy * vx) / 2)


def interpolate(mesh: Mesh, heights: Floats) -> Floats:
    """The mesh's height at every sample, by barycentric weights in each triangle; NaN where none lies."""
    side = heights.shape[0]
    places = places_of(mesh, side)
    drawn = np.full(heights.shape, np.nan, np.float32)
    for corners in places[mesh.triangles]:
        (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
        x, y = np.meshgrid(np.arange(x0, x1 + 1), np.arange(y0, y1 + 1))
        (ax, ay), (bx, by), (cx, cy) = corners
        whole = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        of_b = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / whole
        of_c = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / whole
        of_a = 1 - of_b - of_c
        inside = np.minimum(np.minimum(of_a, of_b), of_c) >= -1e-9
        z = [heights[py, px] for px, py in corners]
        drawn[y[inside], x[inside]] = (of_a * z[0] + of_b * z[1] + of_c * z[2])[inside]
    return drawn


@pytest.mark.parametrize("ground", [smooth, rough])
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), tolerance=st.sampled_from([0.002, 0.02, 0.1, 0.4]))
def test_there_are_no_cracks(ground: Callable[[int], Floats], seed: int, tolerance: float) -> None:
    mesh = build_mesh(ground(seed), tolerance)
    places = places_of(mesh, SIDE)
    on_border = ((places == 0) | (places == SIDE - 1)).any(axis=1)
    for (low, high), count in edges_of(mesh).items():
        outer = on_border[low] and on_border[high] and (places[low] == places[high]).any()
        along = outer and any(
            places[low, axis] == places[high, axis] and places[low, axis] in (0, SIDE - 1) for axis in (0, 1)
        )
        # A vertex in the middle of a neighbour's side would leave edges that belong to one triangle.
        assert count == (1 if along else 2)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_triangles_cover_the_square_once_and_look_the_same_way(seed: int) -> None:
    areas = areas_of(build_mesh(rough(seed), 0.3))
    assert (areas > 0).all()
    assert areas.sum() == pytest.approx(1)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), tolerance=st.sampled_from([0.005, 0.02, 0.1]))
def test_it_misses_smooth_ground_by_about_the_tolerance(seed: int, tolerance: float) -> None:
    heights = smooth(seed)
    miss = np.abs(interpolate(build_mesh(heights, tolerance), heights) - heights)
    assert miss.max() <= SLACK * tolerance


CREASED = ("terraces", "bird", "asymmetric-valley")


@pytest.mark.parametrize("name", landscapes.names())
def test_it_misses_the_ground_of_a_landscape_by_about_the_tolerance(name: str) -> None:
    terrain = build_terrain(landscapes.get(name))
    mesh = build_mesh(terrain.heights[::4, ::4].copy(), TOLERANCE)
    miss = np.abs(interpolate(mesh, terrain.heights[::4, ::4]) - terrain.heights[::4, ::4])
    assert miss.max() <= SLACK * TOLERANCE
    # Along a crease every triangle has an edge to cut.
    assert np.quantile(miss, 0.99) <= (2 if name in CREASED else 1) * TOLERANCE


def test_flat_ground_is_two_triangles() -> None:
    slope = np.add.outer(np.arange(SIDE), 2 * np.arange(SIDE)).astype(np.float32)
    for heights in (np.zeros((SIDE, SIDE), np.float32), slope):
        mesh = build_mesh(heights, 1e-3)
        assert mesh.triangles.shape == (2, 3)
        assert mesh.share.shape == (4, 2)
        assert [side.size for side in mesh.border] == [2, 2, 2, 2]


def test_zero_tolerance_is_every_cell() -> None:
    mesh = build_mesh(rough(0), 0.0)
    assert mesh.triangles.shape[0] == 2 * (SIDE - 1) ** 2
    assert mesh.share.shape[0] == SIDE**2


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_finer_tolerance_means_more_triangles(seed: int) -> None:
    heights = smooth(seed)
    counts = [len(build_mesh(heights, tolerance).triangles) for tolerance in (0.3, 0.1, 0.03, 0.01, 0.001)]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]


def test_detail_is_only_where_the_ground_bends() -> None:
    heights = np.zeros((SIDE, SIDE), np.float32)
    heights[4, 4] = 1.0
    mesh = build_mesh(heights, 0.01)
    corner = (mesh.share < 0.5).all(axis=1)
    assert corner.sum() > 2 * (~corner).sum()
    assert interpolate(mesh, heights)[4, 4] == 1


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_border_runs_once_around_counterclockwise(seed: int) -> None:
    mesh = build_mesh(rough(seed), 0.3)
    south, east, north, west = (mesh.share[side] for side in mesh.border)
    for side, fixed, at, growing in (
        (south, 1, 0, True),
        (east, 0, 1, True),
        (north, 1, 1, False),
        (west, 0, 0, False),
    ):
        assert (side[:, fixed] == at).all()
        along = side[:, 1 - fixed]
        assert (np.diff(along) > 0).all() == growing
        assert (np.diff(along) < 0).all() != growing
        assert sorted(along[[0, -1]]) == [0, 1]
        assert along.size == (mesh.share[:, fixed] == at).sum()
