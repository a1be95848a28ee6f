"""The record every loss surface is, and the contract it keeps."""

import dataclasses
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from landscapes.viewer import find_viewer

Array = npt.NDArray[np.floating[Any]]
"""Float32 for play or float64 for checks. Positions are two contiguous rows, ``(2, n)``."""

Domain = tuple[float, float, float, float]
"""``(x_min, x_max, y_min, y_max)``."""

Rows = npt.NDArray[np.integer[Any]]
"""For each ball the numbers of the samples it sees, ``(n, b)``."""

Relief = Literal["auto", "linear", "log", "symlog", "equalised", "clipped"]
"""How loss becomes display height; ``auto`` leaves the choice to whoever draws. The optimizer never sees it."""


AT_ONCE = 2**13
"""Positions of a grid worked out at once: few enough for what is worked out on the way to stay near the processor."""


class Field(Protocol):
    """A loss over the plane, as the simulation's inner loop calls it."""

    @property
    def scratch(self) -> int:
        """How many ``(2, n)`` work arrays ``gradient`` needs."""

    def value(self, xy: Array) -> Array:
        """Loss ``(n,)`` at positions ``(2, n)``, in the dtype of ``xy``."""

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:
        """Write the exact gradient ``(2, n)`` into ``out``, in place and without allocating.

        Args:
            xy: positions ``(2, n)``; rows are contiguous, NaN marks parked balls and stays NaN.
            out: where the gradient goes, ``(2, n)``; must not overlap ``xy``.
            scratch: ``(k, 2, n)`` of the same dtype with ``k >= self.scratch``; contents undefined.
        """


@runtime_checkable
class Holed(Protocol):
    """A field that may have holes, in which there is no loss."""

    @property
    def holes(self) -> npt.NDArray[np.bool_] | None:
        """Which of its cells are holes; ``None`` if none is."""

    def crosses(self, before: Array, after: Array) -> npt.NDArray[np.bool_]:
        """Whether the straight ways ``(n,)`` from ``before`` to ``after (2, n)`` touch a hole; no for NaN."""

    def meets(self, before: Array, after: Array) -> Array:
        """At which share of these ways a hole is met ``(n,)``; infinite if none is."""


class Samples(Protocol):
    """The samples that a loss averages over, each with a surface of its own."""

    @property
    def count(self) -> int:
        """How many there are."""

    def value(self, xy: Array, rows: Rows) -> Array:
        """Each ball's mean loss over its own samples, in the dtype of ``xy``.

        Args:
            xy: positions ``(2, n)``, as in ``Field``.
            rows: sample numbers ``(n, b)``; one that comes twice counts twice.

        Returns:
            ``(n,)``; NaN where a position is.
        """

    def gradient(self, xy: Array, rows: Rows, out: Array) -> None:
        """Write the exact gradient ``(2, n)`` of ``value`` into ``out``, which must not overlap ``xy``."""


class Weights(Field, Protocol):
    """All the weights of a network, as a field; positions are ``(p, n)`` instead of ``(2, n)``.

    The map of a landscape shows a plane through them.
    """

    @property
    def samples(self) -> Samples:
        """The data, likewise at positions ``(p, n)``."""

    @property
    def extent(self) -> float:
        """What is a long way among them: as far as the longer side of the map."""

    @property
    def gradient_scale(self) -> float:
        """The typical length of a gradient."""

    def lift(self, xy: Array) -> Array:
        """The weights ``(p, n)`` at points of the map ``(2, n)``, in their dtype."""

    def project(self, position: Array) -> Array:
        """The points of the map ``(2, n)`` nearest to weights ``(p, n)``."""

    def share(self, movement: Array) -> Array:
        """How much of movements ``(p, n)`` the map shows, ``(n,)``: the share of their squared lengths."""


