"""The weights of a model as a vector, and which models have such a vector."""

import copy
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.parameter import is_lazy

from landscapes.errors import InputError
from landscapes.torch.batches import Module, Tensor

Floats = npt.NDArray[np.float64]

_WRAPPERS = ("module.", "_orig_mod.")
"""What DataParallel and torch.compile put before names."""
_NESTS = ("state_dict", "model_state_dict", "model")
"""What training scripts call the weights among what else they save."""


class Weights(NamedTuple):
    """The parameters that move: those that training would change, in the model's order.

    Attributes:
        names: as in the state dict; of parameters that several layers share the first one.
        shapes: of each.
        frozen: how many others there are.
    """

    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    frozen: int

    def flatten(self, state: Mapping[str, Tensor]) -> Floats:
        """Their vector ``(p,)``."""
        return np.concatenate([as_array(state[name]).ravel() for name in self.names])

    def split(self, vector: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
        """The parts of a vector, in their shapes."""
        edges = np.cumsum([0, *(int(np.prod(shape)) for shape in self.shapes)])
        pairs = zip(itertools.pairwise(edges.tolist()), self.shapes, strict=True)
        return [vector[start:stop].reshape(shape) for (start, stop), shape in pairs]


def as_array(tensor: Tensor) -> Floats:
    """A tensor in float64, whatever it is and wherever."""
    return np.asarray(tensor.detach().cpu().double().numpy(), np.float64)


def copy_model(model: Any, device: Any) -> tuple[Module, Weights]:
    """A copy on the device that only answers, and its weights.

    Raises:
        InputError: it is no model, or one whose weights are no vector of real numbers.
    """
    model = getattr(model, "_orig_mod", model)
    if not isinstance(model, torch.nn.Module):
        raise InputError(f"the model must be a torch.nn.Module, not a {type(model).__name__}")
    parameters = dict(model.named_parameters())
    moving = {name: one for name, one in parameters.items() if one.requires_grad}
    for name, one in parameters.items():
        for wrong, reason in _FAULTS:
            if wrong(one):
                raise InputError(f"the weight {name} {reason}")
    if not moving:
        raise InputError(
            "all weights of the model are frozen: leave some with requires_grad, which are to move"
        )
    _refuse_shared_memory(moving)
    try:
        copied = copy.deepcopy(model)
    except (RuntimeError, TypeError) as error:
        raise InputError(f"the model cannot be copied ({' '.join(str(error).split())[:200]})") from None
    copied.to(device).eval().requires_grad_(False)
    shapes = tuple(tuple(one.shape) for one in moving.values())
    return copied, Weights(tuple(moving), shapes, len(parameters) - len(moving))


_FAULTS = (
    (is_lazy, "has no shape yet: run one batch through the model first"),
    (lambda one: one.is_complex(), "is complex: only real weights can be walked along"),
    (lambda one: one.layout != torch.strided, "is sparse: make it dense"),
    (lambda one: one.is_meta, "has no numbers yet: load the model first"),
)


def _refuse_shared_memory(parameters: Mapping[str, Tensor]) -> None:
    """Two parameters in the same memory would each be walked along; one parameter in two layers is only one."""
    spans = sorted(
        (one.data_ptr(), one.data_ptr() + one.nbytes, name) for name, one in parameters.items() if one.nbytes
    )
    for (_, end, name), (start, _, other) in itertools.pairwise(spans):
        if start < end:
            raise InputError(
                f"the weights {name} and {other} lie in the same memory: tie them as one parameter"
            )


def read_checkpoint(given: Any, number: int, model: Module, weights: Weights) -> dict[str, Tensor]:
    """The state dict of a checkpoint; of a file no more is read than tensors.

    Raises:
        InputError: it cannot be read, or is of another model.
    """
    state = _load(given, number) if isinstance(given, str | Path) else given
    state = state.state_dict() if isinstance(state, torch.nn.Module) else state
    for nest in _NESTS:
        state = state[nest] if isinstance(state, Mapping) and isinstance(state.get(nest), Mapping) else state
    if not isinstance(state, Mapping):
        raise InputError(
            f"checkpoint {number} is a {type(state).__name__}: give a state dict, or a file of one"
        )
    bare = {_unwrap(str(name)): tensor for name, tensor in state.items()}
    for name, shape in zip(weights.names, weights.shapes, strict=True):
        found = tuple(getattr(bare.get(name), "shape", ()))
        if name not in bare or found != shape:
            what = f"of shape {found} and not {shape}" if name in bare else "missing"
            raise InputError(f"checkpoint {number} is of another model: its weight {name} is {what}")
    known = model.state_dict()
    return {name: bare[name] for name in known if name in bare and bare[name].shape == known[name].shape}


def _load(path: str | Path, number: int) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise InputError(f"checkpoint {number}, {path}: {error.strerror or error}") from None
    except Exception as error:  # whatever a file that is no checkpoint makes of the reader
        reason = " ".join(str(error).split()).split(". ")[0][:160]
        raise InputError(
            f"checkpoint {number}, {path}: no file of weights alone ({reason}); save model.state_dict()"
        ) from None


def _unwrap(name: str) -> str:
    for wrapper in _WRAPPERS:
        name = name.removeprefix(wrapper)
    return name


def stack(weights: Weights, states: Sequence[Mapping[str, Tensor]]) -> Floats:
    """The vectors of state dicts ``(n, p)``."""
    return np.stack([weights.flatten(state) for state in states])
