"""The controls by the keyboard alone: the focus goes in, reaches every widget, works them, and comes back."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import moderngl
import pygame
import pytest
from imgui_bundle import imgui

from game import commands
from game.app import App
from game.keymap import bindings
from game.panel.controls.landscape import find_entries
from game.panel.controls.window import SECTIONS
from game.session import Experiment, Session
from game.studio import open_studio
from tests.unit.test_panel_controls import WIDGETS, Hand

BY_MOUSE = {"width", "map"}
"""The edge of the controls, and the map, whose valleys are in the table too, are for the mouse alone."""


class Keys(Hand):
    """Somebody who has no mouse."""

    def __init__(self, context: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(context, monkeypatch)
        self.focus = ""
        for name in WIDGETS:
            monkeypatch.setattr(imgui, name, self._noted(getattr(imgui, name)))

    def _noted(self, widget: Callable[..., Any]) -> Callable[..., Any]:
        def draw(label: str, *arguments: Any) -> Any:
            answer = widget(label, *arguments)
            if imgui.is_item_focused():
                self.focus = label
            return answer

        return draw

    def strike(self, key: int) -> bool:
        taken = self.send(pygame.KEYDOWN, key=key, mod=0, unicode="")
        self.look(1)
        self.send(pygame.KEYUP, key=key, mod=0)
        self.look(1)
        return taken

    def go_to(self, label: str, key: int = pygame.K_TAB) -> None:
        for _ in range(80):
            if self.focus == label:
                return
            assert self.strike(key)
        pytest.fail(f"{label} cannot be reached")


@pytest.fixture
def keys(context: moderngl.Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keys]:
    made = Keys(context, monkeypatch)
    yield made
    made.panel.release()


def test_every_widget_can_be_reached(keys: Keys) -> None:
    keys.unfold(*(section.name for section in SECTIONS))
    keys.session.view.focused = True
    keys.places.clear()
    keys.look()
    drawn, reached = set(keys.places) - BY_MOUSE, set()
    assert len(drawn) > 50
    # Tab goes everywhere but into the list of landscapes.
    for key, times in ((pygame.K_TAB, len(drawn)), (pygame.K_DOWN, 12)):
        for _ in range(times):
            assert keys.strike(key)
            reached.add(keys.focus)
        if imgui.get_io().want_text_input:
            # The text has the arrows; esc gives them back.
            assert keys.strike(pygame.K_ESCAPE)
        keys.strike(pygame.K_HOME)
    assert drawn - reached == set()
    assert keys.lines == [], "to go there changes nothing"


def test_arrows_go_through_the_whole_list_of_landscapes_and_tab_past_it(keys: Keys) -> None:
    keys.unfold("landscape")
    keys.session.view.focused = True
    keys.look()
    keys.go_to("##search")
    keys.type("bowl")
    entries = find_entries("bowl")
    assert len(entries) > 8, "more than are seen at once"
    keys.strike(pygame.K_RETURN)
    for entry in entries:
        keys.strike(pygame.K_DOWN)
        assert keys.focus == f"##{entry.name}"
    keys.strike(pygame.K_DOWN)
    assert keys.focus == "##formula"
    keys.strike(pygame.K_UP)
    keys.strike(pygame.K_SPACE)
    assert keys.lines == [f"landscape.select {entries[-1].name}"]
    keys.strike(pygame.K_TAB)
    assert keys.focus == "##formula"


def test_knobs_lists_and_fields_are_worked_by_keys(keys: Keys) -> None:
    keys.unfold("swarms", "play")
    keys.session.view.focused = True
    keys.look()
    keys.go_to("##momentum")
    for key in (pygame.K_SPACE, pygame.K_RIGHT):
        assert keys.strike(key)
    (line,) = keys.lines
    assert line.startswith("team.set 1 momentum ")
    assert keys.strike(pygame.K_ESCAPE), "lets the knob go"
    keys.go_to("##optimizer")
    for key in (pygame.K_SPACE, pygame.K_DOWN, pygame.K_SPACE):
        assert keys.strike(key)
    assert keys.lines[-1] == f"team.optimizer 1 {keys.session.world.swarms[0].optimizer.name}"
    assert keys.session.world.swarms[0].optimizer.name != "sgd"
    keys.go_to("##step")
    keys.look()
    assert keys.type("7") == [True]
    assert keys.strike(pygame.K_RETURN)
    keys.look()
    assert keys.lines[-1].startswith("play.goto ")


def test_keys_are_the_controls_while_they_have_the_focus_and_only_then(
    context: moderngl.Context, tmp_path: Path
) -> None:
    session = Session(Experiment("bowl", balls=20), commands.apply)
    shortcuts = [("f12", 0), ("z", pygame.KMOD_LCTRL)]
    plain = [(key, 0) for key in ("n", "t", "return", "space", "down", "1")]
    with open_studio(context, (640, 480), "low", live=True) as studio:
        pygame.event.clear()
        app = App(session, studio, context, tmp_path)

        def strike(*keys: tuple[str, int]) -> list[str]:
            """What they send, but for the end of the frame."""
            session.log.clear()
            for key, mod in keys:
                code, text = pygame.key.key_code(key), key if len(key) == 1 and not mod else ""
                pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=code, mod=mod, unicode=text))
                if text:
                    pygame.event.post(pygame.event.Event(pygame.TEXTINPUT, text=text))
                pygame.event.post(pygame.event.Event(pygame.KEYUP, key=code, mod=mod))
            for _ in range(3):
                pygame.event.post(pygame.event.Event(pygame.QUIT))
                app.run()
                session.view.closing = False
                studio.draw(session)
            return [line for _, line in session.log if line != "app.quit"]

        assert strike(("f6", 0)) == ["controls.focus"]
        assert session.view.controls
        assert [strike(key) for key in plain] == [[]] * len(plain)
        assert strike(*shortcuts) == ["picture.take"]
        assert session.message == "there is nothing to undo"
        assert strike(("escape", 0)) == ["app.leave"]
        assert not session.view.focused
        assert session.view.controls
        assert strike(*plain) == [bindings()[key].line for key, _ in plain if key in bindings()]
        assert strike(("f6", 0), ("f6", 0)) == ["controls.focus"] * 2
        assert not session.view.focused
        # Who clicks beside the controls has left them.
        strike(("f6", 0))
        for kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
            pygame.event.post(pygame.event.Event(kind, button=1, pos=(3, 3)))
        strike()
        assert not session.view.focused
