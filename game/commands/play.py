"""Commands about time."""

from game.commands.command import Command, read_number, read_whole, step_along
from game.session import CENSUS_TICKS, SPEEDS, Session
from landscapes.errors import InputError
from landscapes.progress import follow

MOST_STEPS = 10_000
"""More than this at once are no single steps."""
LAST_STEP = 10_000_000
"""Further than this nobody waits."""


def _toggle_pause(session: Session) -> None:
    session.paused = not session.paused


def _single_step(session: Session, steps: str) -> None:
    count = read_whole(steps, "steps")
    if not 1 <= count <= MOST_STEPS:
        raise InputError(f"steps must be from 1 to {MOST_STEPS:,}, not {steps}")
    session.paused = True
    _run_to(session, session.world.tick + count)


def _go_to(session: Session, step: str) -> None:
    goal = read_whole(step, "the step")
    if not 0 <= goal <= LAST_STEP:
        raise InputError(f"the step must be from 0 to {LAST_STEP:,}, not {step}")
    back = goal < session.world.tick
    if back:
        session.change()
    session.paused = True
    _run_to(session, goal)
    session.say(f"released again, and on to step {goal:,} as all is set now" if back else f"step {goal:,}")


def _run_to(session: Session, goal: int) -> None:
    first = session.world.tick
    with follow(f"to step {goal:,}", goal - first) as note:
        while session.world.tick < goal:
            session.advance(min(CENSUS_TICKS, goal - session.world.tick))
            note(session.world.tick - first)


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
    Command("play.goto", "step", "run to a step, or back: release again and run", _go_to),
    Command("speed.step", "steps", "faster or slower", _step_speed),
    Command("speed.set", "factor", "set the speed, 0.1 to 100", _set_speed),
)
