"""The way of a training on the ground: where it is drawn, and that it is seen."""

from pathlib import Path

import moderngl
import numpy as np

import landscapes
from game import commands
from game.scene.frame import Stage
from game.scene.track import lay_track
from game.session import Experiment, Session
from game.studio import open_studio
from landscapes.files import draw_sheet, write_sheet
from landscapes.landscape import Trajectory


def make_file(folder: Path, way: Trajectory | None) -> str:
    import dataclasses

    surface = landscapes.from_function(
        lambda theta: float(theta @ theta), np.zeros(2), np.eye(2), resolution=16
    )
    write_sheet(folder / "bowl.npz", draw_sheet(dataclasses.replace(surface, trajectory=way)))
    return str(folder / "bowl.npz")


WAY = Trajectory(
    np.array([[-0.9, -0.5, 0.0, 3.0], [0.6, 0.5, 0.0, 0.0]]),
    np.array([0.4, 0.2, 0.0, 1.0]),
    np.array([1.5, 1.0, 0.0, 1.0]),
)


def test_stalks_lead_from_the_ground_to_the_losses_of_the_checkpoints(tmp_path: Path) -> None:
    session = Session(Experiment(landscape=make_file(tmp_path, WAY), balls=4), commands.apply)
    frame = Stage().build_frame(session, (320, 180))
    ribbon, stalks = frame.track
    assert len(stalks) == 3  # the last one is not on the map
    np.testing.assert_allclose(stalks[:, 0], frame.terrain.to_scene(WAY.xy[:, :3]).T, atol=1e-6)
    np.testing.assert_allclose(stalks[:, 1, 2], frame.terrain.height_of(WAY.loss[:3]), atol=0.01)
    np.testing.assert_allclose(ribbon[-1, :2], frame.terrain.to_scene(WAY.xy[:, 2:3])[:2, 0], atol=0.01)
    assert Stage().build_frame(session, (320, 180)).track is not frame.track
    assert len(frame.rings) == 3


def test_a_training_is_seen_and_given_back(tmp_path: Path, context: moderngl.Context) -> None:
    pictures = []
    for way in (None, WAY):
        experiment = Experiment(landscape=make_file(tmp_path, way), balls=1)
        session = Session(experiment, commands.apply)
        session.view.panel = False
        with open_studio(context, (320, 180), "low", live=False) as studio:
            studio.draw(session)
            pictures.append(studio.read().astype(int))
    changed = np.abs(pictures[0] - pictures[1]).max(axis=2) > 30
    assert 0.002 < changed.mean() < 0.2
    assert lay_track(None, Stage().build_frame(session, (320, 180)).terrain).stalks.size == 0
