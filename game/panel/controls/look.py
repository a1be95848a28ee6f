"""Look: colours, signs, and the size of type."""

from game.panel.controls.desk import Desk
from game.panel.controls.widgets import choose, switch, tell
from game.scene.camera import CYCLE
from game.scene.theme import THEMES


def draw_look(desk: Desk) -> None:
    """What is seen, and how."""
    session = desk.session
    view = session.view
    rows = ((theme.name, theme.about) for theme in THEMES)
    if name := choose(desk, "theme", view.theme, rows, tell("theme.select abyss")):
        session.submit(f"theme.select {name}")
    if name := choose(
        desk, "camera", session.camera.view, ((row, "") for row in CYCLE), tell("camera.look low")
    ):
        session.submit(f"camera.look {name}")
    for name, on, line in (
        ("cards", view.panel, "panel.toggle"),
        ("labels", view.labels, "labels.toggle"),
        ("leaders", session.shows_leaders, "leader.toggle"),
        ("minibatch", view.shaking, "ground.shake"),
        ("large type", view.large, "panel.large"),
        ("full screen", view.fullscreen, "window.fullscreen"),
    ):
        if switch(desk, name, on=on, tip=tell(line)):
            session.submit(line)
