"""Models that are multi-layer perceptrons: our own engine knows those, in float64 and with everything that it can."""

import itertools
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np
import torch
from torch import fx, nn
from torch.nn import functional

from landscapes.errors import InputError
from landscapes.network.activations import (
    GELU,
    LEAKY_RELU,
    RELU,
    SIGMOID,
    SOFTPLUS,
    TANH,
    Activation,
)
from landscapes.network.data import Dataset
from landscapes.network.mlp import Layer, Network, check_fit
from landscapes.network.outputs import BINARY_CROSS_ENTROPY, CROSS_ENTROPY, MEAN_SQUARED_ERROR, Loss
from landscapes.network.plane import make_plane
from landscapes.network.scan import PlaneLoss
from landscapes.network.span import Span
from landscapes.torch.batches import Batch, Module
from landscapes.torch.weights import Weights, as_array

_MODULES: dict[Any, tuple[Activation, dict[str, Any]]] = {
    nn.Sigmoid: (SIGMOID, {}),
    nn.Tanh: (TANH, {}),
    nn.ReLU: (RELU, {}),
    nn.LeakyReLU: (LEAKY_RELU, {"negative_slope": 0.01}),
    nn.GELU: (GELU, {"approximate": "none"}),
    nn.Softplus: (SOFTPLUS, {"beta": 1, "threshold": 20}),
}
"""Activations, and what must be said of each for it to be ours."""
_FUNCTIONS: dict[Any, Activation] = {
    torch.sigmoid: SIGMOID,
    functional.sigmoid: SIGMOID,
    torch.tanh: TANH,
    functional.tanh: TANH,
    torch.relu: RELU,
    functional.relu: RELU,
    functional.leaky_relu: LEAKY_RELU,
    functional.gelu: GELU,
    functional.softplus: SOFTPLUS,
}
"""The same as functions of one argument."""
_LOSSES: dict[Any, Loss] = {
    nn.CrossEntropyLoss: CROSS_ENTROPY,
    nn.BCEWithLogitsLoss: BINARY_CROSS_ENTROPY,
    nn.MSELoss: MEAN_SQUARED_ERROR,
    functional.cross_entropy: CROSS_ENTROPY,
    functional.binary_cross_entropy_with_logits: BINARY_CROSS_ENTROPY,
    functional.mse_loss: MEAN_SQUARED_ERROR,
}
_USUAL = {
    "weight": None,
    "pos_weight": None,
    "reduction": "mean",
    "label_smoothing": 0.0,
    "ignore_index": -100,
}
"""What losses must be set to for them to be ours."""
_DROPPED = (nn.Dropout, nn.Identity)
_FLATTEN = ("flatten", torch.flatten)


def recognise(
    model: Module, loss: Callable[..., Any], batches: tuple[Batch, ...], weights: Weights, span: Span
) -> PlaneLoss | None:
    """The same plane for our own engine; ``None`` if the model, its loss or the data are anything else."""
    network = _read_network(model, weights, _find_loss(loss))
    if network is None:
        return None
    try:
        data = _read_data(batches, network)
        check_fit(network, *data)
        return PlaneLoss(make_plane(network, span), data)
    except (InputError, ValueError, IndexError):
        return None


def _find_loss(loss: Any) -> Loss | None:
    usual = all(getattr(loss, name, value) == value for name, value in _USUAL.items())
    key = type(loss) if isinstance(loss, nn.Module) else loss
    return _LOSSES.get(key) if usual and isinstance(key, type | FunctionType | BuiltinFunctionType) else None


def _read_network(model: Module, weights: Weights, loss: Loss | None) -> Network | None:
    """The network whose layers the model calls one after the other."""
    if loss is None or any(one._forward_hooks or one._forward_pre_hooks for one in model.modules()):
        return None
    try:
        nodes = list(fx.symbolic_trace(model).graph.nodes)
    except Exception:  # whatever it does that cannot be traced
        return None
    chain = [before for before, after in itertools.pairwise(nodes) if list(before.users) != [after]]
    modules = dict(model.named_modules())
    linear: list[str] = []
    hidden: list[Activation] = []
    for node in nodes[1:-1]:
        one: Any = modules.get(node.target) if node.op == "call_module" else None
        activation = _find_activation(node, one)
        if type(one) is nn.Linear and one.bias is not None and len(hidden) == len(linear):
            linear.append(node.target)
        elif activation and len(hidden) == len(linear) - 1:
            hidden.append(activation)
        elif not (type(one) in _DROPPED or (_flattens(node, one) and not linear)):
            return None
    names = tuple(f"{name}.{part}" for name in linear for part in ("weight", "bias"))
    if (
        chain
        or names != weights.names
        or weights.frozen
        or len(hidden) != len(linear) - 1
        or len(set(hidden)) > 1
    ):
        return None
    if any(one.dtype not in (torch.float32, torch.float64) for one in model.parameters()):
        return None
    layers = tuple(Layer(as_array(modules[name].weight), as_array(modules[name].bias)) for name in linear)
    return Network(layers, hidden[0] if hidden else RELU, loss)


def _find_activation(node: Any, module: Module) -> Activation | None:
    if node.op == "call_function" and len(node.args) == 1 and not set(node.kwargs) - {"inplace"}:
        return _FUNCTIONS.get(node.target)
    activation, settings = _MODULES.get(type(module), (None, {}))
    return activation if all(getattr(module, name) == value for name, value in settings.items()) else None


def _flattens(node: Any, module: Module) -> bool:
    if type(module) is nn.Flatten:
        return bool(module.start_dim == 1 and module.end_dim == -1)
    return node.op != "call_module" and node.target in _FLATTEN and node.args[1:] == (1,) and not node.kwargs


def _read_data(batches: tuple[Batch, ...], network: Network) -> Dataset:
    """The samples as ours are: features first.

    Raises:
        ValueError: they are none that our engine takes.
    """
    if any(len(batch.inputs) != 1 or batch.named for batch in batches):
        raise ValueError("more than one input")
    inputs = [as_array(batch.inputs[0]) for batch in batches]
    targets = [batch.targets.detach().cpu().numpy() for batch in batches]
    outputs = network.layers[-1].bias.size
    if network.loss.counts:
        if any(one.dtype != np.int64 or one.ndim != 1 for one in targets):
            raise ValueError("targets that are no classes")
        answers = np.concatenate(targets)
    else:
        # Anything else would be broadcast by PyTorch.
        if any(one.shape != (len(given), outputs) for one, given in zip(targets, inputs, strict=True)):
            raise ValueError("targets of another shape than the answers")
        answers = np.concatenate(targets).astype(np.float64).T
        answers = answers[0] if outputs == 1 else answers
    flat = np.concatenate([one.reshape(len(one), -1) for one in inputs])
    return Dataset(np.ascontiguousarray(flat.T), np.ascontiguousarray(answers))
