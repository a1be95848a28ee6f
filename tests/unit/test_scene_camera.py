import math
from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import landscapes
from game.scene.camera import DRIFT, VIEWS, Camera, Pose, SafeArea, find_front
from game.scene.terrain import Terrain, build_terrain

Doubles = npt.NDArray[np.float64]

SIZES = [(1600, 900), (1200, 900), (900, 900), (900, 1600)]
WHOLE: SafeArea = (0.0, 0.0, 1.0, 1.0)
BESIDE_A_PANEL: SafeArea = (0.25, 0.0, 1.0, 0.97)
UNDER_A_PANEL: SafeArea = (0.0, 0.3, 1.0, 0.96)
POSES = {view.name: view.pose for view in VIEWS}
AZIMUTHS = st.floats(-720, 720)


@cache
def terrain_of(name: str) -> Terrain:
    return build_terrain(landscapes.get(name))


@cache
def outline_of(name: str) -> Doubles:
    """Points ``(3, n)`` on the slab: its foot, its whole rim, and the ground on a coarse grid."""
    terrain = terrain_of(name)
    heights = terrain.heights[::16, ::16].astype(float)
    width, depth = terrain.half_size
    x, y = np.meshgrid(*[np.linspace(-1, 1, heights.shape[0])] * 2)
    ground = np.stack([x * width, y * depth, heights]).reshape(3, -1)
    foot = ground.copy()
    foot[2] = terrain.floor
    return np.concatenate([ground, foot], axis=1)


def look_from(pose: Pose) -> Camera:
    return Camera(pose=pose, goal=pose)


def project(
    camera: Camera, terrain: Terrain, size: tuple[int, int], safe: SafeArea, points: Doubles
) -> Doubles:
    """Shares of the window from the left and the top, and the distance ahead of the eye, ``(3, n)``."""
    view, projection, _ = camera.matrices(terrain, size, safe)
    clip = np.vstack([points, np.ones(points.shape[1])]).T @ view.astype(float) @ projection
    x, y, _, w = clip.T
    return np.stack([0.5 + 0.5 * x / w, 0.5 - 0.5 * y / w, w])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("safe", [WHOLE, BESIDE_A_PANEL, UNDER_A_PANEL])
@pytest.mark.parametrize("name", ["valleys", "bowl", "six-hump-camel", "rastrigin", "ackley"])
def test_the_whole_slab_is_in_the_safe_area_all_the_way_round(
    name: str, safe: SafeArea, size: tuple[int, int]
) -> None:
    left, top, right, bottom = safe
    filled = 0.0
    for azimuth in range(0, 360, 15):
        camera = look_from(Pose(azimuth=float(azimuth)))
        x, y, ahead = project(camera, terrain_of(name), size, safe, outline_of(name))
        assert (ahead > 0).all()
        assert x.min() >= left
        assert x.max() <= right
        assert y.min() >= top
        assert y.max() <= bottom
        filled = max(filled, np.ptp(x) / (right - left), np.ptp(y) / (bottom - top))
    # Air around the slab, but no more of it than a picture needs.
    assert filled > 0.75


@given(azimuth=AZIMUTHS)
@settings(max_examples=30, deadline=None)
def test_the_drift_does_not_pump(azimuth: float) -> None:
    terrain = terrain_of("valleys")
    target = np.array([0, 0, 0.2 * terrain.peak])
    distances = [
        np.linalg.norm(look_from(Pose(azimuth=at)).matrices(terrain, (1280, 720), WHOLE)[2] - target)
        for at in (0.0, azimuth)
    ]
    assert distances[1] == pytest.approx(distances[0], rel=1e-6)


