"""A crowd drawn as grain is the picture that sprites would give."""

from dataclasses import replace
from itertools import product

import moderngl
import numpy as np
import numpy.typing as npt
import pytest

from game import commands
from game.render.quality import TIERS
from game.render.renderer import Renderer
from game.scene.camera import Camera, Pose
from game.scene.frame import WHOLE_WINDOW, Frame, Stage
from game.scene.grain import NOBODY, is_sand, sift
from game.session import Experiment, Session
from game.simulation import Status

Pixels = npt.NDArray[np.float64]
Size = tuple[int, int]

SMALL: Size = (320, 180)
SPRITES = TIERS[0]._replace(crowd=0)
GRAIN = TIERS[0]._replace(crowd=1)


def film(experiment: Experiment, size: Size, steps: int) -> Frame:
    session = Session(experiment, commands.apply)
    session.advance(steps)
    return Stage().build_frame(session, size)


def scatter(frame: Frame, share: npt.ArrayLike, status: npt.ArrayLike, radius: float) -> Frame:
    """The frame with these balls, at shares of the domain ``(2, n)``, half a step on their way."""
    x_min, x_max, y_min, y_max = frame.terrain.domain
    low, span = np.array([[x_min], [y_min]]), np.array([[x_max - x_min], [y_max - y_min]])
    at = (low + np.asarray(share).reshape(2, -1) * span).astype(np.float32)
    count = at.shape[1]
    return replace(
        frame,
        positions=at + np.float32(0.01) * span.astype(np.float32),
        previous=at - np.float32(0.01) * span.astype(np.float32),
        alpha=0.5,
        status=np.resize(np.asarray(status, np.uint8), count),
        colour_index=np.arange(count, dtype=np.uint8) % 7,
        radius=radius,
        poles=None,
        trails=np.zeros_like(frame.trails),
        shadows=np.zeros_like(frame.shadows),
        labels=(),
        beacon=None,
    )


def look(frame: Frame, pose: Pose) -> Frame:
    view, projection, eye = Camera(pose, pose).matrices(frame.terrain, frame.size, WHOLE_WINDOW)
    return replace(frame, view=view, projection=projection, eye=eye)


def draw_both(context: moderngl.Context, frame: Frame) -> tuple[Pixels, Pixels, Pixels]:
    """With sprites, with grain, and without balls: grey levels ``(height, width, 3)``."""
    nobody = scatter(frame, [0.5, 0.5], Status.ROLLING, 1e-7)
    nobody = replace(nobody, trails=frame.trails, shadows=frame.shadows, beacon=frame.beacon)
    pictures = []
    for tier, shown in ((SPRITES, frame), (GRAIN, frame), (SPRITES, nobody)):
        renderer = Renderer(context, frame.size, tier)
        renderer.draw(shown)
        pictures.append(renderer.read()[..., :3].astype(float))
        renderer.release()
    assert context.error == "GL_NO_ERROR"
    return pictures[0], pictures[1], pictures[2]


