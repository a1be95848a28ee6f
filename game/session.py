"""The state of a game: a world, a camera, what is on view, and the clock that drives them."""

import dataclasses
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

import landscapes
from game.directing import Directed, Timeline
from game.past import Memento, Past
from game.scene.camera import Camera, find_front
from game.scene.path import Look, Path, find_swarm, look_at
from game.scene.theme import THEMES, get_theme
from game.simulation import Team, World
from game.simulation.race import FINISH_TICKS, Finish, Place, find_quantiles, measure_losses, rank_teams
from game.simulation.teams import describe_team, equip
from game.simulation.valleys import WORK
from landscapes import InputError
from landscapes.landscape import Landscape, Relief
from landscapes.network.insight import Insight, look_inside
from landscapes.network.weights import WeightSpace
from landscapes.progress import follow_briefly
from landscapes.sculpted import SculptedField

TICKS_PER_SECOND = 60
"""Optimizer steps a second at speed 1."""
LONGEST_FRAME_S = 0.1
"""A hitch longer than this slows the game down instead of piling up steps."""
SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0)
"""What the speed keys step through."""
MOMENTA = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
"""What the momentum keys step through."""
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""What the batch keys step through, below all samples."""
QUALITIES = ("auto", "low", "medium", "high", "ultra")
"""What a picture may cost; the renderer's tiers, which it knows better, and ``auto``."""
LOOK_TICKS = 6
"""Ticks between two looks into a network."""
CENSUS_TICKS = 15
"""Ticks between two counts of the valleys."""
AT_ONCE = 20_000
"""Balls that are counted valley by valley for every picture; of more, only how many there are of each status."""
HISTORY = 512
"""Points of the loss history; when full, every other one is dropped."""
MESSAGE_S = 4.0
"""How long a message stays."""
LESSON_S = 24.0
"""How long a lesson stays."""
_SHARES = (0.0, 0.25, 0.5, 0.75)
"""Of the balls, those that are below the best, the quartiles and the median."""
TEAM_KNOBS = ("lr", "schedule", "batch_size", "noise", "border")
"""Fields of an experiment that, when they change, change for every team."""


@dataclass(frozen=True)
class Experiment:
    """What a world is made from; everything that ``downslope run`` and its kin take.

    Attributes:
        landscape: a catalogue name.
        optimizers: one swarm each; they share the balls.
        lr: learning rate of all, the ends of a sweep across the crowd, or ``None`` for what suits each optimizer on
            the landscape.
        balls: how many in all.
        seed: of starts, noise and minibatches.
        start: where balls are released.
        settings: hyper-parameters that differ from the optimizer's defaults.
        schedule: of the learning rate.
        batch_size: samples a step sees, or ``None`` for all.
        noise: standard deviation of gradient noise, in units of the landscape's gradient scale.
        border: what happens to balls that leave the map.
        stream: steps over which the balls are released, or 0 for all at once.
        separate: whether every swarm has start points, noise and minibatches of its own.
        space: where balls roll: on the map, or on a network's landscape elsewhere.
        teams: what each swarm is given; then optimizers, lr, settings, schedule, batch_size and noise do not count.
        finish: a loss; a team whose median ball is below it is through.
    """

    landscape: str = "valleys"
    optimizers: tuple[str, ...] = ("sgd",)
    lr: float | tuple[float, float] | None = None
    balls: int = 4_000
    seed: int = 0
    start: str = "random"
    settings: Mapping[str, float | bool] = field(default_factory=dict)
    schedule: str = "constant"
    batch_size: int | None = None
    noise: float = 0.0
    border: str = "mark"
    stream: int = 0
    separate: bool = False
    space: str = "map"
    teams: tuple[Team, ...] = ()
    finish: float | None = None

    def build(self, dtype: npt.DTypeLike = np.float32) -> World:
        """The world that is made from it, before the first step.

        Raises:
            InputError: something of it cannot be.
        """
        teams = self.teams
        world = World(
            landscapes.get(self.landscape),
            optimizer=tuple(team.optimizer for team in teams) or self.optimizers,
            lr=None if teams else self.lr,
            balls=self.balls,
            seed=self.seed,
            start=self.start,
            settings=None if teams else self.settings,
            schedule=self.schedule,
            batch_size=None if teams else self.batch_size,
            noise=self.noise,
            border=self.border,
            stream=self.stream,
            separate=self.separate,
            space=self.space,
            dtype=dtype,
        )
        for swarm, team in zip(world.swarms, teams, strict=False):
            equip(swarm, team)
        return world