@given(
    azimuth=AZIMUTHS,
    elevation=st.floats(4, 89),
    zoom=st.floats(0.4, 12),
    x=st.floats(-1, 1),
    y=st.floats(-1, 1),
    size=st.sampled_from(SIZES),
)
@settings(max_examples=150, deadline=None)
def test_the_view_is_rigid_and_agrees_with_the_eye(
    azimuth: float, elevation: float, zoom: float, x: float, y: float, size: tuple[int, int]
) -> None:
    camera = look_from(Pose(azimuth, elevation, zoom, x, y))
    view, projection, eye = camera.matrices(terrain_of("valleys"), size, WHOLE)
    rotation = view[:3, :3].astype(float)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-5)
    assert np.linalg.det(rotation) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose([*eye, 1.0] @ view.astype(float), [0, 0, 0, 1], atol=2e-5)
    assert np.isfinite(projection).all()
    # The picture is not skewed: a pixel is as wide as it is high, whatever the window's shape.
    assert projection[0, 0] * size[0] == pytest.approx(projection[1, 1] * size[1], rel=1e-5)
    # Nothing stands on its head: up on the ground is never down on the screen.
    assert rotation[2, 1] >= -1e-6


@given(
    azimuth=AZIMUTHS,
    up=st.floats(-500, 500),
    zoom=st.floats(0.01, 100),
    right=st.floats(-5, 5),
    forward=st.floats(-5, 5),
    name=st.sampled_from(["valleys", "bowl", "ackley", "eggholder"]),
)
@settings(max_examples=200, deadline=None)
def test_the_eye_is_never_under_the_ground(
    azimuth: float, up: float, zoom: float, right: float, forward: float, name: str
) -> None:
    camera, terrain = Camera(), terrain_of(name)
    camera.orbit(azimuth, up)
    camera.zoom(zoom)
    camera.pan(right, forward)
    camera.pose = camera.goal
    eye = camera.matrices(terrain, (1280, 720), WHOLE)[2].astype(float)
    assert eye[2] > terrain.floor
    share = (eye[:2] / terrain.half_size + 1) / 2
    if ((share >= 0) & (share <= 1)).all():
        assert eye[2] > terrain.height(share[:, None])[0]


@pytest.mark.parametrize("azimuth", [-130.0, -52.0, 10.0, 100.0])
@pytest.mark.parametrize("hand", [(0.1, 0.0), (0.0, 0.1), (-0.1, 0.0)])
def test_panning_brings_what_lies_that_way_to_the_middle(azimuth: float, hand: tuple[float, float]) -> None:
    terrain, pose = terrain_of("valleys"), Pose(azimuth=azimuth, elevation=60)
    camera = look_from(pose)
    camera.pan(*hand)
    height = 0.2 * terrain.peak
    targets = np.array([[pose.x, camera.goal.x], [pose.y, camera.goal.y], [height, height]])
    x, y, _ = project(look_from(pose), terrain, (900, 900), WHOLE, targets)
    way = np.array([x[1] - x[0], y[0] - y[1]])
    assert way @ hand > 0.99 * np.linalg.norm(way) * np.linalg.norm(hand)


@given(cuts=st.lists(st.floats(0.001, 0.2), min_size=1, max_size=30))
@settings(max_examples=50, deadline=None)
def test_how_time_is_cut_does_not_matter_to_the_way(cuts: list[float]) -> None:
    whole, cut = Camera(drifting=False), Camera(drifting=False)
    for camera in (whole, cut):
        camera.look("map")
        camera.drifting = False
    whole.advance(sum(cuts))
    for seconds in cuts:
        cut.advance(seconds)
    for name in Pose.__dataclass_fields__:
        assert getattr(cut.pose, name) == pytest.approx(getattr(whole.pose, name), abs=1e-6)


@pytest.mark.parametrize("rate", [24, 30, 60, 144])
def test_it_drifts_by_itself_at_the_same_pace_at_every_frame_rate(rate: int) -> None:
    camera = Camera()
    for _ in range(10 * rate):
        camera.advance(1 / rate)
    # The camera trails its goal by the time constant, whatever the frame rate.
    assert camera.pose.azimuth - Pose().azimuth == pytest.approx(10 * DRIFT, abs=1.0)


