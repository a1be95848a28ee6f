"""Studios come and go, change tiers and sizes, and fall back to what the driver can draw."""

import gc
import os
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import moderngl
import numpy as np
import pygame
import pytest

import assets
from game import commands
from game.app import App
from game.recording import Pixels
from game.render import quality
from game.render.quality import TIERS
from game.session import Experiment, Session
from game.studio import Size, Studio, open_studio
from landscapes.errors import InputError
from landscapes.progress import follow

ROOT = Path(__file__).resolve().parents[2]
SIZE: Size = (64, 36)
CountObjects = Callable[[], dict[str, int]]


@pytest.fixture
def session() -> Session:
    return Session(Experiment("bowl", balls=50), commands.apply)


def draw(studio: Studio, session: Session) -> Pixels:
    studio.draw(session)
    return studio.read().copy()


def break_shader(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the driver refuse one shader from now on."""
    shutil.copytree(assets.path("shaders"), folder / "shaders")
    shutil.copytree(assets.path("fonts"), folder / "fonts")
    path = folder / "shaders" / name
    path.write_text(path.read_text(encoding="utf-8") + "\nno_such_thing;\n", encoding="utf-8")
    monkeypatch.setattr(assets, "ROOT", folder)


def left_over(count_objects: CountObjects, before: dict[str, int]) -> dict[str, int]:
    """What is there more, but for the programs and shaders that moderngl itself forgets when one does not compile."""
    return {
        kind: count - before[kind]
        for kind, count in count_objects().items()
        if count - before[kind] > (len(TIERS) if kind in ("Program", "Shader") else 0)
    }


@pytest.mark.parametrize("tier", TIERS[1:], ids=lambda tier: tier.name)
def test_a_tier_changes_the_picture_and_nothing_that_is_in_it(
    context: moderngl.Context, session: Session, tier: quality.Tier
) -> None:
    twin = Session(session.experiment, commands.apply)
    with open_studio(context, SIZE, "low", live=True) as studio:
        studio.run_steps(session, 20)
        draw(studio, session)
        session.execute(f"quality.select {tier.name}")
        changed = draw(studio, session)
        assert studio.tier == tier
        assert studio.refusal == ""
    with open_studio(context, SIZE, tier.name, live=True) as studio:
        studio.run_steps(twin, 20)
        draw(studio, twin)
        twin.say(session.message)
        # The trails of both are as old: they are no part of what was made anew.
        np.testing.assert_array_equal(changed, draw(studio, twin))


def test_a_session_that_asks_for_nothing_keeps_what_the_studio_was_opened_with(
    context: moderngl.Context, session: Session
) -> None:
    with open_studio(context, SIZE, "medium", live=True) as studio:
        draw(studio, session)
        assert studio.tier.name == "medium"
        session.execute("quality.cycle -1")
        draw(studio, session)
        assert studio.tier.name == session.view.quality == "ultra"


def test_an_unknown_quality_is_no_command(session: Session) -> None:
    with pytest.raises(InputError, match="auto, low, medium, high, ultra"):
        session.execute("quality.select hi-fi")
    assert session.view.quality is None


def test_a_size_too_large_for_a_tier_is_drawn_at_the_next_one_down(
    context: moderngl.Context, session: Session
) -> None:
    limit = int(context.info["GL_MAX_TEXTURE_SIZE"])
    wide = (limit // 2 + 2, 16)
    with open_studio(context, SIZE, "ultra", live=True) as studio:
        assert studio.refusal == ""
        studio.resize(wide)
        assert studio.tier.name == "high"
        driver = context.info["GL_RENDERER"]
        assert studio.refusal == f"quality ultra is more than {driver} can draw; quality high instead"
        assert draw(studio, session).shape == (16, wide[0], 3)
        with pytest.raises(InputError, match=f"cannot draw {limit + 2}x16 .*smaller --size"):
            studio.resize((limit + 2, 16))


def test_a_shader_that_one_tier_needs_costs_that_tier(
    context: moderngl.Context,
    session: Session,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    count_objects: CountObjects,
) -> None:
    before = count_objects()
    break_shader(tmp_path, monkeypatch, "smooth.frag")
    with open_studio(context, SIZE, "medium", live=True) as studio:
        assert studio.tier.name == "low"
        assert studio.refusal.startswith("quality medium is more than ")
        assert studio.refusal.endswith(" can draw; quality low instead")
        assert np.ptp(draw(studio, session)) > 100
        session.execute("quality.select high")
        draw(studio, session)
        assert (studio.tier.name, studio.refusal) == ("high", "")
    assert left_over(count_objects, before) == {}, "of a renderer that was half made nothing is left"


@pytest.mark.parametrize("name", ["balls.frag", "include/ground.glsl", "panel.frag"])
def test_a_shader_that_every_tier_needs_is_named_in_one_line(
    context: moderngl.Context,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    count_objects: CountObjects,
    name: str,
) -> None:
    before = count_objects()
    break_shader(tmp_path, monkeypatch, name)
    with pytest.raises(InputError) as caught:
        Studio(context, SIZE, "ultra", live=True)
    line = (tmp_path / "shaders" / name).read_text(encoding="utf-8").count("\n")
    assert f"{Path(name).name}:{line}" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert left_over(count_objects, before) == {}


def test_a_driver_without_multisampling_gets_the_next_tier_down(tmp_path: Path) -> None:
    plain = {"LIBGL_ALWAYS_SOFTWARE": "1", "GALLIUM_DRIVER": "softpipe", "PYTHONPATH": str(ROOT)}
    options = ("--balls", "20", "--size", "64x36", "--steps", "0", "--quality", "ultra", "-o", "x.png")
    done = subprocess.run(
        [sys.executable, "-m", "game", "snapshot", "bowl", *options],
        cwd=tmp_path,
        env=os.environ | plain,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    said = "downslope: quality ultra is more than softpipe can draw; quality medium instead\n"
    if not sys.platform.startswith("linux"):
        said = ""  # there is no driver to choose, and the one there is can do it
    assert (done.returncode, done.stderr) == (0, said)
    assert np.ptp(pygame.surfarray.array3d(pygame.image.load(tmp_path / "x.png"))) > 100


def resident_bytes() -> int:
    """Memory of this process that is in use; 0 where the system does not tell so simply."""
    path = Path("/proc/self/statm")
    return int(path.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if path.exists() else 0


def open_handles() -> int:
    """Files, sockets and pipes of this process; 0 where the system does not tell so simply."""
    path = Path("/proc/self/fd")
    return len(list(path.iterdir())) if path.exists() else 0


def test_a_hundred_studios_leave_nothing_behind(
    context: moderngl.Context, session: Session, count_objects: CountObjects
) -> None:
    def come_and_go(studios: int, renderers: int) -> None:
        for number in range(studios):
            with open_studio(context, SIZE, TIERS[number % len(TIERS)].name, live=True) as studio:
                draw(studio, session)
                # Ground that was baked is kept, which makes the others cheap.
                for turn in range(1, renderers):
                    studio.release()
                    studio.move_to(context)
                    studio.resize((SIZE[0] + turn, SIZE[1]))
                    draw(studio, session)

    before = count_objects()
    tracemalloc.start()
    come_and_go(5, 2)
    gc.collect()
    known, handles, resident = tracemalloc.get_traced_memory()[0], open_handles(), resident_bytes()
    come_and_go(10, 10)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - known
    tracemalloc.stop()
    assert count_objects() == before
    assert open_handles() == handles
    # A thousandth of a baked ground for each.
    assert grown < 300_000
    assert resident_bytes() - resident < 30_000_000


def test_a_hundred_sizes_leave_nothing_behind(
    context: moderngl.Context, session: Session, count_objects: CountObjects
) -> None:
    with open_studio(context, SIZE, "medium", live=True) as studio:
        draw(studio, session)
        before, resident = count_objects(), resident_bytes()
        for number in range(100):
            studio.resize((SIZE[0] + number % 7, SIZE[1] + number % 5))
            draw(studio, session)
        assert count_objects() == before
        assert resident_bytes() - resident < 20_000_000


Watch = Callable[..., list[str]]


@pytest.fixture
def watch(context: moderngl.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Plays lines in a window at ``auto`` and returns what was said of quality and films.

    A line that says ``draw`` draws frames; those after ``later`` wait for the loop's next turn.
    """
    monkeypatch.setattr("game.app.PROBE_S", 0.0)
    monkeypatch.setattr("game.app.PROGRESS_S", 0.0)

    rest: list[str] = []
    later = pygame.event.Event(pygame.DROPFILE, file="later")

    def go_on(session: Session) -> None:
        while rest and (line := rest.pop(0)) != "later":
            session.submit(line)
        pygame.event.post(later)

    def interpret(session: Session, line: str) -> None:
        if line == "draw":
            # A hidden window is drawn only while somebody waits for a long computation, or films.
            with follow("drawing", 20) as note:
                for number in range(20):
                    note(number)
        elif line == "landscape.select later":
            go_on(session)
        else:
            commands.apply(session, line)

    def play(*lines: str, slow_s: float = np.inf, room_s: float = -np.inf) -> list[str]:
        for name, value in (("SLOW_S", slow_s), ("ROOM_S", room_s), ("SLOW_FRAMES", 2), ("ROOMY_FRAMES", 3)):
            monkeypatch.setattr(quality, name, value)
        session, said = Session(Experiment("bowl", balls=50), interpret), list[str]()
        monkeypatch.setattr(session, "say", said.append)
        pygame.event.clear()
        rest[:] = [*lines, "app.quit"]
        pygame.event.post(later)
        with open_studio(context, (64, 64), "auto", live=True) as studio:
            App(session, studio, context, tmp_path).run()
        pygame.event.clear()
        return [line for line in said if line.startswith(("quality", "video"))]

    return play


TOLD = [f"quality {tier.name} (auto): {tier.about}" for tier in TIERS]


def test_the_window_rises_through_the_tiers_and_says_so(watch: Watch) -> None:
    assert watch("draw", room_s=np.inf) == TOLD


def test_what_the_driver_refuses_is_not_tried_again(
    watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count_objects: CountObjects
) -> None:
    break_shader(tmp_path, monkeypatch, "smooth.frag")
    before = count_objects()["Program"]
    assert watch("draw", room_s=np.inf) == TOLD[:1]
    # moderngl forgets a program each time that one does not compile: it was tried once.
    assert count_objects()["Program"] - before <= 1


def test_a_tier_by_hand_is_not_judged_and_auto_begins_anew(watch: Watch) -> None:
    by_hand = [f"quality {TIERS[2].name}", f"quality {TIERS[2].name}: {TIERS[2].about}"]
    said = watch("draw", "quality.select high", "draw", "quality.select auto", "draw", slow_s=-1.0)
    assert said == [TOLD[0], *by_hand, "quality auto", TOLD[0]]


def test_a_film_keeps_its_quality(watch: Watch, tmp_path: Path) -> None:
    said = watch("record.toggle", "later", "draw", "record.toggle", "later", "draw", room_s=np.inf)
    saved = f"video saved: {tmp_path / 'downslope.mp4'}; downslope record downslope.toml makes it again, at any size"
    assert said == [TOLD[0], saved, *TOLD[1:]]
