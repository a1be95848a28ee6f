"""The few widgets that the sections are made of."""

from collections.abc import Iterable
from functools import cache, lru_cache
from textwrap import fill

from imgui_bundle import imgui

from game.commands import COMMANDS, parse
from game.keymap import help_rows
from game.panel.controls.desk import Desk
from game.panel.controls.scales import Scale

TIP = 56
"""Letters in a line of a tooltip."""
LABEL = 92.0
"""Width of the column of names, reference pixels."""


def explain(text: str) -> None:
    """Say what the widget before this does, when the mouse rests on it."""
    imgui.set_item_tooltip(_fold(text))


def label(desk: Desk, name: str) -> None:
    """The name of the widget that comes next, which takes the rest of the line."""
    imgui.align_text_to_frame_padding()
    faint(desk, name.replace("_", " "))
    imgui.same_line(desk.px(LABEL))
    imgui.set_next_item_width(-1)


def faint(desk: Desk, text: str) -> None:
    """A text that matters less."""
    imgui.push_style_color(imgui.Col_.text, desk.style.faint)
    imgui.text_unformatted(text)
    imgui.pop_style_color()


def slide(desk: Desk, name: str, value: float, scale: Scale, shown: str, tip: str) -> float | None:
    """A slider with its name; the value it is drawn to, or ``None``."""
    label(desk, name)
    share = min(max(scale.share(value), 0.0), 1.0)
    moved, share = imgui.slider_float(f"##{name}", share, 0.0, 1.0, shown.replace("%", "%%"), _SLIDER)
    explain(tip)
    chosen = scale.value(min(max(share, 0.0), 1.0)) if moved else value
    return chosen if chosen != value else None


def choose(desk: Desk, name: str, current: str, rows: Iterable[tuple[str, str]], tip: str) -> str | None:
    """A list to choose from, of names with what they mean; the one that was chosen, or ``None``."""
    label(desk, name)
    chosen = None
    opened = imgui.begin_combo(f"##{name}", current, imgui.ComboFlags_.height_large)
    if not opened:
        explain(tip)
        return None
    for row, about in rows:
        if imgui.selectable(row, row == current)[0]:
            chosen = row
        explain(about)
    imgui.end_combo()
    return chosen


def switch(desk: Desk, name: str, *, on: bool, tip: str) -> bool:
    """A box to tick; whether it was just clicked."""
    label(desk, name)
    clicked, _ = imgui.checkbox(f"##{name}", on)
    explain(tip)
    return clicked


def press(name: str, tip: str, width: float = 0.0) -> bool:
    """A button; whether it was just pressed."""
    pressed = imgui.button(name, (width, 0))
    explain(tip)
    return pressed


def send(desk: Desk, name: str, line: str, width: float = 0.0) -> None:
    """A button that sends a command line; its tooltip is the command's help."""
    if press(name, tell(line), width):
        desk.session.submit(line)


def copy_on_click(desk: Desk, text: str, tip: str, name: str) -> None:
    """A number with its name; a click copies it."""
    label(desk, name)
    if imgui.selectable(f"{text}##{name}", False)[0]:
        imgui.set_clipboard_text(text)
        desk.session.say(f"copied {text}")
    explain(f"{tip}; a click copies the number")


def copy_cell(desk: Desk, shown: str, number: float, tip: str, name: str) -> None:
    """A number in a table; a click copies it with all its digits."""
    if imgui.selectable(f"{shown}##{name}", False)[0]:
        imgui.set_clipboard_text(f"{number!r}")
        desk.session.say(f"copied {number!r}")
    explain(f"{tip}: {number!r}; a click copies it")


def share_width(count: int) -> float:
    """The width of each of so many buttons side by side."""
    gap = imgui.get_style().item_spacing.x
    return (imgui.get_content_region_avail().x - gap * (count - 1)) / count


@cache
def tell(line: str, words: str = "") -> str:
    """What a tooltip says of a command line: what it does, its name and its keys."""
    command, _ = parse(line)
    keys = _keys().get(command.about)
    said = words or command.about
    return f"{said}\n{command.name}" + (f"   key {keys}" if keys else "")


@lru_cache(maxsize=512)
def _fold(text: str) -> str:
    """Lines that are not too long to be read."""
    return "\n".join(fill(line, TIP) for line in text.splitlines())


@cache
def _keys() -> dict[str, str]:
    abouts = {command.about for command in COMMANDS}
    return {row.about: row.keys for row in help_rows() if row.about in abouts}


_SLIDER = imgui.SliderFlags_.no_input | imgui.SliderFlags_.no_round_to_format
