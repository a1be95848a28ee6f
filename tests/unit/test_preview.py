"""A film in the window: what it shows at any time, however one came there, is what a recording shows."""

from dataclasses import replace

import moderngl
import numpy as np
import pytest

from game import commands
from game.demo import DEMOS, Script, get_demo
from game.directing import CameraKey, Caption, Direction, Fade, SpeedKey
from game.preview import FPS, KEYS, Preview
from game.recording import MemorySink, Pixels
from game.script import Cue, follow_script
from game.session import Experiment, Session
from game.showing import find_camera
from game.studio import Size, Studio, film, open_studio

SIZE: Size = (96, 54)
FILM = Script(
    name="test",
    about="",
    seconds=0.7,
    experiment=Experiment("valleys", ("momentum", "adam"), balls=40, noise=0.4, stream=20),
    cues=(
        Cue(0.1, "view.split"),
        Cue(0.2, "balls.drop 0.3,0.2 9"),
        Cue(0.35, "landscape.select bowl"),
        Cue(0.45, "noise.set 0.2"),
        Cue(0.5, "ball.select 7"),
    ),
    direction=Direction(
        camera=(CameraKey(0), CameraKey(0.4, pose={"azimuth": 20}), CameraKey(0.6, valley=1)),
        speeds=(SpeedKey(0, 0.5), SpeedKey(0.6, 1.5)),
        captions=(Caption(0.1, 0.5, "words", formula="sgd"),),
        fades=(Fade(0, 0.3, "in"), Fade(0.5, 0.2, "out")),
    ),
)


def begin(script: Script) -> Session:
    session = Session(script.experiment, commands.apply)
    follow_script(session, script)
    return session


def draw(session: Session, studio: Studio) -> Pixels:
    """The picture without the timeline."""
    timeline, session.view.timeline = session.view.timeline, None
    studio.draw(session)
    session.view.timeline = timeline
    return studio.read().copy()


