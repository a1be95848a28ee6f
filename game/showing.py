"""Shows a script in a session: frame by frame, at exact times of the film."""

from bisect import bisect_right
from dataclasses import fields, replace
from math import ceil

from game.directing import CameraKey, between, find_pace, show
from game.scene.camera import Pose, find_pose
from game.scene.cinema import place_in_scene
from game.script import Script
from game.session import LONGEST_FRAME_S, Session

ROUNDING_S = 1e-9
"""Frame times are not exact; a cue that is due must not be a frame late."""


class Show:
    """Plays what a script says from the session as it is; each frame is worth exactly its share of a second.

    Args:
        session: is played on; a release starts it anew.
        script: whose cues and direction are followed; its experiment is the session's already.
        fps: frames a second.

    Attributes:
        frame: number of the last one, from 0; -1 before the first.
    """

    def __init__(self, session: Session, script: Script, fps: int) -> None:
        self._session, self._script, self._fps = session, script, fps
        self.frame = -1
        self._dwelt = 0.0

    @property
    def at_s(self) -> float:
        """The film's time."""
        return (max(self.frame, 0) + self._dwelt) / self._fps

    def advance(self) -> None:
        """On to the next frame: what is due is done, then time passes, then everything is where it is to be."""
        before_s, first = self.at_s, self._find_due()
        share = 1 - self._dwelt if self.frame >= 0 else 0.0
        self.frame, self._dwelt = self.frame + 1, 0.0
        self._pass(before_s, first, share)

    def dwell(self, share: float) -> None:
        """On by a share of a frame's time before the next frame: while one is being exposed."""
        before_s, first = self.at_s, self._find_due()
        self._dwelt += share
        self._pass(before_s, first, share)

    def _pass(self, before_s: float, first: int, share: float) -> None:
        session, direction = self._session, self._script.direction
        for cue in self._script.cues[first : self._find_due()]:
            session.submit(cue.line)
        if direction.speeds:
            session.speed = find_pace(direction.speeds, before_s, self.at_s)
        # A session lets no more than its longest frame pass at once.
        ticks = max(ceil(share / self._fps / LONGEST_FRAME_S - ROUNDING_S), 1)
        for _ in range(ticks):
            session.tick(share / self._fps / ticks)
        if direction.camera:
            session.camera.hold(find_camera(session, direction.camera, self.at_s))
        if direction.captions or direction.fades:
            session.view.directed = show(direction, self.at_s)

    def _find_due(self) -> int:
        """How many cues are due by now."""
        if self.frame < 0:
            return 0
        return bisect_right(self._script.cues, self.at_s + ROUNDING_S, key=lambda cue: cue.at_s)


def find_camera(session: Session, keys: tuple[CameraKey, ...], at_s: float) -> Pose:
    """Where key frames put the camera at a moment of the film; at the time of a key exactly there."""
    poses, pose = [], Pose(azimuth=session.camera.front)
    for key in keys:
        pose = _find_pose(session, key, pose)
        poses.append(pose)
    before, after, share = between(keys, at_s)
    return blend(poses[before], poses[after], share)


def blend(first: Pose, second: Pose, share: float) -> Pose:
    """The pose between two; each step nearer is the same factor."""
    mixed = {
        field.name: (1 - share) * getattr(first, field.name) + share * getattr(second, field.name)
        for field in fields(Pose)
    }
    return Pose(**mixed | {"zoom": first.zoom ** (1 - share) * second.zoom**share})


def _find_pose(session: Session, key: CameraKey, before: Pose) -> Pose:
    pose = find_pose(key.shot, before, session.camera.front) if key.shot else before
    if key.valley and session.census:
        valley = session.census[min(key.valley, len(session.census)) - 1]
        x, y = place_in_scene(session.world.landscape.domain, (valley.x, valley.y))
        pose = replace(pose, x=x, y=y, grounded=1.0)
    if "x" in key.pose or "y" in key.pose:
        pose = replace(pose, grounded=1.0)
    return replace(pose, **key.pose)
