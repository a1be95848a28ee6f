"""The command palette: what fits what is typed, and what keys do while it is open."""

from collections.abc import Callable
from pathlib import Path

import moderngl
import pygame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import landscapes
from game import commands
from game.app import App
from game.commands import COMMANDS
from game.fuzzy import rank
from game.palette import SHOWN, SOURCES, find_offers, press, type_text
from game.session import Experiment, Palette, Session
from game.studio import open_studio

NAMES = st.text(st.characters(codec="ascii", categories=["Ll", "Nd"], include_characters=".-"), min_size=1)
ALL = [
    *(command.name for command in COMMANDS),
    *(row.name for source in SOURCES for row in source.rows()),
]


@settings(deadline=None)
@given(NAMES, st.data())
def test_a_name_is_found_by_any_of_its_letters_in_order(name: str, data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    query = "".join(letter for letter, keep in zip(name, kept, strict=True) if keep)
    assert rank(query, name) is not None
    assert rank(query.upper(), name) == rank(query, name)


@settings(deadline=None)
@given(NAMES, NAMES)
def test_only_letters_in_order_fit_and_nothing_fits_better_than_the_name_itself(
    query: str, name: str
) -> None:
    letters = iter(name)
    fits = all(letter in letters for letter in query)
    score, own = rank(query, name), rank(query, query)
    assert (score is not None) == fits
    assert own is not None
    if score is not None and name != query:
        assert score < own


@settings(deadline=None)
@given(NAMES, NAMES, NAMES)
def test_letters_side_by_side_at_the_start_fit_best(query: str, between: str, rest: str) -> None:
    start, inside = rank(query, query + between + rest), rank(query, "_" + between + query + rest)
    assert start is not None
    assert inside is not None
    assert start > inside


@pytest.mark.parametrize("name", ALL)
def test_everything_is_found_first_by_its_name(name: str) -> None:
    assert name in [offer.title for offer in find_offers(name)[: 1 + (ALL.count(name) > 1)]]
    assert len(find_offers(name)) <= SHOWN


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("adam", "optimizer.select adam"),
        ("himm", "landscape.select himmelblau"),
        ("paper theme", "theme.select paper"),
        ("opt lion", "optimizer.select lion"),
        ("lrset", "lr.set"),
        ("LR.SET 0.3", "LR.SET 0.3"),
        ("learning rate", "lr.set"),
        ("landscape.select rastr", "landscape.select rastrigin"),
        ("landscape.select x**2+y**2", "landscape.select x**2+y**2"),
        ("schedule.set cosine:t_max=60", "schedule.set cosine:t_max=60"),
        ("lr.sweep 0.1 1", "lr.sweep 0.1 1"),
        ("full screen", "window.fullscreen"),
    ],
)
def test_the_best_offer_comes_first(text: str, line: str) -> None:
    assert find_offers(text)[0].line == line


def test_nothing_typed_offers_the_table_and_nonsense_nothing() -> None:
    assert [offer.title for offer in find_offers("")] == [command.name for command in COMMANDS[:SHOWN]]
    assert find_offers("qqqqq") == ()


def start() -> Session:
    session = Session(Experiment(balls=50), commands.apply)
    session.execute("palette.open")
    return session


def test_enter_sends_the_chosen_line_and_closes() -> None:
    session = start()
    type_text(session, "adam")
    press(session, "down")
    press(session, "return")
    assert session.world.swarms[0].optimizer.name == find_offers("adam")[1].title != "adam"
    assert session.view.palette is None
    session.execute("edit.undo")
    assert session.world.swarms[0].optimizer.name == "sgd"


def test_a_command_that_waits_for_arguments_gets_them() -> None:
    session = start()
    for text in ("lr", "set"):
        type_text(session, text)
    press(session, "return")
    assert session.view.palette == Palette("lr.set ")
    type_text(session, "0.25")
    press(session, "return")
    assert session.world.swarms[0].lr == 0.25
    assert session.view.palette is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lr.set -1", "above 0"),
        ("lr.set ", "0 arguments"),
        ("qqqqq 1", "unknown command"),
        ("qqqqq", "unknown command"),
    ],
)
def test_a_line_that_is_refused_stays_and_says_why(text: str, words: str) -> None:
    session = start()
    type_text(session, text)
    press(session, "return")
    assert session.view.palette
    assert session.view.palette.text == text
    assert words in session.view.palette.complaint
    type_text(session, "0")
    assert session.view.palette.complaint == ""


