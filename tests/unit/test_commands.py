import math
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import assets
import landscapes
from game import commands
from game.commands import COMMANDS
from game.commands.play import MOST_STEPS
from game.scene.camera import VIEWS
from game.scene.relief import RELIEFS
from game.scene.theme import THEMES
from game.script.presets import PRESETS
from game.session import MOMENTA, SPEEDS, Experiment, Palette, Session
from game.simulation import OPTIMIZERS, SCHEDULES
from landscapes import InputError

DEMO = assets.path("demos", "first-look.toml")
OPTIMIZER_NAMES = [row.name for row in OPTIMIZERS]


def start(*lines: str, steps: int = 40, landscape: str = "ravine", **experiment: object) -> Session:
    """A small game that has rolled for a while."""
    session = Session(Experiment(landscape, balls=100, **experiment), commands.apply)  # type: ignore[arg-type]
    session.advance(steps)
    for line in lines:
        session.execute(line)
    return session


class Example(NamedTuple):
    """A line for a command, and what can be seen in a session that has rolled 40 steps after it."""

    line: str
    seen: Callable[[Session], bool]
    landscape: str = "ravine"
    teams: tuple[str, ...] = ("sgd",)
    before: tuple[str, ...] = ()


EXAMPLES: tuple[Example, ...] = (
    Example("optimizer.select adam", lambda s: s.world.swarms[0].optimizer.name == "adam"),
    Example("optimizer.cycle -1", lambda s: s.world.swarms[0].optimizer.name == "local-search"),
    Example("lr.decades 0.1", lambda s: rate(s) == pytest.approx(rate(start()) * 10**0.1, rel=3e-6)),
    Example("lr.set 0.25", lambda s: rate(s) == 0.25),
    Example(
        "lr.sweep 0.001 0.1",
        lambda s: (
            np.geomspace(1e-3, 0.1, 100)
            == pytest.approx(np.sort(np.atleast_1d(s.world.swarms[0].lr)), rel=1e-9)
        ),
    ),
    Example("momentum.step 1", lambda s: s.world.swarms[0].settings["momentum"] == MOMENTA[1]),
    Example("hyper.set weight_decay 0.5", lambda s: s.world.swarms[0].settings["weight_decay"] == 0.5),
    Example("schedule.cycle 1", lambda s: s.world.swarms[0].schedule.name == "step"),
    Example(
        "schedule.set cosine:t_max=80,warmup=5",
        lambda s: s.world.swarms[0].schedule.spec == s.experiment.schedule == "cosine:t_max=80,warmup=5",
    ),
    Example("batch.step -1", lambda s: s.world.swarms[0].batch_size == s.experiment.batch_size == 256),
    Example("batch.set 32", lambda s: s.world.swarms[0].batch_size == 32),
    Example("noise.set 0.5", lambda s: s.world.swarms[0].noise == s.experiment.noise == 0.5),
    Example("border.cycle 1", lambda s: s.world.swarms[0].border.name == "clamp"),
    Example("border.set wrap", lambda s: s.world.swarms[0].border.name == s.experiment.border == "wrap"),
    Example("space.cycle 1", lambda s: s.world.swarms[0].space.name == "exact", "breast-cancer"),
    Example("space.set whole", lambda s: s.world.whole and s.experiment.space == "whole", "breast-cancer"),
    Example("team.add adam", lambda s: optimizers(s) == ["sgd", "adam"] and s.world.tick == 0),
    Example("team.duplicate 1", lambda s: optimizers(s) == ["sgd", "sgd"]),
    Example("team.remove 2", lambda s: optimizers(s) == ["sgd"], teams=("sgd", "adam")),
    Example("team.optimizer 2 lion", lambda s: optimizers(s) == ["sgd", "lion"], teams=("sgd", "adam")),
    Example("team.lr 1 0.25", lambda s: rate(s) == 0.25),
    Example("team.set 1 momentum 0.5", lambda s: s.world.swarms[0].settings["momentum"] == 0.5),
    Example("team.schedule 1 cosine", lambda s: s.world.swarms[0].schedule.name == "cosine"),
    Example("team.batch 1 8", lambda s: s.world.swarms[0].batch_size == 8),
    Example("team.noise 1 0.5", lambda s: s.world.swarms[0].noise == 0.5),
    Example("team.border 1 wrap", lambda s: s.world.swarms[0].border.name == "wrap"),
    Example("ball.select 7", lambda s: s.view.selected == 7),
    Example("ball.next -1", lambda s: s.view.selected == 99),
    Example("leader.toggle", lambda s: s.view.leader is True and s.shows_leaders),
    Example("sample.next 2", lambda s: s.view.sample == 2, "breast-cancer"),
    Example("balls.release", lambda s: s.world.tick == 0),
    Example("balls.scale 2", lambda s: s.world.status.size == 200),
    Example("balls.set 33", lambda s: s.world.status.size == 33),
    Example("balls.start Ring", lambda s: s.experiment.start == "ring" and s.world.tick == 0),
    Example("seed.set 7", lambda s: s.experiment.seed == 7 and s.world.tick == 0),
    Example("balls.drop 0.3,0.2 5", lambda s: s.world.size == s.homes.size == 105 and s.world.tick == 40),
    Example("balls.ring 0.1,0.1 0.2 7", lambda s: s.world.size == s.homes.size == 107),
    Example("edit.undo", lambda s: rate(s) == rate(start()), before=("lr.set 0.25",)),
    Example("edit.redo", lambda s: rate(s) == 0.25, before=("lr.set 0.25", "edit.undo")),
    Example("play.pause", lambda s: s.paused),
    Example("play.step 3", lambda s: s.paused and s.world.tick == 43),
    Example("play.goto 100", lambda s: s.paused and s.world.tick == 100),
    Example("speed.step 1", lambda s: s.speed == 2.0),
    Example("speed.set 10", lambda s: s.speed == 10.0),
    Example("landscape.cycle 1", lambda s: s.world.landscape.name == "rosenbrock"),
    Example("landscape.select Rastrigin", lambda s: s.world.landscape.name == "rastrigin"),
    Example("relief.cycle 1", lambda s: s.view.relief == "log"),
    Example("relief.select Clipped", lambda s: s.view.relief == "clipped"),
    Example(
        "ground.sharpen 'x*x + y*y; domain=-2,2,-2,2'",
        lambda s: s.world.tick == 40 and s.experiment.landscape == "x*x + y*y; domain=-2,2,-2,2",
    ),
    Example("ground.shake", lambda s: s.view.shaking and s.world.swarms[0].batch_size == 32, "breast-cancer"),
    Example("brush.toggle", lambda s: s.view.brush),
    Example("brush.scale 2", lambda s: s.view.brush_radius == 0.16),
    Example("ground.sculpt 0.1,0.1 0.5 3", lambda s: s.world.landscape.title.endswith(", sculpted")),
    Example("ground.smooth 0.1,0.1 0.5", lambda s: s.world.landscape.title.endswith(", sculpted")),
    Example(
        "ground.restore",
        lambda s: s.message == "the ground is as it was made again",
        before=("ground.sculpt 0.1,0.1 0.5 3",),
    ),
    Example("theme.cycle 1", lambda s: s.view.theme == THEMES[1].name),
    Example("theme.select PAPER", lambda s: s.view.theme == "paper"),
    Example("quality.cycle -1", lambda s: s.view.quality == "ultra"),
    Example("quality.select Medium", lambda s: s.view.quality == "medium"),
    Example("camera.cycle 1", lambda s: s.camera.view == VIEWS[1][0]),
    Example("camera.look map", lambda s: s.camera.goal.elevation == 89.0),
    Example("camera.follow 1", lambda s: s.camera.view == "follow"),
    Example("camera.fly", lambda s: s.camera.flying),
    Example("camera.thrust 0 1 -2", lambda s: s.camera.flight.thrust == (0, 1, -1)),
    Example("camera.orbit 10 5", lambda s: not s.camera.drifting and s.camera.goal.elevation == 38.0),
    Example("camera.glide", lambda s: s.camera.gliding),
    Example("camera.pan 0.1 0.2", lambda s: (s.camera.goal.x, s.camera.goal.y) != (0, 0)),
    Example("camera.centre 0.5,0.25", lambda s: s.camera.goal.grounded == 1.0 and s.camera.goal.x > 0),
    Example("camera.zoom 1.5", lambda s: s.camera.goal.zoom == 1.5),
    Example("view.split", lambda s: s.view.split == 2, teams=("sgd", "adam")),
    Example("labels.toggle", lambda s: not s.view.labels),
    Example("panel.toggle", lambda s: not s.view.panel),
    Example("help.toggle", lambda s: s.view.help),
    Example("panel.cycle", lambda s: s.view.panel and s.view.controls),
    Example("controls.toggle", lambda s: s.view.controls),
    Example("controls.focus", lambda s: s.view.controls and s.view.focused),
    Example("panel.large", lambda s: s.view.large),
    Example("plot.save losses", lambda s: s.view.tables_wanted == ("losses",)),
    Example("valley.look 2", lambda s: abs(s.camera.goal.x) > 0.3, "himmelblau"),
    Example("race.fair", lambda s: s.world.tick == 0 and rate(s) > 0.01),
    Example("race.finish 0.5", lambda s: s.experiment.finish == 0.5 and s.finish is not None),
    Example("race.photo", lambda s: s.view.photo),
    Example("race.replay", lambda s: s.world.tick == 0),
    Example("session.save mine.toml", lambda s: "mine.toml" in s.message and Path("mine.toml").is_file()),
    Example(f"session.open {shlex.quote(str(DEMO))}", lambda s: s.world.landscape.name == "valleys"),
    Example("preset.cycle 1", lambda s: s.view.script == PRESETS[0] and s.lesson is not None),
    Example("preset.open random-search", lambda s: s.world.landscape.name == "rastrigin"),
    Example("tour.start", lambda s: s.view.tour is not None),
    Example("tour.skip", lambda s: s.view.tour is None, before=("tour.start",)),
    Example("film.pause", lambda s: s.message.startswith("no film is playing")),
    Example("film.jump -1", lambda s: s.message.startswith("no film is playing")),
    Example("film.goto 3", lambda s: s.message.startswith("no film is playing")),
    Example("record.toggle", lambda s: s.view.recording),
    Example("replay.toggle", lambda s: s.view.replaying),
    Example("picture.take", lambda s: s.view.pictures_wanted == 1),
    Example("window.fullscreen", lambda s: s.view.fullscreen),
    Example("palette.open", lambda s: s.view.palette == Palette()),
    Example("app.leave", lambda s: s.view.closing),
    Example("app.quit", lambda s: s.view.closing),
)