def test_a_jump_shows_to_the_pixel_what_a_recording_shows(
    context: moderngl.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("game.preview.KEEP_S", 0.15)
    session, frames = begin(FILM), 40
    with open_studio(context, SIZE, "low", live=False) as studio, MemorySink() as sink:
        film(session, studio, sink, FILM, FPS, frames, lambda _: None)
        recorded, digest = sink.frames, session.world.digest()
    session = begin(FILM)
    with open_studio(context, SIZE, "low", live=False) as studio:
        # As in the window.
        session.prepare = studio.prepare
        preview = Preview(session, studio, FILM)
        for frame in (0, 39, 14, 25, 5, 39):
            preview.seek(frame / FPS)
            np.testing.assert_array_equal(draw(session, studio), recorded[frame], err_msg=str(frame))
    assert session.world.digest() == digest


def is_watched(session: Session) -> bool:
    return bool(session.view.timeline or session.view.directed)


def test_keys_pause_jump_and_start_again_and_a_hand_makes_it_a_game(context: moderngl.Context) -> None:
    plain = Script(
        "plain", "", 1.5, Experiment("bowl", balls=10), direction=Direction(fades=(Fade(0, 1, "in"),))
    )
    session = begin(plain)
    with open_studio(context, SIZE, "low", live=False) as studio:
        preview = Preview(session, studio, plain)

        def press(key: str, elapsed_s: float = 0.05) -> tuple[float, bool]:
            session.submit(KEYS[key])
            assert preview.advance(elapsed_s)
            assert session.view.timeline
            return round(session.view.timeline.at_s * FPS), session.view.timeline.playing

        assert preview.advance(0.05)
        assert press("space") == (3, False)
        assert press("right") == (63, False)
        assert press("left") == (3, False)
        assert press("end") == (89, False)
        # At the end it begins anew.
        assert press("space") == (0, True)
        assert press("home") == (0, True)
        # A frame that takes long makes the film slower, it leaves nothing out.
        assert preview.advance(60.0)
        assert session.view.timeline
        assert session.view.timeline.at_s * FPS < 10
        # The mouse at the bar: its middle is the middle of the film, and elsewhere there is nothing to hold.
        assert not preview.grab(48, 10)
        assert preview.grab(48, 52)
        assert preview.advance(0.0)
        assert session.view.timeline
        assert session.view.timeline.at_s * FPS == pytest.approx(44.5, abs=1)
        assert preview.drop()
        tick = session.world.tick
        session.submit("lr.decades 0.5")
        assert not preview.advance(0.1)
        assert not is_watched(session)
        session.tick(0.1)
        assert session.world.tick > tick


@pytest.mark.parametrize("name", DEMOS)
def test_every_demo_is_a_film_with_a_beginning_and_an_end(context: moderngl.Context, name: str) -> None:
    """Once a second, with fewer balls."""
    demo = get_demo(name)
    demo = demo._replace(experiment=replace(demo.experiment, balls=min(demo.experiment.balls, 300)))
    session, fps = begin(demo), 1
    with open_studio(context, SIZE, "low", live=False) as studio, MemorySink() as sink:
        written: set[Caption] = set()

        def look(_: int) -> None:
            directed = session.view.directed
            written.update(
                shown.caption for shown in (directed.captions if directed else ()) if shown.ink > 0.9
            )

        film(session, studio, sink, demo, fps, round(demo.seconds * fps) + 1, look)
    if demo.direction.camera:
        assert session.camera.pose == find_camera(session, demo.direction.camera, demo.seconds)
    assert {line for _, line in session.log} == {cue.line for cue in demo.cues}
    assert written == set(demo.direction.captions)
    assert session.world.tick > 0
    if name != "first-look":
        assert 12 <= demo.seconds <= 25
        dark = sink.frames[0].mean(), sink.frames[-1].mean()
        assert max(dark) < 0.5 * max(frame.mean() for frame in sink.frames)
        assert demo.direction.fades[-1].at_s + demo.direction.fades[-1].seconds == pytest.approx(demo.seconds)
        last = max(caption.at_s + caption.seconds for caption in demo.direction.captions)
        assert last <= demo.seconds


def play(name: str, steps: int) -> Session:
    session = Session(get_demo(name).experiment, commands.apply)
    session.advance(steps)
    return session


def test_what_the_demos_say_is_true() -> None:
    balls = [valley.balls for valley in play("a-thousand-balls", 300).census]
    assert len(balls) == 11
    assert 1000 / balls[0] == pytest.approx(8, abs=0.5)
    race = Session(replace(get_demo("the-race").experiment, finish=0.01), commands.apply)
    race.advance(160)
    assert race.finish
    assert race.finish.steps == pytest.approx([150, 60, 150, 60], abs=5)
    noisy = Session(replace(get_demo("noise-helps").experiment, balls=300), commands.apply)
    noisy.advance(450)
    assert noisy.world.landscape.data is not None
    assert noisy.world.landscape.data.count == 400
    wide, sharp = noisy.census
    assert wide.by_swarm[0] == 0
    assert sharp.by_swarm[0] == 150
    assert wide.by_swarm[1] > 100
    shares = []
    plateau = get_demo("plateau").experiment
    for landscape in (plateau.landscape, "breast-cancer-leaky-relu"):
        session = Session(replace(plateau, landscape=landscape), commands.apply)
        first, low = np.median(session.world.losses), session.census[0].loss
        session.advance(300)
        shares.append((first - np.median(session.world.losses)) / (first - low))
    assert shares == pytest.approx([1 / 3, 0.97], abs=0.03)
    ends = Session(replace(get_demo("where-do-they-end").experiment, balls=2_500), commands.apply)
    ends.advance(500)
    assert (ends.world.valleys.label(ends.world.positions) == ends.homes).mean() > 0.99
    whole = play("a-real-network", 120)
    here = whole.world.swarms[0].space.project(whole.world.swarms[0].position)
    below = whole.world.losses < whole.world.landscape.value(here)
    assert below.mean() > 0.95
