"""The ground of a minibatch: true where one looks, to the scale of the whole ground, and calm enough to look at."""

import numpy as np
import pytest

from game import commands
from game.scene.frame import Frame, Stage
from game.scene.shaking import FINE, MORPH_S
from game.session import TICKS_PER_SECOND, Experiment, Session
from game.simulation.swarm import Swarm
from landscapes import get

SIZE = (160, 90)


def start(**experiment: object) -> Session:
    fields: dict[str, object] = {"landscape": "breast-cancer", "balls": 20, "batch_size": 16, **experiment}
    session = Session(Experiment(**fields), commands.apply)  # type: ignore[arg-type]
    session.view.shaking = True
    return session


def look(session: Session, stage: Stage | None = None) -> Frame:
    return (stage or Stage()).build_frame(session, SIZE)


def test_it_is_the_loss_of_the_samples_that_the_first_ball_sees() -> None:
    session = start()
    session.paused = True
    session.advance(7)
    terrain = look(session).terrain
    landscape = session.world.landscape
    rows = session.world.swarms[0].deal(0, 7)
    assert rows is not None
    assert landscape.data is not None
    assert terrain.heights.shape == (FINE, FINE)
    x_min, x_max, y_min, y_max = landscape.domain
    x, y = np.meshgrid(np.linspace(x_min, x_max, FINE)[::16], np.linspace(y_min, y_max, FINE)[::16])
    at = np.stack([x.ravel(), y.ravel()])
    loss = landscape.data.value(at, np.tile(rows, (at.shape[1], 1)))
    np.testing.assert_allclose(terrain.heights[::16, ::16].ravel(), terrain.height_of(loss), atol=2e-5)


def test_what_is_dealt_is_what_the_ball_steps_by() -> None:
    landscape = get("breast-cancer")
    swarm = Swarm(landscape, "sgd", np.array([[0.4, 1.0, -0.5], [0.3, -0.2, 1.5]]), lr=0.01, batch_size=8)
    swarm.step(5)
    before = swarm.position
    rows = [swarm.deal(ball, 5) for ball in range(3)]
    swarm.step()
    assert landscape.data is not None
    slope = np.empty_like(before)
    landscape.data.gradient(before, np.stack(rows), slope)  # type: ignore[arg-type]
    np.testing.assert_array_equal(swarm.position, before - np.float32(0.01) * slope)


def test_every_step_has_ground_of_its_own_and_the_camera_stays() -> None:
    session, calm = start(), start()
    session.paused = calm.paused = True
    calm.view.shaking = False
    stage, grounds = Stage(), []
    for _ in range(3):
        session.advance(1)
        frame = look(session, stage)
        grounds.append(frame.terrain.heights)
        np.testing.assert_array_equal(frame.view, look(calm).view)
    assert np.abs(grounds[0] - grounds[1]).max() > 0.01
    assert np.abs(grounds[1] - grounds[2]).max() > 0.01


@pytest.mark.parametrize("speed", [0.1, 1.0, 10.0])
def test_it_never_changes_faster_than_the_eye_follows(speed: float) -> None:
    """Within a sixtieth of a second at most what the smooth way between two minibatches changes at its steepest."""
    session = start()
    session.speed = speed
    stage, before, largest = Stage(), None, 0.0
    for _ in range(40):
        session.tick(1 / 60)
        heights = look(session, stage).terrain.heights
        if before is not None:
            largest = max(largest, float(np.abs(heights - before).max()))
        before = heights
    frames = max(1.0, MORPH_S * TICKS_PER_SECOND)
    assert 0 < largest <= 1.6 * look(session).terrain.rise / frames


def test_without_minibatches_it_is_the_ground_itself() -> None:
    session = start(batch_size=None)
    stage = Stage()
    session.view.shaking = False
    terrain = look(session, stage).terrain
    session.view.shaking = True
    assert look(session, stage).terrain is terrain


def test_the_command_sees_to_it_that_there_are_minibatches() -> None:
    session = Session(Experiment("breast-cancer", balls=20), commands.apply)
    session.execute("ground.shake")
    assert session.view.shaking
    assert session.world.swarms[0].batch_size == 32
    session.execute("ground.shake")
    assert not session.view.shaking
    session.execute("landscape.select bowl")
    session.execute("ground.shake")
    assert not session.view.shaking
    assert "not made of data" in session.message
