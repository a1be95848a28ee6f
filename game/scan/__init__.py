"""``downslope scan``: trains a network, lays a plane through its weights, and writes the loss over it to a file."""

from game.scan.command import Result, ScanInterrupted, scan_to_file, tell
from game.scan.layouts import PLANES
from game.scan.workers import EXECUTORS

__all__ = ["EXECUTORS", "PLANES", "Result", "ScanInterrupted", "scan_to_file", "tell"]