class Trajectory(NamedTuple):
    """The way that a training took, as the map shows it.

    Attributes:
        xy: the points of the map nearest to its checkpoints ``(2, n)``, in order.
        residual: how far from there each of them is, in the space of the weights ``(n,)``.
        loss: of each checkpoint itself ``(n,)``, which is not that of the map under it.
    """

    xy: npt.NDArray[np.float64]
    residual: npt.NDArray[np.float64]
    loss: npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Landscape:
    """A loss surface over a rectangle: what it is worth where, and what is known about it.

    Attributes:
        name: the catalogue's name for it, lower case.
        title: what a player reads.
        about: one line of what there is to see.
        source: who published it, or how it was made.
        domain: ``(x_min, x_max, y_min, y_max)``.
        field: value and gradient kernels, raw loss in the landscape's own coordinates.
        minima: known minima ``(m, 2)``, deepest first; empty where there is none.
        relief: how loss becomes display height, where the automatic rule would not show it best.
        learning_rates: a rate per optimizer that starts well here.
        data: the samples that the loss averages over; ``None`` if it is not made of data.
        exact: the loss that ``field`` interpolates, where it can be worked out anywhere; slower.
        weights: of the network whose plane this is; ``None`` if it is none's.
        trajectory: of the training that led here, if it is known.
        notes: what had to be guessed or changed to make it, in sentences for the user.
    """

    name: str
    title: str
    about: str
    source: str
    domain: Domain
    field: Field
    minima: npt.NDArray[np.float64] = dataclasses.field(default_factory=lambda: np.empty((0, 2)))
    relief: Relief = "auto"
    learning_rates: Mapping[str, float] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    data: Samples | None = None
    exact: Field | None = None
    weights: Weights | None = None
    trajectory: Trajectory | None = None
    notes: tuple[str, ...] = ()

    def __deepcopy__(self, _memo: object) -> "Landscape":
        # It never changes: whatever is copied goes on with the same one.
        return self

    def value(self, xy: npt.ArrayLike) -> Array:
        """Loss at ``xy``, shape ``(2, n)`` -> ``(n,)``; float32 stays float32, all else is float64."""
        return self.field.value(_positions(xy))

    def gradient(self, xy: npt.ArrayLike) -> Array:
        """Exact gradient at ``xy``, shape ``(2, n)`` -> ``(2, n)``, dtype as in ``value``."""
        at = _positions(xy)
        out = np.empty_like(at)
        self.field.gradient(at, out, np.empty((self.field.scratch, *at.shape), at.dtype))
        return out

    def grid(self, resolution: int) -> tuple[Array, Array, Array]:
        """The loss on a regular grid over the domain, borders included.

        Returns:
            xs ``(resolution,)``, ys ``(resolution,)`` and loss ``(resolution, resolution)`` as
            ``loss[row of y, column of x]``, all float64.
        """
        x_min, x_max, y_min, y_max = self.domain
        xs = np.linspace(x_min, x_max, resolution)
        ys = np.linspace(y_min, y_max, resolution)
        loss = np.empty((resolution, resolution))
        for first in range(0, resolution, most := max(1, AT_ONCE // resolution)):
            x, y = np.meshgrid(xs, ys[first : first + most])
            loss[first : first + most] = self.value(np.stack([x.ravel(), y.ravel()])).reshape(x.shape)
        return xs, ys, loss

    @cached_property
    def gradient_scale(self) -> float:
        """Median gradient norm over a grid of the domain, holes left out: what "large" means on this surface."""
        x_min, x_max, y_min, y_max = self.domain
        x, y = np.meshgrid(np.linspace(x_min, x_max, 65)[1:-1], np.linspace(y_min, y_max, 65)[1:-1])
        with np.errstate(all="ignore"):
            norms = np.linalg.norm(self.gradient(np.stack([x.ravel(), y.ravel()])), axis=0)
        norms = norms[np.isfinite(norms)]
        return float(np.median(norms)) if norms.size else 1.0

    @property
    def extent(self) -> float:
        """The longer side of the domain."""
        x_min, x_max, y_min, y_max = self.domain
        return max(x_max - x_min, y_max - y_min)

    def play(self, *arguments: str) -> None:
        """Open the game on it, in a window of its own; arguments are those of ``downslope play``.

        Raises:
            InputError: no viewer is installed.
        """
        find_viewer().play(self, *arguments)

    def record(self, *arguments: str, seconds: float = 8.0) -> Any:
        """A film of it, which plays in a notebook; arguments are those of ``downslope record``.

        Raises:
            InputError: no viewer is installed, or it cannot make the film.
        """
        return find_viewer().record(self, *arguments, seconds=seconds)

    def _repr_png_(self) -> bytes:
        """What a notebook shows of it."""
        from landscapes.picture import draw_picture, encode_png

        return encode_png(draw_picture(self))


_SURFACE = 1e-4
"""How far the surface may be off the loss of its data, as a share of its range: it may be a spline through a scan."""


def check(landscape: Landscape) -> None:
    """Hold a landscape to the contract of ``Landscape`` and ``Field``, at a few hundred fixed points.

    Raises:
        ValueError: it breaks the contract; the message is one line naming the landscape and the first fault.
    """
    with np.errstate(all="ignore"):
        for fault in _faults(landscape):
            raise ValueError(f"landscape {landscape.name!r}: {fault}")


def _faults(landscape: Landscape) -> Iterator[str]:
    x_min, x_max, y_min, y_max = landscape.domain
    if not (np.isfinite(landscape.domain).all() and x_min < x_max and y_min < y_max):
        yield f"the domain {landscape.domain} is not a rectangle (x_min, x_max, y_min, y_max)"
    at = _samples(landscape)
    if not at.size:
        yield "it is a hole at every point where one looks: there is no surface"
    yield from _faults_of_kernels(landscape, at)
    yield from _faults_of_gradient(landscape, _samples(landscape, margin=0.01))
    yield from _faults_of_minima(landscape)
    if landscape.data is not None:
        yield from _faults_of_data(landscape, landscape.data)


def _faults_of_kernels(landscape: Landscape, at: Array) -> Iterator[str]:
    """Shapes, dtypes, finiteness, float32 against float64, and parked balls."""
    at = at.astype(np.float32).astype(np.float64)
    exact = landscape.gradient(at)
    tolerance = 1e-3 * (np.abs(exact) + landscape.gradient_scale)
    for dtype in (np.float32, np.float64):
        loss, gradient = landscape.value(at.astype(dtype)), landscape.gradient(at.astype(dtype))
        if loss.shape != at.shape[1:] or loss.dtype != dtype or gradient.dtype != dtype:
            yield f"value or gradient of {np.dtype(dtype)} positions has another shape or dtype"
        if not (np.isfinite(loss).all() and np.isfinite(gradient).all()):
            yield f"value or gradient is not finite in {np.dtype(dtype)} somewhere on the domain"
        if (np.abs(gradient - exact) > tolerance).any():
            yield "the float32 gradient differs from the float64 gradient"
        parked = at.astype(dtype)
        parked[:, 0] = np.nan
        after = landscape.gradient(parked)
        if not np.isnan(after[:, 0]).all() or (after[:, 1:] != gradient[:, 1:]).any():
            yield "a ball parked at NaN does not stay NaN, or changes the gradient of others"


def _faults_of_gradient(landscape: Landscape, at: Array) -> Iterator[str]:
    """The gradient against central differences of the loss, of fourth order."""
    h = 2.0 ** np.floor(np.log2(1e-6 * landscape.extent))  # which floats add exactly, far from the origin too
    gradient = landscape.gradient(at)
    rounding = 8 * np.finfo(np.float64).eps * np.abs(landscape.value(at)) / h
    for axis, step in enumerate((np.array([[h], [0.0]]), np.array([[0.0], [h]]))):
        near, far = (landscape.value(at + k * step) - landscape.value(at - k * step) for k in (1, 2))
        difference = (8 * near - far) / (12 * h)
        allowed = 1e-6 * (np.abs(difference) + landscape.gradient_scale) + rounding
        wrong = np.abs(gradient[axis] - difference) > allowed
        if wrong.any():
            x, y = at[:, np.argmax(wrong)]
            yield f"d/d{'xy'[axis]} is not the slope of the loss, for example at ({x:.6g}, {y:.6g})"


def _faults_of_minima(landscape: Landscape) -> Iterator[str]:
    """Minima: inside, deepest first, and no way down from them within the domain."""
    minima = landscape.minima
    if minima.ndim != 2 or minima.shape[1] != 2 or minima.dtype != np.float64:
        yield f"minima must be float64 of shape (m, 2), not {minima.dtype} of {minima.shape}"
    low, high = np.reshape(landscape.domain, (2, 2)).T
    if not ((low <= minima) & (minima <= high)).all():
        yield "a minimum lies outside the domain"
    at = np.ascontiguousarray(minima.T)
    if (np.diff(landscape.value(at)) < -1e-9 * np.ptp(landscape.value(_samples(landscape)))).any():
        yield "the minima are not in order, deepest first"
    downhill = np.clip(minima - landscape.gradient(at).T, low, high) - minima
    if (np.abs(downhill) > 1e-6 * landscape.gradient_scale).any():
        yield "a minimum is not stationary"


@dataclasses.dataclass(frozen=True)
class _Minibatch:
    """The surface of a few samples, the same for all balls."""

    data: Samples
    numbers: tuple[int, ...]
    scratch: int = 0

    def value(self, xy: Array) -> Array:
        return self.data.value(xy, self._rows(xy))

    def gradient(self, xy: Array, out: Array, scratch: Array) -> None:  # noqa: ARG002
        self.data.gradient(xy, self._rows(xy), out)

    def _rows(self, xy: Array) -> Rows:
        return np.broadcast_to(np.array(self.numbers), (xy.shape[1], len(self.numbers)))


def _faults_of_data(landscape: Landscape, data: Samples) -> Iterator[str]:
    """The kernels of a minibatch, and that means over samples are what they say."""
    few = _Minibatch(data, (0, data.count // 2, data.count - 1))
    minibatch = dataclasses.replace(landscape, field=few, data=None)
    at, inside = _samples(landscape), _samples(landscape, margin=0.01)
    for fault in (*_faults_of_kernels(minibatch, at), *_faults_of_gradient(minibatch, inside)):
        yield f"of a minibatch {fault}"
    one = np.arange(at.shape[1])[:, np.newaxis] % data.count
    other = one[::-1]
    mean = (data.value(at, one) + data.value(at, other)) / 2
    if not np.allclose(data.value(at, np.hstack([one, other])), mean, rtol=1e-9, atol=0):
        yield "the loss of a minibatch is not the mean of those of its samples"
    drawn, all_of_them = landscape.value(at), _Minibatch(data, tuple(range(data.count)))
    if np.abs(all_of_them.value(at) - drawn).max() > _SURFACE * np.ptp(drawn):
        yield "the mean over all samples is not the whole loss"


def _samples(landscape: Landscape, margin: float = 0.0) -> npt.NDArray[np.float64]:
    """Fixed points ``(2, n)`` over the domain: corners and random ones, ``margin`` sides inside, but none in holes."""
    x_min, x_max, y_min, y_max = landscape.domain
    unit = np.random.default_rng(0).random((2, 252))
    unit = margin + (1 - 2 * margin) * np.hstack([unit, [[0, 0, 1, 1], [0, 1, 0, 1]]])
    at = np.stack([x_min + unit[0] * (x_max - x_min), y_min + unit[1] * (y_max - y_min)])
    crosses = getattr(landscape.field, "crosses", None)
    return at if crosses is None else at[:, ~crosses(at, at)]


def _positions(xy: npt.ArrayLike) -> Array:
    at = np.asarray(xy)
    if at.ndim != 2 or at.shape[0] != 2:
        raise ValueError(f"positions must have shape (2, n), not {at.shape}")
    return np.ascontiguousarray(at, dtype=np.float32 if at.dtype == np.float32 else np.float64)
