"""How pictures of films are exposed: means of light, and what is cut out of two drawings."""

import moderngl
import numpy as np
import pytest

from game import commands
from game.exposure import Exposure, Plate, matte
from game.recording import MemorySink, Pixels
from game.scene.theme import encode, linear
from game.script import Script
from game.session import Experiment, Session
from game.studio import Size, film, open_studio

SIZE: Size = (64, 36)


def grey(level: int, alpha: int | None = None) -> Pixels:
    return (
        np.full((1, 1, 4), [level, level, level, alpha], np.uint8)
        if alpha is not None
        else np.full((1, 1, 3), level, np.uint8)
    )


def expose(exposure: Exposure, *pictures: Pixels) -> Pixels:
    plate = Plate(exposure)
    *waiting, last = [plate.expose(picture) for picture in pictures]
    assert waiting == [None] * (exposure.moments - 1)
    assert last is not None
    return last


def test_light_adds_up_and_not_its_code() -> None:
    half = (linear("#000000") + linear("#ffffff")) / 2
    assert expose(Exposure(2), grey(0), grey(255)).ravel().tolist() == encode(half).tolist() == [188] * 3
    deep = expose(Exposure(2, 16), grey(0), grey(255))
    assert deep.dtype == np.uint16
    # 0.5 ** (1 / 2.4) * 1.055 - 0.055, IEC 61966-2-1
    assert deep.ravel().tolist() == [round(0.7353569830524495 * 65_535)] * 3


@pytest.mark.parametrize("depth", [8, 16])
def test_what_stands_still_is_as_sharp_as_without(depth: int) -> None:
    picture = np.arange(768, dtype=np.uint16).astype(np.uint8).reshape(16, 16, 3)
    mean = expose(Exposure(3, depth), picture, picture, picture)
    np.testing.assert_array_equal(mean, picture.astype(np.uint16) * (257 if depth == 16 else 1))


def test_what_is_not_seen_lends_no_colour() -> None:
    assert expose(Exposure(2), grey(200, 255), grey(250, 0)).ravel().tolist() == [200, 200, 200, 128]


def test_a_matte_gives_back_what_was_laid_over_both_voids() -> None:
    rng = np.random.default_rng(0)
    colour, alpha = rng.integers(0, 256, (40, 40, 3)), rng.integers(0, 256, (40, 40, 1))
    alpha[:4], alpha[4:8] = 0, 255
    void = np.array([1.0, 0.8, 0.7])
    black, white = (
        np.rint((colour * alpha + back * (255 - alpha)) / 255).astype(np.uint8) for back in (0, 255 * void)
    )
    seen = matte(black, white, (1.0, 0.8, 0.7)).astype(int)
    assert np.abs(seen[..., 3:] - alpha).max() <= 2
    assert (seen[:4] == 0).all()
    np.testing.assert_array_equal(seen[4:8, :, :3], colour[4:8])
    solid = alpha[..., 0] > 128
    assert np.abs(seen[..., :3] - colour)[solid].max() <= 4


def play(
    context: moderngl.Context,
    exposure: Exposure,
    *,
    size: Size = SIZE,
    cut_out: bool = False,
    finer: int = 1,
) -> tuple[list[Pixels], Session]:
    session = Session(Experiment("himmelblau", balls=60), commands.apply)
    session.view.panel = False
    with (
        open_studio(context, size, "low", live=False, cut_out=cut_out, finer=finer) as studio,
        MemorySink() as sink,
    ):
        done: list[int] = []
        film(
            session,
            studio,
            sink,
            Script("film", "", 1.0, Experiment()),
            20,
            3,
            done.append,
            exposure=exposure,
        )
        assert done == [1, 2, 3]
    return sink.frames, session


def test_moments_blur_what_moves_and_change_nothing_that_happens(context: moderngl.Context) -> None:
    sharp, session = play(context, Exposure())
    blurred, twin = play(context, Exposure(4))
    assert len(sharp) == len(blurred) == 3
    assert session.world.tick == 6
    session.advance(twin.world.tick - 6)
    assert twin.world.digest() == session.world.digest()
    # Each frame begins at its time, and ends half a frame later.
    assert twin.clock_s == pytest.approx(session.clock_s + 0.75 * 0.5 / 20)
    assert (blurred[2] != sharp[2][..., :3]).any()
    assert abs(blurred[2].mean() - sharp[2][..., :3].mean()) < 3


def test_cut_out_the_ground_is_solid_and_the_void_is_not(context: moderngl.Context) -> None:
    frames, _ = play(context, Exposure(), cut_out=True)
    plain, _ = play(context, Exposure())
    for frame, whole in zip(frames, plain, strict=True):
        alpha = frame[..., 3]
        assert alpha[0, 0] == alpha[0, -1] == 0
        solid = alpha == 255
        assert 0.2 < solid.mean() < 0.8
        np.testing.assert_array_equal(frame[solid][:, :3], whole[solid][:, :3])


def test_the_larger_it_is_drawn_the_finer_the_picture(context: moderngl.Context) -> None:
    pictures = [play(context, Exposure(), finer=finer)[0][0][..., :3] for finer in (1, 2, 4)]
    assert {picture.shape for picture in pictures} == {(SIZE[1], SIZE[0], 3)}

    def roughness(frame: Pixels) -> float:
        return float(np.abs(np.diff(frame.astype(int), axis=1)).mean())

    plain, fine, finest = pictures
    assert roughness(finest) < roughness(fine) < roughness(plain)
    # Its pixels lie where those of a picture lie that is as large, and not a quarter of a pixel beside.
    large = play(context, Exposure(), size=(4 * SIZE[0], 4 * SIZE[1]))[0][0][..., :3].astype(float)
    errors = {}
    for across, down in ((0, 0), (1, 1), (-1, -1)):
        moved = np.roll(large, (down, across), axis=(0, 1)).reshape(SIZE[1], 4, SIZE[0], 4, 3)
        errors[across] = np.abs(moved.mean(axis=(1, 3)) - finest)[1:-1, 1:-1].mean()
    assert errors[0] < 1, errors
    assert min(errors[1], errors[-1]) > 4, errors
