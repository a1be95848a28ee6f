"""The command palette by mouse: rows are chosen and clicked, the wheel scrolls, a click beside it closes it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import moderngl
import numpy as np
import numpy.typing as npt
import pygame
import pytest

from game import commands
from game.app import App
from game.palette import SHOWN, find_offers
from game.session import Experiment, Palette, Session
from game.studio import Studio, open_studio

Size = tuple[int, int]


class Table:
    """A game in a window of some size, with its palette open, and somebody at the mouse."""

    def __init__(self, session: Session, app: App, studio: Studio) -> None:
        self.session, self.find, self.size = session, studio.panel.find_offer, studio.size
        self._app, self._studio = app, studio
        session.execute("palette.open")
        studio.draw(session)

    def do(self, kind: int, **what: Any) -> None:
        """One event, and a frame of the window's loop."""
        pygame.event.clear()
        pygame.event.post(pygame.event.Event(kind, what))
        pygame.event.post(pygame.event.Event(pygame.QUIT))
        self._app.run()
        self.session.view.closing = False
        self._studio.draw(self.session)

    def picture(self) -> npt.NDArray[np.int16]:
        """What is on the palette, roughly: the ground shines through."""
        part = slice(self.size[0] // 2 - 8, self.size[0] // 2 + 8)
        return self._studio.read()[:, part].astype(np.int16) // 12

    def move(self, at: Size) -> None:
        self.do(pygame.MOUSEMOTION, pos=at, rel=(0, 0), buttons=(0, 0, 0))

    def click(self, at: Size, button: int = 1) -> None:
        self.do(pygame.MOUSEBUTTONDOWN, pos=at, button=button)
        self.do(pygame.MOUSEBUTTONUP, pos=at, button=button)

    def row(self, number: int) -> Size:
        """The middle of an offer, found as a mouse finds it: by going down."""
        x = self.size[0] // 2
        places = [y for y in range(self.size[1]) if self.find(x, y) == (True, number)]
        assert len(places) > 10
        assert places == list(range(places[0], places[-1] + 1))
        return x, places[len(places) // 2]

    @property
    def palette(self) -> Palette | None:
        return self.session.view.palette

    @property
    def lines(self) -> list[str]:
        return [line for _, line in self.session.log if line not in ("app.quit", "palette.open")]


@pytest.fixture(params=[(640, 360), (400, 225)])
def table(context: moderngl.Context, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Table]:
    session = Session(Experiment("bowl", balls=20), commands.apply)
    session.paused = session.view.controls = True
    with open_studio(context, request.param, "low", live=True) as studio:
        app = App(session, studio, context, tmp_path)
        yield Table(session, app, studio)


def test_rows_are_chosen_where_the_mouse_is_and_taken_by_a_click(table: Table) -> None:
    before = table.session.world.status.size
    table.do(pygame.TEXTINPUT, text="adam")
    table.move(table.row(1))
    assert table.palette == Palette("adam", 1)
    # What lights up is what is under the mouse.
    rows = {table.row(number)[1]: number for number in (0, 1)}
    second = table.picture()
    table.move(table.row(0))
    lit = np.flatnonzero((table.picture() != second).any(axis=(1, 2)))
    reach = (max(rows) - min(rows)) / 2
    assert [lit.min(), lit.max()] == pytest.approx([min(rows) - reach, max(rows) + reach], abs=2.5)
    table.move(table.row(1))
    table.move((table.size[0] // 2, 1))
    assert table.palette == Palette("adam", 1), "beside the rows nothing is chosen"
    table.click(table.row(2), button=3)
    assert table.palette == Palette("adam", 1), "the left button takes it"
    table.click(table.row(2))
    assert table.lines == [find_offers("adam")[2].line]
    assert table.palette is None
    assert table.session.world.status.size == before, "the click did not reach the ground"


def test_a_click_on_a_command_that_waits_for_its_arguments_completes_it(table: Table) -> None:
    table.do(pygame.TEXTINPUT, text="lr set")
    number = [offer.title for offer in find_offers("lr set")].index("lr.set")
    table.click(table.row(number))
    assert table.palette == Palette("lr.set ")


@pytest.mark.parametrize("button", [1, 3])
def test_a_click_beside_it_closes_it_and_does_nothing_else(table: Table, button: int) -> None:
    # On the ground, and over the controls.
    for at in ((table.size[0] // 2, table.size[1] - 4), (table.size[0] - 5, table.size[1] // 2)):
        table.session.execute("palette.open")
        table.do(pygame.KEYUP, key=pygame.K_SLASH, mod=0)
        assert table.find(*at) == (False, None)
        table.click(at, button)
        assert table.palette is None
    assert table.lines == []
    assert table.session.view.hover is None


def test_the_wheel_goes_through_all_offers_and_a_click_on_the_card_keeps_it_open(table: Table) -> None:
    seen = set()
    for _ in range(SHOWN + 3):
        assert table.palette
        seen.add(table.palette.chosen)
        assert table.row(table.palette.chosen), "what is chosen is seen"
        # A wheel also comes as the press of a button that there is not.
        table.do(pygame.MOUSEBUTTONDOWN, pos=(2, 2), button=5)
        table.do(pygame.MOUSEWHEEL, x=0, y=-1, precise_y=-1.0)
    assert seen == set(range(SHOWN))
    table.do(pygame.MOUSEWHEEL, x=0, y=30, precise_y=30.0)
    assert table.palette == Palette()
    x, y = table.row(0)
    table.click((x, y - 25))
    assert table.palette == Palette()
    assert table.lines == []
