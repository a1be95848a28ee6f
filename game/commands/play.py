"""Commands about time."""

from game.commands.command import Command, read_number, read_whole, step_along
from game.session import SPEEDS, Session
from landscapes.errors import InputError

MOST_STEPS = 10_000
"""More single steps than this at once would freeze the window."""


def _toggle_pause(session: Session) -> None:
    session.paused = not session.paused


def _single_step(session: Session, steps: str) -> None:
    count = read_whole(steps, "steps")
    if not 1 <= count <= MOST_STEPS:
        raise InputError(f"steps must be from 1 to {MOST_STEPS:,}, not {steps}")
    session.paused = True
    session.advance(count)


def _step_speed(session: Session, steps: str) -> None:
    session.speed = step_along(SPEEDS, session.speed, read_whole(steps, "steps"))
    session.say(f"speed {session.speed:g}x")


def _set_speed(session: Session, speed: str) -> None:
    number = read_number(speed, "the speed")
    if not SPEEDS[0] <= number <= SPEEDS[-1]:
        raise InputError(f"the speed must lie between {SPEEDS[0]:g} and {SPEEDS[-1]:g}, not {speed}")
    session.speed = number


PLAY_COMMANDS: tuple[Command, ...] = (
    Command("play.pause", "", "pause and go on", _toggle_pause),
    Command("play.step", "steps", "pause and take single steps", _single_step),
    Command("speed.step", "steps", "faster or slower", _step_speed),
    Command("speed.set", "factor", "set the speed, 0.1 to 100", _set_speed),
)
