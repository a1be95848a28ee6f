"""A network kept beside its surface in a file, so that minibatches and whole networks roll there as well."""

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from landscapes.errors import InputError, find
from landscapes.network.activations import ACTIVATIONS
from landscapes.network.data import Dataset
from landscapes.network.mlp import Layer, Network, check_fit, flatten
from landscapes.network.outputs import LOSSES
from landscapes.network.plane import make_plane
from landscapes.network.scan import PlaneLoss
from landscapes.network.span import Span

Kept = Mapping[str, npt.NDArray[Any]]
"""Arrays by name: numbers, and texts as unsigned bytes of UTF-8."""

_MOST_WEIGHTS = 2**24
_PARTS = ("origin", "first", "second")
_SETS = ("train", "test")


def pack(loss: PlaneLoss, test: Dataset | None = None) -> dict[str, npt.NDArray[Any]]:
    """All that there is to know of a network's plane, as plain arrays."""
    network = loss.plane.origin
    sizes = [network.layers[0].weight.shape[1], *(layer.bias.size for layer in network.layers)]
    kept: dict[str, npt.NDArray[Any]] = {
        "sizes": np.array(sizes, np.int64),
        "hidden": _spell(network.hidden.name),
        "loss": _spell(network.loss.name),
        "weight_decay": np.array([network.weight_decay]),
    }
    kept |= {part: flatten(layers) for part, layers in zip(_PARTS, loss.plane.layers, strict=True)}
    for name, data in zip(_SETS, (loss.data, test), strict=True):
        if data is not None:
            kept |= {f"{name}.inputs": data.inputs, f"{name}.targets": data.targets}
    return kept


def unpack(kept: Kept) -> tuple[PlaneLoss, Dataset | None]:
    """The network's plane with its data, and the test samples if there are any.

    Raises:
        InputError: something is missing, or does not fit together.
    """
    try:
        network = _read_network(kept)
        parts = (np.asarray(kept[part], np.float64) for part in _PARTS)
        plane = make_plane(network, Span(*parts))
        train, test = (_read_data(kept, name, network) for name in _SETS)
    except KeyError as missing:
        raise InputError(f"the network in it has no {missing.args[0]}: scan it anew") from None
    if train is None:
        raise InputError("the network in it has no data: scan it anew")
    return PlaneLoss(plane, train), test


def _read_network(kept: Kept) -> Network:
    sizes = np.asarray(kept["sizes"])
    if sizes.ndim != 1 or sizes.size < 2 or sizes.dtype.kind not in "iu" or sizes.min() < 1:
        raise InputError("the sizes of the network in it are no sizes: scan it anew")
    pairs = list(itertools.pairwise(sizes.tolist()))
    if sum(after * (before + 1) for before, after in pairs) > _MOST_WEIGHTS:
        raise InputError(f"the network in it has more than {_MOST_WEIGHTS:,} weights: scan a smaller one")
    decay = np.asarray(kept["weight_decay"], np.float64)
    if decay.shape != (1,) or not 0 <= decay[0] < np.inf:
        raise InputError("the weight decay of the network in it is no number from 0 up: scan it anew")
    return Network(
        tuple(Layer(np.zeros((after, before)), np.zeros(after)) for before, after in pairs),
        find("activation", _read(kept["hidden"]), ACTIVATIONS),
        find("loss", _read(kept["loss"]), LOSSES),
        float(decay[0]),
    )


def _read_data(kept: Kept, name: str, network: Network) -> Dataset | None:
    if f"{name}.inputs" not in kept:
        return None
    inputs, targets = np.asarray(kept[f"{name}.inputs"], np.float64), kept[f"{name}.targets"]
    targets = targets.astype(np.int64 if network.loss.counts else np.float64)
    if not (np.isfinite(inputs).all() and np.isfinite(targets).all()):
        raise InputError(f"the {name} data of the network in it are not all numbers: scan it anew")
    check_fit(network, inputs, targets)
    return Dataset(np.ascontiguousarray(inputs), targets)


def _spell(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def _read(letters: npt.NDArray[Any]) -> str:
    return bytes(np.asarray(letters, np.uint8).ravel()[:100]).decode(errors="replace")
