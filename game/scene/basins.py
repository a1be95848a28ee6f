"""A basin map as a picture: every place in the colour of the valley where a ball ends that starts there."""

import numpy as np
import numpy.typing as npt

from game.scene.terrain import SUN, Terrain, build_terrain
from game.scene.theme import TEAM_COLOURS, encode, linear
from game.simulation.basins import Basins
from game.simulation.sweep import Status
from game.simulation.valleys import Valleys
from landscapes.landscape import Landscape

Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.intp]

MORE_COLOURS = (
    "#a5d76e",  # lime
    "#8a6fd8",  # violet
    "#f2a48e",  # salmon
    "#4fd1c5",  # turquoise
    "#b5793a",  # brown
    "#9fb4f2",  # periwinkle
    "#c94f7c",  # raspberry
)
"""For valleys beyond the teams' colours."""
COLOURS = (*TEAM_COLOURS, *MORE_COLOURS)
ESCAPED_COLOUR = "#d3d6dc"
DIVERGED_COLOUR = "#3c3f47"
SLOWEST = 0.62
"""Share of the light that is left where balls took longest."""
DIFFUSE = 0.6
"""Share of the light that falls alike on all slopes."""
GLARE = 1.5
"""Slopes that face the sun are not brighter than this, flat ground being 1."""
DISC = 0.011
"""Radius of the deepest valley's disc, as a share of the picture; the others are half as large."""
RIM = 1.6
"""Width of a disc's dark rim in pixels of a picture of a thousand."""
OVERSAMPLING = 2
"""Samples along each side of a pixel."""


def paint(
    basins: Basins, size: int = 1024, terrain: Terrain | None = None, palette: tuple[str, ...] = COLOURS
) -> npt.NDArray[np.uint8]:
    """The map as seen from above under the game's sun, ``(rows, columns, 3)``; the top row is the largest y.

    It is darker where balls took longer, pale where they escaped and dark grey where they diverged. Discs mark the
    lowest points, the largest one the deepest.

    Args:
        basins: the map.
        size: pixels along the longer side.
        terrain: the ground, where it has been built already.
        palette: colours of the valleys; the deepest ones have the first.
    """
    terrain = terrain or build_terrain(basins.landscape)
    width, height = (max(1, round(size * half)) for half in terrain.half_size)
    u = _centres(width * OVERSAMPLING)
    v = _centres(height * OVERSAMPLING)[::-1]
    codes, colours = _encode_ends(basins), _choose_colours(basins, palette)
    light = _shade(terrain, u, v) * (SLOWEST + (1 - SLOWEST) * _blend(_rate_pace(basins), u, v))
    fine = colours[_enlarge(codes, u, v)] * light[..., None]
    picture = fine.reshape(height, OVERSAMPLING, width, OVERSAMPLING, 3).mean(axis=(1, 3))
    _mark_minima(picture, basins, terrain)
    return encode(picture)


def _encode_ends(basins: Basins) -> Codes:
    """The valley of each cell; where it has none, a number beyond all valleys: first escaped, then diverged."""
    count = basins.valleys.losses.size
    lost = np.where(basins.status == Status.DIVERGED, count + 1, count)
    return np.where(basins.labels < 0, lost, basins.labels).astype(np.intp)


def trace_watershed(landscape: Landscape, valleys: Valleys) -> Basins:
    """Where water would run: the valleys of a surface as a map of its basins, without a ball that rolls."""
    on_map = valleys.labels >= 0
    return Basins(
        landscape=landscape,
        optimizer="water",
        lr=0.0,
        valleys=valleys,
        labels=valleys.labels,
        status=np.where(on_map, Status.SETTLED, Status.ESCAPED).astype(np.uint8),
        steps=np.zeros(valleys.labels.shape, np.int32),
    )


def _choose_colours(basins: Basins, colours: tuple[str, ...] = COLOURS) -> Floats:
    """Linear light of each code ``(codes, 3)``: the deepest valleys have the first colours, others what is far off."""
    palette = [linear(colour) for colour in colours]
    borders = _measure_borders(basins)
    count = len(borders)
    chosen = np.arange(count)
    uses = np.zeros(len(palette), np.intp)
    for valley in range(count):
        if valley >= min(len(TEAM_COLOURS), len(colours)):
            # Neighbours alike are worst, colours used too often next.
            beside = np.bincount(chosen[:valley], borders[valley, :valley], len(palette))
            chosen[valley] = np.lexsort((uses, beside))[0]
        uses[chosen[valley]] += 1
    rows = [palette[colour] for colour in chosen]
    return np.stack([*rows, linear(ESCAPED_COLOUR), linear(DIVERGED_COLOUR)])


