"""Surfaces known only at the points of a regular grid, made smooth: value and exact gradient anywhere.

Between the grid points runs the bicubic spline with not-a-knot ends (de Boor, "A Practical Guide to
Splines", 1978, ch. IV): it passes through every sample, its second derivatives are continuous, and it is
linear in the samples. Beyond the border each axis continues as a straight line, value and slope joining
without a step; the ring of cells around the grid holds these lines, so that no position is a special case.

A sample that is no finite number is a hole: the cells around it have no surface. The spline is drawn
through a harmonic fill, so that next to a hole it is as smooth as anywhere else.
"""

from landscapes.sampled.field import GridField
from landscapes.sampled.smoothing import smooth
from landscapes.sampled.stack import GridSamples

__all__ = ["GridField", "GridSamples", "smooth"]
