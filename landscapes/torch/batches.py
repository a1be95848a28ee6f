"""The data that a model is judged by: read once, and kept where it computes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset

from landscapes.errors import InputError

_MOST_BYTES = 2**34
"""Of all batches together."""
_SAMPLES = 256
"""In a batch of a data set that comes without."""

Tensor = Any
"""PyTorch's; it is not known where our types are checked."""
Module = Any


class Batch(NamedTuple):
    """Some samples: what the model takes, by place and by name, what the loss compares with, and how many."""

    inputs: tuple[Any, ...]
    named: Mapping[str, Any]
    targets: Any
    samples: int

    def judge(self, model: Module, loss: Callable[..., Any]) -> Tensor:
        """What the model's answers cost."""
        return loss(model(*self.inputs, **self.named), self.targets)


def read_batches(data: Iterable[Any], device: Any) -> tuple[Batch, ...]:
    """All batches, in their order, on the device.

    Raises:
        InputError: there is none, one that cannot be taken apart, or more than there is room for.
    """
    if (
        isinstance(data, tuple | list)
        and len(data) > 1
        and all(isinstance(part, torch.Tensor) for part in data)
    ):
        data = [data]
    elif isinstance(data, Dataset) and not isinstance(data, IterableDataset):
        data = DataLoader(data, _SAMPLES)
    if not isinstance(data, Iterable):
        raise InputError(f"the data must be batches (inputs, targets), not a {type(data).__name__}")
    batches, room = [], _MOST_BYTES
    for number, given in enumerate(data, 1):
        batches.append(_read_batch(given, number, device))
        room -= sum(tensor.nbytes for tensor in list_tensors(given))
        if room < 0:
            raise InputError(
                f"the data take more than {_MOST_BYTES:,} bytes: give fewer batches, such as a subset"
            )
    if not batches:
        raise InputError("the data have no batch: give at least one")
    return tuple(batches)


def _read_batch(given: Any, number: int, device: Any) -> Batch:
    tensors = list_tensors(given)
    if not tensors or tensors[0].ndim == 0 or len(tensors[0]) == 0:
        raise InputError(f"batch {number} has no samples: give (inputs, targets), or a mapping of tensors")
    moved = _move(given, device)
    if isinstance(moved, Mapping):
        return Batch((), moved, moved, len(tensors[0]))
    if isinstance(moved, tuple | list) and len(moved) > 1:
        return Batch(tuple(moved[:-1]), {}, moved[-1], len(tensors[0]))
    raise InputError(
        f"batch {number} is a {type(given).__name__}: give (inputs, targets), or a mapping of tensors"
    )


def list_tensors(given: Any) -> list[Any]:
    """All tensors in what may be nested, in their order."""
    if isinstance(given, torch.Tensor):
        return [given]
    if isinstance(given, Mapping):
        given = list(given.values())
    return (
        [tensor for part in given for tensor in list_tensors(part)] if isinstance(given, tuple | list) else []
    )


def _move(given: Any, device: Any) -> Any:
    """The same on the device, not to be changed by whoever gave it."""
    if isinstance(given, torch.Tensor):
        return given.detach().to(device, copy=True)
    if isinstance(given, Mapping):
        return {name: _move(part, device) for name, part in given.items()}
    if isinstance(given, tuple | list):
        return tuple(_move(part, device) for part in given)
    return given