def test_keys_edit_the_text_and_choose() -> None:
    session = start()

    def after(*keys: str) -> Palette | None:
        for key in keys:
            press(session, key)
        return session.view.palette

    type_text(session, "/")
    assert after() == Palette(""), "the key that opened it"
    type_text(session, "hyper.set momentum 0.55")
    assert after("backspace") == Palette("hyper.set momentum 0.5")
    assert after("ctrl+backspace") == Palette("hyper.set momentum ")
    assert after("ctrl+backspace", "ctrl+backspace", "backspace") == Palette("")
    assert after("up") == Palette("", SHOWN - 1)
    assert after("down", "down") == Palette("", 1)
    assert after("f5", "left", "a") == Palette("", 1), "other keys do nothing"
    type_text(session, "himm")
    assert after("tab") == Palette("landscape.select himmelblau")
    assert after("escape") is None
    type_text(session, "x")
    assert after("down", "return", "tab") is None


Play = Callable[..., Session]


@pytest.fixture
def play(context: moderngl.Context, tmp_path: Path) -> Play:
    """Plays through events to the end of the game."""

    def through(*events: pygame.event.Event) -> Session:
        session = Session(Experiment(balls=50), commands.apply)
        pygame.event.clear()
        for event in (*events, pygame.event.Event(pygame.QUIT)):
            pygame.event.post(event)
        with open_studio(context, (64, 64), "low", live=True) as studio:
            App(session, studio, context, tmp_path).run()
        return session

    return through


def stroke(name: str, character: str = "", mod: int = 0) -> list[pygame.event.Event]:
    """A key as the window reports it: down, what it prints if it prints, and up."""
    key = pygame.key.key_code(name)
    events = [pygame.event.Event(pygame.KEYDOWN, key=key, mod=mod, unicode=character)]
    if character.isprintable() and character and not mod & pygame.KMOD_CTRL:
        events.append(pygame.event.Event(pygame.TEXTINPUT, text=character))
    return [*events, pygame.event.Event(pygame.KEYUP, key=key, mod=mod)]


OPENERS = [("/", "/", 0), ("p", "\x10", pygame.KMOD_LCTRL)]


@pytest.mark.parametrize("opener", OPENERS)
def test_what_is_typed_in_one_frame_with_the_key_goes_to_the_palette_only(
    play: Play, opener: tuple[str, str, int]
) -> None:
    typed = [event for letter in "ncrw" for event in stroke(letter, letter)]
    session = play(*stroke(*opener), *typed)
    assert session.view.palette == Palette("ncrw")
    assert [line for _, line in session.log] == ["palette.open", "app.quit"]
    assert session.world.landscape.name == "valleys"


def test_a_line_typed_on_the_keyboard_is_carried_out(play: Play) -> None:
    typed = [event for letter in "bowl" for event in stroke(letter, letter)]
    session = play(*stroke("/", "/"), *typed, *stroke("return", "\r"), *stroke("t", "t"))
    assert session.world.landscape.name == "bowl"
    assert [line for _, line in session.log][1:3] == ["landscape.select bowl", "theme.cycle 1"]


def test_the_players_own_keys_count_in_the_window(context: moderngl.Context, tmp_path: Path) -> None:
    session = Session(Experiment(balls=50), commands.apply)
    session.view.keys = (("t", "noise.set 0.5"), ("c", ""), ("ctrl+g", "palette.open"))
    pygame.event.clear()
    for event in (*stroke("t", "t"), *stroke("c", "c"), *stroke("g", "\x07", pygame.KMOD_LCTRL)):
        pygame.event.post(event)
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    with open_studio(context, (64, 64), "low", live=True) as studio:
        App(session, studio, context, tmp_path).run()
    assert [line for _, line in session.log] == ["palette.open", "noise.set 0.5", "app.quit"]


def test_landscapes_of_all_shelves_are_offered() -> None:
    assert {entry.name for entry in landscapes.entries()} < set(ALL)
