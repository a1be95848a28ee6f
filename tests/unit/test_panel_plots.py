"""Plots, the map of the valleys, starts and schedules in the controls: what a hand does where they are drawn."""

from collections.abc import Iterator

import moderngl
import numpy as np
import numpy.typing as npt
import pygame
import pytest

from game import commands
from game.commands import COMMANDS
from game.commands.command import Command
from game.commands.sweep import count_rates
from game.commands.tables import TABLES
from game.panel.controls import widgets
from game.panel.controls.basins import paint_valleys
from game.panel.controls.desk import Kept
from game.panel.controls.scales import scale_of_parameter
from game.panel.controls.window import SECTIONS
from game.panel.renderer import ImguiRenderer
from game.scene.terrain import build_terrain
from game.scene.theme import get_theme
from game.session import Experiment, Session
from game.simulation import SCHEDULES
from game.simulation.schedules import Parameter
from tests.unit.test_panel_controls import Hand

UNSHOWN = (
    # The panel addresses each team by its number.
    *("optimizer.select", "optimizer.cycle", "lr.decades", "lr.set", "momentum.step", "hyper.set"),
    *("schedule.cycle", "schedule.set", "batch.step", "batch.set", "noise.set", "border.cycle", "border.set"),
    # A list shows all that a key cycles through.
    *("space.cycle", "landscape.cycle", "relief.cycle", "theme.cycle", "quality.cycle", "camera.cycle"),
    *("preset.cycle", "speed.step", "balls.scale"),
    # What the mouse does on the ground, and some of it on the map.
    *(
        "balls.drop",
        "balls.ring",
        "camera.centre",
        "ground.sculpt",
        "ground.smooth",
        "camera.thrust",
        "camera.orbit",
        "camera.glide",
    ),
    *("camera.pan", "ball.select"),
    # What leads to and from the panel, and what needs words.
    *(
        "panel.cycle",
        "controls.toggle",
        "controls.focus",
        "tour.skip",
        # What has a bar of its own, and what a scan does by itself.
        "film.pause",
        "film.jump",
        "film.goto",
        "ground.sharpen",
        "palette.open",
        "app.leave",
        "app.quit",
        "session.save",
        "session.open",
    ),
    *("race.finish",),
    # Of the ball or the network that is looked at.
    *("ball.next", "sample.next", "camera.follow", "camera.fly"),
)
"""Commands that no widget's tooltip names, and why."""


@pytest.fixture
def hand(context: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hand]:
    made = Hand(context, monkeypatch)
    yield made
    made.panel.release()


def named(hand: Hand, ending: str) -> str:
    """The label of a widget that begins with its number."""
    hand.places.clear()
    hand.look()
    (label,) = (label for label in hand.places if label.endswith(ending))
    return label


def wait_for_map(hand: Hand, sent: list[int]) -> None:
    for _ in range(400):
        hand.look(1)
        if sent:
            return
        pygame.time.wait(5)
    raise AssertionError("no map")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    numbers: list[int] = []
    upload = ImguiRenderer.upload

    def count(renderer: ImguiRenderer, pixels: npt.NDArray[np.uint8]) -> int:
        numbers.append(upload(renderer, pixels))
        return numbers[-1]

    monkeypatch.setattr(ImguiRenderer, "upload", count)
    return numbers


