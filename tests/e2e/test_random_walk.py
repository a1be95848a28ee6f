"""A child at the keyboard: random keys, clicks, drags and words, and the game goes on."""

import random
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import moderngl
import pygame
import pytest

from game import commands
from game.app import App
from game.keymap import bindings
from game.session import Experiment, Session
from game.studio import open_studio

SIZE = (320, 200)
ELSEWHERE = ("f11", "v", "escape", "f12", "ctrl+s")
"""Keys that leave the game, or write files; other tests press them."""
MOST_BALLS = 4_000
LEAK = 150 * 2**20
"""Bytes; terrains, worlds to be undone and the cache of landscapes are bounded and come to less."""

Events = list[pygame.event.Event]


def press(key: str) -> pygame.event.Event:
    """A key of the keymap going down."""
    held = 0
    for name, mask in (("ctrl+", pygame.KMOD_LCTRL), ("shift+", pygame.KMOD_LSHIFT)):
        if key.startswith(name):
            key, held = key.removeprefix(name), held | mask
    code = pygame.key.key_code(key) if len(key) > 1 or key.isalnum() else ord(key)
    return pygame.event.Event(
        pygame.KEYDOWN, key=code, mod=held, unicode=key if len(key) == 1 and not held else ""
    )


class Child:
    """Does something, from a seed."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._keys = [key for key in bindings() if key not in ELSEWHERE]
        self._at = (SIZE[0] // 2, SIZE[1] // 2)

    def play(self) -> Iterator[Events]:
        """What is done in one frame after the other."""
        deeds = (self._press, self._write, self._enter, self._turn, self._click, self._drag)
        while True:
            yield self._dice.choices(deeds, (45, 10, 5, 8, 15, 17))[0]()

    def _press(self) -> Events:
        return [press(self._dice.choice(self._keys))]

    def _write(self) -> Events:
        return [pygame.event.Event(pygame.TEXTINPUT, text=self._dice.choice("abcrl s.1"))]

    def _enter(self) -> Events:
        return [press("return")]

    def _turn(self) -> Events:
        notches = self._dice.uniform(-2, 2)
        return [pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=round(notches), precise_y=notches)]

    def _click(self) -> Events:
        return [self._move(0), *self._buttons(self._dice.choice((1, 1, 1, 2, 3)))]

    def _drag(self) -> Events:
        button = self._dice.choice((1, 1, 1, 2, 3))
        down, up = self._buttons(button)
        return [down, self._move(button), up]

    def _buttons(self, button: int) -> Events:
        kinds = pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP
        return [pygame.event.Event(kind, button=button, pos=self._at) for kind in kinds]

    def _move(self, button: int) -> pygame.event.Event:
        before, self._at = self._at, (self._dice.randrange(SIZE[0]), self._dice.randrange(SIZE[1]))
        way = self._at[0] - before[0], self._at[1] - before[1]
        held = tuple(int(number == button) for number in (1, 2, 3))
        return pygame.event.Event(pygame.MOUSEMOTION, pos=self._at, rel=way, buttons=held)


@pytest.mark.parametrize(
    ("seed", "frames"), [(1, 300), pytest.param(2, 5_000, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_a_child_at_the_keyboard_breaks_nothing(
    context: moderngl.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, frames: int
) -> None:
    monkeypatch.chdir(tmp_path)
    # A hidden window draws nothing, and what is clicked there would never be let go.
    monkeypatch.setattr(pygame.display, "get_active", lambda: True)
    session = Session(Experiment("valleys", ("sgd", "adam"), balls=60), commands.apply)
    said = set()
    with open_studio(context, SIZE, "low", live=True) as studio:
        app = App(session, studio, context, tmp_path)
        for number, events in zip(range(frames), Child(seed).play(), strict=False):
            for event in events:
                pygame.event.post(event)
            if session.view.focused and number % 8 == 0:
                # All keys are the controls' until then.
                pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE, mod=0, unicode=""))
            if session.experiment.balls > MOST_BALLS:
                session.submit("balls.set 60")
            # One frame of the window's loop.
            pygame.event.post(pygame.event.Event(pygame.QUIT))
            app.run()
            session.view.closing = False
            said.add(session.message)
            assert context.error == "GL_NO_ERROR"
            if number == frames // 3:
                tracemalloc.start()
        grown, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert grown < LEAK
    assert session.past.done
    assert len(said) > frames // 20, "much was done, or it was said why not"
