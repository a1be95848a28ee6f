"""Commands about balls: which one is looked into, how many there are, from where they start."""

from game.commands.command import Command, read_factor, read_whole
from game.session import Session
from landscapes.errors import InputError

MOST_SCALED_BALLS = 1_048_576
"""A key held down does not go further; ``balls.set`` does."""


def _select_ball(session: Session, number: str) -> None:
    if number.lower() == "none":
        session.view.selected = None
        return
    ball, count = read_whole(number, "the ball"), session.world.status.size
    if not 0 <= ball < count:
        raise InputError(f"the ball must be from 0 to {count - 1:,}, not {number}")
    session.view.selected = ball
    if session.world.landscape.weights is None:
        x, y = session.world.positions[:, ball]
        session.say(f"ball {ball:,} at ({x:.4g}, {y:.4g}), loss {session.world.losses[ball]:.4g}")


def _next_ball(session: Session, steps: str) -> None:
    current, count = session.view.selected, session.world.status.size
    start = current if current is not None else -1 if read_whole(steps, "steps") > 0 else 0
    _select_ball(session, str((start + read_whole(steps, "steps")) % count))


def _toggle_leader(session: Session) -> None:
    session.view.leader = not session.shows_leaders
    session.say("the ball with the lowest loss of each team glows" if session.view.leader else "no leaders")


def _next_sample(session: Session, steps: str) -> None:
    weights = session.world.landscape.weights
    if weights is None:
        raise InputError("there are no samples: this is not the landscape of a network")
    session.view.sample = (session.view.sample + read_whole(steps, "steps")) % weights.samples.count
    session.say(f"sample {session.view.sample + 1:,} of {weights.samples.count:,}")


def _release(session: Session) -> None:
    session.change()
    session.say("released again")


def _set_balls(session: Session, count: str) -> None:
    session.change(balls=read_whole(count, "balls"))
    session.say(f"{session.experiment.balls:,} balls")


def _scale_balls(session: Session, factor: str) -> None:
    balls = min(
        max(session.experiment.balls * read_factor(factor), len(session.world.swarms)), MOST_SCALED_BALLS
    )
    _set_balls(session, str(round(balls)))


def _set_seed(session: Session, seed: str) -> None:
    session.change(seed=read_whole(seed, "the seed"))
    session.say(f"released from seed {session.experiment.seed}")


def _set_start(session: Session, spec: str) -> None:
    session.change(start=spec.strip().lower())
    session.say(f"released from start {session.experiment.start}")


BALL_COMMANDS: tuple[Command, ...] = (
    Command("ball.select", "number", "look into a ball; none looks into none", _select_ball),
    Command("ball.next", "steps", "look into the next or previous ball", _next_ball),
    Command("leader.toggle", "", "mark the leader of each team, or none", _toggle_leader),
    Command("sample.next", "steps", "follow another sample through its network", _next_sample),
    Command("balls.release", "", "release the balls again from the same places", _release, undoable=True),
    Command("balls.scale", "factor", "more or fewer balls", _scale_balls, undoable=True),
    Command("balls.set", "count", "set the number of balls", _set_balls, undoable=True),
    Command("balls.start", "spec", "release from elsewhere: grid, point:0.5,-1", _set_start, undoable=True),
    Command("seed.set", "seed", "release anew from another seed", _set_seed, undoable=True),
)
