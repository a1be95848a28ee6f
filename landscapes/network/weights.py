"""All the weights of a network as a field: what a swarm of whole networks rolls in."""

import dataclasses
import functools
from typing import Any

import numpy as np

from landscapes.landscape import Array, Domain, Rows
from landscapes.network.data import Dataset
from landscapes.network.each import gradient_of_each, losses_of_each
from landscapes.network.insight import Section, cut_inputs
from landscapes.network.mlp import Network, unflatten
from landscapes.network.plane import Plane
from landscapes.network.span import Span

_PROBES = 9
"""Networks on each diagonal of the map that tell what a typical gradient is."""


@dataclasses.dataclass(frozen=True, eq=False)
class WeightSpace:
    """Every network of a shape, by its weights ``(p, n)``; see ``landscape.Weights``.

    Attributes:
        plane: what the map shows of them.
        data: the samples that the loss averages over.
        domain: of the map.
        test: samples that no network learns from, if there are any.
    """

    plane: Plane
    data: Dataset
    domain: Domain
    test: Dataset | None = None

    @property
    def scratch(self) -> int:
        """How many work arrays ``gradient`` needs."""
        return 0

    def value(self, position: Array) -> Array:
        """Mean loss ``(n,)`` of networks ``(p, n)``, in their dtype."""
        return losses_of_each(self.plane.origin, _as_vectors(position), *self._known(position.dtype))

    def gradient(self, position: Array, out: Array, scratch: Array) -> None:  # noqa: ARG002
        """Write the exact gradient ``(p, n)`` into ``out``: the chain rule, layer by layer."""
        known = self._known(position.dtype)
        _, gradients = gradient_of_each(self.plane.origin, _as_vectors(position), *known)
        np.copyto(out, gradients.T)

    @functools.cached_property
    def samples(self) -> "WeightSamples":
        """The data, each network its own."""
        return WeightSamples(self)

    @functools.cached_property
    def section(self) -> Section:
        """The inputs for which a network's answers are shown."""
        return cut_inputs(self.data.inputs)

    @functools.cached_property
    def extent(self) -> float:
        """How far the longer side of the map is among the weights."""
        x_min, x_max, y_min, y_max = self.domain
        span = self.span
        sides = (x_max - x_min) * np.linalg.norm(span.first), (y_max - y_min) * np.linalg.norm(span.second)
        return float(max(sides))

    @functools.cached_property
    def gradient_scale(self) -> float:
        """Median length of the gradient along the diagonals of the map."""
        x_min, x_max, y_min, y_max = self.domain
        xs, ys = np.linspace(x_min, x_max, _PROBES), np.linspace(y_min, y_max, _PROBES)
        at = self.lift(np.concatenate([[xs, ys], [xs, ys[::-1]]], axis=1))
        out = np.empty_like(at)
        self.gradient(at, out, np.empty(0))
        norms = np.linalg.norm(out, axis=0)
        norms = norms[np.isfinite(norms)]
        return float(np.median(norms)) if norms.size else 1.0

    @functools.cached_property
    def span(self) -> Span:
        """The plane in vectors."""
        return self.plane.span

    def network_at(self, position: Array) -> Network:
        """The network of weights ``(p,)``, in float64."""
        layers = unflatten(position.astype(np.float64), self.plane.origin.layers)
        return dataclasses.replace(self.plane.origin, layers=layers)

    def lift(self, xy: Array) -> Array:
        """The weights ``(p, n)`` at points of the map ``(2, n)``, in their dtype."""
        return np.ascontiguousarray(self.span.place(xy.astype(np.float64)).T, xy.dtype)

    def project(self, position: Array) -> Array:
        """The points of the map ``(2, n)`` nearest to weights ``(p, n)``."""
        return self.span.project(_as_vectors(position)).xy

    def share(self, movement: Array) -> Array:
        """How much of movements ``(p, n)`` the map shows, ``(n,)``: the share of their squared lengths."""
        return self.span.share(_as_vectors(movement))

    def _known(self, dtype: np.dtype[np.floating[Any]]) -> tuple[Array, Any]:
        if dtype not in self._cast:
            self._cast[dtype] = self.data.inputs.astype(dtype), _cast_targets(self.data.targets, dtype)
        return self._cast[dtype]

    @functools.cached_property
    def _cast(self) -> dict[np.dtype[np.floating[Any]], tuple[Array, Any]]:
        return {}


@dataclasses.dataclass(frozen=True, eq=False)
class WeightSamples:
    """The samples that whole networks are judged by, each network its own; see ``landscape.Samples``."""

    space: WeightSpace

    @property
    def count(self) -> int:
        """How many samples there are."""
        return int(self.space.data.targets.shape[-1])

    def value(self, position: Array, rows: Rows) -> Array:
        """Mean loss ``(n,)`` of networks ``(p, n)``, each on its own samples ``rows (n, b)``."""
        return losses_of_each(self.space.plane.origin, _as_vectors(position), *self._pick(position, rows))

    def gradient(self, position: Array, rows: Rows, out: Array) -> None:
        """Write the exact gradient ``(p, n)`` of ``value`` into ``out``."""
        picked = self._pick(position, rows)
        _, gradients = gradient_of_each(self.space.plane.origin, _as_vectors(position), *picked)
        np.copyto(out, gradients.T)

    def _pick(self, position: Array, rows: Rows) -> tuple[Array, Any]:
        inputs, targets = self.space._known(position.dtype)
        chosen = np.ascontiguousarray(np.moveaxis(inputs[:, rows], 0, 1))
        return chosen, targets[..., rows] if targets.ndim == 1 else np.moveaxis(targets[:, rows], 0, 1)


def _as_vectors(position: Array) -> Array:
    return np.ascontiguousarray(position.T)


def _cast_targets(targets: Any, dtype: np.dtype[np.floating[Any]]) -> Any:
    """Classes stay whole numbers."""
    return targets if targets.dtype.kind in "iu" else targets.astype(dtype)
