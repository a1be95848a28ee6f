"""Look: colours, the camera, signs, and the size of type."""

from imgui_bundle import imgui

from game.panel.controls.desk import Desk
from game.panel.controls.widgets import choose, explain, label, press, send, share_width, switch, tell
from game.render.quality import TIERS
from game.scene.camera import VIEWS
from game.scene.split import count_views, find_splits
from game.scene.theme import THEMES
from game.session import QUALITIES

QUALITY_ABOUTS = {tier.name: tier.about for tier in TIERS}
CAMERA_ABOUTS = {
    "orbit": "from the side; drifts until it is turned by hand",
    "low": "from near the ground",
    "map": "from straight above",
    "cinema": "as in a film, from scene to scene",
    "follow": "behind the selected ball",
    "fly": "w a s d, q and e; esc lands",
}
NEARER = 1.25
"""Factor of a step of the zoom."""


def draw_look(desk: Desk) -> None:
    """What is seen, and how."""
    session = desk.session
    view = session.view
    for name, current, rows, command in (
        ("theme", view.theme, [(theme.name, theme.about) for theme in THEMES], "theme.select"),
        (
            "quality",
            view.quality or "as begun",
            [(quality, QUALITY_ABOUTS.get(quality, "what can be drawn in time")) for quality in QUALITIES],
            "quality.select",
        ),
        (
            "camera",
            session.camera.view,
            [(row.name, CAMERA_ABOUTS[row.name]) for row in VIEWS],
            "camera.look",
        ),
    ):
        if chosen := choose(desk, name, current, rows, tell(f"{command} x")):
            session.submit(f"{command} {chosen}")
    _draw_zoom(desk)
    _draw_split(desk)
    for name, on, line in (
        ("cards", view.panel, "panel.toggle"),
        ("labels", view.labels, "labels.toggle"),
        ("leaders", session.shows_leaders, "leader.toggle"),
        ("minibatch", view.shaking, "ground.shake"),
        ("large type", view.large, "panel.large"),
        ("full screen", view.fullscreen, "window.fullscreen"),
        ("recording", view.recording, "record.toggle"),
        ("replay", view.replaying, "replay.toggle"),
    ):
        if switch(desk, name, on=on, tip=tell(line)):
            session.submit(line)
    width = share_width(3)
    send(desk, "save picture", "picture.take", width)
    imgui.same_line()
    send(desk, "all keys", "help.toggle", width)
    imgui.same_line()
    send(desk, "tour", "tour.start", width)


def _draw_zoom(desk: Desk) -> None:
    label(desk, "zoom")
    width = share_width(2)
    for place, (name, factor) in enumerate((("nearer", NEARER), ("further", 1 / NEARER))):
        if place:
            imgui.same_line()
        send(desk, name, f"camera.zoom {factor:g}", width)


def _draw_split(desk: Desk) -> None:
    """How many views there are; a click goes on to the next number."""
    session = desk.session
    splits = find_splits(len(session.world.swarms))
    label(desk, "views")
    imgui.begin_disabled(len(splits) == 1)
    if press(f"{count_views(session)}###views", tell("view.split"), -1):
        session.submit("view.split")
    imgui.end_disabled()
    if len(splits) == 1:
        explain("side by side: takes a race of two optimizers or more")
