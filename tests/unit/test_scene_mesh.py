from collections import Counter
from collections.abc import Callable
from itertools import combinations

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
SLACK = 1.001
"""For rounding: heights are of single precision."""


def smooth(seed: int, side: int = SIDE) -> Floats:
    """A sum of a few waves, as rough as a seed wants it."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(*[np.linspace(0, 1, side)] * 2)
    waves = rng.normal(size=(5, 3)) * (0.3, 8, 8)
    return sum((a * np.sin(fx * x + fy * y) for a, fx, fy in waves), np.zeros_like(x)).astype(np.float32)


def rough(seed: int, side: int = SIDE) -> Floats:
    return np.random.default_rng(seed).random((side, side), np.float32)


def creased(seed: int, side: int = SIDE) -> Floats:
    """A few planes, the highest of which shows."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(*[np.linspace(-1, 1, side)] * 2)
    planes = rng.normal(size=(4, 3, 1, 1)) * 0.4
    highest: npt.NDArray[np.float64] = (planes[:, 0] * x + planes[:, 1] * y + planes[:, 2]).max(axis=0)
    return highest.astype(np.float32)


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


Place = tuple[int, int]
Corners = tuple[Place, Place, Place]


def fewest_triangles(heights: Floats, tolerance: float) -> set[Corners]:
    """Splits one triangle after the other that misses a sample or has a corner of another amid a side."""
    end = heights.shape[0] - 1
    todo: list[Corners] = [((end, end), (0, 0), (end, 0)), ((0, 0), (end, end), (0, end))]
    split: set[Place] = set()
    done: set[Corners] = set()
    while todo:
        a, b, c = triangle = todo.pop()
        if not split & middles(triangle) and not misses(triangle, heights, tolerance):
            done.add(triangle)
            continue
        middle = ((a[0] + b[0]) // 2, (a[1] + b[1]) // 2)
        split.add(middle)
        beside = {other for other in done if middle in middles(other)}
        done -= beside
        todo += [(c, a, middle), (b, c, middle), *beside]
    return done


def middles(corners: Corners) -> set[Place]:
    """Samples in the middle of a triangle's sides; a side of one step has none."""
    sums = [(px + qx, py + qy) for (px, py), (qx, qy) in combinations(corners, 2)]
    return {(x // 2, y // 2) for x, y in sums if x % 2 == y % 2 == 0}


def misses(corners: Corners, heights: Floats, tolerance: float) -> bool:
    (ax, ay), (bx, by), (cx, cy) = corners
    z = np.array([heights[y, x] for x, y in corners], np.float64)
    whole = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    for x in range(min(ax, bx, cx), max(ax, bx, cx) + 1):
        for y in range(min(ay, by, cy), max(ay, by, cy) + 1):
            of_b = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / whole
            of_c = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / whole
            shares = np.array([1 - of_b - of_c, of_b, of_c])
            if shares.min() >= 0 and abs(shares @ z - heights[y, x]) > tolerance:
                return True
    return False


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
@pytest.mark.parametrize("ground", [smooth, rough, creased])
def test_it_misses_no_sample_by_more_than_the_tolerance(
    ground: Callable[[int], Floats], seed: int, tolerance: float
) -> None:
    heights = ground(seed)
    miss = np.abs(interpolate(build_mesh(heights, tolerance), heights) - heights)
    assert miss.max() <= SLACK * tolerance


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), tolerance=st.sampled_from([0.03, 0.1, 0.3]))
@pytest.mark.parametrize("ground", [smooth, rough, creased])
def test_there_is_no_triangle_too_many(
    ground: Callable[[int, int], Floats], seed: int, tolerance: float
) -> None:
    # Of so few binary digits that neither this nor the mesh rounds.
    heights = np.round(ground(seed, 17) * 64) / np.float32(64)
    mesh = build_mesh(heights, tolerance)
    corners = [[(int(x), int(y)) for x, y in triangle] for triangle in places_of(mesh, 17)[mesh.triangles]]
    assert Counter(map(frozenset, corners)) == Counter(map(frozenset, fewest_triangles(heights, tolerance)))


@pytest.mark.parametrize("name", landscapes.names())
def test_it_misses_no_sample_of_a_landscape_by_more_than_the_tolerance(name: str) -> None:
    terrain = build_terrain(landscapes.get(name))
    mesh = build_mesh(terrain.heights[::4, ::4].copy(), TOLERANCE)
    miss = np.abs(interpolate(mesh, terrain.heights[::4, ::4]) - terrain.heights[::4, ::4])
    assert miss.max() <= SLACK * TOLERANCE
    assert np.quantile(miss, 0.99) <= TOLERANCE


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
