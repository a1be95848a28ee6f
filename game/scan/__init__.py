"""``downslope scan``: trains a network, lays a plane through its weights, and writes the loss over it to a file."""

from game.scan.command import Result, ScanInterrupted, scan_to_file, tell
from game.scan.layouts import PLANES
from game.scan.live import LiveScan, open_scan
from game.scan.script import find_script, scan_script, tell_landscape
from game.workers import EXECUTORS

__all__ = [
    "EXECUTORS",
    "PLANES",
    "LiveScan",
    "Result",
    "ScanInterrupted",
    "find_script",
    "open_scan",
    "scan_script",
    "scan_to_file",
    "tell",
    "tell_landscape",
]