def _measure_borders(basins: Basins) -> Codes:
    """How long a border each two valleys have, in cells, ``(valleys, valleys)``; on the ground as on the map."""
    count = basins.valleys.losses.size
    borders = np.zeros((count, count), np.intp)
    for labels in (basins.labels, basins.valleys.labels):
        for one, other in ((labels[:-1], labels[1:]), (labels[:, :-1], labels[:, 1:])):
            meet = (one != other) & (one >= 0) & (other >= 0)
            np.add.at(borders, (one[meet], other[meet]), 1)
    return borders + borders.T


def _rate_pace(basins: Basins) -> Floats:
    """One where balls ended first, falling with the logarithm of their steps to zero; one for those that are lost."""
    ended = basins.labels >= 0
    steps = np.log(np.maximum(basins.steps, 1))
    # Those few that start next to a minimum, or on a ridge, would leave no room for the others.
    first, last = np.quantile(steps[ended], [0.02, 0.99]) if ended.any() else (0.0, 0.0)
    pace = 1 - np.clip((steps - first) / max(last - first, 0.7), 0, 1)
    return np.where(ended, pace, 1.0).astype(np.float32)


def _shade(terrain: Terrain, u: Floats, v: Floats) -> Floats:
    """Light on the ground ``(rows, columns)``; flat open ground has 1. No cast shadows: they would hide the colours."""
    sun = np.maximum(terrain.normals @ (SUN / SUN[2]).astype(np.float32), 0)
    light = np.sqrt(terrain.openness) * (DIFFUSE + (1 - DIFFUSE) * np.minimum(sun, GLARE))
    return _blend(light.astype(np.float32), u, v)


def _mark_minima(picture: Floats, basins: Basins, terrain: Terrain) -> None:
    """Draw a white disc with a dark rim at the lowest point of each valley in which a ball ended."""
    height, width, _ = picture.shape
    size = max(height, width)
    ends = np.unique(basins.labels[basins.labels >= 0])
    share = terrain.share(basins.valleys.minima.astype(np.float32))
    for valley in ends[::-1]:
        radius = size * DISC * (1.0 if valley == ends[0] else 0.5)
        x, y = share[0, valley] * width, (1 - share[1, valley]) * height
        reach = radius + RIM * size / 1000
        rows = slice(max(0, int(y - reach - 1)), int(y + reach + 2))
        columns = slice(max(0, int(x - reach - 1)), int(x + reach + 2))
        part = picture[rows, columns]
        across = columns.start + np.arange(part.shape[1]) + 0.5 - x
        down = rows.start + np.arange(part.shape[0]) + 0.5 - y
        away = np.hypot(across, down[:, None])
        for edge, colour in ((reach, 0.01), (radius, 1.0)):
            part += np.clip(edge - away + 0.5, 0, 1)[..., None] * (colour - part)


def _centres(count: int) -> Floats:
    """The middles of so many equal parts of [0, 1]."""
    return ((np.arange(count) + 0.5) / count).astype(np.float32)


def _neighbours(count: int, at: Floats) -> tuple[Codes, Floats]:
    """For places in [0, 1], which of ``count`` samples from border to border is before each, and how far."""
    place = at * (count - 1)
    before = np.minimum(place.astype(np.intp), count - 2)
    return before, (place - before).astype(np.float32)


def _blend(values: Floats, u: Floats, v: Floats) -> Floats:
    """Samples from border to border, bilinear at every ``v`` (rows) and ``u`` (columns)."""
    row, down = _neighbours(values.shape[0], v)
    column, right = _neighbours(values.shape[1], u)
    across = values[:, column] * (1 - right) + values[:, column + 1] * right
    down = down[:, None]
    return np.asarray(across[row] * (1 - down) + across[row + 1] * down, np.float32)


def _enlarge(codes: Codes, u: Floats, v: Floats) -> Codes:
    """At every ``v`` (rows) and ``u`` (columns) the code that most of the four cells around have, by nearness.

    Codes cannot be blended, but this draws the borders between them as smoothly as blending would.
    """
    row, down = _neighbours(codes.shape[0], v)
    column, right = _neighbours(codes.shape[1], u)
    corners = [
        (codes[np.ix_(row + below, column + beside)], np.outer(weight_v, weight_u))
        for below, weight_v in ((0, 1 - down), (1, down))
        for beside, weight_u in ((0, 1 - right), (1, right))
    ]
    winner, most = corners[0][0].copy(), np.full(corners[0][0].shape, -1.0, np.float32)
    for code, _ in corners:
        votes = sum((other == code) * weight for other, weight in corners)
        np.copyto(winner, code, where=votes > most)
        np.maximum(most, votes, out=most)
    return winner
