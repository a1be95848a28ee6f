"""The card of a selected ball."""

import re

import moderngl
import numpy as np
import numpy.typing as npt
import pytest

from game import commands
from game.panel import ball
from game.panel.ball import tell_step
from game.panel.panel import Panel
from game.panel.style import MARGIN, scale_for
from game.render.gpu import Gpu
from game.scene.path import look_at
from game.scene.terrain import build_terrain
from game.session import Experiment, Session
from game.simulation import OPTIMIZERS

Pixels = npt.NDArray[np.uint8]


def start(landscape: str = "himmelblau", steps: int = 12, **experiment: object) -> Session:
    session = Session(Experiment(landscape, balls=40, **experiment), commands.apply)  # type: ignore[arg-type]
    session.advance(steps)
    session.clock_s = 60.0
    return session


def words_of(session: Session, number: int = 3) -> str:
    return "\n".join(tell_step(look_at(session.world, number)))


def test_plain_descent_is_told_as_its_rate_times_the_slope() -> None:
    session = start(lr=0.00025)
    look = look_at(session.world, 3)
    length = float(np.hypot(*look.step))
    assert f"{length:.2g} long, 0.00025 times the slope it started on, 0\u00b0 off downhill" in words_of(
        session
    )


def test_momentum_is_told_to_turn_away_from_downhill() -> None:
    session = start("rosenbrock", optimizers=("momentum",), steps=30)
    turned = [int(found[1]) for k in range(40) if (found := re.search(r"(\d+)\u00b0", words_of(session, k)))]
    assert len(turned) > 30
    assert max(turned) > 60
    assert max(turned) <= 180


@pytest.mark.parametrize("name", [row.name for row in OPTIMIZERS])
def test_every_method_is_told_in_its_own_terms(name: str) -> None:
    session = start(optimizers=(name,))
    words, swarm = words_of(session), session.world.swarms[0]
    assert words.startswith(swarm.optimizer.formula)
    for slot in swarm.slots:
        assert re.search(rf"\b{slot}(, \S+)*: ", words)
    assert ("feels no slope" in words) == bool(swarm.optimizer.draws)
    assert not re.search(r"\b(nan|inf)\b", words)


def test_before_the_first_step_and_under_noise_it_says_so() -> None:
    assert "no last step" in words_of(start(steps=0))
    assert "without the noise" in words_of(start(noise=0.5))
    assert "without the noise" in words_of(start(batch_size=4))
    assert "of its 16 samples" in words_of(start("breast-cancer", batch_size=16))
    assert "noise" not in words_of(start("breast-cancer", batch_size=16))


def draw(context: moderngl.Context, session: Session, size: tuple[int, int]) -> Pixels:
    gpu, panel = Gpu(context), Panel(context)
    try:
        target = gpu.picture(gpu.texture(size, 4))
        target.clear(0.5, 0.5, 0.5)
        panel.draw(session, build_terrain(session.world.landscape), (), target)
        return np.frombuffer(target.read(), np.uint8).reshape(size[1], size[0], 3)[::-1].astype(np.uint8)
    finally:
        panel.release()
        context.screen.use()
        gpu.release()


@pytest.mark.parametrize("size", [(1280, 720), (640, 360), (360, 640)])
@pytest.mark.parametrize("optimizer", ["sgd", "adan"])
def test_the_card_stands_in_its_corner_clear_of_the_scale(
    context: moderngl.Context, size: tuple[int, int], optimizer: str
) -> None:
    session = start(optimizers=(optimizer,))
    before = draw(context, session, size)
    session.execute("ball.select 3")
    session.message = ""
    after = draw(context, session, size)
    scale, tall = scale_for(size), size[0] < size[1]
    columns = np.arange(size[0]) / scale
    left = MARGIN if tall else size[0] / scale - MARGIN - ball.WIDTH
    card = (columns > left - 2) & (columns < left + ball.WIDTH + 2)
    changed = (before != after).any(axis=2)
    rows = np.flatnonzero(changed[:, card].any(axis=1)) / scale
    # The scale of a wide picture makes room; nothing else moves.
    scale_column = columns > size[0] / scale - MARGIN - 110
    assert not changed[:, ~card & ~scale_column].any()
    assert rows.min() >= MARGIN - 1
    assert rows.max() <= size[1] / scale - MARGIN + 1
    # A gap between the two: some row above the card is bare.
    if not tall:
        bare = (after == 128).all(axis=2)[:, scale_column & (columns < size[0] / scale - MARGIN)].all(axis=1)
        inner = np.flatnonzero(bare[round(size[1] * 0.1) : round(size[1] * 0.9)])
        assert inner.size


def test_networks_have_their_own_card(context: moderngl.Context) -> None:
    session = start("breast-cancer")
    session.execute("ball.select 3")
    assert session.insight is not None
    picture = draw(context, session, (640, 360))
    session.execute("ball.select none")
    assert (picture != draw(context, session, (640, 360))).any()
