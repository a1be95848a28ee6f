"""From a draft that plays at any time to the file that was asked for."""

import errno
import os
from pathlib import Path

import av
from av.filter import Graph
from av.filter.context import FilterContext

from game.recording.codecs import Encoding
from game.recording.video import Box, count_frames, describe

_CHOICE = 480, 270
"""Pixels that colours are chosen from: more would take three times as long and choose the same."""


def remux(box: Box, tag: str, draft: Path, place: Path, encoding: Encoding) -> None:
    """Copies a film as it is, with its index in front.

    Raises:
        OSError: there is no room for it.
    """
    copied = 0
    with (
        av.open(str(draft)) as source,
        av.open(str(place), "w", format=box.muxer, options=dict(box.whole)) as result,
    ):
        old = source.streams.video[0]
        new = result.add_stream_from_template(old, opaque=True)
        new.metadata.update(old.metadata)
        if tag:
            new.codec_context.codec_tag = tag
        result.metadata.update(describe(encoding))
        start = old.start_time or 0
        for packet in source.demux(old):
            if packet.dts is None or packet.pts is None:
                continue  # the demuxer's word for the end
            # What was put off until the first picture could be decoded is no part of the film.
            packet.pts, packet.dts = packet.pts - start, packet.dts - start
            packet.stream = new
            result.mux(packet)
            copied += 1
    # FFmpeg does not tell when the last of it could not be written.
    if count_frames(place) != copied:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def make_gif(draft: Path, place: Path, encoding: Encoding) -> None:
    """Paints a lossless film with the 256 colours that suit all of it, in an ordered dither, which stands still.

    Raises:
        OSError: there is no room for it.
    """
    palette = _choose_colours(draft)
    with (
        av.open(str(draft)) as source,
        place.open("wb", buffering=0) as file,
        av.open(file, "w", format="gif", options={"loop": "0"}) as result,
    ):
        film = source.streams.video[0]
        stream = _add_stream(result, "gif", "pal8", film)
        graph = Graph()
        pictures, colours = _source(graph, film), _source(graph, palette)
        use = graph.add("paletteuse", "dither=bayer:bayer_scale=4:diff_mode=rectangle")
        sink = graph.add("buffersink")
        pictures.link_to(use, 0, 0)
        colours.link_to(use, 0, 1)
        use.link_to(sink)
        graph.configure()
        colours.push(palette)
        colours.push(None)
        for picture in source.decode(film):
            pictures.push(picture)
            _take_all(graph, stream, result)
        pictures.push(None)
        _take_all(graph, stream, result)
        result.mux(stream.encode(None))
    _append_comment(place, encoding.comment)


def make_webp(draft: Path, place: Path, encoding: Encoding) -> None:
    """Codes a lossless film as an animation.

    Raises:
        OSError: there is no room for it.
    """
    with (
        av.open(str(draft)) as source,
        place.open("wb", buffering=0) as file,
        av.open(file, "w", format="webp", options={"loop": "0"}) as result,
    ):
        film = source.streams.video[0]
        stream = _add_stream(result, "libwebp_anim", "bgra", film, quality="85", compression_level="2")
        for number, picture in enumerate(source.decode(film)):
            coded = picture if encoding.alpha else picture.reformat(format="rgb24").reformat(format="bgra")
            coded.pts, coded.time_base = number, stream.codec_context.time_base
            result.mux(stream.encode(coded))
        result.mux(stream.encode(None))


def _add_stream(
    result: av.container.OutputContainer, encoder: str, pixels: str, film: av.VideoStream, **options: str
) -> av.VideoStream:
    """A stream for pictures like those of the film, at its rate."""
    rate = film.average_rate
    assert rate is not None
    stream = result.add_stream(encoder, rate=rate, options=options)
    assert isinstance(stream, av.VideoStream)
    context = stream.codec_context
    context.width, context.height, context.pix_fmt, context.time_base = (
        film.width,
        film.height,
        pixels,
        1 / rate,
    )
    return stream


def _choose_colours(draft: Path) -> av.VideoFrame:
    """The palette of the whole film, as a picture of 16x16 pixels."""
    with av.open(str(draft)) as source:
        film = source.streams.video[0]
        graph = Graph()
        first = _source(graph, film)
        width, height = min(film.width, _CHOICE[0]), min(film.height, _CHOICE[1])
        shrink = graph.add("scale", f"{width}:{height}:flags=neighbor")
        choose = graph.add("palettegen", "stats_mode=full:reserve_transparent=0")
        sink = graph.add("buffersink")
        first.link_to(shrink)
        shrink.link_to(choose)
        choose.link_to(sink)
        graph.configure()
        for picture in source.decode(film):
            first.push(picture)
        first.push(None)
        palette = graph.vpull()
        palette.time_base = film.time_base
        return palette


def _source(graph: Graph, like: av.VideoStream | av.VideoFrame) -> FilterContext:
    """Where pictures like that enter the graph."""
    assert like.time_base is not None
    return graph.add_buffer(
        width=like.width, height=like.height, format=like.format, time_base=like.time_base
    )


def _take_all(graph: Graph, stream: av.VideoStream, result: av.container.OutputContainer) -> None:
    """Code what the graph has ready."""
    while True:
        try:
            picture = graph.vpull()
        except (BlockingIOError, EOFError):
            return
        result.mux(stream.encode(picture))


def _append_comment(place: Path, comment: str) -> None:
    """Put a comment (GIF89a, 24) before the file's last byte, in blocks of at most 255 bytes."""
    if not comment:
        return
    text = comment.encode()
    blocks = (text[k : k + 255] for k in range(0, len(text), 255))
    with place.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        trailer = file.read()
        file.seek(-1, os.SEEK_END)
        file.write(b"\x21\xfe" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0" + trailer)