def similarity(left: Pixels, right: Pixels) -> Pixels:
    """Structural similarity of lightness in windows of seven pixels (Wang et al. 2004)."""
    a, b = (picture @ [0.299, 0.587, 0.114] for picture in (left, right))

    def mean(values: Pixels) -> Pixels:
        windows = np.lib.stride_tricks.sliding_window_view(values, (7, 7))
        return np.asarray(windows.mean(axis=(2, 3)))

    mean_a, mean_b = mean(a), mean(b)
    spread = mean(a * a) - mean_a**2 + mean(b * b) - mean_b**2
    shared = mean(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return np.asarray(
        (2 * mean_a * mean_b + c1) * (2 * shared + c2) / ((mean_a**2 + mean_b**2 + c1) * (spread + c2))
    )


def test_two_hundred_thousand_balls_look_as_if_each_were_drawn(context: moderngl.Context) -> None:
    frame = film(Experiment(balls=200_000, noise=0.3), SMALL, 20)
    assert is_sand(frame)
    sprites, grain, bare = draw_both(context, frame)
    alike = similarity(sprites, grain)
    assert alike.mean() >= 0.9
    covered = np.abs(sprites - bare).max(axis=2) > 5
    assert alike[covered[3:-3, 3:-3]].mean() >= 0.7
    # Neither lighter nor darker, in no colour.
    assert np.abs((sprites - grain)[covered].mean(axis=0)).max() < 8


def test_a_race_keeps_its_colours(context: moderngl.Context) -> None:
    optimizers = ("sgd", "momentum", "adam", "lion")
    frame = film(Experiment("himmelblau", optimizers, balls=60_000, noise=0.3), SMALL, 20)
    sprites, grain, _ = draw_both(context, frame)
    assert similarity(sprites, grain).mean() >= 0.9


@pytest.mark.parametrize("radius", [0.004, 0.01, 0.018])
@pytest.mark.parametrize("pose", [Pose(-52.0, 33.0), Pose(-90.0, 80.0), Pose(20.0, 12.0)])
def test_grain_covers_the_pixels_that_sprites_cover(
    context: moderngl.Context, pose: Pose, radius: float
) -> None:
    """A few balls on the slab and beside it, of every status, also behind hills: the same picture nearly."""
    rng = np.random.default_rng(0)
    frame = film(Experiment(balls=1), SMALL, 0)
    status = [Status.ROLLING, Status.SETTLED, Status.ESCAPED, Status.DIVERGED]
    frame = look(scatter(frame, rng.uniform(-0.2, 1.2, (2, 150)), status, radius), pose)
    assert is_sand(frame)
    sprites, grain, bare = draw_both(context, frame)
    drawn = np.abs(sprites - bare).max(axis=2)
    assert (drawn > 20).sum() > 100
    off = np.abs(sprites - grain).max(axis=2)
    assert off[drawn <= 5].mean() < 0.3
    assert off.sum() < 0.15 * drawn.sum()


def test_who_is_behind_the_eye_is_not_seen(context: moderngl.Context) -> None:
    frame = film(Experiment(balls=1), SMALL, 0)
    rng = np.random.default_rng(0)
    near = replace(Pose(-52.0, 33.0), zoom=9.0)
    frame = look(scatter(frame, rng.uniform(-0.2, 1.2, (2, 60_000)), Status.ROLLING, 0.0002), near)
    assert is_sand(frame)
    ahead = -(frame.terrain.to_scene(frame.positions).T @ frame.view[:3, 2] + frame.view[3, 2])
    assert (ahead < 0).sum() > 1_000
    sprites, grain, bare = draw_both(context, frame)
    drawn = np.abs(sprites - bare).max(axis=2)
    assert (drawn > 20).any()
    assert np.abs(sprites - grain).sum() < 0.5 * np.abs(sprites - bare).sum()


@pytest.mark.parametrize(("ahead", "seen"), [(-0.01, False), (0.5, True)])
def test_a_ball_just_behind_the_eye_is_in_no_pixel(ahead: float, seen: bool) -> None:
    frame = scatter(film(Experiment("bowl", balls=1), SMALL, 0), [0.5, 0.5], Status.ROLLING, 1e-3)
    centre = frame.terrain.to_scene((frame.positions + frame.previous) / 2)[:, 0]
    shown = []
    for right, up in product(np.linspace(-0.02, 0.02, 5), repeat=2):
        view = frame.view.copy()
        view[3, :3] = np.array([right, up, -ahead]) - centre @ view[:3, :3]
        grain = sift(replace(frame, view=view))
        inside = slice(grain.border, -grain.border)
        shown.append(bool((grain.words[:, inside, inside] != NOBODY).any()))
    assert shown == [seen] * 25


def test_large_and_lifted_balls_are_no_sand() -> None:
    frame = film(Experiment(balls=200_000), SMALL, 0)
    assert is_sand(frame)
    assert not is_sand(replace(frame, radius=0.1))
    assert not is_sand(replace(frame, lifts=np.zeros(200_000, np.float32)))


def test_the_order_of_words_is_that_of_distances() -> None:
    frame = film(Experiment("bowl", balls=1), SMALL, 0)
    frame = look(frame, Pose(-90.0, 80.0))
    share = np.array([[0.5, 0.5], [0.2, 0.8]])
    words = []
    for k in range(2):
        grain = sift(scatter(frame, share[:, k], Status.SETTLED, 0.002))
        found = np.unique(grain.words[grain.words != NOBODY])
        assert 1 <= found.size <= grain.side**2
        words.append(found)
        assert set((found >> 3 & 3).tolist()) == {int(Status.SETTLED)}
        nearest, furthest = grain.depths
        distance = nearest + (found >> 17) * (furthest - nearest) / 32767
        at = frame.terrain.to_scene(scatter(frame, share[:, k], 0, 0.002).previous)
        wanted = -(np.append(at[:, 0], 1) @ frame.view)[2]
        np.testing.assert_allclose(distance, wanted, atol=0.05)
    assert words[0].max() < words[1].min() or words[1].max() < words[0].min()


def test_words_of_an_earlier_frame_leave_nothing_behind() -> None:
    frames = [film(Experiment(name, balls=5_000), SMALL, 5) for name in ("bowl", "himmelblau")]
    first = sift(frames[0])
    again = sift(frames[1], first.words)
    assert again.words is first.words
    np.testing.assert_array_equal(again.words, sift(frames[1]).words)
