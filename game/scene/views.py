"""The views of a session: one, or several of the same ground from the same camera with different teams."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from game.scene.camera import SafeArea
from game.scene.frame import Frame, Stage
from game.scene.grounds import Grounds
from game.scene.picking import project_balls
from game.scene.signs import Label
from game.scene.split import Rectangle, count_views, lay_views, share_teams
from game.session import Session


class Shot(NamedTuple):
    """What one view shows.

    Attributes:
        frame: what to draw.
        rectangle: where on the picture.
        teams: whose balls are seen.
    """

    frame: Frame
    rectangle: Rectangle
    teams: range

    @property
    def labels(self) -> tuple[Label, ...]:
        """What is written over the view, where it is on the picture."""
        left, top = self.rectangle.left, self.rectangle.top
        return tuple(label._replace(x=label.x + left, y=label.y + top) for label in self.frame.labels)

    @property
    def selected(self) -> tuple[float, float] | None:
        """Where on the picture the selected ball is; ``None`` if it is not in view."""
        if self.frame.selected is None:
            return None
        x, y, _ = project_balls(self.frame, np.array([self.frame.selected]))[:, 0].tolist()
        x, y = self.rectangle.left + x, self.rectangle.top + y
        return (x, y) if self.rectangle.holds(x, y) else None


class Views:
    """Makes the frames of all views; they share the ground, and each keeps trails of its own.

    Attributes:
        grounds: the terrains that they share.

    Args:
        trail_texels: along each side of the trails.
    """

    def __init__(self, trail_texels: int) -> None:
        self._trail_texels = trail_texels
        self.grounds = Grounds()
        self._stages: dict[range, Stage] = {}

    def begin_anew(self) -> None:
        """Forget what was seen: trails, and who flies."""
        self._stages = {}

    def build(
        self,
        session: Session,
        size: tuple[int, int],
        frame_in: Callable[[tuple[int, int]], SafeArea],
        evening: float = 0.0,
    ) -> tuple[Shot, ...]:
        """What the session looks like now, from left to right and from top to bottom.

        Args:
            session: is read, never changed.
            size: of the whole picture, pixels.
            frame_in: where in a view of a size the slab should stand.
            evening: 0 by day, 1 at the last light of dusk.
        """
        # A picture of one pixel has no halves.
        views = count_views(session) if min(size) > 1 else 1
        shares = share_teams(len(session.world.swarms), views)
        if shares != tuple(self._stages):
            # What a view has not seen all along it cannot go on with.
            self._stages = {
                teams: Stage(self._trail_texels, teams if views > 1 else None, self.grounds)
                for teams in shares
            }
        return tuple(
            Shot(stage.build_frame(session, part.size, frame_in(part.size), evening), part, teams)
            for (teams, stage), part in zip(self._stages.items(), lay_views(views, size), strict=True)
        )
