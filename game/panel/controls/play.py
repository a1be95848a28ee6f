"""Play: time, and starting again."""

from imgui_bundle import imgui

from game.panel.controls.desk import Desk
from game.panel.controls.scales import SPEED
from game.panel.controls.starts import draw_starts
from game.panel.controls.widgets import choose, explain, label, press, send, share_width, slide, tell

COUNTS = (1, 10, 100, 1_000, 4_000, 10_000, 100_000, 1_000_000)
"""Of balls, to choose from."""


def draw_play(desk: Desk) -> None:
    """How fast, pause, steps, and release again."""
    session = desk.session
    told = tell("speed.set 1", "optimizer steps beside sixty a second; a double click sets 1x")
    speed = slide(desk, "speed", session.speed, SPEED, f"{session.speed:g}x", told)
    if imgui.is_item_hovered() and imgui.is_mouse_double_clicked(0):
        speed = 1.0
    if speed is not None:
        session.submit(f"speed.set {speed:g}")
    width = share_width(2)
    # A button that changes its name keeps its place.
    send(desk, f"{'go on' if session.paused else 'pause'}###pause", "play.pause", width)
    imgui.same_line()
    send(desk, "one step", "play.step 1", width)
    send(desk, "release again", "balls.release", width)
    imgui.same_line()
    seed = session.experiment.seed + 1
    if press("new seed", tell("seed.set 1", f"release anew from other places, seed {seed}"), width):
        session.submit(f"seed.set {seed}")
    counts = ((f"{count}", f"{count:,} balls") for count in COUNTS)
    balls = session.experiment.balls
    if count := choose(desk, "balls", f"{balls:,}", counts, tell("balls.set 1", "how many balls in all")):
        session.submit(f"balls.set {count}")
    draw_starts(desk)
    label(desk, "go to step")
    imgui.set_next_item_width(-width / 2 - imgui.get_style().item_spacing.x)
    _, desk.drafts.step = imgui.input_int("##step", desk.drafts.step, 0, 0)
    explain(f"now at step {session.world.tick:,}")
    entered = imgui.is_item_deactivated_after_edit() and imgui.is_key_pressed(imgui.Key.enter)
    imgui.same_line()
    if press("go", tell("play.goto 1"), -1) or entered:
        session.submit(f"play.goto {desk.drafts.step}")
    send(desk, "undo", "edit.undo", width)
    imgui.same_line()
    send(desk, "redo", "edit.redo", width)
