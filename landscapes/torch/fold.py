"""Batch-norm worked into the convolution before it: with fixed statistics both are one affine map."""

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import fx, nn

from landscapes.torch.batches import Module

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


class Folded(NamedTuple):
    """A model that answers as another one does: ``follow`` is to be called whenever that one's weights change."""

    model: Module
    follow: Callable[[], None]


def fold(model: Module, *, channels_last: bool) -> Folded | None:
    """The same model without batch-norm where it follows a convolution; ``None`` if there is no convolution.

    Args:
        model: whose weights may change; it only answers.
        channels_last: how convolutions hold their weights.

    Raises:
        Exception: PyTorch cannot trace the model.
    """
    if not any(type(one) in _CONVOLUTIONS for one in model.modules()):
        return None
    graph = fx.Tracer().trace(model)
    modules = dict(model.named_modules())
    called = [node.target for node in graph.nodes if node.op == "call_module"]
    pairs: dict[str, str | None] = {
        name: None for name in called if type(modules[name]) in _CONVOLUTIONS and called.count(name) == 1
    }
    for node in list(graph.nodes):
        before = node.args[0] if node.args and isinstance(node.args[0], fx.Node) else None
        if (
            before is None
            or before.target not in pairs
            or before.op != "call_module"
            or len(before.users) > 1
        ):
            continue
        norm: Any = modules.get(node.target) if node.op == "call_module" else None
        if type(norm) in _NORMS and norm.track_running_stats and called.count(node.target) == 1:
            pairs[before.target] = node.target
            node.replace_all_uses_with(before)
            graph.erase_node(node)
    folded = fx.GraphModule(model, graph)
    steps = [
        _replace(folded, name, modules[name], norm and modules[norm], channels_last)
        for name, norm in pairs.items()
    ]

    def follow() -> None:
        for step in steps:
            step()

    return Folded(folded, follow)


def _replace(
    folded: Module, name: str, convolution: Module, norm: Module | None, channels_last: bool
) -> Callable[[], None]:
    """Put a convolution of its own into the folded model; returns what sets its weights."""
    parent, _, last = name.rpartition(".")
    own = copy.deepcopy(convolution)
    weight = own.weight.detach().clone()
    if channels_last and weight.ndim == 4:
        weight = weight.contiguous(memory_format=torch.channels_last)
    own.weight = nn.Parameter(weight, requires_grad=False)
    if norm is not None:
        own.bias = nn.Parameter(torch.zeros_like(norm.running_mean), requires_grad=False)
    setattr(folded.get_submodule(parent), last, own)
    if norm is None:
        return lambda: _copy(convolution, own)
    sharpness = (norm.running_var + norm.eps).rsqrt()
    shape = (-1, *[1] * (weight.ndim - 1))

    def follow() -> None:
        scale = sharpness if norm.weight is None else norm.weight * sharpness
        torch.mul(convolution.weight, scale.view(shape), out=own.weight)
        mean: Any = norm.running_mean if convolution.bias is None else norm.running_mean - convolution.bias
        torch.mul(mean, -scale, out=own.bias)
        if norm.bias is not None:
            own.bias.add_(norm.bias)

    return follow


def _copy(convolution: Module, own: Module) -> None:
    own.weight.copy_(convolution.weight)
    if convolution.bias is not None:
        own.bias.copy_(convolution.bias)
