"""What a section of the controls draws with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from game.panel.controls.thumbnails import Thumbnails
from game.panel.style import Style
from game.scene.terrain import Terrain
from game.scene.theme import Theme
from game.session import Session

Made = TypeVar("Made")


@dataclass
class Kept:
    """What was worked out to be shown, until something that it was made from is another object."""

    _known: dict[str, tuple[tuple[object, ...], Any]] = field(default_factory=dict)

    def find(self, name: str, sources: tuple[object, ...], make: Callable[[], Made]) -> Made:
        """What ``make`` returns; called only if one of the sources is not what it was the last time."""
        known = self._known.get(name)
        if known is None or any(one is not other for one, other in zip(known[0], sources, strict=True)):
            known = self._known[name] = sources, make()
        made: Made = known[1]
        return made


@dataclass
class Drafts:
    """What is chosen and typed in the controls, and concerns nobody else.

    Attributes:
        team: the one whose knobs are shown.
        search: what landscapes are searched for.
        formula: a landscape that is being typed.
        step: to go to.
        plot: the one that is shown.
    """

    team: int = 0
    search: str = ""
    formula: str = ""
    step: int = 1000
    plot: str = "losses"


class Desk(NamedTuple):
    """What there is to show, how, and where lines go.

    Attributes:
        session: is read, and given lines.
        terrain: the ground as it is drawn.
        theme: of the session.
        style: colours, fonts and the scale.
        drafts: what is under way.
        thumbnails: pictures of landscapes.
        kept: what was worked out to be shown.
    """

    session: Session
    terrain: Terrain
    theme: Theme
    style: Style
    drafts: Drafts
    thumbnails: Thumbnails
    kept: Kept

    def px(self, reference: float) -> float:
        """Reference pixels in pixels."""
        return reference * self.style.scale