def test_it_eases_to_its_goal_without_overshooting() -> None:
    camera = Camera(drifting=False)
    camera.zoom(2.0)
    zooms = [camera.pose.zoom]
    for _ in range(120):
        camera.advance(1 / 60)
        zooms.append(camera.pose.zoom)
    assert (np.diff(zooms) > 0).all()
    assert zooms[1] < 1.2
    assert zooms[-1] == pytest.approx(2.0, abs=1e-4)


@pytest.mark.parametrize("name", ["orbit", "low", "map"])
@given(azimuth=st.floats(-5_000, 5_000))
@settings(max_examples=30, deadline=None)
def test_it_looks_the_short_way_round(name: str, azimuth: float) -> None:
    camera = look_from(Pose(azimuth=azimuth))
    camera.look(name)
    assert abs(camera.goal.azimuth - azimuth) <= 180 + 1e-6
    turns = (camera.goal.azimuth - POSES[name].azimuth) / 360
    assert turns == pytest.approx(round(turns), abs=1e-9)
    assert camera.view == name
    assert camera.drifting == (name == VIEWS[0].name)


@pytest.mark.parametrize(
    ("act", "drifts"),
    [
        (lambda camera: camera.orbit(1, 1), False),
        (lambda camera: camera.pan(0.1, 0), False),
        (lambda camera: camera.zoom(1.1), True),
    ],
    ids=["orbit", "pan", "zoom"],
)
def test_a_hand_on_the_camera_stops_the_drift_and_a_wheel_does_not(
    act: Callable[[Camera], None], drifts: bool
) -> None:
    camera = Camera()
    act(camera)
    assert camera.drifting == drifts


def test_zooming_in_makes_things_larger() -> None:
    sizes = []
    for zoom in (1.0, 2.0):
        x, _, _ = project(
            look_from(Pose(zoom=zoom, elevation=60)),
            terrain_of("bowl"),
            (900, 900),
            WHOLE,
            np.array([[-0.1, 0.1], [0.1, 0.1], [0.1, 0.1]]),
        )
        sizes.append(np.ptp(x))
    assert 1.8 < sizes[1] / sizes[0] < 2.3


def test_the_lens_is_that_of_a_long_camera() -> None:
    _, projection, _ = Camera().matrices(terrain_of("bowl"), (1280, 720), WHOLE)
    assert 2 * math.degrees(math.atan(1 / projection[1, 1])) == pytest.approx(30)


@pytest.mark.parametrize(("formula", "corner"), [("x + y", 0), ("y - x", 1), ("-x - y", 2), ("x - y", 3)])
def test_a_slope_is_seen_from_its_low_corner(formula: str, corner: int) -> None:
    azimuth = math.radians(find_front(landscapes.get(f"{formula}; domain=-2,2,-1,1")))
    low = [(-1, -1), (1, -1), (1, 1), (-1, 1)][corner]
    assert math.cos(azimuth) * low[0] > 0
    assert math.sin(azimuth) * low[1] > 0


@pytest.mark.parametrize("name", ["bowl", "rastrigin", "saddle", "himmelblau"])
def test_what_is_low_nowhere_is_seen_from_where_all_are(name: str) -> None:
    assert find_front(landscapes.get(name)) == Pose.azimuth


def test_the_front_is_faced_by_cut_unless_somebody_holds_the_camera() -> None:
    free, held = Camera(), Camera()
    held.orbit(10, 0)
    for camera in (free, held):
        camera.face(128.0)
    assert free.pose.azimuth == free.goal.azimuth == 128.0
    assert held.goal.azimuth == Pose.azimuth + 10
    for name, azimuth in (("low", 128.0), ("map", -90.0), ("orbit", 128.0)):
        held.look(name)
        assert math.remainder(held.goal.azimuth - azimuth, 360) == 0
