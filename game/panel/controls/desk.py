"""What a section of the controls draws with."""

from dataclasses import dataclass
from typing import NamedTuple

from game.panel.controls.thumbnails import Thumbnails
from game.panel.style import Style
from game.scene.theme import Theme
from game.session import Session


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
        theme: of the session.
        style: colours, fonts and the scale.
        drafts: what is under way.
        thumbnails: pictures of landscapes.
    """

    session: Session
    theme: Theme
    style: Style
    drafts: Drafts
    thumbnails: Thumbnails

    def px(self, reference: float) -> float:
        """Reference pixels in pixels."""
        return reference * self.style.scale