@dataclass(frozen=True)
class Palette:
    """The command palette while it is open.

    Attributes:
        text: what is typed.
        chosen: place of the offer that enter takes.
        complaint: why the last line was refused.
    """

    text: str = ""
    chosen: int = 0
    complaint: str = ""


@dataclass(frozen=True)
class Tour:
    """The tour of the first launch while it is given.

    Attributes:
        hint: place of the one that is shown.
        shown_s: for how long it has been.
        clock_s: the session's, when that was counted last.
        heard: how many lines the session had carried out when the hint came.
    """

    hint: int = 0
    shown_s: float = 0.0
    clock_s: float = 0.0
    heard: int = 0


class Hover(NamedTuple):
    """What the mouse points at: a place on the map, and the pixel from the left and from the top."""

    x: float
    y: float
    across: int
    down: int


class Circle(NamedTuple):
    """A circle that is drawn on the ground, in the landscape's coordinates."""

    x: float
    y: float
    radius: float


@dataclass
class View:
    """What is on view, and what the window was asked to do.

    Attributes:
        split: into how many views the picture is split, as far as there are teams for them.
        labels: whether discs mark the deepest valleys on the ground.
        hover: what the mouse points at, if that is ground.
        circle: that is drawn on the ground.
        selected: number of the ball that is looked into, if one is.
        sample: number of the sample that is followed through its network.
        leader: whether the leader of each team glows; ``None`` for in races only.
        photo: whether the table of the finish is open.
        script: name of the script that was opened last.
        brush: whether the mouse changes the ground.
        brush_radius: share of the landscape's extent.
        stroking: whether it does so at this moment.
        panel: whether the cards are shown.
        controls: whether the controls are shown beside them.
        focused: whether the keyboard works the controls.
        large: whether both are written large, for the last row.
        replaying: whether what was seen last is shown once more.
        tables_wanted: names of the plots whose numbers are to be saved.
        scanning: whether a scan is under way that sharpens the ground.
        playing: whether somebody sits at the keys.
        directed: what the director of a film writes and covers; ``None`` where there is none.
        timeline: of the film that somebody watches, if there is one.
        quality: one of ``QUALITIES``; ``None`` for what the picture was begun with.
        keys: the player's own and the lines they send, over those that ship with the game.
        buttons: the player's own of a gamepad, likewise.
        gamepad: what is plugged in calls itself; empty for nothing.
        palette: what is typed into the command palette; ``None`` while it is closed.
        tour: where the tour of the first launch is; ``None`` while it is not given.
    """

    theme: str = THEMES[0].name
    relief: Relief = "auto"
    shaking: bool = False
    split: int = 1
    labels: bool = True
    hover: Hover | None = None
    circle: Circle | None = None
    selected: int | None = None
    sample: int = 0
    leader: bool | None = None
    quality: str | None = None
    photo: bool = False
    script: str = ""
    brush: bool = False
    brush_radius: float = 0.08
    stroking: bool = False
    panel: bool = True
    controls: bool = False
    focused: bool = False
    large: bool = False
    help: bool = False
    fullscreen: bool = False
    recording: bool = False
    replaying: bool = False
    pictures_wanted: int = 0
    tables_wanted: tuple[str, ...] = ()
    scanning: bool = False
    playing: bool = False
    directed: Directed | None = None
    timeline: Timeline | None = None
    keys: tuple[tuple[str, str], ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()
    gamepad: str = ""
    palette: Palette | None = None
    tour: Tour | None = None
    closing: bool = False


class Lesson(NamedTuple):
    """What to watch.

    Attributes:
        title: of the lesson.
        watch: a sentence or two.
        until_s: when it goes away, on the session's clock.
    """

    title: str
    watch: str
    until_s: float


class Line(NamedTuple):
    """A command line that is due after so many steps."""

    tick: int
    line: str


class Curves(NamedTuple):
    """A loss history as arrays.

    Attributes:
        ticks: ``(n,)``.
        medians: ``(n, swarms)``.
        bests: likewise.
        quartiles: ``(n, 2, swarms)``.
        rates: ``(n, swarms)``.
    """

    ticks: npt.NDArray[np.float64]
    medians: npt.NDArray[np.float64]
    bests: npt.NDArray[np.float64]
    quartiles: npt.NDArray[np.float64]
    rates: npt.NDArray[np.float64]


@dataclass
class LossHistory:
    """The loss of every swarm over time, thinned out as it grows; lost balls are above all others, as in a race.

    Attributes:
        ticks: of each point.
        medians: of each point, one number a swarm; NaN where the median ball is lost, here and below.
        bests: likewise.
        quartiles: likewise, the lower and the upper one, ``(2, swarms)``.
        rates: learning rates that the next step of the median ball used, likewise.
        stride: ticks between two points.
    """

    ticks: list[int] = field(default_factory=list)
    medians: list[npt.NDArray[np.float64]] = field(default_factory=list)
    bests: list[npt.NDArray[np.float64]] = field(default_factory=list)
    quartiles: list[npt.NDArray[np.float64]] = field(default_factory=list)
    rates: list[npt.NDArray[np.float64]] = field(default_factory=list)
    stride: int = 3
    _curves: Curves | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def curves(self) -> Curves:
        """All points; the same record until there is another one."""
        if self._curves is None:
            columns = self.ticks, self.medians, self.bests, self.quartiles, self.rates
            self._curves = Curves(*(np.array(column, np.float64) for column in columns))
        return self._curves

    def record(self, world: World) -> None:
        """Add a point if it is time for one."""
        # Where points are depends on nothing but steps: neither on frames nor on when somebody paused.
        if self.ticks and (world.tick <= self.ticks[-1] or world.tick % self.stride):
            return
        spreads = np.stack([find_quantiles(measure_losses(swarm), _SHARES) for swarm in world.swarms], axis=1)
        spreads[np.isinf(spreads)] = np.nan
        self._curves = None
        self.ticks.append(world.tick)
        self.bests.append(spreads[0])
        self.quartiles.append(spreads[1::2])
        self.medians.append(spreads[2])
        self.rates.append(np.array([swarm.effective_lr for swarm in world.swarms]))
        if len(self.ticks) >= HISTORY:
            for name in ("ticks", "medians", "bests", "quartiles", "rates"):
                setattr(self, name, getattr(self, name)[::2])
            self.stride *= 2


class Session:
    """One game: lines of commands go in, time passes, and everything that is shown can be read from here.

    Args:
        experiment: what rolls where.
        theme: name of the colours.
        interpret: applies one command line to a session; the table of commands lives above this room.

    Attributes:
        experiment: what the world was made from, with what was changed for all teams since.
        opening: what the world was made from, as it was at its release.
        world: what rolls.
        homes: the valley that each ball was released in, ``(n,)``, deepest 0.
        history: the loss over time.
        past: what can be undone.
        counts: of balls by status, as they are seen.
        census: of the valleys, likewise; of large crowds as of the last observation.
        places: of the teams of a race, the first one first, as of the last observation.
        finish: the finish line, if there is one, and who crossed it.
        lesson: what to watch, for a while.
        explained: how much the map shows of the way of whole networks, likewise; ``None`` where there are none.
        prepare: called with the ground of the next world, and its relief, before that is entered; whoever draws may
            work it out then, and may raise an ``InputError`` to have it left.
        alpha: how far balls have glided from the last step but one to the last, [0, 1].

    Raises:
        InputError: the experiment or the theme names something that there is not.
    """

    def __init__(
        self,
        experiment: Experiment,
        interpret: Callable[["Session", str], None],
        theme: str = THEMES[0].name,
    ) -> None:
        self.view = View(theme=get_theme(theme).name)
        self.camera = Camera()
        self.paused = False
        self.speed = 1.0
        self.clock_s = 0.0
        self.log: list[tuple[int, str]] = []
        self.lesson: Lesson | None = None
        self._done: list[Line] = []
        self._due: deque[Line] = deque()
        self._steps = 0
        self.message = ""
        self._message_until_s = 0.0
        self._interpret = interpret
        self._lines: deque[str] = deque()
        self._owed_ticks = 0.0
        self._faced = ""
        self.prepare: Callable[[Landscape, Relief], None] = _leave_it
        self.past = Past()
        self.release(experiment)

    def release(self, experiment: Experiment) -> None:
        """Start anew from an experiment; the old world stays if the new one cannot be made."""
        world = experiment.build()
        # As it was; elsewhere as suits the ground.
        relief = self.view.relief if experiment.landscape == self._faced else "auto"
        # All that takes long while the old world still stands: whoever watches may have had enough of it.
        with follow_briefly(f"finding the valleys of {world.landscape.title}", WORK) as note:
            world.explore(note)
        self.prepare(world.landscape, relief)
        self._enter(experiment, world)
        self.view.relief = relief
        self.opening, self._opened, self._ground, self._done = experiment, world, world.landscape, []
        if self.view.selected is not None and self.view.selected >= world.status.size:
            self.view.selected = None
        self.homes = world.valleys.label(world.positions)
        self.history = LossHistory()
        self.observe()

    def _enter(self, experiment: Experiment, world: World) -> None:
        """Turn to another world; what was known of the one before is forgotten."""
        if experiment.landscape != self._faced:
            self.camera.face(find_front(world.landscape))
            self._faced = experiment.landscape
        self.experiment = experiment
        self.world = world
        self._due = deque()
        self.places: tuple[Place, ...] = ()
        self._observed = -1
        self.set_finish(experiment.finish)
        self._insight: tuple[object, Insight] | None = None
        self._look: tuple[object, Look] | None = None
        self._path: Path | None = None
        self._owed_ticks = 0.0
        self.alpha = 1.0

    def remember(self) -> Memento:
        """This moment, for ``recall``."""
        return Memento(
            experiment=self.experiment,
            opening=self.opening,
            ground=self._ground,
            lines=tuple(self._done),
            world=self.world,
            knobs=tuple(swarm.note_knobs() for swarm in self.world.swarms),
            homes=self.homes,
            history=self.history,
            path=self._path,
            selected=self.view.selected,
            relief=self.view.relief,
            shaking=self.view.shaking,
        )

    def recall(self, memento: Memento) -> None:
        """Bring back a moment: another world as it was then, the same with its knobs put back while time goes on."""
        if memento.world is not self.world:
            self._enter(memento.experiment, memento.world)
            self.homes, self.history, self._path = memento.homes, memento.history, memento.path
            self.opening, self._opened, self._ground = memento.opening, memento.world, memento.ground
            self._done = list(memento.lines)
            self.view.selected, self.view.relief = memento.selected, memento.relief
        # Ground that became sharper since stays sharp.
        self.experiment = dataclasses.replace(memento.experiment, landscape=self.experiment.landscape)
        if (self.finish.loss if self.finish else None) != memento.experiment.finish:
            self.set_finish(memento.experiment.finish)
        self.view.shaking = memento.shaking
        for swarm, knobs in zip(self.world.swarms, memento.knobs, strict=True):
            swarm.turn_back(knobs)
        self.observe()

    def change(self, **fields: object) -> None:
        """Start anew with some fields of the experiment replaced.

        What was changed while balls rolled is kept, team by team: hyper-parameters, schedules and, on the same
        landscape, learning rates.
        """
        before, ground = self.experiment, self.world.landscape
        wanted = dataclasses.replace(before, **fields)  # type: ignore[arg-type]
        if not {"optimizers", "teams"} & fields.keys():
            knobs = {name: fields[name] for name in TEAM_KNOBS if name in fields}
            if (wanted.landscape, wanted.space) != (before.landscape, before.space):
                knobs["lr"] = wanted.lr
            teams = (dataclasses.replace(describe_team(swarm), **knobs) for swarm in self.world.swarms)  # type: ignore[arg-type]
            wanted = dataclasses.replace(wanted, teams=tuple(teams))
        if wanted.landscape != before.landscape:
            wanted = dataclasses.replace(wanted, finish=fields.get("finish"))  # type: ignore[arg-type]
        self.release(wanted)
        if isinstance(ground.field, SculptedField) and "landscape" not in fields:
            self.reground(ground)
            self._ground = ground

    def expect(self, lines: Iterable[Line]) -> None:
        """Carry out lines, each after so many steps from now on, in place of what was still to come."""
        self._steps = 0
        self._done = []
        self._due = deque(sorted(lines, key=lambda line: line.tick))
        self._carry_out_due()

    @property
    def lines(self) -> list[Line]:
        """What was done since the release and when, and what is still to come; first what shaped the ground before.

        Raises:
            InputError: the world is none that was released, so that this is not all that made it.
        """
        if self.world is not self._opened:
            raise InputError("how the balls came here is not known; release the balls first")
        field, to_come = self._ground.field, self.world.tick - self._steps
        strokes = field.strokes if isinstance(field, SculptedField) else ()
        return [
            *(
                Line(0, f"ground.sculpt {x!r},{y!r} {radius!r} {height!r}")
                for x, y, radius, height in strokes
            ),
            *self._done,
            *(Line(tick + to_come, line) for tick, line in self._due),
        ]

    def set_finish(self, loss: float | None) -> None:
        """Draw a finish line from here on, or none."""
        self.finish = None if loss is None else Finish(loss)
        self.view.photo = False
        if self.finish:
            self.finish.look(self.world)

    def teach(self, title: str, watch: str) -> None:
        """Say for a while what to watch."""
        self.lesson = Lesson(title, watch, self.clock_s + LESSON_S)

    def drop(self, places: npt.NDArray[np.float64]) -> None:
        """Release more balls in every swarm, at ``places (2, k)`` of the map, while the others roll on.

        Raises:
            InputError: that would be too many, or at too many different times.
        """
        world, homes = self.world, self.homes
        kept = world.drop(places)
        self.homes = np.empty(world.size, homes.dtype)
        self.homes[kept] = homes
        fresh = np.setdiff1d(np.arange(world.size), kept, assume_unique=True)
        self.homes[fresh] = np.tile(world.valleys.label(places), len(world.swarms))
        if self.view.selected is not None:
            path, self.view.selected = self.path, int(kept[self.view.selected])
            if path:
                path.ball = self.view.selected
        if self.paused:
            self.observe()
        else:
            self._count()

    def reground(self, landscape: Landscape) -> None:
        """Put other ground of the same map under the balls; nothing else changes.

        Raises:
            InputError: it is another map.
        """
        self.world.reground(landscape, survey=not self.view.stroking)
        self._look = None
        if self.paused:
            self.observe()

    def sharpen(self, name: str) -> None:
        """Put the same ground under the balls as it is known better by now; who is released again meets it too.

        Raises:
            InputError: there is none of that name, or it is another map.
        """
        before = self.world.valleys.minima
        self.reground(landscapes.get(name))
        # A valley may have another number by now; the balls that were released in it are of its colour still.
        numbers = self.world.valleys.label(before.astype(self.world.positions.dtype))
        self.homes = np.where(self.homes < 0, self.homes, numbers[self.homes]).astype(self.homes.dtype)
        self.experiment = dataclasses.replace(self.experiment, landscape=name)
        self._faced = name

    def submit(self, line: str) -> None:
        """Queue a command line for the next tick."""
        self._lines.append(line)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The lines that the next tick carries out."""
        return tuple(self._lines)

    def say(self, text: str) -> None:
        """Show a message for a while."""
        self.message = text
        self._message_until_s = self.clock_s + MESSAGE_S

    def tick(self, elapsed_s: float, enough: Callable[[], bool] | None = None) -> None:
        """Let time pass: due lines first, then the camera, then as many steps as the time is worth.

        Whatever the frames' rhythm, step ``k`` sees the same world: elapsed time only decides how many steps run.

        Args:
            elapsed_s: since the last frame.
            enough: see ``advance``.
        """
        self.catch_up()
        self.clock_s += elapsed_s
        if self.lesson and self.clock_s >= self.lesson.until_s:
            self.lesson = None
        if self.message and self.clock_s >= self._message_until_s:
            self.message = ""
        self.camera.advance(elapsed_s)
        if self.paused:
            self.alpha = 1.0
            if self.world.tick != self._observed or not (self.world.surveyed or self.view.stroking):
                self.observe()
            return
        self._owed_ticks += min(elapsed_s, LONGEST_FRAME_S) * TICKS_PER_SECOND * self.speed
        # Frame times do not add up exactly; what rounding swallows must not delay a step by a frame.
        steps = int(self._owed_ticks + 1e-9)
        self._owed_ticks = max(self._owed_ticks - steps, 0.0)
        self.advance(steps, enough)
        self.alpha = self._owed_ticks

    @property
    def owed(self) -> float:
        """How much of the next step is due already, [0, 1)."""
        return self._owed_ticks

    def settle(self, owed: float, *, paused: bool) -> None:
        """Stand so far before the next step, as a film begins: nothing said, taught, pointed at or followed before."""
        self._owed_ticks, self.paused = owed, paused
        self.alpha = 1.0 if paused else owed
        self.message, self.lesson, self.view.hover, self._path = "", None, None, None

    def catch_up(self) -> None:
        """Apply all lines that wait, before more is done that depends on them."""
        while self._lines:
            self.apply(self._lines.popleft())

    def apply(self, line: str) -> None:
        """Apply one line now; what is wrong with it becomes a message."""
        try:
            self.execute(line)
        except InputError as error:
            self.say(str(error))

    def execute(self, line: str) -> None:
        """Apply one line now and log it.

        Raises:
            InputError: what is wrong with it.
        """
        world = self.world
        self._interpret(self, line)
        self.log.append((self.world.tick, line))
        # What leads to another world is a part of its opening.
        if self.world is world:
            self._done.append(Line(self.world.tick, line))

    def advance(self, steps: int, enough: Callable[[], bool] | None = None) -> None:
        """Run so many steps, observing on the way; balls are then shown where the last one took them.

        Args:
            steps: how many.
            enough: asked after the first step and ever more of them; the rest is left out once it says so.
        """
        self.alpha = 1.0
        longest = 1 if enough else steps
        while steps > 0:
            path = self.path
            # The way of a followed ball has every step; for all others longer runs are cheaper.
            pauses = CENSUS_TICKS, self.history.stride
            run = 1 if path else min(steps, longest, *(every - self.world.tick % every for every in pauses))
            if self.finish:
                run = min(run, FINISH_TICKS - self.world.tick % FINISH_TICKS)
            if self._due:
                run = min(run, self._due[0].tick - self._steps)
            self.world.step(run)
            steps -= run
            self._steps += run
            if path:
                path.record()
            self.history.record(self.world)
            if self.finish and self.world.tick % FINISH_TICKS == 0:
                self._look_at_finish(self.finish)
            self._carry_out_due()
            if (self.paused and not steps) or self.world.tick % CENSUS_TICKS == 0:
                self.observe()
            longest *= 2
            if enough and enough():
                break
        if self.world.tick != self._observed:
            self._count()

    @property
    def lowest(self) -> float:
        """The lowest loss there is: of the deepest valley, else of the lowest ball so far, else 0."""
        best_ball = float(np.nanmin(self.history.bests, initial=np.inf))
        lowest = min([best_ball, *(valley.loss for valley in self.census[:1])])
        return lowest if lowest < np.inf else 0.0

    @property
    def path(self) -> Path | None:
        """The way of the selected ball since it was selected or released; ``None`` if none is selected."""
        ball = self.view.selected
        if ball is None:
            self._path = None
        elif self._path is None or (self._path.world, self._path.ball) != (self.world, ball):
            self._path = Path(self.world, ball)
        return self._path

    @property
    def look(self) -> Look | None:
        """What the selected ball did last and feels now; ``None`` if none is selected. Looked at once a step."""
        ball = self.view.selected
        if ball is None:
            return None
        swarm, _ = find_swarm(self.world, ball)
        key = self.world, ball, self.world.tick, swarm.optimizer.name, swarm.batch_size, swarm.noise
        if self._look is None or self._look[0] != key:
            self._look = key, look_at(self.world, ball)
        return self._look[1]

    @property
    def shows_leaders(self) -> bool:
        """Whether the leader of each team glows: as asked for, otherwise in races."""
        return len(self.world.swarms) > 1 if self.view.leader is None else self.view.leader

    @property
    def insight(self) -> Insight | None:
        """What goes on in the network of the selected ball; ``None`` if there is none. Looked at every few steps."""
        weights, ball = self.world.landscape.weights, self.view.selected
        if ball is None or not isinstance(weights, WeightSpace):
            return None
        tick = self.world.tick
        # Whoever goes step by step wants to see each of them.
        seen = tick if self.paused else tick - tick % LOOK_TICKS
        key = self.world, ball, self.view.sample, seen
        if self._insight is None or self._insight[0] != key:
            position = self.world.position_of(ball)
            # Some steps may have been lost out of bounds; what is no number cannot be looked into.
            if not np.isfinite(position).all():
                return None
            vector = position if self.world.whole else weights.lift(position[:, np.newaxis])[:, 0]
            sample = self.view.sample % weights.samples.count
            network = weights.network_at(vector)
            self._insight = key, look_inside(network, weights.data, weights.test, sample, weights.section)
        return self._insight[1]

    def _carry_out_due(self) -> None:
        while self._due and self._due[0].tick <= self._steps:
            waiting = self._due
            self.apply(waiting.popleft().line)
            # A release ends what was to come, unless it is a part of that.
            self._due = self._due or waiting

    def _look_at_finish(self, finish: Finish) -> None:
        waited = not finish.through
        finish.look(self.world)
        if waited and finish.through and len(self.world.swarms) > 1:
            self.places = rank_teams(self.world, self.places)
            self.view.photo = True

    def _count(self) -> None:
        """Count what is seen now, between two observations; ranks would only flicker."""
        self.counts = self.world.counts()
        if self.world.size <= AT_ONCE:
            self.census = self.world.census()

    def observe(self) -> None:
        """Look at everything there is to tell, as it is now."""
        # To find valleys takes as long as ten frames: a stroke under way has them wait.
        if not (self.world.surveyed or self.view.stroking):
            self.world.survey()
        self.places = rank_teams(self.world, self.places) if len(self.world.swarms) > 1 else ()
        self.counts = self.world.counts()
        self.census = self.world.census()
        self._observed = self.world.tick
        shares = [swarm.explained for swarm in self.world.swarms]
        known = [share for share in shares if share is not None]
        self.explained = float(np.median(known)) if known else None
        self.history.record(self.world)


def _leave_it(_landscape: Landscape, _relief: Relief) -> None:
    """Draw nothing."""