def optimizers(session: Session) -> list[str]:
    return [swarm.optimizer.name for swarm in session.world.swarms]


def rate(session: Session) -> float:
    return float(np.median(session.world.swarms[0].lr))


def test_every_command_has_an_example() -> None:
    assert [example.line.split()[0] for example in EXAMPLES] == [command.name for command in COMMANDS]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.line)
def test_every_command_does_what_it_says(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session = start(*example.before, landscape=example.landscape, optimizers=example.teams)
    assert not example.seen(session)
    session.execute(example.line)
    assert example.seen(session)
    assert session.log[-1][1] == example.line


WITHOUT_RESET = [
    *(f"optimizer.select {name}" for name in OPTIMIZER_NAMES),
    "lr.decades 0.1",
    "lr.decades -1",
    "lr.set 0.3",
    "momentum.step 2",
    "hyper.set momentum 0.9",
    "hyper.set maximize true",
    "hyper.set weight_decay 0.01",
    "hyper.set clip_norm 0.5",
    "hyper.set sam 0.01",
    "schedule.set plateau:every=5",
    "batch.set 8",
    "noise.set 0.1",
    "border.set reflect",
    "speed.step 1",
    "theme.cycle 1",
    "relief.cycle 1",
    "camera.cycle 1",
]


@pytest.mark.parametrize("line", WITHOUT_RESET)
def test_balls_stay_where_they_are_when_the_optimizer_changes(line: str) -> None:
    session = start()
    world, positions = session.world, session.world.positions.copy()
    session.execute(line)
    assert session.world is world
    assert session.world.tick == 40
    np.testing.assert_array_equal(session.world.positions, positions)
    session.advance(1)
    assert session.world.tick == 41


@pytest.mark.parametrize("name", OPTIMIZER_NAMES)
def test_every_optimizer_takes_every_knob_while_it_rolls(name: str) -> None:
    session = start(f"optimizer.select {name}", "lr.decades 0.3", "momentum.step -1", "momentum.step 2")
    for hyper in session.world.swarms[0].optimizer.hyper:
        value = session.world.swarms[0].settings[hyper.name]
        session.execute(f"hyper.set {hyper.name} {str(value).lower()}")
    session.advance(5)
    assert np.isfinite(session.world.positions).all()


def test_a_release_starts_from_the_same_places_with_what_was_chosen_meanwhile() -> None:
    session = start(steps=0)
    positions = session.world.positions.copy()
    session.advance(25)
    for line in ("optimizer.select adam", "lr.decades 0.1", "momentum.step -1", "hyper.set eps 0.001"):
        session.execute(line)
    swarm = session.world.swarms[0]
    wanted = (swarm.optimizer, swarm.lr, swarm.settings)
    assert (session.world.positions != positions).any()
    session.execute("balls.release")
    np.testing.assert_array_equal(session.world.positions, positions)
    assert session.world.tick == 0
    swarm = session.world.swarms[0]
    assert (swarm.optimizer, swarm.lr, swarm.settings) == wanted
    session.execute("seed.set 1")
    assert (session.world.positions != positions).any()


def test_a_sweep_outlives_releases_and_another_number_of_balls() -> None:
    session = start("lr.sweep 1e-4 1e-2", "lr.decades 1", "balls.set 50", "balls.release")
    rates = np.asarray(session.world.swarms[0].lr)
    np.testing.assert_allclose(np.sort(rates), np.geomspace(1e-3, 0.1, 50))
    session.execute("optimizer.select adam")
    assert np.ndim(session.world.swarms[0].lr) == 0


def test_in_a_race_a_release_keeps_every_teams_own_rate_and_settings() -> None:
    session = start("lr.decades 0.5", "momentum.step 1", optimizers=("sgd", "adam", "lion"))
    chosen = [(swarm.lr, swarm.settings) for swarm in session.world.swarms]
    assert len({rate for rate, _ in chosen}) == 3
    session.execute("balls.release")
    assert [(swarm.lr, swarm.settings) for swarm in session.world.swarms] == chosen
    session.execute("optimizer.select nadam")
    session.execute("balls.release")
    assert [swarm.optimizer.name for swarm in session.world.swarms] == ["nadam"] * 3


def test_single_steps_are_counted_at_once() -> None:
    session = start("balls.release", steps=0, landscape="saddle", lr=10.0)
    for _ in range(32):
        session.execute("play.step 1")
    assert session.world.tick == 32
    assert session.counts == session.world.counts()
    assert session.counts["rolling"] < 100


@pytest.mark.parametrize("decades", [0.1, 1.0, -0.1])
def test_ten_up_and_ten_down_end_at_the_same_rate(decades: float) -> None:
    session = start("lr.decades 0")
    before = session.world.swarms[0].lr
    for line in [f"lr.decades {decades}"] * 10 + [f"lr.decades {-decades}"] * 10:
        session.execute(line)
    assert session.world.swarms[0].lr == before
    assert before == pytest.approx(rate(start()), rel=3e-6)
    for _ in range(10):
        session.execute("lr.decades 0.1")
    assert rate(session) == pytest.approx(10 * rate(start()), rel=1e-5)


def test_momentum_climbs_its_ladder_and_stops_at_its_ends() -> None:
    session, seen = start("optimizer.select sgd"), []
    for _ in range(len(MOMENTA) + 2):
        seen.append(session.world.swarms[0].settings["momentum"])
        session.execute("momentum.step 1")
    assert seen == [*MOMENTA, MOMENTA[-1], MOMENTA[-1]]
    session.execute("momentum.step -100")
    assert session.world.swarms[0].settings["momentum"] == 0
    session.execute("optimizer.select adam")
    session.execute("momentum.step 1")
    assert session.world.swarms[0].settings["beta1"] == 0.95
    session.execute("optimizer.select adagrad")
    session.execute("momentum.step 1")
    assert "no momentum" in session.message


def test_speed_climbs_its_ladder_and_stops_at_its_ends() -> None:
    session = start("speed.step -100")
    seen = []
    for _ in range(len(SPEEDS) + 1):
        seen.append(session.speed)
        session.execute("speed.step 1")
    assert seen == [*SPEEDS, SPEEDS[-1]]


def test_balls_double_and_halve_and_stop_at_their_ends() -> None:
    session = start("balls.scale 2", "balls.scale 2", "balls.scale 0.5")
    assert session.world.status.size == 200
    session.execute("balls.scale 1e-30")
    assert session.world.status.size == 1
    race = start("balls.scale 0.001", optimizers=("sgd", "adam", "lion"))
    assert race.world.status.size == 3
    race.execute("balls.scale 1e308")
    assert race.world.status.size == 1_048_576


def test_landscapes_cycle_through_all_names_and_back() -> None:
    session = Session(Experiment(balls=2), commands.apply)
    seen = []
    for _ in landscapes.names():
        seen.append(session.world.landscape.name)
        session.execute("landscape.cycle 1")
    assert seen == landscapes.names()
    assert session.world.landscape.name == seen[0]
    for _ in landscapes.names():
        session.execute("landscape.cycle -1")
        seen.append(session.world.landscape.name)
    assert seen[len(seen) // 2 :] == landscapes.names()[::-1]


def test_cycling_goes_on_from_a_name_typed_in_another_way() -> None:
    session = Session(Experiment(landscape=" Six_Hump Camel", balls=2), commands.apply)
    session.execute("landscape.cycle 1")
    assert session.world.landscape.name == "eggholder"


def test_a_new_landscape_starts_with_its_own_rate() -> None:
    for optimizer in ("sgd", "adam"):
        session = start(f"optimizer.select {optimizer}", "lr.set 77", "landscape.select rosenbrock")
        own = Session(Experiment("rosenbrock", (optimizer,), balls=100), commands.apply)
        assert session.world.digest() == own.world.digest()


def test_what_was_chosen_for_data_does_not_break_a_landscape_without() -> None:
    session = start(landscape="breast-cancer", batch_size=32)
    session.execute("landscape.select bowl")
    assert session.world.swarms[0].batch_size is None


def test_batches_climb_their_ladder_from_one_sample_to_all() -> None:
    session, seen = start(landscape="breast-cancer"), []
    for step in [-1] * 11 + [1] * 10:
        session.execute(f"batch.step {step}")
        seen.append(session.world.swarms[0].batch_size)
    down = [256, 128, 64, 32, 16, 8, 4, 2, 1]
    assert seen == [*down, 1, 1, *down[-2::-1], None, None]


def test_all_optimizers_and_schedules_can_be_cycled_through() -> None:
    session, seen = start(), []
    for _ in OPTIMIZERS:
        session.execute("optimizer.cycle 1")
        session.advance(3)
        seen.append(session.world.swarms[0].optimizer.name)
    assert seen == [*OPTIMIZER_NAMES[1:], OPTIMIZER_NAMES[0]]
    schedules = []
    for _ in SCHEDULES:
        session.execute("schedule.cycle 1")
        session.advance(3)
        schedules.append(session.world.swarms[0].schedule.name)
    assert sorted(schedules) == sorted(row.name for row in SCHEDULES)


def test_what_was_chosen_while_balls_rolled_stays_at_a_release() -> None:
    session = start("schedule.set step:step_size=9", "batch.set 4", "noise.set 0.5", "border.set reflect")
    session.execute("balls.release")
    (swarm,) = session.world.swarms
    assert (swarm.schedule.spec, swarm.batch_size, swarm.noise, swarm.border.name) == (
        "step:step_size=9",
        4,
        0.5,
        "reflect",
    )


@pytest.mark.parametrize(("landscape", "first"), [("ravine", "linear"), ("himmelblau", "log")])
def test_reliefs_cycle_both_ways_from_the_one_that_is_shown(landscape: str, first: str) -> None:
    session = start(landscape=landscape)
    for steps in (1, -1):
        at = RELIEFS.index(first)
        session.execute("relief.select auto")
        for number in range(1, len(RELIEFS) + 1):
            session.execute(f"relief.cycle {steps}")
            assert session.view.relief == RELIEFS[(at + steps * number) % len(RELIEFS)]
            assert session.message.startswith(f"{session.view.relief} height")
    session.execute("relief.select auto")
    assert session.message.startswith(f"{first} height")


def test_another_landscape_starts_with_the_relief_that_suits_it() -> None:
    seen = [
        start("relief.select equalised", *lines).view.relief
        for lines in (("balls.release",), ("landscape.cycle 1",))
    ]
    assert seen == ["equalised", "auto"]


def test_a_relief_changes_nothing_but_the_picture() -> None:
    session, other = start(), start()
    for relief in ("auto", *RELIEFS):
        session.execute(f"relief.select {relief}")
        session.advance(10)
    other.advance(10 * (len(RELIEFS) + 1))
    assert session.world.digest() == other.world.digest()


@pytest.mark.parametrize("names", [[theme.name for theme in THEMES]])
def test_themes_cycle_both_ways(names: list[str]) -> None:
    session = start()
    seen = []
    for _ in names:
        session.execute("theme.cycle -1")
        seen.append(session.view.theme)
    assert seen == names[:0:-1] + names[:1]


def test_leaving_closes_the_palette_then_help_then_full_screen_then_the_game() -> None:
    session = start("help.toggle", "window.fullscreen", "palette.open")
    session.execute("app.leave")
    assert (session.view.palette, session.view.help) == (None, True)
    states = []
    for _ in range(3):
        session.execute("app.leave")
        states.append((session.view.help, session.view.fullscreen, session.view.closing))
    assert states == [(False, True, False), (False, False, False), (False, False, True)]


def test_in_a_race_a_setting_goes_to_the_optimizers_that_have_it() -> None:
    session = start("hyper.set beta2 0.5", optimizers=("adam", "sgd"))
    assert session.world.swarms[0].settings["beta2"] == 0.5
    session.execute("hyper.set weight_decay 0.125")
    assert [swarm.settings["weight_decay"] for swarm in session.world.swarms] == [0.125, 0.125]
    session.execute("balls.release")
    assert session.world.swarms[0].settings["beta2"] == 0.5
    assert [swarm.settings["weight_decay"] for swarm in session.world.swarms] == [0.125, 0.125]


BAD_LINES = [
    ("", "an empty command"),
    ("   ", "an empty command"),
    ("optimiser.select adam", "did you mean optimizer.select"),
    ("nonsense", "unknown command 'nonsense'"),
    ("play.pause now", "1 arguments given; the command is 'play.pause'"),
    ("lr.set", "0 arguments given; the command is 'lr.set rate'"),
    ("hyper.set momentum", "1 arguments given; the command is 'hyper.set name value'"),
    ("theme.select 'paper", "cannot read the command"),
    ("optimizer.select adma", "did you mean adam"),
    ("landscape.select rastrign", "did you mean rastrigin"),
    ("theme.select papier", "did you mean paper"),
    ("relief.select clip", "did you mean clipped"),
    ("camera.look mpa", "did you mean map"),
    ("hyper.set momentun 0.9", "did you mean momentum"),
    ("hyper.set momentum nan", "momentum must be a number"),
    ("hyper.set momentum 7", "momentum must be a number from 0"),
    ("hyper.set momentum true", "momentum must be a number"),
    ("hyper.set maximize 0.5", "maximize must be true or false"),
    ("lr.set 0", "lr must be a number above 0"),
    ("lr.set -1", "lr must be a number above 0"),
    ("lr.set nan", "the learning rate must be a number"),
    ("lr.set fast", "the learning rate must be a number, not 'fast'"),
    ("lr.sweep 0.1 0.1", "the smaller first"),
    ("lr.sweep 0 1", "two numbers above 0"),
    ("lr.sweep a 1", "the lowest rate must be a number"),
    ("lr.decades inf", "decades must be a number"),
    ("lr.decades 400", "lr must be a number above 0"),
    ("lr.decades -400", "lr must be a number above 0"),
    ("schedule.set cosinus", "did you mean cosine"),
    ("schedule.set cosine:t_max=soon", "t_max must be a whole number"),
    ("batch.set 0", "batch size must be at least 1"),
    ("batch.set few", "the batch size must be a number"),
    ("noise.set -1", "noise must be"),
    ("border.set bounce", "unknown border"),
    ("hyper.set clip_norm -1", "clip_norm must be a number"),
    ("speed.set 0", "the speed must lie between"),
    ("speed.set 101", "the speed must lie between"),
    ("play.step 0", "steps must be from 1"),
    ("play.step -3", "steps must be from 1"),
    ("play.step 1.5", "steps must be a whole number"),
    (f"play.step {MOST_STEPS + 1}", "steps must be from 1"),
    ("balls.set 0", "at least 1 ball"),
    ("balls.set 1e12", "GB of memory"),
    ("balls.set many", "balls must be a number"),
    ("balls.scale 0", "must be above 0"),
    ("balls.scale -2", "must be above 0"),
    ("seed.set -1", "seed must be"),
    ("seed.set 0.5", "must be a whole number"),
    ("camera.zoom 0", "must be above 0"),
    ("camera.orbit a b", "degrees must be a number"),
]


@pytest.mark.parametrize(("line", "words"), BAD_LINES)
def test_a_bad_line_says_why_in_one_line_and_changes_nothing(line: str, words: str) -> None:
    session = start()
    before = (session.world, session.world.digest(), session.experiment, session.paused, session.speed)
    goal, log = session.camera.goal, list(session.log)
    with pytest.raises(InputError) as caught:
        session.execute(line)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert before == (
        session.world,
        session.world.digest(),
        session.experiment,
        session.paused,
        session.speed,
    )
    assert (session.camera.goal, session.log) == (goal, log)
    session.apply(line)
    assert session.message == str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "camera.orbit 1e308 1e308",
        "camera.pan 1e308 -1e308",
        "camera.zoom 1e308",
        "camera.zoom 1e-308",
        "seed.set 1e40",
    ],
)
def test_huge_numbers_do_no_harm(line: str) -> None:
    session = start(line, line, noise=0.5)
    session.tick(0.1)
    pose = session.camera.pose
    assert all(math.isfinite(number) for number in (pose.azimuth, pose.elevation, pose.zoom, pose.x, pose.y))
    assert np.isfinite(session.world.positions).all()


def test_off_a_network_there_is_only_the_map() -> None:
    session = start()
    world = session.world
    session.apply("space.cycle 1")
    assert session.world is world
    assert "not the landscape of a network" in session.message


def test_whole_networks_are_fewer_and_another_landscape_has_none() -> None:
    session = start(landscape="breast-cancer")
    session.execute("balls.set 5000")
    session.execute("space.set whole")
    assert session.world.status.size == 4096
    assert "4,096 of them" in session.message
    session.execute("landscape.select bowl")
    assert not session.world.whole


def test_rates_that_suit_the_map_are_not_those_of_whole_networks() -> None:
    session = start(landscape="breast-cancer")
    on_map = rate(session)
    session.execute("space.set whole")
    assert rate(session) == rate(start(landscape="breast-cancer", space="whole")) != on_map
    session.execute("space.set map")
    assert rate(session) == on_map
