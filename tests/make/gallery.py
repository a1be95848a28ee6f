"""Draw every landscape of the catalogue, a small picture each: ``python -m tests.make.gallery``."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pygame

import assets
import landscapes
from game import commands
from game.scene.theme import THEMES, srgb
from game.session import Experiment, Session
from game.studio import Bytes, Size, Studio, open_studio
from game.window import open_context

FILE = Path(__file__).parents[2] / "assets" / "pictures" / "gallery.png"
COLUMNS = 7
TILE: Size = (232, 158)
FADE = 18
"""Bytes over which the edges of a picture fade into the sheet."""
CAPTION = 28
"""Height of the title under a picture, pixels."""
HEADING = 58
"""Height of the name of a shelf, pixels."""
BALLS = 150
STEPS = 40
OVERSAMPLING = 2
"""Bytes drawn along each side of one that is kept: small pictures need every one of them right."""


def draw_tile(name: str, studio: Studio) -> Bytes:
    """A landscape while a few balls roll on it, from the default view."""
    session = Session(Experiment(name, ("adam",), balls=BALLS), commands.apply)
    session.execute("panel.toggle")
    studio.run_steps(session, STEPS)
    session.paused, session.camera.drifting = True, False
    # The camera at its goal, and no hint left.
    session.tick(60.0)
    studio.draw(session)
    width, height = TILE
    fine = studio.read().reshape(height, OVERSAMPLING, width, OVERSAMPLING, 3)
    return fade_out(fine.mean(axis=(1, 3)))


def fade_out(picture: npt.NDArray[np.float64]) -> Bytes:
    """The picture with edges in the colour of the sheet."""
    down, across = (np.minimum(np.arange(side), np.arange(side)[::-1]) / FADE for side in picture.shape[:2])
    share = np.clip(np.minimum(down[:, None], across), 0, 1)[..., None]
    sheet = 255 * np.array(srgb(THEMES[0].void[1]))
    pixels: Bytes = np.round(sheet + share * (picture - sheet)).astype(np.uint8)
    return pixels


def lay_out(tiles: dict[str, Bytes]) -> Bytes:
    """All tiles in rows with their titles, shelf by shelf."""
    shelves = [
        (shelf, list(rows)) for shelf, rows in groupby(landscapes.entries(), lambda entry: entry.shelf)
    ]
    rows_of = [-(-len(entries) // COLUMNS) for _, entries in shelves]
    width = COLUMNS * TILE[0]
    height = sum(HEADING + rows * (TILE[1] + CAPTION) for rows in rows_of) + CAPTION
    theme = THEMES[0]
    sheet = pygame.Surface((width, height))
    sheet.fill(theme.void[1])
    pygame.font.init()
    small, large = (
        pygame.font.Font(str(assets.path("fonts", f"Inter-{cut}.otf")), size)
        for cut, size in (("Medium", 16), ("SemiBold", 24))
    )
    top = 0
    for (shelf, entries), rows in zip(shelves, rows_of, strict=True):
        sheet.blit(large.render(shelf, True, theme.ink), (20, top + 22))
        top += HEADING
        for number, entry in enumerate(entries):
            left, below = number % COLUMNS * TILE[0], top + number // COLUMNS * (TILE[1] + CAPTION)
            sheet.blit(pygame.surfarray.make_surface(tiles[entry.name].swapaxes(0, 1)), (left, below))
            title = small.render(entry.title, True, theme.ink)
            sheet.blit(title, (left + (TILE[0] - title.get_width()) // 2, below + TILE[1] + 1))
        top += rows * (TILE[1] + CAPTION)
    pixels: Bytes = pygame.surfarray.array3d(sheet).swapaxes(0, 1)
    return pixels


def draw_tiles() -> Iterator[tuple[str, Bytes]]:
    """The name and the picture of every landscape."""
    context = open_context((64, 64), visible=False)
    with open_studio(context, (TILE[0] * OVERSAMPLING, TILE[1] * OVERSAMPLING), "high", live=False) as studio:
        for name in landscapes.names():
            yield name, draw_tile(name, studio)


def encode_in_256_colours(picture: Bytes) -> bytes:
    """A PNG of a third of the size, as it is with all colours; the README is read over slow lines too."""
    height, width, _ = picture.shape
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=width, height=height, format=av.VideoFormat("rgb24"), time_base=Fraction(1)
    )
    split, sink = graph.add("split"), graph.add("buffersink")
    choose, use = graph.add("palettegen", "stats_mode=single"), graph.add("paletteuse", "dither=sierra2_4a")
    source.link_to(split)
    split.link_to(choose, 0)
    split.link_to(use, 1, 0)
    choose.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
    frame.pts, frame.time_base = 0, Fraction(1)
    graph.vpush(frame)
    graph.vpush(None)
    codec = av.CodecContext.create("png", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = width, height, "pal8", Fraction(1)
    codec.options = {"pred": "none", "compression_level": "9"}
    return b"".join(bytes(packet) for packet in [*codec.encode(graph.vpull()), *codec.encode(None)])


if __name__ == "__main__":
    FILE.write_bytes(encode_in_256_colours(lay_out(dict(draw_tiles()))))
    print(f"{FILE}: {FILE.stat().st_size / 1e6:.2f} MB")
