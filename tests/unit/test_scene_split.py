"""Views side by side: where they are, and whose balls are seen in each."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from game import commands
from game.scene.frame import WHOLE_WINDOW
from game.scene.split import SPLITS, count_views, find_splits, lay_views, share_teams
from game.scene.views import Shot, Views
from game.session import Experiment, Session
from game.simulation import Status

OPTIMIZERS = ("sgd", "momentum", "adam", "lion", "rmsprop", "nadam", "adagrad", "adamw")
SIZES = ((1280, 720), (720, 1280), (641, 479), (333, 333), (2, 2), (3000, 7))


def start(teams: int, lines: tuple[str, ...] = (), **experiment: object) -> Session:
    fields: dict[str, object] = {"landscape": "himmelblau", "balls": 40 * teams, **experiment}
    session = Session(Experiment(optimizers=OPTIMIZERS[:teams], **fields), commands.apply)  # type: ignore[arg-type]
    for line in lines:
        session.execute(line)
    session.advance(20)
    return session


def build(views: Views, session: Session, size: tuple[int, int] = (320, 180)) -> tuple[Shot, ...]:
    return views.build(session, size, lambda _: WHOLE_WINDOW)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("views", SPLITS)
def test_views_fill_the_picture_and_lie_nowhere_twice(views: int, size: tuple[int, int]) -> None:
    covered = np.zeros(size[::-1], int)
    parts = lay_views(views, size)
    for left, top, width, height in parts:
        covered[top : top + height, left : left + width] += 1
    assert (covered == 1).all()
    assert len(parts) == views
    widths, heights = zip(*(part.size for part in parts), strict=True)
    assert max(widths) - min(widths) <= 1
    assert max(heights) - min(heights) <= 1
    corners = [part.holds(part.left, part.top) for part in parts]
    assert all(corners)
    assert not any(one.holds(other.left, other.top) for one, other in combinations(parts, 2))


def test_two_views_stand_beside_each_other_and_in_a_tall_window_one_above_the_other() -> None:
    assert [part[:2] for part in lay_views(2, (100, 60))] == [(0, 0), (50, 0)]
    assert [part[:2] for part in lay_views(2, (60, 100))] == [(0, 0), (0, 50)]
    assert [part[:2] for part in lay_views(4, (60, 100))] == [(0, 0), (30, 0), (0, 50), (30, 50)]


@pytest.mark.parametrize("teams", range(1, 9))
def test_every_team_is_in_one_view_in_order(teams: int) -> None:
    for views in find_splits(teams):
        shares = share_teams(teams, views)
        assert len(shares) == views
        own = shares[: min(views, teams)]
        assert [team for share in own for team in share] == list(range(teams))
        assert max(map(len, own)) - min(map(len, own)) <= 1
        # What is left shows them all.
        assert all(share == range(teams) for share in shares[len(own) :])


def test_the_key_goes_round_as_far_as_there_are_teams() -> None:
    expected = {1: [], 2: [2, 1], 3: [4, 1], 4: [2, 4, 1], 5: [4, 1], 8: [2, 4, 1]}
    for teams, rounds in expected.items():
        session, seen = start(teams), []
        for _ in rounds:
            session.execute("view.split")
            seen.append(count_views(session))
        assert seen == rounds


def test_one_team_is_told_how_to_get_a_race() -> None:
    session = start(1)
    session.apply("view.split")
    assert "--optimizer" in session.message
    assert session.view.split == 1


def test_a_split_that_a_new_world_has_no_teams_for_waits_for_one_that_has() -> None:
    session, views = start(4, ("view.split", "view.split")), Views(64)
    for teams, expected in ((4, 4), (2, 2), (1, 1), (3, 4), (6, 4)):
        session.release(replace(session.experiment, optimizers=OPTIMIZERS[:teams]))
        assert len(build(views, session)) == expected


@pytest.mark.parametrize("kind", ["map", "whole", "stream"])
@pytest.mark.parametrize("teams", [2, 3, 5])
def test_each_view_shows_the_balls_of_its_teams_and_no_others(teams: int, kind: str) -> None:
    # Of a stream some balls wait yet, in every team.
    fields: dict[str, dict[str, object]] = {
        "map": {},
        "whole": {"landscape": "breast-cancer", "space": "whole"},
        "stream": {"stream": 60},
    }
    session = start(teams, ("view.split",), **fields[kind])
    world, views = session.world, Views(64)
    team_of = np.repeat(np.arange(teams), [swarm.size for swarm in world.swarms])
    for _ in range(2):
        session.advance(1)
        shots = build(views, session)
        for frame, _, shown in shots:
            assert frame.numbers is not None
            missing = np.setdiff1d(np.flatnonzero(np.isin(team_of, shown)), frame.numbers)
            # Whoever waits or was thrown off is nowhere.
            assert (world.status[missing] > Status.SETTLED).all()
            assert (missing.size > 0) == (kind == "stream")
            assert set(team_of[frame.numbers]) <= set(shown)
            np.testing.assert_array_equal(frame.positions, world.positions[:, frame.numbers])
            np.testing.assert_array_equal(frame.status, world.status[frame.numbers])
            np.testing.assert_array_equal(frame.colour_index, team_of[frame.numbers])
            assert set(frame.leader_colours) <= set(shown)
            assert len(frame.leaders)
            if kind == "whole":
                assert frame.lifts is not None
                assert frame.lifts.size == frame.numbers.size


def test_the_ball_that_is_looked_into_is_in_the_views_of_its_team() -> None:
    session = start(3, ("view.split",))
    views, second = Views(64), session.world.swarms[0].size
    build(views, session)
    session.execute(f"ball.select {second + 3}")
    session.advance(5)
    shots = build(views, session)
    for shot, here in zip(shots, (False, True, False, True), strict=True):
        frame = shot.frame
        assert (frame.selected is not None) == here
        assert (len(frame.ribbon) > 0, len(frame.arrows) > 0) == (here, here)
        if here:
            assert frame.selected is not None
            assert frame.numbers is not None
            assert frame.numbers[frame.selected] == second + 3
            assert shot.selected is not None
            assert shot.rectangle.holds(*shot.selected)


def test_all_views_look_at_the_same_ground_from_the_same_place() -> None:
    session = start(4, ("view.split", "view.split", "camera.orbit 20 10"))
    session.tick(0.5)
    first, *others = build(Views(64), session)
    for shot in others:
        assert shot.frame.terrain is first.frame.terrain
        for name in ("view", "projection", "eye"):
            np.testing.assert_array_equal(getattr(shot.frame, name), getattr(first.frame, name))
        moved = np.subtract(shot.rectangle[:2], first.rectangle[:2])
        for label, same in zip(shot.labels, first.labels, strict=True):
            assert (label.x - same.x, label.y - same.y) == pytest.approx(tuple(moved), abs=1e-3)


def test_shaking_ground_is_made_once_for_all_views() -> None:
    session = start(2, ("view.split", "ground.shake"), landscape="breast-cancer", balls=20)
    views = Views(64)
    one, other = build(views, session)
    assert one.frame.terrain is other.frame.terrain
    again, _ = build(views, session)
    assert again.frame.terrain is one.frame.terrain
    session.advance(12)
    later, _ = build(views, session)
    assert later.frame.terrain is not one.frame.terrain


def test_each_view_keeps_trails_of_its_own() -> None:
    session, views = start(2, ("view.split",)), Views(64)
    for _ in range(10):
        session.advance(1)
        one, other = (shot.frame for shot in build(views, session))
    # The light of a trail is that of its team.
    for frame, team in ((one, 0), (other, 1)):
        light = frame.trails[..., :3].reshape(-1, 3).sum(axis=0, dtype=float)
        colour = frame.colours[team]
        assert light / light.max() == pytest.approx(colour / colour.max(), abs=0.05)
    assert (one.trails != other.trails).any()
    still = [shot.frame for shot in build(views, session)]
    for frame, same in zip((one, other), still, strict=True):
        assert frame.trails is same.trails
        assert frame.positions is same.positions
        assert frame.shadows is same.shadows