def test_every_command_has_a_widget_or_a_reason(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    told: set[str] = set()

    def listen(line: str) -> tuple[Command, list[str]]:
        told.add(line.split(maxsplit=1)[0])
        return commands.parse(line)

    monkeypatch.setattr(widgets, "parse", listen)
    widgets.tell.cache_clear()
    hand.session.execute("brush.toggle")
    hand.session.execute("ground.sculpt 0,0 0.5 1")
    for section in SECTIONS:
        hand.unfold(section.name)
    hand.unfold("plots")
    hand.click("sweep")
    hand.session.execute("landscape.select breast-cancer")
    hand.unfold("swarms")
    assert told & set(UNSHOWN) == set()
    assert {command.name for command in COMMANDS} - told - set(UNSHOWN) == set()


def test_everything_in_a_plot_says_what_it_does(hand: Hand) -> None:
    hand.session.execute("lr.sweep 0.001 1")
    hand.unfold("plots")
    for table in TABLES:
        hand.click(table.name)
        hand.look()
        assert hand.untold == set()
        hand.click("copy")
        assert hand.session.message == f"copied the numbers of {table.name}"


def test_a_sweep_is_one_click_away_and_tells_its_best_rate(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    monkeypatch.setattr(pygame.scrap, "put_text", copied.append)
    hand.unfold("plots")
    hand.click("sweep")
    hand.click("give each ball its own")
    assert [line.split()[0] for line in hand.lines] == ["lr.sweep", "balls.release"]
    assert hand.session.world.tick == 0
    assert all(swarm.rates.swept for swarm in hand.session.world.swarms)
    hand.session.advance(150)
    hand.look()
    hand.click(named(hand, "##best rate"))
    found = count_rates(hand.session, 0)
    place = int(np.argmin(found.losses[2]))
    assert found.rates[place] <= float(copied[0]) * 1.01
    assert float(copied[0]) <= found.rates[place + 1] * 1.01


def test_the_map_is_coloured_as_water_runs() -> None:
    session = Session(Experiment("six-hump-camel", balls=10), commands.apply)
    world, theme = session.world, get_theme("paper")
    terrain = build_terrain(world.landscape)
    picture = paint_valleys(world.landscape, world.valleys, terrain, theme, race=False)
    height, width, _ = picture.shape
    assert height / width == pytest.approx(terrain.half_size[1] / terrain.half_size[0], abs=0.01)
    x_min, x_max, y_min, y_max = world.landscape.domain
    colours = np.array([[int(colour[k : k + 2], 16) for k in (1, 3, 5)] for colour in theme.teams], float)
    shades = colours[:6] / np.linalg.norm(colours[:6], axis=1, keepdims=True)
    rows, columns = np.mgrid[8:height:16, 8:width:16].reshape(2, -1)
    x = x_min + (columns + 0.5) / width * (x_max - x_min)
    y = y_max - (rows + 0.5) / height * (y_max - y_min)
    pixels = picture[rows, columns, :3].astype(float)
    # Light and shade change how bright a colour is, hardly its hue.
    seen = (pixels / np.linalg.norm(pixels, axis=1, keepdims=True) @ shades.T).argmax(axis=1)
    assert (seen == world.valleys.label(np.stack([x, y]))).mean() > 0.95


def test_a_click_on_the_map_looks_there_and_the_other_button_drops_a_ball(
    sent: list[int], hand: Hand
) -> None:
    hand.unfold("valleys")
    wait_for_map(hand, sent)
    left, top, right, bottom = hand.places["map"]
    at = left + 0.75 * (right - left), top + 0.1 * (bottom - top)
    hand.move(at)
    hand.press(at)
    hand.let_go(at)
    assert [line.split()[0] for line in hand.lines] == ["camera.centre"]
    x, y = map(float, hand.lines[0].split()[1].split(","))
    assert (x, y) == pytest.approx((2.5, 4), abs=0.1)
    before = hand.session.world.size
    hand.send(pygame.MOUSEBUTTONDOWN, pos=at, button=3)
    hand.look()
    hand.send(pygame.MOUSEBUTTONUP, pos=at, button=3)
    hand.look()
    assert hand.lines[1:] == [f"balls.drop {hand.lines[0].split()[1]} 1"]
    assert hand.session.world.size == before + 2


def test_the_map_is_made_once_for_a_ground(sent: list[int], hand: Hand) -> None:
    hand.unfold("valleys")
    wait_for_map(hand, sent)
    for line in ("balls.release", "seed.set 5", "play.step 20"):
        hand.session.execute(line)
        hand.look(5)
    pygame.time.wait(60)
    hand.look(3)
    assert len(sent) == 1
    hand.session.execute("ground.sculpt 0,0 1 50")
    sent.clear()
    wait_for_map(hand, sent)


def test_numbers_of_a_valley_are_copied_in_full(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr(pygame.scrap, "put_text", copied.append)
    hand.unfold("valleys")
    for name in ("loss", "x", "y", "balls"):
        hand.click(named(hand, f"##{name} 1"))
    valley = hand.session.census[1]
    assert list(map(float, copied)) == [valley.loss, valley.x, valley.y, valley.balls]
    assert hand.lines == []


def test_a_start_is_chosen_and_moved(hand: Hand) -> None:
    hand.unfold("play")
    hand.click("##start")
    hand.click("point")
    assert hand.lines == ["balls.start point:-2.5,-2.5"]
    hand.look()
    hand.click("##x", 0.99)
    assert hand.lines[1].startswith("balls.start point:")
    places = hand.session.world.positions
    assert places[0].min() > 4.5
    np.testing.assert_allclose(places[1], -2.5, atol=0.2)
    hand.click("##start")
    hand.click("ring")
    assert hand.session.experiment.start == "ring"
    hand.places.clear()
    hand.look()
    assert "##x" not in hand.places


def test_parameters_of_a_schedule_are_sliders(hand: Hand) -> None:
    hand.unfold("swarms")
    hand.session.execute("team.schedule 1 cosine")
    hand.look()
    hand.click("##t_max", 0.5)
    plan = hand.session.world.swarms[0].schedule
    assert hand.lines[-1] == f"team.schedule 1 cosine:t_max={plan.values['t_max']:g}"
    assert 50 < plan.values["t_max"] < 500
    assert "##warmup_factor" not in hand.places
    hand.click("##warmup", 0.5)
    hand.look()
    assert "##warmup_factor" in hand.places
    assert hand.session.world.swarms[0].schedule.values["t_max"] == plan.values["t_max"]


@pytest.mark.parametrize("row", {row.name: row for plan in SCHEDULES for row in plan.parameters}.values())
def test_a_slider_of_a_schedule_reaches_only_what_it_takes(row: Parameter) -> None:
    scale = scale_of_parameter(row)
    values = [scale.value(share) for share in np.linspace(0, 1, 41).tolist()]
    assert values == sorted(values)
    assert all(row.low <= value <= row.high for value in values)
    assert not row.whole or all(value == int(value) for value in values)
    assert len(set(values)) > 5
    assert scale.value(scale.share(row.default)) == pytest.approx(row.default, rel=0.02, abs=1e-12)


def test_the_quality_is_chosen(hand: Hand) -> None:
    hand.unfold("look")
    hand.click("##quality")
    hand.click("medium")
    assert hand.session.view.quality == "medium"


def test_what_was_worked_out_is_kept_until_a_source_is_another_object() -> None:
    made: list[int] = []

    def make() -> int:
        made.append(len(made))
        return made[-1]

    kept, source = Kept(), [1.0]
    assert [kept.find("a", (source, 1), make) for _ in range(3)] == [0, 0, 0]
    assert kept.find("b", (source, 1), make) == 1
    assert kept.find("a", ([1.0], 1), make) == 2
