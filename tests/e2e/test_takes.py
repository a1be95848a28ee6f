"""What is filmed in the window can be filmed again from what was played, to the pixel."""

from pathlib import Path

import av
import moderngl
import numpy as np
import pygame
import pytest

from game import commands
from game.app import App
from game.session import Experiment, Session
from game.studio import open_studio
from tests.e2e.shell import Pixels, run

SIZE = (96, 64)
BEGIN = 8
LINES = {
    1: "balls.drop 0.3,0.2 9",
    2: "camera.orbit 30 5",
    4: "lr.decades 0.3",
    5: "ball.select 3",
    BEGIN: "record.toggle",
    BEGIN + 3: "camera.orbit 20 -3",
    BEGIN + 4: "camera.glide",
    BEGIN + 5: "optimizer.select lion",
    BEGIN + 8: "balls.drop -0.5,0.4 20",
    BEGIN + 11: "view.split",
    BEGIN + 14: "landscape.select bowl",
    BEGIN + 17: "speed.step 1",
    BEGIN + 20: "theme.select paper",
    BEGIN + 23: "camera.look cinema",
    BEGIN + 28: "play.pause",
    BEGIN + 31: "balls.release",
    BEGIN + 36: "record.toggle",
}
END = BEGIN + 38


def play(context: moderngl.Context, folder: Path, lines: dict[int, str]) -> Session:
    """A game in a window that nobody sees, frame by frame."""
    session = Session(Experiment("valleys", ("momentum", "adam"), balls=60, noise=0.3), commands.apply)
    with open_studio(context, SIZE, "low", live=True) as studio:
        app, frame = App(session, studio, context, folder), 0

        def tend(session: Session) -> None:
            nonlocal frame
            frame += 1
            session.submit("app.quit" if frame == END else lines.get(frame, "labels.toggle"))

        app.tend = tend
        app.run()
    return session


def decode(path: Path) -> Pixels:
    with av.open(str(path)) as film:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)])


def test_a_film_from_the_window_is_made_again_to_the_pixel(
    context: moderngl.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pygame.display, "get_window_size", lambda: SIZE)
    session = play(context, tmp_path, LINES)
    assert session.message.startswith(
        f"video saved: {tmp_path / 'downslope.mp4'}; downslope record downslope.toml"
    )
    size = f"{SIZE[0]}x{SIZE[1]}"
    done = run(
        tmp_path,
        "record",
        "--replay",
        "downslope.toml",
        "--size",
        size,
        "--quality",
        "low",
        "-o",
        "again.mp4",
    )
    assert (done.returncode, done.stderr.strip()) == (0, "")
    live, again = decode(tmp_path / "downslope.mp4"), decode(tmp_path / "again.mp4")
    assert len(live) == 36
    assert live.std(axis=0).mean() > 10, "there is something to be seen, and it moves"
    off = np.abs(live.astype(int) - again).max(axis=(1, 2, 3))
    np.testing.assert_array_equal(off, 0)


def test_a_second_film_lies_beside_the_first_with_a_script_of_its_own(
    context: moderngl.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pygame.display, "get_window_size", lambda: SIZE)
    taken = {2: "record.toggle", 6: "record.toggle"}
    monkeypatch.chdir(tmp_path)
    play(context, tmp_path, taken)
    assert {path.name for path in tmp_path.iterdir()} == {"downslope.mp4", "downslope.toml"}
    play(context, tmp_path, taken)
    assert {path.name for path in tmp_path.iterdir()} >= {"downslope-2.mp4", "downslope-2.toml"}
