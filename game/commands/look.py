"""Commands about what is seen, and from where."""

from game.commands.command import (
    Command,
    cycle_through,
    read_factor,
    read_number,
    read_place,
    read_whole,
)
from game.scene.camera import CYCLE, VIEWS
from game.scene.cinema import GUIDES, follow_leader, place_in_scene
from game.scene.split import count_views, find_splits
from game.scene.theme import THEMES, get_theme
from game.session import QUALITIES, Session
from landscapes.errors import InputError, unknown


def _select_theme(session: Session, name: str) -> None:
    session.view.theme = get_theme(name).name


def _cycle_theme(session: Session, steps: str) -> None:
    names = [theme.name for theme in THEMES]
    session.view.theme = cycle_through(names, session.view.theme, read_whole(steps, "steps"))
    session.say(f"theme {session.view.theme}")


def _select_quality(session: Session, name: str) -> None:
    if name.lower() not in QUALITIES:
        raise unknown("quality", name, QUALITIES)
    session.view.quality = name.lower()
    session.say(f"quality {session.view.quality}")


def _cycle_quality(session: Session, steps: str) -> None:
    current = session.view.quality or QUALITIES[0]
    _select_quality(session, cycle_through(list(QUALITIES), current, read_whole(steps, "steps")))


def _select_view(session: Session, name: str) -> None:
    names = [view.name for view in VIEWS]
    if name not in names:
        raise unknown("view", name, names)
    session.camera.look(name, GUIDES[name](session) if name in GUIDES else None)


def _cycle_view(session: Session, steps: str) -> None:
    view = session.camera.view
    # From a camera that has a key of its own, the camera key leads back.
    name = cycle_through(list(CYCLE), view, read_whole(steps, "steps")) if view in CYCLE else CYCLE[0]
    _select_view(session, name)
    session.say(f"camera: {name}")


def _follow(session: Session, whom: str) -> None:
    if whom.lower() == "selected":
        _select_view(session, "follow")
        session.say(f"camera: follows ball {session.view.selected:,}")
        return
    team, teams = read_whole(whom, "the team (or selected)"), session.world.swarms
    if not 1 <= team <= len(teams):
        raise InputError(f"the team must be from 1 to {len(teams)}, or selected, not {whom}")
    session.camera.look("follow", follow_leader(session, team - 1))
    session.say(f"camera: follows the best ball of {teams[team - 1].optimizer.title}")


def _fly(session: Session) -> None:
    session.camera.look("fly")
    session.say("flying: w a s d, q down, e up; drag looks, the wheel sets the speed, esc lands")


def _thrust(session: Session, right: str, ahead: str, up: str) -> None:
    session.camera.thrust(read_number(right, "right"), read_number(ahead, "ahead"), read_number(up, "up"))
    if not session.camera.flying:
        session.say("that takes effect when the camera flies: camera.fly")


def _glide(session: Session) -> None:
    session.camera.glide()


def _orbit(session: Session, right: str, up: str) -> None:
    session.camera.orbit(read_number(right, "degrees"), read_number(up, "degrees"))


def _pan(session: Session, right: str, up: str) -> None:
    session.camera.pan(read_number(right, "right"), read_number(up, "up"))
    if session.camera.flying:
        session.say("in flight w a s d, q and e move the camera")


def _centre(session: Session, place: str) -> None:
    if session.camera.flying:
        raise InputError("the camera flies: land first (esc), then look at a place")
    session.camera.centre(*place_in_scene(session.world.landscape.domain, read_place(place)))


def _zoom(session: Session, factor: str) -> None:
    session.camera.zoom(read_factor(factor))


def _split_view(session: Session) -> None:
    splits = find_splits(len(session.world.swarms))
    if len(splits) == 1:
        raise InputError(
            "only one optimizer rolls here: start a race with --optimizer sgd,adam to see them side by side"
        )
    session.view.split = splits[(splits.index(count_views(session)) + 1) % len(splits)]


def _toggle_labels(session: Session) -> None:
    session.view.labels = not session.view.labels


def _toggle_panel(session: Session) -> None:
    session.view.panel = not session.view.panel


def _toggle_help(session: Session) -> None:
    session.view.help = not session.view.help


LOOK_COMMANDS: tuple[Command, ...] = (
    Command("theme.cycle", "steps", "next theme", _cycle_theme),
    Command("theme.select", "name", "set the theme", _select_theme),
    Command("quality.cycle", "steps", "quality: auto, low, medium, high or ultra", _cycle_quality),
    Command("quality.select", "name", "set how much a picture may cost", _select_quality),
    Command("camera.cycle", "steps", "next camera: orbit, low, map, cinema", _cycle_view),
    Command("camera.look", "view", "go to a camera", _select_view),
    Command("camera.follow", "whom", "follow the selected ball, or a team's best", _follow),
    Command("camera.fly", "", "fly: w a s d, q e, mouse; esc lands", _fly),
    Command("camera.thrust", "right ahead up", "fly that way, each from -1 to 1", _thrust),
    Command("camera.orbit", "right up", "turn the camera by degrees", _orbit),
    Command("camera.glide", "", "let a turned camera glide to rest", _glide),
    Command("camera.pan", "right up", "shift the camera by shares of the slab", _pan),
    Command("camera.centre", "place", "look at the ground at x,y", _centre),
    Command("camera.zoom", "factor", "come nearer (above 1) or go away", _zoom),
    Command("view.split", "", "optimizers side by side: 1, 2 or 4 views", _split_view),
    Command("labels.toggle", "", "show or hide the discs on the valleys", _toggle_labels),
    Command("panel.toggle", "", "show or hide the panel", _toggle_panel),
    Command("help.toggle", "", "show or hide this help", _toggle_help),
)
