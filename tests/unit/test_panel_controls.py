"""The controls, through the real Dear ImGui: what a hand does at the places where widgets are drawn."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import moderngl
import numpy as np
import numpy.typing as npt
import pygame
import pytest
from imgui_bundle import imgui

from game import commands
from game.app import App
from game.panel.controls.landscape import find_entries
from game.panel.controls.scales import NOISE, SPEED, rates_around, scale_of
from game.panel.controls.thumbnails import TEXELS, colour, measure_tones
from game.panel.controls.window import SECTIONS
from game.panel.panel import Panel
from game.panel.renderer import ImguiRenderer
from game.panel.settings import Arrangement, read_arrangement, write_arrangement
from game.scene.frame import Stage
from game.scene.theme import THEMES, encode, get_theme
from game.session import Experiment, Session
from game.simulation import OPTIMIZERS
from game.studio import open_studio

Size = tuple[int, int]
Place = tuple[float, float, float, float]
SIZE: Size = (1280, 720)
SLAB = (500, 350)
WIDGETS = (
    "begin_combo",
    "button",
    "checkbox",
    "collapsing_header",
    "input_int",
    "input_text_with_hint",
    "invisible_button",
    "selectable",
    "slider_float",
    "tree_node_ex",
)


class Hand:
    """A panel with its controls open, and somebody at mouse and keys."""

    def __init__(self, context: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> None:
        self.session = Session(Experiment("himmelblau", ("sgd", "adam"), balls=60), commands.apply)
        self.session.advance(30)
        self.session.paused = self.session.view.controls = True
        self.panel = Panel(context)
        self.places: dict[str, Place] = {}
        self.untold: set[str] = set()
        self.size = SIZE
        self._stage = Stage(64)
        for name in WIDGETS:
            monkeypatch.setattr(imgui, name, self._watched(getattr(imgui, name)))
        monkeypatch.setattr(imgui, "set_item_tooltip", self._told(imgui.set_item_tooltip))

    def _watched(self, widget: Callable[..., Any]) -> Callable[..., Any]:
        def draw(label: str, *arguments: Any) -> Any:
            answer = widget(label, *arguments)
            # A list that is open has its rows where the tooltip would be.
            if not (widget.__name__ == "begin_combo" and answer):
                low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
                self.places[label] = (low.x, low.y, high.x, high.y)
                self.untold.add(label)
                self._last = label
            return answer

        return draw

    def _told(self, tell: Callable[[str], None]) -> Callable[[str], None]:
        def say(text: str) -> None:
            self.untold.discard(self._last)
            tell(text)

        return say

    def unfold(self, *names: str) -> None:
        self.panel.arrangement.opened = set(names)
        self.look()

    def look(self, frames: int = 2) -> None:
        """Let time pass, and the panel be drawn."""
        for _ in range(frames):
            self.session.tick(0.02)
            frame = self._stage.build_frame(self.session, self.size)
            self.panel.lay_out(self.session, frame.terrain, (), self.size)

    def send(self, kind: int, **what: Any) -> bool:
        return self.panel.take(pygame.event.Event(kind, what))

    def move(self, at: tuple[float, float]) -> bool:
        taken = self.send(pygame.MOUSEMOTION, pos=at, rel=(0, 0), buttons=(0, 0, 0))
        self.look()
        return taken

    def press(self, at: tuple[float, float]) -> bool:
        taken = self.send(pygame.MOUSEBUTTONDOWN, pos=at, button=1)
        self.look()
        return taken

    def let_go(self, at: tuple[float, float]) -> bool:
        taken = self.send(pygame.MOUSEBUTTONUP, pos=at, button=1)
        self.look()
        return taken

    def find(self, label: str, share: float = 0.5) -> tuple[float, float]:
        left, top, right, bottom = self.places[label]
        return left + share * (right - left), (top + bottom) / 2

    def click(self, label: str, share: float = 0.5) -> None:
        at = self.find(label, share)
        assert [self.move(at), self.press(at), self.let_go(at)] == [True] * 3

    def type(self, text: str) -> list[bool]:
        """Type; which of the keys the panel took."""
        taken = []
        for letter in text:
            taken.append(self.send(pygame.KEYDOWN, key=ord(letter), mod=0, unicode=letter))
            self.send(pygame.TEXTINPUT, text=letter)
            self.send(pygame.KEYUP, key=ord(letter), mod=0)
            self.look()
        return taken

    def strike(self, key: int) -> bool:
        taken = self.send(pygame.KEYDOWN, key=key, mod=0, unicode="")
        self.look()
        self.send(pygame.KEYUP, key=key, mod=0)
        self.look()
        return taken

    @property
    def lines(self) -> list[str]:
        return [line for _, line in self.session.log]


@pytest.fixture
def hand(context: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hand]:
    made = Hand(context, monkeypatch)
    yield made
    made.panel.release()


def test_a_slider_sends_the_line_that_its_place_means(hand: Hand) -> None:
    hand.unfold("swarms")
    usual = float(np.median(hand.session.world.swarms[0].lr))
    hand.click("##learning rate", 0.75)
    chosen = float(np.median(hand.session.world.swarms[0].lr))
    assert hand.lines[-1] == f"team.lr 1 {chosen:g}"
    assert np.log10(chosen / usual) == pytest.approx(1.5, abs=0.1)
    assert float(np.median(hand.session.world.swarms[1].lr)) != chosen


def test_the_knobs_are_those_of_the_chosen_team(hand: Hand) -> None:
    hand.unfold("swarms")
    hand.click("##team1")
    assert "##beta2" in hand.places
    hand.click("##beta1", 0.02)
    assert [line.split()[:3] for line in hand.lines] == [["team.set", "2", "beta1"]]
    assert 0 <= hand.session.world.swarms[1].settings["beta1"] < 0.6
    hand.click("##amsgrad")
    assert hand.lines[-1] == "team.set 2 amsgrad true"


def test_teams_are_added_duplicated_and_removed(hand: Hand) -> None:
    hand.unfold("swarms")
    hand.click("add")
    hand.click("Lion")
    hand.click("duplicate")
    hand.click("##team0")
    hand.click("remove")
    assert [line.split()[0] for line in hand.lines] == ["team.add", "team.duplicate", "team.remove"]
    assert [swarm.optimizer.name for swarm in hand.session.world.swarms] == ["adam", "lion", "lion"]


def test_play_goes_steps_and_is_released_again(hand: Hand) -> None:
    hand.unfold("play")
    hand.click("##speed", 0.999)
    assert hand.session.speed == pytest.approx(100, rel=0.05)
    hand.click("one step")
    assert hand.session.world.tick == 31
    hand.click("##step")
    hand.strike(pygame.K_END)
    for _ in range(4):
        hand.strike(pygame.K_BACKSPACE)
    assert hand.type("45") == [True, True]
    assert hand.strike(pygame.K_RETURN)
    assert hand.lines[-1] == "play.goto 45"
    assert hand.session.world.tick == 45
    hand.click("new seed")
    assert (hand.session.experiment.seed, hand.session.world.tick) == (1, 0)
    hand.click("###pause", 0.5) if "###pause" in hand.places else hand.click("go on###pause")
    assert not hand.session.paused


def test_what_is_typed_into_a_field_does_not_reach_the_game(hand: Hand) -> None:
    hand.unfold("landscape")
    assert hand.type("n") == [False]
    hand.click("##search")
    assert hand.type("rosen") == [True] * 5
    hand.places.clear()
    hand.look()
    assert {"##rosenbrock"} <= {name for name in hand.places if name.startswith("##")}
    assert "##himmelblau" not in hand.places
    hand.click("##rosenbrock")
    assert hand.session.world.landscape.name == "rosenbrock"
    assert hand.type("n") == [False]


def test_escape_closes_a_list_and_ends_writing_before_it_reaches_the_game(hand: Hand) -> None:
    hand.unfold("swarms", "landscape")
    hand.click("##optimizer")
    assert "lion" in hand.places
    assert hand.strike(pygame.K_ESCAPE)
    hand.places.clear()
    hand.look()
    assert "lion" not in hand.places
    hand.click("##search")
    assert hand.strike(pygame.K_ESCAPE)
    assert not hand.strike(pygame.K_ESCAPE)
    assert hand.lines == []


def test_a_formula_that_is_typed_rolls(hand: Hand) -> None:
    hand.unfold("landscape")
    hand.click("##formula")
    hand.type("x*x + 2*y*y")
    hand.strike(pygame.K_RETURN)
    assert hand.lines == ["landscape.select 'x*x + 2*y*y'"]
    assert hand.session.world.landscape.value(np.array([[1.0], [1.0]]))[0] == 3


def test_who_presses_first_has_the_mouse_until_it_is_let_go(hand: Hand) -> None:
    hand.unfold("swarms")
    slider = hand.find("##momentum", 0.3)
    assert [hand.move(SLAB), hand.press(SLAB), hand.move(slider), hand.let_go(slider)] == [False] * 4
    assert hand.lines == []
    assert [hand.move(slider), hand.press(slider), hand.move(SLAB), hand.let_go(SLAB)] == [True] * 4
    assert hand.lines
    assert hand.session.world.swarms[0].settings["momentum"] == 0
    assert hand.move(SLAB) is False
    assert hand.send(pygame.MOUSEWHEEL, x=0, y=1) is False
    hand.move(slider)
    assert hand.send(pygame.MOUSEWHEEL, x=0, y=1) is True


def test_hidden_controls_take_nothing(hand: Hand) -> None:
    hand.unfold("swarms")
    slider = hand.find("##momentum")
    hand.session.view.controls = False
    hand.look()
    assert [hand.move(slider), hand.press(slider), hand.let_go(slider)] == [False] * 3
    assert hand.lines == []


def test_the_left_edge_is_drawn_and_the_slab_keeps_clear(hand: Hand) -> None:
    hand.look()
    before = hand.panel.safe_area(hand.session, SIZE)
    edge = hand.find("width")
    hand.move(edge)
    hand.press(edge)
    hand.move((edge[0] - 100, edge[1]))
    hand.let_go((edge[0] - 100, edge[1]))
    assert hand.panel.arrangement.width == pytest.approx(400, abs=5)
    after = hand.panel.safe_area(hand.session, SIZE)
    assert after[2] == pytest.approx(before[2] - 100 / SIZE[0], abs=0.005)
    hand.session.view.controls = False
    assert hand.panel.safe_area(hand.session, SIZE)[2] > before[2] + 0.2


@pytest.mark.parametrize("size", [(640, 480), SIZE, (720, 1280), (3840, 2160)])
def test_every_section_fits_and_every_widget_says_what_it_does(hand: Hand, size: Size) -> None:
    hand.size = size
    hand.session.execute("team.schedule 1 cosine")
    for section in SECTIONS:
        hand.unfold(section.name)
        left = min(place[0] for place in hand.places.values())
        assert all(place[2] <= size[0] for place in hand.places.values())
        assert left > 0.4 * size[0]
    assert hand.untold == set()
    assert len(hand.lines) == 1, "to look at it changes nothing"


def test_a_click_on_a_title_folds_and_unfolds(hand: Hand) -> None:
    hand.unfold("play")
    hand.click("Play")
    hand.click("Look")
    assert hand.panel.arrangement.opened == {"look"}


def test_a_valley_is_looked_at(hand: Hand) -> None:
    hand.unfold("valleys")
    hand.click("##2", 0.3)
    assert hand.lines == ["valley.look 3"]
    valley, terrain = hand.session.census[2], Stage(64).build_frame(hand.session, SIZE).terrain
    goal = hand.session.camera.goal
    assert [goal.x, goal.y] == pytest.approx(
        terrain.to_scene(np.array([[valley.x], [valley.y]]))[:2, 0], abs=1e-5
    )


def test_numbers_are_copied_and_saved(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr(pygame.scrap, "put_text", copied.append)
    hand.unfold("plots")
    hand.click("copy")
    rows = [line.split("\t") for line in copied[0].splitlines()]
    history = hand.session.history
    assert rows[0][:3] == ["step", "sgd 1 median", "sgd 1 best"]
    assert [float(row[1]) for row in rows[1:]] == [float(median[0]) for median in history.medians]
    hand.click("census")
    hand.click("save CSV")
    assert hand.lines == ["plot.save census"]


@pytest.mark.parametrize("row", OPTIMIZERS, ids=lambda row: row.name)
def test_sliders_reach_only_what_an_optimizer_takes(row: Any) -> None:
    for hyper in row.settings:
        if isinstance(hyper.default, bool):
            continue
        scale = scale_of(hyper)
        shares = np.linspace(0, 1, 41)
        values = [scale.value(share) for share in shares.tolist()]
        assert values == sorted(values)
        assert all(hyper.low <= float(f"{value:g}") <= hyper.high for value in values)
        assert [scale.share(value) for value in values] == pytest.approx(shares, abs=0.07)
        assert 0 <= scale.share(float(hyper.default)) <= 1


def test_scales_go_back_and_forth() -> None:
    for scale in (NOISE, SPEED, rates_around(0.02)):
        for share in (0.2, 0.5, 0.9, 1.0):
            assert scale.share(scale.value(share)) == pytest.approx(share, abs=0.005)
    assert rates_around(0.02).value(0.5) == 0.02


def test_landscapes_are_found_by_all_words() -> None:
    assert "rosenbrock" in [entry.name for entry in find_entries("ROSEN  valley")]
    assert len(find_entries("networks")) > len(find_entries("networks xor")) > 0
    assert find_entries("no such ground") == []


def test_a_thumbnail_shows_the_low_in_the_low_colour_north_up() -> None:
    tones = measure_tones("x + 2*y")
    assert tones.shape == (TEXELS, TEXELS)
    assert (tones[-1, 0], tones[0, -1]) == (1, 255)
    theme = get_theme("paper")
    picture = colour(tones, theme)
    assert (picture[-1, 0, :3] == encode(theme.colormap(255)[:1])[0]).all()
    assert (measure_tones("sqrt(x)")[:, 0] == 0).all()


def test_thumbnails_come_one_a_frame_and_everything_is_given_back(
    context: moderngl.Context, monkeypatch: pytest.MonkeyPatch, count_objects: Callable[[], dict[str, int]]
) -> None:
    before = count_objects()
    sent: list[int] = []
    upload = ImguiRenderer.upload

    def count(renderer: ImguiRenderer, pixels: npt.NDArray[np.uint8]) -> int:
        sent.append(upload(renderer, pixels))
        return sent[-1]

    monkeypatch.setattr(ImguiRenderer, "upload", count)
    made = Hand(context, monkeypatch)
    target = context.framebuffer([context.texture(SIZE, 4)])
    made.unfold("landscape")
    for theme in THEMES[:2]:
        made.session.view.theme = theme.name
        sent.clear()
        for _ in range(200):
            already = len(sent)
            made.look(1)
            made.panel.paint(target)
            assert len(sent) <= already + 1
            if len(sent) == 3:
                break
        assert len(sent) == 3
    made.panel.release()
    target.color_attachments[0].release()
    target.release()
    assert count_objects() == before


def test_an_arrangement_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "panel.toml"
    assert read_arrangement(path) == (Arrangement(), "")
    arrangement = Arrangement(shown=True, width=333.5, opened={"plots", "look"})
    write_arrangement(path, arrangement)
    assert read_arrangement(path) == (arrangement, "")


@pytest.mark.parametrize(
    "text",
    [
        b"shown = ",
        b"\xff\xfe",
        b"",
        b"shown = 1\nwidth = 300.0\nopened = []",
        b"shown = true\nwidth = nan\nopened = []",
    ],
)
def test_a_damaged_arrangement_is_set_aside(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "panel.toml"
    path.write_bytes(text)
    arrangement, told = read_arrangement(path)
    assert arrangement == Arrangement()
    assert "panel.toml.broken" in told
    assert "\n" not in told
    assert not path.exists()
    assert (tmp_path / "panel.toml.broken").read_bytes() == text


def test_the_app_remembers_the_controls_and_saves_numbers(context: moderngl.Context, tmp_path: Path) -> None:
    settings = tmp_path / "panel.toml"
    settings.write_text("nonsense")
    for shown in (True, False):
        session = Session(Experiment(balls=50), commands.apply)
        pygame.event.clear()
        with open_studio(context, (64, 64), "low", live=True) as studio:
            app = App(session, studio, context, tmp_path, settings)
            assert session.view.controls is not shown
            session.submit("controls.toggle")
            session.submit("plot.save rates")
            pygame.event.post(pygame.event.Event(pygame.QUIT))
            app.run()
        assert read_arrangement(settings)[0].shown is shown
    assert (tmp_path / "downslope-rates.csv").read_text().splitlines()[0] == "step,sgd lr"
    assert (tmp_path / "downslope-rates-2.csv").exists()
