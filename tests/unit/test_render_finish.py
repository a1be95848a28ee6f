"""The finishing chain: what shines, what fades with distance, what is sharp, and what stays as it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import moderngl
import numpy as np
import numpy.typing as npt
import pytest

from game import commands
from game.recording import MemorySink
from game.render.bloom import Bloom
from game.render.gpu import Gpu
from game.render.quality import TIERS, Tier
from game.render.renderer import Renderer
from game.scene.camera import Camera, Pose
from game.scene.daylight import DAY, dim
from game.scene.frame import WHOLE_WINDOW, Frame, Stage
from game.scene.theme import THEMES, get_theme, srgb
from game.script import Script
from game.session import Experiment, Session
from game.studio import film, open_studio

Pixels = npt.NDArray[np.int64]
CountObjects = Callable[[], dict[str, int]]

LOW = TIERS[0]
AIRY = [tier for tier in TIERS if tier.air]
SIZE = (320, 180)


@cache
def scene(name: str = "valleys", balls: int = 300, theme: str = "abyss") -> Frame:
    session = Session(Experiment(name, balls=balls), commands.apply, theme)
    frame = Stage().build_frame(session, SIZE, WHOLE_WINDOW)
    return replace(frame, labels=())


@contextmanager
def open_renderer(
    context: moderngl.Context, tier: Tier, *, lens: bool = False, size: tuple[int, int] = SIZE
) -> Iterator[Renderer]:
    renderer = Renderer(context, size, tier, lens=lens)
    try:
        yield renderer
    finally:
        renderer.release()


def draw(context: moderngl.Context, frame: Frame, tier: Tier, *, lens: bool = False) -> Pixels:
    with open_renderer(context, tier, lens=lens, size=frame.size) as renderer:
        renderer.draw(frame)
        return renderer.read()[..., :3].astype(np.int64)


def plain(frame: Frame, bloom: float = 0.0, haze: float = 0.0) -> Frame:
    """The frame in its theme with so much of both."""
    return replace(frame, theme=replace(frame.theme, bloom=bloom, haze=haze))


def distances(frame: Frame, share: npt.NDArray[np.float64]) -> tuple[Pixels, npt.NDArray[np.floating]]:
    """Rows and columns ``(2, n)`` of places on the ground, and how far along the view they are."""
    plane = (2 * share - 1) * np.array(frame.terrain.half_size)[:, None]
    points = np.vstack([plane, frame.terrain.height(share), np.ones(share.shape[1])])
    view = points.T @ frame.view
    clip = view @ frame.projection
    column = (clip[:, 0] / clip[:, 3] * 0.5 + 0.5) * frame.size[0]
    row = (0.5 - clip[:, 1] / clip[:, 3] * 0.5) * frame.size[1]
    return np.array([row, column]).astype(np.int64), -view[:, 2]


@contextmanager
def open_bloom(
    context: moderngl.Context,
) -> Iterator[Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]]:
    gpu = Gpu(context)
    bloom = Bloom(gpu)

    def shed(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        height, width = picture.shape[:2]
        bloom.resize((width, height))
        light = bloom.draw(gpu.texture((width, height), 4, picture.tobytes()))
        return np.frombuffer(light.read(), np.float16).astype(np.float32).reshape(height // 2, width // 2, 4)

    try:
        yield shed
    finally:
        context.screen.use()
        gpu.release()


@pytest.mark.parametrize("level", [0, 120, 255])
def test_plains_shed_no_light_however_bright(context: moderngl.Context, level: int) -> None:
    with open_bloom(context) as shed:
        light = shed(np.full((256, 256, 4), level, np.uint8))
    assert np.abs(light[..., :3]).max() < 2e-3


def test_a_bright_spot_sheds_its_colour_all_around(context: moderngl.Context) -> None:
    picture = np.zeros((512, 512, 4), np.uint8)
    picture[252:260, 252:260] = (255, 128, 0, 255)
    with open_bloom(context) as shed:
        light = shed(picture)[..., :3].astype(float)
    across = light[128, 128:, 0]
    assert across[0] > across[3] > across[5] > 0
    assert np.abs(light[:16]).max() == 0
    np.testing.assert_allclose(light, light[::-1], atol=2e-3)
    np.testing.assert_allclose(light, light[:, ::-1], atol=2e-3)
    assert light[128, 128, 1] / light[128, 128, 0] == pytest.approx((128 / 255) ** 2, rel=0.02)
    assert np.abs(light[..., 2]).max() == 0


def test_what_is_dark_sheds_no_light(context: moderngl.Context) -> None:
    picture = np.random.default_rng(0).integers(0, 180, (256, 256, 4)).astype(np.uint8)
    with open_bloom(context) as shed:
        assert np.abs(shed(picture)[..., :3]).max() == 0


@pytest.mark.parametrize("tier", AIRY, ids=lambda tier: tier.name)
def test_bloom_brightens_some_and_darkens_nothing(context: moderngl.Context, tier: Tier) -> None:
    frame = scene("valleys")
    without, shining = (draw(context, plain(frame, bloom), tier) for bloom in (0.0, 1.0))
    assert (shining >= without).all()
    assert (shining > without + 8).any()
    assert (shining - without).mean() < 3


@pytest.mark.parametrize("tier", AIRY, ids=lambda tier: tier.name)
def test_haze_lies_over_what_is_far(context: moderngl.Context, tier: Tier) -> None:
    frame = replace(
        scene("bowl", 1, "dune"), trails=np.zeros_like(scene("bowl", 1, "dune").trails), beacon=None
    )
    clear, hazy = (draw(context, plain(frame, haze=haze), tier) for haze in (0.0, 0.9))
    rng = np.random.default_rng(0)
    (row, column), distance = distances(frame, rng.uniform(0.1, 0.9, (2, 400)))
    change = np.abs(hazy - clear)[row, column].max(axis=1)
    order = np.argsort(distance)
    assert change[order[:40]].mean() < 4
    assert change[order[-40:]].mean() > 12
    void = np.array(srgb(frame.theme.void[0])) * 255
    far = row[order[-40:]], column[order[-40:]]
    assert np.abs(hazy[far] - void).sum() < np.abs(clear[far] - void).sum()
    corner = np.s_[:8, :8]
    np.testing.assert_allclose(hazy[corner], clear[corner], atol=1)


@pytest.mark.parametrize("tier", AIRY, ids=lambda tier: tier.name)
def test_print_is_finished_without_haze_and_bloom(context: moderngl.Context, tier: Tier) -> None:
    frame = scene("valleys", 300, "print")
    assert np.array_equal(draw(context, frame, tier), draw(context, plain(frame), tier))


def test_low_is_never_touched(context: moderngl.Context) -> None:
    frame = scene("valleys")
    wanted = draw(context, frame, LOW)
    for other in (plain(frame, 1.0, 1.0), replace(frame, focus=0.5)):
        np.testing.assert_array_equal(draw(context, other, LOW), wanted)
    with open_renderer(context, LOW) as renderer:
        renderer.draw(frame)
        # What passes drew on is what is shown.
        assert context.fbo is renderer.picture
        assert renderer.picture.depth_attachment is None
        assert len(renderer.picture.color_attachments) == 1


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_a_lens_is_sharp_in_focus_only(context: moderngl.Context, tier: Tier) -> None:
    frame = plain(replace(scene("rastrigin", 1), size=(640, 360), beacon=None))
    sharp, seen = (draw(context, frame, tier, lens=lens) for lens in (False, True))
    (row, column), distance = distances(frame, np.random.default_rng(1).uniform(0.02, 0.98, (2, 3000)))
    off = np.abs(sharp - seen).max(axis=2)[row, column]
    away = np.abs(distance - frame.focus) / distance
    # At ultra a lens looks at the picture as large as it is shown.
    assert np.quantile(off[away < 0.01], 0.9) <= 2
    assert off[away > 0.2].mean() > 5 * max(off[away < 0.02].mean(), 0.5)
    # It blurs: neighbouring pixels come closer.
    near = distance < frame.focus * 0.85
    edges = [np.abs(np.diff(picture, axis=1)).sum(axis=2)[row, column - 1] for picture in (sharp, seen)]
    assert edges[1][near].mean() < 0.7 * edges[0][near].mean()
    # The void has nothing to blur, and what is seen is neither brighter nor darker on the whole.
    np.testing.assert_allclose(seen[:8, :8], sharp[:8, :8], atol=1)
    assert abs(seen.mean() - sharp.mean()) < 1.5


def test_what_is_sharp_neither_spreads_nor_takes_from_behind(context: moderngl.Context) -> None:
    """A ball in focus, seen from low before a ground that is far behind: its disc stays as it is."""
    size, share = (960, 540), np.array([[0.75], [0.25]])
    pose = Pose(azimuth=-52.0, elevation=14.0)
    frame = plain(replace(scene("rastrigin", 1), size=size, beacon=None, radius=0.12))
    view, projection, eye = Camera(pose, pose).matrices(frame.terrain, size, WHOLE_WINDOW)
    x_min, x_max, y_min, y_max = frame.terrain.domain
    at = np.array([[x_min], [y_min]]) + share * np.array([[x_max - x_min], [y_max - y_min]])
    place = np.append((2 * share[:, 0] - 1) * frame.terrain.half_size, frame.terrain.height(share) + 0.12)
    frame = replace(
        frame,
        view=view,
        projection=projection,
        eye=eye,
        positions=at.astype(np.float32),
        previous=at.astype(np.float32),
        trails=np.zeros_like(frame.trails),
        shadows=np.zeros_like(frame.shadows),
        focus=float(-(np.append(place, 1.0) @ view)[2]) - 1.2 * 0.12,
    )
    pictures = [
        [draw(context, shown, LOW, lens=lens) for shown in (frame, replace(frame, radius=1e-7))]
        for lens in (False, True)
    ]
    (sharp, ground), (seen, blurred) = pictures
    disc = np.abs(sharp - ground).max(axis=2) > 12
    inside = ~grown(~disc, 2)
    assert inside.sum() > 500
    assert np.abs(blurred - ground)[inside].mean() > 2, "the ground behind is out of focus"
    assert np.abs(seen - sharp)[inside].max() <= 2
    beside = grown(disc, 8) & ~grown(disc, 2)
    assert np.abs(seen - blurred)[beside].mean() < 2


def grown(mask: npt.NDArray[np.bool_], pixels: int) -> npt.NDArray[np.bool_]:
    wide = mask.copy()
    for _ in range(pixels):
        wide[1:] |= wide[:-1].copy()
        wide[:-1] |= wide[1:].copy()
        wide[:, 1:] |= wide[:, :-1].copy()
        wide[:, :-1] |= wide[:, 1:].copy()
    return wide


@pytest.mark.parametrize("lens", [False, True], ids=["plain", "lens"])
@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
def test_resizing_and_releasing_leave_nothing_behind(
    context: moderngl.Context, count_objects: CountObjects, tier: Tier, lens: bool
) -> None:
    frame, before, counts = scene("bowl", 1), count_objects(), []
    with open_renderer(context, tier, lens=lens, size=(32, 18)) as renderer:
        for size in ((32, 18), (90, 50), (33, 18), (32, 18)):
            renderer.resize(size)
            renderer.draw(replace(frame, size=size))
            pixels = renderer.read()
            counts.append(count_objects())
        assert pixels.shape == (18, 32, 4)
    assert counts[0] == counts[-1]
    assert count_objects() == before
    np.testing.assert_array_equal(
        pixels[..., :3], draw(context, replace(frame, size=(32, 18)), tier, lens=lens).astype(np.uint8)
    )


@pytest.mark.parametrize("name", [theme.name for theme in THEMES if theme.evening])
def test_dusk_dims_the_picture_and_keeps_the_balls(context: moderngl.Context, name: str) -> None:
    session = Session(Experiment("bowl", balls=40), commands.apply, name)
    stage = Stage()
    frames = [stage.build_frame(session, SIZE, evening=evening) for evening in (0.0, 1.0)]
    by_day, late = (draw(context, frame, LOW) for frame in frames)
    assert frames[0].daylight is DAY
    assert frames[1].daylight == dim(1.0, get_theme(name).evening)
    assert late.mean() < 0.9 * by_day.mean()
    corner = np.s_[:8, :8]
    assert late[corner].mean() < by_day[corner].mean()


def test_light_is_sent_anew_when_it_changes(context: moderngl.Context) -> None:
    """One renderer through an evening draws what new ones draw, and by day again what it drew first."""
    session, stage, pictures = Session(Experiment("bowl", balls=40), commands.apply), Stage(), []
    with open_renderer(context, LOW) as renderer:
        for evening in (0.0, 0.5, 1.0, 0.0):
            frame = stage.build_frame(session, SIZE, evening=evening)
            renderer.draw(frame)
            pictures.append(renderer.read()[..., :3].astype(np.int64))
            np.testing.assert_array_equal(pictures[-1], draw(context, frame, LOW))
    np.testing.assert_array_equal(pictures[0], pictures[-1])
    assert pictures[0].mean() > pictures[1].mean() > pictures[2].mean()


def record(context: moderngl.Context, frames: int, *, dusk: bool, lens: bool = False) -> list[Pixels]:
    session = Session(Experiment("bowl", balls=20), commands.apply)
    session.paused, session.camera.drifting, session.view.panel = True, False, False
    with open_studio(context, (256, 144), "low", live=False, lens=lens) as studio, MemorySink() as sink:
        film(
            session,
            studio,
            sink,
            Script("", "", 1.0, session.experiment),
            10,
            frames,
            lambda _: None,
            dusk=dusk,
        )
        return [picture.astype(np.int64) for picture in sink.frames]


def test_a_film_can_end_at_dusk(context: moderngl.Context) -> None:
    by_day, evening, finer = (
        record(context, frames, dusk=dusk) for frames, dusk in ((5, False), (5, True), (9, True))
    )
    np.testing.assert_array_equal(evening[0], by_day[0])
    assert (np.diff([picture.mean() for picture in evening]) < 0).all()
    # The sun goes by the film's time, at any number of frames.
    for picture, other in zip(evening, finer[::2], strict=True):
        np.testing.assert_array_equal(picture, other)
    assert len(record(context, 1, dusk=True)) == 1


def test_a_film_through_a_lens_is_the_same_every_time(context: moderngl.Context) -> None:
    once, again = (record(context, 3, dusk=True, lens=True) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, record(context, 3, dusk=True))
