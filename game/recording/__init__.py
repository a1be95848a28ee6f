"""Frame sinks: where pictures go. Takes uint8 arrays, top row first, and knows nothing else of the game.

`open_sink` opens a video, an animation or a folder of PNGs by its ending; `write_png` writes one picture.
"""

from game.recording.codecs import Encoding
from game.recording.errors import RecordingError
from game.recording.formats import FORMATS, EncoderStatus, Format, encoders, open_sink, write_png
from game.recording.sinks import FileSink, MemorySink, NullSink, Pixels, Sink
from game.recording.tables import write_table

__all__ = [
    "FORMATS",
    "EncoderStatus",
    "Encoding",
    "FileSink",
    "Format",
    "MemorySink",
    "NullSink",
    "Pixels",
    "RecordingError",
    "Sink",
    "encoders",
    "open_sink",
    "write_png",
    "write_table",
]
